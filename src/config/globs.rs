//! The globs of the configuration, and whether they match anything.

use super::{Reader, Settings};
use crate::discover;
use crate::finding::Finding;
use crate::rules::settings;
use crate::source::Spanned;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A glob that should match something.
pub(super) struct Expected {
    glob: Spanned<String>,
    set: GlobSet,
    what: What,
}

/// What a glob is about.
#[derive(Clone, Copy)]
enum What {
    File,
    /// A directory with a kustomization.
    Root,
}

impl Settings {
    /// Reports the globs that match none of these files.
    pub fn check_globs<'n>(&mut self, names: &(impl Iterator<Item = &'n str> + Clone)) {
        for Expected { glob, set, what } in std::mem::take(&mut self.globs) {
            let is_met = match what {
                What::File => names.clone().any(|name| set.is_match(name)),
                What::Root => names.clone().filter(|name| discover::is_kustomization(name)).any(|name| {
                    let directory = discover::directory(name);
                    set.is_match(if directory.is_empty() { "." } else { directory })
                }),
            };
            if !is_met {
                let due = match what {
                    What::File => "file",
                    What::Root => "directory with a kustomization",
                };
                let mut finding = Finding::new(glob.span, format!("`{}` matches no {due}", glob.value));
                finding.help("globs are relative to the directory of the configuration; `*` stays within a directory, `**` does not");
                self.problems.push((&settings::UNMATCHED_PATH, finding));
            }
        }
    }
}

impl Reader {
    /// Globs that have to match some file.
    pub(super) fn file_globs(&mut self, globs: &[Spanned<String>]) -> GlobSet {
        for glob in globs {
            let set = self.globs_of(std::slice::from_ref(glob));
            if !set.is_empty() {
                self.globs.push(Expected { glob: glob.clone(), set, what: What::File });
            }
        }
        // The errors were reported one by one.
        Reader { problems: Vec::new(), globs: Vec::new() }.globs_of(globs)
    }

    /// Globs of directories, each of which has to hold some kustomization.
    pub(super) fn root_globs(&mut self, globs: &[Spanned<String>]) -> GlobSet {
        for glob in globs {
            let set = self.globs_of(std::slice::from_ref(glob));
            if !set.is_empty() {
                self.globs.push(Expected { glob: glob.clone(), set, what: What::Root });
            }
        }
        Reader { problems: Vec::new(), globs: Vec::new() }.globs_of(globs)
    }

    pub(super) fn globs_of(&mut self, globs: &[Spanned<String>]) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            // A directory's name stands for everything in it; a pattern says itself how deep it goes.
            let pattern = glob.value.trim_start_matches("./").trim_end_matches('/');
            let last = pattern.rsplit('/').next().unwrap_or(pattern);
            let within = (!last.contains(['*', '?', '[', '{'])).then(|| format!("{pattern}/**"));
            for pattern in [Some(pattern.to_owned()), within].into_iter().flatten() {
                match GlobBuilder::new(&pattern).literal_separator(true).build() {
                    Ok(glob) => {
                        set.add(glob);
                    }
                    Err(error) => {
                        let message = format!("`{}` is no glob: {}", glob.value, error.kind());
                        self.problem(&settings::INVALID_SETTING, glob.span, message);
                        break;
                    }
                }
            }
        }
        set.build().unwrap_or_else(|_| GlobSet::empty())
    }
}
