//! The state of a build.

use crate::config::Config;
use crate::set::Set;
use crate::value::Value;

/// The state of a build.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) set: Set,
    /// The fields that `configurations:` add to the built-in ones.
    pub(crate) added: Config,
    pub(crate) vars: Vec<Value>,
}

impl State {
    pub(crate) fn size(&self) -> usize {
        self.set.size() + self.vars.len() + self.added.references.len()
    }
}
