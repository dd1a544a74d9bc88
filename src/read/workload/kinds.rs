//! The kinds that name images, and the paths of the images.

use super::path::{Path, Segment};
use super::{ImageUse, Leaves, Pull, Reader, Seen, kind_of, prefilter};
use crate::source::Span;
use crate::yaml::Node;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The kinds that are read.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    custom: Vec<CustomKind>,
    /// Whether every object is wanted beside the workloads.
    every_object: bool,
}

/// A kind that the configuration adds.
#[derive(Clone, Debug)]
pub struct CustomKind {
    /// The `kind` in a manifest.
    pub kind: String,
    /// Its group; `None` for any.
    pub group: Option<String>,
    /// The paths of its images.
    pub paths: Vec<Path>,
}

/// The path of images in a kind.
struct Place {
    group: &'static str,
    path: Vec<Segment>,
    leaves: Leaves,
    pull: Pull,
}

/// Groups, kinds, and paths in them.
type Row = (&'static [&'static str], &'static [&'static str], &'static [&'static str], Leaves, Pull);

/// The built-in kinds. Sources: the types of Kubernetes, of OpenShift (openshift/api `apps/v1`, `build/v1`,
/// `image/v1`), of Tekton (`pkg/apis/pipeline/v1`), Argo (`pkg/apis/rollouts`, `pkg/apis/workflow`), Knative
/// (`pkg/apis/serving/v1`) and of the Operator Lifecycle Manager (operator-framework/api `pkg/operators/v1alpha1`,
/// operator-framework/operator-controller `api/v1`).
const ROWS: &[Row] = &[
    (&[""], &["Pod"], &["spec"], Leaves::Pod, Pull::Node),
    (&[""], &["PodTemplate"], &["template.spec"], Leaves::Pod, Pull::Node),
    (&[""], &["ReplicationController"], &["spec.template.spec"], Leaves::Pod, Pull::Node),
    (
        &["apps", "extensions"],
        &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
        &["spec.template.spec"],
        Leaves::Pod,
        Pull::Node,
    ),
    (&["batch"], &["Job"], &["spec.template.spec"], Leaves::Pod, Pull::Node),
    (&["batch"], &["CronJob"], &["spec.jobTemplate.spec.template.spec"], Leaves::Pod, Pull::Node),
    (&["apps.openshift.io", ""], &["DeploymentConfig"], &["spec.template.spec"], Leaves::Pod, Pull::Node),
    (
        &["build.openshift.io", ""],
        &["BuildConfig", "Build"],
        &[
            "spec.strategy.dockerStrategy.from",
            "spec.strategy.sourceStrategy.from",
            "spec.strategy.customStrategy.from",
            "spec.source.images[*].from",
        ],
        Leaves::Reference,
        Pull::Build,
    ),
    (&["image.openshift.io", ""], &["ImageStream"], &["spec.tags[*]"], Leaves::StreamTag, Pull::Import),
    (
        &["image.openshift.io", ""],
        &["ImageStream"],
        &["spec.dockerImageRepository"],
        Leaves::Name,
        Pull::Import,
    ),
    (&["image.openshift.io", ""], &["ImageStreamTag"], &["tag"], Leaves::StreamTag, Pull::Import),
    (&["tekton.dev"], &["Task", "ClusterTask"], &["spec"], Leaves::Task, Pull::Node),
    (&["tekton.dev"], &["StepAction"], &["spec"], Leaves::Image, Pull::Node),
    (&["tekton.dev"], &["TaskRun"], &["spec.taskSpec"], Leaves::Task, Pull::Node),
    (
        &["tekton.dev"],
        &["Pipeline"],
        &["spec.tasks[*].taskSpec", "spec.finally[*].taskSpec"],
        Leaves::Task,
        Pull::Node,
    ),
    (
        &["tekton.dev"],
        &["PipelineRun"],
        &["spec.pipelineSpec.tasks[*].taskSpec", "spec.pipelineSpec.finally[*].taskSpec"],
        Leaves::Task,
        Pull::Node,
    ),
    (&["argoproj.io"], &["Rollout"], &["spec.template.spec"], Leaves::Pod, Pull::Node),
    (
        &["argoproj.io"],
        &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        &["spec.templates[*]", "spec.templateDefaults"],
        Leaves::Template,
        Pull::Node,
    ),
    (
        &["argoproj.io"],
        &["CronWorkflow"],
        &["spec.workflowSpec.templates[*]", "spec.workflowSpec.templateDefaults"],
        Leaves::Template,
        Pull::Node,
    ),
    (
        &["serving.knative.dev"],
        &["Service", "Configuration"],
        &["spec.template.spec"],
        Leaves::Pod,
        Pull::NodeByDigest,
    ),
    (&["serving.knative.dev"], &["Revision"], &["spec"], Leaves::Pod, Pull::NodeByDigest),
    (&["operators.coreos.com"], &["CatalogSource"], &["spec"], Leaves::Image, Pull::Node),
    (&["olm.operatorframework.io"], &["ClusterCatalog"], &["spec"], Leaves::Catalog, Pull::Catalogd),
    (
        &["operators.coreos.com"],
        &["ClusterServiceVersion"],
        &["spec.install.spec.deployments[*].spec.template.spec"],
        Leaves::Pod,
        Pull::Node,
    ),
    (
        &["operators.coreos.com"],
        &["ClusterServiceVersion"],
        &["spec.relatedImages[*]"],
        Leaves::Image,
        Pull::Node,
    ),
];

/// The rows by kind.
static PLACES: LazyLock<HashMap<&'static str, Vec<Place>>> = LazyLock::new(|| {
    let mut places: HashMap<&'static str, Vec<Place>> = HashMap::new();
    for (groups, kinds, paths, leaves, pull) in ROWS {
        for kind in *kinds {
            for group in *groups {
                for path in *paths {
                    let Ok(Path(path)) = path.parse() else { continue };
                    let place = Place { group, path, leaves: *leaves, pull: *pull };
                    places.entry(kind).or_default().push(place);
                }
            }
        }
    }
    places
});

impl Kinds {
    /// The built-in kinds, and these.
    pub fn with(custom: Vec<CustomKind>) -> Self {
        Self { custom, every_object: false }
    }

    /// The same kinds, and all other objects: policies may read them.
    #[must_use]
    pub fn and_every_object(&self) -> Self {
        Self { every_object: true, ..self.clone() }
    }

    /// Whether every object is wanted.
    pub fn want_every_object(&self) -> bool {
        self.every_object
    }

    /// Whether an object is of one of these kinds, or every object is wanted.
    pub fn want(&self, root: Node<'_>) -> bool {
        if self.every_object { kind_of(root).is_some() } else { self.know(root) }
    }

    /// Whether an object is of one of these kinds.
    pub fn know(&self, root: Node<'_>) -> bool {
        let Some((group, kind)) = kind_of(root) else { return false };
        let is_known = |places: &Vec<Place>| places.iter().any(|place| place.group == group);
        PLACES.get(kind).is_some_and(is_known) || self.custom(group, kind).next().is_some()
    }

    /// The images that an object names.
    pub fn images(&self, root: Node<'_>) -> Vec<ImageUse> {
        let mut found = Vec::new();
        self.read(root, &mut |seen| {
            // Most objects name one image, and a list begins with room for four.
            found.reserve_exact(usize::from(found.is_empty()));
            found.push(seen.image());
        });
        found
    }

    /// Adds the places of the images that an object names. Returns whether the object is of one of these kinds.
    pub fn places(&self, root: Node<'_>, places: &mut Vec<Span>) -> bool {
        self.read(root, &mut |seen| places.push(seen.place()))
    }

    /// Gives each image of an object to `each`. Returns whether the object is of one of these kinds.
    fn read<'d>(&self, root: Node<'d>, each: &mut dyn FnMut(&Seen<'_, 'd>)) -> bool {
        let Some((group, kind)) = kind_of(root) else { return false };
        let places = PLACES.get(kind).into_iter().flatten().filter(|place| place.group == group);
        let mut places = places.peekable();
        let mut custom = self.custom(group, kind).peekable();
        if places.peek().is_none() && custom.peek().is_none() {
            return false;
        }
        let mut reader = Reader::new(root, each);
        for place in places {
            reader.read(&place.path, place.leaves, place.pull);
        }
        reader.is_custom = true;
        for path in custom.flat_map(|custom| &custom.paths) {
            reader.read(&path.0, Leaves::Name, Pull::Node);
        }
        true
    }

    /// Whether a file can hold objects of these kinds.
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        if self.every_object {
            return prefilter::names_kind(bytes, |_| true);
        }
        prefilter::names_kind(bytes, |kind| {
            PLACES.contains_key(kind) || self.custom.iter().any(|custom| custom.kind == kind)
        }) && (!self.custom.is_empty() || prefilter::names_image(bytes))
    }

    fn custom<'k>(&'k self, group: &'k str, kind: &'k str) -> impl Iterator<Item = &'k CustomKind> {
        self.custom.iter().filter(move |custom| {
            custom.kind == kind && custom.group.as_ref().is_none_or(|wanted| wanted == group)
        })
    }
}

/// The number of places of all known kinds, for the tests.
#[cfg(test)]
pub(super) fn count() -> (usize, usize) {
    let rows = ROWS.iter().map(|(groups, kinds, paths, ..)| groups.len() * kinds.len() * paths.len()).sum();
    (rows, PLACES.values().map(Vec::len).sum())
}
