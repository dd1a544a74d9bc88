//! The two states of a repository that a plan compares, and the parts that it does not compare.

use crate::machine::terminal::escape;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// The two states of a repository in Git.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Revisions {
    /// The base of the comparison, as it was named or found.
    pub base: String,
    /// What names this base; `None` if the command line does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_said_by: Option<String>,
    /// The commit of the old state: the last common commit of the base and the new state.
    pub old: String,
    /// The commit of the new state; `None` for the working tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The submodules whose commits differ; their files are not compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub submodules: Vec<String>,
}

/// How many characters of a commit are shown.
const SHORT: usize = 10;

impl Revisions {
    /// What is compared, in words; `show` formats the name of the base.
    pub fn said(&self, show: impl Fn(&str) -> String) -> String {
        let short = |commit: &str| commit.chars().take(SHORT).collect::<String>();
        let new = self.new.as_ref().map_or("the working tree".to_owned(), |commit| short(commit));
        let who = self.base_said_by.as_ref().map_or(String::new(), |who| format!(" ({})", escape(who)));
        format!("{new} against {}, where it leaves {}{who}", short(&self.old), show(&self.base))
    }

    /// Writes what was compared.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "compared: {}", self.said(|name| format!("`{}`", escape(name))))?;
        for path in &self.submodules {
            writeln!(out, "not compared: the submodule `{}`, whose commit changes", escape(path))?;
        }
        Ok(())
    }
}
