//! The format of the input of policies, apart from the objects.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The `input` of a policy with `input: cluster`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "pullwarden policy input")]
#[serde(rename_all = "camelCase")]
pub struct ClusterInput {
    /// The version of this format. It changes if a field is removed or changes its meaning.
    pub version: u32,
    /// Every object that the cluster gets.
    pub objects: Arc<[ObjectInput]>,
    /// The facts about the cluster; they are also `data.pullwarden`.
    #[serde(flatten)]
    pub part: Arc<ClusterPart>,
}

/// Facts about a cluster. Every policy can read them as `data.pullwarden`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPart {
    /// The cluster.
    pub cluster: ClusterFacts,
    /// Every entry of every mirror set that counts.
    pub mirror_rules: Vec<MirrorRuleInput>,
    /// The images that the cluster's workloads name, and where the nodes look for them.
    pub images: Vec<ImageInput>,
    /// The files on the nodes by path, as data. A file that is neither TOML nor JSON nor YAML is a string. Empty if the
    /// Machine Config Operator writes no file.
    #[schemars(with = "BTreeMap<String, Value>")]
    pub files: BTreeMap<String, Arc<RawValue>>,
    /// The day of the run, as in `2026-11-23`; null if it is not set.
    pub today: Option<String>,
    /// The plan of the cluster, if `pullwarden plan` runs the policy: the cluster's entry in `plan --report json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Value>,
}

/// An object of a cluster.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ObjectInput {
    /// The file that holds it, or the one that holds most of it.
    pub path: String,
    /// The object as the cluster gets it; the texts of secrets are `<secret>`.
    #[schemars(with = "Value")]
    pub contents: Arc<RawValue>,
}

/// The objects of a cluster as Gatekeeper hands them to policies: `data.inventory`.
#[cfg(feature = "policies")]
#[derive(Debug, Default, Serialize)]
pub struct Inventory<'o> {
    /// The objects without a namespace, by `apiVersion`, kind and name.
    pub cluster: BTreeMap<&'o str, OfVersion<'o>>,
    /// The other objects, by namespace, `apiVersion`, kind and name.
    pub namespace: BTreeMap<&'o str, BTreeMap<&'o str, OfVersion<'o>>>,
}

/// Objects of one `apiVersion`, by kind and name.
#[cfg(feature = "policies")]
pub type OfVersion<'o> = BTreeMap<&'o str, BTreeMap<&'o str, Arc<RawValue>>>;

/// What is known about a cluster.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterFacts {
    /// Its name.
    pub name: String,
    /// How certain it is that this is one cluster: `known`, `guessed` from paths, or `alone` if no cluster is known to
    /// get the objects.
    pub standing: ClusterStanding,
    /// Its OpenShift release; null if it is not known.
    pub openshift: Option<String>,
    /// Its platform.
    pub platform: String,
    /// Whether its control plane is hosted.
    pub hosted: bool,
    /// Whether it gets image configuration.
    pub configures_images: bool,
    /// Why the Machine Config Operator writes no file; null if it writes its files.
    pub stopped: Option<String>,
}

/// The name of an object.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectName {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An entry of a mirror set.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MirrorRuleInput {
    /// The mirror set.
    pub object: ObjectName,
    /// The path of the entry in it.
    pub path: String,
    /// Whether it is for pulls by digest.
    pub by_digest: bool,
    /// Its source.
    pub source: String,
    /// Its mirrors, in the order in which they are tried.
    pub mirrors: Vec<String>,
    /// Whether the nodes never pull from the source itself.
    pub never_contact_source: bool,
}

/// An image that a workload names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageInput {
    /// The object that names it.
    pub object: ObjectName,
    /// The path of its name in the object.
    pub path: String,
    /// The place of its name: `file:line`.
    pub place: String,
    /// What the nodes do with it.
    #[serde(flatten)]
    pub resolved: Resolved,
}

/// What the nodes do with the name of an image; `pullwarden.resolve` gives this.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// The name as written.
    pub spec: String,
    /// The names in full; several for a short name, in the order in which they are tried.
    pub names: Vec<String>,
    /// Whether the name has no registry, so that it is a short name.
    pub short: bool,
    /// What the image policy of the nodes says.
    pub verdict: PolicyVerdict,
    /// Whether the nodes try some place and the policy does not reject the image; null if it is not known.
    pub pullable: Option<bool>,
    /// The places where the nodes look, in order.
    pub tried: Vec<Tried>,
    /// Why the nodes try no place; null if they try some.
    pub error: Option<String>,
}

/// A place where nodes look for an image.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// The image's name there.
    pub reference: String,
    /// The mirror's or the registry's location.
    pub location: String,
    /// Whether it is a mirror.
    pub mirror: bool,
    /// Whether TLS need not be verified.
    pub insecure: bool,
    /// Whether an entry blocks the place, so that the nodes do not try it.
    pub blocked: bool,
}

/// How certain it is that the objects belong to one cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClusterStanding {
    /// An object or the configuration names the cluster.
    Known,
    /// Only paths suggest the cluster.
    Guessed,
    /// No cluster is known to get the objects.
    Alone,
}

/// The decision of an image policy about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyVerdict {
    /// The image may run.
    Accepted,
    /// The image may not run.
    Rejected,
    /// The signatures of the image decide.
    IfSigned,
    /// Not known: the operator writes no policy file, or the nodes do not load it.
    Unknown,
}
