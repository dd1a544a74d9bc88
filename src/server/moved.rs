//! Where places of an earlier text stand in the current text.

use super::document::OpenDocument;
use crate::source::Span;
use similar::{DiffTag, TextDiff};
use std::ops::Range;
use std::sync::Arc;

/// The lines between the first and the last change are compared up to this number. Beyond it, all of them have changed.
const MAX_LINES: usize = 2_000;

/// An earlier text and the current one.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    /// The earlier text.
    pub(super) before: Arc<OpenDocument>,
    /// The current text.
    pub(super) now: Arc<OpenDocument>,
    /// The parts that are the same, in order.
    same: Vec<Same>,
}

/// A part that both texts have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Same {
    before: Range<usize>,
    /// Where it starts in the current text.
    now: usize,
}

impl Moved {
    /// Compares two texts.
    pub(super) fn between(before: &Arc<OpenDocument>, now: &Arc<OpenDocument>) -> Self {
        let same = same(&before.source.text, &now.source.text);
        Self { before: Arc::clone(before), now: Arc::clone(now), same }
    }

    /// The place of a part of the earlier text, unless a change touches it.
    pub(super) fn unchanged(&self, span: Span) -> Option<Span> {
        let (from, to) = (span.start as usize, span.end as usize);
        let same = self.same.iter().find(|same| same.before.start <= from && to <= same.before.end)?;
        let now = |at: usize| same.now + at - same.before.start;
        let (before, after) = (&*self.before.source.text, &*self.now.source.text);
        // A word that ends where a change starts may be another word now.
        let starts_line = |text: &str, at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
        let ends_line = |text: &str, at: usize| matches!(text.as_bytes().get(at), None | Some(b'\n' | b'\r'));
        let is_start =
            from > same.before.start || (starts_line(before, from) && starts_line(after, now(from)));
        let is_end = to < same.before.end || (ends_line(before, to) && ends_line(after, now(to)));
        (is_start && is_end).then(|| Span::new(span.file, now(from), now(to)))
    }

    /// The place of a part of the earlier text, with the changes in it.
    pub(super) fn around(&self, span: Span) -> Span {
        let now = |at: usize| {
            let behind = self.same.partition_point(|same| same.before.start <= at);
            let Some(same) = self.same[..behind].last() else { return 0 };
            same.now + at.min(same.before.end) - same.before.start
        };
        let start = now(span.start as usize);
        Span::new(span.file, start, now(span.end as usize).max(start))
    }

    /// The place in the earlier text of a byte of the current text, unless the byte is new.
    pub(super) fn back(&self, at: usize) -> Option<usize> {
        let length = |same: &Same| same.before.len();
        let same = self.same.iter().find(|same| same.now <= at && at <= same.now + length(same))?;
        Some(same.before.start + at - same.now)
    }
}

fn same(before: &str, now: &str) -> Vec<Same> {
    let head = before.bytes().zip(now.bytes()).take_while(|(a, b)| a == b).count();
    let is_between = |at: &usize| before.is_char_boundary(*at) && now.is_char_boundary(*at);
    let head = (0..=head).rev().find(is_between).unwrap_or(0);
    let (old, new) = (&before[head..], &now[head..]);
    let tail = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    let tail = (0..=tail).rev().find(|tail| old.is_char_boundary(old.len() - tail)).unwrap_or(0);
    let mut same = vec![Same { before: 0..head, now: 0 }];
    // Between the first and the last change, whole lines are compared.
    let start = before[..head].rfind('\n').map_or(0, |end| end + 1);
    let rest = before[before.len() - tail..].find('\n').map_or(0, |end| tail - end - 1);
    let (old, new) = (lines(&before[start..before.len() - rest]), lines(&now[start..now.len() - rest]));
    if old.len().max(new.len()) <= MAX_LINES {
        let starts = |lines: &[&str]| {
            let next = |at: &mut usize, line: &&str| Some(std::mem::replace(at, *at + line.len()));
            lines.iter().chain([&""]).scan(start, next).collect::<Vec<usize>>()
        };
        let (old_at, new_at) = (starts(&old), starts(&new));
        let diff = TextDiff::configure().diff_slices(&old, &new);
        let equal = diff.ops().iter().filter(|op| op.tag() == DiffTag::Equal);
        same.extend(equal.map(|op| {
            let (from, to) = (op.old_range(), op.new_range());
            Same { before: old_at[from.start]..old_at[from.end], now: new_at[to.start] }
        }));
    }
    same.push(Same { before: before.len() - tail..before.len(), now: now.len() - tail });
    same
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').take(MAX_LINES + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn moved(before: &str, now: &str) -> Moved {
        let document = |text: &str| Arc::new(OpenDocument::new("untitled:1".into(), 1, text.into()));
        Moved::between(&document(before), &document(now))
    }

    /// Where a word stands now, as text; `None` if a change touches it.
    fn found<'m>(moved: &'m Moved, word: &str) -> Option<&'m str> {
        let at = moved.before.source.text.find(word).expect("a word");
        let span = moved.unchanged(Span::new(FileId(0), at, at + word.len()))?;
        assert_eq!(moved.back(span.start as usize), Some(at));
        Some(&moved.now.source.text[span.range()])
    }

    #[test]
    fn words_beside_changes_keep_their_places() {
        let before = "a: one\nb: two\nc: three\nd: four\n";
        let moved = moved(before, "a: one\nb: twö\"\nc: three\nnew\nd: four\n");
        for (word, is_there) in [("one", true), ("two", false), ("three", true), ("four", true), ("b", true)]
        {
            assert_eq!(found(&moved, word), is_there.then_some(word));
        }
        assert_eq!(moved.back(moved.now.source.text.find("new").expect("a word") + 1), None);
        let whole = moved.around(Span::new(FileId(0), 0, before.len()));
        assert_eq!((whole.start as usize, whole.end as usize), (0, moved.now.source.text.len()));
    }

    #[test]
    fn a_word_that_grows_is_another_word() {
        assert_eq!(found(&moved("a: quay.io\n", "a: quay.io[\n"), "quay.io"), None);
        assert_eq!(found(&moved("a: quay.io\n", "a: xquay.io\n"), "quay.io"), None);
        assert_eq!(found(&moved("a: quay.io\n", "a: quay.io\n[\n"), "quay.io"), Some("quay.io"));
        assert_eq!(found(&moved("a: quay.io", "[\na: quay.io"), "a: quay.io"), Some("a: quay.io"));
        assert_eq!(found(&moved("a: quay.io", ""), "quay.io"), None);
    }

    #[test]
    fn characters_stay_whole() {
        let moved = moved("a: é\nb: 𝄞\n", "a: è\nb: 𝄢\n");
        for at in 0..moved.now.source.text.len() {
            let _ = moved.back(at);
        }
        let around = moved.around(Span::new(FileId(0), 0, moved.before.source.text.len()));
        assert!(moved.now.source.text.get(around.range()).is_some());
        for same in &moved.same {
            assert!(moved.before.source.text.get(same.before.clone()).is_some(), "{same:?}");
        }
    }

    #[test]
    fn large_changes_take_no_time() {
        let (old, new): (String, String) =
            (0..300_000).map(|line| (format!("a{line}\n"), format!("b{line}\n"))).unzip();
        let moved = moved(&old, &new);
        assert_eq!(moved.back(5_000), None);
    }
}
