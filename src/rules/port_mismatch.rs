//! A port is part of a registry's name, and the files on a node compare it in different ways.

use crate::finding::Findings;
use crate::model::scope::{Parents, ScopeSet, check_source, host};
use crate::read::crd::{List, RegistrySources};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirrorRule, MirroredSource};
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PortMismatch {}

impl Rule for PortMismatch {
    const META: Meta = Meta {
        id: "port-mismatch",
        summary: "a registry with its port in one list and without it in another",
        category: Category::Scopes,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            let Some(sources) = &image.registry_sources else { continue };
            if let Some(insecure) = sources.insecure.as_ref().filter(|list| !list.open) {
                check_insecure(view, insecure, sources, out);
            }
            if let Some(blocked) = sources.blocked.as_ref().filter(|list| !list.open) {
                let in_force = view.cluster.image().is_some_and(|(image, _)| image.span() == resource.span());
                check_blocked(view, blocked, sources, in_force, out);
            }
        }
    }
}

fn check_insecure(view: &ClusterView<'_>, insecure: &Entries, sources: &RegistrySources, out: &mut Findings) {
    let mirrors = Parents::new(view.cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors()));
    let lists =
        [("allowedRegistries", &sources.allowed), ("containerRuntimeSearchRegistries", &sources.search)];
    for (name, list) in lists.into_iter().filter_map(|(name, list)| Some((name, list.as_ref()?))) {
        let (set, below) = (ScopeSet::new(&list.items), Parents::new(&list.items));
        for (entry, others) in pairs(insecure, &list.items) {
            // Without a port, the name may be used by itself. Another rule reports a mirror with the port.
            let is_listed = set.covering(&entry.value).is_some() || below.lie_in(&entry.value);
            if is_listed || mirrors.lie_in(&entry.value) {
                continue;
            }
            let mut others = others.into_iter().filter(|other| !mirrors.lie_in(host(&other.value)));
            let Some(other) = others.next() else { continue };
            let registry = host(&other.value);
            let message = format!("`{}` is insecure, but `{name}` has `{}`", entry.value, other.value);
            let finding = out.report(entry.span, message).subject(&entry.value).subject(registry);
            for other in others {
                finding.subject(host(&other.value));
            }
            finding.related(other.span, "it has a port here").help(format!(
                "write `{registry}`, if that is the registry; a port is part of the name: nodes apply the \
                 entry to pulls from `{registry}` only since they match it loosely, and never to a mirror \
                 there"
            ));
        }
    }
}

fn check_blocked(
    view: &ClusterView<'_>,
    blocked: &Entries,
    sources: &RegistrySources,
    in_force: bool,
    out: &mut Findings,
) {
    let insecure = sources.insecure.iter().flat_map(|list| &list.items);
    let mirrored = view
        .sources()
        .iter()
        .filter(|source| in_force && source.never().is_none())
        .flat_map(MirroredSource::real)
        .map(MirrorRule::source);
    for (entry, others) in pairs(blocked, insecure.chain(mirrored)) {
        let other = others[0];
        let finding = out.report(entry.span, format!("`{}` does not block `{}`", entry.value, other.value));
        finding.subject(&entry.value);
        for other in others {
            finding.subject(host(&other.value));
        }
        finding.related(other.span, "it has a port here").help(format!(
            "block `{1}`, too, if it is meant; a port is part of the name: `registries.conf` gets an entry \
                 of its own for `{0}`, which is not blocked, and `policy.json` does not reject it",
            other.value,
            host(&other.value)
        ));
    }
}

type Entries = List<Spanned<String>>;

/// Entries of `list` without a port that would cover an entry of `others` if that had no port either, each with all such
/// entries.
fn pairs<'r>(
    list: &'r Entries,
    others: impl IntoIterator<Item = &'r Spanned<String>>,
) -> Vec<(&'r Spanned<String>, Vec<&'r Spanned<String>>)> {
    let set = ScopeSet::new(&list.items);
    let pair = |other: &'r Spanned<String>| {
        let registry = host(&other.value);
        let (name, _) = registry.split_once(':')?;
        let without = format!("{name}{}", &other.value[registry.len()..]);
        if check_source(&other.value).is_some() || set.covering(&other.value).is_some() {
            return None;
        }
        Some((set.covering(&without)?, other))
    };
    let mut pairs: Vec<(&Spanned<String>, Vec<&Spanned<String>>)> = Vec::new();
    let mut places: HashMap<Span, usize> = HashMap::new();
    for (entry, other) in others.into_iter().filter_map(pair) {
        let place = *places.entry(entry.span).or_insert(pairs.len());
        if place == pairs.len() {
            pairs.push((entry, Vec::new()));
        }
        pairs[place].1.push(other);
    }
    pairs
}
