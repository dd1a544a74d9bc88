//! `install-config.yaml`, and what zero-touch provisioning lays over it: the installer makes an
//! `ImageDigestMirrorSet` named `image-digest-mirror` of the sources (openshift/installer
//! `pkg/asset/manifests/imagedigestmirrorset.go`).

use super::made;
use super::unit::{Unit, Way, cluster};
use super::{CarrierKind, Destination};
use crate::manifest::{Manifest, may_hold_ours};
use crate::yaml::{Entry, Node, embedded};

pub(super) fn unwrap(unit: &mut Unit<'_>, kind: CarrierKind, manifest: &Manifest, way: &Way) {
    // An image that installs many clusters is named, too, but like none of them.
    let to = if kind == CarrierKind::InstallConfig {
        cluster(Some(manifest.name()))
    } else {
        Destination::Unknown
    };
    carry_sources(unit, manifest, manifest.root(), &way.to(to));
}

/// Carries what the installer makes of overrides, which are JSON (or YAML) in a string.
pub(super) fn carry_overrides(
    unit: &mut Unit<'_>,
    manifest: &Manifest,
    overrides: Option<Node<'_>>,
    way: &Way,
) {
    let Some(overrides) = overrides.filter(|node| node.as_str().is_some_and(may_hold_ours)) else { return };
    if let Some(document) = embedded::read(overrides).documents.first() {
        carry_sources(unit, manifest, document.root(), way);
    }
}

fn carry_sources(unit: &mut Unit<'_>, manifest: &Manifest, settings: Node<'_>, way: &Way) {
    let newer = settings.entry("imageDigestSources");
    let older = settings.entry("imageContentSources");
    let is_filled = |entry: &Entry<'_>| entry.value.items().next().is_some();
    // The installer refuses both at once; the newer one is what was meant. An empty list counts as none.
    let excluded = older.filter(is_filled).map(|older| older.key.span());
    let excluded = excluded.filter(|_| newer.as_ref().is_some_and(is_filled));
    let way = way.with(|carrier| carrier.older_setting = excluded);
    let sources = newer.filter(is_filled).or(older).or(newer);
    let made = sources.and_then(|sources| made::mirror_set(manifest, sources, "image-digest-mirror"));
    if let Some(made) = made {
        unit.carry(&made, &way);
    }
}
