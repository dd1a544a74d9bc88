//! Two processor clocks limit the time: the interpreter reads one between its steps, and a thread reads the other, since
//! some functions of the language run long without a step.

use crate::Limits;
use regorus::utils::limits::{TimeSource, set_time_source};
use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Watches one evaluation after the other.
pub(super) struct Watch {
    /// The number of the current evaluation, or of the pause behind it: pauses are even.
    current: Arc<AtomicU64>,
    /// The allowed milliseconds.
    allowed: Arc<AtomicU64>,
    limit: Duration,
    /// The last reading of the processor clock.
    settled: Cell<Duration>,
}

/// A shorter time is not counted.
const SHORT: Duration = Duration::from_micros(300);

/// The beginning of a worker's last message after it ran out of time.
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
        Ok(Self { current, allowed, limit, settled: Cell::default() })
    }

    /// Watches an evaluation, and returns its duration. Usually the interpreter itself ends an evaluation in time.
    pub(super) fn over<T>(&self, what: impl FnOnce() -> T) -> (T, Duration) {
        self.within(self.limit.saturating_mul(3) / 2, what)
    }

    /// Watches a call with a time limit.
    pub(super) fn within<T>(&self, allowed: Duration, what: impl FnOnce() -> T) -> (T, Duration) {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        self.allowed.store(allowed, Ordering::Relaxed);
        let begin = Instant::now();
        self.current.fetch_or(1, Ordering::Relaxed);
        let done = what();
        self.current.fetch_add(1, Ordering::Relaxed);
        // To read the processor clock costs a system call, and such short times do not add up.
        let time = if begin.elapsed() < SHORT { Duration::ZERO } else { self.settle() };
        (done, time)
    }

    /// The processor time since the last call.
    pub(super) fn settle(&self) -> Duration {
        let now = thread_time();
        now.saturating_sub(self.settled.replace(now))
    }
}

/// Ends the process if one evaluation exceeds its limit by far.
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

thread_local! {
    /// The last reading of both clocks.
    static READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

static CLOCK: Clock = Clock;

impl TimeSource for Clock {
    /// Between two readings of the processor clock, the wall clock gives an upper bound.
    fn now(&self) -> Option<Duration> {
        let (wall, processor) = READ.get().unwrap_or_else(|| (Instant::now(), thread_time()));
        let since = wall.elapsed();
        if since < Duration::from_millis(5) {
            READ.set(Some((wall, processor)));
            return Some(processor + since);
        }
        let last = processor.max(thread_time());
        READ.set(Some((Instant::now(), last)));
        Some(last)
    }
}

/// Lets the interpreter read this clock.
pub(super) fn set_clock() {
    // If two workers share a process, as in tests, the clock is already set.
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
