//! One report for people, others for machines; several in one run.

pub mod text;
