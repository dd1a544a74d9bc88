//! The parts of one diagnostic: a head, the frames, and the lines below them.

use super::Style;
use super::code::{CodeText, Texts, labels_of};
use super::plain;
use crate::check::diagnostic::Diagnostic;
use crate::finding::Safety;
use crate::machine::terminal::escape;
use crate::report::shared::{clusters_of, page_url};
use crate::report::wrap::wrapped;
use crate::rules::rule::Severity;
use crate::source::{Sources, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan};
use std::fmt::{self, Write};

/// Writes the blocks of a report.
pub(super) struct Blocks<'s> {
    sources: &'s Sources,
    style: &'s Style,
    handler: GraphicalReportHandler,
    texts: Texts<'s>,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(sources: &'s Sources, style: &'s Style) -> Self {
        Self { sources, style, handler: handler(style), texts: Texts::new(sources) }
    }

    /// A diagnostic in full.
    pub(super) fn block(&mut self, diagnostic: &Diagnostic) -> String {
        let mut text = self.head(diagnostic);
        let places = std::iter::once((diagnostic.span, ""))
            .chain(diagnostic.related.iter().map(|related| (related.span, related.text.as_str())));
        self.frames(diagnostic.severity, &places.collect::<Vec<_>>(), &mut text);
        if let Some(help) = &diagnostic.help {
            self.said("help", help, &mut text);
        }
        if let Some(fix) = &diagnostic.fix {
            let label = match fix.safety {
                Safety::Safe => "fix",
                Safety::Unsafe => "fix (needs a review)",
            };
            self.said(label, &fix.title, &mut text);
        }
        if let Some(clusters) = clusters_of(diagnostic, self.sources) {
            let label = if diagnostic.clusters.len() == 1 { "cluster" } else { "clusters" };
            self.said(label, &clusters, &mut text);
        }
        if let Some(note) = &diagnostic.note {
            match note.strip_prefix("downgraded: ") {
                Some(why) => self.said("downgraded", why, &mut text),
                None => self.said("remark", note, &mut text),
            }
        }
        text
    }

    /// A diagnostic in one line.
    pub(super) fn line(&self, diagnostic: &Diagnostic) -> String {
        let place = self.sources.get(diagnostic.span.file).map_or_else(String::new, |source| {
            let position = source.position(diagnostic.span.start);
            format!("{}:{}:{}: ", escape(&source.name), position.line, position.column)
        });
        let severity = self.colored(diagnostic.severity, diagnostic.severity.as_str());
        format!("{place}{severity}[{}]: {}", diagnostic.rule.id, escape(&diagnostic.message))
    }

    fn head(&self, diagnostic: &Diagnostic) -> String {
        let (severity, id) = (diagnostic.severity.as_str(), diagnostic.rule.id);
        let head = format!("{severity}[{id}]: ");
        let message = wrapped(&escape(&diagnostic.message), &head, 2, self.style.width);
        let url = page_url(diagnostic.rule).filter(|_| self.style.links).unwrap_or_default();
        let linked = if url.is_empty() {
            id.to_owned()
        } else {
            format!("\u{1b}]8;;{url}\u{1b}\\{id}\u{1b}]8;;\u{1b}\\")
        };
        let colored = self.colored(diagnostic.severity, &format!("{severity}[{linked}]"));
        format!("{colored}{}\n", &message[severity.len() + id.len() + 2..])
    }

    /// An error that no rule found.
    pub(super) fn error(&mut self, message: &str, labels: &[(Span, &str)], help: &str) -> String {
        let head = wrapped(&escape(message), "error: ", 2, self.style.width);
        let mut text = self.colored(Severity::Error, "error") + &head["error".len()..] + "\n";
        if !labels.is_empty() {
            self.frames(Severity::Error, labels, &mut text);
        }
        if !help.is_empty() {
            self.said("help", help, &mut text);
        }
        text
    }

    /// One frame for the first place, with the labels of places near to it, and one for each other place.
    fn frames(&mut self, severity: Severity, places: &[(Span, &str)], text: &mut String) {
        let mut places = places.iter().map(|&(span, label)| (self.texts.first_line_of(span), label));
        let Some((first, label)) = places.next() else { return };
        let own = |label: &str| (!label.is_empty()).then(|| escape(label).into_owned());
        let mut here = vec![(first, own(label))];
        let mut elsewhere = Vec::new();
        for (span, label) in places {
            if self.texts.share_a_frame(span, first) {
                here.push((span, own(label)));
            } else {
                elsewhere.push((span, label));
            }
        }
        self.frame(severity, here, text);
        for (span, label) in elsewhere {
            self.said("related", if label.is_empty() { "and here" } else { label }, text);
            self.frame(Severity::Note, vec![(span, None)], text);
        }
    }

    fn frame(&mut self, severity: Severity, labels: Vec<(Span, Option<String>)>, text: &mut String) {
        let is_plain = self.style.unicode && !self.style.color;
        let source = labels.first().and_then(|(place, _)| self.sources.get(place.file));
        let is_drawn = match (&labels[..], source) {
            ([(place, None)], Some(source)) if is_plain => plain::frame(source, *place, text),
            _ => false,
        };
        if !is_drawn {
            self.draw(severity, labels, text);
        }
    }

    /// Lets miette draw a frame.
    pub(super) fn draw(
        &mut self,
        severity: Severity,
        labels: Vec<(Span, Option<String>)>,
        text: &mut String,
    ) {
        let Some((first, _)) = labels.first() else { return };
        let code = self.texts.text(*first);
        let framed = Framed { severity, labels: labels_of(code.as_ref(), labels), code };
        let mut drawn = String::new();
        // The handler fails only if it cannot write, and writing to a string cannot fail.
        let _ = self.handler.render_report(&mut drawn, &framed);
        // The first line is miette's head. Frames end with blanks, which are removed.
        for line in drawn.trim_end().lines().skip(1).map(str::trim_end) {
            let _ = writeln!(text, "{line}");
        }
    }

    fn said(&self, label: &str, said: &str, text: &mut String) {
        for (number, line) in said.lines().enumerate() {
            let first = if number == 0 { format!("  {label}: ") } else { " ".repeat(4) };
            text.push_str(&wrapped(&escape(line), &first, 4, self.style.width));
            text.push('\n');
        }
    }

    fn colored(&self, severity: Severity, text: &str) -> String {
        if !self.style.color {
            return text.to_owned();
        }
        let styles = miette::ThemeStyles::ansi();
        let style = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Note => styles.advice,
        };
        style.style(text).to_string()
    }
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let mut theme = if style.unicode { GraphicalTheme::unicode() } else { GraphicalTheme::ascii() };
    if !style.color {
        theme.styles = miette::ThemeStyles::none();
    }
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .with_context_lines(1)
        .without_syntax_highlighting()
}

/// A frame as a miette diagnostic.
#[derive(Debug)]
struct Framed<'s> {
    severity: Severity,
    labels: Vec<LabeledSpan>,
    code: Option<CodeText<'s>>,
}

impl fmt::Display for Framed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // miette's head is not shown; this text keeps it on one line.
        f.write_str("frame")
    }
}

impl std::error::Error for Framed<'_> {}

impl miette::Diagnostic for Framed<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.code.as_ref().map(|text| text as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
