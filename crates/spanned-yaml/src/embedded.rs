//! Texts in a string of another text: YAML in a `ConfigMap`, JSON in an annotation, a patch in a kustomization. If the
//! inner text stands in the outer one unchanged, its places are places of the outer text.

use super::{Composer, Document, Node, parse};
use crate::lines::line_length;
use crate::source::Span;
use std::sync::Arc;

/// Maps the bytes of an inner text to the outer text.
#[derive(Clone, Debug)]
pub struct Embedded {
    outer: Span,
    /// The start of each line in the inner and in the outer text; empty if the texts differ.
    lines: Vec<(u32, u32)>,
}

impl Embedded {
    /// Maps `text`, which is the value of the scalar at `outer` in `source`.
    pub fn new(text: &str, outer: Span, source: &str) -> Self {
        let written = source.get(outer.range());
        let lines = written.and_then(|written| lines(text, written, outer.start)).unwrap_or_default();
        Self { outer, lines }
    }

    /// The scalar that holds the inner text.
    pub fn outer(&self) -> Span {
        self.outer
    }

    /// The outer place of an inner place; the whole scalar if the texts differ.
    pub fn place(&self, span: Span) -> Span {
        let at = |offset: u32| {
            let line = self.lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
            let (inner, outer) = self.lines[line];
            Some(outer + offset - inner)
        };
        match (at(span.start), at(span.end)) {
            (Some(start), Some(end)) if end <= self.outer.end => Span { file: self.outer.file, start, end },
            _ => self.outer,
        }
    }
}

/// The documents in a string.
#[derive(Debug, Default)]
pub struct Inner {
    /// Its documents, each value with its place in the outer text.
    pub documents: Vec<Document>,
    /// Whether some documents cannot be read.
    pub is_broken: bool,
}

/// The place of a part of a scalar's text.
pub fn place(scalar: Node<'_>, part: std::ops::Range<usize>) -> Span {
    let inner = Span::new(scalar.span().file, part.start, part.end);
    way_out(scalar).place(inner)
}

fn way_out(scalar: Node<'_>) -> Embedded {
    let (outer, span) = (scalar.document(), scalar.span());
    // The text of another file is not available here.
    let source = if span.file == outer.file() { &**outer.source() } else { "" };
    Embedded::new(scalar.text(), span, source)
}

/// A document in the text of a scalar, each value with its place in the outer text; `None` if it exceeds every real document
/// in size.
pub fn copy(scalar: Node<'_>, document: &Document) -> Option<Document> {
    copy_out(&way_out(scalar), scalar.document(), document)
}

fn copy_out(embedded: &Embedded, outer: &Document, inner: &Document) -> Option<Document> {
    let mut composer = Composer::new(outer.file(), outer.source().clone()).changed(outer.is_changed());
    let is_whole = composer.copy(inner.root(), &|span| embedded.place(span));
    // Only the existence of holes matters here: a composed document has no text around them.
    let holes = [outer.holes(), inner.holes()].concat();
    is_whole.then(|| composer.finish_within(outer.span()).with_holes(holes))
}

/// Reads the text of a scalar as YAML.
pub fn read(scalar: Node<'_>) -> Inner {
    let outer = scalar.document();
    let text: Arc<str> = scalar.text().into();
    let span = scalar.span();
    let embedded = way_out(scalar);
    let mut inner = Inner::default();
    parse(span.file, &text, |parsed| {
        let Ok(document) = parsed else {
            inner.is_broken = true;
            return;
        };
        match copy_out(&embedded, outer, &document) {
            Some(document) => inner.documents.push(document),
            None => inner.is_broken = true,
        }
    });
    inner
}

/// The lines of a string in its written form; `None` if they differ.
fn lines(inner: &str, written: &str, start: u32) -> Option<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    let mut outer = written;
    let mut outer_at = start;
    if written.starts_with(['|', '>']) {
        let head = line_length(written);
        outer = &written[head..];
        outer_at += head as u32;
    } else if written.starts_with(['"', '\'']) {
        let same = written.get(1..written.len() - 1)? == inner;
        return same.then(|| vec![(0, start + 1)]);
    }
    // The text of a block begins with its first non-empty line.
    let is_cut = crate::lines(outer).next().is_some_and(|line| !line.trim().is_empty());
    let text = if is_cut { inner.trim_start_matches('\n') } else { inner };
    let mut inner_at = (inner.len() - text.len()) as u32;
    for line in crate::lines(text) {
        let next = line_length(outer);
        let (here, rest) = outer.split_at(next);
        let (text, here) = (line.trim_end_matches(['\r', '\n']), here.trim_end_matches(['\r', '\n']));
        let indent = here.strip_suffix(text)?;
        if !indent.bytes().all(|byte| byte == b' ') {
            return None;
        }
        found.push((inner_at, outer_at + indent.len() as u32));
        inner_at += line.len() as u32;
        outer_at += next as u32;
        outer = rest;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// The text at which the inner value `wanted` stands.
    fn place<'t>(text: &'t str, wanted: &str) -> &'t str {
        let mut found = None;
        parse(FileId(0), &text.into(), |outer| {
            let outer = outer.expect(text);
            let inner = read(outer.root().get("a").expect("a key"));
            for document in &inner.documents {
                let node = document.all().find(|node| node.text() == wanted);
                found = found.or(node.map(|node| &text[node.span().range()]));
            }
        });
        found.expect(wanted)
    }

    #[test]
    fn values_stand_where_they_are_written() {
        for (text, at) in [
            ("a: |\n  b: c\n  d: é e\n", "é e"),
            ("a: |-\n\n     d: é e\n\nb: d", "é e"),
            ("x: é\na: |2\n    b: c\n    d: é e", "é e"),
            ("a: >\n  d: é e\n", "é e"),
            // In folded lines, only the place of the whole scalar is known.
            ("a: >\n  d: é\n  e\n", "|d: é\n  e\n"),
            ("a: 'd: é e'", "é e"),
            ("a: \"d: é e\"", "é e"),
            ("a: '{\"d\": \"é e\"}'", "\"é e\""),
            ("a: \"{\\\"d\\\": \\\"é e\\\"}\"", "\"{\\\"d\\\": \\\"é e\\\"}\""),
            ("a: '{d: ''é e''}'", "'{d: ''é e''}'"),
            ("a: \"d: é\\x20e\"", "\"d: é\\x20e\""),
            ("a: |\r\n  b: c\r\n  d: é e\r\n", "é e"),
            ("a: |\r  b: c\r  d: é e\r", "é e"),
            ("a: |-\r\r     d: é e\r\rb: d", "é e"),
            ("a: |\n  ---\n  b: c\n  ---\n  d: é e\n", "é e"),
        ] {
            let found = place(text, "é e");
            match at.strip_prefix('|') {
                Some(whole) => assert!(found.contains(whole.trim()), "{text:?}: {found:?}"),
                None => assert_eq!(found, at, "{text:?}"),
            }
        }
    }

    #[test]
    fn a_text_that_is_not_yaml_is_broken() {
        parse(FileId(0), &"a: |\n  b: [\n".into(), |outer| {
            let inner = read(outer.expect("YAML").root().get("a").expect("a key"));
            assert!(inner.is_broken && inner.documents.is_empty());
        });
    }

    #[test]
    fn written_out_aliases_end() {
        let levels: Vec<String> = (1..30).map(|at| format!("  - &a{at} [*a{0}, *a{0}]\n", at - 1)).collect();
        let text = format!("a: |\n  - &a0 x\n{}", levels.concat());
        parse(FileId(0), &text.as_str().into(), |outer| {
            let inner = read(outer.expect("YAML").root().get("a").expect("a key"));
            assert!(inner.is_broken && inner.documents.is_empty());
        });
    }
}
