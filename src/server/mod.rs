//! A language server: an editor shows the findings of `pullwarden check` while people write.
//!
//! The server has no analysis of its own. Each change of a text makes a new state. The newest state is checked as a
//! whole, as `check` does it, with open texts in place of their files ([`files`]). One thread reads messages, and one
//! checks and answers ([`worker`]). The thread of this module decides what is next, and writes. A newer state ends the
//! check of an older one.
//!
//! The client is not trusted: messages are limited, nothing outside of the folders is read, and nothing is written to
//! a file.

mod actions;
mod answer;
mod checked;
mod client;
mod completion;
mod diagnostics;
mod document;
mod edits;
mod files;
mod folder;
mod frame;
mod greeting;
mod hover;
mod ignore;
mod latest;
mod lens;
mod links;
mod moved;
mod outgoing;
mod place;
mod registries;
mod state;
mod symbols;
mod uri;
mod worker;
mod written;

use frame::Incoming;
use outgoing::Outgoing;
use state::{Next, State};
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;
use worker::Outcome;

/// How a client has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It sent `shutdown` first, as the protocol asks.
    Asked,
    /// It ended without `shutdown`.
    Unasked,
}

/// The most messages that wait. A client that sends faster has to wait.
const MAX_WAITING: usize = 64;
/// How often the server checks whether the client still runs.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// An event that the server handles.
enum Event {
    /// The client sent something.
    Incoming(Incoming),
    /// The client sends nothing any more.
    Ended(io::Result<()>),
    /// The worker has done something.
    Outcome(Outcome),
}

/// Serves a client until it ends.
///
/// # Errors
///
/// When the input cannot be told apart into messages.
pub fn serve(mut input: impl BufRead + Send + 'static, out: &mut dyn Write) -> io::Result<End> {
    let (events, happens) = mpsc::sync_channel(MAX_WAITING);
    let (work, to_do) = mpsc::channel();
    let of_worker = events.clone();
    start("worker", move || worker::run(&to_do, |outcome| of_worker.send(Event::Outcome(outcome)).is_ok()))?;
    start("reader", move || read(&mut input, &events))?;
    let mut state = State::default();
    loop {
        let event = match happens.recv_timeout(LOOK_AFTER) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Ok(End::Unasked),
        };
        if event.is_none() && !state.client_lives() {
            return Ok(End::Unasked);
        }
        // Waiting events belong to the same state. A client that never stops sending must not hide its own state.
        let mut next = event;
        let mut taken = 0;
        while let Some(event) = next {
            let ended = match event {
                Event::Incoming(incoming) => state.take(incoming),
                Event::Outcome(outcome) => {
                    state.done(outcome);
                    None
                }
                Event::Ended(Ok(())) => Some(state.ended()),
                Event::Ended(Err(error)) => return Err(error),
            };
            if let Some(end) = ended {
                send(&mut state, out)?;
                return Ok(end);
            }
            taken += 1;
            next = if taken < MAX_WAITING { happens.try_recv().ok() } else { None };
        }
        send(&mut state, out)?;
        if let Next::Work(next) = state.next()
            && work.send(next).is_err()
        {
            return Ok(End::Unasked);
        }
    }
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(|_| ())
}

fn read(input: &mut impl BufRead, events: &SyncSender<Event>) {
    loop {
        let (event, is_last) = match frame::read(input) {
            Ok(Some(incoming)) => (Event::Incoming(incoming), false),
            Ok(None) => (Event::Ended(Ok(())), true),
            Err(error) => (Event::Ended(Err(error)), true),
        };
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

fn send(state: &mut State, out: &mut dyn Write) -> io::Result<()> {
    let messages: Vec<Outgoing> = state.outgoing.drain(..).collect();
    if messages.is_empty() {
        return Ok(());
    }
    for message in messages {
        message.write(out)?;
    }
    out.flush()
}
