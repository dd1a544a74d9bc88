//! Objects that an installer or an operator makes of settings. Their values stand where the settings do; what no
//! setting says stands at the key that holds them.

use crate::crd::{Kind, MirrorKind};
use crate::manifest::Manifest;
use crate::source::Span;
use crate::yaml::{Composer, Entry, Kind as Shape, Node};
use std::sync::Arc;

/// What a cluster is told of mirrors: the keys that name the entries and what they are in a mirror set.
const FIELDS: [(&str, &str); 3] =
    [("source", "source"), ("mirrors", "mirrors"), ("sourcePolicy", "mirrorSourcePolicy")];

/// The `Image` named `cluster` whose `spec` is the value of `setting`.
pub(super) fn image(carrier: &Manifest, setting: Entry<'_>) -> Option<Manifest> {
    let key = setting.key.span();
    object(carrier, setting, (Kind::Image, "cluster"), |composer| {
        composer.scalar(key, "spec", true);
        composer.copy(setting.value, &|span| span)
    })
}

/// The `ImageDigestMirrorSet` of a list of sources.
pub(super) fn mirror_set(carrier: &Manifest, setting: Entry<'_>, name: &str) -> Option<Manifest> {
    let list = setting.value;
    if list.kind() != Shape::Sequence {
        return None;
    }
    let key = setting.key.span();
    object(carrier, setting, (Kind::Mirrors(MirrorKind::Digest), name), |composer| {
        composer.scalar(key, "spec", true);
        composer.open(list.span(), Shape::Mapping);
        composer.scalar(key, MirrorKind::Digest.list_key(), true);
        composer.open(list.span(), Shape::Sequence);
        let whole = list.items().all(|item| entry(item, composer));
        composer.close();
        composer.close();
        whole
    })
}

fn entry(item: Node<'_>, composer: &mut Composer) -> bool {
    if item.kind() != Shape::Mapping {
        return composer.copy(item, &|span| span);
    }
    composer.open(item.span(), Shape::Mapping);
    let whole = item.entries().into_iter().all(|entry| {
        let name = entry.key.key_text();
        let Some((_, name)) = FIELDS.iter().find(|(written, _)| *written == name) else { return true };
        composer.scalar(entry.key.span(), name, true);
        composer.copy(entry.value, &|span| span)
    });
    composer.close();
    whole
}

fn object(
    carrier: &Manifest,
    setting: Entry<'_>,
    (kind, name): (Kind, &str),
    spec: impl FnOnce(&mut Composer) -> bool,
) -> Option<Manifest> {
    // The document may be that of a string in the carrier.
    let document = setting.key.document();
    let (key, value) = (setting.key.span(), setting.value.span());
    let is_behind = key.file == value.file && key.start <= value.start;
    let whole = if is_behind { Span { start: key.start, ..value } } else { value };
    let mut composer =
        Composer::new(document.file(), document.source().clone()).changed(document.is_changed());
    composer.open(whole, Shape::Mapping);
    for (field, text) in [("apiVersion", kind.api_version()), ("kind", kind.name())] {
        composer.scalar(key, field, true);
        composer.scalar(key, text, true);
    }
    composer.scalar(key, "metadata", true);
    composer.open(key, Shape::Mapping);
    composer.scalar(key, "name", true);
    composer.scalar(key, name, true);
    composer.close();
    let is_whole = spec(&mut composer);
    composer.close();
    let made = composer.finish_within(document.span());
    is_whole.then(|| Manifest::new(Arc::new(made), 0, carrier.form))
}
