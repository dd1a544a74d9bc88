//! pullwarden checks OpenShift image configuration in Git before the cluster does.
//!
//! # One forward path
//!
//! Every stage is a module with one verb, its output is the next stage's input, and imports point to the left only:
//!
//! ```text
//! discover::walk → yaml::parse → manifest::load → kustomize::build → carrier::unwrap → Resource::read → layout::place → engine::run → triage::apply → report::write
//! paths            Document       Manifest         Manifest           Manifest          typed            Cluster, Repo   Finding       Diagnostic      human json sarif …
//! ```
//!
//! Three crates know nothing of OpenShift: [`spanned_yaml`] has texts, spans, the YAML tree and edits, [`kustomize`]
//! builds directories, and [`argo_apps`] says what Argo CD applies where.
//!
//! Beside the rules, [`node`] tells what the operator writes on a cluster's nodes (`pullwarden render`), and [`pull`]
//! what the nodes do with an image then (`pullwarden resolve`). [`mend`] goes the whole way again and again, with the
//! texts that fixes make (`pullwarden fix`).
//!
//! # Words
//!
//! - **rule**: the unit of checking. It says a **finding**; what the tool reports of it is a **diagnostic**.
//! - **severity**: error, warning or note, as in SARIF. **help** is advice, a **fix** a change made of edits.
//! - **span**: a place in bytes; **position**: a place as printed; **label**: text that is pointed to.
//! - **ignore**: somebody says "not here", with a reason. **preset**: a set of rules to start from.
//! - **document**: one YAML document; **manifest**: one with an identity; **resource**: one with its type.
//! - **cluster**: what is configured. **mirror rule**: an entry of a mirror set: source, mirrors, policy.
//! - **scope**: an entry of a registry list. **pull spec**: an image name as written.

pub mod baseline;
pub mod budget;
pub mod carrier;
pub mod cli;
pub mod command;
pub mod config;
pub mod controls;
pub mod crd;
pub mod diagnostic;
pub mod discover;
pub mod disk;
pub mod engine;
pub mod exec;
pub mod finding;
pub mod fix;
pub mod git;
pub mod globs;
pub mod guard;
pub mod layout;
pub mod manifest;
pub mod mend;
pub mod migrate;
pub mod model;
pub mod node;
pub mod openshift;
pub mod pipeline;
pub mod pull;
pub mod report;
pub mod retract;
pub mod rollout;
pub mod rule;
pub mod rules;
pub mod successor;
pub mod suppress;
pub mod threads;
pub mod tree;
pub mod triage;
pub mod view;
pub mod workload;

pub use kustomize;
pub use spanned_yaml as yaml;
pub use spanned_yaml::source;
