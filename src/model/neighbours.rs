//! The objects of a cluster that change what image configuration does.

use super::scope::host;
use super::{Cluster, Resource};
use crate::openshift::CREDENTIAL_PROVIDER;
use crate::read::crd::config_map::OVERRIDE_DRAIN;
use crate::read::crd::{List, Neighbour, Typed};
use crate::source::Spanned;

/// The namespace of the Machine Config Operator.
const OPERATOR_NAMESPACE: &str = "openshift-machine-config-operator";
/// The API server accepts no more patterns.
const MAX_PATTERNS: usize = 50;

/// The registries for whose images CRI-O may use the pull secrets of the pod at mirrors.
#[derive(Clone, Copy, Debug)]
pub struct CredentialProvider<'c> {
    /// `matchImages`, which lists registries as pods name them.
    pub match_images: &'c List<Spanned<String>>,
}

impl CredentialProvider<'_> {
    /// Whether it applies to an image of this repository; also true if a template still has to fill in the list.
    pub fn covers(&self, repository: &str) -> bool {
        self.match_images.open || self.pattern_for(repository).is_some()
    }

    /// The pattern that an image of this repository matches.
    pub fn pattern_for(&self, repository: &str) -> Option<&Spanned<String>> {
        self.match_images
            .items
            .iter()
            .take(MAX_PATTERNS)
            .find(|pattern| matches_image(&pattern.value, repository))
    }
}

/// The registries from which the samples operator makes image streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples<'c> {
    /// The registries in the samples of the release.
    Default,
    /// A registry that replaces them; `None` if a template still has to fill it in.
    Registry(Option<&'c str>),
    /// The operator makes no image streams.
    None,
}

impl Cluster {
    /// The objects that change what image configuration does.
    pub fn neighbours(&self) -> impl Iterator<Item = (&Resource, &Neighbour)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::Neighbour(neighbour) => Some((resource, neighbour)),
            _ => None,
        })
    }

    /// The `ConfigMap` that keeps changes of `registries.conf` from draining nodes, on releases that read it.
    pub fn drain_override(&self) -> Option<&Resource> {
        let named = self.config_maps().map(|(resource, _)| resource);
        let mut named = named.filter(|resource| resource.name() == OVERRIDE_DRAIN);
        named.find(|resource| ["", OPERATOR_NAMESPACE].contains(&resource.identity().namespace.as_str()))
    }

    /// Whether the release reads a `CRIOCredentialProviderConfig`.
    pub fn has_credential_provider(&self) -> bool {
        self.version() >= CREDENTIAL_PROVIDER && !self.is_hosted()
    }

    /// The `CRIOCredentialProviderConfig` in force.
    pub fn credential_provider(&self) -> Option<CredentialProvider<'_>> {
        let mut all = self.neighbours().filter(|(resource, _)| resource.name() == "cluster");
        let found = all.find_map(|(_, neighbour)| match neighbour {
            Neighbour::CredentialProvider { match_images } => match_images.as_ref(),
            _ => None,
        });
        found
            .filter(|_| self.has_credential_provider())
            .map(|match_images| CredentialProvider { match_images })
    }

    /// The registries from which the samples operator makes image streams.
    pub fn samples(&self) -> Samples<'_> {
        let found = self.neighbours().find_map(|(_, neighbour)| match neighbour {
            Neighbour::Samples { state, registry } => Some((state, registry)),
            _ => None,
        });
        match found {
            Some((Some(state), _)) if matches!(state.value.as_str(), "Removed" | "Unmanaged") => {
                Samples::None
            }
            Some((_, Some(registry))) if !registry.value.is_empty() => {
                Samples::Registry(Some(host(&registry.value)))
            }
            _ => Samples::Default,
        }
    }
}

/// Whether an image matches a pattern, as the kubelet decides (kubernetes/kubernetes `pkg/credentialprovider/keyring.go`,
/// `URLsMatch`): the ports are equal, the labels of the host match one by one, and the path is a prefix.
fn matches_image(pattern: &str, repository: &str) -> bool {
    let split = |name: &'_ str| -> (String, String, String) {
        let (domain, path) = name.find('/').map_or((name, ""), |slash| name.split_at(slash));
        let (host, port) = domain.split_once(':').unwrap_or((domain, ""));
        (host.to_owned(), port.to_owned(), path.to_owned())
    };
    let ((host, port, path), (of_host, of_port, of_path)) = (split(pattern), split(repository));
    let is_label = |(pattern, label): (&str, &str)| pattern == "*" || pattern == label;
    port == of_port
        && host.split('.').count() == of_host.split('.').count()
        && host.split('.').zip(of_host.split('.')).all(is_label)
        && of_path.starts_with(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelet_compares_label_by_label() {
        for (pattern, repository, does) in [
            ("docker.io", "docker.io/acme/app", true),
            ("docker.io/acme", "docker.io/acme/app", true),
            ("docker.io/ac", "docker.io/acme/app", true),
            ("docker.io/other", "docker.io/acme/app", false),
            ("*.io", "docker.io/acme/app", true),
            ("*.io", "registry.k8s.io/pause", false),
            ("*.*.io", "registry.k8s.io/pause", true),
            ("h.example:5000", "h.example:5000/a", true),
            ("h.example", "h.example:5000/a", false),
            ("*.sub*.corp.example", "a.sub1.corp.example/a", false),
        ] {
            assert_eq!(matches_image(pattern, repository), does, "{pattern} {repository}");
        }
    }
}
