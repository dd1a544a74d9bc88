//! Updates references to renamed objects, once, at the end of the build.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::reference_table::{self, Naming};
use crate::resource::{Gvk, Id, Resource};
use crate::value::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Fields with the name of an object of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) to: Gvk,
    pub(crate) fields: Vec<FieldSpec>,
}

/// An object with an earlier identity, which others may refer to by one of its earlier names.
struct Candidate {
    previous: Vec<Arc<Id>>,
    now: Arc<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    name: Value,
}

/// The candidates for all references.
struct Candidates {
    all: Vec<Candidate>,
    /// The numbers of the candidates by their earlier names.
    by_name: HashMap<Arc<str>, Vec<usize>>,
    /// Their earlier kinds.
    kinds: HashSet<Arc<str>>,
}

/// Updates all references; `custom` are those of `configurations:`. As in kustomize, an object that no step has
/// touched is not looked for (`api/filters/nameref/nameref.go`, `previousNameMatches`).
pub(crate) fn follow(resources: &mut [Resource], custom: &[Reference]) -> Result<()> {
    let candidates = Candidates::of(resources);
    if candidates.all.is_empty() {
        return Ok(());
    }
    let custom: Vec<Naming> = custom
        .iter()
        .flat_map(|reference| reference.fields.iter().map(|field| (field.clone(), reference.to.clone())))
        .collect();
    // Most kinds cannot refer to any candidate.
    let mut by_kind: HashMap<Arc<str>, Vec<&Naming>> = HashMap::new();
    for resource in resources {
        let (id, original) = (resource.id().clone(), resource.original_id().clone());
        let of_kind = by_kind.entry(original.gvk.kind.clone()).or_insert_with_key(|kind| {
            let all = reference_table::of(kind).iter().chain(&custom);
            all.filter(|(_, to)| candidates.are_of(to)).collect()
        });
        let mut known = of_kind.iter().copied().filter(|(field, _)| field.is_for(&original)).peekable();
        if known.peek().is_none() {
            continue;
        }
        let (prefixes, suffixes) = (resource.prefixes.clone(), resource.suffixes.clone());
        let referrer = Referrer { id, prefixes, suffixes, candidates: &candidates };
        for (field, to) in known {
            let span = resource.value.span();
            let role_kind = (field.path == "roleRef/name")
                .then(|| resource.value.at(&["roleRef", "kind"]).map_or("", Value::text).to_owned());
            if role_kind.is_some_and(|kind| *kind != *to.kind) {
                continue;
            }
            let is_due = |value: &Value| value.is_map() || candidates.by_name.contains_key(value.text());
            field.visit_if(&mut resource.value, Leaf::Word, span, &is_due, &mut |value| {
                if value.is_map() { referrer.subject(value, to) } else { referrer.name(value, to) }
            })?;
        }
    }
    Ok(())
}

impl Candidates {
    fn of(resources: &[Resource]) -> Self {
        let touched = resources.iter().filter(|resource| !resource.previous.is_empty());
        let all = touched.map(|resource| Candidate {
            previous: resource.previous.clone(),
            now: resource.id().clone(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            name: resource
                .value
                .at(&["metadata", "name"])
                .cloned()
                .unwrap_or_else(|| Value::string("", resource.value.span)),
        });
        let mut candidates = Self { all: all.collect(), by_name: HashMap::new(), kinds: HashSet::new() };
        for (number, candidate) in candidates.all.iter().enumerate() {
            for id in &candidate.previous {
                candidates.kinds.insert(id.gvk.kind.clone());
                let numbers = candidates.by_name.entry(id.name.clone()).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        candidates
    }

    /// Whether some of them were of this kind.
    fn are_of(&self, to: &Gvk) -> bool {
        to.kind.is_empty() || self.kinds.contains(&to.kind)
    }
}

struct Referrer<'c> {
    id: Arc<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    candidates: &'c Candidates,
}

impl Referrer<'_> {
    /// A field whose value is the name.
    fn name(&self, value: &mut Value, to: &Gvk) -> Result<()> {
        let namespace = self.id.effective_namespace();
        let reachable = |candidate: &Candidate| {
            self.id.gvk.is_cluster_scoped()
                || candidate.now.gvk.is_cluster_scoped()
                || candidate.now.effective_namespace() == namespace
        };
        if let Some(found) = self.find(value, to, &reachable)?
            && *found.now.name != *value.text()
        {
            value.replace_with(Value::string(found.now.name.clone(), found.name.span));
        }
        Ok(())
    }

    /// A field with a name and a namespace: the service of a webhook, or the subject of a binding of any kind.
    fn subject(&self, value: &mut Value, to: &Gvk) -> Result<()> {
        let Some(name) = value.get("name").cloned() else { return Ok(()) };
        let namespace = value.get("namespace").map(|_| {
            let id = Id { namespace: value.shared_text_of("namespace"), ..Id::default() };
            id.effective_namespace().to_owned()
        });
        let reachable = |candidate: &Candidate| {
            let mut ids = candidate.previous.iter().chain([&candidate.now]);
            namespace.as_ref().is_none_or(|due| ids.any(|id| id.effective_namespace() == due))
        };
        let Some(found) = self.find(&name, to, &reachable)? else { return Ok(()) };
        if *found.now.name == *name.text() && found.now.namespace.is_empty() {
            return Ok(());
        }
        value.set("name", name.span, Value::string(found.now.name.clone(), found.name.span));
        if !found.now.namespace.is_empty() {
            let span = value.get("namespace").map_or(found.name.span, |namespace| namespace.span);
            value.set("namespace", span, Value::string(found.now.namespace.clone(), span));
        }
        Ok(())
    }

    fn find(
        &self,
        name: &Value,
        to: &Gvk,
        reachable: &dyn Fn(&Candidate) -> bool,
    ) -> Result<Option<&Candidate>> {
        let called = |candidate: &&Candidate| {
            candidate.previous.iter().any(|id| *id.name == *name.text() && id.gvk.is_selected_by(to))
                && reachable(candidate)
        };
        let numbers = self.candidates.by_name.get(name.text()).into_iter().flatten();
        let mut found: Vec<&Candidate> =
            numbers.map(|number| &self.candidates.all[*number]).filter(called).collect();
        let same_way = |candidate: &&Candidate| {
            candidate.prefixes == self.prefixes && candidate.suffixes == self.suffixes
        };
        if found.len() > 1 && found.iter().any(same_way) {
            found.retain(same_way);
        }
        match found[..] {
            [] => Ok(None),
            [first, ..] if found.iter().all(|other| other.now.name == first.now.name) => Ok(Some(first)),
            _ => Err(Error::at(
                name.span,
                format!("`{}` may be several {}s of this build", name.text(), to.kind),
            )),
        }
    }
}
