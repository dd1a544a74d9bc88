//! Objects of any kind, as their cluster gets them. Policies read these.

use super::resource::{Identity, identity};
use crate::read::carrier::Carrier;
use crate::read::manifest::Manifest;
use crate::source::Span;
use crate::yaml::Node;
use std::sync::Arc;

/// An object of any kind.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind, namespace and name.
    pub identity: Arc<Identity>,
    /// The manifest.
    pub manifest: Manifest,
    /// Its carrier; `None` if it is an object of its own.
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

    /// The text of its name, or else of its kind, or else the whole object.
    pub fn name_span(&self) -> Span {
        let root = self.root();
        let name = root.at(&["metadata", "name"]).or_else(|| root.get("kind"));
        name.map_or_else(|| self.span(), Node::span)
    }

    /// The value of a base that the text at `span`, in a patch, replaces.
    pub fn replaced(&self, span: Span) -> Option<Span> {
        let around = self.root().replacing().filter(|(node, _)| node.span().contains(span));
        let length = |node: Node<'_>| node.span().end - node.span().start;
        around.min_by_key(|(node, _)| length(*node)).map(|(_, span)| span)
    }
}
