//! `/etc/containers/registries.conf.d/01-image-searchRegistries.conf`: the registries in which short names are looked up
//! (MCO `pkg/controller/container-runtime-config/helpers.go`, `updateSearchRegistriesConfig`).

use super::toml;
use crate::source::Spanned;

/// The file, structured. Its list replaces the one in `registries.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRegistries {
    /// The registries, in the order in which nodes try them.
    pub registries: Vec<Spanned<String>>,
}

impl SearchRegistries {
    /// The text of the file.
    pub fn to_toml(&self) -> String {
        toml::head(self.registries.iter().map(|registry| &registry.value))
    }
}
