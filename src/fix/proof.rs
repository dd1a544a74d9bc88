//! Proves fixes: the result is read again, and has to be what was intended.
//!
//! Four conditions have to hold. A text means the same as before, apart from the edits ([`Unproven::Text`]). Every build
//! that was possible is still possible ([`Unproven::Build`]). The nodes of all clusters get the same files, unless the fixes
//! are meant to change them ([`Unproven::Nodes`]); so a pass never combines both sorts of fixes. And no operator stops that
//! did not stop before ([`Unproven::Stops`]). A fix that fails is undone, by itself if it can be told apart from the others.

use super::FixedFile;
use crate::check::triage::Report;
use crate::finding::{self, Fix};
use crate::machine::guard;
use crate::machine::threads;
use crate::model::{BuildOutcome, BuildProblem, Repo};
use crate::read::discover::{Input, Origin};
use crate::read::manifest::BrokenWhat;
use crate::rules::view::ClusterView;
use crate::source::{FileId, Sources};
use crate::yaml::edit::proof;
use sha2::{Digest, Sha256};
use std::borrow::Borrow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The whole repository is read at most so many times to find the fixes that make a pass fail.
pub(super) const MAX_TRIALS: usize = 24;
/// A text is read at most so many times to find the fixes that make it fail.
const MAX_READINGS: usize = 256;

/// Why a fix is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unproven {
    /// Its text would mean something else than intended.
    Text,
    /// A build would be refused.
    Build,
    /// The nodes would get different files.
    Nodes,
    /// pullwarden failed when it read the result.
    Fault,
    /// The operator of some cluster would stop.
    Stops,
}

impl Unproven {
    /// The reason, in words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Text => "the file would mean something else than intended",
            Self::Build => "a kustomization or chart that reads the file would fail",
            Self::Nodes => "the nodes would get other files",
            Self::Fault => "pullwarden failed when it checked the result of the fix",
            Self::Stops => "the Machine Config Operator would stop, and no node would get its files",
        }
    }
}

/// Identifies a fix from one pass to the next: the name of its file, the rule, and the fingerprint of the finding.
pub(super) type Key = (String, &'static str, String);

/// The report of a check, with what was read for it.
pub(super) struct CheckedTexts {
    pub(super) report: Report,
    pub(super) sources: Sources,
    seen: Seen,
}

impl CheckedTexts {
    pub(super) fn new(repo: Repo, report: Report, sources: Sources) -> Self {
        let seen = Seen::of(repo, &sources);
        Self { report, sources, seen }
    }
}

/// The state that fixes must not change unintentionally: the refused builds, and the files on the nodes.
pub(super) struct Seen<R = Repo> {
    /// The builds that are refused: the root, the file and the reason.
    refused: BTreeSet<(String, String, String)>,
    repo: R,
    nodes: OnceCell<Vec<NodeFiles>>,
}

/// A cluster with a hash of its files; `None` if the operator stops, so that the nodes keep their old files.
type NodeFiles = (String, Option<[u8; 32]>);

impl<R: Borrow<Repo>> Seen<R> {
    pub(super) fn of(repo: R, sources: &Sources) -> Self {
        let is_refused = |problem: &&BuildProblem| {
            problem.outcome.is_refused() || problem.outcome == BuildOutcome::ChartRefused
        };
        let refused = repo.borrow().builds.iter().filter(is_refused);
        let refused = refused
            .map(|problem| {
                let name = sources.get(problem.span.file).map(|source| source.name.clone());
                (problem.root.clone(), name.unwrap_or_default(), problem.message.clone())
            })
            .collect();
        Self { refused, repo, nodes: OnceCell::new() }
    }

    /// The problem of the current state, after fixes.
    pub(super) fn flaw(&self, before: &Seen<impl Borrow<Repo>>, may_change: bool) -> Option<Unproven> {
        let faults = |repo: &Repo| {
            repo.broken.iter().filter(|broken| matches!(broken.what, BrokenWhat::Fault(_))).count()
        };
        if faults(self.repo.borrow()) > faults(before.repo.borrow()) {
            return Some(Unproven::Fault);
        }
        if !self.refused.is_subset(&before.refused) {
            return Some(Unproven::Build);
        }
        let (now, before) = (self.nodes(), before.nodes());
        if !may_change {
            return (now != before).then_some(Unproven::Nodes);
        }
        let written: BTreeSet<&str> = before.iter().filter(|(_, files)| files.is_some()).map(name).collect();
        let stops = now.iter().filter(|(_, files)| files.is_none()).map(name);
        stops.into_iter().any(|cluster| written.contains(cluster)).then_some(Unproven::Stops)
    }

    fn nodes(&self) -> &[NodeFiles] {
        self.nodes.get_or_init(|| {
            let repo = self.repo.borrow();
            threads::map_long(&repo.clusters, repo.files, |_, cluster| {
                let view = ClusterView::new(cluster);
                let files = view.nodes().files.as_ref().ok().map(|files| {
                    let mut hash = Sha256::new();
                    for (path, text) in files.written_for_all().into_iter().chain(files.of_namespaces()) {
                        hash.update([path.as_bytes(), b"\0", text.as_bytes(), b"\0"].concat());
                    }
                    hash.finalize().into()
                });
                (cluster.name.clone(), files)
            })
        })
    }
}

fn name((cluster, _): &NodeFiles) -> &str {
    cluster
}

/// The state before a pass, and its changes.
pub(super) struct Pass {
    pub(super) inputs: Vec<Input>,
    pub(super) files: BTreeMap<String, FixedFile>,
    before: CheckedTexts,
    /// The applied fixes.
    made: Vec<(Key, Fix)>,
    /// The changed texts, with the numbers of their inputs.
    texts: BTreeMap<FileId, (usize, Arc<str>)>,
}

impl Pass {
    pub(super) fn new(
        inputs: Vec<Input>,
        files: BTreeMap<String, FixedFile>,
        before: CheckedTexts,
        made: Vec<(Key, Fix)>,
        texts: BTreeMap<FileId, (usize, Arc<str>)>,
    ) -> Self {
        Self { inputs, files, before, made, texts }
    }

    /// The problem in the report of a check after the pass.
    pub(super) fn flaw(&self, now: &CheckedTexts) -> Option<Unproven> {
        guard::part("proof", || self.compare(now)).unwrap_or(Some(Unproven::Fault))
    }

    fn compare(&self, now: &CheckedTexts) -> Option<Unproven> {
        if now.report.has_faults() && !self.before.report.has_faults() {
            return Some(Unproven::Fault);
        }
        now.seen.flaw(&self.before.seen, self.made.iter().any(|(_, fix)| fix.changes_nodes))
    }

    /// The fixes that cause the problem. `check` checks other inputs.
    pub(super) fn blame<E>(
        &self,
        check: impl Fn(&[Input]) -> Result<CheckedTexts, E>,
    ) -> Result<BTreeSet<Key>, E> {
        let blamed = guard::run(|| self.failing(check));
        let blamed = blamed.unwrap_or_else(|_| Ok((0..self.made.len()).collect()))?;
        Ok(blamed.into_iter().map(|number| self.made[number].0.clone()).collect())
    }

    fn failing<E>(&self, check: impl Fn(&[Input]) -> Result<CheckedTexts, E>) -> Result<Vec<usize>, E> {
        failing(self.made.len(), MAX_TRIALS, |chosen| {
            let fixes = chosen.iter().map(|&number| &self.made[number].1);
            let edits = finding::together(fixes).edits;
            let mut inputs = self.inputs.clone();
            for (file, edits) in finding::by_file(&edits) {
                if let Some((number, text)) = self.texts.get(&file) {
                    inputs[*number].origin = Origin::Text(finding::apply_edits(text, edits).into_bytes());
                }
            }
            Ok(self.flaw(&check(&inputs)?).is_some())
        })
    }
}

/// The fixes after which one of their texts means something else than intended.
pub(super) fn failing_in_text(text: &Arc<str>, file: FileId, fixes: &[&Fix]) -> Vec<usize> {
    let blamed = failing(fixes.len(), MAX_READINGS, |chosen| {
        let edits = finding::together(chosen.iter().map(|&number| fixes[number])).edits;
        let edits: Vec<_> = edits.into_iter().filter(|edit| edit.span.file == file).collect();
        let after = finding::apply_edits(text, &edits).into();
        Ok::<bool, std::convert::Infallible>(!proof::holds(text, &after, &edits))
    });
    blamed.unwrap_or_else(|never| match never {})
}

/// The fixes that fail, out of several that fail together. Fixes that fail only together count as failing, as do fixes that
/// cannot be told apart within the limit.
pub(super) fn failing<E>(
    count: usize,
    most: usize,
    fails: impl Fn(&[usize]) -> Result<bool, E>,
) -> Result<Vec<usize>, E> {
    let mut failing: Vec<Vec<usize>> = vec![(0..count).collect()];
    let mut blamed = Vec::new();
    let mut trials = 0;
    while let Some(some) = failing.pop() {
        if some.len() < 2 || trials + 2 > most {
            blamed.extend(some);
            continue;
        }
        trials += 2;
        let (first, second) = some.split_at(some.len() / 2);
        let (first_fails, second_fails) = (fails(first)?, fails(second)?);
        failing.extend(first_fails.then(|| first.to_vec()));
        failing.extend(second_fails.then(|| second.to_vec()));
        if !first_fails && !second_fails {
            blamed.extend(some);
        }
    }
    blamed.sort_unstable();
    Ok(blamed)
}

#[cfg(test)]
mod tests {
    use super::failing;

    #[test]
    fn the_fixes_that_fail_are_found_among_the_others() {
        let alone = |bad: &'static [usize]| {
            move |some: &[usize]| Ok::<bool, ()>(some.iter().any(|number| bad.contains(number)))
        };
        assert_eq!(failing(9, 99, alone(&[4])), Ok(vec![4]));
        assert_eq!(failing(9, 99, alone(&[0, 7, 8])), Ok(vec![0, 7, 8]));
        let both = |some: &[usize]| Ok::<bool, ()>(some.contains(&1) && some.contains(&2));
        assert_eq!(failing(4, 99, both), Ok(vec![0, 1, 2, 3]));
        assert_eq!(failing(4, 2, alone(&[3])), Ok(vec![2, 3]));
    }
}
