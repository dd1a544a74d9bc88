//! Finds `ConfigMap`s with manifests that are in another namespace than the installation that names them.

use super::found::Found;
use crate::model::{Resource, Stray};
use crate::read::crd::{Typed, is_placeholder};
use std::collections::HashMap;

/// Notes for every installation the `ConfigMap`s that exist only in other namespaces. A `ConfigMap` that is not in the
/// repository is not noted. Nor is one without a fixed namespace.
pub(super) fn note(units: &[Found]) {
    let mut maps: HashMap<&str, Vec<&Resource>> = HashMap::new();
    for resource in units.iter().flat_map(Found::resources) {
        if matches!(resource.typed, Typed::ConfigMap(_)) {
            maps.entry(resource.name()).or_default().push(resource);
        }
    }
    if maps.is_empty() {
        return;
    }
    for resource in units.iter().flat_map(Found::resources) {
        let Typed::Settings(settings) = &resource.typed else { continue };
        let own = resource.manifest.namespace();
        if is_open(own) {
            continue;
        }
        let strays = settings.manifests.iter().filter_map(|name| {
            let there = maps.get(name.value.as_str())?;
            let namespaces = || there.iter().map(|map| map.manifest.namespace());
            if namespaces().any(|namespace| namespace == own || is_open(namespace)) {
                return None;
            }
            let first = there.first()?;
            let namespace = first.manifest.namespace().to_owned();
            Some(Stray { name: name.clone(), namespace, there: first.kind_span() })
        });
        // No other code sets this value.
        let _ = resource.strays.set(strays.collect());
    }
}

/// Whether a namespace is still unknown.
fn is_open(namespace: &str) -> bool {
    namespace.is_empty() || is_placeholder(namespace)
}
