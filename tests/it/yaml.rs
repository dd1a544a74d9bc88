//! Our reading of YAML against another library's, and the byte test in front of it against what it lets through.

use crate::generated;
use crate::harness::{Repository, Run};
use proptest::prelude::*;
use pullwarden::rules::rule::Preset;
use pullwarden::source::FileId;
use pullwarden::yaml::{self, Kind, Node, Scalar};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use yaml_serde::Value;

fn files(directory: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(directory).expect("a directory").flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
        {
            into.push(path);
        }
    }
}

/// Whether the two mean the same. Of plain words only what both take for a string is compared: the other library reads
/// YAML 1.2, where `yes` is one.
fn same(ours: Node<'_>, theirs: &Value) -> bool {
    match (ours.kind(), theirs) {
        (_, Value::Tagged(tagged)) => same(ours, &tagged.value),
        (Kind::Mapping, Value::Mapping(map)) => {
            let ours = ours.entries();
            ours.len() == map.len()
                && ours.iter().all(|entry| {
                    let found = map.iter().find(|(key, _)| same(entry.key, key));
                    found.is_some_and(|(_, value)| same(entry.value, value))
                })
        }
        (Kind::Sequence, Value::Sequence(items)) => {
            ours.items().count() == items.len()
                && ours.items().zip(items).all(|(ours, theirs)| same(ours, theirs))
        }
        (Kind::Scalar, Value::String(theirs)) => {
            ours.text() == theirs && (!ours.is_plain() || !matches!(ours.scalar(), Some(Scalar::Null)))
        }
        (Kind::Scalar, Value::Null) => ours.is_null(),
        (Kind::Scalar, Value::Bool(theirs)) => ours.scalar() == Some(Scalar::Bool(*theirs)),
        (Kind::Scalar, Value::Number(_)) => {
            matches!(ours.scalar(), Some(Scalar::Int(_) | Scalar::Float(_))) || ours.text().contains('_')
        }
        _ => false,
    }
}

#[test]
fn another_library_reads_the_same() {
    let mut paths = Vec::new();
    files(&generated::root().join("fixtures"), &mut paths);
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in paths {
        // `on` and `true` are one key to `oc`, and two to the other library; which reads YAML 1.1, with more line ends.
        let name = path.to_string_lossy();
        if name.ends_with("duplicate-key/bad-same-boolean.yaml") || name.ends_with("-line-ends.yaml") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        // It takes neither a byte-order mark nor a key twice, and merge keys only when asked.
        let Ok(theirs) = yaml_serde::Deserializer::from_str(text.trim_start_matches('\u{feff}'))
            .map(<Value as serde::Deserialize>::deserialize)
            .collect::<Result<Vec<_>, _>>()
        else {
            continue;
        };
        let mut ours = Vec::new();
        yaml::parse(FileId(0), &text.as_str().into(), |parsed| ours.push(parsed));
        let Ok(ours) = ours.into_iter().collect::<Result<Vec<_>, _>>() else {
            wrong.push(format!("{}: only the other library reads it", generated::shown(&path)));
            continue;
        };
        let theirs: Vec<Value> = theirs
            .into_iter()
            .map(|mut value| {
                let _ = value.apply_merge();
                value
            })
            .collect();
        let ours: Vec<_> = ours.iter().filter(|document| !document.is_empty()).collect();
        let theirs: Vec<_> = theirs.iter().filter(|value| !value.is_null()).collect();
        compared += ours.len();
        if ours.len() != theirs.len()
            || !ours.iter().zip(&theirs).all(|(ours, theirs)| same(ours.root(), theirs))
        {
            wrong.push(generated::shown(&path));
        }
    }
    println!("compared {compared} documents");
    assert!(compared > 500 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A word with some of its letters escaped, in double quotes.
fn spelled(word: &str, escaped: &[bool]) -> String {
    let mut text = String::from("\"");
    for (index, letter) in word.chars().enumerate() {
        if *escaped.get(index % escaped.len().max(1)).unwrap_or(&false) {
            write!(text, "\\u{:04x}", u32::from(letter)).expect("a string");
        } else {
            text.push(letter);
        }
    }
    text.push('"');
    text
}

proptest! {
    /// However a kind is spelled, quoted, spaced or escaped, the byte test lets it through.
    #[test]
    fn the_byte_test_hides_nothing(
        kind in prop::sample::select(vec!["Image", "ImageDigestMirrorSet", "ImageTagMirrorSet"]),
        style in 0..6,
        escaped in prop::collection::vec(any::<bool>(), 1..8),
        before in prop::sample::select(vec!["", "# a comment\n", "---\n", "---\na: 1\n---\n"]),
    ) {
        let api = "config.openshift.io/v1";
        let text = match style {
            0 => format!("{before}apiVersion: {api}\nkind: {kind}\nmetadata: {{}}\nspec: {{}}\n"),
            1 => format!("{before}apiVersion: {api}\nkind: {}\nmetadata: {{}}\nspec: {{}}\n", spelled(kind, &escaped)),
            2 => format!("{before}{{kind: '{kind}', apiVersion: \"{api}\", spec: {{}}}}\n"),
            3 => format!("{before}\"kind\" : {kind} # yes\n'apiVersion':   {api}\nspec: {{}}\n"),
            4 => format!("{before}kind:\n  {kind}\napiVersion: >-\n  {api}\nspec: {{}}\n"),
            _ => format!("{before}kind: \"Im\\\n  {}\"\napiVersion: {api}\nspec: {{}}\n", &kind[2..]),
        };
        let files = vec![("<stdin>".to_owned(), text.clone().into_bytes())];
        let report = Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Recommended)).report;
        // No name: something is always said of it.
        prop_assert!(report.checked.resources == 1, "{text}");
        prop_assert!(report.diagnostics.iter().any(|d| d.rule.id == "missing-field"), "{text}");
    }
}
