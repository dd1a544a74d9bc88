//! Assigns units to clusters. The configuration decides first, then objects that name a cluster (Argo CD, a carrier),
//! then the path. A unit without any evidence stands alone.

use super::Known;
use super::alternatives::are_alternatives;
use super::found::Found;
use super::guess::Suggested;
use super::wholes::{Namesakes, Whole};
use crate::model::{Beside, Cluster, Evidence, Member, Resource, StandsAlone, UnitOrigin, Workload};
use crate::read::carrier::{Carrier, Destination};
use crate::read::crd::Kind;
use crate::read::discover::{self, STDIN, shown};
use crate::read::workload::ImageUse;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The key that two units of one cluster share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// The number of a cluster of the configuration.
    Configured(usize),
    /// The group and the path behind the keyword.
    Path(String, String),
    /// The files of a directory.
    Directory(String),
    /// One unit.
    Unit(usize),
    /// One object of a unit. Its destination is not known, so it shares no cluster with other objects.
    Astray(usize, usize),
    /// A given name.
    Named(String),
    /// A given name that several clusters have, with the object that creates this cluster.
    Whole(String, Whole),
    /// A selection of clusters.
    Selection(String),
}

/// A cluster that is not complete yet.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    /// The first file that names it.
    file: String,
    members: Vec<(usize, Member)>,
    /// The members that each unit gives, until clusters are joined.
    of_unit: HashMap<usize, Vec<usize>>,
}

impl Draft {
    /// The member of the cluster for a unit and its evidence.
    fn member(&mut self, index: usize, unit: &Found, evidence: &Evidence) -> &mut Member {
        let of_unit = self.of_unit.entry(index).or_default();
        let is_there = |number: &&usize| self.members[**number].1.evidence == *evidence;
        let number = of_unit.iter().find(is_there).copied().unwrap_or_else(|| {
            let (unit, evidence) = (Arc::clone(&unit.unit), evidence.clone());
            let (resources, workloads, objects) = (Vec::new(), Vec::new(), Vec::new());
            let member = Member { unit, evidence, resources, workloads, objects };
            self.members.push((index, member));
            of_unit.push(self.members.len() - 1);
            self.members.len() - 1
        });
        &mut self.members[number].1
    }

    fn configures_nodes(&self) -> bool {
        self.resources().any(|(_, resource)| resource.kind().is_some_and(Kind::configures_images))
    }

    fn holds_objects(&self) -> bool {
        self.members.iter().any(|(_, member)| !member.objects.is_empty())
    }

    fn resources(&self) -> impl Iterator<Item = (usize, &Resource)> + Clone {
        self.members.iter().flat_map(|(index, member)| {
            member.resources.iter().map(move |resource| (*index, resource.as_ref()))
        })
    }
}

/// All clusters that are not complete yet.
pub(super) struct Drafts<'k> {
    known: &'k Known,
    namesakes: Namesakes,
    configured: HashMap<&'k str, usize>,
    /// The mirrors of each directory with several units, by the number of each unit there that stands alone.
    beside: HashMap<usize, Arc<Beside>>,
    by_key: BTreeMap<Key, Draft>,
}

impl<'k> Drafts<'k> {
    /// Adds every unit to its clusters, which `homes` lists.
    pub(super) fn of(units: &[Found], homes: &[Suggested], known: &'k Known) -> Self {
        let mut by_key: BTreeMap<Key, Draft> = BTreeMap::new();
        let mut configured = HashMap::new();
        for (number, cluster) in known.clusters.iter().enumerate() {
            configured.insert(cluster.name.as_str(), number);
            by_key.insert(Key::Configured(number), Draft { name: cluster.name.clone(), ..Draft::default() });
        }
        let beside = beside(units, homes);
        let mut drafts = Self { known, namesakes: Namesakes::of(units), configured, beside, by_key };
        for (index, unit) in units.iter().enumerate() {
            for (key, evidence) in homes[index].iter().filter(|_| !unit.here.is_empty()) {
                drafts
                    .at(key, unit)
                    .member(index, unit, evidence)
                    .resources
                    .extend(unit.here.iter().cloned());
            }
            for (number, part) in unit.elsewhere.iter().enumerate() {
                let (key, evidence) = drafts.carried(&part.to, &part.carrier, (index, number));
                let member = drafts.at(&key, unit).member(index, unit, &evidence);
                member.resources.push(Arc::clone(&part.resource));
            }
        }
        drafts
    }

    /// Whether workloads in this cluster are checked against image configuration.
    pub(super) fn want(&self, key: &Key) -> bool {
        let name = if let Key::Named(name) = key { name } else { "" };
        let key = resolve(key, name, &self.configured);
        if self.by_key.get(&key).is_some_and(Draft::configures_nodes) {
            return true;
        }
        let Key::Named(name) = &key else { return false };
        let mut of_path = self.by_key.iter().filter(|(key, _)| matches!(key, Key::Path(..)));
        of_path.any(|(_, draft)| draft.name == *name && draft.configures_nodes())
    }

    /// Adds a unit's workloads to its clusters. Returns whether any cluster wants some of them; images of the other
    /// workloads are added to `unheld`.
    pub(super) fn add_workloads(
        &mut self,
        index: usize,
        unit: &Found,
        homes: &Suggested,
        unheld: &mut BTreeSet<Span>,
    ) -> bool {
        let places =
            |workload: &Arc<Workload>| workload.images.iter().map(ImageUse::place).collect::<Vec<_>>();
        let mut is_wanted = false;
        for (key, evidence) in homes {
            if unit.workloads.is_empty() || !self.want(key) {
                continue;
            }
            let member = self.at(key, unit).member(index, unit, evidence);
            member.workloads.extend(unit.workloads.iter().cloned());
            is_wanted = true;
        }
        if !is_wanted {
            unheld.extend(unit.workloads.iter().flat_map(places));
        }
        for (number, part) in unit.workloads_elsewhere.iter().enumerate() {
            let (key, evidence) = self.carried(&part.to, &part.carrier, (index, number));
            if self.want(&key) {
                let member = self.at(&key, unit).member(index, unit, &evidence);
                member.workloads.push(Arc::clone(&part.object));
                is_wanted = true;
            } else {
                unheld.extend(places(&part.object));
            }
        }
        is_wanted
    }

    /// Adds a unit's objects to its clusters, with or without image configuration. Returns whether there are any
    /// objects.
    pub(super) fn add_objects(&mut self, index: usize, unit: &Found, homes: &Suggested) -> bool {
        let homes = homes.iter().filter(|_| !unit.objects.is_empty());
        let mut is_wanted = false;
        for (key, evidence) in homes {
            self.at(key, unit).member(index, unit, evidence).objects.extend(unit.objects.iter().cloned());
            is_wanted = true;
        }
        for part in &unit.objects_elsewhere {
            // For workloads, objects with unknown destinations are separate clusters; here they share one.
            let (key, evidence) = self.carried(&part.to, &part.carrier, (index, usize::MAX));
            self.at(&key, unit).member(index, unit, &evidence).objects.push(Arc::clone(&part.object));
            is_wanted = true;
        }
        is_wanted
    }

    /// The clusters, and those for policies only, each sorted by name. Resources are sorted by `place`.
    pub(super) fn finish<K: Ord>(
        mut self,
        place: impl Fn(&Resource) -> K + Copy,
    ) -> (Vec<Cluster>, Vec<Cluster>) {
        // Objects for policies must not change the clusters of the rules.
        let is_other = |key: &Key, draft: &Draft| {
            !matches!(key, Key::Configured(_)) && draft.resources().next().is_none() && !self.want(key)
        };
        let others: Vec<Key> = self
            .by_key
            .iter()
            .filter(|(key, draft)| is_other(key, draft))
            .map(|(key, _)| key.clone())
            .collect();
        let mut of_others: BTreeMap<Key, Draft> =
            others.into_iter().filter_map(|key| self.by_key.remove_entry(&key)).collect();
        join_names(&mut self.by_key);
        let is_lost = |key: &Key, draft: &Draft| {
            !matches!(key, Key::Configured(_)) && draft.resources().next().is_none()
        };
        let lost: Vec<Key> = self
            .by_key
            .iter()
            .filter(|(key, draft)| is_lost(key, draft))
            .map(|(key, _)| key.clone())
            .collect();
        of_others.extend(lost.into_iter().filter_map(|key| self.by_key.remove_entry(&key)));
        of_others.retain(|_, draft| draft.holds_objects());
        tell_apart(&mut self.by_key);
        tell_apart(&mut of_others);
        (
            finished(std::mem::take(&mut self.by_key), self.known, &self.beside, place),
            finished(of_others, self.known, &self.beside, place),
        )
    }

    /// The cluster to which a carrier brings an object; `number` separates objects with unknown destinations.
    fn carried(&self, to: &Destination, carrier: &Carrier, number: (usize, usize)) -> (Key, Evidence) {
        let by_carrier = || Evidence::Carrier(carrier.outermost().to_string());
        match to {
            Destination::Cluster(name) => match self.namesakes.maker(name, carrier) {
                Some(whole) => (Key::Whole(name.clone(), whole), by_carrier()),
                None => (Key::Named(name.clone()), by_carrier()),
            },
            Destination::Selection(name) => (Key::Selection(name.clone()), by_carrier()),
            Destination::Here | Destination::Unknown => {
                (Key::Astray(number.0, number.1), Evidence::Alone(StandsAlone::Unknown))
            }
        }
    }

    fn at(&mut self, key: &Key, unit: &Found) -> &mut Draft {
        let name = name_of(key, unit);
        let key = resolve(key, &name, &self.configured);
        let file = unit.name.clone();
        self.by_key.entry(key).or_insert_with(|| Draft { name, file, ..Draft::default() })
    }
}

/// Turns drafts into clusters, in the order of their names.
fn finished<K: Ord>(
    drafts: BTreeMap<Key, Draft>,
    known: &Known,
    beside: &HashMap<usize, Arc<Beside>>,
    place: impl Fn(&Resource) -> K + Copy,
) -> Vec<Cluster> {
    let clusters = drafts.into_iter().map(|(key, draft)| {
        let beside = draft.members.first().and_then(|(index, _)| beside.get(index));
        let beside = beside.filter(|_| draft.members.len() == 1).cloned();
        let members = draft.members.into_iter().map(|(_, member)| member).collect();
        let mut cluster = Cluster::of_members(draft.name, members, place);
        cluster.beside = beside;
        let own = match key {
            Key::Configured(number) => Some(&known.clusters[number]),
            _ => None,
        };
        cluster.openshift = own.and_then(|own| own.openshift).or(known.openshift).or(cluster.openshift);
        cluster.platform = own.and_then(|own| own.platform).or(known.platform).unwrap_or_default();
        cluster.pool_sizes = own.map(|own| own.nodes.clone()).unwrap_or_default();
        cluster.topology = own.and_then(|own| own.topology).or(known.topology);
        cluster.set_release_image(
            own.and_then(|own| own.release_image.as_ref()).or(known.release_image.as_ref()),
        );
        cluster
    });
    let mut clusters: Vec<Cluster> = clusters.collect();
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    clusters
}

/// Finds the files beside each file that stands alone.
fn beside(units: &[Found], homes: &[Suggested]) -> HashMap<usize, Arc<Beside>> {
    let is_alone = |(_, evidence): &(Key, Evidence)| matches!(evidence, Evidence::Alone(_));
    let alone = units.iter().zip(homes).enumerate().filter(|(_, (unit, homes))| {
        matches!(unit.unit.origin, UnitOrigin::File(_)) && homes.iter().all(is_alone)
    });
    let alone: Vec<(usize, &str)> =
        alone.map(|(index, (unit, _))| (index, unit.directory.as_str())).collect();
    let mut by_directory: HashMap<&str, Beside> =
        alone.iter().map(|(_, directory)| (*directory, Beside::default())).collect();
    for unit in units {
        if let Some(beside) = by_directory.get_mut(unit.directory.as_str()) {
            unit.here.iter().for_each(|resource| beside.add(resource));
        }
    }
    let by_directory: HashMap<&str, Arc<Beside>> =
        by_directory.into_iter().map(|(directory, beside)| (directory, Arc::new(beside))).collect();
    let found = alone.into_iter().filter_map(|(index, directory)| {
        let beside = by_directory.get(directory).filter(|beside| !beside.is_empty())?;
        Some((index, Arc::clone(beside)))
    });
    found.collect()
}

/// If the configuration has a cluster of this name, its key is that of the configured cluster.
fn resolve(key: &Key, name: &str, configured: &HashMap<&str, usize>) -> Key {
    match key {
        Key::Named(_) | Key::Whole(..) => {
            configured.get(name).map_or_else(|| key.clone(), |number| Key::Configured(*number))
        }
        _ => key.clone(),
    }
}

fn name_of(key: &Key, unit: &Found) -> String {
    match key {
        Key::Unit(_) if unit.unit.origin == UnitOrigin::Stream => STDIN.to_owned(),
        Key::Path(_, path) => discover::file_name(path).to_owned(),
        Key::Directory(name) | Key::Named(name) | Key::Selection(name) => shown(name).to_owned(),
        Key::Whole(name, Whole::Hosted(namespace)) if namespace.is_empty() => name.clone(),
        Key::Whole(name, Whole::Hosted(namespace)) => format!("{namespace}/{name}"),
        Key::Whole(name, Whole::Installed(_)) if unit.directory.is_empty() => format!("./{name}"),
        Key::Whole(name, Whole::Installed(_)) => format!("{}/{name}", unit.directory),
        Key::Configured(_) | Key::Unit(_) | Key::Astray(..) => shown(&unit.directory).to_owned(),
    }
}

/// Joins a given name and a path with this name to one cluster, unless both define the same object.
fn join_names(drafts: &mut BTreeMap<Key, Draft>) {
    let mut by_name: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    for (key, draft) in drafts.iter() {
        if matches!(key, Key::Path(..)) {
            by_name.entry(draft.name.clone()).or_default().push(key.clone());
        }
    }
    let given: Vec<Key> =
        drafts.keys().filter(|key| matches!(key, Key::Named(_) | Key::Configured(_))).cloned().collect();
    for key in given {
        let Some([path]) = by_name.get(&drafts[&key].name).map(Vec::as_slice) else { continue };
        let both = drafts[&key].resources().chain(drafts[path].resources());
        // A cluster of the configuration has only the files that it names.
        if matches!(key, Key::Configured(_)) || are_alternatives(both) {
            continue;
        }
        if let Some(joined) = drafts.remove(path)
            && let Some(draft) = drafts.get_mut(&key)
        {
            draft.members.extend(joined.members);
        }
    }
}

/// Renames clusters with equal names: by their paths, install-configs of one directory by their files, and those of one
/// file by their order.
fn tell_apart(drafts: &mut BTreeMap<Key, Draft>) {
    let counts = count_names(drafts);
    for (key, draft) in drafts.iter_mut().filter(|(_, draft)| counts[&draft.name] > 1) {
        match key {
            Key::Path(group, path) if group.is_empty() => draft.name.clone_from(path),
            Key::Path(group, path) => draft.name = format!("{group}/{path}"),
            Key::Whole(name, Whole::Installed(_)) => draft.name = format!("{}/{name}", draft.file),
            _ => {}
        }
    }
    let counts = count_names(drafts);
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (key, draft) in drafts.iter_mut() {
        if matches!(key, Key::Whole(..)) && counts[&draft.name] > 1 {
            let number = numbers.entry(draft.name.clone()).or_default();
            *number += 1;
            draft.name = format!("{} #{number}", draft.name);
        }
    }
}

fn count_names(drafts: &BTreeMap<Key, Draft>) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for draft in drafts.values() {
        *counts.entry(draft.name.clone()).or_default() += 1;
    }
    counts
}
