//! Patterns of file names as Go's `filepath.Match` reads them: `*` and `?` stop at `/`, `[a-z]` and `[^a]` are
//! classes, `\` takes a special meaning away.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    Any,
    Run,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; `None` where Go refuses it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            parts.push(match char {
                '*' => Part::Run,
                '?' => Part::Any,
                '\\' => Part::Char(chars.next()?),
                '[' => {
                    let negated = chars.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    while ranges.is_empty() || chars.peek() != Some(&']') {
                        let low = class_char(&mut chars)?;
                        let high =
                            if chars.next_if_eq(&'-').is_some() { class_char(&mut chars)? } else { low };
                        ranges.push((low, high));
                    }
                    chars.next();
                    Part::Class { negated, ranges }
                }
                char => Part::Char(char),
            });
        }
        Some(Self { parts })
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where the last `*` stands and how far it reaches.
        let mut last: Option<(usize, usize)> = None;
        loop {
            if self.parts.get(part) == Some(&Part::Run) {
                part += 1;
                last = Some((part, at));
                continue;
            }
            if part == self.parts.len() && at == text.len() {
                return true;
            }
            if let (Some(wanted), Some(&char)) = (self.parts.get(part), text.get(at))
                && wanted.matches(char)
            {
                (part, at) = (part + 1, at + 1);
                continue;
            }
            match &mut last {
                Some((behind, reach)) if text.get(*reach).is_some_and(|char| *char != '/') => {
                    *reach += 1;
                    (part, at) = (*behind, *reach);
                }
                _ => return false,
            }
        }
    }
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        char => Some(char),
    }
}

impl Part {
    fn matches(&self, char: char) -> bool {
        match self {
            Part::Char(wanted) => *wanted == char,
            Part::Any => char != '/',
            Part::Run => false,
            Part::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&char)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, text, matches) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a/b.yaml", false),
            ("a*b*c", "axxbyybc", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*", "", true),
            ("", "", true),
            ("a", "ab", false),
            ("*a", "ba/a", false),
            ("*/*", "a/b", true),
        ] {
            assert_eq!(Pattern::parse(pattern).expect(pattern).matches(text), matches, "{pattern} {text}");
        }
        for pattern in ["[", "[]", "[]a]", "[a-]", "[-a]", "a\\", "[a"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = Pattern::parse(&"*a".repeat(100)).expect("a pattern");
        assert!(pattern.matches(&"ab".repeat(10_000)[1..].replace('b', "a")));
        assert!(!pattern.matches(&"b".repeat(20_000)));
    }
}
