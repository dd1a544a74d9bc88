//! Everything that `allowedRegistries` leaves out is refused, and OpenShift's own images come from registries too.

use super::invalid_scope::Repair;
use crate::crd::{ImageConfig, List};
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::scope::{Parents, ScopeSet, check_source, covers, host};
use crate::openshift::{Platform, payload};
use crate::pull::{Policy, Resolver, Verdict};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadRegistryNotAllowed {
    /// What the clusters run on, where that differs from the configuration's `platform`.
    platform: Option<Platform>,
    /// More registries or repositories that every cluster needs.
    registries: Vec<String>,
}

impl Rule for PayloadRegistryNotAllowed {
    const META: Meta = Meta {
        id: "payload-registry-not-allowed",
        summary: "the allowlist forgot what OpenShift itself is pulled from",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/payload-registry-not-allowed.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let resolver = view.files().map(Resolver::of_files);
        let in_force = cluster.image().map(|(resource, _)| resource.span());
        for (resource, image) in cluster.images() {
            let Some(list) = allowlist(image) else { continue };
            let allowed = ScopeSet::new(&list.items);
            let below = Parents::new(&list.items);
            // Of an `Image` that is not in force, or whose policy is not written, the list alone tells.
            let resolver = resolver.as_ref().filter(|_| in_force == Some(resource.span()));
            let meant = meant(list);
            let missing: Vec<Need> = self
                .needs(cluster)
                .into_iter()
                .filter(|need| !meant.iter().any(|entry| covers(entry, &need.name)))
                .filter(|need| match resolver.and_then(|resolver| need.policy(resolver)) {
                    Some(policy) => policy.verdict == Verdict::Rejected && policy.scope.is_none(),
                    None => allowed.covering(&need.name).is_none(),
                })
                .collect();
            let mut entries: Vec<&str> = Vec::new();
            let mut seen: HashSet<&str> = HashSet::new();
            for need in &missing {
                // Where only parts of the registry are allowed so far, a part is enough.
                let host = host(&need.name);
                let entry = if below.lie_in(host) { need.name.as_str() } else { host };
                if seen.insert(entry) {
                    entries.push(entry);
                }
            }
            let Some(what) = what_for(&missing) else { continue };
            let names = named(&entries);
            let finding = out
                .report(list.key, format!("`allowedRegistries` leaves out {names}"))
                .help(format!(
                    "a node refuses to pull every image that the list does not cover, {what} among them; add {names}"
                ))
                .fix(Fix::safe(format!("add {names}"), [resource.edit().append_items(list.span, &entries)]));
            for entry in &entries {
                finding.subject(*entry);
            }
            if let Some(mirrored) = missing.iter().find_map(|need| need.mirrored) {
                finding.stands_alone().related(
                    mirrored,
                    "this is mirrored, yet `policy.json` asks for the name in the pull spec, not for the mirror's",
                );
            }
        }
    }
}

/// A repository or registry that the cluster pulls from.
pub(super) struct Need {
    /// What has to be covered.
    pub(super) name: String,
    /// What it is for.
    what: &'static str,
    /// The source of a mirror set that holds it.
    mirrored: Option<Span>,
}

const OPERATORS: &str = "registry.redhat.io";

impl Need {
    /// What the node's policy says of an image of it.
    fn policy(&self, resolver: &Resolver<'_>) -> Option<Policy> {
        // For a whole registry, an image that nobody has a scope for.
        let path = if self.name.contains('/') { "" } else { "/any/image" };
        let image = format!("{}{path}@sha256:{}", self.name, "0".repeat(64));
        if self.name.starts_with("*.") { None } else { resolver.resolve(&image).policy }
    }
}

impl PayloadRegistryNotAllowed {
    fn needs(&self, cluster: &Cluster) -> Vec<Need> {
        let mut needs = needs(cluster, self.platform.unwrap_or(cluster.platform));
        needs.extend(self.registries.iter().map(|registry| Need {
            name: registry.clone(),
            what: "those that the configuration names",
            mirrored: None,
        }));
        needs
    }
}

/// What OpenShift itself pulls from on a platform.
pub(super) fn needs(cluster: &Cluster, platform: Platform) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut need = |name: &str, what, mirrored| {
        needs.push(Need { name: name.to_owned(), what, mirrored });
    };
    let sources = || cluster.mirror_entries().filter(|(_, _, entry)| !entry.mirrors().is_empty());
    for repository in payload(platform, &cluster.release_repository) {
        let mut holding = sources().filter(|(_, _, entry)| covers(&entry.source.value, repository));
        need(repository, "OpenShift's own", holding.next().map(|(_, _, entry)| entry.source.span));
    }
    if platform != Platform::Okd {
        // A disconnected cluster pulls from the registry just what it mirrors, under the name of the source.
        let mut mirrored =
            sources().filter(|(_, _, entry)| host(&entry.source.value) == OPERATORS).peekable();
        if mirrored.peek().is_none() {
            need(OPERATORS, "those of operators and catalogs", None);
        }
        for (_, _, entry) in mirrored {
            need(&entry.source.value, "those of operators and catalogs", Some(entry.source.span));
        }
    }
    if platform == Platform::Aro {
        need("arosvc.azurecr.io", "those of Azure Red Hat OpenShift", None);
    }
    needs
}

/// What the missing names are for; `None` when nothing is missing.
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

/// More names than this are counted.
const MOST_NAMES: usize = 3;

/// `a`, `b` and 5 more
fn named(entries: &[&str]) -> String {
    let quoted: Vec<String> = entries.iter().take(MOST_NAMES).map(|entry| format!("`{entry}`")).collect();
    match (quoted.split_last(), entries.len().saturating_sub(MOST_NAMES)) {
        (Some((last, others)), 0) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        (_, 0) => quoted.concat(),
        (_, more) => format!("{} and {more} more", quoted.join(", ")),
    }
}

/// What entries with a slip in them (a scheme, a tag, a slash at the end) were meant to say. Another rule reports the
/// slip, and mending it is enough.
pub(super) fn meant(list: &List<Spanned<String>>) -> Vec<String> {
    let flawed =
        list.items.iter().filter_map(|entry| Some((entry.value.as_str(), check_source(&entry.value)?)));
    flawed.filter_map(|(name, flaw)| Repair::of(name, flaw, check_source)).map(Repair::into_name).collect()
}

/// The allowlist, if it is in force and wholly known.
pub(super) fn allowlist(image: &ImageConfig) -> Option<&List<Spanned<String>>> {
    let list = image.registry_sources.as_ref()?.allowed.as_ref()?;
    // An empty list allows everything; one with placeholders may hold anything.
    (!list.items.is_empty() && !list.open).then_some(list)
}
