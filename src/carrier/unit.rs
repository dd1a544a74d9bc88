//! One unit while it is taken apart: what is known of its objects, and how much has been done.

use super::references::References;
use super::selection::Bindings;
use super::{
    Carried, Carrier, CarrierKind, Destination, Enforcement, agent_cluster_install, cluster_instance,
    config_map, configuration_policy, hosted_cluster, install_config, list, manifest_work, policy,
    policy_generator, site_config, sync_set, template,
};
use crate::budget::Bounded;
use crate::crd::{Kind, Recognised, Settings, schema};
use crate::manifest::Manifest;
use crate::workload::Kinds;
use crate::yaml::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// Deeper nesting than this is nothing that anybody wrote.
const MAX_DEPTH: usize = 16;
/// How many objects may come out beyond the first of each. Nothing real has nearly as many destinations.
const MAX_COPIES: usize = 100_000;

/// The way of an object so far.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) carrier: Option<Arc<Carrier>>,
    pub(super) to: Destination,
    depth: usize,
    /// Whether the same text has gone another way before.
    is_copy: bool,
}

impl Way {
    /// The way of what is applied as it is.
    pub(super) fn here() -> Self {
        Self { carrier: None, to: Destination::Here, depth: 0, is_copy: false }
    }

    /// On through `manifest`, with what carries it known by now.
    #[must_use]
    pub(super) fn through(&self, kind: CarrierKind, manifest: &Manifest) -> Self {
        let root = manifest.root();
        let name = || root.get("metadata")?.get("name").filter(|name| !name.is_absent());
        let span = root.get("kind").filter(|kind| !kind.is_absent()).or_else(name).unwrap_or(root).span();
        let carrier = Carrier {
            kind,
            namespace: manifest.namespace().into(),
            name: manifest.name().into(),
            span,
            outer: self.carrier.clone(),
            enforcement: Enforcement::default(),
            older_setting: None,
        };
        Self { carrier: Some(Arc::new(carrier)), depth: self.depth + 1, ..self.clone() }
    }

    /// The same way, with more known of what carries here.
    #[must_use]
    pub(super) fn with(&self, learn: impl FnOnce(&mut Carrier)) -> Self {
        let mut way = self.clone();
        if let Some(carrier) = &mut way.carrier {
            learn(Arc::make_mut(carrier));
        }
        way
    }

    /// The same way, but from what `other` comes from.
    #[must_use]
    pub(super) fn brought_by(&self, other: &Self) -> Self {
        Self { carrier: other.carrier.clone(), ..self.clone() }
    }

    /// To a cluster that the carrier names.
    #[must_use]
    pub(super) fn to(&self, to: Destination) -> Self {
        Self { to, ..self.clone() }
    }

    /// To each of several destinations.
    pub(super) fn to_each(&self, destinations: Vec<Destination>) -> impl Iterator<Item = Self> + use<> {
        let mut is_copy = self.is_copy;
        let way = self.clone();
        destinations.into_iter().map(move |to| {
            let way = Self { to, is_copy, ..way.clone() };
            is_copy = true;
            way
        })
    }
}

/// A cluster by the name under `key`; unknown where there is none.
pub(super) fn cluster(name: Option<&str>) -> Destination {
    let name = name.filter(|name| !name.is_empty());
    name.map_or(Destination::Unknown, |name| Destination::Cluster(name.to_owned()))
}

/// The value at the end of a path of keys.
pub(super) fn at<'d>(node: Node<'d>, path: &[&str]) -> Option<Node<'d>> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// A unit and what came out of it.
pub(super) struct Unit<'f> {
    pub(super) files: &'f dyn Bounded,
    /// The kinds of workloads, where these are wanted.
    kinds: Option<&'f Kinds>,
    pub(super) bindings: Bindings,
    pub(super) references: References,
    found: Vec<Carried>,
    copies: usize,
    /// How many entries of `PolicyGenerator`s have been read.
    pub(super) generated: usize,
    /// What stands at the paths that they name: many of them name the same.
    pub(super) read: HashMap<String, Vec<Manifest>>,
}

impl<'f> Unit<'f> {
    pub(super) fn new(files: &'f dyn Bounded, kinds: Option<&'f Kinds>) -> Self {
        Self {
            files,
            kinds,
            bindings: Bindings::default(),
            references: References::default(),
            found: Vec::new(),
            copies: 0,
            generated: 0,
            read: HashMap::new(),
        }
    }

    pub(super) fn unwrap(mut self, manifests: Vec<Manifest>) -> Vec<Carried> {
        // What stands in lists and templates belongs to the unit like everything else.
        let mut objects = Vec::with_capacity(manifests.len());
        for manifest in manifests {
            flatten(manifest, &Way::here(), &mut objects);
        }
        for (manifest, _) in &objects {
            self.bindings.note(manifest);
            self.references.note(manifest);
        }
        for (manifest, way) in &objects {
            self.carry(manifest, way);
        }
        self.found
    }

    /// Takes an object apart, or keeps it.
    pub(super) fn carry(&mut self, manifest: &Manifest, way: &Way) {
        if way.is_copy {
            self.copies += 1;
            if self.copies > MAX_COPIES {
                return self.makes_too_much(way);
            }
            if !self.may_make(manifest, way) {
                return;
            }
        }
        match manifest.recognise() {
            Recognised::Ours(Kind::ConfigMap) => {
                self.push(manifest, way);
                config_map::unwrap(self, manifest, way);
            }
            Recognised::Ours(_) | Recognised::Suspect(_) => self.push(manifest, way),
            Recognised::Carrier(kind) if way.depth < MAX_DEPTH => self.open(kind, manifest, way),
            Recognised::Other if way.carrier.is_none() || self.is_workload(manifest) => {
                self.push(manifest, way);
            }
            Recognised::Carrier(_) | Recognised::Other => {}
        }
    }

    /// Whether one more object may be made of a text, be it a copy for another cluster or what a generator reads.
    pub(super) fn may_make(&self, manifest: &Manifest, way: &Way) -> bool {
        let place = way.carrier.as_ref().map_or(manifest.root().span(), |carrier| carrier.span);
        let text = manifest.root().span().range().len();
        self.files.budget().is_none_or(|budget| budget.spend_object(text, place))
    }

    /// Notes that what carries here makes more than is looked at.
    pub(super) fn makes_too_much(&self, way: &Way) {
        if let (Some(budget), Some(carrier)) = (self.files.budget(), &way.carrier) {
            budget.exceed(carrier.span);
        }
    }

    /// Takes several objects.
    pub(super) fn carry_objects(&mut self, manifests: &[Manifest], way: &Way) {
        for manifest in manifests {
            self.carry(manifest, way);
        }
    }

    /// Takes each value of `nodes` that is an object in `manifest`'s document.
    pub(super) fn carry_all<'d>(
        &mut self,
        manifest: &Manifest,
        nodes: impl Iterator<Item = Node<'d>>,
        way: &Way,
    ) {
        for node in nodes.filter(|node| node.kind() == crate::yaml::Kind::Mapping) {
            let inner = Manifest::new(manifest.document().clone(), node.index(), manifest.form);
            self.carry(&inner, way);
        }
    }

    fn open(&mut self, kind: CarrierKind, manifest: &Manifest, way: &Way) {
        let way = way.through(kind, manifest);
        match kind {
            CarrierKind::List => self.carry_objects(&list::items(manifest), &way),
            CarrierKind::Template => self.carry_objects(&template::objects(manifest), &way),
            CarrierKind::Policy => policy::unwrap(self, manifest, &way),
            CarrierKind::ConfigurationPolicy => configuration_policy::unwrap(self, manifest, &way),
            CarrierKind::PolicyGenerator => policy_generator::unwrap(self, manifest, &way),
            CarrierKind::ManifestWork => manifest_work::unwrap(self, manifest, &way),
            CarrierKind::ManifestWorkReplicaSet => manifest_work::unwrap_replicas(self, manifest, &way),
            CarrierKind::SyncSet | CarrierKind::SelectorSyncSet => {
                sync_set::unwrap(self, kind, manifest, &way);
            }
            CarrierKind::HostedCluster => hosted_cluster::unwrap(self, manifest, &way),
            CarrierKind::InstallConfig | CarrierKind::ImageBasedInstallationConfig => {
                install_config::unwrap(self, kind, manifest, &way);
            }
            CarrierKind::SiteConfig => site_config::unwrap(self, manifest, &way),
            CarrierKind::ClusterInstance => cluster_instance::unwrap(self, manifest, &way),
            CarrierKind::AgentClusterInstall => agent_cluster_install::unwrap(self, manifest, &way),
            // What these name is taken apart where it stands.
            CarrierKind::NodePool | CarrierKind::ConfigMap => {}
        }
    }

    fn is_workload(&self, manifest: &Manifest) -> bool {
        self.kinds.is_some_and(|kinds| kinds.know(manifest.root()))
    }

    /// Keeps what a carrier says itself, if there is anything to say of it.
    pub(super) fn push_settings(&mut self, manifest: &Manifest, settings: Settings, way: &Way) {
        let is_wrong = || {
            settings.kind == CarrierKind::HostedCluster && !schema::check_hosted(manifest.root()).is_empty()
        };
        if !way.is_copy && (!settings.is_empty() || is_wrong()) {
            let (carrier, to) = (way.carrier.clone(), way.to.clone());
            self.found.push(Carried { manifest: manifest.clone(), carrier, to, settings: Some(settings) });
        }
    }

    fn push(&mut self, manifest: &Manifest, way: &Way) {
        let (carrier, to) = (way.carrier.clone(), way.to.clone());
        self.found.push(Carried { manifest: manifest.clone(), carrier, to, settings: None });
    }
}

fn flatten(manifest: Manifest, way: &Way, into: &mut Vec<(Manifest, Way)>) {
    let (kind, inner) = match manifest.recognise() {
        Recognised::Carrier(CarrierKind::List) => (CarrierKind::List, list::items(&manifest)),
        Recognised::Carrier(CarrierKind::Template) => (CarrierKind::Template, template::objects(&manifest)),
        _ => return into.push((manifest, way.clone())),
    };
    if way.depth < MAX_DEPTH {
        let way = way.through(kind, &manifest);
        for inner in inner {
            flatten(inner, &way, into);
        }
    }
}
