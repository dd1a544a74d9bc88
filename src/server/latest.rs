//! What was checked last.

use super::checked::Checked;
use super::client::{Client, Options};
use super::diagnostics::OfText;
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
