//! What a rendering may still do.

use crate::value::{Mark, Text};
use crate::{Error, Limits, Result};

/// How deep blocks, pipelines and templates may lie in each other while they are executed.
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

    /// How often one name may be included in itself.
    pub(super) fn depth(&self) -> usize {
        self.limits.depth
    }

    /// Takes steps, or says that none are left.
    pub(crate) fn steps(&mut self, count: usize) -> Result<()> {
        match self.steps.checked_sub(count as u64) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Error::limit(format!("the templates take more than {} steps", self.limits.steps))),
        }
    }

    /// Takes the bytes of a text and of the marks in it, before it is copied.
    pub(crate) fn text(&mut self, text: &Text) -> Result<()> {
        self.bytes(text.as_str().len() + std::mem::size_of_val(text.marks()))
    }

    /// Takes bytes of a text with one mark, before it is made, or says that it would be too much.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<()> {
        match self.bytes.checked_sub(count.saturating_add(size_of::<Mark>())) {
            Some(left) => {
                self.bytes = left;
                self.steps(count / 64)
            }
            None => {
                Err(Error::limit(format!("the templates make more than {} bytes of text", self.limits.bytes)))
            }
        }
    }

    /// Goes one level deeper; whoever calls comes back with [`Self::rise`].
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
