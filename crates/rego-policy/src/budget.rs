//! What the rules of a runner may take over all jobs.

use crate::Limits;
use crate::words::seconds;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The bytes that the results of all jobs may take.
const MOST_BYTES: u64 = 128 << 20;

/// What the rules of a [`Runner`](crate::Runner) may take over all jobs of several calls: time of the processor, and
/// memory for their results. Jobs that come after its end are [`cut`](crate::Outcome::cut).
#[derive(Debug)]
pub struct Budget {
    all: Duration,
    /// The spent time in nanoseconds.
    time: AtomicU64,
    /// The bytes of the results.
    bytes: AtomicU64,
    slowest: Mutex<Option<Slow>>,
}

/// The time that a head of a rule took: the time, the number of the rule, and the number of the head.
pub(crate) type Slow = (Duration, usize, usize);

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { all: limits.all, time: AtomicU64::new(0), bytes: AtomicU64::new(0), slowest: Mutex::default() }
    }

    /// The time that is left; zero at the end.
    pub(crate) fn left(&self) -> Duration {
        if self.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            return Duration::ZERO;
        }
        self.all.saturating_sub(self.spent())
    }

    fn spent(&self) -> Duration {
        Duration::from_nanos(self.time.load(Ordering::Relaxed))
    }

    pub(crate) fn spend(&self, time: Duration, bytes: usize) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.time.fetch_add(time, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Keeps the slower one of this head and the slowest one so far.
    pub(crate) fn slow(&self, head: Option<Slow>) {
        let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        *slowest = head.max(*slowest);
    }

    /// The head that took the most time, as far as a worker measured it: the number of the rule, and of the head.
    pub fn slowest(&self) -> Option<(usize, usize)> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner).map(|(_, rule, head)| (rule, head))
    }

    /// Why jobs are cut, in one line.
    pub fn reason(&self) -> String {
        if self.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            format!("the results of all policies take more than {} MiB", MOST_BYTES >> 20)
        } else {
            format!("all policies together take longer than {}", seconds(self.all))
        }
    }
}
