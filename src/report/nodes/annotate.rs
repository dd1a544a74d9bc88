//! The lines of the files on nodes, each with the manifest texts that made it. The encoders write every entry on a line
//! of its own and never a line break inside a value, so the lines together are the file, byte by byte.

use crate::node::{
    self, FileOrigin, Files, PolicyJson, RegistriesConf, SearchRegistries, SigstoreRegistries,
};
use crate::source::Span;
use std::borrow::Cow;

/// A line of a file on a node.
#[derive(Clone, Debug)]
pub(in crate::report) struct Line<'n> {
    /// Its text, without the line end.
    pub(in crate::report) text: String,
    /// The manifest texts that made it.
    pub(in crate::report) spans: Cow<'n, [Span]>,
    /// Whether the release's own image policy is among what made it.
    pub(in crate::report) by_release: bool,
}

impl<'n> Line<'n> {
    fn new(text: &str, spans: impl Into<Cow<'n, [Span]>>) -> Self {
        Self { text: text.to_owned(), spans: spans.into(), by_release: false }
    }
}

/// The text with a comment on each line that some manifest made; `say` makes the comment.
pub(super) fn commented(lines: &[Line<'_>], say: &dyn Fn(&[Span]) -> String) -> String {
    let mut text = String::new();
    for line in lines {
        // Values of the API may hold what would steer a terminal; the encoders leave some of it in place.
        text.push_str(&crate::machine::terminal::escape(&line.text));
        let comment = say(&line.spans);
        if line.by_release {
            text.push_str("  # the release's own ClusterImagePolicy `openshift`");
        }
        if !comment.is_empty() {
            text.push_str("  # ");
            text.push_str(&comment);
        }
        text.push('\n');
    }
    text
}

/// The files in the order in which people read them, by their paths; `None` for one that every node has as shipped.
pub(in crate::report) fn of_files(files: &Files) -> Vec<(String, Option<Vec<Line<'_>>>)> {
    let generated = |from: FileOrigin| from == FileOrigin::Generated;
    let (registries, policy) = (&files.registries_conf, &files.policy_json);
    let mut all = vec![(
        node::REGISTRIES_CONF.to_owned(),
        generated(registries.from).then(|| registries_conf(registries)),
    )];
    if let Some(search) = &files.search_registries {
        all.push((node::SEARCH_REGISTRIES.to_owned(), Some(search_registries(search))));
    }
    all.push((node::POLICY_JSON.to_owned(), generated(policy.from).then(|| policy_json(policy))));
    if let Some(sigstore) = &files.sigstore_registries {
        all.push((node::SIGSTORE_REGISTRIES.to_owned(), Some(sigstore_registries(sigstore))));
    }
    for (namespace, policy) in &files.namespaced_policies {
        all.push((node::path_of(namespace), Some(policy_json(policy))));
    }
    all
}

fn registries_conf(conf: &RegistriesConf) -> Vec<Line<'_>> {
    let mut entries = conf.entries.iter();
    let mut entry = None;
    let mut mirrors = [].iter();
    let mut mirror = None;
    let text = conf.to_toml();
    let annotated = text.lines().map(|line| {
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
        Line::new(line, spans)
    });
    annotated.collect()
}

fn search_registries(search: &SearchRegistries) -> Vec<Line<'_>> {
    let spans: Vec<Span> = search.registries.iter().map(|registry| registry.span).collect();
    let text = search.to_toml();
    let annotated = text.lines().map(|line| {
        let is_list = line.starts_with("unqualified-search-registries");
        Line::new(line, if is_list { spans.clone() } else { Vec::new() })
    });
    annotated.collect()
}

/// A policy. JSON has no comments, so with them it is no JSON; `--format json` and `--output` have it.
fn policy_json(policy: &PolicyJson) -> Vec<Line<'_>> {
    let mut in_scopes = false;
    let text = policy.to_json();
    let annotated = text.lines().map(|line| {
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
        Line { by_release, ..Line::new(line, scope.map_or(&[][..], |scope| &scope.spans)) }
    });
    annotated.collect()
}

fn sigstore_registries(registries: &SigstoreRegistries) -> Vec<Line<'_>> {
    let text = registries.to_yaml();
    let annotated = text.lines().map(|line| {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        let name = name.and_then(|name| name.strip_suffix(':')).map(|name| name.trim_matches('\''));
        let spans = name.and_then(|name| registries.docker.get(name));
        Line::new(line, spans.map_or(&[][..], Vec::as_slice))
    });
    annotated.collect()
}
