//! `pullwarden policy`: policies in Rego, written, tested and looked into.

pub mod input;
pub mod new;
pub mod test;
