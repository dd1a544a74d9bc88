//! `snakecase` and `kebabcase`: they split a text into words, and join these with a connector.

use crate::template::is_go_space;

/// The kind of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    /// It begins with a capital.
    Upper,
    Small,
    Connector,
    Mark,
    /// Signs such as `+` and `<`.
    Other,
}

/// The words of a text in lower case, joined with `connector` (`xstrings.ToSnakeCase`).
pub(super) fn joined(text: &str, connector: char) -> String {
    let words = words(text);
    let mut out = String::new();
    let write = |out: &mut String, (kind, word): (Kind, &str)| match kind {
        Kind::Connector => out.extend(word.chars().map(|_| connector)),
        Kind::Upper => out.extend(word.chars().map(|c| c.to_lowercase().next().unwrap_or(c))),
        _ => out.push_str(word),
    };
    let divides =
        |at: usize| words.get(at).is_some_and(|word| !matches!(word.0, Kind::Connector | Kind::Mark));
    // A number, with lower-case letters behind it, belongs to the word: `4floor`.
    let with_number = |out: &mut String, mut at: usize| {
        while let Some(word) = words.get(at).filter(|word| matches!(word.0, Kind::Small | Kind::Number)) {
            write(out, *word);
            at += 1;
        }
        at
    };
    let mut at = 0;
    while at + 1 < words.len() {
        let word = words[at];
        write(&mut out, word);
        at += 1;
        match word.0 {
            Kind::Connector | Kind::Mark => continue,
            Kind::Number => at = with_number(&mut out, at),
            _ if words[at].0 != Kind::Number => {}
            // A number belongs to the word before it, unless lower-case letters follow: `http_2xx`.
            _ if at + 1 == words.len() => continue,
            _ if words[at + 1].0 == Kind::Small => {
                out.push(connector);
                at = with_number(&mut out, at);
            }
            _ => {
                write(&mut out, words[at]);
                at += 1;
            }
        }
        if divides(at) {
            out.push(connector);
        }
    }
    if let Some(word) = words.get(at) {
        write(&mut out, *word);
    }
    out
}

fn words(text: &str) -> Vec<(Kind, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(kind) = rest.chars().next().map(kind) {
        let run = |from: usize, belongs: &dyn Fn(Kind) -> bool| {
            let behind = rest[from..].find(|c| !belongs(self::kind(c)));
            behind.map_or(rest.len(), |length| from + length)
        };
        let end = match kind {
            Kind::Upper => {
                let capitals = run(0, &|kind| kind == Kind::Upper);
                let follows = rest[capitals..].chars().next().map(self::kind);
                let last = rest[..capitals].char_indices().next_back().map_or(0, |(at, _)| at);
                match follows {
                    // The last of several capitals begins a word: `HTTPServer`.
                    Some(Kind::Small) if last > 0 => last,
                    Some(Kind::Small) => run(capitals, &|kind| kind == Kind::Small),
                    _ => capitals,
                }
            }
            kind => run(0, &|other| other == kind),
        };
        found.push((kind, &rest[..end]));
        rest = &rest[end..];
    }
    found
}

fn kind(c: char) -> Kind {
    match c {
        c if c == '-' || c == '_' || is_go_space(c) => Kind::Connector,
        c if is_mark(c) => Kind::Mark,
        c if c.is_uppercase() => Kind::Upper,
        '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}' => Kind::Other,
        c if c.is_alphabetic() => Kind::Small,
        c if c.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

/// Whether a character is punctuation in Unicode; of rare characters, only the common blocks are included.
fn is_mark(c: char) -> bool {
    match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        c if c.is_ascii() => c.is_ascii_punctuation(),
        c => matches!(
            c,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
                | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}'
                | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn words_are_joined_as_helm_joins_them() {
        for (text, snake) in [
            ("HTTPServer", "http_server"),
            ("a+b", "a_+_b"),
            ("+a", "+_a"),
            ("aBC", "a_bc"),
            ("ABCd", "ab_cd"),
            ("a1b2", "a_1b2"),
            ("A1B", "a1_b"),
            ("a b  c", "a_b__c"),
            ("iOS9", "i_os9"),
            ("a.b.c", "a.b.c"),
            ("fooBar2Baz", "foo_bar2_baz"),
            ("__x__", "__x__"),
            ("Quay.Io/Acme", "quay.io/acme"),
            ("a/B1Üa", "a/b1_üa"),
            ("éBÜé- ", "é_b_üé__"),
            ("1a", "1a"),
            ("日本x", "日本_x"),
            ("", ""),
        ] {
            assert_eq!(joined(text, '_'), snake, "{text}");
        }
    }
}
