//! A public registry has a certificate that anybody can verify; `insecureRegistries` takes that away from it.

use super::docker_hub_alias::is_alias;
use super::insecure_and_blocked::blocked;
use super::insecure_registry_not_allowed::Uses;
use super::unqualified_host::is_unqualified;
use crate::finding::Findings;
use crate::model::Resource;
use crate::model::hosts;
use crate::model::scope::{check_source, covers};
use crate::node::nesting;
use crate::read::crd::ImageConfig;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::View;
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecurePublicRegistry {
    /// Hosts of registries that are public, with wildcards as in `*.gcr.io`; the list replaces the rule's own.
    public: Vec<String>,
}

impl Rule for InsecurePublicRegistry {
    const META: Meta = Meta {
        id: "insecure-public-registry",
        summary: "TLS that is not verified for a public registry",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: Some("5.9"),
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for entry in in_use(view, resource, image) {
                let name = entry.value.as_str();
                let Some(public) = public_in(&self.public, name) else { continue };
                let message = if hosts::matching(&self.public, name).is_none() {
                    format!("`{name}` is insecure, and the public registry `{public}` lies in it")
                } else {
                    format!("`{name}` is a public registry, and its TLS is not verified")
                };
                out.report(entry.span, message).help(format!(
                    "remove the entry, since public registries have valid certificates; whoever is on the way \
                     can read the credentials that nodes log in with, and replace the images of pulls by tag; \
                     for a proxy that opens TLS connections, trust its certificate authority with {} or the \
                     proxy's `trustedCA`",
                    view.cluster.trusted_cas()
                ));
            }
        }
    }
}

/// The insecure entries that nodes contact without verified TLS. Of those that match no image, that are refused or
/// blocked, other rules speak.
pub(super) fn in_use<'i>(
    view: &View<'_>,
    resource: &Resource,
    image: &'i ImageConfig,
) -> Vec<&'i Spanned<String>> {
    let list = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref());
    let Some(list) = list.filter(|list| !list.items.is_empty()) else { return Vec::new() };
    let uses = Uses::of(view.cluster, image);
    let blocked = blocked(view, resource);
    let is_in_use = |name: &str| {
        let is_void = check_source(name).is_some() || is_alias(name) || is_unqualified(name);
        !is_void && uses.has_use(name) && !nesting::outer(name).any(|outer| blocked.contains_key(&*outer))
    };
    list.items.iter().filter(|entry| is_in_use(&entry.value)).collect()
}

/// The public registry that an entry for `name` makes insecure.
pub(super) fn public_in<'p>(public: &'p [String], name: &str) -> Option<&'p str> {
    let scope = name.to_ascii_lowercase();
    let inside = || public.iter().find(|public| covers(&scope, &public.to_ascii_lowercase()));
    let around = hosts::matching(public, name);
    around.or_else(|| inside().filter(|_| name.starts_with("*.")).map(String::as_str))
}

impl Default for InsecurePublicRegistry {
    fn default() -> Self {
        Self { public: hosts::public() }
    }
}
