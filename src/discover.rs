//! Which files are looked at: manifests by their ending, in the order of their paths.

use std::path::{Component, Path, PathBuf};

/// A text to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name that reports print: relative to the root, with `/`.
    pub name: String,
    /// Where the bytes come from.
    pub origin: Origin,
}

/// Where bytes come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    Path(PathBuf),
    /// A stream that was read already.
    Text(Vec<u8>),
}

/// The name of a stream in reports.
pub const STDIN: &str = "<stdin>";

/// What was asked to be checked.
#[derive(Debug)]
pub struct Roots {
    /// The directory that names are relative to.
    pub root: PathBuf,
    /// The files and directories to look at, absolute.
    pub paths: Vec<PathBuf>,
    /// The bytes of standard input, when `-` was given.
    pub stdin: Option<Vec<u8>>,
    /// Whether `.gitignore` and its like count.
    pub respect_ignores: bool,
}

/// Something that the walk could not look at.
#[derive(Debug)]
pub struct WalkError {
    /// The name that reports print.
    pub name: String,
    /// What the system said.
    pub message: String,
}

/// The repository's root for a path: the nearest directory above it that holds `.git`, or a pullwarden
/// configuration; else the path's own directory.
pub fn root_of(paths: &[PathBuf], config_names: &[&str]) -> PathBuf {
    let directory = common_directory(paths);
    let is_root =
        |dir: &&Path| dir.join(".git").exists() || config_names.iter().any(|name| dir.join(name).is_file());
    directory.ancestors().find(is_root).map_or_else(|| directory.clone(), Path::to_path_buf)
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
    let mut name = String::new();
    for part in relative.components() {
        match part {
            Component::RootDir => name.push('/'),
            part => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                name.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    name
}

/// All manifests under the roots, sorted by name, each once.
pub fn walk(roots: &Roots) -> (Vec<Input>, Vec<WalkError>) {
    let mut found: Vec<Input> = Vec::new();
    let mut errors = Vec::new();
    for path in &roots.paths {
        if path.is_dir() {
            walk_directory(roots, path, &mut found, &mut errors);
        } else {
            found.push(Input { name: name_of(&roots.root, path), origin: Origin::Path(path.clone()) });
        }
    }
    if let Some(text) = &roots.stdin {
        found.push(Input { name: STDIN.into(), origin: Origin::Text(text.clone()) });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    errors.sort_by(|a: &WalkError, b: &WalkError| a.name.cmp(&b.name));
    (found, errors)
}

fn walk_directory(roots: &Roots, directory: &Path, found: &mut Vec<Input>, errors: &mut Vec<WalkError>) {
    let walker = ignore::WalkBuilder::new(directory)
        .standard_filters(roots.respect_ignores)
        // A user's own global list would make the result depend on the machine.
        .git_global(false)
        .require_git(false)
        .hidden(false)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walker {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_some_and(|kind| kind.is_file()) && is_manifest(entry.path()) {
                    found.push(Input {
                        name: name_of(&roots.root, entry.path()),
                        origin: Origin::Path(entry.into_path()),
                    });
                }
            }
            Err(error) => errors.push(walk_error(roots, directory, &error)),
        }
    }
}

fn walk_error(roots: &Roots, directory: &Path, error: &ignore::Error) -> WalkError {
    let mut path = directory.to_path_buf();
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    WalkError { name: name_of(&roots.root, &path), message: inner.to_string() }
}

/// Whether a file's name says that it holds manifests.
pub fn is_manifest(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending
        .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}
