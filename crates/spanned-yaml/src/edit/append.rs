//! Adds parts to collections, behind the last one.

use super::{Edit, Editor, quoted_like};
use crate::source::Span;
use crate::{Kind, Node, lines};

impl<'d> Editor<'d> {
    /// Adds `value` behind the last item of the list at `span`.
    pub fn append_item(self, span: Span, value: &str) -> Option<Edit> {
        self.append_items(span, &[value])
    }

    /// Adds `values` behind the last item of the list at `span`, with the quotes of that item.
    pub fn append_items(self, span: Span, values: &[&str]) -> Option<Edit> {
        let list = self.find(span)?;
        let added = values.iter().map(|value| (*value).to_owned()).collect();
        let edit = self.appended(list, span, values)?;
        Some(Edit { added, ..edit.of_part(self.part(list, 0)) })
    }

    fn appended(self, list: Node<'d>, span: Span, values: &[&str]) -> Option<Edit> {
        if list.kind() != Kind::Sequence || self.is_shared(list) || !self.is_whole(list) {
            return None;
        }
        let source = self.doc.source();
        let Some(item) = self.last_child(list) else {
            // In JSON the key before the brackets is quoted, so the new items must be quoted, too.
            let before = source[..list.span().start as usize].trim_end().trim_end_matches(':').trim_end();
            let quote = before.as_bytes().last().copied().filter(|byte| *byte == b'"');
            let items: Vec<String> = values.iter().map(|value| quoted_like(quote, value)).collect();
            let at = list.span().start + 1;
            return list
                .is_flow()
                .then(|| Edit::replace(Span { start: at, end: at, ..span }, items.join(", ")));
        };
        let written = values.iter().map(|value| quoted_like(self.first_byte(item), value));
        if list.is_flow() {
            let at = self.end(item).filter(|_| self.is_whole(item))?;
            let text =
                written.fold(String::new(), |text, value| text + &self.separator(list, item, at) + &value);
            let behind = source.get(at as usize..list.span().end as usize)?;
            let has_comment = behind.contains('#') && text.contains(['\n', '\r']);
            return (!has_comment).then(|| Edit::replace(Span { start: at, end: at, ..span }, text));
        }
        let lead = self.lead(item)?;
        let dash = lead.rfind('-')?;
        let (indent, gap) = (&lead[..dash], &lead[dash + 1..]);
        let gap = &gap[..gap.len() - gap.trim_start_matches(' ').len()];
        // The line of the item may begin with the key of a nested list, or with other text.
        if !indent.bytes().all(|b| b == b' ') || item.is_block_scalar() {
            return None;
        }
        let lines: Vec<String> = written.map(|value| format!("{indent}-{gap}{value}")).collect();
        self.on_lines(self.end(item)?, span, &lines)
    }

    /// The separator between an item of a flow list and the next one: items on lines of their own get a new line.
    fn separator(self, list: Node<'d>, item: Node<'d>, at: u32) -> String {
        let source = self.doc.source();
        let lead = self.lead(item).filter(|lead| lead.trim().is_empty());
        match lead {
            Some(lead) if lead.len() < item.span().start as usize && list.span().end > at => {
                format!(",{}{lead}", lines::line_end_of(source))
            }
            _ => ", ".to_owned(),
        }
    }

    /// Adds lines behind the one that `end` stands on.
    fn on_lines(self, end: u32, span: Span, added: &[String]) -> Option<Edit> {
        let source = self.doc.source();
        let newline = lines::line_end_of(source);
        let at = lines::behind_line(source, end);
        let rest = source.get(end as usize..at)?.trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            return None;
        }
        let ends_line = source[..at].ends_with(['\n', '\r']);
        let text = added.iter().fold(String::new(), |text, line| {
            if ends_line { text + line + newline } else { text + newline + line }
        });
        Some(Edit::replace(Span { start: at as u32, end: at as u32, ..span }, text))
    }

    /// Adds an entry behind the last one of the map at `span`; `value` is YAML that fits on a line.
    pub fn append_entry(self, span: Span, key: &str, value: &str) -> Option<Edit> {
        let map = self.find(span).filter(|node| node.kind() == Kind::Mapping)?;
        let (first, last) = (map.raw_children().next()?, self.last_child(map)?);
        if self.is_shared(map) || !self.is_whole(map) || !self.is_whole(last) {
            return None;
        }
        let end = self.end(last)?;
        let written = format!("{}: {value}", quoted_like(self.first_byte(first), key));
        let edit = if map.is_flow() {
            Edit::replace(Span { start: end, end, ..span }, format!(", {written}"))
        } else {
            let indent = self.lead(first)?;
            if !indent.bytes().all(|b| b == b' ') || last.is_block_scalar() {
                return None;
            }
            self.on_lines(end, span, &[format!("{indent}{written}")])?
        };
        Some(Edit { added: vec![key.to_owned()], ..edit.of_part(self.part(map, 0)) })
    }
}
