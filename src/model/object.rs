//! Objects of any kind, as their cluster gets them: what policies look at.

use super::resource::{Identity, identity};
use crate::read::carrier::Carrier;
use crate::read::manifest::Manifest;
use crate::source::Span;
use crate::yaml::Node;
use std::sync::Arc;

/// An object of any kind.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is called.
    pub identity: Identity,
    /// The text behind it.
    pub manifest: Manifest,
    /// What carries it; `None` where it stands for itself.
    pub carrier: Option<Arc<Carrier>>,
}

impl Object {
    /// The object of a manifest.
    pub fn new(manifest: Manifest, carrier: Option<Arc<Carrier>>) -> Self {
        Self { identity: identity(&manifest), manifest, carrier }
    }

    /// The object itself.
    pub fn root(&self) -> Node<'_> {
        self.manifest.root()
    }

    /// The text of the whole object.
    pub fn span(&self) -> Span {
        self.root().span()
    }

    /// The text of its name, else of its kind, else of all of it.
    pub fn name_span(&self) -> Span {
        let root = self.root();
        let name = root.at(&["metadata", "name"]).or_else(|| root.get("kind"));
        name.map_or_else(|| self.span(), Node::span)
    }

    /// What a base says in the place of the text at `span`, which stands in a patch.
    pub fn replaced(&self, span: Span) -> Option<Span> {
        let around = self.root().replacing().filter(|(node, _)| node.span().contains(span));
        let length = |node: Node<'_>| node.span().end - node.span().start;
        around.min_by_key(|(node, _)| length(*node)).map(|(_, span)| span)
    }
}
