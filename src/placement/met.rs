//! The files that a repository met beside the walk.

use crate::source::FileId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files that the walk did not meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met {
    /// The number of the next file.
    pub(super) next: u32,
    pub(super) known: BTreeMap<String, (FileId, Arc<str>)>,
}
