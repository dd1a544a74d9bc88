//! Clusters that only Argo CD knows: how they are selected, and what the name of a directory reveals of them.

use crate::text::{Bound, Text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A selection of the clusters that Argo CD has registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clusters {
    /// The decision resource that chooses them, such as a `Placement`.
    pub(crate) decided_by: Option<Text>,
    /// The requirements for each cluster.
    pub(crate) requirements: Vec<Requirement>,
    /// The clusters that are excluded, since another application is made for each.
    pub(crate) without: BTreeSet<Bound>,
}

/// A requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The parameter: `metadata.labels.env`, `name`.
    pub(crate) key: String,
    pub(crate) operator: Operator,
    pub(crate) values: Vec<Text>,
}

/// The condition of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// The parameter of a cluster's label.
pub(crate) const LABELS: &str = "metadata.labels.";

impl Requirement {
    /// Whether a value, or a missing one, satisfies the condition.
    pub(crate) fn accepts(&self, value: Option<&str>, bound: &Bound) -> bool {
        let among = |value: &str| {
            self.values.iter().map(|text| text.bind(bound)).any(|text| {
                // An unknown value may be this one.
                text.as_str().is_none_or(|text| text == value)
            })
        };
        match self.operator {
            Operator::In => value.is_some_and(among),
            Operator::NotIn => {
                value.is_none_or(|value| !self.values.iter().any(|v| v.as_str() == Some(value)))
            }
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }

    /// The text, in the syntax of `kubectl`.
    fn words(&self, bound: &Bound) -> String {
        let key = self.key.strip_prefix(LABELS).unwrap_or(&self.key);
        let values: Vec<String> = self.values.iter().map(|value| value.bind(bound).show()).collect();
        match (self.operator, values.as_slice()) {
            (Operator::In, [value]) => format!("{key}={value}"),
            (Operator::NotIn, [value]) => format!("{key}!={value}"),
            (Operator::In, _) => format!("{key} in ({})", values.join(", ")),
            (Operator::NotIn, _) => format!("{key} notin ({})", values.join(", ")),
            (Operator::Exists, _) => key.to_owned(),
            (Operator::DoesNotExist, _) => format!("!{key}"),
        }
    }
}

impl Clusters {
    /// Whether the clusters may have the values of `bound`.
    pub(crate) fn accept(&self, bound: &Bound) -> bool {
        let is_left_out = |without: &Bound| without.iter().all(|(key, value)| bound.get(key) == Some(value));
        !self.without.iter().any(is_left_out)
            && self.requirements.iter().all(|requirement| {
                bound.get(&*requirement.key).is_none_or(|value| requirement.accepts(Some(value), bound))
            })
    }

    /// Whether a parameter has few allowed values, so that they can be enumerated.
    pub(crate) fn names_values_of(&self, key: &str) -> bool {
        self.requirements.iter().any(|one| one.key == key && one.operator == Operator::In)
    }

    /// The clusters of both selections.
    pub(crate) fn and(&self, other: &Clusters) -> Clusters {
        let mut both = self.clone();
        both.decided_by = both.decided_by.or_else(|| other.decided_by.clone());
        both.without.extend(other.without.iter().cloned());
        for requirement in &other.requirements {
            if !both.requirements.contains(requirement) {
                both.requirements.push(requirement.clone());
            }
        }
        both
    }

    /// The requirements, in the syntax of `kubectl`.
    pub(crate) fn asked(&self) -> String {
        let lines: Vec<String> = self.requirements.iter().map(|one| one.words(&Bound::new())).collect();
        lines.join(",")
    }

    /// The selection, for people.
    pub(crate) fn words(&self, bound: &Bound) -> String {
        // What a directory revealed is added to the requirements, each once.
        let mut lines = BTreeSet::new();
        for requirement in &self.requirements {
            if requirement.operator != Operator::In || !bound.contains_key(&*requirement.key) {
                lines.insert(requirement.words(bound));
            }
        }
        for (key, value) in bound {
            let told = Requirement {
                key: key.to_string(),
                operator: Operator::In,
                values: vec![Text::known(value.clone())],
            };
            lines.insert(told.words(bound));
        }
        let lines: Vec<String> = lines.into_iter().collect();
        let whose = self.decided_by.as_ref().map(|name| format!("of `{}`", name.bind(bound).show()));
        match (whose, lines.is_empty()) {
            (None, true) => "all clusters of Argo CD".to_owned(),
            (None, false) => format!("clusters with `{}`", lines.join(",")),
            (Some(whose), true) => format!("clusters {whose}"),
            (Some(whose), false) => format!("clusters {whose} with `{}`", lines.join(",")),
        }
    }
}

/// The clusters of both selections, if there are two.
pub(crate) fn both(a: Option<&Arc<Clusters>>, b: Option<&Arc<Clusters>>) -> Option<Arc<Clusters>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Arc::new(a.and(b))),
        (a, b) => a.or(b).cloned(),
    }
}
