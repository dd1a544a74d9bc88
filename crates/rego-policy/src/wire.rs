//! The protocol between the runner and a worker: frames of JSON, each behind its length.
//!
//! The two sides take turns, so that neither waits for the other to read: a worker reads a whole turn before it
//! answers, and ends its own turn with a message.

use crate::budget::Slow;
use crate::{Coverage, Fault, Host, Limits, Mute, Outcome, PolicyRule, PolicyTest, Set, TestOutcome};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};
use std::time::Duration;

/// A message to a worker; `V` is the type of values on each side.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order<V> {
    /// The first message, once: the sets to read. Other workers spent some of the time for reading them.
    Load {
        sets: Vec<Set>,
        host: Host,
        limits: Limits,
        left_out: Vec<(usize, usize)>,
        alone: bool,
        spent: Duration,
    },
    /// A document that jobs name by its number. It has no answer.
    Document { number: usize, value: V },
    /// A job of the next turn. It has no answer.
    Job(Task<V>),
    /// The turn ends: evaluate the jobs. `announce` asks for a message before each rule.
    /// Only the documents in `keep` are needed again. The turn ends early when it spent all of `left`.
    Run { announce: bool, stopped: Vec<Stop>, keep: Vec<usize>, left: Duration },
    /// Run all tests except for some.
    Test { left_out: Vec<usize> },
    /// The answer to a call.
    Answer(Result<V, String>),
}

/// A job as it is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task<V> {
    pub number: usize,
    pub set: usize,
    pub namespaces: Vec<String>,
    /// The numbers of the documents, as many as the host names.
    pub documents: Vec<Option<usize>>,
    pub input: V,
}

/// A rule that exceeded a limit in a job: it runs only for earlier jobs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub rule: usize,
    pub head: usize,
    pub job: usize,
    /// Whether it exceeded the limit for all jobs, not the one for one job.
    pub in_all: bool,
}

/// The rules and tests of all sets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contents {
    pub rules: Vec<PolicyRule>,
    pub mutes: Vec<Mute>,
    pub tests: Vec<PolicyTest>,
    pub faults: Vec<Fault>,
}

/// A message from a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report<V> {
    /// A module is about to be read.
    Reading { set: usize, source: usize },
    /// A set is about to be analysed.
    Preparing { set: usize, source: Option<usize> },
    /// All is read.
    Loaded(Contents),
    /// A rule is about to be evaluated.
    Evaluating { job: usize, rule: usize, head: usize },
    /// A host function is called.
    Call { job: usize, function: usize, arguments: Vec<V> },
    /// A job is done after this time. The heads in `stopped` took too long.
    Outcome { job: usize, outcome: Outcome, stopped: Vec<Stop>, time: Duration },
    /// A test is about to run.
    Testing { test: usize },
    /// A test is done.
    Tested(TestOutcome),
    /// All tests are done.
    Covered(Vec<Coverage>),
    /// All jobs of the turn are done, or its time is over. The slowest head of all turns.
    Done { slowest: Option<Slow> },
}

/// Frames that are longer than this are refused.
const LONGEST: usize = 1 << 30;

/// Frames from a worker that are longer than this are refused. A policy may choose their contents.
pub(crate) const LONGEST_REPORT: usize = 64 << 20;

pub(crate) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    let length = u32::try_from(text.len()).ok().filter(|length| *length as usize <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("a message is too long"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&text)
}

pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    read_up_to(LONGEST, from)
}

pub(crate) fn read_up_to<T: DeserializeOwned>(longest: usize, from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > longest {
        return Err(io::Error::other("a message is too long"));
    }
    let mut text = Vec::new();
    from.take(length as u64).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
