//! Policies: rules in Rego that belong to a repository or a team.
//!
//! The configuration names directories ([`Configured`]). [`read()`] reads their modules and data. [`run()`] starts
//! workers that evaluate them for each cluster ([`input`]), and finds the place of each result. In reports, a policy is
//! a rule like any other. Its [`Meta`](crate::rules::rule::Meta) comes from its annotations.
//!
//! Policies are code of the repository, so they are not trusted: workers have no environment, no files, no clock, and
//! limits of time and memory. A build without the feature `policies` reads no policies and reports that.

#[cfg(feature = "policies")]
mod asks;
mod configured;
#[cfg(feature = "policies")]
mod constraints;
#[cfg(feature = "policies")]
mod data;
#[cfg(feature = "policies")]
mod files;
#[cfg(feature = "policies")]
mod host;
pub mod input;
mod json;
#[cfg(feature = "policies")]
mod meta;
#[cfg(feature = "policies")]
mod path;
#[cfg(feature = "policies")]
mod place;
#[cfg(feature = "policies")]
mod read;
#[cfg(feature = "policies")]
mod run;
mod subject;
#[cfg(feature = "policies")]
mod templates;
#[cfg(feature = "policies")]
mod testing;
#[cfg(not(feature = "policies"))]
mod without;

pub use configured::{Configured, InputKind, Language, NAMESPACE, Where};
#[cfg(feature = "policies")]
pub use read::{Policies, Workers, read};
#[cfg(feature = "policies")]
pub use run::run;
pub use subject::{cluster_input, count_objects, object_inputs};
#[cfg(feature = "policies")]
pub use testing::test;
#[cfg(not(feature = "policies"))]
pub use without::{Policies, Workers, read, run, test};

use crate::finding::Finding;
use crate::model::{Cluster, Object, Repo};
use crate::rules::rule::Meta;
use crate::source::{Sources, Span};
use jiff::civil::Date;
use std::sync::Arc;

/// The hidden command with which this program starts itself to read and evaluate policies.
pub const WORKER: &str = "policy-worker";

/// The plan of a cluster as JSON, as in `plan --report json`.
pub type PlanOfCluster<'t> = dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync + 't;

/// The inputs for a run of policies.
#[cfg_attr(not(feature = "policies"), expect(dead_code, reason = "nothing runs over it then"))]
pub struct Run<'r> {
    /// The repository that was read.
    pub repo: &'r Repo,
    /// The texts of its files.
    pub sources: &'r Sources,
    /// The date for rules that depend on the day.
    pub today: Option<Date>,
    /// The plan of each cluster, if `pullwarden plan` runs the policies.
    pub plan: Option<&'r PlanOfCluster<'r>>,
}

/// The results of all policies.
#[derive(Debug, Default)]
pub struct Evaluated<'r> {
    /// The results, in the order of clusters and rules.
    pub said: Vec<Said<'r>>,
    /// The number of objects and clusters for which some policies did not run, since all took too long.
    pub unfinished: usize,
}

/// A result of a policy.
#[derive(Debug)]
pub struct Said<'r> {
    /// The policy.
    pub meta: &'static Meta,
    /// The finding.
    pub finding: Finding,
    /// The cluster; `None` if the finding is about the policy itself.
    pub cluster: Option<&'r Cluster>,
    /// The object, and the number of its member in the cluster.
    pub object: Option<(Arc<Object>, usize)>,
    /// If an `exception` rule excludes the finding: the head of that rule.
    pub exception: Option<Span>,
}

/// The results of policy tests.
#[derive(Debug, Default)]
pub struct TestRun {
    /// The tests, in the order of modules and their text.
    pub results: Vec<TestResult>,
    /// The lines of the policies that the tests evaluated, in the order of modules.
    pub coverage: Vec<Coverage>,
    /// What is wrong with the policies.
    pub problems: Vec<(&'static Meta, Finding)>,
}

/// A test and its result.
#[derive(Debug)]
pub struct TestResult {
    /// Its package.
    pub package: String,
    /// Its name.
    pub name: String,
    /// The text of its head.
    pub span: Span,
    /// Whether it passed.
    pub verdict: TestVerdict,
    /// The output of `print` in the test.
    pub prints: Vec<String>,
}

/// The result of a test.
#[derive(Debug)]
pub enum TestVerdict {
    /// It passed.
    Passed,
    /// It failed.
    Failed {
        /// The statement that does not hold.
        span: Span,
        /// The values in this statement; `None` stands for undefined.
        values: Vec<(Span, Option<serde_json::Value>)>,
    },
    /// It is not implemented yet (`todo_`).
    Todo,
    /// It could not be evaluated.
    Error {
        /// The place of the error.
        span: Span,
        /// The message of the error.
        message: String,
    },
}

/// The lines of a module that the tests evaluated.
#[derive(Debug)]
pub struct Coverage {
    /// The name of its file.
    pub file: String,
    /// How many lines were evaluated.
    pub covered: usize,
    /// The lines that were not evaluated; the first line is 1.
    pub not_covered: Vec<u32>,
}
