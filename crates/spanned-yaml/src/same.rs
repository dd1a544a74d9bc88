//! Compares the meaning of values, independent of style and place.

use super::{Kind, Node};

/// The limit of depth; deeper values count as different.
const MAX_DEPTH: usize = 400;

/// Whether two values mean the same; the order of keys counts, as it does in Git.
pub fn says_same(a: Node<'_>, b: Node<'_>) -> bool {
    at(a, b, 0)
}

fn at(a: Node<'_>, b: Node<'_>, depth: usize) -> bool {
    if a.kind() != b.kind() || depth > MAX_DEPTH {
        return false;
    }
    match a.kind() {
        Kind::Scalar => a.scalar() == b.scalar(),
        Kind::Sequence => {
            a.items().count() == b.items().count()
                && a.items().zip(b.items()).all(|(a, b)| at(a, b, depth + 1))
        }
        Kind::Mapping => {
            let (a, b) = (a.entries(), b.entries());
            let is_same = |(a, b): (&super::Entry<'_>, &super::Entry<'_>)| {
                a.key.key_text() == b.key.key_text() && at(a.value, b.value, depth + 1)
            };
            a.len() == b.len() && a.iter().zip(&b).all(is_same)
        }
    }
}
