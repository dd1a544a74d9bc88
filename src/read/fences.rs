//! Finds the YAML in the fences of Markdown and AsciiDoc. Each byte of the YAML keeps its place in the document.
//!
//! A fence that is not closed is not an example, and neither is a fence inside another fence or a comment. A part that
//! the reader fills in, or that the author left out, is a hole: rules report nothing as missing around a hole.

/// The YAML of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fenced {
    /// The text of the document, in which everything but the YAML is blank. Each fence begins with `---`.
    pub(crate) text: String,
    /// The places where something is left out, in order.
    pub(crate) holes: Vec<u32>,
}

/// The names of YAML after the mark of a fence.
const NAMES: [&str; 2] = ["yaml", "yml"];

/// Lines of AsciiDoc that include other text.
const DIRECTIVES: [&str; 5] = ["include::", "ifdef::", "ifndef::", "ifeval::", "endif::"];

/// Reads a document.
pub(crate) fn read(text: &str, is_ascii_doc: bool) -> Fenced {
    let mut reader = Reader {
        bytes: text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { byte } else { b' ' }).collect(),
        is_ascii_doc,
        open: None,
        comment: None,
        is_announced: false,
        found: Fenced::default(),
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        reader.line(Line { start: at, at, text: line.trim_end_matches(['\n', '\r']) });
        at += line.len();
    }
    let text = String::from_utf8(reader.bytes).unwrap_or_else(|_| " ".repeat(text.len()));
    Fenced { text, ..reader.found }
}

/// A line without its end.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// Where it begins in the document.
    start: usize,
    /// Where its text begins, without the marks of quotes.
    at: usize,
    text: &'t str,
}

impl Line<'_> {
    /// The rest of the line after its first `start` bytes.
    fn from(self, start: usize) -> Self {
        Self { at: self.at + start, text: &self.text[start..], ..self }
    }

    /// The line without the marks of at most `most` quotes, and the number of these marks.
    fn unquoted(self, most: usize) -> (Self, usize) {
        let (mut line, mut depth) = (self, 0);
        while depth < most {
            let blank = line.text.len() - line.text.trim_start_matches(' ').len();
            let Some(rest) = line.text[blank..].strip_prefix('>').filter(|_| blank <= 3) else { break };
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            line = line.from(line.text.len() - rest.len());
            depth += 1;
        }
        (line, depth)
    }
}

/// A fence that is open.
struct Open<'t> {
    /// The end of the fence.
    end: End,
    /// The number of quotes around it.
    depth: usize,
    is_yaml: bool,
    first: Line<'t>,
    lines: Vec<Line<'t>>,
}

/// The end of a fence.
#[derive(PartialEq, Eq)]
enum End {
    /// At least this number of a mark.
    Marks(char, usize),
    /// The same line again.
    Same(String),
}

struct Reader<'t> {
    bytes: Vec<u8>,
    is_ascii_doc: bool,
    open: Option<Open<'t>>,
    /// The text that ends the current comment.
    comment: Option<&'static str>,
    /// Whether the next block of AsciiDoc is YAML.
    is_announced: bool,
    found: Fenced,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: Line<'t>) {
        if let Some(mut open) = self.open.take() {
            let (inner, depth) = line.unquoted(open.depth);
            // If the quote ends here, its fence is not closed.
            if depth == open.depth {
                if open.end.is_at(inner.text) {
                    self.close(&open);
                } else {
                    open.lines.push(inner);
                    self.open = Some(open);
                }
                return;
            }
        }
        if let Some(end) = self.comment {
            if line.text.contains(end) {
                self.comment = None;
            }
            return;
        }
        self.outside(line);
    }

    fn outside(&mut self, line: Line<'t>) {
        let (line, depth) = line.unquoted(usize::MAX);
        let text = line.text.trim();
        if text.starts_with("<!--") && !self.is_ascii_doc {
            self.comment = Some("-->").filter(|end| !text.contains(end));
            return;
        }
        let is_announced = std::mem::take(&mut self.is_announced);
        let open = |end, is_yaml| Open { end, depth, is_yaml, first: line, lines: Vec::new() };
        if let Some((end, name)) = fence(unlisted(text)) {
            self.open = Some(open(end, is_yaml(name)));
        } else if self.is_ascii_doc {
            if let Some(mark) = block(text) {
                // The text in `////` is a comment, and the text in other blocks is taken literally.
                self.open = Some(open(End::Same(text.to_owned()), is_announced && mark != '/'));
            } else {
                // A title and other attributes may stand between the announcement and the block.
                let is_between = text.starts_with('[') || text.starts_with('.');
                self.is_announced = announces_yaml(text) || (is_announced && is_between);
            }
        }
    }

    /// Adds the YAML of a fence.
    fn close(&mut self, open: &Open<'_>) {
        if !open.is_yaml || open.lines.iter().any(|line| is_filled(line.text, self.is_ascii_doc)) {
            return;
        }
        self.bytes[open.first.start..open.first.start + 3].copy_from_slice(b"---");
        for line in &open.lines {
            let text = line.text.trim_end();
            let text = if self.is_ascii_doc { without_callouts(text) } else { text };
            let bare = text.trim_start();
            if is_left_out(bare) {
                self.found.holes.push((line.at + text.len() - bare.len()) as u32);
            } else if bare == "---" {
                self.bytes[line.start..line.start + 3].copy_from_slice(b"---");
            } else {
                self.bytes[line.at..line.at + text.len()].copy_from_slice(text.as_bytes());
            }
        }
    }
}

impl End {
    fn is_at(&self, line: &str) -> bool {
        let line = line.trim();
        match self {
            End::Marks(mark, count) => line.len() >= *count && line.chars().all(|each| each == *mark),
            End::Same(text) => line == text,
        }
    }
}

/// The end of a fence that starts in this line, and the words after its marks.
fn fence(text: &str) -> Option<(End, &str)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let count = text.len() - rest.len();
    // `` ```a``` `` is code inside a sentence.
    (count >= 3 && !(mark == '`' && rest.contains('`'))).then_some((End::Marks(mark, count), rest.trim()))
}

/// A line without the marks of list items before its text.
fn unlisted(text: &str) -> &str {
    let mut text = text;
    loop {
        let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = if number.len() < text.len() {
            number.strip_prefix(['.', ')'])
        } else {
            text.strip_prefix(['-', '*', '+'])
        };
        match rest.and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => text = rest.trim_start(),
            None => return text,
        }
    }
}

/// Whether the words after the marks of a fence name YAML: `yaml`, `yml title="a"`, `{.yaml}`.
fn is_yaml(name: &str) -> bool {
    let name = name.trim_start_matches(['{', '.', ' ']);
    let word = name.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '_')).next();
    word.is_some_and(|word| NAMES.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Whether a line of AsciiDoc announces a block of YAML: `[source,yaml]`, `[,yaml,subs="+quotes"]`.
fn announces_yaml(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else { return false };
    let mut parts = inner.split(',').map(|part| part.trim().trim_matches('"'));
    let style = parts.next().unwrap_or_default();
    let is_source = style.is_empty() || style.split(['%', '#', '.']).next() == Some("source");
    is_source && parts.next().is_some_and(|name| NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// The mark of a line that starts or ends a block of AsciiDoc in which nothing is read.
fn block(text: &str) -> Option<char> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '-' | '.' | '/' | '+'))?;
    (text.len() >= 4 && text.chars().all(|each| each == mark)).then_some(mark)
}

/// Whether a line stands for text that the author left out: `...`, `# ...`, `- ...`, `[...]`.
fn is_left_out(text: &str) -> bool {
    let text =
        text.trim_matches(|c: char| matches!(c, '#' | '-' | ' ' | '[' | ']' | '/' | '<' | '>' | '(' | ')'));
    text.starts_with("...")
        || text.starts_with('…')
        || matches!(text, "snip" | "snipped" | "truncated" | "omitted")
}

/// Whether the reader fills in a part of a line, or the author left out a part of it, so that its value is not known.
fn is_filled(line: &str, is_ascii_doc: bool) -> bool {
    let text = line.trim();
    if is_left_out(text) {
        return false;
    }
    let is_cut = text.contains('…') || text.ends_with("...") || text.contains("... ");
    let is_template = ["{{", "{%", "<%", "$("].iter().any(|tag| text.contains(tag));
    let is_of_ascii_doc = is_ascii_doc
        && (DIRECTIVES.iter().any(|directive| text.starts_with(directive)) || names_attribute(text));
    is_cut || is_template || is_of_ascii_doc || text.split(|c: char| !is_of_word(c)).any(is_shouted)
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `MIRROR_REGISTRY`, `$REGISTRY`: words that a reader replaces.
fn is_shouted(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && !word.contains(|c: char| c.is_ascii_lowercase())
}

/// Whether a line of AsciiDoc contains an attribute: `{product-version}`.
fn names_attribute(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| {
        let name = &text[at + 1..];
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.trim_start_matches(|c| is_of_word(c) || c == '-').starts_with('}')
    })
}

/// A line of AsciiDoc without the numbers of notes at its end: `name: a <1>`, `name: a # <.>`.
fn without_callouts(line: &str) -> &str {
    let mut line = line;
    loop {
        let Some((before, number)) = line.strip_suffix('>').and_then(|line| line.rsplit_once('<')) else {
            return line;
        };
        let is_number =
            number == "." || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_number || !(before.is_empty() || before.ends_with([' ', '#', '/'])) {
            return line;
        }
        let before = before.trim_end();
        let bare = before.strip_suffix("//").or_else(|| before.strip_suffix('#')).unwrap_or(before);
        line = bare.trim_end();
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    /// The lines that are not blank, without blanks at their ends.
    fn lines(text: &str, is_ascii_doc: bool) -> Vec<String> {
        let fenced = read(text, is_ascii_doc);
        assert_eq!(fenced.text.len(), text.len());
        let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(ends(&fenced.text), ends(text));
        let lines = fenced.text.lines().map(|line| line.trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    }

    fn markdown(text: &str) -> Vec<String> {
        lines(text, false)
    }

    #[test]
    fn fences_of_markdown_are_found() {
        assert_eq!(
            markdown("# a\n```yaml\na: b\n```\nc: d\n~~~ YML title=\"x\"\ne: f\n~~~~\n"),
            ["---", "a: b", "---", "e: f"]
        );
        assert_eq!(
            markdown("1. Step\n\n   ```yaml\n   a:\n     b: c\n   ```\n"),
            ["---", "   a:", "     b: c"]
        );
        assert_eq!(markdown("- ```yaml\n  a: b\n  ```\n"), ["---", "  a: b"]);
        assert_eq!(markdown("> ```yaml\n> a: b\n> ```\n"), ["---", "  a: b"]);
        assert_eq!(markdown("```{.yaml .numberLines}\r\na: b\r\n```\r\n"), ["---", "a: b"]);
        assert_eq!(markdown("  ```yaml\n  a: b\n  ---\n  c: d\n  ```\n"), ["---", "  a: b", "---", "  c: d"]);
    }

    #[test]
    fn text_outside_of_yaml_fences_is_blank() {
        for text in [
            "```yaml\na: b\n",
            "> ```yaml\n> a: b\nc: d\n",
            "````markdown\n```yaml\na: b\n```\n````\n",
            "<!--\n```yaml\na: b\n```\n-->\n",
            "```\na: b\n```\n",
            "```yaml+jinja\na: b\n```\n",
            "```bash\n```yaml\n```\n",
            "a ```yaml``` b\n",
            "```yaml\na: {{ b }}\n```\n",
            "```yaml\na: https://...\n```\n",
            "```yaml\na: MY_REGISTRY/b\n```\n",
        ] {
            assert_eq!(markdown(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn an_ellipsis_leaves_a_hole() {
        let text = "```yaml\na: b\n# ...\nc:\n  ...\n- […]\n```\n";
        assert_eq!(markdown(text), ["---", "a: b", "c:"]);
        let at = |part: &str| text.find(part).expect("it is there") as u32;
        assert_eq!(read(text, false).holes, [at("# ..."), at("...\n-"), at("- […]")]);
    }

    #[test]
    fn blocks_of_ascii_doc_are_found() {
        let ascii_doc = |text: &str| lines(text, true);
        assert_eq!(
            ascii_doc("[source,yaml]\n----\na: b <1>\nc: d # <2> <3>\ne: <1>\n----\n"),
            ["---", "a: b", "c: d", "e:"]
        );
        assert_eq!(ascii_doc("[,yaml,subs=\"+quotes\"]\n.Title\n----\na: b\n----\n"), ["---", "a: b"]);
        assert_eq!(ascii_doc("[source%linenums, \"yaml\"]\n....\na: b\n....\n"), ["---", "a: b"]);
        assert_eq!(ascii_doc("```yaml\na: b\n```\n"), ["---", "a: b"]);
        for text in [
            "[source,terminal]\n----\na: b\n----\n",
            "----\na: b\n----\n",
            "[source,yaml]\ntext\n----\na: b\n----\n",
            "[source,yaml]\n----\na: b\n",
            "////\n[source,yaml]\n----\na: b\n----\n////\n",
            "[source,yaml]\n----\na: b:{product-version}\n----\n",
            "[source,yaml]\n----\ninclude::a.yaml[]\n----\n",
        ] {
            assert_eq!(ascii_doc(text), [""; 0], "{text}");
        }
    }
}
