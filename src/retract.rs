//! Fixes that are taken back, since the text that they change means more than the finding.

use crate::diagnostic::{Diagnostic, State};
use crate::fix::{Fix, Safety};
use crate::model::{Cluster, Resource};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// Takes back the fixes whose text also reaches a cluster that is too old for it, or that gets the object patched: a
/// patch may count on what stands there.
pub fn beyond(diagnostics: &mut [Diagnostic], clusters: &[Cluster]) {
    let mut patched: Option<Patched<'_>> = None;
    for diagnostic in diagnostics {
        let Some(fix) = &mut diagnostic.fix else { continue };
        let why = too_old(fix, clusters).or_else(|| {
            let patched = patched.get_or_insert_with(|| Patched::of(clusters));
            patched.cluster_of(fix).map(|cluster| {
                format!("no fix is offered, since `{cluster}` gets this with patches of a kustomization")
            })
        });
        let Some(why) = why else {
            if patched.as_ref().is_some_and(|patched| patched.is_unsure(fix)) {
                fix.safety = Safety::Unsafe;
            }
            continue;
        };
        diagnostic.note = Some(match diagnostic.note.take() {
            Some(note) => format!("{note}; {why}"),
            None => why,
        });
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
        "it also reaches the cluster `{}` of OpenShift {}, which would not take what replaces it",
        cluster.name,
        cluster.version()
    ))
}

/// The texts of objects that builds change, by file, each with a cluster that gets it changed.
struct Patched<'c> {
    texts: BTreeMap<FileId, Vec<(Span, &'c str)>>,
    /// Those of objects that may be changed by what is not known.
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
        // What was tried in all builds is known to be right.
        let mut edits = fix.edits.iter().filter(|_| !fix.is_tried);
        edits.find_map(|edit| {
            let texts = self.texts.get(&edit.span.file)?;
            texts.iter().find(|(span, _)| touches(edit.span, *span)).map(|(_, cluster)| *cluster)
        })
    }
}

/// Takes back the fixes that would also change what somebody ignores.
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

/// Whether an edit changes something of a text, or adds to its end; what stands on lines of its own goes with its line end.
fn touches(edit: Span, text: Span) -> bool {
    const LINE_END: u32 = 2;
    edit.file == text.file && edit.start <= text.end + LINE_END && edit.end >= text.start
}

/// Whether an edit changes something of a text.
fn meets(edit: Span, text: Span) -> bool {
    edit.file == text.file && edit.start < text.end && edit.end > text.start
}
