//! `machineconfiguration.openshift.io/v1` `MachineConfig`, and Butane, from which one is made. Only the files below
//! `/etc/containers` are read: the operator writes the same files from the cluster's configuration.
//!
//! Only `registries.conf` and the drop-ins in `registries.conf.d` are decoded, after all objects are placed, one object
//! after the other and within a [`FileBudget`]: with an alias or gzip, a small text decodes to gigabytes.
//!
//! Sources: coreos/ignition `docs/configuration-v3_4.md`, coreos/butane `docs/config-openshift-v4_14.md`, RFC 2397.

use super::is_placeholder;
use super::registries_file::RegistriesFile;
use crate::machine::percent;
use crate::source::Spanned;
use crate::yaml::{self, Node};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::io::Read;
use std::sync::OnceLock;

/// The directory of the files that tell nodes how to pull images.
const DIRECTORY: &str = "/etc/containers/";
/// The largest content that is decoded, in bytes. An object in the cluster is at most 1.5 MiB long.
pub const MAX_CONTENTS: usize = 1 << 20;
/// The limit of all contents of a run together, in bytes.
pub const MAX_DECODED: u64 = 64 << 20;
/// The longest path or role on a node.
const MAX_NAME: usize = 4096;

/// Files for the nodes of one role.
#[derive(Clone, Debug, Default)]
pub struct MachineConfig {
    /// Its name, by which the operator sorts several of them.
    pub name: String,
    /// The label that names the nodes that it is for.
    pub role: Option<Spanned<String>>,
    /// The files below `/etc/containers`, in the order of the text.
    pub files: Vec<NodeFile>,
    /// Whether a label or an owner says that the operator wrote it.
    pub is_marked_generated: bool,
}

/// A file that the operator writes on nodes.
#[derive(Clone, Debug)]
pub struct NodeFile {
    /// The path on the node.
    pub path: Spanned<String>,
    /// Whether it may replace an existing file.
    pub overwrite: Option<bool>,
    /// Its number among all files of the object.
    number: usize,
    registries: OnceLock<Option<RegistriesFile>>,
}

/// How many bytes the files of a run may still decode to.
#[derive(Debug)]
pub struct FileBudget {
    left: usize,
}

impl FileBudget {
    /// A budget of so many bytes.
    pub fn of(bytes: u64) -> Self {
        Self { left: usize::try_from(bytes).unwrap_or(usize::MAX) }
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left as u64
    }
}

/// How the decoding of a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// The file was read, or there is nothing to read.
    Done,
    /// The file is larger than [`MAX_CONTENTS`].
    TooLarge,
    /// Together with the files before it, the file is larger than the budget.
    OverBudget,
}

impl NodeFile {
    /// The name of a drop-in that the runtime loads.
    pub fn drop_in(&self) -> Option<&str> {
        let name = self.path.value.strip_prefix(DIRECTORY)?.strip_prefix("registries.conf.d/")?;
        let is_loaded = name.strip_suffix(".conf").is_some_and(|stem| !stem.contains('/'));
        is_loaded.then_some(name)
    }

    /// Whether the runtime reads registries from it.
    pub fn holds_registries(&self) -> bool {
        self.path.value == "/etc/containers/registries.conf" || self.drop_in().is_some()
    }

    /// The registries in it; `None` if the object does not contain the file, or if it is too large or not a text.
    pub fn registries(&self) -> Option<&RegistriesFile> {
        self.registries.get()?.as_ref()
    }
}

impl MachineConfig {
    pub(super) fn read(root: Node<'_>) -> Self {
        let metadata = root.get("metadata");
        let label = |metadata: Node<'_>| {
            let role = metadata.get("labels")?.get("machineconfiguration.openshift.io/role")?;
            Some(Spanned::new(short(role)?.to_owned(), role.span()))
        };
        let is_marked = |metadata: Node<'_>| {
            let annotations = metadata.get("annotations");
            let by = "machineconfiguration.openshift.io/generated-by-controller-version";
            annotations.is_some_and(|annotations| annotations.entry(by).is_some())
                && metadata.get("ownerReferences").is_some_and(|owners| owners.items().next().is_some())
        };
        let name = metadata.and_then(|metadata| short(metadata.get("name")?));
        Self {
            name: name.unwrap_or_default().into(),
            role: metadata.and_then(label),
            files: files(root).enumerate().filter_map(|(number, node)| file(number, node)).collect(),
            is_marked_generated: metadata.is_some_and(is_marked),
        }
    }

    /// Whether the Machine Config Operator wrote it, from other `MachineConfig`s or from the cluster's configuration (MCO
    /// `pkg/controller/render/hash.go`, `pkg/controller/template/render.go`, `pkg/controller/*-config`). In a repository,
    /// such an object is a dump of the cluster, and configures nothing.
    pub fn is_generated(&self) -> bool {
        const POOLS: [&str; 3] = ["master", "worker", "arbiter"];
        let of_pool = |rest: &str| POOLS.contains(&rest);
        let name = self.name.as_str();
        let of_template = || {
            let rest = name.strip_prefix("01-")?;
            rest.strip_suffix("-container-runtime").or_else(|| rest.strip_suffix("-kubelet"))
        };
        self.is_marked_generated
            || name.strip_prefix("rendered-").is_some_and(is_rendered)
            || name.strip_prefix("00-").is_some_and(of_pool)
            || of_template().is_some_and(of_pool)
            || name.strip_prefix("99-").is_some_and(|rest| {
                rest.split_once("-generated-")
                    .is_some_and(|(pool, kind)| !pool.is_empty() && !kind.is_empty())
            })
    }

    /// Decodes the files that matter. `root` is the object; each span is the place of a path.
    pub fn decode(&self, root: Node<'_>, budget: &mut FileBudget) -> Vec<(&NodeFile, Decoding)> {
        let nodes: Vec<Node<'_>> = if self.files.iter().any(NodeFile::holds_registries) {
            files(root).collect()
        } else {
            Vec::new()
        };
        let wanted =
            self.files.iter().filter(|file| file.holds_registries() && file.registries.get().is_none());
        let decoded = wanted.map(|file| {
            let contents = nodes.get(file.number).and_then(|node| node.get("contents"));
            let read = contents.map_or(Ok(None), |contents| budget.read(contents));
            let state = *read.as_ref().err().unwrap_or(&Decoding::Done);
            // The cell is empty, since objects are decoded one after the other.
            let _ = file.registries.set(read.ok().flatten());
            (file, state)
        });
        decoded.collect()
    }
}

/// `worker-` and a digest of the merged objects.
fn is_rendered(rest: &str) -> bool {
    rest.rsplit_once('-').is_some_and(|(pool, digest)| {
        !pool.is_empty() && digest.len() >= 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// A text that is not longer than a name can be. A longer one is skipped, since an alias may repeat it without end.
fn short(node: Node<'_>) -> Option<&str> {
    node.as_str().filter(|text| text.len() <= MAX_NAME)
}

/// All files that the object writes.
fn files(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let config = if root.entry("variant").is_some() { Some(root) } else { root.at(&["spec", "config"]) };
    config.and_then(|config| config.at(&["storage", "files"])).into_iter().flat_map(Node::items)
}

fn file(number: usize, node: Node<'_>) -> Option<NodeFile> {
    let path = node.get("path")?;
    let name = short(path).filter(|path| path.starts_with(DIRECTORY))?;
    let overwrite = node.get("overwrite").and_then(|value| match value.scalar() {
        Some(crate::yaml::Scalar::Bool(value)) => Some(value),
        _ => None,
    });
    let path = Spanned::new(name.to_owned(), path.span());
    Some(NodeFile { path, overwrite, number, registries: OnceLock::new() })
}

impl FileBudget {
    /// Reads the contents of a file, if the object contains them and they are a text.
    fn read(&mut self, contents: Node<'_>) -> Result<Option<RegistriesFile>, Decoding> {
        if self.left == 0 {
            return Err(Decoding::OverBudget);
        }
        let inline = contents.get("inline");
        let Some(node) = inline.or_else(|| contents.get("source")) else { return Ok(None) };
        let Some(written) = node.as_str() else { return Ok(None) };
        self.take(written.len().min(MAX_CONTENTS))?;
        let text = if inline.is_none() {
            let text = decoded(written, contents.get_str("compression"));
            let size = text.as_ref().map_or(MAX_CONTENTS, |text| text.as_ref().map_or(0, String::len));
            self.take(size)?;
            text?
        } else if written.len() > MAX_CONTENTS {
            return Err(Decoding::TooLarge);
        } else {
            Some(written.to_owned())
        };
        let Some(text) = text.filter(|text| !is_to_be_filled_in(text)) else { return Ok(None) };
        let document = node.document();
        let span = node.span();
        let source = if span.file == document.file() { &**document.source() } else { "" };
        let read = RegistriesFile::read(&text, span, source);
        self.take(read.weight())?;
        Ok(Some(read))
    }

    fn take(&mut self, bytes: usize) -> Result<(), Decoding> {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Decoding::OverBudget)
    }
}

/// Whether somebody still has to fill something in, apart from comments.
fn is_to_be_filled_in(text: &str) -> bool {
    yaml::lines(text).any(|line| is_placeholder(line.split('#').next().unwrap_or_default()))
}

/// The text in a data URL; `None` if the URL is of another type, or its data is not a text.
fn decoded(url: &str, compression: Option<&str>) -> Result<Option<String>, Decoding> {
    // Four characters of base64 decode to three bytes, and three characters of an escape to one.
    if url.starts_with("data:") && url.len() > 3 * MAX_CONTENTS + 1024 {
        return Err(Decoding::TooLarge);
    }
    let Some(mut bytes) = data_url(url) else { return Ok(None) };
    match compression {
        None | Some("") => {}
        Some("gzip") => {
            let mut plain = Vec::new();
            let limit = MAX_CONTENTS as u64 + 1;
            if flate2::read::GzDecoder::new(&bytes[..]).take(limit).read_to_end(&mut plain).is_err() {
                return Ok(None);
            }
            bytes = plain;
        }
        Some(_) => return Ok(None),
    }
    if bytes.len() > MAX_CONTENTS {
        return Err(Decoding::TooLarge);
    }
    Ok(String::from_utf8(bytes).ok())
}

/// The bytes of `data:text/plain;charset=utf-8;base64,…`.
fn data_url(url: &str) -> Option<Vec<u8>> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let bytes = percent::decoded(data)?;
    if !head.split(';').any(|part| part.trim().eq_ignore_ascii_case("base64")) {
        return Some(bytes);
    }
    let written: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::crd::{Kind, Recognised, recognise};
    use crate::source::FileId;

    fn read(text: &str) -> (MachineConfig, Kind, Vec<Decoding>) {
        let mut read = None;
        crate::yaml::parse(FileId(0), &text.into(), |parsed| {
            let document = parsed.expect("YAML");
            let Recognised::Ours(kind) = recognise(document.root()) else { panic!("{text}") };
            let config = MachineConfig::read(document.root());
            let decoded = config.decode(document.root(), &mut FileBudget { left: 4 * MAX_CONTENTS });
            let decoded = decoded.into_iter().map(|(_, decoding)| decoding).collect();
            read = Some((config, kind, decoded));
        });
        read.expect("a document")
    }

    #[test]
    fn contents_are_decoded() {
        // `printf 'a = 1\n' | gzip -9n | base64 -w0`
        let zipped = "H4sIAAAAAAACA0tUsFUw5AIAaNovrwYAAAA=";
        for (url, compression, text) in [
            ("data:,a%20=%201%0A", None, Some("a = 1\n")),
            ("data:text/plain;charset=utf-8;base64,YSA9IDEK", None, Some("a = 1\n")),
            ("data:;base64,YSA9IDE", Some(""), Some("a = 1")),
            (&format!("data:;base64,{zipped}"), Some("gzip"), Some("a = 1\n")),
            ("data:,%zz", None, None),
            ("data:;base64,%%%", None, None),
            ("https://example.com/a", None, None),
            ("data:,abc", Some("gzip"), None),
            ("data:,abc", Some("zip"), None),
            ("data:;base64,//8=", None, None),
        ] {
            assert_eq!(decoded(url, compression).expect("small").as_deref(), text, "{url}");
        }
    }

    #[test]
    fn contents_that_are_large_once_unpacked_stay_packed() {
        use std::io::Write;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(&vec![b'a'; MAX_CONTENTS + 1]).expect("memory");
        let zipped = base64::prelude::BASE64_STANDARD.encode(zip.finish().expect("memory"));
        assert!(zipped.len() < 16_384);
        assert_eq!(decoded(&format!("data:;base64,{zipped}"), Some("gzip")), Err(Decoding::TooLarge));
    }

    #[test]
    fn aliases_and_gzip_expand_to_no_more_than_the_budget() {
        use std::io::Write;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(&vec![b'#'; MAX_CONTENTS]).expect("memory");
        let zipped = base64::prelude::BASE64_STANDARD.encode(zip.finish().expect("memory"));
        let mut text = format!(
            "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata: {{name: a}}\n\
             x: &x 'data:;base64,{zipped}'\nspec:\n  config:\n    storage:\n      files:\n"
        );
        for number in 0..20 {
            use std::fmt::Write;
            let path = format!("/etc/containers/registries.conf.d/{number}.conf");
            writeln!(text, "      - {{path: {path}, contents: {{compression: gzip, source: *x}}}}")
                .expect("memory");
        }
        let (_, _, decoded) = read(&text);
        let read = decoded.iter().filter(|decoding| **decoding == Decoding::Done).count();
        assert_eq!(read, 3, "what it is decoded from counts, too");
        assert!(decoded[read..].iter().all(|decoding| *decoding == Decoding::OverBudget));
    }

    #[test]
    fn machine_configs_of_the_operator_are_known_by_their_names() {
        for (name, is_generated) in [
            ("rendered-worker-0123456789abcdef0123456789abcdef", true),
            ("rendered-infra-0123456789abcdef0123456789abcdef", true),
            ("rendered-worker", false),
            ("rendered-drop-ins", false),
            ("00-worker", true),
            ("00-worker-chrony", false),
            ("01-master-container-runtime", true),
            ("01-arbiter-kubelet", true),
            ("01-everywhere", false),
            ("99-worker-generated-registries", true),
            ("99-infra-generated-kubelet", true),
            ("99-worker-registries", false),
        ] {
            let config = MachineConfig { name: name.into(), ..MachineConfig::default() };
            assert_eq!(config.is_generated(), is_generated, "{name}");
        }
    }

    #[test]
    fn files_elsewhere_are_nobodys_business() {
        let (config, kind, _) = read(
            "variant: openshift\nversion: 4.14.0\nmetadata:\n  name: 99-worker\n  labels:\n    \
             machineconfiguration.openshift.io/role: worker\nstorage:\n  files:\n  - path: /etc/motd\n  \
             - path: /etc/containers/registries.conf.d/99.conf\n    overwrite: true\n    contents:\n      inline: |\n        a = 1\n",
        );
        assert_eq!(kind, Kind::Butane);
        assert_eq!(config.name, "99-worker");
        assert_eq!(config.role.expect("a role").value, "worker");
        let [file] = &config.files[..] else { panic!("{:?}", config.files) };
        assert_eq!(file.path.value, "/etc/containers/registries.conf.d/99.conf");
        assert!(file.registries().expect("contents").is_toml);
        assert_eq!(file.overwrite, Some(true));
    }
}
