//! Text of a repository for miette's frames: a part of a long line, stars for secrets, and no commands for a terminal.

use crate::machine::terminal::{escape, masked};
use crate::source::{FileId, Position, Source, Sources, Span};
use miette::{LabeledSpan, SourceSpan, SpanContents};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The texts of a report, each of which is prepared once.
pub(super) struct Texts<'s> {
    sources: &'s Sources,
    masked: HashMap<FileId, Arc<str>>,
}

impl<'s> Texts<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, masked: HashMap::new() }
    }

    /// A label under many lines shows no more than one under the first line.
    pub(super) fn first_line_of(&self, span: Span) -> Span {
        let text = self.sources.slice(span);
        match text.find(['\n', '\r']) {
            Some(end) => Span { end: span.start + end as u32, ..span },
            None => span,
        }
    }

    /// Whether one frame can show both places. Each label on a line that is too long has a window of its own.
    pub(super) fn share_a_frame(&self, a: Span, b: Span) -> bool {
        self.is_near(a, b) && !self.is_long(a) && !self.is_long(b)
    }

    /// Whether one frame can show both places without showing mostly other lines.
    fn is_near(&self, a: Span, b: Span) -> bool {
        let source = self.sources.get(a.file).filter(|_| a.file == b.file);
        source.is_some_and(|source| source.line_of(a.start).abs_diff(source.line_of(b.start)) <= FRAME)
    }

    fn is_long(&self, span: Span) -> bool {
        let source = self.sources.get(span.file);
        source.is_some_and(|source| source.line(source.line_of(span.start)).len() > LONG_LINE)
    }

    pub(super) fn text(&mut self, span: Span) -> Option<CodeText<'s>> {
        let source = self.sources.get(span.file)?;
        if self.is_long(span) {
            return Some(CodeText { source, masked: "".into(), window: Some(Window::around(source, span)) });
        }
        let masked =
            self.masked.entry(span.file).or_insert_with(|| to_show(source, 0..source.text.len()).into());
        Some(CodeText { source, masked: masked.clone(), window: None })
    }
}

/// Places that are more lines apart than this have a frame each.
const FRAME: usize = 6;
/// Of a line with more bytes than this, only a part is shown.
const LONG_LINE: usize = 400;
/// How many bytes of a long line are shown before and behind the label's start.
const WINDOW: usize = 60;

/// A part of a line that is too long to show.
#[derive(Clone, Debug)]
struct Window {
    text: Arc<str>,
    /// The start and the length of the label, in bytes of `text`.
    label: (usize, usize),
    /// The label's place in the file.
    position: Position,
}

impl Window {
    fn around(source: &Source, span: Span) -> Self {
        let line = source.line_of(span.start);
        let start = source.line_starts()[line] as usize;
        let text = source.line(line);
        let at = (span.start as usize - start).min(text.len());
        let length = ((span.end - span.start) as usize).min(2 * WINDOW).min(text.len() - at);
        let from = floor(text, at.saturating_sub(WINDOW));
        let to = floor(text, (at + length + WINDOW).min(text.len()));
        let lead = if from > 0 { "… " } else { "" };
        let part = to_show(source, start + from..start + to);
        let shown = format!("{lead}{part}{}", if to < text.len() { " …" } else { "" });
        let end = floor(text, at + length);
        let label = (lead.len() + at - from, end.saturating_sub(at));
        Self { label, text: shown.into(), position: source.position(span.start) }
    }
}

/// The lines around a text as they may be shown.
pub(in crate::report) struct Excerpt {
    /// The number of the first line, from 1.
    pub(in crate::report) first: usize,
    /// The lines; of one that is too long a part.
    pub(in crate::report) lines: Vec<String>,
    /// The line in which the text starts, among these.
    pub(in crate::report) marked_line: usize,
    /// The bytes of the text in that line.
    pub(in crate::report) marked: Range<usize>,
}

/// The lines of a text, and up to `around` before and behind it.
pub(in crate::report) fn excerpt(source: &Source, span: Span, around: usize) -> Excerpt {
    let line = source.line_of(span.start);
    let is_short = |line: &usize| *line < source.line_starts().len() && source.line(*line).len() <= LONG_LINE;
    if !is_short(&line) {
        let Window { text, label: (at, length), position } = Window::around(source, span);
        return Excerpt {
            first: position.line,
            lines: vec![text.to_string()],
            marked_line: 0,
            marked: at..at + length,
        };
    }
    let first = line - (1..=around.min(line)).take_while(|up| is_short(&(line - up))).count();
    // A line end at the end of the file begins no line.
    let is_there = |line: usize| is_short(&line) && (source.line_starts()[line] as usize) < source.text.len();
    let last = line + (1..=around).take_while(|down| is_there(line + down)).count();
    let start = |line: usize| source.line_starts()[line] as usize;
    let shown = |line: usize| to_show(source, start(line)..start(line) + source.line(line).len());
    let lines: Vec<String> = (first..=last).map(shown).collect();
    let marked_line = line - first;
    let within = |offset: u32| (offset as usize - start(line)).min(lines[marked_line].len());
    let at = floor(&lines[marked_line], within(span.start));
    let end = floor(&lines[marked_line], within(span.end)).max(at);
    Excerpt { first: first + 1, lines, marked_line, marked: at..end }
}

/// A part of a text that is safe to show: without commands for a terminal, and with stars instead of secrets. Byte offsets
/// stay the same.
fn to_show(source: &Source, part: Range<usize>) -> String {
    let mut text = masked(&source.text[part.clone()]).into_owned();
    for secret in source.secrets() {
        let (from, to) = (secret.range().start.max(part.start), secret.range().end.min(part.end));
        if from < to {
            let range = from - part.start..to - part.start;
            let star = |byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { '*' };
            let stars: String = text.as_bytes()[range.clone()].iter().copied().map(star).collect();
            text.replace_range(range, &stars);
        }
    }
    text
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Labels for miette. The first label is the primary one: its place is shown above the frame, even if others come before it.
pub(super) fn labels_of(
    text: Option<&CodeText<'_>>,
    labels: Vec<(Span, Option<String>)>,
) -> Vec<LabeledSpan> {
    let Some(text) = text else { return Vec::new() };
    let mut is_primary = true;
    labels.into_iter().map(|(span, label)| text.label(span, label, std::mem::take(&mut is_primary))).collect()
}

impl CodeText<'_> {
    fn title(&self) -> String {
        escape(&self.source.name).into_owned()
    }

    /// A label for miette.
    fn label(&self, span: Span, text: Option<String>, is_primary: bool) -> LabeledSpan {
        let (at, length) = match &self.window {
            Some(window) => window.label,
            None => (span.start as usize, (span.end - span.start) as usize),
        };
        if is_primary {
            LabeledSpan::new_primary_with_span(text, (at, length))
        } else {
            LabeledSpan::new(text, at, length)
        }
    }
}

/// A text with an index of its lines. The source types of miette count lines from the start for every diagnostic.
#[derive(Clone, Debug)]
pub(super) struct CodeText<'s> {
    source: &'s Source,
    masked: Arc<str>,
    window: Option<Window>,
}

impl miette::SourceCode for CodeText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, miette::MietteError> {
        if let Some(window) = &self.window {
            return Ok(Box::new(miette::MietteSpanContents::new_named(
                self.title(),
                window.text.as_bytes(),
                SourceSpan::new(0.into(), window.text.len()),
                window.position.line - 1,
                window.position.column - 1,
                1,
            )));
        }
        let starts = self.source.line_starts();
        let is_short = |line: &usize| *line < starts.len() && self.source.line(*line).len() <= LONG_LINE;
        let (start, end) = (span.offset() as u32, (span.offset() + span.len()) as u32);
        let (line, last) = (self.source.line_of(start), self.source.line_of(end));
        let first = line - (1..=before.min(line)).take_while(|up| is_short(&(line - up))).count();
        let behind = last + (1..=after).take_while(|down| is_short(&(last + down))).count();
        let from = starts[first] as usize;
        let to = starts.get(behind + 1).map_or(self.masked.len(), |&next| next as usize);
        // miette requests the place above the frame without context.
        let column = if before == 0 { self.source.position(start).column - 1 } else { 0 };
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.title(),
            &self.masked.as_bytes()[from..to],
            SourceSpan::new(from.into(), to - from),
            first,
            column,
            // miette uses this number to decide whether two labels share a frame. It gets only labels that do, so that the
            // place above the frame is that of the primary one.
            usize::MAX / 2,
        )))
    }
}
