//! Evaluates the rules of a job.

use super::channel::Channel;
use super::load::{Loaded, Moment};
use super::place;
use super::watch::Watch;
use crate::wire::{Report, Stop, Task};
use crate::{Failure, Fault, Found, Outcome};
use regorus::{Engine, Value};
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What the interpreter says when its time is up.
const OUT_OF_TIME: &str = "execution exceeded time limit";

/// What is ready to be evaluated.
pub(super) struct Evaluation {
    loaded: Loaded,
    channel: Arc<Channel>,
    documents: usize,
}

impl Evaluation {
    pub(super) fn new(loaded: Loaded, channel: Arc<Channel>, documents: usize) -> Self {
        Self { loaded, channel, documents }
    }

    /// Evaluates the rules of a job, one head after the other, so that each says and fails for itself.
    pub(super) fn run(
        &mut self,
        task: Task<Value>,
        documents: &BTreeMap<usize, Value>,
        announce: bool,
        stopped: &mut Vec<Stop>,
        watch: &Watch,
    ) -> io::Result<Outcome> {
        let job = task.number;
        *lock(&self.loaded.moment) = Moment {
            job,
            documents: (0..self.documents)
                .map(|n| {
                    let number = task.documents.get(n).copied().flatten();
                    number.and_then(|number| documents.get(&number).cloned()).unwrap_or(Value::Undefined)
                })
                .collect(),
        };
        let mut outcome = Outcome::default();
        let Some(engine) = self.loaded.engines.get_mut(task.set) else { return Ok(outcome) };
        engine.set_input(task.input);
        for (number, rule) in self.loaded.rules.iter().enumerate() {
            let asked = task.namespaces.is_empty() || task.namespaces.contains(&rule.package);
            if rule.set != task.set || !asked {
                continue;
            }
            let mut said = BTreeSet::new();
            for (head, (module, syntax)) in self.loaded.heads[number].iter().enumerate() {
                if stopped.iter().any(|stop| (stop.rule, stop.head) == (number, head) && stop.job <= job) {
                    continue;
                }
                if announce {
                    self.channel.report(&Report::Evaluating { job, rule: number, head })?;
                    self.channel.flush()?;
                }
                let path = rule.package.split('.').chain([rule.name.as_str()]);
                watch.begin();
                let evaluated = engine.eval_rule_in_module(module, syntax, false);
                watch.end();
                let results = evaluated.map_err(|error| format!("{error:#}")).map(|data| within(&data, path));
                // What is printed helps to test a policy, and says nothing about an input.
                let _ = engine.take_prints();
                match results {
                    Ok(value) => {
                        for value in elements(&value) {
                            if !said.insert(value.clone()) {
                                continue;
                            }
                            match found(number, head, value) {
                                Ok(found) => outcome.results.push(found),
                                Err(message) => {
                                    let fault = Fault { place: Some(rule.heads[head].place), message };
                                    outcome.failures.push(Failure { rule: Some(number), head, fault });
                                }
                            }
                        }
                    }
                    Err(error) if error.contains(OUT_OF_TIME) => {
                        stopped.push(Stop { rule: number, head, job });
                    }
                    Err(error) => {
                        let texts = &self.loaded.texts[task.set];
                        let mut fault = place::fault(task.set, &error, |n| texts.get(n).map(String::as_str));
                        fault.place = fault.place.or(Some(rule.heads[head].place));
                        outcome.failures.push(Failure { rule: Some(number), head, fault });
                    }
                }
            }
        }
        engine_idle(engine);
        Ok(outcome)
    }
}

/// Lets go of the input.
fn engine_idle(engine: &mut Engine) {
    engine.set_input(Value::Undefined);
}

fn lock(moment: &Mutex<Moment>) -> std::sync::MutexGuard<'_, Moment> {
    moment.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within<'a>(data: &Value, path: impl Iterator<Item = &'a str>) -> Value {
    let mut value = data;
    for name in path {
        value = &value[name];
    }
    value.clone()
}

fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Set(set) => set.iter().collect(),
        Value::Array(array) => array.iter().collect(),
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
        Some(_) => Err("`msg` of a result is no string".into()),
        None => Err("a result has no `msg`".into()),
    }
}
