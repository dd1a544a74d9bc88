//! The output of a template, with the origin of each part.

use crate::value::{Mark, Text, Value};
use spanned_yaml::Span;

/// A text that grows, with the marks of its parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

impl Output {
    /// Adds text of the template itself. With `is_exact`, the template contains it byte for byte.
    pub(crate) fn literal(&mut self, text: &str, span: Span, is_exact: bool) {
        self.part(text, Part { is_literal: is_exact, ..Part::of(span) });
    }

    /// Adds text with the origin `part`.
    pub(crate) fn part(&mut self, text: &str, part: Part) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        let mark = part.mark(start, self.text.len() as u32);
        match self.marks.last_mut() {
            Some(last) if part.continues(last, start) => {
                last.end = mark.end;
                last.template.end = part.template.end;
            }
            _ => self.marks.push(mark),
        }
    }

    /// Adds a string that was printed at `span`. Parts without a mark come from the action.
    pub(crate) fn text(&mut self, text: &Text, part: Part) {
        self.add(text, 0, text.as_str().len(), part, true);
    }

    /// Adds a part of a string. A part of a value no longer counts as the value.
    pub(crate) fn slice(&mut self, text: &Text, from: usize, to: usize, part: Part) {
        self.add(text, from, to, part, false);
    }

    /// Adds one line of a string whose lines are all added.
    pub(crate) fn line(&mut self, text: &Text, from: usize, to: usize, part: Part) {
        self.add(text, from, to, part, true);
    }

    fn add(&mut self, text: &Text, from: usize, to: usize, part: Part, keeps_origin: bool) {
        let marks = text.marks();
        let said = text.as_str();
        let mut at = from;
        let first = marks.partition_point(|mark| mark.end as usize <= from);
        for mark in &marks[first..] {
            let (start, end) = ((mark.start as usize).max(from), (mark.end as usize).min(to));
            if start >= end {
                break;
            }
            self.part(&said[at..start], part);
            let is_whole = start == mark.start as usize && end == mark.end as usize;
            let cut = Part {
                template: mark.template,
                origin: mark.origin.filter(|_| is_whole || keeps_origin),
                is_literal: mark.is_literal && is_whole,
                is_unknown: mark.is_unknown || part.is_unknown,
            };
            let cut = if mark.is_literal && !is_whole { cut.of_literal(mark, start, end) } else { cut };
            self.part(&said[start..end], cut);
            at = end;
        }
        self.part(&said[at..to], part);
    }

    /// Adds a value, whose text is `printed`, at the action at `span`.
    pub(crate) fn value(&mut self, value: &Value, printed: &str, span: Span) {
        let part = Part { origin: value.origin, is_unknown: value.is_unknown, ..Part::of(span) };
        match &value.data {
            crate::value::Data::Text(text) => self.text(text, part),
            _ => self.part(printed, part),
        }
    }

    /// The output as a string, for a pipeline.
    pub(crate) fn into_text(self) -> Text {
        Text::marked(self.text, self.marks)
    }

    /// The same output without each `word`.
    pub(crate) fn without(self, word: &str) -> Self {
        if !self.text.contains(word) {
            return self;
        }
        let text = self.into_text();
        let mut out = Self::default();
        let mut at = 0;
        let Some(&first) = text.marks().first() else { return out };
        for (found, _) in text.as_str().match_indices(word) {
            out.slice(&text, at, found, Part::of(first.template));
            at = found + word.len();
        }
        out.slice(&text, at, text.as_str().len(), Part::of(first.template));
        out
    }
}

/// The origin of a part of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) template: Span,
    pub(crate) origin: Option<Span>,
    pub(crate) is_literal: bool,
    pub(crate) is_unknown: bool,
}

impl Part {
    /// An action, without other known facts.
    pub(crate) fn of(template: Span) -> Self {
        Self { template, origin: None, is_literal: false, is_unknown: false }
    }

    /// The part of a literal text from `start` to `end`, which the template contains byte for byte.
    fn of_literal(self, mark: &Mark, start: usize, end: usize) -> Self {
        let base = mark.template.start;
        let template = Span {
            file: mark.template.file,
            start: base + (start as u32 - mark.start),
            end: base + (end as u32 - mark.start),
        };
        Self { template, is_literal: true, ..self }
    }

    /// Whether one mark can describe both parts. Two copies of a value next to each other are not that value.
    fn continues(self, last: &Mark, start: u32) -> bool {
        let is_same = if self.is_literal {
            last.template.file == self.template.file && last.template.end == self.template.start
        } else {
            last.template == self.template
        };
        is_same
            && last.end == start
            && last.origin.is_none()
            && self.origin.is_none()
            && (last.is_literal, last.is_unknown) == (self.is_literal, self.is_unknown)
    }

    fn mark(self, start: u32, end: u32) -> Mark {
        Mark {
            start,
            end,
            template: self.template,
            origin: self.origin,
            is_literal: self.is_literal,
            is_unknown: self.is_unknown,
        }
    }
}
