//! One report for people, others for machines; several in one run.

pub mod json;
pub mod line_hash;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod text;
