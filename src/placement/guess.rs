//! Guesses clusters from the paths of units.

use super::alternatives::are_alternatives;
use super::clusters::Key;
use super::found::Found;
use super::paths::{self, Named};
use super::reach::Reach;
use crate::model::{Evidence, Resource, StandsAlone, UnitOrigin};
use crate::read::discover::shown;
use crate::read::manifest::Form;
use std::collections::{BTreeMap, BTreeSet};

/// The suggestions for a unit; empty if other evidence decides.
pub(super) type Suggested = Vec<(Key, Evidence)>;

/// The suggestions of paths for each unit.
pub(super) fn keys(units: &[Found], reach: &Reach) -> Vec<Suggested> {
    let mut guess = Guess {
        units,
        suggested: vec![Vec::new(); units.len()],
        by_place: BTreeMap::new(),
        beside: BTreeMap::new(),
    };
    let mut by_path: BTreeMap<(&str, &str), Vec<(usize, Named<'_>)>> = BTreeMap::new();
    let mut shared: Vec<(usize, &str, &str)> = Vec::new();
    let mut rest: Vec<usize> = Vec::new();
    for (index, unit) in units.iter().enumerate().filter(|(index, _)| !reach.decides(*index)) {
        if unit.unit.form == Form::Dump {
            let whole = paths::of_dump(&unit.directory);
            guess.suggested[index]
                .push((Key::Directory(whole.to_owned()), Evidence::Dump(shown(whole).to_owned())));
            continue;
        }
        if let Some(why) = unit.alone {
            let key = match (&unit.unit.origin, why) {
                (_, StandsAlone::Generation) => Key::Directory(unit.directory.clone()),
                _ => Key::Unit(index),
            };
            guess.suggested[index].push((key, Evidence::Alone(why)));
            continue;
        }
        match Named::of(&unit.directory) {
            Some(named) if named.is_shared() => shared.push((index, named.parent, named.place)),
            Some(named) => by_path.entry((named.group, named.path)).or_default().push((index, named)),
            None => match paths::shared(&unit.directory) {
                Some((parent, place)) => shared.push((index, parent, place)),
                None => rest.push(index),
            },
        }
    }
    for (_, members) in by_path {
        guess.settle(members);
    }
    for (index, parent, place) in shared {
        if !guess.share(index, parent, place) {
            rest.push(index);
        }
    }
    guess.by_directory(rest);
    guess.suggested
}

/// The suggestions of paths for units with workloads. These units follow those of `suggested`. They only join existing
/// clusters. With `every_object`, clusters without image configuration count, too.
pub(super) fn of_workloads(
    units: &[Found],
    suggested: &[Suggested],
    reach: &Reach,
    every_object: bool,
) -> Vec<Suggested> {
    let clusters = Clusters::of(suggested);
    let workloads = units.iter().enumerate().skip(suggested.len());
    let suggest = workloads.map(|(index, unit)| {
        let alone = |why: StandsAlone| vec![(Key::Unit(index), Evidence::Alone(why))];
        if reach.decides(index) {
            return Vec::new();
        }
        if let Some(why) = unit.alone {
            return if every_object { alone(why) } else { Vec::new() };
        }
        if unit.unit.form == Form::Dump {
            return Vec::new();
        }
        let found = match Named::of(&unit.directory) {
            Some(named) if named.is_shared() => clusters.beside(named.parent, named.place),
            Some(named) => clusters.named(&named, &unit.directory),
            None => paths::shared(&unit.directory)
                .map(|(parent, place)| clusters.beside(parent, place))
                .unwrap_or_default(),
        };
        let is_file = matches!(unit.unit.origin, UnitOrigin::File(_));
        let found = if found.is_empty() && is_file { clusters.of_directory(&unit.directory) } else { found };
        if !found.is_empty() || !every_object {
            return found;
        }
        // A path may name a cluster that has no image configuration.
        match Named::of(&unit.directory) {
            Some(named) if named.is_cluster() => {
                let key = Key::Path(named.group.to_owned(), named.path.to_owned());
                vec![(key, Evidence::Path(named.place.to_owned()))]
            }
            _ if is_file => alone(StandsAlone::Unknown),
            _ => alone(StandsAlone::Root),
        }
    });
    suggest.collect()
}

/// The clusters that paths suggest.
struct Clusters<'s> {
    /// The clusters that a part of a path names, and the paths up to that part.
    by_path: BTreeMap<&'s Key, BTreeSet<&'s str>>,
    directories: BTreeSet<&'s str>,
}

impl<'s> Clusters<'s> {
    fn of(suggested: &'s [Suggested]) -> Self {
        let mut clusters = Self { by_path: BTreeMap::new(), directories: BTreeSet::new() };
        for (key, evidence) in suggested.iter().flatten() {
            match (key, evidence) {
                (Key::Path(..), Evidence::Path(place)) => {
                    clusters.by_path.entry(key).or_default().insert(place);
                }
                (Key::Directory(directory), Evidence::Directory(_)) => {
                    clusters.directories.insert(directory);
                }
                _ => {}
            }
        }
        clusters
    }

    /// The cluster that a path names, or all clusters of a region that it names.
    fn named(&self, named: &Named<'_>, directory: &str) -> Suggested {
        let of_region = |key: &Key| matches!(key, Key::Path(group, path) if group == named.group && is_below(path, named.path));
        let mut at = Some(named.clone());
        while let Some(named) = at {
            let key = Key::Path(named.group.to_owned(), named.path.to_owned());
            if self.by_path.contains_key(&key) {
                return vec![(key, Evidence::Path(named.place.to_owned()))];
            }
            at = named.deeper(directory);
        }
        if !named.rest.is_empty() {
            return Vec::new();
        }
        let shared = Evidence::Shared(named.place.to_owned());
        self.by_path.keys().filter(|key| of_region(key)).map(|key| ((*key).clone(), shared.clone())).collect()
    }

    /// Every cluster named by a path beside this one.
    fn beside(&self, parent: &str, place: &str) -> Suggested {
        let is_beside = |other: &&str| Named::of(other).is_some_and(|named| named.parent == parent);
        let found = self.by_path.iter().filter(|(_, places)| places.iter().any(is_beside));
        found.map(|(key, _)| ((*key).clone(), Evidence::Shared(place.to_owned()))).collect()
    }

    fn of_directory(&self, directory: &str) -> Suggested {
        let found = self.directories.contains(directory).then(|| self::directory(directory));
        found.into_iter().collect()
    }
}

/// The suggestion that all files of a directory form a cluster.
fn directory(path: &str) -> (Key, Evidence) {
    (Key::Directory(path.to_owned()), Evidence::Directory(shown(path).to_owned()))
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

struct Guess<'u> {
    units: &'u [Found],
    suggested: Vec<Suggested>,
    /// The cluster and the unit for each path that names a cluster.
    by_place: BTreeMap<String, Vec<(Key, usize)>>,
    /// The paths that name clusters, by their common parent directory.
    beside: BTreeMap<String, BTreeSet<String>>,
}

impl<'u> Guess<'u> {
    fn exclude_each_other(&self, members: impl Iterator<Item = usize> + Clone) -> bool {
        let resources = |index: usize| -> Vec<(usize, &'u Resource)> {
            self.units[index].here.iter().map(move |resource| (index, resource.as_ref())).collect()
        };
        are_alternatives(members.flat_map(resources).collect::<Vec<_>>().into_iter())
    }

    /// Suggests clusters for units whose paths name the same cluster. If two units define the same object, the next
    /// part of their paths separates them: `clusters/north/a` and `clusters/north/b` are then two clusters of a
    /// region.
    fn settle(&mut self, members: Vec<(usize, Named<'u>)>) {
        if !self.exclude_each_other(members.iter().map(|(index, _)| *index)) {
            for (index, named) in &members {
                let key = Key::Path(named.group.to_owned(), named.path.to_owned());
                self.suggested[*index].push((key.clone(), Evidence::Path(named.place.to_owned())));
                self.by_place.entry(named.place.to_owned()).or_default().push((key, *index));
                self.beside.entry(named.parent.to_owned()).or_default().insert(named.place.to_owned());
            }
            return;
        }
        let mut parts: BTreeMap<&str, Vec<(usize, Named<'u>)>> = BTreeMap::new();
        let mut of_all = Vec::new();
        for (index, named) in members {
            match named.deeper(&self.units[index].directory) {
                Some(deeper) if !deeper.is_shared() => {
                    parts.entry(deeper.path).or_default().push((index, deeper));
                }
                _ => of_all.push((index, named)),
            }
        }
        if parts.len() < 2 {
            let all = of_all.into_iter().chain(parts.into_values().flatten());
            self.by_directory(all.map(|(index, _)| index).collect());
            return;
        }
        let places: BTreeSet<String> =
            parts.values().flatten().map(|(_, named)| named.place.to_owned()).collect();
        for (_, members) in parts {
            self.settle(members);
        }
        for (index, named) in of_all {
            if !self.join(index, named.place, &places) {
                self.by_directory(vec![index]);
            }
        }
    }

    /// Suggests for a unit every cluster that a path beside it names. Returns whether there is any.
    fn share(&mut self, index: usize, parent: &str, place: &str) -> bool {
        let beside = self.beside.get(parent).cloned().unwrap_or_default();
        self.join(index, place, &beside)
    }

    fn join(&mut self, index: usize, place: &str, wanted: &BTreeSet<String>) -> bool {
        let mut clusters: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (key, other) in wanted.iter().filter_map(|place| self.by_place.get(place)).flatten() {
            clusters.entry(key.clone()).or_default().push(*other);
        }
        let found = !clusters.is_empty();
        for (key, members) in clusters {
            // An object of the cluster replaces the shared one.
            if !self.exclude_each_other(members.iter().copied().chain([index])) {
                self.suggested[index].push((key, Evidence::Shared(place.to_owned())));
            }
        }
        found
    }

    /// Each kustomization is a cluster of its own. Files share the cluster of their directory, unless they exclude
    /// each other.
    fn by_directory(&mut self, members: Vec<usize>) {
        let mut directories: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in members {
            let unit = &self.units[index];
            match unit.unit.origin {
                UnitOrigin::Kustomization(_)
                | UnitOrigin::Rendered(_)
                | UnitOrigin::Chart { .. }
                | UnitOrigin::Flux { .. } => {
                    self.suggested[index].push((Key::Unit(index), Evidence::Alone(StandsAlone::Root)));
                }
                UnitOrigin::Stream => self.suggested[index].push((Key::Unit(index), Evidence::Stream)),
                UnitOrigin::File(_) => directories.entry(&unit.directory).or_default().push(index),
            }
        }
        for (directory, members) in directories {
            let apart = self.exclude_each_other(members.iter().copied());
            for index in members {
                let (key, evidence) = if apart {
                    (Key::Unit(index), Evidence::Alone(StandsAlone::Alternative))
                } else {
                    self::directory(directory)
                };
                self.suggested[index].push((key, evidence));
            }
        }
    }
}
