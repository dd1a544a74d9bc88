//! Decides which files are parsed for workloads. It misses a kind that is written with escapes, so the images of such
//! an object are not read.

use memchr::memmem::Finder;
use std::sync::LazyLock;

static MAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("mage"));
static KIND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("kind"));

/// Whether a key may name an image: `image`, `relatedImages`, `DockerImage`.
pub(super) fn names_image(bytes: &[u8]) -> bool {
    MAGE.find(bytes).is_some()
}

/// Whether a known kind is the value of a `kind`, or the value cannot be read without parsing.
pub(super) fn names_kind(bytes: &[u8], is_known: impl Fn(&str) -> bool) -> bool {
    KIND.find_iter(bytes).any(|at| {
        let Some(value) = value_behind(&bytes[at + "kind".len()..]) else { return false };
        let length = value.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match std::str::from_utf8(&value[..length]) {
            // An anchor, an alias, a tag or a block is rare.
            Ok("") => value.first().is_some_and(|byte| matches!(byte, b'&' | b'*' | b'!' | b'>' | b'|')),
            Ok(word) => is_known(word),
            Err(_) => false,
        }
    })
}

/// The text behind the colon of a key, in YAML, in JSON, or in JSON in a string.
fn value_behind(bytes: &[u8]) -> Option<&[u8]> {
    let trim = |bytes: &'_ [u8]| {
        bytes.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'\\')).count()
    };
    let behind = bytes[trim(bytes)..].strip_prefix(b":")?;
    Some(&behind[trim(behind)..])
}
