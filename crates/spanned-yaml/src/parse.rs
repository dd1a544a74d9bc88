//! Builds documents from the events of granit-parser. A broken document is an error, and the next one is still read.

use super::document::{Document, Raw, RawNode};
use super::simple::{self, Simple};
use crate::source::{FileId, Span};
use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, StructureStyle, Tag};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The number of values that any file may hold. Beyond it, a file needs four bytes of text for each value. Real
/// manifests have more than eight, so only a file that is made to exhaust memory exceeds this.
const FREE_VALUES: usize = 1_000_000;

/// A document that cannot be read.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    /// The place where the parser stopped, or the text that it refuses.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// The text of the document, as far as it is known.
    pub document: Span,
}

/// The documents of a text, kept for several readers.
pub type Documents = Vec<Result<Arc<Document>, SyntaxError>>;

/// Reads each document of `text` and passes it on at once, so that an unwanted document is freed before the next one is
/// read.
pub fn parse(file: FileId, text: &Arc<str>, mut each: impl FnMut(Result<Document, SyntaxError>)) {
    parse_part(file, text, 0..text.len(), |parsed| {
        each(parsed);
        None
    });
}

/// Reads every document of `text` and keeps them all.
pub fn parse_all(file: FileId, text: &Arc<str>) -> Documents {
    let mut documents = Vec::new();
    parse(file, text, |parsed| documents.push(parsed.map(Arc::new)));
    documents
}

/// Reads every document of a part of `text`, whose places are those of the whole. `each` gives back a document that it does
/// not keep, so that the next one gets its memory.
pub(super) fn parse_part(
    file: FileId,
    text: &Arc<str>,
    mut part: Range<usize>,
    mut each: impl FnMut(Result<Document, SyntaxError>) -> Option<Document>,
) {
    if part.end == text.len() {
        let mut reader = simple::Reader::new(text);
        while let Some(Simple { nodes, texts, end }) = reader.document(part.start) {
            let back = each(Ok(Document {
                start: part.start as u32,
                end: end as u32,
                ..Document::of(file, Arc::clone(text), nodes, texts)
            }));
            if let Some(document) = back {
                reader.reuse(document.nodes);
            }
            part.start = end;
        }
    }
    if !part.is_empty() {
        parse_any(file, text, part, |parsed| drop(each(parsed)));
    }
}

/// The same for any YAML.
pub(super) fn parse_any(
    file: FileId,
    text: &Arc<str>,
    part: Range<usize>,
    mut each: impl FnMut(Result<Document, SyntaxError>),
) {
    let base = part.start as u32;
    let offset = |byte_offset: Option<usize>| offset(byte_offset) + base;
    let mut options = granit_parser::options! {
        block_scalar_eof_without_line_feed: true,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(&text[part.clone()], options);
    let mut start = base;
    let mut is_first = true;
    let mut builder = Builder::new(file, text, base);
    // A finished document waits for the start of the next one, which is where it ends.
    let mut waiting: Option<Result<Document, SyntaxError>> = None;
    let mut hand_over = |done: Option<Result<Document, SyntaxError>>, end: u32| match done {
        Some(Ok(mut document)) => {
            document.end = end;
            each(Ok(document));
        }
        Some(Err(mut error)) => {
            error.document.end = end.max(error.document.start);
            each(Err(error));
        }
        None => {}
    };
    loop {
        let event = match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((Event::DocumentStart(..), span))) => {
                // Comments above the first document are about it; a mark behind them does not change that.
                start = if is_first { base } else { offset(span.start.byte_offset()) };
                is_first = false;
                hand_over(waiting.take(), start);
                builder.restart(start);
                continue;
            }
            Some(Ok((Event::DocumentEnd, _))) => {
                waiting = builder.finish().transpose();
                continue;
            }
            Some(Ok((event, span))) => builder.event(event, &span),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().map_or(part.end, |at| (part.start + at).min(part.end));
                // An error in the directives before a document belongs to no document that was started.
                if waiting.is_some() {
                    hand_over(waiting.take(), at as u32);
                    start = at as u32;
                }
                Err(match unknown_alias(text, file, at) {
                    Some(alias) => {
                        let message = format!(
                            "`{}` is read as an alias, and there is no such anchor; quote it",
                            &text[alias.range()]
                        );
                        builder.error(alias, message)
                    }
                    None => builder.error(char_at(text, file, at), error.info()),
                })
            }
        };
        if let Err(mut error) = event {
            error.document.start = start;
            // The next document starts here.
            is_first = false;
            waiting = Some(Err(error));
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) | Err(_) => break,
            }
        }
    }
    hand_over(waiting.take(), part.end as u32);
}

fn offset(byte_offset: Option<usize>) -> u32 {
    // A parser over a string always knows its offsets.
    byte_offset.unwrap_or(0) as u32
}

/// The character at `at`, so that an error has something to underline.
pub(super) fn char_at(text: &str, file: FileId, mut at: usize) -> Span {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let width = text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    Span::new(file, at, at + width)
}

/// The alias at `at`, if its anchor is missing: usually it is a wildcard without quotes.
fn unknown_alias(text: &str, file: FileId, at: usize) -> Option<Span> {
    let rest = text.get(at..)?.strip_prefix('*')?;
    let name = rest.find(|c: char| c.is_whitespace() || "[]{},".contains(c)).unwrap_or(rest.len());
    (name > 0).then(|| Span::new(file, at, at + 1 + name))
}

struct Open {
    index: u32,
    anchor: usize,
    end: u32,
}

struct Builder<'t> {
    file: FileId,
    text: &'t Arc<str>,
    /// Where the part begins that the parser reads.
    base: u32,
    start: u32,
    nodes: Vec<RawNode>,
    texts: Vec<Box<str>>,
    tags: Vec<(u32, Box<str>)>,
    open: Vec<Open>,
    anchors: HashMap<usize, u32>,
    aliases: Vec<u32>,
}

impl<'t> Builder<'t> {
    fn new(file: FileId, text: &'t Arc<str>, base: u32) -> Self {
        Self {
            file,
            text,
            base,
            start: base,
            nodes: Vec::new(),
            texts: Vec::new(),
            tags: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            aliases: Vec::new(),
        }
    }

    fn restart(&mut self, start: u32) {
        *self = Self { start, ..Self::new(self.file, self.text, self.base) };
    }

    fn error(&self, span: Span, message: impl Into<String>) -> SyntaxError {
        SyntaxError { span, message: message.into(), document: Span { start: self.start, ..span } }
    }

    fn span(&self, event: &EventSpan) -> Span {
        let (start, end) = (event.start.byte_offset(), event.end.byte_offset());
        let (start, end) = (offset(start) + self.base, offset(end) + self.base);
        Span { file: self.file, start, end: end.max(start) }
    }

    fn event(&mut self, event: Event<'_>, at: &EventSpan) -> Result<(), SyntaxError> {
        let mut span = self.span(at);
        if self.nodes.len() > FREE_VALUES + self.text.len() / 4 {
            return Err(self.error(span, "too many values for a file of this size; the document is not read"));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    // The parser counts the indentation of what follows.
                    let body = &self.text[span.range()];
                    span.end -= (body.len() - body.trim_end_matches(' ').len()) as u32;
                }
                let (raw, same) = match style {
                    ScalarStyle::Plain => (Raw::Plain, self.text.get(span.range()) == Some(&*text)),
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                        let inner = span.start as usize + 1..(span.end as usize).saturating_sub(1);
                        (Raw::Quoted, self.text.get(inner) == Some(&*text))
                    }
                    _ => (Raw::Block, self.text.get(span.range()) == Some(&*text)),
                };
                // An empty value comes as `~` with an empty span.
                let absent = raw == Raw::Plain && span.start == span.end;
                let data = if same || absent {
                    0
                } else {
                    self.texts.push(text.into_owned().into_boxed_str());
                    self.texts.len() as u32
                };
                let index = self.push(span, raw, data, tag.as_deref());
                self.close(index, span.end);
                if anchor != 0 {
                    self.anchors.insert(anchor, index);
                }
            }
            Event::Alias(id) => {
                let Some(&target) = self.anchors.get(&id) else {
                    return Err(self.error(span, "an anchor's value contains itself"));
                };
                let index = self.push(span, Raw::Alias, target, None);
                self.aliases.push(index);
                self.close(index, span.end);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let index =
                    self.push(span, if flow { Raw::FlowSequence } else { Raw::Sequence }, 0, tag.as_deref());
                self.open.push(Open { index, anchor, end: span.end });
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let index =
                    self.push(span, if flow { Raw::FlowMapping } else { Raw::Mapping }, 0, tag.as_deref());
                self.open.push(Open { index, anchor, end: span.end });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let node = &mut self.nodes[open.index as usize];
                // A block collection has no closing text: it ends where its last child does.
                let flow = matches!(node.raw, Raw::FlowSequence | Raw::FlowMapping);
                let end = if flow { span.end } else { open.end };
                node.end = end.max(node.start);
                let index = open.index;
                self.close(index, end);
                if open.anchor != 0 {
                    self.anchors.insert(open.anchor, index);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, span: Span, raw: Raw, data: u32, tag: Option<&Tag>) -> u32 {
        let index = self.nodes.len() as u32;
        if let Some(tag) = tag {
            self.tags.push((index, format!("{}{}", tag.handle(), tag.suffix()).into_boxed_str()));
        }
        self.nodes.push(RawNode { start: span.start, end: span.end, next: index + 1, data, raw });
        index
    }

    /// The subtree of `index` is complete and ends at `end`.
    fn close(&mut self, index: u32, end: u32) {
        self.nodes[index as usize].next = self.nodes.len() as u32;
        if let Some(parent) = self.open.last_mut() {
            parent.end = parent.end.max(end);
        }
    }

    fn finish(&mut self) -> Result<Option<Document>, SyntaxError> {
        if self.nodes.is_empty() {
            return Ok(None);
        }
        let (aliased, excess) = self.check_aliases();
        let mut nodes = std::mem::take(&mut self.nodes);
        let mut texts = std::mem::take(&mut self.texts);
        nodes.shrink_to_fit();
        texts.shrink_to_fit();
        if let Some(span) = excess {
            return Err(self.error(span, "document contains excessive aliasing"));
        }
        Ok(Some(Document {
            tags: std::mem::take(&mut self.tags),
            aliased,
            start: self.start,
            ..Document::of(self.file, Arc::clone(self.text), nodes, texts)
        }))
    }

    /// The number of values from aliases, and the first alias if go-yaml refuses that number.
    ///
    /// The limit of go-yaml (`yaml.v2/decode.go`, `allowedAliasRatio`): up to 400,000 values nearly all may come
    /// from aliases, from 4,000,000 on no more than a tenth, in between it falls in a line.
    fn check_aliases(&self) -> (u32, Option<Span>) {
        let Some(&first) = self.aliases.first() else { return (0, None) };
        // An alias follows the end of its target, so one pass from the front knows each size in time.
        let mut size = vec![1_u64; self.nodes.len()];
        let mut stack: Vec<usize> = Vec::new();
        let mut expanded = 0_u64;
        let mut from_aliases = 0_u64;
        for (index, node) in self.nodes.iter().enumerate() {
            while stack.last().is_some_and(|&top| self.nodes[top].next as usize <= index) {
                if let (Some(done), Some(&parent)) = (stack.pop(), stack.last()) {
                    size[parent] = size[parent].saturating_add(size[done]);
                }
            }
            if node.raw == Raw::Alias {
                size[index] = size[node.data as usize];
                from_aliases = from_aliases.saturating_add(size[index]);
            }
            expanded = expanded.saturating_add(size[index]);
            if node.raw.is_collection() {
                stack.push(index);
            } else if let Some(&parent) = stack.last() {
                size[parent] = size[parent].saturating_add(size[index]);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let allowed = match expanded {
            0..=400_000 => 0.99,
            4_000_000.. => 0.10,
            between => 0.99 - 0.89 * (between - 400_000) as f64 / 3_600_000.0,
        };
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratio = from_aliases as f64 / expanded as f64;
        let excess = (from_aliases > 100 && expanded > 1000 && ratio > allowed).then(|| Span {
            file: self.file,
            start: self.nodes[first as usize].start,
            end: self.nodes[first as usize].end,
        });
        (u32::try_from(from_aliases).unwrap_or(u32::MAX), excess)
    }
}
