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
        let is_met = |(key, operator, values): &(String, String, Vec<String>)| {
            let value = labels.get(key);
            match operator.as_str() {
                "In" => value.is_some_and(|value| values.contains(value)),
                "NotIn" => value.is_none_or(|value| !values.contains(value)),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        };
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(is_met)
    }
}
