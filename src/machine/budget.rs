//! Limits what a run makes from the files that it reads. A few bytes can unpack to a gigabyte, and a few lines of a
//! generator can copy every object of a directory a thousand times. The size of the repository does not show how much
//! memory and time this costs.

use crate::kustomize::{Files, Tree};
use crate::source::Span;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The bytes that one run may make.
pub const MOST: u64 = 512 << 20;
/// The cost of an object beside its text: its place in a cluster, its types and its paths.
const OBJECT: u64 = 4 << 10;

/// The cost of a value that an alias repeats, or that a build makes: its text, its place, and what is read from it.
const VALUE: u64 = 128;

/// The bytes that one run may still make. Code that makes more from a text than the text itself asks here first.
///
/// Threads spend at the same time, so in each run another text may be the first that exceeds the budget. A caller that
/// finds the budget [exceeded](Self::exceeded) [starts again](Self::restart), and spends in the order of the files. So
/// every run leaves out the same texts.
#[derive(Debug)]
pub struct Budget {
    bytes: u64,
    left: AtomicU64,
    exceeded: Mutex<Option<Span>>,
    /// The objects that were read once.
    read: Mutex<HashSet<Span>>,
}

/// Files with a budget.
pub trait Bounded: Files {
    /// The budget of these files, if they have one.
    fn budget(&self) -> Option<&Budget> {
        None
    }
}

impl Bounded for Tree {}

impl Default for Budget {
    fn default() -> Self {
        Self::of(most())
    }
}

/// The variable that makes the budget smaller, so that tests reach it soon.
const AT_MOST: &str = "PULLWARDEN_MAKES_AT_MOST";

#[expect(clippy::disallowed_methods, reason = "no release reads it")]
fn most() -> u64 {
    let smaller = || std::env::var(AT_MOST).ok()?.parse().ok();
    if cfg!(debug_assertions) { smaller().unwrap_or(MOST) } else { MOST }
}

impl Budget {
    /// A budget of so many bytes.
    pub fn of(bytes: u64) -> Self {
        Self { bytes, left: AtomicU64::new(bytes), exceeded: Mutex::default(), read: Mutex::default() }
    }

    /// Sets a part aside: from now on, the budget is smaller.
    pub fn set_aside(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.restart();
    }

    /// Forgets what was spent.
    pub fn restart(&self) {
        self.left.store(self.bytes, Ordering::Relaxed);
        *self.exceeded.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets what was spent since so many bytes were left.
    pub fn restart_from(&self, left: u64) {
        self.restart();
        self.take(self.left().saturating_sub(left));
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes `bytes` that were known to be left.
    pub fn take(&self, bytes: u64) {
        let rest = |left: u64| Some(left.saturating_sub(bytes));
        // `rest` always returns a value, so this never fails.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }

    /// Takes `bytes` for what the text at `place` makes. If fewer bytes are left, this takes nothing and returns
    /// `false`; the caller then leaves out what the text makes.
    #[must_use]
    pub fn spend(&self, bytes: u64, place: Span) -> bool {
        let take = |left: u64| left.checked_sub(bytes);
        let is_there = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if !is_there {
            self.exceed(place);
        }
        is_there
    }

    /// Marks the budget as exceeded by the text at `place`, whatever is left.
    pub fn exceed(&self, place: Span) {
        self.exceeded.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(place);
    }

    /// Takes the cost of one more object, whose text has `text` bytes.
    #[must_use]
    pub fn spend_object(&self, text: usize, place: Span) -> bool {
        self.spend(OBJECT + text as u64, place)
    }

    /// Takes the cost of values that appear in no text.
    #[must_use]
    pub fn spend_values(&self, values: usize, place: Span) -> bool {
        values == 0 || self.spend(VALUE.saturating_mul(values as u64), place)
    }

    /// Takes the cost of an object of `bytes` bytes at `text`, from the second time on: builds and policies give the
    /// same text to many clusters.
    #[must_use]
    pub fn spend_copy(&self, text: Span, bytes: usize) -> bool {
        let is_first = self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
        is_first || self.spend_object(bytes, text)
    }

    /// The first text that made more than was left.
    pub fn exceeded(&self) -> Option<Span> {
        *self.exceeded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn the_first_place_that_exceeds_the_budget_is_kept() {
        let place = |start| Span::new(FileId(0), start, start + 1);
        let budget = Budget::of(10);
        assert!(budget.spend(4, place(0)) && budget.spend(6, place(1)) && budget.exceeded().is_none());
        assert!(budget.spend(0, place(2)) && !budget.spend(1, place(3)) && !budget.spend(9, place(4)));
        assert_eq!(budget.exceeded(), Some(place(3)));
        budget.restart();
        assert!(budget.exceeded().is_none() && budget.spend(10, place(5)));
        assert!(!Budget::of(OBJECT).spend_object(1, place(0)));
    }
}
