//! Names of registries and repositories, and which of them contain which.
//!
//! The patterns are those of openshift/api `config/v1/types_image_digest_mirror_set.go` (repeated in `types_image.go` since
//! 4.23). A name contains others as in the lookup of `policy.json` in containers/image
//! (`docker/policyconfiguration/naming.go`), and as in openshift/runtime-utils `pkg/registries/registries.go`.

pub mod repair;

use crate::machine::terminal::is_invisible;
use crate::openshift::lies_in;
use crate::source::Spanned;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Why the pattern of a source or mirror rejects a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    Empty,
    /// A scheme such as `https://` or `docker://`.
    Scheme,
    /// `@sha256:…`
    Digest,
    /// `:latest` behind a path, or a word behind a bare host.
    Tag,
    /// A blank, a line end, or an invisible character.
    Blank,
    /// A `/` at the end.
    TrailingSlash,
    /// `//`
    EmptyPathPart,
    /// `[::1]`
    Ipv6,
    /// `*` anywhere but as the first of several labels of the host.
    Wildcard,
    /// `*.host:port` or `*.host/path`
    WildcardWithMore,
    /// `*.host` where no wildcard is allowed.
    WildcardMirror,
    /// Upper case in the path.
    UpperCasePath,
    /// A port that is no number, or two of them.
    Port,
    /// Anything else in the host.
    Host,
    /// Anything else in the path.
    Path,
}

/// Checks a source, or an entry of a registry list from 4.23 on: the host may be a wildcard.
pub fn check_source(name: &str) -> Option<Flaw> {
    if name.strip_prefix("*.").is_some_and(|domain| domain.split('.').all(is_label)) {
        return None;
    }
    check_mirror(name).map(|flaw| if flaw == Flaw::WildcardMirror { Flaw::Wildcard } else { flaw })
}

/// Checks a mirror: host, port, path.
pub fn check_mirror(name: &str) -> Option<Flaw> {
    let (host, path) = name.split_once('/').map_or((name, None), |(host, path)| (host, Some(path)));
    let (domain, port) = host.split_once(':').map_or((host, None), |(domain, port)| (domain, Some(port)));
    let valid_host = domain.split('.').all(is_label)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let valid_path = path.is_none_or(|path| path.split('/').all(is_path_part));
    if valid_host && valid_path {
        return None;
    }
    Some(flaw(name, host, domain, port, path))
}

/// The flaw of a name that does not match; of several, the one that explains most.
fn flaw(name: &str, host: &str, domain: &str, port: Option<&str>, path: Option<&str>) -> Flaw {
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    if name.is_empty() {
        Flaw::Empty
    } else if name.contains(is_blank) {
        Flaw::Blank
    } else if name.starts_with("*.") && !name[2..].contains('*') {
        let plain = domain[2..].split('.').all(is_label);
        match (plain, path.is_some() || port.is_some()) {
            (true, false) => Flaw::WildcardMirror,
            (true, true) => Flaw::WildcardWithMore,
            (false, _) => Flaw::Host,
        }
    } else if name.contains('*') {
        Flaw::Wildcard
    } else if name.contains("://") {
        Flaw::Scheme
    } else if name.split_once('@').is_some_and(|(_, digest)| digest.starts_with("sha")) {
        Flaw::Digest
    } else if name.starts_with('[') {
        Flaw::Ipv6
    } else if name.ends_with('/') {
        Flaw::TrailingSlash
    } else if name.contains("//") {
        Flaw::EmptyPathPart
    } else if path.is_some_and(|path| path.rsplit('/').next().is_some_and(|last| last.contains(':'))) {
        Flaw::Tag
    } else if let Some(port) =
        port.filter(|port| !port.bytes().all(|b| b.is_ascii_digit()) || port.is_empty())
    {
        // `host:latest` is a tag on a bare host; `host:5000:80`, `host:` and `user:word@host` have no port.
        let is_tag = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        let tag =
            path.is_none() && !port.is_empty() && port.bytes().all(is_tag) && domain.split('.').all(is_label);
        if tag { Flaw::Tag } else { Flaw::Port }
    } else if path.is_some_and(|path| path.chars().any(|c| c.is_ascii_uppercase()))
        && host.split(':').next().is_some_and(|domain| domain.split('.').all(is_label))
        && path.is_some_and(|path| path.to_ascii_lowercase().split('/').all(is_path_part))
    {
        Flaw::UpperCasePath
    } else if domain.split('.').all(is_label) {
        Flaw::Path
    } else {
        Flaw::Host
    }
}

/// `[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]`
fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// `[a-z0-9]+(?:(?:[._]|__|[-]*)[a-z0-9]+)*`: runs of letters and digits joined by `.`, `_`, `__` or hyphens.
fn is_path_part(part: &str) -> bool {
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    if !bytes.first().is_some_and(is_word) || !bytes.last().is_some_and(is_word) {
        return false;
    }
    bytes.split(is_word).all(|gap| matches!(gap, b"" | b"." | b"_" | b"__") || gap.iter().all(|b| *b == b'-'))
}

/// The host of a name, port included.
pub fn host(name: &str) -> &str {
    name.split_once('/').map_or(name, |(host, _)| host)
}

/// The host of a name without its port.
pub fn hostname(name: &str) -> &str {
    let host = host(name);
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// The longest name whose parents are considered: a host has at most 253 characters and the rest of an image name 255, so a
/// longer name contains no image.
pub const MAX_OUTER: usize = 1024;

/// The names that `policy.json` is searched for to find the entry of a repository, nearest first: the name and its parents
/// down to `host:port`, and then wildcards for each parent domain of the host, the longest first. For a wildcard: itself,
/// and the wildcards around it.
pub fn policy_names(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let parents = std::iter::successors(Some(name), |rest| rest.rsplit_once('/').map(|(parent, _)| parent));
    let parents = parents.filter(move |parent| parent.len() <= MAX_OUTER || *parent == name);
    let host = name.strip_prefix("*.").unwrap_or_else(|| hostname(name));
    let domains =
        std::iter::successors(above(host), |domain| above(domain)).filter(|parent| parent.len() <= MAX_OUTER);
    parents.map(Cow::Borrowed).chain(domains.map(|parent| Cow::Owned(format!("*.{parent}"))))
}

/// The parent of a domain.
fn above(domain: &str) -> Option<&str> {
    domain.split_once('.').map(|(_, parent)| parent)
}

/// Whether `policy.json` applies the entry for `scope` to `name`.
pub fn covers(scope: &str, name: &str) -> bool {
    if let Some(domain) = scope.strip_prefix("*.") {
        let host = name.strip_prefix("*.").unwrap_or_else(|| hostname(name));
        return name == scope || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    }
    lies_in(name, scope)
}

/// The entries of a registry list, indexed to find the one that covers a name. A search takes time in proportion to the
/// depth of the name, not to the length of the list.
#[derive(Debug, Default)]
pub struct ScopeSet<'r> {
    entries: HashMap<&'r str, &'r Spanned<String>>,
}

impl<'r> ScopeSet<'r> {
    /// Indexes the entries of a list; of equal entries, the first one counts.
    pub fn new(entries: impl IntoIterator<Item = &'r Spanned<String>>) -> Self {
        let mut set = Self::default();
        for entry in entries {
            set.entries.entry(entry.value.as_str()).or_insert(entry);
        }
        set
    }

    /// The entry that is exactly this name.
    pub fn get(&self, name: &str) -> Option<&'r Spanned<String>> {
        self.entries.get(name).copied()
    }

    /// The nearest entry that covers `name`, as `policy.json` finds it.
    pub fn covering(&self, name: &str) -> Option<&'r Spanned<String>> {
        policy_names(name).find_map(|parent| self.entries.get(&*parent).copied())
    }
}

/// The parents of the entries of a list, to find out which scopes contain an entry. A search takes constant time.
#[derive(Debug, Default)]
pub struct Parents(HashSet<String>);

impl Parents {
    /// Indexes the parents of `entries`, and the entries themselves.
    pub fn new<'r>(entries: impl IntoIterator<Item = &'r Spanned<String>>) -> Self {
        Self(entries.into_iter().flat_map(|entry| policy_names(&entry.value).map(Cow::into_owned)).collect())
    }

    /// Whether `scope` covers one of the entries.
    pub fn lie_in(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }
}

/// The name of the repository: without tag and digest.
pub fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[last..].find(':') {
        // Without a path, a number behind the colon is a port.
        Some(colon) if last > 0 || !name[last + colon + 1..].bytes().all(|b| b.is_ascii_digit()) => {
            &name[..last + colon]
        }
        _ => name,
    }
}

/// Whether the runtime reads the first part of a name as a part of the path (containers/image
/// `docker/reference/normalize.go`, `splitDockerDomain`). Other rules report names that no image can have.
pub fn is_unqualified(name: &str) -> bool {
    let host = host(name);
    let is_host =
        host.contains(['.', ':']) || host == "localhost" || host.bytes().any(|b| b.is_ascii_uppercase());
    !is_host && check_mirror(name).is_none()
}

/// Whether a name is a host, with or without a port.
pub fn is_host(name: &str) -> bool {
    !name.contains('/') && check_mirror(name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_accept_and_refuse() {
        use Flaw::*;
        for (name, source, mirror) in [
            ("quay.io", None, None),
            ("Quay.IO:443/a/b", None, None),
            ("localhost", None, None),
            ("10.1.0.0/16", None, None),
            ("a.example/a__b/c--d/e.f", None, None),
            ("*.corp.example", None, Some(WildcardMirror)),
            ("", Some(Empty), Some(Empty)),
            ("https://a.example", Some(Scheme), Some(Scheme)),
            ("a.example/b@sha256:0123", Some(Digest), Some(Digest)),
            ("a.example/b:v1", Some(Tag), Some(Tag)),
            ("a.example:latest", Some(Tag), Some(Tag)),
            ("a.example:5000:80", Some(Port), Some(Port)),
            ("user:word@a.example", Some(Port), Some(Port)),
            ("user@a.example/b", Some(Host), Some(Host)),
            ("a.example:", Some(Port), Some(Port)),
            ("a.example/", Some(TrailingSlash), Some(TrailingSlash)),
            ("a.example//b", Some(EmptyPathPart), Some(EmptyPathPart)),
            ("a.example/Team", Some(UpperCasePath), Some(UpperCasePath)),
            ("a.example\n", Some(Blank), Some(Blank)),
            ("a\u{200b}.example", Some(Blank), Some(Blank)),
            ("*", Some(Wildcard), Some(Wildcard)),
            ("*corp.example", Some(Wildcard), Some(Wildcard)),
            ("a.*.example", Some(Wildcard), Some(Wildcard)),
            ("*.corp.example/x", Some(WildcardWithMore), Some(WildcardWithMore)),
            ("*.corp.example:5000", Some(WildcardWithMore), Some(WildcardWithMore)),
            ("*.corp.example/x@sha256:0123", Some(WildcardWithMore), Some(WildcardWithMore)),
            ("https://*.corp.example", Some(Wildcard), Some(Wildcard)),
            ("[fd00::1]:5000", Some(Ipv6), Some(Ipv6)),
            ("a_b.example", Some(Host), Some(Host)),
            ("-a.example", Some(Host), Some(Host)),
            ("a.example/a___b", Some(Path), Some(Path)),
            ("a.example/a..b", Some(Path), Some(Path)),
            ("a.example/a-", Some(Path), Some(Path)),
        ] {
            assert_eq!(check_source(name), source, "source {name:?}");
            assert_eq!(check_mirror(name), mirror, "mirror {name:?}");
        }
    }

    #[test]
    fn policy_lookup_goes_up() {
        let names: Vec<_> = policy_names("h.corp.example:5000/a/b").collect();
        assert_eq!(
            names,
            [
                "h.corp.example:5000/a/b",
                "h.corp.example:5000/a",
                "h.corp.example:5000",
                "*.corp.example",
                "*.example"
            ]
        );
        assert!(
            covers("*.io", "quay.io/a")
                && covers("*.io", "*.io")
                && !covers("*.io", "io")
                && covers("quay.io", "quay.io/a")
                && !covers("quay.io", "quay.io:443/a")
        );
        assert!(covers("*.example", "*.corp.example") && !covers("corp.example", "*.corp.example"));
    }
}
