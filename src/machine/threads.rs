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

/// Does two things at once.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(one, other)
}

/// Limits the threads of this process. No thread starts before there is work for it.
pub fn limit(threads: usize) {
    // Fails only when threads were started before, which no command does.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}
