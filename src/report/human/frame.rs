//! The frame of an error that no rule found.

use super::{Shown, Style, Texts, handler, label};
use crate::report::text::escape;
use crate::rule::Severity;
use crate::source::{Sources, Span};
use std::collections::HashMap;

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
    let mut texts = Texts { sources, masked: HashMap::new(), links: false };
    let said = |text: &'static str| (!text.is_empty()).then(|| text.to_owned());
    let first = frame.labels.first().map(|(span, _)| span.file);
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        frame.labels.iter().partition(|(span, _)| Some(span.file) == first);
    let related = elsewhere.into_iter().map(|&(span, text)| {
        let mut shown = Shown::new(Severity::Note, text.to_owned());
        shown.code_text = texts.text(span.file);
        shown.labels = vec![label(span, None)];
        shown
    });
    let related: Vec<Shown<'_>> = related.collect();
    let mut shown = Shown::new(Severity::Error, escape(&frame.message).into_owned());
    shown.help = Some(frame.help.clone());
    shown.code_text = first.and_then(|file| texts.text(file));
    shown.labels = here.into_iter().map(|&(span, text)| label(span, said(text))).collect();
    shown.related = related;
    let mut text = String::new();
    // The handler fails only when the text cannot be written to, and a string always can.
    let _ = handler(style).render_report(&mut text, &shown);
    text.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

impl Shown<'_> {
    fn new(severity: Severity, message: String) -> Self {
        Self {
            severity,
            code: "",
            url: String::new(),
            message,
            help: None,
            code_text: None,
            labels: Vec::new(),
            related: Vec::new(),
        }
    }
}
