//! Faults of policies, with their places.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A fault of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// Its place; `None` if it is about a whole set.
    pub place: Option<Place>,
    /// What is wrong, in one line.
    pub message: String,
}

/// A place in the text of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The number of the set.
    pub set: usize,
    /// The number of the module in it.
    pub source: usize,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Place {
    /// The bytes of the text.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}
