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
    /// What stands by itself, since no cluster is known to get it.
    alone: Vec<Alone<'r>>,
    /// What is not looked at, in the order of names.
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
    /// Whether only the place of the files says that they belong to one cluster.
    guessed: bool,
    /// What makes it one, in words for people.
    reason: &'r str,
    /// Its release, where somebody says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    openshift: Option<Said<'r>>,
    /// What it runs on, where somebody says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Said<'r>>,
    /// Its release image or the repository of it, where somebody says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    release_image: Option<Said<'r>>,
    /// What it is given.
    parts: Vec<Given<'r>>,
}

/// Something that is known about a cluster.
#[derive(Serialize, JsonSchema)]
struct Said<'r> {
    /// The value.
    value: &'r str,
    /// Who says it: `configuration`, `ClusterVersion`, `HostedCluster`, `--openshift` or `--platform`.
    by: &'r str,
}

/// Something that stands by itself.
#[derive(Serialize, JsonSchema)]
struct Alone<'r> {
    /// The name that diagnostics give it in the place of a cluster's.
    cluster: &'r str,
    /// What it is.
    #[serde(flatten)]
    part: Given<'r>,
}

/// What is applied together.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Part")]
struct Given<'r> {
    /// Where it comes from: `kustomization`, `rendered`, `file` or `stream`.
    origin: &'static str,
    /// The file, or the directory of the kustomization; empty for the root of the repository.
    path: &'r str,
    /// How it gets to a cluster: `applied`, `template`, `ci-only`, `sample` or `dump`.
    form: &'static str,
    /// What says that the cluster gets it.
    because: Because<'r>,
    /// The objects.
    resources: Vec<Object<'r>>,
    /// What is not known of its build, and patches in it that do nothing.
    problems: Vec<Problem<'r>>,
}

/// What says that a cluster gets something.
#[derive(Serialize, JsonSchema)]
struct Because<'r> {
    /// `configuration`, `stream`, `application`, `carrier`, `path`, `shared`, `directory`, `dump`; where nothing says so:
    /// `root`, `library`, `alternative`, `replaced`, `template`, `sample`, `ci-only`, `generation`, `not-included`, `unbuilt`, `unknown`.
    by: &'static str,
    /// The name of the Application, the carrier in words, or the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    /// In words for people.
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
    /// Where it stands.
    #[serde(flatten)]
    place: Option<Place>,
    /// The other files that values of it come from: patches, and what generators take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values_from: Vec<Place>,
    /// What carries it, the innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carriers: Vec<Holder<'r>>,
}

/// What carries an object.
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
    /// Where it stands.
    #[serde(flatten)]
    place: Option<Place>,
}

/// Something about a build.
#[derive(Serialize, JsonSchema)]
struct Problem<'r> {
    /// `refused`, `not-known` or `without-effect`.
    what: &'static str,
    /// What, in one line.
    message: &'r str,
    /// Where.
    #[serde(flatten)]
    place: Option<Place>,
}

/// Something that is not looked at.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeftOut")]
struct NotLookedAt<'r> {
    /// The file, or the directory of a kustomization; empty for the root of the repository.
    path: &'r str,
    /// `documents`, `template`, `hidden` (an ignore list hides it though Git tracks it), `refused`, `not-known`, `unreadable`
    /// or `setting`.
    what: &'static str,
    /// Why, in words for people.
    message: String,
    /// Documents that a template fills in.
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<usize>,
    /// Patches that no build takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    patches: Option<usize>,
    /// Where.
    #[serde(flatten)]
    place: Option<Place>,
}

/// Writes everything.
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

/// The JSON Schema of what is written.
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
        UnitOrigin::File(path) => ("file", path.as_str()),
        UnitOrigin::Stream => ("stream", crate::read::discover::STDIN),
    };
    Given {
        origin,
        path,
        form: form.as_str(),
        because: because(part.evidence),
        resources: part.resources.iter().map(|resource| object(resource, sources)).collect(),
        problems: part.problems.iter().flat_map(|problem| problems(problem, sources)).collect(),
    }
}

fn because(evidence: &Evidence) -> Because<'_> {
    let (by, name) = match evidence {
        Evidence::Configured => ("configuration", None),
        Evidence::Stream => ("stream", None),
        Evidence::Application(name) => ("application", Some(name.as_str())),
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
        BuildOutcome::ChartRefused => "chart-refused",
        BuildOutcome::ChartUnknown => "chart-not-known",
    }
}

fn left_out<'r>(left: &'r LeftOut<'_>, sources: &Sources) -> NotLookedAt<'r> {
    let (what, documents) = match &left.why {
        Why::Alone(LeftAlone { why: NotRead::Documents { templates, patches }, .. }) => {
            ("documents", Some((*templates, *patches)))
        }
        Why::Alone(LeftAlone { why: NotRead::Template, .. }) => ("template", None),
        Why::Alone(LeftAlone { why: NotRead::Hidden, .. }) => ("hidden", None),
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
