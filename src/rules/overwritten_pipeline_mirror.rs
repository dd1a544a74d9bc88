//! A Konflux pipeline makes a JSON object of the entries, with the source as the key: of two entries of a source, the last
//! one counts.
//!
//! Source: konflux-ci/konflux-test `test/utils.sh` (`process_image_digest_mirror_set`), which reads only
//! `.spec.imageDigestMirrors`.

use crate::finding::{Findings, Fix};
use crate::model::{Cluster, Resource};
use crate::read::crd::{MirrorEntry, MirrorKind, MirrorSet};
use crate::read::manifest::Form;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OverwrittenPipelineMirror {}

impl Rule for OverwrittenPipelineMirror {
    const META: Meta = Meta {
        id: "overwritten-pipeline-mirror",
        summary: "mirrors that a pipeline does not see",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_PIPELINES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set) in cluster.mirror_sets() {
            if resource.manifest.form == Form::CiOnly && set.kind == MirrorKind::Digest {
                overwritten(resource, set, out);
                idle(resource, set, out);
            }
        }
    }
}

fn overwritten(resource: &Resource, set: &MirrorSet, out: &mut Findings) {
    let last: HashMap<&str, &MirrorEntry> =
        set.entries().iter().map(|entry| (entry.source.value.as_str(), entry)).collect();
    for entry in set.entries() {
        let source = entry.source.value.as_str();
        let counts = last[source];
        if counts.span == entry.span {
            continue;
        }
        let finding =
            out.report(entry.source.span, format!("the mirrors of `{source}` here are overwritten"));
        finding.related(counts.source.span, "the pipeline uses this entry").help(
            "write one entry with all mirrors of the source; of several entries the pipeline uses \
                   only the last one",
        );
        // Mirrors that the last entry has, too, are not lost.
        let is_open = entry.mirrors.as_ref().is_some_and(|list| list.open) || entry.policy_is_open;
        let is_repeated = !is_open
            && entry
                .mirrors()
                .iter()
                .all(|mirror| counts.mirrors().iter().any(|kept| kept.value == mirror.value))
            && entry.effective_policy() == counts.effective_policy();
        if is_repeated {
            let edit = resource.edit().remove_item(entry.span);
            finding.fix(Fix::unsafe_("remove the entry, whose mirrors the last one has", [edit]));
        }
    }
}

/// A pipeline looks for an image at its mirrors if the source does not have it.
fn idle(resource: &Resource, set: &MirrorSet, out: &mut Findings) {
    for entry in set.entries() {
        for mirror in entry.mirrors().iter().filter(|mirror| mirror.value == entry.source.value) {
            let is_alone = entry.mirrors().len() == 1;
            let edit = if is_alone {
                resource.edit().remove_item(entry.span)
            } else {
                resource.edit().remove_item(mirror.span)
            };
            let title = if is_alone { "remove the entry" } else { "remove the mirror" };
            out.report(mirror.span, format!("`{}` mirrors itself", mirror.value))
                .related(entry.source.span, "the source is set here")
                .help("name the repository that holds the images before they are released; the pipeline finds nothing new here")
                .fix(Fix::unsafe_(title, [edit]));
        }
    }
}
