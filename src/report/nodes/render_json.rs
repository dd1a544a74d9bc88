//! `pullwarden render --format json`.

use super::place::{Place, places};
use super::{ClusterNodes, Gaps};
use crate::node::pools::Contents;
use crate::node::{EffectiveLists, Files, PolicyJson, Pools, RegistriesConf, Skipped};
use crate::report::printable;
use crate::source::{Sources, Span, Spanned};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

/// The output of `pullwarden render --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden render")]
struct Rendered<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// The clusters with image configuration, in the order of their names.
    clusters: Vec<ClusterFiles<'r>>,
    /// Files and documents that could not be read. If there are any, the answers may be incomplete.
    not_read: Vec<NotRead>,
    /// The number of documents that were not checked, since a template still has to fill them in.
    templates: usize,
}

/// A file or document that could not be read.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::report) struct NotRead {
    /// The reason.
    message: String,
    /// The place.
    #[serde(flatten)]
    place: Option<Place>,
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}: ", place.file, place.line)?;
        }
        f.write_str(&self.message)
    }
}

pub(in crate::report) fn not_read(gaps: &Gaps, sources: &Sources) -> Vec<NotRead> {
    let told = gaps.troubles.iter().map(|trouble| NotRead {
        message: trouble.message.clone(),
        place: places(sources, &[trouble.span]).pop(),
    });
    told.collect()
}

/// The files on the nodes of one cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cluster")]
struct ClusterFiles<'r> {
    /// Its name.
    cluster: &'r str,
    /// Whether only paths suggest that the files belong to one cluster.
    guessed: bool,
    /// The manifests contain no `Image` named `cluster`; the empty one of the installer is assumed.
    image_assumed: bool,
    /// The files include the `ClusterImagePolicy` named `openshift` of the release, which no manifest contains. Its key is
    /// replaced by a placeholder.
    image_policy_assumed: bool,
    /// The release image that the operator compares with the lists.
    release_image: String,
    /// `/etc/containers/registries.conf`; null when the operator stops.
    registries_conf: Option<String>,
    /// `generated`, or `template`: the file that every node has.
    #[serde(skip_serializing_if = "Option::is_none")]
    registries_conf_from: Option<&'static str>,
    /// `/etc/containers/policy.json`; null when the operator stops.
    policy_json: Option<String>,
    /// `generated`, or `template`: the file that every node has.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_json_from: Option<&'static str>,
    /// `/etc/containers/registries.conf.d/01-image-searchRegistries.conf`; null when there is no such file.
    search_registries_dropin: Option<String>,
    /// `/etc/containers/registries.d/sigstore-registries.yaml`, where some image needs a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    sigstore_registries_yaml: Option<String>,
    /// The policies of namespaces, by path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    namespaced_policies: BTreeMap<String, String>,
    /// The `registries.conf` and drop-ins of `MachineConfig`s, which add to these files or replace them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    node_files: Vec<NodeFileJson<'r>>,
    /// The registry lists that take effect.
    effective_lists: Lists<'r>,
    /// The operator's message if it leaves out blocked registries that the cluster's own release needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped_error: Option<String>,
    /// The operator's message if it stops: no file on any node changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The step that fails: `image`, `release-image` or `render`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_stage: Option<&'static str>,
    /// The runtime's message if it does not load the registries: it keeps the old ones, and does not start again.
    #[serde(skip_serializing_if = "Option::is_none")]
    registries_conf_load_error: Option<String>,
    /// The runtime's message if it does not load the policy: every pull fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_json_load_error: Option<String>,
    /// The texts of manifests that are the causes.
    causes: Causes,
}

/// A `registries.conf` or drop-in of a `MachineConfig`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NodeFile")]
struct NodeFileJson<'r> {
    /// Its path on the node.
    path: &'r str,
    /// The pools of nodes that get it; empty if they are unknown.
    pools: Vec<&'r str>,
    /// The prefixes of its entries, which replace other entries of these prefixes. Null if its text is unknown, or if the
    /// runtime does not load it.
    prefixes: Option<Vec<&'r str>>,
    /// The runtime's message if it does not load the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    load_error: Option<&'r str>,
    /// The place in the `MachineConfig`.
    from: Vec<Place>,
}

/// The registry lists that take effect.
#[derive(Serialize, JsonSchema)]
struct Lists<'r> {
    /// The scopes that `registries.conf` blocks.
    registries_blocked: Vec<&'r str>,
    /// The scopes that `policy.json` rejects.
    policy_blocked: Vec<&'r str>,
    /// The scopes that `policy.json` accepts; it rejects all others.
    allowed: Vec<&'r str>,
}

/// The texts of manifests that are the causes of the files.
#[derive(Default, Serialize, JsonSchema)]
struct Causes {
    /// The causes of the entries of `registries.conf`, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registries: Vec<EntryCauses>,
    /// The causes of the scopes of `policy.json`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<ScopeCauses>,
    /// The causes of the search list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    search_registries: Vec<Place>,
    /// The causes of `skipped_error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Place>,
    /// The causes of `error`; the first one is the one to change first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error: Vec<Place>,
    /// The causes of the load errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    load_error: Vec<Place>,
    /// Lists that a template still has to fill in. Their effect is not in the files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<Place>,
}

/// The texts of manifests that are the causes of a `[[registry]]`.
#[derive(Serialize, JsonSchema)]
struct EntryCauses {
    /// Its `prefix`, or else its `location`.
    scope: String,
    /// The sources and scopes from which it is made.
    from: Vec<Place>,
    /// The texts that block it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<Place>,
    /// The texts that make it insecure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    insecure: Vec<Place>,
    /// The causes of its mirrors, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mirrors: Vec<MirrorCauses>,
}

/// The texts of manifests that are the causes of a `[[registry.mirror]]`.
#[derive(Serialize, JsonSchema)]
struct MirrorCauses {
    /// Its `location`.
    location: String,
    /// The mirrors from which it is made.
    from: Vec<Place>,
    /// The texts that make it insecure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    insecure: Vec<Place>,
}

/// The texts of manifests that are the causes of a scope.
#[derive(Serialize, JsonSchema)]
struct ScopeCauses {
    /// The scope; `<default>` for the default of the policy.
    scope: String,
    /// The texts from which it is made.
    from: Vec<Place>,
    /// Whether it comes, at least in part, from the release's own `ClusterImagePolicy`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_release: bool,
}

/// Writes all clusters.
pub fn write(
    views: &[ClusterNodes<'_>],
    gaps: &Gaps,
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    let clusters = views.iter().map(|view| cluster(view, sources)).collect();
    let (not_read, templates) = (not_read(gaps, sources), gaps.templates);
    printable::write(&Rendered { version: 1, clusters, not_read, templates }, out)
}

/// The JSON Schema of the output.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Rendered<'static>).to_value()
}

fn cluster<'r>(view: &'r ClusterNodes<'_>, sources: &Sources) -> ClusterFiles<'r> {
    let nodes = &view.nodes;
    let files = nodes.files.as_ref().ok();
    let stop = nodes.files.as_ref().err();
    let said = |error: Option<&crate::node::LoadError>| error.map(ToString::to_string);
    ClusterFiles {
        cluster: &view.cluster.name,
        guessed: view.is_guessed(),
        image_assumed: view.image_assumed,
        image_policy_assumed: view.image_policy_assumed(),
        release_image: view.cluster.release_image(),
        registries_conf: files.map(|files| files.registries_conf.to_toml()),
        registries_conf_from: files.map(|files| files.registries_conf.from.as_str()),
        policy_json: files.map(|files| files.policy_json.to_json()),
        policy_json_from: files.map(|files| files.policy_json.from.as_str()),
        search_registries_dropin: files.and_then(|files| Some(files.search_registries.as_ref()?.to_toml())),
        sigstore_registries_yaml: files.and_then(|files| Some(files.sigstore_registries.as_ref()?.to_yaml())),
        namespaced_policies: files.map(namespaced).unwrap_or_default(),
        node_files: node_files(&nodes.pools, sources),
        effective_lists: lists(&nodes.effective),
        skipped_error: nodes.skipped.as_ref().map(ToString::to_string),
        error: stop.map(ToString::to_string),
        error_stage: stop.map(|stop| stop.stage().as_str()),
        registries_conf_load_error: said(files.and_then(|files| files.registries_load_error.as_ref())),
        policy_json_load_error: said(files.and_then(|files| files.policy_load_error.as_ref())),
        causes: causes(view, sources),
    }
}

fn node_files<'r>(pools: &'r Pools, sources: &Sources) -> Vec<NodeFileJson<'r>> {
    let files = pools.files().into_iter().map(|(file, pools)| NodeFileJson {
        path: &file.path.value,
        pools,
        prefixes: file
            .loaded()
            .map(|loaded| loaded.entries.iter().map(|(entry, _)| entry.prefix.as_str()).collect()),
        load_error: match &file.contents {
            Contents::Refused(refusal) => Some(&refusal.why),
            Contents::Loaded(_) | Contents::Unknown => None,
        },
        from: places(sources, &[file.path.span]),
    });
    files.collect()
}

fn namespaced(files: &Files) -> BTreeMap<String, String> {
    let policies = files.namespaced_policies.iter();
    policies
        .map(|(namespace, policy)| {
            (format!("{}/{namespace}.json", crate::node::NAMESPACED_POLICIES), policy.to_json())
        })
        .collect()
}

fn lists(lists: &EffectiveLists) -> Lists<'_> {
    fn values(list: &[Spanned<String>]) -> Vec<&str> {
        list.iter().map(|scope| scope.value.as_str()).collect()
    }
    Lists {
        registries_blocked: values(&lists.registries_blocked),
        policy_blocked: values(&lists.policy_blocked),
        allowed: values(&lists.allowed),
    }
}

fn causes(view: &ClusterNodes<'_>, sources: &Sources) -> Causes {
    let at = |spans: &[Span]| places(sources, spans);
    let mut causes = Causes { open: at(&view.nodes.open), ..Causes::default() };
    causes.skipped = at(&view.nodes.skipped.as_ref().map(Skipped::spans).unwrap_or_default());
    let files = match &view.nodes.files {
        Ok(files) => files,
        Err(stop) => {
            causes.error = at(&stop.spans());
            return causes;
        }
    };
    causes.registries = registries(&files.registries_conf, &at);
    causes.policy = policy(&files.policy_json, &at);
    let search = files.search_registries.iter().flat_map(|search| &search.registries);
    causes.search_registries = at(&search.map(|registry| registry.span).collect::<Vec<_>>());
    let errors = [&files.registries_load_error, &files.policy_load_error];
    causes.load_error = errors.into_iter().flatten().flat_map(|error| at(&error.spans)).collect();
    causes
}

fn registries(conf: &RegistriesConf, at: &dyn Fn(&[Span]) -> Vec<Place>) -> Vec<EntryCauses> {
    let entries = conf.entries.iter().map(|entry| EntryCauses {
        scope: entry.scope().to_owned(),
        from: at(&entry.spans),
        blocked: at(&entry.blocked.spans),
        insecure: at(&entry.insecure.spans),
        mirrors: entry
            .mirrors
            .iter()
            .map(|mirror| MirrorCauses {
                location: mirror.location.clone(),
                from: at(&mirror.spans),
                insecure: at(&mirror.insecure.spans),
            })
            .collect(),
    });
    entries.collect()
}

fn policy(policy: &PolicyJson, at: &dyn Fn(&[Span]) -> Vec<Place>) -> Vec<ScopeCauses> {
    let default =
        std::iter::once(("<default>", &policy.default)).filter(|(_, scope)| !scope.spans.is_empty());
    let scopes = policy.scopes.iter().map(|(name, scope)| (name.as_str(), scope));
    default
        .chain(scopes)
        .map(|(name, scope)| ScopeCauses {
            scope: name.to_owned(),
            from: at(&scope.spans),
            by_release: scope.by_release,
        })
        .collect()
}
