//! The numbers of the files of a walk, in the order of their names.
//!
//! A run alone numbers files one by one. A run that keeps results for the next one leaves room between the numbers: a
//! new file gets a number between those of its neighbours, and every other file keeps its own.

use crate::read::discover::Input;
use crate::source::FileId;

/// The distance between two files in a run that leaves room.
const ROOM: u32 = 16;

/// The numbers of the files of a walk.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// The first number that a file may have, and the first one behind all of them.
    first: u32,
    end: u32,
    files: Vec<FileId>,
}

impl Numbers {
    /// Numbers one by one.
    pub fn dense(first: usize, count: usize) -> Self {
        let (first, end) = (first as u32, (first + count) as u32);
        Self { first, end, files: (first..end).map(FileId).collect() }
    }

    /// Numbers with room between them.
    fn spread(first: usize, count: usize) -> Self {
        let first = first as u32;
        let files = (1..=count as u32).map(|number| FileId(first + number * ROOM)).collect();
        Self { first, end: first + (count as u32 + 1) * ROOM, files }
    }

    /// Numbers for `inputs` after a run over files with the names `known`, which had the numbers of `self`. If there is
    /// no room for a new file, all files get new numbers.
    pub(super) fn after(&self, known: &[String], first: usize, inputs: &[Input]) -> Self {
        self.between(known, first, inputs).unwrap_or_else(|| Self::spread(first, inputs.len()))
    }

    fn between(&self, known: &[String], first: usize, inputs: &[Input]) -> Option<Self> {
        if self.first as usize != first || known.is_empty() {
            return None;
        }
        let mut files: Vec<FileId> = Vec::with_capacity(inputs.len());
        let mut known = known.iter().zip(&self.files).peekable();
        // The files behind the last one that keeps its number.
        let mut new = 0;
        for input in inputs {
            while known.next_if(|(name, _)| **name < input.name).is_some() {}
            match known.next_if(|(name, _)| **name == input.name) {
                Some((_, file)) => {
                    self.fill(&mut files, new, file.0)?;
                    files.push(*file);
                    new = 0;
                }
                None => new += 1,
            }
        }
        self.fill(&mut files, new, self.end)?;
        Some(Self { files, ..*self })
    }

    /// Adds numbers for `count` files below `end`.
    fn fill(&self, files: &mut Vec<FileId>, count: u32, end: u32) -> Option<()> {
        let start = files.last().map_or(self.first, |file| file.0 + 1);
        let room = end.checked_sub(start).filter(|room| *room >= count)?;
        let place = |number: u32| (u64::from(room) * u64::from(number + 1) / u64::from(count + 1)) as u32;
        let mut next = start;
        for number in 0..count {
            // Each of the later files needs a number, too.
            let file = (start + place(number)).max(next).min(end - (count - number));
            files.push(FileId(file));
            next = file + 1;
        }
        Some(())
    }

    /// The first number that a file may have.
    pub fn first(&self) -> usize {
        self.first as usize
    }

    /// The first number behind all files.
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// The number of the file at an index.
    pub fn of(&self, index: usize) -> FileId {
        self.files[index]
    }

    /// The index of a file.
    pub fn index(&self, file: FileId) -> Option<usize> {
        self.files.binary_search(&file).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::discover::Origin;

    fn inputs(names: &[&str]) -> Vec<Input> {
        let input = |name: &&str| Input { name: (*name).to_owned(), origin: Origin::Text(Vec::new()) };
        names.iter().map(input).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn files_keep_their_numbers_when_others_come_and_go() {
        let first = Numbers::default().after(&[], 3, &inputs(&["b", "d", "f"]));
        assert_eq!(first.files, [19, 35, 51].map(FileId));
        assert_eq!((first.first(), first.end()), (3, 67));
        let known = names(&["b", "d", "f"]);
        let later = first.after(&known, 3, &inputs(&["a", "b", "c1", "c2", "f", "g"]));
        let numbers: Vec<u32> = later.files.iter().map(|file| file.0).collect();
        assert_eq!((numbers[1], numbers[4], later.end()), (19, 51, 67));
        assert!(numbers.is_sorted_by(|a, b| a < b) && numbers[0] >= 3 && numbers[5] < 67, "{numbers:?}");
        assert_eq!(later.index(FileId(51)), Some(4));
        assert_eq!(later.index(FileId(35)), None);
    }

    #[test]
    fn a_place_without_room_numbers_all_files_again() {
        let mut known = names(&["a", "z"]);
        let mut numbers = Numbers::default().after(&[], 0, &inputs(&["a", "z"]));
        let mut kept = 0;
        for count in 0..40 {
            let mut next = known.clone();
            next.insert(1, format!("m{:02}", 40 - count));
            let later =
                numbers.after(&known, 0, &inputs(&next.iter().map(String::as_str).collect::<Vec<_>>()));
            assert!(later.files.is_sorted_by(|a, b| a < b) && later.files.len() == next.len());
            assert!(later.files.last().is_some_and(|file| (file.0 as usize) < later.end()));
            kept += usize::from(later.end() == numbers.end());
            (known, numbers) = (next, later);
        }
        assert!((20..40).contains(&kept), "{kept}");
        // As many as there is room for.
        let all: Vec<String> = (0..15).map(|number| format!("m{number:02}")).collect();
        let all: Vec<&str> = ["a"].into_iter().chain(all.iter().map(String::as_str)).chain(["z"]).collect();
        let two = Numbers::default().after(&[], 0, &inputs(&["a", "z"]));
        let full = two.after(&names(&["a", "z"]), 0, &inputs(&all));
        assert_eq!(full.files, (16..=32).map(FileId).collect::<Vec<_>>());
        // Texts of the settings that come or go move all files.
        assert_eq!(two.after(&names(&["a", "z"]), 1, &inputs(&["a", "z"])).files, [17, 33].map(FileId));
    }
}
