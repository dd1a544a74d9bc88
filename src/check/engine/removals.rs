//! Finds a place in the new state for a text that only the old state has: reports name files and lines of the new
//! state.

use crate::read::discover;
use crate::source::{FileId, Source, Sources, Span};
use std::collections::{BTreeMap, HashMap};

/// The texts of two states, by name.
pub(super) struct Removals<'s> {
    sources: &'s Sources,
    /// The number of the first text of the new state.
    first: FileId,
    old: HashMap<&'s str, FileId>,
    new: BTreeMap<&'s str, FileId>,
    /// The kustomization of each directory of the new state, or its first file if there is none.
    directories: HashMap<&'s str, FileId>,
}

impl<'s> Removals<'s> {
    /// Reads the texts; those of the new state begin with `first`.
    pub(super) fn of(sources: &'s Sources, first: usize) -> Self {
        let first = FileId(first as u32);
        let all = (0..sources.len() as u32).map(FileId);
        let texts = all.filter_map(|id| Some((sources.get(id)?.name.as_str(), id)));
        let (old, new): (Vec<_>, Vec<_>) = texts.partition(|(_, id)| *id < first);
        let new: BTreeMap<&str, FileId> = new.into_iter().collect();
        let mut directories = HashMap::new();
        for (name, id) in &new {
            let directory = discover::directory(name);
            if discover::is_kustomization(name) {
                directories.insert(directory, *id);
            } else if has_text(sources, *id) {
                directories.entry(directory).or_insert(*id);
            }
        }
        Self { sources, first, old: old.into_iter().collect(), new, directories }
    }

    /// The place in the new state for a text of the old state: the first line that differs in its file. If the file is
    /// gone, it is a file beside or above it, a kustomization first. `None` for a text of the new state, and if the new
    /// state is empty.
    pub(super) fn stands_at(&self, span: Span) -> Option<Span> {
        if span.file >= self.first {
            return None;
        }
        let old = self.sources.get(span.file)?;
        if let Some(file) = self.new.get(old.name.as_str()) {
            let new = self.sources.get(*file)?;
            let wanted = old.line_of(span.start);
            let line = equal_lines(old, new, wanted).min(new.line_of(new.text.trim_end().len() as u32));
            return on_line(*file, new, line);
        }
        let file = self.neighbour(&old.name)?;
        let new = self.sources.get(file)?;
        let last = new.line_of(new.text.trim_end().len() as u32);
        let before = self.old.get(new.name.as_str()).and_then(|id| self.sources.get(*id));
        let changed = before.filter(|before| before.text != new.text);
        let line = changed.map_or(0, |before| equal_lines(before, new, last + 1).min(last));
        on_line(file, new, line)
    }

    fn neighbour(&self, name: &str) -> Option<FileId> {
        let mut directory = discover::directory(name);
        loop {
            if let Some(file) = self.directories.get(directory) {
                return Some(*file);
            }
            if directory.is_empty() {
                let mut all = self.new.values().copied();
                return all.find(|id| has_text(self.sources, *id));
            }
            directory = discover::directory(directory);
        }
    }
}

fn has_text(sources: &Sources, id: FileId) -> bool {
    sources.get(id).is_some_and(|source| !source.text.trim().is_empty())
}

/// The number of equal lines at the start of two texts, at most `most`.
fn equal_lines(old: &Source, new: &Source, most: usize) -> usize {
    let count = old.line_starts().len().min(new.line_starts().len()).min(most);
    (0..count).take_while(|line| old.line(*line) == new.line(*line)).count()
}

/// The text of a line, without the white space around it.
fn on_line(file: FileId, source: &Source, line: usize) -> Option<Span> {
    let start = *source.line_starts().get(line)? as usize;
    let text = source.line(line);
    let indent = text.len() - text.trim_start().len();
    Some(Span::new(file, start + indent, start + text.trim_end().len().max(indent)))
}
