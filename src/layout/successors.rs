//! What makes an `ImageDigestMirrorSet` of an `ImageContentSourcePolicy` that builds change.
//!
//! The text of the object is not all: targets and patches call it by its kind, and patches and replacements name the list
//! in it. All of these words are changed, in every build that comes to the object. Whether that is right is not argued
//! but tried: each of these builds is made again, with the new texts, and has to give the same with the new kind. Where one
//! does not, no change is offered.

use super::Stage;
use super::units::{Found, Units};
use crate::carrier;
use crate::crd::{Kind, MirrorKind, Typed};
use crate::fix::{self, Edit, Fix, Safety};
use crate::kustomize::{self, Files};
use crate::manifest::{Form, Manifest};
use crate::model::{Origin, Resource};
use crate::openshift::MIRROR_SETS;
use crate::source::{FileId, Span};
use crate::successor;
use crate::threads;
use crate::yaml::edit::Editor;
use crate::yaml::{self, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Beyond so many edits in all, only the first object of a group carries the change of all of them.
const MAX_EDITS: usize = 20_000;

/// Tells the objects that builds change what makes their successors of them.
pub(super) fn find(units: &Units, stage: &Stage<'_, '_>) {
    let refused = units.refused.iter().map(|root| Words::of(root, stage)).filter(|words| words.speak);
    let refused: BTreeSet<FileId> = refused.flat_map(|words| words.objects).collect();
    let builds = units.found.iter().filter_map(|unit| Build::of(unit, &refused, stage));
    let builds: Vec<Build<'_>> = builds.collect();
    for group in groups(&builds) {
        let is_clear = group.objects.iter().all(|object| !refused.contains(&object.file))
            && group.builds.iter().all(|build| !build.unit.is_patched);
        let fix = if is_clear { group.fix(stage) } else { None };
        let costs = fix.as_ref().map_or(0, |fix| fix.edits.len() * group.objects.len());
        let first = group.objects.first().copied();
        for resource in units.found.iter().flat_map(Found::resources) {
            let span = resource.span();
            if is_old(resource) && group.objects.contains(&span) {
                let fix = fix.as_ref().filter(|_| costs <= MAX_EDITS || Some(span) == first);
                let _ = resource.built_successor.set(fix.cloned());
            }
        }
    }
}

fn is_old(resource: &Resource) -> bool {
    resource.kind() == Some(Kind::Mirrors(MirrorKind::Icsp))
}

/// The texts of a build that say how objects are changed.
#[derive(Default)]
struct Words {
    /// The edits of each text in which there are some; `None` for one that cannot be edited.
    edits: BTreeMap<FileId, Option<Vec<Edit>>>,
    /// Whether they speak of one of the two kinds.
    speak: bool,
    /// The files with the objects of the build.
    objects: Vec<FileId>,
}

impl Words {
    fn of(root: &str, stage: &Stage<'_, '_>) -> Self {
        let Stage { repository, graph, .. } = *stage;
        let kustomizations =
            graph.directories_of(root).into_iter().map(|name| repository.kustomization(name));
        let changes = graph.changes_of(root).into_iter().map(str::to_owned);
        let mut words = Self::default();
        for name in kustomizations.chain(changes) {
            let kustomize::Found::File { id, text, .. } = repository.find(&name) else { continue };
            if !successor::may_speak_of(&text) {
                continue;
            }
            words.speak = true;
            let edits = successor::of_words(id, &text);
            if edits.as_ref().is_none_or(|edits| !edits.is_empty()) {
                words.edits.insert(id, edits);
            }
        }
        let objects = graph.resources_of(root).into_iter();
        words.objects = objects.filter_map(|name| repository.id(name)).collect();
        words
    }
}

/// A build with objects of the old kind.
struct Build<'u> {
    unit: &'u Found,
    root: &'u str,
    objects: BTreeSet<Span>,
    words: Words,
    /// Whether the text of the objects is not all that there is to change.
    is_more: bool,
}

impl<'u> Build<'u> {
    fn of(unit: &'u Found, refused: &BTreeSet<FileId>, stage: &Stage<'_, '_>) -> Option<Self> {
        let Origin::Kustomization(root) = &unit.unit.origin else { return None };
        let old = || unit.resources().filter(|resource| is_old(resource));
        let objects: BTreeSet<Span> = old().map(Resource::span).collect();
        if objects.is_empty() {
            return None;
        }
        let words = Words::of(root, stage);
        let is_more = words.speak
            || unit.is_patched
            || objects.iter().any(|object| refused.contains(&object.file))
            || old().any(|resource| resource.manifest.document().is_composed());
        Some(Self { unit, root, objects, words, is_more })
    }

    /// Whether the same build with new texts gives the same, but for the `objects`, which have the new kind; and
    /// then, whether a policy comes into force with that.
    fn try_with(
        &self,
        objects: &BTreeSet<Span>,
        files: &Edited<'_>,
        cache: &kustomize::Cache,
    ) -> Option<Safety> {
        let built = kustomize::build(self.root, files, cache).ok()?;
        let carried = carrier::unwrap(built.manifests, files).into_iter();
        let new: Vec<Resource> =
            carried.filter_map(|carried| Resource::read(carried.manifest, carried.carrier)).collect();
        let ours = |resource: &&Resource| resource.is_image_configuration();
        let mut old: Vec<&Resource> = self.unit.resources().filter(ours).collect();
        let mut new: Vec<&Resource> = new.iter().filter(ours).collect();
        for list in [&mut old, &mut new] {
            list.sort_by_key(|resource| (resource.span(), resource.identity()));
        }
        if old.len() != new.len() {
            return None;
        }
        let mut safety = Safety::Safe;
        for (old, new) in old.into_iter().zip(new) {
            if !objects.contains(&old.span()) {
                if !yaml::says_same(old.manifest.root(), new.manifest.root()) {
                    return None;
                }
            } else if !successor::is_of(old, new) {
                return None;
            } else if successor::has_policy(new) {
                safety = Safety::Unsafe;
            }
        }
        Some(safety)
    }
}

/// Objects that can only change together.
#[derive(Default)]
struct Group<'b> {
    objects: BTreeSet<Span>,
    /// The texts that speak of them.
    texts: BTreeSet<FileId>,
    builds: Vec<&'b Build<'b>>,
}

/// Objects are tied together by the builds in which there is more to change than their text, and by the texts that it is in.
fn groups<'b>(builds: &'b [Build<'b>]) -> Vec<Group<'b>> {
    let mut groups: Vec<Group<'b>> = Vec::new();
    for build in builds.iter().filter(|build| build.is_more) {
        let texts = build.words.edits.keys().copied().collect();
        let mut group = Group { objects: build.objects.clone(), texts, builds: Vec::new() };
        for other in groups.extract_if(.., |other| {
            !other.objects.is_disjoint(&build.objects)
                || build.words.edits.keys().any(|text| other.texts.contains(text))
        }) {
            group.objects.extend(other.objects);
            group.texts.extend(other.texts);
        }
        groups.push(group);
    }
    for group in &mut groups {
        group.builds = builds.iter().filter(|build| !build.objects.is_disjoint(&group.objects)).collect();
    }
    groups
}

impl Group<'_> {
    /// The change of all of it.
    fn fix(&self, stage: &Stage<'_, '_>) -> Option<Fix> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut safety = Safety::Safe;
        for object in &self.objects {
            let written = written(*object, stage)?;
            let Typed::Mirrors(set) = &written.typed else { return None };
            let fix = successor::of_object(&written, set)?;
            safety = safety.max(fix.safety);
            edits.extend(fix.edits);
        }
        let files: BTreeSet<FileId> = self.objects.iter().map(|object| object.file).collect();
        let of_words = self.builds.iter().flat_map(|build| &build.words.edits);
        for (_, words) in of_words.filter(|(file, _)| !files.contains(file)) {
            edits.extend(words.iter().flatten().cloned());
            words.as_ref()?;
        }
        let title = if self.objects.len() > 1 { TOGETHER } else { successor::TITLE };
        let fix = Fix::of(title, safety, edits.into_iter().map(Some))?;
        let edited = Edited::of(&fix, stage);
        let cache = stage.graph.cache();
        let tried = threads::map(&self.builds, |_, build| build.try_with(&self.objects, &edited, &cache));
        let safety = tried.into_iter().try_fold(fix.safety, |safety, tried| Some(safety.max(tried?)))?;
        Some(Fix { safety, ..fix }.since(MIRROR_SETS))
    }
}

const TOGETHER: &str = "make this and what is patched with it ImageDigestMirrorSets";

/// An object as it stands in its file.
fn written(span: Span, stage: &Stage<'_, '_>) -> Option<Resource> {
    let mut found = None;
    yaml::parse(span.file, &text(span.file, stage)?, |parsed| {
        let Ok(document) = parsed.map(Arc::new) else { return };
        if let Some(index) = Editor::new(&document).find(span).map(Node::index) {
            found = Resource::read(Manifest::new(document, index, Form::Applied), None);
        }
    });
    found.filter(is_old)
}

fn text(file: FileId, stage: &Stage<'_, '_>) -> Option<Arc<str>> {
    match stage.repository.find(&stage.repository.name_of(file)?) {
        kustomize::Found::File { text, .. } => Some(text),
        _ => None,
    }
}

/// The files of the repository with the new texts in place of those that change.
struct Edited<'s> {
    files: &'s dyn Files,
    texts: BTreeMap<FileId, Arc<str>>,
}

impl<'s> Edited<'s> {
    fn of(fix: &Fix, stage: &Stage<'s, '_>) -> Self {
        let by_file = fix.edits.chunk_by(|a, b| a.span.file == b.span.file);
        let texts = by_file.filter_map(|edits| {
            let file = edits[0].span.file;
            Some((file, fix::apply_edits(&text(file, stage)?, edits).into()))
        });
        Self { files: stage.repository, texts: texts.collect() }
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
}
