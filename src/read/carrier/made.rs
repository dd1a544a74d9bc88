//! Objects that an installer or an operator makes from settings. Their values have the places of the settings. A value
//! without a setting has the place of the key that holds the settings.

use crate::read::crd::settings::{ENTRY, POLICY};
use crate::read::crd::{Kind, MirrorKind, RegistriesFile, mirror_reference};
use crate::read::manifest::Manifest;
use crate::source::Span;
use crate::yaml::{Composer, Entry, Kind as Shape, Node};
use std::sync::Arc;

/// The keys that are read in a list of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A source and its mirrors.
    Mirrors,
    /// Also whether nodes may contact the source.
    Policy,
}

/// The keys of mirrors in settings, and the field of a mirror set for each.
const FIELDS: [(&str, &str); 3] =
    [(ENTRY[0], "source"), (ENTRY[1], "mirrors"), (POLICY, "mirrorSourcePolicy")];

impl Known {
    fn fields(self) -> &'static [(&'static str, &'static str)] {
        if self == Known::Policy { &FIELDS } else { &FIELDS[..2] }
    }
}

/// The `Image` named `cluster` whose `spec` is the value of `setting`.
pub(super) fn image(carrier: &Manifest, setting: Entry<'_>) -> Option<Manifest> {
    let key = setting.key.span();
    object(carrier, setting, (Kind::Image, "cluster"), |composer| {
        composer.scalar(key, "spec", true);
        composer.copy(setting.value, &|span| span)
    })
}

/// The `ImageDigestMirrorSet` that is made from a list of sources.
pub(super) fn mirror_set(
    carrier: &Manifest,
    setting: Entry<'_>,
    name: &str,
    known: Known,
) -> Option<Manifest> {
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
        let whole = list.items().all(|item| entry(item, known, composer));
        composer.close();
        composer.close();
        whole
    })
}

/// The mirror set of one kind that the assisted service makes from a `registries.conf` at `setting`; `None` if the
/// file has no such mirror.
pub(super) fn mirror_set_of_registries(
    carrier: &Manifest,
    setting: Entry<'_>,
    file: &RegistriesFile,
    kind: MirrorKind,
) -> Option<Manifest> {
    let (key, whole) = (setting.key.span(), setting.value.span());
    let sources: Vec<_> = mirror_reference::sources(file)
        .map(|read| (read.source, if kind == MirrorKind::Tag { read.tag } else { read.digest }))
        .filter(|(_, mirrors)| !mirrors.is_empty())
        .collect();
    if sources.is_empty() {
        return None;
    }
    let name = if kind == MirrorKind::Tag { "image-tag-mirror" } else { "image-digest-mirror" };
    object(carrier, setting, (Kind::Mirrors(kind), name), |composer| {
        // The text is TOML, which no edit of YAML can change.
        composer.is_not_editable();
        composer.scalar(key, "spec", true);
        composer.open(whole, Shape::Mapping);
        composer.scalar(key, kind.list_key(), true);
        composer.open(whole, Shape::Sequence);
        for (source, mirrors) in sources {
            let (at, last) = (source.spot.span, mirrors[mirrors.len() - 1].spot.span);
            let first = mirrors[0].spot.span;
            composer.open(covering(at, last), Shape::Mapping);
            composer.scalar(at, "source", true);
            composer.scalar(at, &source.value, false);
            composer.scalar(first, "mirrors", true);
            composer.open(covering(first, last), Shape::Sequence);
            for mirror in mirrors {
                composer.scalar(mirror.spot.span, &mirror.value, false);
            }
            composer.close();
            composer.close();
        }
        composer.close();
        composer.close();
        true
    })
}

/// The text from one place to another.
fn covering(a: Span, b: Span) -> Span {
    Span { file: a.file, start: a.start.min(b.start), end: a.end.max(b.end) }
}

fn entry(item: Node<'_>, known: Known, composer: &mut Composer) -> bool {
    if item.kind() != Shape::Mapping {
        return composer.copy(item, &|span| span);
    }
    composer.open(item.span(), Shape::Mapping);
    let whole = item.entries().into_iter().all(|entry| {
        let name = entry.key.key_text();
        let Some((_, name)) = known.fields().iter().find(|(written, _)| name.eq_ignore_ascii_case(written))
        else {
            return true;
        };
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
    // The document may be a string in the carrier.
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
    let made = composer.finish_within(document.span()).with_holes(document.holes().to_vec());
    is_whole.then(|| carrier.with(Arc::new(made), 0))
}
