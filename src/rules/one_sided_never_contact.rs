//! A policy applies to all pulls of a source, but mirrors only to one kind: pulls of the other kind always fail.

use crate::finding::Findings;
use crate::model::scope::host;
use crate::openshift::is_release_content;
use crate::read::crd::is_stand_in;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OneSidedNeverContact {}

impl Rule for OneSidedNeverContact {
    const META: Meta = Meta {
        id: "one-sided-never-contact",
        summary: "a source that is never contacted, with mirrors for one kind of pull only",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for source in view.sources().iter().filter(|source| !source.is_open()) {
            let Some(policy) = source.never().filter(|_| !is_stand_in(host(source.name))) else { continue };
            let Some(without) = Pulls::BOTH.into_iter().find(|pulls| !source.serves(*pulls)) else {
                continue;
            };
            // Nobody pulls the images of a release by tag.
            let release = source.name == view.cluster.release_repository || is_release_content(source.name);
            if without == Pulls::ByTag && release {
                continue;
            }
            // Other files in the directory are probably applied together with this one.
            let is_completed = view.cluster.beside.as_ref().is_some_and(|beside| match without {
                Pulls::ByTag => beside.completes_tags(source.name),
                Pulls::ByDigest => beside.completes_digests(source.name),
            });
            if is_completed {
                continue;
            }
            let how = if without == Pulls::ByTag { "tag" } else { "digest" };
            let advice = match without {
                Pulls::ByTag if !view.cluster.takes_tag_mirrors() => {
                    "name images by digest, since this cluster accepts no mirrors for tags".to_owned()
                }
                Pulls::ByTag => {
                    "add it to an ImageTagMirrorSet, too, if anything is pulled by tag".to_owned()
                }
                Pulls::ByDigest => {
                    format!(
                        "add it to {}, too, if anything is pulled by digest",
                        view.cluster.digest_mirrors()
                    )
                }
            };
            let finding = out.report(
                policy,
                format!("`{}` is never contacted, and pulls by {how} have no mirror", source.name),
            );
            finding.subject(source.name).subject(how);
            // Often nothing is meant to be pulled by tag, since every pull by tag ends in one by digest.
            if without == Pulls::ByTag {
                finding.severity(Severity::Note);
            }
            finding
                .related(source.span(), format!("its mirrors serve only pulls {}", without.other().as_str()))
                .help(format!(
                    "{advice}; the policy blocks the source for every pull, in any kind of mirror set: a \
                     pull by {how} fails without contacting any place"
                ));
        }
    }
}
