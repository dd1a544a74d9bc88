//! The registries and repositories that OpenShift itself pulls from.

use super::Cluster;
use super::allowlist::Allowlist;
use super::scope::{covers, host};
use crate::openshift::{Payload, Platform, RELEASE_NAMESPACE, ReleaseScope};
use crate::source::Span;

/// A repository or registry that the cluster pulls from.
pub struct Need {
    /// The name that a list has to cover.
    pub name: String,
    /// The purpose, in words.
    pub what: &'static str,
    /// The source of a mirror set that contains it.
    pub mirrored: Option<Span>,
    /// The scope of the release's own image policy, if it is one.
    pub signed: Option<&'static ReleaseScope>,
}

const OPERATORS: &str = "registry.redhat.io";

impl Need {
    /// The part that a list leaves out, and the name to add: the registry, or less if the list allows parts of it.
    pub fn widest(&self, allowed: &Allowlist<'_>) -> (&str, &str) {
        let host = host(&self.name);
        if !allowed.has_part_of(host) {
            return (host, host);
        }
        let is_release = self.name.starts_with(RELEASE_NAMESPACE) && self.name != RELEASE_NAMESPACE;
        match is_release {
            true if allowed.has_part_of(RELEASE_NAMESPACE) => (&self.name, RELEASE_NAMESPACE),
            true => (RELEASE_NAMESPACE, RELEASE_NAMESPACE),
            false => (&self.name, &self.name),
        }
    }
}

/// The registries and repositories that OpenShift itself pulls from on a platform.
pub fn needs(cluster: &Cluster, platform: Platform) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let sources = || cluster.mirror_entries().filter(|(_, _, entry)| !entry.mirrors().is_empty());
    let payload = Payload::of(platform, cluster.version(), &cluster.release_repository);
    let signed = cluster.release_scopes().iter().filter(|_| platform.brings_image_policy());
    let signed: Vec<&ReleaseScope> = signed.collect();
    let mut repositories: Vec<&str> = payload.repositories().collect();
    repositories.extend(
        signed.iter().map(|scope| scope.name).filter(|name| !repositories.contains(name)).collect::<Vec<_>>(),
    );
    for repository in repositories {
        let mut holding = sources().filter(|(_, _, entry)| covers(&entry.source.value, repository));
        needs.push(Need {
            name: repository.to_owned(),
            what: "OpenShift's own",
            mirrored: holding.next().map(|(_, _, entry)| entry.source.span),
            signed: signed.iter().find(|scope| scope.name == repository).copied(),
        });
    }
    let mut need = |name: &str, what, mirrored| {
        needs.push(Need { name: name.to_owned(), what, mirrored, signed: None });
    };
    if platform != Platform::Okd {
        // A disconnected cluster pulls only what it mirrors from the registry, under the name of the source.
        let mut mirrored =
            sources().filter(|(_, _, entry)| host(&entry.source.value) == OPERATORS).peekable();
        if mirrored.peek().is_none() {
            need(OPERATORS, "those of operators and catalogs", None);
        }
        for (_, _, entry) in mirrored {
            need(&entry.source.value, "those of operators and catalogs", Some(entry.source.span));
        }
    }
    if platform == Platform::Aro {
        need("arosvc.azurecr.io", "those of Azure Red Hat OpenShift", None);
    }
    needs
}
