//! A cluster and what policies look at of it.

use super::input::{ClusterInput, ClusterPart, ObjectInput, file_of};
use super::json::Writer;
use crate::model::{Cluster, Identity, Object, Repo};
use crate::rules::view::ClusterView;
use crate::source::{Sources, Span};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// A cluster and what policies look at of it.
pub(super) struct Subject<'r> {
    pub(super) cluster: &'r Cluster,
    /// The objects, each with the number of its member.
    #[cfg_attr(not(feature = "policies"), expect(dead_code, reason = "nothing is placed without policies"))]
    pub(super) objects: Vec<(Arc<Object>, usize)>,
    /// The same as the policies see them.
    pub(super) inputs: Vec<ObjectInput>,
    view: OnceLock<ClusterView<'r>>,
}

impl<'r> Subject<'r> {
    pub(super) fn of(cluster: &'r Cluster, writer: &Writer, sources: &Sources) -> Self {
        let objects = objects(cluster);
        let inputs = objects.iter().map(|(object, _)| ObjectInput::of(object, writer, sources)).collect();
        Self { cluster, objects, inputs, view: OnceLock::new() }
    }

    /// What its nodes do.
    pub(super) fn view(&self, today: Option<Date>) -> &ClusterView<'r> {
        self.view.get_or_init(|| ClusterView::new(self.cluster).on_day(today))
    }
}

/// Everything that a cluster gets, each object once.
pub(super) fn objects(cluster: &Cluster) -> Vec<(Arc<Object>, usize)> {
    let mut known: BTreeSet<(Span, Identity)> = BTreeSet::new();
    let mut is_new = |object: &Object| known.insert((object.span(), object.identity.clone()));
    let mut objects: Vec<(Arc<Object>, usize)> = Vec::new();
    for (object, member) in cluster.objects() {
        if is_new(object) {
            objects.push((object.clone(), member));
        }
    }
    // What stands beside template syntax is looked at as far as it configures images.
    for (resource, member) in cluster.numbered_resources() {
        let is_object = resource.manifest.root().get("kind").is_some() || resource.manifest.implied.is_some();
        let object = Object::new(resource.manifest.clone(), resource.carrier.clone());
        if is_object && is_new(&object) {
            objects.push((Arc::new(object), member));
        }
    }
    objects
}

/// What a policy with `input: cluster` gets of a cluster.
pub fn cluster_input(cluster: &Cluster, sources: &Sources, today: Option<Date>) -> Value {
    let subject = Subject::of(cluster, &Writer::new(sources), sources);
    let part = ClusterPart::of(subject.view(today), None, sources);
    serde_json::to_value(ClusterInput::of(part, subject.inputs)).unwrap_or_default()
}

/// How many objects policies look at, each text once however many clusters get it.
pub fn count_objects(repo: &Repo) -> usize {
    let all = repo.clusters.iter().chain(&repo.others).flat_map(objects);
    all.map(|(object, _)| object.span()).collect::<BTreeSet<Span>>().len()
}

/// What policies get of the objects of a file, in the order of clusters; what several clusters get comes once.
pub fn object_inputs(repo: &Repo, file: &str, sources: &Sources) -> Vec<Arc<Value>> {
    let writer = Writer::new(sources);
    let mut inputs: Vec<Arc<Value>> = Vec::new();
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
                if !inputs.contains(&input) {
                    inputs.push(input);
                }
            }
        }
    }
    inputs
}
