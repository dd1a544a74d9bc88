//! Whether a chart supports the Kubernetes of its clusters. Helm renders no other chart (`pkg/action/install.go`, `isCompatible`).

use super::chart_use::{Applier, ChartUse};
use crate::openshift::Version;
use crate::placement::Known;
use helm::Chart;

/// The minor versions of Kubernetes that a cluster of an unknown release may have.
const MINORS: std::ops::RangeInclusive<u16> = 17..=45;
/// OpenShift 4.0 would have had this minor version of Kubernetes.
const FIRST: u16 = 13;

/// Why Helm refuses the chart for every cluster that gets it.
pub(super) fn refusal(used: &ChartUse, chart: &Chart, known: &Known) -> Option<helm::Error> {
    let range = chart.kubernetes()?;
    let fits =
        |minor: u16| [0, 30].iter().any(|patch| chart.takes_kubernetes(&format!("v1.{minor}.{patch}")));
    let refused = |of: &str| {
        let message = format!("`kubeVersion` is `{}`, which {of} does not fit", range.value);
        Some(helm::Error::at(range.span, message))
    };
    if let Some(version) = &used.helm.kube_version {
        return if chart.takes_kubernetes(version) {
            None
        } else {
            refused(&format!("Kubernetes {version}"))
        };
    }
    let releases: Option<Vec<Version>> = match &used.by {
        Applier::Configuration(clusters) if !clusters.is_empty() => {
            clusters.iter().map(|cluster| known.clusters.get(*cluster)?.openshift).collect()
        }
        _ => None,
    };
    let of_release = |release: &Version| (release.major == 4).then_some(release.minor + FIRST);
    let minors: Option<Vec<u16>> = releases.iter().flatten().map(of_release).collect();
    match minors.as_deref() {
        Some([first, ..]) if !minors.iter().flatten().any(|minor| fits(*minor)) => {
            refused(&format!("Kubernetes 1.{first} of the cluster"))
        }
        Some([_, ..]) => None,
        _ if MINORS.into_iter().any(fits) => None,
        _ => refused("the Kubernetes of every OpenShift release"),
    }
}
