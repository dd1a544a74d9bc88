//! The files that the Machine Config Operator writes on the nodes of one cluster.
//!
//! [`render`] takes the steps of its container runtime controller (MCO
//! `pkg/controller/container-runtime-config/container_runtime_config_controller.go`, `syncImageConfig` and
//! `registriesConfigIgnition`) in their order. At the first error the operator stops, and no file on any node changes. Every
//! value in the result has the places of its texts in the manifests.

pub mod drop_in;
pub mod files;
pub mod image_policies;
mod input;
pub mod load_error;
pub mod lookup;
pub mod merge;
pub mod nesting;
pub mod origin;
pub mod owner;
pub mod payload;
pub mod policy_json;
pub mod policy_scopes;
pub mod pools;
pub mod registries_conf;
pub mod search_registries;
pub mod stop;
mod toml;
mod topo;
mod validate;

pub use drop_in::{LoadedRegistries, Refusal};
pub use files::{Files, path_of};
pub use image_policies::{RELEASE_KEY, SigstoreRegistries};
pub use load_error::{LoadError, LoadedFile};
pub(crate) use origin::TEMPLATE_SEARCH;
pub use origin::{
    FileOrigin, NAMESPACED_POLICIES, POLICY_JSON, REGISTRIES_CONF, SEARCH_REGISTRIES, SIGSTORE_REGISTRIES,
};
pub use owner::{PolicyOwner, PolicyScopeName};
pub use payload::EffectiveLists;
pub use policy_json::{PolicyJson, PolicyScope, Requirement};
pub use pools::{NodeRegistries, Pool, Pools};
pub use registries_conf::{Flag, Mirror, PullFromMirror, RegistriesConf, RegistryEntry};
pub use search_registries::SearchRegistries;
pub use stop::{ListName, Skipped, Stage, Stop};
pub use validate::is_scope;

use crate::model::Cluster;
use crate::read::crd::ImageConfig;
use crate::source::Span;
use image_policies::SignedScopes;
use input::{Lists, Rules};
use lookup::Registries;
use registries_conf::Input;

/// The effect of a cluster's resources on its nodes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Nodes {
    /// The registry lists that take effect.
    pub effective: EffectiveLists,
    /// Blocked entries that the operator leaves out before it goes on.
    pub skipped: Option<Skipped>,
    /// The files, or the error at which the operator stops, so that nodes keep their old files.
    pub files: Result<Files, Stop>,
    /// Values that a template still has to fill in. Their effect is not in the files.
    pub open: Vec<Span>,
    /// The pools whose nodes get additional or other files.
    pub pools: Pools,
}

impl Nodes {
    /// Whether everything is known. A template may fill in a mirror that is missing here, or allow an image.
    pub fn is_whole(&self) -> bool {
        self.open.is_empty()
    }
}

/// Takes the steps of the MCO for one cluster with exactly these resources and the image policy of its release.
pub fn render(cluster: &Cluster) -> Nodes {
    match cluster.image() {
        Some((_, image)) => render_with(cluster, image),
        None => Nodes {
            effective: EffectiveLists::default(),
            skipped: None,
            files: Err(Stop::NoImage),
            open: input::open_values(cluster),
            pools: Pools::of(cluster, None),
        },
    }
}

/// Takes the steps of the MCO for one cluster with these resources and those that every installation creates. A new cluster
/// has an empty `Image` named `cluster` (openshift/cluster-config-operator
/// `empty-resources/0000_05_config-operator_02_image.cr.yaml`), so few repositories with mirrors contain one.
pub fn render_installed(cluster: &Cluster) -> Nodes {
    match cluster.image() {
        Some((_, image)) => render_with(cluster, image),
        None => render_with(cluster, &ImageConfig::default()),
    }
}

fn render_with(cluster: &Cluster, image: &ImageConfig) -> Nodes {
    let open = input::open_values(cluster);
    let rules = Rules::of(cluster);
    let lists = Lists::of(image);
    let input = Input {
        insecure: lists.insecure.unwrap_or(&[]),
        blocked: lists.blocked,
        digest: &rules.digest,
        tag: &rules.tag,
    };
    match payload::effective(&cluster.release_image(), &lists, input) {
        Err(stop) => {
            let pools = Pools::of(cluster, None);
            Nodes { effective: EffectiveLists::default(), skipped: None, files: Err(stop), open, pools }
        }
        Ok((effective, skipped)) => {
            let files = files(cluster, &lists, &rules, &effective);
            let pools = Pools::of(cluster, files.as_ref().ok());
            Nodes { effective, skipped, files, open, pools }
        }
    }
}

fn files(
    cluster: &Cluster,
    lists: &Lists<'_>,
    rules: &Rules<'_>,
    effective: &EffectiveLists,
) -> Result<Files, Stop> {
    let signed = SignedScopes::of(cluster);
    let mut files = Files::template();
    if lists.insecure.is_some() || !effective.registries_blocked.is_empty() || rules.any {
        let input = Input {
            insecure: lists.insecure.unwrap_or(&[]),
            blocked: &effective.registries_blocked,
            digest: &rules.digest,
            tag: &rules.tag,
        };
        validate::registries(input)?;
        files.registries_conf = registries_conf::build(input)?;
    }
    let any_signed = !signed.cluster.is_empty() || !signed.namespaced.is_empty();
    if !effective.policy_blocked.is_empty() || !effective.allowed.is_empty() || any_signed {
        files.policy_json = policy_json::build(&cluster.release_image(), effective, &signed)?;
        if !signed.namespaced.is_empty() {
            image_policies::check(&signed.namespaced, effective)?;
            files.namespaced_policies = image_policies::namespaced(&files.policy_json, &signed.namespaced);
        }
        files.sigstore_registries = SigstoreRegistries::build(&signed, &files.registries_conf)?;
    }
    files.search_registries = lists.search.map(|search| SearchRegistries { registries: search.to_vec() });
    files.overruled_scopes = signed.overruled;
    files.registries_load_error =
        Registries::load(&files.registries_conf, files.search_registries.as_ref()).err();
    files.policy_load_error = files.policy_json.load_error();
    Ok(files)
}
