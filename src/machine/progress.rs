//! A line for a person who waits: it appears after a second, counts seconds, and is erased before anything else is
//! written.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a command runs before the line appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line changes.
const BEAT: Duration = Duration::from_millis(250);

/// Erases a line: to its start, and everything behind.
const ERASE: &str = "\r\x1b[K";

/// A line that says what goes on, until this is dropped.
#[derive(Debug)]
pub struct Progress {
    over: Option<Sender<()>>,
    writer: Option<JoinHandle<()>>,
}

impl Progress {
    /// A line on standard error if it is a terminal; else `None`, and nothing is written.
    pub fn of_stderr(what: &'static str) -> Option<Self> {
        // A terminal without control codes would keep every line.
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        (io::stderr().is_terminal() && !is_dumb).then(|| Self::to(io::stderr(), what, PATIENCE))
    }

    fn to(mut out: impl Write + Send + 'static, what: &'static str, patience: Duration) -> Self {
        let (over, is_over) = mpsc::channel::<()>();
        let started = Instant::now();
        let writer = std::thread::spawn(move || {
            let mut wait = patience;
            let mut is_shown = false;
            while is_over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let line = format!("{ERASE}{what} … {} s", started.elapsed().as_secs());
                // If standard error is closed, nobody reads the line.
                let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
                is_shown = true;
                wait = BEAT;
            }
            if is_shown {
                let _ = out.write_all(ERASE.as_bytes()).and_then(|()| out.flush());
            }
        });
        Self { over: Some(over), writer: Some(writer) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(writer) = self.writer.take() {
            // The line is erased when the thread has ended.
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no thread failed").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn progress_leaves_no_line_on_the_screen() {
        let screen = Screen::default();
        let progress = Progress::to(screen.clone(), "checking", Duration::ZERO);
        while screen.0.lock().expect("no thread failed").is_empty() {
            std::thread::yield_now();
        }
        drop(progress);
        let text = String::from_utf8(screen.0.lock().expect("no thread failed").clone()).expect("a text");
        assert!(text.starts_with("\r\x1b[Kchecking … 0 s") && text.ends_with(ERASE), "{text:?}");
    }

    #[test]
    fn a_short_run_shows_none() {
        let screen = Screen::default();
        drop(Progress::to(screen.clone(), "checking", Duration::from_secs(3600)));
        assert!(screen.0.lock().expect("no thread failed").is_empty());
    }
}
