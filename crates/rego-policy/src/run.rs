//! Evaluates the jobs of one call, in turns.

use crate::process::{Death, Process};
use crate::runner::{Answer, Guard, Runner, lock};
use crate::wire::{Order, Report, Stop, Task};
use crate::words::{lost, refused, stopped};
use crate::{Budget, Failure, Fault, Job, Json, Outcome, Tested};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The number of documents that a worker keeps for the next turn.
const HELD: usize = 32;

/// The number of jobs in a turn.
pub(crate) const TURN: usize = 32;

/// The limit of depth for values.
const DEEPEST: usize = 100;

/// The jobs of one call.
pub(crate) struct Run<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) jobs: &'a [Job],
    pub(crate) answer: &'a Answer<'a>,
    /// The first job in which a head exceeded a limit, and the fault.
    pub(crate) stops: Mutex<BTreeMap<(usize, usize), (usize, Fault)>>,
    pub(crate) guard: &'a Guard,
    pub(crate) budget: &'a Budget,
}

impl Run<'_> {
    /// Takes turns until all jobs are done.
    pub(crate) fn turns(&self, next: &AtomicUsize) -> io::Result<Vec<(usize, Outcome)>> {
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
                if self.budget.left().is_zero() {
                    break;
                }
                let begin = Instant::now();
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
                let longest = self.runner.limits.time.saturating_mul(3) / 2;
                let time = if death == Death::Time { longest } else { begin.elapsed().min(longest) };
                self.budget.spend(time, 0);
                self.budget.slow(at.map(|(_, rule, head)| (time, rule, head)));
                match at {
                    Some((job, rule, head)) => self.stop(job, rule, head, death),
                    // No rule is the cause, so the input is.
                    None if announce => outcomes.push((left.remove(0), lost(death, &self.runner.limits))),
                    None => {}
                }
                // The rule is found when each rule is announced.
                announce = true;
            }
            outcomes.extend(left.into_iter().map(|job| (job, Outcome { cut: true, ..Outcome::default() })));
        }
        if let Some(process) = process {
            lock(&self.runner.idle).push(process);
        }
        Ok(outcomes)
    }

    /// Lets a worker run the tests except for `left_out`; `at` is the running test.
    pub(crate) fn tests(
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
        let answer = answer.and_then(|value| Json::of(&value).map_err(|error| error.to_string()));
        process.send(&Order::Answer(answer.as_ref().map_err(Clone::clone)))?;
        process.flush()
    }

    /// A worker that has read all sets.
    pub(crate) fn worker(&self) -> io::Result<Process> {
        if let Some(process) = lock(&self.runner.idle).pop() {
            lock(&self.guard.0).push(process.guarded());
            return Ok(process);
        }
        let mut process = self.runner.start(self.guard)?;
        self.runner.load(&mut process, &mut None, Duration::ZERO)?;
        Ok(process)
    }

    /// Lets a worker evaluate jobs; `at` is the running rule, if rules are announced.
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
            if ![&job.input].into_iter().chain(job.documents.values()).all(|value| value.is_shallow(DEEPEST))
            {
                outcomes.push((*number, refused("the input is nested too deep")));
                continue;
            }
            let mut documents = Vec::new();
            for name in &self.runner.host.documents {
                let Some(value) = job.documents.get(name) else {
                    documents.push(None);
                    continue;
                };
                let held = process.documents.iter().find(|(_, held)| held.is(value));
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
        // Documents that several jobs share are likely to be needed again.
        process.documents.retain(|(number, _)| used.get(number).is_some_and(|uses| *uses > 1));
        process.documents.truncate(HELD);
        let keep = process.documents.iter().map(|(number, _)| *number).collect();
        process.send(&Order::Run { announce, stopped, keep, left: self.budget.left() })?;
        process.flush()?;
        loop {
            match process.receive()? {
                Report::Evaluating { job, rule, head } => *at = Some((job, rule, head)),
                Report::Outcome { job, outcome, stopped, time } => {
                    self.budget.spend(time, outcome.bytes());
                    outcomes.push((job, outcome));
                    for Stop { rule, head, in_all, .. } in stopped {
                        self.stop(job, rule, head, if in_all { Death::AllTime } else { Death::Time });
                    }
                }
                Report::Call { job, function, arguments } => {
                    self.answered(process, job, function, &arguments)?;
                }
                Report::Done { slowest } => {
                    self.budget.slow(slowest);
                    return Ok(());
                }
                _ => return Err(io::Error::other("a report out of turn")),
            }
        }
    }

    /// Records that a head exceeded a limit.
    fn stop(&self, job: usize, rule: usize, head: usize, death: Death) {
        let place = self.runner.contents.rules[rule].heads[head].place;
        let fault = Fault { place: Some(place), message: stopped(death, &self.runner.limits) };
        let mut stops = lock(&self.stops);
        let first = stops.entry((rule, head)).or_insert_with(|| (job, fault.clone()));
        if job < first.0 {
            *first = (job, fault);
        }
    }

    /// Drops the results of a stopped head for later jobs, since they depend on the order of workers.
    pub(crate) fn settle(&self, outcomes: &mut [Outcome]) {
        for ((rule, head), (job, fault)) in lock(&self.stops).iter() {
            let (rule, head) = (*rule, *head);
            for outcome in &mut outcomes[*job..] {
                outcome.results.retain(|found| (found.rule, found.head) != (rule, head));
                outcome.exceptions.retain(|found| (found.rule, found.head) != (rule, head));
                outcome.failures.retain(|failure| (failure.rule, failure.head) != (Some(rule), head));
            }
            outcomes[*job].failures.push(Failure { rule: Some(rule), head, fault: fault.clone() });
        }
        // An equal failure is reported once.
        let mut told = BTreeSet::new();
        for outcome in outcomes {
            outcome.failures.retain(|failure| {
                failure.rule.is_none() || told.insert((failure.rule, failure.head, failure.fault.clone()))
            });
        }
    }
}
