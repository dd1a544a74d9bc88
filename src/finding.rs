//! Findings of rules: the place, the message, the causes, and what to do. The engine adds the rule and the severity.

mod fix;
pub mod severity;

pub use fix::{Edit, Fix, Part, Safety, Together, apply_edits, by_file, together};

use self::severity::Severity;
use crate::source::Span;

/// The effect of a finding on the cluster, if it is one of those that stop everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effect {
    /// The API server refuses the object.
    Refused,
    /// The API server accepts the object without this field; `oc apply` refuses it.
    Pruned,
    /// The Machine Config Operator no longer writes image configuration to any node.
    Freezes,
}

/// Names in a sentence: `a`, `b` and `c`.
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

/// The first few of a list, in words: `a, b and 5 more`.
pub fn first_of(names: &[String]) -> String {
    const MANY: usize = 6;
    match names.len() {
        0..=MANY => names.join(", "),
        more => format!("{} and {} more", names[..MANY].join(", "), more - MANY),
    }
}

/// Another place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// How it explains the finding.
    pub text: String,
}

/// A finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// One line without a full stop, which names the value.
    pub message: String,
    /// The smallest text that is wrong.
    pub span: Span,
    /// The names that the finding is about, if the text at `span` contains less or more than them. If one of them changes, a
    /// baseline no longer accepts the finding.
    pub subject: Vec<String>,
    /// The text of the object that the finding is about, if its own text may belong to several objects.
    pub object: Option<Span>,
    /// The places that explain the finding.
    pub related: Vec<Related>,
    /// Whether the finding is true even if the related places belong to other clusters.
    pub stands_alone: bool,
    /// What to write instead, and what the cluster does.
    pub help: Option<String>,
    /// The change that fixes it.
    pub fix: Option<Fix>,
    /// The effect on the cluster, if it is a severe one.
    pub effect: Option<Effect>,
    /// The field as the server names it, if it differs from the path of the span.
    pub field: Option<String>,
    /// Additional data of a policy, for reports to programs.
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    /// A severity other than that of the rule, because of the cluster's release or the evidence.
    pub severity: Option<Severity>,
}

impl Finding {
    /// A finding at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span,
            subject: Vec::new(),
            object: None,
            related: Vec::new(),
            stands_alone: false,
            help: None,
            fix: None,
            effect: None,
            field: None,
            data: None,
            severity: None,
        }
    }

    /// Adds a place that explains the finding.
    pub fn related(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.related.push(Related { span, text: text.into() });
        self
    }

    /// Adds a name that the finding is about, such as a second registry that makes it worse, or an image name without its
    /// tag. If it is about several names, call this for each, in any order.
    pub fn subject(&mut self, subject: impl Into<String>) -> &mut Self {
        self.subject.push(subject.into());
        self
    }

    /// Sets the object that the finding is about: for example, `namePrefix` of a kustomization becomes a part of many
    /// objects.
    pub fn about(&mut self, object: Span) -> &mut Self {
        self.object = Some(object);
        self
    }

    /// Marks the finding as true without its related places, which then only explain it.
    pub fn stands_alone(&mut self) -> &mut Self {
        self.stands_alone = true;
        self
    }

    /// Sets what to write instead, and what the cluster does.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a fix, if there is one.
    pub fn fix(&mut self, fix: Option<Fix>) -> &mut Self {
        self.fix = fix;
        self
    }

    /// Sets the effect on the cluster.
    pub fn effect(&mut self, effect: Effect) -> &mut Self {
        self.effect = Some(effect);
        self
    }

    /// Sets the field as the server names it.
    pub fn field(&mut self, field: impl Into<String>) -> &mut Self {
        self.field = Some(field.into());
        self
    }

    /// Sets a severity other than that of the rule.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }
}

/// The limit of findings of one rule in a cluster. The report says how many more there are.
pub const MAX_FINDINGS: usize = 2_000;

/// Collects the findings of a rule.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Finding>,
    most: usize,
    /// Findings beyond the limit.
    pub dropped: usize,
}

impl Default for Findings {
    fn default() -> Self {
        Self::up_to(MAX_FINDINGS)
    }
}

impl Findings {
    /// Keeps at most so many findings.
    pub fn up_to(most: usize) -> Self {
        Self { list: Vec::new(), most, dropped: 0 }
    }

    /// Reports a finding at `span`, and returns it for chaining.
    #[expect(clippy::missing_panics_doc, reason = "the list was just pushed to")]
    pub fn report(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        if self.list.len() > self.most {
            self.dropped += 1;
            self.list.pop();
        }
        self.list.push(Finding::new(span, message));
        self.list.last_mut().expect("just pushed")
    }

    /// All findings, in the order of reporting.
    pub fn into_vec(mut self) -> Vec<Finding> {
        if self.dropped > 0 {
            self.list.pop();
        }
        self.list
    }
}
