//! Signatures: what `ClusterImagePolicy` and `ImagePolicy` add to `policy.json`, and which registries are asked for
//! signatures (`/etc/containers/registries.d/sigstore-registries.yaml`).
//!
//! As in MCO `pkg/controller/container-runtime-config/container_runtime_config_controller.go`,
//! `getValidScopePolicies`, and `helpers.go`, `generateSigstoreRegistriesdConfig`.

use super::Origin;
use super::lookup::{Registries, Registry};
use super::nesting;
use super::payload::EffectiveLists;
use super::policy_json::{PolicyJson, PolicyScope, Requirement};
use super::registries_conf::{RegistriesConf, RegistryEntry};
use super::stop::Stop;
use crate::crd::PolicyKind;
use crate::model::Cluster;
use crate::model::reference::Reference;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// A scope that needs a signature.
#[derive(Clone, Debug)]
pub(super) struct SignedScope {
    pub(super) scope: Spanned<String>,
    pub(super) requirement: Requirement,
    /// Whose pods it holds for; `None` for everybody's.
    pub(super) namespace: Option<String>,
}

/// The scopes of all policies, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct SignedScopes {
    pub(super) cluster: Vec<SignedScope>,
    pub(super) namespaced: Vec<SignedScope>,
    /// Scopes of an `ImagePolicy` that lie in one of a `ClusterImagePolicy`, which alone counts.
    pub(super) overruled: Vec<Spanned<String>>,
}

impl SignedScopes {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let mut found = Self::default();
        let mut namespaced = Vec::new();
        for (resource, policy) in cluster.image_policies() {
            // Without a complete rule the server refuses the object.
            let Some(rule) = &policy.rule else { continue };
            let of_cluster = policy.kind == PolicyKind::Cluster;
            let namespace = (!of_cluster).then(|| resource.manifest.namespace().to_owned());
            let into = if of_cluster { &mut found.cluster } else { &mut namespaced };
            into.extend(policy.scopes().iter().map(|scope| SignedScope {
                scope: scope.clone(),
                requirement: Requirement::SigstoreSigned(rule.value.clone()),
                namespace: namespace.clone(),
            }));
        }
        let of_cluster: HashSet<&str> =
            found.cluster.iter().map(|signed| signed.scope.value.as_str()).collect();
        for signed in namespaced {
            if nesting::outer(&signed.scope.value).any(|outer| of_cluster.contains(&*outer)) {
                found.overruled.push(signed.scope);
            } else {
                found.namespaced.push(signed);
            }
        }
        found
    }
}

/// Signatures make sense only where images are pulled from.
pub(super) fn check(
    signed: &[SignedScope],
    allowed: &[Spanned<String>],
    blocked: &[Spanned<String>],
) -> Result<(), Stop> {
    unpullable(signed, allowed, blocked).into_iter().next().map_or(Ok(()), Err)
}

/// Every scope that asks for signatures where nothing is pulled from; the MCO stops at the first.
pub fn misplaced(cluster: &Cluster, lists: &EffectiveLists) -> Vec<Stop> {
    let signed = SignedScopes::of(cluster);
    let of = |signed: &[SignedScope]| unpullable(signed, &lists.allowed, &lists.policy_blocked);
    of(&signed.cluster).into_iter().chain(of(&signed.namespaced)).collect()
}

fn unpullable(signed: &[SignedScope], allowed: &[Spanned<String>], blocked: &[Spanned<String>]) -> Vec<Stop> {
    let index = |list: &[Spanned<String>]| -> HashMap<String, Span> {
        list.iter().map(|scope| (scope.value.clone(), scope.span)).collect()
    };
    let (by_allowed, by_blocked) = (index(allowed), index(blocked));
    let around = |scopes: &HashMap<String, Span>, signed: &SignedScope| {
        nesting::outer(&signed.scope.value).find_map(|outer| scopes.get(&*outer).copied())
    };
    let outside = signed
        .iter()
        .filter(|signed| !allowed.is_empty() && around(&by_allowed, signed).is_none())
        .map(|SignedScope { scope, namespace, .. }| Stop::PolicyOutsideAllowed {
            namespaced: namespace.is_some(),
            scope: scope.clone(),
        });
    let inside = signed.iter().filter_map(|signed| {
        let SignedScope { scope, namespace, .. } = signed;
        Some(Stop::PolicyInsideBlocked {
            namespaced: namespace.is_some(),
            scope: scope.clone(),
            blocked: around(&by_blocked, signed)?,
        })
    });
    outside.chain(inside).collect()
}

/// `/etc/crio/policies/<namespace>.json`: the cluster's policy and the namespace's own scopes.
pub(super) fn namespaced(cluster: &PolicyJson, signed: &[SignedScope]) -> BTreeMap<String, PolicyJson> {
    let mut scopes: BTreeMap<&str, BTreeMap<&str, PolicyScope>> = BTreeMap::new();
    for signed in signed {
        let namespace = signed.namespace.as_deref().unwrap_or("");
        let scope = scopes.entry(namespace).or_default().entry(&signed.scope.value).or_default();
        scope.requirements.push(signed.requirement.clone());
        scope.spans.push(signed.scope.span);
    }
    let policies = scopes.into_iter().map(|(namespace, scopes)| {
        let mut policy = PolicyJson { from: Origin::Generated, ..cluster.clone() };
        policy.scopes.extend(scopes.into_iter().map(|(scope, signed)| (scope.to_owned(), signed)));
        (namespace.to_owned(), policy)
    });
    policies.collect()
}

/// `/etc/containers/registries.d/sigstore-registries.yaml`: the registries that are asked for signatures, each with
/// the policy scopes that it is asked for.
#[derive(Clone, Debug, Default)]
pub struct SigstoreRegistries {
    /// By scope or mirror.
    pub docker: BTreeMap<String, Vec<Span>>,
}

impl SigstoreRegistries {
    /// The text of the file.
    pub fn to_yaml(&self) -> String {
        let mut text = String::from("docker:\n");
        for name in self.docker.keys() {
            let quote = if name.starts_with('*') { "'" } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {quote}{name}{quote}:\n    use-sigstore-attachments: true");
        }
        text
    }

    /// The scopes and all mirrors of theirs. Only a `registries.conf` that the MCO writes has mirrors.
    pub(super) fn build(signed: &SignedScopes, conf: &RegistriesConf) -> Result<Option<Self>, Stop> {
        let mut all = signed.cluster.iter().chain(&signed.namespaced).peekable();
        let scopes: HashSet<&str> = all.clone().map(|signed| signed.scope.value.as_str()).collect();
        let Some(first) = all.peek() else { return Ok(None) };
        let mut file = Self::default();
        let stop = |signed: &SignedScope, why| Stop::SignatureScope { scope: signed.scope.clone(), why };
        let registries = match conf.from {
            Origin::Generated => Some(Registries::load(conf, None).map_err(|error| stop(first, error.why))?),
            Origin::Template => None,
        };
        // The entries within each scope, in their order.
        let mut nested: HashMap<&str, Vec<&str>> = HashMap::new();
        for entry in conf.entries.iter().map(RegistryEntry::scope) {
            for outer in nesting::outer(entry).filter(|outer| outer != entry) {
                if let Some(scope) = scopes.get(&*outer) {
                    nested.entry(scope).or_default().push(entry);
                }
            }
        }
        for signed in all {
            file.add(signed.scope.value.clone(), signed);
            let Some(registries) = &registries else { continue };
            let own =
                registries.find(&signed.scope.value).map(|registry| (signed.scope.value.as_str(), registry));
            let nested = nested.get(signed.scope.value.as_str()).into_iter().flatten();
            let nested = nested.filter_map(|entry| Some((*entry, registries.find(entry)?)));
            for (scope, registry) in own.into_iter().chain(nested) {
                for name in endpoints(scope, registry).map_err(|why| stop(signed, why))? {
                    file.add(name, signed);
                }
            }
        }
        Ok(Some(file))
    }

    fn add(&mut self, name: String, signed: &SignedScope) {
        let spans = self.docker.entry(name).or_default();
        // What a scope adds, it adds in a row.
        if spans.last() != Some(&signed.scope.span) {
            spans.push(signed.scope.span);
        }
    }
}

/// The repositories, by mirrors and by itself, of everything in `scope`. The MCO asks the runtime's code, which wants
/// an image's name, so a scope is dressed up as one first.
fn endpoints(scope: &str, registry: &Registry<'_>) -> Result<Vec<String>, String> {
    const PATH: &str = "/a";
    let mut name = match scope.strip_prefix("*.") {
        Some(domain) => format!("matched.{domain}"),
        None => scope.to_owned(),
    };
    let is_host = !scope.contains('/');
    if is_host {
        name.push_str(PATH);
    }
    let parsed =
        Reference::parse_as_written(&name).map_err(|error| format!("error parsing scope {name}: {error}"))?;
    let digest = format!("sha256:{}", "a".repeat(64));
    let (mut by_digest, mut by_tag) = (parsed.clone(), parsed);
    (by_digest.tag, by_digest.digest) = (None, Some(digest));
    (by_tag.tag, by_tag.digest) = (Some("aaa".to_owned()), None);
    let mut names = Vec::new();
    for (pull, reference) in [("digest", by_digest), ("tag", by_tag)] {
        let endpoints = registry.endpoints(&reference).map_err(|error| {
            format!("error getting {pull} sources for scope {name}: rewriting reference: {error}")
        })?;
        // A wildcard's own endpoint has no location, and its name is made up.
        for endpoint in endpoints.iter().filter(|endpoint| !endpoint.location.is_empty()) {
            let name = endpoint.reference.name();
            names.push(if is_host { name.strip_suffix(PATH).unwrap_or(name) } else { name }.to_owned());
        }
    }
    Ok(names)
}
