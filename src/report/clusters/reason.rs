//! Why files form a cluster, and why an object belongs to it, in words.

use crate::model::{Cluster, Evidence, Resource};
use crate::read::carrier::Carrier;
use crate::source::Span;
use std::collections::BTreeSet;

/// The reason why files form a cluster: the strongest evidence of its units.
pub fn of(cluster: &Cluster) -> String {
    let said: BTreeSet<&Evidence> = cluster.members().map(|(_, evidence)| evidence).collect();
    let Some(strongest) = said.first() else { return String::new() };
    let alike = |other: &Evidence| std::mem::discriminant(other) == std::mem::discriminant(*strongest);
    if said.iter().filter(|other| alike(other)).count() == 1 {
        return strongest.to_string();
    }
    match strongest {
        Evidence::Application(_) => "Applications of Argo CD say so".to_owned(),
        Evidence::Flux(_) => "objects of Flux say so".to_owned(),
        Evidence::Carrier(_) => "several carriers say so".to_owned(),
        Evidence::Path(_) | Evidence::Shared(_) => "by the paths of its parts".to_owned(),
        _ => "by the directories of its parts".to_owned(),
    }
}

/// Other files with values of an object: patches, and inputs of generators. For a patch, the place is the first value that
/// it sets. If it only names its object, it is the place of the name.
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

/// The carriers of an object, except for one that is the evidence itself: ``in ConfigurationPolicy `a` in Policy `b` ``.
pub fn carried(carrier: &Carrier, evidence: &Evidence) -> String {
    let is_said = |carrier: &String| matches!(evidence, Evidence::Carrier(said) if said == carrier);
    let chain = carrier.chain().map(ToString::to_string).filter(|carrier| !is_said(carrier));
    chain.map(|carrier| format!("in {carrier}")).collect::<Vec<_>>().join(" ")
}
