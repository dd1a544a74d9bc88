//! Resolves the name of an image as a node does.

pub mod resolve;

pub use crate::model::reference;
pub use resolve::{Blocker, Policy, PullSource, Resolution, ResolveError, Resolver, Verdict};
