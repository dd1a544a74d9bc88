//! pullwarden checks OpenShift image configuration in Git before the cluster does.
//!
//! ```
//! use pullwarden::config::{Overrides, Settings};
//! use pullwarden::read::discover::Roots;
//! use pullwarden::node;
//! use pullwarden::pipeline::{self, Walked};
//! use pullwarden::pull::Resolver;
//! use pullwarden::source::Sources;
//!
//! let manifest = "apiVersion: config.openshift.io/v1
//! kind: ImageDigestMirrorSet
//! metadata: {name: mirrors}
//! spec:
//!   imageDigestMirrors:
//!   - source: registry.example.com/team
//!     mirrors: [registry.example.com/team, mirror.example.com/team]
//! ";
//! // To check a directory, put it into `paths` and leave `stdin` out.
//! let roots =
//!     Roots { root: ".".into(), paths: Vec::new(), stdin: Some(manifest.into()), respect_ignores: true };
//! let settings = Settings::from_overrides(&Overrides::default());
//! let mut sources = Sources::default();
//! let (repo, report) = pipeline::checked(Walked::of(&roots), &settings, &mut sources);
//!
//! // What is wrong, and where.
//! let diagnostic = report.open().next().unwrap();
//! assert_eq!((diagnostic.rule.id, sources.slice(diagnostic.span)), ("self-mirror", "registry.example.com/team"));
//!
//! // What the operator writes on the nodes, and where they pull an image from then.
//! let nodes = node::render_installed(&repo.clusters[0]);
//! let image = format!("registry.example.com/team/app@sha256:{}", "0".repeat(64));
//! let resolution = Resolver::new(&nodes).unwrap().resolve(&image);
//! assert!(resolution.reachable().any(|source| source.reference.starts_with("mirror.example.com/team/app@")));
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
//! Three crates know nothing of OpenShift: [`spanned_yaml`] has texts, spans, the YAML tree and edits, [`kustomize`]
//! builds directories, and [`argo_apps`] says what Argo CD applies where.
//!
//! Beside the rules, [`node`] tells what the operator writes on a cluster's nodes (`pullwarden render`), and [`pull`]
//! what the nodes do with an image then (`pullwarden resolve`). [`rollout`] tells what nodes do when the files change
//! (`pullwarden plan`): two states go the way to the clusters, one after the other. [`fix`] goes the whole way again and again, with the
//! texts that fixes make (`pullwarden fix`).
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
//! what people see and run:  report cli fix command
//! ```
//!
//! # Words
//!
//! - **rule**: the unit of checking. It says a **finding**; what the tool reports of it is a **diagnostic**.
//! - **severity**: error, warning or note, as in SARIF. **help** is advice, a **fix** a change made of edits.
//! - **span**: a place in bytes; **position**: a place as printed; **label**: text that is pointed to.
//! - **ignore**: somebody says "not here", with a reason. **preset**: a set of rules to start from.
//! - **document**: one YAML document; **manifest**: one with an identity; **resource**: one with its type.
//! - **cluster**: what is configured. **mirror rule**: an entry of a mirror set: source, mirrors, policy.
//! - **unit**: what is applied together. One **stands alone** where nobody knows a cluster for it.
//! - **neighbour**: an object of another kind that changes what image configuration does.
//! - **conversion**: the change that makes a mirror set of the new kind of a deprecated one.
//! - **scope**: an entry of a registry list. **pull spec**: an image name as written.

pub mod check;
pub mod cli;
pub mod command;
pub mod config;
pub mod finding;
pub mod fix;
pub mod icsp;
pub mod machine;
pub mod model;
pub mod node;
pub mod openshift;
pub mod pipeline;
pub mod placement;
pub mod policy;
pub mod pull;
pub mod read;
pub mod report;
pub mod rollout;
pub mod rules;

pub use kustomize;
pub use spanned_yaml as yaml;
pub use spanned_yaml::source;
