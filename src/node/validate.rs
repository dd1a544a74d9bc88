//! The checks of the MCO before it writes the files (`validateRegistriesConfScopes` in MCO
//! `pkg/controller/container-runtime-config/helpers.go`).

use super::registries_conf::Input;
use super::stop::{ListName, Stop};
use crate::model::scope::{check_mirror, check_source};
use crate::read::crd::{MirrorEntry, SourcePolicy};
use crate::source::{Span, Spanned};
use std::collections::HashMap;

/// The checks before `registries.conf`, in their order.
pub(super) fn registries(input: Input<'_>) -> Result<(), Stop> {
    scopes(ListName::Insecure, input.insecure)?;
    scopes(ListName::Blocked, input.blocked)?;
    let mut seen: HashMap<&str, &MirrorEntry> = HashMap::new();
    for entry in input.digest.iter().chain(input.tag) {
        let source = &entry.source;
        if check_source(&source.value).is_some() {
            return Err(Stop::Source(source.clone()));
        }
        let policy = entry.effective_policy();
        let first = seen.entry(&source.value).or_insert(entry);
        let differ = first.effective_policy().zip(policy).is_some_and(|(first, policy)| first != policy);
        if differ {
            return Err(Stop::PolicyConflict {
                source: source.clone(),
                policy: policy_span(entry),
                first_source: first.source.span,
                first_policy: policy_span(first),
            });
        }
        for mirror in entry.mirrors() {
            if check_mirror(&mirror.value).is_some() {
                return Err(Stop::Mirror(mirror.clone()));
            }
            if policy == Some(SourcePolicy::NeverContactSource) && mirror.value == source.value {
                return Err(Stop::NeverContactMirror {
                    source: source.clone(),
                    mirror: mirror.span,
                    policy: policy_span(entry),
                });
            }
        }
    }
    Ok(())
}

/// The checks before `policy.json`. The blocked entries have already passed [`registries`].
pub(super) fn policy(allowed: &[Spanned<String>]) -> Result<(), Stop> {
    scopes(ListName::Allowed, allowed)
}

fn scopes(list: ListName, scopes: &[Spanned<String>]) -> Result<(), Stop> {
    match scopes.iter().find(|scope| !is_scope(&scope.value)) {
        Some(entry) => Err(Stop::Scope { list, entry: entry.clone() }),
        None => Ok(()),
    }
}

/// Whether the MCO accepts an entry of a registry list, as `IsValidRegistriesConfScope` in openshift/runtime-utils
/// `pkg/registries/registries.go` does: every entry without a `*` is accepted.
pub fn is_scope(scope: &str) -> bool {
    let wildcard = scope.strip_prefix("*.").is_some_and(|domain| !domain.contains(['/', '@', ':', '*']));
    !scope.is_empty() && (wildcard || !scope.contains('*'))
}

fn policy_span(entry: &MirrorEntry) -> Span {
    entry.policy.as_ref().map_or(entry.source.span, |policy| policy.span)
}
