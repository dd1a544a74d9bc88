//! Examples in documents: image configuration in the fences of Markdown and AsciiDoc.

use super::prefilter::may_matter;
use super::{Form, Input, Manifest, is_patch, is_template, masked, secrets};
use crate::machine::{guard, threads};
use crate::read::crd::{Recognised, recognise};
use crate::read::discover;
use crate::read::fences;
use crate::read::template::Masked;
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{self, Document};
use std::sync::Arc;

/// The largest document that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// The examples in all documents.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    /// The objects, in the order of the documents.
    pub(crate) manifests: Vec<Manifest>,
    /// How many documents contain these objects.
    pub(crate) documents: usize,
}

/// The examples of one document.
struct Read {
    text: Arc<str>,
    manifests: Vec<Manifest>,
    secret: Vec<Span>,
}

/// Reads all `inputs`, which get the next numbers; `sources` gets the texts that may have findings.
pub(crate) fn load(inputs: &[Input], sources: &mut Sources) -> Examples {
    let base = sources.len();
    let read = threads::map(inputs, |index, input| {
        let file = FileId((base + index) as u32);
        guard::run(|| load_file(file, input)).ok().flatten()
    });
    sources.reserve(base + inputs.len());
    let mut loaded = Examples::default();
    for (index, read) in read.into_iter().enumerate() {
        let Some(Read { text, manifests, secret }) = read else { continue };
        let mut source = Source::new(inputs[index].name.clone(), text);
        for span in secret {
            source.hide(span);
        }
        sources.insert(FileId((base + index) as u32), source);
        loaded.documents += 1;
        loaded.manifests.extend(manifests);
    }
    loaded
}

/// The image configuration of a document. The surroundings of an example are not known, so it is read as a template
/// is: alone, and without a fix. Text that is not YAML is not an example.
fn load_file(file: FileId, input: &Input) -> Option<Read> {
    let bytes = super::read_up_to(&input.origin, MAX_FILE).ok().filter(|bytes| may_matter(bytes))?;
    let text: Arc<str> = String::from_utf8(bytes).ok()?.into();
    let fenced = fences::read(&text, discover::is_ascii_doc(&input.name));
    let (mut manifests, mut secret) = (Vec::new(), Vec::new());
    yaml::parse(file, &fenced.text.into(), |parsed| {
        let Ok(document) = parsed else { return };
        secret.extend(secrets::of(&document));
        if is_example(&document) && !is_patch(&document, &input.name) {
            let document = document.written_in(text.clone(), &fenced.holes);
            manifests.push(Manifest::new(Arc::new(document), 0, Form::Sample).masked_as(Masked::alone()));
        }
    });
    (!manifests.is_empty()).then_some(Read { text, manifests, secret })
}

fn is_example(document: &Document) -> bool {
    let is_ours = match recognise(document.root()) {
        Recognised::Ours(kind) => kind.configures_images(),
        Recognised::Suspect(_) => true,
        Recognised::Carrier(_) | Recognised::Other => false,
    };
    is_ours && !is_template(document) && !masked::is_unsure(document.root())
}
