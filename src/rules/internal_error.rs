//! Reports a panic in pullwarden. The guards around rules, files and builds catch it.

use crate::finding::Finding;
use crate::machine::guard::Fault;
use crate::model::Cluster;
use crate::rules::rule::{Category, Meta, REPOSITORY, Severity};
use crate::source::Span;

/// The description of `internal-error`.
pub static META: Meta = Meta::recommended(
    "internal-error",
    "a fault of pullwarden itself",
    Category::Settings,
    Severity::Error,
    "0.2.0",
);

/// The finding for a rule that panicked on a cluster.
pub fn of_rule(rule: &Meta, cluster: &Cluster, fault: &Fault) -> Option<Finding> {
    let span = cluster.resources().next()?.span();
    let what = format!("the rule `{}` failed on cluster `{}`", rule.id, cluster.name);
    Some(finding(span, what, "the findings of this rule for the cluster are missing", fault))
}

/// The finding for a cluster on which no rule ran.
pub fn of_cluster(cluster: &Cluster, fault: &Fault) -> Option<Finding> {
    let span = cluster.resources().next()?.span();
    let what = format!("pullwarden failed at cluster `{}`", cluster.name);
    Some(finding(span, what, "the findings of all rules for the cluster are missing", fault))
}

/// The finding for a file or a build that panicked.
pub fn of_text(span: Span, fault: &Fault) -> Finding {
    finding(span, "pullwarden failed at this file".to_owned(), "nothing in the file was checked", fault)
}

/// The finding if the findings of all clusters could not be merged.
pub fn of_findings(span: Span, fault: &Fault) -> Finding {
    let missing = "each cluster has its own copy of a finding here, and no finding has a fix";
    finding(span, "pullwarden failed when it merged the findings of all clusters".to_owned(), missing, fault)
}

/// The finding if ignores could not be applied.
pub fn of_triage(span: Span, fault: &Fault) -> Finding {
    let missing = "no ignore and no baseline applies to the findings here, and no finding has a fix";
    finding(span, "pullwarden failed when it applied the ignores".to_owned(), missing, fault)
}

fn finding(span: Span, message: String, missing: &str, fault: &Fault) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help(format!(
        "report it at {REPOSITORY}/issues with the file and this place: `{}`; {missing}",
        fault.place
    ));
    finding
}
