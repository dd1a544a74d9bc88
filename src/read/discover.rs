//! Finds the files to read: manifests by their ending, in the order of their paths.

mod templates;
mod tracked;

pub use crate::kustomize::{NAMES as KUSTOMIZATIONS, is_kustomization};
use crate::machine::threads;
use crate::read::git;
use crate::read::tree::{Disk, EntryKind, Tree};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A text to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name that reports print: relative to the root, with `/`.
    pub name: String,
    /// Where the bytes come from.
    pub origin: Origin,
}

/// The source of the bytes.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file of the disk that a directory lists.
    Listed(PathBuf),
    /// The same, after a look that found no image configuration in the file.
    Unrelated(PathBuf),
    /// A path of the disk that somebody names; it may be anything.
    Path(PathBuf),
    /// A stream that was read already.
    Text(Vec<u8>),
    /// A file of a commit.
    Stored(Arc<dyn Tree>, PathBuf),
}

impl Origin {
    /// The path of a file; `None` for a stream.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Origin::Listed(path) | Origin::Unrelated(path) | Origin::Path(path) | Origin::Stored(_, path) => {
                Some(path)
            }
            Origin::Text(_) => None,
        }
    }

    /// Notes that there is no image configuration in a file.
    pub(crate) fn note_unrelated(&mut self) {
        if let Origin::Listed(path) = self {
            *self = Origin::Unrelated(std::mem::take(path));
        }
    }
}

/// The name of a stream in reports.
pub const STDIN: &str = "<stdin>";

/// The end of the name of a text that a command printed for a directory.
pub const RENDERED: &str = " (rendered)";

/// The files and directories to check.
#[derive(Debug)]
pub struct Roots {
    /// The directory that names are relative to.
    pub root: PathBuf,
    /// The files and directories to read, as absolute paths.
    pub paths: Vec<PathBuf>,
    /// The bytes of standard input, when `-` was given.
    pub stdin: Option<Vec<u8>>,
    /// Whether `.gitignore` and other ignore lists count.
    pub respect_ignores: bool,
}

impl Roots {
    /// Whether the roots cover a file of this name, whether it exists or not.
    pub fn cover(&self, name: &str) -> bool {
        let path = self.root.join(name);
        self.paths.iter().any(|root| path.starts_with(root))
    }
}

/// A file or a directory that could not be read.
#[derive(Clone, Debug)]
pub struct WalkError {
    /// The name that reports print.
    pub name: String,
    /// The message of the system.
    pub message: String,
}

/// The root of the repository of some paths: the nearest directory above them that holds `.git` or a configuration of
/// pullwarden; else their own directory.
pub fn root_of(paths: &[PathBuf], config_names: &[&str]) -> PathBuf {
    let directory = common_directory(paths);
    let root = directory.ancestors().find(|directory| is_root(directory, config_names));
    root.map_or_else(|| directory.clone(), Path::to_path_buf)
}

/// Whether a directory holds `.git`, or a pullwarden configuration.
pub fn is_root(directory: &Path, config_names: &[&str]) -> bool {
    git::is_work_tree(directory) || config_names.iter().any(|name| directory.join(name).is_file())
}

fn common_directory(paths: &[PathBuf]) -> PathBuf {
    let mut directories = paths.iter().map(|path| {
        if path.is_dir() {
            path.clone()
        } else {
            path.parent().map_or_else(|| path.clone(), Path::to_path_buf)
        }
    });
    let Some(mut common) = directories.next() else { return PathBuf::from(".") };
    for directory in directories {
        while !directory.starts_with(&common) {
            if !common.pop() {
                break;
            }
        }
    }
    common
}

/// `path` relative to `root`, with `/`. A path outside the root keeps its absolute form.
pub fn name_of(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    match relative.to_str() {
        Some(text) if is_plain_name(text) => text.to_owned(),
        _ => written_name(relative),
    }
}

/// Whether a path is its own name: nothing has to be escaped, and its parts are joined by one `/` each.
fn is_plain_name(path: &str) -> bool {
    !path.contains('\\') && !path.ends_with('/') && !path.contains("//") && !path.contains("/.")
}

/// The name of a path, part by part.
fn written_name(relative: &Path) -> String {
    let mut name = String::new();
    for part in relative.components() {
        match part {
            Component::RootDir => name.push('/'),
            part => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                // Bytes that are not UTF-8 are escaped. A backslash in a name is escaped, too, so two names never
                // become equal.
                for chunk in part.as_os_str().as_encoded_bytes().utf8_chunks() {
                    name.push_str(&chunk.valid().replace('\\', "\\\\"));
                    for byte in chunk.invalid() {
                        let _ = write!(name, "\\x{byte:02x}");
                    }
                }
            }
        }
    }
    name
}

/// The result of a walk.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// The manifests, sorted by name, each once.
    pub inputs: Vec<Input>,
    /// What could not be read.
    pub errors: Vec<WalkError>,
    /// Templates of manifests, by their names; sorted.
    pub templates: Vec<Input>,
    /// Documents that may hold examples; sorted.
    pub documents: Vec<Input>,
    /// The files and directories that ignore lists hide.
    hidden: BTreeSet<String>,
}

impl Met {
    /// The manifests and templates that ignore lists hide although Git tracks them, sorted by name. Only for a walk of
    /// the disk.
    pub fn hidden(&self, root: &Path) -> Vec<Input> {
        if self.hidden.is_empty() {
            return Vec::new();
        }
        let Some((tracked, top)) = tracked::of(root) else { return Vec::new() };
        let is_hidden = |name: &str| {
            let above = name.match_indices('/').map(|(end, _)| &name[..end]);
            above.chain([name]).any(|part| self.hidden.contains(part))
        };
        let mut hidden = Vec::new();
        for file in tracked {
            let path = top.join(file);
            let is_wanted = path.starts_with(root) && (is_manifest(&path) || templates::is_template(&path));
            if !is_wanted || !is_hidden(&name_of(root, &path)) {
                continue;
            }
            // A file that is now a link, or lies behind one, is not the tracked file.
            if Disk.kind(&path) == Some(EntryKind::File) && Disk.real(&path).is_some_and(|real| real == path)
            {
                hidden.push(Input { name: name_of(root, &path), origin: Origin::Listed(path) });
            }
        }
        sort(&mut hidden);
        hidden
    }
}

/// Walks the roots on the disk.
pub fn walk(roots: &Roots) -> Met {
    let disk: Arc<dyn Tree> = Arc::new(Disk);
    walk_in(&disk, roots)
}

/// Walks the roots in `tree`. A path that is missing is an error only on the disk.
pub fn walk_in(tree: &Arc<dyn Tree>, roots: &Roots) -> Met {
    let mut met = Met::default();
    for path in &roots.paths {
        match tree.real(path).and_then(|real| tree.kind(&real)) {
            Some(EntryKind::Directory) => walk_directory(tree, roots, path, &mut met),
            None if !tree.is_disk() => {}
            _ => {
                met.inputs
                    .push(Input { name: name_of(&roots.root, path), origin: named(tree, path.clone()) });
            }
        }
    }
    if let Some(text) = &roots.stdin {
        met.inputs.push(Input { name: STDIN.into(), origin: Origin::Text(text.clone()) });
    }
    sort(&mut met.inputs);
    sort(&mut met.templates);
    sort(&mut met.documents);
    met.errors.sort_by(|a: &WalkError, b: &WalkError| a.name.cmp(&b.name));
    met
}

fn sort(inputs: &mut Vec<Input>) {
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs.dedup_by(|a, b| a.name == b.name);
}

fn named(tree: &Arc<dyn Tree>, path: PathBuf) -> Origin {
    if tree.is_disk() { Origin::Path(path) } else { Origin::Stored(tree.clone(), path) }
}

fn listed(tree: &Arc<dyn Tree>, path: PathBuf) -> Origin {
    if tree.is_disk() { Origin::Listed(path) } else { Origin::Stored(tree.clone(), path) }
}

/// Walks a directory with the rules of Git: `.gitignore` of each directory from the root on, `.git/info/exclude`, and
/// no link followed. Ignore lists above the repository and of the user do not count, so that the result depends on the
/// repository alone.
fn walk_directory(tree: &Arc<dyn Tree>, roots: &Roots, directory: &Path, met: &mut Met) {
    let mut ignored: Vec<Gitignore> = Vec::new();
    if roots.respect_ignores {
        // The list of the directory itself is read when the walk enters the directory.
        let above = directory.ancestors().skip(1).filter(|above| above.starts_with(&roots.root));
        let mut above: Vec<&Path> = above.collect();
        above.reverse();
        let lists = above.into_iter().map(|above| above.join(".gitignore"));
        for path in std::iter::once(roots.root.join(".git/info/exclude")).chain(lists) {
            let directory =
                if path.ends_with("exclude") { &roots.root } else { path.parent().unwrap_or(&roots.root) };
            match ignore_list(&**tree, directory, &path) {
                Ok(list) => ignored.extend(list),
                Err(message) => met.errors.push(WalkError { name: name_of(&roots.root, &path), message }),
            }
        }
    }
    let mut lists = None;
    for list in ignored {
        lists = Lists::within(lists, Some(list));
    }
    let mut level = vec![Place { path: directory.to_owned(), lists }];
    // The directories of one depth are looked at side by side, since the system takes its time for each.
    while !level.is_empty() {
        let looks = threads::map(&level, |_, place| Look::at(tree, roots, place));
        level = looks.into_iter().flat_map(|look| look.add_to(met)).collect();
    }
}

/// A directory to look at, with the ignore lists in force there.
struct Place {
    path: PathBuf,
    lists: Option<Arc<Lists>>,
}

/// An ignore list, and those of the directories above.
struct Lists {
    list: Gitignore,
    above: Option<Arc<Lists>>,
}

impl Lists {
    fn within(above: Option<Arc<Self>>, list: Option<Gitignore>) -> Option<Arc<Self>> {
        match list {
            Some(list) => Some(Arc::new(Self { list, above })),
            None => above,
        }
    }

    /// Whether a list ignores a path: the innermost one with a matching pattern decides.
    fn ignore(mut lists: Option<&Arc<Self>>, path: &Path, is_directory: bool) -> bool {
        while let Some(one) = lists {
            let said = one.list.matched(path, is_directory);
            if !said.is_none() {
                return said.is_ignore();
            }
            lists = one.above.as_ref();
        }
        false
    }
}

/// What is in a directory.
struct Look<'r> {
    tree: &'r Arc<dyn Tree>,
    roots: &'r Roots,
    /// The ignore lists in force, with its own.
    lists: Option<Arc<Lists>>,
    met: Met,
    /// The directories in it that are looked at next.
    deeper: Vec<PathBuf>,
}

impl<'r> Look<'r> {
    fn at(tree: &'r Arc<dyn Tree>, roots: &'r Roots, place: &Place) -> Self {
        let lists = place.lists.clone();
        let mut look = Self { tree, roots, lists, met: Met::default(), deeper: Vec::new() };
        look.directory(&place.path);
        look
    }

    /// Adds what was met, and returns the directories that come next.
    fn add_to(mut self, met: &mut Met) -> impl Iterator<Item = Place> + use<'r> {
        met.inputs.append(&mut self.met.inputs);
        met.errors.append(&mut self.met.errors);
        met.templates.append(&mut self.met.templates);
        met.documents.append(&mut self.met.documents);
        met.hidden.append(&mut self.met.hidden);
        let lists = self.lists;
        self.deeper.into_iter().map(move |path| Place { path, lists: lists.clone() })
    }

    fn directory(&mut self, directory: &Path) {
        let entries = match self.tree.entries(directory) {
            Ok(entries) => entries,
            Err(error) => return self.error(directory, &error),
        };
        let path = directory.join(".gitignore");
        let is_list = |entry: &io::Result<(OsString, EntryKind)>| {
            entry.as_ref().is_ok_and(|(name, kind)| name == ".gitignore" && *kind == EntryKind::File)
        };
        if self.roots.respect_ignores && entries.iter().any(is_list) {
            match ignore_list(&**self.tree, directory, &path) {
                Ok(own) => self.lists = Lists::within(self.lists.take(), own),
                Err(message) => {
                    self.met.errors.push(WalkError { name: name_of(&self.roots.root, &path), message });
                }
            }
        }
        for entry in entries {
            match entry {
                Err(error) => self.error(directory, &error),
                Ok((name, kind)) => {
                    let path = directory.join(name);
                    if !is_of_git(&path) {
                        self.entry(path, kind);
                    }
                }
            }
        }
    }

    fn entry(&mut self, path: PathBuf, kind: EntryKind) {
        let is_manifest = is_manifest(&path);
        let is_named = is_manifest || templates::is_template(&path);
        if Lists::ignore(self.lists.as_ref(), &path, kind == EntryKind::Directory) {
            if kind == EntryKind::Directory || is_named {
                self.met.hidden.insert(name_of(&self.roots.root, &path));
            }
        } else if kind == EntryKind::Directory {
            self.deeper.push(path);
        } else if kind == EntryKind::File && is_named {
            let name = name_of(&self.roots.root, &path);
            let met = if is_manifest { &mut self.met.inputs } else { &mut self.met.templates };
            met.push(Input { name, origin: listed(self.tree, path) });
        } else if kind == EntryKind::File && path.to_str().is_some_and(is_document) {
            let name = name_of(&self.roots.root, &path);
            self.met.documents.push(Input { name, origin: listed(self.tree, path) });
        }
    }

    fn error(&mut self, path: &Path, error: &io::Error) {
        self.met.errors.push(WalkError { name: name_of(&self.roots.root, path), message: error.to_string() });
    }
}

fn is_of_git(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".git")
}

/// The largest ignore list that is read, in bytes.
const MAX_IGNORE_LIST: u64 = 1 << 20;

/// The largest number of wildcards in an ignore list, since each costs memory, and time for each name.
const MAX_WILDCARDS: usize = 5_000;

/// The ignore list of a directory, if it is a file: like Git, pullwarden follows no link. A list that is too large is
/// an error: without the error, nobody would notice that the list has no effect.
fn ignore_list(tree: &dyn Tree, directory: &Path, path: &Path) -> Result<Option<Gitignore>, String> {
    if tree.kind(path) != Some(EntryKind::File) {
        return Ok(None);
    }
    let unused = |why: String| format!("{why}, so what this list leaves out is checked");
    let bytes = tree.read(path, MAX_IGNORE_LIST).map_err(unused)?;
    let wildcards = bytes.iter().filter(|byte| matches!(byte, b'*' | b'?' | b'[')).count();
    if wildcards > MAX_WILDCARDS {
        return Err(unused(format!("has more than {MAX_WILDCARDS} wildcards")));
    }
    let mut builder = GitignoreBuilder::new(directory);
    for line in String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').lines() {
        // Like Git, skip a line that is not a pattern.
        let _ = builder.add_line(None, line);
    }
    builder.build().map(Some).map_err(|error| unused(format!("cannot be used: {error}")))
}

/// Whether a name is that of a document in Markdown or AsciiDoc.
pub fn is_document(name: &str) -> bool {
    has_ending(name, &["md", "markdown"]) || is_ascii_doc(name)
}

/// Whether a name is that of a document in AsciiDoc.
pub fn is_ascii_doc(name: &str) -> bool {
    has_ending(name, &["adoc", "asciidoc"])
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = file_name(name).rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The last part of a name.
pub fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The directory of a name; empty for the root.
pub fn directory(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A directory as people write it: the root is `.`.
pub fn shown(directory: &str) -> &str {
    if directory.is_empty() { "." } else { directory }
}

/// Whether a file lies below a directory, at any depth. All files lie below the root, which is empty.
pub fn is_below(name: &str, directory: &str) -> bool {
    directory.is_empty() || name.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Does the same as `is_below`, and is also true for the name of the directory itself.
pub fn is_at_or_below(name: &str, directory: &str) -> bool {
    name == directory || is_below(name, directory)
}

/// Whether a file holds manifests, by its name.
pub fn is_manifest(path: &Path) -> bool {
    // The only name without an ending that kustomize reads.
    if path.file_name().is_some_and(|name| name == "Kustomization") {
        return true;
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ["yaml", "yml", "json", "bu"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_those_that_are_written_part_by_part() {
        let paths = [
            "", ".", "..", "a", "a/b.yaml", "./a", "a/./b", "a/../b", "a//b", "a/", "/", "/a/b", "//a",
            "a/.b",
        ];
        for path in paths.into_iter().chain(["a\\b/c", "é/ü.yaml", "a/.", ".a/b", "a b/c"]) {
            let (name, path) = (written_name(Path::new(path)), Path::new(path));
            assert_eq!(name_of(Path::new("/no/such/root"), path), name, "{path:?}");
        }
    }
}
