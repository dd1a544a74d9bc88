//! The frame of an error that no rule found.

use super::{Shown, Style, Texts, handler, labels_of, without_padding};
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
    let mut shown = Shown::new(Severity::Error, escape(&frame.message).into_owned());
    shown.help = Some(frame.help.clone());
    let labels: Vec<_> = frame.labels.iter().map(|&(span, text)| (texts.first_line_of(span), text)).collect();
    if let Some(&(first, _)) = labels.first() {
        // On a line that is too long to show, every label gets a window of its own.
        let beside = |span: Span, texts: &Texts<'_>| {
            span == first || (texts.is_near(span, first) && !texts.is_long(span) && !texts.is_long(first))
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            labels.into_iter().partition(|&(span, _)| beside(span, &texts));
        let said = |text: &'static str| (!text.is_empty()).then(|| text.to_owned());
        let text = texts.text(first);
        let here = here.into_iter().map(|(span, text)| (span, said(text))).collect();
        shown.labels = labels_of(text.as_ref(), here);
        shown.code_text = text;
        for (span, message) in elsewhere {
            let message = if message.is_empty() { "and here" } else { message };
            let mut other = Shown::new(Severity::Note, message.to_owned());
            let text = texts.text(span);
            other.labels = labels_of(text.as_ref(), vec![(span, None)]);
            other.code_text = text;
            shown.related.push(other);
        }
    }
    let mut text = String::new();
    // The handler fails only when the text cannot be written to, and a string always can.
    let _ = handler(style).render_report(&mut text, &shown);
    without_padding(&text).fold(String::new(), |text, line| text + line + "\n")
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
