//! A block of OpenShift's own images: the operator leaves such an entry out, or components cannot be pulled.

use crate::finding::{Effect, Findings, listed};
use crate::node::{Skipped, Stop, nesting};
use crate::openshift::{Platform, ReleaseScope};
use crate::pull::{Resolution, Resolver, Verdict};
use crate::read::crd::List;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadRegistryBlocked {}

impl Rule for PayloadRegistryBlocked {
    const META: Meta = Meta {
        id: "payload-registry-blocked",
        summary: "OpenShift's own registry is blocked",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let Some((_, image)) = cluster.image() else { return };
        let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.blocked.as_ref()) else {
            return;
        };
        match &view.nodes().skipped {
            None => {}
            Some(Skipped::Entries(entries)) => {
                for entry in entries {
                    out.report(
                        entry.span,
                        format!("`{}` is where the release image comes from", entry.value),
                    )
                    .help(
                        "mirror the release first, or remove the entry; without a usable mirror by digest, \
                         the Machine Config Operator leaves out the entry, and only its log says so: the \
                         entry blocks nothing",
                    );
                }
            }
            Some(Skipped::Everything { why, spans }) => {
                let finding = out.report(list.key, "nothing is blocked or allowed at all");
                for span in spans {
                    finding.related(*span, "the check of the operator fails because of this");
                }
                finding.help(format!(
                    "correct the cause of the failed check; an entry covers the release image, and the \
                     Machine Config Operator fails ({why}) when it looks for the mirrors of this image; it \
                     then drops both lists, and only its log says so"
                ));
                return;
            }
        }
        stopped(view, list, out);
        let Some(files) = view.files() else { return };
        let resolver = Resolver::of_files(files);
        let payload = cluster.payload();
        let mut pulls = vec![(payload.release.to_owned(), "the release image comes")];
        pulls.extend(
            payload.components.iter().map(|name| ((*name).to_owned(), "OpenShift's component images come")),
        );
        if cluster.platform != Platform::Okd {
            pulls.push((format!("{OPERATORS}/any/image"), "the operators' images come"));
        }
        let mut told = BTreeSet::new();
        for (name, what) in pulls {
            let resolution = resolver.resolve(&format!("{name}@sha256:{}", "0".repeat(64)));
            let Some((span, refusal)) = refusal(&resolution) else { continue };
            let Some(entry) = list.items.iter().find(|entry| entry.span == span) else { continue };
            if told.insert(span) {
                let finding = out.report(span, format!("`{}` is where {what} from", entry.value));
                // Without the mirror, the operator would leave the entry out.
                let source = view.sources().covering(payload.release);
                if let Some(source) = source.filter(|_| nesting::is_inside(payload.release, &entry.value)) {
                    finding
                        .related(source.span(), "the entry takes effect since the release is mirrored here");
                }
                finding.help(format!("{INSTEAD}; {refusal}, so every new pull of these images fails"));
            }
        }
    }
}

const OPERATORS: &str = "registry.redhat.io";

const INSTEAD: &str = "remove the entry, and write `mirrorSourcePolicy: NeverContactSource` on the mirrors \
                       to keep nodes away from the registry";

/// Reports the entries at which the operator stops, since the release's own image policy needs signatures of the blocked
/// names.
fn stopped(view: &ClusterView<'_>, list: &List<Spanned<String>>, out: &mut Findings) {
    let (stops, scopes) = (view.release_policy_stops(), view.cluster.release_scopes());
    let release = view.cluster.payload().release;
    let mut by_span: HashMap<Span, Vec<&Stop>> = HashMap::new();
    for stop in &stops {
        for span in stop.spans() {
            by_span.entry(span).or_default().push(stop);
        }
    }
    for entry in &list.items {
        let Some(by_entry) = by_span.get(&entry.span) else { continue };
        let Some(first) = by_entry.first() else { continue };
        let is_named = |scope: &&ReleaseScope| {
            by_entry.iter().any(|stop| stop.policy_scope().is_some_and(|named| named.name == scope.name))
        };
        let wanted: Vec<&ReleaseScope> = scopes.iter().filter(is_named).collect();
        let policy = ReleaseScope::policy_of(&wanted);
        let names = listed(wanted.iter().map(|scope| scope.name));
        let why = match first {
            // Without the mirror, the operator would leave the entry out.
            Stop::PolicyOutsideAllowed { .. } => format!(
                "since the release is mirrored, the Machine Config Operator allows `{release}` in `policy.json`, and that \
                 list leaves out {names}, for which {policy} wants signatures"
            ),
            _ => format!("{policy} wants signatures for {names}, and the entry blocks these"),
        };
        let finding =
            out.report(entry.span, format!("blocking `{}` stops the Machine Config Operator", entry.value));
        let mirrored =
            matches!(first, Stop::PolicyOutsideAllowed { .. }) || nesting::is_inside(release, &entry.value);
        if let Some(source) = view.sources().covering(release).filter(|_| mirrored) {
            finding.related(source.span(), "the entry takes effect since the release is mirrored here");
        }
        finding.effect(Effect::Freezes).help(format!(
            "{INSTEAD}; {why}: no change of image configuration reaches any node, and only the operator's log says so"
        ));
    }
}

/// The blocked scope that prevents the pull of an image, and how.
fn refusal(resolution: &Resolution) -> Option<(Span, &'static str)> {
    let policy = resolution.policy.as_ref()?;
    if policy.verdict == Verdict::Rejected && policy.scope.is_some() {
        let how = "`policy.json` rejects the name in the pull spec, with or without a mirror";
        return Some((*policy.spans.first()?, how));
    }
    if resolution.reachable().next().is_some() {
        return None;
    }
    let blocker = resolution.sources.last()?.blocked_by.as_ref()?;
    Some((*blocker.spans.first()?, "nodes have no place to pull from"))
}
