//! The containers whose images OpenShift fills in from image streams.
//!
//! As in openshift/library-go `pkg/image/trigger` (`CalculateAnnotationTriggers`, `UpdateObjectFromImages`,
//! `findContainerBySelector`), which openshift-controller-manager runs: an annotation that it cannot read fills in
//! nothing. A trigger that is paused, or whose path leads to no container, fills in nothing either. In a cluster, such
//! a path also stops the other triggers, but only while its image stream tag exists. No file says whether it exists,
//! so here the other triggers count.

use super::path::Field;
use crate::read::crd::is_placeholder;
use crate::yaml::Node;
use serde_json::{Map, Value};
use std::collections::HashSet;

const TRIGGERS: &str = "image.openshift.io/triggers";
/// The annotation that makes Kubernetes look names up in the image streams of a namespace.
const RESOLVE: &str = "alpha.image.policy.openshift.io/resolve-names";

const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The containers of an object whose images are filled in.
#[derive(Default)]
pub(super) struct Triggers<'d> {
    /// The containers that the annotation names.
    places: HashSet<Place>,
    /// The containers of a `DeploymentConfig`, by name.
    containers: HashSet<&'d str>,
    /// Whether any container may be filled in.
    all: bool,
    /// Whether there is a trigger, valid or not.
    any: bool,
}

/// A container that an annotation names; the first text is the path of the pod's specification.
#[derive(PartialEq, Eq, Hash)]
enum Place {
    /// A number in a list.
    Numbered(String, &'static str, usize),
    /// A name in any list: names are unique in a pod, and the controller reads both lists.
    Named(String, String),
}

impl<'d> Triggers<'d> {
    /// Reads an object.
    pub(super) fn of(root: Node<'d>) -> Self {
        let annotation = |annotations: Option<Node<'d>>, key: &str| annotations?.get_str(key);
        let annotations = root.at(&["metadata", "annotations"]);
        let spec = root.get("spec");
        let of_pods = spec.and_then(|spec| spec.at(&["template", "metadata", "annotations"]));
        let resolves = annotation(annotations, RESOLVE).or(annotation(of_pods, RESOLVE)).is_some();
        let triggers = spec.and_then(|spec| spec.get("triggers")).into_iter().flat_map(Node::items);
        let params = triggers.filter_map(|trigger| trigger.get("imageChangeParams"));
        let params: Vec<Node<'d>> = params.collect();
        let text = annotation(annotations, TRIGGERS);
        let any = !params.is_empty() || text.is_some();
        let names =
            params.into_iter().filter_map(|params| params.get("containerNames")).flat_map(Node::items);
        let paths = text.map_or_else(|| Some(Vec::new()), paths);
        let is_open = match &paths {
            Some(paths) => paths.iter().any(|path| is_placeholder(path)),
            None => text.is_some_and(is_placeholder),
        };
        Self {
            places: paths.iter().flatten().filter_map(|path| Place::of(path)).collect(),
            containers: names.map(Node::text).collect(),
            all: resolves || is_open,
            any,
        }
    }

    /// Whether there is a trigger, valid or not. The author of a trigger expects that an empty name is filled in.
    pub(super) fn exist(&self) -> bool {
        self.any
    }

    /// Whether the image of a container is filled in. The container has this number and name in the list `list`, in
    /// the pod whose specification stands at `spec`.
    pub(super) fn fill(&self, spec: &Field<'_>, list: &str, number: usize, name: &str) -> bool {
        self.all
            || self.containers.contains(name)
            || (!self.places.is_empty() && self.places_fill(&spec.text(), list, number, name))
    }

    fn places_fill(&self, spec: &str, list: &str, number: usize, name: &str) -> bool {
        let Some(list) = LISTS.into_iter().find(|known| *known == list) else { return false };
        self.places.contains(&Place::Numbered(spec.to_owned(), list, number))
            || self.places.contains(&Place::Named(spec.to_owned(), name.to_owned()))
    }
}

impl Place {
    /// Reads `spec.template.spec.containers[0].image`, or with `[?(@.name=="web")]`.
    fn of(path: &str) -> Option<Self> {
        let (list, rest) = path.split_once('[')?;
        let (spec, list) = list.rsplit_once('.')?;
        let list = LISTS.into_iter().find(|known| *known == list)?;
        let (selector, rest) = rest.split_once(']')?;
        if rest.strip_prefix('.').unwrap_or(rest) != "image" {
            return None;
        }
        // Rust's `parse` accepts the same numbers as `strconv.Atoi`: leading zeros, a plus sign.
        if let Ok(number) = selector.parse() {
            return Some(Place::Numbered(spec.to_owned(), list, number));
        }
        let name = selector.strip_prefix("?(@.name==\"").unwrap_or(selector);
        let name = name.strip_suffix("\")").unwrap_or(name);
        (name != selector).then(|| Place::Named(spec.to_owned(), name.to_owned()))
    }
}

/// The paths that the annotation fills in; `None` if the controller cannot read it.
fn paths(text: &str) -> Option<Vec<String>> {
    let list = match serde_json::from_str(text).ok()? {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        _ => return None,
    };
    let mut seen = HashSet::new();
    let mut paths = Vec::new();
    for trigger in list {
        let empty = Map::new();
        let trigger = object(&trigger, &empty)?;
        let from = get(trigger, "from").map_or(Some(&empty), |from| object(from, &empty))?;
        let (path, tag) = (string(trigger, "fieldPath")?, string(from, "name")?);
        for key in ["kind", "namespace", "apiVersion"] {
            string(from, key)?;
        }
        let paused = match get(trigger, "paused") {
            None | Some(Value::Null) => false,
            Some(paused) => paused.as_bool()?,
        };
        if !seen.insert(path.to_owned()) {
            return None;
        }
        // An image stream without a tag is never found.
        if !paused && tag.contains(':') {
            paths.push(path.to_owned());
        }
    }
    Some(paths)
}

/// The value of a key as Go reads it: in any case, and the last one of several.
fn get<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    map.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, value)| value).next_back()
}

fn object<'v>(value: &'v Value, empty: &'v Map<String, Value>) -> Option<&'v Map<String, Value>> {
    if value.is_null() { Some(empty) } else { value.as_object() }
}

/// An optional text; `None` for a value of another type.
fn string<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    match get(map, key) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    }
}
