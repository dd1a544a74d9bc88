//! The formats of reports, for people and for programs. One run can write several.

pub mod checkstyle;
pub mod clusters;
pub mod counts;
pub mod diff;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod inert;
pub mod json;
pub mod junit;
mod left_alone;
pub mod line_hash;
pub mod lines;
pub mod map;
pub mod markdown;
pub(crate) mod markup;
pub mod nodes;
pub mod plan;
pub mod policy_tests;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod sarif;
mod shared;
mod wrap;
mod xml;

pub use human::{Detail, Style};
pub use shared::{ColorChoice, Context, page_url, whole_message};
pub use wrap::{Wrapping, wrapped};

use crate::check::triage::Report;
use crate::rules;
use crate::rules::rule::Meta;
pub use crate::rules::rule::REPOSITORY;
use crate::source::Sources;
use inert::Inert;
use std::io::{self, Write};

/// The formats of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people
    Human,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// pullwarden's own JSON; `pullwarden schema report` describes it
    Json,
    /// Annotations in a GitHub workflow
    Github,
    /// A line for each finding, for editors and `grep`
    Concise,
    /// A summary for a job or a comment on a pull request
    Markdown,
    /// Test cases, for the test reports of CI
    Junit,
    /// GitLab's Code Quality
    Gitlab,
    /// Checkstyle's XML
    Checkstyle,
    /// Logging commands of Azure Pipelines
    Azure,
    /// A page for a browser
    Html,
    /// Numbers for the outputs of a CI step
    Counts,
}

impl Format {
    /// All formats, in the order of the help.
    pub const ALL: [Format; 12] = [
        Format::Human,
        Format::Concise,
        Format::Github,
        Format::Gitlab,
        Format::Azure,
        Format::Sarif,
        Format::Junit,
        Format::Checkstyle,
        Format::Markdown,
        Format::Html,
        Format::Json,
        Format::Counts,
    ];

    /// Whether a report is one document, so that a file can contain nothing else.
    pub fn is_document(self) -> bool {
        match self {
            Format::Json
            | Format::Sarif
            | Format::Junit
            | Format::Gitlab
            | Format::Checkstyle
            | Format::Html
            | Format::Counts => true,
            Format::Human | Format::Github | Format::Concise | Format::Markdown | Format::Azure => false,
        }
    }
}

/// Writes one report.
pub fn write(
    format: Format,
    report: &Report,
    sources: &Sources,
    style: &Style,
    context: &Context<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = described(report);
    match format {
        Format::Human => {
            let mut out = Inert::new(out, style.color);
            human::write(report, sources, style, &mut out)?;
            out.flush()
        }
        Format::Json => json::write(report, sources, out),
        Format::Sarif => sarif::write(report, sources, &all, out),
        Format::Github => github::write(report, sources, out),
        Format::Concise => lines::concise(report, sources, out),
        Format::Azure => lines::azure(report, sources, out),
        Format::Counts => counts::write(report, out),
        Format::Html => {
            // Who knows the clusters writes the page itself.
            map::html(&map::Map::default(), None, map::PageFindings { report, sources }, out)
        }
        Format::Gitlab => gitlab::write(report, sources, out),
        Format::Checkstyle => checkstyle::write(report, sources, out),
        Format::Junit => junit::write(report, sources, context, out),
        Format::Markdown => {
            let mut out = Inert::new(out, false);
            markdown::write(report, sources, context, &mut out)?;
            out.flush()
        }
    }
}

/// The rules that a report may name: pullwarden's own, and the policies that ran.
fn described(report: &Report) -> Vec<&'static Meta> {
    rules::ALL.iter().map(|entry| entry.meta).chain(report.policies.iter().copied()).collect()
}
