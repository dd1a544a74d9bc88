//! Groups objects that have to change together, with the edits of each group.

use super::{Conversion, Stage, edits, is_old};
use crate::finding::{Edit, Fix, Safety};
use crate::kustomize::{self, Files};
use crate::model::Resource;
use crate::openshift::MIRROR_SETS;
use crate::placement::{AppliedBuild, Repository};
use crate::read::crd::Typed;
use crate::read::discover::shown;
use crate::read::manifest::{Form, Manifest};
use crate::source::{FileId, Span};
use crate::yaml::edit::Editor;
use crate::yaml::{self, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TOGETHER: &str = "make this and what is patched with it ImageDigestMirrorSets";

/// A kustomization that somebody applies, and that reads objects of the old kind.
pub(super) struct Build {
    pub(super) root: String,
    objects: BTreeSet<Span>,
    /// The edits of each text that describes changes to objects; `None` for a text that cannot be edited.
    pub(super) words: BTreeMap<FileId, Option<Vec<Edit>>>,
    /// The reason why its output is unknown.
    pub(super) refusal: Option<String>,
    /// Whether a part of it is left out.
    is_incomplete: bool,
}

/// The builds that read any of these objects.
pub(super) fn builds(objects: &BTreeSet<Span>, stage: Stage<'_, '_>) -> Vec<Build> {
    let Stage { repository, applied } = stage;
    let mut by_file: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    for object in objects {
        by_file.entry(object.file).or_default().push(*object);
    }
    let read = applied.builds().filter_map(|build| {
        let beside = |name: &str| match repository.find(name) {
            kustomize::Found::File { id, .. } => Some(id),
            _ => None,
        };
        let ids = build.objects.iter().filter_map(|name| repository.id(name).or_else(|| beside(name)));
        let mut objects: BTreeSet<Span> = ids.filter_map(|id| by_file.get(&id)).flatten().copied().collect();
        // No kustomization names objects that come from a generator or a carrier.
        objects.extend(build.resources().filter(|resource| is_old(resource)).map(Resource::span));
        if objects.is_empty() {
            return None;
        }
        let shown = shown(build.directory);
        let refusal = if build.is_refused {
            Some(format!("`{shown}` cannot be built, so it is not known what it changes"))
        } else {
            build.is_patched.then(|| format!("an Application patches the output of `{shown}`"))
        };
        Some(Build {
            root: build.directory.to_owned(),
            objects,
            words: words(&build, repository),
            refusal,
            is_incomplete: build.is_incomplete,
        })
    });
    read.collect()
}

/// The edits of a build's texts that describe changes to objects, if there are any.
fn words(build: &AppliedBuild<'_>, repository: &Repository<'_>) -> BTreeMap<FileId, Option<Vec<Edit>>> {
    let read = build.changes(repository).into_iter().filter_map(|name| {
        let kustomize::Found::File { id, text, .. } = repository.find(&name) else { return None };
        let edits = edits::of_words(id, &text);
        edits.as_ref().is_none_or(|edits| !edits.is_empty()).then_some((id, edits))
    });
    read.collect()
}

/// Objects that can only change together, with the numbers of the builds that read any of them.
#[derive(Default)]
pub(super) struct Group {
    pub(super) objects: BTreeSet<Span>,
    /// The texts that refer to them.
    texts: BTreeSet<FileId>,
    pub(super) builds: Vec<usize>,
}

/// Two objects are in one group if a text refers to both.
pub(super) fn of(builds: &[Build]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut tie = |objects: BTreeSet<Span>, texts: BTreeSet<FileId>| {
        let mut group = Group { objects, texts, builds: Vec::new() };
        let met = groups.extract_if(.., |other| {
            !other.objects.is_disjoint(&group.objects) || !other.texts.is_disjoint(&group.texts)
        });
        for other in met.collect::<Vec<_>>() {
            group.objects.extend(other.objects);
            group.texts.extend(other.texts);
        }
        groups.push(group);
    };
    for build in builds {
        if build.words.is_empty() {
            build.objects.iter().for_each(|object| tie(BTreeSet::from([*object]), BTreeSet::new()));
        } else {
            tie(build.objects.clone(), build.words.keys().copied().collect());
        }
    }
    for group in &mut groups {
        let reads = |(_, build): &(usize, &Build)| !build.objects.is_disjoint(&group.objects);
        group.builds = builds.iter().enumerate().filter(reads).map(|(number, _)| number).collect();
    }
    groups
}

/// Groups that the same builds read, combined.
pub(super) fn buckets(groups: Vec<Group>) -> Vec<Vec<Group>> {
    let mut buckets: BTreeMap<(Vec<usize>, bool), Vec<Group>> = BTreeMap::new();
    for group in groups {
        buckets.entry((group.builds.clone(), group.texts.is_empty())).or_default().push(group);
    }
    buckets.into_values().collect()
}

impl Group {
    /// The conversion of the whole group, before it is tried.
    pub(super) fn fix(&self, builds: &[Build], stage: Stage<'_, '_>) -> Conversion {
        let in_the_way = |file: FileId| {
            let name = stage.repository.name_of(file).unwrap_or_default();
            format!(
                "something in `{name}` cannot be edited: a comment, an anchor or a text in quotes is in the way"
            )
        };
        let mut edits: Vec<Edit> = Vec::new();
        // If only a part of the repository is read, other parts may read the object, too.
        let mut safety = if stage.repository.is_part() { Safety::Unsafe } else { Safety::Safe };
        let mut changes_nodes = false;
        for object in &self.objects {
            let fix = written(*object, stage.repository).and_then(|written| match &written.typed {
                Typed::Mirrors(set) => edits::of_object(&written, set),
                _ => None,
            });
            let fix = fix.ok_or_else(|| in_the_way(object.file))?;
            safety = safety.max(fix.safety);
            changes_nodes |= fix.changes_nodes;
            edits.extend(fix.edits);
        }
        let files: BTreeSet<FileId> = self.objects.iter().map(|object| object.file).collect();
        for build in self.builds.iter().map(|build| &builds[*build]) {
            // The same references may exist in the part that is left out, or that part may change the object.
            if build.is_incomplete {
                safety = Safety::Unsafe;
            }
            for (file, words) in build.words.iter().filter(|(file, _)| !files.contains(file)) {
                edits.extend(words.clone().ok_or_else(|| in_the_way(*file))?);
            }
        }
        let title = if self.objects.len() > 1 { TOGETHER } else { edits::TITLE };
        let fix = Fix::of(title, safety, edits.into_iter().map(Some));
        let fix = fix.ok_or_else(|| "its edits would cross each other".to_owned())?;
        Ok(Fix { changes_nodes, ..fix.since(MIRROR_SETS) })
    }
}

/// An object as it stands in its file.
fn written(span: Span, repository: &Repository<'_>) -> Option<Resource> {
    let mut found = None;
    yaml::parse_stream(span.file, &text(span.file, repository)?, |parsed| {
        let Ok(document) = parsed.map(Arc::new) else { return };
        if let Some(index) = Editor::new(&document).find(span).map(Node::index) {
            found = Resource::read(Manifest::new(document, index, Form::Applied), None);
        }
    });
    found.filter(is_old)
}

/// The text of a file of the repository.
pub(super) fn text(file: FileId, repository: &Repository<'_>) -> Option<Arc<str>> {
    match repository.find(&repository.name_of(file)?) {
        kustomize::Found::File { text, .. } => Some(text),
        _ => None,
    }
}
