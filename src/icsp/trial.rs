//! Repeats builds with new texts.

use super::groups::text;
use super::{Stage, edits};
use crate::finding::{self, Edit};
use crate::kustomize::{self, Built, ChartCall, Charts, Files, RenderedChart};
use crate::machine::budget::Bounded;
use crate::machine::threads;
use crate::model::Resource;
use crate::placement::{self, Repository};
use crate::read::carrier;
use crate::read::discover::shown;
use crate::read::manifest::Manifest;
use crate::source::{FileId, Span};
use crate::yaml::{self, Documents};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether the builds of `roots` give the same objects with `edits`, apart from the `objects` themselves, which have the new
/// kind. Otherwise, the reason.
pub(super) fn run(
    objects: &BTreeSet<Span>,
    mut edits: Vec<Edit>,
    roots: &[&str],
    stage: Stage<'_, '_>,
) -> Result<(), String> {
    edits.sort();
    edits.dedup();
    let edited = Edited::of(&edits, stage.repository);
    let cache = stage.applied.new_cache();
    let tried = threads::map(roots, |_, root| {
        let old = kustomize::build(root, stage.repository, stage.applied.cache()).ok()?;
        let new = kustomize::build(root, &edited, &cache).ok()?;
        compare(objects, &Side::of(&old, stage.repository), &Side::of(&new, &edited))
    });
    for (root, tried) in roots.iter().zip(tried) {
        let shown = shown(root);
        let failed = || format!("`{shown}` changes it in a way that the conversion cannot follow");
        tried.ok_or_else(failed)?;
    }
    Ok(())
}

/// The output of a build, with the files that it read.
struct Side<'b> {
    manifests: Vec<Manifest>,
    built: &'b Built,
    files: &'b dyn Bounded,
}

impl<'b> Side<'b> {
    fn of(built: &'b Built, files: &'b dyn Bounded) -> Self {
        Self { manifests: Manifest::of_build(built.objects.clone()), built, files }
    }

    fn generates(&self, index: usize) -> bool {
        self.built.generators.iter().any(|(number, _)| *number == index)
    }

    /// The numbers of the objects in the order of the texts.
    fn sorted(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.manifests.len()).collect();
        order.sort_by_key(|&index| {
            let manifest = &self.manifests[index];
            (manifest.root().span(), manifest.name().to_owned())
        });
        order
    }
}

fn compare(objects: &BTreeSet<Span>, old: &Side<'_>, new: &Side<'_>) -> Option<()> {
    let (first, second) = (old.sorted(), new.sorted());
    if first.len() != second.len() {
        return None;
    }
    for (one, other) in first.into_iter().zip(second) {
        let (before, after) = (old.manifests[one].root(), new.manifests[other].root());
        // Two carriers are compared by their contents.
        let carries =
            objects.range(before.span()..).next().is_some_and(|object| before.span().contains(*object));
        if !carries && !old.generates(one) && !yaml::says_same(before, after) {
            return None;
        }
    }
    let (old, new) = (resources(old), resources(new));
    if old.len() != new.len() {
        return None;
    }
    for (old, new) in old.iter().zip(&new) {
        if objects.contains(&old.span()) && edits::is_of(old, new) && edits::has_same_rest(old, new) {
            // A patch adds a policy, which the server has dropped so far.
            if edits::has_policy(new) {
                return None;
            }
        } else if !yaml::says_same(old.manifest.root(), new.manifest.root()) {
            return None;
        }
    }
    Some(())
}

/// The image configuration in the output of a build, in the order of the texts.
fn resources(side: &Side<'_>) -> Vec<Resource> {
    let carried = carrier::unwrap(side.manifests.clone(), side.files).into_iter();
    let read = carried.filter_map(|carried| Resource::read(carried.manifest, carried.carrier));
    let mut ours: Vec<Resource> = read.filter(Resource::is_image_configuration).collect();
    ours.sort_by_key(|resource| (resource.span(), resource.name().to_owned()));
    ours
}

/// The files of the repository with the new texts instead of those that change.
struct Edited<'s> {
    files: &'s Repository<'s>,
    texts: BTreeMap<FileId, Arc<str>>,
}

impl<'s> Edited<'s> {
    fn of(edits: &[Edit], repository: &'s Repository<'_>) -> Self {
        let texts = finding::by_file(edits).filter_map(|(file, edits)| {
            Some((file, finding::apply_edits(&text(file, repository)?, edits).into()))
        });
        Self { files: repository, texts: texts.collect() }
    }
}

impl Bounded for Edited<'_> {}

impl Charts for Edited<'_> {
    fn render(&self, chart: &ChartCall) -> kustomize::Result<RenderedChart> {
        // Edits change only the values of a chart, not the chart itself.
        placement::render_chart(chart, self.files)
    }
}

impl Files for Edited<'_> {
    fn find(&self, path: &str) -> kustomize::Found {
        match self.files.find(path) {
            kustomize::Found::File { path, id, text } => {
                let text = self.texts.get(&id).cloned().unwrap_or(text);
                kustomize::Found::File { path, id, text }
            }
            other => other,
        }
    }

    fn entries(&self, path: &str) -> Vec<String> {
        self.files.entries(path)
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.files.name(id)
    }

    fn charts(&self) -> Option<&dyn Charts> {
        Some(self)
    }

    fn documents(&self, id: FileId) -> Option<Arc<Documents>> {
        if self.texts.contains_key(&id) { None } else { self.files.documents(id) }
    }
}
