//! Renders the charts that Applications and `HelmRelease` objects apply, as Argo CD and Flux render them: with the
//! values files, values and parameters of the source. The objects go where the Application goes, and Applications among
//! them are followed.

use super::asked::Asked;
use super::built::ChartOutput;
use super::chart_files::{self, NoText, Tree};
use super::chart_use::{Applier, ChartUse, FluxOptions};
use super::cluster_apis;
use super::found::Found;
use super::kept;
use super::kubernetes;
use super::stage::Stage;
use super::units::Units;
use super::unused;
use super::value_files;
use crate::kustomize;
use crate::machine::guard::{self, Fault};
use crate::machine::threads;
use crate::model::{BuildProblem, Evidence, StandsAlone, Unit, UnitOrigin};
use crate::read::discover;
use crate::read::manifest::{Broken, BrokenWhat, Form, Manifest};
use crate::source::{FileId, Spanned};
use crate::yaml::edit::Texts;
use crate::yaml::{self, Document, Node};
use argo_apps::Helm;
use helm::{Capabilities, Chart, Given, Hooks, Limits, Options, Parameter, ParameterKind, Release};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The maximum number of charts that one run renders.
const MAX_RENDERED: usize = 5_000;

/// Why a chart has no output.
enum Failed {
    Refused(Box<BuildProblem>),
    Library,
    Fault(Fault),
}

/// The charts that somebody applies.
pub(super) struct Charts<'s, 'i> {
    stage: &'s Stage<'s, 'i>,
    tree: Tree<'s, 'i>,
    /// The directories of the charts.
    roots: BTreeSet<String>,
    /// The files that charts were rendered from.
    replaced: BTreeSet<String>,
    count: usize,
}

impl<'s, 'i> Charts<'s, 'i> {
    pub(super) fn new(stage: &'s Stage<'s, 'i>) -> Self {
        let tree = Tree::new(stage.repository);
        Self { stage, tree, roots: BTreeSet::new(), replaced: BTreeSet::new(), count: 0 }
    }

    /// Renders the charts that Applications in the units of these numbers apply, and those of the releases. Adds the
    /// results to the units.
    pub(super) fn round(&mut self, units: &mut Units, new: &[usize], releases: Vec<ChartUse>) {
        let mut uses = uses(units, new);
        uses.extend(releases.into_iter().filter(|used| !is_rendered(units, &used.root)));
        self.apply(units, uses);
    }

    /// Renders the charts of the configuration, and adds the results to the units.
    pub(super) fn configured(&mut self, units: &mut Units) {
        let Stage { known, claims, .. } = *self.stage;
        let uses = known.charts.iter().filter(|chart| !is_rendered(units, &chart.root.value)).map(|chart| {
            let root = chart.root.value.clone();
            let file = kustomize::join(&root, "Chart.yaml").unwrap_or_default();
            let clusters = match &*chart.clusters {
                [] => claims.on_root(&root, &file),
                clusters => clusters.to_vec(),
            };
            let files = chart.files.iter();
            ChartUse {
                by: Applier::Configuration(clusters),
                reason: "the configuration names the chart here".to_owned(),
                runner: "nobody",
                release: chart
                    .release
                    .as_ref()
                    .map_or_else(|| unused::release(&root), |name| name.value.clone()),
                release_span: chart.release.as_ref().map(|name| name.span),
                namespace: chart.namespace.clone().unwrap_or_else(|| unused::NAMESPACE.to_owned()),
                root,
                span: chart.root.span,
                helm: Helm {
                    value_files: files
                        .map(|file| Spanned::new(Some(file.value.clone()), file.span))
                        .collect(),
                    values: chart.values.iter().cloned().collect(),
                    ..Helm::default()
                },
                flux: FluxOptions::default(),
            }
        });
        let uses: Vec<ChartUse> = uses.collect();
        self.apply(units, uses);
    }

    fn apply(&mut self, units: &mut Units, mut uses: Vec<ChartUse>) {
        let beyond = uses.split_off(uses.len().min(MAX_RENDERED.saturating_sub(self.count)));
        let why = format!("a run renders {MAX_RENDERED} charts at most");
        units.problems.extend(beyond.first().map(|used| used.unknown(used.span, &why)));
        self.count += uses.len();
        if uses.is_empty() {
            return;
        }
        self.roots.extend(uses.iter().map(|used| used.root.clone()));
        let rendered = self.rendered(&uses);
        for (used, rendered) in uses.iter().zip(rendered) {
            match rendered {
                Ok(found) => {
                    let files = found.files.iter().filter_map(|file| self.stage.repository.name_of(*file));
                    self.replaced.extend(files);
                    units.files.extend(found.files.iter().copied());
                    if found.lacking > 0 && self.tree.mentions_ours(&used.root) {
                        units.lacking.insert(found.name.clone(), found.lacking);
                    }
                    units.take(found);
                }
                // A library is nothing by itself.
                Err(Failed::Library) => {}
                // The templates of this chart are read as they are.
                Err(Failed::Refused(problem)) => {
                    let is_told = match used.by {
                        // A missing chart is a finding about the configuration.
                        Applier::Configuration(_) => self.tree.holds_chart(&used.root),
                        Applier::Object(..) | Applier::Nobody => self.tree.mentions_ours(&used.root),
                    };
                    units.problems.extend(Some(*problem).filter(|_| is_told));
                }
                Err(Failed::Fault(fault)) => {
                    units.broken.push(Broken { span: used.span, what: BrokenWhat::Fault(fault) });
                }
            }
        }
    }

    /// The outputs of charts.
    fn rendered(&self, uses: &[ChartUse]) -> Vec<Result<Found, Failed>> {
        let keeping = self.stage.keeping;
        let limits = chart_files::limits(uses.len());
        let keys = threads::map(uses, |_, used| {
            let matched = || value_files::matched(used, self.stage.repository);
            if keeping.is_on() { used.key(limits, &matched()) } else { String::new() }
        });
        // Each chart is loaded once, before several threads ask for it.
        let still = |output: &ChartOutput| output.holds_in(self.stage.repository);
        let known = threads::map(&keys, |_, key| keeping.knows_chart(key, still));
        let new = uses.iter().zip(&known).filter(|(_, is_known)| !**is_known);
        let roots: BTreeSet<&String> = new.map(|(used, _)| &used.root).collect();
        threads::map(&roots.into_iter().collect::<Vec<_>>(), |_, root| drop(self.tree.chart(root)));
        let all: Vec<(&ChartUse, String, bool)> =
            uses.iter().zip(keys).zip(known).map(|((used, key), known)| (used, key, known)).collect();
        threads::map(&all, |_, (used, key, is_known)| {
            let make = || {
                let chart = self.tree.chart(&used.root);
                let chart = match chart.as_ref() {
                    Ok(Ok(chart)) => chart,
                    Ok(Err(error)) => return Err(Failed::Refused(Box::new(used.refused(error)))),
                    Err(fault) => return Err(Failed::Fault(fault.clone())),
                };
                if matches!(used.by, Applier::Nobody) && chart.metadata().is_library {
                    return Err(Failed::Library);
                }
                let own = Tree::new(self.stage.repository);
                let rendered = render(used, chart, limits, (self.stage, &own));
                let output = rendered.map_err(|problem| Failed::Refused(Box::new(problem)))?;
                let asked = self.asked(used, &output, own);
                Ok(ChartOutput { asked, ..output })
            };
            let files = |rendered: &ChartOutput| {
                let files = rendered.found.files.iter().copied();
                rendered.is_lasting.then(|| files.chain(used.files()).collect())
            };
            let rendered = guard::part("chart", || keeping.chart((key, *is_known), make, files));
            let mut found = rendered.map_err(Failed::Fault).flatten()?.found;
            match &used.by {
                Applier::Object(by, evidence, to) => {
                    found.applied_by = Some((*by, evidence.clone(), to.clone()));
                }
                Applier::Configuration(clusters) => found.only_for.clone_from(clusters),
                Applier::Nobody => found.alone = Some(StandsAlone::UnusedChart),
            }
            Ok(found)
        })
    }

    /// What an output was made from, if that can be asked again. `own` was asked for its values.
    fn asked(&self, used: &ChartUse, output: &ChartOutput, own: Tree<'_, '_>) -> Option<[Arc<Asked>; 2]> {
        let is_numbered = |file: FileId| self.stage.repository.is_numbered(file);
        let mut files = output.found.files.iter().copied().chain(used.files());
        let asked = [self.tree.asked_by(&used.root)?, Arc::new(own.into_asked())];
        let is_of_walk = !output.asks_for_charts && files.all(is_numbered);
        (is_of_walk && asked.iter().all(|asked| asked.is_of_walk())).then_some(asked)
    }

    /// Notes that Applications in the units of these numbers are not followed any more.
    pub(super) fn leave(units: &mut Units, left: &[usize]) {
        let why = "Applications come out of other Applications deeper than pullwarden follows";
        let uses = uses(units, left);
        units.problems.extend(uses.first().map(|used| used.unknown(used.span, why)));
    }

    /// Renders the charts that nothing applies, and adds the objects that count. If a chart needs values from outside
    /// the repository, its templates are read as they are.
    pub(super) fn unused(&mut self, units: &mut Units) {
        let repository = self.stage.repository;
        // If the walk is only a part of the repository, Applications outside of this part may apply its charts.
        if repository.is_part() {
            return;
        }
        let is_used = |root: &str| {
            let file = kustomize::join(root, "Chart.yaml").unwrap_or_default();
            self.replaced.contains(&file)
                || units.of_charts.contains(&file)
                || self.roots.contains(root)
                || is_rendered(units, root)
                || !self.tree.holds_ours(root)
        };
        let mut uses = unused::uses(repository, is_used);
        uses.truncate(MAX_RENDERED);
        if uses.is_empty() {
            return;
        }
        let rendered = self.rendered(&uses);
        for mut found in rendered.into_iter().flatten() {
            // The destinations of these Applications are not known.
            found.applications.clear();
            found.missing.clear();
            found.flux.clear();
            if !found.configures_images() {
                continue;
            }
            let files = found.resources().map(|resource| resource.manifest.file());
            self.replaced.extend(files.filter_map(|file| repository.name_of(file)));
            units.files.extend(found.files.iter().copied());
            units.found.push(found);
        }
    }

    /// Removes from the units the templates that were rendered.
    pub(super) fn finish(mut self, units: &mut Units) {
        self.replaced.append(&mut units.of_charts);
        for unit in &mut units.found {
            let is_template = matches!(unit.unit.origin, UnitOrigin::File(_))
                && (unit.unit.form == Form::Template || unit.is_masked());
            if is_template && self.replaced.contains(&unit.name) {
                unit.clear();
            }
        }
        units.of_charts = self.replaced;
    }
}

/// Whether a command of the configuration renders the chart in a directory. The command has priority.
fn is_rendered(units: &Units, root: &str) -> bool {
    units.rendered.iter().any(|rendered| discover::is_at_or_below(root, rendered))
}

/// The charts that the Applications of the units of these numbers apply.
fn uses(units: &Units, new: &[usize]) -> Vec<ChartUse> {
    let mut uses = Vec::new();
    for by in new.iter().copied() {
        let unit = &units.found[by];
        for application in &unit.applications {
            for source in &application.sources {
                let Some(helm) = source.helm.as_ref().filter(|_| !is_rendered(units, &source.path)) else {
                    continue;
                };
                if is_of_itself(units, by, &application.name, &source.path) {
                    continue;
                }
                uses.push(ChartUse {
                    by: Applier::Object(
                        by,
                        Evidence::Application(application.name.clone()),
                        application.destination.clone(),
                    ),
                    reason: format!("the Application `{}` applies the chart", application.name),
                    runner: "a running Argo CD",
                    release: application.name.clone(),
                    release_span: None,
                    namespace: application.namespace.clone().unwrap_or_default(),
                    root: source.path.clone(),
                    span: source.span,
                    helm: helm.as_ref().clone(),
                    flux: FluxOptions::default(),
                });
            }
        }
    }
    uses
}

/// Whether an Application comes from the chart that it applies: an Application of Applications may manage itself.
fn is_of_itself(units: &Units, by: usize, application: &str, path: &str) -> bool {
    let mut unit = &units.found[by];
    while let Some((by, Evidence::Application(name), _)) = &unit.applied_by {
        if name == application && matches!(&unit.unit.origin, UnitOrigin::Chart { root, .. } if root == path)
        {
            return true;
        }
        unit = &units.found[*by];
    }
    false
}

/// The output of a chart for one Application or `HelmRelease`.
fn render(
    used: &ChartUse,
    chart: &Chart,
    limits: Limits,
    (stage, tree): (&Stage<'_, '_>, &Tree<'_, '_>),
) -> Result<ChartOutput, BuildProblem> {
    let ChartUse { helm, root, .. } = used;
    let name = helm.release_name.clone().unwrap_or_else(|| used.release.clone());
    if let (Some(span), Some(why)) = (used.release_span, Release::new(name.clone(), String::new()).refusal())
    {
        return Err(used.refused(&helm::Error::at(span, why)));
    }
    let open = [&name, &used.namespace].into_iter().find(|text| text.contains("{{"));
    if let Some(unknown) = helm.unknown.as_ref().or(open) {
        return Err(used.unknown(used.span, &format!("only {} knows `{unknown}`", used.runner)));
    }
    if let Some(error) = kubernetes::refusal(used, chart, stage.known) {
        return Err(used.refused(&error));
    }
    let mut read: Vec<FileId> = chart.read_files().to_vec();
    let mut names = Vec::new();
    let mut documents: Vec<Arc<Document>> = Vec::new();
    for file in value_files::of(used, stage.repository) {
        let path = file.path.map_err(|why| used.unknown(file.span, &why))?;
        match tree.text(&path) {
            Ok((id, text)) => {
                read.push(id);
                names.push(path);
                for document in yaml::parse_all(id, &text) {
                    let broken = |error: yaml::SyntaxError| helm::Error::at(error.span, error.message);
                    documents.push(document.map_err(|error| used.refused(&broken(error)))?);
                }
            }
            Err(NoText::Missing) if helm.ignore_missing => {}
            Err(why) => return Err(used.without_file(file.span, &path, &why)),
        }
    }
    let own = used.flux.replaces_values.then(|| chart.with_values(std::mem::take(&mut documents)));
    let chart = own.as_ref().unwrap_or(chart);
    documents.extend(helm.values.iter().cloned());
    let values: Vec<Node<'_>> =
        documents.iter().map(|document| document.root()).filter(|root| !root.is_null()).collect();
    read.extend(helm.values.iter().map(|document| document.file()));
    let mut parameters: Vec<Parameter> = Vec::new();
    for (line, is_text) in &helm.parameters {
        let kind = if *is_text { ParameterKind::Text } else { ParameterKind::Word };
        parameters.push(Parameter { line: line.clone(), kind });
    }
    for (name, path) in &helm.file_parameters {
        let Some((id, text)) = path.as_ref().and_then(|path| tree.text(path).ok()) else {
            return Err(used.unknown(name.span, "the file of a parameter is not in this repository"));
        };
        read.push(id);
        let line = Spanned::new(format!("{}=file", name.value), name.span);
        parameters.push(Parameter { line, kind: ParameterKind::File(text) });
    }
    let capabilities = capabilities(used)?;
    let namespace = helm.namespace.clone().unwrap_or_else(|| used.namespace.clone());
    let release = Release::new(name.clone(), namespace);
    let options = Options {
        limits,
        without_missing: true,
        without_crds: helm.skip_crds || used.flux.without_crds,
        without_schema: helm.skip_schema,
        hooks: if helm.skip_tests { Hooks::WithoutTests } else { Hooks::All },
    };
    let given = Given { values, parameters };
    let manifests = chart.render(&release, &given, &capabilities, &options);
    let manifests = manifests.map_err(|error| match chart.first_missing() {
        // Argo CD and Flux fetch it first, and then the chart may be rendered.
        Some(missing) => used.without_dependency(&missing),
        None => used.refused(&error),
    })?;
    let lacking = manifests.left_out.len();
    let incomplete = manifests.left_out.first().map(|error| error.message.clone());
    let incomplete = incomplete.or_else(|| used.flux.incomplete.clone());
    let mut objects: Vec<Arc<Document>> =
        manifests.objects().filter_map(|object| tree.placed(object)).collect();
    for fields in &used.flux.post_renderers {
        let roots: Vec<Node<'_>> = objects.iter().map(|object| object.root()).collect();
        objects = kustomize::change(&roots, fields).map_err(|error| {
            let error = error.span.map_or_else(
                || helm::Error::nowhere(error.message.clone()),
                |span| helm::Error::at(span, error.message.clone()),
            );
            used.refused(&error)
        })?;
        read.push(fields.file());
    }
    let texts = Arc::new(texts(used, chart, &documents, (stage, tree)));
    let manifests: Vec<Manifest> =
        Manifest::of_build(objects).into_iter().map(|manifest| manifest.of_chart(&texts)).collect();
    let origin = UnitOrigin::Chart { root: root.clone(), release: name, values: names };
    let unit = Unit { incomplete, ..Unit::new(origin, Form::Applied) };
    let file = kustomize::join(root, "Chart.yaml").unwrap_or_default();
    let mut found = Found::new(unit, root.clone(), file, None);
    read.sort_unstable();
    read.dedup();
    found.files = read;
    found.lacking = lacking;
    if let Some(kinds) = stage.kinds {
        found.run(&manifests, stage.repository, kinds);
    }
    let is_plain = kept::are_plain(manifests.iter());
    found.fill(manifests, stage.repository, stage.listing);
    let is_lasting = is_plain && kept::is_lasting(&found);
    Ok(ChartOutput { found, is_lasting, asks_for_charts: tree.asks_for_charts(root), asked: None })
}

/// The capabilities that the cluster has for a chart.
fn capabilities(used: &ChartUse) -> Result<Capabilities, BuildProblem> {
    let helm = &used.helm;
    let mut capabilities = match &*helm.api_versions {
        [] => cluster_apis::capabilities(),
        versions => {
            let mut of_source = Capabilities::default();
            of_source.api_versions.extend(versions.iter().cloned());
            of_source
        }
    };
    if let Some(version) = &helm.kube_version {
        capabilities = capabilities
            .of_kubernetes(version)
            .ok_or_else(|| used.unknown(used.span, &format!("`{version}` is not a version of Kubernetes")))?;
    }
    Ok(capabilities)
}

/// The texts that the objects of a chart are made of, as far as a fix may change them.
fn texts(
    used: &ChartUse,
    chart: &Chart,
    values: &[Arc<Document>],
    (stage, tree): (&Stage<'_, '_>, &Tree<'_, '_>),
) -> Texts {
    let mut texts = chart.texts();
    let files: BTreeSet<FileId> = used.helm.parameters.iter().map(|(line, _)| line.span.file).collect();
    for name in files.into_iter().filter_map(|file| stage.repository.name_of(file)) {
        if let Ok((file, text)) = tree.text(&name) {
            texts.add(file, text);
        }
    }
    // `fix` does not change the configuration.
    let is_of_configuration = |document: &Document| {
        matches!(used.by, Applier::Configuration(_))
            && used.helm.values.iter().any(|own| own.file() == document.file())
    };
    for document in values.iter().filter(|document| !is_of_configuration(document)) {
        texts.add_document(document);
    }
    texts
}
