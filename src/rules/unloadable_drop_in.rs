//! A `registries.conf` or drop-in of a `MachineConfig` that the container runtime does not load.
//!
//! Sources: containers/image `pkg/sysregistriesv2/system_registries_v2.go` (`loadConfigFile`, `postProcessRegistries`);
//! cri-o `pkg/config/config.go` and `reload.go` (what a start and a reload do then).

use crate::finding::Findings;
use crate::node::pools::{Contents, nodes_of};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnloadableDropIn {}

impl Rule for UnloadableDropIn {
    const META: Meta = Meta {
        id: "unloadable-drop-in",
        summary: "a MachineConfig with registries that the container runtime does not load",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (file, pools) in view.nodes().pools.files() {
            let Contents::Refused(refusal) = &file.contents else { continue };
            let (name, nodes) = (file.name(), nodes_of(&pools));
            let what = format!("{}{}", refusal.what, refusal.spot.in_file());
            let then = if file.is_drop_in() {
                "a new drop-in reboots the nodes, `maxUnavailable` at a time; CRI-O then does not start, \
                 and the node stays `NotReady`"
            } else {
                "CRI-O keeps the old configuration, and only its journal says so; its next start fails, \
                 and the node stays `NotReady`"
            };
            // The message about a text that cannot be decoded needs no addition.
            let why =
                if refusal.why == refusal.what { String::new() } else { format!(" (`{}`)", refusal.why) };
            out.report(refusal.spot.span, format!("`{name}` does not load on {nodes}: {what}"))
                .subject(name)
                .subject(&refusal.what)
                .stands_alone()
                .help(format!("{}; {then}{why}", refusal.advice));
        }
    }
}
