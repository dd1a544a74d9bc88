//! The process that reads and evaluates policies. A policy may crash this process without harm to the runner.

mod annotations;
mod channel;
mod confine;
mod conflicts;
mod evaluate;
mod find;
mod functions;
mod load;
mod matchers;
mod mocks;
mod names;
mod place;
mod refs;
mod rewrite;
mod tests;
mod together;
mod tokens;
mod walk;
mod watch;

use crate::wire::{Order, Report, Task};
use channel::Channel;
use evaluate::Evaluation;
use regorus::Value;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::Arc;
use watch::Watch;

/// Serves a [`Runner`](crate::Runner) until `input` ends. The hidden command of the program that [`Launch`](crate::Launch)
/// names calls only this, with its standard input and output.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> io::Result<()> {
    let channel = Channel::new(input, output);
    let Some(Order::Load { sets, host, limits, left_out, alone, spent }) = channel.order()? else {
        return Ok(());
    };
    // The stack of a thread is mapped at once, but only used pages count.
    let confined = confine::now(&limits);
    let thread = std::thread::Builder::new().name("policy".into()).stack_size(limits.stack);
    let served = thread.spawn(move || {
        let watch = Watch::start(&limits)?;
        let loaded = load::load(&sets, &host, (&left_out, alone), &channel, &limits, (&watch, spent))?;
        channel.report(&Report::Loaded(loaded.contents()))?;
        channel.flush()?;
        let evaluation = Evaluation::new(loaded, sets, channel.clone(), host.documents.len(), limits.total);
        turns(&channel, evaluation, &watch)
    })?;
    confined?;
    served.join().unwrap_or_else(|_| std::process::abort())
}

/// Serves one turn after the other: jobs come in, and outcomes go out.
fn turns(channel: &Arc<Channel>, mut evaluation: Evaluation, watch: &Watch) -> io::Result<()> {
    let mut documents: BTreeMap<usize, Value> = BTreeMap::new();
    let mut tasks: Vec<Task<Value>> = Vec::new();
    while let Some(order) = channel.order()? {
        match order {
            Order::Document { number, value } => {
                documents.insert(number, value);
            }
            Order::Job(task) => tasks.push(task),
            Order::Run { announce, mut stopped, keep, mut left } => {
                // The time between the turns is not that of a job.
                watch.settle();
                for task in tasks.drain(..) {
                    let job = task.number;
                    let (known, before) = (stopped.len(), left);
                    let outcome =
                        evaluation.run(task, &documents, announce, &mut stopped, (watch, &mut left))?;
                    let stopped = stopped[known..].to_vec();
                    let (is_cut, time) = (outcome.cut, before.saturating_sub(left));
                    channel.report(&Report::Outcome { job, outcome, stopped, time })?;
                    channel.flush_at_times()?;
                    if is_cut {
                        break;
                    }
                }
                documents.retain(|number, _| keep.contains(number));
                channel.report(&Report::Done { slowest: evaluation.slowest() })?;
                channel.flush()?;
            }
            Order::Test { left_out } => {
                for test in (0..evaluation.tests()).filter(|test| !left_out.contains(test)) {
                    channel.report(&Report::Testing { test })?;
                    channel.flush()?;
                    channel.report(&Report::Tested(evaluation.test(test, watch)))?;
                }
                channel.report(&Report::Covered(evaluation.coverage()))?;
                channel.flush()?;
            }
            Order::Load { .. } | Order::Answer(_) => return Err(io::Error::other("an order out of turn")),
        }
    }
    Ok(())
}
