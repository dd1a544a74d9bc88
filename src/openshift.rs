//! OpenShift's releases and platforms, as far as what is true depends on them.

use std::fmt;
use std::str::FromStr;

/// A release: `4.18`, or `4.13.27` where the patch decides something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// 4 or 5.
    pub major: u16,
    /// The minor release.
    pub minor: u16,
    /// The patch release; a version given without one means its newest.
    pub patch: u16,
}

impl Version {
    /// The newest release that the rules know. What they say of a cluster of unknown version holds for this one.
    pub const NEWEST: Version = Version::new(5, 2);

    /// The newest patch of a minor release.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor, patch: u16::MAX }
    }

    /// The first patch of a minor release: what "since 4.18" means.
    pub const fn first(major: u16, minor: u16) -> Self {
        Self { major, minor, patch: 0 }
    }

    /// One patch release.
    pub const fn exact(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch == u16::MAX || self.patch == 0 { Ok(()) } else { write!(f, ".{}", self.patch) }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no OpenShift version; known are 4.0 to 4.23 and 5.0 on, written as `4.18` or `4.13.27`"
            )
        };
        let mut parts = text.trim_start_matches('v').split('.');
        let mut next = || parts.next().map(|part| part.parse::<u16>().map_err(|_| wrong())).transpose();
        let (Some(major), Some(minor), patch) = (next()?, next()?, next()?) else { return Err(wrong()) };
        // 4.23 was the last of its line; a later 5 is taken for the newest that is known.
        if parts.next().is_some() || !(4..=5).contains(&major) || (major == 4 && minor > 23) {
            return Err(wrong());
        }
        Ok(Self { major, minor, patch: patch.unwrap_or(u16::MAX) })
    }
}

/// The releases on which something holds: from one on, up to and without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first release on which it holds.
    pub since: Option<Version>,
    /// The first release on which it no longer holds.
    pub before: Option<Version>,
}

impl Versions {
    /// Every release.
    pub const ALL: Versions = Versions { since: None, before: None };

    /// From `version` on.
    pub const fn since(version: Version) -> Self {
        Self { since: Some(version), before: None }
    }

    /// Up to, but without, `version`.
    pub const fn before(version: Version) -> Self {
        Self { since: None, before: Some(version) }
    }

    /// Whether `version` is one of them.
    pub fn contains(self, version: Version) -> bool {
        self.since.is_none_or(|since| since <= version) && self.before.is_none_or(|before| version < before)
    }
}

/// `registrySources` refuses allowed and blocked together (openshift/api 79fcfda22).
pub const EXCLUSIVE_LISTS: Version = Version::first(4, 18);
/// `imageStreamImportMode` is in the default feature set.
pub const IMPORT_MODE: Version = Version::first(4, 21);
/// The entries of `registrySources` are validated one by one (openshift/api 9dd6a3994).
pub const VALIDATED_SCOPES: Version = Version::first(4, 23);
/// `ImageDigestMirrorSet` and `ImageTagMirrorSet` exist.
pub const MIRROR_SETS: Version = Version::first(4, 13);
/// The installer knows `imageDigestSources` (openshift/installer PR 6235, openshift/assisted-service
/// `internal/installcfg/builder/builder.go`).
pub const IMAGE_DIGEST_SOURCES: Version = Version::first(4, 14);
/// Admission policies keep users from the mirror sets and the `Image` of a hosted cluster (openshift/hypershift
/// `control-plane-operator/hostedclusterconfigoperator/controllers/resources/kas/admissionpolicies.go`).
pub const GUARDED_GUESTS: Version = Version::first(4, 18);
/// A `CRIOCredentialProviderConfig` is in the default feature set of clusters that run their own control plane (openshift/api
/// `features/features.go`).
pub const CREDENTIAL_PROVIDER: Version = Version::first(4, 23);
/// An ICSP counts as `AllowContactingSource` where the MCO looks for contradicting policies.
pub const ICSP_POLICIES: Version = Version::first(4, 15);

/// What a cluster runs on, as far as it brings registries of its own.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// OpenShift Container Platform.
    #[default]
    Ocp,
    /// OKD: the payload comes from quay.io alone.
    Okd,
    /// Red Hat OpenShift Service on AWS.
    Rosa,
    /// Azure Red Hat OpenShift: the service's own images come from its registry.
    Aro,
}

/// The repository of the release image, unless a cluster says otherwise.
pub const RELEASE_REPOSITORY: &str = "quay.io/openshift-release-dev/ocp-release";
/// The repository of the images that a release is made of.
pub const COMPONENT_REPOSITORY: &str = "quay.io/openshift-release-dev/ocp-v4.0-art-dev";
/// The repositories of OKD's release image and of the images that it is made of.
pub const OKD_REPOSITORIES: [&str; 2] = ["quay.io/okd/scos-release", "quay.io/okd/scos-content"];

/// Whether a repository holds releases of OpenShift or OKD, or what they are made of; all of it is pulled by digest.
pub fn is_release_content(name: &str) -> bool {
    const NAMESPACES: [&str; 2] = ["quay.io/openshift-release-dev", "quay.io/okd"];
    NAMESPACES.iter().any(|namespace| {
        name.strip_prefix(namespace).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The repositories that a cluster's own images come from: the release image, and what it is made of.
pub fn payload(platform: Platform, release_repository: &str) -> [&str; 2] {
    match platform {
        Platform::Okd => OKD_REPOSITORIES,
        _ => [release_repository, COMPONENT_REPOSITORY],
    }
}

/// The image registry inside the cluster, as its operator reports it.
pub const INTERNAL_REGISTRY: &str = "image-registry.openshift-image-registry.svc:5000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_release_means_its_newest_patch() {
        let minor: Version = "4.13".parse().expect("a version");
        assert!(minor > Version::exact(4, 13, 27));
        assert!(Version::first(4, 13) <= minor && minor < Version::first(4, 14));
        assert_eq!("4.13.5".parse(), Ok(Version::exact(4, 13, 5)));
        for wrong in ["", "4", "4.x", "four", "4.1.2.3", "3.11", "18"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
