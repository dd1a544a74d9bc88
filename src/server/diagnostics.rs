//! Diagnostics as a client shows them.

use super::checked::Checked;
use super::client::Client;
use crate::check::diagnostic::Diagnostic as Found;
use crate::machine::terminal::escape;
use crate::report::{page_url, whole_message};
use crate::rules::rule::Severity;
use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Position, Range,
    Uri,
};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// Diagnostics of a file beyond this number are counted and not sent: no editor shows so many, and each costs memory
/// in both processes.
const MAX_OF_FILE: usize = 5_000;
/// The most related places of a diagnostic.
const MAX_RELATED: usize = 50;

/// The diagnostics of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct OfText {
    /// The version of the text, if it is open.
    pub(super) version: Option<i32>,
    /// The diagnostics as the client gets them, in the order of the text. They take less memory than their values.
    pub(super) items: Vec<Box<RawValue>>,
}

impl PartialEq for OfText {
    fn eq(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.items.iter(), other.items.iter());
        self.version == other.version && ours.map(|item| item.get()).eq(theirs.map(|item| item.get()))
    }
}

/// The open diagnostics of a check by the address of their text.
pub(super) fn by_text(checked: &Checked, client: &Client) -> BTreeMap<String, OfText> {
    let mut texts: BTreeMap<String, OfText> = BTreeMap::new();
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    for found in checked.report.open() {
        let name = checked.sources.get(found.span.file).map_or(".", |source| source.name.as_str());
        let uri = checked.names.uri(name);
        let text = texts.entry(uri.clone()).or_default();
        text.version = checked.names.version(name);
        if text.items.len() < MAX_OF_FILE {
            text.items.extend(to_raw_value(&diagnostic(found, checked, client)));
        } else {
            *dropped.entry(uri).or_default() += 1;
        }
    }
    for (uri, count) in dropped {
        if let Some(text) = texts.get_mut(&uri) {
            text.items.extend(to_raw_value(&more(count)));
        }
    }
    texts
}

/// A diagnostic in the form of the protocol.
pub(super) fn diagnostic(found: &Found, checked: &Checked, client: &Client) -> Diagnostic {
    let sources = &checked.sources;
    let mut message = whole_message(found, sources);
    let mut related = Vec::new();
    for place in found.related.iter().take(MAX_RELATED) {
        let Some(source) = sources.get(place.span.file) else { continue };
        let label = escape(&place.text).into_owned();
        if client.has_related {
            let location = Location {
                uri: Uri::from(checked.names.uri(&source.name)),
                range: client.encoding.range(source, place.span),
            };
            related.push(DiagnosticRelatedInformation { location, message: label });
        } else {
            let line = source.line_of(place.span.start) + 1;
            message = format!("{message}\n{label} ({}:{line})", escape(&source.name));
        }
    }
    let page = page_url(found.rule).map(|href| CodeDescription { href: Uri::from(href) });
    Diagnostic {
        range: client.encoding.range_in(sources, found.span),
        severity: Some(severity(found.severity)),
        code: Some(found.rule.id.to_owned().into()),
        code_description: page,
        source: Some("pullwarden".into()),
        message: message.into(),
        related_information: client.has_related.then_some(related),
        ..Diagnostic::default()
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}

fn more(count: usize) -> Diagnostic {
    Diagnostic {
        range: Range { start: Position::default(), end: Position::default() },
        severity: Some(DiagnosticSeverity::Information),
        source: Some("pullwarden".into()),
        message: format!("{count} more findings in this file; `pullwarden check` shows them all").into(),
        ..Diagnostic::default()
    }
}
