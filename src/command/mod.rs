//! The commands. Each command gets its arguments and the streams that it writes to.

mod accepted;
pub mod baseline;
pub mod check;
pub mod clusters;
pub mod explain;
pub mod fix;
pub mod init;
mod inputs;
pub mod map;
pub mod migrate;
mod nodes;
pub mod plan;
mod policies;
pub mod policy;
pub mod render;
mod reports;
pub mod resolve;
mod revisions;
pub mod rules;
pub mod schema;
pub mod server;

use crate::machine::guard::Fault;
use crate::machine::terminal::escape;
use crate::model::Repo;
use crate::read::manifest::BrokenWhat;
use crate::report::REPOSITORY;
use std::fmt;

/// Why a command could not run.
#[derive(Debug)]
pub enum Error {
    /// An error of the machine or of the command line. The text says what is wrong and, if possible, what to do.
    Failed(String),
}

/// The error after a fault of pullwarden: the output may lack something.
const A_FAULT: &str = "a part of pullwarden failed; `pullwarden check` says where, as `internal-error`";

/// Returns an error if a part of pullwarden failed while it read the repository.
fn is_whole(repo: &Repo) -> Result<(), Error> {
    if repo.broken.iter().any(|broken| matches!(broken.what, BrokenWhat::Fault(_))) {
        return Err(Error::Failed(A_FAULT.into()));
    }
    Ok(())
}

/// The error for a fault in work that only this command does.
fn failed_at(what: &str, fault: &Fault) -> String {
    format!("failed at {what}, at `{}`; report it at {REPOSITORY}/issues", fault.place)
}

/// The rule of an id that was given on the command line.
fn rule(id: &str) -> Result<&'static str, Error> {
    crate::rules::find(id).map(|entry| entry.meta.id).ok_or_else(|| no_rule(id))
}

/// The error for an unknown rule.
fn no_rule(id: &str) -> Error {
    Error::Failed(format!("there is no rule `{}`; {}", escape(id), crate::rules::hint(id)))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error::Failed(message) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Failed(format!("cannot write: {error}"))
    }
}
