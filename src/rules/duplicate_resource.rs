//! Of two objects with one identity, the last one that is applied wins, and nobody chose the order.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::Resource;
use crate::read::crd::{Kind, is_placeholder};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateResource {}

impl Rule for DuplicateResource {
    const META: Meta = Meta {
        id: "duplicate-resource",
        summary: "the same resource twice in one cluster",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_DUMPS: bool = false;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let mut seen: HashMap<(Kind, &str, &str, Option<Span>), &Resource> = HashMap::new();
        for resource in cluster.resources() {
            let Some(kind) = resource.kind().filter(|_| !resource.name().is_empty()) else {
                continue;
            };
            let is_singular = matches!(kind, Kind::ClusterVersion | Kind::PullSecret);
            if is_singular || matches!(kind, Kind::MirrorReference(_) | Kind::Settings | Kind::Neighbour(_)) {
                continue;
            }
            let (namespace, name) = (resource.namespace(), resource.name());
            if is_placeholder(name) {
                continue;
            }
            // Objects of several carriers replace each other again and again, which another rule reports.
            let carrier = resource.brought_by();
            if carrier.is_some_and(|carrier| carrier.kind.is_policy()) {
                continue;
            }
            let carrier = carrier.map(|carrier| carrier.span);
            let Some(first) = seen.insert((kind, namespace, name, carrier), resource) else { continue };
            out.report(resource.name_span(), format!("`{}` `{name}` is defined twice", kind.name()))
                .related(first.name_span(), "the other one is here")
                .help(if kind == Kind::Image {
                    "merge them; the object that is applied last replaces the other completely"
                } else {
                    "merge them, or rename one; the object that is applied last replaces the other \
                     completely"
                });
        }
    }
}
