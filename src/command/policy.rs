//! `pullwarden policy`: writes, tests and inspects policies in Rego.

pub mod input;
pub mod new;
pub mod test;
