//! A summary of a check for the page of a job or a comment on a pull request: a table with errors first, cut to the size of
//! a comment.

use super::human;
use super::markup::{COMMENT, html, inline};
use super::shared::{Context, clusters_of, page_url, start};
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::machine::percent;
use crate::rules::rule::Severity;
use crate::source::Sources;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The first line of a comment, by which it is found again and updated.
pub const MARK: &str = "<!-- pullwarden check -->";

/// Room for the lines around the table.
const AROUND: usize = 2_000;

/// Writes the summary.
pub fn write(
    report: &Report,
    sources: &Sources,
    context: &Context<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = format!("{MARK}\n### pullwarden: {}\n", human::counts(report));
    let mut open: Vec<&Diagnostic> = report.open().collect();
    // The sort is stable: inside of a severity, the order of files and places stays.
    open.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    if !open.is_empty() {
        page.push_str("\n| | place | finding |\n|---|---|---|\n");
    }
    let (mut length, mut left_out) = (page.chars().count(), [0; 3]);
    for diagnostic in open {
        // After the first row that does not fit, none is tried, so that only the end of the list is left out.
        if left_out == [0; 3] {
            let row = row(diagnostic, sources, context);
            length += row.chars().count();
            if length <= COMMENT - AROUND {
                page.push_str(&row);
                continue;
            }
        }
        left_out[diagnostic.severity as usize] += 1;
    }
    let more: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| left_out[*severity as usize] > 0)
        .map(|severity| human::counted(left_out[severity as usize], severity.as_str()))
        .collect();
    if !more.is_empty() {
        let _ = writeln!(page, "\n{} more: `pullwarden check` shows them.", more.join(", "));
    }
    let _ = writeln!(page, "\n<sub>{}</sub>", human::summary(report));
    out.write_all(page.as_bytes())
}

fn row(diagnostic: &Diagnostic, sources: &Sources, context: &Context<'_>) -> String {
    let mut finding = inline(&diagnostic.message);
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        for line in more.lines() {
            let _ = write!(finding, "<br>{}", inline(line));
        }
    }
    if let Some(clusters) = clusters_of(diagnostic, sources) {
        let noun = if diagnostic.clusters.len() == 1 { "cluster" } else { "clusters" };
        let _ = write!(finding, "<br>{noun}: {}", inline(&clusters));
    }
    let id = html(diagnostic.rule.id);
    // A policy of the repository has no page on the web.
    let rule = page_url(diagnostic.rule).map_or(id.clone(), |url| format!("<a href=\"{url}\">{id}</a>"));
    format!("| {} | {} | {finding} ({rule}) |\n", diagnostic.severity, place(diagnostic, sources, context))
}

/// The file and the line, as a link if the address of the files is known.
fn place(diagnostic: &Diagnostic, sources: &Sources, context: &Context<'_>) -> String {
    let (file, position) = start(diagnostic, sources);
    let line = position.map(|position| position.line);
    let shown = html(&line.map_or(file.to_owned(), |line| format!("{file}:{line}")));
    // A place outside of the commit has no page, such as a stream or the output of a command.
    let is_file = !file.starts_with('<') && !file.ends_with(" (rendered)");
    match context.blob.filter(|_| is_file) {
        Some(blob) => {
            let line = line.map_or(String::new(), |line| format!("#L{line}"));
            format!("<a href=\"{blob}/{}{line}\">{shown}</a>", percent::encoded(file))
        }
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(report: &Report, blob: Option<&str>) -> String {
        let (_, sources) = sample::report();
        let context = Context { blob, ..Context::default() };
        let mut out = Vec::new();
        write(report, &sources, &context, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_no_markup_and_lead_to_their_lines() {
        let (report, _) = sample::report();
        let page = written(&report, Some("https://example.com/blob/abc"));
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines[1], "### pullwarden: 2 errors, 1 warning, 1 note");
        assert!(
            lines[5].starts_with(
                "| error | <a href=\"https://example.com/blob/abc/clusters/%C3%A9%20b/100%25/image.yaml#L2\">\
                 <code>clusters/é b/100%/image.yaml&#58;2</code></a> | <code>self.example.com</code> mirrors"
            ),
            "{}",
            lines[5]
        );
        assert!(lines[5].contains("&#91;x&#93;(https&#58;//evil.example)"), "{}", lines[5]);
        assert!(
            lines[7].starts_with("| warning | <code>&lt;stdin&gt;&#58;1</code> | two lines ("),
            "{}",
            lines[7]
        );
    }

    #[test]
    fn errors_come_first_and_the_rest_is_counted() {
        let (mut report, _) = sample::report();
        let (note, error) = (report.diagnostics[5].clone(), report.diagnostics[2].clone());
        report.diagnostics = std::iter::repeat_n(note, 1_000).chain(std::iter::repeat_n(error, 10)).collect();
        let page = written(&report, None);
        assert!(page.chars().count() < COMMENT, "{}", page.chars().count());
        assert_eq!(page.matches("\n| error |").count(), 10);
        let notes = page.matches("\n| note |").count();
        assert!(notes > 10 && page.contains(&format!("\n{} notes more:", 1_000 - notes)), "{notes}");
    }

    #[test]
    fn a_clean_check_has_no_table() {
        let page = written(&Report::default(), None);
        assert!(
            page.starts_with("<!-- pullwarden check -->\n### pullwarden: nothing to report\n\n<sub>"),
            "{page}"
        );
    }
}
