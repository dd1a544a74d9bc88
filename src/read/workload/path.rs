//! Paths to images: keys with dots between them, `[*]` for every item of a list: `spec.pods[*].image`.

use crate::yaml::Node;
use std::cell::RefCell;
use std::fmt::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

/// A path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(pub(super) Vec<Segment>);

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    Items,
}

/// The error for a text that is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError;

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a path is keys with dots between them, and `[*]` for every item of a list: `spec.images[*]`",
        )
    }
}

impl std::error::Error for PathError {}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut segments = Vec::new();
        for part in text.strip_prefix('.').unwrap_or(text).split('.') {
            let key = part.trim_end_matches("[*]");
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
            if key.is_empty() || !key.chars().all(is_word) {
                return Err(PathError);
            }
            segments.push(Segment::Key(key.to_owned()));
            segments.extend((key.len()..part.len()).step_by("[*]".len()).map(|_| Segment::Items));
        }
        Ok(Self(segments))
    }
}

/// The place of a value in its object, as steps from the root on. It becomes a text only where somebody reads it.
#[derive(Clone, Copy)]
pub(super) enum Field<'f> {
    Root,
    Key(&'f Field<'f>, &'f str),
    Item(&'f Field<'f>, usize),
}

impl Field<'_> {
    /// `spec.containers[0].image`. One text after the other is often the same, and then shared.
    pub(super) fn text(&self) -> Arc<str> {
        thread_local! {
            static LAST: RefCell<(String, Arc<str>)> = RefCell::default();
        }
        LAST.with_borrow_mut(|(text, last)| {
            text.clear();
            self.write(text);
            if **last != **text {
                *last = text.as_str().into();
            }
            Arc::clone(last)
        })
    }

    fn write(&self, text: &mut String) {
        match self {
            Field::Root => {}
            Field::Key(above, key) => {
                above.write(text);
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Field::Item(above, number) => {
                above.write(text);
                // Writing to a string cannot fail.
                let _ = write!(text, "[{number}]");
            }
        }
    }
}

/// Calls `each` with each value at the end of the path, and its place.
pub(super) fn visit<'d>(
    node: Node<'d>,
    path: &[Segment],
    field: &Field<'_>,
    each: &mut dyn FnMut(Node<'d>, &Field<'_>),
) {
    let Some((segment, rest)) = path.split_first() else { return each(node, field) };
    match segment {
        Segment::Key(key) => {
            if let Some(value) = node.get(key) {
                visit(value, rest, &Field::Key(field, key), each);
            }
        }
        Segment::Items => {
            for (number, item) in node.items().enumerate().take(super::MAX_IMAGES) {
                visit(item, rest, &Field::Item(field, number), each);
            }
        }
    }
}
