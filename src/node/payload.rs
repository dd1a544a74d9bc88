//! The registry lists that take effect: the MCO prevents a cluster from blocking its own release.
//!
//! As in MCO `pkg/controller/container-runtime-config/helpers.go`, `getValidBlockedAndAllowedRegistries`. It protects only
//! the repository of the release image, and only from `blockedRegistries`.

use super::input::Lists;
use super::lookup::Registries;
use super::nesting;
use super::registries_conf::{self, Input};
use super::stop::{Skipped, Stop};
use crate::model::reference::Reference;
use crate::source::{Span, Spanned};

/// The lists that the files are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveLists {
    /// The scopes that `registries.conf` blocks.
    pub registries_blocked: Vec<Spanned<String>>,
    /// The scopes that `policy.json` rejects.
    pub policy_blocked: Vec<Spanned<String>>,
    /// The scopes that `policy.json` accepts; it rejects all others. If the release is blocked and mirrored, its repository
    /// is in this list, with the span of the blocked entry.
    pub allowed: Vec<Spanned<String>>,
    /// The reason why `allowed` is in force: the key of the list that somebody wrote, or else the blocked entries.
    pub allowed_by: Vec<Span>,
}

impl EffectiveLists {
    /// Whether the lists exclude each other, so that the MCO stops. An allowlist with only the release's own repository does
    /// not count.
    pub fn contradict(&self, release_image: &str) -> bool {
        let only_payload = || match (self.allowed.as_slice(), Reference::parse_canonical(release_image)) {
            ([only], Ok(release)) => only.value == release.name(),
            _ => false,
        };
        !self.allowed.is_empty() && !self.policy_blocked.is_empty() && !only_payload()
    }
}

/// Computes the lists. `input.blocked` is the list as it is written.
pub(super) fn effective(
    release_image: &str,
    written: &Lists<'_>,
    input: Input<'_>,
) -> Result<(EffectiveLists, Option<Skipped>), Stop> {
    let release = Reference::parse_canonical(release_image)
        .map_err(|_| Stop::ReleaseImage(release_image.to_owned()))?;
    let payload = release.name();
    let mut lists = EffectiveLists::default();
    let mut skipped = Vec::new();
    let mut reachable = None;
    for scope in input.blocked {
        if !nesting::is_inside(payload, &scope.value) {
            lists.registries_blocked.push(scope.clone());
            lists.policy_blocked.push(scope.clone());
            continue;
        }
        let reachable = match reachable {
            Some(reachable) => reachable,
            None => match has_unblocked_mirror(&release, input) {
                Ok(found) => *reachable.insert(found),
                Err(failed) => return Ok((EffectiveLists::default(), Some(failed))),
            },
        };
        if !reachable {
            skipped.push(scope.clone());
            continue;
        }
        lists.registries_blocked.push(scope.clone());
        if scope.value != payload {
            lists.policy_blocked.push(scope.clone());
        }
        lists.allowed.push(Spanned::new(payload.to_owned(), scope.span));
    }
    lists.allowed_by = match written.allowed_key.filter(|_| !written.allowed.is_empty()) {
        Some(key) => vec![key],
        None => lists.allowed.iter().map(|scope| scope.span).collect(),
    };
    lists.allowed.extend_from_slice(written.allowed);
    Ok((lists, (!skipped.is_empty()).then_some(Skipped::Entries(skipped))))
}

/// Whether nodes can pull the release from a place that is not blocked. Mirrors for tags do not count.
fn has_unblocked_mirror(release: &Reference, input: Input<'_>) -> Result<bool, Skipped> {
    let failed = |why: String, spans| Skipped::Everything { why, spans };
    let conf = registries_conf::build(Input { tag: &[], ..input })
        .map_err(|stop: Stop| failed(stop.bare(), stop.spans()))?;
    let registries = Registries::load(&conf, None).map_err(|error| {
        failed(format!("loading registries configuration \"/tmp/regtemp\": {}", error.why), error.spans)
    })?;
    let Some(registry) = registries.find(release.name()) else { return Ok(false) };
    let endpoints = registry
        .endpoints(release)
        .map_err(|error| failed(format!("rewriting reference: {error}"), registry.entry.spans.clone()))?;
    let blocked: std::collections::HashSet<&str> =
        input.blocked.iter().map(|scope| scope.value.as_str()).collect();
    let usable = |name: &str| !nesting::outer(name).any(|outer| blocked.contains(&*outer));
    Ok(endpoints.iter().any(|endpoint| usable(endpoint.reference.name())))
}
