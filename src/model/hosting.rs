//! What a cluster may have, by who runs its control plane: no rule advises what is refused there.
//!
//! A hosted cluster (`HostedCluster`, `HyperShift`) takes its image configuration from the `HostedCluster` alone: an admission
//! policy keeps users from the kinds, and a `NodePool` takes neither an `ImageTagMirrorSet` nor an `Image`.

use super::{Cluster, Resource};
use crate::openshift::MIRROR_SETS;
use crate::read::carrier::{Carrier, CarrierKind};

impl Cluster {
    /// Whether its control plane is hosted.
    pub fn is_hosted(&self) -> bool {
        self.host().is_some()
    }

    /// Whether it may have mirrors for pulls by tag.
    pub fn takes_tag_mirrors(&self) -> bool {
        self.version() >= MIRROR_SETS && !self.is_hosted()
    }

    /// Where it takes mirrors for pulls by digest, in words: what to give a source.
    pub fn digest_mirrors(&self) -> &'static str {
        if self.is_hosted() {
            "an entry under `spec.imageContentSources` of the HostedCluster"
        } else if self.version() < MIRROR_SETS {
            "an ImageContentSourcePolicy"
        } else {
            "an ImageDigestMirrorSet"
        }
    }

    /// Where it takes the certificates of registries that its nodes are to trust, in words.
    pub fn trusted_cas(&self) -> &'static str {
        if self.is_hosted() {
            "`spec.additionalTrustBundle` of the HostedCluster"
        } else {
            "`additionalTrustedCA`"
        }
    }

    /// Where it takes the credentials that nodes use for every registry, in words.
    pub fn global_pull_secret(&self) -> &'static str {
        if self.is_hosted() {
            "the Secret that `spec.pullSecret` of the HostedCluster names"
        } else {
            "the global pull secret, `pull-secret` in `openshift-config`"
        }
    }
}

/// What shows that the cluster of a resource is hosted.
pub(super) fn host(resource: &Resource) -> Option<&Carrier> {
    let made_by = resource.made_by().filter(|carrier| carrier.kind == CarrierKind::HostedCluster);
    made_by
        .or_else(|| resource.carrier.as_ref()?.chain().find(|carrier| carrier.kind == CarrierKind::NodePool))
}
