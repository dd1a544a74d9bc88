//! Applies fixes: checks and fixes take turns, in memory, until there is nothing more to fix. Then each file gets its new
//! text as a whole. The result of each turn is proven before the next one (`proof`).

mod offer;
mod proof;
mod replace;

pub use offer::prove;
pub use proof::Unproven;
pub use replace::{Bounds, can_be_replaced, is_as_read, replace, write_new, write_whole, write_with};

use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::config::Settings;
use crate::finding::{self, Edit, Fix, Safety};
use crate::machine::guard;
use crate::pipeline::{self, Walked};
use crate::read::discover::{self, Input, Origin, RENDERED};
use crate::rules::rule::Severity;
use crate::source::{FileId, Sources};
use crate::yaml::edit;
use proof::{CheckedTexts, Key, Pass};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The limit of passes. Conflicting fixes need a pass each, so a text needs far fewer, unless fixes undo each other.
pub const MAX_PASSES: usize = 32;

/// At most so many findings of one rule and cluster are fixed in a pass.
const MAX_FINDINGS: usize = 200_000;

/// The fixes to apply.
#[derive(Clone, Debug, Default)]
pub struct WantedFixes {
    /// Whether unsafe fixes are included.
    pub allow_unsafe: bool,
    /// The rules whose findings are fixed; all if it is empty.
    pub rules: Vec<&'static str>,
    /// The files and directories whose findings are fixed; all if it is empty.
    pub below: Vec<String>,
}

impl WantedFixes {
    /// Whether to fix diagnostics of this rule.
    pub fn has_rule(&self, id: &str) -> bool {
        self.rules.is_empty() || self.rules.contains(&id)
    }

    /// Whether to fix diagnostics in the file with this name.
    fn has_file(&self, name: &str) -> bool {
        // The output of a command counts as a file of its directory.
        let name = name.strip_suffix(RENDERED).unwrap_or(name);
        self.below.is_empty() || self.below.iter().any(|below| discover::is_at_or_below(name, below))
    }

    fn fix_of<'r>(&self, diagnostic: &'r Diagnostic) -> Option<&'r Fix> {
        let fix = diagnostic.fix.as_ref()?;
        let wanted = self.has_rule(diagnostic.rule.id) && (self.allow_unsafe || fix.safety == Safety::Safe);
        wanted.then_some(fix)
    }
}

/// A file with fixes.
#[derive(Clone, Debug)]
pub struct FixedFile {
    /// Its name in reports.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// The text that was read.
    pub before: Arc<str>,
    /// The text that it should have.
    pub after: String,
    /// The number of fixed diagnostics by rule and severity; empty for a file that only follows the change of another one.
    pub fixed: BTreeMap<(&'static str, Severity), usize>,
}

/// The result of fixing.
#[derive(Debug)]
pub struct Fixed {
    /// The changed files, in the order of their names.
    pub files: Vec<FixedFile>,
    /// The report of a check of the new texts. Files that are not inputs are not counted.
    pub left: Report,
    /// The files with fixes that may not be changed, each with the reason.
    pub refused: BTreeMap<String, String>,
    /// The number of fixes that were undone, by file, rule and reason.
    pub withdrawn: BTreeMap<(String, &'static str, Unproven), usize>,
    /// The number of fixes that were left after the last pass.
    pub unfinished: usize,
}

impl Fixed {
    /// Whether a part of pullwarden failed, so that something may be missing here.
    pub fn has_faults(&self) -> bool {
        self.left.has_faults() || self.withdrawn.keys().any(|(_, _, why)| *why == Unproven::Fault)
    }
}

/// Checks and fixes in turns. `settings` reads the configuration again for each pass. `may_change` is called once for each
/// file with a change, with the text that was read.
pub fn fix_all<E>(
    walked: &Walked,
    settings: impl Fn(&mut Sources) -> Result<Settings, E>,
    wanted: &WantedFixes,
    may_change: impl Fn(&Path, &str) -> Result<(), String>,
) -> Result<Fixed, E> {
    let mut inputs = walked.inputs.clone();
    let mut files: BTreeMap<String, FixedFile> = BTreeMap::new();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    let mut withdrawn: BTreeMap<Key, Unproven> = BTreeMap::new();
    let check = |inputs: &[Input]| {
        let mut sources = Sources::default();
        let mut settings = settings(&mut sources)?;
        settings.rules.max_findings = Some(MAX_FINDINGS);
        let now = walked.with_inputs(inputs.to_vec());
        let (repo, report) = pipeline::checked(now, &settings, &mut sources);
        Ok(CheckedTexts::new(repo, report, sources))
    };
    let mut last: Option<Pass> = None;
    for pass in 0.. {
        let mut now = check(&inputs)?;
        if let Some(last) = last.take()
            && let Some(flaw) = last.flaw(&now)
        {
            withdrawn.extend(last.blame(check)?.into_iter().map(|key| (key, flaw)));
            (inputs, files) = (last.inputs, last.files);
            continue;
        }
        let CheckedTexts { report, sources, .. } = &mut now;
        report.diagnostics.retain(|diagnostic| wanted.has_file(file_of(diagnostic, sources)));
        let mut turn = Turn { inputs: &inputs, sources, files: &files, refused, withdrawn };
        let (taken, texts) = turn.choose(report, wanted, &may_change);
        (refused, withdrawn) = (turn.refused, turn.withdrawn);
        if texts.is_empty() || pass >= MAX_PASSES {
            let unfinished = taken.len();
            files.retain(|_, file| *file.before != *file.after);
            let mut counted: BTreeMap<_, usize> = BTreeMap::new();
            for ((file, rule, _), why) in withdrawn {
                *counted.entry((file, rule, why)).or_default() += 1;
            }
            let files = files.into_values().collect();
            return Ok(Fixed { files, left: now.report, refused, withdrawn: counted, unfinished });
        }
        let (inputs_before, files_before) = (inputs.clone(), files.clone());
        let mut fixed: HashMap<FileId, BTreeMap<(&'static str, Severity), usize>> = HashMap::new();
        for (diagnostic, fix) in &taken {
            // The file of the finding, unless nothing changes in it.
            let mut changed = fix.edits.iter().map(|edit| edit.span.file);
            let home = diagnostic.span.file;
            let counted = if changed.any(|file| file == home) { home } else { fix.edits[0].span.file };
            let of_rule = (diagnostic.rule.id, diagnostic.severity);
            *fixed.entry(counted).or_default().entry(of_rule).or_default() += 1;
        }
        let mut changed = BTreeMap::new();
        for New { number, file: id, before: text, after } in texts {
            let Input { name, origin } = &mut inputs[number];
            if let Some(path) = origin.path() {
                let (path, before, fixed) = (path.to_owned(), text.clone(), BTreeMap::new());
                let file = FixedFile { name: name.clone(), path, before, after: String::new(), fixed };
                files.insert(name.clone(), file);
            }
            changed.insert(id, (number, text));
            let Some(file) = files.get_mut(name) else { continue };
            for (rule, count) in fixed.remove(&id).unwrap_or_default() {
                *file.fixed.entry(rule).or_default() += count;
            }
            *origin = Origin::Text(after.clone().into_bytes());
            file.after = after;
        }
        let made = taken.iter().map(|(diagnostic, fix)| (key(diagnostic, sources), (*fix).clone()));
        let made = made.collect();
        last = Some(Pass::new(inputs_before, files_before, now, made, changed));
    }
    unreachable!("the last pass returns")
}

fn file_of<'s>(diagnostic: &Diagnostic, sources: &'s Sources) -> &'s str {
    sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str())
}

fn key(diagnostic: &Diagnostic, sources: &Sources) -> Key {
    (file_of(diagnostic, sources).to_owned(), diagnostic.rule.id, diagnostic.fingerprint.clone())
}

/// A text with fixes.
struct New {
    /// The number of the input.
    number: usize,
    file: FileId,
    before: Arc<str>,
    after: String,
}

type Taken<'r> = Vec<(&'r Diagnostic, &'r Fix)>;

/// One turn: the fixes of a report, and those that are applied.
struct Turn<'t> {
    inputs: &'t [Input],
    sources: &'t Sources,
    files: &'t BTreeMap<String, FixedFile>,
    refused: BTreeMap<String, String>,
    withdrawn: BTreeMap<Key, Unproven>,
}

impl Turn<'_> {
    /// The fixes to apply, with the resulting texts. A fix is left out if it would change a file that must stay, or if the
    /// resulting text would mean something else than intended.
    fn choose<'r>(
        &mut self,
        report: &'r Report,
        wanted: &WantedFixes,
        may_change: &impl Fn(&Path, &str) -> Result<(), String>,
    ) -> (Taken<'r>, Vec<New>) {
        let numbers: BTreeMap<&str, usize> =
            self.inputs.iter().enumerate().map(|(number, input)| (input.name.as_str(), number)).collect();
        loop {
            let offered: Taken<'r> = report
                .open()
                .filter_map(|diagnostic| Some((diagnostic, wanted.fix_of(diagnostic)?)))
                .filter(|(_, fix)| fix.edits.iter().all(|edit| self.is_free(edit, &numbers)))
                .filter(|(diagnostic, _)| {
                    self.withdrawn.is_empty() || !self.withdrawn.contains_key(&key(diagnostic, self.sources))
                })
                .collect();
            let together = guard::run(|| finding::together(offered.iter().map(|(_, fix)| *fix)));
            let Ok(together) = together else {
                // It is unknown which of them cannot be combined with the others.
                let keys = offered.iter().map(|(diagnostic, _)| key(diagnostic, self.sources));
                self.withdrawn.extend(keys.map(|key| (key, Unproven::Fault)));
                return (Taken::new(), Vec::new());
            };
            let mut taken: Taken<'r> = together.taken.iter().map(|&number| offered[number]).collect();
            let mut edits = together.edits;
            // Fixes that may change the files on the nodes come last: only after the others are the files compared. If the
            // operator stops, nothing can be compared.
            let changing = taken.iter().filter(|(_, fix)| fix.changes_nodes).count();
            if changing > 0 && changing < taken.len() {
                taken.retain(|(_, fix)| fix.changes_nodes);
                edits = finding::together(taken.iter().map(|(_, fix)| *fix)).edits;
            }
            let known = (self.refused.len(), self.withdrawn.len());
            let mut texts = Vec::new();
            for (file, edits) in finding::by_file(&edits) {
                let Some(source) = self.sources.get(file) else { continue };
                let Some(&number) = numbers.get(source.name.as_str()) else { continue };
                let path = self.inputs[number].origin.path();
                let allowed = path.map_or(Ok(()), |path| may_change(path, &source.text));
                if let Err(why) = allowed {
                    self.refused.insert(source.name.clone(), why);
                    continue;
                }
                let before = source.text.clone();
                let made = guard::part("edits", || {
                    let after: Arc<str> = finding::apply_edits(&before, edits).into();
                    edit::proof::holds(&before, &after, edits).then_some(after)
                });
                match made {
                    Ok(Some(after)) if after == before => {}
                    Ok(Some(after)) => {
                        texts.push(New { number, file, before, after: after.to_string() });
                    }
                    Ok(None) => self.withdraw(&before, file, &taken),
                    Err(_) => {
                        let here = self.of_file(file, &taken);
                        self.withdrawn.extend(here.into_iter().map(|(key, _)| (key, Unproven::Fault)));
                    }
                }
            }
            // The planned text of another file may depend on a file that must stay.
            if (self.refused.len(), self.withdrawn.len()) == known {
                return (taken, texts);
            }
        }
    }

    /// Undoes fixes after which a text means something else than intended.
    fn withdraw(&mut self, text: &Arc<str>, file: FileId, taken: &Taken<'_>) {
        let here = self.of_file(file, taken);
        let fixes: Vec<&Fix> = here.iter().map(|(_, fix)| *fix).collect();
        let (failing, why) = match guard::run(|| proof::failing_in_text(text, file, &fixes)) {
            Ok(failing) => (failing, Unproven::Text),
            Err(_) => ((0..fixes.len()).collect(), Unproven::Fault),
        };
        self.withdrawn.extend(failing.into_iter().map(|number| (here[number].0.clone(), why)));
    }

    /// The fixes that change a file.
    fn of_file<'r>(&self, file: FileId, taken: &Taken<'r>) -> Vec<(Key, &'r Fix)> {
        let here = taken.iter().filter(|(_, fix)| fix.edits.iter().any(|edit| edit.span.file == file));
        here.map(|(diagnostic, fix)| (key(diagnostic, self.sources), *fix)).collect()
    }

    /// Whether the file of an edit may be changed.
    fn is_free(&self, edit: &Edit, numbers: &BTreeMap<&str, usize>) -> bool {
        let Some(source) = self.sources.get(edit.span.file) else { return false };
        let Some(&number) = numbers.get(source.name.as_str()) else { return false };
        let is_file = !matches!(self.inputs[number].origin, Origin::Text(_));
        (is_file || self.files.contains_key(&source.name)) && !self.refused.contains_key(&source.name)
    }
}
