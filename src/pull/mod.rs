//! What a node does with the name of an image.

pub mod resolve;

pub use crate::model::reference;
pub use resolve::{Blocker, Policy, PullSource, Resolution, ResolveError, Resolver, Verdict};
