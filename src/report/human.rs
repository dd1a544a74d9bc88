//! The report for people: a frame of the text with the smallest wrong part underlined, what makes it wrong, and what
//! to do; and a last line that always says what was checked. The only place that knows miette.

mod frame;

pub(super) use frame::{Frame, frame};

use super::text::{escape, masked};
use crate::cli::ColorChoice;
use crate::diagnostic::Diagnostic;
use crate::rule::Severity;
use crate::source::{FileId, Source, Sources, Span};
use crate::triage::Report;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan, SpanContents};
use std::collections::HashMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Colour.
    pub color: bool,
    /// Links behind rule ids.
    pub links: bool,
    /// Box-drawing characters.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

impl Style {
    /// No terminal: the same bytes everywhere.
    pub const PLAIN: Style = Style { color: false, links: false, unicode: true, width: 100 };

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
        Self { color, links, unicode, width: width.clamp(40, 140) }
    }

    /// What a file can show.
    pub fn of_file(choice: ColorChoice) -> Self {
        Self { color: choice == ColorChoice::Always, ..Self::PLAIN }
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
        // A code frame pads its lines.
        for line in text.trim_end().lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(report))
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
    if checked.dropped > 0 {
        parts.push(format!("{} more not shown", thousands(checked.dropped)));
    }
    parts.push(format!(
        "{} in {}",
        counted(checked.resources, "resource"),
        counted(checked.clusters, "cluster")
    ));
    if checked.templates > 0 {
        parts.push(format!("{} left alone", counted(checked.templates, "template")));
    }
    parts.push(counted(checked.files, "file"));
    parts.join(" · ")
}

fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), if count == 1 { "" } else { "s" })
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
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
        let mut labels = vec![(diagnostic.span, None)];
        let mut elsewhere: Vec<(Span, String)> = Vec::new();
        for related in &diagnostic.related {
            let text = escape(&related.text).into_owned();
            if related.span.file == diagnostic.span.file {
                labels.push((related.span, Some(text)));
            } else {
                elsewhere.push((related.span, text));
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
        Shown {
            severity: diagnostic.severity,
            code: diagnostic.rule.id,
            // Without links miette would print the whole address at every diagnostic.
            url: if self.links { super::page_url(diagnostic.rule) } else { String::new() },
            message: escape(&diagnostic.message).into_owned(),
            help: (!help.is_empty()).then(|| help.join("\n")),
            code_text: self.text(diagnostic.span.file),
            labels: labels.into_iter().map(|(span, text)| label(span, text)).collect(),
            related: elsewhere
                .into_iter()
                .map(|(span, text)| Shown {
                    severity: Severity::Note,
                    code: "",
                    url: String::new(),
                    message: text,
                    help: None,
                    code_text: self.text(span.file),
                    labels: vec![label(span, None)],
                    related: Vec::new(),
                })
                .collect(),
        }
    }

    fn text(&mut self, file: FileId) -> Option<CodeText<'s>> {
        let source = self.sources.get(file).filter(|source| !source.text.is_empty());
        let Some(source) = source else {
            return self.sources.get(file).map(|source| CodeText { source, masked: "".into() });
        };
        let masked = self.masked.entry(file).or_insert_with(|| masked(&source.text).into());
        Some(CodeText { source, masked: masked.clone() })
    }
}

fn label(span: Span, text: Option<String>) -> LabeledSpan {
    LabeledSpan::new(text, span.start as usize, (span.end - span.start) as usize)
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

/// A text with its line index. miette's own sources count lines from the start for every diagnostic.
#[derive(Clone, Debug)]
struct CodeText<'s> {
    source: &'s Source,
    masked: std::sync::Arc<str>,
}

impl miette::SourceCode for CodeText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, miette::MietteError> {
        let starts = self.source.line_starts();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let line = self.source.line_of(start as u32);
        let last = self.source.line_of(end as u32);
        let first = line.saturating_sub(before);
        let from = starts[first] as usize;
        let to = starts.get(last + after + 1).map_or(self.masked.len(), |&next| next as usize);
        let text = &self.masked.as_bytes()[from..to];
        // miette prints the place of a text as that of its first label, which is this span's.
        let column = self.source.position(start as u32).column - 1;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            escape(&self.source.name).into_owned(),
            text,
            SourceSpan::new(from.into(), to - from),
            first,
            if first == line { column } else { 0 },
            last,
        )))
    }
}
