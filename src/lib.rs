//! pullwarden checks OpenShift image configuration in Git before the cluster does.
//!
//! A program can check a directory, read the files that the nodes of a cluster get, and ask where the nodes pull an
//! image from:
//!
//! ```
//! let checked = pullwarden::check("fixtures/repos/disconnected")?;
//!
//! // What is wrong, and where.
//! let diagnostic = checked.report.open().next().expect("a diagnostic");
//! assert_eq!(diagnostic.rule.id, "mirror-registry-not-allowed");
//! assert!(checked.place(diagnostic.span).ends_with("base/mirrors.yaml:18:7"));
//!
//! // What the operator writes on the nodes of a cluster.
//! let cluster = checked.repo.clusters.iter().find(|cluster| cluster.name == "prod").expect("a cluster");
//! let nodes = pullwarden::render(cluster);
//! assert!(nodes.files.as_ref().is_ok_and(|files| files.written().contains_key("/etc/containers/registries.conf")));
//!
//! // Where the nodes pull an image from.
//! let image = format!("registry.redhat.io/ubi9/ubi@sha256:{}", "0".repeat(64));
//! let resolution = pullwarden::resolve(&nodes, &image).expect("files");
//! let first = resolution.reachable().next().expect("a place");
//! assert!(first.reference.starts_with("registry.corp.example:5000/redhat/ubi9/ubi@"));
//! # Ok::<(), String>(())
//! ```
//!
//! # One forward path
//!
//! Every stage is a module with one verb, and its output is the next stage's input:
//!
//! ```text
//! discover::walk → yaml::parse → manifest::load → kustomize::build → carrier::unwrap → Resource::read → placement::place → engine::run → triage::apply → report::write
//! paths            Document       Manifest         Manifest           Manifest          typed            Cluster, Repo   Finding       Diagnostic      human json sarif …
//! ```
//!
//! Six crates contain nothing specific to OpenShift. [`spanned_yaml`] has texts, spans, the YAML tree and edits.
//! [`kustomize`] builds directories, and `helm` renders charts. [`argo_apps`] computes what Argo CD applies to which
//! cluster. `rego-policy` runs policies, and `go-formats` writes texts as Go does.
//!
//! Beside the rules, [`node`] computes the files that the operator writes on the nodes of a cluster
//! (`pullwarden render`). [`pull`] computes what nodes with these files do with an image (`pullwarden resolve`).
//! [`rollout`] computes what nodes do when the files change (`pullwarden plan`): the stages up to the clusters run for
//! the old state and for the new one. [`fix`] runs all stages again and again, with the texts that fixes make
//! (`pullwarden fix`). `server` runs them with the texts that an editor has open (`pullwarden server`).
//!
//! # Rooms
//!
//! A room is a directory. A file imports its own room and the rooms before it, never one behind it; where a part of a room
//! stands before the others, it has a place of its own. `tests/it/layers.rs` reads this picture and
//! every import, and fails where one points the other way.
//!
//! ```text
//! what all need:            machine openshift finding
//! what files say:           read
//! what each cluster gets:   icsp::found model placement icsp
//! what its nodes do:        node icsp::migrate pull rollout
//! what pullwarden says:     rules policy
//! which of it counts:       check::diagnostic check::withheld check::engine check::ignores check::baseline config check pipeline
//! what programs call:       library
//! what people see and run:  report cli fix server command program
//! ```
//!
//! # Words
//!
//! - **rule**: the unit of checking. A rule returns a **finding**; a finding in a report is a **diagnostic**.
//! - **severity**: error, warning or note, as in SARIF. **help** is advice, a **fix** a change made of edits.
//! - **span**: a place in bytes; **position**: a place as printed; **label**: a text that a report points to.
//! - **ignore**: a request to hide findings, with a reason. **preset**: a set of rules to start from.
//! - **document**: one YAML document; **manifest**: one with an identity; **resource**: one with its type.
//! - **cluster**: what is configured. **mirror rule**: an entry of a mirror set: source, mirrors, policy.
//! - **unit**: objects that are applied together. A unit **stands alone** if no cluster is known for it.
//! - **neighbour**: an object of another kind that changes what image configuration does.
//! - **conversion**: the change from an object of a deprecated kind to a mirror set of the new kind.
//! - **scope**: an entry of a registry list. **pull spec**: an image name as written.

pub mod check;
#[expect(unreachable_pub, reason = "only the program reads a command line")]
mod cli;
#[expect(unreachable_pub, reason = "only the program runs commands")]
mod command;
pub mod config;
pub mod finding;
pub mod fix;
#[expect(unreachable_pub, reason = "programs read conversions in the report")]
mod icsp;
mod library;
#[expect(unreachable_pub, reason = "only the program asks the machine")]
mod machine;
pub mod model;
pub mod node;
pub mod openshift;
pub mod pipeline;
#[expect(unreachable_pub, reason = "programs meet the clusters, not how they are found")]
mod placement;
#[expect(unreachable_pub, reason = "policies are a part of the settings")]
mod policy;
#[doc(hidden)]
pub mod program;
pub mod pull;
pub mod read;
pub mod report;
pub mod rollout;
pub mod rules;
#[expect(unreachable_pub, reason = "only the program serves an editor")]
mod server;

#[expect(clippy::single_component_path_imports, reason = "files name the crate like a room")]
pub(crate) use kustomize;
pub use library::{CheckedRepository, check, check_text, render, resolve};
pub use spanned_yaml as yaml;
pub use spanned_yaml::source;
