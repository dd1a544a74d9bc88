//! A file that cannot be read because of the system, its size or its encoding. The reader finds it.

use crate::finding::Finding;
use crate::machine::budget;
use crate::read::manifest::Broken;
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::Span;

/// The description of `unreadable-file`.
pub static META: Meta = Meta::recommended(
    "unreadable-file",
    "a file that could not be read",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);

/// The finding about a file that could not be read.
pub fn finding(span: Span, message: &str) -> Finding {
    let mut finding = Finding::new(span, message.to_owned());
    finding.help(
        "make it readable, or exclude it with `exclude` in the configuration; nothing in it was checked",
    );
    finding
}

/// The finding about a text that expands to more than the limit of a run.
pub fn too_much(broken: &Broken) -> Finding {
    let mut finding = Finding::new(broken.span, broken.what.message().to_owned());
    finding.help(format!(
        "check the directories one at a time, or make fewer copies; a run expands texts to at most {} MiB, \
         and the rest was not checked",
        budget::MOST >> 20
    ));
    finding
}
