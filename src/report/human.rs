//! The report for people: a frame of the text with the smallest wrong part underlined, what makes it wrong, and what
//! to do; and a last line that always says what was checked. The only place that knows miette.

mod frame;

pub(super) use frame::{Frame, frame};

use super::text::{escape, masked};
use crate::cli::ColorChoice;
use crate::diagnostic::Diagnostic;
use crate::rule::Severity;
use crate::source::{FileId, Position, Source, Sources, Span};
use crate::triage::Report;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan, SpanContents};
use std::collections::HashMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Style {
    /// Colour.
    pub color: bool,
    /// Links behind rule ids.
    pub links: bool,
    /// Box-drawing characters.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Whether a person looks at it, so that no text may steer the screen.
    pub screen: bool,
}

impl Style {
    /// No terminal: the same bytes everywhere.
    pub const PLAIN: Style = Style { color: false, links: false, unicode: true, width: 100, screen: false };

    /// What standard output can show.
    pub fn of_stdout(choice: ColorChoice) -> Self {
        let stream = supports_color::Stream::Stdout;
        if !io::stdout().is_terminal() {
            return Self::of_file(if supports_color::on(stream).is_some() && choice == ColorChoice::Auto {
                ColorChoice::Always
            } else {
                choice
            });
        }
        let color = match choice {
            ColorChoice::Auto => supports_color::on(stream).is_some(),
            choice => choice == ColorChoice::Always,
        };
        let links = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        let unicode = supports_unicode::on(supports_unicode::Stream::Stdout);
        let width =
            terminal_size::terminal_size().map_or(Self::PLAIN.width, |(width, _)| usize::from(width.0));
        // A very wide window makes lines that nobody follows with the eye.
        Self { color, links, unicode, width: width.clamp(40, 140), screen: true }
    }

    /// What a file can show.
    pub fn of_file(choice: ColorChoice) -> Self {
        let color = choice == ColorChoice::Always;
        Self { color, screen: color, ..Self::PLAIN }
    }
}

/// Writes the report.
pub fn write(report: &Report, sources: &Sources, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let handler = handler(style);
    let mut texts = Texts { sources, masked: HashMap::new(), links: style.links };
    for diagnostic in report.open() {
        let shown = texts.shown(diagnostic);
        let mut text = String::new();
        // The handler fails only when the text cannot be written to, and a string always can.
        let _ = handler.render_report(&mut text, &shown);
        for line in without_padding(&text) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(report))
}

/// A code frame pads its lines. miette puts a heading above related places; each has its own `note:`.
fn without_padding(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end().lines().map(str::trim_end).filter(|line| *line != "Advice:")
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let mut theme = if style.unicode { GraphicalTheme::unicode() } else { GraphicalTheme::ascii() };
    if !style.color {
        theme.styles = miette::ThemeStyles::none();
    }
    theme.characters.error = "error:".into();
    theme.characters.warning = "warning:".into();
    theme.characters.advice = "note:".into();
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(style.links)
        .with_context_lines(1)
        .without_syntax_highlighting()
}

/// "3 errors, 1 warning · 14 resources in 2 clusters · 5,012 files"
pub fn summary(report: &Report) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = report.count(severity);
            (count > 0).then(|| counted(count, severity.as_str()))
        })
        .collect();
    let mut parts = vec![if counts.is_empty() { "nothing to report".to_owned() } else { counts.join(", ") }];
    let checked = &report.checked;
    if report.ignored() > 0 {
        parts.push(format!("{} ignored", thousands(report.ignored())));
    }
    if report.baselined() > 0 {
        parts.push(format!("{} in the baseline", thousands(report.baselined())));
    }
    if checked.dropped > 0 {
        parts.push(format!("{} more not shown", thousands(checked.dropped)));
    }
    parts.push(format!(
        "{} in {}",
        counted(checked.resources, "resource"),
        counted(checked.clusters, "cluster")
    ));
    if checked.templates > 0 {
        let what = if checked.templates == 1 { "template or patch" } else { "templates and patches" };
        parts.push(format!("{} {what} left alone", thousands(checked.templates)));
    }
    parts.push(counted(checked.files, "file"));
    parts.join(" · ")
}

/// "1 error", "5,012 files".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), if count == 1 { "" } else { "s" })
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

struct Texts<'s> {
    sources: &'s Sources,
    masked: HashMap<FileId, std::sync::Arc<str>>,
    links: bool,
}

impl<'s> Texts<'s> {
    fn shown(&mut self, diagnostic: &Diagnostic) -> Shown<'s> {
        let primary = self.first_line_of(diagnostic.span);
        let mut labels = vec![(primary, None)];
        let mut elsewhere: Vec<(Span, String)> = Vec::new();
        for related in &diagnostic.related {
            let text = escape(&related.text).into_owned();
            let span = self.first_line_of(related.span);
            // On a line that is too long to show, every label gets a window of its own.
            if self.is_near(span, primary) && !self.is_long(span) && !self.is_long(primary) {
                labels.push((span, Some(text)));
            } else {
                elsewhere.push((span, text));
            }
        }
        let mut help: Vec<String> = diagnostic.help.iter().map(|help| escape(help).into_owned()).collect();
        if let Some(fix) = &diagnostic.fix {
            let how = match fix.safety {
                crate::fix::Safety::Safe => "fix",
                crate::fix::Safety::Unsafe => "fix (needs a look)",
            };
            help.push(format!("{how}: {}", escape(&fix.title)));
        }
        if diagnostic.clusters.len() > 1 {
            help.push(format!(
                "in {} clusters: {}",
                diagnostic.clusters.len(),
                some_of(&diagnostic.clusters)
            ));
        }
        help.extend(diagnostic.note.clone());
        let text = self.text(primary);
        Shown {
            severity: diagnostic.severity,
            code: diagnostic.rule.id,
            // Without links miette would print the whole address at every diagnostic.
            url: if self.links { super::page_url(diagnostic.rule) } else { String::new() },
            message: escape(&diagnostic.message).into_owned(),
            help: (!help.is_empty()).then(|| help.join("\n")),
            labels: labels_of(text.as_ref(), labels),
            code_text: text,
            related: elsewhere
                .into_iter()
                .map(|(span, message)| (self.text(span), span, message))
                .map(|(text, span, message)| Shown {
                    severity: Severity::Note,
                    code: "",
                    url: String::new(),
                    message,
                    help: None,
                    labels: labels_of(text.as_ref(), vec![(span, None)]),
                    code_text: text,
                    related: Vec::new(),
                })
                .collect(),
        }
    }

    /// A label under many lines says no more than one under the first.
    fn first_line_of(&self, span: Span) -> Span {
        let text = self.sources.slice(span);
        match text.find(['\n', '\r']) {
            Some(end) => Span { end: span.start + end as u32, ..span },
            None => span,
        }
    }

    /// Whether one frame can show both places without the lines between them being most of it.
    fn is_near(&self, a: Span, b: Span) -> bool {
        let source = self.sources.get(a.file).filter(|_| a.file == b.file);
        source.is_some_and(|source| source.line_of(a.start).abs_diff(source.line_of(b.start)) <= FRAME)
    }

    fn is_long(&self, span: Span) -> bool {
        let source = self.sources.get(span.file);
        source.is_some_and(|source| source.line(source.line_of(span.start)).len() > LONG_LINE)
    }

    fn text(&mut self, span: Span) -> Option<CodeText<'s>> {
        let source = self.sources.get(span.file)?;
        if self.is_long(span) {
            return Some(CodeText { source, masked: "".into(), window: Some(Window::around(source, span)) });
        }
        let masked =
            self.masked.entry(span.file).or_insert_with(|| to_show(source, 0..source.text.len()).into());
        Some(CodeText { source, masked: masked.clone(), window: None })
    }
}

/// Places that are more lines apart than this get a frame each.
const FRAME: usize = 6;
/// A line of more bytes than this is not shown as a whole.
const LONG_LINE: usize = 400;
/// How many bytes of a long line are shown before and behind the label's start.
const WINDOW: usize = 60;

/// A part of a line that is too long to show.
#[derive(Clone, Debug)]
struct Window {
    text: std::sync::Arc<str>,
    /// Where the label starts and how long it is, in bytes of `text`.
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

/// A part of a text as it may be shown: nothing that steers a terminal, and stars in the place of secrets. Byte offsets
/// stay.
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

/// Labels in miette's terms. The first is the primary one: its place is printed above the frame, wherever the others are.
fn labels_of(text: Option<&CodeText<'_>>, labels: Vec<(Span, Option<String>)>) -> Vec<LabeledSpan> {
    let Some(text) = text else { return Vec::new() };
    let mut is_primary = true;
    labels.into_iter().map(|(span, label)| text.label(span, label, std::mem::take(&mut is_primary))).collect()
}

fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text =
        names.iter().take(SHOWN).map(|name| escape(name).into_owned()).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

#[derive(Debug)]
struct Shown<'s> {
    severity: Severity,
    code: &'static str,
    url: String,
    message: String,
    help: Option<String>,
    code_text: Option<CodeText<'s>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown<'s>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.code.is_empty()).then(|| Box::new(self.code) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.url.is_empty()).then(|| Box::new(&self.url) as _)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.code_text.as_ref().map(|text| text as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.related.is_empty())
            .then(|| Box::new(self.related.iter().map(|shown| shown as &dyn miette::Diagnostic)) as _)
    }
}

impl CodeText<'_> {
    fn title(&self) -> String {
        escape(&self.source.name).into_owned()
    }

    /// A label in miette's terms.
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

/// A text with its line index. miette's own sources count lines from the start for every diagnostic.
#[derive(Clone, Debug)]
struct CodeText<'s> {
    source: &'s Source,
    masked: std::sync::Arc<str>,
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
        // miette asks without context for the place that it prints above the frame.
        let column = if before == 0 { self.source.position(start).column - 1 } else { 0 };
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.title(),
            &self.masked.as_bytes()[from..to],
            SourceSpan::new(from.into(), to - from),
            first,
            column,
            // By this miette decides whether two labels share a frame. Those that do not are not given to it together, so
            // that the place above the frame is the primary one's.
            usize::MAX / 2,
        )))
    }
}
