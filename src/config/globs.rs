//! The globs of the configuration, and whether they match anything.

use super::{Reader, Settings};
use crate::finding::Finding;
use crate::kustomize;
use crate::read::discover;
use crate::read::globs::{self, Globs};
use crate::rules::rule::{Meta, Severity};
use crate::rules::settings;
use crate::source::Spanned;
use std::collections::BTreeSet;

/// A glob that should match something.
pub(super) struct Expected {
    glob: Spanned<String>,
    set: Globs,
    what: What,
    /// The file of a chart.
    file: Option<String>,
}

/// What a glob selects.
#[derive(Clone, Copy)]
enum What {
    File,
    /// A directory with a kustomization, for the cluster of this number.
    Root(usize),
    /// The `Chart.yaml` of a chart.
    Chart,
}

/// The help that explains globs.
const GLOBS: &str = "write globs relative to the directory of the configuration; `*` stays within a directory, \
     `**` does not";

impl Settings {
    /// A finding for each glob that matches none of these files. A chart may also be behind a link, which `is_there` follows.
    pub fn unmatched_globs<'n>(
        &self,
        names: &(impl Iterator<Item = &'n str> + Clone),
        is_there: impl Fn(&str) -> bool,
    ) -> Vec<(&'static Meta, Finding)> {
        let expected = &self.globs;
        let mut unmatched: Vec<(&'static Meta, Finding)> = Vec::new();
        let of = |is_root: bool| {
            let wanted = expected.iter().filter(move |expected| expected.what.cluster().is_some() == is_root);
            Globs::joined(wanted.map(|expected| (0, &expected.set)))
        };
        let (files, roots) = (of(false), of(true));
        let files = files.met_by(names.clone());
        let roots = roots.met_by(
            names
                .clone()
                .filter(|name| discover::is_kustomization(name))
                .map(|name| discover::shown(discover::directory(name))),
        );
        let is_met = |expected: &Expected| {
            let met = if expected.what.cluster().is_some() { &roots } else { &files };
            expected.set.patterns().any(|pattern| met.contains(pattern))
                || expected.file.as_deref().is_some_and(&is_there)
        };
        let rooted = expected.iter().filter(|expected| is_met(expected));
        let rooted: BTreeSet<usize> = rooted.filter_map(|expected| expected.what.cluster()).collect();
        for Expected { glob, what, .. } in expected.iter().filter(|expected| !is_met(expected)) {
            let due = match what {
                What::File => "file",
                What::Root(_) => "directory with a kustomization",
                What::Chart => "directory with a chart",
            };
            let mut finding = Finding::new(glob.span, format!("`{}` matches no {due}", glob.value));
            match what.cluster().filter(|cluster| !rooted.contains(cluster)) {
                Some(cluster) => {
                    let name = &self.known.clusters[cluster].name;
                    let lost = format!(
                        "no root of cluster `{name}` is left, so its kustomizations are not checked for it"
                    );
                    finding
                        .severity(Severity::Error)
                        .help(format!("name a directory that is here: {lost}; {GLOBS}"));
                }
                None if matches!(what, What::Chart) => {
                    finding.severity(Severity::Error).help(
                        "name a directory with a `Chart.yaml`, relative to the directory of the configuration: no \
                         cluster is checked with this chart",
                    );
                }
                None => {
                    finding.help(GLOBS);
                }
            }
            unmatched.push((&settings::UNMATCHED_PATH, finding));
        }
        unmatched
    }
}

impl What {
    fn cluster(self) -> Option<usize> {
        match self {
            What::File | What::Chart => None,
            What::Root(cluster) => Some(cluster),
        }
    }
}

impl Reader {
    /// Globs that have to match some file.
    pub(super) fn file_globs(&mut self, globs: &[Spanned<String>]) -> Globs {
        for glob in globs {
            let set = self.globs_of(std::slice::from_ref(glob));
            if !set.is_empty() {
                self.globs.push(Expected { glob: glob.clone(), set, what: What::File, file: None });
            }
        }
        // The errors were reported one by one.
        Reader::default().globs_of(globs)
    }

    /// Globs of directories; each has to match a directory with a kustomization.
    pub(super) fn root_globs(&mut self, globs: &[Spanned<String>], cluster: usize) -> Globs {
        for glob in globs {
            let set = self.globs_of(std::slice::from_ref(glob));
            if !set.is_empty() {
                self.globs.push(Expected { glob: glob.clone(), set, what: What::Root(cluster), file: None });
            }
        }
        Reader::default().globs_of(globs)
    }

    /// A directory that has to hold a chart.
    pub(super) fn expect_chart(&mut self, written: &Spanned<String>, directory: &str) {
        let file = kustomize::join(directory, "Chart.yaml").unwrap_or_default();
        let glob = globs::parse(&globset::escape(&file)).ok();
        let (glob, set) = (written.clone(), Globs::new(glob));
        self.globs.push(Expected { glob, set, what: What::Chart, file: Some(file) });
    }

    pub(super) fn globs_of(&mut self, globs: &[Spanned<String>]) -> Globs {
        let mut set = Vec::new();
        for glob in globs {
            // A directory's name stands for everything in it; a pattern says itself how deep it goes.
            let pattern = glob.value.trim_start_matches("./").trim_end_matches('/');
            let last = discover::file_name(pattern);
            let within = (!last.contains(['*', '?', '[', '{'])).then(|| format!("{pattern}/**"));
            for pattern in [Some(pattern.to_owned()), within].into_iter().flatten() {
                match globs::parse(&pattern) {
                    Ok(glob) => set.push(glob),
                    Err(error) => {
                        let message = format!("`{}` is not a valid glob: {}", glob.value, error.kind());
                        self.problem(&settings::INVALID_SETTING, glob.span, message);
                        break;
                    }
                }
            }
        }
        Globs::new(set)
    }
}
