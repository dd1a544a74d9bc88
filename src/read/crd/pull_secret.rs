//! Credentials for registries: in a `Secret`, or in `pullSecret` of an install-config. Only their places are kept: their
//! values are read and counted, but not stored.
//!
//! Sources: kubernetes `pkg/apis/core/types.go` (the types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg`),
//! containers/image `pkg/docker/config/config.go`, openshift/installer `pkg/types/installconfig.go`.

use super::certificate::STANDARD;
use super::is_placeholder;
use crate::source::{Span, Spanned};
use crate::yaml::{Kind, Node};
use base64::Engine;
use serde_json::{Map, Value};

/// The keys under which a Secret has registry credentials: the current one, and its predecessor.
const KEYS: [&str; 2] = [".dockerconfigjson", ".dockercfg"];
const PULL_SECRET: &str = "pullSecret";

/// The places of credentials.
#[derive(Clone, Debug, Default)]
pub struct PullSecret {
    /// The keys whose values contain real credentials.
    pub leaks: Vec<Leak>,
    /// The texts that no report may show.
    pub values: Vec<Span>,
}

/// A key whose value contains credentials in plain text.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The key.
    pub key: Spanned<String>,
    /// The number of registries that they are for.
    pub registries: usize,
}

/// Whether a document contains registry credentials, or a field for them.
pub(super) fn is_pull_secret(root: Node<'_>) -> bool {
    match root.get_str("kind") {
        Some("Secret") => ["data", "stringData"]
            .iter()
            .filter_map(|list| root.get(list))
            .any(|data| KEYS.iter().any(|key| data.entry(key).is_some())),
        // An install-config has no `kind`.
        None => root.entry(PULL_SECRET).is_some() && root.entry("kind").is_none(),
        Some(_) => false,
    }
}

impl PullSecret {
    pub(super) fn read(root: Node<'_>) -> Self {
        let mut found = Self::default();
        let is_encrypted = root.entry("sops").is_some();
        for list in ["data", "stringData"] {
            let Some(data) = root.get(list).filter(|data| data.kind() == Kind::Mapping) else { continue };
            found.values.extend(data.raw_pairs().map(|(_, value)| value.resolved().span()));
            for key in KEYS.iter().filter(|_| !is_encrypted) {
                let Some(entry) = data.entry(key) else { continue };
                let text = entry.value.text();
                let json = if list == "data" { base64(text) } else { Some(text.to_owned()) };
                let registries = json.map_or(0, |json| credentials(&json));
                found.leak(Spanned::new((*key).to_owned(), entry.key.span()), registries);
            }
        }
        if let Some(entry) = root.entry(PULL_SECRET) {
            found.values.push(entry.value.span());
            let registries = if is_encrypted { 0 } else { credentials(entry.value.text()) };
            found.leak(Spanned::new(PULL_SECRET.to_owned(), entry.key.span()), registries);
        }
        found
    }

    fn leak(&mut self, key: Spanned<String>, registries: usize) {
        if registries > 0 {
            self.leaks.push(Leak { key, registries });
        }
    }
}

/// Decodes base64, which may stand on several lines.
fn base64(text: &str) -> Option<String> {
    let folded: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(STANDARD.decode(folded).ok()?).ok()
}

/// The number of registries for which a `config.json` contains credentials that look real.
fn credentials(json: &str) -> usize {
    let Ok(Value::Object(root)) = serde_json::from_str(json.trim()) else { return 0 };
    let auths = match root.get("auths") {
        Some(Value::Object(auths)) => auths,
        Some(_) => return 0,
        // The older form is the inner map alone.
        None => &root,
    };
    let of_registry = |(host, entry): (&String, &Value)| {
        !is_documentation(host) && entry.as_object().is_some_and(has_credentials)
    };
    auths.iter().filter(|registry| of_registry(*registry)).count()
}

fn has_credentials(entry: &Map<String, Value>) -> bool {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("");
    let decoded = base64(text("auth")).unwrap_or_default();
    // The runtime ignores a value without a colon.
    let from_auth = decoded.split_once(':').map_or("", |(_, password)| password);
    [from_auth, text("password"), text("identitytoken"), text("registrytoken")].into_iter().any(is_secret)
}

/// A shorter word is not a password of a registry.
const MIN_LENGTH: usize = 6;

/// Whether a password looks real, and is not a placeholder, a word such as `changeme`, or one character repeated.
fn is_secret(password: &str) -> bool {
    const WORDS: [&str; 12] = [
        "password", "passwd", "secret", "example", "dummy", "fake", "sample", "your", "redacted", "xxxx",
        "token", "enc[",
    ];
    let password = password.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let lower = password.to_ascii_lowercase();
    let is_run = |text: &str| text.chars().all(|c| text.starts_with(c) || c == '-');
    // A long random text may contain any short word by chance.
    let is_word = password.len() < 40 && WORDS.iter().any(|word| lower.contains(word));
    password.len() >= MIN_LENGTH
        && !is_run(password)
        && !is_word
        && !is_placeholder(password)
        && !password.contains("...")
}

/// Whether a name is reserved for documentation and tests (RFC 2606), or names the machine itself.
fn is_documentation(registry: &str) -> bool {
    let host = registry.split_once("://").map_or(registry, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or("").to_ascii_lowercase();
    let within =
        |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"]
        .into_iter()
        .any(within)
        || is_placeholder(registry)
        || !host.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_passwords() {
        for (password, is) in [
            ("hunter2hunter", true),
            ("Tr0ub4dor&3", true),
            (&"kDs0token8xQ".repeat(8), true),
            ("", false),
            ("pass", false),
            ("MyPassword1", false),
            ("xxxxxxxx", false),
            ("00000000-0000-0000", false),
            ("<password>", false),
            ("${PASSWORD}", false),
            ("abcdef...", false),
            ("changeme", false),
            ("ENC[AES256_GCM,data:abcd]", false),
        ] {
            assert_eq!(is_secret(password), is, "{password}");
        }
    }

    #[test]
    fn registries_are_counted() {
        let auth = STANDARD.encode("robot:c0rrect-h0rse");
        for (json, count) in [
            (format!(r#"{{"auths": {{"quay.io": {{"auth": "{auth}"}}}}}}"#), 1),
            (format!(r#"{{"quay.io": {{"auth": "{auth}"}}, "b.corp.io:5000": {{"auth": "{auth}"}}}}"#), 2),
            (r#"{"auths": {"quay.io": {"username": "u", "password": "c0rrect-h0rse"}}}"#.into(), 1),
            (r#"{"auths": {"quay.io": {"identitytoken": "eyJhbGciOi"}}}"#.into(), 1),
            (format!(r#"{{"auths": {{"registry.example.com": {{"auth": "{auth}"}}}}}}"#), 0),
            (format!(r#"{{"auths": {{"localhost:5000": {{"auth": "{auth}"}}}}}}"#), 0),
            (r#"{"auths": {"quay.io": {"auth": "bm9jb2xvbg=="}}}"#.into(), 0),
            (r#"{"auths": {"quay.io": {"auth": "{{ auth }}"}}}"#.into(), 0),
            (r#"{"auths": {"quay.io": {}}}"#.into(), 0),
            (r#"{"auths": []}"#.into(), 0),
            ("eyJhd...".into(), 0),
            ("[".repeat(100_000), 0),
        ] {
            assert_eq!(credentials(&json), count, "{}", &json[..json.len().min(90)]);
        }
    }
}
