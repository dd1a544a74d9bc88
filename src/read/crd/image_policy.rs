//! `config.openshift.io` `ClusterImagePolicy` and `ImagePolicy`: which signatures images need. Only what decides about the
//! files on the nodes is typed.
//!
//! Sources: openshift/api `config/v1/types_image_policy.go`, `config/v1/types_cluster_image_policy.go`.

use super::{List, string};
use crate::source::Spanned;
use crate::yaml::Node;

/// The pods that a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyKind {
    /// `ClusterImagePolicy`: for every pod.
    Cluster,
    /// `ImagePolicy`: for the pods of its namespace.
    Namespace,
}

/// The typed policy, of either kind.
#[derive(Clone, Debug)]
pub struct ImagePolicy {
    /// Which kind.
    pub kind: PolicyKind,
    /// `spec.scopes`: the images that it is for.
    pub scopes: Option<List<Spanned<String>>>,
    /// `spec.policy`; `None` if it is incomplete, since the server then refuses the object.
    pub rule: Option<Spanned<SignatureRule>>,
}

impl ImagePolicy {
    /// The scopes; none if there is no list.
    pub fn scopes(&self) -> &[Spanned<String>] {
        self.scopes.as_ref().map_or(&[], |list| &list.items)
    }
}

/// Who has to sign an image, and which name the signature has to contain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureRule {
    /// Who has to sign.
    pub root: RootOfTrust,
    /// Which name the signature has to contain.
    pub identity: SignedIdentity,
}

/// `rootOfTrust`. The values of all `…Data` fields are base64, as in the resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RootOfTrust {
    /// One public key.
    PublicKey {
        /// The key.
        key: String,
        /// The key of the transparency log.
        rekor: Option<String>,
    },
    /// Short-lived certificates of a Fulcio authority, recorded by a Rekor log.
    Fulcio {
        /// The authority's certificate.
        ca: String,
        /// The log's key.
        rekor: String,
        /// Who vouches for the signer.
        issuer: String,
        /// The signer.
        email: String,
    },
    /// Certificates of the organisation's own authority.
    Pki {
        /// Root certificates.
        roots: String,
        /// Certificates between the roots and the certificate of the signer.
        intermediates: Option<String>,
        /// The mail address of the signer.
        email: Option<String>,
        /// The host of the signer.
        hostname: Option<String>,
    },
}

/// `signedIdentity`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedIdentity {
    /// The name of the image; for a pull by digest, its repository is enough. This is the default.
    MatchRepoDigestOrExact,
    /// The repository of the image.
    MatchRepository,
    /// This repository.
    ExactRepository(String),
    /// The name of the image with one prefix replaced by another.
    Remap {
        /// The prefix of the image's name.
        prefix: String,
        /// The prefix that replaces it in the signature.
        signed_prefix: String,
    },
}

impl ImagePolicy {
    pub(super) fn read(kind: PolicyKind, root: Node<'_>) -> Self {
        let spec = root.get("spec");
        let policy = spec.and_then(|spec| spec.get("policy"));
        Self {
            kind,
            scopes: List::of_strings(spec, "scopes"),
            rule: policy.and_then(|policy| Some(Spanned::new(rule(policy)?, policy.span()))),
        }
    }
}

fn rule(policy: Node<'_>) -> Option<SignatureRule> {
    let trust = policy.get("rootOfTrust")?;
    let root = match trust.get_str("policyType")? {
        "PublicKey" => {
            let key = trust.get("publicKey")?;
            RootOfTrust::PublicKey { key: data(key, "keyData")?, rekor: data(key, "rekorKeyData") }
        }
        "FulcioCAWithRekor" => {
            let fulcio = trust.get("fulcioCAWithRekor")?;
            let subject = fulcio.get("fulcioSubject")?;
            RootOfTrust::Fulcio {
                ca: data(fulcio, "fulcioCAData")?,
                rekor: data(fulcio, "rekorKeyData")?,
                issuer: text(subject, "oidcIssuer")?,
                email: text(subject, "signedEmail")?,
            }
        }
        "PKI" => {
            let pki = trust.get("pki")?;
            let subject = pki.get("pkiCertificateSubject")?;
            RootOfTrust::Pki {
                roots: data(pki, "caRootsData")?,
                intermediates: data(pki, "caIntermediatesData"),
                email: text(subject, "email"),
                hostname: text(subject, "hostname"),
            }
        }
        _ => return None,
    };
    let identity = match policy.get("signedIdentity") {
        Some(identity) => signed_identity(identity)?,
        None => SignedIdentity::MatchRepoDigestOrExact,
    };
    Some(SignatureRule { root, identity })
}

fn signed_identity(identity: Node<'_>) -> Option<SignedIdentity> {
    Some(match identity.get_str("matchPolicy").unwrap_or("") {
        "" | "MatchRepoDigestOrExact" => SignedIdentity::MatchRepoDigestOrExact,
        "MatchRepository" => SignedIdentity::MatchRepository,
        "ExactRepository" => {
            SignedIdentity::ExactRepository(text(identity.get("exactRepository")?, "repository")?)
        }
        "RemapIdentity" => {
            let remap = identity.get("remapIdentity")?;
            SignedIdentity::Remap {
                prefix: text(remap, "prefix")?,
                signed_prefix: text(remap, "signedPrefix")?,
            }
        }
        _ => return None,
    })
}

fn text(map: Node<'_>, key: &str) -> Option<String> {
    map.get(key).and_then(string).map(|text| text.value).filter(|text| !text.is_empty())
}

/// Base64 may stand on several lines; the server decodes it, and writes it on one line.
fn data(map: Node<'_>, key: &str) -> Option<String> {
    text(map, key).map(|text| text.replace(['\n', '\r'], ""))
}
