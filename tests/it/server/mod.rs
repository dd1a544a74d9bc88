//! The language server as a client meets it: messages over standard input and output.

#![allow(clippy::needless_pass_by_value, reason = "messages are made where they are sent")]
#![allow(clippy::unnecessary_debug_formatting, reason = "a failure shows odd names as they are")]

mod actions;
mod answers;
mod broken;
mod charts;
mod client;
mod columns;
mod edits;
mod features;
mod fleets;
mod neovim;
mod protocol;
