//! Lets workers read policies and evaluate jobs, and continues when a worker ends.

use crate::process::{Death, Process};
use crate::run::{Run, TURN};
use crate::wire::{Contents, Order, Report};
use crate::words::{stopped, unread, unread_rest};
use crate::{
    Budget, Fault, Host, Job, Launch, Limits, Mute, Outcome, Place, PolicyRule, PolicyTest, Set, TestOutcome,
    Tested, Verdict,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Answers the functions of the host; takes the number of the job, the name and the arguments.
pub type Answer<'a> = dyn Fn(usize, &str, &[Value]) -> Result<Value, String> + Sync + 'a;

/// Runs policies in worker processes.
pub struct Runner {
    sets: Vec<Set>,
    pub(crate) host: Host,
    pub(crate) launch: Launch,
    pub(crate) limits: Limits,
    /// Modules that end each worker that reads them.
    left_out: Vec<(usize, usize)>,
    alone: bool,
    pub(crate) contents: Contents,
    pub(crate) idle: Mutex<Vec<Process>>,
}

/// The largest module, in bytes.
const LARGEST: usize = 4 << 20;

/// The limit of workers that may end while they read.
const MOST_DEATHS: usize = 20;

impl Runner {
    /// Reads all sets. Modules that cannot be read are in [`faults`](Self::faults), and the others are ready.
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

    /// The rules with findings, in the order of sets, packages and names.
    pub fn rules(&self) -> &[PolicyRule] {
        &self.contents.rules
    }

    /// The rules with the name of a finding rule, whose values contain no messages.
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
            let budget = Budget::new(&self.limits);
            let run =
                Run { runner: self, jobs: &[], answer, stops: Mutex::default(), guard, budget: &budget };
            let mut process = run.worker()?;
            let mut at = None;
            match run.tests(&mut process, dead.keys().copied().collect(), &mut at) {
                Ok(mut tested) => {
                    tested.outcomes.extend(std::mem::take(&mut dead).into_values());
                    tested.outcomes.sort_by_key(|outcome| outcome.test);
                    // The engines now count lines, which takes time, so the worker is not used again.
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

    /// The faults of modules, in the order of sets, modules and text.
    pub fn faults(&self) -> &[Fault] {
        &self.contents.faults
    }

    /// Reads until a worker survives it.
    fn read(&mut self, guard: &Guard) -> io::Result<()> {
        let mut dead = self.too_large();
        let mut deaths = 0;
        let mut spent = Duration::ZERO;
        loop {
            let mut process = self.start(guard)?;
            let mut at = None;
            let begin = Instant::now();
            match self.load(&mut process, &mut at, spent) {
                Ok(contents) => {
                    self.contents = contents;
                    self.contents.faults.append(&mut dead);
                    self.contents.faults.sort();
                    lock(&self.idle).push(process);
                    return Ok(());
                }
                Err(error) => {
                    // A process that never answered is not a worker.
                    let Some((set, source)) = at else { return Err(error) };
                    let death = process.autopsy();
                    deaths += 1;
                    spent += match death {
                        Death::Time => self.limits.reading(),
                        _ => begin.elapsed().min(self.limits.reading()),
                    };
                    if let Some(source) = source {
                        self.left_out.push((set, source));
                        let place = Place { set, source, start: 0, end: 0 };
                        dead.push(Fault { place: Some(place), message: unread(death, &self.limits) });
                    }
                    if deaths > MOST_DEATHS || spent > self.limits.all {
                        let left_out = self.leave_out_from((set, source.unwrap_or(0)));
                        // Without a module that is left out, the next worker would end, too.
                        if left_out.is_none() && source.is_none() {
                            return Err(error);
                        }
                        dead.extend(left_out);
                        // The modules before this one were read in time.
                        spent = Duration::ZERO;
                        continue;
                    }
                    match source {
                        Some(_) => {}
                        // The module is found when each module is analysed alone.
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

    /// Leaves out modules that are too large.
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

    /// Leaves out the modules from one on.
    fn leave_out_from(&mut self, first: (usize, usize)) -> Option<Fault> {
        let sets = self.sets.iter().enumerate();
        let all = sets.flat_map(|(set, sources)| (0..sources.sources.len()).map(move |source| (set, source)));
        let rest: Vec<_> = all.filter(|module| *module >= first && !self.left_out.contains(module)).collect();
        let (set, source) = *rest.first()?;
        let message = unread_rest(rest.len(), &self.limits);
        self.left_out.extend(rest);
        Some(Fault { place: Some(Place { set, source, start: 0, end: 0 }), message })
    }

    pub(crate) fn start(&self, guard: &Guard) -> io::Result<Process> {
        let process = Process::start(&self.launch, self.limits.time * 5 + Duration::from_secs(20))?;
        lock(&guard.0).push(process.guarded());
        Ok(process)
    }

    /// Lets a worker read all sets; `at` is the module that it reads. Other workers `spent` some of the time.
    pub(crate) fn load(
        &self,
        process: &mut Process,
        at: &mut Option<(usize, Option<usize>)>,
        spent: Duration,
    ) -> io::Result<Contents> {
        process.send(&Order::Load {
            sets: self.sets.clone(),
            host: self.host.clone(),
            limits: self.limits,
            left_out: self.left_out.clone(),
            alone: self.alone,
            spent,
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

    /// What the rules may take over all jobs of some calls of [`run_within`](Self::run_within).
    pub fn budget(&self) -> Budget {
        Budget::new(&self.limits)
    }

    /// Evaluates jobs on `threads` workers at once; an outcome for each, in their order.
    pub fn run(&self, jobs: &[Job], threads: usize, answer: &Answer<'_>) -> io::Result<Vec<Outcome>> {
        self.run_within(&self.budget(), jobs, threads, answer)
    }

    /// Evaluates jobs as [`run`](Self::run) does, within what is left of a budget.
    pub fn run_within(
        &self,
        budget: &Budget,
        jobs: &[Job],
        threads: usize,
        answer: &Answer<'_>,
    ) -> io::Result<Vec<Outcome>> {
        let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let guard = Guard::default();
        let run = Run { runner: self, jobs, answer, stops: Mutex::default(), guard: &guard, budget };
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

/// Ends workers that are silent for too long.
#[derive(Default)]
pub(crate) struct Guard(pub(crate) Mutex<Vec<crate::process::Guarded>>);

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

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
