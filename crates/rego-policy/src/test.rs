//! Tests of policies: rules with names such as `test_…`, as `opa test` and `conftest verify` run them.

use crate::{Fault, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rule that tests others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyTest {
    /// The number of its set.
    pub set: usize,
    /// Its package.
    pub package: String,
    /// Its name: `test_…`, or `todo_test_…` if it should not run yet.
    pub name: String,
    /// The text of the head.
    pub place: Place,
}

impl PolicyTest {
    /// Whether the test should not run yet.
    pub fn is_todo(&self) -> bool {
        self.name.starts_with("todo_")
    }
}

/// The result of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestOutcome {
    /// The number of the test.
    pub test: usize,
    /// Its verdict.
    pub verdict: Verdict,
    /// The output of `print` in it.
    pub prints: Vec<String>,
}

/// The verdict of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// The test passes.
    Passed,
    /// The test is false or undefined.
    Failed {
        /// The first statement that is false; the head if there is none.
        place: Place,
        /// The values of the parts of the statement, with their places; `None` means undefined.
        values: Vec<(Place, Option<serde_json::Value>)>,
    },
    /// The test should not run yet.
    Todo,
    /// It could not be evaluated.
    Error(Fault),
}

/// The coverage of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The number of the set.
    pub set: usize,
    /// The number of the module in it.
    pub source: usize,
    /// Lines that were evaluated, from 1.
    pub covered: BTreeSet<u32>,
    /// Lines that were not evaluated.
    pub not_covered: BTreeSet<u32>,
}

/// The result of all tests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// One for each test, in their order.
    pub outcomes: Vec<TestOutcome>,
    /// One for each module, in their order.
    pub coverage: Vec<Coverage>,
}
