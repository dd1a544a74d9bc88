//! An entry of a registry list that no image name can match, or that stops the Machine Config Operator.

use crate::finding::{Effect, Findings};
use crate::model::named_entries;
use crate::model::scope::repair::{Repair, advice, effect, message};
use crate::model::scope::{Flaw, check_source};
use crate::node::{self, Skipped};
use crate::openshift::VALIDATED_SCOPES;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidScope {}

impl Rule for InvalidScope {
    const META: Meta = Meta {
        id: "invalid-scope",
        summary: "a registry entry that is not a registry, repository or wildcard",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                let Some(flaw) = check_source(&entry.value) else { continue };
                if matches!(flaw, Flaw::Scheme | Flaw::Tag | Flaw::Digest) {
                    continue;
                }
                let freezes = freezes(view, list, entry);
                let before = match (freezes, list) {
                    (true, _) => FREEZES,
                    (false, "insecureRegistries") if flaw == Flaw::TrailingSlash => {
                        "only `registries.conf` ignores the slash: mirrors and entries below the name do \
                         not change"
                    }
                    (false, "blockedRegistries") if flaw == Flaw::TrailingSlash => {
                        "`registries.conf` ignores the slash, but `policy.json` never matches the entry"
                    }
                    (false, _) => "no image name matches the entry",
                };
                let effect = effect(cluster, before);
                let repair = Repair::of(&entry.value, flaw, check_source).map(|repair| repair.in_list(list));
                let fix = repair.as_ref().and_then(|repair| repair.fix(resource.edit(), entry.span));
                let finding = out
                    .report(entry.span, message("entry", &entry.value, flaw))
                    .help(format!("{}; {effect}", advice(flaw, repair.as_ref())))
                    .fix(fix);
                if refused {
                    finding.effect(Effect::Refused);
                } else if freezes {
                    finding.effect(Effect::Freezes);
                } else {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}

/// The effect of an entry that the operator does not accept.
const FREEZES: &str = "the Machine Config Operator stops at this: no change of image configuration reaches \
                       any node, and only its log says so";

/// Whether the operator stops at an entry of a list.
fn freezes(view: &ClusterView<'_>, list: &str, entry: &Spanned<String>) -> bool {
    let in_force = view.cluster.image().is_some_and(|(resource, _)| resource.span().contains(entry.span));
    // If the check of the release fails, the operator drops two of the lists before it reads their entries.
    let dropped = || matches!(view.nodes().skipped, Some(Skipped::Everything { .. }));
    !node::is_scope(&entry.value) && in_force && (list == "insecureRegistries" || !dropped())
}
