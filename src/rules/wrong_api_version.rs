//! A kind of image configuration with an `apiVersion` or `kind` that does not exist: the API server refuses it, or no
//! component reads it.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::Kind;
use crate::read::crd::recognise::Reason;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WrongApiVersion {}

impl Rule for WrongApiVersion {
    const META: Meta = Meta {
        id: "wrong-api-version",
        summary: "a resource that the cluster does not recognize",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, suspicion) in cluster.suspects() {
            let kind = resource.manifest.root().get_str("kind").unwrap_or_default();
            let api_version = resource.manifest.root().get_str("apiVersion").unwrap_or_default();
            let (message, wanted) = match &suspicion.reason {
                Reason::NoApiVersion => (format!("`{kind}` without an `apiVersion`"), None),
                Reason::ApiVersion(wrong) => {
                    (format!("there is no `{kind}` in `{wrong}`"), suspicion.meant.map(Kind::api_version))
                }
                Reason::NoKind => (format!("`{api_version}` without a `kind`"), None),
                Reason::Kind(wrong) => (
                    format!("there is no kind `{wrong}` in `{api_version}`"),
                    suspicion.meant.map(Kind::name),
                ),
                Reason::TopLevelList => ("a list instead of a manifest".to_owned(), None),
            };
            let help = match (&suspicion.reason, suspicion.meant) {
                (Reason::TopLevelList, _) => {
                    "separate the manifests by `---`, or put them under `items` of a `kind: List`; `oc` \
                     accepts no bare lists"
                        .to_owned()
                }
                (_, Some(kind)) => format!(
                    "write `apiVersion: {}` and `kind: {}`; the API server does not know this object, so \
                     nothing of it reaches a node",
                    kind.api_version(),
                    kind.name()
                ),
                (_, None) => "the API server does not know such an object".to_owned(),
            };
            let edit = wanted.map(|wanted| resource.edit().set(suspicion.span, wanted));
            let finding = out.report(suspicion.span, message);
            match &suspicion.reason {
                Reason::NoApiVersion => finding.field("apiVersion"),
                Reason::NoKind => finding.field("kind"),
                _ => finding,
            };
            finding.help(help).effect(Effect::Refused).fix(
                edit.and_then(|edit| Fix::unsafe_("name the kind that was probably meant", [edit]))
                    .map(Fix::changes_nodes),
            );
        }
    }
}
