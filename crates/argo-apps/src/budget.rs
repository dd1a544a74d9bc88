//! The limits of work for one manifest.

use crate::found::{Application, Called, Missing, Read};
use spanned_yaml::Span;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// The limit of applications of one set, and of sets of parameters that one generator makes.
pub(crate) const MAX_APPLICATIONS: usize = 10_000;
/// The longest result of a template, in bytes.
pub(crate) const MAX_TEXT: usize = 16 << 10;
/// Steps of all kinds: names matched, parameters made, bytes rendered (a hundred a step).
const MAX_STEPS: usize = 20_000_000;
/// The limit of notes.
const MAX_NOTES: usize = 100;

/// The work that is left, and the notes about skipped parts.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    notes: RefCell<Vec<(Span, String)>>,
    missing: RefCell<Vec<Missing>>,
    called: RefCell<BTreeSet<Called>>,
    whole: Span,
}

impl Budget {
    /// The budget for a manifest at `whole`.
    pub(crate) fn new(whole: Span) -> Self {
        let (notes, missing, called) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { left: Cell::new(MAX_STEPS), notes, missing, called, whole }
    }

    /// Counts work; `None` after the limit is reached.
    pub(crate) fn spend(&self, steps: usize) -> Option<()> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        if left.is_none() {
            self.too_much();
        }
        left.map(|_| ())
    }

    /// Records that the set exceeds the limit.
    pub(crate) fn too_much(&self) {
        let message =
            "this set makes more than 10,000 applications or takes too many steps; some are left out";
        self.note(self.whole, message.to_owned());
    }

    /// Records a skipped part, each once.
    pub(crate) fn note(&self, span: Span, message: String) {
        let mut notes = self.notes.borrow_mut();
        let note = (span, message);
        if notes.len() < MAX_NOTES && !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// The manifest.
    pub(crate) fn whole(&self) -> Span {
        self.whole
    }

    /// Records a missing path.
    pub(crate) fn miss(&self, missing: Missing) {
        let mut known = self.missing.borrow_mut();
        if known.len() < MAX_NOTES {
            known.push(missing);
        }
    }

    /// Records a name of a cluster.
    pub(crate) fn call(&self, called: Called) {
        let mut known = self.called.borrow_mut();
        if known.len() < MAX_APPLICATIONS {
            known.insert(called);
        }
    }

    /// The applications and the skipped parts, in the order of the text.
    pub(crate) fn read(self, applications: Vec<Application>) -> Read {
        let mut left_out = self.notes.into_inner();
        left_out.sort();
        let (missing, called) = (self.missing.into_inner(), self.called.into_inner());
        Read { applications, left_out, missing, called }
    }
}
