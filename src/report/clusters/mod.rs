//! The report of `pullwarden clusters`: each cluster with its units and the evidence for them, units that stand alone, and
//! everything that is not checked. It is a tree for people, JSON for programs, or the objects themselves.

pub mod json;
pub mod objects;
pub mod reason;
pub mod text;

use crate::finding::Finding;
use crate::model::{
    BuildOutcome, BuildProblem, Cluster, Evidence, Identity, LeftAlone, NotRead, Repo, Resource, Unit,
    UnitOrigin,
};
use crate::openshift::RELEASE_REPOSITORY;
use crate::read::crd::Typed;
use crate::read::manifest::{Broken, BrokenWhat};
use crate::report::left_alone;
use crate::rules::rule::Meta;
use crate::source::{Sources, Span};
use std::collections::BTreeSet;

/// The contents of the report.
#[derive(Debug)]
pub struct ClustersReport<'r> {
    /// The clusters with image configuration, in the order of their names.
    pub clusters: Vec<Shown<'r>>,
    /// The units that stand alone, since no cluster is known to get them, each with its name in reports.
    pub alone: Vec<(&'r str, ClusterUnit<'r>)>,
    /// Files and kustomizations that are not checked, in the order of names.
    pub left_out: Vec<LeftOut<'r>>,
    /// How many clusters have no image configuration.
    pub others: usize,
    /// How many resources configure images, however many clusters they reach.
    pub resources: usize,
    /// The name of the cluster that the user asked for, if any.
    pub only: Option<String>,
    /// The texts behind it.
    pub sources: &'r Sources,
}

/// A cluster.
#[derive(Debug)]
pub struct Shown<'r> {
    /// The cluster.
    pub cluster: &'r Cluster,
    /// Why its files form a cluster, in words.
    pub reason: String,
    /// The known facts about it.
    pub facts: Vec<Fact>,
    /// The units that it gets.
    pub parts: Vec<ClusterUnit<'r>>,
}

/// A unit in a cluster.
#[derive(Debug)]
pub struct ClusterUnit<'r> {
    /// The unit.
    pub unit: &'r Unit,
    /// The evidence that the cluster gets it.
    pub evidence: &'r Evidence,
    /// The resources that are shown.
    pub resources: Vec<&'r Resource>,
    /// The problems of its build.
    pub problems: Vec<&'r BuildProblem>,
}

impl<'r> ClusterUnit<'r> {
    /// What a chart was rendered without. Of a kustomization, a problem of its build says so.
    pub fn missing(&self) -> Option<&'r str> {
        let is_chart = matches!(self.unit.origin, UnitOrigin::Chart { .. });
        self.unit.incomplete.as_deref().filter(|_| is_chart)
    }
}

/// The facts that the command line gives about all clusters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Whether it gives their release.
    pub openshift: bool,
    /// Whether it gives their platform.
    pub platform: bool,
}

/// A fact about a cluster.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The subject: `openshift`, `platform` or `release_image`.
    pub key: &'static str,
    /// The value.
    pub value: String,
    /// The source of the fact, in words.
    pub by: &'static str,
}

/// A file or kustomization that is not checked.
#[derive(Debug)]
pub struct LeftOut<'r> {
    /// The file, or the directory of a kustomization.
    pub name: &'r str,
    /// The reason.
    pub why: Why<'r>,
}

/// The reason why something is not checked.
#[derive(Debug)]
pub enum Why<'r> {
    /// Documents are templates, or patches that no build uses.
    Alone(&'r LeftAlone),
    /// A kustomization is not built, or only in part.
    Build(&'r BuildProblem),
    /// It could not be read.
    Unreadable(&'r str, Span),
    /// The configuration has an error here.
    Setting(&'r str, Span),
}

impl<'r> ClustersReport<'r> {
    /// Collects the contents of the report. `problems` are those of the configuration. `told` says which facts come from the
    /// command line and not from the configuration.
    pub fn of(
        repo: &'r Repo,
        problems: &'r [(&'static Meta, Finding)],
        told: Told,
        sources: &'r Sources,
    ) -> Self {
        let mut view = Self {
            clusters: Vec::new(),
            alone: Vec::new(),
            left_out: Vec::new(),
            others: 0,
            resources: repo.image_resources,
            only: None,
            sources,
        };
        let is_first = |cluster: &&Cluster| cluster.masked().is_some_and(|masked| masked.is_first);
        for cluster in repo.clusters.iter().chain(repo.templates.iter().filter(is_first)) {
            if !cluster.configures_images() {
                // ConfigMaps are everywhere; they are read only because other objects may name them.
                let mut kinds = cluster.resources().map(|resource| &resource.identity().kind);
                let is_other = cluster.resources().next().is_none() || kinds.any(|kind| kind != "ConfigMap");
                view.others += usize::from(is_other);
                continue;
            }
            let parts = parts(cluster, &repo.builds);
            if cluster.stands_by_itself() {
                view.alone.extend(parts.into_iter().map(|part| (cluster.name.as_str(), part)));
            } else {
                let reason = reason::of(cluster);
                view.clusters.push(Shown { cluster, reason, facts: facts(cluster, told), parts });
            }
        }
        view.alone.sort_by(|(_, a), (_, b)| (&a.unit.origin, a.place()).cmp(&(&b.unit.origin, b.place())));
        view.left_out(repo, problems);
        view
    }

    /// The names of the clusters.
    pub fn names(&self) -> impl Iterator<Item = &'r str> {
        let clusters = self.clusters.iter().map(|shown| shown.cluster.name.as_str());
        clusters.chain(self.alone.iter().map(|(name, _)| *name))
    }

    /// Keeps only the cluster with this name. Returns whether it exists.
    pub fn keep(&mut self, name: &str) -> bool {
        self.clusters.retain(|shown| shown.cluster.name == name);
        self.alone.retain(|(other, _)| *other == name);
        self.left_out.clear();
        self.only = Some(name.to_owned());
        !self.clusters.is_empty() || !self.alone.is_empty()
    }

    fn left_out(&mut self, repo: &'r Repo, problems: &'r [(&'static Meta, Finding)]) {
        let name = |span: Span| self.sources.get(span.file).map_or("", |source| source.name.as_str());
        let parts = self.clusters.iter().flat_map(|shown| &shown.parts);
        let parts = parts.chain(self.alone.iter().map(|(_, part)| part));
        let shown: BTreeSet<&str> = parts.filter_map(|part| root(part.unit)).collect();
        // A patch without effect does not matter here if its unit is not shown.
        let is_wanted = |problem: &&BuildProblem| {
            problem.outcome != BuildOutcome::Unmatched && !shown.contains(&*problem.root)
        };
        let builds = repo.builds.iter().filter(is_wanted);
        let builds = builds.map(|problem| (problem.root.as_str(), Why::Build(problem)));
        // The chart itself says what it lacks.
        let alone = repo.left_alone.iter().filter(|left| !matches!(left.why, NotRead::Dependencies(_)));
        let alone = alone.map(|left| (left.file.as_str(), Why::Alone(left)));
        // A document with a line end that only other readers recognize is still read.
        let is_read = |broken: &&Broken| matches!(broken.what, BrokenWhat::LineEnd(_));
        let broken = repo.broken.iter().filter(|broken| !is_read(broken)).map(|broken| {
            let message = broken.what.message();
            (name(broken.span), Why::Unreadable(message, broken.span))
        });
        let settings = problems
            .iter()
            .map(|(_, finding)| (name(finding.span), Why::Setting(&finding.message, finding.span)));
        let all = builds.chain(alone).chain(broken).chain(settings);
        let mut all: Vec<LeftOut<'r>> = all.map(|(name, why)| LeftOut { name, why }).collect();
        all.sort_by(|a, b| (a.name, a.why.span()).cmp(&(b.name, b.why.span())));
        self.left_out = all;
    }
}

impl ClusterUnit<'_> {
    fn place(&self) -> Option<Span> {
        self.resources.first().map(|resource| resource.span())
    }
}

impl Why<'_> {
    /// The place, unless the whole file is meant.
    pub fn span(&self) -> Option<Span> {
        match self {
            Why::Alone(_) => None,
            Why::Build(problem) => Some(problem.span),
            Why::Unreadable(_, span) | Why::Setting(_, span) => Some(*span),
        }
    }

    /// The reason, in words.
    pub fn words(&self) -> String {
        match self {
            Why::Alone(left) => left_alone::words(left.why),
            Why::Build(problem) => format!("{}: {}", outcome(problem.outcome), problem.message),
            Why::Unreadable(message, _) => format!("not read: {message}"),
            Why::Setting(message, _) => (*message).to_owned(),
        }
    }
}

/// The directory of a build.
fn root(unit: &Unit) -> Option<&str> {
    match &unit.origin {
        UnitOrigin::Kustomization(root) | UnitOrigin::Rendered(root) | UnitOrigin::Flux { root, .. } => {
            Some(root)
        }
        UnitOrigin::Chart { .. } | UnitOrigin::File(_) | UnitOrigin::Stream => None,
    }
}

fn parts<'r>(cluster: &'r Cluster, builds: &'r [BuildProblem]) -> Vec<ClusterUnit<'r>> {
    let named: BTreeSet<&str> = cluster
        .images()
        .filter_map(|(_, image)| Some(image.additional_trusted_ca.as_ref()?.value.as_str()))
        .collect();
    let is_shown = |resource: &&Resource| {
        let Identity { kind, namespace, name, .. } = resource.identity();
        // The settings of an installation are in its carrier.
        if matches!(resource.typed, Typed::Settings(_)) {
            return false;
        }
        kind != "ConfigMap" || (namespace == "openshift-config" && named.contains(name.as_str()))
    };
    let parts = cluster.members().enumerate().map(|(number, (unit, evidence))| ClusterUnit {
        unit,
        evidence,
        resources: cluster.resources_of(number).filter(is_shown).collect(),
        problems: builds.iter().filter(|problem| root(unit) == Some(&problem.root)).collect(),
    });
    let mut parts: Vec<ClusterUnit<'_>> =
        parts.filter(|part| !part.resources.is_empty() || !part.problems.is_empty()).collect();
    parts.sort_by(|a, b| (&a.unit.origin, a.evidence).cmp(&(&b.unit.origin, b.evidence)));
    parts
}

fn facts(cluster: &Cluster, told: Told) -> Vec<Fact> {
    const CONFIGURATION: &str = "configuration";
    let mut facts = Vec::new();
    if let Some(version) = cluster.openshift {
        let desired = cluster.desired_version().filter(|(desired, _)| *desired == version);
        let by = if told.openshift { "--openshift" } else { desired.map_or(CONFIGURATION, |(_, by)| by) };
        facts.push(Fact { key: "openshift", value: version.to_string(), by });
    }
    if cluster.platform != crate::openshift::Platform::default() {
        let value = serde_json::to_value(cluster.platform).unwrap_or_default();
        let value = value.as_str().unwrap_or_default().to_owned();
        let by = if told.platform { "--platform" } else { CONFIGURATION };
        facts.push(Fact { key: "platform", value, by });
    }
    let image = cluster.release_image.clone();
    let repository = Some(&cluster.release_repository).filter(|name| **name != RELEASE_REPOSITORY);
    if let Some(value) = image.or_else(|| repository.cloned()) {
        let is_desired = cluster.desired_release().is_some_and(|image| image.starts_with(&value));
        let by = if is_desired { "ClusterVersion" } else { CONFIGURATION };
        facts.push(Fact { key: "release_image", value, by });
    }
    facts
}

/// The effect of a problem on a build, in words.
fn outcome(outcome: BuildOutcome) -> &'static str {
    match outcome {
        BuildOutcome::Refused => "kustomize refuses it",
        BuildOutcome::LeftOut | BuildOutcome::FluxUnknown => "not known",
        BuildOutcome::Unmatched => "a patch without effect",
        BuildOutcome::FluxRefused => "Flux cannot build it",
        BuildOutcome::ChartRefused => "Helm refuses it",
        BuildOutcome::ChartUnknown => "not rendered",
        BuildOutcome::ChartElsewhere => "not fetched",
    }
}

/// "3 resources"
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
