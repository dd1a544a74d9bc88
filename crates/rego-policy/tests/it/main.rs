//! The crate as a program uses it: with worker processes.

mod bounds;
mod conftest;
mod harness;
mod opa;
mod runs;
mod tests;
