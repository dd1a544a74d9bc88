//! Paths to images: keys with dots between them, `[*]` for every item of a list: `spec.pods[*].image`.

use crate::yaml::Node;
use std::fmt::{self, Write};
use std::str::FromStr;

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

/// Calls `each` with each value at the end of the path, and its path.
pub(super) fn visit<'d>(
    node: Node<'d>,
    path: &[Segment],
    field: &mut String,
    each: &mut dyn FnMut(Node<'d>, &str),
) {
    let Some((segment, rest)) = path.split_first() else { return each(node, field) };
    let length = field.len();
    match segment {
        Segment::Key(key) => {
            if let Some(value) = node.get(key) {
                if length > 0 {
                    field.push('.');
                }
                field.push_str(key);
                visit(value, rest, field, each);
            }
        }
        Segment::Items => {
            for (number, item) in node.items().enumerate().take(super::MAX_IMAGES) {
                // Writing to a string cannot fail.
                let _ = write!(field, "[{number}]");
                visit(item, rest, field, each);
                field.truncate(length);
            }
        }
    }
    field.truncate(length);
}
