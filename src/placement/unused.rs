//! Finds the charts that nothing in the repository applies. Something outside of the repository may apply them, with
//! unknown values. So they are rendered with their own values, and with each values file of their tests
//! (`ci/*-values.yaml`).

use super::chart_use::{Applier, ChartUse, FluxOptions};
use super::repository::Repository;
use crate::read::discover;
use crate::read::manifest::Form;
use crate::source::{FileId, Span, Spanned};
use argo_apps::Helm;
use helm::Release;
use std::collections::BTreeSet;

/// The maximum number of renderings for such a chart.
const MAX_WAYS: usize = 20;

/// The namespace of a release where nobody gives one.
pub(super) const NAMESPACE: &str = "default";

/// The renderings of unused charts. `is_used` returns whether something renders the chart in a directory.
pub(super) fn uses(repository: &Repository<'_>, is_used: impl Fn(&str) -> bool) -> Vec<ChartUse> {
    let is_chart =
        |name: &&str| discover::file_name(name) == "Chart.yaml" && Form::of_path(name) == Form::Applied;
    let roots: BTreeSet<&str> = repository.names().filter(is_chart).map(discover::directory).collect();
    let is_subchart = |root: &str| {
        let above = discover::directory(root);
        discover::file_name(above) == "charts" && roots.contains(discover::directory(above))
    };
    let unused = roots.iter().copied().filter(|root| !is_subchart(root) && !is_used(root));
    unused.flat_map(|root| ways(root, repository)).collect()
}

/// A rendering of a chart with its own values, and one for each values file of its tests.
fn ways(root: &str, repository: &Repository<'_>) -> Vec<ChartUse> {
    let below = |name: &str| if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") };
    let start = Span::new(repository.id(&below("Chart.yaml")).unwrap_or(FileId(0)), 0, 0);
    let tests = below("ci");
    let is_test = |name: &&str| {
        // As helm/chart-testing finds values files (`pkg/chart/chart.go`).
        discover::directory(name) == tests && name.ends_with("-values.yaml")
    };
    let files = repository
        .names_below(&tests)
        .filter(is_test)
        .map(|name| vec![Spanned::new(Some(name.to_owned()), start)]);
    let ways = std::iter::once(Vec::new()).chain(files).take(MAX_WAYS);
    let used = |value_files| ChartUse {
        by: Applier::Nobody,
        reason: String::new(),
        runner: "nobody",
        release: release(root),
        release_span: None,
        namespace: NAMESPACE.to_owned(),
        root: root.to_owned(),
        span: start,
        helm: Helm { value_files, ..Helm::default() },
        flux: FluxOptions::default(),
    };
    ways.map(used).collect()
}

/// The name of the release of a chart where nobody gives one: the name of its directory, if Helm accepts that, or the
/// name that `helm template` takes.
pub fn release(root: &str) -> String {
    let name = if root.is_empty() { "chart" } else { discover::file_name(root) };
    let is_refused = Release::new(name, NAMESPACE).refusal().is_some();
    if is_refused { "release-name" } else { name }.to_owned()
}
