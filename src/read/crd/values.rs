//! Values as people write them: lists, names and placeholders.

use crate::source::{Span, Spanned};
use crate::yaml::{self, Kind as Shape, Node};

/// A list in a document, which may be empty.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// The key that holds it.
    pub key: Span,
    /// The list itself.
    pub span: Span,
    /// Its items, without those of a wrong type and without placeholders.
    pub items: Vec<T>,
    /// Whether a template fills in some items, so that nobody knows which names are missing.
    pub open: bool,
}

/// At most so many items of a list are read, against files that exhaust memory.
const MAX_ITEMS: usize = 500_000;

impl List<Spanned<String>> {
    /// Reads the strings under `key`; `None` if the key is missing, null, or not a list.
    pub(crate) fn of_strings(map: Option<Node<'_>>, key: &str) -> Option<Self> {
        List::read(map, key, string)
    }
}

impl<T> List<T> {
    /// The same for a map that a template fills in, where the list may come from the template.
    pub(crate) fn or_open(list: Option<Self>, map: Option<Node<'_>>) -> Option<Self> {
        let open = |map: &Node<'_>| map.is_open() || map.entries().iter().any(|entry| is_filled(entry.key));
        list.or_else(|| {
            let span = map.filter(open)?.span();
            Some(Self { key: span, span, items: Vec::new(), open: true })
        })
    }

    pub(crate) fn read(
        map: Option<Node<'_>>,
        key: &str,
        mut item: impl FnMut(Node<'_>) -> Option<T>,
    ) -> Option<Self> {
        let entry = map?.entry(key)?;
        let mut list = Self {
            key: entry.key.span(),
            span: entry.value.span(),
            items: Vec::new(),
            open: entry.value.is_open(),
        };
        if entry.value.kind() != Shape::Sequence {
            list.open = true;
            return is_placeholder(entry.value.text()).then_some(list);
        }
        for (index, node) in entry.value.items().enumerate() {
            // No real list is as long. The rest is unknown.
            if index == MAX_ITEMS {
                list.open = true;
                break;
            }
            match item(node) {
                Some(item) => list.items.push(item),
                None => list.open = true,
            }
        }
        Some(list)
    }
}

/// Whether a template fills in a key. A dollar alone is not a placeholder here: `$patch` is a real key.
pub(super) fn is_filled(key: Node<'_>) -> bool {
    let key = key.key_text();
    ["{{", "{%", "${", "<%"].iter().any(|mark| key.contains(mark))
}

/// A name that is not a placeholder.
pub(crate) fn string(node: Node<'_>) -> Option<Spanned<String>> {
    text(node).map(|text| Spanned::new(text.to_owned(), node.span()))
}

/// Does the same, without a copy of the text.
pub(crate) fn text(node: Node<'_>) -> Option<&str> {
    node.as_str().filter(|text| !is_placeholder(text) && !has_constant(text))
}

/// Whether a template or a person still has to fill a value in: `{{ registry }}`, `${REGISTRY}`, `$REGISTRY`,
/// `<registry>`, `@REGISTRY@`, `{% … %}`, `REGISTRY_PLACEHOLDER`, `CHANGE_ME`. Rules about values ignore such a value.
pub fn is_placeholder(text: &str) -> bool {
    // No name contains these; people write them in placeholders.
    const MARKS: [&str; 4] = ["{{", "}}", "{%", "$"];
    // Most values are short and not placeholders: two looks at each byte tell.
    let may_be_marked = text.bytes().any(|byte| matches!(byte, b'{' | b'}' | b'$' | b'<' | b'@' | b'%'));
    let is_marked = || {
        MARKS.iter().any(|mark| text.contains(mark))
            || text.find('<').is_some_and(|open| text[open..].contains('>'))
            || ['@', '%'].iter().any(|mark| is_wrapped(text, *mark))
    };
    may_be_marked && is_marked() || contains_word(text)
}

/// Whether a host is one word in capitals, which a script replaces: `MIRRORHOST`, `REGISTRY:5000`.
pub(crate) fn is_stand_in(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    let is_upper = |byte: u8| byte.is_ascii_uppercase();
    name.bytes().any(is_upper) && !name.contains('.') && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// `@REGISTRY@`, `%REGISTRY%`
fn is_wrapped(text: &str, mark: char) -> bool {
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split(mark).skip(1).zip(text.split(mark).skip(2)).any(|(part, _)| is_name(part))
}

/// The words that people write in placeholders, in any case.
const WORDS: [&str; 7] =
    ["placeholder", "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_"];

fn contains_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let stands_at = |at: usize, word: &str| {
        bytes[at..].get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    let starts = bytes.iter().enumerate().filter(|(_, byte)| may_start(**byte));
    starts.into_iter().any(|(at, _)| WORDS.iter().any(|word| stands_at(at, word)))
}

/// Whether one of the words begins with this letter.
fn may_start(byte: u8) -> bool {
    matches!(byte, b'p' | b'P' | b'c' | b'C' | b'r' | b'R')
}

/// Whether a value is empty and its comment is a placeholder (`name: # NAME_PLACEHOLDER`).
pub(crate) fn is_to_be_filled_in(value: Node<'_>) -> bool {
    let (document, span) = (value.document(), value.span());
    if span.file != document.file() {
        return false;
    }
    let rest = document.source().get(span.end as usize..).and_then(|rest| yaml::lines(rest).next());
    let rest = rest.unwrap_or_default();
    value.is_absent() && rest.trim_start_matches([':', ' ', '\t']).starts_with('#') && is_placeholder(rest)
}

/// Whether a name contains a constant such as `IMAGE_PLACEHOLDER`, which a script replaces. No real host or path does.
fn has_constant(text: &str) -> bool {
    text.contains('_')
        && text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.contains('_')
                && !word.contains(|c: char| c.is_ascii_lowercase())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_begins_with_a_letter_that_is_looked_for() {
        for word in WORDS {
            for word in [word.to_owned(), word.to_uppercase()] {
                assert!(may_start(word.as_bytes()[0]), "{word}");
                assert!(is_placeholder(&format!("a/{word}.b")), "{word}");
            }
        }
        assert!(!is_placeholder("a/change.b"));
    }
}
