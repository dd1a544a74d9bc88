//! `machineconfiguration.openshift.io/v1` `MachineConfig`, and Butane, which becomes one: as far as they write the
//! files below `/etc/containers` themselves, beside the operator that writes these from the cluster's configuration.
//!
//! Sources: coreos/ignition `docs/configuration-v3_4.md`, coreos/butane `docs/config-openshift-v4_14.md`, RFC 2397.

use crate::source::Spanned;
use crate::yaml::Node;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::io::Read;

/// Where the files are that tell nodes how to pull images.
const DIRECTORY: &str = "/etc/containers/";
/// The largest content that is looked at, in bytes.
const MAX_CONTENTS: usize = 4 << 20;

/// Files for the nodes of one role.
#[derive(Clone, Debug, Default)]
pub struct MachineConfig {
    /// Its name, by which several are put in order.
    pub name: String,
    /// The label that says which nodes it is for.
    pub role: Option<Spanned<String>>,
    /// The files below `/etc/containers`, in the order of the text.
    pub files: Vec<NodeFile>,
}

/// A file that is written on nodes.
#[derive(Clone, Debug)]
pub struct NodeFile {
    /// Where on the node.
    pub path: Spanned<String>,
    /// What it will say, and the text that says so; `None` where that is not in the object, no text, or over 4 MiB.
    pub contents: Option<Spanned<String>>,
    /// Whether it may replace a file that is there.
    pub overwrite: Option<bool>,
}

impl MachineConfig {
    pub(super) fn read(root: Node<'_>) -> Self {
        let metadata = root.get("metadata");
        let label = |metadata: Node<'_>| {
            let role = metadata.get("labels")?.get("machineconfiguration.openshift.io/role")?;
            Some(Spanned::new(role.as_str()?.to_owned(), role.span()))
        };
        let config = if root.entry("variant").is_some() {
            Some(root)
        } else {
            root.get("spec").and_then(|spec| spec.get("config"))
        };
        let files = config.and_then(|config| config.get("storage")?.get("files"));
        Self {
            name: metadata.and_then(|metadata| metadata.get_str("name")).unwrap_or_default().into(),
            role: metadata.and_then(label),
            files: files.map_or_else(Vec::new, |files| files.items().filter_map(file).collect()),
        }
    }
}

fn file(node: Node<'_>) -> Option<NodeFile> {
    let path = node.get("path")?;
    let name = path.as_str().filter(|path| path.starts_with(DIRECTORY))?;
    let overwrite = node.get("overwrite").and_then(|value| match value.scalar() {
        Some(crate::yaml::Scalar::Bool(value)) => Some(value),
        _ => None,
    });
    Some(NodeFile {
        path: Spanned::new(name.to_owned(), path.span()),
        contents: node.get("contents").and_then(contents),
        overwrite,
    })
}

fn contents(node: Node<'_>) -> Option<Spanned<String>> {
    if let Some(inline) = node.get("inline") {
        let text = inline.as_str().filter(|text| text.len() <= MAX_CONTENTS)?;
        return Some(Spanned::new(text.to_owned(), inline.span()));
    }
    let source = node.get("source")?;
    let mut bytes = data_url(source.as_str()?)?;
    match node.get_str("compression") {
        None | Some("") => {}
        Some("gzip") => {
            let mut plain = Vec::new();
            let limit = MAX_CONTENTS as u64 + 1;
            flate2::read::GzDecoder::new(&bytes[..]).take(limit).read_to_end(&mut plain).ok()?;
            bytes = plain;
        }
        Some(_) => return None,
    }
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_CONTENTS)?;
    Some(Spanned::new(text, source.span()))
}

/// The bytes of `data:text/plain;charset=utf-8;base64,…`.
fn data_url(url: &str) -> Option<Vec<u8>> {
    // Four characters of base64 are three bytes; three of an escape are one.
    if url.len() > 3 * MAX_CONTENTS + 1024 {
        return None;
    }
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let bytes = unescaped(data)?;
    if !head.split(';').any(|part| part.trim().eq_ignore_ascii_case("base64")) {
        return Some(bytes);
    }
    let written: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(written).ok()
}

/// `%2F` is a slash.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &behind[2..];
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crd::{Kind, Recognised, recognise};
    use crate::source::FileId;

    fn read(text: &str) -> (MachineConfig, Kind) {
        let mut read = None;
        crate::yaml::parse(FileId(0), &text.into(), |parsed| {
            let document = parsed.expect("YAML");
            let Recognised::Ours(kind) = recognise(document.root()) else { panic!("{text}") };
            read = Some((MachineConfig::read(document.root()), kind));
        });
        read.expect("a document")
    }

    fn contents(source: &str) -> Option<String> {
        let text = format!(
            "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata: {{name: a}}\n\
             spec: {{config: {{storage: {{files: [{{path: /etc/containers/registries.conf, contents: {source}}}]}}}}}}"
        );
        read(&text).0.files.into_iter().next()?.contents.map(|contents| contents.value)
    }

    #[test]
    fn contents_are_decoded() {
        // `printf 'a = 1\n' | gzip -9n | base64 -w0`
        let zipped = "H4sIAAAAAAACA0tUsFUw5AIAaNovrwYAAAA=";
        for (source, text) in [
            ("{source: 'data:,a%20=%201%0A'}", Some("a = 1\n")),
            ("{source: 'data:text/plain;charset=utf-8;base64,YSA9IDEK'}", Some("a = 1\n")),
            ("{source: 'data:;base64,YSA9IDE'}", Some("a = 1")),
            (&format!("{{compression: gzip, source: 'data:;base64,{zipped}'}}"), Some("a = 1\n")),
            ("{source: 'data:,%zz'}", None),
            ("{source: 'data:;base64,%%%'}", None),
            ("{source: 'https://example.com/a'}", None),
            ("{compression: gzip, source: 'data:,abc'}", None),
            ("{compression: zip, source: 'data:,abc'}", None),
            ("{source: 'data:;base64,//8='}", None),
            ("{source: 5}", None),
        ] {
            assert_eq!(contents(source).as_deref(), text, "{source}");
        }
    }

    #[test]
    fn what_is_large_once_unpacked_is_not_unpacked() {
        use std::io::Write;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(&vec![b'a'; MAX_CONTENTS + 1]).expect("memory");
        let zipped = base64::prelude::BASE64_STANDARD.encode(zip.finish().expect("memory"));
        assert!(zipped.len() < 16_384);
        assert_eq!(contents(&format!("{{compression: gzip, source: 'data:;base64,{zipped}'}}")), None);
    }

    #[test]
    fn files_elsewhere_are_nobodys_business() {
        let (config, kind) = read(
            "variant: openshift\nversion: 4.14.0\nmetadata:\n  name: 99-worker\n  labels:\n    \
             machineconfiguration.openshift.io/role: worker\nstorage:\n  files:\n  - path: /etc/motd\n  \
             - path: /etc/containers/registries.conf.d/99.conf\n    overwrite: true\n    contents:\n      inline: |\n        a = 1\n",
        );
        assert_eq!(kind, Kind::Butane);
        assert_eq!(config.name, "99-worker");
        assert_eq!(config.role.expect("a role").value, "worker");
        let [file] = &config.files[..] else { panic!("{:?}", config.files) };
        assert_eq!(file.path.value, "/etc/containers/registries.conf.d/99.conf");
        assert_eq!(file.contents.as_ref().expect("contents").value, "a = 1\n");
        assert_eq!(file.overwrite, Some(true));
    }
}
