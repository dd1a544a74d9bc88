//! Two carriers that apply the same object to one cluster with different values.
//!
//! Only fields that both set are compared.
//!
//! Sources: open-cluster-management-io/config-policy-controller `controllers/configurationpolicy_utils.go` (how `musthave`
//! merges lists), openshift/hive `docs/syncset.md`, open-cluster-management.io documentation of `ManifestWork`.

use crate::finding::Findings;
use crate::model::{Cluster, Resource};
use crate::read::carrier::{Carrier, CarrierKind};
use crate::read::crd::{Kind, is_placeholder};
use crate::read::manifest::Form;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::{Entry, Kind as Shape, Node};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CarriersDisagree {}

impl Rule for CarriersDisagree {
    const META: Meta = Meta {
        id: "carriers-disagree",
        summary: "two carriers that apply one object with different values",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let mut seen: HashMap<(Kind, &str, &str), Vec<&Resource>> = HashMap::new();
        for resource in cluster.resources() {
            let Some(kind) = resource.kind().filter(|_| is_kept_up(resource)) else { continue };
            let earlier = seen.entry((kind, resource.namespace(), resource.name())).or_default();
            if earlier.iter().any(|other| disagree(cluster, other, resource, out)) {
                continue;
            }
            if earlier.len() < MOST_COMPARED {
                earlier.push(resource);
            }
        }
    }
}

/// The number of objects of one name that an object is compared with.
const MOST_COMPARED: usize = 16;
/// The number of values in two objects that are compared.
const MOST_VALUES: usize = 200_000;

/// Whether a controller restores an object to what is written. An installation writes it only once. In a hosted cluster
/// nobody may write it, which another rule reports. A policy that only reports writes nothing.
fn is_kept_up(resource: &Resource) -> bool {
    let is_named = !resource.name().is_empty() && !is_placeholder(resource.name());
    let is_ours = resource.kind().is_some_and(Kind::configures_images);
    let is_certain = resource.manifest.form != Form::Template;
    let mut chain = resource.carrier.as_ref().into_iter().flat_map(|carrier| carrier.chain());
    is_named
        && is_ours
        && is_certain
        && chain.all(|carrier| {
            let once = carrier.kind.makes_objects() || carrier.kind == CarrierKind::ConfigMap;
            !once && carrier.kind != CarrierKind::NodePool
        })
        && resource
            .brought_by()
            .is_none_or(|carrier| !carrier.kind.is_policy() || carrier.enforcement.is_enforced == Some(true))
}

/// Whether a carrier only adds to an object.
fn merges(carrier: Option<&Carrier>) -> bool {
    carrier.is_some_and(|carrier| carrier.kind.is_policy() && !carrier.enforcement.is_exact)
}

fn shown(carrier: Option<&Carrier>) -> String {
    carrier.map_or_else(|| "the plain manifest".to_owned(), ToString::to_string)
}

/// Reports the differences between two objects of one name that different carriers apply to the same cluster.
fn disagree(cluster: &Cluster, first: &Resource, second: &Resource, out: &mut Findings) -> bool {
    let (one, other) = (first.brought_by(), second.brought_by());
    // One text cannot differ from itself.
    if first.span() == second.span()
        || one.map(|carrier| carrier.span) == other.map(|carrier| carrier.span)
        || !are_together(cluster, first, second)
    {
        return false;
    }
    let spec = |resource: &Resource| resource.manifest.root().entry("spec").map(|spec| spec.value.kind());
    if spec(first) != Some(Shape::Mapping) || spec(second) != Some(Shape::Mapping) {
        return false;
    }
    let mut look = Look { first_merges: merges(one), second_merges: merges(other), left: MOST_VALUES };
    let (a, b) = (first.manifest.root().entry("spec"), second.manifest.root().entry("spec"));
    let Some((a, b)) = a.zip(b).and_then(|(a, b)| look.clash(a, b)) else { return false };
    let kind = &*second.identity().kind;
    let message =
        format!("`{}` of `{kind}` `{}` differs from {}", b.key.key_text(), second.name(), shown(one));
    let finding = out.report(b.key.span(), message);
    finding.related(a.key.span(), format!("{} has this value", shown(one)));
    let (both_add, is_list) = (look.first_merges && look.second_merges, b.value.kind() == Shape::Sequence);
    if both_add && is_list {
        finding.severity(Severity::Warning).help(
            "write the list in one policy, or use `mustonlyhave`; policies with `musthave` only add to a \
             list: the cluster gets the entries of both, and keeps an entry that is removed from one of \
             them",
        );
    } else {
        finding.help(format!(
            "write it in one of them; {} and {} each apply their own value again and again: the object \
             changes back and forth, and so do the files on the nodes",
            shown(one),
            shown(other)
        ));
    }
    true
}

/// Whether it is certain that two objects reach the same cluster.
fn are_together(cluster: &Cluster, first: &Resource, second: &Resource) -> bool {
    match (cluster.member_at(first.span()), cluster.member_at(second.span())) {
        (Some((one, _, a)), Some((other, _, b))) => one == other || (a.is_sure() && b.is_sure()),
        _ => false,
    }
}

/// A comparison, which ends after a limited number of values.
struct Look {
    first_merges: bool,
    second_merges: bool,
    left: usize,
}

impl Look {
    /// The first field that both values set, and that cannot satisfy both.
    fn clash<'a, 'b>(&mut self, first: Entry<'a>, second: Entry<'b>) -> Option<(Entry<'a>, Entry<'b>)> {
        let (a, b) = (first.value.resolved(), second.value.resolved());
        if a.kind() == Shape::Mapping && b.kind() == Shape::Mapping {
            return b.entries().into_iter().find_map(|entry| {
                self.left = self.left.checked_sub(1)?;
                self.clash(a.entry(&entry.key.key_text())?, entry)
            });
        }
        let are_lists = a.kind() == Shape::Sequence && b.kind() == Shape::Sequence;
        let agree = match (are_lists, self.first_merges, self.second_merges) {
            (true, true, true) => self.is_within(a, b) || self.is_within(b, a),
            (true, true, false) => self.is_within(a, b),
            (true, false, true) => self.is_within(b, a),
            _ => self.is_same(a, b),
        };
        (!agree).then_some((first, second))
    }

    /// Whether all items of a list are in the other.
    fn is_within(&mut self, list: Node<'_>, other: Node<'_>) -> bool {
        list.items().all(|item| other.items().any(|other| self.is_same(item, other)))
    }

    fn is_same(&mut self, a: Node<'_>, b: Node<'_>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return true };
        self.left = left;
        let (a, b) = (a.resolved(), b.resolved());
        match (a.kind(), b.kind()) {
            (Shape::Mapping, Shape::Mapping) => {
                let (one, other) = (a.entries(), b.entries());
                self.left = self.left.saturating_sub(one.len() + other.len());
                one.len() == other.len()
                    && one.iter().all(|entry| {
                        b.get(&entry.key.key_text()).is_some_and(|value| self.is_same(entry.value, value))
                    })
            }
            (Shape::Sequence, Shape::Sequence) => {
                let (mut one, mut other) = (a.items(), b.items());
                loop {
                    match (one.next(), other.next()) {
                        (None, None) => return true,
                        (Some(a), Some(b)) if self.is_same(a, b) => {}
                        _ => return false,
                    }
                }
            }
            (Shape::Scalar, Shape::Scalar) => {
                a.text() == b.text() || is_placeholder(a.text()) || is_placeholder(b.text())
            }
            _ => [a, b].iter().any(|node| node.kind() == Shape::Scalar && is_placeholder(node.text())),
        }
    }
}
