//! Finds out whether a text that is not YAML was meant to be image configuration.

use crate::read::crd::settings::SOURCES;
use crate::yaml;
use memchr::memmem;

/// The kinds whose broken documents are reported.
const KINDS: [&str; 6] = [
    "ImageDigestMirrorSet",
    "ImageTagMirrorSet",
    "ImageContentSourcePolicy",
    "ClusterImagePolicy",
    "ImagePolicy",
    "Image",
];
/// Keys that only image configuration has; `Image` is also the name of other projects' kinds.
const KEYS: [&str; 4] =
    ["registrySources", "allowedRegistriesForImport", "additionalTrustedCA", "externalRegistryHostnames"];
/// The lists of mirror sets.
const LISTS: [&str; 3] = ["imageDigestMirrors", "imageTagMirrors", "repositoryDigestMirrors"];

/// Whether a broken document names one of these kinds in its own `kind` or in that of an object in it, or has the
/// sources of an installation. Definitions of kinds contain the names, too, but do not count.
pub(super) fn names_ours(text: &str) -> bool {
    let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let kinds = || values(text, "kind");
    if kinds().any(|kind| kind == "CustomResourceDefinition") {
        return false;
    }
    let is_config = || has("config.openshift.io") || KEYS.iter().any(|key| has(key));
    kinds().any(|kind| KINDS.contains(&kind) && (!matches!(kind, "Image" | "ImagePolicy") || is_config()))
        || sets_sources(text)
}

/// Whether a text has the sources of an installation. Go ignores the case of their keys.
fn sets_sources(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SOURCES.iter().any(|key| values(&text, &key.to_ascii_lowercase()).next().is_some())
}

/// Whether a template names one of these kinds, or sets a key that only image configuration has. The key counts, since
/// the template may fill in the kind.
pub(super) fn speaks_of_ours(text: &str) -> bool {
    let is_set = |key: &str| values(text, key).next().is_some();
    let is_definition = || values(text, "kind").any(|kind| kind == "CustomResourceDefinition");
    names_ours(text) || (KEYS.iter().chain(&LISTS).any(|key| is_set(key)) && !is_definition())
}

/// The texts after each `key:` of a text, with their quotes. Escaped quotes belong to JSON in a string.
fn values<'t>(text: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    const QUOTES: [char; 3] = ['"', '\'', '\\'];
    memmem::find_iter(text.as_bytes(), key.as_bytes()).collect::<Vec<_>>().into_iter().filter_map(move |at| {
        let before = text[..at].chars().next_back();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '#');
        if before.is_some_and(is_word) || is_comment(text, at) {
            return None;
        }
        let behind = text[at + key.len()..].trim_start_matches(QUOTES).trim_start_matches([' ', '\t']);
        let value = behind.strip_prefix(':')?.trim_start_matches([' ', '\t']).trim_start_matches(QUOTES);
        Some(&value[..value.find(|c: char| !is_word(c)).unwrap_or(value.len())])
    })
}

/// Whether a place is in a comment: after a `#` that starts a comment on its line.
fn is_comment(text: &str, at: usize) -> bool {
    let line = &text[yaml::line_start(text, at)..at];
    line.trim_start().starts_with('#') || line.contains(" #")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_texts_are_ours_by_their_kinds_and_sources() {
        for text in [
            "kind: ImageDigestMirrorSet\n  metadata:",
            "{\"kind\": \"ImageTagMirrorSet\", ]",
            "apiVersion: config.openshift.io/v1\nkind: Image\n a",
            "kind:   'Image'\nspec:\n registrySources: [",
            "items:\n- kind: ImageContentSourcePolicy\n b",
            "data: |\n  {\\\"kind\\\": \\\"ImageDigestMirrorSet\\\"}",
            "imageDigestSources:\n - a\n b",
            "ImageContentSources:\n - a\n b",
        ] {
            assert!(names_ours(text), "{text}");
        }
        for text in [
            "kind: CustomResourceDefinition\nnames:\n kind: ImageDigestMirrorSet\n ]",
            "apiVersion: image.openshift.io/v1\nkind: Image\n a",
            "kind: ImageStream\n a: config.openshift.io",
            "# kind: ImageDigestMirrorSet\na: [",
            "the kind ImageDigestMirrorSet: [",
            "a.openshift.io: Image\n b",
        ] {
            assert!(!names_ours(text), "{text}");
        }
    }
}
