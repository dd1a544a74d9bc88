//! Finds files with image configuration that are not read as manifests.

use super::broken;
use crate::machine::guard;
use crate::machine::threads;
use crate::read::discover::Input;

/// The largest file that is searched, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// The files that contain a kind of image configuration, or a key that only image configuration has. Nothing is
/// parsed, since a template is often not valid YAML.
pub(crate) fn holding_ours(inputs: &[Input]) -> Vec<&str> {
    let holds = threads::map(inputs, |_, input| guard::run(|| holds_ours(input)).unwrap_or(false));
    inputs.iter().zip(holds).filter(|(_, holds)| *holds).map(|(input, _)| input.name.as_str()).collect()
}

fn holds_ours(input: &Input) -> bool {
    let Ok(bytes) = super::read_up_to(&input.origin, MAX_FILE) else { return false };
    broken::speaks_of_ours(&String::from_utf8_lossy(&bytes))
}
