//! `ConfigMap`s whose values are texts of objects. The object that names a `ConfigMap` decides where these go. If no
//! object names it, a value may be an example, so only exact kinds count.

use super::made;
use super::references::Use;
use super::unit::CarrierUnit;
use super::way::Way;
use super::{CarrierKind, Destination};
use crate::read::crd::machine_config::MAX_CONTENTS;
use crate::read::crd::{Kind, MirrorKind, Recognised, RegistriesFile, is_placeholder, mirror_reference};
use crate::read::manifest::{Form, Manifest, is_template, may_hold_ours};
use crate::yaml::{Kind as Shape, Node, embedded};
use std::sync::Arc;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let data = manifest.root().get("data").filter(|data| data.kind() == Shape::Mapping);
    let Some(data) = data else { return };
    let (mirrors, known): (Vec<Use>, Vec<Use>) =
        unit.references.of(manifest).into_iter().partition(|known| known.is_mirrors);
    carry_mirrors(unit, manifest, data, &mirrors, way);
    let mut texts = Vec::new();
    for entry in data.entries() {
        if !entry.value.as_str().is_some_and(may_hold_ours) {
            continue;
        }
        let inner = embedded::read(entry.value);
        let templates = inner.documents.iter().filter(|document| is_template(document)).count();
        let form = if templates > 0 || inner.is_broken { Form::Template } else { manifest.form };
        let mut made_of = manifest.clone();
        made_of.form = form;
        let documents = inner.documents.into_iter().filter(|document| !is_template(document));
        let objects = documents.map(|document| made_of.with(Arc::new(document), 0));
        texts.push((entry.key.key_text(), objects.filter(is_certain).collect::<Vec<_>>()));
    }
    if texts.is_empty() {
        return;
    }
    let destinations = known.iter().map(|known| known.way.to.clone()).collect();
    for (way, known) in way.to_each(destinations).zip(&known) {
        // The object that names the ConfigMap carries it, whatever carrier brought the two here.
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

/// Carries the mirror sets that an installation creates in the new cluster.
fn carry_mirrors(unit: &mut CarrierUnit<'_>, manifest: &Manifest, data: Node<'_>, uses: &[Use], way: &Way) {
    let Some(entry) = data.entry(mirror_reference::KEY).filter(|_| !uses.is_empty()) else { return };
    let Some(text) = entry.value.as_str().filter(|text| text.len() <= MAX_CONTENTS && !is_placeholder(text))
    else {
        return;
    };
    let document = entry.value.document();
    let span = entry.value.span();
    let source = if span.file == document.file() { &**document.source() } else { "" };
    let file = RegistriesFile::read(text, span, source);
    let destinations = uses.iter().map(|known| known.way.to.clone()).collect();
    for (way, known) in way.to_each(destinations).zip(uses) {
        let way = way.brought_by(&known.way);
        for kind in [MirrorKind::Digest, MirrorKind::Tag] {
            if let Some(made) = made::mirror_set_of_registries(manifest, entry, &file, kind) {
                unit.carry(&made, &way);
            }
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
