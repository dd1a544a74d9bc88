//! Decides which files are parsed. It keeps every file with a kind that pullwarden reads. It takes few passes, since
//! most files of a repository are about something else: one pass looks for all words of which a file needs one.

use crate::read::crd::config_map::OVERRIDE_DRAIN;
use aho_corasick::packed::Searcher;
use memchr::memmem;
use std::sync::LazyLock;

/// A file without any of these words, and without `kind: Image`, holds no kind that pullwarden reads.
const NEEDED: [&str; 24] = [
    "openshift",
    "MirrorSet",
    "ContentSourcePolicy",
    "igestMirrors",
    "TagMirrors",
    "egistrySources",
    "mageDigestSource",
    "mageContentSource",
    "baseDomain",
    "nstallConfigOverrides",
    "install-config-overrides",
    "open-cluster-management.io",
    "-----BEGIN CERTIFICATE",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR",
    "registries.conf",
    "[[registry",
    "argoproj.io",
    ".toolkit.fluxcd.io",
    "managedClusterClientConfigs",
    ".dockerc",
    "pullSecret",
    "!!binary",
    // With a word of two letters, the search would stop too often.
    "2002:",
    "%TAG",
];

/// The search for these words; `None` on processors that cannot search for many words at once.
static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(NEEDED));

/// Whether bytes contain what every file of pullwarden's kinds contains. It is also true where nobody looked.
fn have_needed(bytes: &[u8]) -> bool {
    let Some(searcher) = &*SEARCHER else { return true };
    searcher.find(bytes).is_some() || is_kind_image(bytes)
}

/// Whether bytes contain a word. The search for the word is prepared once.
macro_rules! holds {
    ($bytes:expr, $word:literal) => {{
        static FINDER: LazyLock<memchr::memmem::Finder<'static>> =
            LazyLock::new(|| memchr::memmem::Finder::new($word));
        FINDER.find($bytes).is_some()
    }};
}

/// Bytes, and cached answers for words that are searched more than once: each search costs a pass.
struct Searched<'b> {
    bytes: &'b [u8],
    openshift: bool,
    mirrors: bool,
}

impl<'b> Searched<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, openshift: holds!(bytes, "openshift.io"), mirrors: holds!(bytes, "irrors") }
    }
}

/// Whether a file can hold a kind that pullwarden reads. The words are searched in the raw bytes. A scalar can differ
/// from its bytes only by escapes, by a tag that decodes it, or by another encoding. A file with any of these is
/// parsed.
pub(super) fn may_matter(bytes: &[u8]) -> bool {
    have_needed(bytes) && has_words(bytes)
}

/// The same, with one pass for each word.
fn has_words(bytes: &[u8]) -> bool {
    let searched = Searched::new(bytes);
    names_our_kinds(&searched)
        || names_carriers(&searched)
        || (holds!(bytes, "ConfigMap")
            && (holds!(bytes, "openshift-config")
                || holds_certificates(bytes)
                // Mirrors for the assisted service, under any key.
                || holds!(bytes, "registries.conf")
                || holds!(bytes, "[[registry")))
        || (holds!(bytes, "argoproj.io") && (holds!(bytes, "Application") || holds!(bytes, "secret-type")))
        || (holds!(bytes, ".toolkit.fluxcd.io") && (holds!(bytes, "Kustomization") || holds!(bytes, "HelmRelease") || holds!(bytes, "GitRepository")))
        || holds!(bytes, "managedClusterClientConfigs")
        // Neighbours of image configuration; all other neighbours contain a word from above.
        || (searched.openshift && (holds!(bytes, "UpdateService") || holds!(bytes, "samples.operator")))
        // Credentials of registries.
        || holds!(bytes, ".dockerc")
        || (holds!(bytes, "pullSecret") && holds!(bytes, "auths"))
        || has_escapes(&searched)
}

/// Whether a file can hold an object that decides what nodes do after a change.
pub(super) fn may_matter_to_nodes(bytes: &[u8]) -> bool {
    (holds!(bytes, "openshift.io") && holds!(bytes, "MachineConfig"))
        || (holds!(bytes, "variant") && holds!(bytes, "openshift"))
        || memmem::find(bytes, OVERRIDE_DRAIN.as_bytes()).is_some()
}

/// Whether a file holds the start of a certificate, as text or in base64.
pub(super) fn holds_certificates(bytes: &[u8]) -> bool {
    holds!(bytes, "-----BEGIN CERTIFICATE") || holds!(bytes, "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR")
}

fn names_our_kinds(searched: &Searched<'_>) -> bool {
    let bytes = searched.bytes;
    // The groups, the kinds, and the lists that identify a kind with a misspelt name.
    if searched.openshift && (holds!(bytes, "config.openshift.io") || holds!(bytes, "Image")) {
        return true;
    }
    // All other words contain one of these; most files have neither.
    (holds!(bytes, "Image")
        && (holds!(bytes, "MirrorSet")
            || holds!(bytes, "ContentSourcePolicy")
            || is_kind_image(searched.bytes)))
        || (searched.mirrors && (holds!(bytes, "igestMirrors") || holds!(bytes, "TagMirrors")))
        || holds!(bytes, "egistrySources")
}

/// Whether a text names the kind `ImageContentSourcePolicy`: then a change of the kind affects the text.
pub(super) fn mentions_old_policies(bytes: &[u8]) -> bool {
    holds!(bytes, "ImageContentSourcePolicy")
}

/// Whether a text holds settings that carriers convert, or refers to texts with such settings.
fn names_carriers(searched: &Searched<'_>) -> bool {
    let bytes = searched.bytes;
    // The sources of an installation, as YAML or as JSON in a string.
    (searched.mirrors && (holds!(bytes, "mageDigestSource") || holds!(bytes, "mageContentSource") || holds!(bytes, "baseDomain")))
        || holds!(bytes, "nstallConfigOverrides")
        || holds!(bytes, "install-config-overrides")
        || (holds!(bytes, "open-cluster-management.io") && (holds!(bytes, "PolicyGenerator") || holds!(bytes, "ClusterInstance")))
        // JSON may escape a slash, so the name of the directory is searched without a slash.
        || (searched.openshift
            && (holds!(bytes, "hypershift.openshift.io")
                || (holds!(bytes, "MachineConfig") && holds!(bytes, "containers"))
                || holds!(bytes, "mirrorRegistryRef")))
        || (holds!(bytes, "variant") && holds!(bytes, "openshift") && holds!(bytes, "containers"))
}

/// Whether a text may hold a kind that pullwarden reads, or a carrier of one.
pub(crate) fn may_hold_ours(text: &str) -> bool {
    if !have_needed(text.as_bytes()) {
        return false;
    }
    let searched = Searched::new(text.as_bytes());
    names_our_kinds(&searched) || names_carriers(&searched)
}

/// Whether `kind: Image` occurs in the bytes.
fn is_kind_image(bytes: &[u8]) -> bool {
    static IMAGE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("Image"));
    IMAGE.find_iter(bytes).any(|at| {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric();
        let trim = |text: &'_ [u8]| {
            text.iter()
                .rposition(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\'))
                .map_or(0, |last| last + 1)
        };
        let before = &bytes[..trim(&bytes[..at])];
        !bytes.get(at + 5).is_some_and(is_word)
            && before.strip_suffix(b":").is_some_and(|key| key[..trim(key)].ends_with(b"kind"))
    })
}

/// Escapes that can spell a letter (`\x49`), join lines, or tags that decode their value.
fn has_escapes(searched: &Searched<'_>) -> bool {
    let bytes = searched.bytes;
    let escapes = || {
        memchr::memchr_iter(b'\\', bytes).any(|at| {
            bytes
                .get(at + 1)
                .is_some_and(|&next| matches!(next, b'x' | b'u' | b'U' | b'\n' | b'\r') || next >= 0x80)
        })
    };
    (searched.openshift && escapes())
        || holds!(bytes, "!!binary")
        || holds!(bytes, "2002:") && holds!(bytes, "!<")
        || holds!(bytes, "%TAG")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// All words of the tests of bytes, as the code above searches them, and texts that it looks at in other ways.
    static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let source = include_str!("prefilter.rs").split("mod tests").next().unwrap_or_default();
        let searched = source.split("holds!(bytes, \"").skip(1).filter_map(|rest| rest.split('"').next());
        let others = ["\\x49", "kind: ", "kind: Image", "\"kind\": \"Image\"", "\n"];
        let words: BTreeSet<&str> = searched.chain(NEEDED).chain(others).collect();
        words.into_iter().collect()
    });

    #[test]
    fn the_words_of_the_code_are_found() {
        // The first and the last word that the code names, and one between.
        for word in ["openshift.io", "ConfigMap", "!<"] {
            assert!(WORDS.contains(&word), "{word}: {WORDS:?}");
        }
    }

    #[test]
    fn pairs_of_words_pass_the_first_test_if_they_pass_the_second() {
        for one in &*WORDS {
            for two in &*WORDS {
                let text = format!("{one} {two}\n");
                assert!(have_needed(text.as_bytes()) || !has_words(text.as_bytes()), "{text}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn texts_pass_the_first_test_if_they_pass_the_second(
            words in prop::collection::vec((prop::sample::select(WORDS.clone()), "[a-z :\"]{0,40}"), 0..8),
        ) {
            let text: String = words.iter().flat_map(|(word, between)| [*word, between.as_str()]).collect();
            prop_assert!(have_needed(text.as_bytes()) || !has_words(text.as_bytes()), "{text:?}");
        }
    }
}
