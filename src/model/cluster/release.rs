//! The release of a cluster, and where its own images come from.

use super::Cluster;
use crate::model::reference::Reference;
use crate::model::resource::Resource;
use crate::openshift::{OKD_REPOSITORIES, Payload, Platform, ReleaseScope, Version, release_scopes};
use crate::read::crd::Typed;

impl Cluster {
    /// The release image that its `ClusterVersion` asks for, if it is a full name.
    pub fn desired_release(&self) -> Option<String> {
        let versions = self.resources().filter_map(Resource::cluster_version);
        let image = &versions.filter_map(|version| version.release_image.as_ref()).last()?.value;
        Reference::parse_canonical(image).is_ok().then(|| image.clone())
    }

    /// The release that its `ClusterVersion` or its `HostedCluster` asks for, with the kind that does.
    pub fn desired_version(&self) -> Option<(Version, &'static str)> {
        let versions = self.resources().filter_map(|resource| {
            if let Typed::Settings(settings) = &resource.typed {
                return Some((settings.release?, "HostedCluster"));
            }
            let version = resource.cluster_version()?;
            let of_image = || Version::of_release_image(&version.release_image.as_ref()?.value);
            Some((version.version.or_else(of_image)?, "ClusterVersion"))
        });
        versions.last()
    }

    /// Its release; if unknown, the newest supported one.
    pub fn version(&self) -> Version {
        self.openshift.unwrap_or(Version::NEWEST)
    }

    /// Its release image; if unknown, an image of the release repository.
    pub fn release_image(&self) -> String {
        let some_image = || format!("{}@sha256:{}", self.release_repository, "a".repeat(64));
        self.release_image.clone().unwrap_or_else(some_image)
    }

    /// The repositories of OpenShift's own images.
    pub fn payload(&self) -> Payload<'_> {
        Payload::of(self.platform, self.version(), &self.release_repository)
    }

    /// The scopes of the `ClusterImagePolicy` that its release installs by itself; none if it installs none.
    pub fn release_scopes(&self) -> &'static [ReleaseScope] {
        if self.platform.brings_image_policy() && self.may_have_release_policy() {
            release_scopes(self.version())
        } else {
            &[]
        }
    }

    /// Whether releases may install that policy on it: not on OKD, nor on hosted clusters.
    pub fn may_have_release_policy(&self) -> bool {
        let is_okd = self.platform == Platform::Okd || self.release_repository == OKD_REPOSITORIES[0];
        !is_okd && !self.is_hosted()
    }

    /// Sets its release image, or only the repository of that image.
    pub fn set_release_image(&mut self, image: Option<&String>) {
        let Some(image) = image else { return };
        match Reference::parse_canonical(image) {
            Ok(reference) => {
                reference.name().clone_into(&mut self.release_repository);
                let whole = reference.tag.is_some() || reference.digest.is_some();
                self.release_image = whole.then(|| image.clone());
            }
            // The operator's message about it is reported with the node files.
            Err(_) => self.release_image = Some(image.clone()),
        }
    }
}
