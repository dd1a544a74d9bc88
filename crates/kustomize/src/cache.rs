//! The cache that builds share: each text is parsed once, and a directory that several roots include is built once.
//!
//! A cache belongs to one set of [`Files`](crate::Files). It changes only the time of a build: it keeps only results
//! that do not depend on the root and on the path to a directory. Objects that no overlay changes are the same
//! documents in all builds (`Arc::ptr_eq`).
//!
//! No lock is held during a computation, so two threads may compute the same value; the first one is kept.

use crate::base::Base;
use crate::error::{Error, Result};
use crate::json_patch::Operation;
use crate::kustomization::Kustomization;
use crate::patches::Patch;
use crate::resource::Resource;
use crate::text::Key;
use crate::text::Text;
use crate::value::Value;
use spanned_yaml::{FileId, Span};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The limit of values of bases that are kept; later bases are built anew each time.
const MAX_KEPT: usize = 2_000_000;

/// The values that builds of one set of files share. Builds on several threads may use it at once.
#[derive(Debug, Default)]
pub struct Cache {
    pub(crate) kustomizations: Memo<String, Result<Arc<Kustomization>>>,
    pub(crate) objects: Memo<Key, Result<Arc<Vec<Resource>>>>,
    pub(crate) patches: Memo<Key, Result<Arc<Patch>>>,
    pub(crate) operations: Memo<Key, Result<Arc<Vec<Operation>>>>,
    /// First documents, read as JSON.
    pub(crate) documents: Memo<Key, Result<Option<Arc<Value>>>>,
    pub(crate) sources: Memo<FileId, Arc<str>>,
    pub(crate) bases: Memo<BaseKey, Arc<Base>>,
    /// The targets of patches that have selected an object in any build.
    matched: Memo<Span, ()>,
    /// The number of kept values of bases.
    kept: AtomicUsize,
    /// The directories and files to keep; `None` keeps all.
    worth: Option<Worth>,
    /// Whether a kustomization may name files outside of its directory.
    pub(crate) is_open: bool,
}

/// The directories and files that several builds use.
#[derive(Debug)]
struct Worth {
    directories: HashSet<String>,
    files: HashSet<String>,
}

/// The inputs of an included directory's build.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BaseKey {
    pub(crate) directory: String,
    /// Whether objects remember what changed them.
    pub(crate) remembers: bool,
    /// The file with the schema that was set before.
    pub(crate) schema: Option<FileId>,
}

/// Computed values, by key.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a value, unless there is one already; returns the kept one.
    pub(crate) fn keep(&self, key: K, value: V) -> V {
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(value).clone()
    }

    /// The value of a key, computed if it is missing.
    pub(crate) fn get_or(&self, key: K, make: impl FnOnce() -> V) -> V {
        self.get(&key).unwrap_or_else(|| {
            let value = make();
            self.keep(key, value)
        })
    }
}

impl Cache {
    /// A cache that keeps no directory and no objects of a file but these, by their names: memory follows what is
    /// shared, not all that is built.
    pub fn keeping(directories: HashSet<String>, files: HashSet<String>) -> Self {
        Self { worth: Some(Worth { directories, files }), ..Self::default() }
    }

    /// The same for builds whose kustomizations may name any file of the repository (`--load-restrictor
    /// LoadRestrictionsNone`).
    #[must_use]
    pub fn without_restrictions(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// Notes that the target of a patch, by its place, has selected an object: in a build with this cache, or in an
    /// earlier one whose result is still valid ([`Built::matched`](crate::Built)).
    pub fn note_matched(&self, target: Span) {
        self.matched.keep(target, ());
    }

    /// Whether the target of a patch, by its place, has selected an object in any build.
    pub fn has_matched(&self, target: Span) -> bool {
        self.matched.get(&target).is_some()
    }

    /// Whether the build of a directory is kept.
    pub(crate) fn keeps_directory(&self, directory: &str) -> bool {
        self.worth.as_ref().is_none_or(|worth| worth.directories.contains(directory))
    }

    /// Whether the objects of a file are kept.
    pub(crate) fn keeps_file(&self, name: Option<&str>) -> bool {
        self.worth.as_ref().is_none_or(|worth| name.is_some_and(|name| worth.files.contains(name)))
    }

    /// The result of `make` for a text, computed once. Results with aliases are computed anew each time: they would
    /// take far more memory than the text. `values` counts the values of a result.
    pub(crate) fn parsed<V>(
        memo: &Memo<Key, std::result::Result<Arc<V>, Error>>,
        text: &Text,
        make: impl FnOnce() -> Result<V>,
        values: impl Fn(&V) -> usize,
    ) -> Result<Arc<V>> {
        let key = text.key();
        if let Some(known) = memo.get(&key) {
            return known;
        }
        let read = make().map(Arc::new);
        match &read {
            Ok(value) if text.beyond(values(value)) > 0 => read,
            _ => memo.keep(key, read),
        }
    }

    /// Whether the limit allows so many more values.
    pub(crate) fn may_keep(&self, values: usize) -> bool {
        self.kept.fetch_add(values, Ordering::Relaxed) + values <= MAX_KEPT
    }
}
