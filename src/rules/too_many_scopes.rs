//! From 4.23 on the API server limits the registry lists of an `Image`.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::model::named_lists;
use crate::openshift::VALIDATED_SCOPES;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TooManyScopes {}

impl Rule for TooManyScopes {
    const META: Meta = Meta {
        id: "too-many-scopes",
        summary: "more or longer registry entries than the API accepts",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        if cluster.version() < VALIDATED_SCOPES {
            return;
        }
        for (_, image) in cluster.images() {
            for (name, list) in named_lists(image) {
                if let Some(first_over) = list.items.get(MAX_SCOPES) {
                    let count = list.items.len();
                    out.report(list.key, format!("`{name}` has {count} entries"))
                        .related(first_over.span, "this is the first entry above the limit")
                        .help(format!(
                            "name whole registries or wildcards instead of their parts; from OpenShift 4.23 on \
                             the API server refuses more than {MAX_SCOPES} entries"
                        ))
                        .effect(Effect::Refused);
                }
                for entry in list.items.iter().filter(|entry| entry.value.chars().count() > MAX_LENGTH) {
                    let length = entry.value.chars().count();
                    out.report(entry.span, format!("this entry has {length} characters"))
                        .help(format!(
                            "name a shorter scope that covers it; from OpenShift 4.23 on the API server \
                             refuses more than {MAX_LENGTH} characters"
                        ))
                        .effect(Effect::Refused);
                }
            }
        }
    }
}

/// openshift/api `config/v1/types_image.go`: `MaxItems` of each list.
const MAX_SCOPES: usize = 1024;
/// openshift/api `config/v1/types_image.go`: `items:MaxLength`, which counts characters.
const MAX_LENGTH: usize = 256;
