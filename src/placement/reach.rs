//! Finds the units with a known destination: the configuration, an Application or an object of Flux names them.

use super::clusters::Key;
use super::configured::{Claims, ConfiguredCluster};
use super::found::Found;
use super::guess::Suggested;
use crate::model::{Evidence, StandsAlone, UnitOrigin};
use argo_apps::{self as argo, Listing, Tool};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An Application or an object of Flux that applies a unit.
#[derive(Debug)]
struct Applied {
    /// The number of the unit that contains this object.
    by: usize,
    /// The evidence for the destination.
    evidence: Evidence,
    to: argo::Destination,
}

/// The known destinations, by the number of the unit.
#[derive(Debug, Default)]
pub(super) struct Reach {
    configured: Vec<Vec<usize>>,
    applied: Vec<Vec<Applied>>,
    /// The clusters for which the configuration renders the chart of a directory.
    charts: BTreeMap<String, BTreeSet<Key>>,
}

impl Reach {
    pub(super) fn of(
        units: &[Found],
        claims: &Claims,
        clusters: &[ConfiguredCluster],
        listing: &dyn Listing,
    ) -> Self {
        let configured = units.iter().map(|unit| match &*unit.only_for {
            // Nobody knows whether a template is applied as it is written.
            _ if unit.is_masked() => Vec::new(),
            [] => claims.on_unit(unit),
            clusters => clusters.to_vec(),
        });
        let mut reach = Self {
            configured: configured.collect(),
            applied: units.iter().map(|_| Vec::new()).collect(),
            charts: BTreeMap::new(),
        };
        for unit in units.iter().filter(|unit| unit.applied_by.is_none() && !unit.only_for.is_empty()) {
            if let UnitOrigin::Chart { root, .. } = &unit.unit.origin {
                let clusters = unit.only_for.iter().flat_map(|number| {
                    let name = clusters.get(*number).map_or("", |cluster| &cluster.name);
                    [Key::Configured(*number), Key::Named(name.to_owned())]
                });
                reach.charts.entry(root.clone()).or_default().extend(clusters);
            }
        }
        let mut roots: HashMap<&str, usize> = HashMap::new();
        let mut files: HashMap<&str, usize> = HashMap::new();
        for (index, unit) in units.iter().enumerate().filter(|(_, unit)| !unit.is_masked()) {
            match &unit.unit.origin {
                UnitOrigin::Kustomization(root) | UnitOrigin::Rendered(root) => roots.insert(root, index),
                UnitOrigin::File(name) => files.insert(name, index),
                UnitOrigin::Chart { .. } | UnitOrigin::Flux { .. } | UnitOrigin::Stream => None,
            };
        }
        for (target, unit) in units.iter().enumerate() {
            if let Some((by, evidence, to)) = &unit.applied_by {
                reach.applied[target].push(Applied { by: *by, evidence: evidence.clone(), to: to.clone() });
            }
        }
        for (by, unit) in units.iter().enumerate() {
            let of_argo = unit.applications.iter().map(|application| {
                let evidence = Evidence::Application(application.name.clone());
                (evidence, &application.destination, &application.sources)
            });
            let of_flux = unit.applying.iter();
            let of_flux =
                of_flux.map(|applying| (applying.evidence.clone(), &applying.to, &applying.sources));
            for (evidence, to, sources) in of_argo.chain(of_flux) {
                let mut targets: BTreeSet<usize> = BTreeSet::new();
                // A rendered chart is a unit of its own.
                let is_rendered = |path: &str| {
                    let root = roots.get(path).map(|root| &units[*root].unit.origin);
                    matches!(root, Some(UnitOrigin::Rendered(_)))
                };
                let is_own = |source: &&argo::Source| source.helm.is_none() || is_rendered(&source.path);
                for source in sources.iter().filter(is_own) {
                    match roots.get(source.path.as_str()) {
                        Some(root) if source.tool != Tool::Directory => {
                            targets.insert(*root);
                        }
                        _ => targets.extend(source.files(listing).iter().filter_map(|file| files.get(file))),
                    }
                }
                for target in targets.into_iter().filter(|target| *target != by) {
                    reach.applied[target].push(Applied { by, evidence: evidence.clone(), to: to.clone() });
                }
            }
        }
        reach
    }

    /// Whether the destination of a unit is known, not only suggested by a path.
    pub(super) fn decides(&self, unit: usize) -> bool {
        !self.configured[unit].is_empty() || !self.applied[unit].is_empty()
    }

    /// The clusters of each unit. A guess counts only without a known destination.
    pub(super) fn homes(&self, units: &[Found], guessed: &[Suggested]) -> Vec<Suggested> {
        let homes = (0..guessed.len()).map(|unit| {
            let mut found = BTreeMap::new();
            self.home(unit, (units, guessed), &mut Vec::new(), &mut found);
            // If Applications only apply each other, their destination is not known.
            if found.is_empty() {
                found.insert(Key::Unit(unit), Evidence::Alone(StandsAlone::Unknown));
            }
            // The configuration says what its cluster gets of a chart, so an Application does not add to that.
            if let UnitOrigin::Chart { root, .. } = &units[unit].unit.origin
                && let Some(configured) = self.charts.get(root)
            {
                found.retain(|key, evidence| *evidence == Evidence::Configured || !configured.contains(key));
            }
            found.into_iter().collect()
        });
        homes.collect()
    }

    fn home(
        &self,
        unit: usize,
        all @ (units, guessed): (&[Found], &[Suggested]),
        on_the_way: &mut Vec<usize>,
        found: &mut BTreeMap<Key, Evidence>,
    ) {
        // If Applications apply each other, something outside of the repository applies them. Longer chains do not
        // occur.
        const LONGEST: usize = 32;
        if on_the_way.contains(&unit) || on_the_way.len() > LONGEST {
            return;
        }
        if !self.configured[unit].is_empty() {
            found.extend(
                self.configured[unit].iter().map(|cluster| (Key::Configured(*cluster), Evidence::Configured)),
            );
            return;
        }
        if self.applied[unit].is_empty() {
            found.extend(guessed[unit].iter().cloned());
            return;
        }
        on_the_way.push(unit);
        for applied in &self.applied[unit] {
            let evidence = applied.evidence.clone();
            match &applied.to {
                argo::Destination::Cluster(name) => {
                    found.entry(Key::Named(name.clone())).or_insert(evidence);
                }
                argo::Destination::Selection(name) => {
                    found.entry(Key::Selection(name.clone())).or_insert(evidence);
                }
                // A unit that defines the same objects as the Application's own unit is not part of its cluster.
                // Example: a base that contains the Application for its overlay.
                argo::Destination::InCluster
                    if units[unit].excludes(unit, applied.by, &units[applied.by]) =>
                {
                    found.entry(Key::Unit(unit)).or_insert(evidence);
                }
                argo::Destination::InCluster => {
                    let mut of_argo = BTreeMap::new();
                    self.home(applied.by, all, on_the_way, &mut of_argo);
                    for key in of_argo.into_keys() {
                        found.entry(key).or_insert_with(|| evidence.clone());
                    }
                }
            }
        }
        on_the_way.pop();
    }
}
