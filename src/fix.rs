//! Changes that mend findings: what a finding carries and shows, which of them go together, and the text that comes
//! of them.

pub use crate::yaml::edit::Edit;

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
}

impl Fix {
    /// A fix that is safe to apply unseen. `None` among the edits means that it cannot be made cleanly: no fix then.
    pub fn safe(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::new(title.into(), Safety::Safe, edits)
    }

    /// A fix that wants a look.
    pub fn unsafe_(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::new(title.into(), Safety::Unsafe, edits)
    }

    fn new(title: String, safety: Safety, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        let mut edits = edits.into_iter().collect::<Option<Vec<Edit>>>()?;
        edits.sort();
        edits.dedup();
        let apart = edits
            .windows(2)
            .all(|pair| pair[0].span.file != pair[1].span.file || pair[0].span.end <= pair[1].span.start);
        (apart && !edits.is_empty()).then_some(Self { title, safety, edits })
    }
}

/// The edits of as many fixes as go together, in the order of files and text. A fix that overlaps an earlier one is
/// left out as a whole; the next run offers it again.
pub fn compatible<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<Edit> {
    let mut taken: BTreeMap<Span, &Edit> = BTreeMap::new();
    for fix in fixes {
        let goes = |edit: &Edit| {
            let span = edit.span;
            let before = taken.range(..span).next_back().map(|(other, _)| *other);
            let behind = taken.range(span..).map(|(other, _)| *other).find(|other| *other != span);
            // Of two insertions at one place nobody can tell which comes first; the same edit twice is one.
            taken.get(&span).is_none_or(|other| *other == edit)
                && before.is_none_or(|other| are_apart(other, span))
                && behind.is_none_or(|other| are_apart(span, other))
        };
        if fix.edits.iter().all(goes) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span, edit)));
        }
    }
    taken.into_values().cloned().collect()
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
    fn fixes_that_overlap_wait_for_the_next_run() {
        let fixes = [
            fix(&[(2, 4, "X")]),
            fix(&[(0, 1, "A"), (3, 5, "Y")]),
            fix(&[(2, 4, "X"), (6, 6, "+")]),
            fix(&[(6, 6, "-")]),
            fix(&[(4, 4, "|"), (4, 6, "Z")]),
        ];
        assert_eq!(apply_edits("0123456789", &compatible(&fixes)), "01X|Z+6789");
    }

    #[test]
    fn edits_that_do_not_fit_are_left_out() {
        let edits = [(1, 2, "x"), (40, 41, "y")]
            .map(|(start, end, text)| Edit::replace(Span::new(FileId(0), start, end), text));
        assert_eq!(apply_edits("aéb", &edits), "aéb");
    }
}
