//! The one binary of tests that see pullwarden from outside: fixtures, the rule book and what is generated from code.
//!
//! `BLESS=1 cargo test` rewrites everything that is generated.

#![allow(clippy::disallowed_methods, reason = "tests read and write their own files")]
#![allow(clippy::format_push_string, reason = "texts of tests are short")]

mod action;
mod advice;
mod amplified;
mod api;
mod baseline;
mod book;
mod charts;
mod ci_examples;
mod command;
mod dependencies;
mod documents;
mod findings;
mod fix;
mod flux;
mod formats;
mod freezes;
mod fuzz;
mod generated;
mod git;
mod git_repo;
mod globs;
mod harness;
mod hostile;
mod idle_entries;
mod input;
mod layers;
mod layouts;
mod literal_advice;
mod looks;
mod map;
mod mco;
mod mco_signed;
mod migrate;
mod new_rule;
mod node;
mod node_files;
mod nodes;
mod offers;
mod packaging;
mod page;
mod pages;
mod panicking;
mod parts;
mod plan_findings;
mod plan_git;
mod plan_vectors;
mod plans;
mod policies;
mod policy_docs;
mod policy_files;
mod prose;
mod real;
mod registry;
mod render;
mod reports;
mod rollouts;
mod rulebook;
mod rules;
mod runner;
mod samples;
mod secrets;
mod server;
mod settings;
mod silence;
mod subjects;
mod successors;
mod templates;
mod trusted_fixes;
mod wholes;
mod yaml;
mod yields;
