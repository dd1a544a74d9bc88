//! One name for a cluster that Applications know by its name here and by the URL of its API there.
//!
//! The repository shows that both are one where it holds the Secret that Argo CD knows the cluster by, a managed cluster
//! with that URL, or parameters of a generator with both. Where the same URL has two names, or a name two URLs, nothing is
//! joined: a finding between two clusters that are one is lost, but one between two that are not is wrong.

use super::argo::{self, Destination, Listing, Read};
use super::configured::ConfiguredCluster;
use super::found::Found;
use super::paths::Named;
use crate::read::manifest::{Form, Manifest, servers_of_clusters};
use std::collections::{BTreeMap, BTreeSet};

/// What clusters are called.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// The name for each URL.
    names: BTreeMap<String, String>,
    /// What the cluster that Argo CD runs on is called.
    own: BTreeSet<String>,
}

/// What manifests and the parameters of their generators say that clusters are called.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// URLs with the names that something knows them by.
    pairs: BTreeSet<(String, String)>,
    /// The same where the name may be that of anything.
    weak: BTreeSet<(String, String)>,
    /// What Applications call their clusters.
    names: BTreeSet<String>,
}

impl Said {
    /// Takes note of a manifest, and of what Argo CD makes of it.
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
    /// The names that are sure, beside those of the configuration and of directories.
    pub(super) fn of(said: Said, known: &[ConfiguredCluster], listing: &dyn Listing) -> Self {
        let Said { mut pairs, weak, names } = said;
        if pairs.is_empty() && weak.is_empty() {
            return Self::default();
        }
        let directories = listing.directories().iter().filter_map(|directory| Named::of(directory));
        let mut places: BTreeSet<String> = directories.map(|named| named.name().to_owned()).collect();
        places.extend(known.iter().map(|cluster| cluster.name.clone()));
        // What may be the name of anything is that of a cluster where a cluster is called so.
        let is_cluster = |name: &String| names.contains(name) || places.contains(name);
        pairs.extend(weak.into_iter().filter(|(_, name)| is_cluster(name)));
        let mut aliases = Self::unambiguous(&pairs);
        // A name that paths or the configuration have, too, says more than where the Application is.
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

    /// Has Applications name clusters by the names that these have.
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

/// A URL in the form in which equal ones are compared: hosts know no case, and 443 is what HTTPS means.
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
    fn contradictions_join_nothing() {
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
