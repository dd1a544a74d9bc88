//! Text in lines of a width. A line breaks at a blank, and never inside of a value in backquotes, so that what stands
//! there can be copied.

/// `text` in lines of at most `width` columns, where its words allow it. The first line begins with `first`, the others
/// with as many blanks as `hanging` says.
pub(crate) fn wrapped(text: &str, first: &str, hanging: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut columns = first.chars().count();
    let mut is_first = true;
    for word in words(text) {
        let length = word.chars().count();
        if !is_first && columns + 1 + length > width {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = " ".repeat(hanging);
            columns = hanging;
            is_first = true;
        }
        if !is_first {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += length;
        is_first = false;
    }
    lines + line.trim_end()
}

/// The pieces between which a line may break.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut is_value = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            is_value ^= c == '`';
            (c == ' ' && !is_value).then_some(at)
        });
        // A backquote without its twin holds nothing together.
        let end = end.unwrap_or(if is_value { rest.find(' ').unwrap_or(rest.len()) } else { rest.len() });
        let (word, more) = rest.split_at(end);
        rest = more.trim_start_matches(' ');
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_at_blanks_outside_of_values() {
        let text = "ask `https://api.prod.example.com:6443/a-b` or `oc adm migrate icsp` there";
        let lines = "  help: ask\n        `https://api.prod.example.com:6443/a-b`\n        or\n        \
                     `oc adm migrate icsp`\n        there";
        assert_eq!(wrapped(text, "  help: ", 8, 20), lines);
        assert_eq!(wrapped("", "x: ", 3, 20), "x:");
        assert_eq!(wrapped("one ` two three", "", 0, 5), "one `\ntwo\nthree");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(text in "[a` ]{0,60}", width in 1_usize..30) {
            let lines = wrapped(&text, "", 2, width);
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(squeezed(&lines), squeezed(&text));
        }
    }
}
