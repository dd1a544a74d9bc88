//! Changes that mend findings: what a finding carries and shows, which of them go together, and the text that comes
//! of them.

pub use crate::yaml::edit::{Edit, Part};

use crate::openshift::Version;
use crate::source::Span;
use std::collections::BTreeMap;

/// Whether a fix can change what the cluster does beyond the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// It does what the finding asks for and nothing else.
    Safe,
    /// It is probably right and wants a look.
    Unsafe,
}

/// Edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "remove the entry".
    pub title: String,
    /// How much trust it deserves.
    pub safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    pub edits: Vec<Edit>,
    /// The first release that takes the new text, where not all do.
    pub since: Option<Version>,
    /// Whether every build that reads the text was made again with it.
    pub is_tried: bool,
}

impl Fix {
    /// A fix that is safe to apply unseen. `None` among the edits means that it cannot be made cleanly: no fix then.
    pub fn safe(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::of(title, Safety::Safe, edits)
    }

    /// A fix that wants a look.
    pub fn unsafe_(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::of(title, Safety::Unsafe, edits)
    }

    /// A fix of this much trust.
    pub fn of(
        title: impl Into<String>,
        safety: Safety,
        edits: impl IntoIterator<Item = Option<Edit>>,
    ) -> Option<Self> {
        let mut edits = edits.into_iter().collect::<Option<Vec<Edit>>>()?;
        edits.sort();
        edits.dedup();
        let apart = edits
            .windows(2)
            .all(|pair| pair[0].span.file != pair[1].span.file || pair[0].span.end <= pair[1].span.start);
        (apart && !edits.is_empty()).then(|| Self {
            title: title.into(),
            safety,
            edits,
            since: None,
            is_tried: false,
        })
    }

    /// The same, for clusters of this release and later ones.
    #[must_use]
    pub fn since(self, version: Version) -> Self {
        Self { since: Some(version), ..self }
    }
}

/// What of several fixes can be made at once.
#[derive(Debug, Default)]
pub struct Together {
    /// The edits, in the order of files and text.
    pub edits: Vec<Edit>,
    /// The numbers of the fixes that they are of, sorted.
    pub taken: Vec<usize>,
}

/// As many fixes as go together, the safe ones first. A fix that crosses one which was taken is left out as a whole;
/// the next pass offers it again.
pub fn together<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Together {
    let mut fixes: Vec<(usize, &Fix)> = fixes.into_iter().enumerate().collect();
    fixes.sort_by_key(|(_, fix)| fix.safety);
    let mut taken = Taken::default();
    let mut numbers = Vec::new();
    for (number, fix) in fixes {
        if fix.edits.iter().all(|edit| taken.goes_with(edit)) && taken.leaves_something(&fix.edits) {
            taken.add(&fix.edits);
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Together { edits: taken.edits.into_values().cloned().collect(), taken: numbers }
}

/// The edits that were chosen so far.
#[derive(Default)]
struct Taken<'f> {
    edits: BTreeMap<Span, &'f Edit>,
    /// How many parts of each collection go; `None` where some come.
    parts: BTreeMap<Span, Option<u32>>,
}

impl<'f> Taken<'f> {
    fn goes_with(&self, edit: &Edit) -> bool {
        let span = edit.span;
        if let Some(other) = self.edits.get(&span) {
            // Of two insertions at one place nobody can tell which comes first; the same edit twice is one.
            return *other == edit;
        }
        let before = self.edits.range(..span).next_back().map(|(other, _)| *other);
        let behind = self.edits.range(span..).next().map(|(other, _)| *other);
        before.is_none_or(|other| are_apart(other, span)) && behind.is_none_or(|other| are_apart(span, other))
    }

    /// Whether no collection loses all its parts piece by piece, or loses some while it gains others: each of those
    /// edits takes the others to stay away.
    fn leaves_something(&self, edits: &[Edit]) -> bool {
        let mut going: BTreeMap<Span, u32> = BTreeMap::new();
        edits.iter().filter(|edit| !self.edits.contains_key(&edit.span)).all(|edit| {
            let Some(part) = edit.part else { return true };
            match self.parts.get(&part.collection) {
                None => true,
                Some(None) => false,
                Some(Some(_)) if part.taken == 0 => false,
                Some(Some(gone)) => {
                    let going = going.entry(part.collection).or_insert(*gone);
                    *going += part.taken;
                    *going < part.of
                }
            }
        })
    }

    fn add(&mut self, edits: &'f [Edit]) {
        for edit in edits {
            if self.edits.insert(edit.span, edit).is_some() {
                continue;
            }
            let Some(part) = edit.part else { continue };
            let gone = self.parts.entry(part.collection).or_insert(Some(0));
            *gone = gone.filter(|_| part.taken > 0).map(|gone| gone + part.taken);
        }
    }
}

fn are_apart(first: Span, second: Span) -> bool {
    first.file != second.file || (first.end <= second.start && first.start != second.start)
}

/// `text` with `edits` made. They are those of one file, in order, and do not overlap; one that does not fit the text
/// is left out.
pub fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let span = edit.span.range();
        let Some(kept) = text.get(done..span.start).filter(|_| text.is_char_boundary(span.end)) else {
            continue;
        };
        result.push_str(kept);
        result.push_str(&edit.replacement);
        done = span.end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        let edit = |&(start, end, text): &(usize, usize, &str)| {
            Some(Edit::replace(Span::new(FileId(0), start, end), text))
        };
        Fix::safe("change", edits.iter().map(edit)).expect("edits that are apart")
    }

    #[test]
    fn fixes_that_overlap_wait_for_the_next_pass() {
        let fixes = [
            fix(&[(2, 4, "X")]),
            fix(&[(0, 1, "A"), (3, 5, "Y")]),
            fix(&[(2, 4, "X"), (6, 6, "+")]),
            fix(&[(6, 6, "-")]),
            fix(&[(4, 4, "|"), (4, 6, "Z")]),
        ];
        let together = together(&fixes);
        assert_eq!(apply_edits("0123456789", &together.edits), "01X|Z+6789");
        assert_eq!(together.taken, [0, 2, 4]);
    }

    #[test]
    fn the_safer_fix_comes_first() {
        let guess = Fix { safety: Safety::Unsafe, ..fix(&[(2, 4, "guess")]) };
        let together = together([&guess, &fix(&[(3, 5, "sure")])]);
        assert_eq!(apply_edits("0123456789", &together.edits), "012sure56789");
        assert_eq!(together.taken, [1]);
    }

    #[test]
    fn no_list_is_emptied_piece_by_piece_or_grows_while_it_shrinks() {
        let list = Span::new(FileId(0), 0, 9);
        let edit = |start, end, taken| {
            let edit = Edit::replace(Span::new(FileId(0), start, end), "");
            Some(Edit { part: Some(Part { collection: list, taken, of: 3 }), ..edit })
        };
        let taken = |edits: [Option<Edit>; 3]| {
            let fixes = edits.map(|edit| Fix::safe("change", [edit]).expect("a fix"));
            together(&fixes).taken
        };
        assert_eq!(taken([edit(0, 3, 1), edit(3, 6, 1), edit(6, 9, 1)]), [0, 1]);
        assert_eq!(taken([edit(0, 3, 1), edit(9, 9, 0), edit(3, 6, 1)]), [0, 2]);
        assert_eq!(taken([edit(9, 9, 0), edit(0, 3, 1), edit(3, 6, 1)]), [0]);
    }

    #[test]
    fn edits_that_do_not_fit_are_left_out() {
        let edits = [(1, 2, "x"), (40, 41, "y")]
            .map(|(start, end, text)| Edit::replace(Span::new(FileId(0), start, end), text));
        assert_eq!(apply_edits("aéb", &edits), "aéb");
    }
}
