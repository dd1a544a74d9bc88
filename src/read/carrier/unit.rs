//! The state while one unit is opened: its bindings, its objects, and how much was read.

use super::references::References;
use super::selection::Bindings;
use super::way::{MAX_DEPTH, Way};
use super::{Carried, CarrierKind, list, template};
use crate::machine::budget::Bounded;
use crate::read::crd::{CarrierSettings, Kind, Recognised, schema};
use crate::read::manifest::Manifest;
use crate::read::workload::Kinds;
use crate::yaml::Node;
use std::collections::HashMap;

/// The limit of copies of objects. Real units have far fewer destinations.
const MAX_COPIES: usize = 100_000;

/// Opens a carrier.
pub(super) type Open = fn(&mut CarrierUnit<'_>, CarrierKind, &Manifest, &Way);

/// A unit and its objects.
pub(super) struct CarrierUnit<'f> {
    pub(super) files: &'f dyn Bounded,
    /// The kinds of workloads, if they are wanted.
    kinds: Option<&'f Kinds>,
    open: Open,
    pub(super) bindings: Bindings,
    pub(super) references: References,
    found: Vec<Carried>,
    copies: usize,
    /// How many entries of `PolicyGenerator`s have been read.
    pub(super) generated: usize,
    /// The manifests at the paths that generators name: many generators name the same paths.
    pub(super) read: HashMap<String, Vec<Manifest>>,
}

impl<'f> CarrierUnit<'f> {
    pub(super) fn new(files: &'f dyn Bounded, kinds: Option<&'f Kinds>, open: Open) -> Self {
        Self {
            files,
            kinds,
            open,
            bindings: Bindings::default(),
            references: References::default(),
            found: Vec::new(),
            copies: 0,
            generated: 0,
            read: HashMap::new(),
        }
    }

    pub(super) fn unwrap(mut self, manifests: Vec<Manifest>) -> Vec<Carried> {
        // Objects in lists and templates belong to the unit, too.
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

    /// Opens an object, or keeps it.
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
                (self.open)(self, CarrierKind::ConfigMap, manifest, way);
            }
            Recognised::Ours(_) | Recognised::Suspect(_) => self.push(manifest, way),
            Recognised::Carrier(kind) if way.depth < MAX_DEPTH => {
                // A carrier is itself an object of the cluster that it is applied to.
                if self.kinds.is_some_and(Kinds::want_every_object) {
                    self.push(manifest, way);
                }
                (self.open)(self, kind, manifest, &way.through(kind, manifest));
            }
            Recognised::Other if way.carrier.is_none() || self.is_wanted(manifest) => {
                self.push(manifest, way);
            }
            Recognised::Carrier(_) | Recognised::Other => {}
        }
    }

    /// Whether the limit allows one more object from a text: a copy for another cluster, or an object that a generator
    /// reads.
    pub(super) fn may_make(&self, manifest: &Manifest, way: &Way) -> bool {
        let place = way.carrier.as_ref().map_or(manifest.root().span(), |carrier| carrier.span);
        let text = manifest.root().span().range().len();
        self.files.budget().is_none_or(|budget| budget.spend_object(text, place))
    }

    /// Records that a carrier exceeds the limit.
    pub(super) fn makes_too_much(&self, way: &Way) {
        if let (Some(budget), Some(carrier)) = (self.files.budget(), &way.carrier) {
            budget.exceed(carrier.span);
        }
    }

    /// Carries several objects.
    pub(super) fn carry_objects(&mut self, manifests: &[Manifest], way: &Way) {
        for manifest in manifests {
            self.carry(manifest, way);
        }
    }

    /// Carries each value of `nodes` that is an object in the document of `manifest`.
    pub(super) fn carry_all<'d>(
        &mut self,
        manifest: &Manifest,
        nodes: impl Iterator<Item = Node<'d>>,
        way: &Way,
    ) {
        for node in nodes.filter(|node| node.kind() == crate::yaml::Kind::Mapping) {
            let inner = manifest.with(manifest.document().clone(), node.index());
            self.carry(&inner, way);
        }
    }

    fn is_wanted(&self, manifest: &Manifest) -> bool {
        self.kinds.is_some_and(|kinds| kinds.want(manifest.root()))
    }

    /// Keeps the settings of a carrier, if there are any.
    pub(super) fn push_settings(&mut self, manifest: &Manifest, settings: CarrierSettings, way: &Way) {
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
