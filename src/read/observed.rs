//! A tree that remembers what was asked of it. Whoever keeps a result that was made from files can ask later whether
//! another tree answers all questions in the same way: then the result is still valid.

use super::tree::{EntryKind, Tree};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A question about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Question {
    Entries,
    Kind,
    Real,
    /// The content, up to so many bytes.
    Read(u64),
}

/// The answer to a question; of a content, the hash.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Entries(Option<Vec<Option<(OsString, EntryKind)>>>),
    Kind(Option<EntryKind>),
    Real(Option<PathBuf>),
    Read(Result<[u8; 32], String>),
}

impl Answer {
    fn of(question: Question, path: &Path, tree: &dyn Tree) -> Self {
        match question {
            Question::Entries => Self::of_entries(&tree.entries(path)),
            Question::Kind => Answer::Kind(tree.kind(path)),
            Question::Real => Answer::Real(tree.real(path)),
            Question::Read(most) => Self::of_bytes(&tree.read(path, most)),
        }
    }

    fn of_entries(entries: &io::Result<Vec<io::Result<(OsString, EntryKind)>>>) -> Self {
        let known = entries.as_ref().ok().map(|entries| {
            let mut entries: Vec<_> = entries.iter().map(|entry| entry.as_ref().ok().cloned()).collect();
            entries.sort_by(|a, b| a.as_ref().map(|entry| &entry.0).cmp(&b.as_ref().map(|entry| &entry.0)));
            entries
        });
        Answer::Entries(known)
    }

    fn of_bytes(bytes: &Result<Vec<u8>, String>) -> Self {
        let hash = |bytes: &Vec<u8>| Sha256::digest(bytes).into();
        Answer::Read(bytes.as_ref().map(hash).map_err(Clone::clone))
    }
}

/// The questions that were asked of a tree, with their answers.
#[derive(Clone, Debug, Default)]
pub struct Seen(HashMap<(PathBuf, Question), Answer>);

impl Seen {
    /// Whether a tree answers all questions in the same way.
    pub fn holds_in(&self, tree: &dyn Tree) -> bool {
        self.0.iter().all(|((path, question), answer)| Answer::of(*question, path, tree) == *answer)
    }

    /// How many questions there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds what was seen later in the same files. The first answer to a question counts: results were made from it.
    pub fn extend(&mut self, mut other: Self) {
        other.0.retain(|question, _| !self.0.contains_key(question));
        self.0.extend(other.0);
    }
}

/// A tree that remembers what was asked of it.
#[derive(Debug)]
pub struct Observed {
    tree: Arc<dyn Tree>,
    seen: Mutex<Seen>,
}

impl Observed {
    /// Remembers what is asked of `tree` from now on.
    pub fn new(tree: Arc<dyn Tree>) -> Self {
        Self { tree, seen: Mutex::default() }
    }

    /// The tree itself: what is asked of it is not remembered.
    pub fn tree(&self) -> &dyn Tree {
        &*self.tree
    }

    /// Everything that was asked so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, path: &Path, question: Question, answer: Answer) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // If a file changes meanwhile, a result may be made from the first answer.
        seen.0.entry((path.to_owned(), question)).or_insert(answer);
    }
}

impl Tree for Observed {
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>> {
        let entries = self.tree.entries(directory);
        self.note(directory, Question::Entries, Answer::of_entries(&entries));
        entries
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        let kind = self.tree.kind(path);
        self.note(path, Question::Kind, Answer::Kind(kind));
        kind
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        let real = self.tree.real(path);
        self.note(path, Question::Real, Answer::Real(real.clone()));
        real
    }

    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, String> {
        let bytes = self.tree.read(path, most);
        self.note(path, Question::Read(most), Answer::of_bytes(&bytes));
        bytes
    }

    fn is_disk(&self) -> bool {
        self.tree.is_disk()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, Default)]
    struct Texts(BTreeMap<PathBuf, &'static str>);

    impl Tree for Texts {
        fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>> {
            let inside = self.0.keys().filter(|path| path.parent() == Some(directory));
            Ok(inside.map(|path| Ok((path.file_name().unwrap().to_owned(), EntryKind::File))).collect())
        }

        fn kind(&self, path: &Path) -> Option<EntryKind> {
            self.0.contains_key(path).then_some(EntryKind::File)
        }

        fn real(&self, path: &Path) -> Option<PathBuf> {
            self.kind(path).map(|_| path.to_owned())
        }

        fn read(&self, path: &Path, _most: u64) -> Result<Vec<u8>, String> {
            self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(|| "is not there".to_owned())
        }
    }

    #[test]
    fn results_hold_until_an_answer_about_files_changes() {
        let tree = Texts(BTreeMap::from([("/r/a".into(), "1"), ("/r/b".into(), "2"), ("/s/c".into(), "3")]));
        let observed = Observed::new(Arc::new(tree.clone()));
        let _ = observed.entries(Path::new("/r"));
        let _ = (observed.read(Path::new("/r/a"), 9), observed.read(Path::new("/r/none"), 9));
        let _ = (observed.kind(Path::new("/s/d")), observed.real(Path::new("/s/c")));
        let seen = observed.seen();
        assert!(seen.holds_in(&tree));
        let changed = |path: &str, text: Option<&'static str>| {
            let mut changed = tree.clone();
            match text {
                Some(text) => changed.0.insert(path.into(), text),
                None => changed.0.remove(Path::new(path)),
            };
            seen.holds_in(&changed)
        };
        for (path, text) in [("/r/a", Some("x")), ("/r/none", Some("x")), ("/s/d", Some("x")), ("/s/c", None)]
        {
            assert!(!changed(path, text), "{path}");
        }
        assert!(changed("/r/b", Some("x")) && changed("/s/e", Some("x")), "nobody asked for these");
    }
}
