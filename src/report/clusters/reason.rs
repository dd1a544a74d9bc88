//! Why a cluster is one, and why an object is in it, in words.

use crate::model::{Cluster, Evidence, Resource};
use crate::read::carrier::Carrier;
use crate::source::Span;
use std::collections::BTreeSet;

/// What makes a cluster one: the strongest of what its parts say.
pub fn of(cluster: &Cluster) -> String {
    let said: BTreeSet<&Evidence> = cluster.members().map(|(_, evidence)| evidence).collect();
    let Some(strongest) = said.first() else { return String::new() };
    let alike = |other: &Evidence| std::mem::discriminant(other) == std::mem::discriminant(*strongest);
    if said.iter().filter(|other| alike(other)).count() == 1 {
        return strongest.to_string();
    }
    match strongest {
        Evidence::Application(_) => "Applications of Argo CD say so".to_owned(),
        Evidence::Carrier(_) => "several carriers say so".to_owned(),
        Evidence::Path(_) | Evidence::Shared(_) => "by the paths of its parts".to_owned(),
        _ => "by the directories of its parts".to_owned(),
    }
}

/// The other files that values of an object come from: patches, and what generators take. Where a patch only names the
/// object that it is for, that is its place; else the first value that it sets.
pub fn others(resource: &Resource) -> Vec<Span> {
    let root = resource.manifest.root();
    let mut extents = root.extents().into_iter();
    let own = extents.next().map(|span| span.file);
    let is_name = |key: &str| matches!(key, "apiVersion" | "kind" | "metadata");
    let entries = root.entries().into_iter().filter(|entry| !is_name(&entry.key.key_text()));
    let values: Vec<Span> = entries.flat_map(|entry| entry.value.extents()).collect();
    let first = |span: Span| values.iter().find(|value| value.file == span.file).copied().unwrap_or(span);
    extents.map(first).filter(|span| Some(span.file) != own).collect()
}

/// What carries an object, but for what is said to do so already: ``in ConfigurationPolicy `a` in Policy `b` ``.
pub fn carried(carrier: &Carrier, evidence: &Evidence) -> String {
    let is_said = |carrier: &String| matches!(evidence, Evidence::Carrier(said) if said == carrier);
    let chain = carrier.chain().map(ToString::to_string).filter(|carrier| !is_said(carrier));
    chain.map(|carrier| format!("in {carrier}")).collect::<Vec<_>>().join(" ")
}
