//! A `Kustomization` of Flux as it is written (kustomize-controller, `api/v1/kustomization_types.go`).

use super::object::FluxKind;
use super::source::GitRepositories;
use crate::model::Evidence;
use crate::read::manifest::Manifest;
use crate::source::Span;
use crate::yaml::{Composer, Document, Kind, Node};
use argo_apps as argo;

/// The fields that change the result of a path: their names in Flux and in kustomize.
const CHANGES: [(&str, &str); 6] = [
    ("targetNamespace", "namespace"),
    ("namePrefix", "namePrefix"),
    ("nameSuffix", "nameSuffix"),
    ("patches", "patches"),
    ("components", "components"),
    ("images", "images"),
];

/// Such fields of older versions; pullwarden does not evaluate them.
const OLD: [&str; 2] = ["patchesStrategicMerge", "patchesJson6902"];

/// A `Kustomization` that applies a path of this repository.
#[derive(Clone, Debug)]
pub(super) struct Kustomization {
    pub(super) object: Manifest,
    /// The directory.
    pub(super) path: String,
    /// The place of the path, or of the whole object.
    pub(super) span: Span,
    pub(super) to: argo::Destination,
}

impl Kustomization {
    /// Reads an object. `None` if it applies no path of this repository.
    pub(super) fn read(object: &Manifest, repositories: &GitRepositories) -> Option<Self> {
        let root = object.root();
        let spec = root.get("spec").filter(|_| FluxKind::of(root) == Some(FluxKind::Kustomization))?;
        let written = spec.get("path").filter(|path| !path.is_null());
        let path = path_of(written.map_or("", Node::text))?;
        if !repositories.may_be_here(spec.get("sourceRef"), object, path.is_empty()) {
            return None;
        }
        let span = written.unwrap_or(root).span();
        Some(Self { object: object.clone(), path, span, to: destination(spec) })
    }

    pub(super) fn spec(&self) -> Node<'_> {
        let root = self.object.root();
        root.get("spec").unwrap_or(root)
    }

    /// Its name for messages.
    pub(super) fn called(&self) -> String {
        called(&self.object)
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::Flux(self.called())
    }

    /// Whether it changes the result of its path.
    pub(super) fn changes(&self) -> bool {
        let spec = self.spec();
        let is_set = |key: &str| {
            spec.get(key).is_some_and(|value| match value.kind() {
                Kind::Scalar => !value.is_null() && !value.text().is_empty(),
                _ => value.raw_children().next().is_some(),
            })
        };
        CHANGES.iter().any(|(key, _)| is_set(key))
            || OLD.iter().chain(&["commonMetadata", "postBuild"]).any(|key| is_set(key))
    }

    /// The field of an older version that changes the result and that pullwarden does not evaluate.
    pub(super) fn old(&self) -> Option<(&'static str, Span)> {
        let written = OLD.into_iter().filter_map(|key| Some((key, self.spec().entry(key)?)));
        written.filter(|(_, entry)| !entry.value.is_null()).map(|(key, entry)| (key, entry.key.span())).next()
    }

    /// The fields that Flux adds to the kustomization of the path. `None` if they exceed a limit.
    pub(super) fn fields(&self) -> Option<Document> {
        let spec = self.spec();
        let document = spec.document();
        let mut composer = Composer::new(spec.span().file, document.source().clone()).changed(true);
        composer.open(spec.span(), Kind::Mapping);
        for (key, name) in CHANGES {
            let Some(entry) = spec.entry(key).filter(|entry| !entry.value.is_null()) else { continue };
            composer.scalar(entry.key.span(), name, false);
            if !composer.copy(entry.value, &|span| span) {
                return None;
            }
        }
        composer.close();
        Some(composer.finish())
    }
}

/// The path relative to the root of the repository; `..` never leads above the root. `None` if the path has a variable
/// or a template expression.
pub(super) fn path_of(text: &str) -> Option<String> {
    if text.contains("${") || text.contains("{{") {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path of a `Kustomization` that changes nothing.
pub fn paths_of_plain(object: &Manifest) -> Option<String> {
    let own = Kustomization::read(object, &GitRepositories::default())?;
    (!own.changes()).then_some(own.path)
}

/// The name of an object of Flux for messages: ``Kustomization `flux-system/apps` ``.
pub(super) fn called(manifest: &Manifest) -> String {
    let kind = manifest.root().get_str("kind").unwrap_or_default().to_owned();
    match (manifest.namespace(), manifest.name()) {
        ("", name) => format!("{kind} `{name}`"),
        (namespace, name) => format!("{kind} `{namespace}/{name}`"),
    }
}

/// The cluster of `spec.kubeConfig`; without this field, the cluster that Flux runs on. The controllers of Cluster API
/// name the Secret `<cluster>-kubeconfig`.
pub(super) fn destination(spec: Node<'_>) -> argo::Destination {
    let reference =
        ["secretRef", "configMapRef"].into_iter().find_map(|key| spec.at(&["kubeConfig", key, "name"]));
    match reference.map(Node::text) {
        None => argo::Destination::InCluster,
        Some(name) => match name.strip_suffix("-kubeconfig").or(name.strip_prefix("kubeconfig-")) {
            Some(cluster) if !cluster.is_empty() => argo::Destination::Cluster(cluster.to_owned()),
            _ => argo::Destination::Selection(format!("kubeConfig of `{name}`")),
        },
    }
}
