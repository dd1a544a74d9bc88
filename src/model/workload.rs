//! Workloads: objects that name images, without the rest of their text.

use super::resource::{Identity, identity};
use crate::read::manifest::Manifest;
use crate::read::workload::{ImageUse, Kinds};
use crate::source::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// The kind whose objects images may be called by.
pub const IMAGE_STREAM: &str = "ImageStream";

/// An object and the images that it names.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is called.
    pub identity: Identity,
    /// The images; none for an image stream that others may look names up in.
    pub images: Vec<ImageUse>,
}

impl Workload {
    /// Reads a manifest; `None` when nothing of it matters for images.
    pub fn read(manifest: &Manifest, kinds: &Kinds) -> Option<Self> {
        let images = kinds.images(manifest.root());
        let identity = identity(manifest);
        let is_stream = identity.kind == IMAGE_STREAM && kinds.know(manifest.root());
        (is_stream || !images.is_empty()).then_some(Self { identity, images })
    }
}

/// How many images of workloads are held against the configuration of clusters. An image is a text of the repository, and
/// counts once however many clusters it reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageCounts {
    /// Images that some cluster's configuration is asked for.
    pub held: usize,
    /// The clusters whose configuration is asked.
    pub clusters: usize,
    /// Images that no cluster's configuration is asked for.
    pub unheld: usize,
}

/// A text of a workload.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadPlace<'c> {
    /// The workload.
    pub workload: &'c Workload,
    /// The path of the field.
    pub field: &'c str,
    /// The text of a base that it took the place of.
    pub replaced: Option<Span>,
}

/// Where the texts of workloads stand: of those of one place the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(HashMap<Span, (u32, u32)>);

impl Uses {
    pub(super) fn of(workloads: &[(Arc<Workload>, u32)]) -> Self {
        let mut uses = HashMap::new();
        for (number, (workload, _)) in workloads.iter().enumerate() {
            for (index, image) in workload.images.iter().enumerate() {
                let secrets = image.pull_secrets.as_ref().map(|secrets| secrets.span);
                for span in [Some(image.image.span), secrets].into_iter().flatten() {
                    uses.entry(span).or_insert((number as u32, index as u32));
                }
            }
        }
        Self(uses)
    }

    /// The number of the workload, and that of its image.
    pub(super) fn at(&self, span: Span) -> Option<(usize, usize)> {
        self.0.get(&span).map(|(number, index)| (*number as usize, *index as usize))
    }
}

/// What is known of the text at `span` of one of a workload's images.
pub(super) fn place(workload: &Workload, index: usize, span: Span) -> WorkloadPlace<'_> {
    let image = &workload.images[index];
    match &image.pull_secrets {
        Some(secrets) if secrets.span == span => {
            WorkloadPlace { workload, field: &secrets.field, replaced: None }
        }
        _ => WorkloadPlace { workload, field: &image.field, replaced: image.replaced },
    }
}
