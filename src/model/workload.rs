//! Workloads: objects that name images, without the rest of their text.

use super::resource::{Identity, identity};
use crate::read::manifest::Manifest;
use crate::read::workload::{ImageUse, Kinds};
use crate::source::Span;
use std::sync::Arc;

/// The kind that lets other objects use its name as an image.
pub const IMAGE_STREAM: &str = "ImageStream";

/// An object and the images that it names.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its kind, namespace and name.
    pub identity: Arc<Identity>,
    /// The images. An image stream without images is kept, since its name may be used as an image.
    pub images: Vec<ImageUse>,
}

impl Workload {
    /// Reads a manifest; `None` if it does not matter for images.
    pub fn read(manifest: &Manifest, kinds: &Kinds) -> Option<Self> {
        let images = kinds.images(manifest.root());
        let identity = identity(manifest);
        let is_stream = identity.kind == IMAGE_STREAM && kinds.know(manifest.root());
        (is_stream || !images.is_empty()).then_some(Self { identity, images })
    }
}

/// How many images of workloads are checked against the configuration of clusters. An image is a text in the repository, and
/// counts once, however many clusters it reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageCounts {
    /// Images that are checked against the configuration of a cluster.
    pub held: usize,
    /// The clusters whose configuration is used.
    pub clusters: usize,
    /// Images that reach no cluster with image configuration.
    pub unheld: usize,
}

/// A text of a workload.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadPlace<'c> {
    /// The workload.
    pub workload: &'c Workload,
    /// The path of the field.
    pub field: &'c str,
    /// The text of a base that it replaces.
    pub replaced: Option<Span>,
}

/// The texts of workloads in the order of their places, each with the numbers of its workload and of its image; of several
/// at one place, the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(Vec<(Span, u32, u32)>);

impl Uses {
    pub(super) fn of(workloads: &[(Arc<Workload>, u32)]) -> Self {
        let mut uses = Vec::with_capacity(workloads.len());
        for (number, (workload, _)) in workloads.iter().enumerate() {
            for (index, image) in workload.images.iter().enumerate() {
                let secrets = image.pull_secrets.as_ref().map(|secrets| secrets.span);
                for span in [Some(image.image.span), secrets].into_iter().flatten() {
                    uses.push((span, number as u32, index as u32));
                }
            }
        }
        uses.sort_unstable();
        uses.dedup_by_key(|(span, _, _)| *span);
        Self(uses)
    }

    /// The numbers of the workload and of its image.
    pub(super) fn at(&self, span: Span) -> Option<(usize, usize)> {
        let at = self.0.binary_search_by_key(&span, |(span, _, _)| *span).ok()?;
        let (_, number, index) = self.0[at];
        Some((number as usize, index as usize))
    }
}

/// The field of a workload's image whose text is at `span`.
pub(super) fn place(workload: &Workload, index: usize, span: Span) -> WorkloadPlace<'_> {
    let image = &workload.images[index];
    match &image.pull_secrets {
        Some(secrets) if secrets.span == span => {
            WorkloadPlace { workload, field: &secrets.field, replaced: None }
        }
        _ => WorkloadPlace { workload, field: &image.field, replaced: image.replaced },
    }
}
