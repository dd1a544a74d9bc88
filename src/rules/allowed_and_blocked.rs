//! `registrySources` accepts either a list of allowed registries or one of blocked registries.

use crate::finding::{Effect, Findings, Fix};
use crate::openshift::EXCLUSIVE_LISTS;
use crate::read::crd::List;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Spanned;
use crate::yaml::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowedAndBlocked {}

impl Rule for AllowedAndBlocked {
    const META: Meta = Meta {
        id: "allowed-and-blocked",
        summary: "allowed and blocked registries in one configuration",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let in_force = cluster.image().map(|(resource, _)| resource.span());
        for (resource, image) in cluster.images() {
            let Some(sources) = &image.registry_sources else { continue };
            let (Some(allowed), Some(blocked)) = (&sources.allowed, &sources.blocked) else { continue };
            let refused = cluster.version() >= EXCLUSIVE_LISTS;
            // Before 4.18, only lists with entries exclude each other.
            let is_empty = |list: &List<Spanned<String>>| list.items.is_empty() && !list.open;
            if !refused && (is_empty(allowed) || is_empty(blocked)) {
                continue;
            }
            // A template that fills in a whole list may leave it empty.
            let is_open = |list: &List<Spanned<String>>| {
                resource.edit().find(list.span).is_some_and(|n| n.kind() == Kind::Scalar)
            };
            if is_open(allowed) || is_open(blocked) {
                continue;
            }
            let effect = if refused && cluster.openshift.is_none() {
                "from OpenShift 4.18 on the API server refuses the object, even if one list is empty; on \
                 older releases the Machine Config Operator stops if both lists have entries, and only its \
                 log says so"
            } else if refused {
                "the API server refuses the object, even if one list is empty"
            } else {
                "the Machine Config Operator stops at this: no change of image configuration reaches any node, and only \
                 its log says so"
            };
            // The operator ignores one entry for the release's own repository, and leaves out blocked scopes around it.
            let is_in_force = in_force == Some(resource.span());
            let contradict = || view.nodes().effective.contradict(&cluster.release_image());
            if !refused && is_in_force && !allowed.open && !blocked.open && !contradict() {
                continue;
            }
            let freezes = is_in_force && !refused && contradict();
            let empty = [blocked, allowed].into_iter().find(|list| is_empty(list));
            let why = if is_empty(allowed) {
                "an empty list is set, too"
            } else {
                "everything that is not on this list is blocked already"
            };
            let edit = empty.and_then(|list| resource.edit().remove_entry(list.key));
            let finding = out.report(blocked.key, "`blockedRegistries` beside `allowedRegistries`");
            finding
                .related(allowed.key, why)
                .help(format!("keep one of the two; {effect}"))
                .field("spec.registrySources")
                .fix(Fix::safe("remove the empty list", [edit]).map(Fix::changes_nodes));
            if refused {
                finding.effect(Effect::Refused);
            } else if freezes {
                finding.effect(Effect::Freezes);
            }
        }
    }
}
