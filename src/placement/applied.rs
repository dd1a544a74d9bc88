//! Keeps everything that is applied, to compare it with the result for changed texts.

use super::found::Found;
use super::repository::Repository;
use super::roots::Graph;
use super::units::Units;
use crate::kustomize::Cache;
use crate::model::{Resource, UnitOrigin};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is applied, with the kustomizations behind it.
#[derive(Debug, Default)]
pub struct Applied {
    pub(super) graph: Graph,
    /// The kustomizations that something applies, even if other kustomizations include them.
    pub(super) asked: BTreeSet<String>,
    /// The cache of builds.
    pub(super) cache: Cache,
    pub(super) units: Units,
}

/// A kustomization that is applied. Files are given by name.
#[derive(Debug)]
pub struct AppliedBuild<'a> {
    /// Its directory.
    pub directory: &'a str,
    /// The files that this kustomization, or one that it includes, lists as objects.
    pub objects: BTreeSet<&'a str>,
    /// Whether it cannot be built.
    pub is_refused: bool,
    /// Whether an Application patches its output.
    pub is_patched: bool,
    /// Whether parts of it are left out.
    pub is_incomplete: bool,
    unit: Option<&'a Found>,
    graph: &'a Graph,
}

impl AppliedBuild<'_> {
    /// The objects of pullwarden's kinds in its output.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.unit.into_iter().flat_map(Found::resources)
    }

    /// The kustomizations that it includes (and itself), and their files that change objects.
    pub fn changes(&self, repository: &Repository<'_>) -> Vec<String> {
        let included = self.graph.directories_of(self.directory).into_iter();
        let kustomizations = included.map(|directory| repository.kustomization(directory));
        kustomizations.chain(self.graph.changes_of(self.directory).into_iter().map(str::to_owned)).collect()
    }
}

impl Applied {
    /// The objects of pullwarden's kinds that go to any cluster.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.units.found.iter().flat_map(Found::resources)
    }

    /// The applied kustomizations that no command renders, in the order of their directories.
    pub fn builds(&self) -> impl Iterator<Item = AppliedBuild<'_>> {
        let units: BTreeMap<&str, &Found> = self
            .units
            .found
            .iter()
            .filter_map(|unit| match &unit.unit.origin {
                UnitOrigin::Kustomization(root) => Some((root.as_str(), unit)),
                _ => None,
            })
            .collect();
        let asked = self.asked.iter().map(String::as_str);
        let roots: BTreeSet<&str> = self.graph.roots().into_iter().chain(asked).collect();
        let roots = roots.into_iter().filter(|root| !self.units.rendered.iter().any(|it| it == root));
        roots.map(move |directory| {
            let unit = units.get(directory).copied();
            AppliedBuild {
                directory,
                objects: self.graph.resources_of(directory),
                is_refused: self.units.refused.contains(directory),
                is_patched: unit.is_some_and(|unit| unit.is_patched),
                is_incomplete: unit.is_some_and(|unit| unit.unit.incomplete.is_some()),
                unit,
                graph: &self.graph,
            }
        })
    }

    /// The cache of builds.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// A cache for builds of other texts.
    pub fn new_cache(&self) -> Cache {
        self.graph.cache()
    }
}
