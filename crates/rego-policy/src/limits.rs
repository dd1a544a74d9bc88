//! The limits of a policy.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The limits of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The time of the processor that one rule may take over one input.
    pub time: Duration,
    /// The time of the processor that one rule may take in one worker over all inputs.
    pub total: Duration,
    /// The time of the processor that all rules may take over all inputs, and that reading all modules may take.
    pub all: Duration,
    /// The bytes of memory that a worker may map, without the stack.
    pub memory: u64,
    /// The bytes of the stack.
    pub stack: usize,
}

impl Limits {
    /// The time of the processor that reading one module may take.
    pub(crate) fn reading(&self) -> Duration {
        self.time * 2 + Duration::from_secs(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(2),
            total: Duration::from_secs(10),
            all: Duration::from_secs(20),
            memory: 512 << 20,
            stack: 64 << 20,
        }
    }
}
