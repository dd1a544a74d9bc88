//! `pullwarden clusters --format json`.

use super::{ClusterUnit, ClustersReport, LeftOut, Shown, Why, reason};
use crate::model::{
    BuildOutcome, BuildProblem, Evidence, LeftAlone, NotRead, Resource, Standing, Unit, UnitOrigin,
};
use crate::read::carrier::Carrier;
use crate::report::nodes::place::{Place, places};
use crate::report::printable;
use crate::source::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// What `pullwarden clusters --format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden clusters")]
struct Tree<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// The clusters with image configuration, in the order of their names.
    clusters: Vec<Understood<'r>>,
    /// Units that stand alone, since no cluster is known to get them.
    alone: Vec<Alone<'r>>,
    /// Files and kustomizations that are not checked, in the order of names.
    left_out: Vec<NotLookedAt<'r>>,
    /// How many clusters have no image configuration.
    others: usize,
    /// How many resources configure images, however many clusters they reach.
    resources: usize,
}

/// A cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cluster")]
struct Understood<'r> {
    /// Its name.
    cluster: &'r str,
    /// Whether only paths suggest that the files belong to one cluster.
    guessed: bool,
    /// Why these files form a cluster, in words for people.
    reason: &'r str,
    /// Its release, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    openshift: Option<Said<'r>>,
    /// Its platform, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Said<'r>>,
    /// Its release image, or the repository of that image, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    release_image: Option<Said<'r>>,
    /// The units that it gets.
    parts: Vec<Given<'r>>,
}

/// A fact about a cluster.
#[derive(Serialize, JsonSchema)]
struct Said<'r> {
    /// The value.
    value: &'r str,
    /// The source of the fact: `configuration`, `ClusterVersion`, `HostedCluster`, `--openshift` or `--platform`.
    by: &'r str,
}

/// A unit that stands alone.
#[derive(Serialize, JsonSchema)]
struct Alone<'r> {
    /// The name that diagnostics use instead of the name of a cluster.
    cluster: &'r str,
    /// The unit.
    #[serde(flatten)]
    part: Given<'r>,
}

/// A unit: objects that are applied together.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Part")]
struct Given<'r> {
    /// The origin of the unit: `kustomization`, `chart`, `flux`, `rendered`, `file` or `stream`.
    origin: &'static str,
    /// The file, or the directory of the kustomization; empty for the root of the repository.
    path: &'r str,
    /// The name of the release, if it is a chart.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'r str>,
    /// The values files of the chart; later ones win.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    values_files: &'r [String],
    /// The charts that a kustomization renders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    charts: Vec<RenderedChart<'r>>,
    /// The form of the manifests: `applied`, `template`, `ci-only`, `sample` or `dump`.
    form: &'static str,
    /// The evidence that the cluster gets the unit.
    because: Because<'r>,
    /// The objects.
    resources: Vec<Object<'r>>,
    /// Parts of its build that are unknown, and patches that have no effect.
    problems: Vec<Problem<'r>>,
}

/// A chart that a kustomization renders.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Chart")]
struct RenderedChart<'r> {
    /// The directory of the chart.
    path: &'r str,
    /// The name of the release, unless Helm makes it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'r str>,
    /// The values files that the kustomization names; later ones win.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    values_files: &'r [String],
}

/// The evidence that a cluster gets a unit.
#[derive(Serialize, JsonSchema)]
struct Because<'r> {
    /// `configuration`, `stream`, `application`, `flux`, `carrier`, `path`, `shared`, `directory`, `dump`; without evidence:
    /// `root`, `library`, `alternative`, `replaced`, `template`, `sample`, `ci-only`, `generation`, `not-included`,
    /// `unused-chart`, `unbuilt`, `unknown`.
    by: &'static str,
    /// The name of the Application, the carrier in words, or the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    /// The evidence, in words for people.
    text: String,
}

/// An object.
#[derive(Serialize, JsonSchema)]
struct Object<'r> {
    /// Its `apiVersion`.
    api_version: &'r str,
    /// Its `kind`.
    kind: &'r str,
    /// Its namespace.
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'r str,
    /// Its name.
    name: &'r str,
    /// Its place.
    #[serde(flatten)]
    place: Option<Place>,
    /// Other files with values of the object: patches, and inputs of generators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values_from: Vec<Place>,
    /// The carriers around it, the innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carriers: Vec<Holder<'r>>,
}

/// A carrier of an object.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Carrier")]
struct Holder<'r> {
    /// Its `kind`.
    kind: &'static str,
    /// Its namespace.
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'r str,
    /// Its name.
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    /// Its place.
    #[serde(flatten)]
    place: Option<Place>,
}

/// A problem with a build.
#[derive(Serialize, JsonSchema)]
struct Problem<'r> {
    /// The effect: `refused`, `not-known`, `without-effect`, `flux-refused`, `flux-not-known`, `chart-refused`,
    /// `chart-not-known` or `chart-elsewhere`.
    what: &'static str,
    /// The problem, in one line.
    message: &'r str,
    /// The place.
    #[serde(flatten)]
    place: Option<Place>,
}

/// A file or kustomization that is not checked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeftOut")]
struct NotLookedAt<'r> {
    /// The file, or the directory of a kustomization; empty for the root of the repository.
    path: &'r str,
    /// The reason: `documents`, `template`, `hidden` (an ignore list hides the file although Git tracks it), `refused`,
    /// `not-known`, `unreadable` or `setting`.
    what: &'static str,
    /// The reason, in words for people.
    message: String,
    /// The number of documents that a template still has to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<usize>,
    /// The number of patches that no build uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    patches: Option<usize>,
    /// The place.
    #[serde(flatten)]
    place: Option<Place>,
}

/// Writes the report.
pub fn write(view: &ClustersReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sources = view.sources;
    let alone = view.alone.iter().map(|(cluster, part)| Alone { cluster, part: given(part, sources) });
    let written = Tree {
        version: 1,
        clusters: view.clusters.iter().map(|shown| cluster(shown, sources)).collect(),
        alone: alone.collect(),
        left_out: view.left_out.iter().map(|left| left_out(left, sources)).collect(),
        others: view.others,
        resources: view.resources,
    };
    printable::write(&written, out)
}

/// The JSON Schema of the report.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Tree<'static>).to_value()
}

fn place(sources: &Sources, span: Span) -> Option<Place> {
    places(sources, &[span]).pop()
}

fn cluster<'r>(shown: &'r Shown<'_>, sources: &Sources) -> Understood<'r> {
    let said = |key: &str| {
        let fact = shown.facts.iter().find(|fact| fact.key == key);
        fact.map(|fact| Said { value: &fact.value, by: fact.by })
    };
    Understood {
        cluster: &shown.cluster.name,
        guessed: shown.cluster.standing != Standing::Exact,
        reason: &shown.reason,
        openshift: said("openshift"),
        platform: said("platform"),
        release_image: said("release_image"),
        parts: shown.parts.iter().map(|part| given(part, sources)).collect(),
    }
}

fn given<'r>(part: &ClusterUnit<'r>, sources: &Sources) -> Given<'r> {
    let Unit { origin, form, .. } = part.unit;
    let (origin, path) = match origin {
        UnitOrigin::Kustomization(path) => ("kustomization", path.as_str()),
        UnitOrigin::Rendered(path) => ("rendered", path.as_str()),
        UnitOrigin::Chart { root, .. } => ("chart", root.as_str()),
        UnitOrigin::Flux { root, .. } => ("flux", root.as_str()),
        UnitOrigin::File(path) => ("file", path.as_str()),
        UnitOrigin::Stream => ("stream", crate::read::discover::STDIN),
    };
    let (release, values_files) = match &part.unit.origin {
        UnitOrigin::Chart { release, values, .. } => (Some(release.as_str()), values.as_slice()),
        _ => (None, [].as_slice()),
    };
    let charts = part.unit.charts.iter().map(|chart| RenderedChart {
        path: &chart.root,
        release: chart.release.as_deref(),
        values_files: &chart.values,
    });
    Given {
        origin,
        path,
        release,
        values_files,
        charts: charts.collect(),
        form: form.as_str(),
        because: because(part.evidence),
        resources: part.resources.iter().map(|resource| object(resource, sources)).collect(),
        problems: part
            .problems
            .iter()
            .flat_map(|problem| problems(problem, sources))
            .chain(part.missing().map(|message| Problem { what: "not-known", message, place: None }))
            .collect(),
    }
}

fn because(evidence: &Evidence) -> Because<'_> {
    let (by, name) = match evidence {
        Evidence::Configured => ("configuration", None),
        Evidence::Stream => ("stream", None),
        Evidence::Application(name) => ("application", Some(name.as_str())),
        Evidence::Flux(object) => ("flux", Some(object.as_str())),
        Evidence::Carrier(carrier) => ("carrier", Some(carrier.as_str())),
        Evidence::Path(path) => ("path", Some(path.as_str())),
        Evidence::Shared(path) => ("shared", Some(path.as_str())),
        Evidence::Directory(path) => ("directory", Some(path.as_str())),
        Evidence::Dump(path) => ("dump", Some(path.as_str())),
        Evidence::Alone(why) => (why.as_str(), None),
    };
    Because { by, name, text: evidence.to_string() }
}

fn object<'r>(resource: &'r Resource, sources: &Sources) -> Object<'r> {
    let identity = resource.identity();
    let carriers = resource.carrier.iter().flat_map(|carrier| carrier.chain());
    let holder = |carrier: &'r Carrier| Holder {
        kind: carrier.kind.name(),
        namespace: &carrier.namespace,
        name: &carrier.name,
        place: place(sources, carrier.span),
    };
    Object {
        api_version: &identity.api_version,
        kind: &identity.kind,
        namespace: &identity.namespace,
        name: &identity.name,
        place: place(sources, resource.span()),
        values_from: places(sources, &reason::others(resource)),
        carriers: carriers.map(holder).collect(),
    }
}

fn problems<'r>(problem: &'r BuildProblem, sources: &Sources) -> Vec<Problem<'r>> {
    let what = outcome(problem.outcome);
    let first = std::iter::once((problem.span, problem.message.as_str()));
    let others = problem.related.iter().filter(|_| problem.outcome == BuildOutcome::LeftOut);
    let all = first.chain(others.map(|(span, message)| (*span, message.as_str())));
    all.map(|(span, message)| Problem { what, message, place: place(sources, span) }).collect()
}

fn outcome(outcome: BuildOutcome) -> &'static str {
    match outcome {
        BuildOutcome::Refused => "refused",
        BuildOutcome::LeftOut => "not-known",
        BuildOutcome::Unmatched => "without-effect",
        BuildOutcome::FluxRefused => "flux-refused",
        BuildOutcome::FluxUnknown => "flux-not-known",
        BuildOutcome::ChartRefused => "chart-refused",
        BuildOutcome::ChartUnknown => "chart-not-known",
        BuildOutcome::ChartElsewhere => "chart-elsewhere",
    }
}

fn left_out<'r>(left: &'r LeftOut<'_>, sources: &Sources) -> NotLookedAt<'r> {
    let (what, documents) = match &left.why {
        Why::Alone(LeftAlone { why: NotRead::Documents { templates, patches }, .. }) => {
            ("documents", Some((*templates, *patches)))
        }
        Why::Alone(LeftAlone { why: NotRead::Template, .. }) => ("template", None),
        Why::Alone(LeftAlone { why: NotRead::Hidden, .. }) => ("hidden", None),
        Why::Alone(LeftAlone { why: NotRead::Dependencies(_), .. }) => ("dependencies", None),
        Why::Build(problem) => (outcome(problem.outcome), None),
        Why::Unreadable(..) => ("unreadable", None),
        Why::Setting(..) => ("setting", None),
    };
    NotLookedAt {
        path: left.name,
        what,
        message: left.why.words(),
        templates: documents.map(|(templates, _)| templates),
        patches: documents.map(|(_, patches)| patches),
        place: left.why.span().and_then(|span| place(sources, span)),
    }
}
