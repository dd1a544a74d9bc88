//! Decides which cluster gets a resource, and why.
//!
//! Units are found first (`units`): the build of each kustomization that nothing includes (`roots`), and files that no
//! kustomization names. Then the destination of a unit is decided, in this order: by the configuration, by Applications
//! of Argo CD and carriers, by the path (`guess`). A unit without evidence stands alone: a missed finding costs less
//! than a wrong one.

mod aliases;
mod alternatives;
mod applied;
mod asked;
mod builds;
mod built;
mod chart_files;
mod chart_use;
mod charts;
mod cluster_apis;
mod clusters;
pub mod configured;
mod flux;
mod found;
mod guess;
mod inflated;
mod kept;
mod kubernetes;
mod leftovers;
mod listed;
mod made;
mod mentions;
mod met;
mod missing;
mod neighbours;
mod once;
mod origins;
mod patches;
mod paths;
mod reach;
mod rendered;
mod repository;
mod roots;
mod stage;
mod strays;
mod units;
mod unused;
mod value_files;
mod vendored;
mod wholes;
mod workloads;

use crate::model::{BuildProblem, Cluster, MissingPath, Resource};
use crate::read::manifest::{self, Broken, Manifest, Subject};
use crate::read::workload::Kinds;
use crate::source::{FileId, Sources, Span};
use aliases::Aliases;
pub use applied::{Applied, AppliedBuild};
pub use argo_apps as argo;
use clusters::Drafts;
use configured::Claims;
pub use inflated::render as render_chart;
pub(crate) use kept::{Keeping, Kept};
use listed::Listed;
use reach::Reach;
pub use rendered::Rendered;
pub use repository::Repository;
use roots::Graph;
pub use stage::Known;
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use units::Units;
pub use unused::release as release_name;

/// The result of the placement.
#[derive(Debug, Default)]
pub struct Placed {
    /// The clusters, in the order of their names.
    pub clusters: Vec<Cluster>,
    /// Clusters and units without image configuration, for policies only.
    pub others: Vec<Cluster>,
    /// Builds that failed or are incomplete.
    pub problems: Vec<BuildProblem>,
    /// The files that builds read.
    pub read: BTreeSet<FileId>,
    /// Paths of Applications that are missing from this repository.
    pub missing: Vec<MissingPath>,
    /// The places of images outside of clusters with image configuration; `None` if workloads are not read.
    pub unheld: Option<BTreeSet<Span>>,
    /// Texts that cannot be placed.
    pub broken: Vec<Broken>,
    /// The source files of rendered texts, as far as they are known.
    pub rendered_from: BTreeSet<FileId>,
    /// The number of dependencies that charts were rendered without, by their `Chart.yaml`.
    pub lacking: BTreeMap<String, usize>,
    /// The files that charts were rendered from.
    pub of_charts: BTreeSet<String>,
    /// The builds that are applied.
    pub applied: Applied,
}

/// What is read besides image configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'w> {
    /// The kinds of workloads that are checked against image configuration.
    pub kinds: Option<&'w Kinds>,
    /// The kinds of configuration that are read.
    pub subject: Subject,
}

/// Assigns every object to the clusters that get it. The output of commands (`rendered`) replaces the directories that
/// it was made from. Texts that a report may refer to are added to `sources`.
pub fn place(
    manifests: Vec<Manifest>,
    rendered: Vec<Rendered>,
    repository: &Repository<'_>,
    known: &Known,
    wanted: Wanted<'_>,
    sources: &mut Sources,
    keeping: &mut Keeping<'_>,
) -> Placed {
    let listing = Listed::new(repository);
    let claims = Claims::of(&known.clusters);
    // Without objects there is nothing to place, even if there are kustomizations and Applications.
    let of_commands = || rendered.iter().flat_map(|rendered| &rendered.manifests);
    let of_all = || manifests.iter().chain(of_commands());
    let mut broken = Vec::new();
    let is_empty =
        manifests.iter().chain(of_commands()).all(|manifest| manifest::says_where(manifest.root()));
    // A chart may produce image configuration although its templates cannot be read without values.
    let is_empty = is_empty && !repository.changes_images();
    let is_empty = is_empty && known.charts.is_empty();
    let may_apply_charts = !manifests.is_empty() || repository.may_inflate_charts();
    let is_empty = is_empty && !(may_apply_charts && repository.charts_speak_of_images());
    // Without image configuration and clusters, workloads cannot be checked and are not read. Policies may check any
    // object.
    let is_empty = is_empty && !wanted.kinds.is_some_and(Kinds::want_every_object);
    let kinds = wanted.kinds.filter(|_| !is_empty || repository.is_part() || !known.clusters.is_empty());
    // The walk may have started below files that its kustomizations name. Also, the graph tells patch files from
    // workloads.
    let is_graph_needed = !is_empty || repository.is_part() || kinds.is_some();
    let graph = if is_graph_needed { Graph::read(repository) } else { Graph::default() };
    repository.loads().inflated.divide(graph.charts);
    let beside = repository.counting_beside(manifest::may_hold_ours);
    let is_empty = is_empty && graph.mattering(|file| beside.contains(file)).is_empty();
    let mut called = aliases::Said::default();
    let asked = if is_empty {
        BTreeSet::new()
    } else {
        asked(manifests.iter().chain(of_commands()), &graph, &claims, &listing, &mut called)
    };
    repository.note_flux(of_all().any(|manifest| flux::object::FluxKind::of(manifest.root()).is_some()));
    keeping.meet(repository.has_flux(), kinds.is_some());
    let cache = graph.cache();
    let stage = Stage {
        keeping,
        repository,
        graph: &graph,
        asked: &asked,
        listing: &listing,
        beside: &beside,
        known,
        claims: &claims,
        kinds,
        cache: &cache,
    };
    let aliases = Aliases::of(called, &known.clusters, &listing);
    let mut units = if is_empty {
        Units::default()
    } else {
        let traced = rendered.into_iter().map(|rendered| rendered.trace(repository, &graph, &mut broken));
        units::gather(manifests, traced.collect(), &stage)
    };
    aliases.apply(&mut units.found);
    patches::tell_unmatched(&mut units, &stage);
    let missing = missing::paths(&units.found, &stage);
    let spans = units.problems.iter().flat_map(BuildProblem::spans);
    let spans = spans.chain(units.broken.iter().map(|broken| broken.span));
    let spans = spans.chain(missing.iter().flat_map(|missing| [missing.span, missing.other]));
    let spans = spans.map(|span| span.file).chain(units.files.iter().copied());
    repository.keep(spans.chain(files_of_values(&units.found)), sources);
    strays::note(&units.found);
    neighbours::retain(&mut units.found, sources);
    let reach = Reach::of(&units.found, &claims, &known.clusters, &listing);
    let guessed = guess::keys(&units.found, &reach);
    let mut homes = reach.homes(&units.found, &guessed);
    leftovers::set_apart(&units.found, &mut homes);
    let mut drafts = Drafts::of(&units.found, &homes, known);
    let unheld =
        kinds.is_some().then(|| workloads::add(&stage, &mut units, guessed, &homes, &mut drafts, sources));
    // File numbers follow the order of names only for files of the walk.
    let name = |resource: &Resource| sources.get(resource.manifest.file()).map(|source| source.name.clone());
    let place = |resource: &Resource| (name(resource), resource.span().start);
    let (clusters, others) = drafts.finish(place);
    broken.append(&mut units.broken);
    // Nobody knows what a template renders to, or who applies it.
    units.found.retain(|unit| !unit.is_masked());
    Placed {
        clusters,
        others,
        problems: std::mem::take(&mut units.problems),
        read: std::mem::take(&mut units.files),
        broken,
        missing,
        unheld,
        rendered_from: std::mem::take(&mut units.rendered_from),
        of_charts: std::mem::take(&mut units.of_charts),
        lacking: std::mem::take(&mut units.lacking),
        applied: Applied { graph, asked, cache, units },
    }
}

/// The files in which the values of resources stand: a build may take them from any file of the repository.
fn files_of_values(units: &[found::Found]) -> BTreeSet<FileId> {
    let documents =
        units.iter().flat_map(found::Found::resources).map(|resource| resource.manifest.document());
    documents.filter(|document| document.is_composed()).flat_map(|document| document.files()).collect()
}

/// The kustomizations that something applies, even if other kustomizations include them. Names of clusters are added
/// to `called`.
fn asked<'m>(
    manifests: impl Iterator<Item = &'m Manifest>,
    graph: &Graph,
    claims: &Claims,
    listing: &Listed<'_, '_>,
    called: &mut aliases::Said,
) -> BTreeSet<String> {
    let configured = graph.directories().filter(|directory| claims.ask_for(directory));
    let mut asked: BTreeSet<String> = configured.map(str::to_owned).collect();
    for manifest in manifests {
        if manifest.masked().is_none() {
            asked.extend(flux::paths_of_plain(manifest).filter(|path| graph.holds(path)));
        }
        let read = argo::read(manifest.root(), listing);
        let applications = read.iter().flat_map(|read| &read.applications);
        let paths = applications.flat_map(|application| &application.sources).map(|source| &source.path);
        asked.extend(paths.filter(|path| graph.holds(path)).cloned());
        called.note(manifest, read);
    }
    asked
}
