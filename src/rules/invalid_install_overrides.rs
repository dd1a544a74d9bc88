//! Overrides of an install-config are JSON. The assisted service does not install a cluster with overrides that it cannot
//! read.
//!
//! Sources: openshift/assisted-service `internal/installcfg/builder/builder.go`, `internal/controller/controllers`
//! (`agent-install.openshift.io/install-config-overrides`); stolostron/siteconfig.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::Typed;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidInstallOverrides {}

impl Rule for InvalidInstallOverrides {
    const META: Meta = Meta {
        id: "invalid-install-overrides",
        summary: "overrides of an install-config that are not JSON",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::Settings(settings) = &resource.typed else { continue };
            let Some(why) = &settings.broken_overrides else { continue };
            out.report(why.span, format!("the overrides of the install-config are not JSON: {}", why.value))
                .help(
                    "write one JSON object, with quotes around every key and no comma behind the last value; \
                 the assisted service stops with `invalid character`, ignores all overrides, and does not \
                 install the cluster",
                );
        }
    }
}
