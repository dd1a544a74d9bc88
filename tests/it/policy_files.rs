//! Policies of a repository in memory: its files as a tree, and the workers that read them.

use pullwarden::config::Settings;
use pullwarden::program::{self, Workers};
use pullwarden::read::tree::{EntryKind, Tree};
use pullwarden::source::Sources;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Where the repository seems to lie.
const ROOT: &str = "/repository";

/// Reads the policies that the settings name.
pub(crate) fn read(files: &[(String, Vec<u8>)], settings: &mut Settings, sources: &mut Sources) {
    if settings.policies.is_empty() {
        return;
    }
    let tree = Files(files.iter().map(|(name, text)| (Path::new(ROOT).join(name), text.clone())).collect());
    let workers = Workers::of(env!("CARGO_BIN_EXE_pullwarden").into());
    let policies =
        program::read_policies(&settings.policies.clone(), (Path::new(ROOT), &tree), &workers, sources);
    settings.adopt(policies);
}

/// Files in memory.
#[derive(Debug)]
struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Tree for Files {
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>> {
        let below = self.0.iter().filter_map(|(path, _)| path.strip_prefix(directory).ok());
        let names: BTreeSet<(OsString, bool)> = below
            .filter_map(|rest| {
                let mut parts = rest.components();
                Some((parts.next()?.as_os_str().to_owned(), parts.next().is_none()))
            })
            .collect();
        let kind = |is_file| if is_file { EntryKind::File } else { EntryKind::Directory };
        Ok(names.into_iter().map(|(name, is_file)| Ok((name, kind(is_file)))).collect())
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        if self.0.iter().any(|(file, _)| file == path) {
            return Some(EntryKind::File);
        }
        self.0.iter().any(|(file, _)| file.starts_with(path)).then_some(EntryKind::Directory)
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        self.kind(path).map(|_| path.to_owned())
    }

    fn read(&self, path: &Path, _: u64) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(file, _)| file == path);
        found.map(|(_, text)| text.clone()).ok_or_else(|| "is not there".to_owned())
    }
}
