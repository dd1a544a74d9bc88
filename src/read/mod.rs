//! Reads files: from names in a directory or a commit to typed objects.

pub mod carrier;
pub mod crd;
pub mod discover;
pub(crate) mod fences;
pub mod git;
pub mod globs;
pub mod manifest;
pub mod observed;
pub mod template;
pub mod tree;
pub mod workload;
