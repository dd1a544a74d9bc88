//! The installer ignores unknown keys of an install-config; the assisted service refuses overrides with an unknown key.
//!
//! Sources: openshift/installer `pkg/asset/installconfig/installconfigbase.go` (`LoadFromFile`); openshift/assisted-service
//! `internal/installcfg/builder/builder.go`.

use crate::finding::{Edit, Findings, Fix};
use crate::model::{Cluster, Resource};
use crate::openshift::SOURCE_POLICY;
use crate::read::crd::settings::{DIGEST_SOURCES, POLICY, StrayKey, StrayPlace};
use crate::read::crd::{CarrierKind, CarrierSettings, Typed};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnknownInstallKey {}

impl Rule for UnknownInstallKey {
    const META: Meta = Meta {
        id: "unknown-install-key",
        summary: "a key beside the mirrors that is unknown to an installation",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::Settings(settings) = &resource.typed else { continue };
            for stray in &settings.stray {
                if stray.since.is_none_or(|since| cluster.version() < since) {
                    let is_known = |key: &&str| *key != POLICY || cluster.version() >= SOURCE_POLICY;
                    report(resource, settings, stray, stray.meant.filter(is_known), out);
                }
            }
        }
    }
}

fn report(
    resource: &Resource,
    settings: &CarrierSettings,
    stray: &StrayKey,
    meant: Option<&str>,
    out: &mut Findings,
) {
    let key = &stray.key.value;
    let is_policy = key.to_ascii_lowercase().contains("policy");
    let advice = match (meant, stray.place) {
        (Some(_), StrayPlace::Root) if stray.beside.is_some() => {
            format!("move its entries to `{}`, and remove it", stray.beside.unwrap_or_default())
        }
        (Some(meant), _) => format!("write `{meant}`"),
        (None, StrayPlace::Entry(DIGEST_SOURCES)) if is_policy && !stray.is_refused => {
            "remove it, and set the policy in an ImageDigestMirrorSet after the installation".to_owned()
        }
        (None, StrayPlace::Root) => {
            "remove it, and apply an ImageTagMirrorSet after the installation".to_owned()
        }
        (None, StrayPlace::Entry(_)) if is_policy && !stray.is_refused => {
            format!("move the entry to `{DIGEST_SOURCES}`, whose entries have the key")
        }
        (None, StrayPlace::Entry(_)) => "remove it".to_owned(),
    };
    let consequence = match stray.place {
        StrayPlace::Root => "so the cluster gets none of these mirrors",
        StrayPlace::Entry(_) if is_policy => "so nodes ask the source when no mirror answers",
        StrayPlace::Entry(_) => "and its value is lost",
    };
    let effect = match (stray.is_refused, stray.since) {
        (true, _) => {
            "the assisted service refuses overrides with a field that it does not know, and the cluster is not installed"
                .to_owned()
        }
        (false, Some(since)) => {
            format!("the installer knows the field from OpenShift {since} on; older installers log a \
                     warning and ignore it, {consequence}")
        }
        (false, None) => format!("the installer logs a warning and ignores the field, {consequence}"),
    };
    let message = match (stray.place, meant) {
        (_, Some(meant)) => {
            format!("unknown key `{key}`; did you mean `{}`?", stray.beside.unwrap_or(meant))
        }
        (StrayPlace::Root, None) => format!("an install-config has no key `{key}`"),
        (StrayPlace::Entry(list), None) => format!("an entry of `{list}` has no key `{key}` here"),
    };
    let meant = meant.filter(|_| !stray.is_taken);
    let edit = meant.and_then(|meant| rename(resource, stray, meant));
    let finding = out.report(stray.key.span, message);
    // An unknown key without any meaning is only lost.
    let is_idle = stray.meant.is_none() && !stray.is_refused && !is_policy;
    if is_idle && matches!(stray.place, StrayPlace::Entry(_)) {
        finding.severity(Severity::Warning);
    }
    let effect = match settings.kind {
        CarrierKind::ImageBasedInstallationConfig => {
            format!("the installer does not know the field, {consequence}")
        }
        _ => effect,
    };
    finding
        .help(format!("{advice}; {effect}"))
        .fix(Fix::unsafe_("rename the key", [edit]).map(Fix::changes_nodes));
}

/// The edit that renames the key and keeps its quotes. In a string with escapes, the place of the key is the whole string,
/// so there is no edit.
fn rename(resource: &Resource, stray: &StrayKey, meant: &str) -> Option<Edit> {
    let document = resource.manifest.document();
    let span = stray.key.span;
    let written = document.source().get(span.range()).filter(|_| document.file() == span.file)?;
    let quote =
        ["", "\"", "'"].into_iter().find(|quote| written == format!("{quote}{}{quote}", stray.key.value))?;
    Some(Edit::replace(span, format!("{quote}{meant}{quote}")))
}
