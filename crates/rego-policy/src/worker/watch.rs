//! Two clocks of the processor: the interpreter asks one between its steps, and a thread asks the other, since some
//! functions of the language run long without a step.

use crate::Limits;
use regorus::utils::limits::{TimeSource, set_time_source};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Watches one evaluation after the other.
pub(super) struct Watch {
    /// The number of the evaluation that goes on, or of the pause behind it: pauses are even.
    current: Arc<AtomicU64>,
    /// How many milliseconds it may take.
    allowed: Arc<AtomicU64>,
    limit: Duration,
}

/// What the last words of a worker begin with that ran out of time.
pub(crate) const TIME: &str = "rego-policy: out of time";

impl Watch {
    /// Starts the thread.
    pub(super) fn start(limits: &Limits) -> io::Result<Self> {
        let (current, allowed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (watched, within, limit) = (current.clone(), allowed.clone(), limits.time);
        std::thread::Builder::new()
            .name("watch".into())
            .stack_size(1 << 16)
            .spawn(move || watch(&watched, &within, limit))?;
        Ok(Self { current, allowed, limit })
    }

    /// Watches an evaluation, and says how long it took. The interpreter itself would end it before.
    pub(super) fn over<T>(&self, what: impl FnOnce() -> T) -> (T, Duration) {
        self.within(self.limit.saturating_mul(3) / 2, what)
    }

    /// Watches something that may take so long.
    pub(super) fn within<T>(&self, allowed: Duration, what: impl FnOnce() -> T) -> (T, Duration) {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        self.allowed.store(allowed, Ordering::Relaxed);
        let begin = thread_time();
        self.current.fetch_or(1, Ordering::Relaxed);
        let done = what();
        self.current.fetch_add(1, Ordering::Relaxed);
        (done, thread_time().saturating_sub(begin))
    }
}

/// Ends the process when one evaluation takes far longer than the interpreter would let it.
fn watch(current: &AtomicU64, allowed: &AtomicU64, limit: Duration) {
    let pause = (limit / 20).clamp(Duration::from_millis(5), Duration::from_millis(100));
    let (mut seen, mut since) = (0, Duration::ZERO);
    loop {
        std::thread::sleep(pause);
        let number = current.load(Ordering::Relaxed);
        if number != seen {
            (seen, since) = (number, process_time());
        } else if number % 2 == 1
            && process_time().saturating_sub(since) > Duration::from_millis(allowed.load(Ordering::Relaxed))
        {
            last_words(TIME);
            std::process::abort();
        }
    }
}

/// Standard error is a pipe of the runner.
#[expect(clippy::print_stderr, reason = "the runner reads it")]
fn last_words(text: &str) {
    eprintln!("{text}");
}

struct Clock;

static CLOCK: Clock = Clock;

impl TimeSource for Clock {
    fn now(&self) -> Option<Duration> {
        Some(thread_time())
    }
}

/// Has the interpreter read this clock.
pub(super) fn set_clock() {
    // It is set already when two workers share a process, as in tests.
    let _ = set_time_source(&CLOCK);
}

#[cfg(unix)]
fn thread_time() -> Duration {
    clock(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(unix)]
fn process_time() -> Duration {
    clock(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(unix)]
fn clock(id: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(id);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    process_time()
}

#[cfg(not(unix))]
fn process_time() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
