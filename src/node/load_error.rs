//! The errors of the container runtime when it loads a file, in its own words.

use crate::source::Span;
use std::fmt::{self, Write};

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

/// A text as Go's `%q` prints it.
pub(super) fn go_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let hidden =
            c.is_control() || (c != ' ' && c.is_whitespace()) || crate::machine::terminal::is_invisible(c);
        // Writing to a string cannot fail.
        let _ = match c {
            '"' => quoted.write_str("\\\""),
            '\\' => quoted.write_str("\\\\"),
            '\u{7}' => quoted.write_str("\\a"),
            '\u{8}' => quoted.write_str("\\b"),
            '\u{c}' => quoted.write_str("\\f"),
            '\n' => quoted.write_str("\\n"),
            '\r' => quoted.write_str("\\r"),
            '\t' => quoted.write_str("\\t"),
            '\u{b}' => quoted.write_str("\\v"),
            _ if !hidden => quoted.write_char(c),
            '\0'..='\u{7f}' => write!(quoted, "\\x{:02x}", u32::from(c)),
            '\u{80}'..='\u{ffff}' => write!(quoted, "\\u{:04x}", u32::from(c)),
            _ => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

/// A `location` without the slashes at its end, or why the runtime refuses it.
pub(super) fn location_of(text: &str) -> Result<&str, String> {
    let trimmed = text.trim_end_matches('/');
    if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
        return Err(format!("invalid location '{text}': {SCHEME}"));
    }
    Ok(trimmed)
}

#[cfg(test)]
mod tests {
    use super::go_quoted;

    #[test]
    fn quoted_as_in_go() {
        for (text, quoted) in [
            ("a.io/é", r#""a.io/é""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("a\nb\tc\u{1b}\u{7f}", r#""a\nb\tc\x1b\x7f""#),
            ("a\u{200b}\u{a0}\u{feff}", r#""a\u200b\u00a0\ufeff""#),
        ] {
            assert_eq!(go_quoted(text), quoted);
        }
    }
}
