//! Finds a repository: its `.git`, or the directory that the file `.git` of a linked working tree names.
//!
//! The file `.git` may name any directory of the machine, so it only counts if that directory names this working tree.
//! Links and alternates are refused, too: they could make pullwarden read the objects of another repository.

use super::{MAX_TEXT, real};
use crate::machine::disk;
use crate::machine::terminal::shown;
use std::path::{Path, PathBuf};

/// The parts of a repository, with links resolved.
pub(super) struct Located {
    /// The directory of the working tree, with `HEAD`.
    pub(super) git_dir: PathBuf,
    /// The directory that all working trees share, with objects and refs.
    pub(super) common_dir: PathBuf,
    /// The directory that holds `.git`.
    pub(super) work_tree: Option<PathBuf>,
}

/// Finds the repository of `path`, which has its links resolved.
pub(super) fn locate(path: &Path) -> Result<Located, String> {
    let above = path.ancestors().find_map(|directory| {
        if is_work_tree(directory) {
            Some(of_work_tree(directory))
        } else {
            is_bare(directory).then(|| Ok(bare(directory)))
        }
    });
    let located = above.unwrap_or_else(|| {
        Err(format!(
            "{} is in no Git repository; compare two directories with `pullwarden plan --old DIR --new DIR`",
            shown(path)
        ))
    })?;
    located.check()?;
    Ok(located)
}

/// Whether a working tree begins at a directory: it holds `.git`.
pub fn is_work_tree(directory: &Path) -> bool {
    directory.join(".git").symlink_metadata().is_ok()
}

/// The `.git` directory of a working tree. `work_tree` must have its links resolved.
pub fn directory_of(work_tree: &Path) -> Result<PathBuf, String> {
    of_work_tree(work_tree).map(|located| located.git_dir)
}

fn is_bare(directory: &Path) -> bool {
    directory.join("HEAD").is_file() && directory.join("objects").is_dir() && directory.join("refs").is_dir()
}

fn bare(directory: &Path) -> Located {
    Located { git_dir: directory.to_path_buf(), common_dir: directory.to_path_buf(), work_tree: None }
}

fn of_work_tree(directory: &Path) -> Result<Located, String> {
    let dot_git = directory.join(".git");
    let git_dir = real(&dot_git)?;
    let work_tree = Some(directory.to_path_buf());
    if git_dir.is_dir() {
        if git_dir != dot_git {
            return Err(format!("{} is a link to {} and is not followed", shown(&dot_git), shown(&git_dir)));
        }
        return Ok(Located { common_dir: git_dir.clone(), git_dir, work_tree });
    }
    let named = text(&dot_git)?;
    let Some(named) = named.strip_prefix("gitdir:") else {
        return Err(format!("{} names no repository", shown(&dot_git)));
    };
    let git_dir = real(&directory.join(named.trim()))?;
    let common = text(&git_dir.join("commondir")).ok();
    let common_dir = match &common {
        Some(common) => real(&git_dir.join(common.trim()))?,
        None => git_dir.clone(),
    };
    let knows = text(&git_dir.join("gitdir")).ok();
    let leads_back = knows.is_some_and(|back| {
        real(&git_dir.join(back.trim())).is_ok_and(|back| back == dot_git)
            && git_dir.parent() == Some(&common_dir.join("worktrees"))
    });
    // A submodule lies in the repository of a directory above it.
    let is_submodule = common.is_none()
        && directory.ancestors().skip(1).any(|above| git_dir.starts_with(above.join(".git/modules")));
    if !leads_back && !is_submodule {
        return Err(format!(
            "{} names {}, which does not list this working tree, so it is not read; `git worktree repair` writes both",
            shown(&dot_git),
            shown(&git_dir)
        ));
    }
    Ok(Located { git_dir, common_dir, work_tree })
}

fn text(path: &Path) -> Result<String, String> {
    let bytes = disk::read(path, MAX_TEXT).map_err(|why| format!("{} {why}", shown(path)))?;
    String::from_utf8(bytes).map_err(|_| format!("{} is not a text in UTF-8", shown(path)))
}

impl Located {
    /// Refuses formats that cannot be read, and parts that lie elsewhere.
    fn check(&self) -> Result<(), String> {
        if self.common_dir.join("reftable").is_dir() {
            return Err(format!(
                "{} keeps its refs as a reftable, which pullwarden does not read; `git refs migrate --ref-format=files` converts it",
                shown(&self.common_dir)
            ));
        }
        if self.says("objectformat", "sha256") {
            return Err(format!(
                "{} is a SHA-256 repository, and pullwarden reads SHA-1 repositories only; compare two checked out \
                 directories with `pullwarden plan --old DIR --new DIR`",
                shown(&self.common_dir)
            ));
        }
        for part in ["objects", "objects/pack", "objects/info", "refs", "packed-refs"] {
            let path = self.common_dir.join(part);
            if path.canonicalize().is_ok_and(|real| real != path) {
                return Err(format!("{} is a link and is not followed", shown(&path)));
            }
        }
        let objects = self.common_dir.join("objects");
        let alternates = gix_odb::alternate::resolve(objects.clone(), &objects).map_err(|error| {
            format!("{} cannot be read: {error}", shown(&objects.join("info/alternates")))
        })?;
        for alternate in alternates {
            let is_inside = alternate.canonicalize().is_ok_and(|real| real.starts_with(&self.common_dir));
            if !is_inside {
                return Err(format!(
                    "{} names objects in {}, outside of the repository, and they are not read; `git repack -a -d && rm \
                     .git/objects/info/alternates` makes the repository whole",
                    shown(&objects.join("info/alternates")),
                    shown(&alternate)
                ));
            }
        }
        Ok(())
    }

    pub(super) fn is_sparse(&self) -> bool {
        self.git_dir.join("info/sparse-checkout").is_file() && self.says("sparsecheckout", "true")
    }

    /// Whether the configuration of Git sets a key to this value. The answer only chooses between errors.
    fn says(&self, key: &str, value: &str) -> bool {
        let files = [self.common_dir.join("config"), self.git_dir.join("config.worktree")];
        let mut texts = files.iter().filter_map(|file| disk::read(file, MAX_TEXT).ok());
        texts.any(|text| {
            String::from_utf8_lossy(&text).lines().any(|line| {
                line.split_once('=').is_some_and(|(left, right)| {
                    left.trim().eq_ignore_ascii_case(key) && right.trim().eq_ignore_ascii_case(value)
                })
            })
        })
    }
}
