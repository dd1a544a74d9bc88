//! One report for people, others for machines; several in one run.

pub mod clusters;
pub mod diff;
pub mod github;
pub mod human;
pub mod inert;
pub mod json;
pub mod line_hash;
pub mod nodes;
pub mod plan;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod sarif;
mod wrap;

pub use human::Style;
pub use wrap::{Wrapping, wrapped};

use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
pub use crate::machine::terminal as text;
use crate::rules;
pub use crate::rules::rule::REPOSITORY;
use crate::rules::rule::{Category, Meta};
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
    }
}

/// The rules that a report may speak of: pullwarden's own, and the policies that ran.
fn described(report: &Report) -> Vec<&'static Meta> {
    rules::ALL.iter().map(|entry| entry.meta).chain(report.policies.iter().copied()).collect()
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
