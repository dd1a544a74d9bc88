//! Converts `ImageContentSourcePolicy` objects to `ImageDigestMirrorSet`, in place and in whole files.
//!
//! If kustomizations include the object, other texts may refer to it: targets and patches name its kind, and patches and
//! replacements name its list. All of these references change, in every build that reads the object. Each of these builds is
//! then tried again with the new texts, and has to give the same objects, apart from the new kind. If one does not, no fix
//! is offered, and the reason is reported.

mod edits;
pub mod found;
mod groups;
mod mentions;
pub mod migrate;
mod replaced;
mod trial;

use crate::finding::{Fix, Safety};
use crate::model::Resource;
use crate::placement::{Applied, Repository};
use crate::read::crd::{Kind, MirrorKind, MirrorSet, Typed};
use crate::source::{FileId, Sources, Span};
pub use found::Conversions;
use groups::{Build, Group};
use mentions::Mentions;
pub use replaced::{ReplacedBy, Replacements};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Beyond so many edits in all, only the first object of a group has the fix for the group.
const MAX_EDITS: usize = 20_000;
/// At most so many builds are tried.
const MAX_TRIALS: usize = 20_000;
/// Groups that the same builds read are tried together. If that fails, at most so many of them are tried one by one.
const MAX_APART: usize = 8;

/// The conversion of an object, or the reason why there is none.
type Conversion = Result<Fix, String>;

/// The inputs: the files, and what is applied of them.
#[derive(Clone, Copy)]
struct Stage<'s, 'i> {
    repository: &'s Repository<'i>,
    applied: &'s Applied,
}

impl Conversions {
    /// Finds the conversions of the `applied` objects of the old kind. Texts that refer to them join `sources`.
    pub fn find(applied: &Applied, repository: &Repository<'_>, sources: &mut Sources) -> Self {
        let mut found = Self::default();
        let old = || applied.resources().filter(|resource| is_old(resource));
        let objects: BTreeSet<Span> = old().map(Resource::span).collect();
        if objects.is_empty() {
            return found;
        }
        let stage = Stage { repository, applied };
        let builds = groups::builds(&objects, stage);
        let mut trials = 0;
        for together in groups::buckets(groups::of(&builds)) {
            let [first, ..] = &together[..] else { continue };
            trials += first.builds.len();
            let refused = (trials > MAX_TRIALS).then(|| "too many builds read it to try them all".to_owned());
            let refused =
                refused.or_else(|| first.builds.iter().find_map(|build| builds[*build].refusal.clone()));
            if let Some(why) = refused {
                let objects = together.iter().flat_map(|group| &group.objects);
                found.built.extend(objects.map(|object| (*object, Err(why.clone()))));
                continue;
            }
            let all: Vec<Conversion> = together.iter().map(|group| group.fix(&builds, stage)).collect();
            found.built.extend(tried(&together, &all, &builds, stage));
        }
        let change = builds.iter().flat_map(|build| build.words.keys().copied()).collect();
        let mentions = Mentions::of(&objects, &change, repository);
        for resource in old() {
            if let Some(mention) = mentions.of_name(resource.name()) {
                found.mentions.insert(resource.name().to_owned(), mention);
            }
        }
        let speaking: BTreeSet<FileId> = found.mentions.values().map(|mention| mention.file).collect();
        repository.keep(speaking, sources);
        found
    }

    /// The fix that converts an `ImageContentSourcePolicy` to an `ImageDigestMirrorSet`, with everything that refers to it
    /// by its kind; or the reason why there is none, if that is known.
    pub fn of(&self, resource: &Resource) -> Result<Fix, Option<String>> {
        let fix = match (self.built(resource.span()), &resource.typed) {
            (Some(found), _) => found.clone().map_err(Some)?,
            (None, Typed::Mirrors(set)) => edits::of_object(resource, set).ok_or(None)?,
            _ => return Err(None),
        };
        let safety = if self.mention(resource.name()).is_some() { Safety::Unsafe } else { fix.safety };
        Ok(Fix { safety, ..fix })
    }
}

/// The `ImageDigestMirrorSet` that is equivalent to an `ImageContentSourcePolicy`.
pub fn as_new_kind(resource: &Resource) -> Option<Arc<Resource>> {
    let Typed::Mirrors(set) = &resource.typed else { return None };
    let typed = Typed::Mirrors(MirrorSet { kind: MirrorKind::Digest, ..set.clone() });
    Some(Arc::new(Resource::new(resource.manifest.clone(), typed, Vec::new(), resource.carrier.clone())))
}

fn is_old(resource: &Resource) -> bool {
    resource.kind() == Some(Kind::Mirrors(MirrorKind::Icsp))
}

/// The fixes of groups that the same builds read, after they were tried.
fn tried(
    together: &[Group],
    fixes: &[Conversion],
    builds: &[Build],
    stage: Stage<'_, '_>,
) -> Vec<(Span, Conversion)> {
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
        let conversion = fix.clone().and_then(|fix| {
            tried?;
            Ok(Fix { is_tried: true, ..fix })
        });
        let costs = conversion.as_ref().map_or(0, |fix| fix.edits.len() * group.objects.len());
        for (number, object) in group.objects.iter().enumerate() {
            let conversion = if costs > MAX_EDITS && number > 0 {
                Err("it comes with that of another object, since many change together".to_owned())
            } else {
                conversion.clone()
            };
            found.push((*object, conversion));
        }
    }
    found
}
