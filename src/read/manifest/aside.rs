//! Files that are not read as manifests, and that image configuration stands in all the same.

use super::broken;
use crate::machine::guard;
use crate::machine::threads;
use crate::read::discover::Input;

/// The largest file beside the manifests that is looked at, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// Those of the files that hold one of our kinds, or a key that only image configuration has, in their order. Nothing is
/// parsed: what a program makes a manifest of is none.
pub(crate) fn holding_ours(inputs: &[Input]) -> Vec<&str> {
    let holds = threads::map(inputs, |_, input| guard::run(|| holds_ours(input)).unwrap_or(false));
    inputs.iter().zip(holds).filter(|(_, holds)| *holds).map(|(input, _)| input.name.as_str()).collect()
}

fn holds_ours(input: &Input) -> bool {
    let Ok(bytes) = super::read_up_to(&input.origin, MAX_FILE) else { return false };
    broken::speaks_of_ours(&String::from_utf8_lossy(&bytes))
}
