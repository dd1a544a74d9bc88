//! One report for people, others for machines; several in one run.

pub mod clusters;
pub mod diff;
pub mod github;
pub mod human;
pub mod json;
pub mod line_hash;
pub mod nodes;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod text;

pub use human::Style;

use crate::cli::Format;
use crate::rule::Meta;
use crate::rules;
use crate::source::Sources;
use crate::triage::Report;
use std::io::{self, Write};

/// Where a rule's page can be read: the version's own, so that an old report keeps its meaning.
pub fn page_url(meta: &Meta) -> String {
    format!("{REPOSITORY}/blob/v{}/rules/{}.md", env!("CARGO_PKG_VERSION"), meta.id)
}

/// The project's home.
pub const REPOSITORY: &str = "https://github.com/pullwarden/pullwarden";

/// Writes one report.
pub fn write(
    format: Format,
    report: &Report,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<&'static Meta> = rules::ALL.iter().map(|entry| entry.meta).collect();
    match format {
        Format::Human => human::write(report, sources, style, out),
        Format::Json => json::write(report, sources, out),
        Format::Sarif => sarif::write(report, sources, &all, out),
        Format::Github => github::write(report, sources, out),
    }
}
