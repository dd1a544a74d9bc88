//! Reads a file again for workloads, which matter only together with image configuration.

use super::{Form, Manifest, has_braces, is_patch, is_template, names_patch, says_where};
use crate::read::crd::{self, CarrierKind, Recognised};
use crate::read::workload::Kinds;
use crate::source::{FileId, Span};
use crate::yaml::{self, Document, Node, SyntaxError};
use std::borrow::Borrow;
use std::sync::Arc;

/// The objects of a text that are workloads, or may carry some; `None` if the text has template syntax, since it is
/// then not known which objects exist together.
pub(crate) fn workloads(
    file: FileId,
    text: &Arc<str>,
    (form, name): (Form, &str),
    is_workload: &dyn Fn(Node<'_>) -> bool,
) -> Option<Vec<Manifest>> {
    let mut look = Look::new(text, name);
    let mut manifests = Vec::new();
    yaml::parse_stream(file, text, |parsed| {
        if let Some(document) = look.at(parsed)
            && (is_workload(document.root()) || may_carry(document.root()))
            && !look.is_patch(&document)
        {
            manifests.push(Manifest::new(Arc::new(document), 0, form));
        }
    });
    (!look.is_filled_in && !manifests.is_empty()).then_some(manifests)
}

/// The places of the images in the same text, without its objects. `None` if one of them may carry other objects: then nobody
/// knows who gets an image.
pub(crate) fn images(file: FileId, text: &Arc<str>, name: &str, kinds: &Kinds) -> Option<Vec<Span>> {
    let mut look = Look::new(text, name);
    let mut places = Vec::new();
    let mut carries = false;
    yaml::look_through_stream(file, text, |parsed| {
        let Some(document) = look.at(parsed) else { return };
        let before = places.len();
        let carries_others = !kinds.places(document.root(), &mut places) && may_carry(document.root());
        if look.is_patch(document) {
            places.truncate(before);
        } else {
            carries |= carries_others;
        }
    });
    if look.is_filled_in {
        return Some(Vec::new());
    }
    (!carries).then_some(places)
}

/// A look at the documents of a text. What no document can have is known from the whole text.
struct Look<'t> {
    text: &'t str,
    /// The name of the file.
    name: &'t str,
    has_braces: bool,
    has_patches: bool,
    /// Whether a document has template syntax.
    is_filled_in: bool,
}

impl<'t> Look<'t> {
    fn new(text: &'t str, name: &'t str) -> Self {
        let (has_braces, has_patches) = (text.contains('{'), names_patch(text));
        Self { text, name, has_braces, has_patches, is_filled_in: false }
    }

    /// A document, unless it cannot be read or has template syntax.
    fn at<D: Borrow<Document>>(&mut self, parsed: Result<D, SyntaxError>) -> Option<D> {
        match parsed {
            Ok(document) if self.has_braces && is_template(document.borrow()) => {
                self.is_filled_in = true;
                None
            }
            Ok(document) => Some(document),
            // Other problems of the file are not reported.
            Err(error) => {
                self.is_filled_in |= has_braces(&self.text[error.document.range()]);
                None
            }
        }
    }

    fn is_patch(&self, document: &Document) -> bool {
        self.has_patches && is_patch(document, self.name)
    }
}

/// Whether an object carries other objects, or binds such carriers to clusters.
fn may_carry(root: Node<'_>) -> bool {
    match crd::recognise(root) {
        Recognised::Carrier(kind) => matches!(
            kind,
            CarrierKind::List
                | CarrierKind::Template
                | CarrierKind::Policy
                | CarrierKind::ConfigurationPolicy
                | CarrierKind::ManifestWork
                | CarrierKind::ManifestWorkReplicaSet
                | CarrierKind::SyncSet
                | CarrierKind::SelectorSyncSet
        ),
        Recognised::Ours(_) | Recognised::Suspect(_) => false,
        Recognised::Other => says_where(root),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test reads the fixtures")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    /// The places by way of the objects; `None` if an object carries others.
    fn by_objects(text: &Arc<str>, kinds: &Kinds) -> Option<Vec<Span>> {
        let form = (Form::Applied, "a.yaml");
        let read = workloads(FileId(0), text, form, &|root| kinds.want(root)).unwrap_or_default();
        let is_known = |manifest: &Manifest| kinds.know(manifest.root());
        let images = || read.iter().flat_map(|manifest| kinds.images(manifest.root()));
        read.iter().all(is_known).then(|| images().map(|image| image.place()).collect())
    }

    fn texts(directory: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => texts(&path, found),
                Ok(kind) if kind.is_file() && crate::read::discover::is_manifest(&path) => {
                    found.extend(std::fs::read_to_string(path));
                }
                _ => {}
            }
        }
    }

    /// The texts of the fixtures that may hold workloads.
    fn fixtures() -> Vec<String> {
        let mut found = Vec::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut found);
        found.retain(|text| text.len() < 20_000 && Kinds::default().may_be_in(text.as_bytes()));
        found.sort();
        found
    }

    #[test]
    fn images_without_objects_are_those_of_the_objects() {
        let (kinds, mut found) = (Kinds::default(), 0);
        for text in fixtures() {
            let text: Arc<str> = text.into();
            let images = images(FileId(0), &text, "a.yaml", &kinds);
            found += images.iter().flatten().count();
            assert_eq!(images, by_objects(&text, &kinds), "{text}");
        }
        assert!(found > 100, "{found}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn images_of_changed_texts_are_those_of_the_objects(
            which in any::<prop::sample::Index>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..5),
        ) {
            thread_local! {
                static TEXTS: Vec<String> = fixtures();
            }
            let text = TEXTS.with(|texts| which.get(texts).clone());
            let mut lines: Vec<&str> = text.lines().collect();
            for (from, to) in changes {
                let line = lines.remove(from.index(lines.len()));
                lines.insert(to.index(lines.len() + 1), line);
            }
            let text: Arc<str> = lines.join("\n").into();
            let kinds = Kinds::default();
            let images = images(FileId(0), &text, "a.yaml", &kinds);
            prop_assert_eq!(images, by_objects(&text, &kinds));
        }
    }
}
