//! What is said of templates that nobody renders here. Each is read in several ways, since its branches exclude each other;
//! what holds in some of them only is as likely as not.

use super::OfCluster;
use crate::check::diagnostic::Diagnostic;
use crate::model::Cluster;
use crate::rules::internal_error;
use crate::source::Span;
use std::collections::HashMap;

/// Keeps what every reading says that reads the text. No fix is offered: nobody knows what the text is once it is filled in.
pub(super) fn agree(clusters: &[Cluster], checked: &mut [OfCluster]) {
    // The readings that say it, and the first of them: they may call the place by different names.
    let mut said: HashMap<(&'static str, Span), (u64, usize)> = HashMap::new();
    let key = |diagnostic: &Diagnostic| (diagnostic.rule.id, diagnostic.span);
    for (number, (cluster, of_cluster)) in clusters.iter().zip(&*checked).enumerate() {
        let Some(masked) = cluster.masked() else { continue };
        for diagnostic in &of_cluster.diagnostics {
            said.entry(key(diagnostic)).or_insert((0, number)).0 |= masked.ways();
        }
    }
    for (number, (cluster, of_cluster)) in clusters.iter().zip(checked).enumerate() {
        let Some(masked) = cluster.masked() else { continue };
        of_cluster.diagnostics.retain(|diagnostic| {
            let (ways, first) = said.get(&key(diagnostic)).copied().unwrap_or_default();
            let is_agreed = first == number && masked.ways_at(diagnostic.span) & !ways == 0;
            is_agreed || diagnostic.rule.id == internal_error::META.id
        });
        for diagnostic in &mut of_cluster.diagnostics {
            diagnostic.fix = None;
        }
    }
}
