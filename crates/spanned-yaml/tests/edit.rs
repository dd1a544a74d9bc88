//! Edits of random texts: what is outside of them stays, byte for byte, and what is left means what was intended.
//!
//! A text is made from a tree in one of many styles, so the intended tree is known without reading the text.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value};
use spanned_yaml::edit::{self, Edit, Editor, apply_edits, proof};
use spanned_yaml::{Document, FileId, Kind, Node, Scalar, Span};
use std::fmt::Write;

/// A tree whose collections know how they are written.
#[derive(Clone, Debug)]
enum Tree {
    Scalar {
        text: String,
        quote: u8,
    },
    /// Nothing at all behind a key or a dash.
    Absent,
    List {
        items: Vec<Tree>,
        look: Look,
    },
    Map {
        entries: Vec<(String, Tree)>,
        look: Look,
    },
}

/// How a collection is written.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Look {
    flow: bool,
    /// Flow: every part on a line of its own. Block: a list below a key at the key's own indentation.
    spread: bool,
    /// Blanks that a block adds to the indentation around it.
    indent: usize,
    /// Comments above parts and behind them.
    comments: bool,
    /// An anchor on the collection, which nothing refers to.
    anchor: bool,
}

fn scalar() -> impl Strategy<Value = Tree> {
    ("[a-z][a-z0-9./:-]{0,8}[a-z]|[a-z' #:,\\[]{1,6}|[0-9]{1,3}|true|", 0..3_u8)
        .prop_map(|(text, quote)| Tree::Scalar { text, quote })
}

fn look() -> impl Strategy<Value = Look> {
    (any::<bool>(), any::<bool>(), 1..5_usize, any::<bool>(), prop::bool::weighted(0.1))
        .prop_map(|(flow, spread, indent, comments, anchor)| Look { flow, spread, indent, comments, anchor })
}

fn tree() -> impl Strategy<Value = Tree> {
    prop_oneof![9 => scalar(), 1 => Just(Tree::Absent)].prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), look())
                .prop_map(|(items, look)| Tree::List { items, look }),
            (prop::collection::vec(inner, 0..5), look()).prop_map(|(values, look)| {
                let keys = ["source", "mirrors", "a b", "k", "on"].map(str::to_owned);
                Tree::Map { entries: keys.into_iter().zip(values).collect(), look }
            }),
        ]
    })
}

impl Tree {
    /// What it means.
    fn value(&self) -> Value {
        match self {
            Tree::Scalar { text, .. } => text.as_str().into(),
            Tree::Absent => Value::Null,
            Tree::List { items, .. } => items.iter().map(Tree::value).collect(),
            Tree::Map { entries, .. } => {
                entries.iter().map(|(key, value)| (key.clone(), value.value())).collect::<Map<_, _>>().into()
            }
        }
    }

    fn is_block(&self) -> bool {
        match self {
            Tree::Scalar { .. } | Tree::Absent => false,
            Tree::List { items, look } => !look.flow && !items.is_empty(),
            Tree::Map { entries, look } => !look.flow && !entries.is_empty(),
        }
    }
}

/// Writes a tree. Line ends are `\n`; they are exchanged afterwards.
struct Writer {
    text: String,
    comments: usize,
}

impl Writer {
    fn comment(&mut self) -> String {
        self.comments += 1;
        // Readers of YAML 1.1 see lines in some of them.
        let odd = ["", "", "\u{85}", "\u{2028}", "\u{2029}"][self.comments % 5];
        format!("# note {}: [x]{odd}, - y", self.comments)
    }

    fn flow(&mut self, tree: &Tree, margin: usize) {
        let (parts, look): (Vec<(Option<&str>, &Tree)>, &Look) = match tree {
            Tree::Scalar { text, quote } => return self.text.push_str(&written(text, *quote)),
            Tree::Absent => return,
            Tree::List { items, look } => (items.iter().map(|item| (None, item)).collect(), look),
            Tree::Map { entries, look } => {
                (entries.iter().map(|(key, value)| (Some(key.as_str()), value)).collect(), look)
            }
        };
        let (open, close) = if matches!(tree, Tree::List { .. }) { ("[", "]") } else { ("{", "}") };
        self.text.push_str(open);
        for (number, (key, part)) in parts.iter().enumerate() {
            if look.spread {
                let _ = write!(self.text, "\n{:margin$}", "", margin = margin + look.indent);
            }
            if let Some(key) = key {
                let _ = write!(self.text, "{}: ", written(key, 0));
            }
            match part {
                // Between commas there has to be something.
                Tree::Absent if key.is_none() => self.text.push('~'),
                // A map of one pair in a list needs no braces.
                Tree::Map { entries, look }
                    if key.is_none() && entries.len() == 1 && !look.spread && look.indent > 2 =>
                {
                    let (key, value) = &entries[0];
                    let _ = write!(self.text, "{}: ", written(key, 0));
                    self.flow(value, margin + look.indent);
                }
                part => self.flow(part, margin + look.indent),
            }
            if number + 1 < parts.len() {
                self.text.push_str(if look.indent % 2 == 0 { " , " } else { "," });
                if look.spread && look.comments {
                    let comment = self.comment();
                    let _ = write!(self.text, " {comment}");
                } else if !look.spread {
                    self.text.push_str(if look.indent > 1 { " " } else { "  " });
                }
            }
        }
        if look.spread && !parts.is_empty() {
            let _ = write!(self.text, "\n{:margin$}", "", margin = margin + 1);
        }
        self.text.push_str(close);
    }

    /// Writes what stands behind `key:` or `- `, up to the line end.
    fn behind(&mut self, tree: &Tree, margin: usize, under_key: bool, comments: bool) {
        if tree.is_block() {
            let look = look_of(tree);
            if look.anchor {
                let _ = write!(self.text, " &a{}", self.text.len());
            }
            if !under_key && !look.anchor && !look.comments {
                // `- - a` and `- k: v`: the first part shares the line of the dash.
                self.text.push(' ');
                return self.block(tree, margin + 2, true);
            }
            if comments {
                let comment = self.comment();
                let _ = write!(self.text, " {comment}");
            }
            self.text.push('\n');
            let at_key = matches!(tree, Tree::List { .. }) && under_key && look.spread;
            return self.block(tree, if at_key { margin } else { margin + look.indent }, false);
        }
        if !matches!(tree, Tree::Absent) {
            self.text.push(' ');
        }
        if !matches!(tree, Tree::Scalar { .. } | Tree::Absent) && look_of(tree).anchor {
            let _ = write!(self.text, "&a{} ", self.text.len());
        }
        self.flow(tree, margin + 1);
        if comments {
            let comment = self.comment();
            let _ = write!(self.text, "   {comment}");
        }
        self.text.push('\n');
    }

    fn block(&mut self, tree: &Tree, margin: usize, mut shares_line: bool) {
        let comments = look_of(tree).comments;
        let mut lead = |writer: &mut Self| {
            if std::mem::take(&mut shares_line) {
                return;
            }
            if comments {
                let comment = writer.comment();
                let _ = writeln!(writer.text, "{:margin$}{comment}", "");
            }
            let _ = write!(writer.text, "{:margin$}", "");
        };
        match tree {
            Tree::Scalar { .. } | Tree::Absent => {}
            Tree::List { items, .. } => {
                for item in items {
                    lead(self);
                    self.text.push('-');
                    self.behind(item, margin, false, comments);
                }
            }
            Tree::Map { entries, .. } => {
                for (key, value) in entries {
                    lead(self);
                    let _ = write!(self.text, "{}:", written(key, 0));
                    self.behind(value, margin, true, comments);
                }
            }
        }
    }
}

fn look_of(tree: &Tree) -> &Look {
    match tree {
        Tree::List { look, .. } | Tree::Map { look, .. } => look,
        Tree::Scalar { .. } | Tree::Absent => unreachable!("a scalar has no look"),
    }
}

fn written(text: &str, quote: u8) -> String {
    match quote {
        1 => format!("'{}'", text.replace('\'', "''")),
        2 => serde_json::to_string(text).expect("JSON"),
        // `on` is no string.
        _ if text == "on" => "\"on\"".into(),
        _ => edit::scalar(text),
    }
}

/// The text of a tree in a file of its own: a mark, line ends, a last line, other documents around it.
fn file(tree: &Tree, frame: u8) -> String {
    let mut writer = Writer { text: String::new(), comments: 0 };
    if tree.is_block() {
        writer.block(tree, 0, false);
    } else if matches!(tree, Tree::Absent) {
        writer.text.push_str("~\n");
    } else {
        writer.flow(tree, 0);
        writer.text.push('\n');
    }
    let mut text = writer.text;
    if frame & 1 != 0 {
        text = format!("first: [1]\n--- # the second\n{text}...\n---\nlast: 1\n");
    } else if frame & 2 != 0 {
        text.truncate(text.trim_end().len());
    }
    match frame & 0b1_0100 {
        0b100 => text = text.replace('\n', "\r\n"),
        0b1_0000 => text = text.replace('\n', "\r"),
        // Each line ends in another way.
        0b1_0100 => {
            let mut ends = ["\r", "\n", "\r\n"].iter().cycle();
            text = text
                .split_inclusive('\n')
                .map(|line| match line.strip_suffix('\n') {
                    Some(line) => line.to_owned() + ends.next().unwrap_or(&""),
                    None => line.to_owned(),
                })
                .collect();
        }
        _ => {}
    }
    if frame & 8 != 0 {
        text.insert(0, '\u{feff}');
    }
    text
}

/// The document that the tree stands in.
fn document(text: &str) -> Result<Document, String> {
    let mut documents = Vec::new();
    spanned_yaml::parse(FileId(0), &text.into(), |document| documents.push(document));
    let number = usize::from(documents.len() > 1);
    documents.into_iter().nth(number).ok_or("no document")?.map_err(|error| error.message)
}

fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Sequence => node.items().map(value).collect(),
        Kind::Mapping => node
            .entries()
            .iter()
            .map(|entry| (entry.key.key_text().into_owned(), value(entry.value)))
            .collect::<Map<_, _>>()
            .into(),
        Kind::Scalar => match node.scalar() {
            Some(Scalar::Null) => Value::Null,
            _ => node.text().into(),
        },
    }
}

/// A change to a tree and the edits that are to make it.
fn change(
    doc: &Document,
    intended: &mut Value,
    place: prop::sample::Index,
    kind: u8,
    which: u8,
    words: &[String],
) -> Vec<Option<Edit>> {
    let editor = Editor::new(doc);
    // Every value below the root with the way to it.
    let mut ways: Vec<(String, Node<'_>)> = vec![(String::new(), doc.root())];
    let mut next = 0;
    while next < ways.len() {
        let (way, node) = ways[next].clone();
        next += 1;
        match node.kind() {
            Kind::Sequence => {
                ways.extend(node.items().enumerate().map(|(number, item)| (format!("{way}/{number}"), item)));
            }
            Kind::Mapping => ways.extend(
                node.entries().iter().map(|entry| (format!("{way}/{}", entry.key.key_text()), entry.value)),
            ),
            Kind::Scalar => {}
        }
    }
    let (way, node) = ways[place.index(ways.len())].clone();
    let here = intended.pointer_mut(&way).expect("the way to a value");
    let chosen = |number: usize| which & (1 << number) != 0;
    match (node.kind(), kind) {
        (Kind::Scalar, _) if node.is_absent() || node.is_null() => Vec::new(),
        (Kind::Scalar, _) => {
            *here = words[0].as_str().into();
            vec![editor.set(node.span(), &words[0])]
        }
        (Kind::Sequence, 0) => {
            let list = here.as_array_mut().expect("a list");
            list.extend(words.iter().map(|word| word.as_str().into()));
            vec![editor.append_items(node.span(), &words.iter().map(String::as_str).collect::<Vec<_>>())]
        }
        (Kind::Sequence, _) => {
            let spans: Vec<Span> =
                node.items().enumerate().filter(|(at, _)| chosen(*at)).map(|(_, item)| item.span()).collect();
            let mut number = 0;
            here.as_array_mut().expect("a list").retain(|_| {
                number += 1;
                !chosen(number - 1)
            });
            editor.remove_items(&spans)
        }
        (Kind::Mapping, 0) => {
            let Some(entry) = node.entries().into_iter().next() else { return Vec::new() };
            let map = here.as_object_mut().expect("a map");
            let kept = map.remove(&*entry.key.key_text()).expect("the entry");
            map.insert("renamed-key".into(), kept);
            vec![editor.rename(entry.key.span(), "renamed-key")]
        }
        (Kind::Mapping, _) => {
            let entries = node.entries();
            let chosen: Vec<_> =
                entries.iter().enumerate().filter(|(at, _)| chosen(*at)).map(|(_, entry)| entry).collect();
            for entry in &chosen {
                here.as_object_mut().expect("a map").remove(&*entry.key.key_text());
            }
            editor.remove_entries(&chosen.iter().map(|entry| entry.key.span()).collect::<Vec<_>>())
        }
    }
}

/// The comments of a text, in their order.
fn comments(text: &str) -> Vec<&str> {
    text.match_indices("# note ")
        .map(|(at, _)| text[at..].split([':', '\n', '\r']).next().unwrap_or(""))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(3000)
    })]
    #[test]
    fn edits_do_what_they_say_and_nothing_else(
        tree in tree(),
        frame in 0..32_u8,
        place in any::<prop::sample::Index>(),
        kind in 0..3_u8,
        which in 1..32_u8,
        words in prop::collection::vec("[a-z][a-z./:0-9-]{0,6}[a-z]|[a-z' #:\"\\\\\n]{1,5}", 1..3),
    ) {
        let text = file(&tree, frame);
        let doc = document(&text).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
        prop_assert_eq!(value(doc.root()), tree.value(), "the text is the tree's:\n{}", text);
        let mut intended = tree.value();
        let edits = change(&doc, &mut intended, place, kind, which, &words);
        // An edit that cannot be made cleanly is not offered.
        let Some(mut edits) = edits.into_iter().collect::<Option<Vec<Edit>>>() else { return Ok(()) };
        edits.sort();
        let after = apply_edits(&text, &edits);
        let mut rest = after.as_str();
        let mut from = 0;
        for edit in &edits {
            let span = edit.span.range();
            prop_assert!(from <= span.start, "edits are apart: {edits:?}");
            rest = rest.strip_prefix(&text[from..span.start]).and_then(|rest| rest.strip_prefix(edit.replacement.as_str()))
                .ok_or_else(|| TestCaseError::fail(format!("{edits:?} of\n{text}\ngave\n{after}")))?;
            from = span.end;
        }
        prop_assert_eq!(rest, &text[from..]);
        let ends = |text: &str| {
            let lone = text.replace("\r\n", "");
            [text.contains("\r\n"), lone.contains('\n'), lone.contains('\r')]
        };
        // A text of one line without an end has no line ends to keep.
        let has_ends = ends(&text).contains(&true);
        let is_kept = ends(&after).iter().zip(ends(&text)).all(|(now, before)| !now || before);
        prop_assert!(!has_ends || is_kept, "line ends stay: {:?}", after);
        prop_assert!(proof::holds(&text.as_str().into(), &after.as_str().into(), &edits), "the proof holds: {edits:?}");
        let doc = document(&after).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}\nbecame\n{after}")))?;
        prop_assert_eq!(value(doc.root()), intended, "{:?} of\n{}\ngave\n{}", edits, text, after);
        let kept = comments(&after);
        let mut before = comments(&text).into_iter();
        prop_assert!(kept.iter().all(|comment| before.any(|other| other == *comment)), "comments keep their order");
    }
}
