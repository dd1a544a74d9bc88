//! `/etc/containers/policy.json` and the policies of namespaces: which images a node accepts.
//!
//! As in MCO `pkg/controller/container-runtime-config/helpers.go`, `updatePolicyJSON` and `updateNamespacedPolicyJSONs`; the
//! form is that of containers/image `signature/policy_types.go`.

use super::FileOrigin;
use super::image_policies::{self, SignedScopes};
use super::load_error::{LoadError, LoadedFile};
use super::owner::{PolicyOwner, PolicyScopeName};
use super::payload::EffectiveLists;
use super::policy_scopes::Scopes;
use super::stop::Stop;
use super::validate;
use crate::read::crd::SignatureRule;
use crate::read::crd::image_policy::{RootOfTrust, SignedIdentity};
use crate::source::{Span, Spanned};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// The file, structured.
#[derive(Clone, Debug)]
pub struct PolicyJson {
    /// Whether the MCO writes the file, or it is the unchanged template.
    pub from: FileOrigin,
    /// The requirements for images that are in no scope.
    pub default: PolicyScope,
    /// The requirements for registries, repositories and images, by name.
    pub scopes: Scopes,
}

/// The requirements of one scope.
#[derive(Clone, Debug, Default)]
pub struct PolicyScope {
    /// The requirements, all of which an image has to meet.
    pub requirements: Vec<Requirement>,
    /// The texts of manifests from which they are made.
    pub spans: Vec<Span>,
    /// Whether one of them comes from the release's own image policy.
    pub by_release: bool,
}

/// A requirement for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing.
    InsecureAcceptAnything,
    /// No image is accepted.
    Reject,
    /// A signature.
    SigstoreSigned(SignatureRule),
}

impl Requirement {
    /// `type` in the file.
    pub fn type_name(&self) -> &'static str {
        match self {
            Requirement::InsecureAcceptAnything => "insecureAcceptAnything",
            Requirement::Reject => "reject",
            Requirement::SigstoreSigned(_) => "sigstoreSigned",
        }
    }
}

impl PolicyScope {
    pub(super) fn new(requirement: Requirement, spans: Vec<Span>) -> Self {
        Self { requirements: vec![requirement], spans, by_release: false }
    }

    /// Adds the requirement of an image policy to those that are there.
    pub(super) fn require(&mut self, requirement: Requirement, scope: &PolicyScopeName) {
        self.requirements.push(requirement);
        self.spans.extend(scope.span);
        self.by_release |= scope.owner == PolicyOwner::Release;
    }
}

/// The MCO's template (`templates/*/01-*-container-runtime/_base/files/policy.yaml`).
const TEMPLATE: &str = r#"{
    "default": [
        {
            "type": "insecureAcceptAnything"
        }
    ],
    "transports":
        {
            "docker-daemon":
                {
                    "": [{"type":"insecureAcceptAnything"}]
                }
        }
}"#;

impl PolicyJson {
    /// The file of a node without configuration.
    pub(super) fn template() -> Self {
        Self {
            from: FileOrigin::Template,
            default: PolicyScope::new(Requirement::InsecureAcceptAnything, Vec::new()),
            scopes: Scopes::default(),
        }
    }

    /// The scopes of the `atomic` transport: those of `docker` whose path has fewer than three parts.
    pub fn atomic_scopes(&self) -> impl Iterator<Item = (&String, &PolicyScope)> {
        self.scopes.iter().filter(|(scope, _)| scope.matches('/').count() < 3)
    }

    /// The part of a namespace's policy that the cluster's policy does not have.
    pub fn own_to_json(&self) -> String {
        let own = self.scopes.own().iter().map(|(scope, policy)| (scope.clone(), requirements(policy)));
        Value::Object(own.collect::<Map<_, _>>()).to_string()
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        // Without a scope to add, the MCO writes the template unchanged.
        if self.scopes.is_empty() {
            return TEMPLATE.into();
        }
        let scopes = |scopes: &mut dyn Iterator<Item = (&String, &PolicyScope)>| -> Value {
            let scopes = scopes.map(|(scope, policy)| (scope.clone(), requirements(policy)));
            Value::Object(scopes.collect::<Map<_, _>>())
        };
        let policy = json!({
            "default": requirements(&self.default),
            "transports": {
                "atomic": scopes(&mut self.atomic_scopes()),
                "docker": scopes(&mut self.scopes.iter()),
                "docker-daemon": { "": [{ "type": "insecureAcceptAnything" }] },
            },
        });
        // Go's encoder escapes characters that HTML would read as markup; in JSON they occur only in strings.
        format!("{policy:#}").replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }

    /// Why the runtime refuses the file: a tag or digest behind a path of one part, which the `atomic` transport does not
    /// support (containers/image `openshift/openshift_transport.go`, `scopeRegexp`). The runtime then ignores the whole
    /// file.
    pub fn load_error(&self) -> Option<LoadError> {
        let (scope, policy) = self.atomic_scopes().find(|(scope, _)| !is_atomic_scope(scope))?;
        Some(LoadError {
            file: LoadedFile::PolicyJson,
            why: format!("Invalid scope name {scope}"),
            spans: policy.spans.clone(),
        })
    }
}

/// `updatePolicyJSON` in MCO `pkg/controller/container-runtime-config/helpers.go`.
pub(super) fn build(
    release_image: &str,
    effective: &EffectiveLists,
    signed: &SignedScopes,
) -> Result<PolicyJson, Stop> {
    let EffectiveLists { policy_blocked: blocked, allowed, .. } = effective;
    let spans = |list: &[Spanned<String>]| list.iter().map(|scope| scope.span).collect::<Vec<_>>();
    if effective.contradict(release_image) {
        return Err(Stop::AllowedAndBlocked { allowed: spans(allowed), blocked: spans(blocked) });
    }
    image_policies::check(&signed.cluster, effective)?;
    validate::policy(allowed)?;
    let mut policy = PolicyJson { from: FileOrigin::Generated, ..PolicyJson::template() };
    if !allowed.is_empty() {
        policy.default = PolicyScope::new(Requirement::Reject, effective.allowed_by.clone());
    }
    let is_signed: HashSet<&str> = signed.cluster.iter().map(|signed| signed.scope.name.as_str()).collect();
    for scope in allowed.iter().filter(|scope| !is_signed.contains(scope.value.as_str())) {
        let entry = policy.scopes.entry(&scope.value);
        entry.requirements = vec![Requirement::InsecureAcceptAnything];
        entry.spans.push(scope.span);
    }
    if !blocked.is_empty() {
        policy.default = PolicyScope::new(Requirement::InsecureAcceptAnything, Vec::new());
    }
    for scope in blocked {
        let entry = policy.scopes.entry(&scope.value);
        entry.requirements = vec![Requirement::Reject];
        entry.spans.push(scope.span);
    }
    for signed in &signed.cluster {
        let entry = policy.scopes.entry(&signed.scope.name);
        entry.require(signed.requirement.clone(), &signed.scope);
    }
    policy.scopes.share();
    Ok(policy)
}

/// `^[^/]*(/[^:/]*(/[^:/]*(:[^:/]*)?)?)?$`
fn is_atomic_scope(scope: &str) -> bool {
    let mut parts = scope.split('/').skip(1);
    let namespace = parts.next().unwrap_or("");
    let stream = parts.next().unwrap_or("");
    !namespace.contains(':') && stream.matches(':').count() < 2 && parts.next().is_none()
}

fn requirements(policy: &PolicyScope) -> Value {
    policy.requirements.iter().map(requirement).collect()
}

fn requirement(requirement: &Requirement) -> Value {
    let Requirement::SigstoreSigned(rule) = requirement else {
        return json!({ "type": requirement.type_name() });
    };
    let mut signed = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            signed.insert(key.into(), value);
        }
    };
    let text = |text: &str| Some(Value::from(text));
    set("type", text(requirement.type_name()));
    match &rule.root {
        RootOfTrust::PublicKey { key, rekor } => {
            set("keyData", text(key));
            set("rekorPublicKeyData", rekor.as_deref().map(Value::from));
        }
        RootOfTrust::Fulcio { ca, rekor, issuer, email } => {
            set("fulcio", Some(json!({ "caData": ca, "oidcIssuer": issuer, "subjectEmail": email })));
            set("rekorPublicKeyData", text(rekor));
        }
        RootOfTrust::Pki { roots, intermediates, email, hostname } => {
            let mut pki = Map::new();
            pki.insert("caRootsData".into(), roots.as_str().into());
            let rest = [
                ("caIntermediatesData", intermediates),
                ("subjectEmail", email),
                ("subjectHostname", hostname),
            ];
            for (key, value) in rest {
                if let Some(value) = value {
                    pki.insert(key.into(), value.as_str().into());
                }
            }
            set("pki", Some(pki.into()));
        }
    }
    set("signedIdentity", Some(signed_identity(&rule.identity)));
    signed.into()
}

fn signed_identity(identity: &SignedIdentity) -> Value {
    match identity {
        SignedIdentity::MatchRepoDigestOrExact => json!({ "type": "matchRepoDigestOrExact" }),
        SignedIdentity::MatchRepository => json!({ "type": "matchRepository" }),
        SignedIdentity::ExactRepository(repository) => {
            json!({ "type": "exactRepository", "dockerRepository": repository })
        }
        SignedIdentity::Remap { prefix, signed_prefix } => {
            json!({ "type": "remapIdentity", "prefix": prefix, "signedPrefix": signed_prefix })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atomic_scopes_have_a_tag_behind_two_parts_only() {
        for (scope, valid) in [
            ("h.io", true),
            ("h.io:5000", true),
            ("*.h.io", true),
            ("h.io:5000/a/b", true),
            ("h.io/a/b:v1", true),
            ("h.io/a/b@sha256:00", true),
            ("h.io/a:v1", false),
            ("h.io/a@sha256:00", false),
            ("h.io/a/b:v1:v2", false),
        ] {
            assert_eq!(is_atomic_scope(scope), valid, "{scope}");
        }
    }
}
