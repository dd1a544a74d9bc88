//! If the first part of a name has neither a dot nor a port, the container runtime reads the name as a repository of Docker
//! Hub.

use crate::finding::Findings;
use crate::model::named_entries;
use crate::model::scope::is_unqualified;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirroredSource};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnqualifiedHost {}

impl Rule for UnqualifiedHost {
    const META: Meta = Meta {
        id: "unqualified-host",
        summary: "a registry whose name has neither a dot nor a port",
        category: Category::Scopes,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (_, image) in view.cluster.images() {
            for (_, entry) in named_entries(image).filter(|(_, entry)| is_unqualified(&entry.value)) {
                let name = &entry.value;
                out.report(entry.span, message(name)).help(format!(
                    "write the registry with its domain or its port; the container runtime reads `{name}` at \
                     the beginning of an image name as `docker.io/{name}`, so no image matches the entry"
                ));
            }
            let search = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref());
            let entries = search.iter().flat_map(|list| &list.items);
            for entry in entries.filter(|entry| is_unqualified(&entry.value)) {
                let name = &entry.value;
                out.report(entry.span, message(name)).help(format!(
                    "write the registry with its domain or its port; a short name such as `app` is looked up \
                     as `{name}/app`, which the container runtime reads as `docker.io/{name}/app`"
                ));
            }
        }
        for rule in view.sources().iter().flat_map(MirroredSource::real) {
            let source = rule.source();
            if is_unqualified(&source.value) {
                let name = &source.value;
                out.report(source.span, message(name)).help(format!(
                    "write the registry with its domain or its port; the container runtime reads `{name}` at \
                     the beginning of an image name as `docker.io/{name}`, so no image matches the source and \
                     its mirrors are never asked"
                ));
            }
            for mirror in rule.entry.mirrors().iter().filter(|mirror| is_unqualified(&mirror.value)) {
                let name = &mirror.value;
                out.report(mirror.span, message(name))
                    .help(format!(
                        "write the registry with its domain or its port; the container runtime reads it as \
                         `docker.io/{name}`, and rejects a name that is not in canonical form, so every \
                         pull {} of `{}` fails, even if other mirrors or the source have the image",
                        rule.pulls().as_str(),
                        source.value
                    ))
                    .severity(Severity::Error);
            }
        }
    }
}

fn message(name: &str) -> String {
    format!("the host of `{name}` has neither a dot nor a port")
}
