//! Finds the files that values of rendered objects come from.
//!
//! A rendered text has no link to its template, so values are compared. The most certain match counts first:
//!
//! 1. The same object has the same text at the same path in a file.
//! 2. The same, without positions in lists.
//! 3. The text occurs once in the files and once in the rendered text.
//!
//! Without a match, the place stays in the rendered text, since a guess could send the reader to a wrong line.

use crate::read::crd::{self, Recognised};
use crate::read::manifest::Manifest;
use crate::source::{FileId, Span};
use crate::yaml::{self, Composer, Node};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

/// A text in which values are searched.
pub(super) struct Text {
    pub(super) file: FileId,
    pub(super) content: Arc<str>,
    /// The lowest rank wins if several texts define the same object; files that the command names have rank 0. If two
    /// texts have the same rank, neither wins.
    pub(super) rank: u32,
}

/// The rank of a text and a place in it; `None` if there are several places.
type Ranked = (u32, Option<Span>);

/// Deeper paths, and further values of a document, are not compared.
const MAX_DEPTH: usize = 64;
const MAX_VALUES: usize = 200_000;

/// The shortest word that is compared.
const MIN_WORD: usize = 5;

/// The values of the files, with their places.
pub(super) struct Origins<'t> {
    texts: &'t [Text],
    /// The places by object, path and text.
    exact: HashMap<String, Ranked>,
    /// The places by object, path without positions in lists, and text.
    loose: HashMap<String, Ranked>,
    /// The words of files that the command names, and of other files; `None` if a word has several places.
    named: HashMap<&'t str, Option<Span>>,
    others: HashMap<&'t str, Option<Span>>,
}

impl<'t> Origins<'t> {
    pub(super) fn of(texts: &'t [Text]) -> Self {
        let mut origins = Self {
            texts,
            exact: HashMap::new(),
            loose: HashMap::new(),
            named: HashMap::new(),
            others: HashMap::new(),
        };
        for Text { file, content, rank } in texts {
            yaml::parse(*file, content, |parsed| {
                let Ok(document) = parsed else { return };
                if matches!(crd::recognise(document.root()), Recognised::Other) {
                    return;
                }
                values(document.root(), &mut |key, node| {
                    for (places, key) in
                        [(&mut origins.exact, key.to_owned()), (&mut origins.loose, without_positions(key))]
                    {
                        let place = places.entry(key).or_insert((*rank, Some(node.span())));
                        if place.0 == *rank && place.1 != Some(node.span()) {
                            place.1 = None;
                        }
                    }
                });
            });
            let words = if *rank == 0 { &mut origins.named } else { &mut origins.others };
            for (start, word) in words_of(content) {
                let span = Span::new(*file, start, start + word.trim_end_matches(':').len());
                words.entry(word).and_modify(|place| *place = None).or_insert(Some(span));
            }
        }
        origins
    }

    /// The same objects, each value at the place that it comes from; `None` for an object that is too large.
    pub(super) fn trace(&self, manifests: &[Manifest]) -> Vec<Option<Manifest>> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for manifest in manifests {
            for (word, _) in words(manifest.root()) {
                *counts.entry(word).or_default() += 1;
            }
        }
        manifests.iter().map(|manifest| self.trace_one(manifest, &counts)).collect()
    }

    fn trace_one(&self, manifest: &Manifest, counts: &HashMap<String, usize>) -> Option<Manifest> {
        let mut places: HashMap<Span, Span> = HashMap::new();
        values(manifest.root(), &mut |key, node| {
            let exact = self.exact.get(key).and_then(|place| place.1);
            let loose = || self.loose.get(&without_positions(key)).and_then(|place| place.1);
            if let Some(span) = exact.or_else(loose) {
                places.insert(node.span(), span);
            }
        });
        for (word, span) in words(manifest.root()) {
            if counts.get(&word) == Some(&1) && !places.contains_key(&span) {
                // Files that the command names have priority over the defaults of a chart.
                let found = self.named.get(word.as_str()).or_else(|| self.others.get(word.as_str()));
                places.extend(found.copied().flatten().map(|place| (span, place)));
            }
        }
        let document = manifest.document();
        // Objects in strings keep their places only if the whole document comes from one file.
        let mut scalars = manifest.root().descendants().filter(|node| node.kind() == yaml::Kind::Scalar);
        let first = places.values().next().map(|span| span.file);
        let home = first.filter(|file| {
            scalars.all(|node| places.get(&node.span()).is_some_and(|place| place.file == *file))
        });
        let home = home.and_then(|home| self.texts.iter().find(|text| text.file == home));
        let mut composer = match home {
            Some(home) => Composer::new(home.file, home.content.clone()),
            None => Composer::new(document.file(), document.source().clone()),
        };
        let whole = composer.copy(manifest.root(), &|span| places.get(&span).copied().unwrap_or(span));
        let document =
            if home.is_some() { composer.finish() } else { composer.finish_within(document.span()) };
        let mut traced = Manifest::new(Arc::new(document), 0, manifest.form);
        traced.implied = manifest.implied;
        whole.then_some(traced)
    }
}

/// Calls `tell` for every value and key of an object, with its identifier: the object, the path, and the text.
fn values(root: Node<'_>, tell: &mut dyn FnMut(&str, Node<'_>)) {
    let text = |node: Option<Node<'_>>| node.map_or("", Node::text).to_owned();
    let name = root.get("metadata").and_then(|metadata| metadata.get("name"));
    let mut path = format!("{}\n{}\n", text(root.get("kind")), text(name));
    let mut left = MAX_VALUES;
    below(root, &mut path, 0, &mut left, tell);
}

fn below(
    node: Node<'_>,
    path: &mut String,
    depth: usize,
    left: &mut usize,
    tell: &mut dyn FnMut(&str, Node<'_>),
) {
    // The value of an alias is reported at its anchor.
    if node.is_alias() || depth > MAX_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    let length = path.len();
    match node.kind() {
        yaml::Kind::Scalar => told(path, "\n", node, tell),
        yaml::Kind::Sequence => {
            told(path, "\n[]", node, tell);
            for (position, item) in node.raw_children().enumerate() {
                let _ = write!(path, "[{position}]");
                below(item, path, depth + 1, left, tell);
                path.truncate(length);
            }
        }
        yaml::Kind::Mapping => {
            told(path, "\n{}", node, tell);
            for (key, value) in node.raw_pairs().filter(|(key, _)| !key.is_alias()) {
                path.push('.');
                told(path, "\n.", key, tell);
                path.push_str(key.text());
                below(value, path, depth + 1, left, tell);
                path.truncate(length);
            }
        }
    }
}

/// Calls `tell` for a value or a key at a path.
fn told(path: &mut String, kind: &str, node: Node<'_>, tell: &mut dyn FnMut(&str, Node<'_>)) {
    let length = path.len();
    path.push_str(kind);
    path.push_str(node.text());
    tell(path, node);
    path.truncate(length);
}

/// The identifier of a value, without positions in lists.
fn without_positions(key: &str) -> String {
    let mut kept = String::with_capacity(key.len());
    let mut lines = key.splitn(4, '\n');
    for line in lines.by_ref().take(2) {
        kept.push_str(line);
        kept.push('\n');
    }
    let mut in_brackets = false;
    kept.extend(lines.next().unwrap_or_default().chars().filter(|c| {
        in_brackets = *c == '[' || (in_brackets && *c != ']');
        !(in_brackets && c.is_ascii_digit())
    }));
    kept.push('\n');
    kept.push_str(lines.next().unwrap_or_default());
    kept
}

/// Whether a character may be part of an image's name.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "._-/:@*+%".contains(c)
}

/// The words of a text without comment lines, each with its start. The word of a key includes the colon.
fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = yaml::lines(text).scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let code = lines.filter(|(_, line)| !line.trim_start().starts_with('#'));
    code.flat_map(|(start, line)| {
        line.split(|c: char| !is_of_word(c)).map(move |word| {
            let offset = word.as_ptr() as usize - line.as_ptr() as usize;
            (start + offset, word)
        })
    })
    .filter(|(_, word)| word.len() >= MIN_WORD)
}

/// The words of an object's values and keys, each with its place. The word of a key includes the colon.
fn words(root: Node<'_>) -> Vec<(String, Span)> {
    let mut words = Vec::new();
    let mut add = |node: Node<'_>, behind: &str| {
        // `true` and numbers are too common.
        if let Some(text) = node.as_str()
            && text.len() + behind.len() >= MIN_WORD
            && text.chars().all(is_of_word)
            && !text.ends_with(':')
        {
            words.push((format!("{text}{behind}"), node.span()));
        }
    };
    for node in root.descendants() {
        match node.kind() {
            yaml::Kind::Mapping => node.raw_pairs().for_each(|(key, value)| {
                add(key, ":");
                add(value, "");
            }),
            yaml::Kind::Sequence => node.raw_children().for_each(|item| add(item, "")),
            yaml::Kind::Scalar => {}
        }
    }
    words
}
