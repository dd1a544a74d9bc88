//! Reads the images of workloads, each with its place.
//!
//! `kinds` lists the paths of images in each kind, and the configuration adds kinds. Only names in the text count: a
//! name that a template, a script or an image change trigger fills in is not known.

mod kinds;
mod path;
mod prefilter;
mod triggers;

pub use kinds::{CustomKind, Kinds};
pub use path::{Path, PathError};

use crate::source::{Span, Spanned};
use crate::yaml::{Kind as Shape, Node, Scalar};
use path::{Field, Segment};
use std::sync::Arc;
use triggers::Triggers;

/// The limit of images in one object, since a hostile object could exhaust memory.
const MAX_IMAGES: usize = 10_000;

/// The annotation of an image stream that disables the verification of TLS (openshift/api `image/v1/consts.go`).
const INSECURE_STREAM: &str = "openshift.io/image.insecureRepository";

/// An image that an object names.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// Its name as written, without blanks around it; empty only where Kubernetes refuses an empty name.
    pub image: Spanned<String>,
    /// The path of the field.
    pub field: Arc<str>,
    /// Who pulls it.
    pub pull: Pull,
    /// Whether blanks or line ends stand around it.
    pub is_padded: bool,
    /// Whether the configuration adds this path: then the reader of the field is not known.
    pub is_custom: bool,
    /// Whether an import may skip the verification of TLS.
    pub insecure: bool,
    /// The pull secrets beside it, if there are any.
    pub pull_secrets: Option<Box<Secrets>>,
    /// The text in the base that a patch replaced with this image.
    pub replaced: Option<Span>,
}

impl ImageUse {
    /// The first place of the image: in the base, if patches replace it. Images are counted by this place.
    pub fn place(&self) -> Span {
        self.replaced.unwrap_or(self.image.span)
    }

    /// Whether a node pulls it by the name as it is written. A controller that finds the digest of a tag makes nodes
    /// pull by digest.
    pub fn is_pulled_as_written(&self) -> bool {
        match self.pull {
            Pull::Node | Pull::Catalogd => true,
            Pull::NodeByDigest => self.image.value.contains('@'),
            Pull::Build | Pull::Import => false,
        }
    }
}

/// `imagePullSecrets` of a pod.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The list.
    pub span: Span,
    /// The path of the field.
    pub field: Arc<str>,
}

/// Who pulls an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// A node, by the name as it is written.
    Node,
    /// A node, but by the digest that a controller found for the tag (Knative).
    NodeByDigest,
    /// A build, in a pod that has files of its own (`build-controller` in openshift-controller-manager).
    Build,
    /// The API server, which reads the metadata of the image and pulls nothing.
    Import,
    /// catalogd, by the name as it is written, with the files of the node that it runs on
    /// (openshift/operator-framework-operator-controller mounts `/etc/containers` and `/etc/docker`, and
    /// `internal/shared/util/image/pull.go` asks `policy.json` and `registries.conf`).
    Catalogd,
}

/// The type of the value at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    /// The specification of a pod.
    Pod,
    /// A Tekton task.
    Task,
    /// A template of an Argo workflow.
    Template,
    /// A map with `image`.
    Image,
    /// The specification of a catalog of OLM v1.
    Catalog,
    /// A reference to an image, an image stream, or something else.
    Reference,
    /// The tag of an image stream, with such a reference.
    StreamTag,
    /// The name itself.
    Name,
}

/// An image while its object is read: its texts are copied only for who keeps it.
struct Seen<'s, 'd> {
    node: Node<'d>,
    /// Its name as written.
    written: &'d str,
    field: &'s Field<'s>,
    pull: Pull,
    is_custom: bool,
    insecure: bool,
    secrets: Option<&'s SecretsOf<'s>>,
}

impl Seen<'_, '_> {
    fn image(&self) -> ImageUse {
        let name = self.written.trim();
        ImageUse {
            image: Spanned::new(name.to_owned(), self.node.span()),
            field: self.field.text(),
            pull: self.pull,
            is_padded: name.len() < self.written.len(),
            is_custom: self.is_custom,
            insecure: self.insecure,
            pull_secrets: self.secrets.map(|secrets| Box::new(secrets.secrets())),
            replaced: self.node.replaced(),
        }
    }

    /// See [`ImageUse::place`].
    fn place(&self) -> Span {
        self.node.replaced().unwrap_or_else(|| self.node.span())
    }
}

/// `imagePullSecrets` of a pod while it is read.
struct SecretsOf<'s> {
    span: Span,
    field: Field<'s>,
}

impl SecretsOf<'_> {
    fn secrets(&self) -> Secrets {
        Secrets { span: self.span, field: self.field.text() }
    }
}

/// Finds the images of one object, and gives each to `each`.
struct Reader<'d, 'e> {
    root: Node<'d>,
    pull: Pull,
    insecure: bool,
    /// Whether an empty name is refused.
    needs_name: bool,
    is_custom: bool,
    triggers: Triggers<'d>,
    /// The number of images so far.
    count: usize,
    each: &'e mut dyn FnMut(&Seen<'_, 'd>),
}

impl<'d, 'e> Reader<'d, 'e> {
    fn new(root: Node<'d>, each: &'e mut dyn FnMut(&Seen<'_, 'd>)) -> Self {
        Self {
            root,
            pull: Pull::Node,
            insecure: false,
            needs_name: false,
            is_custom: false,
            triggers: Triggers::of(root),
            count: 0,
            each,
        }
    }

    /// Reads the leaves at the end of `path`.
    fn read(&mut self, path: &[Segment], leaves: Leaves, pull: Pull) {
        self.pull = pull;
        path::visit(self.root, path, &Field::Root, &mut |node, field| {
            self.leaves(node, field, leaves);
        });
    }

    fn leaves(&mut self, node: Node<'d>, field: &Field<'_>, leaves: Leaves) {
        match leaves {
            Leaves::Name => {
                self.insecure = self.pull == Pull::Import && self.is_insecure_stream();
                self.push(node, field, None);
                self.insecure = false;
            }
            Leaves::Image => self.image(node, field, None),
            Leaves::Catalog => {
                // A disabled part is not pulled.
                let is_off = node.get_str("availabilityMode") == Some("Unavailable");
                let reference = node.at(&["source", "image", "ref"]);
                if let Some(reference) = reference.filter(|_| !is_off) {
                    self.push(reference, &Field::Key(field, "source.image.ref"), None);
                }
            }
            Leaves::Reference => {
                if node.get_str("kind") == Some("DockerImage")
                    && let Some(name) = node.get("name")
                {
                    self.push(name, &Field::Key(field, "name"), None);
                }
            }
            Leaves::StreamTag => {
                let policy = node.at(&["importPolicy", "insecure"]);
                self.insecure = self.is_insecure_stream()
                    || policy.is_some_and(|node| matches!(node.scalar(), Some(Scalar::Bool(true))));
                if let Some(from) = node.get("from") {
                    self.leaves(from, &Field::Key(field, "from"), Leaves::Reference);
                }
                self.insecure = false;
            }
            Leaves::Pod => self.pod(node, field),
            Leaves::Task => {
                self.each(node, field, "steps", |reader, step, field| reader.image(step, field, None));
                self.each(node, field, "sidecars", |reader, sidecar, field| {
                    reader.image(sidecar, field, None);
                });
                self.below(node, field, "stepTemplate");
            }
            Leaves::Template => {
                self.below(node, field, "container");
                self.below(node, field, "script");
                for list in ["initContainers", "sidecars"] {
                    self.each(node, field, list, |reader, container, field| {
                        reader.image(container, field, None);
                    });
                }
                if let Some(set) = node.get("containerSet") {
                    let field = Field::Key(field, "containerSet");
                    self.each(set, &field, "containers", |reader, container, field| {
                        reader.image(container, field, None);
                    });
                }
            }
        }
    }

    fn pod(&mut self, spec: Node<'d>, field: &Field<'_>) {
        let secrets = spec.get("imagePullSecrets").filter(|list| list.items().next().is_some());
        let secrets =
            secrets.map(|list| SecretsOf { span: list.span(), field: Field::Key(field, "imagePullSecrets") });
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            let containers = spec.get(list).into_iter().flat_map(Node::items);
            for (number, container) in containers.enumerate().take(MAX_IMAGES) {
                let name = container.get_str("name").unwrap_or_default();
                self.needs_name = self.is_of_kubernetes() && !self.triggers.exist();
                if !self.triggers.fill(field, list, number, name) {
                    self.image(container, &Field::Item(&Field::Key(field, list), number), secrets.as_ref());
                }
            }
        }
        self.needs_name = false;
        self.each(spec, field, "volumes", |reader, volume, field| {
            if let Some(reference) = volume.at(&["image", "reference"]) {
                reader.push(reference, &Field::Key(field, "image.reference"), secrets.as_ref());
            }
        });
    }

    fn each(
        &mut self,
        map: Node<'d>,
        field: &Field<'_>,
        key: &str,
        mut read: impl FnMut(&mut Self, Node<'d>, &Field<'_>),
    ) {
        let Some(list) = map.get(key) else { return };
        for (number, item) in list.items().enumerate().take(MAX_IMAGES) {
            read(self, item, &Field::Item(&Field::Key(field, key), number));
        }
    }

    fn below(&mut self, map: Node<'d>, field: &Field<'_>, key: &str) {
        if let Some(value) = map.get(key) {
            self.image(value, &Field::Key(field, key), None);
        }
    }

    fn image(&mut self, map: Node<'d>, field: &Field<'_>, secrets: Option<&SecretsOf<'_>>) {
        if let Some(image) = map.get("image") {
            self.push(image, &Field::Key(field, "image"), secrets);
        }
    }

    fn push(&mut self, node: Node<'d>, field: &Field<'_>, secrets: Option<&SecretsOf<'_>>) {
        let Some(written) = crate::read::crd::text(node) else { return };
        // Something else may fill in an empty name.
        if self.count >= MAX_IMAGES || (written.trim().is_empty() && !self.needs_name) {
            return;
        }
        self.count += 1;
        let (pull, is_custom, insecure) = (self.pull, self.is_custom, self.insecure);
        (self.each)(&Seen { node, written, field, pull, is_custom, insecure, secrets });
    }

    /// Whether the object is a pod, or a kind of Kubernetes or OpenShift with pods: these refuse a container without an
    /// image.
    fn is_of_kubernetes(&self) -> bool {
        const GROUPS: [&str; 5] = ["", "apps", "extensions", "batch", "apps.openshift.io"];
        kind_of(self.root).is_some_and(|(group, _)| GROUPS.contains(&group))
    }

    /// Whether an image stream disables the verification of TLS for all of its tags.
    fn is_insecure_stream(&self) -> bool {
        let annotations = self.root.at(&["metadata", "annotations"]);
        annotations.and_then(|map| map.get_str(INSECURE_STREAM)) == Some("true")
    }
}

/// The group and the kind of an object.
fn kind_of(root: Node<'_>) -> Option<(&str, &str)> {
    if root.kind() != Shape::Mapping {
        return None;
    }
    let group = root.get_str("apiVersion")?.split_once('/').map_or("", |(group, _)| group);
    Some((group, root.get_str("kind")?))
}

#[cfg(test)]
mod tests;
