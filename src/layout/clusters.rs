//! From what is applied together to the clusters that get it. The configuration has the first word, then whoever names
//! a cluster (Argo CD, a carrier), then the path; what nothing is known of stands alone.

use super::Known;
use super::alternatives::are_alternatives;
use super::guess;
use super::reach::Reach;
use super::units::Found;
use crate::carrier::Destination;
use crate::discover::STDIN;
use crate::model::{Cluster, Evidence, Lonely, Member, Origin, Resource};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What makes two units reach one cluster.
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
    /// One of the objects of a unit that go nobody knows where, so not even together.
    Astray(usize, usize),
    /// A name that somebody gave.
    Named(String),
    /// What somebody selects.
    Selection(String),
}

/// A cluster in the making.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    members: Vec<(usize, Member)>,
}

impl Draft {
    fn add(&mut self, index: usize, unit: &Found, evidence: Evidence, resources: Vec<Arc<Resource>>) {
        let is_there = |(known, member): &(usize, Member)| *known == index && member.evidence == evidence;
        match self.members.iter_mut().find(|member| is_there(member)) {
            Some((_, member)) => member.resources.extend(resources),
            None => self.members.push((index, Member { unit: Arc::clone(&unit.unit), evidence, resources })),
        }
    }

    fn resources(&self) -> impl Iterator<Item = (usize, &Resource)> + Clone {
        self.members.iter().flat_map(|(index, member)| {
            member.resources.iter().map(move |resource| (*index, resource.as_ref()))
        })
    }
}

/// Gives every unit to its clusters. `place` is what resources are ordered by.
pub(super) fn assign<K: Ord>(
    units: &[Found],
    reach: &Reach,
    known: &Known,
    place: impl Fn(&Resource) -> K + Copy,
) -> Vec<Cluster> {
    let mut drafts: BTreeMap<Key, Draft> = BTreeMap::new();
    for (number, cluster) in known.clusters.iter().enumerate() {
        drafts.insert(Key::Configured(number), Draft { name: cluster.name.clone(), ..Draft::default() });
    }
    let configured: HashMap<&str, usize> =
        known.clusters.iter().enumerate().map(|(number, cluster)| (cluster.name.as_str(), number)).collect();
    let guessed = guess::keys(units, reach);
    let homes = reach.homes(units, &guessed);
    for (index, unit) in units.iter().enumerate() {
        for (key, evidence) in homes[index].iter().filter(|_| !unit.here.is_empty()) {
            let key = resolve(key, &configured);
            let draft = drafts
                .entry(key.clone())
                .or_insert_with(|| Draft { name: name_of(&key, unit), ..Draft::default() });
            draft.add(index, unit, evidence.clone(), unit.here.clone());
        }
        for (number, part) in unit.elsewhere.iter().enumerate() {
            let (key, evidence) = match &part.to {
                Destination::Cluster(name) => {
                    (Key::Named(name.clone()), Evidence::Carrier(part.carrier.outermost().to_string()))
                }
                Destination::Selection(name) => {
                    (Key::Selection(name.clone()), Evidence::Carrier(part.carrier.outermost().to_string()))
                }
                Destination::Here | Destination::Unknown => {
                    (Key::Astray(index, number), Evidence::Alone(Lonely::Unknown))
                }
            };
            let key = resolve(&key, &configured);
            let draft = drafts
                .entry(key.clone())
                .or_insert_with(|| Draft { name: name_of(&key, unit), ..Draft::default() });
            draft.add(index, unit, evidence, vec![Arc::clone(&part.resource)]);
        }
    }
    join_names(&mut drafts);
    tell_apart(&mut drafts);
    let mut clusters: Vec<Cluster> = drafts
        .into_iter()
        .filter(|(key, draft)| matches!(key, Key::Configured(_)) || draft.resources().next().is_some())
        .map(|(key, draft)| {
            let members = draft.members.into_iter().map(|(_, member)| member).collect();
            let mut cluster = Cluster::of_members(draft.name, members, place);
            let own = match key {
                Key::Configured(number) => Some(&known.clusters[number]),
                _ => None,
            };
            cluster.openshift = own.and_then(|own| own.openshift).or(known.openshift);
            cluster.platform = own.and_then(|own| own.platform).or(known.platform).unwrap_or_default();
            cluster.release(own.and_then(|own| own.release_image.as_ref()).or(known.release_image.as_ref()));
            cluster
        })
        .collect();
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    clusters
}

/// A name that the configuration has, too, is that cluster.
fn resolve(key: &Key, configured: &HashMap<&str, usize>) -> Key {
    match key {
        Key::Named(name) => {
            configured.get(name.as_str()).map_or_else(|| key.clone(), |number| Key::Configured(*number))
        }
        _ => key.clone(),
    }
}

fn name_of(key: &Key, unit: &Found) -> String {
    match key {
        Key::Unit(_) if unit.unit.origin == Origin::Stream => STDIN.to_owned(),
        Key::Path(_, path) => crate::discover::file_name(path).to_owned(),
        Key::Directory(name) | Key::Named(name) | Key::Selection(name) => shown(name),
        Key::Configured(_) | Key::Unit(_) | Key::Astray(..) => shown(&unit.directory),
    }
}

fn shown(directory: &str) -> String {
    if directory.is_empty() { ".".to_owned() } else { directory.to_owned() }
}

/// A name that somebody gave, and a path that says it: one cluster, unless both define the same object.
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
        // The configuration says which files it means.
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

/// Clusters of one name that come from different paths are called by these.
fn tell_apart(drafts: &mut BTreeMap<Key, Draft>) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for draft in drafts.values() {
        *counts.entry(draft.name.clone()).or_default() += 1;
    }
    for (key, draft) in drafts.iter_mut() {
        if let Key::Path(group, path) = key
            && counts[&draft.name] > 1
        {
            draft.name = if group.is_empty() { path.clone() } else { format!("{group}/{path}") };
        }
    }
}
