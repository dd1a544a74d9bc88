//! Decides which texts and documents stay in memory, so that no file is read or parsed twice.

use crate::read::discover::{self, Input};
use crate::read::workload::Kinds;
use crate::yaml::{Document, Documents, SyntaxError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What is known not to be in a file, so that it is not read again to look for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lacks {
    /// Image configuration, and carriers of it.
    pub ours: bool,
    /// Workloads.
    pub workloads: bool,
}

/// The text of a file, or why it has none.
pub type Text = Result<Arc<str>, String>;

/// The text of a file's bytes.
pub(crate) fn text_of(bytes: &[u8]) -> Text {
    std::str::from_utf8(bytes).map(Into::into).map_err(|_| "is not a text in UTF-8".to_owned())
}

/// The bytes of texts that are held for workloads. What is beyond is read again.
const ROOM: usize = 64 << 20;

/// Which texts are held.
pub(super) struct Held<'k> {
    /// The kinds of objects that are looked for later.
    kinds: Option<&'k Kinds>,
    /// Whether there is an object of pullwarden's kinds: without one, nothing is looked for later.
    has_ours: AtomicBool,
    room: AtomicUsize,
}

impl<'k> Held<'k> {
    /// Without `kinds`, nothing is held and nothing is known.
    pub(super) fn new(kinds: Option<&'k Kinds>) -> Self {
        Self { kinds, has_ours: AtomicBool::new(false), room: AtomicUsize::new(ROOM) }
    }

    /// Whether some kinds of objects are looked for later.
    pub(super) fn looks_for_workloads(&self) -> bool {
        self.kinds.is_some()
    }

    /// Notes a file that may hold objects of pullwarden's kinds.
    pub(super) fn note_ours(&self) {
        self.has_ours.store(true, Ordering::Relaxed);
    }

    /// Whether a text holds no objects of the kinds that are looked for later.
    pub(super) fn lacks_workloads(&self, text: &[u8]) -> bool {
        self.kinds.is_some_and(|kinds| !kinds.may_be_in(text))
    }

    /// Whether a text of this length is held. Which texts are held depends on the order in which threads read files, but
    /// nothing else depends on it.
    pub(super) fn take(&self, length: usize, lacks: Lacks) -> bool {
        let take = |room: usize| room.checked_sub(length);
        let fits = || self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        let is_wanted = self.kinds.is_some() && !lacks.workloads && self.has_ours.load(Ordering::Relaxed);
        is_wanted && fits()
    }
}

/// The documents of a file that are kept for kustomizations, so that they are not parsed again: all documents of a
/// kustomization, and the documents of another file that are wanted anyway.
pub(super) struct Documented {
    /// The documents of a kustomization.
    all: Option<Documents>,
    /// Whether the documents of the file are kept anyway.
    is_wanted: bool,
    /// How many documents are not empty; broken documents count, too.
    said: usize,
}

impl Documented {
    pub(super) fn of(input: &Input, text: &str, keep: bool) -> Self {
        // Only `oc` reads a stream of JSON.
        let is_wanted = keep && !text.trim_start().starts_with('{');
        let all = (is_wanted && discover::is_kustomization(&input.name)).then(Vec::new);
        Self { all, is_wanted, said: 0 }
    }

    pub(super) fn take(
        &mut self,
        parsed: Result<Arc<Document>, SyntaxError>,
    ) -> Result<Arc<Document>, SyntaxError> {
        self.said += usize::from(parsed.as_ref().map_or(true, |document| !document.is_empty()));
        if let Some(all) = &mut self.all {
            all.push(parsed.clone());
        }
        parsed
    }

    pub(super) fn done(self, that_matter: Vec<Arc<Document>>) -> Option<Documents> {
        let is_all = self.is_wanted && self.said == that_matter.len();
        self.all.or_else(|| is_all.then(|| that_matter.into_iter().map(Ok).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_held_as_far_as_there_is_room() {
        let kinds = Kinds::default();
        let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers: [{image: quay.io/a}]\n";
        let lacks = |held: &Held<'_>, text: &str| Lacks {
            workloads: held.lacks_workloads(text.as_bytes()),
            ..Lacks::default()
        };
        let held = Held::new(Some(&kinds));
        assert!(!held.take(1, lacks(&held, pod)), "nothing is looked for yet");
        held.note_ours();
        assert!(held.take(ROOM - 1, lacks(&held, pod)));
        assert!(!held.take(2, lacks(&held, pod)), "no room is left");
        assert!(held.take(1, lacks(&held, pod)));
        assert!(!Held::new(Some(&kinds)).take(0, lacks(&held, "kind: Secret\n")));
        let nobody_asks = Held::new(None);
        nobody_asks.note_ours();
        assert!(!nobody_asks.take(1, lacks(&nobody_asks, pod)));
    }
}
