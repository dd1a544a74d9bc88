//! The machine that pullwarden runs on, and how much of it a run may use: files, threads, programs, memory, terminals.

pub mod budget;
pub mod disk;
pub mod exec;
pub mod guard;
pub mod percent;
pub mod progress;
pub mod terminal;
pub mod threads;
