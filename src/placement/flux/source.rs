//! Decides whether an object of Flux finds its files in this repository or in another one.

use super::object::FluxKind;
use crate::placement::found::Found;
use crate::placement::missing::same;
use crate::read::manifest::Manifest;
use crate::yaml::Node;
use std::collections::{BTreeMap, BTreeSet};

/// The name that `flux bootstrap` gives to the repository of the cluster.
const OWN: &str = "flux-system";

/// The known `GitRepository` objects.
#[derive(Debug, Default)]
pub(super) struct GitRepositories {
    /// The URLs, by namespace and name.
    urls: BTreeMap<(String, String), BTreeSet<String>>,
    /// The URLs of this repository.
    own: BTreeSet<String>,
}

impl GitRepositories {
    /// Reads the `GitRepository` objects of the units.
    pub(super) fn of(units: &[Found]) -> Self {
        let mut all = Self::default();
        let objects = units.iter().flat_map(|unit| &unit.flux);
        for manifest in objects.filter(|manifest| FluxKind::of(manifest.root()) == Some(FluxKind::Source)) {
            let root = manifest.root();
            if root.get_str("kind") != Some("GitRepository") {
                continue;
            }
            let Some(url) = root.at(&["spec", "url"]).map(|url| same(url.text())) else { continue };
            if manifest.name() == OWN {
                all.own.insert(url.clone());
            }
            let key = (manifest.namespace().to_owned(), manifest.name().to_owned());
            all.urls.entry(key).or_default().insert(url);
        }
        all
    }

    /// Whether the `sourceRef` of an object may refer to this repository. Every repository has a root, so for the root
    /// the source must be known.
    pub(super) fn may_be_here(&self, source: Option<Node<'_>>, object: &Manifest, is_root: bool) -> bool {
        let Some(source) = source else { return !is_root };
        let text = |key: &str| source.get(key).map_or("", Node::text);
        if text("kind") != "GitRepository" {
            return false;
        }
        let namespace = if text("namespace").is_empty() { object.namespace() } else { text("namespace") };
        let name = text("name");
        if name == OWN {
            return true;
        }
        match self.urls.get(&(namespace.to_owned(), name.to_owned())) {
            Some(urls) if !self.own.is_empty() => urls.iter().any(|url| self.own.contains(url)),
            _ => !is_root,
        }
    }
}
