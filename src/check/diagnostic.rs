//! Diagnostics: a finding with its rule, severity, clusters and state.

use crate::finding::{Effect, Fix, Related};
use crate::model::Identity;
use crate::rules::rule::{Meta, Severity};
use crate::source::Span;
use std::sync::Arc;

/// The state of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The diagnostic is reported.
    Open,
    /// An ignore names the diagnostic.
    Ignored {
        /// The reason of the ignore.
        reason: String,
        /// The place of the ignore.
        span: Span,
        /// Whether the ignore stands in the manifest, not in the configuration.
        in_source: bool,
    },
    /// The baseline accepts the diagnostic.
    Baselined {
        /// Its entry in the baseline.
        span: Span,
    },
}

/// A finding with its severity and its object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Meta,
    /// The severity, lowered where the cluster is only guessed.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The smallest text that is wrong.
    pub span: Span,
    /// The places that make the text wrong.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// Why the severity is lower than that of the rule.
    pub note: Option<String>,
    /// The change that fixes it.
    pub fix: Option<Fix>,
    /// What the cluster does, if the effect is drastic.
    pub effect: Option<Effect>,
    /// The field, as the server names it; empty outside of resources.
    pub field: String,
    /// More keys that a policy returns beside its message.
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    /// The resource that holds the text.
    pub resource: Option<Arc<Identity>>,
    /// The clusters that it holds for, in order; empty outside of resources.
    pub clusters: Vec<String>,
    /// Identifies the diagnostic over time: made of rule, resource, field and value, without a line.
    pub fingerprint: String,
    /// The fingerprint of the same diagnostic in an `ImageContentSourcePolicy`, if the object replaces one.
    pub former_fingerprint: Option<String>,
    /// The state.
    pub state: State,
}

impl Diagnostic {
    /// Whether the diagnostic is reported.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }
}
