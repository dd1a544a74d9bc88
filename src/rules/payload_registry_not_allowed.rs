//! Nodes refuse everything that `allowedRegistries` leaves out, and OpenShift's own images come from registries, too.

use crate::finding::{Effect, Findings, Fix, listed};
use crate::model::Cluster;
use crate::model::allowlist::Allowlist;
use crate::model::needs::{Need, needs};
use crate::openshift::{Platform, ReleaseScope, VALIDATED_SCOPES};
use crate::pull::{Policy, Resolver, Verdict};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadRegistryNotAllowed {
    /// The platform of the clusters, if it differs from `platform` in the configuration.
    platform: Option<Platform>,
    /// Additional registries or repositories that every cluster needs.
    registries: Vec<String>,
}

impl Rule for PayloadRegistryNotAllowed {
    const META: Meta = Meta {
        id: "payload-registry-not-allowed",
        summary: "an allowlist without the registries of OpenShift",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let resolver = view.files().map(Resolver::of_files);
        let stops = view.release_policy_stops();
        let in_force = cluster.image().map(|(resource, _)| resource.span());
        for (resource, image) in cluster.images() {
            let Some(allowed) = Allowlist::of(image) else { continue };
            let list = allowed.list;
            let is_in_force = in_force == Some(resource.span());
            // If the `Image` is not in force, or its policy is not written, only the list counts.
            let resolver = resolver.as_ref().filter(|_| is_in_force);
            let is_meant = |need: &Need| allowed.is_meant_to_cover(&need.name);
            let is_stopped = stops.iter().any(|stop| is_in_force && stop.spans().contains(&list.key));
            // If the release accepts a malformed entry, the operator stops at it all the same.
            let slip_is_refused = cluster.version() >= VALIDATED_SCOPES;
            let missing: Vec<Need> = self
                .needs(cluster)
                .into_iter()
                .filter(|need| !is_meant(need) || (need.signed.is_some() && is_stopped && !slip_is_refused))
                .filter(|need| match resolver.and_then(|resolver| policy(need, resolver)) {
                    Some(policy) => policy.verdict == Verdict::Rejected && policy.scope.is_none(),
                    None => !allowed.covers_exactly(&need.name),
                })
                .collect();
            let Some(what) = what_for(&missing) else { continue };
            let (mut left_out, mut remedy): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
            let (mut seen, mut added) = (HashSet::new(), HashSet::new());
            for need in &missing {
                let (whole, part) = need.widest(&allowed);
                left_out.extend(Some(whole).filter(|name| seen.insert(*name)));
                remedy.extend(Some(part).filter(|name| added.insert(*name)));
            }
            let signed: Vec<&ReleaseScope> =
                missing.iter().filter_map(|need| need.signed).filter(|_| is_stopped).collect();
            let (names, add) = (named(&left_out), named(&remedy));
            let refused = format!("nodes refuse every image that the list does not cover, also {what}");
            let finding = out
                .report(list.key, format!("`allowedRegistries` leaves out {names}"))
                .fix(Fix::widening(format!("add {add}"), [resource.edit().append_items(list.span, &remedy)]));
            if signed.is_empty() {
                finding.help(format!("add {add}; {refused}"));
            } else {
                let scopes = listed(signed.iter().map(|scope| scope.name));
                let also = if signed.len() < missing.len() { format!("; {refused}") } else { String::new() };
                finding.effect(Effect::Freezes).help(format!(
                    "add {add}; {} wants signatures for {scopes}, and where the list leaves out such a scope, the Machine \
                     Config Operator stops: no change of image configuration reaches any node, and only the operator's \
                     log says so{also}",
                    ReleaseScope::policy_of(&signed)
                ));
            }
            for entry in &left_out {
                finding.subject(*entry);
            }
            if let Some(mirrored) = missing.iter().find_map(|need| need.mirrored) {
                finding.stands_alone().related(
                    mirrored,
                    "this is mirrored, but nodes compare the name in the pull spec with `policy.json`, not \
                     the name of the mirror",
                );
            }
        }
    }
}

impl PayloadRegistryNotAllowed {
    fn needs(&self, cluster: &Cluster) -> Vec<Need> {
        let mut needs = needs(cluster, self.platform.unwrap_or(cluster.platform));
        needs.extend(self.registries.iter().map(|registry| Need {
            name: registry.clone(),
            what: "those that the configuration names",
            mirrored: None,
            signed: None,
        }));
        needs
    }
}

/// The verdict of the node's policy about an image of it.
fn policy(need: &Need, resolver: &Resolver<'_>) -> Option<Policy> {
    // For a whole registry, an image without a scope of its own.
    let path = if need.name.contains('/') { "" } else { "/any/image" };
    let image = format!("{}{path}@sha256:{}", need.name, "0".repeat(64));
    if need.name.starts_with("*.") { None } else { resolver.resolve(&image).policy }
}

/// The purpose of the missing names; `None` if none is missing.
fn what_for(missing: &[Need]) -> Option<String> {
    let mut whats: Vec<&str> = Vec::new();
    for need in missing {
        if !whats.contains(&need.what) {
            whats.push(need.what);
        }
    }
    let (last, others) = whats.split_last()?;
    Some(if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) })
}

/// More names than this are only counted.
const MOST_NAMES: usize = 3;

/// `a`, `b` and 5 more
fn named(entries: &[&str]) -> String {
    let more = entries.len().saturating_sub(MOST_NAMES);
    if more == 0 {
        return listed(entries.iter().copied());
    }
    let quoted: Vec<String> = entries.iter().take(MOST_NAMES).map(|entry| format!("`{entry}`")).collect();
    format!("{} and {more} more", quoted.join(", "))
}
