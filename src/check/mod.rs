//! From clusters to diagnostics: the rules run, and each diagnostic is ignored, accepted or reported.

pub mod baseline;
pub mod diagnostic;
pub mod engine;
pub mod ignores;
pub mod triage;
pub mod withheld;
