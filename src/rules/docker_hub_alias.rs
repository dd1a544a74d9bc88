//! Docker Hub has several names, but its images have only one: `docker.io/…`.

use crate::finding::{Findings, Fix, Safety};
use crate::model::hosts::{
    DOCKER_HUB_CONTACTED as CONTACTED, DOCKER_HUB_REWRITTEN as REWRITTEN, is_docker_hub_alias,
};
use crate::model::scope::{ScopeSet, check_mirror, check_source, host};
use crate::model::{Resource, named_lists};
use crate::read::crd::List;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirrorRule, MirroredSource};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DockerHubAlias {}

impl Rule for DockerHubAlias {
    const META: Meta = Meta {
        id: "docker-hub-alias",
        summary: "an alias of Docker Hub instead of `docker.io`",
        category: Category::Scopes,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for (name, list) in named_lists(image) {
                check_list(resource, name, list, out);
            }
        }
        for rule in view.sources().iter().flat_map(MirroredSource::real) {
            check_source_of(view, rule, out);
            for mirror in rule.entry.mirrors() {
                check_mirror_of(rule, mirror, out);
            }
        }
    }
}

/// The name of the images, for a name with an alias of Docker Hub as its host.
fn own_name(name: &str) -> Option<String> {
    is_docker_hub_alias(name).then(|| format!("docker.io{}", &name[host(name).len()..]))
}

const WHY: &str = "the container runtime names images of Docker Hub `docker.io/…`";

fn check_list(resource: &Resource, name: &str, list: &List<Spanned<String>>, out: &mut Findings) {
    let set = ScopeSet::new(&list.items);
    for entry in list.items.iter().filter(|entry| check_source(&entry.value).is_none()) {
        let Some(own) = own_name(&entry.value) else { continue };
        let message = format!("`{}` does not match images of `docker.io`", entry.value);
        if let Some(covering) = set.covering(&own) {
            // If the real name is there as well, the entry is for image names with the alias.
            if host(&entry.value) == REWRITTEN {
                out.report(entry.span, message)
                    .related(covering.span, "this matches them")
                    .help(format!("remove it; {WHY} for every spelling, so the entry does nothing"))
                    .severity(Severity::Note)
                    .fix(
                        Fix::safe("remove the entry", [resource.edit().remove_item(entry.span)])
                            .map(Fix::changes_nodes),
                    );
            }
            continue;
        }
        let edit = [resource.edit().set(entry.span, &own)];
        let title = format!("write `{own}`");
        let (effect, fix) = match name {
            // So far, no image of Docker Hub is allowed.
            "allowedRegistries" => ("they are still refused", Fix::unsafe_(title, edit)),
            // Image names with the alias are blocked, and would no longer be.
            "blockedRegistries" if host(&entry.value) == CONTACTED => {
                ("they are still pulled", Fix::unsafe_(title, edit))
            }
            "blockedRegistries" => ("they are still pulled", Fix::safe(title, edit)),
            // The fix would turn off TLS verification that works so far.
            _ => ("their TLS is still verified", Fix::unsafe_(title, edit)),
        };
        out.report(entry.span, message)
            .help(format!("write `{own}`; {WHY}, so {effect}"))
            .fix(fix.map(Fix::changes_nodes));
    }
}

fn check_source_of(view: &ClusterView<'_>, rule: &MirrorRule<'_>, out: &mut Findings) {
    let source = rule.source();
    let Some(own) = own_name(&source.value).filter(|_| check_source(&source.value).is_none()) else { return };
    let other = view.sources().get(&own);
    if other.is_some() && host(&source.value) == CONTACTED {
        return;
    }
    let edit = if other.is_some() { None } else { rule.resource.edit().set(source.span, &own) };
    // Image names with the alias would lose their mirrors.
    let safety = if host(&source.value) == CONTACTED { Safety::Unsafe } else { Safety::Safe };
    let finding = out
        .report(source.span, format!("`{}` does not match images of `docker.io`", source.value))
        .help(format!("write `{own}`; {WHY}, so nodes never ask the mirrors of this source for them"))
        .fix(Fix::of(format!("write `{own}`"), safety, [edit]).map(Fix::changes_nodes));
    if let Some(other) = other {
        finding.related(other.span(), "their source is here").severity(Severity::Note);
    }
}

fn check_mirror_of(rule: &MirrorRule<'_>, mirror: &Spanned<String>, out: &mut Findings) {
    if host(&mirror.value) != REWRITTEN || check_mirror(&mirror.value).is_some() {
        return;
    }
    let Some(own) = own_name(&mirror.value) else { return };
    let is_there = rule.entry.mirrors().iter().any(|other| other.value == own);
    let edit = if is_there { None } else { rule.resource.edit().set(mirror.span, &own) };
    out.report(mirror.span, format!("the container runtime rejects the name of mirror `{}`", mirror.value))
        .help(format!(
            "write `{own}`; the container runtime names these images `docker.io/…`, and rejects a name \
             that is not in canonical form, so every pull {} of `{}` fails, even if other mirrors or the \
             source have the image",
            rule.pulls().as_str(),
            rule.source().value
        ))
        .severity(Severity::Error)
        .fix(Fix::safe(format!("write `{own}`"), [edit]).map(Fix::changes_nodes));
}
