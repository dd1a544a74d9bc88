//! A ConfigMap that `mirrorRegistryRef` names, and in which the assisted service finds no mirror.
//!
//! Sources: openshift/assisted-service `pkg/mirrorregistries/parser.go` (`GetImageRegistries`),
//! `internal/controller/controllers/agentserviceconfig_controller.go`.

use crate::finding::Findings;
use crate::model::{Cluster, Resource};
use crate::read::crd::mirror_reference::{KEY, SERVICE_NAMESPACE, sources};
use crate::read::crd::{ConfigMap, MirrorReference, MirrorReferrer, RegistriesFile, Typed, is_placeholder};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidMirrorConfig {}

/// The largest text that a ConfigMap can contain.
const MAX_TEXT: usize = 1 << 20;

impl Rule for InvalidMirrorConfig {
    const META: Meta = Meta {
        id: "invalid-mirror-config",
        summary: "a mirrorRegistryRef ConfigMap from which no mirror can be read",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::MirrorReference(Some(reference)) = &resource.typed else { continue };
            let Some((map, entries)) = named(cluster, resource, reference) else { continue };
            Named { resource, reference, map }.check(entries, out);
        }
    }
}

/// The ConfigMap with this name. One without a namespace counts, too, since the person who applies it chooses the namespace.
fn named<'c>(
    cluster: &'c Cluster,
    resource: &Resource,
    reference: &MirrorReference,
) -> Option<(&'c Resource, &'c ConfigMap)> {
    let own = resource.identity().namespace.as_str();
    let namespace = match reference.referrer {
        MirrorReferrer::AgentServiceConfig if own.is_empty() => SERVICE_NAMESPACE,
        MirrorReferrer::AgentServiceConfig => own,
        _ => reference.namespace.as_deref().unwrap_or(own),
    };
    let of = |namespace: &str| {
        let maps = cluster.config_maps().filter(|(map, _)| map.name() == reference.name.value);
        maps.filter(|(map, _)| map.identity().namespace == namespace).last()
    };
    of(namespace).or_else(|| of(""))
}

/// A reference and the ConfigMap that it names.
struct Named<'c> {
    resource: &'c Resource,
    reference: &'c MirrorReference,
    map: &'c Resource,
}

impl Named<'_> {
    fn check(&self, entries: &ConfigMap, out: &mut Findings) {
        let (name, kind) = (&self.reference.name.value, self.reference.referrer.name());
        let who = format!("{kind} `{}` reads it", self.resource.name());
        let entry = entries.entries.iter().find(|entry| entry.key.value == KEY && !entry.is_binary);
        let Some(entry) = entry else {
            let data = self.map.manifest.root().entry("data").map(|entry| entry.key.span());
            let why = match self.reference.referrer {
                MirrorReferrer::AgentServiceConfig => {
                    format!("Mirror registry configmap {name} missing key {KEY}")
                }
                _ => format!("ConfigMap {}/{name} does not contain {KEY} key", self.map.manifest.namespace()),
            };
            out.report(
                data.unwrap_or_else(|| self.map.kind_span()),
                format!("the ConfigMap `{name}` has no key `{KEY}`"),
            )
            .subject(name)
            .related(self.reference.name.span, who)
            .help(format!(
                "write the mirrors under the key `{KEY}` of `data`; the assisted service stops with `{why}`"
            ));
            return;
        };
        let text = entry.value.value.as_str();
        // Some people keep an empty one until there are mirrors.
        if text.trim().is_empty() || is_placeholder(text) || text.len() > MAX_TEXT {
            return;
        }
        let document = self.map.manifest.document();
        let source = if entry.value.span.file == document.file() { &**document.source() } else { "" };
        let file = RegistriesFile::read(text, entry.value.span, source);
        if let Some(wrong) = file.undecodable.as_ref().filter(|_| !file.is_toml) {
            let line = wrong.spot.in_file();
            out.report(
                wrong.spot.span,
                format!("`{KEY}` of the ConfigMap `{name}` is not TOML{line}: {}", wrong.what),
            )
            .subject(name)
            .related(self.reference.name.span, who)
            .help("correct the TOML; the assisted service reads no mirror from it");
            return;
        }
        self.tables(&file, &who, out);
    }

    fn tables(&self, file: &RegistriesFile, who: &str, out: &mut Findings) {
        let name = &self.reference.name.value;
        let read: Vec<_> = sources(file).collect();
        if read.is_empty() {
            let first = file.registries.first();
            let spot = first.map(crate::read::crd::RegistryTable::scope_spot);
            let what = match first {
                None => format!("`{KEY}` of the ConfigMap `{name}` has no `[[registry]]`"),
                Some(table) if table.location.is_none() => {
                    format!("`{}` has no `location`, and no other table has a mirror", table.scope())
                }
                Some(table) => format!("`{}` has no mirror, and no other table has one", table.scope()),
            };
            let line = spot.map_or_else(String::new, crate::read::crd::Spot::in_file);
            let entry = self.map.manifest.root().get("data").and_then(|data| data.entry(KEY));
            let key = entry.map_or_else(|| self.map.kind_span(), |entry| entry.key.span());
            out.report(spot.map_or(key, |spot| spot.span), format!("{what}{line}"))
                .subject(name)
                .related(self.reference.name.span, who)
                .help(
                    "write a `[[registry]]` with the source as its `location`, and below it a \
                     `[[registry.mirror]]` with the mirror as its `location`; the assisted service reports \
                     `failed to find any image mirrors in registry.conf`, and the cluster gets no mirrors",
                );
            return;
        }
        for table in
            file.registries.iter().filter(|table| table.location.is_none() && table.mirrors.is_some())
        {
            let (scope, spot) = (table.scope(), table.scope_spot());
            out.report(
                spot.span,
                format!("`{scope}` has no `location`, so its mirrors are skipped{}", spot.in_file()),
            )
            .severity(Severity::Warning)
            .subject(scope)
            .related(self.reference.name.span, who)
            .help("write the source as `location`, too; the assisted service does not read `prefix`");
        }
        let values = read.iter().flat_map(|read| {
            std::iter::once(read.source).chain(read.digest.iter().copied()).chain(read.tag.iter().copied())
        });
        for value in values {
            let has_scheme = ["http://", "https://"].iter().any(|scheme| value.value.starts_with(scheme));
            // For an installation, the rules about mirror sets check the names.
            if has_scheme && self.reference.referrer != MirrorReferrer::AgentClusterInstall {
                out.report(
                    value.spot.span,
                    format!("`{}` has a scheme{}", value.value, value.spot.in_file()),
                )
                .subject(&value.value)
                .related(self.reference.name.span, who)
                .help("write the registry without the scheme; sources and mirrors have none");
            }
        }
    }
}
