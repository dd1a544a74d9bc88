//! A diagnostic as a SARIF result.

use super::rules::Rules;
use super::{ROOT, message, number, property};
use crate::check::diagnostic::{Diagnostic, State};
use crate::finding::{Fix, Safety};
use crate::machine::percent;
use crate::machine::terminal::escape;
use crate::model::Identity;
use crate::report::line_hash::line_hashes;
use crate::report::shared::clusters_of;
use crate::rules::rule::Severity;
use crate::source::{FileId, Source, Sources, Span};
use serde_sarif::sarif;
use std::collections::{BTreeMap, BTreeSet};

/// What results refer to.
pub(super) struct Context<'r> {
    sources: &'r Sources,
    rules: &'r Rules,
    hashes: BTreeMap<FileId, BTreeMap<usize, String>>,
}

impl<'r> Context<'r> {
    /// Prepares the results of `diagnostics`. Each file is hashed once.
    pub(super) fn new(sources: &'r Sources, rules: &'r Rules, diagnostics: &[&Diagnostic]) -> Self {
        let mut lines: BTreeMap<FileId, BTreeSet<usize>> = BTreeMap::new();
        for Diagnostic { span, .. } in diagnostics {
            if let Some(source) = sources.get(span.file) {
                lines.entry(span.file).or_default().insert(source.line_of(span.start) + 1);
            }
        }
        let hash = |(file, lines): (FileId, BTreeSet<usize>)| {
            // A text that could not be read is empty here, but not in the repository. A wrong hash would make GitHub's
            // upload action complain; without one, the action computes it.
            let text = sources.get(file).map(|source| &*source.text).filter(|text| !text.is_empty())?;
            Some((file, line_hashes(text, &lines)))
        };
        let hashes = lines.into_iter().filter_map(hash).collect();
        Self { sources, rules, hashes }
    }

    /// One result.
    pub(super) fn result(&self, diagnostic: &Diagnostic) -> sarif::Result {
        let related: Vec<(i64, &str, sarif::PhysicalLocation)> = diagnostic
            .related
            .iter()
            .filter_map(|related| Some((&*related.text, self.physical(related.span)?)))
            .zip(1..)
            .map(|((text, place), id)| (id, text, place))
            .collect();
        let links: Vec<(i64, &str)> = related.iter().map(|&(id, text, _)| (id, text)).collect();
        let mut result = sarif::Result::builder()
            .rule_id(diagnostic.rule.id)
            .level(level(diagnostic.severity))
            .message(&message::result(diagnostic, &links, clusters_of(diagnostic, self.sources)))
            .locations(vec![self.location(diagnostic)])
            .partial_fingerprints(self.fingerprints(diagnostic))
            .suppressions(self.suppressions(&diagnostic.state))
            .build();
        result.rule_index = self.rules.number(diagnostic.rule);
        if !related.is_empty() {
            let locations = related.into_iter().map(|(id, text, place)| sarif::Location {
                id: Some(id),
                message: Some(message::sentence(text).as_str().into()),
                physical_location: Some(place),
                ..Default::default()
            });
            result.related_locations = Some(locations.collect());
        }
        result.fixes = diagnostic.fix.as_ref().and_then(|fix| self.fix(fix)).map(|fix| vec![fix]);
        if !diagnostic.clusters.is_empty() {
            result.properties = Some(property("clusters", diagnostic.clusters.clone()));
        }
        result
    }

    fn location(&self, diagnostic: &Diagnostic) -> sarif::Location {
        sarif::Location {
            physical_location: self.physical(diagnostic.span),
            logical_locations: logical(diagnostic).map(|location| vec![location]),
            ..Default::default()
        }
    }

    /// The location of a span; `None` if the text of the file was not kept.
    fn physical(&self, span: Span) -> Option<sarif::PhysicalLocation> {
        let source = self.sources.get(span.file)?;
        // A place without a region is not shown (GH1003), so a whole file without text has its first line as region.
        let region = if source.text.is_empty() {
            sarif::Region { start_line: Some(1), ..Default::default() }
        } else {
            region(source, span)
        };
        Some(sarif::PhysicalLocation::builder().artifact_location(artifact(source)).region(region).build())
    }

    fn fingerprints(&self, diagnostic: &Diagnostic) -> BTreeMap<String, String> {
        let mut prints = BTreeMap::from([("pullwarden/v1".to_owned(), diagnostic.fingerprint.clone())]);
        let line =
            self.sources.get(diagnostic.span.file).map(|source| source.line_of(diagnostic.span.start) + 1);
        let hash =
            self.hashes.get(&diagnostic.span.file).zip(line).and_then(|(hashes, line)| hashes.get(&line));
        if let Some(hash) = hash {
            prints.insert("primaryLocationLineHash".to_owned(), hash.clone());
        }
        prints
    }

    /// Empty for an open one. In a run, either every result has this field, or none does.
    fn suppressions(&self, state: &State) -> Vec<sarif::Suppression> {
        let (kind, reason, span) = match state {
            State::Open => return Vec::new(),
            State::Ignored { reason, span, in_source: true } => ("inSource", reason.as_str(), span),
            State::Ignored { reason, span, in_source: false } => ("external", reason.as_str(), span),
            State::Baselined { span } => ("external", "in the baseline", span),
        };
        let mut suppression = sarif::Suppression::builder().kind(kind).status("accepted").build();
        suppression.justification = Some(escape(reason).into_owned()).filter(|reason| !reason.is_empty());
        suppression.location = self
            .physical(*span)
            .map(|place| sarif::Location { physical_location: Some(place), ..Default::default() });
        vec![suppression]
    }

    fn fix(&self, fix: &Fix) -> Option<sarif::Fix> {
        let mut changes: Vec<(FileId, sarif::ArtifactChange)> = Vec::new();
        // Edits are in the order of files.
        for edit in &fix.edits {
            let source = self.sources.get(edit.span.file)?;
            let mut replacement =
                sarif::Replacement::builder().deleted_region(region(source, edit.span)).build();
            if !edit.replacement.is_empty() {
                replacement.inserted_content = Some(sarif::ArtifactContent {
                    text: Some(edit.replacement.clone()),
                    ..Default::default()
                });
            }
            match changes.last_mut() {
                Some((file, change)) if *file == edit.span.file => change.replacements.push(replacement),
                _ => {
                    let change = sarif::ArtifactChange::builder().artifact_location(artifact(source));
                    changes.push((edit.span.file, change.replacements(vec![replacement]).build()));
                }
            }
        }
        let safety = match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        };
        let changes: Vec<_> = changes.into_iter().map(|(_, change)| change).collect();
        Some(
            sarif::Fix::builder()
                .description(&message::sentence(&fix.title))
                .artifact_changes(changes)
                .properties(property("safety", safety))
                .build(),
        )
    }
}

fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Note => sarif::ResultLevel::Note,
        Severity::Warning => sarif::ResultLevel::Warning,
        Severity::Error => sarif::ResultLevel::Error,
    }
}

/// The field and the resource.
fn logical(diagnostic: &Diagnostic) -> Option<sarif::LogicalLocation> {
    let Identity { api_version, kind, namespace, name } = diagnostic.resource.as_deref()?;
    let parts = [&**api_version, &**kind, namespace, name].map(|part| escape(part));
    let resource =
        parts.iter().filter(|part| !part.is_empty()).map(AsRef::as_ref).collect::<Vec<&str>>().join("/");
    let field = escape(&diagnostic.field);
    let location = if field.is_empty() {
        sarif::LogicalLocation::builder()
            .kind("resource")
            .name(&*parts[3])
            .fully_qualified_name(resource)
            .build()
    } else {
        let full = format!("{resource}#{field}");
        sarif::LogicalLocation::builder().kind("property").name(field).fully_qualified_name(full).build()
    };
    Some(location)
}

fn artifact(source: &Source) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation::builder().uri(uri(&source.name)).uri_base_id(ROOT).build()
}

fn region(source: &Source, span: Span) -> sarif::Region {
    let line = |offset| number(source.line_of(offset) + 1);
    let column = |offset| number(source.utf16_column(offset));
    sarif::Region::builder()
        .start_line(line(span.start))
        .start_column(column(span.start))
        .end_line(line(span.end))
        .end_column(column(span.end))
        .build()
}

/// A path as a relative URI reference. A stream has no path, but a reference is required.
fn uri(name: &str) -> String {
    let name = if name == "<stdin>" { "stdin" } else { name };
    percent::encoded(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        assert_eq!(uri("a b/é#?%:[x].yaml"), "a%20b/%C3%A9%23%3F%25%3A%5Bx%5D.yaml");
        assert_eq!(uri("<stdin>"), "stdin");
        assert_eq!(uri(".tekton/x_y~z-1.yml"), ".tekton/x_y~z-1.yml");
    }
}
