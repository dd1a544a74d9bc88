//! Nodes compare registry names letter by letter, and image names have their registry in lower case.

use crate::finding::{Findings, Fix};
use crate::model::named_lists;
use crate::model::scope::{ScopeSet, check_source, host};
use crate::read::crd::is_stand_in;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirroredSource};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpperCaseHost {}

impl Rule for UpperCaseHost {
    const META: Meta = Meta {
        id: "upper-case-host",
        summary: "a registry with upper-case letters, which usual image names do not match",
        category: Category::Scopes,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for (name, list) in named_lists(image) {
                let set = ScopeSet::new(&list.items);
                for entry in &list.items {
                    let Some(lower) = in_lower_case(entry) else { continue };
                    // If the lower-case name is there as well, the entry is for image names with upper case.
                    if set.covering(&lower).is_some() {
                        continue;
                    }
                    let effect = match name {
                        "allowedRegistries" => "refuse images of",
                        "blockedRegistries" => "still pull images of",
                        _ => "still verify the certificate of",
                    };
                    let edit = [resource.edit().set(entry.span, &lower)];
                    report(
                        out,
                        entry,
                        &lower,
                        effect,
                        Fix::unsafe_(format!("write `{lower}`"), edit).map(Fix::changes_nodes),
                    );
                }
            }
        }
        for rule in view.sources().iter().flat_map(MirroredSource::real) {
            let source = rule.source();
            let Some(lower) = in_lower_case(source) else { continue };
            if view.sources().get(&lower).is_none() {
                let edit = [rule.resource.edit().set(source.span, &lower)];
                let fix = Fix::unsafe_(format!("write `{lower}`"), edit);
                report(out, source, &lower, "use no mirror for images of", fix.map(Fix::changes_nodes));
            }
        }
    }
}

/// The name with its host in lower case, if that differs.
fn in_lower_case(name: &Spanned<String>) -> Option<String> {
    let (host, rest) = name.value.split_at(host(&name.value).len());
    let is_upper = host.bytes().any(|byte| byte.is_ascii_uppercase())
        && !is_stand_in(host)
        && check_source(&name.value).is_none();
    is_upper.then(|| host.to_ascii_lowercase() + rest)
}

fn report(out: &mut Findings, entry: &Spanned<String>, lower: &str, effect: &str, fix: Option<Fix>) {
    out.report(entry.span, format!("`{}` has upper-case letters in its registry", entry.value))
        .help(format!(
            "write `{lower}`; nodes compare registry names letter by letter, so they {effect} `{lower}`"
        ))
        .fix(fix);
}
