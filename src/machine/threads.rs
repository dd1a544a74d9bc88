//! Work on all processors, if there are enough items: starting threads takes longer than reading a few files.

use rayon::prelude::*;

/// Fewer items than this are worked on one after the other.
const ENOUGH: usize = 16;

/// `work` over every item, in the order of the items.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    if items.len() < ENOUGH {
        return items.iter().enumerate().map(|(index, item)| work(index, item)).collect();
    }
    items.par_iter().enumerate().map(|(index, item)| work(index, item)).collect()
}

/// Does the same for items that take long. Two of them are enough in a run over so many files that threads were started to
/// read them. One alone is worked on here, so that it may use the other threads itself.
pub fn map_long<T: Sync, R: Send>(items: &[T], files: usize, work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    if files < ENOUGH || items.len() < 2 {
        return items.iter().enumerate().map(|(index, item)| work(index, item)).collect();
    }
    items.par_iter().enumerate().map(|(index, item)| work(index, item)).collect()
}

/// Fewer items than this are worked on one after the other if each takes microseconds.
const ENOUGH_SHORT: usize = 1024;

/// Does the same for short work. A thread that works for others already does it alone: while it waited, it would begin
/// further work of theirs, on the same stack.
pub fn map_short<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    if items.len() < ENOUGH_SHORT || rayon::current_thread_index().is_some() {
        return items.iter().map(work).collect();
    }
    items.par_iter().with_min_len(ENOUGH_SHORT / 8).map(work).collect()
}

/// Drops a value that holds so many items. If these are many, this thread goes on meanwhile.
pub fn drop_aside(value: impl Send + 'static, items: usize) {
    if items < ENOUGH_SHORT { drop(value) } else { rayon::spawn(move || drop(value)) }
}

/// Does two things at once.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(one, other)
}

/// Limits the threads of this process. No thread starts before there is work for it.
pub fn limit(threads: usize) {
    // Fails only when threads were started before, which no command does.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}
