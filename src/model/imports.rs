//! The registries from which `allowedRegistriesForImport` lets image streams import.
//!
//! As in openshift/openshift-apiserver `pkg/image/apis/image/validation/whitelist/whitelister.go`, an entry is a pattern for
//! the host and one for the port. The server compares only host and port. An entry without a port means 443, or 80 with
//! `insecure: true`. Names of images are read as in openshift/library-go `pkg/image/reference/reference.go`.

use super::reference::Reference;
use crate::machine::terminal::is_invisible;
use crate::openshift::INTERNAL_REGISTRY;
use crate::read::crd::{ImageConfig, ImportLocation, List};
use crate::source::Spanned;
use std::collections::{HashMap, HashSet};

/// The port of an entry without one, and of an image whose registry has none.
const TLS: &str = "443";
/// The port with `insecure: true`.
const PLAIN: &str = "80";
const DOCKER_HUB: &str = "docker.io";
/// The hosts under which the server looks for images of Docker Hub.
const DOCKER_HUB_HOSTS: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];

/// What is wrong with a `domainName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainFlaw {
    /// Two or more colons: the API server does not start with it.
    Colons,
    /// A scheme such as `https://`.
    Scheme,
    /// Nothing.
    Empty,
    /// A blank, a line end, or an invisible character.
    Blank,
    /// A path behind the host.
    Path,
    /// A port that is neither a number nor a pattern.
    Port,
    /// Neither a host nor a pattern of one.
    Host,
    /// An alias of Docker Hub that the server does not look for.
    DockerHub,
    /// Upper case, although the server distinguishes case and registries are almost always in lower case.
    UpperCase,
}

/// Checks a `domainName`: `host` or `host:port`, with `*` and `?` in both.
pub fn check_domain(name: &str) -> Option<DomainFlaw> {
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    let is_pattern = |c: char| matches!(c, '*' | '?');
    let (host, port) = name.split_once(':').map_or((name, None), |(host, port)| (host, Some(port)));
    if name.matches(':').count() > 1 {
        Some(DomainFlaw::Colons)
    } else if name.contains("://") {
        Some(DomainFlaw::Scheme)
    } else if name.is_empty() {
        Some(DomainFlaw::Empty)
    } else if name.contains(is_blank) {
        Some(DomainFlaw::Blank)
    } else if name.contains('/') {
        Some(DomainFlaw::Path)
    } else if port
        .is_some_and(|port| port.is_empty() || !port.chars().all(|c| c.is_ascii_digit() || is_pattern(c)))
    {
        Some(DomainFlaw::Port)
    } else if host.is_empty()
        || !host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || is_pattern(c))
    {
        Some(DomainFlaw::Host)
    } else if host == DOCKER_HUB_HOSTS[0] {
        Some(DomainFlaw::DockerHub)
    } else {
        host.contains(|c: char| c.is_ascii_uppercase()).then_some(DomainFlaw::UpperCase)
    }
}

/// The `domainName` that was probably meant.
pub fn meant_domain(name: &str) -> Option<String> {
    let is_noise = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    let name: String = name.chars().filter(|c| !is_noise(*c)).collect();
    let name = name.split_once("://").map_or(name.as_str(), |(_, rest)| rest);
    let name = name.split(['/', '@']).next().unwrap_or_default();
    let (host, port) = name.split_once(':').map_or((name, ""), |(host, port)| (host, port));
    let host = host.to_ascii_lowercase();
    let host = if host == DOCKER_HUB_HOSTS[0] { DOCKER_HUB } else { &host };
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let meant = if is_port { format!("{host}:{port}") } else { host.to_owned() };
    check_domain(&meant).is_none().then_some(meant)
}

/// The registry of an image in an image stream, and how the server connects to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Host and port as written; empty for a name without a registry.
    registry: String,
    /// Whether the stream or the tag accepts unverified TLS: the port may then be 80 or 443.
    insecure: bool,
}

impl Import {
    /// Reads the name of an image; `None` if the text is not one.
    pub fn of(name: &str, insecure: bool) -> Option<Self> {
        let registry = match name.split_once('/') {
            Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => {
                Reference::parse_as_written(name).ok()?;
                first
            }
            // Without a path, a name with a dot is a registry, not an image.
            _ if !name.contains('/') && (name.contains('.') || name.starts_with("localhost")) => name,
            _ => {
                Reference::parse_as_written(&format!("{DOCKER_HUB}/{name}")).ok()?;
                ""
            }
        };
        Some(Self { registry: registry.to_owned(), insecure })
    }

    /// Any image of a registry, by its host.
    pub fn from_registry(host: &str) -> Self {
        Self { registry: host.to_owned(), insecure: false }
    }

    /// The registry as people write it.
    pub fn registry(&self) -> &str {
        if self.registry.is_empty() { DOCKER_HUB } else { &self.registry }
    }

    /// The hosts that the server looks for in the list, in order, and the port; `None` means either of 80 and 443.
    fn asked(&self) -> (Vec<&str>, Option<&str>) {
        let (host, port) = match self.registry.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (self.registry.as_str(), (!self.insecure).then_some(TLS)),
        };
        let host = match host {
            "" if self.insecure => DOCKER_HUB_HOSTS[1],
            "" => DOCKER_HUB,
            DOCKER_HUB if !self.insecure => DOCKER_HUB_HOSTS[1],
            host if host == DOCKER_HUB_HOSTS[0] && !self.insecure => DOCKER_HUB_HOSTS[1],
            host => host,
        };
        let hosts = if DOCKER_HUB_HOSTS.contains(&host) { vec![DOCKER_HUB, host] } else { vec![host] };
        (hosts, port)
    }
}

/// No real list has more patterns, and each of them is compared with each registry.
const MAX_PATTERNS: usize = 256;

/// The list of an `Image`, if it is in force and known in full.
#[derive(Debug)]
pub struct ImportList<'c> {
    /// The list as written.
    pub list: &'c List<ImportLocation>,
    /// The hosts and ports of entries without a pattern.
    exact: HashSet<(String, String)>,
    patterns: Vec<Entry<'c>>,
    /// The first entry of each host without a pattern.
    by_host: HashMap<String, Entry<'c>>,
}

#[derive(Clone, Debug)]
struct Entry<'c> {
    name: Option<&'c Spanned<String>>,
    host: String,
    port: String,
}

impl<'c> ImportList<'c> {
    /// Reads the list of an `Image`; `None` if it allows everything, or if a template still has to fill in a part of it.
    pub fn of(image: &'c ImageConfig) -> Option<Self> {
        let list = image.allowed_registries_for_import.as_ref()?;
        let is_open =
            list.open || list.items.iter().any(|item| item.has_domain_name && item.domain_name.is_none());
        if is_open || list.items.is_empty() {
            return None;
        }
        let mut imports = Self { list, exact: HashSet::new(), patterns: Vec::new(), by_host: HashMap::new() };
        for item in &list.items {
            let Some(name) = item.domain_name.as_ref() else { continue };
            let insecure = item.insecure.as_ref().is_some_and(|insecure| insecure.value);
            // Another rule reports the flaw, and its fix is enough.
            let meant = check_domain(&name.value).and_then(|_| meant_domain(&name.value));
            imports.push(Entry::of(Some(name), meant.as_deref().unwrap_or(&name.value), insecure));
        }
        let internal = image.internal_registry_hostname.as_ref().map(|name| name.value.as_str());
        for name in [INTERNAL_REGISTRY].into_iter().chain(internal) {
            imports.push(Entry::of(None, name, false));
        }
        (imports.patterns.len() <= MAX_PATTERNS).then_some(imports)
    }

    fn push(&mut self, entry: Entry<'c>) {
        let is_pattern = |text: &str| text.contains(['*', '?']);
        if is_pattern(&entry.host) || is_pattern(&entry.port) {
            self.patterns.push(entry);
        } else {
            self.exact.insert((entry.host.clone(), entry.port.clone()));
            self.by_host.entry(entry.host.clone()).or_insert(entry);
        }
    }

    /// Whether it allows an image stream to import this.
    pub fn admits(&self, import: &Import) -> bool {
        let (hosts, port) = import.asked();
        let ports = port.map_or(vec![PLAIN, TLS], |port| vec![port]);
        let is_exact = |host: &&str| {
            ports.iter().any(|port| self.exact.contains(&((*host).to_owned(), (*port).to_owned())))
        };
        let has_port = |entry: &Entry<'_>| match port {
            Some(port) => matches(port, &entry.port),
            None => [PLAIN, TLS, "*"].contains(&entry.port.as_str()),
        };
        hosts.iter().any(is_exact)
            || (self.patterns.iter())
                .any(|entry| has_port(entry) && hosts.iter().any(|host| matches(host, &entry.host)))
    }

    /// An entry for the same host on another port, and that port.
    pub fn on_other_port(&self, import: &Import) -> Option<(&'c Spanned<String>, &str)> {
        let (hosts, _) = import.asked();
        let exact = hosts.iter().find_map(|host| self.by_host.get(*host));
        let entry = exact.or_else(|| {
            self.patterns.iter().find(|entry| hosts.iter().any(|host| matches(host, &entry.host)))
        })?;
        Some((entry.name?, entry.port.as_str()))
    }
}

impl<'c> Entry<'c> {
    fn of(name: Option<&'c Spanned<String>>, domain: &str, insecure: bool) -> Self {
        let default = if insecure { PLAIN } else { TLS };
        let (host, port) = domain.split_once(':').unwrap_or((domain, default));
        Self { name, host: host.to_owned(), port: port.to_owned() }
    }
}

/// Whether a text matches a pattern in which `*` stands for any text and `?` for one character.
fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut at, mut next) = (0, 0);
    // The place of the last `*`, and how far the text was read when the `*` matched nothing.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[at] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((of_star, taken)) = star else { return false };
                star = Some((of_star, taken + 1));
                at = taken + 1;
                next = of_star + 1;
            }
        }
    }
    pattern[next..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

    fn image(entries: &[(&str, bool)]) -> ImageConfig {
        let items = entries.iter().map(|(name, insecure)| ImportLocation {
            span: NOWHERE,
            has_domain_name: true,
            domain_name: Some(Spanned::new((*name).to_owned(), NOWHERE)),
            insecure: Some(Spanned::new(*insecure, NOWHERE)),
        });
        let list = List { key: NOWHERE, span: NOWHERE, items: items.collect(), open: false };
        ImageConfig { allowed_registries_for_import: Some(list), ..ImageConfig::default() }
    }

    #[test]
    fn domains_are_hosts_and_ports() {
        use DomainFlaw::*;
        for (name, flaw, meant) in [
            ("quay.io", None, None),
            ("*.corp.example:50??", None, None),
            ("*", None, None),
            ("*:*", None, None),
            ("10.0.0.1:5000", None, None),
            ("quay.io/openshift-release-dev", Some(Path), Some("quay.io")),
            ("quay.io/*", Some(Path), Some("quay.io")),
            ("mirror.corp.example:8443/ocp", Some(Path), Some("mirror.corp.example:8443")),
            ("https://quay.io", Some(Scheme), Some("quay.io")),
            ("https://mirror.corp.example:8443", Some(Colons), Some("mirror.corp.example:8443")),
            ("mirror.corp.example:8443:8443", Some(Colons), Some("mirror.corp.example")),
            ("[fd00::1]:5000", Some(Colons), None),
            ("", Some(Empty), None),
            ("quay.io ", Some(Blank), Some("quay.io")),
            ("quay.io:", Some(Port), Some("quay.io")),
            ("quay.io:latest", Some(Port), Some("quay.io")),
            (":5000", Some(Host), None),
            ("quay_io", Some(Host), None),
            ("index.docker.io", Some(DockerHub), Some("docker.io")),
            ("Quay.io", Some(UpperCase), Some("quay.io")),
        ] {
            assert_eq!(check_domain(name), flaw, "{name:?}");
            let found = meant_domain(name).filter(|_| flaw.is_some());
            assert_eq!(found.as_deref(), meant, "{name:?}");
        }
    }

    #[test]
    fn the_list_is_asked_as_the_api_server_asks_it() {
        for (entries, name, insecure, admits) in [
            (&[("quay.io", false)][..], "quay.io/a/b:1", false, true),
            (&[("quay.io", false)], "quay.io:443/a/b", false, true),
            (&[("quay.io", false)], "quay.io:8443/a/b", false, false),
            (&[("quay.io", false)], "quay.io/a/b", true, true),
            (&[("quay.io", true)], "quay.io/a/b", false, false),
            (&[("quay.io", true)], "quay.io/a/b", true, true),
            (&[("quay.io", true)], "quay.io:80/a/b", false, true),
            (&[("quay.io:443", true)], "quay.io/a/b", false, true),
            (&[("quay.io:5000", false)], "quay.io/a/b", true, false),
            (&[("quay.io:*", false)], "quay.io/a/b", true, true),
            (&[("quay.io:?43", false)], "quay.io/a/b", false, true),
            (&[("*.corp.example", false)], "a.b.corp.example/c", false, true),
            (&[("*.corp.example", false)], "corp.example/c", false, false),
            (&[("Quay.io:5000", false)], "Quay.io/a/b", false, false),
            (&[("docker.io", false)], "grafana/grafana", false, true),
            (&[("docker.io", false)], "docker.io/grafana/grafana", false, true),
            (&[("docker.io", false)], "index.docker.io/grafana/grafana", false, true),
            (&[("registry-1.docker.io", false)], "docker.io/grafana/grafana", false, true),
            // Nothing turns a missing registry into that host.
            (&[("registry-1.docker.io", false)], "grafana/grafana", false, false),
            (&[("docker.io", false)], "grafana/grafana", true, true),
            (&[("a", false)], "image-registry.openshift-image-registry.svc:5000/a/b", false, true),
            (&[("localhost", false)], "localhost/a", false, true),
            (&[("a", false)], "a/b", false, false),
        ] {
            let image = image(entries);
            let list = ImportList::of(&image).unwrap_or_else(|| panic!("{entries:?}"));
            let import = Import::of(name, insecure).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(list.admits(&import), admits, "{entries:?} {name} {insecure}");
        }
        assert!(ImportList::of(&image(&[])).is_none());
        for name in ["", "quay.io/A/b", "https://quay.io/a", "a b", "quay.io/a@sha256:12"] {
            assert_eq!(Import::of(name, false), None, "{name:?}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (text, pattern, does) in [
            ("", "", true),
            ("", "*", true),
            ("abc", "a*c", true),
            ("abc", "a?c", true),
            ("abc", "a??c", false),
            ("abcabc", "*abc", true),
            ("abcab", "*abc", false),
            ("quay.io", "quay?io", true),
            ("5000", "50??", true),
            ("443", "", false),
        ] {
            assert_eq!(matches(text, pattern), does, "{text} {pattern}");
        }
    }
}
