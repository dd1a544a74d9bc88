//! The errors of the container runtime when it loads a file, in its own words.

use crate::source::Span;
use std::fmt;

/// Why the container runtime refuses a file.
///
/// If CRI-O fails to reload the registries, it keeps the old ones, and only its journal says so (cri-o
/// `pkg/config/reload.go`, `ReloadRegistries`). Its next start fails (`pkg/config/config.go`, `RuntimeConfig.Validate`), and
/// the node stays `NotReady`. It reads the policy at every pull, so every pull fails at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Which file.
    pub file: LoadedFile,
    /// The reason, in the words of the runtime.
    pub why: String,
    /// The texts that cause it.
    pub spans: Vec<Span>,
}

/// A file that the container runtime loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadedFile {
    /// `/etc/containers/registries.conf`
    RegistriesConf,
    /// `/etc/containers/registries.conf.d/01-image-searchRegistries.conf`
    SearchRegistries,
    /// Another drop-in, by its path.
    DropIn(String),
    /// `/etc/containers/policy.json`
    PolicyJson,
}

impl LoadError {
    /// Whether the reason is a scheme in front of a name.
    pub fn has_scheme(&self) -> bool {
        self.why.ends_with(SCHEME)
    }
}

/// The message of the runtime about `https://`.
pub(super) const SCHEME: &str = "URI schemes are not supported";

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            LoadedFile::RegistriesConf => {
                write!(f, "loading registries configuration {:?}: ", super::REGISTRIES_CONF)?;
            }
            LoadedFile::SearchRegistries => {
                write!(f, "loading drop-in registries configuration {:?}: ", super::SEARCH_REGISTRIES)?;
            }
            LoadedFile::DropIn(path) => {
                write!(f, "loading drop-in registries configuration {path:?}: ")?;
            }
            LoadedFile::PolicyJson => write!(f, "invalid policy in {:?}: ", super::POLICY_JSON)?,
        }
        f.write_str(&self.why)
    }
}

/// A `location` without the slashes at its end, or why the runtime refuses it.
pub(super) fn location_of(text: &str) -> Result<&str, String> {
    let trimmed = text.trim_end_matches('/');
    if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
        return Err(format!("invalid location '{text}': {SCHEME}"));
    }
    Ok(trimmed)
}
