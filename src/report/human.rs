//! The report for people. Each finding has a message, a frame with the wrong text underlined, labels for the causes, and
//! help. The last line always says what was checked. Only this module uses miette.

mod block;
mod code;
mod frame;
mod plain;

pub(super) use code::excerpt;
pub(super) use frame::{Frame, frame, framed};

use super::left_alone;
use super::shared::ColorChoice;
use crate::check::triage::Report;
use crate::model::{ExampleCounts, ImageCounts, LeftAloneCounts};
use crate::rules::rule::Severity;
use crate::source::{FileId, Sources};
use block::Blocks;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, IsTerminal, Write};

/// The abilities of the reader's screen.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Style {
    /// Whether it has colors.
    pub color: bool,
    /// Whether rule ids are links.
    pub links: bool,
    /// Whether it has box-drawing characters.
    pub unicode: bool,
    /// Its columns.
    pub width: usize,
    /// Whether a person reads it, so that texts must not contain commands for the terminal.
    pub screen: bool,
    /// How much is shown.
    pub detail: Detail,
}

/// How much the report for people shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The findings, and a last line that says what was checked.
    #[default]
    Full,
    /// In addition, the files that are not checked.
    Verbose,
    /// Only the findings.
    Findings,
    /// How many findings each rule has, and the last line.
    Statistics,
}

impl Style {
    /// The style of a file: the same bytes everywhere.
    pub const PLAIN: Style =
        Style { color: false, links: false, unicode: true, width: 100, screen: false, detail: Detail::Full };

    /// The style for standard output.
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
        // In a very wide window, long lines are hard to read.
        Self { color, links, unicode, width: width.clamp(40, 140), screen: true, detail: Detail::Full }
    }

    /// The style for a file.
    pub fn of_file(choice: ColorChoice) -> Self {
        let color = choice == ColorChoice::Always;
        Self { color, screen: color, ..Self::PLAIN }
    }
}

/// At most so many findings of one rule in one file have a frame. The others have a line each.
const FRAMED: usize = 5;

/// Writes the report.
pub fn write(report: &Report, sources: &Sources, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.detail == Detail::Statistics {
        statistics(report, out)?;
        return writeln!(out, "{}", summary(report));
    }
    let mut blocks = Blocks::new(sources, style);
    let mut shown: HashMap<(FileId, &str), usize> = HashMap::new();
    let mut in_lines = false;
    for diagnostic in report.open() {
        let count = shown.entry((diagnostic.span.file, diagnostic.rule.id)).or_default();
        *count += 1;
        let is_line = *count > FRAMED;
        if in_lines && !is_line {
            writeln!(out)?;
        }
        in_lines = is_line;
        if is_line {
            writeln!(out, "{}", blocks.line(diagnostic))?;
        } else {
            writeln!(out, "{}", blocks.block(diagnostic))?;
        }
    }
    if in_lines {
        writeln!(out)?;
    }
    match style.detail {
        Detail::Findings => return Ok(()),
        Detail::Verbose => left_alone::write(report, out)?,
        Detail::Full | Detail::Statistics => {}
    }
    writeln!(out, "{}", summary(report))
}

/// A line for each rule and severity, errors first, then by count: `12  error  self-mirror  a mirror is …`.
fn statistics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<(Severity, &str), (usize, usize, &str)> = BTreeMap::new();
    for diagnostic in report.open() {
        let key = (diagnostic.severity, diagnostic.rule.id);
        let (count, fixable, _) = counts.entry(key).or_insert((0, 0, diagnostic.rule.summary));
        *count += 1;
        *fixable += usize::from(diagnostic.fix.is_some());
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((severity, id), (count, _, _))| (Reverse(*severity), Reverse(*count), *id));
    let digits = rows.iter().map(|(_, (count, _, _))| thousands(*count).len()).max().unwrap_or(0);
    let names = rows.iter().map(|((_, id), _)| id.len()).max().unwrap_or(0);
    for ((severity, id), (count, fixable, summary)) in &rows {
        let fixes = match fixable {
            0 => String::new(),
            fixable => format!(" ({} with a fix)", thousands(*fixable)),
        };
        let count = thousands(*count);
        writeln!(out, "{count:>digits$}  {severity:7}  {id:names$}  {summary}{fixes}")?;
    }
    if !rows.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// "3 errors, 1 warning · 14 resources in 2 clusters · 5,012 files"
pub fn summary(report: &Report) -> String {
    let mut parts = vec![counts(report)];
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
    let by_themselves = match checked.alone {
        0 => String::new(),
        1 => ", 1 by itself".to_owned(),
        alone => format!(", {} by themselves", thousands(alone)),
    };
    parts.push(format!(
        "{} in {}{by_themselves}",
        counted(checked.resources, "resource"),
        counted(checked.clusters, "cluster")
    ));
    parts.extend(checked.images.and_then(images));
    if let Some(objects) = checked.objects {
        let policies = report.policies.len();
        let noun = if policies == 1 { "policy" } else { "policies" };
        let unfinished = match checked.unfinished {
            0 => String::new(),
            count => format!(", {} of them not by all", thousands(count)),
        };
        parts.push(format!("{} {noun} over {}{unfinished}", thousands(policies), counted(objects, "object")));
    }
    parts.extend(left(&checked.left_alone));
    if checked.unread > 0 {
        parts.push(format!("{} not read", counted(checked.unread, "document")));
    }
    parts.extend(checked.examples.map(|ExampleCounts { examples, documents }| {
        format!("{} in {}", counted(examples, "example"), counted(documents, "document"))
    }));
    parts.push(counted(checked.files, "file"));
    parts.join(" · ")
}

/// "3 errors, 1 warning"
pub(super) fn counts(report: &Report) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = report.count(severity);
            (count > 0).then(|| counted(count, severity.as_str()))
        })
        .collect();
    if counts.is_empty() { "nothing to report".to_owned() } else { counts.join(", ") }
}

/// "14 images checked against 2 clusters, 3 against none"; empty if there are no images.
fn images(images: ImageCounts) -> Option<String> {
    let ImageCounts { held, clusters, unheld } = images;
    match (held, unheld) {
        (0, 0) => None,
        (0, _) => Some(format!("{} checked against no cluster", counted(unheld, "image"))),
        _ => {
            let others =
                if unheld == 0 { String::new() } else { format!(", {} against none", thousands(unheld)) };
            Some(format!(
                "{} checked against {}{others}",
                counted(held, "image"),
                counted(clusters, "cluster")
            ))
        }
    }
}

/// "left alone: 2 templates, 1 patch and 1 tracked file that .gitignore hides"
fn left(counts: &LeftAloneCounts) -> Option<String> {
    let hidden = if counts.hidden == 1 {
        "1 tracked file that .gitignore hides".to_owned()
    } else {
        format!("{} tracked files that .gitignore hides", thousands(counts.hidden))
    };
    let patches = if counts.patches == 1 {
        "1 patch".to_owned()
    } else {
        format!("{} patches", thousands(counts.patches))
    };
    let dependencies = if counts.dependencies == 1 {
        "1 dependency of a chart".to_owned()
    } else {
        format!("{} dependencies of charts", thousands(counts.dependencies))
    };
    let parts = [
        (counts.templates, counted(counts.templates, "template")),
        (counts.patches, patches),
        (counts.hidden, hidden),
        (counts.dependencies, dependencies),
    ];
    let mut parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    let last = parts.pop()?;
    let first = if parts.is_empty() { String::new() } else { format!("{} and ", parts.join(", ")) };
    Some(format!("left alone: {first}{last}"))
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

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::report::sample;

    #[test]
    fn objects_that_some_policies_did_not_look_at_are_counted() {
        let (mut report, _) = sample::report();
        report.checked.objects = Some(4_000);
        assert!(summary(&report).contains(" · 0 policies over 4,000 objects · "));
        report.checked.unfinished = 1_200;
        assert!(summary(&report).contains(" · 0 policies over 4,000 objects, 1,200 of them not by all · "));
    }
}
