//! Accepted diagnostics: the baseline records the diagnostics of a day, so that later checks report only new ones.
//!
//! An entry identifies its diagnostic by the fingerprint, which holds no line and no file. Two copies of an object have
//! equal fingerprints: each entry then hides one diagnostic, the one in its own file first. The other fields of an
//! entry are for people.

use crate::check::diagnostic::{Diagnostic, State};
use crate::finding::Finding;
use crate::machine::terminal::escape;
use crate::read::discover::RENDERED;
use crate::rules;
use crate::rules::rule::{Category, Meta};
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{self, Kind, Node, Scalar};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// The default name of a baseline.
pub const NAME: &str = ".pullwarden-baseline.json";

/// The version of the format.
pub const VERSION: i128 = 1;

/// A diagnostic that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct BaselineEntry {
    /// The file that it stood in.
    pub file: String,
    /// Its rule.
    pub rule: String,
    /// The message of the diagnostic.
    pub message: String,
    /// The fingerprint of the diagnostic.
    pub fingerprint: String,
    /// The place of the fingerprint in the baseline; `None` for a new entry.
    #[serde(skip)]
    pub span: Option<Span>,
    /// Whether the check can confirm the entry.
    #[serde(skip)]
    pub reach: EntryReach,
}

impl BaselineEntry {
    /// Whether the entry is about what a change does, not about a state.
    pub fn is_of_change(&self) -> bool {
        rules::find(&self.rule).is_some_and(|rule| rule.meta.category == Category::Changes)
    }

    /// The finding for an entry that matches no diagnostic.
    pub fn stale(&self) -> Option<(&'static Meta, Finding)> {
        let mut finding =
            Finding::new(self.span?, format!("`{}` in `{}` is no longer found", self.rule, self.file));
        finding.help(
            "run `pullwarden baseline --prune`, which removes the entry; the finding was fixed or its value changed, and the entry \
             would hide the next similar finding",
        );
        Some((&rules::settings::STALE_BASELINE, finding))
    }
}

/// Whether a check of a part of the repository can confirm an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryReach {
    /// The check covers the file, whether the file exists or not: the entry matches, or is stale.
    #[default]
    Whole,
    /// The file is gone. It may have moved to where this check looks, so the entry may match.
    Moved,
    /// The file exists, and the check does not cover it: the entry matches only diagnostics in this file.
    Outside,
}

/// The accepted diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// The name of the file that it was read from.
    pub name: String,
    /// Its entries, in the order of the file.
    pub entries: Vec<BaselineEntry>,
}

impl Baseline {
    /// Reads a baseline; its text joins `sources` under `name`. A baseline with any mistake in it is an error: an empty
    /// one would report all accepted diagnostics, and half a baseline would hide the wrong ones.
    pub fn read(text: &str, name: &str, sources: &mut Sources) -> Result<Self, String> {
        let text: std::sync::Arc<str> = text.into();
        let file = sources.add(Source::new(name.to_owned(), text.clone()));
        let mut documents = Vec::new();
        yaml::parse(file, &text, |document| documents.push(document));
        let document = match documents.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(documents) if documents.len() == 1 => documents.into_iter().next(),
            Ok(_) => None,
            Err(error) => return Err(broken(&error.message)),
        };
        let root = document.as_ref().map(|document| document.root());
        let Some(root) = root.filter(|root| root.kind() == Kind::Mapping) else {
            return Err(broken("it is not a map with `version` and `diagnostics`"));
        };
        match root.get("version").and_then(Node::scalar) {
            Some(Scalar::Int(version)) if version == VERSION => {}
            Some(Scalar::Int(version)) => {
                return Err(format!(
                    "is a baseline of version {version}; this pullwarden reads version {VERSION}; use the pullwarden that wrote it, or remove the file and run `pullwarden baseline` to write a new one"
                ));
            }
            _ => return Err(broken("it has no `version`")),
        }
        let list = root.get("diagnostics").filter(|list| list.kind() == Kind::Sequence);
        let Some(list) = list else { return Err(broken("it has no list `diagnostics`")) };
        let entry = |(number, item): (usize, Node<'_>)| {
            let text = |key: &str| {
                item.get_str(key)
                    .map(str::to_owned)
                    .ok_or_else(|| broken(&format!("entry {} has no `{key}`", number + 1)))
            };
            Ok(BaselineEntry {
                file: text("file")?,
                rule: text("rule")?,
                message: text("message")?,
                fingerprint: text("fingerprint")?,
                span: item.get("fingerprint").map(Node::span),
                reach: EntryReach::Whole,
            })
        };
        let entries = list.items().enumerate().map(entry).collect::<Result<_, String>>()?;
        Ok(Self { name: name.to_owned(), entries })
    }

    /// The baseline for a check that confirms entries as `reach` says of their files. What commands print is covered only
    /// where they run.
    #[must_use]
    pub fn bounded(mut self, commands_run: bool, reach: impl Fn(&str) -> EntryReach) -> Self {
        for entry in &mut self.entries {
            entry.reach = match (entry.file.ends_with(RENDERED), commands_run) {
                (true, true) => EntryReach::Whole,
                (true, false) => EntryReach::Outside,
                (false, _) => reach(&entry.file),
            };
        }
        self
    }

    /// The entries of open diagnostics. Diagnostics about a baseline, or about pullwarden itself, are never accepted.
    pub fn of<'d>(
        diagnostics: impl Iterator<Item = &'d Diagnostic>,
        sources: &Sources,
    ) -> Vec<BaselineEntry> {
        let is_open = |diagnostic: &&Diagnostic| {
            let is_no_debt = [rules::settings::STALE_BASELINE.id, rules::internal_error::META.id];
            diagnostic.is_open() && !is_no_debt.contains(&diagnostic.rule.id)
        };
        let entry = |diagnostic: &Diagnostic| BaselineEntry {
            file: file_of(diagnostic, sources).to_owned(),
            rule: diagnostic.rule.id.to_owned(),
            message: escape(&diagnostic.message).into_owned(),
            fingerprint: diagnostic.fingerprint.clone(),
            span: None,
            reach: EntryReach::Whole,
        };
        diagnostics.filter(is_open).map(entry).collect()
    }

    /// Splits off the entries about changes: only a plan finds these.
    pub fn split_changes(self) -> (Self, Vec<BaselineEntry>) {
        let (changes, entries) = self.entries.into_iter().partition(BaselineEntry::is_of_change);
        (Self { name: self.name, entries }, changes)
    }

    /// The text of a baseline: sorted, an entry on each line.
    pub fn write(mut entries: Vec<BaselineEntry>) -> String {
        entries.sort();
        let lines: Vec<String> = entries
            .iter()
            .filter_map(|entry| serde_json::to_string(entry).ok())
            .map(|line| format!("    {line}"))
            .collect();
        let list = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
        format!("{{\n  \"version\": {VERSION},\n  \"diagnostics\": {list}\n}}\n")
    }

    /// Marks accepted diagnostics, and returns the entries that match nothing. An ignored diagnostic needs no entry,
    /// but an entry that matches it is not stale: the ignore may be removed.
    pub fn accept(&self, diagnostics: &mut [Diagnostic], sources: &Sources) -> Vec<&BaselineEntry> {
        let mut waiting: HashMap<&str, Vec<&BaselineEntry>> = HashMap::new();
        for entry in &self.entries {
            waiting.entry(&entry.fingerprint).or_default().push(entry);
        }
        // If the file of an entry still exists, the diagnostic did not move: it was fixed there and is new elsewhere,
        // since objects of many clusters share a name.
        let there: HashSet<&str> = (0..sources.len())
            .filter_map(|number| sources.get(FileId(number as u32)))
            .map(|source| source.name.as_str())
            .collect();
        let turns = [(true, true), (false, true), (true, false), (false, false)];
        // An entry for an object of the deprecated kind also holds for the object that replaces it.
        let turns = [false, true].into_iter().flat_map(|former| turns.map(|turn| (former, turn)));
        for (former, (own_file, open)) in turns {
            for diagnostic in &mut *diagnostics {
                if diagnostic.is_open() != open || matches!(diagnostic.state, State::Baselined { .. }) {
                    continue;
                }
                let own = Some(diagnostic.fingerprint.as_str());
                let name = if former { diagnostic.former_fingerprint.as_deref() } else { own };
                let Some(entries) = name.and_then(|name| waiting.get_mut(name)) else { continue };
                let file = file_of(diagnostic, sources);
                let fits = |entry: &&BaselineEntry| {
                    let has_moved =
                        || entry.reach != EntryReach::Outside && !there.contains(entry.file.as_str());
                    let may_match = entry.file == file || (!own_file && has_moved());
                    may_match && entry.rule == diagnostic.rule.id
                };
                let Some(at) = entries.iter().position(fits) else { continue };
                let entry = entries.remove(at);
                if let Some(span) = entry.span.filter(|_| open) {
                    diagnostic.state = State::Baselined { span };
                }
            }
        }
        let is_stale = |entry: &&BaselineEntry| {
            entry.reach == EntryReach::Whole
                && waiting
                    .get(entry.fingerprint.as_str())
                    .is_some_and(|left| left.iter().any(|other| std::ptr::eq(*other, *entry)))
        };
        self.entries.iter().filter(is_stale).collect()
    }
}

/// The error for a file that is not a valid baseline. No command overwrites such a file, since that would accept new
/// diagnostics unseen.
pub fn broken(why: &str) -> String {
    format!(
        "is not a baseline: {why}; restore the file, or remove it and run `pullwarden baseline` to write a new one"
    )
}

fn file_of<'s>(diagnostic: &Diagnostic, sources: &'s Sources) -> &'s str {
    sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str())
}
