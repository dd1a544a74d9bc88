//! Finds the values files that an Application names: paths, and globs that Argo CD expands (`docs/user-guide/helm.md`,
//! "Glob Patterns in Value Files").

use super::chart_use::{Applier, ChartUse};
use super::repository::Repository;
use crate::kustomize::{self, Files, Found};
use crate::model::Evidence;
use crate::read::globs::{self, Globs};
use crate::source::Span;
use argo_apps::Helm;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The maximum number of files and directories that are checked for a glob, outside of the walk.
const MAX_LOOKED_AT: usize = 10_000;

/// A file with values.
pub(super) struct ValueFile {
    /// The entry of the Application.
    pub(super) span: Span,
    /// The path of the file, or the reason why there is none.
    pub(super) path: Result<String, String>,
}

/// The files in the order in which they apply. Only Argo CD expands globs.
pub(super) fn of(used: &ChartUse, repository: &Repository<'_>) -> Vec<ValueFile> {
    if matches!(used.by, Applier::Object(_, Evidence::Application(_), _)) {
        return expanded(&used.helm, repository);
    }
    let files = used.helm.value_files.iter();
    files.map(|file| ValueFile { span: file.span, path: file.value.clone().ok_or_else(elsewhere) }).collect()
}

/// The files that globs match.
pub(super) fn matched(used: &ChartUse, repository: &Repository<'_>) -> Vec<String> {
    let has_glob = used.helm.value_files.iter().any(|file| file.value.as_deref().is_some_and(is_glob));
    let files = if has_glob { of(used, repository) } else { Vec::new() };
    files.into_iter().filter_map(|file| file.path.ok()).collect()
}

fn elsewhere() -> String {
    "a values file is not in this repository".to_owned()
}

/// The same with the matches of globs. A plain path keeps its position, even if a glob also matches the file.
fn expanded(helm: &Helm, repository: &Repository<'_>) -> Vec<ValueFile> {
    let paths = || helm.value_files.iter().filter_map(|file| file.value.as_deref());
    let mut taken: BTreeSet<String> = paths().filter(|path| !is_glob(path)).map(str::to_owned).collect();
    let mut files = Vec::new();
    for file in &helm.value_files {
        let span = file.span;
        let path = match file.value.as_deref() {
            Some(glob) if is_glob(glob) => {
                let matching = matching(glob, repository);
                if matching.is_empty() && !helm.ignore_missing {
                    let path = Err(format!("`{glob}` matches no file of this repository"));
                    files.push(ValueFile { span, path });
                }
                for path in matching.into_iter().filter(|path| taken.insert(path.clone())) {
                    files.push(ValueFile { span, path: Ok(path) });
                }
                continue;
            }
            Some(path) => Ok(path.to_owned()),
            None => Err(elsewhere()),
        };
        files.push(ValueFile { span, path });
    }
    files
}

fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The files that a glob matches, in the order of Argo CD.
fn matching(glob: &str, repository: &Repository<'_>) -> Vec<String> {
    let Ok(parsed) = globs::parse(glob) else { return Vec::new() };
    let globs = Globs::new([parsed]);
    let base: Vec<&str> = glob.split('/').take_while(|part| !is_glob(part)).collect();
    let base = base.join("/");
    let mut found: Vec<String> = if repository.is_part() {
        below(&base, repository).into_iter().filter(|name| globs.is_match(name)).collect()
    } else {
        let names = repository.names_below(&base).filter(|name| globs.is_match(name));
        names.map(str::to_owned).collect()
    };
    found.sort_by(|one, other| as_met(one, other));
    found
}

/// The files below a directory.
fn below(directory: &str, repository: &Repository<'_>) -> Vec<String> {
    let mut files = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    let mut count = 0;
    while let Some(directory) = waiting.pop() {
        for name in repository.entries(&directory) {
            count += 1;
            if count > MAX_LOOKED_AT {
                return files;
            }
            let Some(path) = kustomize::join(&directory, &name) else { continue };
            match repository.find(&path) {
                // A link to another directory may lead back here, so links are not followed.
                Found::Directory { path: real } if real == path => waiting.push(path),
                Found::File { .. } => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// Orders the files of a directory before the files of its subdirectories.
fn as_met(one: &str, other: &str) -> Ordering {
    let (mut ours, mut theirs) = (one.split('/').peekable(), other.split('/').peekable());
    loop {
        match (ours.next(), theirs.next()) {
            (Some(our), Some(their)) if our == their => {}
            (Some(our), Some(their)) => {
                let (is_file, is_other_file) = (ours.peek().is_none(), theirs.peek().is_none());
                return is_other_file.cmp(&is_file).then_with(|| our.cmp(their));
            }
            (our, their) => return our.cmp(&their),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::as_met;

    #[test]
    fn files_come_before_directories() {
        let mut names = ["e/n/c.yaml", "e/z.yaml", "e/a.yaml", "e/b/x.yaml", "e/b/c/y.yaml"];
        names.sort_by(|one, other| as_met(one, other));
        assert_eq!(names, ["e/a.yaml", "e/z.yaml", "e/b/x.yaml", "e/b/c/y.yaml", "e/n/c.yaml"]);
    }
}
