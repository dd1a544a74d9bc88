//! `machineconfiguration.openshift.io/v1` `MachineConfigPool`: nodes that get the same files, and how many change at once.
//!
//! Source: openshift/api `machineconfiguration/v1/types.go`.

use super::{is_placeholder, string};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Scalar};
use std::collections::BTreeMap;

/// A pool of nodes.
#[derive(Clone, Debug, Default)]
pub struct MachineConfigPool {
    /// `spec.paused`, if it is `true`.
    pub paused: Option<Span>,
    /// `spec.maxUnavailable`: how many nodes change at once, as a number or a percentage.
    pub max_unavailable: Option<Spanned<String>>,
    /// Which `MachineConfig`s its nodes get; `None` if the field is missing.
    pub selector: Option<LabelSelector>,
}

/// A condition on labels.
#[derive(Clone, Debug, Default)]
pub struct LabelSelector {
    /// `matchLabels`
    labels: Vec<(String, String)>,
    /// `matchExpressions`: the key, the operator, the values.
    expressions: Vec<(String, String, Vec<String>)>,
}

impl MachineConfigPool {
    pub(super) fn read(spec: Option<Node<'_>>) -> Self {
        let paused = spec.and_then(|spec| spec.entry("paused"));
        let paused = paused.filter(|entry| entry.value.scalar() == Some(Scalar::Bool(true)));
        let at_once = spec.and_then(|spec| spec.get("maxUnavailable")).filter(|node| !node.is_absent());
        Self {
            paused: paused.map(|entry| Span { end: entry.value.span().end, ..entry.key.span() }),
            max_unavailable: at_once
                .filter(|node| !is_placeholder(node.text()))
                .map(|node| Spanned::new(node.text().to_owned(), node.span())),
            selector: spec.and_then(|spec| spec.get("machineConfigSelector")).map(LabelSelector::read),
        }
    }
}

impl LabelSelector {
    /// Reads `matchLabels` and `matchExpressions`.
    pub fn read(node: Node<'_>) -> Self {
        let text = |node: Node<'_>| string(node).map(|text| text.value).unwrap_or_default();
        let labels = node.get("matchLabels").map(Node::entries).unwrap_or_default();
        let expressions = node.get("matchExpressions").into_iter().flat_map(Node::items);
        Self {
            labels: labels
                .iter()
                .map(|entry| (entry.key.key_text().into_owned(), text(entry.value)))
                .collect(),
            expressions: expressions
                .map(|expression| {
                    let field = |key: &str| expression.get(key).map(text).unwrap_or_default();
                    let values = expression.get("values").into_iter().flat_map(Node::items).map(text);
                    (field("key"), field("operator"), values.collect())
                })
                .collect(),
        }
    }

    /// Whether the condition is true for these labels (kubernetes apimachinery `pkg/labels/selector.go`).
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.decide(|key| Some(labels.get(key).map(String::as_str))).unwrap_or_default()
    }

    /// Whether the condition is true if only some labels are known; `None` if it depends on others.
    pub fn matches_known(&self, labels: &BTreeMap<String, String>) -> Option<bool> {
        self.decide(|key| labels.get(key).map(|value| Some(value.as_str())))
    }

    /// Whether the condition is true. `label` returns the value of a label if the label is known, and `None` inside if the
    /// label does not exist.
    fn decide<'l>(&self, label: impl Fn(&str) -> Option<Option<&'l str>>) -> Option<bool> {
        let equal = self.labels.iter().map(|(key, wanted)| Some(label(key)? == Some(wanted)));
        let met = self.expressions.iter().map(|(key, operator, values)| {
            let is_among = |value: &str| values.iter().any(|one| one == value);
            let value = label(key)?;
            Some(match operator.as_str() {
                "In" => value.is_some_and(is_among),
                "NotIn" => !value.is_some_and(is_among),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            })
        });
        let mut is_decided = true;
        for is_met in equal.chain(met) {
            match is_met {
                Some(true) => {}
                Some(false) => return Some(false),
                None => is_decided = false,
            }
        }
        is_decided.then_some(true)
    }
}
