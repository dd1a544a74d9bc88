//! How much a run makes of what it reads. A few bytes can be packed from a gigabyte, and a few lines of a generator can
//! copy every object of a directory a thousand times; what comes of that is memory and time that the size of the
//! repository does not show.

use crate::kustomize::{Files, Tree};
use crate::source::Span;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The bytes that one run may make.
pub const MOST: u64 = 512 << 20;
/// What an object costs beside its text: its place in a cluster, its types and its paths.
const OBJECT: u64 = 4 << 10;

/// What a value costs that an alias repeats, or that a build makes: its text, its place and what it is read into.
const VALUE: u64 = 128;

/// What is left of the bytes that one run may make. Everything that makes more of a text than the text itself asks here
/// before it does.
///
/// Where threads spend at the same time, the one that is too late may be another one in the next run: whoever finds the
/// budget [exceeded](Self::exceeded) [starts again](Self::restart) and spends it in the order of the files, so that every
/// run leaves out the same.
#[derive(Debug)]
pub struct Budget {
    bytes: u64,
    left: AtomicU64,
    exceeded: Mutex<Option<Span>>,
    /// The objects that were read once.
    read: Mutex<HashSet<Span>>,
}

/// Files of which a run may make only so much.
pub trait Bounded: Files {
    /// What the run may make of these files, where it has bounds.
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

    /// Forgets what was spent.
    pub fn restart(&self) {
        self.left.store(self.bytes, Ordering::Relaxed);
        *self.exceeded.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes `bytes` that were known to be left.
    pub fn take(&self, bytes: u64) {
        let rest = |left: u64| Some(left.saturating_sub(bytes));
        // What is always some is always taken.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }

    /// Takes `bytes` for what the text at `place` makes. Where they are no longer there, nothing is taken, and what the
    /// text makes is to be left out.
    #[must_use]
    pub fn spend(&self, bytes: u64, place: Span) -> bool {
        let take = |left: u64| left.checked_sub(bytes);
        let is_there = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if !is_there {
            self.exceed(place);
        }
        is_there
    }

    /// Notes that the text at `place` makes more than is looked at, whatever is left.
    pub fn exceed(&self, place: Span) {
        self.exceeded.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(place);
    }

    /// Takes what one more object costs whose text has so many bytes.
    #[must_use]
    pub fn spend_object(&self, text: usize, place: Span) -> bool {
        self.spend(OBJECT + text as u64, place)
    }

    /// Takes what so many values cost that no text shows.
    #[must_use]
    pub fn spend_values(&self, values: usize, place: Span) -> bool {
        values == 0 || self.spend(VALUE.saturating_mul(values as u64), place)
    }

    /// Takes what an object of so many bytes costs that stands at `text`, from the second time on: builds and policies give
    /// the same text to many clusters.
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
    fn what_is_spent_is_gone_and_the_first_who_lacks_it_is_told() {
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
