//! The newest checked state.

use super::checked::Checked;
use super::client::{Client, Options};
use super::diagnostics::OfText;
use crate::source::{FileId, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The newest checked state.
#[derive(Default)]
pub(super) struct Latest {
    /// What the client can do.
    pub(super) client: Client,
    /// The settings of the client.
    pub(super) options: Options,
    /// The checks: one for each folder, and one for each text outside of all folders.
    pub(super) checks: Vec<Checked>,
    /// The diagnostics by text.
    pub(super) texts: Arc<BTreeMap<String, OfText>>,
}

impl Latest {
    /// The check that contains an open text, with the text's name and number in it.
    pub(super) fn text(&self, uri: &str) -> Option<(&Checked, &str, FileId)> {
        self.checks.iter().find_map(|checked| {
            let name = checked.names.name(uri)?;
            Some((checked, name, checked.file(name)?))
        })
    }

    /// An open text, with findings or without.
    pub(super) fn open_text(&self, uri: &str) -> Option<(&Checked, &str, &Source)> {
        self.checks.iter().find_map(|checked| {
            let (name, document) = checked.names.document(uri)?;
            Some((checked, name, &document.source))
        })
    }
}
