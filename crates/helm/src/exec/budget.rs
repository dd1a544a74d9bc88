//! The remaining work of a rendering.

use crate::value::{Mark, Text};
use crate::{Error, Limits, Result};

/// The limit of depth for blocks, pipelines and templates during execution.
const MAX_NESTING: usize = 12_000;

#[derive(Debug)]
pub(crate) struct Budget {
    steps: u64,
    bytes: usize,
    nesting: usize,
    limits: Limits,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { steps: limits.steps, bytes: limits.bytes, nesting: 0, limits: *limits }
    }

    /// The limit of nested includes of one name.
    pub(super) fn depth(&self) -> usize {
        self.limits.depth
    }

    /// Charges steps; an error if none are left.
    pub(crate) fn steps(&mut self, count: usize) -> Result<()> {
        match self.steps.checked_sub(count as u64) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Error::limit(format!("the templates take more than {} steps", self.limits.steps))),
        }
    }

    /// Charges the bytes of a text and of its marks, before it is copied.
    pub(crate) fn text(&mut self, text: &Text) -> Result<()> {
        self.bytes(text.as_str().len() + std::mem::size_of_val(text.marks()))
    }

    /// Charges the bytes of a text with one mark, before it is made; an error if none are left.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<()> {
        match self.bytes.checked_sub(count.saturating_add(size_of::<Mark>())) {
            Some(left) => {
                self.bytes = left;
                self.steps(count / 64)
            }
            None => Err(Error::limit(format!(
                "the templates need more than {} MiB of memory",
                self.limits.bytes >> 20
            ))),
        }
    }

    /// Goes one level deeper; the caller returns with [`Self::rise`].
    pub(super) fn descend(&mut self) -> Result<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(Error::limit("templates or values nest too deeply"));
        }
        self.steps(1)
    }

    pub(super) fn rise(&mut self) {
        self.nesting -= 1;
    }
}
