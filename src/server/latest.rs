//! What was checked last.

use super::checked::Checked;
use super::client::{Client, Options};
use super::diagnostics::OfText;
use crate::source::{FileId, Source};
use std::collections::BTreeMap;

/// What was checked last.
#[derive(Default)]
pub(super) struct Latest {
    /// What the client can do.
    pub(super) client: Client,
    /// The settings of the client.
    pub(super) options: Options,
    /// The folders, and the texts that lie in none.
    pub(super) checks: Vec<Checked>,
    /// The diagnostics by text.
    pub(super) texts: BTreeMap<String, OfText>,
}

impl Latest {
    /// The check that an open text is part of, and the text's name and number there.
    pub(super) fn text(&self, uri: &str) -> Option<(&Checked, &str, FileId)> {
        self.checks.iter().find_map(|checked| {
            let name = checked.names.name(uri)?;
            Some((checked, name, checked.file(name)?))
        })
    }

    /// An open text as it is, whether anything was found in it or not.
    pub(super) fn open_text(&self, uri: &str) -> Option<(&Checked, &str, &Source)> {
        self.checks.iter().find_map(|checked| {
            let (name, document) = checked.names.document(uri)?;
            Some((checked, name, &document.source))
        })
    }
}
