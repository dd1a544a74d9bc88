//! A document that is not YAML. The reader finds it.

use crate::finding::{Effect, Finding};
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::Span;

/// The description of `yaml-syntax`.
pub static META: Meta = Meta::recommended(
    "yaml-syntax",
    "a document that is not YAML",
    Category::Shape,
    Severity::Error,
    "0.1.0",
);

/// The finding about a character that only `oc` reads as the end of a line.
pub fn line_end(span: Span, message: &str) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help(
        "remove the character, or put the value in double quotes; `oc` and Argo CD read the rest as a \
         separate line, so the object differs from what reviewers see",
    );
    finding
}

/// The finding about a document that could not be read.
pub fn finding(span: Span, message: &str) -> Finding {
    let mut finding = Finding::new(span, message.trim_end_matches('.').to_owned());
    finding
        .help(
            "correct the syntax; `oc` stops at this document: this and all later documents do not reach \
             the cluster",
        )
        .effect(Effect::Refused);
    finding
}
