//! Blocking what OpenShift is made of, without a mirror by digest, does nothing at best and stops components at worst.

use crate::crd::MirrorKind;
use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::scope::covers;
use crate::openshift::{COMPONENT_REPOSITORY, Platform};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadRegistryBlocked {}

impl Rule for PayloadRegistryBlocked {
    const META: Meta = Meta {
        id: "payload-registry-blocked",
        summary: "OpenShift's own registry is blocked and not mirrored",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/payload-registry-blocked.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (_, image) in cluster.images() {
            let blocked = image.registry_sources.as_ref().and_then(|sources| sources.blocked.as_ref());
            let Some(list) = blocked else { continue };
            for entry in &list.items {
                let covered = |name: &str| covers(&entry.value, name);
                let usable = |name: &str| has_usable_mirror(cluster, name, &list.items);
                let (what, effect) = if covered(&cluster.release_repository)
                    && !usable(&cluster.release_repository)
                {
                    (
                        "the release image",
                        "the Machine Config Operator leaves the entry out and says so in its log alone, so that nothing is blocked",
                    )
                } else if covered(COMPONENT_REPOSITORY) && !usable(COMPONENT_REPOSITORY) {
                    (
                        "OpenShift's component images",
                        "nothing protects them: every component that has to be pulled anew fails",
                    )
                } else if cluster.platform != Platform::Okd
                    && covered(OPERATORS)
                    && !mirrors_any(cluster, OPERATORS)
                {
                    ("the operators' images", "operators and their catalogs cannot be pulled")
                } else {
                    continue;
                };
                out.report(entry.span, format!("`{}` is where {what} {} from", entry.value, if what.ends_with('s') { "come" } else { "comes" }))
                    .help(format!(
                        "{effect}; mirror it by digest (an ImageDigestMirrorSet) before you block it, or remove the entry"
                    ));
            }
        }
    }
}

const OPERATORS: &str = "registry.redhat.io";

/// Whether a pull of `name` by digest finds a mirror outside of the blocked scopes.
fn has_usable_mirror(cluster: &Cluster, name: &str, blocked: &[Spanned<String>]) -> bool {
    let digest = cluster.mirror_entries().filter(|(_, set, _)| set.kind != MirrorKind::Tag);
    let covering = digest.filter(|(_, _, entry)| covers(&entry.source.value, name));
    covering
        .flat_map(|(_, _, entry)| entry.mirrors())
        .any(|mirror| !blocked.iter().any(|scope| covers(&scope.value, &mirror.value)))
}

/// Whether anything of a registry is mirrored by digest.
fn mirrors_any(cluster: &Cluster, registry: &str) -> bool {
    cluster.mirror_entries().any(|(_, set, entry)| {
        set.kind != MirrorKind::Tag
            && !entry.mirrors().is_empty()
            && (covers(registry, &entry.source.value) || covers(&entry.source.value, registry))
    })
}
