//! The frame of an error that no rule found.

use super::Style;
use super::block::Blocks;
use crate::source::{Sources, Span};

/// Something wrong that is no diagnostic of a rule.
pub(in crate::report) struct Frame {
    /// What is wrong.
    pub(in crate::report) message: String,
    /// The texts that make it so, the one to change first, each with what it has to do with it.
    pub(in crate::report) labels: Vec<(Span, &'static str)>,
    /// What to do.
    pub(in crate::report) help: String,
}

/// The frame of one error.
pub(in crate::report) fn frame(frame: &Frame, sources: &Sources, style: &Style) -> String {
    Blocks::new(sources, style).error(&frame.message, &frame.labels, &frame.help)
}

/// The frame of an error at these texts.
pub(in crate::report) fn framed(
    message: &str,
    labels: &[(Span, &str)],
    help: &str,
    sources: &Sources,
    style: &Style,
) -> String {
    Blocks::new(sources, style).error(message, labels, help)
}
