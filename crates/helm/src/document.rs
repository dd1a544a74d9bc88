//! What was printed is read as YAML, in which every value knows the text that it came from.

use crate::render::Rendered;
use crate::value::{Mark, origin};
use crate::{Error, Result};
use spanned_yaml::{Composer, Document, Kind, Node, Span, parse};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The documents of a rendered file that say something. A value that is of chance, of the time or of the network is the
/// action that makes it. The places of their values are those of the values files where
/// a value came from there whole, and of the template otherwise.
pub(crate) fn documents(rendered: &Rendered) -> Result<Vec<Arc<Document>>> {
    let has_unknown = rendered.marks.iter().any(|mark| mark.is_unknown);
    let places = Places { rendered, has_unknown, first: Cell::new(0) };
    let mut documents = Vec::new();
    let mut broken = None;
    parse(rendered.file, &rendered.text, |parsed| match parsed {
        Ok(document) if document.root().is_null() => {}
        Ok(document) => documents.push(document),
        Err(error) => {
            broken.get_or_insert_with(|| {
                Error::at(
                    places.template(error.span),
                    format!("the output of the template is not YAML: {}", error.message),
                )
            });
        }
    });
    if let Some(error) = broken {
        return Err(error);
    }
    documents.iter().map(|document| places.compose(document)).collect()
}

struct Places<'r> {
    rendered: &'r Rendered,
    /// Whether a part of the text is of chance, of the time or of the network.
    has_unknown: bool,
    /// The first mark of the text that was asked for last: the next one is near.
    first: Cell<usize>,
}

impl Places<'_> {
    fn compose(&self, document: &Document) -> Result<Arc<Document>> {
        let mut composer = Composer::new(self.rendered.file, Arc::clone(&self.rendered.source)).changed(true);
        // Values are asked for their places in the order in which they are numbered.
        let next = Cell::new(0);
        let unknown = RefCell::new(Vec::new());
        let place = |node: Node<'_>| {
            let number = next.replace(next.get() + 1);
            if self.has_unknown
                && node.kind() == Kind::Scalar
                && self.marks(node.span()).iter().any(|mark| mark.is_unknown)
            {
                unknown.borrow_mut().push((number, self.action(node.span()), false));
            }
            self.of(node)
        };
        if !composer.copy_values(document.root(), &place) {
            let span = self.template(document.root().span());
            return Err(Error::limit("a rendered document is deeper or larger than the limit").or_at(span));
        }
        let document = composer.finish();
        let unknown = unknown.into_inner();
        Ok(Arc::new(if unknown.is_empty() { document } else { document.with_values(unknown) }))
    }

    /// What stands in the place of a value that nobody knows: the action that makes it, as in a template that nobody
    /// rendered.
    fn action(&self, span: Span) -> String {
        let template = self.template(span);
        let text = self.rendered.source.get(template.range()).filter(|_| template.file == self.rendered.file);
        text.filter(|text| text.contains("{{")).unwrap_or("{{ unknown }}").to_owned()
    }

    /// The marks of a part of the text.
    fn marks(&self, span: Span) -> &[Mark] {
        let marks = &self.rendered.marks;
        let is_before = |mark: &Mark| mark.end <= span.start;
        let near = self.first.get().min(marks.len());
        let first = if near.checked_sub(1).is_none_or(|last| is_before(&marks[last])) {
            near + marks[near..].iter().take_while(|mark| is_before(mark)).count()
        } else {
            marks.partition_point(is_before)
        };
        self.first.set(first);
        let marks = &marks[first..];
        let end = span.end.max(span.start + 1);
        let count = match marks.get(1) {
            Some(second) if second.start < end => marks.partition_point(|mark| mark.start < end),
            _ => marks.iter().take(1).filter(|mark| mark.start < end).count(),
        };
        &marks[..count]
    }

    /// The text that a value came from.
    fn of(&self, node: Node<'_>) -> Span {
        let span = node.span();
        let mut found = origin(self.marks(span), span.range(), &self.rendered.text);
        if found.is_none() && node.kind() != Kind::Scalar {
            found = self.collection(span);
        }
        found.unwrap_or_else(|| self.template(span))
    }

    /// The text of a values file that holds all parts of a list or map which one action printed.
    fn collection(&self, span: Span) -> Option<Span> {
        let marks = self.marks(span);
        let mut all: Option<Span> = None;
        for mark in marks {
            let Some(origin) = mark.origin else {
                let (start, end) = (mark.start.max(span.start) as usize, mark.end.min(span.end) as usize);
                let text = self.rendered.text.get(start..end)?;
                if mark.is_literal || !text.chars().all(|c| " \n\"':-,[]{}".contains(c)) {
                    return None;
                }
                continue;
            };
            let found = all.get_or_insert(origin);
            if found.file != origin.file {
                return None;
            }
            (found.start, found.end) = (found.start.min(origin.start), found.end.max(origin.end));
        }
        all
    }

    /// The text of the template that printed a part of the rendered text.
    fn template(&self, span: Span) -> Span {
        let marks = self.marks(span);
        let Some((first, last)) = marks.first().zip(marks.last()) else {
            return self.nearest(span);
        };
        let (start, end) = (cut(*first, span), cut(*last, span));
        // Parts of several files, or in another order than in the template, have no text in common.
        if start.file == end.file && start.start <= end.start {
            Span { end: end.end, ..start }
        } else {
            start
        }
    }

    /// For what is empty: where the text before it was printed.
    fn nearest(&self, span: Span) -> Span {
        let marks = &self.rendered.marks;
        let before = marks.partition_point(|mark| mark.start < span.start);
        match before.checked_sub(1).and_then(|place| marks.get(place)) {
            Some(mark) => Span { start: mark.template.end, ..mark.template },
            None => Span { file: self.rendered.file, start: 0, end: 0 },
        }
    }
}

/// The text behind a mark; of literal text only the part that is asked for.
fn cut(mark: Mark, span: Span) -> Span {
    if !mark.is_literal {
        return mark.template;
    }
    let base = mark.template.start;
    let at = |place: u32| base + (place.clamp(mark.start, mark.end) - mark.start);
    Span { file: mark.template.file, start: at(span.start), end: at(span.end) }
}
