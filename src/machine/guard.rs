//! Limits a panic in pullwarden to one part of the run: one rule on one cluster, one file, one build, one fix or one
//! report. The other parts go on, and the fault is reported where it happened. The step after the rules works on all
//! findings at once: if it panics, the findings are reported as the rules made them, without fixes.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// A fault of pullwarden: something panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of pullwarden, or of a library, that panicked. The message is not kept: it may hold texts of the
    /// repository.
    pub place: String,
}

/// Whether panics outside of guards are quiet, too.
static QUIET: AtomicBool = AtomicBool::new(false);

thread_local! {
    static GUARDS: Cell<usize> = const { Cell::new(0) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The variable that names the part that panics.
const BREAKS: &str = "PULLWARDEN_BREAKS";

/// Does the work of a part of a run. In a build for tests, the part that `PULLWARDEN_BREAKS` names panics, so that
/// tests see how the other parts go on.
pub fn part<T>(name: &str, work: impl FnOnce() -> T) -> Result<T, Fault> {
    run(|| {
        if is_to_break(name) {
            fail();
        }
        work()
    })
}

fn fail() {
    panic!("a part that is to break");
}

#[expect(clippy::disallowed_methods, reason = "no release reads it")]
fn is_to_break(name: &str) -> bool {
    cfg!(debug_assertions) && std::env::var(BREAKS).is_ok_and(|broken| broken == name)
}

/// Does `work`, and returns a panic in it as a fault. After a fault, do not use what `work` was changing.
pub fn run<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    note_panics();
    GUARDS.with(|guards| guards.set(guards.get() + 1));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDS.with(|guards| guards.set(guards.get() - 1));
    result.map_err(|_| Fault { place: PLACE.with(RefCell::take) })
}

/// Stops panics from writing to standard error by themselves. For the program, not for libraries and tests.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
    note_panics();
}

/// Makes panics in guards note their place instead of writing to standard error.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let otherwise = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map_or_else(|| "an unknown place".to_owned(), in_words);
            PLACE.with(|noted| *noted.borrow_mut() = place);
            if GUARDS.with(Cell::get) == 0 && !QUIET.load(Ordering::Relaxed) {
                otherwise(info);
            }
        }));
    });
}

/// `crates/spanned-yaml/src/edit.rs:331`; for a library, without the directories of the machine that built it.
fn in_words(location: &Location<'_>) -> String {
    let file = location.file();
    let of_library = file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    format!("{}:{}", of_library.map_or(file, |(_, file)| file), location.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_with_its_place() {
        assert_eq!(run(|| 1), Ok(1));
        let fault = run(|| run(|| panic!("{}", "secret")).map(|()| 1)).unwrap().unwrap_err();
        assert!(fault.place.starts_with("src/machine/guard.rs:"), "{fault:?}");
    }
}
