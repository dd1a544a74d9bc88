//! What `pullwarden plan` shows: what a change does to the nodes of every cluster, and why.

mod counts;
mod details;
mod groups;
pub mod json;
pub mod markdown;
mod revisions;
pub mod text;
mod words;

impl PlanFormat {
    /// Whether a report is one document, so that nothing else may stand beside it in a file.
    pub fn is_document(self) -> bool {
        match self {
            PlanFormat::Json | PlanFormat::Sarif | PlanFormat::Counts => true,
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
    }
}

/// What is for people to read holds nothing that a terminal or CI would do.
fn inert(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = Inert::new(out, false);
    write(&mut out)?;
    out.flush()
}

/// What stands before a line about the state before.
const BEFORE: &str = "before this change, ";

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
}

/// A plan with the texts that it speaks of, and what is missing from it.
#[derive(Debug)]
pub struct Planned<'r> {
    /// The plan.
    pub plan: Plan<'r>,
    /// The texts of both states.
    pub sources: &'r Sources,
    /// What could not be read of the state before; it is none of the change's doing.
    pub before: &'r Gaps,
    /// What could not be read of the state after.
    pub after: &'r Gaps,
    /// What the rules about changes say.
    pub report: &'r Report,
    /// Which states of a repository these are, where they come from Git.
    pub revisions: Option<&'r Revisions>,
    /// Whether people want to see the difference of the files as text, too.
    pub with_files: bool,
}

impl Planned<'_> {
    /// What could not be read of the state before alone: what it gave the nodes is not known.
    pub(super) fn gaps_before(&self) -> Gaps {
        let told = |trouble: &Trouble| format!("{} {}", at(self.sources, &[trouble.span]), trouble.message);
        let after: BTreeSet<String> = self.after.troubles.iter().map(told).collect();
        let own = self.before.troubles.iter().filter(|trouble| !after.contains(&told(trouble)));
        let own = own.map(|trouble| Trouble { message: trouble.message.clone(), span: trouble.span });
        Gaps { troubles: own.collect(), in_manifests: self.before.in_manifests, templates: 0 }
    }
}
