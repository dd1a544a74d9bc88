//! The objects that Flux applies: those of a `Kustomization`, and the charts of a `HelmRelease`.
//!
//! A `Kustomization` without changes is like an Application of Argo CD: it only says where files go
//! ([`object::Applying`]). A `Kustomization` with changes (patches, a namespace, variables) turns its path into a new
//! unit. That unit replaces the units of the path.

mod build;
mod config;
mod envsubst;
mod held;
mod kustomization;
pub(super) mod object;
mod release;
mod source;
mod substitute;

pub(super) use build::Flux;
pub(super) use kustomization::paths_of_plain;
