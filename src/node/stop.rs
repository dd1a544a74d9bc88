//! The errors at which the MCO stops, in its own words.

use super::load_error::LoadError;
use super::owner::{PolicyOwner, PolicyScopeName};
use crate::source::{Span, Spanned};
use go_formats::quote;
use std::fmt;

/// Why the MCO writes no file at all: no file on any node changes, and only its log says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// There is no `Image` named `cluster`. Without it, even mirror sets have no effect.
    NoImage,
    /// The release image is not a full image name.
    ReleaseImage(String),
    /// An entry of a registry list that is not a valid scope.
    Scope {
        /// The list.
        list: ListName,
        /// The entry.
        entry: Spanned<String>,
    },
    /// A source that does not match the pattern.
    Source(Spanned<String>),
    /// A mirror that does not match the pattern.
    Mirror(Spanned<String>),
    /// One source with two policies.
    PolicyConflict {
        /// The second source.
        source: Spanned<String>,
        /// The text that sets its policy: the policy, or the source if there is no policy.
        policy: Span,
        /// The first source.
        first_source: Span,
        /// The text that sets its policy.
        first_policy: Span,
    },
    /// A source that is never contacted is one of its own mirrors.
    NeverContactMirror {
        /// The source.
        source: Spanned<String>,
        /// The mirror that is the source.
        mirror: Span,
        /// The policy.
        policy: Span,
    },
    /// A wildcard has mirrors, and a scope in it would have to inherit them.
    NestedInWildcard {
        /// The wildcard.
        source: Spanned<String>,
        /// The scopes in it.
        nested: Vec<Spanned<String>>,
    },
    /// The scopes in a source inherit its mirrors, and all copies together exceed the limit of an object.
    TooLarge {
        /// The source.
        source: Spanned<String>,
    },
    /// Registries are both allowed and blocked.
    AllowedAndBlocked {
        /// The allowed entries.
        allowed: Vec<Span>,
        /// The blocked entries.
        blocked: Vec<Span>,
    },
    /// A scope that needs signatures is not allowed.
    PolicyOutsideAllowed {
        /// The scope.
        scope: PolicyScopeName,
        /// The texts that make the allowlist.
        allowed: Vec<Span>,
    },
    /// A scope that needs signatures is blocked.
    PolicyInsideBlocked {
        /// The scope.
        scope: PolicyScopeName,
        /// The blocked scope around it.
        blocked: Span,
    },
    /// The mirrors of a scope that needs signatures cannot be determined.
    SignatureScope {
        /// The scope.
        scope: PolicyScopeName,
        /// The texts from which the entry of `registries.conf` with those mirrors is made.
        entry: Vec<Span>,
        /// The reason.
        why: String,
    },
    /// The mirrors of scopes that need signatures cannot be determined, since the runtime does not load `registries.conf`.
    Unloadable(LoadError),
}

/// A registry list of the `Image`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListName {
    /// `insecureRegistries`
    Insecure,
    /// `blockedRegistries`
    Blocked,
    /// `allowedRegistries`
    Allowed,
}

/// The step of the sync that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the `Image`.
    Image,
    /// Reading the name of the release image.
    ReleaseImage,
    /// Making the files.
    Render,
}

impl Stage {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Image => "image",
            Stage::ReleaseImage => "release-image",
            Stage::Render => "render",
        }
    }
}

impl Stop {
    /// The step that fails.
    pub fn stage(&self) -> Stage {
        match self {
            Stop::NoImage => Stage::Image,
            Stop::ReleaseImage(_) => Stage::ReleaseImage,
            _ => Stage::Render,
        }
    }

    /// The texts that cause it; the first one is the one to change.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            Stop::NoImage | Stop::ReleaseImage(_) => Vec::new(),
            Stop::Scope { entry: text, .. }
            | Stop::Source(text)
            | Stop::Mirror(text)
            | Stop::TooLarge { source: text } => vec![text.span],
            Stop::PolicyConflict { source, policy, first_source, first_policy } => {
                let mut spans = vec![*policy, source.span, *first_policy, *first_source];
                spans.dedup();
                spans
            }
            Stop::NeverContactMirror { source, mirror, policy } => vec![*mirror, *policy, source.span],
            Stop::NestedInWildcard { source, nested } => {
                std::iter::once(source.span).chain(nested.iter().map(|scope| scope.span)).collect()
            }
            Stop::AllowedAndBlocked { allowed, blocked } => [allowed.as_slice(), blocked].concat(),
            Stop::PolicyOutsideAllowed { scope, allowed } => {
                scope.span.map_or_else(|| allowed.clone(), |at| vec![at])
            }
            Stop::PolicyInsideBlocked { scope, blocked } => {
                scope.span.into_iter().chain([*blocked]).collect()
            }
            Stop::SignatureScope { scope, entry, .. } => {
                scope.span.map_or_else(|| entry.clone(), |at| vec![at])
            }
            Stop::Unloadable(error) => error.spans.clone(),
        }
    }

    /// The scope of an image policy that causes it.
    pub fn policy_scope(&self) -> Option<&PolicyScopeName> {
        match self {
            Stop::PolicyOutsideAllowed { scope, .. }
            | Stop::PolicyInsideBlocked { scope, .. }
            | Stop::SignatureScope { scope, .. } => Some(scope),
            _ => None,
        }
    }

    /// Whether the image policy of the release causes it.
    pub fn is_about_release_policy(&self) -> bool {
        self.policy_scope().is_some_and(|scope| scope.owner == PolicyOwner::Release)
    }

    /// The cause, without the steps around it.
    fn cause(&self) -> String {
        let policy_kind = |scope: &PolicyScopeName| match scope.owner {
            PolicyOwner::Namespace(_) => "imagePolicy",
            PolicyOwner::Release | PolicyOwner::Cluster => "clusterimagePolicy",
        };
        match self {
            Stop::NoImage => "ImageConfig 'cluster' does not exist or has been deleted".into(),
            Stop::ReleaseImage(_) => "error parsing reference of release image".into(),
            Stop::Scope { list, entry } => {
                let list = match list {
                    ListName::Insecure => "insecure",
                    ListName::Blocked => "blocked",
                    ListName::Allowed => "allowed",
                };
                format!("invalid entry for {list} registries {}", quote(&entry.value))
            }
            Stop::Source(source) => format!("invalid format for source {}", quote(&source.value)),
            Stop::Mirror(mirror) => format!("invalid format for mirror {}", quote(&mirror.value)),
            Stop::PolicyConflict { source, .. } => format!(
                "conflicting mirrorSourcePolicy is set for the same source {} in imagedigestmirrorsets, \
                 imagetagmirrorsets, or imagecontentsourcepolicies",
                quote(&source.value)
            ),
            Stop::NeverContactMirror { source, .. } => format!(
                "cannot set mirrorSourcePolicy: NeverContactSource if the source {} is one of the mirrors",
                quote(&source.value)
            ),
            Stop::NestedInWildcard { source, .. } => format!(
                "internal error: mirrorsAdjustedForNestedScope for a wildcard scope {}",
                quote(&source.value)
            ),
            // k8s.io/apiserver `pkg/server/config.go`, `MaxRequestBodyBytes`.
            Stop::TooLarge { .. } => "Request entity too large: limit is 3145728".into(),
            Stop::AllowedAndBlocked { .. } => {
                "invalid images config: only one of AllowedRegistries or BlockedRegistries may be specified"
                    .into()
            }
            Stop::PolicyOutsideAllowed { scope, .. } => format!(
                "{} configured for the scope {} is not nested inside allowedRegistries",
                policy_kind(scope),
                scope.name
            ),
            Stop::PolicyInsideBlocked { scope, .. } => format!(
                "{} configured for the scope {} is nested inside blockedRegistries",
                policy_kind(scope),
                scope.name
            ),
            Stop::SignatureScope { scope, why, .. } => {
                format!("error adding clusterimagepolicy scope {} relevant mirrors: {why}", scope.name)
            }
            // The operator reads the file from a temporary directory.
            Stop::Unloadable(error) => {
                format!("loading registries configuration \"/tmp/regtemp\": {}", error.why)
            }
        }
    }

    /// The text in front of the cause in the log.
    fn step(&self) -> &'static str {
        const REGISTRIES: &str = "could not update registries config with new changes: ";
        const POLICY: &str = "could not update policy json with new changes: ";
        const NAMESPACED: &str = "could not update namespace policy JSON from imagepolicy: ";
        match self {
            Stop::Scope { list: ListName::Insecure | ListName::Blocked, .. }
            | Stop::Source(_)
            | Stop::Mirror(_)
            | Stop::PolicyConflict { .. }
            | Stop::NeverContactMirror { .. }
            | Stop::NestedInWildcard { .. } => REGISTRIES,
            Stop::Scope { list: ListName::Allowed, .. } | Stop::AllowedAndBlocked { .. } => POLICY,
            Stop::PolicyOutsideAllowed { scope, .. } | Stop::PolicyInsideBlocked { scope, .. } => {
                match scope.owner {
                    PolicyOwner::Namespace(_) => NAMESPACED,
                    PolicyOwner::Release | PolicyOwner::Cluster => POLICY,
                }
            }
            Stop::NoImage
            | Stop::ReleaseImage(_)
            | Stop::TooLarge { .. }
            | Stop::SignatureScope { .. }
            | Stop::Unloadable(_) => "",
        }
    }
}

/// The error as machine-config-controller logs it (behind `Error syncing image config openshift-config: `).
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stage() == Stage::Render {
            f.write_str("could not Create/Update MachineConfig: ")?;
        }
        write!(f, "{}{}", self.step(), self.cause())
    }
}

/// Blocked entries that the MCO leaves out, since the cluster's own release comes from these registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// These entries of `blockedRegistries`.
    Entries(Vec<Spanned<String>>),
    /// All entries of `blockedRegistries` *and* of `allowedRegistries`: the check itself failed.
    Everything {
        /// The reason for the failure.
        why: String,
        /// The texts that make it fail.
        spans: Vec<Span>,
    },
}

impl Skipped {
    /// The texts that cause it.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            Skipped::Entries(entries) => entries.iter().map(|entry| entry.span).collect(),
            Skipped::Everything { spans, .. } => spans.clone(),
        }
    }
}

/// The line in the log of machine-config-controller.
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Skipped::Entries(entries) => {
                let entries: Vec<String> = entries.iter().map(|entry| quote(&entry.value)).collect();
                write!(
                    f,
                    "error adding [{}] to blocked registries, cannot block the repository being used by the \
                     payload, skipping....",
                    entries.join(" ")
                )
            }
            Skipped::Everything { why, .. } => write!(f, "{why}, skipping...."),
        }
    }
}

impl Stop {
    /// The cause alone, for a place where it does not stop the sync.
    pub(super) fn bare(&self) -> String {
        self.cause()
    }
}
