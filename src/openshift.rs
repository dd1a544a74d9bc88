//! OpenShift's releases and platforms, and the differences between them that the rules need.

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
    /// The newest release that the rules support. A cluster of unknown version is checked as this release.
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
                "`{text}` is not an OpenShift version; write a version from 4.0 to 4.23 or from 5.0 on, as `4.18` or `4.13.27`"
            )
        };
        let mut parts = text.trim_start_matches('v').split('.');
        let mut next = || parts.next().map(|part| part.parse::<u16>().map_err(|_| wrong())).transpose();
        let (Some(major), Some(minor), patch) = (next()?, next()?, next()?) else { return Err(wrong()) };
        // 4.23 is the last minor release of 4. A later release of 5 is accepted, and counts as the newest supported
        // one.
        if parts.next().is_some() || !(4..=5).contains(&major) || (major == 4 && minor > 23) {
            return Err(wrong());
        }
        Ok(Self { major, minor, patch: patch.unwrap_or(u16::MAX) })
    }
}

impl Version {
    /// The release in the version of a payload: `4.18.5`, `4.14.0-0.nightly-2023-08-29-102237`, `4.18.5-x86_64`.
    pub fn of_payload(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        // Three numbers name a release. Two numbers name a channel, and one number may be anything.
        let numbers = text[..end].trim_end_matches('.');
        (numbers.matches('.').count() == 2).then(|| numbers.parse().ok()).flatten()
    }

    /// The release that the tag of a release image names.
    pub fn of_release_image(image: &str) -> Option<Self> {
        let name = image.split('@').next().unwrap_or_default();
        let (_, last) = name.rsplit_once('/')?;
        Self::of_payload(last.split_once(':')?.1)
    }
}

/// The releases on which something holds: from one release on, and before another one.
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
/// The installer accepts `imageDigestSources` (openshift/installer PR 6235, openshift/assisted-service
/// `internal/installcfg/builder/builder.go`).
pub const IMAGE_DIGEST_SOURCES: Version = Version::first(4, 14);
/// The installer accepts `sourcePolicy` (openshift/installer, PR 10050).
pub const SOURCE_POLICY: Version = Version::first(4, 21);
/// Admission policies keep users from the mirror sets and the `Image` of a hosted cluster (openshift/hypershift
/// `control-plane-operator/hostedclusterconfigoperator/controllers/resources/kas/admissionpolicies.go`).
pub const GUARDED_GUESTS: Version = Version::first(4, 18);
/// A `CRIOCredentialProviderConfig` is in the default feature set of clusters that run their own control plane (openshift/api
/// `features/features.go`).
pub const CREDENTIAL_PROVIDER: Version = Version::first(4, 23);
/// Users configure what a change of a file does to nodes (`MachineConfiguration`, openshift/api
/// `features/features.go`).
pub const NODE_DISRUPTION_POLICIES: Version = Version::first(4, 17);
/// The policy of a namespace changes without a reboot (MCO `pkg/apihelpers/apihelpers.go`).
pub const NAMESPACED_POLICY_RELOADS: Version = Version::first(4, 18);
/// The credential providers of kubelets change without a reboot (MCO `pkg/apihelpers/apihelpers.go`).
pub const CREDENTIAL_PROVIDER_RESTARTS: Version = Version::first(4, 22);
/// A `ConfigMap` keeps changes of `registries.conf` from draining nodes (MCO `pkg/daemon/drain.go`, until release-4.19).
pub const DRAIN_OVERRIDE: Versions =
    Versions { since: Some(Version::first(4, 14)), before: Some(Version::first(4, 20)) };
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
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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

/// How many nodes a cluster's control plane has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// One node that also runs the pods. It is never drained.
    SingleNode,
    /// Several.
    Ha,
}

/// The repository of the release image, unless a cluster says otherwise.
pub const RELEASE_REPOSITORY: &str = "quay.io/openshift-release-dev/ocp-release";
/// The namespace of the release image and of all images that a release consists of.
pub const RELEASE_NAMESPACE: &str = "quay.io/openshift-release-dev";
/// The repositories of the images that a release consists of: releases of 4.x use the first, later releases use both.
const COMPONENT_REPOSITORIES: [&str; 2] =
    ["quay.io/openshift-release-dev/ocp-v4.0-art-dev", "quay.io/openshift-release-dev/ocp-v5.0-art-dev"];
/// Components lie in both repositories (openshift/openshift-docs issue 120038).
pub const TWO_COMPONENT_REPOSITORIES: Version = Version::first(5, 0);
/// The repositories of OKD's release image and of the images that it consists of.
pub const OKD_REPOSITORIES: [&str; 2] = ["quay.io/okd/scos-release", "quay.io/okd/scos-content"];

/// The name of the `ClusterImagePolicy` that releases bring. Names that begin with it are reserved.
pub const RELEASE_POLICY: &str = "openshift";
/// Releases bring an image policy (openshift/cluster-update-keys
/// `manifests.rhel/0000_90_openshift-cluster-image-policy.yaml`, branch by branch; openshift/api `features/features.go`).
pub const RELEASE_POLICIES: Version = Version::first(4, 21);
/// An object with the name of that policy blocks the update to the first release that brings it.
pub const RESERVED_POLICY_NAMES: Version = Version::first(4, 20);

/// A scope of the image policy that releases bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseScope {
    /// The repository.
    pub name: &'static str,
    /// The first release whose policy has it.
    pub since: Version,
}

impl ReleaseScope {
    /// The policy in words, with the first release that has one of these scopes.
    pub fn policy_of(scopes: &[&ReleaseScope]) -> String {
        let since = scopes.iter().map(|scope| scope.since).min().unwrap_or(RELEASE_POLICIES);
        format!("the release's own ClusterImagePolicy `{RELEASE_POLICY}`, from OpenShift {since},")
    }
}

const RELEASE_SCOPES: [ReleaseScope; 3] = [
    ReleaseScope { name: RELEASE_REPOSITORY, since: RELEASE_POLICIES },
    ReleaseScope { name: COMPONENT_REPOSITORIES[0], since: Version::first(4, 22) },
    ReleaseScope { name: COMPONENT_REPOSITORIES[1], since: Version::first(4, 22) },
];

/// The scopes of the image policy of a release; an older release has none. Every release adds scopes to those before
/// it.
pub fn release_scopes(version: Version) -> &'static [ReleaseScope] {
    let count = RELEASE_SCOPES.iter().take_while(|scope| scope.since <= version).count();
    &RELEASE_SCOPES[..count]
}

impl Platform {
    /// Whether releases of this platform bring their image policy. OKD and clusters with hosted control planes have
    /// none. On ROSA, manifests do not show whether a control plane is hosted.
    pub fn brings_image_policy(self) -> bool {
        matches!(self, Platform::Ocp | Platform::Aro)
    }
}

/// Whether a repository holds releases of OpenShift or OKD, or their images. All of these are pulled by digest.
pub fn is_release_content(name: &str) -> bool {
    const NAMESPACES: [&str; 2] = ["quay.io/openshift-release-dev", "quay.io/okd"];
    NAMESPACES.iter().any(|namespace| lies_in(name, namespace))
}

/// Whether a repository holds nightly releases or releases of OpenShift's own tests. Their components lie elsewhere.
pub fn is_nightly_release(name: &str) -> bool {
    const CI: &str = "registry.ci.openshift.org";
    lies_in(name, CI) || (name.starts_with(RELEASE_REPOSITORY) && !lies_in(name, RELEASE_REPOSITORY))
}

/// Whether a repository is `outer`, or lies below it.
pub fn lies_in(name: &str, outer: &str) -> bool {
    name.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The repositories that a cluster's own images come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'r> {
    /// The repository of the release image.
    pub release: &'r str,
    /// The repositories of the images that the release image names; empty if they are not known.
    pub components: &'static [&'static str],
}

impl<'r> Payload<'r> {
    /// The repositories from which a release of this version is pulled on a platform.
    pub fn of(platform: Platform, version: Version, release_repository: &'r str) -> Self {
        if platform == Platform::Okd {
            return Payload { release: OKD_REPOSITORIES[0], components: &OKD_REPOSITORIES[1..] };
        }
        let components: &'static [&'static str] = if is_nightly_release(release_repository) {
            &[]
        } else if version < TWO_COMPONENT_REPOSITORIES {
            &COMPONENT_REPOSITORIES[..1]
        } else {
            &COMPONENT_REPOSITORIES
        };
        Payload { release: release_repository, components }
    }

    /// All of them, the repository of the release image first.
    pub fn repositories(&self) -> impl Iterator<Item = &'r str> {
        std::iter::once(self.release).chain(self.components.iter().copied())
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

    #[test]
    fn a_payload_says_its_release_in_three_numbers() {
        for (text, version) in [
            ("4.18.5", Some(Version::exact(4, 18, 5))),
            ("4.18.5-x86_64", Some(Version::exact(4, 18, 5))),
            ("4.14.0-0.nightly-2023-08-29-102237", Some(Version::exact(4, 14, 0))),
            ("4.18", None),
            ("latest", None),
            ("", None),
        ] {
            assert_eq!(Version::of_payload(text), version, "{text}");
        }
        for (image, version) in [
            ("quay.io/openshift-release-dev/ocp-release:4.18.5-multi", Some(Version::exact(4, 18, 5))),
            ("mirror.corp.example:5000/release:4.16.2-x86_64@sha256:00", Some(Version::exact(4, 16, 2))),
            ("mirror.corp.example:5000/release@sha256:00", None),
            ("mirror.corp.example:4.18", None),
            ("release:4.18.5", None),
        ] {
            assert_eq!(Version::of_release_image(image), version, "{image}");
        }
    }
}
