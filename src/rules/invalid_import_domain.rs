//! A `domainName` that is not a host: it allows nothing, or prevents the API server from starting.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::imports::{DomainFlaw, check_domain, meant_domain};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidImportDomain {}

impl Rule for InvalidImportDomain {
    const META: Meta = Meta {
        id: "invalid-import-domain",
        summary: "a `domainName` of `allowedRegistriesForImport` that is not a host",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let entries = image.allowed_registries_for_import.iter().flat_map(|list| &list.items);
            for name in entries.filter_map(|entry| entry.domain_name.as_ref()) {
                let Some(flaw) = check_domain(&name.value) else { continue };
                let (what, effect) = describe(flaw);
                let meant = meant_domain(&name.value);
                let advice = match &meant {
                    Some(meant) if flaw == DomainFlaw::Path => {
                        format!("write `{meant}`, which allows all of that registry")
                    }
                    Some(meant) => format!("write `{meant}`"),
                    None => "write the host of a registry, and its port where that is not 443".to_owned(),
                };
                let message = if flaw == DomainFlaw::Empty {
                    what.to_owned()
                } else {
                    format!("`{}` {what}", name.value)
                };
                let edit = meant.as_ref().and_then(|meant| resource.edit().set(name.span, meant));
                let title = format!("write `{}`", meant.as_deref().unwrap_or_default());
                let finding = out
                    .report(name.span, message)
                    .help(format!("{advice}; {effect}"))
                    .fix(Fix::unsafe_(title, [edit]));
                if matches!(flaw, DomainFlaw::DockerHub | DomainFlaw::UpperCase) {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}

/// The flaw, and what the API server does.
fn describe(flaw: DomainFlaw) -> (&'static str, &'static str) {
    const NOTHING: &str = "the API server compares this list with the host and the port of an image, so the entry allows \
                           nothing";
    match flaw {
        DomainFlaw::Colons => (
            "has more than one colon",
            "new pods of openshift-apiserver do not start with it (`too many colons`): a cluster without \
             old pods has no image streams, builds and routes",
        ),
        DomainFlaw::Scheme => ("has a scheme", NOTHING),
        DomainFlaw::Path => ("has a path", NOTHING),
        DomainFlaw::Empty => ("the `domainName` is empty", NOTHING),
        DomainFlaw::Blank => ("has a blank or an invisible character in it", NOTHING),
        DomainFlaw::Port => ("has a port that is not a number", NOTHING),
        DomainFlaw::Host => ("is not a host", NOTHING),
        DomainFlaw::DockerHub => (
            "is not the name of Docker Hub in this list",
            "the API server looks for `docker.io` and `registry-1.docker.io`, so the entry allows only imports without \
             verified TLS",
        ),
        DomainFlaw::UpperCase => (
            "has upper case",
            "the API server distinguishes upper and lower case, so the entry allows no image whose \
             registry is in lower case",
        ),
    }
}
