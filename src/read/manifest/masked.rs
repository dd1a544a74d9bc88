//! Documents that a template fills in: the parts that are read as they are, and the parts that are left alone.

use super::prefilter::{may_matter, may_matter_to_nodes};
use super::{Form, Input, Manifest, Subject, is_patch, matters, says_where, secrets};
use crate::machine::{guard, threads};
use crate::read::crd::{Recognised, is_placeholder, recognise};
use crate::read::manifest::broken;
use crate::read::template::{self, Read};
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{Document, Node};
use std::sync::Arc;

/// The largest template that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// The result of reading one template.
#[derive(Debug, Default)]
pub(super) struct Masks {
    /// The objects that may matter.
    pub(super) manifests: Vec<Manifest>,
    /// How many documents are not YAML even after the template syntax is masked.
    pub(super) broken: usize,
    /// The texts that no report may show.
    pub(super) secret: Vec<Span>,
}

/// Reads the documents of a template, if `wants` accepts their text.
pub(super) fn read(
    file: FileId,
    name: &str,
    text: &Arc<str>,
    subject: Subject,
    wants: impl Fn(Span) -> bool,
) -> Option<Masks> {
    let Read { documents, broken } = template::read(file, text)?;
    let form = match Form::of_path(name) {
        Form::Applied => Form::Template,
        form => form,
    };
    let mut masks = Masks { broken, ..Masks::default() };
    for (document, masked) in documents.into_iter().filter(|(document, _)| wants(document.root().span())) {
        masks.secret.extend(secrets::of(&document));
        if is_known(&document, subject) && !is_patch(&document, name) {
            masks.manifests.push(Manifest::new(document, 0, form).masked_as(masked));
        }
    }
    Some(masks)
}

/// Whether a masked document has a kind that pullwarden reads, independent of the values that are filled in.
fn is_known(document: &Document, subject: Subject) -> bool {
    let root = document.root();
    matters(document, subject) && !says_where(root) && !is_unsure(root)
}

/// Whether a template decides the kind of an object.
pub(crate) fn is_unsure(root: Node<'_>) -> bool {
    let is_suspect = matches!(recognise(root), Recognised::Suspect(_));
    let said = |key: &str| root.get(key).filter(|value| !value.is_null());
    is_suspect
        && ["apiVersion", "kind"]
            .iter()
            .any(|key| said(key).map_or(root.is_open(), |value| is_placeholder(value.text())))
}

/// The result of reading all files that are templates by their names.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    /// The objects that may matter, in the order of the files.
    pub(crate) manifests: Vec<Manifest>,
    /// How many files contain these objects.
    pub(crate) files: usize,
    /// For each file, whether it is left alone: it holds image configuration, and a part of it cannot be read.
    pub(crate) left_alone: Vec<bool>,
}

/// Reads all `inputs`, which get the next numbers; `sources` gets the texts that may have findings.
pub(crate) fn load(inputs: &[Input], subject: Subject, sources: &mut Sources) -> Templates {
    let base = sources.len();
    let read = threads::map(inputs, |index, input| {
        let file = FileId((base + index) as u32);
        guard::run(|| load_file(file, input, subject)).ok().flatten()
    });
    sources.reserve(base + inputs.len());
    let mut loaded = Templates::default();
    for (index, read) in read.into_iter().enumerate() {
        let Some((text, masks)) = read else {
            loaded.left_alone.push(false);
            continue;
        };
        loaded.left_alone.push(masks.as_ref().is_none_or(|masks| masks.broken > 0));
        let Some(masks) = masks.filter(|masks| !masks.manifests.is_empty()) else { continue };
        let mut source = Source::new(inputs[index].name.clone(), text);
        masks.secret.into_iter().for_each(|span| source.hide(span));
        sources.insert(FileId((base + index) as u32), source);
        loaded.files += 1;
        loaded.manifests.extend(masks.manifests);
    }
    loaded
}

/// The text of a template that holds image configuration, and the result of reading it.
fn load_file(file: FileId, input: &Input, subject: Subject) -> Option<(Arc<str>, Option<Masks>)> {
    let bytes = super::read_up_to(&input.origin, MAX_FILE).ok()?;
    let (text, is_text): (Arc<str>, _) = match String::from_utf8(bytes) {
        Ok(text) => (text.into(), true),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into(), false),
    };
    let may_matter =
        may_matter(text.as_bytes()) || subject == Subject::Nodes && may_matter_to_nodes(text.as_bytes());
    let masks = (is_text && may_matter).then(|| read(file, &input.name, &text, subject, |_| true)).flatten();
    let speaks_of_ours = broken::speaks_of_ours(&text);
    let masks = masks.map(|masks| Masks { broken: if speaks_of_ours { masks.broken } else { 0 }, ..masks });
    (masks.is_some() || speaks_of_ours).then_some((text, masks))
}
