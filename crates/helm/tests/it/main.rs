//! The crate as a program uses it.

mod ranges;
