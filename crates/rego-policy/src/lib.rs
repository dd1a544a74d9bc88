#![doc = include_str!("../README.md")]

mod budget;
mod fault;
pub mod gatekeeper;
mod job;
mod json;
mod limits;
mod metadata;
mod process;
mod rule;
mod run;
mod runner;
mod source;
mod test;
mod wire;
mod words;
pub mod worker;

pub use budget::Budget;
pub use fault::{Fault, Place};
pub use job::{Failure, Found, Job, Outcome};
pub use json::Json;
pub use limits::Limits;
pub use metadata::{Metadata, RelatedResource};
pub use process::Launch;
pub use rule::{Head, Kind, Mute, PolicyRule};
pub use runner::{Answer, Runner};
pub use source::{Dialect, Host, HostFunction, Set, Source};
pub use test::{Coverage, PolicyTest, TestOutcome, Tested, Verdict};
