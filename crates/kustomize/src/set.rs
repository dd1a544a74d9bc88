//! The objects of a build, in the order in which they came.

use crate::chart::BuiltChart;
use crate::error::{Error, Result};
use crate::resource::{Behavior, Id, Resource};
use crate::selector::Target;
use crate::value::{Data, Value};
use spanned_yaml::Span;

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// The identity of an object in kustomize: two objects with equal ones are the same object.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Arc<Id>);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0)
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.0.gvk, &self.0.name, self.0.effective_namespace()).hash(state);
    }
}

fn identity(resource: &Resource) -> Identity {
    Identity(resource.id().clone())
}

/// The objects that were gathered so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) resources: Vec<Resource>,
    /// An index of the objects; computed when it is needed, and again after steps that change all objects.
    index: OnceLock<Index>,
    /// The objects with a new identity that was not yet compared with the others.
    changed: Vec<usize>,
    /// Whether a patch has emptied an object that is still in the set.
    has_empty: bool,
    /// Configurations of external generators, each with the directory of its kustomization.
    pub(crate) carried: Vec<(Resource, String)>,
    /// The charts that were rendered.
    pub(crate) charts: Vec<BuiltChart>,
    /// Parts that the build skipped.
    pub(crate) left_out: Vec<Error>,
    /// Whether objects or changes to objects are missing.
    pub(crate) is_partial: bool,
    /// The targets that select nothing.
    pub(crate) unmatched: Vec<Target>,
}

/// The objects by their current and earlier names and kinds.
#[derive(Clone, Debug, Default)]
struct Index {
    by_name: HashMap<Arc<str>, Vec<usize>>,
    by_kind: HashMap<Arc<str>, Vec<usize>>,
}

impl Index {
    fn of(resources: &[Resource]) -> Self {
        let mut index = Self::default();
        for (number, resource) in resources.iter().enumerate() {
            index.note(resource, number);
        }
        index
    }

    fn note(&mut self, resource: &Resource, number: usize) {
        for id in resource.ids() {
            for (index, key) in [(&mut self.by_name, &id.name), (&mut self.by_kind, &id.gvk.kind)] {
                let numbers = index.entry(key.clone()).or_default();
                // Nearly always, the number is higher than those before it.
                if let Err(at) = numbers.binary_search(&number) {
                    numbers.insert(at, number);
                }
            }
        }
    }
}

impl Set {
    /// Adds objects; `at` is the entry from which they come.
    pub(crate) fn append(&mut self, resources: Vec<Resource>, at: Span) -> Result<()> {
        for resource in resources {
            if self.called(&resource.id().name).any(|(_, known)| known.id().is(resource.id())) {
                return Err(twice(&resource, at));
            }
            self.push(resource);
        }
        Ok(())
    }

    fn push(&mut self, resource: Resource) {
        if let Some(index) = self.index.get_mut() {
            index.note(&resource, self.resources.len());
        }
        self.resources.push(resource);
    }

    /// Invalidates the index of names.
    pub(crate) fn renamed(&mut self) {
        self.index = OnceLock::new();
    }

    /// Changes one object, and updates the index.
    pub(crate) fn change<T>(&mut self, number: usize, change: impl FnOnce(&mut Resource) -> T) -> T {
        let resource = &mut self.resources[number];
        let before = identity(resource);
        let changed = change(resource);
        if resource.value.is_empty() {
            self.has_empty = true;
        } else if identity(resource) != before {
            if let Some(index) = self.index.get_mut() {
                index.note(resource, number);
            }
            self.changed.push(number);
        }
        changed
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.resources))
    }

    /// The numbers of the objects that may have this name, or else this kind, in order.
    pub(crate) fn candidates(&self, name: Option<&str>, kind: Option<&str>) -> Vec<usize> {
        let found = match (name, kind) {
            (Some(name), _) => self.index().by_name.get(name),
            (None, Some(kind)) => self.index().by_kind.get(kind),
            (None, None) => return (0..self.resources.len()).collect(),
        };
        found.into_iter().flatten().copied().collect()
    }

    /// The objects whose current or earlier name is `name`.
    fn called(&self, name: &str) -> impl Iterator<Item = (usize, &Resource)> {
        let numbers = self.index().by_name.get(name);
        numbers.into_iter().flatten().map(|number| (*number, &self.resources[*number]))
    }

    /// The identities of all objects.
    pub(crate) fn identities(&self) -> HashSet<Identity> {
        self.resources.iter().map(identity).collect()
    }

    /// Adds objects to those with `known` identities.
    pub(crate) fn append_to(
        &mut self,
        known: &mut HashSet<Identity>,
        resources: Vec<Resource>,
        at: Span,
    ) -> Result<()> {
        for resource in resources {
            if !known.insert(identity(&resource)) {
                return Err(twice(&resource, at));
            }
            self.push(resource);
        }
        Ok(())
    }

    /// Adds the notes of another set, without its objects.
    pub(crate) fn take_notes(&mut self, other: Set) {
        self.carried.extend(other.carried);
        self.charts.extend(other.charts);
        self.left_out.extend(other.left_out);
        self.is_partial |= other.is_partial;
        self.unmatched.extend(other.unmatched);
    }

    /// The same set; every skipped part was reached through `entry`.
    pub(crate) fn reached_by(mut self, entry: Span) -> Self {
        self.left_out = self.left_out.into_iter().map(|error| error.via(entry)).collect();
        self
    }

    /// A measure of the work for a step over all objects.
    pub(crate) fn size(&self) -> usize {
        self.resources.len()
            + self.carried.len()
            + self.charts.len()
            + self.left_out.len()
            + self.unmatched.len()
    }

    /// Refuses two objects with one identity.
    pub(crate) fn refuse_twins(&mut self, at: Span) -> Result<()> {
        self.changed.clear();
        let mut known = HashSet::with_capacity(self.resources.len());
        match self.resources.iter().find(|resource| !known.insert(identity(resource))) {
            Some(twin) => Err(twin_error(twin, at)),
            None => Ok(()),
        }
    }

    /// The same, if all other objects were already compared.
    pub(crate) fn refuse_new_twins(&mut self, at: Span) -> Result<()> {
        for number in std::mem::take(&mut self.changed) {
            let resource = &self.resources[number];
            let own = resource.id();
            let mut others = self.called(&own.name).filter(|(_, other)| !other.value.is_empty());
            if !resource.value.is_empty()
                && others.any(|(other, resource)| other != number && resource.id().is(own))
            {
                return Err(twin_error(resource, at));
            }
        }
        Ok(())
    }

    /// The numbers of the objects that a pattern selects by any of their names; its empty parts match anything.
    pub(crate) fn selected(&self, pattern: &Id) -> Vec<usize> {
        let name = Some(&*pattern.name).filter(|name| !name.is_empty());
        let kind = Some(&*pattern.gvk.kind).filter(|kind| !kind.is_empty());
        let mut numbers = self.candidates(name, kind);
        numbers.retain(|number| self.resources[*number].ids().any(|id| id.is_selected_by(pattern)));
        numbers
    }

    /// The objects whose current or earlier identity is `id`.
    pub(crate) fn with_any_id(&self, id: &Id) -> Vec<usize> {
        let is_it = |resource: &Resource| {
            !resource.value.is_empty()
                && (resource.previous.iter().any(|known| known.is(id)) || resource.id().is(id))
        };
        let found = self.called(&id.name).filter(|(_, resource)| is_it(resource));
        found.map(|(number, _)| number).collect()
    }

    /// The only object whose current or earlier identity is `id`.
    pub(crate) fn by_id(&self, id: &Id, at: Span) -> Result<usize> {
        match self.with_any_id(id)[..] {
            [index] => Ok(index),
            [] => Err(Error::missing(at, format!("there is no {id} to patch"))),
            _ => Err(Error::at(at, format!("several objects have or had the identity {id}"))),
        }
    }

    /// Drops the objects that patches have emptied.
    pub(crate) fn drop_empty(&mut self) {
        if !std::mem::take(&mut self.has_empty) {
            return;
        }
        let mut left = 0;
        let places: Vec<usize> = self
            .resources
            .iter()
            .map(|resource| {
                left += usize::from(!resource.value.is_empty());
                left
            })
            .collect();
        self.changed.retain(|number| !self.resources[*number].value.is_empty());
        self.changed.iter_mut().for_each(|number| *number = places[*number] - 1);
        self.resources.retain(|resource| !resource.value.is_empty());
        self.renamed();
    }

    /// Adds a generated object, or merges it into the object with its name.
    pub(crate) fn absorb(&mut self, mut new: Resource, at: Span) -> Result<()> {
        let id = new.id().clone();
        match (&self.with_any_id(&id)[..], new.behavior) {
            ([], Behavior::Create) => self.append(vec![new], at),
            ([], _) => Err(Error::missing(at, format!("there is no {id} to merge into or to replace"))),
            ([_], Behavior::Create) => {
                Err(Error::at(at, format!("{id} is there already; `behavior` must be `merge` or `replace`")))
            }
            (&[index], behavior) => {
                let old = &self.resources[index];
                inherit(&mut new, old);
                if behavior == Behavior::Merge {
                    for key in ["data", "binaryData"] {
                        merge_data(&mut new.value, &old.value, key);
                    }
                }
                self.resources[index] = new;
                Ok(())
            }
            _ => Err(Error::at(at, format!("several objects have or had the identity {id}"))),
        }
    }
}

fn twin_error(twin: &Resource, at: Span) -> Error {
    Error::at(at, format!("this makes two of {}", twin.id())).via(twin.span())
}

fn twice(resource: &Resource, at: Span) -> Error {
    Error::at(at, format!("{} is in this build twice", resource.id())).via(resource.span())
}

/// The name, the namespace, the history, the labels and the annotations come from the old object, but equal labels from the
/// new one.
fn inherit(new: &mut Resource, old: &Resource) {
    let name = old.value.at(&["metadata", "name"]).cloned();
    let namespace = old.value.at(&["metadata", "namespace"]).cloned();
    let span = new.value.span;
    let Some(metadata) = new.value.get_or_insert("metadata", span) else { return };
    if let Some(name) = name {
        metadata.put("name", name.span, name);
    }
    match namespace {
        Some(namespace) => metadata.put("namespace", namespace.span, namespace),
        None => {
            metadata.remove("namespace");
        }
    }
    for key in ["labels", "annotations"] {
        let Some(pairs) = old.value.at(&["metadata", key]) else { continue };
        if !pairs.members().is_empty() {
            overlay(metadata, pairs, key);
        }
    }
    new.previous.clone_from(&old.previous);
    new.prefixes.clone_from(&old.prefixes);
    new.suffixes.clone_from(&old.suffixes);
    new.needs_hash = old.needs_hash && new.needs_hash;
    new.behavior = old.behavior;
    new.vars.clone_from(&old.vars);
    new.history.path.clone_from(&old.history.path);
}

fn merge_data(new: &mut Value, old: &Value, key: &str) {
    if let Some(data) = old.get(key)
        && !data.members().is_empty()
    {
        overlay(new, data, key);
    }
}

/// Adds the entries of `below` that the map under `key` lacks.
fn overlay(into: &mut Value, below: &Value, key: &str) {
    let Some(map) = into.get_or_insert(key, below.span) else { return };
    let mut merged = below.clone();
    for member in map.members() {
        merged.set(&member.key, member.key_span, member.value.clone());
    }
    map.data = match merged.data {
        Data::Map(members) => Data::Map(members),
        _ => return,
    };
}
