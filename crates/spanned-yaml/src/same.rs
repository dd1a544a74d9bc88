//! Whether values mean the same, however and wherever they are written.

use super::{Kind, Node};

/// How deep values are compared; what is deeper is not the same.
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
