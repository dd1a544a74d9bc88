//! The newest checked state, and the steady state, from which most questions are answered.
//!
//! In the middle of a word, a text is often no YAML, and its objects are gone: the diagnostics say so. Everything else
//! would come and go with each key. So the steady state has the last text in place of each open text that cannot be read
//! or built, and its places are moved to where they stand in the current text.

use super::checked::Checked;
use super::client::{Client, Options};
use super::diagnostics::OfText;
use super::moved::Moved;
use crate::source::{FileId, Source, Span};
use gen_lsp_types::{Position, Range};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The checks of a state: one for each folder, and one for each text outside of all folders.
pub(super) type Checks = Arc<Vec<Checked>>;

/// The newest checked state.
#[derive(Default)]
pub(super) struct Latest {
    /// What the client can do.
    pub(super) client: Client,
    /// The settings of the client.
    pub(super) options: Options,
    /// Set as soon as a newer state exists.
    pub(super) stop: Arc<AtomicBool>,
    /// The checks of the newest state.
    pub(super) checks: Checks,
    /// The diagnostics by text.
    pub(super) texts: Arc<BTreeMap<String, OfText>>,
    /// The checks of the steady state; `None` until the first question after a change of it.
    pub(super) steady: Option<Checks>,
    /// The texts that differ between the two states, by their addresses.
    pub(super) moved: BTreeMap<String, Moved>,
}

/// An open text in the steady state.
pub(super) struct Steady<'l> {
    /// The check that contains it.
    pub(super) checked: &'l Checked,
    /// Its name in reports.
    pub(super) name: &'l str,
    /// Its number, if it may have objects or findings.
    pub(super) file: Option<FileId>,
    /// The current text.
    pub(super) now: &'l Source,
    moved: Option<&'l Moved>,
}

impl Steady<'_> {
    /// The byte of a place of the current text in the steady text; `None` if it is new.
    pub(super) fn offset(&self, client: &Client, position: Position) -> Option<usize> {
        self.back(client.encoding.offset(self.now, position))
    }

    /// The place of a byte of the current text in the steady text; `None` if it is new.
    pub(super) fn back(&self, at: usize) -> Option<usize> {
        self.moved.map_or(Some(at), |moved| moved.back(at))
    }
}

impl Latest {
    /// The check that contains an open text, with the text's name and number in it.
    pub(super) fn text(&self, uri: &str) -> Option<(&Checked, &str, FileId)> {
        self.checks.iter().find_map(|checked| {
            let name = checked.names.name(uri)?;
            Some((checked, name, checked.file(name)?))
        })
    }

    /// The checks of the steady state.
    pub(super) fn steady(&self) -> &[Checked] {
        self.steady.as_ref().unwrap_or(&self.checks)
    }

    /// An open text in the steady state.
    pub(super) fn steady_text(&self, uri: &str) -> Option<Steady<'_>> {
        let moved = self.moved.get(uri);
        self.steady().iter().find_map(|checked| {
            let (name, document) = checked.names.document(uri)?;
            let now = moved.map_or(&document.source, |moved| &moved.now.source);
            Some(Steady { checked, name, file: checked.file(name), now, moved })
        })
    }

    /// The range of a span of the steady state in the current text; `None` if it is gone or has changed.
    pub(super) fn range(&self, checked: &Checked, span: Span) -> Option<Range> {
        let encoding = self.client.encoding;
        match self.moved_in(checked, span) {
            Some(moved) => Some(encoding.range(&moved.now.source, moved.unchanged(span)?)),
            None => Some(encoding.range_in(&checked.sources, span)),
        }
    }

    /// The range of a span of the steady state in the current text, with the changes in it.
    pub(super) fn range_around(&self, checked: &Checked, span: Span) -> Range {
        let encoding = self.client.encoding;
        match self.moved_in(checked, span) {
            Some(moved) => encoding.range(&moved.now.source, moved.around(span)),
            None => encoding.range_in(&checked.sources, span),
        }
    }

    fn moved_in(&self, checked: &Checked, span: Span) -> Option<&Moved> {
        if self.moved.is_empty() {
            return None;
        }
        self.moved.get(&checked.names.uri(&checked.sources.get(span.file)?.name))
    }
}
