//! The one binary of tests that see pullwarden from outside: fixtures, the rule book and what is generated from code.
//!
//! `BLESS=1 cargo test` rewrites everything that is generated.

mod api;
mod argo;
mod command;
mod freezes;
mod generated;
mod harness;
mod input;
mod kustomize;
mod kustomize_loose;
mod kustomize_repos;
mod kustomize_shared;
mod layouts;
mod mco;
mod node;
mod nodes;
mod page;
mod pages;
mod real;
mod registry;
mod repository;
mod rulebook;
mod rules;
mod samples;
mod settings;
mod yaml;
