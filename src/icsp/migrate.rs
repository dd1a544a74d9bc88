//! Converts whole files from `ImageContentSourcePolicy` to `ImageDigestMirrorSet`, and proves that the nodes see no
//! difference.
//!
//! A file may contain what `oc adm migrate icsp` accepts (openshift/oc `pkg/cli/admin/migrate/icsp/icsp.go`), and in
//! addition lists and documents with only comments. The fix of `deprecated-icsp` edits the text in place. Fields that the
//! old kind lacks are removed first, since `oc` loses them when it reads the old kind.

use super::edits;
use crate::finding::{self, Edit, Fix};
use crate::kustomize::Tree;
use crate::model::scope::repair::{Repair, advice, message};
use crate::model::scope::{Flaw, check_mirror, check_source};
use crate::model::{Cluster, Resource, Standing};
use crate::node::{self, Files, Stop};
use crate::read::carrier;
use crate::read::crd::schema::{Problem, What};
use crate::read::crd::{CarrierKind, Kind, MirrorEntry, MirrorKind, MirrorSet, Recognised, Typed};
use crate::read::manifest::{Form, Manifest};
use crate::source::{FileId, Position, Source};
use crate::yaml::{self, Kind as Shape};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A name before and after its correction.
pub type Repaired = (String, String);

/// A removed field, with its place.
pub type Dropped = (String, Position);

/// The result for a file.
#[derive(Debug)]
pub struct Migrated {
    /// The name of its first object.
    pub name: String,
    /// The new text.
    pub text: String,
    /// Names that the API server would refuse, with their corrections.
    pub repaired: Vec<Repaired>,
    /// Fields that the new kind does not have, with their places. The API server drops them from the old kind, too.
    pub dropped: Vec<Dropped>,
    /// The effect on the nodes.
    pub proof: Proof,
}

/// The effect on the nodes of a cluster when the new objects replace the old ones.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    /// None: every file is the same.
    Same,
    /// None: the operator stops at the old objects and at the new ones, with this message.
    StopsAsBefore(String),
    /// Some files differ: the path, the old text and the new text of each, with the reason.
    Differs(Vec<(String, String, String)>, &'static str),
}

/// A reason for a difference: if a list has a mirror twice, the operator sees a contradiction in the order.
const TWICE: &str =
    "a mirror that is twice in a list breaks the order of the list; the new kind accepts each mirror once";
/// A reason for a difference: the operator stopped at a malformed name.
const REPAIRED: &str = "the operator stopped at a name that is now correct";
const UNKNOWN: &str = "this is a fault of pullwarden; please report it";

/// The new text for a file of `ImageContentSourcePolicy` objects, or the error in the file.
pub fn icsp(text: &str) -> Result<Migrated, String> {
    let before = read(text)?;
    let Some(first) = before.first() else { return Err("no data found".into()) };
    let name = first.name().to_owned();
    for resource in &before {
        check(resource)?;
    }
    let dropped = dropped(text, &before);
    let mut now = text.to_owned();
    // First remove fields that the old kind lacks, then correct what the new kind refuses, then change the kind: at most
    // three steps.
    for _ in 0..4 {
        let edits = edits(&read(&now)?)?;
        if edits.is_empty() {
            break;
        }
        now = finding::apply_edits(&now, &edits);
    }
    let after = read(&now)?;
    let unlike = |(old, new): (&Resource, &Resource)| !edits::is_of(old, new);
    if before.len() != after.len() || before.iter().zip(&after).any(unlike) {
        return Err(format!("the result would mean something else: {UNKNOWN}"));
    }
    let (edits, repaired) = repairs(&after)?;
    let now = finding::apply_edits(&now, &edits);
    let after = if edits.is_empty() { after } else { read(&now)? };
    for resource in &after {
        unique(resource)?;
    }
    let twice = before.iter().flat_map(entries).any(|entry| {
        let mut seen = HashSet::new();
        !entry.mirrors().iter().all(|mirror| seen.insert(&mirror.value))
    });
    let why = match (repaired.is_empty(), twice) {
        (false, _) => REPAIRED,
        (true, true) => TWICE,
        (true, false) => UNKNOWN,
    };
    let proof = compare(before, after, why);
    Ok(Migrated { name, text: now, repaired, dropped, proof })
}

/// The edits that correct names for the new kind, since the old kind has no pattern. If a correction is not certain, the
/// error says that the API server refuses the new object.
fn repairs(resources: &[Resource]) -> Result<(Vec<Edit>, Vec<Repaired>), String> {
    let mut edits = Vec::new();
    let mut repaired = Vec::new();
    for resource in resources {
        for entry in entries(resource) {
            let source = std::iter::once(("source", &entry.source, check_source as fn(&str) -> Option<Flaw>));
            let mirrors = entry.mirrors().iter().map(|mirror| ("mirror", mirror, check_mirror as _));
            for (what, name, check) in source.chain(mirrors) {
                let Some(flaw) = check(&name.value) else { continue };
                let repair = Repair::of(&name.value, flaw, check);
                let sure = repair.as_ref().filter(|repair| repair.is_sure());
                let edit = sure.and_then(|repair| resource.edit().set(name.span, repair.name()));
                let (Some(edit), Some(repair)) = (edit, sure) else {
                    return Err(format!(
                        "in `{}`, {}: the API server refuses an ImageDigestMirrorSet with it; {}",
                        resource.name(),
                        message(what, &name.value, flaw),
                        advice(flaw, repair.as_ref())
                    ));
                };
                edits.push(edit);
                repaired.push((name.value.clone(), repair.name().to_owned()));
            }
        }
    }
    edits.sort();
    edits.dedup();
    Ok((edits, repaired))
}

/// Whether every mirror is in its list once, even after corrections.
fn unique(resource: &Resource) -> Result<(), String> {
    for entry in entries(resource) {
        let mut seen = HashSet::new();
        if let Some(twice) = entry.mirrors().iter().find(|mirror| !seen.insert(&mirror.value)) {
            return Err(format!(
                "in `{}`, mirror `{}` is listed twice in two spellings: the API server refuses an ImageDigestMirrorSet with it; \
                 remove one of the two",
                resource.name(),
                twice.value
            ));
        }
    }
    Ok(())
}

/// Every object of a file.
fn read(text: &str) -> Result<Vec<Resource>, String> {
    let mut documents = Vec::new();
    yaml::parse(FileId(0), &text.into(), |document| documents.push(document));
    let mut resources = Vec::new();
    for document in documents {
        let document = document.map_err(|error| format!("cannot be read: {}", error.message))?;
        if document.is_empty() {
            continue;
        }
        let manifest = Manifest::new(Arc::new(document), 0, Form::Applied);
        let items = match manifest.recognise() {
            Recognised::Carrier(CarrierKind::List) => {
                manifest.root().get("items").map_or(0, |items| items.items().count())
            }
            _ => 1,
        };
        let wrong = no_policy(&manifest);
        let read: Vec<Resource> = carrier::unwrap(vec![manifest], &Tree::default())
            .into_iter()
            .filter_map(|carried| Resource::read(carried.manifest, carried.carrier))
            .collect();
        if read.len() != items {
            return Err(wrong);
        }
        resources.extend(read);
    }
    Ok(resources)
}

const OLD: &str = "ImageContentSourcePolicy of operator.openshift.io/v1alpha1";

fn no_policy(manifest: &Manifest) -> String {
    let root = manifest.root();
    let said =
        |key: &str| root.get(key).filter(|node| node.kind() == Shape::Scalar).map_or("", |node| node.text());
    match (said("kind"), said("apiVersion")) {
        ("", _) => "holds a document that is not an object: it has no `kind`".into(),
        ("List", _) => "holds a list with other objects than ImageContentSourcePolicy".into(),
        (kind, "") => format!("holds a `{kind}` without `apiVersion`; only {OLD} is migrated"),
        (kind, version) => format!("holds `{kind}` of `{version}`; only {OLD} is migrated"),
    }
}

/// Whether `oc` would read an object as the old kind.
fn check(resource: &Resource) -> Result<(), String> {
    if resource.kind() != Some(Kind::Mirrors(MirrorKind::Icsp)) {
        return Err(no_policy(&resource.manifest));
    }
    for problem in &resource.problems {
        if let What::WrongType { expected, found, .. } = &problem.what {
            let (name, field) = (resource.name(), &problem.field);
            return Err(format!("in `{name}`, `{field}` is {found} instead of {expected}"));
        }
    }
    Ok(())
}

/// The next edits of the conversion; none if it is complete.
fn edits(resources: &[Resource]) -> Result<Vec<Edit>, String> {
    let mut fixes = Vec::new();
    let mut done = true;
    for resource in resources {
        let Typed::Mirrors(set) = &resource.typed else { continue };
        if set.kind == MirrorKind::Digest {
            continue;
        }
        done = false;
        let preparation = preparation(resource);
        let fix = if preparation.is_empty() {
            edits::of_object(resource, set)
        } else {
            Fix::safe("prepare it", preparation)
        };
        fixes.push(fix.ok_or_else(|| {
            format!(
                "`{}` cannot be changed without losing something: a comment, an anchor or a shared line is in the way",
                resource.name()
            )
        })?);
    }
    let edits = finding::together(&fixes).edits;
    if edits.is_empty() && !done { Err(format!("cannot be changed: {UNKNOWN}")) } else { Ok(edits) }
}

/// The fields of an object that the API server drops. The whole `status` is removed together with the old kind.
fn unknown(resource: &Resource) -> impl Iterator<Item = &Problem> {
    let is_unknown = |problem: &&Problem| matches!(problem.what, What::Unknown { .. });
    let is_status = |problem: &&Problem| problem.field == "status" || problem.field.starts_with("status.");
    resource.problems.iter().filter(is_unknown).filter(move |problem| !is_status(problem))
}

/// The removed fields, in the order of the text.
fn dropped(text: &str, resources: &[Resource]) -> Vec<Dropped> {
    let source = Source::new(String::new(), text.into());
    let fields = resources.iter().flat_map(unknown);
    let mut dropped: Vec<Dropped> =
        fields.map(|problem| (problem.field.clone(), source.position(problem.span.start))).collect();
    dropped.sort_by_key(|(_, position)| (position.line, position.column));
    dropped
}

/// The edits that an object needs before its kind can change.
fn preparation(resource: &Resource) -> Vec<Option<Edit>> {
    let (root, edit) = (resource.manifest.root(), resource.edit());
    let mut gone: Vec<_> = unknown(resource).map(|problem| problem.span).collect();
    let spec = root.entry("spec");
    gone.extend(spec.filter(|spec| spec.value.is_null()).map(|spec| spec.key.span()));
    if spec.is_none() && gone.is_empty() {
        return vec![edit.append_entry(root.span(), "spec", "{}")];
    }
    gone.into_iter().map(|span| edit.remove_entry(span)).collect()
}

fn entries(resource: &Resource) -> &[MirrorEntry] {
    match &resource.typed {
        Typed::Mirrors(set) => MirrorSet::entries(set),
        _ => &[],
    }
}

/// Compares the files on the nodes for the old objects with those for the new ones.
fn compare(before: Vec<Resource>, after: Vec<Resource>, why: &'static str) -> Proof {
    match (nodes(before), nodes(after)) {
        (Err(before), Err(after)) if before.to_string() == after.to_string() => {
            Proof::StopsAsBefore(before.to_string())
        }
        (before, after) => {
            let (mut before, after) = (written(before), written(after));
            let mut differing = Vec::new();
            for (path, new) in after {
                let old = before.remove(&path).unwrap_or_default();
                if old != new {
                    differing.push((path, old, new));
                }
            }
            differing.extend(before.into_iter().map(|(path, old)| (path, old, String::new())));
            if differing.is_empty() { Proof::Same } else { Proof::Differs(differing, why) }
        }
    }
}

fn nodes(resources: Vec<Resource>) -> Result<Files, Stop> {
    let resources = resources.into_iter().map(Arc::new).collect();
    node::render_installed(&Cluster::new("migrated".into(), Standing::Exact, resources)).files
}

/// The files by path; if the operator stops, its message instead.
fn written(files: Result<Files, Stop>) -> BTreeMap<String, String> {
    files.map_or_else(
        |stop| BTreeMap::from([(node::REGISTRIES_CONF.to_owned(), format!("# not written: {stop}\n"))]),
        |files| files.written(),
    )
}
