//! The settings of an installation or a hosted cluster, apart from the objects that are made from them: unknown keys,
//! invalid overrides, and the `ConfigMap`s that they name.
//!
//! Sources: openshift/installer `pkg/asset/installconfig/installconfigbase.go` (unknown fields are a warning in the log),
//! `pkg/types/installconfig.go`; openshift/assisted-service `internal/installcfg/installcfg.go` and `builder/builder.go`
//! (overrides are JSON, and unknown fields an error); openshift/hypershift `api/hypershift/v1beta1/hostedcluster_types.go`.

use super::carrier_kind::CarrierKind;
use super::is_placeholder;
use super::schema::nearest;
use crate::openshift::{SOURCE_POLICY, Version};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node, embedded};

/// The list of mirrors of an installation.
pub const DIGEST_SOURCES: &str = "imageDigestSources";
/// Its older name.
pub const CONTENT_SOURCES: &str = "imageContentSources";
/// Both lists.
pub const SOURCES: [&str; 2] = [DIGEST_SOURCES, CONTENT_SOURCES];
/// The keys of their entries.
pub const ENTRY: [&str; 2] = ["source", "mirrors"];
/// The key that only entries of the newer list have, from a release on.
pub const POLICY: &str = "sourcePolicy";
/// The names of such lists in other objects.
const ELSEWHERE: [&str; 5] = [
    "imageDigestMirrors",
    "repositoryDigestMirrors",
    "imageTagMirrors",
    "imageTagSources",
    "registryMirrors",
];

/// The settings of a carrier.
#[derive(Clone, Debug)]
pub struct CarrierSettings {
    /// The kind of carrier.
    pub kind: CarrierKind,
    /// Unknown keys beside the mirrors.
    pub stray: Vec<StrayKey>,
    /// Why its overrides are not JSON, at the place of the error.
    pub broken_overrides: Option<Spanned<String>>,
    /// Sources on the mirroring host, in a list that the installer ignores.
    pub local_sources: Vec<Spanned<String>>,
    /// The names of the `ConfigMap`s of manifests that the cluster is installed with.
    pub manifests: Vec<Spanned<String>>,
    /// The release in the tag of a hosted cluster's release image.
    pub release: Option<Version>,
}

/// A key that an installation does not have.
#[derive(Clone, Debug)]
pub struct StrayKey {
    /// The key as written.
    pub key: Spanned<String>,
    /// Where it stands.
    pub place: StrayPlace,
    /// Whether the reader refuses unknown keys. Otherwise it ignores them.
    pub is_refused: bool,
    /// The key that the author probably meant.
    pub meant: Option<&'static str>,
    /// Whether that key is already there.
    pub is_taken: bool,
    /// The list of mirrors that is already there, beside a key that was meant to be one.
    pub beside: Option<&'static str>,
    /// The first release with the key.
    pub since: Option<Version>,
}

/// The place of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrayPlace {
    /// Beside the lists of mirrors.
    Root,
    /// In an entry of this list.
    Entry(&'static str),
}

impl CarrierSettings {
    /// The settings of a carrier in which nothing was found yet.
    pub fn new(kind: CarrierKind) -> Self {
        Self {
            kind,
            stray: Vec::new(),
            broken_overrides: None,
            local_sources: Vec::new(),
            manifests: Vec::new(),
            release: None,
        }
    }

    /// Whether it contains nothing to report.
    pub fn is_empty(&self) -> bool {
        self.stray.is_empty()
            && self.broken_overrides.is_none()
            && self.manifests.is_empty()
            && self.release.is_none()
    }

    /// Notes the names of `ConfigMap`s.
    pub fn note_manifests<'d>(&mut self, references: impl Iterator<Item = Node<'d>>) {
        let names = references.filter_map(|reference| reference.get("name")).filter_map(super::string);
        self.manifests.extend(names);
    }

    /// Looks for unknown keys in the configuration of an installation. With `is_refused`, unknown keys make the reader
    /// refuse it.
    pub fn note_keys(&mut self, root: Node<'_>, is_refused: bool) {
        for entry in root.entries() {
            let key = entry.key.key_text();
            if is_known(&key, &SOURCES) || !is_like_sources(&key, entry.value) || is_placeholder(&key) {
                continue;
            }
            let is_of_tags = key.to_ascii_lowercase().contains("tag");
            let meant = (!is_of_tags).then_some(DIGEST_SOURCES);
            self.push(root, entry.key, StrayPlace::Root, (is_refused, meant, None));
            let sources = entry.value.items().filter_map(|item| item.get("source")).filter_map(super::string);
            self.local_sources.extend(sources.filter(|source| is_local(&source.value)));
        }
        for list in SOURCES {
            for item in setting(root, list).into_iter().flat_map(|list| list.value.items()) {
                self.note_entry(item, list, is_refused);
            }
        }
    }

    fn note_entry(&mut self, item: Node<'_>, list: &'static str, is_refused: bool) {
        let has_policy = list == DIGEST_SOURCES && !is_refused;
        for entry in item.entries() {
            let key = entry.key.key_text();
            if is_known(&key, &ENTRY) || is_placeholder(&key) {
                continue;
            }
            if is_known(&key, &[POLICY]) {
                let since = has_policy.then_some(SOURCE_POLICY);
                self.push(item, entry.key, StrayPlace::Entry(list), (is_refused, None, since));
                continue;
            }
            let policy = has_policy.then_some(POLICY);
            let meant = match &*key {
                "mirrorSourcePolicy" => policy,
                key => nearest(key, ENTRY.into_iter().chain(policy)),
            };
            self.push(item, entry.key, StrayPlace::Entry(list), (is_refused, meant, None));
        }
    }

    fn push(
        &mut self,
        map: Node<'_>,
        key: Node<'_>,
        place: StrayPlace,
        (is_refused, meant, since): (bool, Option<&'static str>, Option<Version>),
    ) {
        // If two keys mean the same field, only one of them can be renamed.
        let is_meant_twice =
            || self.stray.iter().any(|other| other.meant == meant && map.span().contains(other.key.span));
        // The installer accepts one list of mirrors: it refuses the newer one beside the older one.
        let is_list = matches!(place, StrayPlace::Root);
        let beside = SOURCES.into_iter().find(|list| is_list && setting(map, list).is_some());
        let is_there = |meant| map.entry(meant).is_some() || is_meant_twice();
        let is_taken = beside.is_some() || meant.is_some_and(is_there);
        let key = Spanned::new(key.key_text().into_owned(), key.span());
        self.stray.push(StrayKey { key, place, is_refused, meant, is_taken, beside, since });
    }

    /// Checks overrides, which have to be a JSON object. A value from a template is ignored.
    pub fn note_overrides(&mut self, overrides: Node<'_>) {
        const MARKS: [&str; 4] = ["{{", "{%", "${", "$("];
        let Some(text) = overrides.as_str() else { return };
        let is_filled_in = MARKS.iter().any(|mark| text.contains(mark))
            || text.find('<').is_some_and(|open| text[open..].contains('>'));
        if text.trim().is_empty() || is_filled_in {
            return;
        }
        let start = text.len() - text.trim_start().len();
        let error = if text[start..].starts_with('{') {
            crate::yaml::json_error(text)
        } else {
            Some((start, "an object is expected".to_owned()))
        };
        let Some((at, why)) = error else { return };
        self.broken_overrides = Some(Spanned::new(why, place(overrides, text, at)));
    }
}

/// The place of the character at `at` in the text of a scalar, or of the last character at its end.
fn place(scalar: Node<'_>, text: &str, at: usize) -> Span {
    let end = text.trim_end().len();
    let mut start = at.min(end);
    if start == end {
        start = text[..end].char_indices().next_back().map_or(0, |(last, _)| last);
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    embedded::place(scalar, start..start + width)
}

/// Whether a name is that of a registry on the host itself.
pub fn is_local(name: &str) -> bool {
    matches!(name.split(['/', ':']).next(), Some("localhost" | "127.0.0.1"))
}

/// The setting of this name. Go ignores the case of keys in JSON, but prefers the exact name.
pub fn setting<'d>(map: Node<'d>, name: &str) -> Option<Entry<'d>> {
    let has_name = |entry: &Entry<'_>| entry.key.key_text().eq_ignore_ascii_case(name);
    map.entry(name).or_else(|| map.entries().into_iter().find(has_name))
}

/// Whether a key is one of these, whatever its case.
fn is_known(key: &str, keys: &[&str]) -> bool {
    keys.iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// Whether a key beside the lists was meant to be one of them, by its name or by entries with a source and mirrors.
fn is_like_sources(key: &str, value: Node<'_>) -> bool {
    let first = value.items().next();
    let has_entries = first.is_some_and(|item| ENTRY.iter().all(|key| item.entry(key).is_some()));
    has_entries || is_known(key, &ELSEWHERE) || nearest(key, SOURCES.into_iter()).is_some()
}

/// Whether a document without a `kind` has a list of mirrors, under any of their names.
pub(super) fn has_sources(root: Node<'_>) -> bool {
    root.entries().iter().any(|entry| {
        let key = entry.key.key_text();
        is_known(&key, &SOURCES) || is_like_sources(&key, entry.value)
    })
}
