//! `install-config.yaml` and the overrides of zero-touch provisioning: from the sources, the installer makes an
//! `ImageDigestMirrorSet` named `image-digest-mirror` (openshift/installer
//! `pkg/asset/manifests/imagedigestmirrorset.go`).

use super::made::{self, Known};
use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use super::{CarrierKind, Destination};
use crate::read::crd::settings::{CONTENT_SOURCES, DIGEST_SOURCES};
use crate::read::crd::{CarrierSettings, setting};
use crate::read::manifest::Manifest;
use crate::yaml::{Entry, Node, embedded};

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, kind: CarrierKind, manifest: &Manifest, way: &Way) {
    // An image for the installation of many clusters has a name, too, but that is not the name of a cluster.
    let to = if kind == CarrierKind::InstallConfig {
        cluster(Some(manifest.name()))
    } else {
        Destination::Unknown
    };
    let way = way.to(to);
    let mut settings = CarrierSettings::new(kind);
    settings.note_keys(manifest.root(), false);
    unit.push_settings(manifest, settings, &way);
    carry_sources(unit, manifest, manifest.root(), &way, Known::Policy);
}

/// Carries the objects that the installer makes from overrides, which are JSON in a string. Also records errors in the
/// overrides.
pub(super) fn carry_overrides(
    unit: &mut CarrierUnit<'_>,
    manifest: &Manifest,
    overrides: Option<Node<'_>>,
    way: &Way,
    settings: &mut CarrierSettings,
) {
    let Some(overrides) = overrides.filter(|node| node.as_str().is_some()) else { return };
    settings.note_overrides(overrides);
    // Unreadable overrides configure no mirror.
    if settings.broken_overrides.is_some() {
        return;
    }
    if let Some(document) = embedded::read(overrides).documents.first() {
        settings.note_keys(document.root(), true);
        carry_sources(unit, manifest, document.root(), way, Known::Mirrors);
    }
}

/// Whether overrides set the newer list of sources, even to an empty list.
pub(super) fn override_sources(overrides: Node<'_>) -> bool {
    let read = embedded::read(overrides);
    read.documents.first().is_some_and(|document| setting(document.root(), DIGEST_SOURCES).is_some())
}

fn carry_sources(
    unit: &mut CarrierUnit<'_>,
    manifest: &Manifest,
    settings: Node<'_>,
    way: &Way,
    known: Known,
) {
    let newer = setting(settings, DIGEST_SOURCES);
    let older = setting(settings, CONTENT_SOURCES);
    let is_filled = |entry: &Entry<'_>| entry.value.items().next().is_some();
    // The installer refuses both lists together, so the author means the newer one. An empty list does not count.
    let excluded = older.filter(is_filled).map(|older| older.key.span());
    let excluded = excluded.filter(|_| newer.as_ref().is_some_and(is_filled));
    let way = way.with(|carrier| carrier.older_setting = excluded);
    let sources = newer.filter(is_filled).map(|newer| (newer, known));
    let sources =
        sources.or(older.map(|older| (older, Known::Mirrors))).or(newer.map(|newer| (newer, known)));
    let made = sources
        .and_then(|(sources, known)| made::mirror_set(manifest, sources, "image-digest-mirror", known));
    if let Some(made) = made {
        unit.carry(&made, &way);
    }
}
