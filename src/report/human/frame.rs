//! The frame of an error that no rule found.

use super::Style;
use super::block::Blocks;
use crate::source::{Sources, Span};

/// An error that is not a diagnostic of a rule.
pub(in crate::report) struct Frame {
    /// The message.
    pub(in crate::report) message: String,
    /// The texts that cause it, each with its role; the first one is the one to change first.
    pub(in crate::report) labels: Vec<(Span, &'static str)>,
    /// The help.
    pub(in crate::report) help: String,
}

/// The frame of one error.
pub(in crate::report) fn frame(frame: &Frame, sources: &Sources, style: &Style) -> String {
    Blocks::new(sources, style).error(&frame.message, &frame.labels, &frame.help)
}

/// The frame of an error at the given places.
pub(in crate::report) fn framed(
    message: &str,
    labels: &[(Span, &str)],
    help: &str,
    sources: &Sources,
    style: &Style,
) -> String {
    Blocks::new(sources, style).error(message, labels, help)
}
