//! What the Machine Config Operator writes on the nodes of one cluster.
//!
//! [`render`] takes the steps of its container runtime controller (MCO
//! `pkg/controller/container-runtime-config/container_runtime_config_controller.go`, `syncImageConfig` and
//! `registriesConfigIgnition`) in their order, since the first error ends everything: no file on any node changes.
//! Everything in the result knows the manifest texts that it comes from.

pub mod drop_in;
pub mod image_policies;
mod input;
pub mod load_error;
pub mod lookup;
pub mod merge;
pub mod nesting;
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
pub use image_policies::{PolicyOwner, PolicyScopeName, RELEASE_KEY, SigstoreRegistries};
pub use load_error::{LoadError, LoadedFile};
pub use payload::EffectiveLists;
pub use policy_json::{PolicyJson, PolicyScope, Requirement};
pub use pools::{NodeRegistries, Pool, Pools};
pub use registries_conf::{Flag, Mirror, PullFromMirror, RegistriesConf, RegistryEntry};
pub use search_registries::SearchRegistries;
pub use stop::{ListName, Skipped, Stage, Stop};
pub use validate::is_scope;

use crate::crd::ImageConfig;
use crate::model::Cluster;
use crate::source::{Span, Spanned};
use image_policies::SignedScopes;
use input::{Lists, Rules};
use lookup::Registries;
use registries_conf::Input;
use std::collections::BTreeMap;

/// Where the registries are configured on a node.
pub const REGISTRIES_CONF: &str = "/etc/containers/registries.conf";
/// Where the search list is configured on a node.
pub const SEARCH_REGISTRIES: &str = "/etc/containers/registries.conf.d/01-image-searchRegistries.conf";
/// Where it is configured which images a node accepts.
pub const POLICY_JSON: &str = "/etc/containers/policy.json";
/// Where it is configured which registries are asked for signatures.
pub const SIGSTORE_REGISTRIES: &str = "/etc/containers/registries.d/sigstore-registries.yaml";
/// Where the policies of namespaces stand, each in a file of the namespace's name.
pub const NAMESPACED_POLICIES: &str = "/etc/crio/policies";

/// The search list of a node without configuration.
pub(crate) const TEMPLATE_SEARCH: [&str; 2] = ["registry.access.redhat.com", "docker.io"];

/// Who a file on a node comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The MCO makes it from the resources.
    Generated,
    /// The MCO's template shows through.
    Template,
}

impl Origin {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Generated => "generated",
            Origin::Template => "template",
        }
    }
}

/// What becomes of a cluster's resources on its nodes.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// The registry lists in force.
    pub effective: EffectiveLists,
    /// Blocked entries that are left out; the rest goes on.
    pub skipped: Option<Skipped>,
    /// The files; or why none is written, so that the nodes keep what they have.
    pub files: Result<Files, Stop>,
    /// Values that a template fills in later: what comes of them is not in the files.
    pub open: Vec<Span>,
    /// The pools whose nodes get more than these files, or others.
    pub pools: Pools,
}

/// The files on a node.
#[derive(Clone, Debug)]
pub struct Files {
    /// [`REGISTRIES_CONF`]
    pub registries_conf: RegistriesConf,
    /// [`POLICY_JSON`]
    pub policy_json: PolicyJson,
    /// [`SEARCH_REGISTRIES`]
    pub search_registries: Option<SearchRegistries>,
    /// [`SIGSTORE_REGISTRIES`]
    pub sigstore_registries: Option<SigstoreRegistries>,
    /// The files in [`NAMESPACED_POLICIES`], by namespace.
    pub namespaced_policies: BTreeMap<String, PolicyJson>,
    /// Scopes of `ImagePolicy`s that are left out, since a `ClusterImagePolicy` has them.
    pub overruled_scopes: Vec<Spanned<String>>,
    /// Why the runtime does not load the registries: it keeps those that it has, and its next start fails.
    pub registries_load_error: Option<LoadError>,
    /// Why the runtime does not load the policy: every pull fails.
    pub policy_load_error: Option<LoadError>,
}

impl Files {
    /// The files of a node of a cluster without any image configuration.
    pub fn template() -> Self {
        Self {
            registries_conf: RegistriesConf::template(),
            policy_json: PolicyJson::template(),
            search_registries: None,
            sigstore_registries: None,
            namespaced_policies: BTreeMap::new(),
            overruled_scopes: Vec::new(),
            registries_load_error: None,
            policy_load_error: None,
        }
    }

    /// The manifest texts behind a file, as far as they are known.
    pub fn spans_of(&self, path: &str) -> Vec<Span> {
        let of_policy = |policy: &PolicyJson| -> Vec<Span> {
            let scopes = policy.scopes.iter().map(|(_, scope)| scope);
            let scopes = std::iter::once(&policy.default).chain(scopes);
            scopes.flat_map(|scope| scope.spans.iter().copied()).collect()
        };
        match path {
            REGISTRIES_CONF => {
                let entries = self.registries_conf.entries.iter();
                entries.flat_map(|entry| entry.spans.iter().copied()).collect()
            }
            POLICY_JSON => of_policy(&self.policy_json),
            SEARCH_REGISTRIES => {
                let search = self.search_registries.iter().flat_map(|search| &search.registries);
                search.map(|registry| registry.span).collect()
            }
            _ => {
                let name = path.strip_prefix(NAMESPACED_POLICIES).unwrap_or_default();
                let namespace = name.trim_start_matches('/').trim_end_matches(".json");
                self.namespaced_policies.get(namespace).map(of_policy).unwrap_or_default()
            }
        }
    }

    /// Every file that the MCO writes: its path and its text, in the order of the paths.
    pub fn written(&self) -> BTreeMap<String, String> {
        let mut written = self.written_for_all();
        for (namespace, policy) in &self.namespaced_policies {
            written.insert(path_of(namespace), policy.to_json());
        }
        written
    }

    /// The same without the policies of namespaces. Each of those repeats all scopes of the cluster, so together they are far
    /// larger than what they are made of.
    pub fn written_for_all(&self) -> BTreeMap<String, String> {
        let mut written = BTreeMap::new();
        if self.registries_conf.from == Origin::Generated {
            written.insert(REGISTRIES_CONF.to_owned(), self.registries_conf.to_toml());
        }
        if self.policy_json.from == Origin::Generated {
            written.insert(POLICY_JSON.to_owned(), self.policy_json.to_json());
        }
        if let Some(search) = &self.search_registries {
            written.insert(SEARCH_REGISTRIES.to_owned(), search.to_toml());
        }
        if let Some(sigstore) = &self.sigstore_registries {
            written.insert(SIGSTORE_REGISTRIES.to_owned(), sigstore.to_yaml());
        }
        written
    }

    /// What tells the policies of namespaces apart: their paths, and what each has beside the scopes of the cluster.
    pub fn of_namespaces(&self) -> impl Iterator<Item = (String, String)> {
        self.namespaced_policies.iter().map(|(namespace, policy)| (path_of(namespace), policy.own_to_json()))
    }
}

/// Where the policy of a namespace lies.
pub fn path_of(namespace: &str) -> String {
    format!("{NAMESPACED_POLICIES}/{namespace}.json")
}

/// Takes the MCO's steps for one cluster that has these resources and no others but the image policy of its release.
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

/// Takes the MCO's steps for one cluster that has these resources beside what its installation left: every cluster is
/// born with an empty `Image` named `cluster` (openshift/cluster-config-operator
/// `empty-resources/0000_05_config-operator_02_image.cr.yaml`), so few repositories with mirrors hold one.
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
