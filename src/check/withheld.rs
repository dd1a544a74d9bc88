//! Withholds fixes that would change more than the finding is about.

use crate::check::diagnostic::{Diagnostic, State};
use crate::finding::{Edit, Fix, Safety};
use crate::model::{Cluster, Flaws, Resource};
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeMap;

/// Withholds fixes that would remove text of the wrong shape: it may be meant for something, and another finding
/// reports it. A fix may remove the flaw itself.
pub fn flawed(diagnostics: &mut [Diagnostic], clusters: &[Cluster], sources: &Sources) {
    let resources = clusters.iter().flat_map(Cluster::resources);
    let mut flaws = Flaws(resources.flat_map(|resource| resource.flaws().0).collect());
    flaws.0.sort_unstable();
    flaws.0.dedup();
    if flaws.0.is_empty() {
        return;
    }
    let is_lead = |text: Span| sources.slice(text).bytes().all(|byte| byte == b' ' || byte == b'-');
    // Whether an edit removes only the flaw.
    let is_about = |edit: &Edit, flaw: Span| {
        edit.part.is_some_and(|part| part.taken == 1)
            && is_lead(Span { end: flaw.start.max(edit.span.start), ..edit.span })
    };
    for diagnostic in diagnostics {
        let takes = |fix: &Fix| {
            fix.edits.iter().filter(|edit| edit.takes()).any(|edit| {
                let mut inside = flaws.within(edit.span);
                inside.any(|flaw| flaw != diagnostic.span && !is_about(edit, flaw))
            })
        };
        if diagnostic.fix.as_ref().is_some_and(takes) {
            diagnostic.fix = None;
        }
    }
}

/// Withholds fixes that allow a registry that another finding removes.
pub fn contradicted(diagnostics: &mut [Diagnostic]) {
    let mut removed: Vec<(Span, &str)> = Vec::new();
    let mut exposed: BTreeMap<Span, &str> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_open()) {
        let taking = diagnostic.fix.iter().flat_map(|fix| &fix.edits).filter(|edit| edit.takes());
        removed.extend(taking.map(|edit| (edit.span, diagnostic.rule.id)));
        if diagnostic.rule.security.is_some() {
            exposed.insert(diagnostic.span, diagnostic.rule.id);
        }
    }
    removed.sort_unstable();
    // Of the spans that start before, the one that ends last.
    for number in 1..removed.len() {
        let (before, now) = (removed[number - 1], removed[number]);
        if before.0.file == now.0.file && before.0.end > now.0.end {
            removed[number] = (Span { start: now.0.start, ..before.0 }, before.1);
        }
    }
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.is_open()) {
        let (span, id) = (diagnostic.span, diagnostic.rule.id);
        if !diagnostic.fix.as_ref().is_some_and(|fix| fix.adds() && !fix.takes()) {
            continue;
        }
        let behind =
            removed.partition_point(|(other, _)| (other.file, other.start) <= (span.file, span.start));
        let last = removed[..behind].last().filter(|(other, _)| other.contains(span));
        let why =
            last.map(|(_, id)| *id).or_else(|| exposed.get(&span).copied()).filter(|other| *other != id);
        if let Some(other) = why {
            note(diagnostic, format!("no fix is offered, since `{other}` is about the same value"));
            diagnostic.fix = None;
        }
    }
}

fn note(diagnostic: &mut Diagnostic, why: String) {
    diagnostic.note = Some(match diagnostic.note.take() {
        Some(note) => format!("{note}; {why}"),
        None => why,
    });
}

/// Withholds fixes in a text that also reaches a cluster that is too old for the fix, or that gets the object patched:
/// a patch may depend on the text.
pub fn beyond(diagnostics: &mut [Diagnostic], clusters: &[Cluster]) {
    let mut patched: Option<Patched<'_>> = None;
    for diagnostic in diagnostics {
        let Some(fix) = &mut diagnostic.fix else { continue };
        let why = too_old(fix, clusters).or_else(|| {
            let patched = patched.get_or_insert_with(|| Patched::of(clusters));
            patched.cluster_of(fix).map(|cluster| {
                format!("no fix is offered, since a kustomization patches this for `{cluster}`")
            })
        });
        let Some(why) = why else {
            if patched.as_ref().is_some_and(|patched| patched.is_unsure(fix)) {
                fix.safety = Safety::Unsafe;
            }
            continue;
        };
        note(diagnostic, why);
        diagnostic.fix = None;
    }
}

fn too_old(fix: &Fix, clusters: &[Cluster]) -> Option<String> {
    let since = fix.since?;
    let is_reached = |cluster: &&Cluster| {
        cluster.version() < since && fix.edits.iter().any(|edit| cluster.resource_at(edit.span).is_some())
    };
    let cluster = clusters.iter().find(is_reached)?;
    Some(format!(
        "it also reaches the cluster `{}` of OpenShift {}, which does not accept the replacement",
        cluster.name,
        cluster.version()
    ))
}

/// The texts of objects that builds change, by file, each with a cluster that gets it changed.
struct Patched<'c> {
    texts: BTreeMap<FileId, Vec<(Span, &'c str)>>,
    /// The texts of objects that unknown patches may change.
    unsure: BTreeMap<FileId, Vec<Span>>,
}

impl<'c> Patched<'c> {
    fn of(clusters: &'c [Cluster]) -> Self {
        let mut texts: BTreeMap<FileId, Vec<(Span, &str)>> = BTreeMap::new();
        for cluster in clusters {
            for span in cluster.resources().filter_map(|resource| resource.manifest.changed()) {
                let texts = texts.entry(span.file).or_default();
                if texts.last().is_none_or(|(last, _)| *last != span) {
                    texts.push((span, &cluster.name));
                }
            }
        }
        for texts in texts.values_mut() {
            texts.sort_unstable();
            texts.dedup_by_key(|(span, _)| *span);
        }
        let mut unsure: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for cluster in clusters {
            for span in cluster.resources().map(Resource::span) {
                let is_unsure = cluster.member_at(span).is_some_and(|(_, unit, _)| unit.incomplete.is_some());
                if is_unsure {
                    unsure.entry(span.file).or_default().push(span);
                }
            }
        }
        Self { texts, unsure }
    }

    fn is_unsure(&self, fix: &Fix) -> bool {
        let mut edits = fix.edits.iter().filter(|_| !fix.is_tried);
        edits.any(|edit| {
            let spans = self.unsure.get(&edit.span.file).into_iter().flatten();
            spans.into_iter().any(|span| touches(edit.span, *span))
        })
    }

    fn cluster_of(&self, fix: &Fix) -> Option<&'c str> {
        // A fix that was tried in all builds is known to be right.
        let mut edits = fix.edits.iter().filter(|_| !fix.is_tried);
        edits.find_map(|edit| {
            let texts = self.texts.get(&edit.span.file)?;
            texts.iter().find(|(span, _)| touches(edit.span, *span)).map(|(_, cluster)| *cluster)
        })
    }
}

/// Withholds fixes that would also change an ignored text.
pub fn ignored(diagnostics: &mut [Diagnostic]) {
    let mut ignored: BTreeMap<(&str, FileId), Vec<Span>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|other| matches!(other.state, State::Ignored { .. })) {
        ignored.entry((diagnostic.rule.id, diagnostic.span.file)).or_default().push(diagnostic.span);
    }
    if ignored.is_empty() {
        return;
    }
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.is_open()) {
        let id = diagnostic.rule.id;
        let changes = |fix: &Fix| {
            fix.edits.iter().any(|edit| {
                let spans = ignored.get(&(id, edit.span.file)).into_iter().flatten();
                spans.into_iter().any(|span| meets(edit.span, *span))
            })
        };
        if diagnostic.fix.as_ref().is_some_and(changes) {
            diagnostic.fix = None;
        }
    }
}

/// Whether an edit changes a part of a text, or adds to its end. A text on lines of its own includes its line end.
fn touches(edit: Span, text: Span) -> bool {
    const LINE_END: u32 = 2;
    edit.file == text.file && edit.start <= text.end + LINE_END && edit.end >= text.start
}

/// Whether an edit changes a part of a text.
fn meets(edit: Span, text: Span) -> bool {
    edit.file == text.file && edit.start < text.end && edit.end > text.start
}
