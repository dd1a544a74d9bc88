//! The files on a node.

use super::image_policies::SigstoreRegistries;
use super::load_error::LoadError;
use super::origin::{
    FileOrigin, NAMESPACED_POLICIES, POLICY_JSON, REGISTRIES_CONF, SEARCH_REGISTRIES, SIGSTORE_REGISTRIES,
};
use super::policy_json::PolicyJson;
use super::registries_conf::RegistriesConf;
use super::search_registries::SearchRegistries;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The files on a node.
#[derive(Clone, Debug)]
pub struct Files {
    /// [`REGISTRIES_CONF`]
    pub registries_conf: RegistriesConf,
    /// [`POLICY_JSON`]
    pub policy_json: PolicyJson,
    /// [`SEARCH_REGISTRIES`]
    pub search_registries: Option<SearchRegistries>,
    /// [`SIGSTORE_REGISTRIES`]
    pub sigstore_registries: Option<SigstoreRegistries>,
    /// The files in [`NAMESPACED_POLICIES`], by namespace.
    pub namespaced_policies: BTreeMap<String, PolicyJson>,
    /// Scopes of `ImagePolicy`s that are left out, since a `ClusterImagePolicy` has the same ones.
    pub overruled_scopes: Vec<Spanned<String>>,
    /// Why the runtime does not load the registries. It keeps the old ones, and does not start again.
    pub registries_load_error: Option<LoadError>,
    /// Why the runtime does not load the policy, so that every pull fails.
    pub policy_load_error: Option<LoadError>,
}

impl Files {
    /// The files of a node in a cluster without image configuration.
    pub fn template() -> Self {
        Self {
            registries_conf: RegistriesConf::template(),
            policy_json: PolicyJson::template(),
            search_registries: None,
            sigstore_registries: None,
            namespaced_policies: BTreeMap::new(),
            overruled_scopes: Vec::new(),
            registries_load_error: None,
            policy_load_error: None,
        }
    }

    /// The texts of manifests from which a file is made, as far as they are known.
    pub fn spans_of(&self, path: &str) -> Vec<Span> {
        let of_policy = |policy: &PolicyJson| -> Vec<Span> {
            let scopes = policy.scopes.iter().map(|(_, scope)| scope);
            let scopes = std::iter::once(&policy.default).chain(scopes);
            scopes.flat_map(|scope| scope.spans.iter().copied()).collect()
        };
        match path {
            REGISTRIES_CONF => {
                let entries = self.registries_conf.entries.iter();
                entries.flat_map(|entry| entry.spans.iter().copied()).collect()
            }
            POLICY_JSON => of_policy(&self.policy_json),
            SEARCH_REGISTRIES => {
                let search = self.search_registries.iter().flat_map(|search| &search.registries);
                search.map(|registry| registry.span).collect()
            }
            _ => {
                let name = path.strip_prefix(NAMESPACED_POLICIES).unwrap_or_default();
                let namespace = name.trim_start_matches('/').trim_end_matches(".json");
                self.namespaced_policies.get(namespace).map(of_policy).unwrap_or_default()
            }
        }
    }

    /// Every file that the MCO writes: its path and its text, in the order of the paths.
    pub fn written(&self) -> BTreeMap<String, String> {
        let mut written = self.written_for_all();
        for (namespace, policy) in &self.namespaced_policies {
            written.insert(path_of(namespace), policy.to_json());
        }
        written
    }

    /// The same without the policies of namespaces. Each of those repeats all scopes of the cluster, so together they are
    /// far larger than their sources.
    pub fn written_for_all(&self) -> BTreeMap<String, String> {
        let mut written = BTreeMap::new();
        if self.registries_conf.from == FileOrigin::Generated {
            written.insert(REGISTRIES_CONF.to_owned(), self.registries_conf.to_toml());
        }
        if self.policy_json.from == FileOrigin::Generated {
            written.insert(POLICY_JSON.to_owned(), self.policy_json.to_json());
        }
        if let Some(search) = &self.search_registries {
            written.insert(SEARCH_REGISTRIES.to_owned(), search.to_toml());
        }
        if let Some(sigstore) = &self.sigstore_registries {
            written.insert(SIGSTORE_REGISTRIES.to_owned(), sigstore.to_yaml());
        }
        written
    }

    /// The policies of namespaces, each with its path and the scopes that it has beside those of the cluster.
    pub fn of_namespaces(&self) -> impl Iterator<Item = (String, String)> {
        self.namespaced_policies.iter().map(|(namespace, policy)| (path_of(namespace), policy.own_to_json()))
    }
}

/// The path of the policy of a namespace.
pub fn path_of(namespace: &str) -> String {
    format!("{NAMESPACED_POLICIES}/{namespace}.json")
}
