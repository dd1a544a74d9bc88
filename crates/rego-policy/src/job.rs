//! What is evaluated, and what comes of it.

use crate::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rules of some packages of a set over one input.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The number of the set.
    pub set: usize,
    /// The packages whose rules run; all if there are none.
    pub namespaces: Vec<String>,
    /// What the policies see as `input`.
    pub input: Arc<Value>,
    /// The documents of [`Host::documents`](crate::Host::documents), by their names. Those that several jobs share are sent once.
    pub documents: BTreeMap<String, Arc<Value>>,
}

/// What came of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What the rules say, in order of the rules and their messages.
    pub results: Vec<Found>,
    /// What rules would say if `exception` did not name them.
    pub exceptions: Vec<Found>,
    /// Rules that could not be evaluated.
    pub failures: Vec<Failure>,
}

/// One result of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The number of the rule.
    pub rule: usize,
    /// Which of its heads says so.
    pub head: usize,
    /// What it says.
    pub message: String,
    /// The other fields of the result.
    pub fields: Map<String, Value>,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The number of the rule; none if the input could not be handed to any.
    pub rule: Option<usize>,
    /// Which of its heads.
    pub head: usize,
    /// What went wrong, and where.
    pub fault: Fault,
}
