//! One report for people, others for machines; several in one run.

pub mod line_hash;
pub mod text;
