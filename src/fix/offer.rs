//! Tries each fix before a check offers it, as `fix` does before it applies it. A fix that `fix` would undo is not offered.
//!
//! Fixes are tried together, as many as can be combined, so a repository with many findings is read only once or twice more.
//! Only if the result differs, fixes are tried separately.

use super::proof::{MAX_TRIALS, Seen, Unproven, failing, failing_in_text};
use crate::check::triage::Report;
use crate::config::Settings;
use crate::finding::{self, Edit, Fix, Together};
use crate::model::Repo;
use crate::pipeline::{self, Walked};
use crate::read::discover::Origin;
use crate::source::{FileId, Sources};
use crate::yaml::edit;
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Removes from `report` the fixes that `fix` would not apply, and adds the reasons. `repo` was read from `walked`.
/// `may_change` is called once for each file with a change.
pub fn prove(
    report: &mut Report,
    repo: impl Borrow<Repo>,
    walked: &Walked,
    settings: &Settings,
    sources: &Sources,
    may_change: impl Fn(&Path, &str) -> Result<(), String>,
) {
    let has_fix = |number: &usize| {
        let diagnostic = &report.diagnostics[*number];
        diagnostic.is_open() && diagnostic.fix.is_some()
    };
    let offered: Vec<usize> = (0..report.diagnostics.len()).filter(has_fix).collect();
    if offered.is_empty() {
        return;
    }
    let fixes: Vec<Fix> =
        offered.iter().filter_map(|number| report.diagnostics[*number].fix.clone()).collect();
    let names = walked.inputs.iter().enumerate().map(|(number, input)| (input.name.clone(), number));
    let names: BTreeMap<String, usize> = names.collect();
    let before = Seen::of(repo, sources);
    let tester = Tester {
        fixes: &fixes,
        walked,
        names,
        settings,
        sources,
        before,
        trials: Cell::new(trials(walked, sources)),
    };
    let mut withheld: BTreeMap<usize, String> = tester.of_files(may_change);
    for changes_nodes in [false, true] {
        let waiting = (0..fixes.len()).filter(|number| fixes[*number].changes_nodes == changes_nodes);
        let waiting = waiting.filter(|number| !withheld.contains_key(number)).collect();
        withheld
            .extend(tester.flawed(waiting).into_iter().map(|(number, flaw)| (number, flaw.why().to_owned())));
    }
    for (number, why) in withheld {
        let diagnostic = &mut report.diagnostics[offered[number]];
        diagnostic.fix = None;
        let said = format!("no fix is offered: {why}");
        diagnostic.note = Some(diagnostic.note.take().map_or(said.clone(), |note| format!("{note}; {said}")));
    }
}

/// Tries fixes.
struct Tester<'t, R> {
    fixes: &'t [Fix],
    walked: &'t Walked,
    /// The numbers of the inputs.
    names: BTreeMap<String, usize>,
    settings: &'t Settings,
    sources: &'t Sources,
    before: Seen<R>,
    /// How many more times the repository may be read.
    trials: Cell<usize>,
}

/// Fixes that can be combined.
struct Joined {
    /// Their numbers, sorted.
    taken: Vec<usize>,
    texts: Vec<Text>,
}

/// The resulting texts of files.
struct Text {
    file: FileId,
    before: Arc<str>,
    after: Arc<str>,
    edits: Vec<Edit>,
}

/// The least number of times that a repository may be read again. A large repository may not be read more often.
const MIN_TRIALS: usize = 2;
/// The limits of files, and of bytes in texts with findings, that are read again.
const MOST_FILES: usize = 20_000;
const MOST_BYTES: usize = 16 << 20;
/// Fixes that cannot be combined are tried one after the other at most so many times.
const MAX_ROUNDS: usize = 32;

/// How many times a repository may be read again.
fn trials(walked: &Walked, sources: &Sources) -> usize {
    let texts = (0..sources.len()).filter_map(|number| sources.get(FileId(number as u32)));
    let bytes: usize = texts.map(|source| source.text.len()).sum();
    let of_files = MOST_FILES / walked.inputs.len().max(1);
    of_files.min(MOST_BYTES / bytes.max(1)).clamp(MIN_TRIALS, MAX_TRIALS)
}

impl<R: Borrow<Repo>> Tester<'_, R> {
    /// The fixes that would change a file that has to stay.
    fn of_files(&self, may_change: impl Fn(&Path, &str) -> Result<(), String>) -> BTreeMap<usize, String> {
        let mut answers: BTreeMap<FileId, Option<String>> = BTreeMap::new();
        let mut refusal = |file: FileId| {
            let answer = answers.entry(file).or_insert_with(|| {
                let Some((source, number)) = self.input(file) else {
                    return Some("`fix` does not change what stands there".to_owned());
                };
                let path = self.walked.inputs[number].origin.path()?;
                may_change(path, &source).err().map(|why| format!("the file {why}"))
            });
            answer.clone()
        };
        let files = |fix: &Fix| fix.edits.iter().map(|edit| edit.span.file).collect::<BTreeSet<_>>();
        let refused = self.fixes.iter().enumerate();
        refused
            .filter_map(|(number, fix)| Some((number, files(fix).into_iter().find_map(&mut refusal)?)))
            .collect()
    }

    /// The text of a file, and its number among the inputs.
    fn input(&self, file: FileId) -> Option<(Arc<str>, usize)> {
        let source = self.sources.get(file)?;
        Some((source.text.clone(), *self.names.get(&source.name)?))
    }

    /// The fixes that `fix` would undo. Fixes that cannot be tried within the limit count as valid.
    fn flawed(&self, mut waiting: Vec<usize>) -> BTreeMap<usize, Unproven> {
        let mut flawed = BTreeMap::new();
        for _ in 0..MAX_ROUNDS {
            if waiting.is_empty() || self.trials.get() == 0 {
                break;
            }
            let joined = self.join(&waiting);
            let bad = self.flawed_texts(&joined);
            let taken = &joined.taken;
            if bad.is_empty() {
                if let Some(flaw) = self.flaw(&joined) {
                    let left = self.trials.get();
                    let fails = |some: &[usize]| {
                        let some: Vec<usize> = some.iter().map(|&at| taken[at]).collect();
                        Ok::<bool, std::convert::Infallible>(self.flaw(&self.join(&some)).is_some())
                    };
                    let blamed = failing(taken.len(), left, fails).unwrap_or_else(|never| match never {});
                    flawed.extend(blamed.into_iter().map(|at| (taken[at], flaw)));
                }
                waiting.retain(|number| taken.binary_search(number).is_err());
            } else {
                waiting.retain(|number| !bad.contains(number));
                flawed.extend(bad.into_iter().map(|number| (number, Unproven::Text)));
            }
        }
        flawed
    }

    /// As many of the fixes as can be combined, with the resulting texts.
    fn join(&self, some: &[usize]) -> Joined {
        let Together { edits, taken } = finding::together(some.iter().map(|&number| &self.fixes[number]));
        let texts = finding::by_file(&edits).filter_map(|(file, edits)| {
            let before = self.sources.get(file)?.text.clone();
            let after = finding::apply_edits(&before, edits).into();
            Some(Text { file, before, after, edits: edits.to_vec() })
        });
        Joined { taken: taken.into_iter().map(|at| some[at]).collect(), texts: texts.collect() }
    }

    /// The fixes after which a text means something else than intended.
    fn flawed_texts(&self, Joined { taken, texts }: &Joined) -> BTreeSet<usize> {
        let mut flawed = BTreeSet::new();
        for &Text { file, before: ref text, ref after, ref edits } in texts {
            if !edit::proof::holds(text, after, edits) {
                let is_here = |number: &usize| self.fixes[*number].edits.iter().any(|e| e.span.file == file);
                let here: Vec<usize> = taken.iter().copied().filter(is_here).collect();
                let fixes: Vec<&Fix> = here.iter().map(|&number| &self.fixes[number]).collect();
                flawed.extend(failing_in_text(text, file, &fixes).into_iter().map(|at| here[at]));
            }
        }
        flawed
    }

    /// Reads the repository with the new texts, and returns the problem of the fixes, if there is one.
    fn flaw(&self, joined: &Joined) -> Option<Unproven> {
        self.trials.set(self.trials.get().saturating_sub(1));
        let mut walked = self.walked.again(self.sources);
        for text in &joined.texts {
            if let Some((_, number)) = self.input(text.file) {
                walked.inputs[number].origin = Origin::Text(text.after.as_bytes().to_vec());
            }
        }
        let mut sources = Sources::default();
        // Workloads change neither a build nor the files of nodes.
        let repo = pipeline::read(walked, self.settings, &mut sources);
        let may_change = joined.taken.iter().any(|&number| self.fixes[number].changes_nodes);
        Seen::of(repo, &sources).flaw(&self.before, may_change)
    }
}
