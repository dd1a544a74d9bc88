//! The commands: each takes its arguments and writes to what it is given; nothing here prints on its own.

pub mod baseline;
pub mod check;
pub mod clusters;
pub mod explain;
pub mod fix;
pub mod init;
mod inputs;
pub mod migrate;
mod nodes;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod rules;
pub mod schema;

use crate::report::text::escape;
use std::fmt;

/// Why a command could not run.
#[derive(Debug)]
pub enum Error {
    /// The machine or the command line; the text says what and, where it helps, what to do.
    Failed(String),
}

/// The error of somebody who names a rule that there is none of.
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
