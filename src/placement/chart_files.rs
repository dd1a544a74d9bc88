//! Reads the files of charts. Each chart is loaded once for everybody who renders it.

use super::asked::Asked;
use super::inflated::Inflated;
use super::repository::Repository;
use super::vendored::Vendored;
use crate::kustomize::{self, Files};
use crate::machine::guard::{self, Fault};
use crate::source::{FileId, Span};
use crate::yaml::{Composer, Document};
use helm::{Chart, Content, FileTree, Limits};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The maximum number of steps for all charts together. Each chart gets at least `MIN_STEPS`.
pub(super) const MAX_STEPS: u64 = 500_000_000;
const MIN_STEPS: u64 = 100_000;

/// The limits of each of several charts. One more chart rarely changes them: then the others keep their outputs.
pub(super) fn limits(charts: usize) -> Limits {
    let limits = Limits::default();
    let steps = (MAX_STEPS / charts.next_power_of_two() as u64).clamp(MIN_STEPS, limits.steps);
    Limits { steps, ..limits }
}

/// A chart, or the reason why it could not be loaded.
pub(super) type Loaded = Result<Result<Chart, Box<helm::Error>>, Fault>;

/// Why a file has no text.
pub(super) enum NoText {
    /// There is no such file.
    Missing,
    /// What the file is, so that Helm does not read it.
    Refused(String),
    /// What the file is, so that pullwarden does not read it.
    Unknown(String),
}

/// Charts and texts that were loaded.
#[derive(Default)]
pub(super) struct Loads {
    /// The charts, by their directories.
    charts: Mutex<HashMap<String, Arc<OnceLock<Arc<Loaded>>>>>,
    /// Whether the files of a chart in the walk mention image configuration, by its directory.
    ours: Mutex<HashMap<String, bool>>,
    /// The same for all its files.
    mentioned: Mutex<HashMap<String, bool>>,
    /// The directories of the charts that looked for others by their names.
    asking: Mutex<HashSet<String>>,
    /// What each chart asked of the repository when it was loaded.
    asked: Mutex<HashMap<String, Arc<Asked>>>,
    /// The texts that were read, by their numbers.
    texts: Mutex<HashMap<FileId, Arc<str>>>,
    /// The charts that kustomizations render.
    pub(super) inflated: Inflated,
    /// The charts that stand for charts of a registry.
    pub(super) vendored: Vendored,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known of a chart, or what a first look at it says.
fn known(charts: &Mutex<HashMap<String, bool>>, root: &str, look: impl Fn() -> bool) -> bool {
    if let Some(known) = lock(charts).get(root) {
        return *known;
    }
    let found = look();
    lock(charts).insert(root.to_owned(), found);
    found
}

/// The repository as the file tree of charts.
pub(super) struct Tree<'r, 'i> {
    repository: &'r Repository<'i>,
    asked: Mutex<Asked>,
}

impl<'r, 'i> Tree<'r, 'i> {
    pub(super) fn new(repository: &'r Repository<'i>) -> Self {
        Self { repository, asked: Mutex::default() }
    }

    /// Everything that was asked so far.
    pub(super) fn into_asked(self) -> Asked {
        self.asked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chart in a directory.
    pub(super) fn chart(&self, root: &str) -> Arc<Loaded> {
        let cell = lock(&self.repository.loads().charts).entry(root.to_owned()).or_default().clone();
        let repository = self.repository;
        let elsewhere = |of: &str, dependency: &helm::Requirement| {
            lock(&repository.loads().asking).insert(root.to_owned());
            repository.loads().vendored.dependency(of, dependency, repository)
        };
        let load = || {
            let own = Self::new(repository);
            let load = || Chart::load_with(root, &own, &elsewhere).map_err(Box::new);
            let loaded = Arc::new(guard::part("chart", load));
            lock(&repository.loads().asked).insert(root.to_owned(), Arc::new(own.into_asked()));
            loaded
        };
        cell.get_or_init(load).clone()
    }

    /// Whether the chart in a directory looked for others by their names when it was loaded.
    pub(super) fn asks_for_charts(&self, root: &str) -> bool {
        lock(&self.repository.loads().asking).contains(root)
    }

    /// What the chart in a directory asked of the repository when it was loaded.
    pub(super) fn asked_by(&self, root: &str) -> Option<Arc<Asked>> {
        lock(&self.repository.loads().asked).get(root).cloned()
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Result<(FileId, Arc<str>), NoText> {
        let refused = |why: &str| Err(NoText::Refused(why.to_owned()));
        match FileTree::find(self, path) {
            helm::Found::File { id, content: Content::Text(text) } => Ok((id, text)),
            helm::Found::File { content: Content::Bytes(bytes), .. } => match *bytes {
                // Helm reads this encoding.
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                    let why = "is a text in UTF-16, and only UTF-8 is read; `iconv` converts it";
                    Err(NoText::Unknown(why.to_owned()))
                }
                _ => refused("is not a text in UTF-8"),
            },
            helm::Found::Directory => refused("is a directory"),
            helm::Found::Outside => refused("leads out of the repository"),
            helm::Found::Unreadable(why) => Err(NoText::Refused(why)),
            helm::Found::Missing => Err(NoText::Missing),
        }
    }

    /// Whether a directory holds a chart.
    pub(super) fn holds_chart(&self, root: &str) -> bool {
        let file = kustomize::join(root, "Chart.yaml");
        file.is_some_and(|file| matches!(self.repository.find(&file), kustomize::Found::File { .. }))
    }

    /// Whether the files of a chart mention image configuration, those beside the walk included: templates may lie in any file.
    pub(super) fn mentions_ours(&self, root: &str) -> bool {
        let look = || self.holds_ours(root) || self.repository.speaks_beside(&[root], false);
        known(&self.repository.loads().mentioned, root, look)
    }

    /// Whether the files of a chart in the walk mention image configuration.
    pub(super) fn holds_ours(&self, root: &str) -> bool {
        let look = || self.repository.names_below(root).any(|name| self.repository.may_hold_ours(name));
        known(&self.repository.loads().ours, root, look)
    }

    /// The object as a document over the text of its template: a document has exactly one text.
    pub(super) fn placed(&self, object: &Arc<Document>) -> Option<Arc<Document>> {
        let root = object.root();
        let span = root.span();
        let text = lock(&self.repository.loads().texts).get(&span.file).cloned().unwrap_or_else(|| "".into());
        let is_there = text.get(span.range()).is_some();
        if is_there && object.file() == span.file && Arc::ptr_eq(object.source(), &text) {
            return Some(Arc::clone(object));
        }
        let mut composer = Composer::new(span.file, text).changed(true);
        let whole = Span { start: 0, end: 0, ..span };
        let place = |part: Span| if part == span && !is_there { whole } else { part };
        composer.copy(root, &place).then(|| Arc::new(composer.finish()))
    }
}

impl FileTree for Tree<'_, '_> {
    fn find(&self, path: &str) -> helm::Found {
        lock(&self.asked).note(path, self.repository);
        match self.repository.find(path) {
            kustomize::Found::File { id, text, .. } => {
                lock(&self.repository.loads().texts).insert(id, text.clone());
                helm::Found::File { id, content: Content::Text(text) }
            }
            kustomize::Found::Directory { .. } => helm::Found::Directory,
            kustomize::Found::Missing => helm::Found::Missing,
            kustomize::Found::Outside => helm::Found::Outside,
            kustomize::Found::Unreadable(why) => match self.repository.bytes(path) {
                Some((id, bytes)) => helm::Found::File { id, content: Content::Bytes(bytes.into()) },
                None => helm::Found::Unreadable(why),
            },
        }
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let entries = self.repository.entries(path);
        lock(&self.asked).note_entries(path, &entries);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_charts_have_the_same_limits_as_one_more() {
        for (charts, steps) in [(0, 10_000_000), (1, 10_000_000), (33, 7_812_500), (64, 7_812_500)] {
            assert_eq!(limits(charts).steps, steps, "{charts}");
        }
        assert_eq!(limits(2_000).steps, limits(2_001).steps);
        assert!(limits(2_048).steps * 2_048 <= MAX_STEPS);
        assert_eq!(limits(5_000).steps, MIN_STEPS);
    }
}
