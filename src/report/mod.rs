//! One report for people, others for machines; several in one run.

pub mod checkstyle;
pub mod clusters;
pub mod diff;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod inert;
pub mod json;
pub mod junit;
pub mod line_hash;
pub mod lines;
pub mod markdown;
mod markup;
pub mod nodes;
pub mod plan;
pub mod policy_tests;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod sarif;
mod wrap;
mod xml;

pub use human::{Detail, Style};
pub use wrap::{Wrapping, wrapped};

use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
pub use crate::machine::terminal as text;
use crate::rules;
pub use crate::rules::rule::REPOSITORY;
use crate::rules::rule::{Category, Meta, Severity};
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
}

impl Format {
    /// All of them, in the order of the help.
    pub const ALL: [Format; 10] = [
        Format::Human,
        Format::Concise,
        Format::Github,
        Format::Gitlab,
        Format::Azure,
        Format::Sarif,
        Format::Junit,
        Format::Checkstyle,
        Format::Markdown,
        Format::Json,
    ];

    /// Whether a report is one document, so that nothing else may stand beside it in a file.
    pub fn is_document(self) -> bool {
        match self {
            Format::Json | Format::Sarif | Format::Junit | Format::Gitlab | Format::Checkstyle => true,
            Format::Human | Format::Github | Format::Concise | Format::Markdown | Format::Azure => false,
        }
    }
}

/// What some reports tell beside the findings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'r> {
    /// The rules that ran.
    pub rules: &'r [&'static Meta],
    /// The severity from which on the run fails; nothing fails it without one.
    pub fail_on: Option<Severity>,
    /// The address below which the files of the checked commit can be read.
    pub blob: Option<&'r str>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` sets it elsewhere too
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where a rule's page can be read: the version's own, so that an old report keeps its meaning. A policy has a page where it
/// stands alone.
pub fn page_url(meta: &Meta) -> Option<String> {
    let is_ours = meta.category != Category::Policies;
    is_ours.then(|| format!("{REPOSITORY}/blob/v{}/rules/{}.md", env!("CARGO_PKG_VERSION"), meta.id))
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

/// The rules that a report may speak of: pullwarden's own, and the policies that ran.
fn described(report: &Report) -> Vec<&'static Meta> {
    rules::ALL.iter().map(|entry| entry.meta).chain(report.policies.iter().copied()).collect()
}

/// A diagnostic's message with its clusters, its help and its note, each on lines of its own.
fn whole_message(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut message = text::escape(&diagnostic.message).into_owned();
    if let Some(clusters) = clusters_of(diagnostic, sources) {
        message.push_str(if diagnostic.clusters.len() == 1 { "\ncluster: " } else { "\nclusters: " });
        message.push_str(&clusters);
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        message.push('\n');
        message.push_str(&text::prose(more));
    }
    message
}

/// Which clusters a diagnostic is about: the first names, and how many more there are. Nothing where no cluster has a
/// name, or only that of the file.
fn clusters_of(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    const SHOWN: usize = 5;
    let is_file = |name: &str| sources.get(diagnostic.span.file).is_some_and(|source| source.name == name);
    match &diagnostic.clusters[..] {
        [] => None,
        [cluster] if cluster == "." || is_file(cluster) => None,
        [cluster] => Some(format!("`{}`", text::escape(cluster))),
        clusters => {
            let names = clusters.iter().take(SHOWN).map(|name| format!("`{}`", text::escape(name)));
            let said = names.collect::<Vec<_>>().join(", ");
            Some(match clusters.len().saturating_sub(SHOWN) {
                0 => said,
                more => format!("{said} and {more} more"),
            })
        }
    }
}
