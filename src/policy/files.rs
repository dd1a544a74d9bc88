//! Finds and reads the files of policies. Paths from the configuration must be in the repository; links are not
//! followed.

use super::configured::Where;
use crate::finding::Finding;
use crate::machine::terminal::shown;
use crate::read::discover;
use crate::read::manifest::secrets;
use crate::read::tree::{Disk, EntryKind, Tree};
use crate::rules::rule::Meta;
use crate::rules::{policy_error, settings::INVALID_SETTING};
use crate::source::{FileId, Sources, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest module or data file that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;

/// The maximum number of bytes in all files of one directory.
const MAX_BYTES: u64 = 64 << 20;

/// The maximum number of files that are read from one directory.
const MAX_FILES: usize = 20_000;

/// The maximum depth of nested directories.
const MAX_DEPTH: usize = 64;

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its name in reports.
    pub(super) name: String,
    /// The names of the directories between the configured path and the file.
    pub(super) below: Vec<String>,
    pub(super) id: FileId,
    pub(super) text: Arc<str>,
}

/// Reads files of one place.
pub(super) struct Reader<'r> {
    pub(super) root: &'r Path,
    pub(super) tree: &'r dyn Tree,
    pub(super) sources: &'r mut Sources,
    pub(super) problems: &'r mut Vec<(&'static Meta, Finding)>,
    /// Whether there are templates, so that modules are not required.
    pub(super) has_templates: bool,
}

/// The kind of files to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Modules; with `tests`, also test modules.
    Modules { tests: bool },
    /// Data.
    Data,
    /// Templates of Gatekeeper, and their constraints.
    Templates,
}

impl What {
    fn wants(self, name: &str) -> bool {
        match self {
            What::Modules { tests } => has_ending(name, &["rego"]) && (tests || !is_test(name)),
            What::Data | What::Templates => has_ending(name, &["json", "yaml", "yml"]),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            What::Modules { .. } => "policies",
            What::Data => "data",
            What::Templates => "templates",
        }
    }
}

/// Whether the name of a file has one of these endings. Like Conftest and OPA, this accepts lower case only.
pub(super) fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| endings.contains(&ending))
}

/// Whether the file name marks a module as tests.
pub(super) fn is_test(name: &str) -> bool {
    name.strip_suffix(".rego").is_some_and(|stem| stem.ends_with("_test"))
}

impl Reader<'_> {
    /// The files below a place, in the order of their names. Errors are reported at that place.
    pub(super) fn files(&mut self, place: &Where, what: What) -> Vec<File> {
        let disk = Disk;
        let (path, tree, span): (PathBuf, &dyn Tree, Option<Span>) = match place {
            Where::Repository(path) => (self.root.join(&path.value), self.tree, Some(path.span)),
            Where::Disk(path) => (path.clone(), &disk, None),
        };
        if span.is_some()
            && let Some(why) = self.leads_away(&path)
        {
            // A place that cannot be read is already reported when its modules are read.
            if what == What::Templates {
                return Vec::new();
            }
            self.wrong(span, format!("`{}` {why}", shown_name(self.root, &path)))
                .help(format!("put the {} themselves into the repository; no link is followed", what.noun()));
            return Vec::new();
        }
        let mut found = Vec::new();
        match tree.kind(&path) {
            Some(EntryKind::Directory) => walk(tree, &path, &mut Vec::new(), what, &mut found),
            Some(EntryKind::File)
                if what == What::Templates && has_ending(&path.to_string_lossy(), &["rego"]) => {}
            Some(EntryKind::File) => found.push((path.clone(), Vec::new())),
            _ if what == What::Templates => {}
            _ => {
                self.wrong(span, format!("there is no `{}`", shown_name(self.root, &path)))
                    .help("name a directory relative to that of the configuration, as in `path: policy`");
                return Vec::new();
            }
        }
        found.sort();
        let may_lack = what == What::Templates || (what != What::Data && self.has_templates);
        if found.is_empty() && !may_lack {
            self.wrong(span, format!("there are no {} in `{}`", what.noun(), shown_name(self.root, &path)))
                .help(match what {
                    What::Modules { .. } => "policies are files that end in `.rego`",
                    What::Data | What::Templates => "data are files that end in `.json`, `.yaml` or `.yml`",
                });
        }
        if found.len() > MAX_FILES && what != What::Templates {
            self.wrong(
                span,
                format!("there are more than {MAX_FILES} files in `{}`", shown_name(self.root, &path)),
            )
            .help(format!("the first {MAX_FILES} are read; split the directory"));
        }
        found.truncate(MAX_FILES);
        let mut left = MAX_BYTES;
        let mut files = Vec::new();
        for (path, below) in found {
            let name = discover::name_of(self.root, &path);
            let text = tree.read(&path, MAX_FILE.min(left)).and_then(|bytes| {
                left -= bytes.len() as u64;
                String::from_utf8(bytes).map_err(|_| "is not a text in UTF-8".to_owned())
            });
            let (text, why) = match text {
                Ok(text) => (Arc::<str>::from(text), None),
                Err(why) => (Arc::<str>::from(""), Some(why)),
            };
            // Most other YAML files beside policies are data or test fixtures.
            if what == What::Templates && !text.contains("gatekeeper.sh/") {
                continue;
            }
            let id = FileId(self.sources.len() as u32);
            let id = self.sources.add(secrets::source(id, name.clone(), text.clone()));
            match why {
                None => files.push(File { name, below, id, text }),
                Some(why) => self.problems.push((
                    &policy_error::META,
                    policy_error::unreadable(Span::new(id, 0, 0), &format!("`{name}` {why}")),
                )),
            }
        }
        files
    }

    /// Whether there are files of this kind below a place.
    pub(super) fn has(&self, place: &Where, what: What) -> bool {
        let disk = Disk;
        let (path, tree): (PathBuf, &dyn Tree) = match place {
            Where::Repository(path) => (self.root.join(&path.value), self.tree),
            Where::Disk(path) => (path.clone(), &disk),
        };
        let mut found = Vec::new();
        if tree.kind(&path) == Some(EntryKind::Directory) {
            walk(tree, &path, &mut Vec::new(), what, &mut found);
        }
        !found.is_empty()
    }

    /// The reason why a path of the repository is not read: it is a link, or leads through one.
    fn leads_away(&self, path: &Path) -> Option<&'static str> {
        let inside = path.strip_prefix(self.root).ok()?;
        let mut at = self.root.to_path_buf();
        for part in inside.components() {
            at.push(part);
            if self.tree.kind(&at) == Some(EntryKind::Other) {
                return Some("is a link, or leads through one, and is not read");
            }
        }
        None
    }

    /// Adds a problem with a place. Its span is in the configuration, or empty for a path of the command line.
    fn wrong(&mut self, span: Option<Span>, message: String) -> &mut Finding {
        let (meta, span): (&'static Meta, Span) = match span {
            Some(span) => (&INVALID_SETTING, span),
            None => (&policy_error::META, self.nowhere()),
        };
        self.problems.push((meta, Finding::new(span, message)));
        let (_, finding) = self.problems.last_mut().unwrap_or_else(|| unreachable!("just pushed"));
        finding
    }

    /// An empty text for problems with the command line.
    fn nowhere(&mut self) -> Span {
        const NAME: &str = "--policy";
        let known = self.sources.find(NAME);
        let id =
            known.unwrap_or_else(|| self.sources.add(crate::source::Source::new(NAME.into(), "".into())));
        Span::new(id, 0, 0)
    }
}

fn shown_name(root: &Path, path: &Path) -> String {
    if path.starts_with(root) {
        discover::shown(&discover::name_of(root, path)).to_owned()
    } else {
        shown(path)
    }
}

/// The wanted files below a directory.
fn walk(
    tree: &dyn Tree,
    directory: &Path,
    below: &mut Vec<String>,
    what: What,
    found: &mut Vec<(PathBuf, Vec<String>)>,
) {
    if below.len() >= MAX_DEPTH || found.len() > MAX_FILES {
        return;
    }
    let Ok(entries) = tree.entries(directory) else { return };
    let mut entries: Vec<_> = entries.into_iter().flatten().collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, kind) in entries {
        let path = directory.join(&name);
        let Some(name) = name.to_str() else { continue };
        match kind {
            EntryKind::Directory if !name.starts_with('.') => {
                below.push(name.to_owned());
                walk(tree, &path, below, what, found);
                below.pop();
            }
            EntryKind::File if what.wants(name) => found.push((path, below.clone())),
            EntryKind::Directory | EntryKind::File | EntryKind::Other => {}
        }
    }
}
