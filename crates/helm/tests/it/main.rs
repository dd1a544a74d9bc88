//! The crate as a program uses it.

mod archives;
mod calls;
mod elsewhere;
mod generator;
mod harness;
mod hostile;
mod origins;
mod real;
mod recorded;
mod tar;
mod trees;
mod vectors;
