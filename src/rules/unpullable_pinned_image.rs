//! A pinned image that the API server or the nodes refuse.

use crate::finding::{Effect, Findings};
use crate::model::reference::{self, Reference};
use crate::pull::{Resolver, Verdict};
use crate::read::crd::Neighbour;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnpullablePinnedImage {}

impl Rule for UnpullablePinnedImage {
    const META: Meta = Meta {
        id: "unpullable-pinned-image",
        summary: "a pinned image that nodes cannot pull",
        category: Category::Workloads,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let loads = view
            .files()
            .filter(|files| files.registries_load_error.is_none() && files.policy_load_error.is_none());
        let resolver = loads.map(Resolver::of_files);
        let pools = &view.nodes().pools;
        let of_pools: Vec<_> = loads
            .iter()
            .flat_map(|files| pools.all.iter().map(|pool| Resolver::of_pool(files, pool)))
            .collect();
        let is_whole = view.nodes().is_whole();
        for (resource, neighbour) in view.cluster.neighbours() {
            let Neighbour::PinnedImages { images: Some(images) } = neighbour else { continue };
            for image in images.items.iter().take(MAX_IMAGES) {
                if let Some((what, advice)) = flaw(&image.value) {
                    out.report(image.span, format!("`{}` {what}", image.value))
                        .help(format!("{advice}; {}", resource.refusal()))
                        .effect(Effect::Refused);
                }
                let name = reference::readable(&image.value);
                let Some(resolution) = resolver.as_ref().map(|resolver| resolver.resolve(&name)) else {
                    continue;
                };
                if !is_whole || resolution.is_pullable() || resolution.error.is_some() {
                    continue;
                }
                let rejected =
                    resolution.policy.as_ref().filter(|policy| policy.verdict == Verdict::Rejected);
                // The nodes of a pool may have a file of their own, and look in other places.
                let is_same_in_pools = pools.are_known()
                    && of_pools.iter().all(|resolver| !resolver.resolve(&name).is_pullable());
                if rejected.is_none() && !is_same_in_pools {
                    continue;
                }
                let blocked = resolution.sources.iter().find_map(|source| source.blocked_by.as_ref());
                let spans = rejected
                    .filter(|policy| policy.scope.is_some())
                    .map(|policy| &policy.spans)
                    .or(blocked.map(|blocker| &blocker.spans));
                let what =
                    if rejected.is_some() { "is not allowed" } else { "cannot be pulled from anywhere" };
                let finding = out
                    .report(image.span, format!("the pinned image `{}` {what}", image.value))
                    .subject(&resolution.repository)
                    .subject("refused")
                    .help(
                        "allow its repository, or remove the image from the set; nodes pull it before \
                         anything runs it, and the pool is degraded while the pull fails",
                    );
                let list = view
                    .cluster
                    .image()
                    .and_then(|(_, image)| Some(image.registry_sources.as_ref()?.allowed.as_ref()?.key));
                match (spans.and_then(|spans| spans.first()), list) {
                    (Some(span), _) => {
                        finding.related(*span, "it is blocked here");
                    }
                    (None, Some(list)) if rejected.is_some() => {
                        finding.related(list, "this list does not cover it");
                    }
                    _ => {}
                }
            }
        }
    }
}

const DIGEST: &str = "sha256:";
/// The API server accepts at most so many images in a set.
const MAX_IMAGES: usize = 500;

/// Why the API server refuses a pinned image (openshift/api `machineconfiguration/v1/types.go`, `ImageDigestFormat`): the
/// name needs a host with a dot and at most two parts behind it, and must not have a tag or another digest.
fn flaw(image: &str) -> Option<(&'static str, &'static str)> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let is_digest = |digest: &str| {
        digest.strip_prefix(DIGEST).is_some_and(|digits| {
            digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        })
    };
    let has_tag = Reference::parse(name).is_ok_and(|reference| reference.tag.is_some());
    match digest {
        None if has_tag => {
            return Some((
                "is pinned by its tag",
                "name it by its digest: `name@sha256:` and 64 hexadecimal digits",
            ));
        }
        None => {
            return Some((
                "has no digest",
                "name it by its digest: `name@sha256:` and 64 hexadecimal digits",
            ));
        }
        Some(digest) if !is_digest(digest) => {
            return Some((
                "has an invalid digest",
                "write `sha256:` and 64 hexadecimal digits in lower case behind the `@`",
            ));
        }
        Some(_) if has_tag => return Some(("has a tag beside its digest", "remove the tag")),
        Some(_) => {}
    }
    let (host, path) = name.split_once('/')?;
    let (domain, port) = host.split_once(':').map_or((host, None), |(domain, port)| (domain, Some(port)));
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_port = |port: &str| (2..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let is_host = domain.contains('.') && domain.split('.').all(is_label) && port.is_none_or(is_port);
    if !is_host {
        return Some(("has no host with a domain", "write the registry by its full host name"));
    }
    // `host[:port][/namespace]/name`
    (path.matches('/').count() > 1 || path.split_once('/').is_some_and(|(namespace, _)| namespace.len() > 61))
        .then_some((
            "has more than a namespace and a name behind its host",
            "mirror it to `host/namespace/name`, and pin that",
        ))
}
