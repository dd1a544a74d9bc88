//! The three kinds that send pulls to mirrors: `ImageDigestMirrorSet`, `ImageTagMirrorSet` (both
//! `config.openshift.io/v1`) and the deprecated `ImageContentSourcePolicy` (`operator.openshift.io/v1alpha1`).
//!
//! Sources: openshift/api `config/v1/types_image_digest_mirror_set.go`, `config/v1/types_image_tag_mirror_set.go`,
//! `operator/v1alpha1/types_image_content_source_policy.go`.

use super::schema::{Field, Type};
use super::{List, string};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// One of the three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MirrorKind {
    /// `ImageDigestMirrorSet`: for pulls by digest.
    Digest,
    /// `ImageTagMirrorSet`: for pulls by tag.
    Tag,
    /// `ImageContentSourcePolicy`: for pulls by digest, deprecated, without a policy.
    Icsp,
}

impl MirrorKind {
    /// All three kinds.
    pub const ALL: [Self; 3] = [Self::Digest, Self::Tag, Self::Icsp];

    /// The kind that it replaces.
    pub const fn former(self) -> Option<Self> {
        match self {
            MirrorKind::Digest => Some(MirrorKind::Icsp),
            MirrorKind::Tag | MirrorKind::Icsp => None,
        }
    }

    /// The key under `spec` that holds the entries.
    pub const fn list_key(self) -> &'static str {
        match self {
            MirrorKind::Digest => "imageDigestMirrors",
            MirrorKind::Tag => "imageTagMirrors",
            MirrorKind::Icsp => "repositoryDigestMirrors",
        }
    }
}

/// `mirrorSourcePolicy`. Unset means [`SourcePolicy::AllowContactingSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourcePolicy {
    /// When no mirror has the image, ask the source.
    AllowContactingSource,
    /// Never ask the source.
    NeverContactSource,
}

impl SourcePolicy {
    /// The value in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            SourcePolicy::AllowContactingSource => "AllowContactingSource",
            SourcePolicy::NeverContactSource => "NeverContactSource",
        }
    }
}

/// A mirror set of one of the three kinds.
#[derive(Clone, Debug)]
pub struct MirrorSet {
    /// Which kind.
    pub kind: MirrorKind,
    /// The entries; `None` if there is no list.
    pub entries: Option<List<MirrorEntry>>,
}

impl MirrorSet {
    /// The entries; none if there is no list.
    pub fn entries(&self) -> &[MirrorEntry] {
        self.entries.as_ref().map_or(&[], |list| &list.items)
    }

    /// Whether a template still has to fill in some of its names.
    pub fn is_open(&self) -> bool {
        let mirrors = self.entries().iter().filter_map(|entry| entry.mirrors.as_ref());
        self.entries.as_ref().is_some_and(|list| list.open) || mirrors.into_iter().any(|list| list.open)
    }
}

/// One entry: a source, and the mirrors that have its images.
#[derive(Clone, Debug)]
pub struct MirrorEntry {
    /// The whole entry.
    pub span: Span,
    /// The name that pods use: a registry, a repository in it, or a wildcard.
    pub source: Spanned<String>,
    /// The places that nodes ask first, in order; `None` if there is no list.
    pub mirrors: Option<List<Spanned<String>>>,
    /// The policy, if its value is legal.
    pub policy: Option<Spanned<SourcePolicy>>,
    /// Whether the value of the policy is a placeholder or misspelled, so that nobody can tell which policy it will be.
    pub policy_is_open: bool,
}

impl MirrorEntry {
    /// The mirrors; none if there is no list.
    pub fn mirrors(&self) -> &[Spanned<String>] {
        self.mirrors.as_ref().map_or(&[], |list| &list.items)
    }

    /// The policy that nodes follow, if that is known.
    pub fn effective_policy(&self) -> Option<SourcePolicy> {
        let policy = self.policy.as_ref().map_or(SourcePolicy::AllowContactingSource, |policy| policy.value);
        (!self.policy_is_open).then_some(policy)
    }
}

impl MirrorSet {
    pub(super) fn read(kind: MirrorKind, root: Node<'_>) -> Self {
        let spec = root.get("spec");
        let entries = List::read(spec, kind.list_key(), |entry| {
            // An ICSP has no such field, so the server drops it.
            let written = entry.get("mirrorSourcePolicy").filter(|_| kind != MirrorKind::Icsp);
            let policy = written.and_then(policy);
            Some(MirrorEntry {
                span: entry.span(),
                source: entry.get("source").and_then(string)?,
                mirrors: List::or_open(List::of_strings(Some(entry), "mirrors"), Some(entry)),
                policy_is_open: policy.is_none()
                    && (written.is_some_and(|node| !node.is_null()) || entry.is_open()),
                policy,
            })
        });
        Self { kind, entries: List::or_open(entries, spec) }
    }
}

fn policy(node: Node<'_>) -> Option<Spanned<SourcePolicy>> {
    let policy = match node.as_str()? {
        "AllowContactingSource" => SourcePolicy::AllowContactingSource,
        "NeverContactSource" => SourcePolicy::NeverContactSource,
        _ => return None,
    };
    Some(Spanned::new(policy, node.span()))
}

const STRINGS: Type = Type::List(&Type::String);
/// The legal values of `mirrorSourcePolicy`, which do not include the empty string.
pub const POLICIES: &[&str] = &["NeverContactSource", "AllowContactingSource"];
const ENTRY: Type = Type::Map(&[
    Field::required("source", Type::String),
    Field::new("mirrors", STRINGS),
    Field::new("mirrorSourcePolicy", Type::Enum(POLICIES)),
]);
const ICSP_ENTRY: Type =
    Type::Map(&[Field::required("source", Type::String), Field::new("mirrors", STRINGS)]);

const DIGEST_SPEC: Type = Type::Map(&[Field::new("imageDigestMirrors", Type::List(&ENTRY))]);
const TAG_SPEC: Type = Type::Map(&[Field::new("imageTagMirrors", Type::List(&ENTRY))]);
const ICSP_SPEC: Type = Type::Map(&[Field::new("repositoryDigestMirrors", Type::List(&ICSP_ENTRY))]);

/// The schema of `spec`.
pub(super) const fn spec(kind: MirrorKind) -> &'static Type {
    match kind {
        MirrorKind::Digest => &DIGEST_SPEC,
        MirrorKind::Tag => &TAG_SPEC,
        MirrorKind::Icsp => &ICSP_SPEC,
    }
}
