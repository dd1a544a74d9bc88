//! What makes an `ImageDigestMirrorSet` of an `ImageContentSourcePolicy` that kustomizations include.
//!
//! The text of the object may not be all: targets and patches call it by its kind, and patches and replacements name the
//! list in it. All of these words are changed, in every build that reads the object. Whether that is right is not argued
//! but tried: each of these builds is made again, with the new texts, and has to give the same objects, but for the new
//! kind. Where one does not, no change is offered, and the reason is told.

mod mentions;
mod trial;

use super::found::Found;
use super::stage::Stage;
use super::units::Units;
use crate::finding::{Edit, Fix, Safety};
use crate::icsp::edits;
use crate::kustomize::{self, Files};
use crate::model::{Origin, Resource};
use crate::openshift::MIRROR_SETS;
use crate::read::crd::{Kind, MirrorKind, Typed};
use crate::read::discover::shown;
use crate::read::manifest::{Form, Manifest};
use crate::source::{FileId, Span};
use crate::yaml::edit::Editor;
use crate::yaml::{self, Node};
use mentions::Mentions;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Beyond so many edits in all, only the first object of a group carries the change of all of them.
const MAX_EDITS: usize = 20_000;
/// So many builds are tried in all.
const MAX_TRIALS: usize = 20_000;
/// Groups that the same builds read are tried together; where that fails, so many of them one by one.
const MAX_APART: usize = 8;

const TOGETHER: &str = "make this and what is patched with it ImageDigestMirrorSets";

/// The change of an object, or why there is none.
type Successor = Result<Fix, String>;

/// Tells the objects that kustomizations include what makes their successors of them, and all of them who else speaks of
/// them. Returns the files that speak of them.
pub(super) fn find(units: &Units, stage: &Stage<'_, '_>) -> BTreeSet<FileId> {
    let old = || units.found.iter().flat_map(Found::resources).filter(|resource| is_old(resource));
    let objects: BTreeSet<Span> = old().map(Resource::span).collect();
    if objects.is_empty() {
        return BTreeSet::new();
    }
    let builds = builds(&objects, units, stage);
    let mut found: BTreeMap<Span, Successor> = BTreeMap::new();
    let mut trials = 0;
    for together in buckets(groups(&builds)) {
        let [first, ..] = &together[..] else { continue };
        trials += first.builds.len();
        let refused = if trials > MAX_TRIALS {
            Some("too many builds read it to try them all".to_owned())
        } else {
            None
        };
        let refused =
            refused.or_else(|| first.builds.iter().find_map(|build| builds[*build].refusal.clone()));
        if let Some(why) = refused {
            let objects = together.iter().flat_map(|group| &group.objects);
            found.extend(objects.map(|object| (*object, Err(why.clone()))));
            continue;
        }
        let all: Vec<Successor> = together.iter().map(|group| group.fix(&builds, stage)).collect();
        for (object, successor) in tried(&together, &all, &builds, stage) {
            found.insert(object, successor);
        }
    }
    for resource in old() {
        if let Some(successor) = found.get(&resource.span()) {
            let _ = resource.built_successor.set(successor.clone());
        }
    }
    let change = builds.iter().flat_map(|build| build.words.keys().copied()).collect();
    let mentions = Mentions::of(&objects, &change, stage);
    let spoken_of = old().filter_map(|resource| {
        let mention = mentions.of_name(resource.name())?;
        let _ = resource.mention.set(mention);
        Some(mention.file)
    });
    spoken_of.collect()
}

/// What trials leave of the fixes of groups that the same builds read.
fn tried(
    together: &[Group],
    fixes: &[Successor],
    builds: &[Build<'_>],
    stage: &Stage<'_, '_>,
) -> Vec<(Span, Successor)> {
    let try_all = |groups: &[(&Group, &Fix)]| {
        let objects = groups.iter().flat_map(|(group, _)| group.objects.iter().copied()).collect();
        let edits = groups.iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect();
        let read =
            groups.first().map(|(group, _)| group.builds.iter().map(|build| builds[*build].root.as_str()));
        trial::run(&objects, edits, &read.into_iter().flatten().collect::<Vec<_>>(), stage)
    };
    let ready: Vec<(&Group, &Fix)> =
        together.iter().zip(fixes).filter_map(|(group, fix)| Some((group, fix.as_ref().ok()?))).collect();
    let all_at_once = try_all(&ready);
    let mut found = Vec::new();
    for (group, fix) in together.iter().zip(fixes) {
        let tried = match (fix, &all_at_once) {
            (Err(why), _) => Err(why.clone()),
            (Ok(fix), Err(_)) if ready.len() > 1 && ready.len() <= MAX_APART => try_all(&[(group, fix)]),
            (Ok(_), tried) => tried.clone(),
        };
        let successor = fix.clone().and_then(|fix| {
            tried?;
            Ok(Fix { is_tried: true, ..fix })
        });
        let costs = successor.as_ref().map_or(0, |fix| fix.edits.len() * group.objects.len());
        for (number, object) in group.objects.iter().enumerate() {
            let successor = if costs > MAX_EDITS && number > 0 {
                Err("it comes with that of another object, since many change together".to_owned())
            } else {
                successor.clone()
            };
            found.push((*object, successor));
        }
    }
    found
}

fn is_old(resource: &Resource) -> bool {
    resource.kind() == Some(Kind::Mirrors(MirrorKind::Icsp))
}

/// A kustomization that somebody applies and that reads objects of the old kind.
struct Build<'u> {
    root: String,
    objects: BTreeSet<Span>,
    /// The edits of each text that says how objects are changed; `None` for one that cannot be edited.
    words: BTreeMap<FileId, Option<Vec<Edit>>>,
    /// Why nobody can tell what it makes.
    refusal: Option<String>,
    unit: Option<&'u Found>,
}

fn builds<'u>(objects: &BTreeSet<Span>, units: &'u Units, stage: &Stage<'_, '_>) -> Vec<Build<'u>> {
    let Stage { repository, graph, asked, .. } = *stage;
    let of_root: BTreeMap<&str, &Found> = units
        .found
        .iter()
        .filter_map(|unit| match &unit.unit.origin {
            Origin::Kustomization(root) => Some((root.as_str(), unit)),
            _ => None,
        })
        .collect();
    let mut by_file: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    for object in objects {
        by_file.entry(object.file).or_default().push(*object);
    }
    let roots: BTreeSet<&str> = graph.roots().into_iter().chain(asked.iter().map(String::as_str)).collect();
    let roots = roots.into_iter().filter(|root| !units.rendered.iter().any(|rendered| rendered == root));
    let read = roots.filter_map(|root| {
        let unit = of_root.get(root).copied();
        let beside = |name: &str| match repository.find(name) {
            kustomize::Found::File { id, .. } => Some(id),
            _ => None,
        };
        let names = graph.resources_of(root).into_iter();
        let ids = names.filter_map(|name| repository.id(name).or_else(|| beside(name)));
        let mut objects: BTreeSet<Span> = ids.filter_map(|id| by_file.get(&id)).flatten().copied().collect();
        // What a generator or a carrier reads is named by no kustomization.
        objects.extend(unit.into_iter().flat_map(Found::resources).filter(|r| is_old(r)).map(Resource::span));
        if objects.is_empty() {
            return None;
        }
        let shown = shown(root);
        let refusal = if units.refused.contains(root) {
            Some(format!("`{shown}` cannot be built, so nobody can tell what it changes"))
        } else {
            let patched = unit.is_some_and(|unit| unit.is_patched);
            patched.then(|| format!("an Application patches what `{shown}` makes"))
        };
        Some(Build { root: root.to_owned(), objects, words: words(root, stage), refusal, unit })
    });
    read.collect()
}

/// The edits of the texts of a build that say how objects are changed, where there are some.
fn words(root: &str, stage: &Stage<'_, '_>) -> BTreeMap<FileId, Option<Vec<Edit>>> {
    let Stage { repository, graph, .. } = *stage;
    let kustomizations = graph.directories_of(root).into_iter().map(|name| repository.kustomization(name));
    let changes = graph.changes_of(root).into_iter().map(str::to_owned);
    let read = kustomizations.chain(changes).filter_map(|name| {
        let kustomize::Found::File { id, text, .. } = repository.find(&name) else { return None };
        let edits = edits::of_words(id, &text);
        edits.as_ref().is_none_or(|edits| !edits.is_empty()).then_some((id, edits))
    });
    read.collect()
}

/// Objects that can only change together, and the numbers of the builds that read any of them.
#[derive(Default)]
struct Group {
    objects: BTreeSet<Span>,
    /// The texts that speak of them.
    texts: BTreeSet<FileId>,
    builds: Vec<usize>,
}

/// Objects are tied together by the texts that speak of them.
fn groups(builds: &[Build<'_>]) -> Vec<Group> {
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
        let reads = |(_, build): &(usize, &Build<'_>)| !build.objects.is_disjoint(&group.objects);
        group.builds = builds.iter().enumerate().filter(reads).map(|(number, _)| number).collect();
    }
    groups
}

/// Groups that the same builds read, together.
fn buckets(groups: Vec<Group>) -> Vec<Vec<Group>> {
    let mut buckets: BTreeMap<(Vec<usize>, bool), Vec<Group>> = BTreeMap::new();
    for group in groups {
        buckets.entry((group.builds.clone(), group.texts.is_empty())).or_default().push(group);
    }
    buckets.into_values().collect()
}

impl Group {
    /// The change of all of it, before it is tried.
    fn fix(&self, builds: &[Build<'_>], stage: &Stage<'_, '_>) -> Successor {
        let in_the_way = |file: FileId| {
            let name = stage.repository.name_of(file).unwrap_or_default();
            format!(
                "something in `{name}` cannot be edited: a comment, an anchor or a text in quotes is in the way"
            )
        };
        let mut edits: Vec<Edit> = Vec::new();
        // Of a part of the repository, nobody can tell who else reads it.
        let mut safety = if stage.repository.is_part() { Safety::Unsafe } else { Safety::Safe };
        let mut changes_nodes = false;
        for object in &self.objects {
            let fix = written(*object, stage).and_then(|written| match &written.typed {
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
            // What is left out of a build may be changed by the same words, or change the object itself.
            if build.unit.is_some_and(|unit| unit.unit.incomplete.is_some()) {
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
fn written(span: Span, stage: &Stage<'_, '_>) -> Option<Resource> {
    let mut found = None;
    yaml::parse_stream(span.file, &text(span.file, stage)?, |parsed| {
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
