//! pullwarden: checks OpenShift image configuration in Git before the cluster does.
pub mod carrier;
pub mod crd;
pub mod diagnostic;
pub mod discover;
pub mod finding;
pub mod fix;
pub mod layout;
pub mod manifest;
pub mod model;
pub mod node;
pub mod openshift;
pub mod pull;
pub mod report;
pub mod rule;
pub mod source;
pub mod triage;
pub mod yaml;
