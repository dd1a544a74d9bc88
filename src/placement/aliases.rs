//! Joins the names of one cluster: some Applications use its name, others the URL of its API server.
//!
//! Two are joined only when the repository proves it: a cluster Secret of Argo CD, a managed cluster with that URL, or
//! generator parameters with both. If a URL has two names, or a name has two URLs, nothing is joined: a missed finding
//! costs less than a wrong one.

use super::argo::{self, Destination, Listing, Read};
use super::configured::ConfiguredCluster;
use super::found::Found;
use super::paths::Named;
use crate::read::manifest::{Form, Manifest, servers_of_clusters};
use std::collections::{BTreeMap, BTreeSet};

/// The names of clusters.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// The name for each URL.
    names: BTreeMap<String, String>,
    /// The names of the cluster that Argo CD runs on.
    own: BTreeSet<String>,
}

/// The names and URLs of clusters in manifests and in parameters of generators.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Pairs of a URL and a name.
    pairs: BTreeSet<(String, String)>,
    /// The same pairs, where the name may belong to something other than a cluster.
    weak: BTreeSet<(String, String)>,
    /// The names of clusters in Applications.
    names: BTreeSet<String>,
}

impl Said {
    /// Records the names in a manifest, and in the Applications that Argo CD generates from that manifest.
    pub(super) fn note(&mut self, manifest: &Manifest, read: Option<Read>) {
        let is_meant = !matches!(manifest.form, Form::Sample | Form::Template);
        let said = if is_meant { servers_of_clusters(manifest.root()) } else { Vec::new() };
        self.pairs.extend(said.into_iter().map(|(name, server)| (canonical(&server), name)));
        let Some(read) = read else { return };
        for called in read.called {
            let pairs = if called.is_sure { &mut self.pairs } else { &mut self.weak };
            pairs.insert((canonical(&called.server), called.name));
        }
        for application in read.applications {
            if let Destination::Cluster(name) = application.destination {
                self.names.insert(name);
            }
        }
    }
}

impl Aliases {
    /// The certain names. Names in the configuration and in directories count, too.
    pub(super) fn of(said: Said, known: &[ConfiguredCluster], listing: &dyn Listing) -> Self {
        let Said { mut pairs, weak, names } = said;
        if pairs.is_empty() && weak.is_empty() {
            return Self::default();
        }
        let directories = listing.directories().iter().filter_map(|directory| Named::of(directory));
        let mut places: BTreeSet<String> = directories.map(|named| named.name().to_owned()).collect();
        places.extend(known.iter().map(|cluster| cluster.name.clone()));
        // A name of uncertain meaning counts as a cluster's name if a cluster has this name.
        let is_cluster = |name: &String| names.contains(name) || places.contains(name);
        pairs.extend(weak.into_iter().filter(|(_, name)| is_cluster(name)));
        let mut aliases = Self::unambiguous(&pairs);
        // A name in paths or in the configuration is better evidence than the place of the Application.
        aliases.own.retain(|name| !places.contains(name));
        aliases
    }

    fn unambiguous(pairs: &BTreeSet<(String, String)>) -> Self {
        let mut of_server: BTreeMap<&str, usize> = BTreeMap::new();
        let mut of_name: BTreeMap<&str, usize> = BTreeMap::new();
        for (server, name) in pairs {
            *of_server.entry(server).or_default() += 1;
            *of_name.entry(name).or_default() += 1;
        }
        let mut aliases = Self::default();
        for (server, name) in pairs {
            if of_server[server.as_str()] > 1 || of_name[name.as_str()] > 1 {
                continue;
            }
            if argo::is_own_server(server) {
                aliases.own.insert(name.clone());
            } else {
                aliases.names.insert(server.clone(), name.clone());
            }
        }
        aliases
    }

    /// Replaces URLs in Applications by names.
    pub(super) fn apply(&self, units: &mut [Found]) {
        for application in units.iter_mut().flat_map(|unit| &mut unit.applications) {
            let Destination::Cluster(name) = &mut application.destination else { continue };
            if let Some(known) = self.names.get(&canonical(name)) {
                name.clone_from(known);
            } else if self.own.contains(name) {
                application.destination = Destination::InCluster;
            }
        }
    }
}

/// A URL in its canonical form: hosts ignore case, and 443 is the port of HTTPS.
fn canonical(server: &str) -> String {
    let server = server.trim_end_matches('/').to_ascii_lowercase();
    let is_https = server.starts_with("https://");
    server.strip_suffix(":443").filter(|_| is_https).map_or(server.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Aliases {
        let pairs = pairs.iter().map(|(server, name)| (canonical(server), (*name).to_owned()));
        Aliases::unambiguous(&pairs.collect())
    }

    #[test]
    fn names_and_servers_that_contradict_each_other_are_not_joined() {
        let two_names = of(&[("https://a", "a"), ("https://a/", "b"), ("https://c:443", "c")]);
        assert_eq!(two_names.names, BTreeMap::from([("https://c".to_owned(), "c".to_owned())]));
        assert!(of(&[("https://a", "a"), ("https://b", "a")]).names.is_empty());
        assert_eq!(of(&[("https://A.example:6443/", "a"), ("https://a.example:6443", "a")]).names.len(), 1);
        let own = of(&[("https://kubernetes.default.svc", "hub")]);
        assert!(own.names.is_empty() && own.own.contains("hub"));
        assert!(
            of(&[("https://kubernetes.default.svc", "hub"), ("https://kubernetes.default.svc", "west")])
                .own
                .is_empty()
        );
    }
}
