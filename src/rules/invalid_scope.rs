//! An entry of a registry list that no image name can match, or that stops the Machine Config Operator.

use crate::finding::Effect;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::named_entries;
use crate::model::scope::{Flaw, check_source};
use crate::node::{self, Skipped};
use crate::openshift::VALIDATED_SCOPES;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidScope {}

impl Rule for InvalidScope {
    const META: Meta = Meta {
        id: "invalid-scope",
        summary: "a registry entry that is no registry, repository or wildcard",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/invalid-scope.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                let Some(flaw) = check_source(&entry.value) else { continue };
                if matches!(flaw, Flaw::Scheme | Flaw::Tag | Flaw::Digest) {
                    continue;
                }
                let freezes = !refused && freezes(view, list, entry);
                let effect = match (refused, freezes) {
                    (true, _) => "the API server refuses the object (from OpenShift 4.23 on)",
                    (false, true) => FREEZES,
                    (false, false) => "the entry matches no image",
                };
                let better = repaired(&entry.value, flaw);
                let advice = better
                    .as_deref()
                    .map_or_else(|| advice(flaw).to_owned(), |name| format!("write `{name}`"));
                let edit = better.and_then(|name| resource.edit().set(entry.span, &name));
                let finding = out
                    .report(entry.span, message(&entry.value, flaw))
                    .help(format!("{effect}; {advice}"))
                    .fix(Fix::safe("write the name that is meant", [edit]));
                if refused {
                    finding.effect(Effect::Refused);
                } else if freezes {
                    finding.effect(Effect::Freezes);
                } else {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}

/// What an entry does that the operator does not take.
pub(super) const FREEZES: &str = "the Machine Config Operator stops at it: no change of image configuration reaches any \
                                  node, and only its log says so";

/// Whether the operator stops at an entry of a list.
pub(super) fn freezes(view: &View<'_>, list: &str, entry: &Spanned<String>) -> bool {
    let in_force = view.cluster.image().is_some_and(|(resource, _)| resource.span().contains(entry.span));
    // When its look at the release fails, it drops two of the lists before it comes to their entries.
    let dropped = || matches!(view.nodes().skipped, Some(Skipped::Everything { .. }));
    !node::is_scope(&entry.value) && in_force && (list == "insecureRegistries" || !dropped())
}

/// What is wrong with a name, for this rule and those of sources and mirrors.
pub(super) fn message(name: &str, flaw: Flaw) -> String {
    match flaw {
        Flaw::Empty => "an empty name".to_owned(),
        Flaw::Scheme => format!("`{name}` has a scheme"),
        Flaw::Digest => format!("`{name}` has a digest"),
        Flaw::Tag => format!("`{name}` has a tag"),
        Flaw::Blank => format!("`{name}` holds a blank or a character that cannot be seen"),
        Flaw::TrailingSlash => format!("`{name}` ends in a slash"),
        Flaw::EmptyPathPart => format!("`{name}` holds `//`"),
        Flaw::Ipv6 => format!("`{name}` is an IPv6 address"),
        Flaw::Wildcard => format!("`{name}` has its `*` in the wrong place"),
        Flaw::WildcardWithMore => format!("`{name}` is a wildcard with a port or a path"),
        Flaw::WildcardMirror => format!("`{name}` is a wildcard"),
        Flaw::UpperCasePath => format!("`{name}` has upper case in its path"),
        Flaw::Port => format!("`{name}` has no valid port"),
        Flaw::Host => format!("`{name}` has no valid host"),
        Flaw::Path => format!("`{name}` has no valid path"),
    }
}

/// What to write instead, where it cannot be said exactly.
pub(super) fn advice(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Empty => "name a registry, or remove the entry",
        Flaw::Ipv6 => "the pattern takes no IPv6 address: give the registry a host name",
        Flaw::Wildcard | Flaw::WildcardWithMore => {
            "a wildcard is `*.` and a domain and nothing else, as in `*.apps.example.com`; it covers every port and path"
        }
        Flaw::WildcardMirror => "a mirror is one place: name it",
        Flaw::Port => "a port is digits behind one colon",
        Flaw::Blank => "one entry names one registry, in printable characters without blanks",
        Flaw::Host => "a host is labels of letters, digits and inner hyphens, joined by dots",
        _ => {
            "a path is lower-case letters and digits, joined by single `.` or `_`, `__` or hyphens, in parts separated \
             by `/`"
        }
    }
}

/// The name that is meant, where the slip leaves no doubt.
pub(super) fn repaired(name: &str, flaw: Flaw) -> Option<String> {
    let better = match flaw {
        Flaw::Scheme => name.split_once("://")?.1.trim_end_matches('/').to_owned(),
        Flaw::TrailingSlash => name.trim_end_matches('/').to_owned(),
        Flaw::EmptyPathPart => {
            let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
            parts.join("/")
        }
        Flaw::Blank => name.trim().to_owned(),
        _ => return None,
    };
    check_source(&better).is_none().then_some(better)
}
