//! Registries as TOML, in the form of the MCO's encoder (BurntSushi/toml, over containers/image `pkg/sysregistriesv2`
//! `V2RegistriesConf`).

use super::registries_conf::RegistryEntry;
use std::fmt::Write;

/// The keys in front of the entries.
pub(super) fn head<S: AsRef<str>>(search: impl IntoIterator<Item = S>) -> String {
    let search: Vec<String> = search.into_iter().map(|name| quoted(name.as_ref())).collect();
    format!(
        "unqualified-search-registries = [{}]\nshort-name-mode = \"\"\nadditional-layer-store-auth-helper = \"\"\n",
        search.join(", ")
    )
}

/// One `[[registry]]` with its mirrors.
pub(super) fn entry(text: &mut String, entry: &RegistryEntry) {
    text.push_str("\n[[registry]]\n");
    let mut line = |indent: &str, key: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{indent}{key} = {value}");
    };
    line("  ", "prefix", &quoted(&entry.prefix));
    if !entry.location.is_empty() {
        line("  ", "location", &quoted(&entry.location));
    }
    if entry.insecure.is_set() {
        line("  ", "insecure", "true");
    }
    if entry.blocked.is_set() {
        line("  ", "blocked", "true");
    }
    for mirror in &entry.mirrors {
        line("\n  [[registry.mirror]]\n    ", "location", &quoted(&mirror.location));
        if mirror.insecure.is_set() {
            line("    ", "insecure", "true");
        }
        line("    ", "pull-from-mirror", &quoted(mirror.pull_from_mirror.as_str()));
    }
}

/// A basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\0'..'\u{20}' | '\u{7f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
