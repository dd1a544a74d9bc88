//! What Flux applies: the objects of a `Kustomization`, and the charts of a `HelmRelease`.
//!
//! A `Kustomization` that changes nothing of what its path holds is like an Application of Argo CD: it says where the
//! files go ([`object::Applying`]). One that changes something (patches, a namespace, variables) makes a unit of its own of
//! the path, and what it made that of is no unit any more.

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
