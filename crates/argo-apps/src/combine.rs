//! Generators of generators. Sources: `Generators-Matrix.md`, `Generators-Merge.md`,
//! `applicationset/generators/{matrix,merge}.go`.

use crate::budget::MAX_APPLICATIONS;
use crate::clusters;
use crate::generators::{Generators, named};
use crate::params::{Params, Value};
use crate::template::Language;
use crate::text::Bound;
use spanned_yaml::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The limit of depth for merged maps.
const MAX_DEPTH: usize = 64;

impl Generators<'_> {
    /// All combinations of the parameters of two generators; the second may use the parameters of the first.
    pub(crate) fn matrix(&self, node: Node<'_>, outer: Option<&Params>, depth: usize) -> Option<Vec<Params>> {
        let children: Vec<Node<'_>> = node.get("generators").into_iter().flat_map(Node::items).collect();
        let [first, second] = children.as_slice() else {
            self.budget.note(
                node.span(),
                "a matrix needs two generators; Argo CD generates nothing from this one".to_owned(),
            );
            return None;
        };
        let before = self.child(*first, outer, depth)?;
        let mut made = Vec::new();
        // A second generator without templates gives the same parameters each time.
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

    /// The parameters of the first generator, extended by those of the later ones with equal keys.
    pub(crate) fn merge(&self, node: Node<'_>, outer: Option<&Params>, depth: usize) -> Option<Vec<Params>> {
        let children: Vec<Node<'_>> = node.get("generators").into_iter().flat_map(Node::items).collect();
        let keys: Vec<&str> =
            node.get("mergeKeys").into_iter().flat_map(Node::items).map(Node::text).collect();
        let ([first, later @ ..], false) = (children.as_slice(), keys.is_empty()) else {
            self.budget.note(
                node.span(),
                "a merge needs `generators` and `mergeKeys`; Argo CD generates nothing from this one"
                    .to_owned(),
            );
            return None;
        };
        let mut base: Vec<Merged> =
            self.child(*first, outer, depth)?.into_iter().map(Merged::whole).collect();
        for child in later {
            let mut overrides: BTreeMap<Vec<Option<Value>>, Params> = BTreeMap::new();
            for own in self.child(*child, outer, depth)? {
                if overrides.insert(key_of(&own, &keys), own).is_some() {
                    let message = "two sets of parameters have the same merge keys; Argo CD generates nothing from this";
                    self.budget.note(child.span(), message.to_owned());
                    return None;
                }
            }
            let open = overrides.iter().filter(|(key, _)| is_open(key)).map(|(_, own)| own.clone());
            let open: Vec<Params> = open.collect();
            let mut merged = Vec::new();
            for one in base {
                let key = key_of(&one.params, &keys);
                if is_open(&key) {
                    self.merge_into_clusters(one, (&key, &keys), &overrides, &mut merged)?;
                } else if let Some(own) = overrides.get(&key) {
                    merged.push(Merged { params: self.overridden(&one.params, own)?, ..one });
                } else {
                    // A known name selects the cluster of Argo CD with that name.
                    let own = open.iter().find_map(|own| Some((own, bound_to(own, &keys, &key)?)));
                    let params = match own {
                        Some((own, bound)) => {
                            self.overridden(&one.params, &Params { bound, ..own.clone() })?
                        }
                        None => one.params,
                    };
                    merged.push(Merged { params, ..one });
                }
            }
            if merged.len() > MAX_APPLICATIONS {
                self.budget.too_much();
                return None;
            }
            base = merged;
        }
        let mut made = Vec::new();
        base.into_iter().try_for_each(|merged| self.push(merged.params, &mut made))?;
        Some(made)
    }

    /// Merges a later generator into clusters of Argo CD: a set that names a cluster is that cluster, a selection is a
    /// part of the clusters, and the others stay as they are.
    fn merge_into_clusters(
        &self,
        clusters: Merged,
        (key, keys): (&[Option<Value>], &[&str]),
        overrides: &BTreeMap<Vec<Option<Value>>, Params>,
        merged: &mut Vec<Merged>,
    ) -> Option<()> {
        self.budget.spend(20 * overrides.len())?;
        let Merged { mut params, is_part } = clusters;
        let mut named = BTreeSet::new();
        // It is not known which clusters an unknown part has, so none of them has a name.
        for (other, own) in overrides.iter().filter(|_| !is_part) {
            if other == key {
                let both = self.overridden(&params, own)?;
                if own.clusters == params.clusters {
                    params = both;
                } else {
                    merged.push(Merged { params: both, is_part: true });
                }
            } else if let Some(bound) = bound_to(&params, keys, other)
                && params.accept(&bound)
            {
                let mut one = self.overridden(&params, own)?;
                one.bound.extend(bound.clone());
                named.insert(bound);
                merged.push(Merged::whole(one));
            }
        }
        if !named.is_empty() {
            let mut rest = params.clusters.as_deref().cloned().unwrap_or_default();
            rest.without.append(&mut named);
            params.clusters = Some(Arc::new(rest));
        }
        merged.push(Merged { params, is_part });
        Some(())
    }

    /// Whether `node` contains a template.
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
                "exactly one generator is needed here; Argo CD generates nothing from this".to_owned(),
            );
            return None;
        };
        self.generate(entry, (name, *node), outer, depth + 1)
    }

    /// Adds both sets of a matrix as one, unless no cluster can have both.
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
                let message = format!(
                    "both generators set `{key}` to different values; Argo CD generates nothing from this"
                );
                self.budget.note(matrix.span(), message);
                return None;
            };
            both.insert(key.clone(), value);
        }
        both.clusters = clusters::both(before.clusters.as_ref(), own.clusters.as_ref());
        match bound_by_both(&before.bound, &own.bound) {
            Some(bound) if both.accept(&bound) => self.push(Params { bound, ..both }, made),
            _ => Some(()),
        }
    }

    /// `there` with the values that only `other` has; an empty value counts as missing.
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

    /// `params`, overridden by `own`.
    fn overridden(&self, params: &Params, own: &Params) -> Option<Params> {
        self.budget.spend(params.weight() + own.weight())?;
        let mut made = params.clone();
        for (key, value) in &own.values {
            // An open value there belongs to the same cluster, and may be known here.
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

/// One set of parameters of a merge.
struct Merged {
    params: Params,
    /// Whether it is an unknown part of the clusters of the first generator.
    is_part: bool,
}

impl Merged {
    fn whole(params: Params) -> Self {
        Self { params, is_part: false }
    }
}

fn key_of(params: &Params, keys: &[&str]) -> Vec<Option<Value>> {
    keys.iter().map(|key| params.dotted(key).map(|value| value.bind(&params.bound))).collect()
}

fn is_open(key: &[Option<Value>]) -> bool {
    key.iter().flatten().any(Value::is_open)
}

/// The requirements for the clusters of `params` so that their merge keys are `wanted`; `None` if that is impossible,
/// or if the cluster is not decided.
fn bound_to(params: &Params, keys: &[&str], wanted: &[Option<Value>]) -> Option<Bound> {
    let mut bound = Bound::new();
    for (own, wanted) in key_of(params, keys).into_iter().zip(wanted) {
        let (Some(own), Some(wanted)) = (own, wanted) else {
            // Two absent keys are equal.
            return None;
        };
        if own == *wanted {
            continue;
        }
        let (own, wanted) = (own.print().ok()?, wanted.print().ok()?);
        let (part, text) = own.only_open_part(wanted.as_str()?)?;
        if bound.insert(part, text.clone()).is_some_and(|before| before != text) {
            return None;
        }
    }
    (!bound.is_empty()).then_some(bound)
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
