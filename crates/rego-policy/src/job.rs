//! Jobs and their results.

use crate::{Fault, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The rules of some packages of a set over one input.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The number of the set.
    pub set: usize,
    /// The packages whose rules run; all if there are none.
    pub namespaces: Vec<String>,
    /// What the policies see as `input`.
    pub input: Json,
    /// The documents of [`Host::documents`](crate::Host::documents), by their names. Those that several jobs share are sent once.
    pub documents: BTreeMap<String, Json>,
}

/// The result of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The results of the rules, in the order of rules and messages.
    pub results: Vec<Found>,
    /// The results that an `exception` names.
    pub exceptions: Vec<Found>,
    /// Rules that could not be evaluated.
    pub failures: Vec<Failure>,
    /// Whether some rules did not run, since the [`Budget`](crate::Budget) for all jobs was spent before.
    #[serde(default)]
    pub cut: bool,
}

impl Outcome {
    /// About the bytes of its results in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.results.iter().chain(&self.exceptions).map(Found::bytes).sum()
    }
}

/// One result of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The number of the rule.
    pub rule: usize,
    /// The number of its head.
    pub head: usize,
    /// The message.
    pub message: String,
    /// The other fields of the result.
    pub fields: Map<String, Value>,
}

impl Found {
    /// About its bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let fields: usize = self.fields.iter().map(|(key, value)| key.len() + bytes_of(value)).sum();
        size_of::<Self>() + self.message.len() + fields
    }
}

/// About the bytes of a value in memory.
fn bytes_of(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes_of).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| 2 * size_of::<Value>() + key.len() + bytes_of(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + inside
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The number of the rule; `None` if no rule could get the input.
    pub rule: Option<usize>,
    /// The number of its head.
    pub head: usize,
    /// The fault.
    pub fault: Fault,
}
