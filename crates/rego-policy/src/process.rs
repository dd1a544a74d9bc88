//! A worker, seen from the runner: a process that may end at any time.

use crate::Json;
use crate::wire::{self, Order, Report};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How a worker is started: a program that calls [`serve`](crate::worker::serve) when it gets these arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Launch {
    /// The program that runs, with `arguments`.
    pub fn own<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> io::Result<Self> {
        let program = match std::env::current_exe() {
            Ok(program) => program,
            Err(why) => called(std::env::args_os().next()).ok_or(why)?,
        };
        Ok(Self { program, arguments: arguments.into_iter().map(Into::into).collect() })
    }
}

/// The program, by the path that started it. Linux knows the path of a program only where `/proc` is mounted, which a
/// chroot or a minimal container may lack.
fn called(name: Option<OsString>) -> Option<PathBuf> {
    let name = PathBuf::from(name?);
    // A name without a directory may be anything on the PATH.
    let is_path = name.components().count() > 1;
    if is_path { std::path::absolute(name).ok().filter(|path| path.is_file()) } else { None }
}

/// A worker process and its pipes.
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: ChildStderr,
    /// The time after which a silent worker is ended.
    deadline: Arc<Mutex<Option<Instant>>>,
    /// Whether the worker was ended for its silence.
    overdue: Arc<AtomicBool>,
    patience: Duration,
    /// The documents that the worker holds, by number.
    pub(crate) documents: Vec<(usize, Json)>,
    /// The number of the next one.
    pub(crate) next: usize,
}

/// The part of a worker that a guard needs to end it.
pub(crate) struct Guarded {
    child: Arc<Mutex<Child>>,
    deadline: Arc<Mutex<Option<Instant>>>,
    overdue: Arc<AtomicBool>,
}

impl Guarded {
    /// Ends the worker after its time limit.
    pub(crate) fn check(&self) {
        if lock(&self.deadline).is_some_and(|deadline| deadline < Instant::now()) {
            self.overdue.store(true, Ordering::Release);
            // It may have ended already.
            let _ = lock(&self.child).kill();
        }
    }
}

impl Process {
    /// Starts a worker. It gets no environment, and no file except the pipes.
    pub(crate) fn start(launch: &Launch, patience: Duration) -> io::Result<Self> {
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("a worker without pipes"));
        };
        Ok(Self {
            child: Arc::new(Mutex::new(child)),
            input: BufWriter::with_capacity(1 << 16, input),
            output: BufReader::with_capacity(1 << 16, output),
            errors,
            deadline: Arc::default(),
            overdue: Arc::default(),
            patience,
            documents: Vec::new(),
            next: 0,
        })
    }

    pub(crate) fn guarded(&self) -> Guarded {
        Guarded { child: self.child.clone(), deadline: self.deadline.clone(), overdue: self.overdue.clone() }
    }

    pub(crate) fn send(&mut self, order: &Order<&Json>) -> io::Result<()> {
        wire::write(&mut self.input, order)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.input.flush()
    }

    /// The next message; an error if the worker ends, or is silent for too long.
    pub(crate) fn receive(&mut self) -> io::Result<Report<Value>> {
        *lock(&self.deadline) = Some(Instant::now() + self.patience);
        let report = wire::read_up_to(wire::LONGEST_REPORT, &mut self.output);
        *lock(&self.deadline) = None;
        report
    }

    /// Why the worker ended.
    pub(crate) fn autopsy(&mut self) -> Death {
        // Usually it ends by itself, and its status gives the reason.
        let mut status = None;
        for _ in 0..100 {
            status = lock(&self.child).try_wait().ok().flatten();
            if status.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        if status.is_none() {
            let _ = lock(&self.child).kill();
            let _ = lock(&self.child).wait();
        }
        let mut words = Vec::new();
        let _ = (&mut self.errors).take(1 << 16).read_to_end(&mut words);
        let overdue = self.overdue.load(Ordering::Acquire);
        Death::of(&String::from_utf8_lossy(&words), overdue, status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = lock(&self.child).kill();
        let _ = lock(&self.child).wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    Time,
    /// Over all inputs.
    AllTime,
    Stack,
    Memory,
    Other,
}

impl Death {
    fn of(words: &str, overdue: bool, status: Option<ExitStatus>) -> Self {
        if overdue || words.contains("rego-policy: out of time") {
            Self::Time
        } else if words.contains("overflowed its stack") {
            Self::Stack
        } else if words.contains("memory allocation of") || words.contains("capacity overflow") {
            Self::Memory
        } else if killed(status) {
            // The system is out of memory.
            Self::Memory
        } else {
            Self::Other
        }
    }
}

#[cfg(unix)]
fn killed(status: Option<ExitStatus>) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.and_then(|status| status.signal()) == Some(9)
}

#[cfg(not(unix))]
fn killed(_status: Option<ExitStatus>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn a_program_is_found_by_the_path_that_it_was_called_by() {
        let program = std::env::current_exe().expect("a program");
        assert_eq!(called(Some(program.clone().into())), Some(program.clone()));
        assert_eq!(called(Some(program.with_extension("gone").into())), None);
        assert_eq!(called(Some("sh".into())), None);
        assert_eq!(called(None), None);
    }
}
