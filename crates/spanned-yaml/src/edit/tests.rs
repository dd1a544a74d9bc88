//! Examples of edits: the text after each edit, and texts for which no edit is offered.

use super::*;
use crate::parse;
use crate::source::FileId;

fn document(text: &str) -> Document {
    let mut found = None;
    parse(FileId(0), &text.into(), |document| found = document.ok());
    found.expect("a document")
}

/// The text after an edit, which has to be YAML; `None` when the edit is not offered.
fn edited(
    text: &str,
    edit: impl FnOnce(Editor<'_>, &dyn Fn(&str) -> Span) -> Vec<Option<Edit>>,
) -> Option<String> {
    let doc = document(text);
    let at = |word: &str| {
        let start = text.find(word).expect("the word");
        Span::new(FileId(0), start, start + word.len())
    };
    let edits: Vec<Edit> = edit(Editor::new(&doc), &at).into_iter().collect::<Option<_>>()?;
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.replacement);
    }
    document(&text);
    Some(text)
}

fn without(text: &str, items: &[&str]) -> Option<String> {
    edited(text, |editor, at| editor.remove_items(&items.iter().map(|item| at(item)).collect::<Vec<_>>()))
}

fn without_key(text: &str, key: &str) -> Option<String> {
    edited(text, |editor, at| vec![editor.remove_entry(at(key))])
}

fn with(text: &str, values: &[&str]) -> Option<String> {
    edited(text, |editor, _| {
        let list = editor.doc.root().get("k").expect("the list");
        vec![editor.append_items(list.span(), values)]
    })
}

#[test]
fn removes_items() {
    for (text, items, result) in [
        ("k:\n- a1\n- b1\n", vec!["b1"], Some("k:\n- a1\n")),
        ("k:\r\n  - a1 # one\r\n  - b1\r\n", vec!["a1"], Some("k:\r\n  - b1\r\n")),
        ("k:\n- a1\n- b1", vec!["b1"], Some("k:\n- a1\n")),
        ("k:\n- a1\nm: 1\n", vec!["a1"], Some("k: []\nm: 1\n")),
        ("k: # note:\n- a1\n", vec!["a1"], None),
        ("k:\n- - a1\n", vec!["a1"], None),
        ("k:\n-\n  a1\n- b1\n", vec!["a1"], None),
        ("k: [a1, b1, c1]\n", vec!["b1", "c1"], Some("k: [a1]\n")),
        ("k: [a1, b1, c1]\n", vec!["a1", "c1"], Some("k: [b1]\n")),
        ("k: [a1, b1]\n", vec!["a1", "b1"], Some("k: []\n")),
        ("k: [\n  a1,\n  b1 # two\n]\n", vec!["b1"], Some("k: [\n  a1 # two\n]\n")),
        ("k: [\n  a1, # one\n  b1\n]\n", vec!["a1"], None),
        ("k: [&x a1, b1]\n", vec!["a1"], None),
        ("k: &x [a1, b1]\nm: *x\n", vec!["a1"], None),
        ("k:\n- &x a1\n- *x\n", vec!["a1"], None),
    ] {
        assert_eq!(without(text, &items).as_deref(), result, "{text:?}");
    }
}

#[test]
fn removes_entries() {
    for (text, key, result) in [
        ("a: 1\nb: 2\n", "b", Some("a: 1\n")),
        ("a:\n  b: 2\n", "b", Some("a: {}\n")),
        ("a: !!map\n  b: 2\n", "b", None),
        ("- a: 1\n  b: 2\n", "a", Some("- b: 2\n")),
        ("- a: 1 # one\n  b: 2\n", "a", None),
        ("a: {b: 1, c: 2}\n", "b", Some("a: {c: 2}\n")),
        ("\u{feff}a: 1\nb: |\n  text\nc: 3\n", "b", Some("\u{feff}a: 1\nc: 3\n")),
    ] {
        assert_eq!(without_key(text, key).as_deref(), result, "{text:?}");
    }
}

#[test]
fn removes_several_entries() {
    for (text, keys, result) in [
        ("- a: 1\n  b: 2\n  c: 3\n", vec!["a", "b"], Some("- c: 3\n")),
        ("- a: 1\n  b: 2\n  c: 3\n", vec!["a", "c"], Some("- b: 2\n")),
        ("- a: 1\n  b: 2 # two\n  c: 3\n", vec!["a", "b"], None),
        ("- a: 1\n  # on it\n  c: 2\n  d: 3\n", vec!["c", "d"], Some("- a: 1\n  # on it\n")),
        ("x:\n  a: 1\n  b: 2\n", vec!["a", "b"], Some("x: {}\n")),
        ("{a: 1, b: 2, c: 3}\n", vec!["a", "b"], Some("{c: 3}\n")),
    ] {
        let edited = edited(text, |editor, at| {
            editor.remove_entries(&keys.iter().map(|key| at(key)).collect::<Vec<_>>())
        });
        assert_eq!(edited.as_deref(), result, "{text:?}");
    }
}

#[test]
fn sets_scalars() {
    for (text, result) in [
        ("k:\n- a1\n", Some("k:\n- n.io\n")),
        ("k: 'a1' # why\n", None),
        ("k: a1 # why\n", Some("k: n.io # why\n")),
        ("k: &x a1\nm: *x\n", None),
        ("k: |\n  a1\n", None),
    ] {
        let edited = edited(text, |editor, at| vec![editor.set(at("a1"), "n.io")]);
        assert_eq!(edited.as_deref(), result, "{text:?}");
    }
}

#[test]
fn renames_keys() {
    for (text, key, result) in [
        ("a: 1 # one\n", "a", Some("b: 1 # one\n")),
        ("{ 'a': &x [1] , c: *x }\n", "'a'", Some("{ 'b': &x [1] , c: *x }\n")),
        ("c: &x\n  a: 1\nd: *x\n", "a", None),
        ("c: &x {a: 1}\nd:\n  <<: *x\n", "a", None),
        ("? &x a\n: 1\nc: *x\n", "a", None),
    ] {
        let edited = edited(text, |editor, at| vec![editor.rename(at(key), "b")]);
        assert_eq!(edited.as_deref(), result, "{text:?}");
    }
}

#[test]
fn appends_items() {
    for (text, result) in [
        ("k:\n- a\n", Some("k:\n- a\n- n.io:5000\n- m\n")),
        ("k:\n  - a # last\nb: 1\n", Some("k:\n  - a # last\n  - n.io:5000\n  - m\nb: 1\n")),
        ("k:\r\n- 'a'", Some("k:\r\n- 'a'\r\n- 'n.io:5000'\r\n- 'm'")),
        ("k: [a]\n", Some("k: [a, n.io:5000, m]\n")),
        ("k:\n -   &x a\n", Some("k:\n -   &x a\n -   n.io:5000\n -   m\n")),
        ("{k: [b,\n  a] } # end\n", Some("{k: [b,\n  a,\n  n.io:5000,\n  m] } # end\n")),
        ("k: []\n", Some("k: [n.io:5000, m]\n")),
        ("{\"k\": []}", Some("{\"k\": [\"n.io:5000\", \"m\"]}")),
        ("{\"k\": [\n  \"a\"\n]}", Some("{\"k\": [\n  \"a\",\n  \"n.io:5000\",\n  \"m\"\n]}")),
        ("k: [\n  a # last\n]\n", None),
        ("k: &x [a]\nm: *x\n", None),
        ("k:\n- |\n  a\n", None),
    ] {
        assert_eq!(with(text, &["n.io:5000", "m"]).as_deref(), result, "{text:?}");
    }
}

#[test]
fn appends_entries() {
    for (text, result) in [
        ("a: 1 # one\n", Some("a: 1 # one\nspec: {}\n")),
        ("\u{feff}a:\r\n- 1", Some("\u{feff}a:\r\n- 1\r\nspec: {}")),
        ("{\"a\": {\"b\": 1}}", Some("{\"a\": {\"b\": 1}, \"spec\": {}}")),
        ("a: |\n  text\n", None),
    ] {
        let edited =
            edited(text, |editor, _| vec![editor.append_entry(editor.doc.root().span(), "spec", "{}")]);
        assert_eq!(edited.as_deref(), result, "{text:?}");
    }
}
