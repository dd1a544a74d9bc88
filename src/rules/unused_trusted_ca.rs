//! A certificate for a registry from which nodes do not pull, often because the port is missing or wrong.

use crate::finding::Findings;
use crate::model::allowlist::allowlist;
use crate::model::scope::{ScopeSet, host, hostname, policy_names};
use crate::model::trusted_ca::{UPDATE_SERVICE, check_key, registry};
use crate::model::{Cluster, named_entries, named_lists};
use crate::read::crd::{Neighbour, is_placeholder};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnusedTrustedCa {
    /// Registries, with their ports, whose certificates other components need.
    allow: Vec<String>,
}

impl Rule for UnusedTrustedCa {
    const META: Meta = Meta {
        id: "unused-trusted-ca",
        summary: "a certificate for a registry that nothing names",
        category: Category::Trust,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some((_, map)) = cluster.trusted_ca().and_then(|ca| ca.found) else { return };
        let Some(names) = Names::of(cluster) else { return };
        let known: HashSet<String> = map.entries.iter().map(|entry| registry(&entry.key.value)).collect();
        for key in map.entries.iter().map(|entry| &entry.key) {
            let name = registry(&key.value);
            let is_ours = key.value != UPDATE_SERVICE && check_key(&key.value).is_none();
            if !is_ours || is_placeholder(&key.value) || self.allow.contains(&name) || names.mention(&name) {
                continue;
            }
            if let Some(mirror) = names.on_other_port(&name, &known) {
                let real = host(&mirror.value);
                out.report(key.span, format!("this certificate is for `{name}`, but the mirror is `{real}`"))
                    .severity(Severity::Warning)
                    .related(mirror.span, "pulled from here")
                    .help(format!(
                        "rename the key to `{}`; nodes look up certificates by host and port together, so \
                         they do not use this one for the mirror",
                        real.replace(':', "..")
                    ));
            } else if names.has_allowlist && !names.hostnames.contains(hostname(&name)) {
                out.report(key.span, format!("nothing here names `{name}`")).help(
                    "correct the name, or remove the certificate; the allowlist prevents pulls from this \
                     registry, and it is not a mirror",
                );
            }
        }
    }
}

/// The names of registries in the image configuration.
struct Names<'c> {
    /// The mirrors by host, one for each port.
    mirrors: HashMap<&'c str, BTreeMap<&'c str, &'c Spanned<String>>>,
    /// The hosts of all names, mirrors included, with and without their ports.
    hosts: HashSet<&'c str>,
    hostnames: HashSet<&'c str>,
    insecure: ScopeSet<'c>,
    has_allowlist: bool,
}

impl<'c> Names<'c> {
    /// `None` if a template still has to fill in some names, or if some are patterns.
    fn of(cluster: &'c Cluster) -> Option<Self> {
        let (_, image) = cluster.image()?;
        let lists = named_lists(image);
        let search = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref());
        let external = image.external_registry_hostnames.as_ref();
        let imports = image.allowed_registries_for_import.as_ref();
        let others: Vec<_> = [search, external].into_iter().flatten().collect();
        let domains =
            || imports.into_iter().flat_map(|list| &list.items).filter_map(|item| item.domain_name.as_ref());
        let is_open = lists.iter().map(|(_, list)| list).chain(&others).any(|list| list.open)
            || imports.is_some_and(|list| list.open)
            || domains().any(|domain| domain.value.contains(['*', '?']))
            || cluster.mirror_sets().any(|(_, set)| set.is_open());
        if is_open {
            return None;
        }
        let mut all: Vec<&str> = vec![&cluster.release_repository];
        all.extend(cluster.neighbours().filter_map(|(_, neighbour)| match neighbour {
            Neighbour::UpdateService { releases } => releases.as_ref().map(|name| name.value.as_str()),
            _ => None,
        }));
        let mut mirrors: HashMap<&str, BTreeMap<&str, &Spanned<String>>> = HashMap::new();
        for (_, _, entry) in cluster.mirror_entries() {
            all.push(&entry.source.value);
            for mirror in entry.mirrors() {
                all.push(&mirror.value);
                let (name, host) = (hostname(&mirror.value), host(&mirror.value));
                mirrors.entry(name).or_default().entry(host).or_insert(mirror);
            }
        }
        let listed = named_entries(image).map(|(_, entry)| entry);
        let listed = listed.chain(others.iter().flat_map(|list| &list.items)).chain(domains());
        all.extend(listed.map(|name| name.value.as_str()));
        let insecure = lists.iter().filter(|(name, _)| *name == "insecureRegistries");
        Some(Self {
            mirrors,
            hosts: all.iter().map(|name| host(name)).collect(),
            hostnames: all.iter().map(|name| hostname(name)).collect(),
            insecure: ScopeSet::new(insecure.flat_map(|(_, list)| &list.items)),
            has_allowlist: allowlist(image).is_some(),
        })
    }

    /// Whether a name is exactly this registry, or a wildcard that matches it.
    fn mention(&self, registry: &str) -> bool {
        policy_names(registry).any(|name| self.hosts.contains(&*name))
    }

    /// A mirror on the same host whose certificate is missing: it is not among `known`.
    fn on_other_port(&self, registry: &str, known: &HashSet<String>) -> Option<&'c Spanned<String>> {
        let of_host = self.mirrors.get(hostname(registry))?;
        let untrusted = |host: &str| !known.contains(host) && self.insecure.covering(host).is_none();
        of_host.iter().take(MAX_PORTS).find(|(host, _)| untrusted(host)).map(|(_, mirror)| *mirror)
    }
}

/// No host has registries on more ports.
const MAX_PORTS: usize = 16;
