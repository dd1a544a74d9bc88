//! `PolicyGenerator`: a kustomize plugin that makes policies from manifests in files
//! (open-cluster-management-io/policy-generator-plugin `docs/policygenerator-reference.yaml`).

use super::configuration_policy::{is_enforced, is_exact, is_unwanted};
use super::selection;
use super::unit::CarrierUnit;
use super::way::Way;
use super::{Destination, Enforcement};
use crate::kustomize::{self, Cache, Found};
use crate::machine::budget::Bounded;
use crate::read::discover;
use crate::read::manifest::{Form, Manifest, is_template};
use crate::source::FileId;
use crate::yaml::{self, Node, Scalar};
use std::sync::Arc;

/// The limit of entries that are read, for all generators of a unit.
const MAX_ENTRIES: usize = 1_000;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, generator: &Manifest, way: &Way) {
    let root = generator.root();
    let Some(file) = unit.files.name(generator.file()) else { return };
    let directory = discover::directory(&file);
    let defaults = root.get("policyDefaults");
    for policy in root.get("policies").into_iter().flat_map(Node::items) {
        let setting = |key: &str| policy.get(key).or_else(|| defaults.and_then(|defaults| defaults.get(key)));
        if is_disabled(policy, defaults) {
            continue;
        }
        let enforced = setting("remediationAction").and_then(Node::as_str).and_then(is_enforced);
        let way = way.to(destination(policy, defaults, directory));
        for entry in policy.get("manifests").into_iter().flat_map(Node::items) {
            unit.generated += 1;
            let compliance = compliance([Some(entry), Some(policy), defaults]);
            if unit.generated > MAX_ENTRIES {
                unit.makes_too_much(&way);
                return;
            }
            if is_unwanted(compliance) {
                continue;
            }
            let Some(path) = entry.get_str("path") else { continue };
            let Some(path) = kustomize::join(directory, path) else { continue };
            let patches: Vec<Node<'_>> = entry.get("patches").into_iter().flat_map(Node::items).collect();
            let files = unit.files;
            let mut manifests = unit.read.entry(path.clone()).or_insert_with(|| read(files, &path)).clone();
            if !patches.is_empty() {
                // If a patch fails, the generator makes no policy.
                manifests = patched(&manifests, &patches).unwrap_or_default();
            }
            let own = entry.get_str("remediationAction").and_then(is_enforced);
            let way = way.with(|carrier| {
                carrier.enforcement =
                    Enforcement { is_enforced: own.or(enforced), is_exact: is_exact(compliance) };
            });
            for manifest in &manifests {
                if !unit.may_make(manifest, &way) {
                    return;
                }
                unit.carry(manifest, &way);
            }
        }
    }
}

/// The files, and the directories with a kustomization, that a generator reads. The flag says that clusters must not
/// have their objects. Disabled policies are left out.
pub(super) fn names(generator: &Manifest, files: &dyn Bounded) -> Vec<(String, bool)> {
    let root = generator.root();
    let Some(file) = files.name(generator.file()) else { return Vec::new() };
    let directory = discover::directory(&file);
    let defaults = root.get("policyDefaults");
    let policies = root.get("policies").into_iter().flat_map(Node::items);
    let entries = policies.flat_map(|policy| {
        let manifests = policy.get("manifests").into_iter().flat_map(Node::items);
        manifests.map(move |entry| (entry, policy))
    });
    let mut found = Vec::new();
    for (entry, policy) in entries.take(MAX_ENTRIES) {
        let is_unwanted = is_unwanted(compliance([Some(entry), Some(policy), defaults]));
        if !is_unwanted && is_disabled(policy, defaults) {
            continue;
        }
        let path = entry.get_str("path").and_then(|path| kustomize::join(directory, path));
        let places = path.map(|path| places(files, &path)).unwrap_or_default();
        found.extend(places.into_iter().map(|place| (place, is_unwanted)));
    }
    found
}

fn is_disabled(policy: Node<'_>, defaults: Option<Node<'_>>) -> bool {
    let disabled = policy.get("disabled").or_else(|| defaults.and_then(|defaults| defaults.get("disabled")));
    disabled.and_then(Node::scalar) == Some(Scalar::Bool(true))
}

/// The compliance type of a manifest: the innermost setting counts.
fn compliance(from_inside: [Option<Node<'_>>; 3]) -> &str {
    let said = from_inside.into_iter().flatten().find_map(|node| node.get("complianceType"));
    said.and_then(Node::as_str).unwrap_or_default()
}

/// The clusters of the placement of a policy; the generator makes a placement if none is named.
fn destination(policy: Node<'_>, defaults: Option<Node<'_>>, directory: &str) -> Destination {
    let namespace = defaults.and_then(|defaults| defaults.get_str("namespace")).unwrap_or_default();
    let name = policy.get_str("name").unwrap_or_default();
    let made = || selection::by_placement("Placement", namespace, &format!("placement-{name}"));
    let own = policy.get("placement").filter(|placement| placement.raw_children().next().is_some());
    let Some(placement) = own.or_else(|| defaults?.get("placement")) else { return made() };
    for (key, kind) in
        [("placementName", "Placement"), ("placementRuleName", "PlacementRule"), ("name", "Placement")]
    {
        if let Some(name) = placement.get_str(key) {
            return selection::by_placement(kind, namespace, name);
        }
    }
    for key in ["placementPath", "placementRulePath"] {
        if let Some(path) = placement.get_str(key) {
            let path = kustomize::join(directory, path).unwrap_or_else(|| path.to_owned());
            return Destination::Selection(format!("the placement in {path}"));
        }
    }
    match placement.get("labelSelector") {
        Some(selector) if selector.get("matchLabels").or(selector.get("matchExpressions")).is_some() => {
            Destination::Selection(format!("clusters with {}", selection::words(selector)))
        }
        _ => made(),
    }
}

/// The objects of a file, of a kustomization, or of the files of a directory.
fn read(files: &dyn Bounded, path: &str) -> Vec<Manifest> {
    match files.find(path) {
        Found::File { id, text, .. } => documents(id, &text),
        Found::Directory { path } => {
            let names = files.entries(&path);
            if names.iter().any(|name| kustomize::is_kustomization(name)) {
                let built = kustomize::build(&path, files, &Cache::default());
                let mut made = built.map_or_else(|_| Vec::new(), |built| Manifest::of_build(built.objects));
                // The manifests are kept until the unit is read.
                made.retain(|manifest| {
                    let root = manifest.root();
                    let values = || root.descendants().count();
                    files.budget().is_none_or(|budget| budget.spend_values(values(), root.span()))
                });
                return made;
            }
            let found = inside(&path, &names).map(|path| files.find(&path)).filter_map(|found| match found {
                Found::File { id, text, .. } => Some(documents(id, &text)),
                _ => None,
            });
            found.flatten().collect()
        }
        Found::Missing | Found::Outside | Found::Unreadable(_) => Vec::new(),
    }
}

/// Applies patches to objects; each keeps its way to a cluster.
fn patched(manifests: &[Manifest], patches: &[Node<'_>]) -> kustomize::Result<Vec<Manifest>> {
    let objects: Vec<Node<'_>> = manifests.iter().map(Manifest::root).collect();
    let changed = kustomize::apply_patches(&objects, patches)?.into_iter();
    Ok(changed.map(|(number, object)| Manifest::new(object, 0, manifests[number].form)).collect())
}

/// The files of a path, or the directory of its kustomization.
fn places(files: &dyn Bounded, path: &str) -> Vec<String> {
    match files.find(path) {
        Found::File { path, .. } => vec![path],
        Found::Directory { path } => {
            let names = files.entries(&path);
            let is_built = names.iter().any(|name| kustomize::is_kustomization(name));
            if is_built { vec![path] } else { inside(&path, &names).collect() }
        }
        Found::Missing | Found::Outside | Found::Unreadable(_) => Vec::new(),
    }
}

/// The paths of the entries of a directory that the plugin reads.
fn inside(directory: &str, names: &[String]) -> impl Iterator<Item = String> {
    let is_yaml =
        |name: &&String| matches!(name.rsplit_once('.').map(|(_, ending)| ending), Some("yaml" | "yml"));
    names.iter().filter(is_yaml).filter_map(move |name| kustomize::join(directory, name))
}

fn documents(file: FileId, text: &Arc<str>) -> Vec<Manifest> {
    let mut found = Vec::new();
    let mut form = Form::Applied;
    yaml::parse(file, text, |parsed| match parsed {
        Ok(document) if !is_template(&document) => found.push(document),
        _ => form = Form::Template,
    });
    found.into_iter().map(|document| Manifest::new(Arc::new(document), 0, form)).collect()
}
