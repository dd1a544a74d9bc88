//! Texts in the form that SARIF requires: sentences, in which `[text](N)` links to a related location.

use crate::check::diagnostic::Diagnostic;
use crate::machine::terminal::{escape, prose};

/// Further related places are listed without links, since the message would become unreadable.
const MAX_LINKS: usize = 10;

/// The message with links to related places, the help, and the reason for the severity. If space is short, most readers show
/// only the first sentence.
pub(super) fn result(diagnostic: &Diagnostic, related: &[(i64, &str)], clusters: Option<String>) -> String {
    let mut message = sentence_start(&unlinked(&escape(&diagnostic.message)));
    if !related.is_empty() {
        let mut links: Vec<String> =
            related.iter().take(MAX_LINKS).map(|(id, text)| format!("[{}]({id})", link_text(text))).collect();
        if related.len() > MAX_LINKS {
            links.push(format!("{} more places", related.len() - MAX_LINKS));
        }
        message = format!("{message} ({})", links.join(", "));
    }
    end_sentence(&mut message);
    if let Some(clusters) = clusters {
        message.push_str(if diagnostic.clusters.len() == 1 { " Cluster: " } else { " Clusters: " });
        message.push_str(&unlinked(&clusters));
        end_sentence(&mut message);
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        let more = unlinked(&prose(more));
        message.push(if more.contains('\n') { '\n' } else { ' ' });
        message.push_str(&sentence_start(&more));
        end_sentence(&mut message);
    }
    message
}

/// `text` as one sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut sentence = sentence_start(&unlinked(&escape(text)));
    end_sentence(&mut sentence);
    sentence
}

/// The text with a capital letter, if it begins with an ordinary word and not with a name or a value.
pub(super) fn sentence_start(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    let letters = word.trim_end_matches(',');
    if letters.is_empty() || !letters.bytes().all(|b| b.is_ascii_lowercase()) {
        return text.to_owned();
    }
    text[..1].to_ascii_uppercase() + &text[1..]
}

fn end_sentence(text: &mut String) {
    text.truncate(text.trim_end().len());
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
}

/// Escapes text that would be read as a link, since a value of a manifest must not contain one.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// The standard requires backslashes before these characters in the text of a link.
fn link_text(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        let cases = [
            ("the entry is gone", "The entry is gone."),
            ("`a` is gone.", "`a` is gone."),
            ("registry.example.com is gone!", "registry.example.com is gone!"),
            ("quay.io", "quay.io."),
            ("", "."),
            ("a [b](https://evil.example) c\n", "A [b] (https://evil.example) c\\n."),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text), expected);
        }
        assert_eq!(link_text("a[0]\\ \u{202e}"), "a\\[0\\]\\\\ \\\\u{202e}");
    }
}
