//! `ConfigMap`s whose values are texts of objects. Where they go is said by whoever names them; where nobody does, a
//! value may as well be an example, so only what is exactly of a kind counts.

use super::unit::{Unit, Way};
use super::{CarrierKind, Destination};
use crate::crd::{Kind, Recognised};
use crate::manifest::{Form, Manifest, is_template, may_hold_ours};
use crate::yaml::{Kind as Shape, embedded};
use std::sync::Arc;

pub(super) fn unwrap(unit: &mut Unit<'_>, manifest: &Manifest, way: &Way) {
    let data = manifest.root().get("data").filter(|data| data.kind() == Shape::Mapping);
    let Some(data) = data else { return };
    let mut texts = Vec::new();
    for entry in data.entries() {
        if !entry.value.as_str().is_some_and(may_hold_ours) {
            continue;
        }
        let inner = embedded::read(entry.value);
        let templates = inner.documents.iter().filter(|document| is_template(document)).count();
        let form = if templates > 0 || inner.is_broken { Form::Template } else { manifest.form };
        let documents = inner.documents.into_iter().filter(|document| !is_template(document));
        let objects = documents.map(|document| Manifest::new(Arc::new(document), 0, form));
        texts.push((entry.key.key_text(), objects.filter(is_certain).collect::<Vec<_>>()));
    }
    if texts.is_empty() {
        return;
    }
    let known = unit.references.of(manifest);
    let destinations = known.iter().map(|known| known.way.to.clone()).collect();
    for (way, known) in way.to_each(destinations).zip(&known) {
        // What names the ConfigMap carries it, whatever brought both here.
        let way = way.brought_by(&known.way).through(CarrierKind::ConfigMap, manifest);
        for (key, objects) in &texts {
            if known.key.is_none_or(|only| key == only) {
                unit.carry_objects(objects, &way);
            }
        }
    }
    if known.is_empty() {
        let way = way.through(CarrierKind::ConfigMap, manifest).to(Destination::Unknown);
        for (_, objects) in &texts {
            unit.carry_objects(objects, &way);
        }
    }
}

fn is_certain(object: &Manifest) -> bool {
    match object.recognise() {
        Recognised::Ours(kind) => {
            kind.configures_images()
                || matches!(kind, Kind::MachineConfig | Kind::Butane | Kind::Neighbour(_))
        }
        Recognised::Carrier(_) => true,
        Recognised::Suspect(_) | Recognised::Other => false,
    }
}
