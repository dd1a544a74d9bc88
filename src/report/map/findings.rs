//! The findings as HTML that also works without scripts.

use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::machine::terminal::prose;
use crate::report::human::{self, excerpt};
use crate::report::markup::inline;
use crate::report::nodes::place::at;
use crate::report::shared::{clusters_of, page_url, start};
use crate::report::xml::escaped;
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
    let mut page = format!("<p>{}</p>\n", escaped(&human::counts(report)));
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
        let rule = escaped(rule);
        let _ = write!(html, "<option value=\"{rule}\">{rule} ({count})</option>");
    }
    html.push_str("</select></label> <label>Text <input id=\"by-text\" type=\"search\"></label> ");
    html.push_str("<output id=\"shown\"></output></form>\n");
    html
}

fn finding(page: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    let severity = diagnostic.severity;
    let id = escaped(diagnostic.rule.id);
    let rule = match page_url(diagnostic.rule) {
        Some(url) => format!("<a href=\"{}\">{id}</a>", escaped(&url)),
        None => id.clone(),
    };
    let _ = writeln!(
        page,
        "<li class=\"finding {severity}\" data-rule=\"{id}\"><h3><span class=\"severity\">{severity}</span> {} \
         <small>{rule}</small></h3>",
        inline(&diagnostic.message),
    );
    let (file, position) = start(diagnostic, sources);
    let place =
        position.map_or(file.to_owned(), |position| format!("{file}:{}:{}", position.line, position.column));
    let _ = writeln!(page, "<p class=\"place\"><code>{}</code></p>", escaped(&place));
    frame(page, diagnostic.span, sources, AROUND);
    for related in &diagnostic.related {
        let _ = write!(
            page,
            "<p class=\"related\">{} <code>{}</code></p>",
            inline(&related.text),
            escaped(&at(sources, &[related.span]))
        );
        frame(page, related.span, sources, 0);
    }
    if let Some(clusters) = clusters_of(diagnostic, sources) {
        let noun = if diagnostic.clusters.len() == 1 { "cluster" } else { "clusters" };
        let _ = writeln!(page, "<p>{noun}: {}</p>", inline(&clusters));
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        for line in prose(more).lines() {
            let _ = writeln!(page, "<p class=\"help\">{}</p>", inline(line));
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
            let _ = write!(page, "{}<mark>{}</mark>{}", escaped(before), escaped(marked), escaped(behind));
        } else {
            page.push_str(&escaped(line));
        }
        page.push('\n');
    }
    page.push_str("</pre>\n");
}
