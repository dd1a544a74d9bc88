//! An object in a build, with its names.

use crate::shared::Shared;
use crate::value::{Data, Value};
use spanned_yaml::Span;
use spanned_yaml::{Composer, Document};
use std::sync::Arc;

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Gvk {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: Arc<str>,
}

/// The identity of an object in kustomize.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) gvk: Gvk,
    pub(crate) name: Arc<str>,
    pub(crate) namespace: Arc<str>,
}

/// How a generator treats an existing object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    Create,
    Merge,
    Replace,
}

/// An object, with what the build knows about it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The object; an empty one is dropped after the step that emptied it.
    pub(crate) value: Shared,
    /// The text of the file it comes from.
    pub(crate) source: Arc<str>,
    /// Its earlier identities, the oldest first.
    pub(crate) previous: Vec<Arc<Id>>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    /// The variables that refer to it.
    pub(crate) vars: Vec<Arc<str>>,
    /// Its origin and its changes, for `buildMetadata`.
    pub(crate) history: crate::origin::History,
}

impl Gvk {
    /// Splits `group/version`; without a slash, the whole text is the version.
    pub(crate) fn new(api_version: &str, kind: Arc<str>) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.into(), version: version.into(), kind }
    }

    /// Whether it is a cluster-scoped kind of Kubernetes itself.
    pub(crate) fn is_cluster_scoped(&self) -> bool {
        let kinds: &[&str] = match self.group.as_str() {
            "" => &["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
            "admissionregistration.k8s.io" => &[
                "MutatingWebhookConfiguration",
                "ValidatingWebhookConfiguration",
                "ValidatingAdmissionPolicy",
                "ValidatingAdmissionPolicyBinding",
            ],
            "apiextensions.k8s.io" => &["CustomResourceDefinition"],
            "apiregistration.k8s.io" => &["APIService"],
            "authentication.k8s.io" => &["TokenReview", "SelfSubjectReview"],
            "authorization.k8s.io" => {
                &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]
            }
            "certificates.k8s.io" => &["CertificateSigningRequest"],
            "flowcontrol.apiserver.k8s.io" => &["FlowSchema", "PriorityLevelConfiguration"],
            "networking.k8s.io" => &["IngressClass"],
            "node.k8s.io" => &["RuntimeClass"],
            "policy" => &["PodSecurityPolicy"],
            "rbac.authorization.k8s.io" => &["ClusterRole", "ClusterRoleBinding"],
            "scheduling.k8s.io" => &["PriorityClass"],
            "storage.k8s.io" => &["StorageClass", "VolumeAttachment", "CSIDriver", "CSINode"],
            _ => &[],
        };
        kinds.contains(&&*self.kind)
    }

    /// Whether a pattern matches; its empty parts match anything.
    pub(crate) fn is_selected_by(&self, pattern: &Gvk) -> bool {
        let matches = |pattern: &str, text: &str| pattern.is_empty() || pattern == text;
        matches(&pattern.group, &self.group)
            && matches(&pattern.version, &self.version)
            && matches(&pattern.kind, &self.kind)
    }
}

/// The namespace of cluster-scoped objects.
const NO_NAMESPACE: &str = "_non_namespaceable_";

impl Id {
    pub(crate) fn of(value: &Value) -> Self {
        let metadata = value.get("metadata");
        let text = |key: &str| metadata.map(|metadata| metadata.shared_text_of(key)).unwrap_or_default();
        Self {
            gvk: Gvk::new(value.text_of("apiVersion"), value.shared_text_of("kind")),
            name: text("name"),
            namespace: text("namespace"),
        }
    }

    /// The namespace, or `default` if there is none.
    pub(crate) fn effective_namespace(&self) -> &str {
        match &*self.namespace {
            _ if self.gvk.is_cluster_scoped() => NO_NAMESPACE,
            "" => "default",
            namespace => namespace,
        }
    }

    /// Whether kustomize treats both as one object.
    pub(crate) fn is(&self, other: &Id) -> bool {
        self.gvk == other.gvk
            && self.name == other.name
            && self.effective_namespace() == other.effective_namespace()
    }

    /// Whether a pattern matches; its empty parts match anything.
    pub(crate) fn is_selected_by(&self, pattern: &Id) -> bool {
        self.gvk.is_selected_by(&pattern.gvk)
            && (pattern.name.is_empty() || pattern.name == self.name)
            && (pattern.namespace.is_empty() || pattern.effective_namespace() == self.effective_namespace())
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.gvk.kind, self.name)?;
        match &*self.namespace {
            "" => Ok(()),
            namespace => write!(f, " in `{namespace}`"),
        }
    }
}

impl Resource {
    pub(crate) fn new(value: Value, source: Arc<str>) -> Self {
        Self::of(Shared::new(value), source)
    }

    pub(crate) fn of(value: Shared, source: Arc<str>) -> Self {
        Self {
            value,
            source,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::Create,
            needs_hash: false,
            vars: Vec::new(),
            history: crate::origin::History::default(),
        }
    }

    /// The object without the rest.
    pub(crate) fn into_value(self) -> Value {
        self.value.into_value()
    }

    /// Its current identity.
    pub(crate) fn id(&self) -> &Arc<Id> {
        self.value.id()
    }

    /// Its first identity.
    pub(crate) fn original_id(&self) -> &Arc<Id> {
        self.previous.first().unwrap_or_else(|| self.id())
    }

    /// All its identities.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Arc<Id>> {
        self.previous.iter().chain([self.id()])
    }

    /// Stores its current identity.
    pub(crate) fn remember_id(&mut self) {
        if self.previous.last() != Some(self.id()) {
            let id = self.id().clone();
            self.previous.push(id);
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.id().name
    }

    pub(crate) fn kind(&self) -> &str {
        &self.id().gvk.kind
    }

    /// Renames it; the place of the name stays the same unless a text contains the new name.
    pub(crate) fn set_name(&mut self, name: &str, span: Option<Span>) {
        let root = self.value.span;
        let Some(metadata) = self.value.get_or_insert("metadata", root) else { return };
        let here = metadata.get("name").map_or(metadata.span, |name| name.span);
        metadata.set("name", here, Value::string(name, span.unwrap_or(here)));
    }

    /// The place that represents the whole object: its name.
    pub(crate) fn span(&self) -> Span {
        self.value.at(&["metadata", "name"]).map_or(self.value.span, |name| name.span)
    }

    /// Its labels or annotations.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(&str, &str)> {
        let Some(pairs) = self.value.at(&["metadata", key]) else { return Vec::new() };
        pairs.members().iter().map(|member| (&*member.key, member.value.text())).collect()
    }

    /// Makes all annotations strings. An empty map of annotations is removed.
    pub(crate) fn stringify_annotations(&mut self) {
        if !self.value.has_annotations() {
            return;
        }
        let Some(metadata) = self.value.get_mut("metadata") else { return };
        if metadata.get("annotations").is_some_and(Value::is_empty) {
            metadata.remove("annotations");
        }
        let annotations = metadata.get_mut("annotations");
        let Some(Data::Map(members)) = annotations.map(|annotations| &mut annotations.data) else { return };
        for member in members {
            if let Data::Word(word) = &mut member.value.data {
                word.plain = false;
            }
        }
    }

    /// The object as a document, which is composed once for all builds that do not change it.
    pub(crate) fn document(&self) -> Arc<Document> {
        self.value.document(|| {
            let mut composer = Composer::new(self.value.span.file, self.source.clone()).changed(true);
            self.value.compose(&mut composer);
            Arc::new(composer.finish())
        })
    }
}
