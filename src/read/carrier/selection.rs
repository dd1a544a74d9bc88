//! The clusters of a policy: a `PlacementBinding` binds it, or a `PolicySet` that holds it, to a placement.

use super::Destination;
use crate::read::manifest::Manifest;
use crate::yaml::Node;
use std::collections::HashMap;

/// Namespace and name.
type Name = (String, String);

/// The bindings of a unit.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    policies: HashMap<Name, Vec<Destination>>,
    sets: HashMap<Name, Vec<Destination>>,
    /// The sets that hold a policy.
    members: HashMap<Name, Vec<Name>>,
}

impl Bindings {
    /// Records a binding or a set.
    pub(super) fn note(&mut self, manifest: &Manifest) {
        let root = manifest.root();
        let is_ours = root
            .get_str("apiVersion")
            .is_some_and(|version| version.starts_with("policy.open-cluster-management.io/"));
        if !is_ours {
            return;
        }
        let namespace = manifest.namespace();
        match root.get_str("kind") {
            Some("PlacementBinding") => {
                let Some(placement) = root.get("placementRef") else { return };
                let kind = placement.get_str("kind").unwrap_or("Placement");
                let Some(name) = placement.get_str("name") else { return };
                let to = by_placement(kind, namespace, name);
                for subject in root.get("subjects").into_iter().flat_map(Node::items) {
                    let Some(name) = subject.get_str("name") else { continue };
                    let bound = match subject.get_str("kind") {
                        Some("PolicySet") => &mut self.sets,
                        _ => &mut self.policies,
                    };
                    bound.entry((namespace.into(), name.into())).or_default().push(to.clone());
                }
            }
            Some("PolicySet") => {
                let set = (namespace.to_owned(), manifest.name().to_owned());
                for policy in root.at(&["spec", "policies"]).into_iter().flat_map(Node::items) {
                    let policy = (namespace.to_owned(), policy.text().to_owned());
                    self.members.entry(policy).or_default().push(set.clone());
                }
            }
            _ => {}
        }
    }

    /// The destinations of a policy. All objects of a policy without a binding share one destination.
    pub(super) fn destinations(&self, namespace: &str, name: &str) -> Vec<Destination> {
        let policy = (namespace.to_owned(), name.to_owned());
        let sets = self.members.get(&policy).into_iter().flatten();
        let of_sets = sets.filter_map(|set| self.sets.get(set)).flatten();
        let own = self.policies.get(&policy).into_iter().flatten();
        let mut destinations: Vec<Destination> = own.chain(of_sets).cloned().collect();
        destinations.sort();
        destinations.dedup();
        if destinations.is_empty() {
            destinations.push(by_placement("Policy", namespace, name));
        }
        destinations
    }
}

/// The clusters that an object selects.
pub(super) fn by_placement(kind: &str, namespace: &str, name: &str) -> Destination {
    let slash = if namespace.is_empty() { "" } else { "/" };
    Destination::Selection(format!("{kind} {namespace}{slash}{name}"))
}

/// A selector of labels in words.
pub(super) fn words(selector: Node<'_>) -> String {
    let labels = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
    let mut words: Vec<String> =
        labels.into_iter().map(|label| format!("{}={}", label.key.key_text(), label.value.text())).collect();
    for expression in selector.get("matchExpressions").into_iter().flat_map(Node::items) {
        let text = |key: &str| expression.get_str(key).unwrap_or_default();
        let mut values: Vec<&str> =
            expression.get("values").into_iter().flat_map(Node::items).map(Node::text).collect();
        values.sort_unstable();
        let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
        words.push(format!("{} {}{values}", text("key"), text("operator")));
    }
    words.sort();
    if words.is_empty() { "any label".to_owned() } else { words.join(", ") }
}
