//! A check of a workspace folder, as `pullwarden check` makes it, with open texts in place of files.
//!
//! Commands of the configuration never run here, and policies run only in workers of this program: opening a
//! repository must not run a program in it.

use super::client::Options;
use super::document::OpenDocument;
use super::files::OpenFiles;
use super::folder::Folder;
use super::uri;
use crate::check::baseline::{self, Baseline, EntryReach};
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::config::{self, Overrides, Settings};
use crate::machine::guard;
use crate::model::{BuildOutcome, Repo};
use crate::pipeline::{self, Repeated, Walked};
use crate::policy::{self, Workers};
use crate::read::discover::{self, Input, Origin, Roots};
use crate::read::manifest::{self, BrokenWhat};
use crate::read::observed::{Observed, Seen};
use crate::read::tree::{EntryKind, Tree};
use crate::rules::yaml_syntax;
use crate::source::{FileId, Sources};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most places of a check for which fixes stay tried.
const MAX_PROVEN: usize = 1_000;

/// The texts that a check covers.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The folder; `None` for a text outside of all folders.
    folder: Option<Arc<Folder>>,
    /// The open texts, by their names in reports.
    open: BTreeMap<String, Arc<OpenDocument>>,
}

impl Names {
    /// The address of a text, by its name in reports.
    pub(super) fn uri(&self, name: &str) -> String {
        match (self.open.get(name), &self.folder) {
            (Some(document), _) => document.uri.clone(),
            (None, Some(folder)) => folder.uri_of(name),
            (None, None) => uri::of_path(Path::new(name)),
        }
    }

    /// The directory of the folder.
    pub(super) fn root(&self) -> Option<&Path> {
        self.folder.as_ref().map(|folder| folder.root.as_path())
    }

    /// Whether the text of a file is open.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.open.values().any(|document| document.path.as_deref() == Some(path))
    }

    /// The version of a text that is open.
    pub(super) fn version(&self, name: &str) -> Option<i32> {
        self.open.get(name).map(|document| document.version)
    }

    /// The name of an open text.
    pub(super) fn name(&self, uri: &str) -> Option<&str> {
        self.document(uri).map(|(name, _)| name)
    }

    /// An open text and its name.
    pub(super) fn document(&self, uri: &str) -> Option<(&str, &OpenDocument)> {
        let mut open = self.open.iter().filter(|(_, document)| document.uri == uri);
        open.next().map(|(name, document)| (name.as_str(), &**document))
    }
}

/// The result of a check, with everything that was read for it.
pub(super) struct Checked {
    /// The addresses of the texts.
    pub(super) names: Names,
    /// The settings of the check.
    pub(super) settings: Arc<Settings>,
    /// The clusters.
    pub(super) repo: Repo,
    /// The diagnostics.
    pub(super) report: Report,
    /// The texts.
    pub(super) sources: Sources,
    /// The inputs, to read them once more.
    pub(super) walked: Walked,
    /// The files of the folder.
    files: Option<OpenFiles>,
    /// What was read to compute a plan; empty until the first request for a plan.
    plan: OnceLock<(Repo, Sources)>,
    /// The diagnostics whose fixes were tried together, by their numbers, and what came of it.
    proven: Mutex<BTreeMap<Vec<usize>, Arc<Vec<Diagnostic>>>>,
}

impl Checked {
    fn new(
        names: Names,
        settings: Arc<Settings>,
        walked: Walked,
        (repo, report, sources): (Repo, Report, Sources),
    ) -> Self {
        let (plan, proven) = (OnceLock::new(), Mutex::default());
        Self { names, settings, repo, report, sources, walked, files: None, plan, proven }
    }

    /// The addresses of the open texts that cannot be read, or whose build is refused because of them.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = String> {
        let texts = self.repo.broken.iter().filter(|broken| matches!(broken.what, BrokenWhat::Syntax(_)));
        let builds =
            self.repo.builds.iter().filter(|problem| {
                problem.outcome.is_refused() || problem.outcome == BuildOutcome::ChartRefused
            });
        let settings = self.settings.problems.iter().filter(|(meta, _)| meta.id == yaml_syntax::META.id);
        let spans = texts.map(|broken| broken.span).chain(builds.map(|problem| problem.span));
        let spans = spans.chain(settings.map(|(_, finding)| finding.span));
        let documents = spans.filter_map(|span| self.names.open.get(&self.sources.get(span.file)?.name));
        documents.map(|document| document.uri.clone())
    }

    /// The number of a text, by its name in reports, if it may have diagnostics.
    pub(super) fn file(&self, name: &str) -> Option<FileId> {
        self.sources.find(name)
    }

    /// The diagnostics with these numbers after their fixes were tried: an editor asks again at each movement of the
    /// cursor.
    pub(super) fn proven(
        &self,
        numbers: &[usize],
        prove: impl FnOnce() -> Vec<Diagnostic>,
    ) -> Arc<Vec<Diagnostic>> {
        let known = || self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proven) = known().get(numbers) {
            return Arc::clone(proven);
        }
        let proven = Arc::new(prove());
        let mut known = known();
        if known.len() < MAX_PROVEN {
            known.insert(numbers.to_vec(), Arc::clone(&proven));
        }
        proven
    }

    /// The same inputs with everything that decides what a change does to nodes. The first call reads them; `None` if
    /// a newer state stopped it.
    pub(super) fn for_plan(&self, stop: &Arc<AtomicBool>) -> Option<(&Repo, &Sources)> {
        if let Some((repo, sources)) = self.plan.get() {
            return Some((repo, sources));
        }
        let mut walked = self.walked.of_same();
        if let Some(files) = &self.files {
            walked.tree = Some(Arc::new(OpenFiles { stop: Arc::clone(stop), ..files.clone() }));
        }
        let mut sources = Sources::default();
        let repo = pipeline::read_for_plan(walked, &self.settings, &mut sources);
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let (repo, sources) = self.plan.get_or_init(|| (repo, sources));
        Some((repo, sources))
    }
}

/// The check of a folder that runs again and again, as long as its settings stay the same.
pub(super) struct Standing {
    options: Options,
    today: Date,
    /// What was read for the settings.
    seen: Seen,
    /// The files in the root that look like the configuration. Other files of the root do not matter.
    others: Vec<String>,
    check: Repeated,
}

impl Standing {
    /// Whether the settings are still those that would be read from a tree.
    fn holds(&self, tree: &dyn Tree, root: &Path, options: &Options) -> bool {
        self.options == *options
            && self.today == config::today()
            && others(tree, root).as_ref() == Ok(&self.others)
            && self.seen.holds_in(tree)
    }

    fn new(tree: &Arc<dyn Tree>, root: &Path, options: &Options) -> Result<Self, String> {
        let others = others(&**tree, root)?;
        let observed = Observed::new(Arc::clone(tree));
        let mut sources = Sources::default();
        let settings = settings_beside(&others, &observed, root, options, &mut sources)?;
        let check = Repeated::new(Arc::new(settings), sources);
        let (options, seen) = (options.clone(), observed.seen());
        Ok(Self { options, today: config::today(), seen, others, check })
    }
}

/// Checks a folder. `standing` is the check of an earlier state; the next one gets it, too.
///
/// # Errors
///
/// When the configuration or the baseline cannot be read at all.
pub(super) fn folder(
    folder: &Arc<Folder>,
    files: OpenFiles,
    documents: &[Arc<OpenDocument>],
    options: &Options,
    standing: &mut Option<Standing>,
) -> Result<Checked, String> {
    let root = folder.root.clone();
    let open = documents.iter().filter_map(|document| {
        let path = document.path.as_ref().filter(|path| folder.holds(path))?;
        Some((discover::name_of(&root, path), document.clone()))
    });
    let names = Names { folder: Some(folder.clone()), open: open.collect() };
    let stop = Arc::clone(&files.stop);
    let tree: Arc<dyn Tree> = Arc::new(files.clone());
    // A check that fails halfway leaves nothing for the next one.
    let before = standing.take().filter(|standing| standing.holds(&*tree, &root, options));
    let mut now = match before {
        Some(before) => before,
        None => Standing::new(&tree, &root, options)?,
    };
    let roots = Roots { paths: vec![root.clone()], root, stdin: None, respect_ignores: true };
    let walked = Walked::of_tree(tree, &roots);
    let (repo, report, sources) = now.check.check(&walked, || stop.load(Ordering::Relaxed));
    let settings = Arc::clone(now.check.settings());
    *standing = Some(now);
    let checked = Checked::new(names, settings, walked, (repo, report, sources));
    Ok(Checked { files: Some(files), ..checked })
}

/// Checks a single text outside of all folders.
pub(super) fn alone(document: &Arc<OpenDocument>, options: &Options) -> Checked {
    // The names of the directories above it mean nothing for a text that is checked alone.
    let name = document.path.as_deref().and_then(Path::file_name);
    let name = name
        .map_or_else(|| "untitled.yaml".to_owned(), |name| discover::name_of(Path::new(""), Path::new(name)));
    let origin = Origin::Text(document.source.text.as_bytes().to_vec());
    let names = Names { folder: None, open: BTreeMap::from([(name.clone(), document.clone())]) };
    let walked = Walked { inputs: vec![Input { name, origin }], ..Walked::default() };
    let settings = Arc::new(Settings::from_overrides(&overrides(options)));
    let mut sources = Sources::default();
    let (repo, report) = pipeline::checked(walked.of_same(), &settings, &mut sources);
    Checked::new(names, settings, walked, (repo, report, sources))
}

fn overrides(options: &Options) -> Overrides {
    Overrides {
        openshift: options.openshift,
        platform: options.platform,
        preset: options.preset,
        today: Some(config::today()),
        ..Overrides::default()
    }
}

/// The settings for a root, as `check` reads them.
pub(super) fn settings(
    tree: &dyn Tree,
    root: &Path,
    options: &Options,
    sources: &mut Sources,
) -> Result<Settings, String> {
    settings_beside(&others(tree, root)?, tree, root, options, sources)
}

/// The files in a root that look like the configuration.
fn others(tree: &dyn Tree, root: &Path) -> Result<Vec<String>, String> {
    let found = config::find_in(tree, root)?;
    Ok(config::near::beside_in(tree, root, found.as_deref()))
}

/// The settings for a root with these `others`.
fn settings_beside(
    others: &[String],
    tree: &dyn Tree,
    root: &Path,
    options: &Options,
    sources: &mut Sources,
) -> Result<Settings, String> {
    let overrides = overrides(options);
    let found = config::find_in(tree, root)?;
    let name = found.as_ref().map(|path| discover::name_of(root, path));
    let mut settings = match found.zip(name.as_ref()) {
        Some((path, name)) => {
            let path = tree.real(&path).unwrap_or(path);
            let bytes = tree.read(&path, config::MAX_FILE).map_err(|why| format!("`{name}` {why}"))?;
            config::parse(&String::from_utf8_lossy(&bytes), name, &overrides, sources)
        }
        None => Settings::from_overrides(&overrides),
    };
    settings.problems.extend(config::near::unread(others, name.as_deref(), sources));
    if !settings.policies.is_empty() && options.policies {
        let workers = Workers::own().map_err(|error| format!("no policy runs: {error}"))?;
        let policies = settings.policies.clone();
        let read = guard::part("policies", || policy::read(&policies, (root, tree), &workers, sources));
        let read = read.map_err(|fault| format!("policies cannot be read: failed at `{}`", fault.place))?;
        settings.adopt(read);
    }
    if let Some(name) = &options.baseline {
        settings.baseline = Some(accepted(tree, root, name, sources)?);
    }
    Ok(settings)
}

/// The baseline that the client names.
fn accepted(tree: &dyn Tree, root: &Path, name: &str, sources: &mut Sources) -> Result<Baseline, String> {
    let path = root.join(name);
    let failed = |why: String| format!("the baseline `{name}` {why}");
    // A link may lead out of the folder.
    let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !is_below || tree.kind(&path) != Some(EntryKind::File) {
        return Err(failed("is no file of the folder".into()));
    }
    let bytes = tree.read(&path, manifest::MAX_FILE).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| failed(baseline::broken("it is not UTF-8")))?;
    let baseline = Baseline::read(&text, &discover::name_of(root, &path), sources).map_err(failed)?;
    Ok(baseline.bounded(false, |_| EntryReach::Whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn only_files_that_look_like_the_configuration_change_the_settings() {
        let root: PathBuf = std::env::temp_dir().join(format!("pullwarden-standing-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("sub")).unwrap();
        let opened = Arc::new(Folder::at(&uri::of_path(&root)).unwrap());
        let mut standing = None;
        let mut settings = || {
            let (cache, stop) = (Arc::default(), Arc::default());
            let root = opened.root.clone();
            let files = OpenFiles { root, cache, open: BTreeMap::new(), is_watched: false, stop };
            folder(&opened, files, &[], &Options::default(), &mut standing).unwrap().settings
        };
        let first = settings();
        for name in ["a.yaml", "other/b.yaml", "sub/.pullwarden.yaml"] {
            std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            std::fs::write(root.join(name), "a: 1\n").unwrap();
            assert!(Arc::ptr_eq(&first, &settings()), "{name}");
        }
        for name in [".pulwarden.yaml", ".pullwarden.yaml"] {
            let before = settings();
            std::fs::write(root.join(name), "{}\n").unwrap();
            assert!(!Arc::ptr_eq(&before, &settings()), "{name}");
        }
        std::fs::remove_dir_all(&root).unwrap();
    }
}
