//! Edits in the form of the protocol: each names the version of the text that it was made for.

use super::checked::Checked;
use super::client::Client;
use crate::finding::Edit as Change;
use crate::source::Source;
use gen_lsp_types::{
    DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier, Range, SnippetTextEdit, StringValue,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use similar::TextDiff;
use std::collections::{BTreeMap, HashMap};

/// The edits of a fix, by text.
pub(super) fn of_fix(changes: &[Change], checked: &Checked, client: &Client) -> WorkspaceEdit {
    let mut texts: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for change in changes {
        let Some(source) = checked.sources.get(change.span.file) else { continue };
        let range = client.encoding.range(source, change.span);
        let edit = TextEdit { range, new_text: change.replacement.clone() };
        texts.entry(&source.name).or_default().push(edit);
    }
    of_texts(texts, checked, client)
}

/// Edits by the names of their texts.
pub(super) fn of_texts(
    texts: BTreeMap<&str, Vec<TextEdit>>,
    checked: &Checked,
    client: &Client,
) -> WorkspaceEdit {
    if !client.has_versions {
        let uri = |name: &str| Uri::from(checked.names.uri(name));
        let changes: HashMap<Uri, Vec<TextEdit>> =
            texts.into_iter().map(|(name, edits)| (uri(name), edits)).collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let texts = texts.into_iter().map(|(name, edits)| (name, edits.into_iter().map(Edit::from).collect()));
    versioned(texts, checked)
}

/// One edit of a text, followed by a place to fill in if the client supports such places.
pub(super) fn to_fill_in(
    name: &str,
    range: Range,
    (before, filling, behind): (&str, &str, &str),
    checked: &Checked,
    client: &Client,
) -> WorkspaceEdit {
    if client.has_versions && client.has_snippets {
        let plain = |text: &str| text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
        let value = format!("{}${{1:{}}}{}", plain(before), plain(filling), plain(behind));
        let snippet = SnippetTextEdit { range, snippet: StringValue { value }, annotation_id: None };
        return versioned([(name, vec![Edit::from(snippet)])], checked);
    }
    let edit = TextEdit { range, new_text: format!("{before}{behind}") };
    of_texts(BTreeMap::from([(name, vec![edit])]), checked, client)
}

fn versioned<'n>(texts: impl IntoIterator<Item = (&'n str, Vec<Edit>)>, checked: &Checked) -> WorkspaceEdit {
    let changes = texts.into_iter().map(|(name, edits)| {
        let identifier = TextDocumentIdentifier { uri: Uri::from(checked.names.uri(name)) };
        let version = checked.names.version(name);
        let text_document =
            OptionalVersionedTextDocumentIdentifier { version, text_document_identifier: identifier };
        DocumentChange::from(TextDocumentEdit { text_document, edits })
    });
    WorkspaceEdit { document_changes: Some(changes.collect()), ..WorkspaceEdit::default() }
}

/// The edits that change a text to `after`, line by line, so that places between them stay where they are.
pub(super) fn between(source: &Source, after: &str, client: &Client) -> Vec<TextEdit> {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    let (old, new) = (lines(&source.text), lines(after));
    let starts = |lines: &[&str]| {
        let mut at = 0;
        let mut starts = vec![0];
        starts.extend(lines.iter().map(|line| {
            at += line.len();
            at
        }));
        starts
    };
    let (old_at, new_at) = (starts(&old), starts(&new));
    let diff = TextDiff::configure().diff_slices(&old, &new);
    let changed = diff.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    let edits = changed.map(|op| {
        let (from, to) = (op.old_range(), op.new_range());
        let place = |line: usize| client.encoding.position(source, old_at[line] as u32);
        let range = Range { start: place(from.start), end: place(from.end) };
        TextEdit { range, new_text: after[new_at[to.start]..new_at[to.end]].to_owned() }
    });
    edits.collect()
}
