//! The two pipes of a worker.

use crate::wire::{self, Order, Report};
use regorus::Value;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The input and the output of a worker. Host functions use them during an evaluation.
pub(super) struct Channel(Mutex<Pipes>);

struct Pipes {
    input: BufReader<Box<dyn Read + Send>>,
    output: BufWriter<Box<dyn Write + Send>>,
    flushed: Instant,
}

/// The runner gets a sign of progress at least this often.
const PULSE: Duration = Duration::from_millis(200);

impl Channel {
    pub(super) fn new(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Pipes {
            input: BufReader::new(Box::new(input)),
            output: BufWriter::with_capacity(1 << 16, Box::new(output)),
            flushed: Instant::now(),
        })))
    }

    /// The next order; `None` at the end of the input.
    pub(super) fn order(&self) -> io::Result<Option<Order<Value>>> {
        match wire::read(&mut self.lock().input) {
            Ok(order) => Ok(Some(order)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn report(&self, report: &Report<Value>) -> io::Result<()> {
        wire::write(&mut self.lock().output, report)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        let mut pipes = self.lock();
        pipes.flushed = Instant::now();
        pipes.output.flush()
    }

    /// Flushes if the last flush was long ago.
    pub(super) fn flush_at_times(&self) -> io::Result<()> {
        if self.lock().flushed.elapsed() > PULSE { self.flush() } else { Ok(()) }
    }

    /// Calls a function of the host.
    pub(super) fn call(&self, job: usize, function: usize, arguments: Vec<Value>) -> Result<Value, String> {
        let answer = || -> io::Result<Option<Order<Value>>> {
            self.report(&Report::Call { job, function, arguments })?;
            self.flush()?;
            self.order()
        };
        match answer() {
            Ok(Some(Order::Answer(answer))) => answer,
            _ => Err("the host does not answer".into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pipes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
