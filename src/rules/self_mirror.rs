//! A source in its own list of mirrors: at the end it has no effect, elsewhere it changes the order.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::SourcePolicy;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SelfMirror {}

impl Rule for SelfMirror {
    const META: Meta = Meta {
        id: "self-mirror",
        summary: "a source among its own mirrors",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, _, entry) in cluster.mirror_entries() {
            if entry.effective_policy() != Some(SourcePolicy::AllowContactingSource) {
                continue;
            }
            let Some(list) = &entry.mirrors else { continue };
            let is_self = |mirror: &Spanned<String>| mirror.value == entry.source.value;
            let alone = !list.open && list.items.iter().all(is_self);
            let real = list.items.iter().rposition(|mirror| !is_self(mirror));
            for (index, mirror) in list.items.iter().enumerate().filter(|(_, mirror)| is_self(mirror)) {
                let is_last = !list.open && real.is_none_or(|real| real < index);
                let (effect, fix) = if alone {
                    let edit = resource.edit().remove_item(entry.span);
                    (
                        "name another mirror, or remove the entry; without one it does nothing",
                        Fix::safe("remove the entry", [edit]),
                    )
                } else if is_last {
                    let edit = resource.edit().remove_item(mirror.span);
                    (
                        "remove it; nodes always try the source last",
                        Fix::safe("remove the mirror", [edit]).map(Fix::changes_nodes),
                    )
                } else {
                    let edit = resource.edit().remove_item(mirror.span);
                    (
                        "remove it, or move it behind the other mirrors; nodes ask the source before the \
                         mirrors behind it, and again at the end",
                        Fix::unsafe_("remove the mirror", [edit]).map(Fix::changes_nodes),
                    )
                };
                out.report(mirror.span, format!("`{}` mirrors itself", mirror.value))
                    .related(entry.source.span, "the source is set here")
                    .help(effect)
                    .fix(fix);
            }
        }
    }
}
