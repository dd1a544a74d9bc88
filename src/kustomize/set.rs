//! The objects of a build, in the order in which they came.

use super::resource::{Behavior, Gvk, Id, Resource};
use super::selector::Target;
use super::value::{Data, Value};
use super::{Error, Result};
use crate::source::Span;

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// What kustomize tells objects apart by.
pub(super) type Identity = (Gvk, String, String);

fn identity(resource: &Resource) -> Identity {
    let id = resource.id();
    let namespace = id.effective_namespace().to_owned();
    (id.gvk, id.name, namespace)
}

/// The objects gathered so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) resources: Vec<Resource>,
    /// The objects by what they are or were called; steps that rename or drop some have it made anew.
    by_name: OnceLock<HashMap<String, Vec<usize>>>,
    /// Configurations of generators that others run, each with the directory of its kustomization.
    pub(super) carried: Vec<(Resource, String)>,
    /// What the build went on without.
    pub(super) left_out: Vec<Error>,
    /// Whether objects or changes to objects are missing.
    pub(super) is_partial: bool,
    /// The targets that select nothing.
    pub(super) unmatched: Vec<Target>,
}

impl Set {
    /// Adds objects; `at` is the entry that brought them.
    pub(super) fn append(&mut self, resources: Vec<Resource>, at: Span) -> Result<()> {
        for resource in resources {
            let new = identity(&resource);
            if self.called(&new.1).any(|known| identity(known) == new) {
                return Err(twice(&resource, at));
            }
            self.push(resource);
        }
        Ok(())
    }

    fn push(&mut self, resource: Resource) {
        if let Some(by_name) = self.by_name.get_mut() {
            note(by_name, &resource, self.resources.len());
        }
        self.resources.push(resource);
    }

    /// Forgets what the objects are called.
    pub(super) fn renamed(&mut self) {
        self.by_name = OnceLock::new();
    }

    /// The numbers of the objects that are or were called `name`, in order.
    fn numbers(&self, name: &str) -> &[usize] {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name = HashMap::new();
            for (number, resource) in self.resources.iter().enumerate() {
                note(&mut by_name, resource, number);
            }
            by_name
        });
        by_name.get(name).map_or(&[][..], Vec::as_slice)
    }

    fn called(&self, name: &str) -> impl Iterator<Item = &Resource> {
        self.numbers(name).iter().map(|number| &self.resources[*number])
    }

    /// What the objects are told apart by.
    pub(super) fn identities(&self) -> HashSet<Identity> {
        self.resources.iter().map(identity).collect()
    }

    /// Adds objects to those that are `known`.
    pub(super) fn append_to(
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

    /// Takes over what another set knows besides its objects.
    pub(super) fn take_notes(&mut self, other: Set) {
        self.carried.extend(other.carried);
        self.left_out.extend(other.left_out);
        self.is_partial |= other.is_partial;
        self.unmatched.extend(other.unmatched);
    }

    /// The same, where everything left out was reached through `entry`.
    pub(super) fn reached_by(mut self, entry: Span) -> Self {
        self.left_out = self.left_out.into_iter().map(|error| error.via(entry)).collect();
        self
    }

    /// How much there is to go over.
    pub(super) fn size(&self) -> usize {
        self.resources.len() + self.carried.len() + self.left_out.len() + self.unmatched.len()
    }

    /// Refuses two objects of one identity.
    pub(super) fn refuse_twins(&self, at: Span) -> Result<()> {
        let mut known = HashSet::new();
        match self.resources.iter().find(|resource| !known.insert(identity(resource))) {
            Some(twin) => Err(Error::at(at, format!("this makes two of {}", twin.id())).via(twin.span())),
            None => Ok(()),
        }
    }

    /// The numbers of the objects that a pattern, of which empty parts match anything, selects by any of their names.
    pub(super) fn selected(&self, pattern: &Id) -> Vec<usize> {
        let is_selected =
            |number: &usize| self.resources[*number].ids().iter().any(|id| id.is_selected_by(pattern));
        if pattern.name.is_empty() {
            return (0..self.resources.len()).filter(is_selected).collect();
        }
        self.numbers(&pattern.name).iter().copied().filter(is_selected).collect()
    }

    /// The objects that are or were called `id`.
    pub(super) fn with_any_id(&self, id: &Id) -> Vec<usize> {
        let called = |resource: &Resource| {
            resource.previous.iter().any(|known| known.is(id))
                || (resource.name() == id.name && resource.id().is(id))
        };
        let is_it = |index: &usize| {
            let resource = &self.resources[*index];
            !resource.value.is_empty() && called(resource)
        };
        self.numbers(&id.name).iter().copied().filter(is_it).collect()
    }

    /// The one object that is or was called `id`.
    pub(super) fn by_id(&self, id: &Id, at: Span) -> Result<usize> {
        match self.with_any_id(id)[..] {
            [index] => Ok(index),
            [] => Err(Error::missing(at, format!("there is no {id} to patch"))),
            _ => Err(Error::at(at, format!("several objects are or were called {id}"))),
        }
    }

    /// Drops the objects that a step has emptied.
    pub(super) fn drop_empty(&mut self) {
        let before = self.resources.len();
        self.resources.retain(|resource| !resource.value.is_empty());
        if self.resources.len() != before {
            self.renamed();
        }
    }

    /// Adds a generated object, or merges it into the one it names.
    pub(super) fn absorb(&mut self, mut new: Resource, at: Span) -> Result<()> {
        let id = new.id();
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
            _ => Err(Error::at(at, format!("several objects are or were called {id}"))),
        }
    }
}

fn twice(resource: &Resource, at: Span) -> Error {
    Error::at(at, format!("{} is in this build twice", resource.id())).via(resource.span())
}

/// Notes every name that an object has or had.
fn note(by_name: &mut HashMap<String, Vec<usize>>, resource: &Resource, number: usize) {
    let names = resource.previous.iter().map(|id| id.name.as_str()).chain([resource.name()]);
    for name in names {
        let numbers = by_name.entry(name.to_owned()).or_default();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }
}

/// Name, namespace, history, labels and annotations come from the old object; equal labels from the new one.
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

/// Puts what `below` has and the map under `key` lacks into that map.
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
