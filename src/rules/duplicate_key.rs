//! Of two equal keys `oc` keeps the last and says nothing: the first value is lost.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::{Kind, Node};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateKey {}

impl Rule for DuplicateKey {
    const META: Meta = Meta {
        id: "duplicate-key",
        summary: "the same key stands twice in a map",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/duplicate-key.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let root = resource.manifest.root();
            let maps = root.descendants().filter(|node| node.kind() == Kind::Mapping);
            for map in maps {
                let mut seen: HashMap<_, Node<'_>> = HashMap::new();
                for (key, _) in map.raw_pairs() {
                    let name = key.resolved().key_text();
                    // Several merge keys are unusual but lose nothing.
                    if name == "<<" {
                        continue;
                    }
                    if let Some(first) = seen.insert(name.clone(), key) {
                        out.report(key.span(), format!("`{name}` is set twice"))
                            .related(first.span(), "this value is lost")
                            .help("`oc` keeps the last of the two without a word; keep one");
                    }
                }
            }
        }
    }
}
