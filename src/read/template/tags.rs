//! Finds the tags of a template in its text, and the effect of each.
//!
//! All languages are read together: their marks differ, so the language of a file need not be known. Only `{{ end }}`
//! is ambiguous: in a text with `{%`, it belongs to Jinja.

use memchr::memmem;
use std::ops::Range;

/// A tag in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// Its bytes, marks included.
    pub(super) range: Range<usize>,
    /// Its effect.
    pub(super) what: What,
}

/// The effect of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It prints something.
    Prints,
    /// It prints nothing: a comment, an assignment.
    Silent,
    /// It begins a block.
    Open(Block),
    /// It starts the next branch of a block; without a condition, the branch is the last one.
    Else(Option<String>),
    /// It ends the innermost block.
    End,
}

/// How the text in a block is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// One branch of it is printed.
    If(String),
    /// It is printed any number of times.
    Loop,
    /// It is printed once.
    Plain,
    /// It is not printed at this place.
    Aside,
}

/// Finds the tags of a text; `None` if one of them does not end.
pub(super) fn find(text: &str) -> Option<Vec<Tag>> {
    let is_jinja = memmem::find(text.as_bytes(), b"{%").is_some();
    let bytes = text.as_bytes();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'{', b'<', b'@', rest)) {
        let mark = at + found;
        let before = mark.checked_sub(1).filter(|before| *before >= at).map(|before| bytes[before]);
        let found = match (before, bytes[mark], bytes.get(mark + 1)) {
            (Some(b'$'), b'{', _) => Some((mark - 1, braces(text, mark)?, What::Prints)),
            (Some(b'%'), b'{', Some(b' ' | b'~')) => {
                let end = until(text, mark, "}")?;
                let inner = text[mark + 1..end - 1].trim_matches('~').trim();
                Some((mark - 1, end, statement(inner)))
            }
            (_, b'{', Some(b'{')) => Some(double(text, mark, is_jinja)?),
            (_, b'{', Some(b'%')) => {
                let end = until(text, mark + 2, "%}")?;
                let inner = text[mark + 2..end - 2].trim_matches(['-', '+']).trim();
                Some((mark, end, statement(inner)))
            }
            (_, b'{', Some(b'#')) => {
                let end = memmem::find(&bytes[mark..], b"#}").map(|end| mark + end + 2);
                end.map(|end| (mark, end, What::Silent))
            }
            (_, b'<', Some(b'%')) => {
                let end = until(text, mark + 2, "%>")?;
                Some((mark, end, ruby(&text[mark + 2..end - 2])))
            }
            (_, b'@', _) => constant(text, mark).map(|end| (mark, end, What::Prints)),
            _ => None,
        };
        at = match found {
            Some((start, end, what)) => {
                tags.push(Tag { range: start..end, what });
                end
            }
            None => mark + 1,
        };
    }
    Some(tags)
}

/// A tag between double braces: of Go, Jinja, Mustache, or the policies of Advanced Cluster Management.
fn double(text: &str, start: usize, is_jinja: bool) -> Option<(usize, usize, What)> {
    let inner = &text[start + 2..];
    let hub = inner.strip_prefix("hub").filter(|rest| rest.starts_with([' ', '\t', '\n', '\r', '-']));
    let lead = hub.unwrap_or(inner).trim_start_matches('-').trim_start();
    if lead.starts_with("/*") {
        let from = text.len() - lead.len();
        let close = from + memmem::find(&text.as_bytes()[from..], b"*/")?;
        return Some((start, close + memmem::find(&text.as_bytes()[close..], b"}}")? + 2, What::Silent));
    }
    let end = braces(text, start)?;
    let inner = text[start + 2..end - 2].trim_matches('-');
    let inner = if hub.is_some() { inner.strip_prefix("hub").unwrap_or(inner) } else { inner };
    let inner = if hub.is_some() { inner.trim_end().strip_suffix("hub").unwrap_or(inner) } else { inner };
    let inner = inner.trim_matches('-').trim();
    let what = if is_jinja { What::Prints } else { action(inner) };
    Some((start, end, what))
}

/// What an action of Go or Mustache does.
fn action(inner: &str) -> What {
    let (word, rest) = word(inner);
    match word {
        "if" | "with" => return What::Open(Block::If(condition(rest))),
        "range" => return What::Open(Block::Loop),
        "block" => return What::Open(Block::Plain),
        "define" => return What::Open(Block::Aside),
        "else" => {
            let (word, condition_of) = self::word(rest);
            let is_chained = matches!(word, "if" | "with");
            return What::Else(is_chained.then(|| condition(condition_of)));
        }
        "end" if rest.is_empty() => return What::End,
        "break" | "continue" if rest.is_empty() => return What::Silent,
        _ => {}
    }
    if let Some(name) = inner.strip_prefix('#') {
        let (word, rest) = self::word(name.trim_start());
        return What::Open(match word {
            "each" => Block::Loop,
            "if" => Block::If(condition(rest)),
            "unless" => Block::If(condition(&format!("not {rest}"))),
            _ => Block::If(condition(name)),
        });
    }
    match inner.as_bytes().first() {
        Some(b'^') => What::Open(Block::If(condition(&format!("not {}", &inner[1..])))),
        Some(b'/') => What::End,
        Some(b'!') => What::Silent,
        Some(b'$') => {
            let name = inner[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let rest = name.map_or("", |end| inner[1 + end..].trim_start());
            let is_assignment = rest.starts_with(":=") || rest.starts_with('=') && !rest.starts_with("==");
            if is_assignment { What::Silent } else { What::Prints }
        }
        _ => What::Prints,
    }
}

/// What a statement of Jinja or Terraform does.
fn statement(inner: &str) -> What {
    let (word, rest) = word(inner);
    match word {
        "if" => What::Open(Block::If(condition(rest))),
        "elif" | "elseif" => What::Else(Some(condition(rest))),
        "else" => What::Else(None),
        "for" | "call" | "filter" => What::Open(Block::Loop),
        "macro" => What::Open(Block::Aside),
        "set" if !rest.contains('=') => What::Open(Block::Aside),
        "set" | "import" | "from" | "extends" | "do" | "break" | "continue" => What::Silent,
        "block" | "with" | "raw" | "verbatim" | "autoescape" => What::Open(Block::Plain),
        _ if word.starts_with("end") => What::End,
        _ => What::Prints,
    }
}

/// What a tag of ERB does.
fn ruby(inner: &str) -> What {
    let inner = inner.trim_matches('-');
    if inner.starts_with('=') {
        return What::Prints;
    }
    let inner = inner.trim();
    let (word, rest) = word(inner);
    match word {
        "if" => What::Open(Block::If(condition(rest))),
        "unless" => What::Open(Block::If(condition(&format!("not {rest}")))),
        "elsif" => What::Else(Some(condition(rest))),
        "else" => What::Else(None),
        "end" => What::End,
        _ if inner.ends_with(" do") || inner.contains(" do |") => What::Open(Block::Loop),
        _ => What::Silent,
    }
}

/// The first word, and the text after it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// A condition in one form, so that equal conditions have equal texts. A negated condition starts with `!`.
fn condition(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut text = words.join(" ");
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if inner.contains(['(', ')']) {
            break;
        }
        text = String::from(inner.trim());
    }
    let opposite = |from: &str, to: &str| text.contains(from).then(|| text.replacen(from, to, 1));
    let starts = |from: &str| text.strip_prefix(from).map(|rest| format!("!{}", condition(rest)));
    // Two negations cancel each other.
    let negated = starts("not ").or_else(|| starts("!")).or_else(|| {
        let rest = text.strip_prefix("ne ")?;
        Some(format!("!eq {rest}"))
    });
    let negated = negated.or_else(|| {
        let yes = opposite(" != ", " == ").or_else(|| opposite(" is not ", " is "));
        yes.or_else(|| opposite(" not in ", " in ")).map(|yes| format!("!{yes}"))
    });
    let text = negated.unwrap_or(text);
    text.strip_prefix("!!").map(str::to_owned).unwrap_or(text)
}

/// The end of a part that starts with a brace at `start`: after the brace that closes it. Braces in quotes do not
/// count.
fn braces(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\'' | b'`' => at = quoted(bytes, at).unwrap_or(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of the first `close` after `start` that is not in quotes.
fn until(text: &str, start: usize, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(close.as_bytes()) {
            return Some(at + close.len());
        }
        if matches!(bytes[at], b'"' | b'\'' | b'`') {
            at = quoted(bytes, at).unwrap_or(at);
        }
        at += 1;
    }
    None
}

/// The closing quote of the text in quotes that starts at `start`. `None` if it does not end on its line: then it is
/// an apostrophe. Only raw strings of Go may span lines.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            byte if byte == quote => return Some(at),
            b'\\' if quote != b'`' => at += 1,
            b'\n' if quote != b'`' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of `@NAME@`.
fn constant(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start + 1..];
    let end = rest.find('@')?;
    let is_name = rest.starts_with(|c: char| c.is_ascii_uppercase())
        && rest[..end].bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then_some(start + 1 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<(&str, What)> {
        find(text).expect(text).into_iter().map(|tag| (&text[tag.range], tag.what)).collect()
    }

    fn yes(text: &str) -> What {
        What::Open(Block::If(text.to_owned()))
    }

    #[test]
    fn each_language_has_its_tags() {
        for (text, wanted) in [
            ("a: {{ b }}\n", vec![("{{ b }}", What::Prints)]),
            (
                "{{- if eq .a \"}}\" -}}x{{ end }}",
                vec![("{{- if eq .a \"}}\" -}}", yes("eq .a \"}}\"")), ("{{ end }}", What::End)],
            ),
            ("{{- /* }} */ -}}", vec![("{{- /* }} */ -}}", What::Silent)]),
            ("{{hub- range .x hub}}", vec![("{{hub- range .x hub}}", What::Open(Block::Loop))]),
            ("{{ $a := 1 }}{{ $a }}", vec![("{{ $a := 1 }}", What::Silent), ("{{ $a }}", What::Prints)]),
            ("{{ `{{hub a hub}}` }}", vec![("{{ `{{hub a hub}}` }}", What::Prints)]),
            (
                "{% if a %}{{ end }}{% endif %}",
                vec![("{% if a %}", yes("a")), ("{{ end }}", What::Prints), ("{% endif %}", What::End)],
            ),
            ("{{ {'a': {'b': 1}} }}", vec![("{{ {'a': {'b': 1}} }}", What::Prints)]),
            ("{# {{ a }} #}", vec![("{# {{ a }} #}", What::Silent)]),
            (
                "${A} $${B} ${{C}}",
                vec![("${A}", What::Prints), ("${B}", What::Prints), ("${{C}}", What::Prints)],
            ),
            ("%{ if a ~}x%{ endif }", vec![("%{ if a ~}", yes("a")), ("%{ endif }", What::End)]),
            (
                "<% if a -%><%= b %><% end %>",
                vec![("<% if a -%>", yes("a")), ("<%= b %>", What::Prints), ("<% end %>", What::End)],
            ),
            (
                "{{#a}}{{/a}}{{^a}}{{/a}}",
                vec![
                    ("{{#a}}", yes("a")),
                    ("{{/a}}", What::End),
                    ("{{^a}}", yes("!a")),
                    ("{{/a}}", What::End),
                ],
            ),
            ("x: @REG_1@/a@b", vec![("@REG_1@", What::Prints)]),
            ("a: it's {{ b | default('}}') }}", vec![("{{ b | default('}}') }}", What::Prints)]),
        ] {
            assert_eq!(tags(text), wanted, "{text}");
        }
        for text in ["{{ a", "{% if a", "a: ${", "{{ /* }}"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn conditions_and_their_opposites_are_known() {
        for (text, wanted) in [
            ("not a", "!a"),
            ("ne .a  \"b\"", "!eq .a \"b\""),
            ("(a == 'b')", "a == 'b'"),
            ("a != 'b'", "!a == 'b'"),
            ("a is not defined", "!a is defined"),
            ("not (ne .a .b)", "eq .a .b"),
            ("and .a (not .b)", "and .a (not .b)"),
        ] {
            assert_eq!(condition(text), wanted, "{text}");
        }
    }
}
