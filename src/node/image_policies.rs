//! Signatures: what `ClusterImagePolicy` and `ImagePolicy` add to `policy.json`, and in which registries nodes look for
//! signatures (`/etc/containers/registries.d/sigstore-registries.yaml`). One policy comes with the release, and no manifest
//! contains it.
//!
//! As in MCO `pkg/controller/container-runtime-config/container_runtime_config_controller.go`, `getValidScopePolicies`, and
//! `helpers.go`, `generateSigstoreRegistriesdConfig`.

use super::FileOrigin;
use super::lookup::{Registries, Registry};
use super::nesting;
use super::owner::{PolicyOwner, PolicyScopeName};
use super::payload::EffectiveLists;
use super::policy_json::{PolicyJson, Requirement};
use super::registries_conf::{RegistriesConf, RegistryEntry};
use super::stop::Stop;
use crate::model::Cluster;
use crate::model::reference::Reference;
use crate::openshift::ReleaseScope;
use crate::read::crd::image_policy::{RootOfTrust, SignedIdentity};
use crate::read::crd::{PolicyKind, SignatureRule};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// Stands for the public key of the release's own policy in rendered files, since each release has another key.
pub const RELEASE_KEY: &str = "KEY-OF-THE-RELEASE";

/// A scope that needs a signature.
#[derive(Clone, Debug)]
pub(super) struct SignedScope {
    pub(super) scope: PolicyScopeName,
    pub(super) requirement: Requirement,
}

impl SignedScope {
    fn of_release(scope: &ReleaseScope) -> Self {
        let key = RootOfTrust::PublicKey { key: RELEASE_KEY.to_owned(), rekor: None };
        let rule = SignatureRule { root: key, identity: SignedIdentity::MatchRepoDigestOrExact };
        let scope = PolicyScopeName { owner: PolicyOwner::Release, name: scope.name.to_owned(), span: None };
        Self { scope, requirement: Requirement::SigstoreSigned(rule) }
    }
}

/// The scopes of all policies: first those of the release, then the others in the order of the text.
#[derive(Debug, Default)]
pub(super) struct SignedScopes {
    pub(super) cluster: Vec<SignedScope>,
    pub(super) namespaced: Vec<SignedScope>,
    /// Scopes of an `ImagePolicy` that lie in a scope of a `ClusterImagePolicy`, so that only the latter counts.
    pub(super) overruled: Vec<Spanned<String>>,
}

impl SignedScopes {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let of_release = cluster.release_scopes().iter().map(SignedScope::of_release).collect();
        let mut found = Self { cluster: of_release, ..Self::default() };
        let mut namespaced = Vec::new();
        for (resource, policy) in cluster.image_policies_in_force() {
            // The server refuses an object with an incomplete rule.
            let Some(rule) = &policy.rule else { continue };
            let (owner, into) = match policy.kind {
                PolicyKind::Cluster => (PolicyOwner::Cluster, &mut found.cluster),
                PolicyKind::Namespace => {
                    (PolicyOwner::Namespace(resource.namespace().to_owned()), &mut namespaced)
                }
            };
            into.extend(policy.scopes().iter().map(|scope| SignedScope {
                scope: PolicyScopeName {
                    owner: owner.clone(),
                    name: scope.value.clone(),
                    span: Some(scope.span),
                },
                requirement: Requirement::SigstoreSigned(rule.value.clone()),
            }));
        }
        let of_cluster: HashSet<&str> =
            found.cluster.iter().map(|signed| signed.scope.name.as_str()).collect();
        for signed in namespaced {
            if nesting::outer(&signed.scope.name).any(|outer| of_cluster.contains(&*outer)) {
                let PolicyScopeName { name, span, .. } = signed.scope;
                found.overruled.extend(span.map(|span| Spanned::new(name, span)));
            } else {
                found.namespaced.push(signed);
            }
        }
        found
    }
}

/// Fails if a scope that needs signatures is not allowed, or is blocked.
pub(super) fn check(signed: &[SignedScope], lists: &EffectiveLists) -> Result<(), Stop> {
    unpullable(signed, lists).into_iter().next().map_or(Ok(()), Err)
}

/// Every scope that needs signatures but is not allowed, or is blocked. The MCO stops at the first one.
pub fn misplaced(cluster: &Cluster, lists: &EffectiveLists) -> Vec<Stop> {
    let signed = SignedScopes::of(cluster);
    let of = |signed: &[SignedScope]| unpullable(signed, lists);
    of(&signed.cluster).into_iter().chain(of(&signed.namespaced)).collect()
}

fn unpullable(signed: &[SignedScope], lists: &EffectiveLists) -> Vec<Stop> {
    let index = |list: &[Spanned<String>]| -> HashMap<String, Span> {
        list.iter().map(|scope| (scope.value.clone(), scope.span)).collect()
    };
    let (by_allowed, by_blocked) = (index(&lists.allowed), index(&lists.policy_blocked));
    let around = |scopes: &HashMap<String, Span>, signed: &SignedScope| {
        nesting::outer(&signed.scope.name).find_map(|outer| scopes.get(&*outer).copied())
    };
    let outside = signed
        .iter()
        .filter(|signed| !lists.allowed.is_empty() && around(&by_allowed, signed).is_none())
        .map(|SignedScope { scope, .. }| Stop::PolicyOutsideAllowed {
            scope: scope.clone(),
            allowed: lists.allowed_by.clone(),
        });
    let inside = signed.iter().filter_map(|signed| {
        Some(Stop::PolicyInsideBlocked { scope: signed.scope.clone(), blocked: around(&by_blocked, signed)? })
    });
    outside.chain(inside).collect()
}

/// `/etc/crio/policies/<namespace>.json`: the policy of the cluster with the scopes of the namespace. If both have the same
/// scope, that of the cluster stays.
pub(super) fn namespaced(cluster: &PolicyJson, signed: &[SignedScope]) -> BTreeMap<String, PolicyJson> {
    let mut policies: BTreeMap<String, PolicyJson> = BTreeMap::new();
    for SignedScope { scope, requirement } in signed {
        let PolicyOwner::Namespace(namespace) = &scope.owner else { continue };
        let policy = policies
            .entry(namespace.clone())
            .or_insert_with(|| PolicyJson { from: FileOrigin::Generated, ..cluster.clone() });
        policy.scopes.entry(&scope.name).require(requirement.clone(), scope);
    }
    policies
}

/// `/etc/containers/registries.d/sigstore-registries.yaml`: the registries in which nodes look for signatures, each with the
/// policy scopes that need them.
#[derive(Clone, Debug, Default)]
pub struct SigstoreRegistries {
    /// The texts of the policy scopes, by scope or mirror.
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

    /// The scopes and all their mirrors. Only a `registries.conf` that the MCO writes has mirrors.
    pub(super) fn build(signed: &SignedScopes, conf: &RegistriesConf) -> Result<Option<Self>, Stop> {
        let mut all = signed.cluster.iter().chain(&signed.namespaced).peekable();
        if all.peek().is_none() {
            return Ok(None);
        }
        let scopes: HashSet<&str> = all.clone().map(|signed| signed.scope.name.as_str()).collect();
        let mut file = Self::default();
        let registries = match conf.from {
            FileOrigin::Generated => Some(Registries::load(conf, None).map_err(Stop::Unloadable)?),
            FileOrigin::Template => None,
        };
        // The entries in each scope, in their order.
        let mut nested: HashMap<&str, Vec<&str>> = HashMap::new();
        for entry in conf.entries.iter().map(RegistryEntry::scope) {
            for outer in nesting::outer(entry).filter(|outer| outer != entry) {
                if let Some(scope) = scopes.get(&*outer) {
                    nested.entry(scope).or_default().push(entry);
                }
            }
        }
        for SignedScope { scope, .. } in all {
            file.add(scope.name.clone(), scope);
            let Some(registries) = &registries else { continue };
            let own = registries.find(&scope.name).map(|registry| (scope.name.as_str(), registry));
            let nested = nested.get(scope.name.as_str()).into_iter().flatten();
            let nested = nested.filter_map(|entry| Some((*entry, registries.find(entry)?)));
            for (name, registry) in own.into_iter().chain(nested) {
                let stop = |why| Stop::SignatureScope {
                    scope: scope.clone(),
                    entry: registry.entry.spans.clone(),
                    why,
                };
                for endpoint in endpoints(name, registry).map_err(stop)? {
                    file.add(endpoint, scope);
                }
            }
        }
        Ok(Some(file))
    }

    fn add(&mut self, name: String, scope: &PolicyScopeName) {
        let spans = self.docker.entry(name).or_default();
        // The same text is added several times in a row.
        spans.extend(scope.span.filter(|span| spans.last() != Some(span)));
    }
}

/// The repositories of everything in `scope`: those of the mirrors, and its own. The MCO calls the code of the runtime,
/// which needs an image name, so it appends a made-up rest to the scope.
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
        // The endpoint of a wildcard itself has no location, and its name is made up.
        for endpoint in endpoints.iter().filter(|endpoint| !endpoint.location.is_empty()) {
            let name = endpoint.reference.name();
            names.push(if is_host { name.strip_suffix(PATH).unwrap_or(name) } else { name }.to_owned());
        }
    }
    Ok(names)
}
