//! Renders the charts of kustomizations, as kustomize does with Helm.

use super::chart_files::{self, MAX_STEPS, Tree};
use super::cluster_apis;
use super::repository::Repository;
use super::unused::NAMESPACE;
use crate::kustomize::{self, BuiltChart, Cause, ChartCall, RenderedChart};
use crate::model::UnitChart;
use crate::read::discover::shown;
use crate::source::{FileId, Span};
use crate::yaml::Node;
use helm::{Given, Hooks, Limits, Options, Release};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What the output of a chart depends on: the entry's place, the directory that its paths start from, and its values
/// files.
type Key = (Span, String, Vec<FileId>);
type Rendered = Arc<OnceLock<kustomize::Result<RenderedChart>>>;

/// The rendered charts of kustomizations; each entry is rendered once for all builds.
#[derive(Default)]
pub(super) struct Inflated {
    rendered: Mutex<HashMap<Key, Rendered>>,
    /// The number of charts that share the steps; 0 if they were not counted.
    charts: AtomicUsize,
    /// The total number of steps that were granted to charts so far.
    allowed: AtomicU64,
}

impl Inflated {
    /// Divides the steps among this number of charts.
    pub(super) fn divide(&self, charts: usize) {
        self.charts.store(charts, Ordering::Relaxed);
    }

    /// The limits for the next chart; `None` if no steps are left.
    fn limits(&self) -> Option<Limits> {
        let limits = chart_files::limits(self.charts.load(Ordering::Relaxed));
        let before = self.allowed.fetch_add(limits.steps, Ordering::Relaxed);
        // Few charts are not counted in advance, such as those of generators.
        (before < 2 * MAX_STEPS).then_some(limits)
    }
}

impl kustomize::Charts for Repository<'_> {
    fn render(&self, call: &ChartCall) -> kustomize::Result<RenderedChart> {
        let inflated = &self.loads().inflated;
        let key = (call.span, call.directory.clone(), call.files.clone());
        let kept = {
            let mut rendered = inflated.rendered.lock().unwrap_or_else(PoisonError::into_inner);
            rendered.entry(key).or_default().clone()
        };
        kept.get_or_init(|| render(call, self)).clone()
    }
}

impl Repository<'_> {
    /// The charts of a build, as `clusters` shows them.
    pub(super) fn charts_of(&self, charts: &[BuiltChart]) -> Vec<UnitChart> {
        let charts = charts.iter().map(|chart| UnitChart {
            root: chart.directory.clone(),
            release: chart.release.clone(),
            values: chart.values.iter().filter_map(|file| self.name_of(*file)).collect(),
        });
        charts.collect()
    }
}

/// Renders a chart without the cache.
pub fn render(call: &ChartCall, repository: &Repository<'_>) -> kustomize::Result<RenderedChart> {
    let tree = Tree::new(repository);
    let chart = tree.chart(&call.directory);
    let chart = match chart.as_ref() {
        Ok(Ok(chart)) => chart,
        Ok(Err(error)) => return Err(refused(call, error)),
        Err(fault) => {
            let message = format!("the chart `{}` cannot be read: {}", shown(&call.directory), fault.place);
            return Err(kustomize::Error::of_chart(call.span, message, Cause::Unsupported, Vec::new()));
        }
    };
    let namespace = call.namespace.as_deref().unwrap_or(NAMESPACE);
    let release = match &call.release {
        Some(name) => Release::new(name, namespace),
        None => Release::generated(&chart.metadata().name.value, namespace),
    };
    let mut capabilities = cluster_apis::capabilities();
    if let Some(version) = &call.kube_version {
        capabilities = capabilities.of_kubernetes(version).ok_or_else(|| {
            let message = format!("`{version}` is not a version of Kubernetes");
            kustomize::Error::of_chart(call.span, message, Cause::Refused, Vec::new())
        })?;
    }
    capabilities.api_versions.extend(call.api_versions.iter().cloned());
    let Some(limits) = repository.loads().inflated.limits() else {
        let message = "all charts together exceed pullwarden's limit".to_owned();
        return Err(kustomize::Error::of_chart(call.span, message, Cause::Unsupported, Vec::new()));
    };
    let options = Options {
        limits,
        without_missing: true,
        without_crds: !call.with_crds,
        without_schema: false,
        hooks: match (call.without_hooks, call.without_tests) {
            (true, _) => Hooks::None,
            (false, true) => Hooks::WithoutTests,
            (false, false) => Hooks::All,
        },
    };
    let values: Vec<Node<'_>> =
        call.values.iter().map(|document| document.root()).filter(|root| !root.is_null()).collect();
    let given = Given { values, parameters: Vec::new() };
    let manifests = chart.render(&release, &given, &capabilities, &options);
    let manifests = manifests.map_err(|error| match chart.first_missing() {
        // Somebody may fetch it first, and then the chart may be rendered.
        Some(missing) => {
            let (chart, name) = (shown(&call.directory), &missing.value);
            let message = format!(
                "the chart `{chart}` is not rendered: its dependency `{name}` is not in this repository"
            );
            let via = vec![call.span];
            kustomize::Error::of_chart(missing.span, message, Cause::Unsupported, via)
        }
        None => refused(call, &error),
    })?;
    let left_out = manifests.left_out.iter().map(|error| {
        let span = error.span.unwrap_or(call.span);
        kustomize::Error::of_chart(span, error.message.clone(), Cause::Unsupported, vec![call.span])
    });
    Ok(RenderedChart {
        left_out: left_out.collect(),
        objects: manifests.objects().filter_map(|object| tree.placed(object)).collect(),
        files: chart.read_files().to_vec(),
    })
}

/// The error that Helm rejects the chart.
fn refused(call: &ChartCall, error: &helm::Error) -> kustomize::Error {
    let lines: Vec<&str> = error.message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let message = format!("the chart `{}` cannot be rendered: {}", shown(&call.directory), lines.join("; "));
    let cause = if error.is_limit { Cause::Unsupported } else { Cause::Refused };
    let via = error.via.iter().copied().chain(error.span.map(|_| call.span));
    kustomize::Error::of_chart(error.span.unwrap_or(call.span), message, cause, via.collect())
}
