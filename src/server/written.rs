//! Finds the keys around a place by indentation alone: while a word is being written, the text is often not valid
//! YAML.

/// A place in block style.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'t> {
    /// The keys around the place, the outermost first.
    pub(super) path: Vec<&'t str>,
    /// The key of the value at the place; `None` while a key or an item is being written.
    pub(super) key: Option<&'t str>,
    /// Whether the place is an item of a list.
    pub(super) is_item: bool,
    /// The part of the word that is already written.
    pub(super) word: &'t str,
    /// The keys that already stand beside the place.
    pub(super) beside: Vec<&'t str>,
    /// The `kind` of the document.
    pub(super) kind: Option<&'t str>,
}

/// The most lines above a place that are read.
const MAX_LINES: usize = 20_000;

/// A line: where its dash stands, where its key or value starts, and its key.
struct Line<'t> {
    dash: Option<usize>,
    start: usize,
    key: Option<&'t str>,
}

impl<'t> Line<'t> {
    /// `None` for an empty line or a comment.
    fn of(text: &'t str) -> Option<Self> {
        let mut start = text.len() - text.trim_start_matches(' ').len();
        let mut dash = None;
        while text[start..].starts_with("- ") || &text[start..] == "-" {
            dash = dash.or(Some(start));
            let rest = &text[(start + 1).min(text.len())..];
            start = text.len() - rest.trim_start_matches(' ').len();
        }
        let rest = &text[start..];
        if rest.starts_with('#') || (rest.is_empty() && dash.is_none()) {
            return None;
        }
        let key = rest.split_once(':').filter(|(_, value)| value.is_empty() || value.starts_with(' '));
        let key = key.map(|(key, _)| key.trim_matches(['"', '\'']));
        Some(Self { dash, start, key })
    }
}

/// The surroundings of the byte `at` of a text; `None` in a comment.
pub(super) fn at(text: &str, at: usize) -> Option<Written<'_>> {
    let before = text.get(..at)?;
    let from = before.rfind('\n').map_or(0, |end| end + 1);
    let line = &before[from..];
    if line.trim_start().starts_with('#') || line.contains(" #") {
        return None;
    }
    let here = Line::of(line).unwrap_or(Line { dash: None, start: line.len(), key: None });
    let key = here.key;
    let word_start = line.rfind([' ', '[', ',', '"', '\'']).map_or(0, |start| start + 1);
    let is_item = here.dash.is_some() && key.is_none();
    let mut limit = here.start;
    let mut item_limit = here.dash;
    let mut path = Vec::new();
    let mut beside = Vec::new();
    for above in before[..from].lines().rev().take(MAX_LINES) {
        if above.starts_with("---") {
            break;
        }
        let Some(line) = Line::of(above) else { continue };
        // A dash above the place starts the item that contains the place.
        if path.is_empty() && item_limit.is_none() && line.start == limit {
            beside.extend(line.key);
            item_limit = line.dash;
            continue;
        }
        let is_around = match item_limit {
            Some(dash) => line.start < limit && line.start <= dash && line.dash != Some(dash),
            None => line.start < limit,
        };
        if let Some(key) = line.key.filter(|_| is_around) {
            path.push(key);
            limit = line.start;
            item_limit = line.dash;
        }
    }
    path.reverse();
    let behind = text[at..].lines().skip(1).take(MAX_LINES).take_while(|line| !line.starts_with("---"));
    let below =
        behind.filter_map(Line::of).take_while(|line| line.start >= here.start && line.dash.is_none());
    beside.extend(below.filter(|line| line.start == here.start).filter_map(|line| line.key));
    Some(Written { path, key, is_item, word: &line[word_start..], beside, kind: kind(text, from) })
}

/// The `kind` of the document that a line is part of.
fn kind(text: &str, from: usize) -> Option<&str> {
    let start = text[..from].rfind("\n---").map_or(0, |at| at + 1);
    let end = text[from..].find("\n---").map_or(text.len(), |at| from + at);
    let lines = text[start..end].lines().take(MAX_LINES);
    let mut kinds = lines.filter_map(|line| line.strip_prefix("kind:"));
    kinds.next().map(|kind| kind.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with its place marked by `|`.
    fn of(text: &str) -> String {
        let place = text.find('|').expect("a place");
        let text = text.replace('|', "");
        let Some(written) = at(&text, place) else { return "nothing".into() };
        let Written { path, key, is_item, word, beside, kind } = written;
        format!(
            "{}/{}{} {word:?} {beside:?} {}",
            path.join("/"),
            key.unwrap_or("?"),
            if is_item { " item" } else { "" },
            kind.unwrap_or("-")
        )
    }

    #[test]
    fn places_are_told_from_indentation() {
        for (text, expected) in [
            ("kind: Image\nspec:\n  regi|\n", "spec/? \"regi\" [] Image"),
            (
                "spec:\n  registrySources:\n    allowedRegistries:\n    - quay|\n",
                "spec/registrySources/allowedRegistries/? item \"quay\" [] -",
            ),
            ("spec:\n  a:\n  - source: x\n    mir|\n    p: 1\n", "spec/a/? \"mir\" [\"source\", \"p\"] -"),
            ("spec:\n  a:\n    - source: qu|\n", "spec/a/source \"qu\" [] -"),
            (
                "spec:\n  a:\n  - source: x\n    mirrors:\n    - y\n    - |\n",
                "spec/a/mirrors/? item \"\" [] -",
            ),
            ("spec:\n  a:\n  - b: 1\n  - |\n", "spec/a/? item \"\" [] -"),
            ("a: 1\n---\nkind: X\n|\n", "/? \"\" [\"kind\"] X"),
            ("rules:\n  self-mirror: off\n  du|\n", "rules/? \"du\" [\"self-mirror\"] -"),
            ("ignore:\n- rule: se|\n", "ignore/rule \"se\" [] -"),
            ("spec:\n  # regi|\n", "nothing"),
            ("|", "/? \"\" [] -"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn broken_text_is_no_trouble() {
        for text in ["- - - |", "\t|", "é: 𝄞|", ":|", "-|", "a:\n -\n  -|", "{\"a\": [|", "---|", "\r\n|\r\n"]
        {
            let _ = of(text);
        }
    }
}
