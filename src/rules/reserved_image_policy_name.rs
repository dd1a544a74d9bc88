//! The release has an image policy of its own, and names that begin with the name of that policy are reserved.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::openshift::{RELEASE_POLICIES, RELEASE_POLICY, RESERVED_POLICY_NAMES};
use crate::read::crd::{Kind, PolicyKind};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReservedImagePolicyName {}

impl Rule for ReservedImagePolicyName {
    const META: Meta = Meta {
        id: "reserved-image-policy-name",
        summary: "a ClusterImagePolicy with a name that belongs to the release",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        // OKD and hosted clusters do not have the release's policy, so the name is free there.
        if !cluster.may_have_release_policy() {
            return;
        }
        for (resource, _) in cluster.image_policies() {
            let is_reserved = resource.name().starts_with(RELEASE_POLICY);
            if resource.kind() != Some(Kind::ImagePolicy(PolicyKind::Cluster)) || !is_reserved {
                continue;
            }
            let name = resource.name();
            let is_overwritten = name == RELEASE_POLICY && cluster.version() >= RELEASE_POLICIES;
            let finding =
                out.report(resource.name_span(), format!("the name `{name}` is reserved for OpenShift"));
            if is_overwritten {
                finding.help(format!(
                    "write another name: from OpenShift {RELEASE_POLICIES} on the release has its own \
                     ClusterImagePolicy `{RELEASE_POLICY}`, and the cluster version operator replaces \
                     these scopes and keys with those of the release; OpenShift {RESERVED_POLICY_NAMES} \
                     refuses the update while the object is there (`ConflictingClusterImagePolicy`)"
                ));
            } else if name == RELEASE_POLICY {
                finding.help(format!(
                    "write another name: OpenShift {RESERVED_POLICY_NAMES} refuses the update to \
                     {RELEASE_POLICIES} while the object is there (`ConflictingClusterImagePolicy`), and \
                     from {RELEASE_POLICIES} on the policy of the release replaces it"
                ));
            } else {
                finding.help(format!(
                    "write another name: names that begin with `{RELEASE_POLICY}` are reserved for \
                     policies of the release, and a later release may replace this policy"
                ));
            }
            // On ROSA, only clusters that run their own control plane have the release's policy.
            if !cluster.platform.brings_image_policy() {
                finding.severity(Severity::Warning);
            }
        }
    }
}
