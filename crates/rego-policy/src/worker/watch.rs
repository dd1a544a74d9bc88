//! Two clocks of the processor: the interpreter asks one between its steps, and a thread asks the other, since some
//! functions of the language run long without a step.

use crate::Limits;
use regorus::utils::limits::{TimeSource, set_time_source};
use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Watches one evaluation after the other.
pub(super) struct Watch {
    /// The number of the evaluation that goes on, or of the pause behind it: pauses are even.
    current: Arc<AtomicU64>,
    /// How many milliseconds it may take.
    allowed: Arc<AtomicU64>,
    limit: Duration,
    /// When the clock of the processor was read.
    settled: Cell<Duration>,
}

/// Less than this is not counted.
const SHORT: Duration = Duration::from_micros(300);

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
        Ok(Self { current, allowed, limit, settled: Cell::default() })
    }

    /// Watches an evaluation, and says how long it took. The interpreter itself would end it before.
    pub(super) fn over<T>(&self, what: impl FnOnce() -> T) -> (T, Duration) {
        self.within(self.limit.saturating_mul(3) / 2, what)
    }

    /// Watches something that may take so long.
    pub(super) fn within<T>(&self, allowed: Duration, what: impl FnOnce() -> T) -> (T, Duration) {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        self.allowed.store(allowed, Ordering::Relaxed);
        let begin = Instant::now();
        self.current.fetch_or(1, Ordering::Relaxed);
        let done = what();
        self.current.fetch_add(1, Ordering::Relaxed);
        // The clock of the processor costs a call of the system, and what is this short never adds up.
        let time = if begin.elapsed() < SHORT { Duration::ZERO } else { self.settle() };
        (done, time)
    }

    /// The time of the processor since the last time that this was asked.
    pub(super) fn settle(&self) -> Duration {
        let now = thread_time();
        now.saturating_sub(self.settled.replace(now))
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

thread_local! {
    /// The last reading of both clocks.
    static READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

static CLOCK: Clock = Clock;

impl TimeSource for Clock {
    /// Between two readings of the clock of the processor, time by the wall is the most that it can be.
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
