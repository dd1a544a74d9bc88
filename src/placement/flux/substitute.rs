//! Fills in the variables of `postBuild` in the objects of a build. Flux does this in their texts, so an unquoted
//! value may become a number or a list (fluxcd/pkg, `kustomize/kustomize_varsub.go`).

use super::envsubst::{self, Variable, Variables};
use crate::machine::budget::Budget;
use crate::source::{FileId, Span};
use crate::yaml::{self, Composer, Document, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Objects with this label or annotation stay unchanged.
const DISABLED: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// The variables of a `Kustomization`.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The values without line ends, and their places.
    pub(super) values: BTreeMap<String, (String, Span)>,
    /// Sources of further variables that are not known here: a description, and the place that names the source.
    pub(super) unknown: Vec<(String, Span)>,
}

impl Given {
    /// Adds the entries of a map; later entries win.
    pub(super) fn add(&mut self, map: Option<Node<'_>>) {
        for entry in map.into_iter().flat_map(Node::entries) {
            let text = entry.value.text().replace('\n', "");
            self.values.insert(entry.key.key_text().into_owned(), (text, entry.value.span()));
        }
    }

    /// The first name that Flux rejects.
    pub(super) fn invalid(&self) -> Option<(&str, Span)> {
        let is_valid = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        self.values.iter().find(|(name, _)| !is_valid(name)).map(|(name, (_, span))| (name.as_str(), *span))
    }
}

impl Variables for Given {
    fn get(&self, name: &str) -> Variable<'_> {
        match self.values.get(name) {
            Some((text, _)) => Variable::Known(text),
            None if self.unknown.is_empty() => Variable::Unset,
            None => Variable::Unknown,
        }
    }
}

/// Labels and annotations that Flux adds to all objects.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Common<'d> {
    pub(super) labels: Option<Node<'d>>,
    pub(super) annotations: Option<Node<'d>>,
}

impl Common<'_> {
    fn is_empty(&self) -> bool {
        self.labels.is_none() && self.annotations.is_none()
    }
}

/// Fills in the variables of an object and adds the common metadata. Unknown variables are added to `unknown`.
pub(super) fn fill(
    object: &Arc<Document>,
    given: &Given,
    common: Common<'_>,
    unknown: &mut BTreeSet<String>,
    left: &Budget,
) -> Result<Arc<Document>, (Span, String)> {
    let root = object.root();
    let is_filled = !given.values.is_empty() || !given.unknown.is_empty();
    let has_variables =
        || object.all().any(|node| node.kind() == Kind::Scalar && envsubst::has_variables(node.text()));
    let is_filled = is_filled && !is_disabled(root) && has_variables();
    if !is_filled && common.is_empty() {
        return Ok(Arc::clone(object));
    }
    let composer = Composer::new(object.file(), object.source().clone()).changed(true);
    let mut filler = Filler { composer, given, unknown, is_filled, left };
    filler.object(root, common)?;
    Ok(Arc::new(filler.composer.finish()))
}

fn is_disabled(root: Node<'_>) -> bool {
    ["labels", "annotations"]
        .into_iter()
        .filter_map(|key| root.at(&["metadata", key])?.get(DISABLED))
        .any(|value| value.text() == "disabled")
}

struct Filler<'g, 'u> {
    composer: Composer,
    given: &'g Given,
    unknown: &'u mut BTreeSet<String>,
    is_filled: bool,
    left: &'g Budget,
}

impl Filler<'_, '_> {
    fn object(&mut self, root: Node<'_>, common: Common<'_>) -> Result<(), (Span, String)> {
        if common.is_empty() || root.kind() != Kind::Mapping {
            return self.value(root);
        }
        self.composer.open(root.span(), Kind::Mapping);
        for entry in root.entries() {
            self.value(entry.key)?;
            if entry.key.key_text() == "metadata" && entry.value.kind() == Kind::Mapping {
                self.metadata(entry.value, common)?;
            } else {
                self.value(entry.value)?;
            }
        }
        self.composer.close();
        Ok(())
    }

    fn metadata(&mut self, metadata: Node<'_>, common: Common<'_>) -> Result<(), (Span, String)> {
        self.composer.open(metadata.span(), Kind::Mapping);
        let added = [("labels", common.labels), ("annotations", common.annotations)];
        for entry in metadata.entries() {
            let key = entry.key.key_text();
            self.value(entry.key)?;
            match added.iter().find(|(name, added)| *name == key && added.is_some()) {
                Some((_, Some(added))) => self.merged(entry.value, *added)?,
                _ => self.value(entry.value)?,
            }
        }
        for (name, added) in added {
            let Some(added) = added.filter(|_| metadata.get(name).is_none()) else { continue };
            self.composer.scalar(added.span(), name, false);
            self.value_as_it_is(added)?;
        }
        self.composer.close();
        Ok(())
    }

    /// Writes the entries of a map; entries of `added` win.
    fn merged(&mut self, map: Node<'_>, added: Node<'_>) -> Result<(), (Span, String)> {
        self.composer.open(map.span(), Kind::Mapping);
        for entry in map.entries() {
            if added.get(&entry.key.key_text()).is_none() {
                self.value(entry.key)?;
                self.value(entry.value)?;
            }
        }
        for entry in added.entries() {
            self.value_as_it_is(entry.key)?;
            self.value_as_it_is(entry.value)?;
        }
        self.composer.close();
        Ok(())
    }

    fn value_as_it_is(&mut self, node: Node<'_>) -> Result<(), (Span, String)> {
        let is_copied = self.composer.copy(node, &|span| span);
        if is_copied {
            Ok(())
        } else {
            Err((node.span(), "the object exceeds the limit for a value".to_owned()))
        }
    }

    fn value(&mut self, node: Node<'_>) -> Result<(), (Span, String)> {
        let node = node.resolved();
        if let Some(replaced) = node.replaced() {
            self.composer.replaces(replaced);
        }
        match node.kind() {
            Kind::Scalar if self.is_filled && envsubst::has_variables(node.text()) => self.scalar(node),
            Kind::Scalar => self.value_as_it_is(node),
            kind => {
                self.composer.open(node.span(), kind);
                for child in node.raw_children() {
                    self.value(child)?;
                }
                self.composer.close();
                Ok(())
            }
        }
    }

    fn scalar(&mut self, node: Node<'_>) -> Result<(), (Span, String)> {
        let text = node.text();
        let filled = envsubst::fill(text, self.given).map_err(|why| (node.span(), why))?;
        if !self.left.spend(filled.text.len() as u64, node.span()) {
            let message = "after variable substitution the texts exceed pullwarden's limit".to_owned();
            return Err((node.span(), message));
        }
        self.unknown.extend(filled.unknown.iter().cloned());
        let whole = filled.whole.as_ref().and_then(|name| self.given.values.get(name));
        let place = whole.map_or(node.span(), |(_, span)| *span);
        if place != node.span() && node.replaced().is_none() {
            self.composer.replaces(node.span());
        }
        if !filled.unknown.is_empty() || is_quoted(text) {
            self.composer.scalar(place, &filled.text, false);
            return Ok(());
        }
        if filled.text.trim().is_empty() {
            self.composer.scalar(place, "", true);
            return Ok(());
        }
        let refused = || {
            // The text may be secret, so the message does not show it.
            (node.span(), "after variable substitution, this is not YAML".to_owned())
        };
        let mut parsed = None;
        yaml::parse(FileId(0), &filled.text.as_str().into(), |document| {
            parsed.get_or_insert(document);
        });
        let Some(Ok(document)) = parsed else { return Err(refused()) };
        let value = document.root();
        // A list or map in block style begins on a new line.
        if value.kind() != Kind::Scalar && !value.is_flow() {
            return Err(refused());
        }
        if self.composer.copy(value, &|_| place) { Ok(()) } else { Err(refused()) }
    }
}

/// Whether a text with variables is quoted, or is a block scalar. Then the result is always a string.
fn is_quoted(text: &str) -> bool {
    const FIRST: &[char] =
        &['*', '&', '!', '%', '@', '`', '{', '[', ']', '}', ',', '"', '\'', '|', '>', '#', ' '];
    text.contains('\n')
        || text.contains(": ")
        || text.contains(" #")
        || text.contains('\t')
        || text.ends_with([':', ' '])
        || text.starts_with(FIRST)
        || text.starts_with("- ")
        || text.starts_with("? ")
}
