//! The mirrors of an installation: the installer has its own check of names, and accepts only one of two keys.
//!
//! Sources: openshift/installer `pkg/types/validation/installconfig.go` (`validateNamedRepository`),
//! `pkg/types/installconfig.go`.

use crate::finding::{Edit, Findings, Fix};
use crate::model::reference::{Reference, ReferenceError};
use crate::model::scope::check_source;
use crate::model::{Cluster, Resource};
use crate::openshift::IMAGE_DIGEST_SOURCES;
use crate::read::carrier::{Carrier, CarrierKind};
use crate::read::crd::settings::{CONTENT_SOURCES as OLDER, DIGEST_SOURCES as NEWER, is_local};
use crate::read::crd::{MirrorSet, Typed};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InstallConfigMirrors {}

impl Rule for InstallConfigMirrors {
    const META: Meta = Meta {
        id: "install-config-mirrors",
        summary: "mirrors that the installer refuses or calls deprecated",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            if let Typed::Settings(settings) = &resource.typed {
                settings.local_sources.iter().for_each(|source| local(source, out));
            }
            let Typed::Mirrors(set) = &resource.typed else { continue };
            let Some(carrier) = resource.made_by().filter(|carrier| carrier.kind.installs()) else {
                continue;
            };
            // Before this release, there was only the old key.
            if cluster.version() >= IMAGE_DIGEST_SOURCES {
                keys(resource, carrier, out);
            }
            // The tool that makes an image for installations checks less.
            if carrier.kind != CarrierKind::ImageBasedInstallationConfig {
                names(set, out);
            }
        }
    }
}

fn keys(resource: &Resource, carrier: &Carrier, out: &mut Findings) {
    // The `spec` of the object has the place of the setting's key.
    let Some(key) = resource.manifest.root().entry("spec").map(|spec| spec.key.span()) else { return };
    if let Some(older) = carrier.older_setting {
        out.report(older, format!("`{OLDER}` beside `{NEWER}`")).related(key, "the newer key is here").help(format!(
            "move the entries to `{NEWER}`, and remove `{OLDER}`; the installer stops with `cannot set {OLDER} \
             and {NEWER} at the same time`"
        ));
        return;
    }
    let Some(written) = text(resource, key) else { return };
    // Go ignores the case of keys.
    let holds = |text: &str, key: &str| text.to_ascii_lowercase().contains(&key.to_ascii_lowercase());
    if !holds(written, OLDER) {
        return;
    }
    // In a string with escapes, the place is the whole string.
    let same_quotes = |quote: &str| written.eq_ignore_ascii_case(&format!("{quote}{OLDER}{quote}"));
    let quote = ["", "\"", "'"].into_iter().find(|quote| same_quotes(quote));
    let replacement = quote.map(|quote| format!("{quote}{NEWER}{quote}"));
    // If there is an empty newer key as well, the key would occur twice after the rename.
    let is_there = text(resource, resource.manifest.document().span()).is_some_and(|all| holds(all, NEWER));
    let replacement = replacement.filter(|_| !is_there);
    let edit = replacement.map(|replacement| Edit::replace(key, replacement));
    out.report(key, format!("`{OLDER}` is deprecated"))
        .severity(Severity::Warning)
        .help(format!(
            "rename the key; from OpenShift {IMAGE_DIGEST_SOURCES} on the installer warns about it, and \
             accepts the same entries under `{NEWER}`"
        ))
        .fix(Fix::safe(format!("rename it to `{NEWER}`"), [edit]));
}

/// The text at a place of the carrier.
fn text(resource: &Resource, span: Span) -> Option<&str> {
    let document = resource.manifest.document();
    document.source().get(span.range()).filter(|_| document.file() == span.file)
}

/// Names that a mirror set accepts and an installation refuses. The rules for mirror sets report all others.
fn names(set: &MirrorSet, out: &mut Findings) {
    for entry in set.entries() {
        let source = std::iter::once((&entry.source, "source"));
        for (name, what) in source.chain(entry.mirrors().iter().map(|mirror| (mirror, "mirror"))) {
            if check_source(&name.value).is_none() {
                refused(name, what, out);
            }
        }
    }
}

fn refused(name: &Spanned<String>, what: &str, out: &mut Findings) {
    let value = &name.value;
    if what == "source" && is_local(value) {
        return local(name, out);
    }
    if value.starts_with("*.") && what == "source" {
        out.report(name.span, format!("source `{value}` is a wildcard")).help(
            "name the registries one by one, or apply an ImageDigestMirrorSet with the wildcard after the \
             installation; the installer accepts only registries and repositories, and stops",
        );
        return;
    }
    // A bare host is not a canonical name either, but the installer checks hosts separately.
    let parsed = Reference::parse_canonical(value);
    if !value.contains('/') || parsed != Err(ReferenceError::NotCanonical) {
        return;
    }
    let Ok(full) = Reference::parse(value) else { return };
    let advice = if value.starts_with("docker.io/") {
        // The installer accepts a namespace only if it is a repository.
        "name the repositories in it, or apply an ImageDigestMirrorSet with this entry after the \
         installation"
            .to_owned()
    } else {
        "write this name, or the correct host; a host has a dot or a port, or is `localhost`".to_owned()
    };
    out.report(name.span, format!("{what} `{value}` is not a full name")).help(format!(
        "{advice}; the installer reads it as `{full}`, and stops with `repository name must be canonical`"
    ));
}

/// A source that exists only on the host on which the images were mirrored.
fn local(source: &Spanned<String>, out: &mut Findings) {
    out.report(source.span, format!("source `{}` is on the mirroring host", source.value))
        .severity(Severity::Note)
        .help(
            "remove the entry, or name the registry of its images; no pod uses this name, and `localhost` \
             of a node is another host",
        );
}
