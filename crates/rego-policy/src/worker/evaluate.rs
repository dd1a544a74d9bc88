//! Evaluates the rules of a job.

use super::channel::Channel;
use super::find::Syntax;
use super::load::{Loaded, Moment};
use super::place::CONFLICT;
use super::watch::Watch;
use crate::budget::Slow;
use crate::wire::{Report, Stop, Task};
use crate::{Failure, Fault, Found, Outcome, PolicyRule, Set};
use regorus::Value;
use regorus::unstable::{Rule, RuleHead};
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The error of the interpreter after its time limit.
const OUT_OF_TIME: &str = "execution exceeded time limit";

/// The bytes that the results of a job may take.
const MOST_BYTES: usize = 8 << 20;

fn too_many() -> String {
    format!("the results over one input take more than {} MiB", MOST_BYTES >> 20)
}

/// What the rules say of one job.
#[derive(Default)]
struct Told {
    outcome: Outcome,
    /// The bytes of the results.
    bytes: usize,
    /// The short names of the rules for which there are exceptions, by their packages.
    exceptions: BTreeMap<String, BTreeSet<String>>,
}

/// The policies that are ready to be evaluated.
pub(super) struct Evaluation {
    pub(super) loaded: Loaded,
    pub(super) sets: Vec<Set>,
    channel: Arc<Channel>,
    documents: usize,
    /// The time that heads took.
    spent: BTreeMap<(usize, usize), Duration>,
    /// The time that was spent on whole packages.
    together: Duration,
    total: Duration,
    /// The places of faults that are reported already.
    known: BTreeSet<(usize, usize, usize)>,
}

/// Why a rule has no result.
enum Trouble {
    Time,
    Error(String),
}

impl Evaluation {
    pub(super) fn new(
        loaded: Loaded,
        sets: Vec<Set>,
        channel: Arc<Channel>,
        documents: usize,
        total: Duration,
    ) -> Self {
        let places = loaded.faults.iter().filter_map(|fault| fault.place);
        let known = places.map(|place| (place.set, place.source, place.start)).collect();
        let (spent, together) = (BTreeMap::new(), Duration::ZERO);
        Self { loaded, sets, channel, documents, spent, together, total, known }
    }

    /// How many tests there are.
    pub(super) fn tests(&self) -> usize {
        self.loaded.found.tests.len()
    }

    /// Evaluates the rules of a job, one head after the other, so that each has its own results and failures.
    pub(super) fn run(
        &mut self,
        task: Task<Value>,
        documents: &BTreeMap<usize, Value>,
        announce: bool,
        stopped: &mut Vec<Stop>,
        (watch, left): (&Watch, &mut Duration),
    ) -> io::Result<Outcome> {
        let (job, set) = (task.number, task.set);
        let document = |number: Option<&Option<usize>>| documents.get(&number.copied().flatten()?).cloned();
        let named = (0..self.documents).map(|n| document(task.documents.get(n)).unwrap_or(Value::Undefined));
        *lock(&self.loaded.moment) = Moment { job, documents: named.collect(), ..Moment::default() };
        let mut told = Told::default();
        let mut together: BTreeMap<String, Option<Value>> = BTreeMap::new();
        // If a rule must not run, or may end the worker, each rule is evaluated alone.
        let alone = announce || stopped.iter().any(|stop| stop.job <= job) || self.together > self.total / 2;
        let input = task.input;
        let Some(engine) = self.loaded.engines.get_mut(set) else { return Ok(told.outcome) };
        engine.set_input(input.clone());
        for number in 0..self.loaded.found.rules.len() {
            let rule = &self.loaded.found.rules[number];
            let asked = task.namespaces.is_empty() || task.namespaces.contains(&rule.package);
            if rule.set != set || !asked {
                continue;
            }
            if told.outcome.cut {
                break;
            }
            let package = rule.package.clone();
            if !alone && !together.contains_key(&package) && !left.is_zero() {
                together.insert(package.clone(), self.all_of(set, &package, (watch, left)));
            }
            let value = together.get(&package).and_then(Option::as_ref);
            let value = value.map(|values| elements(&values[self.loaded.found.rules[number].name.as_str()]));
            let known = value.map(|value| value.first().map(elements).unwrap_or_default());
            let heads = rule_heads(&self.loaded, number);
            if known.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let before = (told.outcome.results.len(), told.outcome.exceptions.len());
            // Whether all heads that are about the input were evaluated, and how many these are.
            let (mut is_whole, mut count) = (known.is_none(), 0);
            let mut said = BTreeSet::new();
            for head in 0..heads {
                let skip = |stop: &Stop| (stop.rule, stop.head) == (number, head) && stop.job <= job;
                let syntax = &self.loaded.found.heads[number][head];
                let about = syntax.matchers.as_ref().is_none_or(|matchers| matchers.take(&input));
                if !about {
                    continue;
                }
                if stopped.iter().any(skip) {
                    is_whole = false;
                    continue;
                }
                if left.is_zero() && (known.is_none() || heads > 1) {
                    told.outcome.cut = true;
                    break;
                }
                if announce {
                    self.channel.report(&Report::Evaluating { job, rule: number, head })?;
                    self.channel.flush()?;
                }
                // The value of a rule does not show which head made it.
                let (values, time) = match &known {
                    Some(values) if heads == 1 => (Ok(values.clone()), Duration::ZERO),
                    _ => watch.over(|| self.head(set, number, head)),
                };
                *left = left.saturating_sub(time);
                let spent = self.spent.entry((number, head)).or_default();
                *spent += time;
                count += 1;
                is_whole &= values.is_ok();
                if *spent > self.total {
                    stopped.push(Stop { rule: number, head, job, in_all: true });
                    is_whole = false;
                    continue;
                }
                match values {
                    Ok(mut values) => {
                        values.retain(|value| said.insert(value.clone()));
                        self.tell(&mut told, (number, head), &values, (watch, left));
                    }
                    Err(Trouble::Time) => stopped.push(Stop { rule: number, head, job, in_all: false }),
                    Err(Trouble::Error(error)) => {
                        told.outcome.failures.extend(self.unknown_failure(number, head, &error));
                    }
                }
            }
            // Each head ended by itself, so the rule does not end the worker.
            if is_whole
                && !told.outcome.cut
                && count > 1
                && let Some(failure) = self.conflict(set, number, (watch, left))
            {
                told.outcome.results.truncate(before.0);
                told.outcome.exceptions.truncate(before.1);
                told.outcome.failures.push(failure);
            }
        }
        // Times that are too short to be counted one by one do add up over many jobs.
        *left = left.saturating_sub(watch.settle());
        // The input is dropped.
        if let Some(engine) = self.loaded.engines.get_mut(set) {
            engine.set_input(Value::Undefined);
        }
        Ok(told.outcome)
    }

    /// Adds what a head says.
    fn tell(
        &mut self,
        told: &mut Told,
        (rule, head): (usize, usize),
        values: &[Value],
        (watch, left): (&Watch, &mut Duration),
    ) {
        let PolicyRule { set, package, .. } = &self.loaded.found.rules[rule];
        let (set, package) = (*set, package.clone());
        for value in values {
            let found = match found(rule, head, value) {
                Ok(found) if told.bytes + found.bytes() > MOST_BYTES => {
                    told.outcome.failures.push(self.failure(rule, head, &too_many()));
                    return;
                }
                Ok(found) => found,
                Err(message) => {
                    told.outcome.failures.push(self.failure(rule, head, &message));
                    continue;
                }
            };
            told.bytes += found.bytes();
            let exceptions = told.exceptions.entry(package.clone()).or_insert_with(|| {
                let (exceptions, time) = watch.over(|| self.exceptions(set, &package));
                *left = left.saturating_sub(time);
                exceptions
            });
            let is_excepted = exceptions.contains(self.loaded.found.rules[rule].short_name());
            let to = if is_excepted { &mut told.outcome.exceptions } else { &mut told.outcome.results };
            to.push(found);
        }
    }

    /// The values of all rules of a package; `None` if one of them fails.
    fn all_of(&mut self, set: usize, package: &str, (watch, left): (&Watch, &mut Duration)) -> Option<Value> {
        let (values, time) =
            watch.over(|| self.loaded.together[set].values(&mut self.loaded.engines[set], package));
        self.together += time;
        *left = left.saturating_sub(time);
        // Printed text helps to test a policy, and is not a result.
        let _ = self.loaded.engines[set].take_prints();
        values
    }

    /// The failure of a rule whose definitions give it two values. One definition alone does not show that.
    fn conflict(
        &mut self,
        set: usize,
        rule: usize,
        (watch, left): (&Watch, &mut Duration),
    ) -> Option<Failure> {
        let heads = &self.loaded.found.heads[rule];
        let adds = |head: &Syntax| matches!(&*head.rule, Rule::Spec { head: RuleHead::Set { .. }, .. });
        if heads.iter().all(adds) {
            return None;
        }
        let PolicyRule { package, name, .. } = &self.loaded.found.rules[rule];
        let path = format!("data.{package}.{name}");
        let engine = &mut self.loaded.engines[set];
        let (evaluated, time) = watch.over(|| engine.eval_rule(path));
        *left = left.saturating_sub(time);
        let error = format!("{:#}", evaluated.err()?);
        let failure = self.failure(rule, 0, &error);
        (failure.fault.message == CONFLICT).then_some(failure)
    }

    /// The head that took the most time.
    pub(super) fn slowest(&self) -> Option<Slow> {
        self.spent.iter().map(|((rule, head), time)| (*time, *rule, *head)).max()
    }

    /// The values of one head.
    fn head(&mut self, set: usize, rule: usize, head: usize) -> Result<Vec<Value>, Trouble> {
        let syntax = &self.loaded.found.heads[rule][head];
        let PolicyRule { package, name, .. } = &self.loaded.found.rules[rule];
        let engine = &mut self.loaded.engines[set];
        let evaluated = engine.eval_rule_in_module(&syntax.module, &syntax.rule, false);
        // Printed text helps to test a policy, and is not a result.
        let _ = engine.take_prints();
        match evaluated {
            Ok(data) => Ok(elements(&within(&data, package.split('.').chain([name.as_str()])))),
            Err(error) => {
                let error = format!("{error:#}");
                Err(if error.contains(OUT_OF_TIME) { Trouble::Time } else { Trouble::Error(error) })
            }
        }
    }

    /// The short names of the rules of a package for which there are exceptions.
    fn exceptions(&mut self, set: usize, package: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if self.loaded.found.exceptions.contains(&(set, package.to_owned())) {
            let engine = &mut self.loaded.engines[set];
            let lists = engine.eval_rule(format!("data.{package}.exception")).unwrap_or(Value::Undefined);
            for list in elements(&lists) {
                names.extend(
                    elements(&list).iter().filter_map(|name| Some(name.as_string().ok()?.to_string())),
                );
            }
        }
        names
    }

    /// A failure at a place for which no fault was reported when the policies were read.
    fn unknown_failure(&self, rule: usize, head: usize, error: &str) -> Option<Failure> {
        let failure = self.failure(rule, head, error);
        let place = failure.fault.place.map(|place| (place.set, place.source, place.start));
        let is_known = place.is_some_and(|place| self.known.contains(&place));
        if is_known { None } else { Some(failure) }
    }

    fn failure(&self, rule: usize, head: usize, error: &str) -> Failure {
        let PolicyRule { set, heads, .. } = &self.loaded.found.rules[rule];
        let mut fault = self.fault(*set, error);
        fault.place = fault.place.or(Some(heads[head].place));
        Failure { rule: Some(rule), head, fault }
    }

    /// The fault of an error, with its place if it names one.
    pub(super) fn fault(&self, set: usize, error: &str) -> Fault {
        if !error.contains("--> ") {
            return Fault { place: None, message: error.to_owned() };
        }
        self.loaded.texts[set].fault(error)
    }
}

fn rule_heads(loaded: &Loaded, rule: usize) -> usize {
    loaded.found.heads[rule].len()
}

fn lock(moment: &Mutex<Moment>) -> MutexGuard<'_, Moment> {
    moment.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn within<'a>(data: &Value, path: impl Iterator<Item = &'a str>) -> Value {
    let mut value = data;
    for name in path {
        value = &value[name];
    }
    value.clone()
}

/// The elements of a set or a list; other values contain no messages.
fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Set(set) => set.iter().cloned().collect(),
        Value::Array(array) => array.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Reads a result: a message, or an object with one.
fn found(rule: usize, head: usize, value: &Value) -> Result<Found, String> {
    if let Ok(message) = value.as_string() {
        return Ok(Found { rule, head, message: message.to_string(), fields: Map::new() });
    }
    let json = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let serde_json::Value::Object(mut fields) = json else {
        return Err("a result is neither a message nor an object with `msg`".into());
    };
    match fields.shift_remove("msg") {
        Some(serde_json::Value::String(message)) => Ok(Found { rule, head, message, fields }),
        Some(_) => Err("`msg` of a result is not a string".into()),
        None => Err("a result has no `msg`".into()),
    }
}
