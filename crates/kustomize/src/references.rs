//! Updates references to renamed objects, once, at the end of the build.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::reference_table::{self, Naming};
use crate::resource::{Gvk, Id, Resource};
use crate::value::Value;
use std::collections::HashMap;

/// Fields with the name of an object of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) to: Gvk,
    pub(crate) fields: Vec<FieldSpec>,
}

/// The known facts about an object that others may refer to.
struct Candidate {
    ids: Vec<Id>,
    now: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    name: Value,
}

/// Updates all references; `custom` are those of `configurations:`.
pub(crate) fn follow(resources: &mut [Resource], custom: &[Reference]) -> Result<()> {
    if resources.iter().all(|resource| resource.previous.is_empty()) {
        return Ok(());
    }
    let candidates: Vec<Candidate> = resources
        .iter()
        .map(|resource| Candidate {
            ids: resource.ids(),
            now: resource.id(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            name: resource
                .value
                .at(&["metadata", "name"])
                .cloned()
                .unwrap_or_else(|| Value::string("", resource.value.span)),
        })
        .collect();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, candidate) in candidates.iter().enumerate() {
        for id in &candidate.ids {
            let numbers = by_name.entry(id.name.clone()).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }
    let custom: Vec<Naming> = custom
        .iter()
        .flat_map(|reference| reference.fields.iter().map(|field| (field.clone(), reference.to.clone())))
        .collect();
    for resource in resources {
        let referrer = Referrer {
            id: resource.id(),
            original: resource.original_id(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            candidates: &candidates,
            by_name: &by_name,
        };
        let builtin = reference_table::of(&referrer.original.gvk.kind);
        let known = builtin.iter().chain(&custom);
        for (field, to) in known.filter(|(field, _)| field.is_for(&referrer.original)) {
            let span = resource.value.span;
            let role_kind = (field.path == "roleRef/name")
                .then(|| resource.value.at(&["roleRef", "kind"]).map_or("", Value::text).to_owned());
            if role_kind.is_some_and(|kind| kind != to.kind) {
                continue;
            }
            field.visit(&mut resource.value, Leaf::Word, span, &mut |value| {
                if value.is_map() { referrer.subject(value, to) } else { referrer.name(value, to) }
            })?;
        }
    }
    Ok(())
}

struct Referrer<'c> {
    id: Id,
    original: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    candidates: &'c [Candidate],
    /// The numbers of the candidates by all their names, old and new.
    by_name: &'c HashMap<String, Vec<usize>>,
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
            && found.now.name != value.text()
        {
            value.replace_with(Value::string(found.now.name.as_str(), found.name.span));
        }
        Ok(())
    }

    /// A field with a name and a namespace: the service of a webhook, or the subject of a binding of any kind.
    fn subject(&self, value: &mut Value, to: &Gvk) -> Result<()> {
        let Some(name) = value.get("name").cloned() else { return Ok(()) };
        let namespace = value.get("namespace").map(|namespace| {
            Id { namespace: namespace.text().to_owned(), ..Id::default() }.effective_namespace().to_owned()
        });
        let reachable = |candidate: &Candidate| {
            namespace
                .as_ref()
                .is_none_or(|due| candidate.ids.iter().any(|id| id.effective_namespace() == due))
        };
        let Some(found) = self.find(&name, to, &reachable)? else { return Ok(()) };
        value.set("name", name.span, Value::string(found.now.name.as_str(), found.name.span));
        if !found.now.namespace.is_empty() {
            let span = value.get("namespace").map_or(found.name.span, |namespace| namespace.span);
            value.set("namespace", span, Value::string(found.now.namespace.as_str(), span));
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
            candidate.ids.iter().any(|id| id.name == name.text() && id.gvk.is_selected_by(to))
                && reachable(candidate)
        };
        let numbers = self.by_name.get(name.text()).into_iter().flatten();
        let mut found: Vec<&Candidate> =
            numbers.map(|number| &self.candidates[*number]).filter(called).collect();
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
