//! What files say: from names in a directory or a commit to objects with their types.

pub mod carrier;
pub mod crd;
pub mod discover;
pub mod git;
pub mod globs;
pub mod manifest;
pub mod tree;
pub mod workload;
