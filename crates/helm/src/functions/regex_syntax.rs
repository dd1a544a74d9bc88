//! Converts Go's regular expressions to those of the crate `regex`.
//!
//! Both have no backreferences and run in linear time. They differ in classes, which are ASCII in Go, in the meaning of a
//! bracket in a class, and in braces that are not a repetition.

/// The equivalent expression for the crate.
pub(super) fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class = None;
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                rest = escape(behind, class.is_some(), &mut out);
                continue;
            }
            '[' if class.is_none() => {
                out.push('[');
                rest = behind;
                if let Some(negated) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = negated;
                }
                // A bracket that comes first is a character of the class.
                if let Some(closed) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = closed;
                }
                class = Some(());
                continue;
            }
            '[' if behind.starts_with(':') && behind.contains(":]") => {
                let end = behind.find(":]").map_or(0, |end| end + 2);
                out.push('[');
                out.push_str(&behind[..end]);
                rest = &behind[end..];
                continue;
            }
            '[' => out.push_str("\\["),
            '&' | '~' if class.is_some() => {
                out.push('\\');
                out.push(c);
            }
            // Two dashes are a difference of classes; a dash in front of the last bracket is a dash.
            '-' if class.is_some() && (behind.starts_with('-') || behind.starts_with(']')) => {
                out.push_str("\\-");
            }
            ']' if class.is_some() => {
                class = None;
                out.push(']');
            }
            '{' if class.is_none() && !is_repetition(behind) => out.push_str("\\{"),
            c => out.push(c),
        }
        rest = behind;
    }
    out
}

/// Whether `{2}`, `{2,}` or `{2,3}` follows the brace.
fn is_repetition(behind: &str) -> bool {
    let Some((inner, _)) = behind.split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

/// Converts the text behind a backslash, and returns the rest.
fn escape<'p>(behind: &'p str, in_class: bool, out: &mut String) -> &'p str {
    let Some(c) = behind.chars().next() else {
        out.push('\\');
        return behind;
    };
    let rest = &behind[c.len_utf8()..];
    let plain = match (c, in_class) {
        ('d', true) => "0-9",
        ('d', false) => "[0-9]",
        ('w', true) => "0-9A-Za-z_",
        ('w', false) => "[0-9A-Za-z_]",
        ('s', true) => "\\t\\n\\f\\r ",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('D', _) => "[^0-9]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('S', _) => "[^\\t\\n\\f\\r ]",
        ('b', false) => "(?-u:\\b)",
        ('B', false) => "(?-u:\\B)",
        ('Q', false) => {
            let (literal, behind) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&regex::escape(literal));
            return behind;
        }
        _ => {
            out.push('\\');
            out.push(c);
            return rest;
        }
    };
    out.push_str(plain);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_go_reads() {
        for (pattern, text, matches) in [
            (r"^\d+$", "٣", false),
            (r"^\w$", "é", false),
            (r"\bé", "é", false),
            ("a{,2}", "a{,2}", true),
            ("[[]", "[", true),
            ("^[[:alpha:]]+$", "ab", true),
            ("^[a&&b]$", "&", true),
            (r"^\Qa.b\E$", "a.b", true),
            ("^[]a]$", "]", true),
            ("^[a-]+$", "a-", true),
            (r"^[\w.-]+$", "a.b-c", true),
            ("^{x}$", "{x}", true),
            ("(?i)É", "é", true),
            (r"^\pL$", "é", true),
            (r"^[^\s]$", "\u{a0}", true),
        ] {
            let regex = regex::Regex::new(&translate(pattern)).unwrap();
            assert_eq!(regex.is_match(text), matches, "{pattern}");
        }
    }
}
