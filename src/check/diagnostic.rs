//! What is reported: a finding with its rule, weight, clusters and fate.

use crate::finding::{Effect, Fix, Related};
use crate::model::Identity;
use crate::rules::rule::{Meta, Severity};
use crate::source::Span;

/// What becomes of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Somebody should look at it.
    Open,
    /// Somebody looked at it and said "not here".
    Ignored {
        /// Why.
        reason: String,
        /// Where that was said.
        span: Span,
        /// Whether it was said in the manifest itself, not in the configuration.
        in_source: bool,
    },
    /// It was there when somebody wrote down what is accepted.
    Baselined {
        /// Its entry in the baseline.
        span: Span,
    },
}

/// A finding, weighed and placed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Meta,
    /// How much it matters here.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The smallest text that is wrong.
    pub span: Span,
    /// The places that make it wrong.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// Why it weighs less than the rule's own severity.
    pub note: Option<String>,
    /// The change that mends it.
    pub fix: Option<Fix>,
    /// What the cluster does, if it is one of a few drastic things.
    pub effect: Option<Effect>,
    /// The field, as the server names it; empty outside of resources.
    pub field: String,
    /// What a policy says beside its message.
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    /// The resource that holds the text.
    pub resource: Option<Identity>,
    /// The clusters that it holds for, in order; empty outside of resources.
    pub clusters: Vec<String>,
    /// What identifies it over time: rule, resource, field and value, but no line.
    pub fingerprint: String,
    /// What identified it when its object was an `ImageContentSourcePolicy`, if it is what such an object becomes.
    pub former_fingerprint: Option<String>,
    /// What becomes of it.
    pub state: State,
}

impl Diagnostic {
    /// Whether somebody should look at it.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }
}
