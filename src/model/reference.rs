//! Names of images, read as the container runtime reads them.
//!
//! The grammar is that of the distribution project, and the normalization to `docker.io/library/…` that of Docker; both as
//! in containers/image `docker/reference/{regexp,reference,normalize}.go` and opencontainers/go-digest `digest.go`.

use std::borrow::Cow;
use std::fmt;

const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
/// The part of Docker Hub with the images whose names are a single word.
const OFFICIAL: &str = "library/";
const MAX_NAME: usize = 255;
const MAX_TAG: usize = 128;

/// A full image name: it always has a domain, and may have a tag, a digest, or both.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Domain and path, joined by `/`.
    name: String,
    /// The length of the domain in the name.
    domain: usize,
    /// The text behind `:`.
    pub tag: Option<String>,
    /// The text behind `@`: `sha256:…`.
    pub digest: Option<String>,
}

/// Why a text is not an image name. `Display` gives the message of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// Some part does not match the grammar.
    Format,
    /// Upper case in the path.
    UpperCase,
    /// 64 hexadecimal digits alone: the id of an image, not its name.
    Identifier,
    /// More than 255 characters of domain and path.
    TooLong,
    /// A short form of a name (`busybox`), although a full name is required.
    NotCanonical,
    /// A digest with an algorithm other than SHA-256, 384 or 512.
    DigestAlgorithm,
    /// A digest with too few or too many digits.
    DigestLength,
    /// A digest with upper-case digits.
    DigestFormat,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceError::Format => "invalid reference format",
            ReferenceError::UpperCase => "invalid reference format: repository name must be lowercase",
            ReferenceError::Identifier => {
                "invalid repository name, cannot specify 64-byte hexadecimal strings"
            }
            ReferenceError::TooLong => "repository name must not be more than 255 characters",
            ReferenceError::NotCanonical => "repository name must be canonical",
            ReferenceError::DigestAlgorithm => "unsupported digest algorithm",
            ReferenceError::DigestLength => "invalid checksum digest length",
            ReferenceError::DigestFormat => "invalid checksum digest format",
        })
    }
}

impl Reference {
    /// Reads a name as Docker does: `busybox` means `docker.io/library/busybox`.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Parts::parse(text).map(Parts::reference)
    }

    /// Reads a name whose first part is its domain, and adds nothing to it.
    pub fn parse_as_written(text: &str) -> Result<Self, ReferenceError> {
        let (domain, rest) = text.split_once('/').ok_or(ReferenceError::Format)?;
        Parts::of(domain, "", rest).map(Parts::reference)
    }

    /// Reads a name that is written in full.
    pub fn parse_canonical(text: &str) -> Result<Self, ReferenceError> {
        let reference = Self::parse(text)?;
        if reference.full() == text { Ok(reference) } else { Err(ReferenceError::NotCanonical) }
    }

    /// The image that is pulled if a pod has this name: a tag beside a digest is dropped (containers/image
    /// `pkg/shortnames/shortnames.go`), and a name without tag and digest gets the tag `latest`.
    #[must_use]
    pub fn to_pull(mut self) -> Self {
        if self.digest.is_some() {
            self.tag = None;
        } else if self.tag.is_none() {
            self.tag = Some("latest".into());
        }
        self
    }

    /// Domain and path, without tag and digest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port.
    pub fn domain(&self) -> &str {
        &self.name[..self.domain]
    }

    /// The name as Docker shows it: without the parts that its normalization adds.
    pub fn familiar(&self) -> String {
        let name = match self.name.strip_prefix(DEFAULT_DOMAIN).and_then(|rest| rest.strip_prefix('/')) {
            Some(path) => path.strip_prefix(OFFICIAL).filter(|rest| !rest.contains('/')).unwrap_or(path),
            None => &self.name,
        };
        self.with_suffix(name)
    }

    /// The name in full, with tag and digest.
    pub fn full(&self) -> String {
        self.with_suffix(&self.name)
    }

    fn with_suffix(&self, name: &str) -> String {
        let suffixes = [(':', &self.tag), ('@', &self.digest)];
        let length = |(_, suffix): &(char, &Option<String>)| suffix.as_ref().map_or(0, |text| text.len() + 1);
        let mut text = String::with_capacity(name.len() + suffixes.iter().map(length).sum::<usize>());
        text.push_str(name);
        for (mark, suffix) in suffixes {
            if let Some(suffix) = suffix {
                text.push(mark);
                text.push_str(suffix);
            }
        }
        text
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full())
    }
}

/// The parts of a name, as they stand in its text.
struct Parts<'t> {
    domain: &'t str,
    /// What the path of an image of Docker Hub lacks.
    official: &'static str,
    path: &'t str,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

impl<'t> Parts<'t> {
    /// See [`Reference::parse`].
    fn parse(text: &'t str) -> Result<Self, ReferenceError> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'a'..=b'f' | b'0'..=b'9')) {
            return Err(ReferenceError::Identifier);
        }
        let (domain, rest) = split_domain(text);
        let before_tag = rest.split_once(':').map_or(rest, |(name, _)| name);
        if before_tag.chars().any(char::is_uppercase) {
            return Err(ReferenceError::UpperCase);
        }
        let official = if domain == DEFAULT_DOMAIN && !rest.contains('/') { OFFICIAL } else { "" };
        Self::of(domain, official, rest)
    }

    fn of(domain: &'t str, official: &'static str, rest: &'t str) -> Result<Self, ReferenceError> {
        let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
        let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
        if !is_domain(domain) || !path.split('/').all(is_path_part) || !tag.is_none_or(is_tag) {
            return Err(ReferenceError::Format);
        }
        digest.map_or(Ok(()), check_digest)?;
        let parts = Self { domain, official, path, tag, digest };
        if parts.length() > MAX_NAME { Err(ReferenceError::TooLong) } else { Ok(parts) }
    }

    /// The length of domain and path.
    fn length(&self) -> usize {
        self.domain.len() + "/".len() + self.official.len() + self.path.len()
    }

    fn reference(self) -> Reference {
        let mut name = String::with_capacity(self.length());
        for part in [self.domain, "/", self.official, self.path] {
            name.push_str(part);
        }
        Reference {
            name,
            domain: self.domain.len(),
            tag: self.tag.map(str::to_owned),
            digest: self.digest.map(str::to_owned),
        }
    }
}

/// Whether a text is an image name, even one without a registry.
pub fn is_name(text: &str) -> bool {
    Parts::parse(text).is_ok()
        && (!is_short(text) || Parts::parse(&format!("{DEFAULT_DOMAIN}/{text}")).is_ok())
}

/// Whether somebody still has to fill in a text that is not a name, although `crd::is_placeholder` does not recognize it:
/// `app:v{}`, `app:%s`, `quay.io/ORG/app`.
pub fn is_unfinished(text: &str) -> bool {
    const MARKS: &str = "{}%()<>[]|#*!^~`";
    const WORDS: [&str; 10] =
        ["ORG", "USER", "USERNAME", "NAME", "REPO", "REGISTRY", "NAMESPACE", "IMAGE", "TAG", "VERSION"];
    let is_word = |part: &str| WORDS.contains(&part) || part.starts_with("YOUR");
    text.contains("...")
        || text.contains(|c| MARKS.contains(c))
        || text.split(['/', ':', '@', '-']).any(is_word)
}

/// The name that the author of an invalid text probably meant: without blanks and scheme, the path in lower case, and an
/// example digest instead of an invalid one. `None` if that is not clear.
pub fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    if is_unfinished(text) {
        return None;
    }
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    // Without a registry, words separated by blanks may mean anything.
    let text: String = if is_short(text) { text.to_owned() } else { text.split_whitespace().collect() };
    let (name, digest) =
        text.split_once('@').map_or((text.as_str(), None), |(name, digest)| (name, Some(digest)));
    let (domain, path) = if is_short(name) { ("", name) } else { name.split_at(name.find('/')?) };
    let (path, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
    let tag = tag.filter(|tag| is_tag(tag)).map_or_else(String::new, |tag| format!(":{tag}"));
    let digest = digest.map_or_else(String::new, |digest| {
        let some_digest = || format!("sha256:{}", "0".repeat(64));
        let digest = if check_digest(digest).is_ok() { digest.to_owned() } else { some_digest() };
        format!("@{digest}")
    });
    let meant = format!("{domain}{}{tag}{digest}", path.to_ascii_lowercase());
    is_name(&meant).then_some(meant)
}

/// The name itself, or the name that was meant if it is invalid.
pub fn readable(text: &str) -> Cow<'_, str> {
    if is_name(text) { Cow::Borrowed(text) } else { meant(text).map_or(Cow::Borrowed(text), Cow::Owned) }
}

/// Whether a name has no registry, so that nodes use the search list (containers/image `pkg/shortnames/shortnames.go`,
/// `parseUnnormalizedShortName`).
pub fn is_short(text: &str) -> bool {
    text.split_once('/').is_none_or(|(first, _)| !first.contains(['.', ':']) && first != "localhost")
}

/// Whether a text is `host` or `host:port`.
pub fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    host.split('.').all(is_label)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn split_domain(text: &str) -> (&str, &str) {
    let (domain, rest) = match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => (DEFAULT_DOMAIN, text),
    };
    (if domain == LEGACY_DEFAULT_DOMAIN { DEFAULT_DOMAIN } else { domain }, rest)
}

fn is_path_part(part: &str) -> bool {
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    bytes.first().is_some_and(is_word)
        && bytes.last().is_some_and(is_word)
        && bytes
            .split(is_word)
            .all(|gap| matches!(gap, b"" | b"." | b"_" | b"__") || gap.iter().all(|b| *b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= MAX_TAG
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

fn check_digest(digest: &str) -> Result<(), ReferenceError> {
    let (algorithm, digits) = digest.split_once(':').ok_or(ReferenceError::Format)?;
    let is_word = |word: &str| {
        word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && word.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !algorithm.split(['-', '_', '+', '.']).all(is_word)
        || digits.len() < 32
        || !digits.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(ReferenceError::Format);
    }
    let due = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(ReferenceError::DigestAlgorithm),
    };
    if digits.len() != due {
        Err(ReferenceError::DigestLength)
    } else if digits.bytes().any(|b| b.is_ascii_uppercase()) {
        Err(ReferenceError::DigestFormat)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> String {
        format!("sha256:{}", "0123456789abcdef".repeat(4))
    }

    #[test]
    fn names_are_normalised() {
        let with_digest = format!("quay.io/a/b@{}", digest());
        let with_both = format!("quay.io/a/b:v1@{}", digest());
        for (text, full, pulled, familiar) in [
            ("busybox", "docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox"),
            ("busybox:1", "docker.io/library/busybox:1", "docker.io/library/busybox:1", "busybox:1"),
            (
                "grafana/grafana",
                "docker.io/grafana/grafana",
                "docker.io/grafana/grafana:latest",
                "grafana/grafana",
            ),
            ("docker.io/busybox", "docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox"),
            ("index.docker.io/a/b", "docker.io/a/b", "docker.io/a/b:latest", "a/b"),
            (
                "docker.io/library/a/b:1",
                "docker.io/library/a/b:1",
                "docker.io/library/a/b:1",
                "library/a/b:1",
            ),
            ("localhost/a:1", "localhost/a:1", "localhost/a:1", "localhost/a:1"),
            ("h:5000/a:1", "h:5000/a:1", "h:5000/a:1", "h:5000/a:1"),
            ("Quay/a:1", "Quay/a:1", "Quay/a:1", "Quay/a:1"),
            (
                "quay.io/a__b/c--d/e.f:V_1",
                "quay.io/a__b/c--d/e.f:V_1",
                "quay.io/a__b/c--d/e.f:V_1",
                "quay.io/a__b/c--d/e.f:V_1",
            ),
            (&with_digest, &with_digest, &with_digest, &with_digest),
            (&with_both, &with_both, &with_digest, &with_both),
        ] {
            let reference = Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(reference.to_string(), full, "{text}");
            assert_eq!(reference.familiar(), familiar, "{text}");
            assert_eq!(reference.to_pull().to_string(), pulled, "{text}");
        }
    }

    #[test]
    fn references_that_are_not_valid_are_refused() {
        use ReferenceError::*;
        let long = format!("h.io/{}", "a".repeat(251));
        for (text, error) in [
            ("", Format),
            (" ", Format),
            ("quay.io/", Format),
            ("quay.io//a", Format),
            ("quay.io/a:", Format),
            ("quay.io/a:-", Format),
            ("quay.io/a@", Format),
            ("quay.io/a@sha256:12", Format),
            ("https://quay.io/a", Format),
            ("quay.io:port/a", Format),
            ("[::1]:5000/a", Format),
            ("quay.io/a___b", Format),
            ("quay.io/Team/a", UpperCase),
            ("Busybox", UpperCase),
            ("Not A Reference", UpperCase),
            (&"0123456789abcdef".repeat(4), Identifier),
            (&long, TooLong),
            (&format!("quay.io/a@{}", digest().replace("sha256", "sha1")), DigestAlgorithm),
            (&format!("quay.io/a@{}00", digest()), DigestLength),
            (&format!("quay.io/a@{}", digest().replace("abc", "ABC")), DigestFormat),
        ] {
            assert_eq!(Reference::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(Reference::parse_canonical("busybox"), Err(NotCanonical));
        assert!(Reference::parse_canonical("quay.io/a").is_ok());
    }

    #[test]
    fn a_reference_is_found_in_a_value_that_is_nearly_one() {
        let zeros = format!("ghcr.io/acme/proxy:1@sha256:{}", "0".repeat(64));
        for (text, meant_by_it) in [
            ("https://ghcr.io/acme/proxy:1", Some("ghcr.io/acme/proxy:1")),
            ("docker://ghcr.io/acme/proxy:1", Some("ghcr.io/acme/proxy:1")),
            ("ghcr.io/Acme/Proxy:V1", Some("ghcr.io/acme/proxy:V1")),
            ("ghcr.io/acme/proxy :1", Some("ghcr.io/acme/proxy:1")),
            ("ghcr.io/acme/proxy:1@sha256:abc", Some(zeros.as_str())),
            ("ghcr.io/acme/proxy:a b", Some("ghcr.io/acme/proxy:ab")),
            ("ghcr.io/acme/proxy:", Some("ghcr.io/acme/proxy")),
            ("Nginx:1.27", Some("nginx:1.27")),
            ("Acme/nginx", Some("acme/nginx")),
            ("Not A Name", None),
            ("quay.io/acme/app:v{}", None),
            ("quay.io/ORG/app", None),
            ("ghcr.io//acme", None),
            ("", None),
        ] {
            assert!(!is_name(text), "{text}");
            assert_eq!(meant(text).as_deref(), meant_by_it, "{text}");
        }
        for name in ["nginx", "acme/nginx:1", "ghcr.io/acme/proxy", "localhost/a", "h:5000/a"] {
            assert!(is_name(name) && readable(name) == name, "{name}");
        }
    }

    #[test]
    fn short_names_have_no_registry() {
        for short in ["busybox", "busybox:1", "grafana/grafana", "a/b/c"] {
            assert!(is_short(short), "{short}");
        }
        for full in ["quay.io/a", "localhost/a", "h:5000/a"] {
            assert!(!is_short(full), "{full}");
        }
    }
}
