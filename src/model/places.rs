//! Finds the resource that a place belongs to.

use super::Resource;
use crate::source::{FileId, Span};
use std::collections::HashMap;
use std::sync::Arc;

/// The places of resources.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// For each file, the texts of its resources by their starts, each with the number of the resource.
    texts: HashMap<FileId, Vec<(Span, u32)>>,
    /// The same for the documents that contain them, since a comment above an object belongs to it, too.
    documents: HashMap<FileId, Vec<(Span, u32)>>,
}

impl Places {
    pub(super) fn of(resources: &[Arc<Resource>]) -> Self {
        let mut places = Self::default();
        for (number, resource) in resources.iter().enumerate() {
            for span in resource.manifest.root().extents() {
                places.texts.entry(span.file).or_default().push((span, number as u32));
            }
            let document = resource.manifest.document();
            if !document.is_composed() {
                let span = document.span();
                places.documents.entry(span.file).or_default().push((span, number as u32));
            }
        }
        for spans in places.texts.values_mut().chain(places.documents.values_mut()) {
            spans.sort_unstable_by_key(|&(span, number)| (span.start, std::cmp::Reverse((span.end, number))));
        }
        places
    }

    /// The number of the resource whose text contains `span`; of several, the one that begins last.
    pub(super) fn at(&self, span: Span) -> Option<usize> {
        [&self.texts, &self.documents].into_iter().find_map(|places| {
            let texts = places.get(&span.file)?;
            let behind = texts.partition_point(|(text, _)| text.start <= span.start);
            let around = texts[..behind].iter().rev().find(|(text, _)| text.contains(span));
            around.map(|(_, number)| *number as usize)
        })
    }
}
