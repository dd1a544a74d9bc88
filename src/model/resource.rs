//! An object of one of the kinds that are read: its text and its contents.

use crate::read::carrier::Carrier;
use crate::read::crd::config_map::OVERRIDE_DRAIN;
use crate::read::crd::{
    self, CarrierKind, CarrierSettings, ClusterVersion, Kind, MirrorKind, MirrorReferrer, NeighbourKind,
    Recognised, Typed, schema,
};
use crate::read::manifest::{Form, Manifest};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::edit::Editor;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// A manifest of one of the kinds that are read.
#[derive(Debug)]
pub struct Resource {
    /// The manifest.
    pub manifest: Manifest,
    /// Its contents.
    pub typed: Typed,
    /// The parts that the server refuses or drops.
    pub problems: Vec<schema::Problem>,
    /// Its carrier; `None` if it is an object of its own.
    pub carrier: Option<Arc<Carrier>>,
    /// The `ConfigMap`s that it names, but that exist only in another namespace.
    pub(crate) strays: OnceLock<Vec<Stray>>,
    identity: Arc<Identity>,
}

/// Places where the shape of an object is wrong, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Flaws(pub Vec<Span>);

impl Flaws {
    /// The places that lie in a text.
    pub fn within(&self, text: Span) -> impl Iterator<Item = Span> {
        let from = self.0.partition_point(|place| (place.file, place.start) < (text.file, text.start));
        let near =
            self.0[from..].iter().take_while(move |place| place.file == text.file && place.start < text.end);
        near.copied().filter(move |place| text.contains(*place))
    }
}

/// A `ConfigMap` that exists only in another namespace than the one in which it is looked up.
#[derive(Clone, Debug)]
pub struct Stray {
    /// The name, in the object that refers to it.
    pub name: Spanned<String>,
    /// The namespace of the `ConfigMap`.
    pub namespace: String,
    /// The place of the `ConfigMap`.
    pub there: Span,
}

/// Texts that many objects share. They take no memory of their own.
const FREQUENT: [&str; 16] = [
    "v1",
    "apps/v1",
    "batch/v1",
    "rbac.authorization.k8s.io/v1",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Namespace",
    "Pod",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "StatefulSet",
];

fn frequent(text: &str) -> Cow<'static, str> {
    let known = FREQUENT.into_iter().find(|known| *known == text);
    known.map_or_else(|| text.to_owned().into(), Cow::Borrowed)
}

/// The `apiVersion`, kind, namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// `apiVersion` as written.
    pub api_version: Cow<'static, str>,
    /// `kind` as written.
    pub kind: Cow<'static, str>,
    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Identity {
    /// The identity that an object had under the kind that its own kind replaces, with the old name of one of its fields.
    pub fn former(&self, field: &str) -> Option<(Self, String)> {
        let has = |kind: &MirrorKind| {
            let kind = Kind::Mirrors(*kind);
            kind.name() == self.kind && kind.api_version() == self.api_version
        };
        let own = MirrorKind::ALL.into_iter().find(has)?;
        let former = own.former()?;
        let kind = Kind::Mirrors(former);
        let identity =
            Self { api_version: kind.api_version().into(), kind: kind.name().into(), ..self.clone() };
        Some((identity, field.replacen(own.list_key(), former.list_key(), 1)))
    }
}

impl Resource {
    /// Reads a manifest; `None` if it is of another kind.
    pub fn read(manifest: Manifest, carrier: Option<Arc<Carrier>>) -> Option<Self> {
        let (typed, problems) = match manifest.recognise() {
            Recognised::Ours(kind) => {
                let root = manifest.root();
                let checked = matches!(kind, Kind::Image | Kind::Mirrors(_));
                let mut problems = if checked { schema::check(kind, root) } else { Vec::new() };
                if manifest.form == Form::CiOnly {
                    problems.retain(is_read_by_pipelines);
                }
                (crd::read(kind, root), problems)
            }
            Recognised::Suspect(suspicion) => (Typed::Suspect(suspicion), Vec::new()),
            // Its objects are read separately; the credentials in it are its own.
            Recognised::Carrier(CarrierKind::InstallConfig) => {
                (crd::read(Kind::PullSecret, manifest.root()), Vec::new())
            }
            // The mirrors that it names are its own, too.
            Recognised::Carrier(CarrierKind::AgentClusterInstall) => {
                let kind = Kind::MirrorReference(MirrorReferrer::AgentClusterInstall);
                let typed = crd::read(kind, manifest.root());
                if matches!(typed, Typed::MirrorReference(None)) {
                    return None;
                }
                (typed, Vec::new())
            }
            Recognised::Carrier(_) | Recognised::Other => return None,
        };
        Some(Self::new(manifest, typed, problems, carrier))
    }

    /// Whether it only says what nodes do after a change.
    pub fn is_about_nodes_alone(&self) -> bool {
        match &self.typed {
            // Most MachineConfigs write other files.
            Typed::MachineConfig(config) => config.files.is_empty(),
            Typed::Neighbour(neighbour) => {
                matches!(neighbour.kind(), NeighbourKind::NodeDisruption | NeighbourKind::Pool)
            }
            Typed::ConfigMap(_) => self.name() == OVERRIDE_DRAIN,
            _ => false,
        }
    }

    /// A resource for the settings of a carrier, apart from the objects in it.
    pub fn of_settings(manifest: Manifest, settings: CarrierSettings) -> Self {
        let is_hosted = settings.kind == CarrierKind::HostedCluster;
        let problems = if is_hosted { schema::check_hosted(manifest.root()) } else { Vec::new() };
        Self::new(manifest, Typed::Settings(settings), problems, None)
    }

    /// A resource with the given contents, whatever the manifest contains.
    pub(crate) fn new(
        manifest: Manifest,
        typed: Typed,
        problems: Vec<schema::Problem>,
        carrier: Option<Arc<Carrier>>,
    ) -> Self {
        let identity = identity(&manifest);
        Self { manifest, typed, problems, carrier, strays: OnceLock::new(), identity }
    }

    /// Its kind; `None` for an object that the cluster does not recognize.
    pub fn kind(&self) -> Option<Kind> {
        match &self.typed {
            Typed::Image(_) => Some(Kind::Image),
            Typed::Mirrors(set) => Some(Kind::Mirrors(set.kind)),
            Typed::ConfigMap(_) => Some(Kind::ConfigMap),
            Typed::ClusterVersion(_) => Some(Kind::ClusterVersion),
            Typed::ImagePolicy(policy) => Some(Kind::ImagePolicy(policy.kind)),
            Typed::MachineConfig(_) => match self.manifest.recognise() {
                Recognised::Ours(kind) => Some(kind),
                _ => None,
            },
            Typed::PullSecret(_) => Some(Kind::PullSecret),
            Typed::Neighbour(neighbour) => Some(Kind::Neighbour(neighbour.kind())),
            Typed::MirrorReference(reference) => match self.manifest.recognise() {
                Recognised::Ours(kind) => Some(kind),
                _ => reference.as_ref().map(|reference| Kind::MirrorReference(reference.referrer)),
            },
            Typed::Settings(_) => Some(Kind::Settings),
            Typed::Suspect(_) => None,
        }
    }

    /// Whether it configures images, or was meant to.
    pub fn is_image_configuration(&self) -> bool {
        self.kind().is_none_or(Kind::configures_images)
    }

    /// The text of the whole object.
    pub fn span(&self) -> Span {
        self.manifest.root().span()
    }

    /// The value of a base that the text at `span`, in a patch, replaces.
    pub fn replaced(&self, span: Span) -> Option<Span> {
        let around = self.manifest.root().replacing().filter(|(node, _)| node.span().contains(span));
        let length = |node: Node<'_>| node.span().end - node.span().start;
        around.min_by_key(|(node, _)| length(*node)).map(|(_, span)| span)
    }

    /// The text of its kind, for findings about the whole object.
    pub fn kind_span(&self) -> Span {
        self.manifest.root().get("kind").map_or_else(|| self.span(), Node::span)
    }

    /// Its contents as the `ClusterVersion` of a cluster.
    pub fn cluster_version(&self) -> Option<&ClusterVersion> {
        match &self.typed {
            Typed::ClusterVersion(version) if self.name() == "version" => Some(version),
            _ => None,
        }
    }

    /// The text of its name, or else the whole object.
    pub fn name_span(&self) -> Span {
        let name = self.manifest.root().at(&["metadata", "name"]);
        name.map_or_else(|| self.span(), Node::span)
    }

    /// The places in `spec` with a wrong shape, in order. A field around one of them may mean more than is read of it.
    pub fn flaws(&self) -> Flaws {
        let in_spec = self.problems.iter().filter(|problem| problem.field.starts_with("spec"));
        let mut places: Vec<Span> = in_spec.map(|problem| problem.span).collect();
        places.sort_unstable();
        Flaws(places)
    }

    /// Makes edits to its text.
    pub fn edit(&self) -> Editor<'_> {
        self.manifest.edit()
    }

    /// The carrier that applies it: the nearest one that does more than group objects. `None` if it is an object of its own.
    pub fn brought_by(&self) -> Option<&Carrier> {
        self.carrier.as_ref()?.chain().find(|carrier| !carrier.kind.is_bracket())
    }

    /// The carrier of this kind around it, at any depth.
    pub fn carried_by(&self, kind: CarrierKind) -> Option<&Carrier> {
        self.carrier.as_ref()?.chain().find(|carrier| carrier.kind == kind)
    }

    /// The carrier from whose settings it is made; `None` if somebody wrote it as an object.
    pub fn made_by(&self) -> Option<&Carrier> {
        self.carrier.as_deref().filter(|carrier| carrier.kind.makes_objects())
    }

    /// Whether it is in the configuration of a `NodePool`.
    pub fn is_of_node_pool(&self) -> bool {
        self.carrier
            .as_ref()
            .is_some_and(|carrier| carrier.chain().any(|it| it.kind == CarrierKind::NodePool))
    }

    /// Who refuses it when its shape is wrong, in words.
    pub fn refusal(&self) -> &'static str {
        if let Typed::Settings(settings) = &self.typed {
            return settings.kind.refusal();
        }
        self.made_by().map_or("the API server refuses the object", |carrier| carrier.kind.refusal())
    }

    /// A path to one of its fields as people wrote it. If it is made from settings, only the last name of the path exists in
    /// them.
    pub fn written_field<'f>(&self, path: &'f str) -> &'f str {
        if self.made_by().is_none() { path } else { path.rsplit('.').next().unwrap_or(path) }
    }

    /// The `ConfigMap`s that it names, but that exist only in another namespace.
    pub fn strays(&self) -> &[Stray] {
        self.strays.get().map_or(&[], Vec::as_slice)
    }

    /// Its `apiVersion`, kind, namespace and name.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same, for those who keep it.
    pub(crate) fn shared_identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Its namespace in a cluster; empty for cluster-scoped kinds, even if one is written.
    pub fn namespace(&self) -> &str {
        if self.kind().is_some_and(Kind::is_cluster_scoped) { "" } else { &self.identity.namespace }
    }

    /// `metadata.name`; empty if there is none.
    pub fn name(&self) -> &str {
        &self.identity.name
    }
}

/// Whether a problem matters to a pipeline, which reads only sources and mirrors.
fn is_read_by_pipelines(problem: &schema::Problem) -> bool {
    let is_policy = problem.field.ends_with(".mirrorSourcePolicy");
    problem.field.starts_with("spec.imageDigestMirrors") && !is_policy
}

pub(super) fn identity(manifest: &Manifest) -> Arc<Identity> {
    let root = manifest.root();
    let text = |key: &str| frequent(root.get(key).map_or("", crate::yaml::Node::text));
    // Butane has no `apiVersion`, but a MachineConfig with one is made from it.
    let is_butane =
        || root.entry("variant").is_some() && matches!(manifest.recognise(), Recognised::Ours(Kind::Butane));
    let butane = || is_butane().then_some(Kind::Butane);
    let implied = manifest.implied.or_else(butane);
    Arc::new(Identity {
        api_version: implied.map_or_else(|| text("apiVersion"), |kind| kind.api_version().into()),
        kind: implied.map_or_else(|| text("kind"), |kind| kind.name().into()),
        namespace: manifest.namespace().into(),
        name: manifest.name().into(),
    })
}
