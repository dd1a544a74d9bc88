//! Removes parts of collections, with their lines or their commas.

use super::{Edit, Editor};
use crate::source::Span;
use crate::{Document, Kind, Node, lines};

impl<'d> Editor<'d> {
    /// Removes the list item at `span`, with its line or its comma.
    pub fn remove_item(self, span: Span) -> Option<Edit> {
        if let Some(made_of) = self.made_of.filter(|_| self.doc.is_composed()) {
            return Editor::new(made_of.holder(self.doc, span)?).remove_item(span);
        }
        let item = self.child(span, Kind::Sequence)?;
        self.remove(item, item)
    }

    /// Removes several items of one list. An edit is `None` if its item cannot be removed without other changes.
    pub fn remove_items(self, spans: &[Span]) -> Vec<Option<Edit>> {
        if let Some(made_of) = self.made_of.filter(|_| self.doc.is_composed()) {
            let holders: Option<Vec<&Document>> =
                spans.iter().map(|span| made_of.holder(self.doc, *span)).collect();
            return match holders.as_deref() {
                Some([]) => Vec::new(),
                Some([first, others @ ..]) if others.iter().all(|other| std::ptr::eq(*first, *other)) => {
                    Editor::new(first).remove_items(spans)
                }
                _ => vec![None; spans.len()],
            };
        }
        let items = spans.iter().map(|span| self.child(*span, Kind::Sequence));
        self.remove_all(items.map(|item| item.map(|item| (item, item))).collect())
    }

    /// Removes the map entry whose key or value stands at `span`, with its lines or its comma.
    pub fn remove_entry(self, span: Span) -> Option<Edit> {
        let (key, value) = self.pair(span)?;
        self.remove(key, value)
    }

    /// Removes several entries of one map. An edit is `None` if its entry cannot be removed without other changes.
    pub fn remove_entries(self, spans: &[Span]) -> Vec<Option<Edit>> {
        self.remove_all(spans.iter().map(|span| self.pair(*span)).collect())
    }

    /// The key and the value of which one stands at `span`.
    fn pair(self, span: Span) -> Option<(Node<'d>, Node<'d>)> {
        let child = self.child(span, Kind::Mapping)?;
        if self.position(child).is_multiple_of(2) {
            Some((child, self.doc.raw_at(self.next_sibling(child)?)))
        } else {
            Some((self.previous_sibling(child)?, child))
        }
    }

    /// Removes several parts of one collection. In flow style, neighbours share a comma. Behind the dash of an item, the
    /// next entry moves up to the dash. So a run of neighbours becomes one edit.
    fn remove_all(self, parts: Vec<Option<(Node<'d>, Node<'d>)>>) -> Vec<Option<Edit>> {
        let Some(mut parts) = parts.into_iter().collect::<Option<Vec<_>>>() else { return vec![None] };
        parts.sort_by_key(|(first, _)| first.index());
        parts.dedup_by_key(|(first, _)| first.index());
        let Some((&(first, _), &(_, last))) = parts.first().zip(parts.last()) else { return Vec::new() };
        if !self.parent(first).is_flow() && parts.len() == self.part(self.parent(first), 0).of as usize {
            return vec![self.remove_rest(first, last)];
        }
        // How many of them are at the start of the collection, whose first part is behind a dash.
        let mut due = self.is_behind_dash(first).then_some(first.index());
        let leading = parts.iter().take_while(|(first, last)| {
            let leads = due == Some(first.index());
            due = due.and_then(|_| self.next_sibling(*last));
            leads
        });
        let (leading, others) = parts.split_at(leading.count());
        let runs = others.chunk_by(|(first, last), (next, _)| {
            self.parent(*first).is_flow() && self.next_sibling(*last) == Some(next.index())
        });
        std::iter::once(leading)
            .chain(runs)
            .filter_map(|run| Some((run.first()?.0, run.last()?.1)))
            .map(|(first, last)| self.remove(first, last))
            .collect()
    }

    /// Whether a part of a collection is a key that shares its line with the dash of an item (`- source: x`).
    fn is_behind_dash(self, part: Node<'d>) -> bool {
        let parent = self.parent(part);
        let has_dash = || self.lead(part).is_none_or(|lead| lead.contains('-'));
        parent.kind() == Kind::Mapping && !parent.is_flow() && has_dash()
    }

    /// Removes the neighbours `first..=last`: some items of a list, or a key and its value.
    fn remove(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let children = self.position(last) + 1 - self.position(first);
        let taken = if parent.kind() == Kind::Mapping { children / 2 } else { children };
        let edit = self.removed(first, last)?.of_part(self.part(parent, taken));
        // Some readers see line ends in it that others read as text.
        let text = self.doc.source().get(edit.span.range())?;
        (!lines::has_line_end_of_1_1(text)).then_some(edit)
    }

    fn removed(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let is_whole = self.is_whole(parent) && self.is_whole(first) && self.is_whole(last);
        if !is_whole || self.is_needed_elsewhere(first, last) || self.holds_replaced(first, last) {
            return None;
        }
        let removed = Span { end: self.end(last)?, ..first.span() };
        let (previous, next) = (self.previous_sibling(first), self.next_sibling(last));
        let next = next.map(|next| self.doc.nodes[next as usize].start);
        if parent.is_flow() {
            return self.removed_from_flow(removed, parent, previous, next);
        }
        if previous.is_none() && next.is_none() {
            return self.rest_removed(first, last);
        }
        let source = self.doc.source();
        let lead = self.lead(first)?;
        if !lead.bytes().all(|b| matches!(b, b' ' | b'-')) {
            return None;
        }
        // The entry shares its line with the dash of an item (`- source: x`): the next entry moves up to it.
        if self.is_behind_dash(first) {
            let next = next?;
            let between = source.get(removed.end as usize..next as usize)?;
            return is_blank(between).then(|| Edit::replace(Span { end: next, ..removed }, ""));
        }
        // The dash may stand on a line above, and nested dashes on one line (`- - a`) hold other items too.
        if lead.matches('-').count() != usize::from(parent.kind() == Kind::Sequence) {
            return None;
        }
        let start = removed.start - lead.len() as u32;
        let end = lines::behind_line(source, removed.end);
        let behind = source[removed.end as usize..end].trim_start();
        let is_clean = behind.is_empty() || behind.starts_with('#');
        is_clean.then(|| Edit::replace(Span { start, end: end as u32, ..removed }, ""))
    }

    /// Removes what stands at `removed` in a flow collection, with its comma: the one behind, or for the last part the one
    /// before.
    fn removed_from_flow(
        self,
        removed: Span,
        parent: Node<'d>,
        previous: Option<Node<'d>>,
        next: Option<u32>,
    ) -> Option<Edit> {
        let source = self.doc.source();
        let close = parent.span().end - 1;
        let behind = match previous {
            Some(previous) => self.end(previous)?,
            None => parent.span().start + 1,
        };
        // An anchor or a tag before the item would move to its neighbour; one before the neighbour would be removed.
        let is_clean = |from: u32, to: u32| {
            let text = source.get(from as usize..to as usize);
            text.is_some_and(|text| is_blank(&text.replacen(',', "", 1)))
        };
        if !is_clean(behind, removed.start) || next.is_some_and(|next| !is_clean(removed.end, next)) {
            return None;
        }
        let span = match (previous, next) {
            (None, None) => Span { start: parent.span().start + 1, end: close, ..removed },
            (_, Some(next)) => Span { end: next, ..removed },
            (Some(_), None) => Span { start: behind, ..removed },
        };
        // The item itself may contain text that looks like a comment.
        (!source[span.range()].contains('#')).then(|| Edit::replace(span, ""))
    }

    /// Removes all parts of a block collection, which cannot be empty: its whole content becomes `[]` or `{}`.
    fn remove_rest(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let part = self.part(self.parent(first), 0);
        let text = self.doc.source().get(part.collection.range())?;
        let edit = self.rest_removed(first, last)?.of_part(super::Part { taken: part.of, ..part });
        (!lines::has_line_end_of_1_1(text)).then_some(edit)
    }

    fn rest_removed(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let several = self.part(parent, 0).of > 1;
        // Between them there may be comments, or text that looks like one.
        if self.is_needed_elsewhere(first, last)
            || self.holds_replaced(first, last)
            || (several && self.doc.source()[parent.span().range()].contains('#'))
        {
            return None;
        }
        let empty = if parent.kind() == Kind::Sequence { "[]" } else { "{}" };
        self.replace_block(parent, empty)
    }

    /// Replaces a block collection by `[]` or `{}` behind its key.
    fn replace_block(self, block: Node<'d>, empty: &str) -> Option<Edit> {
        if block.index() == 0 || self.parent(block).kind() != Kind::Mapping {
            return None;
        }
        let source = self.doc.source();
        let key = self.end(self.previous_sibling(block)?)?;
        // Only the colon and blanks may lie between (a list at its key's own indentation starts behind its first dash):
        // no comment, no anchor, no tag.
        let between = &source[key as usize..block.span().start as usize];
        if between.trim_end_matches(['-', ' ']).trim() != ":" {
            return None;
        }
        let colon = key + between.find(':')? as u32 + 1;
        let end = self.end(block)?;
        let rest = source[end as usize..lines::behind_line(source, end)].trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            return None;
        }
        let span = Span { start: colon, end, ..block.span() };
        // A block scalar at the end holds the line end.
        let newline =
            if source[span.range()].ends_with(['\n', '\r']) { lines::line_end_of(source) } else { "" };
        Some(Edit::replace(span, format!(" {empty}{newline}")))
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_whitespace())
}
