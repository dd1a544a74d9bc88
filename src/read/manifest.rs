//! From files to manifests: decides which bytes are parsed, and which documents are kept.
//!
//! Each file is read once. A test of its bytes, which respects escapes and encodings of YAML, skips files that cannot
//! hold a kind that pullwarden reads. Of the other files, only documents that may matter are kept.

pub(crate) mod aside;
mod breaks;
mod broken;
mod called;
pub(crate) mod examples;
mod held;
pub(crate) mod kept;
pub(crate) mod masked;
mod numbers;
mod object;
mod of_chart;
mod prefilter;
pub mod secrets;
mod workloads;

use crate::machine::disk;
use crate::machine::guard::{self, Fault};
use crate::machine::threads;
use crate::read::crd::{self, CarrierKind, Recognised};
use crate::read::discover::{self, Input, Origin};
use crate::read::template;
use crate::read::workload::Kinds;
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{self, Document, Documents, Kind, Node, SyntaxError};
use breaks::Breaks;
pub(crate) use called::servers as servers_of_clusters;
pub(crate) use held::text_of;
use held::{Documented, Held};
pub use held::{Lacks, Text};
pub(crate) use kept::{Changed, KeptFiles};
use masked::Masks;
use memchr::memmem;
pub use numbers::Numbers;
use object::has_digest_mirrors;
pub use object::{Form, Manifest, SAMPLES};
use of_chart::OfChart;
pub(crate) use prefilter::may_hold_ours;
use prefilter::{may_matter, may_matter_to_nodes, mentions_old_policies};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
pub(crate) use workloads::{images as images_of_workloads, workloads};

/// The largest file that is read, in bytes: 1 GiB.
pub const MAX_FILE: u64 = 1 << 30;
/// Files with more bytes are parsed one after the other, so that memory depends on the largest file, not on their sum.
const LARGE_FILE: usize = 4 << 20;

/// The kinds that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Image configuration, and what it depends on.
    #[default]
    Images,
    /// Also everything that decides what nodes do after a change: each `MachineConfig`, the pools, the disruption
    /// policies.
    Nodes,
}

/// A file, or a part of one, that could not be read.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The place; an empty span at the start for a whole file.
    pub span: Span,
    /// The reason.
    pub what: BrokenWhat,
}

/// Why something could not be read.
#[derive(Clone, Debug)]
pub enum BrokenWhat {
    /// The system refused, or the file is too large or in another encoding than UTF-8.
    File(String),
    /// A document is not YAML.
    Syntax(String),
    /// A character that ends a line for `oc`, and that an editor does not show as a line end.
    LineEnd(char),
    /// It expands to more than the limit of a run.
    TooMuch,
    /// pullwarden itself failed.
    Fault(Fault),
}

impl BrokenWhat {
    /// The error, in one line.
    pub fn message(&self) -> &str {
        match self {
            BrokenWhat::File(message) | BrokenWhat::Syntax(message) => message,
            BrokenWhat::LineEnd('\u{85}') => "U+0085 ends a line for `oc` alone",
            BrokenWhat::LineEnd('\u{2028}') => "U+2028 ends a line for `oc` alone",
            BrokenWhat::LineEnd(_) => "U+2029 ends a line for `oc` alone",
            BrokenWhat::TooMuch => {
                "the expanded text exceeds pullwarden's limit for a run; some of it is left out"
            }
            BrokenWhat::Fault(_) => "pullwarden failed at this file",
        }
    }
}

/// The result of reading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The objects that may matter, in the order of paths and of the text.
    pub manifests: Vec<Manifest>,
    /// What could not be read.
    pub broken: Vec<Broken>,
    /// Documents that are not checked, since they are templates or patches, by file.
    pub left_alone: Vec<LeftDocuments>,
    /// Documents that cannot be read, and that name no kind that pullwarden reads.
    pub unread: usize,
    /// Files that were read.
    pub files: usize,
    /// Their numbers.
    pub numbers: Numbers,
    /// For each input, the text of a file without manifests, if it is still in memory.
    pub texts: Vec<Option<Text>>,
    /// For each input, what is known not to be in it.
    pub lacks: Vec<Lacks>,
    /// The documents of kustomizations and of files that they may name, if they are still in memory.
    pub documents: HashMap<FileId, Arc<Documents>>,
}

/// Documents of a file that are not checked by themselves.
#[derive(Clone, Copy, Debug)]
pub struct LeftDocuments {
    /// The number of the input.
    pub input: usize,
    /// Documents that a template fills in.
    pub templates: usize,
    /// Documents that are patches.
    pub patches: usize,
}

/// Reads all `inputs`, which are sorted by name; `sources` gets the texts that may have findings. A kustomization may
/// name any file, so if there is one, the texts of the other files are kept for it.
pub fn load(inputs: &[Input], sources: &mut Sources) -> Loaded {
    load_subject(inputs, Subject::Images, sources)
}

/// Does the same as `load`, for the kinds of `subject`.
pub fn load_subject(inputs: &[Input], subject: Subject, sources: &mut Sources) -> Loaded {
    load_again(inputs, subject, None, sources, &KeptFiles::default()).0
}

/// Does the same. Files that may hold objects of `kinds` are kept as far as there is room, since they are looked at later.
/// Files that have not changed since an earlier run are not parsed again: `before` has their results. Also returns the
/// results for the next run.
pub(crate) fn load_again(
    inputs: &[Input],
    subject: Subject,
    kinds: Option<&Kinds>,
    sources: &mut Sources,
    before: &KeptFiles,
) -> (Loaded, KeptFiles) {
    let turn = before.turn();
    let held = Held::new(kinds);
    let numbers = before.numbers(sources.len(), inputs);
    let loaded = load_with(inputs, numbers, sources, |file, input, one_large, keep, of_chart| {
        let how = How { subject, keep, of_chart };
        match &turn {
            Some((before, now)) => kept::load_file(file, input, how, one_large, before, now),
            None => load_file(file, input, how, one_large, &held),
        }
    });
    let kept = KeptFiles::of(turn.map(|(_, now)| now), inputs, &loaded.numbers);
    (loaded, kept)
}

/// Does the same, with another function that reads a file.
fn load_with(
    inputs: &[Input],
    numbers: Numbers,
    sources: &mut Sources,
    load_file: impl Fn(FileId, &Input, &Mutex<()>, bool, OfChart) -> FileResult + Sync,
) -> Loaded {
    let keep = inputs.iter().any(|input| discover::is_kustomization(&input.name));
    let one_large = Mutex::new(());
    let read = threads::map(inputs, |index, input| {
        let file = numbers.of(index);
        let of_chart = OfChart::of(&input.name, inputs);
        guard::run(|| load_file(file, input, &one_large, keep, of_chart))
            .unwrap_or_else(|fault| FileResult::broken(file, input, BrokenWhat::Fault(fault)))
    });
    sources.reserve(numbers.end());
    let mut loaded = Loaded::default();
    for (index, mut result) in read.into_iter().enumerate() {
        loaded.files += 1;
        loaded.unread += result.unread;
        if result.templates + result.patches > 0 {
            let (templates, patches) = (result.templates, result.patches);
            loaded.left_alone.push(LeftDocuments { input: index, templates, patches });
        }
        loaded.texts.push(result.text);
        loaded.lacks.push(result.lacks);
        if let Some(documents) = result.documents {
            loaded.documents.insert(numbers.of(index), documents);
        }
        loaded.manifests.append(&mut result.manifests);
        loaded.broken.append(&mut result.broken);
        if let Some(source) = result.source {
            sources.insert(numbers.of(index), source);
        }
    }
    loaded.numbers = numbers;
    loaded
}

/// What the result of a file depends on beside its name and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct How {
    subject: Subject,
    /// Whether kustomizations may ask for the file.
    keep: bool,
    /// The part of a chart that it is.
    of_chart: OfChart,
}

#[derive(Clone, Debug, Default)]
struct FileResult {
    manifests: Vec<Manifest>,
    broken: Vec<Broken>,
    templates: usize,
    patches: usize,
    unread: usize,
    source: Option<Arc<Source>>,
    /// The text of a file without a source, if somebody may ask for it.
    text: Option<Text>,
    lacks: Lacks,
    /// All documents of the file, if they are kept.
    documents: Option<Arc<Documents>>,
}

impl FileResult {
    fn unreadable(file: FileId, input: &Input, why: impl Into<String>) -> Self {
        Self::broken(file, input, BrokenWhat::File(why.into()))
    }

    fn broken(file: FileId, input: &Input, what: BrokenWhat) -> Self {
        let broken = Broken { span: Span::new(file, 0, 0), what };
        Self {
            broken: vec![broken],
            source: Some(Arc::new(Source::new(input.name.clone(), "".into()))),
            ..Self::default()
        }
    }
}

fn load_file(file: FileId, input: &Input, how: How, one_large: &Mutex<()>, held: &Held<'_>) -> FileResult {
    let load = |bytes: Result<Cow<'_, [u8]>, String>| match bytes {
        Ok(bytes) => load_bytes(file, input, bytes, how, one_large, held),
        Err(why) => FileResult::unreadable(file, input, why),
    };
    match &input.origin {
        // Who needs its text later asks for it.
        Origin::Unrelated(_) if how.subject == Subject::Images && !held.looks_for_workloads() => {
            FileResult { lacks: Lacks { ours: true, workloads: false }, ..FileResult::default() }
        }
        Origin::Listed(path) | Origin::Unrelated(path) => disk::read_listed(path, MAX_FILE, load),
        origin => load(read(origin).map(Cow::Owned)),
    }
}

fn load_bytes(
    file: FileId,
    input: &Input,
    bytes: Cow<'_, [u8]>,
    how: How,
    one_large: &Mutex<()>,
    held: &Held<'_>,
) -> FileResult {
    let How { subject, keep, of_chart } = how;
    if let Some(encoding) = foreign_encoding(&bytes) {
        let why = format!("the text is {encoding}, and only UTF-8 is read; `iconv` converts it");
        return FileResult::unreadable(file, input, why);
    }
    let lacks = Lacks { ours: !may_matter(&bytes), workloads: held.lacks_workloads(&bytes) };
    if lacks.ours && !(subject == Subject::Nodes && may_matter_to_nodes(&bytes)) {
        let is_held = keep || held.take(bytes.len(), lacks);
        return FileResult { text: is_held.then(|| text_of(&bytes)), lacks, ..FileResult::default() };
    }
    held.note_ours();
    let _one_at_a_time = (bytes.len() > LARGE_FILE)
        .then(|| one_large.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    let (text, bad_byte): (Arc<str>, _) = match std::str::from_utf8(&bytes) {
        Ok(text) => (text.into(), None),
        Err(error) => (String::from_utf8_lossy(&bytes).into(), Some(error.valid_up_to())),
    };
    // The bytes of a large file are not needed beside its text.
    drop(bytes);
    let mut result = FileResult { lacks, ..FileResult::default() };
    if let Some(at) = bad_byte {
        let span = Span::new(file, at, at + '\u{fffd}'.len_utf8());
        let message = "a byte that is not UTF-8; `oc` does not read the file".to_owned();
        result.broken.push(Broken { span, what: BrokenWhat::Syntax(message) });
    }
    let mut raw_templates = 0;
    let mut filled: Vec<Span> = Vec::new();
    let mut documents = Vec::new();
    let mut secret = Vec::new();
    let mut errors = Vec::new();
    let breaks = Breaks::of(&text);
    let is_for_pipelines = Form::of_path(&input.name) == Form::CiOnly;
    let mut kept = Documented::of(input, &text, keep);
    yaml::parse_stream(file, &text, |parsed| match kept.take(parsed.map(Arc::new)) {
        Ok(document) if is_template(&document) => filled.push(document.root().span()),
        Ok(document) => {
            secret.extend(secrets::of(&document));
            raw_templates += usize::from(is_raw_template(&document));
            let root = document.root();
            let matters = (matters(&document, subject) || is_for_pipelines && has_digest_mirrors(root))
                && !of_chart.is_values(root);
            result.broken.extend(breaks.first_in(&document, matters));
            if matters && is_patch(&document, &input.name) {
                result.patches += 1;
            } else if matters {
                documents.push(document);
            }
        }
        // In a template, an error of the parser does not mean that the rendered text is wrong.
        Err(error) if has_braces(&text[error.document.range()]) => filled.push(error.document),
        // A tag on several lines is a document of its own, and the text behind it has no start.
        Err(error)
            if filled.last().is_some_and(|tag| tag.end <= error.document.start)
                && !text[error.document.range()].trim_start().starts_with("---") =>
        {
            filled.push(error.document);
        }
        Err(error) => errors.push(error),
    });
    let masks = read_masked(file, input, &text, subject, &filled, &mut errors);
    let form = match Form::of_path(&input.name) {
        Form::Applied if !filled.is_empty() || of_chart == OfChart::Template => Form::Template,
        form => form,
    };
    result.templates = masks.as_ref().map_or(filled.len(), |masks| masks.broken.min(filled.len()));
    result.manifests = documents.iter().map(|document| Manifest::new(document.clone(), 0, form)).collect();
    if let Some(masks) = masks {
        let is_object = |manifest: &Manifest| !of_chart.is_values(manifest.root());
        result.manifests.extend(masks.manifests.into_iter().filter(is_object));
        secret.extend(masks.secret);
    }
    result.documents = kept.done(documents).map(Arc::new);
    result.templates += raw_templates;
    // A syntax error in a document about another topic is not reported.
    let is_about_us = result.manifests.iter().any(is_ours);
    for error in errors {
        if is_about_us || bad_byte.is_some() || broken::names_ours(&text[error.document.range()]) {
            result.broken.push(Broken { span: error.span, what: BrokenWhat::Syntax(error.message) });
        } else {
            result.unread += 1;
        }
    }
    result.broken.sort_by_key(|broken| broken.span);
    for manifest in result.manifests.iter().filter(|manifest| is_ours(manifest)) {
        result.broken.extend(unreadable_numbers(manifest.root()));
    }
    if !result.manifests.is_empty() || !result.broken.is_empty() {
        let mut source = Source::new(input.name.clone(), text);
        for span in secret {
            source.hide(span);
        }
        result.source = Some(Arc::new(source));
    } else if keep || held.take(text.len(), lacks) || mentions_old_policies(text.as_bytes()) {
        result.text = Some(Ok(text));
    }
    result
}

/// Reads the documents that a template fills in, which are `filled`. An error beside `${…}` is dropped if the text is
/// valid YAML without `${…}`.
fn read_masked(
    file: FileId,
    input: &Input,
    text: &Arc<str>,
    subject: Subject,
    filled: &[Span],
    errors: &mut Vec<SyntaxError>,
) -> Option<Masks> {
    let may_be_filled = |error: &SyntaxError| text[error.document.range()].contains("${");
    let doubtful: Vec<Span> =
        errors.iter().filter(|error| may_be_filled(error)).map(|error| error.document).collect();
    if filled.is_empty() && doubtful.is_empty() {
        return None;
    }
    let overlaps = |one: &Span, other: Span| one.start < other.end && other.start < one.end;
    let wants = |span: Span| filled.iter().chain(&doubtful).any(|filled| overlaps(filled, span));
    let masks = masked::read(file, &input.name, text, subject, wants)?;
    if masks.broken == 0 {
        errors.retain(|error| !may_be_filled(error));
    }
    Some(masks)
}

/// The bytes of an input.
pub(crate) fn read(origin: &Origin) -> Result<Vec<u8>, String> {
    read_up_to(origin, MAX_FILE)
}

fn read_up_to(origin: &Origin, most: u64) -> Result<Vec<u8>, String> {
    match origin {
        Origin::Text(text) => disk::within(text.clone(), most),
        Origin::Listed(path) | Origin::Unrelated(path) => {
            disk::read_listed(path, most, |bytes| bytes.map(Cow::into_owned))
        }
        Origin::Path(path) => disk::read(path, most),
        Origin::Stored(tree, path) => tree.read(path, most),
    }
}

fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    let encoding = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        _ => return None,
    };
    // Without zero bytes, ASCII text in UTF-16 and UTF-32 is ASCII.
    let ascii: Vec<u8> = bytes.iter().copied().filter(|&byte| byte != 0).collect();
    may_matter(&ascii).then_some(encoding)
}

/// Whether pullwarden reads a document: its kind is known or misspelt, or it holds objects of such a kind. A ConfigMap
/// of certificates matters in any namespace, since an `Image` may name it.
fn matters(document: &Document, subject: Subject) -> bool {
    let root = document.root();
    let bytes = || document.source()[document.span().range()].as_bytes();
    let may_hold = || may_matter(bytes()) || subject == Subject::Nodes && may_matter_to_nodes(bytes());
    match crd::recognise(root) {
        Recognised::Ours(crd::Kind::ConfigMap) => is_of_openshift_config(root) || may_hold(),
        Recognised::Carrier(CarrierKind::List) => true,
        Recognised::Carrier(_) | Recognised::Ours(crd::Kind::MachineConfig | crd::Kind::Butane) => may_hold(),
        Recognised::Ours(_) | Recognised::Suspect(_) => true,
        // Such a document binds the policies of its file to clusters.
        Recognised::Other => says_where(root),
    }
}

/// Whether an object configures images itself, so that it is not a neighbour; or whether it is a list.
fn is_ours(manifest: &Manifest) -> bool {
    match manifest.recognise() {
        Recognised::Ours(crd::Kind::ConfigMap) => is_of_openshift_config(manifest.root()),
        Recognised::Ours(kind) => {
            use crd::Kind::{Butane, MachineConfig, MirrorReference, Neighbour, PullSecret};
            !matches!(kind, MachineConfig | Butane | MirrorReference(_) | PullSecret | Neighbour(_))
        }
        Recognised::Suspect(_) => true,
        Recognised::Carrier(kind) => kind == CarrierKind::List,
        Recognised::Other => false,
    }
}

/// Whether a document binds objects to clusters.
pub fn says_where(root: Node<'_>) -> bool {
    let group = root.get_str("apiVersion").and_then(|version| version.split('/').next());
    match (group, root.get_str("kind")) {
        (Some("argoproj.io"), Some(kind)) => matches!(kind, "Application" | "ApplicationSet"),
        (Some("policy.open-cluster-management.io"), Some(kind)) => {
            matches!(kind, "PlacementBinding" | "PolicySet")
        }
        // These documents say what Flux applies, and from which source.
        (Some("kustomize.toolkit.fluxcd.io"), Some(kind)) => kind == "Kustomization",
        (Some("helm.toolkit.fluxcd.io"), Some(kind)) => kind == "HelmRelease",
        (Some("source.toolkit.fluxcd.io"), Some(_)) => true,
        (_, Some("Secret" | "ExternalSecret" | "ManagedCluster")) => !called::servers(root).is_empty(),
        _ => false,
    }
}

fn is_of_openshift_config(object: Node<'_>) -> bool {
    let namespace = object.get("metadata").and_then(|metadata| metadata.get("namespace"));
    namespace.is_some_and(|namespace| namespace.text() == "openshift-config")
}

/// Whether a document has template braces: without quotes, they are a map with a map as key.
pub(crate) fn is_template(document: &Document) -> bool {
    document.all().any(|node| {
        node.kind() == Kind::Mapping
            && node.is_flow()
            && node.raw_pairs().any(|(key, _)| key.is_flow() && key.kind() == Kind::Mapping)
    })
}

/// Whether a document holds the objects of a policy as a text with template syntax that is not valid YAML.
fn is_raw_template(document: &Document) -> bool {
    const KEY: &str = "object-templates-raw";
    const OURS: [&str; 4] = ["MirrorSet", "ContentSourcePolicy", "registrySources", "additionalTrustedCA"];
    let is_read = |text: &str| template::read(FileId(0), &text.into()).is_some_and(|read| read.broken == 0);
    memmem::find(document.source()[document.span().range()].as_bytes(), KEY.as_bytes()).is_some()
        && document.all().filter(|node| node.kind() == Kind::Mapping).any(|node| {
            let text = node.get_str(KEY).unwrap_or_default();
            has_braces(text) && OURS.iter().any(|word| text.contains(word)) && !is_read(text)
        })
}

/// Whether a document is a strategic merge patch: an object with only `$patch: delete`, or any `$patch` in a file with
/// `patch` or `patches` in its path. In other files a key `$patch` is an unknown field, which the API server drops. If
/// a kustomization names a file as a patch, this test is not needed.
fn is_patch(document: &Document, name: &str) -> bool {
    if !names_patch(&document.source()[document.span().range()]) {
        return false;
    }
    let root = document.root();
    let removes = root.get_str("$patch") == Some("delete") && root.entry("spec").is_none();
    let is_called_so = || {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words
            .into_iter()
            .any(|word| ["patch", "patches"].iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    removes
        || is_called_so()
            && document.all().any(|node| node.kind() == Kind::Mapping && node.entry("$patch").is_some())
}

/// Whether a text names the directives of strategic merge patches.
fn names_patch(text: &str) -> bool {
    static PATCH: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("$patch"));
    PATCH.find(text.as_bytes()).is_some()
}

/// Whether a text has template syntax outside of comments.
fn has_braces(text: &str) -> bool {
    yaml::lines(text).any(|line| {
        let code = if line.trim_start().starts_with('#') { "" } else { line };
        code.contains("{{") || code.contains("{%")
    })
}

/// `.nan` and `.inf` do not exist in JSON, so `oc` refuses the whole document.
fn unreadable_numbers(root: Node<'_>) -> Option<Broken> {
    let number = root.document().all().find(|node| {
        root.span().contains(node.span())
            && matches!(node.scalar(), Some(yaml::Scalar::Float(value)) if !value.is_finite())
    })?;
    let message = format!("`{}` cannot be written as JSON; `oc` does not read the document", number.text());
    Some(Broken { span: number.span(), what: BrokenWhat::Syntax(message) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_panics_costs_only_itself() {
        let text = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\n";
        let input = |name: &str| Input { name: name.into(), origin: Origin::Text(text.into()) };
        let inputs = ["a.yaml", "b.yaml", "c.yaml"].map(input);
        let mut sources = Sources::default();
        let loaded = load_with(
            &inputs,
            Numbers::dense(0, 3),
            &mut sources,
            |file, input, one_large, keep, of_chart| {
                assert_ne!(input.name, "b.yaml", "on purpose");
                load_file(
                    file,
                    input,
                    How { subject: Subject::Images, keep, of_chart },
                    one_large,
                    &Held::new(None),
                )
            },
        );
        let read: Vec<FileId> = loaded.manifests.iter().map(Manifest::file).collect();
        assert_eq!(read, [FileId(0), FileId(2)]);
        assert!(
            matches!(&loaded.broken[..], [Broken { what: BrokenWhat::Fault(_), span }] if span.file == FileId(1))
        );
        assert_eq!(sources.get(FileId(1)).map(|source| source.name.as_str()), Some("b.yaml"));
    }

    #[test]
    fn unrelated_files_are_read_only_for_workloads_and_plans() {
        let missing = std::path::PathBuf::from("/nowhere/a.yaml");
        let inputs = [Input { name: "a.yaml".into(), origin: Origin::Unrelated(missing) }];
        let is_read = |subject, kinds| {
            let loaded =
                load_again(&inputs, subject, kinds, &mut Sources::default(), &KeptFiles::default()).0;
            assert!(loaded.lacks[0].ours || !loaded.broken.is_empty());
            !loaded.broken.is_empty()
        };
        let kinds = Kinds::default();
        assert!(!is_read(Subject::Images, None));
        assert!(is_read(Subject::Images, Some(&kinds)));
        assert!(is_read(Subject::Nodes, None));
    }
}
