//! `HostedCluster`: `spec.configuration.image` is the `spec` of the guest's `Image`, and `spec.imageContentSources`
//! become an `ImageDigestMirrorSet` named `cluster` there (openshift/hypershift
//! `control-plane-operator/hostedclusterconfigoperator`).

use super::CarrierKind;
use super::made::{self, Known};
use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use crate::openshift::Version;
use crate::read::crd::CarrierSettings;
use crate::read::manifest::Manifest;
use crate::yaml::Kind as Shape;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let way = way.to(cluster(Some(manifest.name())));
    let mut settings = CarrierSettings::new(CarrierKind::HostedCluster);
    let Some(spec) = manifest.root().get("spec") else { return unit.push_settings(manifest, settings, &way) };
    let image = spec.get("configuration").and_then(|configuration| configuration.entry("image"));
    let image = image.filter(|image| image.value.kind() == Shape::Mapping);
    let image = image.and_then(|image| made::image(manifest, image));
    let sources = spec.entry("imageContentSources");
    let sources = sources.and_then(|sources| made::mirror_set(manifest, sources, "cluster", Known::Mirrors));
    // The release of a cluster without image configuration does not matter.
    if image.is_some() || sources.is_some() {
        let release = spec.at(&["release", "image"]);
        settings.release = release.and_then(|image| Version::of_release_image(image.as_str()?));
    }
    unit.push_settings(manifest, settings, &way);
    for made in image.into_iter().chain(sources) {
        unit.carry(&made, &way);
    }
}
