//! The one binary of tests that see pullwarden from outside: fixtures, the rule book and what is generated from code.
//!
//! `BLESS=1 cargo test` rewrites everything that is generated.

mod api;
mod command;
mod generated;
mod harness;
mod input;
mod kustomize;
mod mco;
mod node;
mod page;
mod pages;
mod rulebook;
mod rules;
mod samples;
mod settings;
