//! Objects inside objects. One file per carrier; each finds what it carries and leaves the spans where they are.

mod list;

use crate::crd::Recognised;
use crate::manifest::Manifest;
use crate::source::Span;
use std::sync::Arc;

pub struct Carried {
    pub manifest: Manifest,
    pub carrier: Option<Arc<Carrier>>,
    pub to: Destination,
}
#[derive(Debug)]
pub struct Carrier {
    pub namespace: String,
    pub name: String,
    pub span: Span,
}
impl std::fmt::Display for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}
#[derive(Debug)]
pub enum Destination {
    Here,
    Cluster(String),
    Selection(String),
    Unknown,
}

/// Takes every carrier apart. What is no carrier comes out as it went in.
pub fn unwrap(manifests: Vec<Manifest>, _files: &dyn crate::kustomize::Files) -> Vec<Carried> {
    let mut unwrapped = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        match manifest.recognise() {
            Recognised::List => list::unwrap(&manifest, &mut unwrapped),
            _ => unwrapped.push(manifest),
        }
    }
    unwrapped.into_iter().map(|manifest| Carried { manifest, carrier: None, to: Destination::Here }).collect()
}
