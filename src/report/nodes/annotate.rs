//! The texts of the files, with a comment behind each line that comes from a manifest. Without the comments, the text is
//! byte for byte the file: the encoders write every entry on a line of its own, and no line break inside of a value.

use crate::node::{PolicyJson, RegistriesConf, SearchRegistries, SigstoreRegistries};
use crate::source::Span;

/// Joins lines, each with its comment.
struct Commented<'s> {
    text: String,
    say: &'s dyn Fn(&[Span]) -> String,
}

impl<'s> Commented<'s> {
    fn new(say: &'s dyn Fn(&[Span]) -> String) -> Self {
        Self { text: String::new(), say }
    }

    fn line(&mut self, line: &str, spans: &[Span]) {
        self.line_of(line, spans, false);
    }

    fn line_of(&mut self, line: &str, spans: &[Span], by_release: bool) {
        // Values of the API may contain commands for a terminal, and the encoders do not escape all of them.
        self.text.push_str(&crate::report::text::escape(line));
        let comment = (self.say)(spans);
        if by_release {
            self.text.push_str("  # the release's own ClusterImagePolicy `openshift`");
        }
        if !comment.is_empty() {
            self.text.push_str("  # ");
            self.text.push_str(&comment);
        }
        self.text.push('\n');
    }
}

/// `registries.conf`
pub(super) fn registries_conf(conf: &RegistriesConf, say: &dyn Fn(&[Span]) -> String) -> String {
    let mut out = Commented::new(say);
    let mut entries = conf.entries.iter();
    let mut entry = None;
    let mut mirrors = [].iter();
    let mut mirror = None;
    for line in conf.to_toml().lines() {
        let spans: &[Span] = match line {
            "[[registry]]" => {
                entry = entries.next();
                mirrors = entry.map_or([].iter(), |entry| entry.mirrors.iter());
                entry.map_or(&[], |entry| &entry.spans)
            }
            "  [[registry.mirror]]" => {
                mirror = mirrors.next();
                mirror.map_or(&[], |mirror| &mirror.spans)
            }
            "  insecure = true" => entry.map_or(&[], |entry| &entry.insecure.spans),
            "  blocked = true" => entry.map_or(&[], |entry| &entry.blocked.spans),
            "    insecure = true" => mirror.map_or(&[], |mirror| &mirror.insecure.spans),
            _ => &[],
        };
        out.line(line, spans);
    }
    out.text
}

/// The search list.
pub(super) fn search_registries(search: &SearchRegistries, say: &dyn Fn(&[Span]) -> String) -> String {
    let mut out = Commented::new(say);
    let spans: Vec<Span> = search.registries.iter().map(|registry| registry.span).collect();
    for line in search.to_toml().lines() {
        out.line(line, if line.starts_with("unqualified-search-registries") { &spans } else { &[] });
    }
    out.text
}

/// A policy. JSON has no comments, so the result is not JSON; `--format json` and `--output` write JSON.
pub(super) fn policy_json(policy: &PolicyJson, say: &dyn Fn(&[Span]) -> String) -> String {
    let mut out = Commented::new(say);
    let mut in_scopes = false;
    for line in policy.to_json().lines() {
        let indent = line.len() - line.trim_start().len();
        let key =
            || line.trim_start().strip_suffix(": [").and_then(|key| serde_json::from_str::<String>(key).ok());
        let scope = match indent {
            2 if line == "  \"default\": [" => Some(&policy.default),
            4 => {
                in_scopes = matches!(line.trim_start(), "\"atomic\": {" | "\"docker\": {");
                None
            }
            6 if in_scopes => key().and_then(|scope| policy.scopes.get(&scope)),
            _ => None,
        };
        let by_release = scope.is_some_and(|scope| scope.by_release);
        out.line_of(line, scope.map_or(&[], |scope| &scope.spans), by_release);
    }
    out.text
}

/// The registries in which nodes look for signatures.
pub(super) fn sigstore_registries(
    registries: &SigstoreRegistries,
    say: &dyn Fn(&[Span]) -> String,
) -> String {
    let mut out = Commented::new(say);
    for line in registries.to_yaml().lines() {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        let name = name.and_then(|name| name.strip_suffix(':')).map(|name| name.trim_matches('\''));
        let spans = name.and_then(|name| registries.docker.get(name));
        out.line(line, spans.map_or(&[], Vec::as_slice));
    }
    out.text
}
