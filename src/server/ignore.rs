//! The comment that ignores a diagnostic at its place and nothing else, and where the comment goes.

use crate::check::diagnostic::Diagnostic;
use crate::rules::rule::Category;
use crate::source::{FileId, Source};
use crate::yaml::{self, Document, Kind, Node};

/// The largest text that is parsed for this, in bytes.
const MAX_TEXT: usize = 4 << 20;

/// A comment to insert. The reason goes between its two texts.
#[derive(Debug)]
pub(super) struct Comment {
    /// The byte where it goes.
    pub(super) at: usize,
    /// Its text up to the reason.
    pub(super) before: String,
    /// Its text after the reason: the end of a line, or nothing.
    pub(super) behind: &'static str,
}

/// The documents of a text in which a comment is possible: JSON has no comments.
pub(super) fn documents(source: &Source) -> Vec<Document> {
    let is_json = source.text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        || source.name.to_ascii_lowercase().ends_with(".json");
    let mut documents: Vec<Document> = Vec::new();
    if !is_json && source.text.len() <= MAX_TEXT {
        yaml::parse(FileId(0), &source.text, |parsed| documents.extend(parsed.ok()));
    }
    documents
}

/// The comment that ignores a diagnostic: on a line of its own above the text. Above the first key of a document, the
/// comment would ignore findings in the whole document, so it goes to the end of the line there. `None` if no comment
/// is possible.
pub(super) fn comment(found: &Diagnostic, source: &Source, documents: &[Document]) -> Option<Comment> {
    if found.rule.category == Category::Settings || found.resource.is_none() {
        return None;
    }
    let start = found.span.start;
    let document = documents.iter().find(|document| document.span().range().contains(&(start as usize)))?;
    // A text inside a text may have comments of its own, which are not searched.
    let is_text = |node: &Node<'_>| node.is_block_scalar() && node.span().range().contains(&(start as usize));
    if document.all().any(|node| is_text(&node)) {
        return None;
    }
    let line = source.line_of(start);
    let line_start = source.line_starts()[line] as usize;
    let text = source.line(line);
    let indented = text.trim_start_matches('\u{feff}');
    let indentation = &indented[..indented.len() - indented.trim_start_matches([' ', '\t']).len()];
    let words = format!("# pullwarden: ignore[{}] ", found.rule.id);
    let first = source.line_of(document.root().span().start);
    if line > first {
        let behind = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let before = format!("{indentation}{words}");
        return (!is_inside(document, line_start)).then_some(Comment { at: line_start, before, behind });
    }
    let end = line_start + text.len();
    let is_free =
        !text.contains('#') && !is_inside(document, end) && !text.trim_end().ends_with(['|', '>', '-', '+']);
    is_free.then(|| Comment { at: end, before: format!(" {words}"), behind: "" })
}

/// Whether a place lies inside of a scalar, so that a comment there would be part of it.
fn is_inside(document: &Document, at: usize) -> bool {
    let is_around = |span: crate::source::Span| (span.start as usize) < at && at < span.end as usize;
    document.all().any(|node| node.kind() == Kind::Scalar && is_around(node.span()))
}
