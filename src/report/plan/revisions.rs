//! Which two states of a repository a plan compares, and what of them it does not look at.

use crate::report::text::escape;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// The two states of a repository in Git.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Revisions {
    /// What the change is compared with, as it was named or found.
    pub base: String,
    /// Who says that this is the base; nobody where the command line does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_said_by: Option<String>,
    /// The commit of the old state: where the history of the new one leaves the base.
    pub old: String,
    /// The commit of the new state; the working tree where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The submodules whose commits differ; their files are not compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub submodules: Vec<String>,
}

/// How many characters of a commit people see.
const SHORT: usize = 10;

impl Revisions {
    /// What is compared, in words; `show` writes the name of the base.
    pub fn said(&self, show: impl Fn(&str) -> String) -> String {
        let short = |commit: &str| commit.chars().take(SHORT).collect::<String>();
        let new = self.new.as_ref().map_or("the working tree".to_owned(), |commit| short(commit));
        let who = self.base_said_by.as_ref().map_or(String::new(), |who| format!(" ({})", escape(who)));
        format!("{new} against {}, where it leaves {}{who}", short(&self.old), show(&self.base))
    }

    /// Says what was compared.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "compared: {}", self.said(|name| format!("`{}`", escape(name))))?;
        for path in &self.submodules {
            writeln!(out, "not compared: the submodule `{}`, whose commit changes", escape(path))?;
        }
        Ok(())
    }
}
