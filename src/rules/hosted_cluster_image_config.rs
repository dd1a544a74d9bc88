//! Image configuration of a hosted cluster in a place that does not accept it, or of a size that the API server refuses.
//!
//! Sources: openshift/hypershift `hypershift-operator/controllers/nodepool/config.go` (the kinds that a `NodePool` accepts),
//! `control-plane-operator/hostedclusterconfigoperator/controllers/resources/kas/admissionpolicies.go`,
//! `api/hypershift/v1beta1/hostedcluster_types.go` (the limits).

use crate::finding::{Effect, Findings};
use crate::model::{Cluster, Resource};
use crate::openshift::GUARDED_GUESTS;
use crate::read::carrier::{Carrier, CarrierKind};
use crate::read::crd::{Kind, MirrorKind, MirrorSet, Typed};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HostedClusterImageConfig {}

impl Rule for HostedClusterImageConfig {
    const META: Meta = Meta {
        id: "hosted-cluster-image-config",
        summary: "image configuration that a hosted cluster does not accept",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let host = cluster.host();
        for resource in cluster.resources() {
            let Some(kind) = resource.kind() else { continue };
            if let Some(node_pool) = resource.carried_by(CarrierKind::NodePool) {
                in_node_pool(resource, kind, node_pool, out);
            } else if host_of(resource).is_some() {
                if let Typed::Mirrors(set) = &resource.typed {
                    sizes(resource, set, out);
                }
            } else if let Some(host) = host.filter(|_| cluster.version() >= GUARDED_GUESTS) {
                in_guest(cluster, resource, kind, host, out);
            }
        }
    }
}

fn host_of(resource: &Resource) -> Option<&Carrier> {
    resource.made_by().filter(|carrier| carrier.kind == CarrierKind::HostedCluster)
}

/// The right place for such configuration.
fn instead(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "write its `spec` under `spec.configuration.image` of the HostedCluster",
        Kind::Mirrors(MirrorKind::Tag) => {
            "mirror by digest under `spec.imageContentSources` of the HostedCluster, which accepts no \
             mirrors for tags"
        }
        _ => "write its entries under `spec.imageContentSources` of the HostedCluster",
    }
}

fn in_node_pool(resource: &Resource, kind: Kind, node_pool: &Carrier, out: &mut Findings) {
    if !matches!(kind, Kind::Image | Kind::Mirrors(MirrorKind::Tag)) {
        return;
    }
    out.report(resource.kind_span(), format!("a NodePool does not accept `{}`", kind.name()))
        .related(node_pool.span, "this names the ConfigMap")
        .help(format!(
            "{}; the operator reports `unsupported config type`, and changes nothing in the pool while \
             this is in its configuration",
            instead(kind)
        ));
}

fn in_guest(cluster: &Cluster, resource: &Resource, kind: Kind, host: &Carrier, out: &mut Findings) {
    let is_guarded =
        matches!(kind, Kind::Mirrors(_)) || (kind == Kind::Image && resource.name() == "cluster");
    let is_sure = cluster.member_at(resource.span()).is_some_and(|(_, _, evidence)| evidence.is_sure());
    let installs = resource.carrier.as_ref().is_some_and(|it| it.chain().any(|it| it.kind.installs()));
    if !is_guarded || !is_sure || installs {
        return;
    }
    out.report(resource.kind_span(), format!("a hosted cluster refuses `{}`", kind.name()))
        .related(host.span, format!("because of {host} the cluster is a hosted cluster"))
        .help(format!(
            "{}; from OpenShift {GUARDED_GUESTS} on an admission policy of the hosted cluster lets only \
             the operator of HyperShift change this kind",
            instead(kind)
        ))
        .effect(Effect::Refused);
}

/// `MaxItems` of the sources and of the mirrors of each.
const MAX_ITEMS: usize = 255;
/// `MaxLength` of a source and of a mirror, in characters.
const MAX_LENGTH: usize = 255;

fn sizes(resource: &Resource, set: &MirrorSet, out: &mut Findings) {
    let mut report = |span: Span, message: String, advice: &str, most: &str| {
        out.report(span, message)
            .help(format!("{advice}; {} with more than {most}", resource.refusal()))
            .effect(Effect::Refused);
    };
    let key = resource.manifest.root().entry("spec").map(|spec| spec.key.span());
    let count = set.entries().len();
    if let Some(key) = key.filter(|_| count > MAX_ITEMS) {
        report(
            key,
            format!("`imageContentSources` has {count} entries"),
            "name whole registries",
            "255 of them",
        );
    }
    for entry in set.entries() {
        if let Some(mirrors) = entry.mirrors.as_ref().filter(|mirrors| mirrors.items.len() > MAX_ITEMS) {
            let message = format!("`{}` has {} mirrors", entry.source.value, mirrors.items.len());
            report(mirrors.key, message, "keep the most important mirrors", "255 for a source");
        }
        let names = std::iter::once(&entry.source).chain(entry.mirrors());
        for name in names.filter(|name| name.value.chars().count() > MAX_LENGTH) {
            let message = format!("this name has {} characters", name.value.chars().count());
            report(name.span, message, "name a shorter scope that covers it", "255 characters in a name");
        }
    }
}
