//! Finds unused old copies: files beside an Application that define an object which the Application applies.

use super::alternatives::Defined;
use super::clusters::Key;
use super::found::Found;
use super::guess::Suggested;
use crate::model::{Evidence, StandsAlone};
use std::collections::BTreeMap;

/// Separates a unit from its cluster if only its directory suggests that cluster, and an applied unit of the cluster
/// defines the same object.
pub(super) fn set_apart(units: &[Found], homes: &mut [Suggested]) {
    let mut applied: BTreeMap<Key, Defined<'_>> = BTreeMap::new();
    for (unit, homes) in units.iter().zip(homes.iter()) {
        for (key, evidence) in homes {
            if matches!(key, Key::Directory(_)) && evidence.is_applied() {
                let defined = applied.entry(key.clone()).or_default();
                unit.here.iter().for_each(|resource| defined.add(resource));
            }
        }
    }
    if applied.is_empty() {
        return;
    }
    for (index, (unit, homes)) in units.iter().zip(homes).enumerate() {
        for home in homes.iter_mut().filter(|(_, evidence)| matches!(evidence, Evidence::Directory(_))) {
            let defined = applied.get(&home.0);
            if defined.is_some_and(|defined| unit.here.iter().any(|resource| defined.excludes(resource))) {
                *home = (Key::Unit(index), Evidence::Alone(StandsAlone::Replaced));
            }
        }
    }
}
