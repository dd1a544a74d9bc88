//! A `MachineConfig` with a file that the operator writes, too: of the two, the one with the later name wins.
//!
//! Sources: openshift/machine-config-operator `pkg/controller/common/helpers.go` (`MergeMachineConfigs` sorts by name),
//! `pkg/controller/container-runtime-config/container_runtime_config_controller.go` (the names, and the input of each file);
//! containers/image `pkg/sysregistriesv2/system_registries_v2.go` (drop-ins in the order of their names).

use crate::finding::Findings;
use crate::model::{Cluster, Resource};
use crate::read::crd::{CarrierKind, MachineConfig, NodeFile, Typed, is_placeholder};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OverriddenNodeFile {}

impl Rule for OverriddenNodeFile {
    const META: Meta = Meta {
        id: "overridden-node-file",
        summary: "a MachineConfig for a file that the operator writes",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::MachineConfig(config) = &resource.typed else { continue };
            if config.name.is_empty() || is_placeholder(&config.name) || config.is_generated() {
                continue;
            }
            for file in &config.files {
                let pool = Pool::of(resource, config);
                match Owned::by_path(&file.path.value) {
                    Some(owned) => compare_with_generated(cluster, config, file, owned, pool, out),
                    None => drop_in(cluster, file, pool, out),
                }
            }
        }
    }
}

/// A file that the operator writes.
#[derive(Clone, Copy)]
enum Owned {
    Registries,
    Policy,
    SearchList,
    Signatures,
}

/// The drop-in that the operator writes for the search list.
const SEARCH_LIST: &str = "01-image-searchRegistries.conf";

impl Owned {
    fn by_path(path: &str) -> Option<Self> {
        Some(match path.strip_prefix("/etc/containers/")? {
            "registries.conf" => Owned::Registries,
            "policy.json" => Owned::Policy,
            "registries.conf.d/01-image-searchRegistries.conf" => Owned::SearchList,
            "registries.d/sigstore-registries.yaml" => Owned::Signatures,
            _ => return None,
        })
    }

    /// The text of a cluster's configuration from which the file is made.
    fn origin(self, cluster: &Cluster) -> Option<Span> {
        let sources = cluster.image().and_then(|(_, image)| image.registry_sources.as_ref());
        let policies = || cluster.image_policies().next().map(|(resource, _)| resource.kind_span());
        match self {
            Owned::Registries => {
                let lists = sources.and_then(|it| it.insecure.as_ref().or(it.blocked.as_ref()));
                let sets = || cluster.mirror_sets().next().map(|(resource, _)| resource.kind_span());
                lists.map(|list| list.key).or_else(sets)
            }
            Owned::Policy => {
                let lists = sources.and_then(|it| it.allowed.as_ref().or(it.blocked.as_ref()));
                lists.map(|list| list.key).or_else(policies)
            }
            Owned::SearchList => sources.and_then(|it| it.search.as_ref()).map(|list| list.key),
            Owned::Signatures => policies(),
        }
    }

    /// The right place for such settings in a hosted cluster.
    fn instead_in_hosted(self) -> &'static str {
        match self {
            Owned::Registries => {
                "mirrors under `spec.imageContentSources`, the rest under `spec.configuration.image` of the HostedCluster"
            }
            Owned::Policy | Owned::SearchList => {
                "the lists under `spec.configuration.image.registrySources` of the HostedCluster"
            }
            Owned::Signatures => {
                "signatures in a ClusterImagePolicy that `spec.config` of the NodePool names"
            }
        }
    }

    /// The right place for such settings.
    fn instead(self) -> &'static str {
        match self {
            Owned::Registries => {
                "mirrors in an ImageDigestMirrorSet or ImageTagMirrorSet, the rest under `registrySources` of the \
                 Image `cluster`"
            }
            Owned::Policy => {
                "registries under `allowedRegistries` or `blockedRegistries` of the Image `cluster`, signatures in a \
                 ClusterImagePolicy"
            }
            Owned::SearchList => "the list under `containerRuntimeSearchRegistries` of the Image `cluster`",
            Owned::Signatures => "signatures in a ClusterImagePolicy",
        }
    }
}

/// The nodes that a `MachineConfig` is for.
#[derive(Clone, Copy)]
struct Pool<'r> {
    role: Option<&'r str>,
}

impl<'r> Pool<'r> {
    fn of(resource: &Resource, config: &'r MachineConfig) -> Self {
        // All MachineConfigs of a NodePool have this role.
        let of_node_pool = resource
            .carrier
            .as_ref()
            .is_some_and(|carrier| carrier.chain().any(|carrier| carrier.kind == CarrierKind::NodePool));
        let written = config.role.as_ref().map(|role| role.value.as_str());
        Self {
            role: if of_node_pool { Some("worker") } else { written.filter(|role| !is_placeholder(role)) },
        }
    }

    /// The operator's `MachineConfig`s for these nodes. Custom pools get the one for workers, too.
    fn generated(self) -> Vec<String> {
        let pools: &[&str] = match self.role {
            Some("master") => &["master"],
            Some("arbiter") => &["arbiter"],
            Some(_) => &["worker"],
            None => &["master", "worker"],
        };
        pools.iter().map(|pool| format!("99-{pool}-generated-registries")).collect()
    }

    fn nodes(self) -> String {
        self.role.map_or_else(|| "its nodes".to_owned(), |role| format!("`{role}` nodes"))
    }
}

fn compare_with_generated(
    cluster: &Cluster,
    config: &MachineConfig,
    file: &NodeFile,
    owned: Owned,
    pool: Pool<'_>,
    out: &mut Findings,
) {
    let (path, nodes, name) = (&file.path.value, pool.nodes(), &config.name);
    let generated = pool.generated();
    let instead = if cluster.is_hosted() { owned.instead_in_hosted() } else { owned.instead() };
    let origin = owned.origin(cluster);
    let shown = &generated[generated.len() - 1];
    let later = generated.iter().filter(|generated| name > *generated).count();
    if later == generated.len() {
        let finding = out.report(
            file.path.span,
            format!("`{path}` overrides the cluster's image configuration on {nodes}"),
        );
        finding.stands_alone().help(format!(
            "put {instead}, and remove the file; of two MachineConfigs with the same file the later name \
             wins, and `{name}` comes after `{shown}`: the file lacks the settings of Image, mirror sets \
             and policies, and no condition says so"
        ));
        if let Some(origin) = origin {
            finding.related(origin, format!("this is not in the file on {nodes}"));
        }
    } else if later == 0 {
        let help = format!(
            "put {instead}, and remove the file; of two MachineConfigs with the same file the later name \
             wins, and `{shown}`, which the operator makes from the image configuration, comes after \
             `{name}`; no condition says so"
        );
        if let Some(origin) = origin {
            let message = format!("the cluster's image configuration replaces `{path}` on {nodes}");
            out.report(file.path.span, message)
                .related(origin, "the operator makes the file of this")
                .help(help);
        } else {
            let message = format!("image configuration replaces `{path}` as soon as there is any");
            out.report(file.path.span, message).severity(Severity::Note).help(help);
        }
    }
}

/// Drop-ins are merged, but the last search list replaces the others.
fn drop_in(cluster: &Cluster, file: &NodeFile, pool: Pool<'_>, out: &mut Findings) {
    let Some(name) = file.drop_in() else { return };
    let sets_list = file.registries().is_some_and(|registries| registries.search.is_some());
    let Some(list) = Owned::SearchList.origin(cluster).filter(|_| sets_list) else { return };
    let nodes = pool.nodes();
    let (message, which) = if name > SEARCH_LIST {
        (
            format!("the search list in `{name}` replaces `containerRuntimeSearchRegistries` on {nodes}"),
            "that one",
        )
    } else {
        (format!("`containerRuntimeSearchRegistries` replaces the search list in `{name}`"), "this one")
    };
    out.report(file.path.span, message).related(list, "the other list is here").help(format!(
        "keep one of the two, since {which} does nothing here; nodes read drop-ins in the order of their \
         names, this list becomes `{SEARCH_LIST}`, and only the last list counts"
    ));
}
