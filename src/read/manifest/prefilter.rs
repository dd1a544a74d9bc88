//! Decides which files are parsed. It misses no kind that pullwarden reads, and takes few passes, since most files of a
//! repository are about something else.

use crate::read::crd::config_map::OVERRIDE_DRAIN;
use memchr::memmem;

/// Bytes, and cached answers for needles that are searched more than once: each search costs a pass.
struct Searched<'b> {
    bytes: &'b [u8],
    openshift: bool,
    mirrors: bool,
}

impl<'b> Searched<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        let has = |needle: &str| memmem::find(bytes, needle.as_bytes()).is_some();
        Self { bytes, openshift: has("openshift.io"), mirrors: has("irrors") }
    }

    fn has(&self, needle: &str) -> bool {
        memmem::find(self.bytes, needle.as_bytes()).is_some()
    }
}

/// Whether a file can hold a kind that pullwarden reads. The needles are searched in the raw bytes. A scalar can differ
/// from its bytes only by escapes, by a tag that decodes it, or by another encoding, and all of these let the file
/// through.
pub(super) fn may_matter(bytes: &[u8]) -> bool {
    let searched = Searched::new(bytes);
    let has = |needle: &str| searched.has(needle);
    names_our_kinds(&searched)
        || names_carriers(&searched)
        || (has("ConfigMap")
            && (has("openshift-config")
                || holds_certificates(bytes)
                // Mirrors for the assisted service, under any key.
                || has("registries.conf")
                || has("[[registry")))
        || (has("argoproj.io") && (has("Application") || has("secret-type")))
        || (has(".toolkit.fluxcd.io") && (has("Kustomization") || has("HelmRelease") || has("GitRepository")))
        || has("managedClusterClientConfigs")
        // Neighbours of image configuration; the other ones contain a needle from above.
        || (searched.openshift && (has("UpdateService") || has("samples.operator")))
        // Credentials of registries.
        || has(".dockerc")
        || (has("pullSecret") && has("auths"))
        || has_escapes(&searched)
}

/// Whether a file can hold an object that decides what nodes do after a change.
pub(super) fn may_matter_to_nodes(bytes: &[u8]) -> bool {
    let has = |needle: &str| memmem::find(bytes, needle.as_bytes()).is_some();
    (has("openshift.io") && has("MachineConfig"))
        || (has("variant") && has("openshift"))
        || has(OVERRIDE_DRAIN)
}

/// Whether a file holds the start of a certificate, as text or in base64.
pub(super) fn holds_certificates(bytes: &[u8]) -> bool {
    ["-----BEGIN CERTIFICATE", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR"]
        .iter()
        .any(|word| memmem::find(bytes, word.as_bytes()).is_some())
}

fn names_our_kinds(searched: &Searched<'_>) -> bool {
    let has = |needle: &str| searched.has(needle);
    // The groups, the kinds, and the lists that identify a kind with a misspelt name.
    if searched.openshift && (has("config.openshift.io") || has("Image")) {
        return true;
    }
    // All other needles contain one of these; most files have neither.
    (has("Image") && (has("MirrorSet") || has("ContentSourcePolicy") || is_kind_image(searched.bytes)))
        || (searched.mirrors && (has("igestMirrors") || has("TagMirrors")))
        || has("egistrySources")
}

/// Whether a text names the kind `ImageContentSourcePolicy`, so that it matters when the kind changes.
pub(super) fn mentions_old_policies(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"ImageContentSourcePolicy").is_some()
}

/// Whether a text holds settings that carriers convert, or names texts that do.
fn names_carriers(searched: &Searched<'_>) -> bool {
    let has = |needle: &str| searched.has(needle);
    // The sources of an installation, as YAML or as JSON in a string.
    (searched.mirrors && (has("mageDigestSource") || has("mageContentSource") || has("baseDomain")))
        || has("nstallConfigOverrides")
        || has("install-config-overrides")
        || (has("open-cluster-management.io") && (has("PolicyGenerator") || has("ClusterInstance")))
        // A slash of JSON may be escaped, so a directory is searched by its name.
        || (searched.openshift
            && (has("hypershift.openshift.io")
                || (has("MachineConfig") && has("containers"))
                || has("mirrorRegistryRef")))
        || (has("variant") && has("openshift") && has("containers"))
}

/// Whether a text may hold a kind that pullwarden reads, or a carrier of one.
pub(crate) fn may_hold_ours(text: &str) -> bool {
    let searched = Searched::new(text.as_bytes());
    names_our_kinds(&searched) || names_carriers(&searched)
}

/// Whether `kind: Image` stands somewhere.
fn is_kind_image(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"Image").any(|at| {
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
        || memmem::find(bytes, b"!!binary").is_some()
        || memmem::find(bytes, b"!<").is_some() && memmem::find(bytes, b"2002:").is_some()
        || memmem::find(bytes, b"%TAG").is_some()
}
