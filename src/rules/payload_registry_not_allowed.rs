//! Everything that `allowedRegistries` leaves out is refused, and OpenShift's own images come from registries too.

use crate::crd::{ImageConfig, List};
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::scope::{ScopeSet, host};
use crate::openshift::{Platform, payload};
use crate::pull::{Policy, Resolver, Verdict};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;

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
        let platform = self.platform.unwrap_or(cluster.platform);
        let mut needed = needs(cluster, platform);
        needed.extend(self.registries.iter().map(|registry| Need {
            name: registry.clone(),
            entry: registry.clone(),
            what: "what your configuration says every cluster needs",
            because: None,
        }));
        let in_force = cluster.image().map(|(resource, _)| resource.span());
        for (resource, image) in cluster.images() {
            let Some(list) = allowlist(image) else { continue };
            let allowed = ScopeSet::new(&list.items);
            // Of an `Image` that is not in force, or whose policy is not written, the list alone tells.
            let resolver = resolver.as_ref().filter(|_| in_force == Some(resource.span()));
            let is_refused = |need: &&Need| match resolver.and_then(|resolver| need.policy(resolver)) {
                Some(policy) => policy.verdict == Verdict::Rejected && policy.scope.is_none(),
                None => allowed.covering(&need.name).is_none(),
            };
            let missing: Vec<&Need> = needed.iter().filter(is_refused).collect();
            let Some(first) = missing.first() else { continue };
            let mut names: Vec<&str> = Vec::new();
            for need in &missing {
                if !names.contains(&need.entry.as_str()) {
                    names.push(&need.entry);
                }
            }
            let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let edit = resource.edit().append_items(list.span, &names);
            let finding = out
                .report(list.key, format!("`allowedRegistries` leaves out {}", listed.join(" and ")))
                .help(format!(
                    "every image that is not listed is refused, OpenShift's own included: {} cannot be pulled, and nodes \
                     that need to pull them do not come back; add {}",
                    first.what,
                    listed.join(" and ")
                ))
                .fix(Fix::safe(format!("add {}", listed.join(" and ")), [edit]));
            for need in missing.iter().filter_map(|need| need.because) {
                finding.related(
                    need,
                    "this is mirrored, but the name that is asked for has to be allowed all the same",
                );
            }
        }
    }
}

/// A repository or registry that the cluster pulls from.
pub(super) struct Need {
    /// What has to be covered.
    pub(super) name: String,
    /// What to write.
    entry: String,
    /// What it is for.
    what: &'static str,
    /// The mirror rule that names it.
    because: Option<Span>,
}

const OPERATORS: &str = "registry.redhat.io";

impl Need {
    /// What the node's policy says of an image of it.
    fn policy(&self, resolver: &Resolver<'_>) -> Option<Policy> {
        // Of a whole registry, an image that nobody has a scope for.
        let path = if self.name.contains('/') { "" } else { "/any/image" };
        let image = format!("{}{path}@sha256:{}", self.name, "0".repeat(64));
        if self.name.starts_with("*.") { None } else { resolver.resolve(&image).policy }
    }
}

/// What OpenShift itself pulls from on a platform.
pub(super) fn needs(cluster: &Cluster, platform: Platform) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut need = |name: &str, entry: &str, what, because| {
        needs.push(Need { name: name.to_owned(), entry: entry.to_owned(), what, because });
    };
    for repository in payload(platform, &cluster.release_repository) {
        need(repository, host(repository), "the release image and its components", None);
    }
    if platform != Platform::Okd {
        // A disconnected cluster pulls from the registry just what it mirrors, under the name of the source.
        let mut mirrored = cluster
            .mirror_entries()
            .filter(|(_, _, entry)| host(&entry.source.value) == OPERATORS && !entry.mirrors().is_empty())
            .peekable();
        if mirrored.peek().is_none() {
            need(OPERATORS, OPERATORS, "operators and their catalogs", None);
        }
        for (_, _, entry) in mirrored {
            let source = &entry.source;
            need(&source.value, &source.value, "operators and their catalogs", Some(source.span));
        }
    }
    if platform == Platform::Aro {
        need("arosvc.azurecr.io", "arosvc.azurecr.io", "Azure Red Hat OpenShift's own images", None);
    }
    needs
}

/// The allowlist, if it is in force and wholly known.
pub(super) fn allowlist(image: &ImageConfig) -> Option<&List<Spanned<String>>> {
    let list = image.registry_sources.as_ref()?.allowed.as_ref()?;
    // An empty list allows everything; one with placeholders may hold anything.
    (!list.items.is_empty() && !list.open).then_some(list)
}
