//! `insecureRegistries` compares host and port: an entry with only the host does not apply to the registry on another port.

use crate::finding::Findings;
use crate::model::scope::host;
use crate::node::nesting;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureMirrorPort {}

impl Rule for InsecureMirrorPort {
    const META: Meta = Meta {
        id: "insecure-mirror-port",
        summary: "a mirror with a port, whose host is insecure without the port",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((_, image)) = view.cluster.image() else { return };
        let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref()) else {
            return;
        };
        let insecure: HashMap<&str, &Spanned<String>> =
            list.items.iter().map(|entry| (entry.value.as_str(), entry)).collect();
        let covering = |name: &str| nesting::outer(name).find_map(|outer| insecure.get(&*outer).copied());
        let mut missing: BTreeMap<(&str, &str), [&Spanned<String>; 2]> = BTreeMap::new();
        for mirror in view.cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors()) {
            let registry = host(&mirror.value);
            let Some((name, _)) = registry.split_once(':') else { continue };
            let portless = format!("{name}{}", &mirror.value[registry.len()..]);
            if list.open || covering(&mirror.value).is_some() {
                continue;
            }
            if let Some(entry) = covering(&portless) {
                missing.entry((&entry.value, registry)).or_insert([entry, mirror]);
            }
        }
        for ((scope, registry), [entry, mirror]) in missing {
            out.report(entry.span, format!("`{scope}` does not make `{registry}` insecure"))
                .subject(scope)
                .subject(registry)
                .related(mirror.span, "a mirror with this port is here")
                .help(format!(
                    "write the port here, too, or trust the certificate authority of the registry instead; \
                     a port is part of the name, so nodes ask `{registry}` with verified TLS, and skip it \
                     when this fails"
                ));
        }
    }
}
