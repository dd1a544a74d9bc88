//! Drops a diagnostic if a more special rule reports the same text.

use crate::check::diagnostic::Diagnostic;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Drops a diagnostic inside of a diagnostic of a rule that its rule yields to
/// ([`crate::rules::rule::Meta::yields_to`]), for the clusters of both. A rule that is off has no diagnostics, so
/// nothing yields to it. A diagnostic stays if its severity is raised above that of the special rule.
pub(super) fn apply(diagnostics: &mut Vec<Diagnostic>) {
    let special: BTreeSet<&str> =
        diagnostics.iter().flat_map(|diagnostic| diagnostic.rule.yields_to).copied().collect();
    if special.is_empty() {
        return;
    }
    let mut order: Vec<usize> = (0..diagnostics.len())
        .filter(|at| {
            let rule = diagnostics[*at].rule;
            !rule.yields_to.is_empty() || special.contains(rule.id)
        })
        .collect();
    // Outer texts come before inner ones; on the same text, the special rule comes first.
    order.sort_by_key(|at| {
        let Diagnostic { span, rule, .. } = &diagnostics[*at];
        (span.file, span.start, Reverse(span.end), !special.contains(rule.id))
    });
    let mut around: Vec<usize> = Vec::new();
    let mut is_dropped = vec![false; diagnostics.len()];
    for at in order {
        let span = diagnostics[at].span;
        while around.last().is_some_and(|last| {
            let last = diagnostics[*last].span;
            last.file != span.file || last.end < span.start
        }) {
            around.pop();
        }
        let (rule, severity) = (diagnostics[at].rule, diagnostics[at].severity);
        let outer: Vec<usize> = around
            .iter()
            .copied()
            .filter(|other| {
                let other = &diagnostics[*other];
                let is_worse = severity > rule.severity.max(other.severity);
                rule.yields_to.contains(&other.rule.id) && other.span.contains(span) && !is_worse
            })
            .collect();
        for other in outer {
            let taken = std::mem::take(&mut diagnostics[other].clusters);
            let clusters = &mut diagnostics[at].clusters;
            let had_some = !clusters.is_empty();
            clusters.retain(|cluster| !taken.contains(cluster));
            is_dropped[at] |= clusters.is_empty() && (had_some || taken.is_empty());
            diagnostics[other].clusters = taken;
        }
        if special.contains(rule.id) && !is_dropped[at] {
            around.push(at);
        }
    }
    let mut dropped = is_dropped.into_iter();
    diagnostics.retain(|_| !dropped.next().unwrap_or_default());
}
