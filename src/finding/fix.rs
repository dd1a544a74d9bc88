//! Fixes of findings: their edits, which of them can be combined, and the resulting text.

pub use crate::yaml::edit::{Edit, Part, apply_edits};

use crate::openshift::Version;
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Whether a fix needs a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// It loses no information, and allows nothing that was not allowed.
    Safe,
    /// It is probably right and needs a review.
    Unsafe,
}

/// Edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as an imperative: "remove the entry".
    pub title: String,
    /// Whether it needs a review.
    pub safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    pub edits: Vec<Edit>,
    /// The first release that accepts the new text, if not all do.
    pub since: Option<Version>,
    /// Whether every build that reads the text was repeated with the new text.
    pub is_tried: bool,
    /// Whether it is meant to change the files on the nodes. Every other fix is undone if these change.
    pub changes_nodes: bool,
}

impl Fix {
    /// A fix that needs no review. If one of the edits is `None`, the change has side effects, and there is no fix.
    pub fn safe(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::of(title, Safety::Safe, edits)
    }

    /// A fix that needs a review.
    pub fn unsafe_(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::of(title, Safety::Unsafe, edits)
    }

    /// A fix that adds to an allowlist. The owner of the list has to review it.
    pub fn widening(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::unsafe_(title, edits).map(Self::changes_nodes)
    }

    /// A fix of the given safety.
    pub fn of(
        title: impl Into<String>,
        safety: Safety,
        edits: impl IntoIterator<Item = Option<Edit>>,
    ) -> Option<Self> {
        let mut edits = edits.into_iter().collect::<Option<Vec<Edit>>>()?;
        edits.sort();
        edits.dedup();
        // Most fixes have one edit, and a list that grows has room for four.
        edits.shrink_to_fit();
        let apart = edits
            .windows(2)
            .all(|pair| pair[0].span.file != pair[1].span.file || pair[0].span.end <= pair[1].span.start);
        (apart && !edits.is_empty()).then(|| Self {
            title: title.into(),
            safety,
            edits,
            since: None,
            is_tried: false,
            changes_nodes: false,
        })
    }

    /// The same fix, meant to change the files on the nodes.
    #[must_use]
    pub fn changes_nodes(self) -> Self {
        Self { changes_nodes: true, ..self }
    }

    /// Whether it removes something. If another fix keeps the same text, that one is better.
    pub fn takes(&self) -> bool {
        self.edits.iter().any(Edit::takes)
    }

    /// Whether it adds to a list or a map.
    pub fn adds(&self) -> bool {
        self.edits.iter().any(Edit::adds)
    }

    /// The same fix, for clusters of this release and later ones.
    #[must_use]
    pub fn since(self, version: Version) -> Self {
        Self { since: Some(version), ..self }
    }
}

/// The part of several fixes that can be applied at once.
#[derive(Debug, Default)]
pub struct Together {
    /// The edits, in the order of files and text.
    pub edits: Vec<Edit>,
    /// The numbers of the fixes with these edits, sorted.
    pub taken: Vec<usize>,
}

/// As many fixes as can be combined: safe ones first, and among them those that only replace text. A fix that conflicts with
/// a chosen one is left out as a whole; the next pass offers it again.
pub fn together<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Together {
    let mut fixes: Vec<(usize, &Fix)> = fixes.into_iter().enumerate().collect();
    fixes.sort_by_key(|(_, fix)| (fix.safety, fix.takes() || fix.adds()));
    let mut taken = Taken::default();
    let mut numbers = Vec::new();
    for (number, fix) in fixes {
        if fix.edits.iter().all(|edit| taken.goes_with(edit)) && taken.leaves_something(&fix.edits) {
            taken.add(&fix.edits);
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Together { edits: taken.edits.into_values().flat_map(|place| place.edits).collect(), taken: numbers }
}

/// The edits of each file, where they are in the order of files.
pub fn by_file(edits: &[Edit]) -> impl Iterator<Item = (FileId, &[Edit])> {
    let by_file = edits.chunk_by(|a, b| a.span.file == b.span.file);
    by_file.map(|edits| (edits[0].span.file, edits))
}

/// A collection, by its text and its number in the document.
type Collection = (Span, u32);

/// The edits that were chosen so far.
#[derive(Default)]
struct Taken<'f> {
    edits: BTreeMap<Span, Place<'f>>,
    /// The number of parts that are removed from each collection; `None` if some are added.
    parts: BTreeMap<Collection, Option<u32>>,
    /// The parts that are added to each collection.
    added: HashMap<Collection, Added<'f>>,
}

/// The edits at one place: a single one, or several that all add to the end of one collection.
#[derive(Default)]
struct Place<'f> {
    edits: Vec<Edit>,
    replacements: HashSet<&'f str>,
}

/// Names that are added to a collection.
#[derive(Default)]
struct Added<'f> {
    names: HashSet<&'f str>,
    /// The names around these, up to the host: `a` and `a/b` for `a/b/c`.
    around: HashSet<&'f str>,
}

/// The names around a name, up to the host.
fn around(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}

impl<'f> Taken<'f> {
    fn goes_with(&self, edit: &Edit) -> bool {
        let span = edit.span;
        if let Some(here) = self.edits.get(&span) {
            return self.has(edit) || (here.edits.first().is_some_and(Edit::adds) && self.may_add(edit));
        }
        let before = self.edits.range(..span).next_back().map(|(other, _)| *other);
        let behind = self.edits.range(span..).next().map(|(other, _)| *other);
        before.is_none_or(|other| are_apart(other, span)) && behind.is_none_or(|other| are_apart(span, other))
    }

    /// Whether an edit adds to the same collection as others, and no name of theirs contains its name or lies in it: whether
    /// the second name is needed is only known after the first one is added.
    fn may_add(&self, edit: &Edit) -> bool {
        let Some(part) = edit.part.filter(|_| edit.adds()) else { return false };
        let Some(added) = self.added.get(&(part.collection, part.node)) else { return false };
        let is_apart = |name: &String| {
            !added.names.contains(name.as_str())
                && !added.around.contains(name.as_str())
                && !around(name).any(|outer| added.names.contains(outer))
        };
        edit.added.iter().all(is_apart)
    }

    /// Whether no collection loses all its parts through several edits, and none both loses and gains parts: each of these
    /// edits assumes that the others are not applied.
    fn leaves_something(&self, edits: &[Edit]) -> bool {
        let mut going: BTreeMap<Collection, u32> = BTreeMap::new();
        edits.iter().filter(|edit| !self.has(edit)).all(|edit| {
            let Some(part) = edit.part else { return true };
            let collection = (part.collection, part.node);
            match self.parts.get(&collection) {
                None => true,
                Some(None) => part.taken == 0,
                Some(Some(_)) if part.taken == 0 => false,
                Some(Some(gone)) => {
                    let going = going.entry(collection).or_insert(*gone);
                    *going += part.taken;
                    *going < part.of
                }
            }
        })
    }

    fn has(&self, edit: &Edit) -> bool {
        // Two equal edits count as one.
        self.edits.get(&edit.span).is_some_and(|here| here.replacements.contains(edit.replacement.as_str()))
    }

    fn add(&mut self, edits: &'f [Edit]) {
        for edit in edits {
            if self.has(edit) {
                continue;
            }
            let here = self.edits.entry(edit.span).or_default();
            here.replacements.insert(&edit.replacement);
            let mut own = edit.clone();
            // An addition to an empty list has no comma.
            if !here.edits.is_empty() && edit.part.is_some_and(|part| part.of == 0) {
                own.replacement.insert_str(0, ", ");
            }
            here.edits.push(own);
            let Some(part) = edit.part else { continue };
            let collection = (part.collection, part.node);
            let gone = self.parts.entry(collection).or_insert(Some(0));
            *gone = gone.filter(|_| part.taken > 0).map(|gone| gone + part.taken);
            let added = self.added.entry(collection).or_default();
            for name in &edit.added {
                added.names.insert(name);
                added.around.extend(around(name));
            }
        }
    }
}

fn are_apart(first: Span, second: Span) -> bool {
    first.file != second.file || (first.end <= second.start && first.start != second.start)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            Some(Edit { part: Some(Part { collection: list, node: 1, taken, of: 3 }), ..edit })
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
    fn items_for_one_list_are_added_together() {
        let list = Span::new(FileId(0), 0, 9);
        let add = |at, of, name: &str| {
            let edit = Edit::replace(
                Span::new(FileId(0), at, at),
                if of == 0 { name.into() } else { format!(",{name}") },
            );
            let part = Some(Part { collection: list, node: 1, taken: 0, of });
            Fix::safe("add", [Some(Edit { part, added: vec![name.into()], ..edit })]).expect("a fix")
        };
        let all = ["a", "b/c", "a", "b", "a/x", "bb"];
        let filled = all.map(|name| add(9, 3, name));
        let Together { edits, taken } = together(&filled);
        // If one name contains another, the second edit waits.
        assert_eq!(
            (apply_edits("012345678", &edits).as_str(), taken),
            ("012345678,a,b/c,bb", vec![0, 1, 2, 5])
        );
        let empty = ["a", "b"].map(|name| add(1, 0, name));
        assert_eq!(apply_edits("[]", &together(&empty).edits), "[a, b]");
    }

    #[test]
    fn a_fix_that_keeps_a_text_comes_before_one_that_removes_it() {
        let list = Span::new(FileId(0), 0, 9);
        let take = Edit::replace(Span::new(FileId(0), 2, 6), "");
        let take = Edit { part: Some(Part { collection: list, node: 1, taken: 1, of: 3 }), ..take };
        let take = Fix::safe("remove", [Some(take)]).expect("a fix");
        let together = together([&take, &fix(&[(2, 3, "X")])]);
        assert_eq!(together.taken, [1]);
    }

    #[test]
    fn edits_that_do_not_fit_are_left_out() {
        let edits = [(1, 2, "x"), (40, 41, "y")]
            .map(|(start, end, text)| Edit::replace(Span::new(FileId(0), start, end), text));
        assert_eq!(apply_edits("aéb", &edits), "aéb");
    }
}
