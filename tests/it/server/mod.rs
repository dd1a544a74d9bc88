//! The language server as a client meets it: messages over standard input and output.

mod actions;
mod client;
mod edits;
mod features;
mod neovim;
mod protocol;
