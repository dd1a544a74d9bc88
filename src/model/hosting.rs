//! What a cluster accepts, which depends on who runs its control plane. With it, no rule advises something that the cluster
//! refuses.
//!
//! A hosted cluster (`HostedCluster`, `HyperShift`) gets its image configuration only from the `HostedCluster`: an admission
//! policy stops users from changing the kinds, and a `NodePool` accepts neither an `ImageTagMirrorSet` nor an `Image`.

use super::{Cluster, Resource};
use crate::openshift::MIRROR_SETS;
use crate::read::carrier::{Carrier, CarrierKind};

impl Cluster {
    /// Whether its control plane is hosted.
    pub fn is_hosted(&self) -> bool {
        self.host().is_some()
    }

    /// Whether it accepts mirrors for pulls by tag.
    pub fn takes_tag_mirrors(&self) -> bool {
        self.version() >= MIRROR_SETS && !self.is_hosted()
    }

    /// The object for mirrors by digest, in words.
    pub fn digest_mirrors(&self) -> &'static str {
        if self.is_hosted() {
            "an entry under `spec.imageContentSources` of the HostedCluster"
        } else if self.version() < MIRROR_SETS {
            "an ImageContentSourcePolicy"
        } else {
            "an ImageDigestMirrorSet"
        }
    }

    /// The field for the certificates of registries that its nodes should trust, in words.
    pub fn trusted_cas(&self) -> &'static str {
        if self.is_hosted() {
            "`spec.additionalTrustBundle` of the HostedCluster"
        } else {
            "`additionalTrustedCA`"
        }
    }

    /// The place of the credentials that nodes use for every registry, in words.
    pub fn global_pull_secret(&self) -> &'static str {
        if self.is_hosted() {
            "the Secret that `spec.pullSecret` of the HostedCluster names"
        } else {
            "the global pull secret, `pull-secret` in `openshift-config`"
        }
    }
}

/// The carrier that shows that the cluster of a resource is hosted.
pub(super) fn host(resource: &Resource) -> Option<&Carrier> {
    let made_by = resource.made_by().filter(|carrier| carrier.kind == CarrierKind::HostedCluster);
    made_by
        .or_else(|| resource.carrier.as_ref()?.chain().find(|carrier| carrier.kind == CarrierKind::NodePool))
}
