//! An index of the ignores, so that a diagnostic is compared only with those that may match.

use crate::check::diagnostic::Diagnostic;
use crate::check::ignores::{Ignore, Matching, Reach};
use crate::read::globs::Globs;
use crate::source::{FileId, Sources, Span};
use std::collections::{BTreeSet, HashMap};

/// The place of a diagnostic.
pub(super) struct Place<'s> {
    span: Span,
    /// The line that it starts on, from 0.
    line: usize,
    rule: &'static str,
    clusters: Vec<String>,
    /// The name of its file.
    pub(super) name: &'s str,
    /// Its object, as the configuration names it.
    pub(super) resource: String,
}

impl<'s> Place<'s> {
    pub(super) fn of(diagnostic: &Diagnostic, line: usize, sources: &'s Sources) -> Self {
        let resource = diagnostic.resource.as_ref().map(|id| format!("{}/{}", id.kind, id.name));
        Self {
            span: diagnostic.span,
            line,
            rule: diagnostic.rule.id,
            clusters: diagnostic.clusters.clone(),
            name: sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str()),
            resource: resource.unwrap_or_default(),
        }
    }
}

/// The ignores by place. An ignore of the configuration is listed under its rarest condition.
pub(super) struct Index {
    by_line: HashMap<(FileId, usize), Vec<usize>>,
    by_file: HashMap<FileId, Vec<(Span, usize)>>,
    by_path: Globs,
    by_resource: Globs,
    by_cluster: Globs,
    /// Ignores with only a rule as condition.
    by_rule: HashMap<String, Vec<usize>>,
    /// For each ignore, the first one that says the same.
    first: Vec<usize>,
}

impl Index {
    pub(super) fn new(ignores: &[Ignore], is_expired: impl Fn(&Ignore) -> bool) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let first = ignores.iter().enumerate().map(|(at, ignore)| {
            let said = said(ignore).map(|said| format!("{} {said}", is_expired(ignore)));
            said.map_or(at, |said| *known.entry(said).or_insert(at))
        });
        let first: Vec<usize> = first.collect();
        let firsts = || ignores.iter().enumerate().filter(|(at, _)| first[*at] == *at);
        let mut counts: HashMap<(Condition, String), usize> = HashMap::new();
        for (condition, globs) in firsts().flat_map(|(_, ignore)| conditions(ignore)) {
            *counts.entry((condition, text(globs))).or_default() += 1;
        }
        let mut index = Self {
            by_line: HashMap::new(),
            by_file: HashMap::new(),
            by_path: Globs::default(),
            by_resource: Globs::default(),
            by_cluster: Globs::default(),
            by_rule: HashMap::new(),
            first: Vec::new(),
        };
        let mut chosen: HashMap<Condition, Vec<(usize, &Globs)>> = HashMap::new();
        for (at, ignore) in firsts() {
            match &ignore.reach {
                Reach::Line(file, line) => index.by_line.entry((*file, *line)).or_default().push(at),
                Reach::Document(span) => index.by_file.entry(span.file).or_default().push((*span, at)),
                Reach::Matching(_) => {
                    let rarest = conditions(ignore).into_iter().min_by_key(|(condition, globs)| {
                        counts.get(&(*condition, text(globs))).copied().unwrap_or_default()
                    });
                    match rarest {
                        Some((condition, globs)) => chosen.entry(condition).or_default().push((at, globs)),
                        None => {
                            for rule in &ignore.rules {
                                index.by_rule.entry(rule.value.clone()).or_default().push(at);
                            }
                        }
                    }
                }
            }
        }
        let mut globs = |condition| Globs::joined(chosen.remove(&condition).unwrap_or_default());
        index.by_path = globs(Condition::Path);
        index.by_resource = globs(Condition::Resource);
        index.by_cluster = globs(Condition::Cluster);
        index.first = first;
        index
    }

    /// The first of the ignores that say the same as this one.
    pub(super) fn first_like(&self, at: usize) -> usize {
        self.first[at]
    }

    /// The ignores that may reach a diagnostic: those of its line, of its document, and of the configuration.
    pub(super) fn candidates(&self, place: &Place<'_>) -> Vec<usize> {
        let file = place.span.file;
        let on_line = self.by_line.get(&(file, place.line)).into_iter().flatten().copied();
        // Documents follow each other: those that start behind the diagnostic cannot hold it, nor can those before.
        let documents = self.by_file.get(&file).map_or(&[][..], Vec::as_slice);
        let behind = documents.partition_point(|(span, _)| span.start <= place.span.start);
        let start = documents[..behind].last().map_or(0, |(span, _)| span.start);
        let first = documents.partition_point(|(span, _)| span.start < start);
        let around = documents[first..behind].iter().map(|(_, at)| *at);
        let mut configured: BTreeSet<usize> = self.by_path.matching(place.name).into_iter().collect();
        configured.extend(self.by_resource.matching(&place.resource));
        configured.extend(place.clusters.iter().flat_map(|cluster| self.by_cluster.matching(cluster)));
        configured.extend(self.by_rule.get(place.rule).into_iter().flatten());
        on_line.chain(around).chain(configured).collect()
    }
}

/// A condition of an ignore in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Condition {
    Path,
    Resource,
    Cluster,
}

fn conditions(ignore: &Ignore) -> Vec<(Condition, &Globs)> {
    let Reach::Matching(matching) = &ignore.reach else { return Vec::new() };
    let Matching { paths, resources, clusters } = matching.as_ref();
    let all = [(Condition::Path, paths), (Condition::Resource, resources), (Condition::Cluster, clusters)];
    all.into_iter().filter_map(|(condition, globs)| Some((condition, globs.as_ref()?))).collect()
}

fn text(globs: &Globs) -> String {
    globs.patterns().collect::<Vec<_>>().join("\n")
}

/// What an ignore says, apart from its reason. `None` for an ignore with clusters: it is never the same as another.
fn said(ignore: &Ignore) -> Option<String> {
    let rules: Vec<&str> = ignore.rules.iter().map(|rule| rule.value.as_str()).collect();
    let reach = match &ignore.reach {
        Reach::Line(file, line) => format!("{} {line}", file.0),
        Reach::Document(span) => format!("{} {}-{}", span.file.0, span.start, span.end),
        Reach::Matching(matching) if matching.clusters.is_some() => return None,
        Reach::Matching(_) => {
            let globs = conditions(ignore).into_iter().map(|(condition, globs)| {
                let number = condition as usize;
                format!("{number}\n{}", text(globs))
            });
            globs.collect::<Vec<_>>().join("\n\n")
        }
    };
    let kind = match &ignore.reach {
        Reach::Line(..) => "line",
        Reach::Document(_) => "document",
        Reach::Matching(_) => "matching",
    };
    Some(format!("{} {kind} {reach}", rules.join(",")))
}
