//! The report of `pullwarden plan`: the effect of a change on the nodes of every cluster, and its causes.

mod counts;
mod details;
mod groups;
mod html;
pub mod json;
pub mod markdown;
mod revisions;
pub mod text;
mod words;

impl PlanFormat {
    /// Whether a report is one document, so that a file can contain nothing else.
    pub fn is_document(self) -> bool {
        match self {
            PlanFormat::Json | PlanFormat::Sarif | PlanFormat::Counts | PlanFormat::Html => true,
            PlanFormat::Human | PlanFormat::Markdown | PlanFormat::Github => false,
        }
    }
}

/// Writes a plan in one of its formats.
pub fn write(format: PlanFormat, planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        PlanFormat::Human => inert(out, |out| text::write(planned, out)),
        PlanFormat::Json => json::write(planned, out),
        PlanFormat::Markdown => inert(out, |out| markdown::write(planned, out)),
        PlanFormat::Sarif => sarif::write(planned.report, planned.sources, &described(planned.report), out),
        PlanFormat::Github => github::write(planned.report, planned.sources, out),
        PlanFormat::Counts => counts::write(planned, out),
        // Who knows the clusters writes the page itself.
        PlanFormat::Html => html::write(planned, &Pictures::default(), out),
    }
}

/// Output for people, without commands for a terminal or for CI.
fn inert(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = Inert::new(out, false);
    write(&mut out)?;
    out.flush()
}

/// The beginning of a line about the old state.
const BEFORE: &str = "before this change, ";

pub use html::{Pictures, write as html};
pub use revisions::Revisions;

use crate::check::triage::Report;
use crate::report::inert::Inert;
use crate::report::nodes::place::at;
use crate::report::nodes::{Gaps, Trouble};
use crate::report::{described, github, sarif};
use crate::rollout::Plan;
use crate::source::Sources;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// How to print a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanFormat {
    /// For people
    #[default]
    Human,
    /// For machines; `pullwarden schema plan` describes it
    Json,
    /// A comment for a pull request
    Markdown,
    /// What the rules about changes say, as SARIF
    Sarif,
    /// The same as annotations of GitHub
    Github,
    /// How many clusters do what, as lines `name=count` for `GITHUB_OUTPUT`
    Counts,
    /// A page with the clusters before and after the change
    Html,
}

/// A plan with its texts, and with the parts that are missing from it.
#[derive(Debug)]
pub struct Planned<'r> {
    /// The plan.
    pub plan: Plan<'r>,
    /// The texts of both states.
    pub sources: &'r Sources,
    /// Parts of the old state that could not be read, for which the change is not responsible.
    pub before: &'r Gaps,
    /// Parts of the new state that could not be read.
    pub after: &'r Gaps,
    /// The findings of the rules about changes.
    pub report: &'r Report,
    /// The compared states of the repository, if they come from Git.
    pub revisions: Option<&'r Revisions>,
    /// Whether to show the differences of the files as text, too.
    pub with_files: bool,
}

impl Planned<'_> {
    /// Parts of the old state that could not be read, but can be read in the new one: their effect on the nodes is unknown.
    pub(super) fn gaps_before(&self) -> Gaps {
        let told = |trouble: &Trouble| format!("{} {}", at(self.sources, &[trouble.span]), trouble.message);
        let after: BTreeSet<String> = self.after.troubles.iter().map(told).collect();
        let own = self.before.troubles.iter().filter(|trouble| !after.contains(&told(trouble)));
        let own = own.map(|trouble| Trouble { message: trouble.message.clone(), span: trouble.span });
        Gaps { troubles: own.collect(), in_manifests: self.before.in_manifests, templates: 0 }
    }
}
