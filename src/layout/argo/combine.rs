//! Generators of generators. Sources: `Generators-Matrix.md`, `Generators-Merge.md`,
//! `applicationset/generators/{matrix,merge}.go`.

use super::clusters;
use super::generators::{Generators, named};
use super::params::{Params, Value};
use super::template::Language;
use super::text::Bound;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep maps are put together.
const MAX_DEPTH: usize = 64;

impl Generators<'_> {
    /// Every combination of what two generators make; the second may use the parameters of the first.
    pub(super) fn matrix(&self, node: Node<'_>, outer: Option<&Params>, depth: usize) -> Option<Vec<Params>> {
        let children: Vec<Node<'_>> = node.get("generators").into_iter().flat_map(Node::items).collect();
        let [first, second] = children.as_slice() else {
            self.budget.note(
                node.span(),
                "a matrix has two generators; Argo CD makes nothing of this one".to_owned(),
            );
            return None;
        };
        let before = self.child(*first, outer, depth)?;
        let mut made = Vec::new();
        // A second generator without templates makes the same each time.
        let same = if self.is_template(*second)? { None } else { Some(self.child(*second, outer, depth)?) };
        for params in &before {
            let after = match &same {
                Some(same) => same.clone(),
                None => self.child(*second, Some(&with_outer(params, outer)), depth)?,
            };
            self.budget.spend(after.iter().map(Params::weight).sum())?;
            for own in &after {
                self.combine(params, own, node, &mut made)?;
            }
        }
        Some(made)
    }

    /// What the later generators add to those of the first, where the keys are equal.
    pub(super) fn merge(&self, node: Node<'_>, outer: Option<&Params>, depth: usize) -> Option<Vec<Params>> {
        let children: Vec<Node<'_>> = node.get("generators").into_iter().flat_map(Node::items).collect();
        let keys: Vec<&str> =
            node.get("mergeKeys").into_iter().flat_map(Node::items).map(Node::text).collect();
        let ([first, later @ ..], false) = (children.as_slice(), keys.is_empty()) else {
            self.budget.note(
                node.span(),
                "a merge has generators and keys; Argo CD makes nothing of this one".to_owned(),
            );
            return None;
        };
        let mut base = self.child(*first, outer, depth)?;
        for child in later {
            let mut overrides: BTreeMap<Vec<Option<Value>>, Params> = BTreeMap::new();
            for own in self.child(*child, outer, depth)? {
                if overrides.insert(key_of(&own, &keys), own).is_some() {
                    let message =
                        "two sets of parameters have the same merge keys; Argo CD makes nothing of this";
                    self.budget.note(child.span(), message.to_owned());
                    return None;
                }
            }
            let mut merged = Vec::new();
            for params in base {
                let key = key_of(&params, &keys);
                if key.iter().flatten().any(Value::is_open) {
                    // Clusters of Argo CD: some of them may be those that the later generator names.
                    self.budget.spend(20 * overrides.len())?;
                    for (other, own) in &overrides {
                        if !other.iter().flatten().any(Value::is_open) && other.iter().all(Option::is_some) {
                            self.push(self.overridden(&params, own)?, &mut merged)?;
                        }
                    }
                    self.push(params, &mut merged)?;
                    continue;
                }
                let own = overrides.get(&key);
                let params = if let Some(own) = own { self.overridden(&params, own)? } else { params };
                self.push(params, &mut merged)?;
            }
            base = merged;
        }
        Some(base)
    }

    /// Whether a template stands anywhere in `node`.
    fn is_template(&self, node: Node<'_>) -> Option<bool> {
        self.budget.spend(1 + node.text().len() / 100)?;
        let mut inner = node.items().chain(node.entries().into_iter().map(|entry| entry.value));
        Some(
            node.text().contains("{{")
                || inner.try_fold(false, |any, node| Some(any || self.is_template(node)?))?,
        )
    }

    fn child(&self, entry: Node<'_>, outer: Option<&Params>, depth: usize) -> Option<Vec<Params>> {
        let named = named(entry);
        let [(name, node)] = named.as_slice() else {
            self.budget.note(
                entry.span(),
                "one generator has to stand here; Argo CD makes nothing of this".to_owned(),
            );
            return None;
        };
        self.generate(entry, (name, *node), outer, depth + 1)
    }

    /// Adds both sets of a matrix as one, unless they cannot be true of one cluster.
    fn combine(&self, before: &Params, own: &Params, matrix: Node<'_>, made: &mut Vec<Params>) -> Option<()> {
        let mut both = before.clone();
        for (key, value) in &own.values {
            let Some(there) = both.values.get(key) else {
                both.insert(key.clone(), value.clone());
                continue;
            };
            let value = if there == value || (value.is_open() && !there.is_open()) {
                continue;
            } else if there.is_open() {
                value.clone()
            } else if self.language == Language::Go {
                self.filled(there, value, 0)?
            } else {
                let message =
                    format!("both generators set `{key}`, and differently; Argo CD makes nothing of this");
                self.budget.note(matrix.span(), message);
                return None;
            };
            both.insert(key.clone(), value);
        }
        both.clusters = clusters::both(before.clusters.as_ref(), own.clusters.as_ref());
        match bound_by_both(&before.bound, &own.bound) {
            Some(bound) if both.clusters.as_ref().is_none_or(|all| all.accept(&bound)) => {
                self.push(Params { bound, ..both }, made)
            }
            _ => Some(()),
        }
    }

    /// `there` with what only `other` has; what is empty counts as missing.
    fn filled(&self, there: &Value, other: &Value, depth: usize) -> Option<Value> {
        match (there, other) {
            (Value::Map(mine), Value::Map(others)) if depth < MAX_DEPTH => {
                self.budget.spend(20 * (mine.len() + others.len()))?;
                let mut filled = BTreeMap::clone(mine);
                for (key, other) in others.iter() {
                    let value = match mine.get(key) {
                        Some(value) => self.filled(value, other, depth + 1)?,
                        None => other.clone(),
                    };
                    filled.insert(key.clone(), value);
                }
                Some(Value::Map(Arc::new(filled)))
            }
            _ => Some(if there.is_empty() { other.clone() } else { there.clone() }),
        }
    }

    /// `params` with what `own` has in their stead.
    fn overridden(&self, params: &Params, own: &Params) -> Option<Params> {
        self.budget.spend(params.weight() + own.weight())?;
        let mut made = params.clone();
        for (key, value) in &own.values {
            // What is open there is the same cluster's, and may be known here.
            if value.is_open() && made.values.contains_key(key) {
                continue;
            }
            let value = match made.values.get(key) {
                Some(there) if self.language == Language::Go => self.filled(value, there, 0)?,
                _ => value.clone(),
            };
            made.insert(key.clone(), value);
        }
        made.clusters = clusters::both(params.clusters.as_ref(), own.clusters.as_ref());
        made.bound.extend(own.bound.iter().map(|(key, value)| (key.clone(), value.clone())));
        Some(made)
    }
}

fn key_of(params: &Params, keys: &[&str]) -> Vec<Option<Value>> {
    keys.iter().map(|key| params.dotted(key)).collect()
}

fn bound_by_both(a: &Bound, b: &Bound) -> Option<Bound> {
    let mut both = a.clone();
    for (key, value) in b {
        if both.insert(key.clone(), value.clone()).is_some_and(|before| before != *value) {
            return None;
        }
    }
    Some(both)
}

/// A matrix in a matrix sees the parameters of both.
fn with_outer(params: &Params, outer: Option<&Params>) -> Params {
    let mut all = params.clone();
    if let Some(outer) = outer {
        for (key, value) in &outer.values {
            all.values.entry(key.clone()).or_insert_with(|| value.clone());
        }
        all.clusters = clusters::both(params.clusters.as_ref(), outer.clusters.as_ref());
        all.bound.extend(outer.bound.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    all
}
