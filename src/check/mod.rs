//! From the clusters to what is reported: the rules run, and what they find is ignored, held back or shown.

pub mod baseline;
pub mod diagnostic;
pub mod engine;
pub mod ignores;
pub mod triage;
pub mod withheld;
