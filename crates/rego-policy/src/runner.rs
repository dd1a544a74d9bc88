//! Has workers read policies and evaluate jobs, and goes on when one of them ends.

use crate::process::{Death, Process};
use crate::wire::{Contents, Order, Report, Stop, Task};
use crate::{
    Failure, Fault, Host, Job, Launch, Limits, Mute, Outcome, Place, PolicyRule, PolicyTest, Set,
    TestOutcome, Tested, Verdict,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What answers the functions of the host: the number of the job, the name, the arguments.
pub type Answer<'a> = dyn Fn(usize, &str, &[Value]) -> Result<Value, String> + Sync + 'a;

/// Runs policies in worker processes.
pub struct Runner {
    sets: Vec<Set>,
    host: Host,
    launch: Launch,
    limits: Limits,
    /// Modules that end whoever reads them.
    left_out: Vec<(usize, usize)>,
    alone: bool,
    contents: Contents,
    idle: Mutex<Vec<Process>>,
}

/// A module may have so many bytes.
const LARGEST: usize = 4 << 20;

/// So many workers may end while they read.
const MOST_DEATHS: usize = 20;

/// A worker holds so many documents from one turn to the next.
const HELD: usize = 32;

/// So many jobs make a turn.
const TURN: usize = 32;

impl Runner {
    /// Reads all sets. What cannot be read is among the [`faults`](Self::faults), and the rest is ready.
    pub fn new(sets: Vec<Set>, host: Host, launch: Launch, limits: Limits) -> io::Result<Self> {
        let mut runner = Self {
            sets,
            host,
            launch,
            limits,
            left_out: Vec::new(),
            alone: false,
            contents: Contents::default(),
            idle: Mutex::default(),
        };
        let stopped = AtomicBool::new(false);
        let guard = Guard::default();
        std::thread::scope(|scope| {
            scope.spawn(|| guard.watch(&stopped));
            let read = runner.read(&guard);
            stopped.store(true, Ordering::Release);
            read
        })?;
        Ok(runner)
    }

    /// The rules that say something, in order of sets, packages and names.
    pub fn rules(&self) -> &[PolicyRule] {
        &self.contents.rules
    }

    /// Rules by names that say something, whose values hold no messages.
    pub fn mutes(&self) -> &[Mute] {
        &self.contents.mutes
    }

    /// The tests, in order of sets, modules and text.
    pub fn tests(&self) -> &[PolicyTest] {
        &self.contents.tests
    }

    /// Runs all tests. One that ends its worker costs only itself.
    pub fn test(&self, answer: &Answer<'_>) -> io::Result<Tested> {
        let (done, guard) = (AtomicBool::new(false), Guard::default());
        std::thread::scope(|scope| {
            scope.spawn(|| guard.watch(&done));
            let tested = self.tested(&guard, answer);
            done.store(true, Ordering::Release);
            tested
        })
    }

    fn tested(&self, guard: &Guard, answer: &Answer<'_>) -> io::Result<Tested> {
        let mut dead: BTreeMap<usize, TestOutcome> = BTreeMap::new();
        loop {
            let run = Run { runner: self, jobs: &[], answer, stops: Mutex::default(), guard };
            let mut process = run.worker()?;
            let mut at = None;
            match run.tests(&mut process, dead.keys().copied().collect(), &mut at) {
                Ok(mut tested) => {
                    tested.outcomes.extend(std::mem::take(&mut dead).into_values());
                    tested.outcomes.sort_by_key(|outcome| outcome.test);
                    // Its engines count lines now, which takes time: it is not used for anything else.
                    return Ok(tested);
                }
                Err(error) => {
                    let Some(test) = at else { return Err(error) };
                    let message = stopped(process.autopsy(), &self.limits);
                    let fault = Fault { place: Some(self.contents.tests[test].place), message };
                    dead.insert(
                        test,
                        TestOutcome { test, verdict: Verdict::Error(fault), prints: Vec::new() },
                    );
                }
            }
        }
    }

    /// What cannot be read, in order of sets, modules and text.
    pub fn faults(&self) -> &[Fault] {
        &self.contents.faults
    }

    /// Reads until a worker survives it.
    fn read(&mut self, guard: &Guard) -> io::Result<()> {
        let mut dead = self.too_large();
        let mut deaths = 0;
        loop {
            let mut process = self.start(guard)?;
            let mut at = None;
            match self.load(&mut process, &mut at) {
                Ok(contents) => {
                    self.contents = contents;
                    self.contents.faults.append(&mut dead);
                    self.contents.faults.sort();
                    lock(&self.idle).push(process);
                    return Ok(());
                }
                Err(error) => {
                    // Before it said anything, it was no worker at all.
                    let Some((set, source)) = at else { return Err(error) };
                    let death = process.autopsy();
                    deaths += 1;
                    if deaths > MOST_DEATHS {
                        let message =
                            "not read: too many policies end the process that reads them".to_owned();
                        dead.push(Fault { place: None, message });
                        self.left_out.extend(self.all_modules());
                        continue;
                    }
                    match source {
                        Some(source) => {
                            self.left_out.push((set, source));
                            let place = Place { set, source, start: 0, end: 0 };
                            dead.push(Fault { place: Some(place), message: unread(death, &self.limits) });
                        }
                        // Which module it is shows when each is analysed for itself.
                        None if !self.alone => self.alone = true,
                        None => {
                            self.left_out
                                .extend((0..self.sets[set].sources.len()).map(|source| (set, source)));
                            dead.push(Fault { place: None, message: unread(death, &self.limits) });
                        }
                    }
                }
            }
        }
    }

    /// Leaves out modules that nobody would write, and does not even send them.
    fn too_large(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (set, sources) in self.sets.iter_mut().enumerate() {
            for (source, module) in sources.sources.iter_mut().enumerate() {
                if module.text.len() > LARGEST {
                    module.text.clear();
                    self.left_out.push((set, source));
                    let place = Place { set, source, start: 0, end: 0 };
                    let message = format!("a policy may have {} MiB at most", LARGEST >> 20);
                    faults.push(Fault { place: Some(place), message });
                }
            }
        }
        faults
    }

    fn all_modules(&self) -> Vec<(usize, usize)> {
        let sets = self.sets.iter().enumerate();
        sets.flat_map(|(set, sources)| (0..sources.sources.len()).map(move |source| (set, source))).collect()
    }

    fn start(&self, guard: &Guard) -> io::Result<Process> {
        let process = Process::start(&self.launch, self.limits.time * 5 + Duration::from_secs(20))?;
        lock(&guard.0).push(process.guarded());
        Ok(process)
    }

    /// Has a worker read all sets; `at` is what it reads.
    fn load(&self, process: &mut Process, at: &mut Option<(usize, Option<usize>)>) -> io::Result<Contents> {
        process.send(&Order::Load {
            sets: self.sets.clone(),
            host: self.host.clone(),
            limits: self.limits,
            left_out: self.left_out.clone(),
            alone: self.alone,
        })?;
        process.flush()?;
        loop {
            match process.receive()? {
                Report::Reading { set, source } => *at = Some((set, Some(source))),
                Report::Preparing { set, source } => *at = Some((set, source)),
                Report::Loaded(contents) => return Ok(contents),
                _ => return Err(io::Error::other("a report out of turn")),
            }
        }
    }

    /// Evaluates jobs on `threads` workers at once; an outcome for each, in their order.
    pub fn run(&self, jobs: &[Job], threads: usize, answer: &Answer<'_>) -> io::Result<Vec<Outcome>> {
        let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let guard = Guard::default();
        let run = Run { runner: self, jobs, answer, stops: Mutex::default(), guard: &guard };
        let turns = jobs.len().div_ceil(TURN);
        let workers = threads.clamp(1, turns.max(1));
        let outcomes = std::thread::scope(|scope| {
            scope.spawn(|| guard.watch(&done));
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(|| run.turns(&next))).collect();
            let outcomes: io::Result<Vec<_>> = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect();
            done.store(true, Ordering::Release);
            outcomes
        })?;
        let mut all: Vec<Outcome> = vec![Outcome::default(); jobs.len()];
        for (job, outcome) in outcomes.into_iter().flatten() {
            all[job] = outcome;
        }
        run.settle(&mut all);
        Ok(all)
    }
}

/// The jobs of one call.
struct Run<'a> {
    runner: &'a Runner,
    jobs: &'a [Job],
    answer: &'a Answer<'a>,
    /// The first job in which a head went over a limit, and how.
    stops: Mutex<BTreeMap<(usize, usize), (usize, Fault)>>,
    guard: &'a Guard,
}

impl Run<'_> {
    /// Takes turns until there is none.
    fn turns(&self, next: &AtomicUsize) -> io::Result<Vec<(usize, Outcome)>> {
        let mut outcomes = Vec::new();
        let mut process = None;
        loop {
            let first = next.fetch_add(1, Ordering::Relaxed) * TURN;
            if first >= self.jobs.len() {
                break;
            }
            let mut left: Vec<usize> = (first..self.jobs.len().min(first + TURN)).collect();
            let mut announce = false;
            while !left.is_empty() {
                let mut worker = match process.take() {
                    Some(worker) => worker,
                    None => self.worker()?,
                };
                let mut at = None;
                let ended = self.turn(&mut worker, &left, announce, &mut at, &mut outcomes);
                left.retain(|job| !outcomes.iter().rev().take(TURN).any(|(done, _)| done == job));
                if ended.is_ok() {
                    process = Some(worker);
                    break;
                }
                let death = worker.autopsy();
                match at {
                    Some((job, rule, head)) => self.stop(job, rule, head, death),
                    // No rule did it, so it is the input.
                    None if announce => outcomes.push((left.remove(0), lost(death, &self.runner.limits))),
                    None => {}
                }
                // Which rule it is shows when each is announced.
                announce = true;
            }
        }
        if let Some(process) = process {
            lock(&self.runner.idle).push(process);
        }
        Ok(outcomes)
    }

    /// Has a worker run all tests but some; `at` is the one that runs.
    fn tests(
        &self,
        process: &mut Process,
        left_out: Vec<usize>,
        at: &mut Option<usize>,
    ) -> io::Result<Tested> {
        let mut tested = Tested::default();
        process.send(&Order::Test { left_out })?;
        process.flush()?;
        loop {
            match process.receive()? {
                Report::Testing { test } => *at = Some(test),
                Report::Tested(outcome) => tested.outcomes.push(outcome),
                Report::Call { job, function, arguments } => {
                    self.answered(process, job, function, &arguments)?;
                }
                Report::Covered(coverage) => {
                    tested.coverage = coverage;
                    return Ok(tested);
                }
                _ => return Err(io::Error::other("a report out of turn")),
            }
        }
    }

    /// Answers a call of a host function.
    fn answered(
        &self,
        process: &mut Process,
        job: usize,
        function: usize,
        arguments: &[Value],
    ) -> io::Result<()> {
        let name = self.runner.host.functions.get(function).map_or("", |function| function.name.as_str());
        let answer = (self.answer)(job, name, arguments);
        process.send(&Order::Answer(answer.as_ref().map_err(Clone::clone)))?;
        process.flush()
    }

    /// A worker that has read all sets.
    fn worker(&self) -> io::Result<Process> {
        if let Some(process) = lock(&self.runner.idle).pop() {
            lock(&self.guard.0).push(process.guarded());
            return Ok(process);
        }
        let mut process = self.runner.start(self.guard)?;
        self.runner.load(&mut process, &mut None)?;
        Ok(process)
    }

    /// Has a worker evaluate jobs; `at` is what it evaluates, if that is announced.
    fn turn(
        &self,
        process: &mut Process,
        jobs: &[usize],
        announce: bool,
        at: &mut Option<(usize, usize, usize)>,
        outcomes: &mut Vec<(usize, Outcome)>,
    ) -> io::Result<()> {
        let mut used: BTreeMap<usize, usize> = BTreeMap::new();
        for number in jobs {
            let job = &self.jobs[*number];
            if ![&job.input].into_iter().chain(job.documents.values()).all(|value| shallow(value, DEEPEST)) {
                outcomes.push((*number, refused("the input is nested too deep")));
                continue;
            }
            let mut documents = Vec::new();
            for name in &self.runner.host.documents {
                let Some(value) = job.documents.get(name) else {
                    documents.push(None);
                    continue;
                };
                let held = process.documents.iter().find(|(_, held)| Arc::ptr_eq(held, value));
                let number = held.map_or(process.next, |(number, _)| *number);
                if held.is_none() {
                    process.send(&Order::Document { number, value })?;
                    process.documents.push((number, value.clone()));
                    process.next += 1;
                }
                *used.entry(number).or_default() += 1;
                documents.push(Some(number));
            }
            process.send(&Order::Job(Task {
                number: *number,
                set: job.set,
                namespaces: job.namespaces.clone(),
                documents,
                input: &job.input,
            }))?;
        }
        let stop = |((rule, head), (job, _)): (&(usize, usize), &(usize, Fault))| Stop {
            rule: *rule,
            head: *head,
            job: *job,
            in_all: false,
        };
        let stopped = lock(&self.stops).iter().map(stop).collect();
        // What several jobs share is likely to be shared by the next ones.
        process.documents.retain(|(number, _)| used.get(number).is_some_and(|uses| *uses > 1));
        process.documents.truncate(HELD);
        let keep = process.documents.iter().map(|(number, _)| *number).collect();
        process.send(&Order::Run { announce, stopped, keep })?;
        process.flush()?;
        loop {
            match process.receive()? {
                Report::Evaluating { job, rule, head } => *at = Some((job, rule, head)),
                Report::Outcome { job, outcome, stopped } => {
                    outcomes.push((job, outcome));
                    for Stop { rule, head, in_all, .. } in stopped {
                        self.stop(job, rule, head, if in_all { Death::AllTime } else { Death::Time });
                    }
                }
                Report::Call { job, function, arguments } => {
                    self.answered(process, job, function, &arguments)?;
                }
                Report::Done => return Ok(()),
                _ => return Err(io::Error::other("a report out of turn")),
            }
        }
    }

    /// A head went over a limit.
    fn stop(&self, job: usize, rule: usize, head: usize, death: Death) {
        let place = self.runner.contents.rules[rule].heads[head].place;
        let fault = Fault { place: Some(place), message: stopped(death, &self.runner.limits) };
        let mut stops = lock(&self.stops);
        let first = stops.entry((rule, head)).or_insert_with(|| (job, fault.clone()));
        if job < first.0 {
            *first = (job, fault);
        }
    }

    /// What a head said about later jobs does not count, since it depends on who came first.
    fn settle(&self, outcomes: &mut [Outcome]) {
        for ((rule, head), (job, fault)) in lock(&self.stops).iter() {
            let (rule, head) = (*rule, *head);
            for outcome in &mut outcomes[*job..] {
                outcome.results.retain(|found| (found.rule, found.head) != (rule, head));
                outcome.exceptions.retain(|found| (found.rule, found.head) != (rule, head));
                outcome.failures.retain(|failure| (failure.rule, failure.head) != (Some(rule), head));
            }
            outcomes[*job].failures.push(Failure { rule: Some(rule), head, fault: fault.clone() });
        }
        // What fails in the same way over and over is told once.
        let mut told = BTreeSet::new();
        for outcome in outcomes {
            outcome.failures.retain(|failure| {
                failure.rule.is_none() || told.insert((failure.rule, failure.head, failure.fault.clone()))
            });
        }
    }
}

fn unread(death: Death, limits: &Limits) -> String {
    match death {
        Death::Time | Death::AllTime => {
            format!("reading this takes longer than {}", seconds(limits.reading()))
        }
        Death::Stack => "this is nested too deep to be read".into(),
        Death::Memory => format!("reading this takes more than {} MiB of memory", limits.memory >> 20),
        Death::Other => "reading this ends the process that reads it".into(),
    }
}

fn stopped(death: Death, limits: &Limits) -> String {
    match death {
        Death::Time => format!("the rule takes longer than {}", seconds(limits.time)),
        Death::AllTime => format!("the rule takes longer than {} over all inputs", seconds(limits.total)),
        Death::Stack => "the rule calls itself without end".into(),
        Death::Memory => format!("the rule takes more than {} MiB of memory", limits.memory >> 20),
        Death::Other => "the rule ends the process that evaluates it".into(),
    }
}

/// Values may be nested so deep.
const DEEPEST: usize = 100;

/// Is a value nested less than so deep?
fn shallow(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(values) => left > 0 && values.iter().all(|value| shallow(value, left - 1)),
        Value::Object(fields) => left > 0 && fields.values().all(|value| shallow(value, left - 1)),
        _ => true,
    }
}

/// A job whose input no worker survives.
fn lost(death: Death, limits: &Limits) -> Outcome {
    match death {
        Death::Memory => refused(&format!("the input takes more than {} MiB of memory", limits.memory >> 20)),
        _ => refused("the input ends the process that reads it"),
    }
}

/// A job whose input is handed to no rule.
fn refused(message: &str) -> Outcome {
    let message = message.to_owned();
    let failure = Failure { rule: None, head: 0, fault: Fault { place: None, message } };
    Outcome { failures: vec![failure], ..Outcome::default() }
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 && time.as_secs() == 1 {
        "1 second".into()
    } else {
        format!("{} seconds", time.as_secs_f64())
    }
}

/// Ends workers that say nothing for too long, whatever the reason.
#[derive(Default)]
struct Guard(Mutex<Vec<crate::process::Guarded>>);

impl Guard {
    fn watch(&self, done: &AtomicBool) {
        while !done.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(2));
            for guarded in lock(&self.0).iter() {
                guarded.check();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
