//! Mends what can be mended: checks and fixes by turns, all in memory, until there is nothing more to fix; and gives
//! the files their new text, each as a whole.

mod replace;
mod undo;

pub use replace::{
    can_be_replaced, is_as_read, is_of_this_repository, replace, write_new, write_whole, write_with,
};

use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::discover::{self, Input, Origin, RENDERED};
use crate::fix::{self, Edit, Fix, Safety};
use crate::pipeline::{self, Walked};
use crate::source::{FileId, Sources};
use crate::triage::Report;
use crate::yaml;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use undo::Pass;

/// More passes than this are not made. Fixes that cross each other take a pass each, so this is far more than a text
/// needs that fixes do not turn back and forth.
pub const MAX_PASSES: usize = 32;

/// Which fixes are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that want a look, too.
    pub allow_unsafe: bool,
    /// Of these rules; of all when empty.
    pub rules: Vec<&'static str>,
    /// Of what is found in these files and below these directories; anywhere when empty.
    pub below: Vec<String>,
}

impl Wanted {
    /// Whether diagnostics of this rule are to be fixed.
    pub fn has_rule(&self, id: &str) -> bool {
        self.rules.is_empty() || self.rules.contains(&id)
    }

    /// Whether what is found in the file of this name is to be fixed.
    fn has_file(&self, name: &str) -> bool {
        // What a command printed stands for its directory.
        let name = name.strip_suffix(RENDERED).unwrap_or(name);
        let has = |below: &String| name == below || discover::is_below(name, below);
        self.below.is_empty() || self.below.iter().any(has)
    }

    fn fix_of<'r>(&self, diagnostic: &'r Diagnostic) -> Option<&'r Fix> {
        let fix = diagnostic.fix.as_ref()?;
        let wanted = self.has_rule(diagnostic.rule.id) && (self.allow_unsafe || fix.safety == Safety::Safe);
        wanted.then_some(fix)
    }
}

/// A file whose text was mended.
#[derive(Clone, Debug)]
pub struct MendedFile {
    /// Its name in reports.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// The text that was read.
    pub before: Arc<str>,
    /// The text that it should have.
    pub after: String,
    /// How many diagnostics in it were fixed, by rule; none in a file that only follows a change of another one.
    pub fixed: BTreeMap<&'static str, usize>,
}

/// What came of mending.
#[derive(Debug)]
pub struct Mended {
    /// The files that change, in the order of their names.
    pub files: Vec<MendedFile>,
    /// What a check says of the new texts, where that is wanted.
    pub left: Report,
    /// The files that are not touched though there is something to fix in them, and why.
    pub refused: BTreeMap<String, String>,
    /// How many fixes were wanted and offered still when the last pass was over.
    pub unfinished: usize,
}

/// Checks and fixes by turns. `settings` reads the configuration anew for each pass; `may_change` is asked once for each
/// file that something would change in, with the text that was read.
pub fn mend<E>(
    walked: &Walked,
    settings: impl Fn(&mut Sources) -> Result<Settings, E>,
    wanted: &Wanted,
    may_change: impl Fn(&Path, &str) -> Result<(), String>,
) -> Result<Mended, E> {
    let mut inputs = walked.inputs.clone();
    let mut files: BTreeMap<String, MendedFile> = BTreeMap::new();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    let check = |inputs: &[Input]| {
        let mut sources = Sources::default();
        let mut settings = settings(&mut sources)?;
        let now = Walked {
            inputs: inputs.to_vec(),
            errors: walked.errors.clone(),
            root: walked.root.clone(),
            is_part: walked.is_part,
            // Commands see what is on the disk, so they are not run again.
            rendering: walked.rendering.clone(),
        };
        let report = pipeline::check(now, &mut settings, &mut sources);
        Ok((report, sources))
    };
    let mut last: Option<Pass> = None;
    for pass in 0.. {
        let (mut report, sources) = check(&inputs)?;
        let broken = undo::refused(&report, &sources);
        if let Some(last) = last.take().filter(|last| !broken.is_subset(&last.refused)) {
            let blamed = last.blame(|inputs| {
                let (report, sources) = check(inputs)?;
                Ok(undo::refused(&report, &sources))
            })?;
            refused.extend(blamed.into_iter().map(|name| (name, undo::BREAKS.to_owned())));
            (inputs, files) = (last.inputs, last.files);
            continue;
        }
        report.diagnostics.retain(|diagnostic| {
            wanted.has_file(sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str()))
        });
        let mut turn = Turn { inputs: &inputs, sources: &sources, files: &files, refused: &mut refused };
        let (taken, texts) = turn.choose(&report, wanted, &may_change);
        if texts.is_empty() || pass >= MAX_PASSES {
            let unfinished = taken.len();
            files.retain(|_, file| *file.before != *file.after);
            return Ok(Mended { files: files.into_values().collect(), left: report, refused, unfinished });
        }
        last = Some(Pass::new(&inputs, &files, broken, &taken, &texts));
        for New { number, file: id, after } in texts {
            let Input { name, origin } = &mut inputs[number];
            if let (Origin::Path(path), Some(source)) = (&*origin, sources.get(id)) {
                let (path, before) = (path.clone(), source.text.clone());
                let fixed = BTreeMap::new();
                let file = MendedFile { name: name.clone(), path, before, after: String::new(), fixed };
                files.insert(name.clone(), file);
            }
            let Some(file) = files.get_mut(name) else { continue };
            for (diagnostic, fix) in &taken {
                // Where the finding stands, unless nothing changes there.
                let mut changed = fix.edits.iter().map(|edit| edit.span.file);
                let home = diagnostic.span.file;
                let counted = if changed.any(|file| file == home) { home } else { fix.edits[0].span.file };
                if counted == id {
                    *file.fixed.entry(diagnostic.rule.id).or_default() += 1;
                }
            }
            *origin = Origin::Text(after.clone().into_bytes());
            file.after = after;
        }
    }
    unreachable!("the last pass returns")
}

/// A text that comes of fixes.
struct New {
    /// The number of the input.
    number: usize,
    file: FileId,
    after: String,
}

type Taken<'r> = Vec<(&'r Diagnostic, &'r Fix)>;

/// One turn: what a report offers, and what of it is done.
struct Turn<'t> {
    inputs: &'t [Input],
    sources: &'t Sources,
    files: &'t BTreeMap<String, MendedFile>,
    refused: &'t mut BTreeMap<String, String>,
}

impl Turn<'_> {
    /// The fixes to make, and the texts that come of them. A fix that would change a file
    /// which must stay is not made at all.
    fn choose<'r>(
        &mut self,
        report: &'r Report,
        wanted: &Wanted,
        may_change: &impl Fn(&Path, &str) -> Result<(), String>,
    ) -> (Taken<'r>, Vec<New>) {
        let numbers: BTreeMap<&str, usize> =
            self.inputs.iter().enumerate().map(|(number, input)| (input.name.as_str(), number)).collect();
        loop {
            let offered: Taken<'r> = report
                .open()
                .filter_map(|diagnostic| Some((diagnostic, wanted.fix_of(diagnostic)?)))
                .filter(|(_, fix)| fix.edits.iter().all(|edit| self.is_free(edit, &numbers)))
                .collect();
            let together = fix::together(offered.iter().map(|(_, fix)| *fix));
            let known = self.refused.len();
            let mut texts = Vec::new();
            for edits in together.edits.chunk_by(|a, b| a.span.file == b.span.file) {
                let file = edits[0].span.file;
                let Some(source) = self.sources.get(file) else { continue };
                let Some(&number) = numbers.get(source.name.as_str()) else { continue };
                let after = fix::apply_edits(&source.text, edits);
                let allowed = match &self.inputs[number].origin {
                    Origin::Path(path) => may_change(path, &source.text),
                    Origin::Text(_) => Ok(()),
                };
                let readable = || {
                    (errors(&after) <= errors(&source.text)).then_some(()).ok_or_else(|| BROKEN.to_owned())
                };
                match allowed.and_then(|()| readable()) {
                    Err(why) => {
                        self.refused.insert(source.name.clone(), why);
                    }
                    Ok(()) if *after != *source.text => texts.push(New { number, file, after }),
                    Ok(()) => {}
                }
            }
            // What other files were to become may depend on a file that must stay.
            if self.refused.len() == known {
                let taken = together.taken.iter().map(|&number| offered[number]).collect();
                return (taken, texts);
            }
        }
    }

    /// Whether the file of an edit is there to be changed.
    fn is_free(&self, edit: &Edit, numbers: &BTreeMap<&str, usize>) -> bool {
        let Some(source) = self.sources.get(edit.span.file) else { return false };
        let Some(&number) = numbers.get(source.name.as_str()) else { return false };
        let is_file = matches!(self.inputs[number].origin, Origin::Path(_));
        (is_file || self.files.contains_key(&source.name)) && !self.refused.contains_key(&source.name)
    }
}

const BROKEN: &str = "a fix would make YAML of it that cannot be read; please report this";

/// How many documents of a text cannot be read.
fn errors(text: &str) -> usize {
    let mut errors = 0;
    yaml::parse(FileId(0), &text.into(), |parsed| errors += usize::from(parsed.is_err()));
    errors
}
