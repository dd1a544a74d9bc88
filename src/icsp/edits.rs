//! Edits that convert an `ImageContentSourcePolicy` to the equivalent `ImageDigestMirrorSet` in place, and that make the
//! texts around it refer to the new kind.
//!
//! Kinds and keys are those of openshift/api (`operator/v1alpha1/types_image_content_source_policy.go`,
//! `config/v1/types_image_digest_mirror_set.go`).

use crate::finding::{Edit, Fix, Safety};
use crate::model::Resource;
use crate::openshift::MIRROR_SETS;
use crate::read::crd::metadata::{LAST_APPLIED, OF_THE_SERVER};
use crate::read::crd::schema::What;
use crate::read::crd::{self, MirrorKind, MirrorSet, Typed};
use crate::source::{FileId, Span};
use crate::yaml::{self, Document, Entry, Kind, Node, embedded};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The title of the fix.
pub(super) const TITLE: &str = "make it an ImageDigestMirrorSet";

const OLD: crd::Kind = crd::Kind::Mirrors(MirrorKind::Icsp);
const NEW: crd::Kind = crd::Kind::Mirrors(MirrorKind::Digest);
const OLD_LIST: &str = MirrorKind::Icsp.list_key();
const NEW_LIST: &str = MirrorKind::Digest.list_key();

/// The edits that convert the object to an `ImageDigestMirrorSet` in place.
pub(super) fn of_object(resource: &Resource, set: &MirrorSet) -> Option<Fix> {
    let root = resource.manifest.root();
    let edit = resource.edit();
    let value = |key: &str| root.get(key).map(Node::span);
    let mut edits =
        vec![edit.set(value("apiVersion")?, NEW.api_version()), edit.set(value("kind")?, NEW.name())];
    let (mut safety, mut changes_nodes) = (Safety::Safe, false);
    if let Some(list) = root.get("spec").and_then(|spec| spec.entry(OLD_LIST)) {
        edits.push(edit.rename(list.key.span(), NEW_LIST));
    }
    // The server dropped fields that the old kind lacks. In the new kind such a field may take effect
    // (`mirrorSourcePolicy`).
    for problem in &resource.problems {
        match &problem.what {
            // The whole `status` is removed.
            What::Unknown { .. } if problem.field.starts_with("status") => {}
            // The author meant something by the field. The server refuses a value of the wrong type before and after the
            // change.
            What::Unknown { meant: Some(_), .. } | What::WrongType { .. } => return None,
            What::Unknown { .. } => {
                edits.push(edit.remove_entry(problem.span));
                safety = Safety::Unsafe;
            }
            _ => {}
        }
    }
    // The new kind accepts each mirror once.
    for entry in set.entries() {
        let mut seen = HashSet::new();
        let twice = entry.mirrors().iter().filter(|mirror| !seen.insert(mirror.value.as_str()));
        let twice: Vec<Span> = twice.map(|mirror| mirror.span).collect();
        // For the operator, a mirror that is twice in a list contradicts the order of the list.
        if !twice.is_empty() {
            (safety, changes_nodes) = (Safety::Unsafe, true);
        }
        edits.extend(edit.remove_items(&twice));
    }
    if let Some(status) = root.entry("status") {
        edits.push(edit.remove_entry(status.key.span()));
    }
    let metadata = root.get("metadata");
    let entries = OF_THE_SERVER.iter().filter_map(|field| metadata?.entry(field));
    let mut keys: Vec<Span> = entries.map(|entry| entry.key.span()).collect();
    // The object that `oc apply` stored is of the old kind.
    let annotations = metadata.and_then(|metadata| metadata.entry("annotations"));
    if let Some((annotations, last)) =
        annotations.and_then(|entry| Some((entry, entry.value.entry(LAST_APPLIED)?)))
    {
        if annotations.value.raw_pairs().count() == 1 {
            keys.push(annotations.key.span());
        } else {
            edits.push(edit.remove_entry(last.key.span()));
        }
    }
    edits.extend(edit.remove_entries(&keys));
    Fix::of(TITLE, safety, edits).map(|fix| Fix { changes_nodes, ..fix.since(MIRROR_SETS) })
}

/// Whether an object is the result of converting another one: it has the new kind, the same mirrors in the same order
/// without repetitions, and the same metadata, apart from that of the server.
pub(super) fn is_of(old: &Resource, new: &Resource) -> bool {
    let (Some(old_set), Some(new_set)) = (set_of(old, OLD), set_of(new, NEW)) else { return false };
    let (old, new) = (metadata(old), metadata(new));
    let says_same = |(old, new): (&Said<'_>, &Said<'_>)| old.0 == new.0 && yaml::says_same(old.1, new.1);
    mirrors(old_set, true) == mirrors(new_set, false)
        && old.len() == new.len()
        && old.iter().zip(&new).all(says_same)
}

/// Whether two objects, the second a conversion of the first, are equal apart from their mirrors.
pub(super) fn has_same_rest(old: &Resource, new: &Resource) -> bool {
    let rest = |resource: &Resource, list: &str| {
        let root = resource.manifest.root();
        let spec = root.get("spec").map(Node::entries).unwrap_or_default();
        let spec = spec.into_iter().filter(|entry| entry.key.key_text() != list).count();
        let known = |entry: &Entry<'_>| {
            matches!(&*entry.key.key_text(), "apiVersion" | "kind" | "metadata" | "spec" | "status")
        };
        (spec, root.entries().iter().filter(|entry| !known(entry)).count())
    };
    // The server drops fields that neither kind has, so it is enough that the new object has no additional ones.
    let (old, new) = (rest(old, OLD_LIST), rest(new, NEW_LIST));
    new.0 <= old.0 && new.1 <= old.1
}

/// The names of a field, with its value.
type Said<'r> = (Vec<Cow<'r, str>>, Node<'r>);

/// The metadata that people wrote in an object; each annotation counts separately.
fn metadata(resource: &Resource) -> Vec<Said<'_>> {
    let mut said = Vec::new();
    let metadata = resource.manifest.root().get("metadata");
    for Entry { key, value, .. } in metadata.map(Node::entries).unwrap_or_default() {
        let key = key.key_text();
        if key == "annotations" && value.kind() == Kind::Mapping {
            let theirs = value.entries().into_iter().filter(|entry| entry.key.key_text() != LAST_APPLIED);
            said.extend(theirs.map(|entry| (vec![key.clone(), entry.key.key_text()], entry.value)));
        } else if !OF_THE_SERVER.contains(&&*key) {
            said.push((vec![key], value));
        }
    }
    said
}

/// Whether an entry has a policy for the source, which the old kind does not have.
pub(super) fn has_policy(new: &Resource) -> bool {
    let entries = set_of(new, NEW).into_iter().flat_map(MirrorSet::entries);
    entries.into_iter().any(|entry| entry.policy.is_some() || entry.policy_is_open)
}

fn set_of(resource: &Resource, kind: crd::Kind) -> Option<&MirrorSet> {
    match &resource.typed {
        Typed::Mirrors(set) if resource.kind() == Some(kind) => Some(set),
        _ => None,
    }
}

/// Every source with its mirrors, on request without repetitions.
fn mirrors(set: &MirrorSet, once: bool) -> Vec<(&str, Vec<&str>)> {
    let entries = set.entries().iter().map(|entry| {
        let mut seen = HashSet::new();
        let mirrors = entry.mirrors().iter().map(|mirror| mirror.value.as_str());
        (entry.source.value.as_str(), mirrors.filter(|mirror| !once || seen.insert(*mirror)).collect())
    });
    entries.collect()
}

/// The edits that make a text of kustomize (a kustomization, a patch, replacements, the settings of a step or a generator)
/// refer to the new kind instead of the old one. They change patches of such objects, targets and selectors, and the paths
/// of JSON patches and replacements, but not patches of other objects. `None` if a reference cannot be edited.
pub(super) fn of_words(file: FileId, text: &Arc<str>) -> Option<Vec<Edit>> {
    let mut words = Words { text, edits: Vec::new(), is_clean: true };
    if speaks(text) {
        yaml::parse_stream(file, text, |parsed| {
            if let Ok(document) = parsed {
                words.document(document.root());
            }
        });
    }
    words.edits.sort();
    words.edits.dedup();
    words.is_clean.then_some(words.edits)
}

fn speaks(text: &str) -> bool {
    [OLD.name(), OLD_LIST].iter().any(|word| text.contains(word))
}

struct Words<'t> {
    text: &'t str,
    edits: Vec<Edit>,
    is_clean: bool,
}

impl Words<'_> {
    /// A whole text: a patch, or settings.
    fn document(&mut self, root: Node<'_>) {
        if root.kind() == Kind::Mapping {
            self.map(root);
        } else {
            self.settings(root);
        }
    }

    /// A patch of an object, or settings.
    fn map(&mut self, map: Node<'_>) {
        let kind = map.get_str("kind");
        if matches!(kind, Some("ConfigMapGenerator" | "SecretGenerator")) {
            return;
        }
        if kind == Some(OLD.name()) {
            // An object, the target of a patch, or a selector.
            self.kind(map);
            self.list(map.get("spec"));
        } else if kind.is_some() && map.get("metadata").is_some() && !is_of_kustomize(map) {
            // An object of another kind may contain the old kind for its own reasons.
        } else {
            // A patch whose target names the kind.
            self.list(map.get("spec"));
            for (key, value) in map.raw_pairs() {
                // The data of a ConfigMap generator is not a text of kustomize.
                let is_data =
                    matches!(key.text(), "configMapGenerator" | "secretGenerator" | "metadata" | "spec");
                if !is_data && !value.is_alias() {
                    self.settings(value);
                }
            }
        }
    }

    fn settings(&mut self, node: Node<'_>) {
        match node.kind() {
            // The value of an alias is edited at its anchor.
            _ if node.is_alias() => {}
            Kind::Mapping if node.entry("op").is_some() => self.operation(node),
            Kind::Mapping => self.map(node),
            Kind::Sequence => node.raw_children().for_each(|item| self.settings(item)),
            Kind::Scalar if speaks(node.text()) => {
                self.path(node);
                // The text may be a patch.
                let inner = embedded::read(node).documents;
                let is_collection = |document: &&Document| document.root().kind() != Kind::Scalar;
                inner.iter().filter(is_collection).for_each(|document| self.document(document.root()));
            }
            Kind::Scalar => {}
        }
    }

    /// An operation of a JSON patch.
    fn operation(&mut self, operation: Node<'_>) {
        for key in ["path", "from"] {
            if let Some(path) = operation.get(key) {
                self.path(path);
            }
        }
        match operation.get_str("path") {
            Some("/spec") => {
                if let Some(value) = operation.get("value") {
                    self.list_in(value);
                }
            }
            Some("") => {
                if let Some(value) = operation.get("value") {
                    self.map(value);
                }
            }
            _ => {}
        }
    }

    /// The key of the list under `spec`.
    fn list(&mut self, spec: Option<Node<'_>>) {
        if let Some(spec) = spec {
            self.list_in(spec);
        }
    }

    fn list_in(&mut self, spec: Node<'_>) {
        if spec.kind() != Kind::Mapping {
            return;
        }
        for (key, _) in spec.raw_pairs().filter(|(key, _)| !key.is_alias() && key.text() == OLD_LIST) {
            self.replace(key.span(), 0, OLD_LIST, NEW_LIST);
        }
    }

    /// A reference to an object by its kind.
    fn kind(&mut self, map: Node<'_>) {
        let ((old_group, old_version), (new_group, new_version)) = (split(OLD), split(NEW));
        for (key, old, new) in [
            ("kind", OLD.name(), NEW.name()),
            ("apiVersion", OLD.api_version(), NEW.api_version()),
            ("group", old_group, new_group),
            ("version", old_version, new_version),
        ] {
            if let Some(value) = map.get(key).filter(|value| value.text() == old) {
                self.replace(value.span(), 0, old, new);
            }
        }
        // A source or a target of replacements has paths next to its kind.
        for key in ["fieldPath", "fieldref", "path"] {
            if let Some(value) = map.get(key) {
                self.settings(value);
            }
        }
    }

    /// A path to a field: `/spec/…` of a JSON patch, `spec.…` of a replacement, `spec/…` of a configuration.
    fn path(&mut self, node: Node<'_>) {
        let text = node.text();
        for (lead, ends) in [("/spec/", ['/', '/']), ("spec.", ['.', '[']), ("spec/", ['/', '['])] {
            let rest = text.strip_prefix(lead).and_then(|rest| rest.strip_prefix(OLD_LIST));
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(ends)) {
                self.replace(node.span(), lead.len(), OLD_LIST, NEW_LIST);
            }
        }
    }

    /// Replaces a word, with or without quotes, at an offset from the start of a value.
    fn replace(&mut self, span: Span, offset: usize, old: &str, new: &str) {
        let written = self.text.get(span.range()).unwrap_or_default();
        let start = span.start as usize + offset + usize::from(written.starts_with(['"', '\'']));
        if self.text.get(start..start + old.len()) == Some(old) {
            self.edits.push(Edit::replace(Span::new(span.file, start, start + old.len()), new));
        } else {
            self.is_clean = false;
        }
    }
}

/// Whether a map with a kind and metadata is not an applied object, but describes a change to one.
fn is_of_kustomize(map: Node<'_>) -> bool {
    let version = map.get_str("apiVersion").unwrap_or_default();
    version == "builtin"
        || version.starts_with("kustomize.config.k8s.io/")
        || map.get_str("kind") == Some("PolicyGenerator")
}

/// Group and version.
fn split(kind: crd::Kind) -> (&'static str, &'static str) {
    kind.api_version().split_once('/').unwrap_or_default()
}
