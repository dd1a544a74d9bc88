//! Nodes check every place by its own name before they contact it, so they skip a mirror in a blocked scope.

use crate::finding::Findings;
use crate::node::lookup::Registries;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirroredSource};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlockedMirror {}

impl Rule for BlockedMirror {
    const META: Meta = Meta {
        id: "blocked-mirror",
        summary: "a mirror in a blocked registry or in a source that is never contacted",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some(files) = view.files() else { return };
        let Ok(registries) = Registries::load(&files.registries_conf, None) else { return };
        for rule in view.sources().iter().flat_map(MirroredSource::real) {
            let source = rule.source();
            for mirror in rule.entry.mirrors().iter().filter(|mirror| mirror.value != source.value) {
                let Some(found) = registries.find(&mirror.value) else { continue };
                let Some(&blocker) = found.entry.blocked.spans.first() else { continue };
                out.report(
                    mirror.span,
                    format!("mirror `{}` lies in `{}`, which is blocked", mirror.value, found.prefix),
                )
                .related(blocker, "it is blocked here")
                .help(format!(
                    "unblock the mirror, or name another one; nodes skip the mirror for every pull of \
                     `{}`, and do not use the mirrors of `{}` instead",
                    source.value, found.prefix
                ));
            }
        }
    }
}
