//! Hooks: objects that Helm applies at certain moments, by an annotation.

use spanned_yaml::Document;

/// The annotation of hooks, and the moments that it may name (`pkg/release/v1/util/manifest_sorter.go`).
const ANNOTATION: &str = "helm.sh/hook";
const MOMENTS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// The hooks that a rendering lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hooks {
    /// All that Helm knows.
    #[default]
    All,
    /// All but those that test the release.
    WithoutTests,
    /// None.
    None,
}

/// What an object is to Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// No hook.
    Object,
    /// A hook.
    Hook,
    /// A hook that tests the release, maybe among other moments.
    Test,
    /// A hook with a moment that Helm does not know; it leaves the object out.
    Skipped,
}

impl Hooks {
    pub(crate) fn want(self, role: Role) -> bool {
        match role {
            Role::Object => true,
            Role::Hook => self != Self::None,
            Role::Test => self == Self::All,
            Role::Skipped => false,
        }
    }
}

impl Role {
    pub(crate) fn of(object: &Document) -> Self {
        let annotations = object.root().get("metadata").and_then(|metadata| metadata.get("annotations"));
        let Some(hook) = annotations.and_then(|annotations| annotations.get_str(ANNOTATION)) else {
            return Self::Object;
        };
        let moments = || hook.split(',').map(|moment| moment.trim().to_ascii_lowercase());
        if moments().any(|moment| !MOMENTS.contains(&moment.as_str())) {
            Self::Skipped
        } else if moments().any(|moment| moment.starts_with("test")) {
            Self::Test
        } else {
            Self::Hook
        }
    }
}
