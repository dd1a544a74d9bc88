//! The findings as HTML that also works without scripts.

use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::machine::terminal::{escape, prose};
use crate::report::human::{self, excerpt};
use crate::report::markup::shortened;
use crate::report::shared::{clusters_of, page_url, start};
use crate::rules::rule::Severity;
use crate::source::{Sources, Span};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The most findings that are shown; the rest is counted.
const SHOWN: usize = 2_000;
/// The lines that are shown before and after a text.
const AROUND: usize = 2;

/// All open findings, errors first.
pub(super) fn html(report: &Report, sources: &Sources) -> String {
    let mut open: Vec<&Diagnostic> = report.open().collect();
    // The sort is stable: within a severity the order of files and places stays.
    open.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let mut page = format!("<p>{}</p>\n", text(&human::counts(report)));
    if open.is_empty() {
        return page;
    }
    page.push_str(&filters(&open));
    page.push_str("<ol class=\"findings\">\n");
    for diagnostic in open.iter().take(SHOWN) {
        finding(&mut page, diagnostic, sources);
    }
    page.push_str("</ol>\n");
    if let more @ 1.. = open.len().saturating_sub(SHOWN) {
        let _ = writeln!(page, "<p>{more} more: <code>pullwarden check</code> shows them.</p>");
    }
    page
}

/// The fields for filters, which a script shows.
fn filters(open: &[&Diagnostic]) -> String {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in open {
        *rules.entry(diagnostic.rule.id).or_default() += 1;
    }
    let mut html = String::from(
        "<form class=\"filters\" hidden><label>Severity <select id=\"by-severity\"><option value=\"\">all</option>",
    );
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let _ = write!(html, "<option>{severity}</option>");
    }
    html.push_str("</select></label> <label>Rule <select id=\"by-rule\"><option value=\"\">all</option>");
    for (rule, count) in rules {
        let rule = text(rule);
        let _ = write!(html, "<option value=\"{rule}\">{rule} ({count})</option>");
    }
    html.push_str("</select></label> <label>Text <input id=\"by-text\" type=\"search\"></label> ");
    html.push_str("<output id=\"shown\"></output></form>\n");
    html
}

fn finding(page: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    let severity = diagnostic.severity;
    let id = text(diagnostic.rule.id);
    let rule = match page_url(diagnostic.rule) {
        Some(url) => format!("<a href=\"{}\">{id}</a>", text(&url)),
        None => id.clone(),
    };
    let _ = writeln!(
        page,
        "<li class=\"finding {severity}\" data-rule=\"{id}\"><h3><span class=\"severity\">{severity}</span> {} \
         <small>{rule}</small></h3>",
        sentence(&diagnostic.message),
    );
    let (file, position) = start(diagnostic, sources);
    let place =
        position.map_or(file.to_owned(), |position| format!("{file}:{}:{}", position.line, position.column));
    let _ = writeln!(page, "<p class=\"place\"><code>{}</code></p>", text(&place));
    frame(page, diagnostic.span, sources, AROUND);
    for related in &diagnostic.related {
        let _ = write!(
            page,
            "<p class=\"related\">{} <code>{}</code></p>",
            sentence(&related.text),
            text(&at(related.span, sources))
        );
        frame(page, related.span, sources, 0);
    }
    if let Some(clusters) = clusters_of(diagnostic, sources) {
        let noun = if diagnostic.clusters.len() == 1 { "cluster" } else { "clusters" };
        let _ = writeln!(page, "<p>{noun}: {}</p>", sentence(&clusters));
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        for line in prose(more).lines() {
            let _ = writeln!(page, "<p class=\"help\">{}</p>", sentence(line));
        }
    }
    page.push_str("</li>\n");
}

/// The lines around a text, with the text marked.
fn frame(page: &mut String, span: Span, sources: &Sources, around: usize) {
    let Some(source) = sources.get(span.file).filter(|source| !source.text.is_empty()) else { return };
    let excerpt = excerpt(source, span, around);
    page.push_str("<pre class=\"frame\" tabindex=\"0\">");
    for (index, line) in excerpt.lines.iter().enumerate() {
        let _ = write!(page, "<span class=\"number\">{:>5} </span>", excerpt.first + index);
        if index == excerpt.marked_line {
            let (before, rest) = line.split_at(excerpt.marked.start);
            let (marked, behind) = rest.split_at(excerpt.marked.len());
            let _ = write!(page, "{}<mark>{}</mark>{}", text(before), text(marked), text(behind));
        } else {
            page.push_str(&text(line));
        }
        page.push('\n');
    }
    page.push_str("</pre>\n");
}

fn at(span: Span, sources: &Sources) -> String {
    let Some(source) = sources.get(span.file) else { return String::new() };
    format!("{}:{}", source.name, source.position(span.start).line)
}

/// A sentence, with the values in backticks as code.
pub(super) fn sentence(value: &str) -> String {
    let value = escape(value);
    let parts: Vec<&str> = value.split('`').collect();
    // With an odd number of backticks, it is not known which text is code.
    if parts.len().is_multiple_of(2) {
        return text(&value);
    }
    let shown = parts.iter().enumerate();
    shown
        .map(
            |(number, part)| {
                if number % 2 == 1 { format!("<code>{}</code>", text(&shortened(part))) } else { text(part) }
            },
        )
        .collect()
}

/// A text with all markup escaped, also for attributes.
pub(super) fn text(value: &str) -> String {
    let mut html = String::with_capacity(value.len());
    for character in escape(value).chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}
