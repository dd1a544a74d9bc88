//! An image name without a registry: the registry depends on who pulls it.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::allowlist::allowlist;
use crate::model::reference::{Reference, readable};
use crate::model::workload::IMAGE_STREAM;
use crate::openshift::Version;
use crate::pull::{Resolution, Verdict};
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShortNameImage {}

impl Rule for ShortNameImage {
    const META: Meta = Meta {
        id: "short-name-image",
        summary: "an image without a registry",
        category: Category::Workloads,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let config = view.cluster.image().map(|(_, image)| image);
        let allowed = config.and_then(allowlist);
        let search = config
            .and_then(|image| image.registry_sources.as_ref())
            .and_then(|sources| sources.search.as_ref());
        let streams = streams(view.cluster);
        for asked in view.asked().filter(|asked| asked.answer.is_short) {
            let image = &asked.image.image;
            // In a namespace, such a name may mean an image stream.
            let name = image.value.split([':', '@']).next().unwrap_or_default();
            let readable = Reference::parse(&readable(&image.value));
            let Some(full) = readable.ok().filter(|_| !streams.contains(name)) else {
                continue;
            };
            match (asked.image.pull, search) {
                (Pull::Node, _) => {
                    let answers = &asked.answer.resolutions;
                    // An empty list is refused, which another rule reports.
                    if answers.is_empty() {
                        continue;
                    }
                    let none = answers.iter().all(is_refused);
                    let places: Vec<&str> = answers.iter().map(registry).collect();
                    let places = places.join("`, `");
                    if let Some(allowed) = allowed.filter(|_| none) {
                        let message =
                            format!("`{}` names no registry, and no search registry is allowed", image.value);
                        out.report(image.span, message)
                            .subject(name)
                            .subject("refused")
                            .severity(Severity::Error)
                            .related(allowed.key, "this list covers none of what it can mean")
                            .help(format!(
                                "write the registry before the name, and allow it; nodes look for the name \
                                 in `{places}`, and `policy.json` refuses each of these names"
                            ));
                        continue;
                    }
                    // With the default list, people mean Docker Hub.
                    let mut pullable = answers.iter().filter(|answer| answer.is_pullable());
                    let of_hub = |answer: &&Resolution| search.is_none() && answer.repository == full.name();
                    let meant = pullable.clone().find(of_hub).or_else(|| pullable.next());
                    let advice = match meant {
                        Some(meant) => format!("write `{}` in place of `{name}`", meant.repository),
                        None => "write the registry, too, and allow nodes to pull from there".to_owned(),
                    };
                    let who = if answers.len() > 1 { "the first of " } else { "" };
                    let enforcing = if answers.len() > 1 && may_enforce(view.cluster.openshift) {
                        "; with several search registries, CRI-O of OpenShift 4.21.0 and the first later \
                         patches refuses the name (`short name mode is enforcing`)"
                    } else {
                        ""
                    };
                    let finding = out.report(image.span, format!("`{}` names no registry", image.value));
                    finding.subject(name).help(format!(
                        "{advice}; nodes run the image with this name from {who}`{places}`{enforcing}"
                    ));
                    if let Some(search) = search {
                        finding.related(search.key, "nodes look for it in these");
                    }
                }
                // Builds and imports always use Docker Hub, which may surprise somebody who has a search list.
                (Pull::Build | Pull::Import, Some(search)) => {
                    let message =
                        format!("`{}` names no registry, and builds and imports search none", image.value);
                    out.report(image.span, message).subject(name).related(search.key, "only nodes use this \
                                                                                       list").help(
                        "write the registry, too; builds and imports of images do not use the search list",
                    );
                }
                _ => {}
            }
        }
    }
}

/// Whether CRI-O of a release may refuse names that it looks for in several registries. The first patches of 4.21 did, until
/// the Machine Config Operator turned this off (openshift/machine-config-operator pull request 5628).
fn may_enforce(release: Option<Version>) -> bool {
    release.is_none_or(|release| (release.major, release.minor) == (4, 21))
}

/// The names of the image streams.
fn streams(cluster: &Cluster) -> HashSet<&str> {
    let identities = cluster.workloads().map(|workload| &workload.identity);
    identities
        .filter(|identity| identity.kind == IMAGE_STREAM)
        .map(|identity| identity.name.as_str())
        .collect()
}

fn is_refused(answer: &Resolution) -> bool {
    answer.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected)
}

fn registry(answer: &Resolution) -> &str {
    answer.requested.split('/').next().unwrap_or_default()
}
