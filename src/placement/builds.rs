//! Builds the kustomizations that are applied.

use super::built::Made;
use super::found::{self, Found};
use super::kept;
use super::patches;
use super::rendered::Traced;
use super::repository::Repository;
use super::stage::Stage;
use super::units::{Units, of_file};
use crate::kustomize::{self, Built, BuiltChart, Files};
use crate::machine::budget::{Bounded, Budget};
use crate::machine::guard;
use crate::machine::threads;
use crate::model::{BuildProblem, StandsAlone};
use crate::read::carrier;
use crate::read::crd::{self, Recognised};
use crate::read::manifest::{Broken, BrokenWhat, Manifest};
use crate::source::{FileId, Span};
use crate::yaml::edit::Texts;
use crate::yaml::{self, Entry, Kind, Node};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Builds each root with image configuration. Returns the files that these builds include.
pub(super) fn build(
    stage: &Stage<'_, '_>,
    by_file: &BTreeMap<FileId, Vec<Manifest>>,
    rendered: &[Traced],
    units: &mut Units,
) -> HashSet<FileId> {
    let Stage { repository, graph, asked, beside, cache, keeping, .. } = *stage;
    let mattering = graph.mattering(|file| {
        beside.contains(file) || repository.id(file).is_some_and(|id| by_file.contains_key(&id))
    });
    let mut roots: BTreeSet<&str> = graph.roots().into_iter().collect();
    let libraries: BTreeSet<&str> = roots.iter().copied().filter(|root| graph.is_library(root)).collect();
    roots.extend(asked.iter().map(String::as_str));
    roots.retain(|root| !rendered.iter().any(|rendered| rendered.replaces(root)));
    let roots: Vec<&str> = roots.into_iter().filter(|root| mattering.contains(root)).collect();
    let of_rendered = rendered.iter().flat_map(|rendered| graph.files_of(&rendered.root));
    let mut taken: HashSet<FileId> = of_rendered.filter_map(|file| repository.id(file)).collect();
    // If a carrier holds no image configuration, it does not matter whether its kustomization builds.
    let has_ours = |file: &str| {
        let manifests = repository.id(file).and_then(|id| by_file.get(&id));
        manifests.into_iter().flatten().any(|manifest| configures_images(&manifest.recognise()))
            || (beside.contains(file) && holds_ours(repository.find(file)))
    };
    let speaks_of_images =
        |root: &str| graph.changes_ours(root) || graph.files_of(root).into_iter().any(has_ours);
    let mut by_span: BySpan<'_> = HashMap::new();
    for manifest in by_file.values().flatten() {
        by_span.entry(manifest.root().resolved().span()).or_default().push(manifest);
    }
    let build = |root: &&str| {
        let is_library = libraries.contains(root) && !asked.contains(*root);
        let make = || {
            let mut built = kustomize::build(root, repository, cache)?;
            let mut manifests = Manifest::of_build(std::mem::take(&mut built.objects));
            for object in &mut manifests {
                as_it_stands(object, &by_span);
            }
            if !built.charts.is_empty() {
                let texts = Arc::new(texts(root, &built.charts, repository));
                for object in manifests.iter_mut().filter(|object| texts.hold(object.file())) {
                    *object = object.clone().of_chart(&texts);
                }
            }
            Ok(Made::of(root, built, manifests, is_library, &|| speaks_of_images(root), stage))
        };
        guard::part("build", || keeping.build((root, is_library), make, |made| made.inputs(root, stage)))
    };
    let mut all = threads::map(&roots, |_, root| build(root));
    if repository.budget().is_some_and(|budget| budget.exceeded().is_some()) {
        // Threads must not decide which root exceeds the limit, so roots are processed in the order of their names.
        repository.budget().into_iter().for_each(Budget::restart);
        all = roots.iter().map(build).collect();
    }
    let mut refused = BTreeSet::new();
    for (root, built) in roots.into_iter().zip(all) {
        let is_library = libraries.contains(root) && !asked.contains(root);
        match built {
            Ok(Ok(made)) => {
                made.matched.iter().for_each(|target| cache.note_matched(*target));
                // A file that is only a patch is not an object.
                taken.extend(graph.files_of(root).into_iter().filter_map(|file| repository.id(file)));
                units.built.insert(root.to_owned());
                units.files.extend(made.found.files.iter().copied());
                units.of_charts.extend(made.of_charts.iter().filter_map(|file| repository.name_of(*file)));
                units.problems.extend(made.problems);
                let unmatched = made.unmatched.into_iter().map(|target| (root.to_owned(), target));
                units.unmatched.extend(unmatched.filter(|(_, target)| patches::may_be_ours(target)));
                units.note_generated(made.generated);
                units.found.extend(Some(made.found).filter(|found| !found.is_empty()));
            }
            Ok(Err(error)) => {
                let error: kustomize::Error = error;
                if !is_library && speaks_of_images(root) {
                    units.problems.push(BuildProblem::refused(root, &error, repository.start_of(root)));
                }
                refused.insert(root);
            }
            Err(fault) => {
                let span = repository.start_of(root);
                units.broken.push(Broken { span, what: BrokenWhat::Fault(fault) });
                refused.insert(root);
            }
        }
    }
    for root in refused {
        // If a build fails, its files are checked without patches. Patch files are not objects.
        let ids = |names: BTreeSet<&str>| {
            names.into_iter().filter_map(|name| repository.id(name)).collect::<Vec<_>>()
        };
        for file in ids(graph.resources_of(root)) {
            let (Some(manifests), Some(name)) = (by_file.get(&file), repository.name_of(file)) else {
                continue;
            };
            if taken.insert(file) {
                let mut found = of_file(&name, manifests, &BTreeSet::new(), stage);
                for unit in &mut found {
                    unit.alone = Some(StandsAlone::Unbuilt);
                }
                units.found.extend(found);
            }
        }
        taken.extend(ids(graph.files_of(root)));
        units.refused.insert(root.to_owned());
    }
    // Files that a generator or a carrier of a build reads are included, too.
    for unit in &units.found {
        taken.extend(unit.resources().map(|resource| resource.manifest.file()));
    }
    taken
}

/// All files that the build of a root reads: those that it `read`, and those that its kustomizations name.
pub(super) fn inputs(root: &str, read: &[FileId], stage: &Stage<'_, '_>) -> BTreeSet<FileId> {
    let Stage { repository, graph, .. } = *stage;
    let kustomizations = graph.directories_of(root).into_iter().map(|at| repository.kustomization(at));
    let kustomizations: Vec<FileId> = kustomizations.filter_map(|name| repository.id(&name)).collect();
    let named = graph.files_of(root).into_iter().filter_map(|file| repository.id(file));
    named.chain(kustomizations).chain(read.iter().copied()).collect()
}

/// Whether a file that was not yet read as manifests holds image configuration.
fn holds_ours(found: kustomize::Found) -> bool {
    let kustomize::Found::File { id, text, .. } = found else { return false };
    let mut holds = false;
    yaml::parse(id, &text, |parsed| {
        holds |= parsed.is_ok_and(|document| configures_images(&crd::recognise(document.root())));
    });
    holds
}

fn configures_images(recognised: &Recognised) -> bool {
    match recognised {
        Recognised::Ours(kind) => kind.configures_images(),
        Recognised::Suspect(_) => true,
        Recognised::Carrier(_) | Recognised::Other => false,
    }
}

/// The texts that the charts of a kustomization are made of, with those of its values.
fn texts(root: &str, charts: &[BuiltChart], repository: &Repository<'_>) -> Texts {
    let mut texts = Texts::default();
    let of_charts = charts.iter().flat_map(|chart| chart.files.iter().chain(&chart.values));
    let names = of_charts.filter_map(|file| repository.name_of(*file));
    for name in names.chain([repository.kustomization(root)]) {
        if let kustomize::Found::File { id, text, .. } = repository.find(&name) {
            texts.add(id, text);
        }
    }
    texts
}

/// The objects in files, by the place of each object's text.
type BySpan<'m> = HashMap<Span, Vec<&'m Manifest>>;

/// Replaces a built object by the document in its file, where it can be edited. This holds if the build changes
/// nothing, or only the metadata.
fn as_it_stands(object: &mut Manifest, by_span: &BySpan<'_>) {
    let root = object.root();
    let in_file = || by_span.get(&root.resolved().span()).into_iter().flatten().copied();
    if let Some(written) = in_file().find(|written| is_same(written.root(), root)) {
        let form = object.form;
        *object = written.clone();
        object.form = form;
    } else if let Some(written) = in_file().find(|written| is_same_but_metadata(written.root(), root)) {
        *object = object.clone().written_in(written.document().clone());
    }
}

/// Whether two objects come from the same text and differ only in their metadata.
fn is_same_but_metadata(written: Node<'_>, built: Node<'_>) -> bool {
    written.kind() == built.kind()
        && written.span() == built.span()
        && is_same_map(&all_but_metadata(written), &all_but_metadata(built))
}

fn all_but_metadata(object: Node<'_>) -> Vec<Entry<'_>> {
    let entries = object.resolved().entries().into_iter();
    entries.filter(|entry| entry.key.key_text() != "metadata").collect()
}

fn is_same_map(written: &[Entry<'_>], built: &[Entry<'_>]) -> bool {
    let is_same_entry =
        |(a, b): (&Entry<'_>, &Entry<'_>)| a.key.span() == b.key.span() && is_same(a.value, b.value);
    written.len() == built.len() && written.iter().zip(built).all(is_same_entry)
}

/// Whether two values come from the same text and are equal with all their children. Expanded aliases count as equal.
fn is_same(written: Node<'_>, built: Node<'_>) -> bool {
    let (written, built) = (written.resolved(), built.resolved());
    if written.kind() != built.kind() || written.span() != built.span() {
        return false;
    }
    match written.kind() {
        Kind::Scalar => written.text() == built.text(),
        Kind::Sequence => {
            written.items().count() == built.items().count()
                && written.items().zip(built.items()).all(|(a, b)| is_same(a, b))
        }
        Kind::Mapping => is_same_map(&written.entries(), &built.entries()),
    }
}

impl Made {
    fn of(
        root: &str,
        built: Built,
        manifests: Vec<Manifest>,
        is_library: bool,
        speaks_of_images: &dyn Fn() -> bool,
        stage: &Stage<'_, '_>,
    ) -> Self {
        let Stage { repository, graph, listing, kinds, .. } = *stage;
        let of_charts = built.charts.iter().flat_map(|chart| chart.files.iter().copied()).collect();
        let incomplete = built.left_out.first().map(|error| error.message.clone());
        let mut found = Found::of_root(root, incomplete, is_library, repository);
        if !built.charts.is_empty() {
            Arc::make_mut(&mut found.unit).charts = repository.charts_of(&built.charts);
        }
        found.files = built.files;
        if let Some(kinds) = kinds {
            found.run(&manifests, repository, kinds);
        }
        // Of the many objects of a build, few say more than which images they run.
        let manifests: Vec<Manifest> = manifests.into_iter().filter(found::may_configure).collect();
        let generated = carrier::generated(manifests.iter(), repository);
        let is_plain = built.charts.is_empty()
            && built.generators.is_empty()
            && built.left_out.is_empty()
            && kept::are_plain(manifests.iter());
        found.fill(manifests, repository, listing);
        let (mut problems, mut unmatched) = (Vec::new(), Vec::new());
        // The target of a patch may be in a part that was left out of the build.
        if found.configures_images() || (!built.left_out.is_empty() && !is_library && speaks_of_images()) {
            let left_out = BuildProblem::left_out(root, &built.left_out, repository.start_of(root));
            let needs_helm = graph.renders_charts(root);
            problems.extend(left_out.map(|problem| BuildProblem { needs_helm, ..problem }));
            unmatched = built.unmatched;
        }
        let is_plain = is_plain && kept::is_lasting(&found);
        Self { found, is_plain, matched: built.matched, problems, of_charts, unmatched, generated }
    }

    /// The files that it was made from; `None` if it depends on more.
    fn inputs(&self, root: &str, stage: &Stage<'_, '_>) -> Option<BTreeSet<FileId>> {
        self.is_plain.then(|| inputs(root, &self.found.files, stage))
    }
}
