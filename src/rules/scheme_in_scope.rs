//! The Machine Config Operator accepts `https://` in a registry list, and then writes a broken `registries.conf`.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::named_entries;
use crate::model::scope::repair::{effect, restricts};
use crate::model::scope::{Flaw, check_source};
use crate::node::Stop;
use crate::openshift::VALIDATED_SCOPES;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SchemeInScope {}

impl Rule for SchemeInScope {
    const META: Meta = Meta {
        id: "scheme-in-scope",
        summary: "a registry entry with a scheme",
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
                if check_source(&entry.value) != Some(Flaw::Scheme) {
                    continue;
                }
                let bare = entry.value.rsplit_once("://").map_or("", |(_, rest)| rest).trim_end_matches('/');
                let usable = check_source(bare).is_none();
                let advice =
                    if usable { format!("write `{bare}`") } else { "write only the registry".to_owned() };
                // If image policies need signatures, the operator itself loads `registries.conf`.
                let freezes = matches!(&view.nodes().files, Err(Stop::Unloadable(error)) if error.spans.contains(&entry.span));
                let before = if list == "allowedRegistries" {
                    "the entry allows nothing, since no image name begins with a scheme"
                } else if freezes {
                    "the Machine Config Operator looks up the mirrors of image policies in this \
                     `registries.conf`, cannot load it, and stops: no change of image configuration \
                     reaches any node, and only its log says so"
                } else {
                    KEEPS_THE_OLD
                };
                let effect = effect(cluster, before);
                let edit = usable.then(|| resource.edit().set(entry.span, bare)).flatten();
                let safety = if restricts(list) { Safety::Safe } else { Safety::Unsafe };
                let finding = out
                    .report(entry.span, format!("`{}` has a scheme", entry.value))
                    .help(format!("{advice}; {effect}"))
                    .fix(Fix::of("remove the scheme", safety, [edit]).map(Fix::changes_nodes));
                if refused {
                    finding.effect(Effect::Refused);
                } else if freezes {
                    finding.effect(Effect::Freezes);
                }
            }
        }
    }
}

/// The reaction of nodes to a `registries.conf` that the runtime does not load.
const KEEPS_THE_OLD: &str = "CRI-O does not load this `registries.conf`: it keeps the old configuration, \
                             and only its journal says so; its next start fails, and the node stays \
                             `NotReady`";
