//! Runs the commands of the configuration that render directories.
//!
//! Only this module starts programs other than pullwarden itself, and only if the command line allows it: a repository
//! must not run anything on the machine of a person who checks it. No shell reads a command. A command gets no input,
//! and its time and its output are limited. When it is stopped, everything that it has started is stopped, too.

use crate::source::Spanned;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take when the configuration does not say.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// How much a command may print, in bytes.
pub const MAX_OUTPUT: usize = 64 << 20;
/// How many bytes of a command's standard error are kept.
const MAX_COMPLAINTS: usize = 16 << 10;
/// How many commands run at a time.
const AT_ONCE: usize = 4;
/// How long to wait for the end of an output after its command has ended: another process may hold the output open.
const GRACE: Duration = Duration::from_secs(1);
/// How often to look whether a command has ended.
const TICK: Duration = Duration::from_millis(10);

/// A command of the configuration.
#[derive(Clone, Debug)]
pub struct Render {
    /// The directory that it runs in, relative to the root of the repository. Its output replaces the directory.
    pub root: Spanned<String>,
    /// The program and its arguments; never empty.
    pub command: Spanned<Vec<String>>,
    /// The cluster that gets the output.
    pub cluster: Option<String>,
    /// How long it may take.
    pub timeout: Duration,
}

impl Render {
    /// The program.
    pub fn program(&self) -> &str {
        self.command.value.first().map_or("", String::as_str)
    }
}

/// The outcomes of all commands of the configuration.
#[derive(Clone, Debug, Default)]
pub enum Rendering {
    /// They were not run, since the command line does not allow it.
    #[default]
    NotAllowed,
    /// They were run: one outcome for each, in their order.
    Done(Vec<RenderOutcome>),
}

impl Rendering {
    /// What the command of this number printed, if it was run and did not fail.
    pub fn printed(&self, number: usize) -> Option<&[u8]> {
        match self {
            Rendering::Done(outcomes) => match outcomes.get(number)? {
                RenderOutcome::Printed(text) => Some(text),
                RenderOutcome::Skipped | RenderOutcome::Failed(_) => None,
            },
            Rendering::NotAllowed => None,
        }
    }
}

/// The outcome of a command.
#[derive(Clone, Debug)]
pub enum RenderOutcome {
    /// The check does not look at its directory.
    Skipped,
    /// It printed this.
    Printed(Arc<[u8]>),
    /// It failed.
    Failed(Failure),
}

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub cause: Cause,
    /// The beginning of its standard error, as printed.
    pub complaints: String,
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its directory does not exist.
    NoDirectory,
    /// A link leads its directory out of the repository.
    Outside,
    /// Its program does not exist.
    NoProgram,
    /// The system could not run it, in the system's words.
    NotRun(String),
    /// It ended with this status, in words: `exit code 1`.
    Ended(String),
    /// It took too long.
    TimedOut,
    /// It printed too much.
    TooMuch,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self { cause, complaints: String::new() }
    }
}

/// Runs the commands whose directories the check looks at, several at a time. `root` is the root of the repository,
/// with its links resolved.
pub fn run(renders: &[Render], root: &Path, is_looked_at: impl Fn(&Path) -> bool + Sync) -> Rendering {
    let next = AtomicUsize::new(0);
    let outcomes: Vec<OnceLock<RenderOutcome>> = renders.iter().map(|_| OnceLock::new()).collect();
    thread::scope(|scope| {
        for _ in 0..renders.len().min(AT_ONCE) {
            scope.spawn(|| {
                while let Some((render, outcome)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    renders.get(number).zip(outcomes.get(number))
                } {
                    let _ = outcome.set(outcome_of(render, root, &is_looked_at));
                }
            });
        }
    });
    Rendering::Done(
        outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or(RenderOutcome::Skipped)).collect(),
    )
}

fn outcome_of(render: &Render, root: &Path, is_looked_at: &impl Fn(&Path) -> bool) -> RenderOutcome {
    let directory = root.join(&render.root.value);
    if !is_looked_at(&directory) {
        return RenderOutcome::Skipped;
    }
    // A link may lead out of the repository, so the resolved path decides.
    let printed = match directory.canonicalize() {
        Ok(real) if !real.starts_with(root) => Err(Cause::Outside.into()),
        Ok(real) if real.is_dir() => print(render, &real),
        Ok(_) | Err(_) => Err(Cause::NoDirectory.into()),
    };
    printed.map_or_else(RenderOutcome::Failed, |text| RenderOutcome::Printed(text.into()))
}

/// What a command prints in a directory.
fn print(render: &Render, directory: &Path) -> Result<Vec<u8>, Failure> {
    let program = render.program();
    // A path is relative to the directory. Systems differ in this, so the two are joined here.
    let is_path = program.contains(['/', std::path::MAIN_SEPARATOR]);
    let mut command = if is_path { Command::new(directory.join(program)) } else { Command::new(program) };
    command.args(render.command.value.iter().skip(1)).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    lead_a_group(&mut command);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Cause::NoProgram,
        _ => Cause::NotRun(error.to_string()),
    })?;
    let (sender, receiver) = mpsc::channel();
    if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
        listen(out, MAX_OUTPUT + 1, Heard::Output, sender.clone());
        listen(err, MAX_COMPLAINTS, Heard::Complaints, sender);
    }
    let mut running = Running { child, receiver, output: None, complaints: None };
    let ended = running.wait(render.timeout);
    if !matches!(ended, Ok(Some(_))) {
        stop(&mut running.child);
        running.hear_the_rest();
    }
    let failure = |cause| Failure {
        cause,
        complaints: String::from_utf8_lossy(running.complaints.as_deref().unwrap_or_default()).into_owned(),
    };
    match ended {
        Err(cause) => Err(failure(cause)),
        Ok(status) => match status.or(running.child.wait().ok()) {
            Some(status) if !status.success() => Err(failure(Cause::Ended(in_words(status)))),
            _ => running
                .output
                .take()
                .ok_or_else(|| failure(Cause::NotRun("what it started keeps its output open".to_owned()))),
        },
    }
}

/// One stream of a command, up to its end or to its limit.
enum Heard {
    Output(Vec<u8>),
    Complaints(Vec<u8>),
}

/// Reads a stream in its own thread, so that the command never waits for a reader.
fn listen(
    mut from: impl Read + Send + 'static,
    most: usize,
    what: fn(Vec<u8>) -> Heard,
    tell: Sender<Heard>,
) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was printed before an error is kept.
        let _ = from.by_ref().take(most as u64).read_to_end(&mut bytes);
        let _ = tell.send(what(bytes));
        let _ = io::copy(&mut from, &mut io::sink());
    });
}

struct Running {
    child: Child,
    receiver: Receiver<Heard>,
    output: Option<Vec<u8>>,
    complaints: Option<Vec<u8>>,
}

impl Running {
    /// Waits until the command has ended and both streams are read. Returns no status if the command has ended, but a
    /// process that it started still holds a stream open.
    fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>, Cause> {
        let start = Instant::now();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            self.hear(TICK);
            if self.output.as_ref().is_some_and(|output| output.len() > MAX_OUTPUT) {
                return Err(Cause::TooMuch);
            }
            if ended.is_none() {
                let status = self.child.try_wait().map_err(|error| Cause::NotRun(error.to_string()))?;
                ended = status.map(|status| (status, Instant::now()));
            }
            match ended {
                Some((status, _)) if self.output.is_some() && self.complaints.is_some() => {
                    return Ok(Some(status));
                }
                Some((_, since)) if since.elapsed() > GRACE => return Ok(None),
                _ if start.elapsed() > timeout => return Err(Cause::TimedOut),
                _ => {}
            }
        }
    }

    fn hear(&mut self, patience: Duration) {
        if self.output.is_some() && self.complaints.is_some() {
            return thread::sleep(patience);
        }
        match self.receiver.recv_timeout(patience) {
            Ok(Heard::Output(text)) => self.output = Some(text),
            Ok(Heard::Complaints(text)) => self.complaints = Some(text),
            Err(_) => {}
        }
    }

    /// Reads the rest of both streams after the command has stopped.
    fn hear_the_rest(&mut self) {
        let start = Instant::now();
        while (self.output.is_none() || self.complaints.is_none()) && start.elapsed() < GRACE {
            self.hear(TICK);
        }
    }
}

/// Makes a command the leader of a process group, so that everything that it starts can be stopped with it.
fn lead_a_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Stops a command and, on systems with process groups, everything that it has started.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    let _ = child.kill();
    let _ = child.wait();
}

fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"))
}
