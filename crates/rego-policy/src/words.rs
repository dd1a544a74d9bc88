//! The messages about policies and inputs that end a worker.

use crate::process::Death;
use crate::{Failure, Fault, Limits, Outcome};
use std::time::Duration;

pub(crate) fn unread(death: Death, limits: &Limits) -> String {
    match death {
        Death::Time | Death::AllTime => {
            format!("reading this takes longer than {}", seconds(limits.reading()))
        }
        Death::Stack => "this is nested too deep to be read".into(),
        Death::Memory => format!("reading this takes more than {} MiB of memory", limits.memory >> 20),
        Death::Other => "the process that reads this policy ends".into(),
    }
}

/// The message at the first one of some modules that are not read, since those before them took too long.
pub(crate) fn unread_rest(count: usize, limits: &Limits) -> String {
    let rest = match count {
        1 => "this policy is".to_owned(),
        2 => "this policy and 1 other are".to_owned(),
        _ => format!("this policy and {} others are", count - 1),
    };
    format!("{rest} not read: the policies before it take longer than {} to read", seconds(limits.all))
}

pub(crate) fn stopped(death: Death, limits: &Limits) -> String {
    match death {
        Death::Time => format!("the rule takes longer than {}", seconds(limits.time)),
        Death::AllTime => format!("the rule takes longer than {} over all inputs", seconds(limits.total)),
        Death::Stack => "the rule calls itself without end".into(),
        Death::Memory => format!("the rule takes more than {} MiB of memory", limits.memory >> 20),
        Death::Other => "the process that evaluates this rule ends".into(),
    }
}

/// The outcome of a job whose input ends each worker.
pub(crate) fn lost(death: Death, limits: &Limits) -> Outcome {
    match death {
        Death::Memory => refused(&format!("the input takes more than {} MiB of memory", limits.memory >> 20)),
        _ => refused("the process that reads this input ends"),
    }
}

/// The outcome of a job whose input is refused.
pub(crate) fn refused(message: &str) -> Outcome {
    let message = message.to_owned();
    let failure = Failure { rule: None, head: 0, fault: Fault { place: None, message } };
    Outcome { failures: vec![failure], ..Outcome::default() }
}

pub(crate) fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 && time.as_secs() == 1 {
        "1 second".into()
    } else {
        format!("{} seconds", time.as_secs_f64())
    }
}
