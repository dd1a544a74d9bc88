//! How much a policy may use.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How much a policy may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The time of the processor that one rule may take over one input.
    pub time: Duration,
    /// The bytes of memory that a worker may map, the stack aside.
    pub memory: u64,
    /// The bytes of the stack.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(2), memory: 1 << 30, stack: 64 << 20 }
    }
}
