//! What a rule says: where, what, why, and what to do about it. Who said it and how much it matters is added later.

mod fix;
pub mod severity;

pub use fix::{Edit, Fix, Part, Safety, Together, apply_edits, by_file, together};

use self::severity::Severity;
use crate::source::Span;

/// What the cluster does because of a finding, where that is one of the ways that silence everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effect {
    /// The API server does not take the object.
    Refused,
    /// The API server takes the object without this field; `oc apply` does not take it at all.
    Pruned,
    /// The Machine Config Operator stops writing any image configuration to any node.
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

/// Another place that has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What it has to do with it.
    pub text: String,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// One line without a full stop, naming the value.
    pub message: String,
    /// The smallest text that is wrong.
    pub span: Span,
    /// What it is about, where the text at `span` says too little of it or too much. A finding that is accepted comes back
    /// as a new one as soon as it is about something else.
    pub subject: Vec<String>,
    /// The text of the object that it is about, where its own may be part of several objects.
    pub object: Option<Span>,
    /// The places that make it wrong.
    pub related: Vec<Related>,
    /// Whether it is true even if the related places belong to other clusters.
    pub stands_alone: bool,
    /// What the cluster will do, and what to write instead.
    pub help: Option<String>,
    /// The change that mends it.
    pub fix: Option<Fix>,
    /// What the cluster does, if it is one of a few drastic things.
    pub effect: Option<Effect>,
    /// The field as the server names it, where the path of the span says less.
    pub field: Option<String>,
    /// What a policy says beside its message; reports for programs have it.
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    /// A severity that differs from the rule's because of the cluster's release or the evidence.
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

    /// Adds a place that makes this one wrong.
    pub fn related(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.related.push(Related { span, text: text.into() });
        self
    }

    /// Says what it is about, as in a tag that a new release changes and that decides nothing, or a second registry that
    /// makes it worse. Where it is about several, this is called for each, in any order.
    pub fn subject(&mut self, subject: impl Into<String>) -> &mut Self {
        self.subject.push(subject.into());
        self
    }

    /// Says which object it is about: a kustomization's `namePrefix` is part of many.
    pub fn about(&mut self, object: Span) -> &mut Self {
        self.object = Some(object);
        self
    }

    /// Says that this place would be wrong without the related ones, too; they help to understand it.
    pub fn stands_alone(&mut self) -> &mut Self {
        self.stands_alone = true;
        self
    }

    /// Says what the cluster will do, and what to write instead.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    /// Offers a change, where one can be made.
    pub fn fix(&mut self, fix: Option<Fix>) -> &mut Self {
        self.fix = fix;
        self
    }

    /// Says that the cluster does one of the drastic things.
    pub fn effect(&mut self, effect: Effect) -> &mut Self {
        self.effect = Some(effect);
        self
    }

    /// Names the field as the server does.
    pub fn field(&mut self, field: impl Into<String>) -> &mut Self {
        self.field = Some(field.into());
        self
    }

    /// Weighs this finding differently from the rule's others.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }
}

/// A cluster with more findings of one rule than this is told so instead.
pub const MAX_FINDINGS: usize = 2_000;

/// Where a rule puts what it finds.
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
    /// Keeps so many findings at most.
    pub fn up_to(most: usize) -> Self {
        Self { list: Vec::new(), most, dropped: 0 }
    }

    /// Reports something at `span`; the rest is told to the finding that this gives back.
    #[expect(clippy::missing_panics_doc, reason = "the list was just pushed to")]
    pub fn report(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        if self.list.len() > self.most {
            self.dropped += 1;
            self.list.pop();
        }
        self.list.push(Finding::new(span, message));
        self.list.last_mut().expect("just pushed")
    }

    /// All that was found, in the order of reporting.
    pub fn into_vec(mut self) -> Vec<Finding> {
        if self.dropped > 0 {
            self.list.pop();
        }
        self.list
    }
}
