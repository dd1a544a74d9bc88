//! A cluster and the objects that policies check.

#[cfg(feature = "policies")]
use super::input::Inventory;
use super::input::{ClusterInput, ClusterPart, NodeFiles, ObjectInput, file_of};
use super::json::Writer;
#[cfg(feature = "policies")]
use super::templates::{self, Namespaces};
use crate::machine::threads;
use crate::model::{Cluster, Identity, Object, Repo};
use crate::rules::view::ClusterView;
use crate::source::{Sources, Span};
use jiff::civil::Date;
#[cfg(feature = "policies")]
use rego_policy::Json;
use serde_json::Value;
#[cfg(feature = "policies")]
use std::collections::BTreeMap;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

/// A cluster and the objects that policies check.
pub(super) struct Subject<'r> {
    pub(super) cluster: &'r Cluster,
    /// The objects, each with the number of its member.
    #[cfg_attr(not(feature = "policies"), expect(dead_code, reason = "nothing is placed without policies"))]
    pub(super) objects: Vec<(Arc<Object>, usize)>,
    /// The objects as input of policies; empty if no policy reads objects.
    pub(super) inputs: Arc<[ObjectInput]>,
    /// The parsed inputs, for code that must read them.
    #[cfg(feature = "policies")]
    values: Vec<OnceLock<Value>>,
    #[cfg(feature = "policies")]
    namespaces: OnceLock<Namespaces>,
    #[cfg(feature = "policies")]
    inventory: OnceLock<BTreeMap<String, Json>>,
    view: OnceLock<ClusterView<'r>>,
}

impl<'r> Subject<'r> {
    /// Reads a cluster. `wants_objects` is true if some policy reads its objects.
    pub(super) fn of(cluster: &'r Cluster, writer: &Writer, sources: &Sources, wants_objects: bool) -> Self {
        let objects = objects(cluster);
        let wanted = if wants_objects { objects.as_slice() } else { &[] };
        let inputs = threads::map(wanted, |_, (object, _)| ObjectInput::of(object, writer, sources)).into();
        Self {
            cluster,
            #[cfg(feature = "policies")]
            values: objects.iter().map(|_| OnceLock::new()).collect(),
            #[cfg(feature = "policies")]
            namespaces: OnceLock::new(),
            #[cfg(feature = "policies")]
            inventory: OnceLock::new(),
            objects,
            inputs,
            view: OnceLock::new(),
        }
    }

    /// An object as a parsed value.
    #[cfg(feature = "policies")]
    pub(super) fn value(&self, object: usize) -> &Value {
        self.values[object]
            .get_or_init(|| serde_json::from_str(self.inputs[object].contents.get()).unwrap_or_default())
    }

    /// The labels of the namespaces that the cluster gets.
    #[cfg(feature = "policies")]
    pub(super) fn namespaces(&self) -> &Namespaces {
        self.namespaces.get_or_init(|| {
            let namespaces = self.objects.iter().enumerate().filter(|(_, (object, _))| {
                (&*object.identity.api_version, &*object.identity.kind) == ("v1", "Namespace")
            });
            let labels = namespaces.map(|(number, (object, _))| {
                (object.identity.name.clone(), templates::labels_of(self.value(number)))
            });
            labels.collect()
        })
    }

    /// The documents of Gatekeeper's inventory.
    #[cfg(feature = "policies")]
    pub(super) fn inventory(&self) -> &BTreeMap<String, Json> {
        self.inventory.get_or_init(|| {
            let identities = self.objects.iter().map(|(object, _)| object.identity.as_ref());
            let inventory = Inventory::of(identities.zip(self.inputs.iter()));
            let cluster = Json::of(&inventory.cluster).unwrap_or_default();
            let namespace = Json::of(&inventory.namespace).unwrap_or_default();
            BTreeMap::from([("inventory.cluster".into(), cluster), ("inventory.namespace".into(), namespace)])
        })
    }

    /// The settings and files of its nodes.
    pub(super) fn view(&self, today: Option<Date>) -> &ClusterView<'r> {
        self.view.get_or_init(|| ClusterView::new(self.cluster).on_day(today))
    }
}

/// All objects that a cluster gets, each once.
pub(super) fn objects(cluster: &Cluster) -> Vec<(Arc<Object>, usize)> {
    let mut known: HashSet<(Span, &Identity)> = HashSet::new();
    let mut objects: Vec<(Arc<Object>, usize)> = Vec::new();
    for (object, member) in cluster.objects() {
        if known.insert((object.span(), &object.identity)) {
            objects.push((object.clone(), member));
        }
    }
    // Objects with template syntax are checked only if they configure images.
    for (resource, member) in cluster.numbered_resources() {
        let is_object = resource.manifest.root().get("kind").is_some() || resource.manifest.implied.is_some();
        if is_object && known.insert((resource.manifest.root().span(), resource.identity())) {
            let object = Object::new(resource.manifest.clone(), resource.carrier.clone());
            objects.push((Arc::new(object), member));
        }
    }
    objects
}

/// The input of a policy with `input: cluster`.
pub fn cluster_input(cluster: &Cluster, sources: &Sources, today: Option<Date>) -> Value {
    let subject = Subject::of(cluster, &Writer::new(sources), sources, true);
    let part = ClusterPart::of(subject.view(today), None, &NodeFiles::default(), sources, &|_| true);
    serde_json::to_value(ClusterInput::of(part.into(), subject.inputs)).unwrap_or_default()
}

/// The number of objects that policies check. A text that several clusters get counts once.
pub fn count_objects(repo: &Repo) -> usize {
    let all = repo.clusters.iter().chain(&repo.others).flat_map(objects);
    all.map(|(object, _)| object.span()).collect::<BTreeSet<Span>>().len()
}

/// The inputs for the objects of a file, in the order of clusters. An input that several clusters share occurs once.
pub fn object_inputs(repo: &Repo, file: &str, sources: &Sources) -> Vec<Value> {
    let writer = Writer::new(sources);
    let mut inputs: Vec<Value> = Vec::new();
    for cluster in repo.clusters.iter().chain(&repo.others) {
        for (object, _) in objects(cluster) {
            let is_of_file = file_of(&object, sources) == file
                || object
                    .root()
                    .extents()
                    .iter()
                    .any(|extent| sources.get(extent.file).is_some_and(|source| source.name == file));
            if is_of_file {
                let input = ObjectInput::of(&object, &writer, sources).contents;
                let input = serde_json::to_value(&*input).unwrap_or_default();
                if !inputs.contains(&input) {
                    inputs.push(input);
                }
            }
        }
    }
    inputs
}
