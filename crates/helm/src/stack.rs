//! Room for templates that call each other: a thousand calls, each in blocks of its own, are more than the stack of a
//! common thread holds.

use crate::{Error, Result};

/// Enough for the deepest nesting that is allowed, even in a build without optimization. It is only used where it is
/// needed.
const SIZE: usize = 256 << 20;

/// Does some work on a thread of its own, and waits for it.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("helm".to_owned()).stack_size(SIZE);
        match thread.spawn_scoped(scope, work) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(Error::limit(format!("the machine has no memory left for templates: {error}"))),
        }
    })
}
