//! `pullwarden migrate icsp` against what `oc adm migrate icsp` did: `fixtures/migrate/<number>/` holds a file and what came
//! of it there.

use crate::command::{BAD, GOOD, Scratch, err, out, pullwarden};
use crate::generated;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The ways in which a result may differ from that of `oc`; `docs/migrate.md` tells why.
const DELIBERATE: [(&str, &str); 6] = [
    ("05", "server metadata"),
    ("06", "server metadata"),
    ("13", "refused name"),
    ("14", "mirror twice"),
    ("18", "document of comments"),
    ("21", "list"),
];

#[derive(Deserialize)]
struct Expected {
    rc: i32,
    file_name_pattern: Option<String>,
    output: Option<String>,
}

/// The objects of a text, lists taken apart, an absent list of entries as an empty one.
fn objects(text: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for document in yaml_serde::Deserializer::from_str(text) {
        match Value::deserialize(document).expect("YAML") {
            Value::Null => {}
            Value::Object(list) if list["kind"] == "List" => {
                objects.extend(list["items"].as_array().expect("items").clone());
            }
            object => objects.push(object),
        }
    }
    for object in &mut objects {
        let spec = object["spec"].as_object_mut().expect("a spec");
        spec.entry("imageDigestMirrors").or_insert_with(|| json!([]));
    }
    objects
}

/// What a result of `oc` is without its faults.
fn mended(mut objects: Vec<Value>, way: Option<&str>) -> Vec<Value> {
    for object in &mut objects {
        match way {
            Some("server metadata") => {
                let metadata = object["metadata"].as_object_mut().expect("metadata");
                let known = metadata.len();
                for field in ["uid", "resourceVersion", "generation", "managedFields"] {
                    metadata.remove(field);
                }
                assert!(metadata.len() < known, "there is some");
            }
            Some("mirror twice") => {
                for entry in object["spec"]["imageDigestMirrors"].as_array_mut().expect("entries") {
                    entry["mirrors"].as_array_mut().expect("mirrors").dedup();
                }
            }
            _ => {}
        }
    }
    objects
}

#[test]
fn files_become_what_oc_makes_of_them() {
    let directory = generated::root().join("fixtures/migrate");
    let mut vectors: Vec<_> =
        fs::read_dir(directory).expect("vectors").map(|entry| entry.expect("a vector").path()).collect();
    vectors.sort();
    let scratch = Scratch::new("migrate", &[]);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for vector in &vectors {
        let number = vector.file_name().expect("a number").to_string_lossy().into_owned();
        let expected = fs::read_to_string(vector.join("expected.json")).expect("what oc did");
        let expected: Expected = serde_json::from_str(&expected).expect("JSON");
        let way = DELIBERATE.iter().find(|(other, _)| *other == number).map(|(_, way)| *way);
        let input = vector.join("input.yaml").to_string_lossy().into_owned();
        let output = pullwarden(&scratch.0, &["migrate", "icsp", &input, "--dest-dir", &number]);
        let goes_further = matches!(way, Some("document of comments" | "list"));
        assert_eq!(
            output.status.code(),
            Some(match way {
                Some("refused name") => 1,
                _ if goes_further => 0,
                _ => expected.rc,
            }),
            "{number}: {}",
            err(&output)
        );
        *counts.entry(way.map_or_else(|| "equal".to_owned(), str::to_owned)).or_default() += 1;
        if output.status.code() == Some(1) {
            assert!(err(&output).starts_with(&format!("error: {input}: ")), "{number}: {}", err(&output));
            assert_eq!(out(&output), "", "{number}");
            continue;
        }
        let said = out(&output);
        let path = said.lines().next().and_then(|line| line.strip_prefix("wrote ImageDigestMirrorSet to "));
        let path = path.unwrap_or_else(|| panic!("{number}: {said}"));
        let text = fs::read_to_string(scratch.0.join(path)).expect("the new file");
        let proof = said.lines().nth(1).unwrap_or("");
        assert!(proof.contains("the same files"), "{number}: {said}");
        let input = fs::read_to_string(vector.join("input.yaml")).expect("the file");
        assert_eq!(text.matches('#').count(), input.matches('#').count(), "{number}: comments stay\n{text}");
        let Some(wanted) = expected.output else {
            assert_eq!(objects(&text).len(), input.matches("kind: ImageContentSourcePolicy").count());
            continue;
        };
        let pattern = expected.file_name_pattern.expect("a name");
        let (start, end) = pattern.split_once("<random>").expect("a number");
        let name = path.rsplit('/').next().unwrap_or("");
        let middle = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        assert!(middle.is_some_and(|number| number.parse::<i64>().is_ok()), "{number}: {name}");
        assert_eq!(objects(&text), mended(objects(&wanted), way), "{number}");
        assert_eq!(
            objects(&text) == objects(&wanted),
            !matches!(way, Some("server metadata" | "mirror twice"))
        );
    }
    assert!(DELIBERATE.iter().all(|(number, _)| vectors.iter().any(|vector| vector.ends_with(number))));
    println!("{counts:?}");
}

#[test]
fn texts_change_only_where_they_must() {
    let text = "# for the mirrors\r\nkind: 'ImageContentSourcePolicy'\r\napiVersion: \"operator.openshift.io/v1alpha1\"\r\n\
                metadata:\r\n    name: a # the first\r\n    uid: u-1234\r\nspec:\r\n    # digests\r\n    \
                repositoryDigestMirrors:\r\n      - source: quay.io/a\r\n        mirrorSourcePolicy: NeverContactSource\r\n        \
                mirrors: [ m.example/a, m.example/b, m.example/a ] # two\r\n    more: [x]\r\n";
    let migrated = pullwarden::program::migrate::icsp(text).expect("it can be migrated");
    assert_eq!(
        migrated.text,
        "# for the mirrors\r\nkind: 'ImageDigestMirrorSet'\r\napiVersion: \"config.openshift.io/v1\"\r\n\
         metadata:\r\n    name: a # the first\r\nspec:\r\n    # digests\r\n    \
         imageDigestMirrors:\r\n      - source: quay.io/a\r\n        \
         mirrors: [ m.example/a, m.example/b ] # two\r\n"
    );
    // A mirror before and behind another one: the operator sees a circle, and goes by name.
    assert_eq!(migrated.proof, pullwarden::program::migrate::Proof::Same);
}

#[test]
fn fields_that_the_new_kind_lacks_are_told_with_their_places() {
    let more = "    mirrorSourcePolicy: NeverContactSource\n  more: [x]\nstatus: {a: 1}\nstatusQuo: 1\n";
    let text = BAD.replace("https://", "") + more;
    let scratch = Scratch::new("migrate-fields", &[("icsp.yaml", &text)]);
    let output = pullwarden(&scratch.0, &["migrate", "icsp", "icsp.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let fields = [
        "9:5: left out `spec.repositoryDigestMirrors[0].mirrorSourcePolicy`",
        "10:3: left out `spec.more`",
        "12:1: left out `statusQuo`",
    ];
    let why = ": no ImageContentSourcePolicy has this field, so the API server drops it";
    assert_eq!(err(&output), fields.map(|field| format!("note: icsp.yaml:{field}{why}\n")).concat());
}

#[test]
fn a_difference_on_the_nodes_is_shown() {
    let text =
        BAD.replace("https://", "").replace("[m.example/a]", "[z.example/a, z.example/a, b.example/a]");
    let scratch = Scratch::new("migrate-differs", &[("icsp.yaml", &text)]);
    let output = pullwarden(&scratch.0, &["migrate", "icsp", "icsp.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("  the nodes get other files: a mirror that is twice in a list"), "{said}");
    assert!(said.contains("+++ b/etc/containers/registries.conf\n"), "{said}");
}

#[test]
fn an_icsp_that_cannot_be_migrated_does_not_hide_the_others() {
    let anchors =
        format!("{}---\nx: 1\n", BAD.replace("kind: ", "kind: &kind ").replace("name: a", "name: *kind"));
    let good = BAD.replace("https://", "");
    let scratch = Scratch::new(
        "migrate-errors",
        &[
            ("idms.yaml", GOOD),
            ("anchors.yaml", &anchors),
            ("type.yaml", &good.replace("[m.example/a]", "m.example/a")),
            ("syntax.yaml", "a: [\n"),
            ("way.yaml", &good.replace("name: a", "name: ../a")),
            ("good.yaml", &good),
        ],
    );
    let files = ["idms.yaml", "anchors.yaml", "type.yaml", "syntax.yaml", "way.yaml", "nowhere.yaml"];
    let args = [&["migrate", "icsp"], &files[..], &["good.yaml", "--dest-dir", "new/here"]].concat();
    let output = pullwarden(&scratch.0, &args);
    assert_eq!(output.status.code(), Some(1));
    let said = err(&output);
    for file in files {
        assert_eq!(said.matches(&format!("error: {file}: ")).count(), 1, "{file}: {said}");
    }
    assert_eq!(said.lines().count(), files.len(), "{said}");
    let written: Vec<_> = fs::read_dir(scratch.0.join("new/here")).expect("a directory").collect();
    assert_eq!(written.len(), 1);
    assert_eq!(out(&pullwarden(&scratch.0, &args)), out(&output), "the same again");
    let path = written[0].as_ref().expect("a file").path();
    fs::write(&path, "mine").expect("a file");
    let third = pullwarden(&scratch.0, &["migrate", "icsp", "good.yaml", "--dest-dir", "new/here"]);
    assert!(err(&third).contains("already exists with other contents"), "{}", err(&third));
    assert_eq!(fs::read_to_string(path).expect("a file"), "mine");
    let no_directory = pullwarden(&scratch.0, &["migrate", "icsp", "good.yaml", "--dest-dir", "good.yaml"]);
    assert_eq!(no_directory.status.code(), Some(2));
}

#[test]
fn values_that_the_api_server_refuses_are_repaired_or_reported() {
    let icsp = |source: &str, mirrors: &str| {
        BAD.replace("https://quay.io/a", source).replace("[m.example/a]", mirrors)
    };
    let files = [
        ("slash.yaml", icsp("quay.io/a/", "[m.example/a/]")),
        ("scheme.yaml", icsp("https://quay.io/a", "['http://m.example/a']")),
        ("tag.yaml", icsp("quay.io/a:1.2", "[m.example/a]")),
        ("twice.yaml", icsp("quay.io/a", "[m.example/a, m.example/a/]")),
        ("pair.yaml", icsp("quay.io/a", "[a: b]")),
        ("good.yaml", icsp("quay.io/a", "[m.example/a]")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let scratch = Scratch::new("migrate-refused", &files);
    for (file, code, words) in [
        (
            "slash.yaml",
            0,
            "  `quay.io/a` stands in the place of `quay.io/a/`, which the API server refuses\n",
        ),
        (
            "slash.yaml",
            0,
            "  `m.example/a` stands in the place of `m.example/a/`, which the API server refuses\n",
        ),
        ("scheme.yaml", 0, "the nodes get other files: the operator stopped at a name that is now correct"),
        (
            "tag.yaml",
            1,
            "in `a`, source `quay.io/a:1.2` has a tag: the API server refuses an ImageDigestMirrorSet with it",
        ),
        (
            "twice.yaml",
            1,
            "in `a`, mirror `m.example/a` is listed twice in two spellings: the API server refuses",
        ),
        ("pair.yaml", 1, "in `a`, `spec.repositoryDigestMirrors[0].mirrors[0]` is object instead of string"),
    ] {
        let output =
            pullwarden(&scratch.0, &["migrate", "icsp", file, "--dest-dir", file.trim_end_matches(".yaml")]);
        let said = out(&output) + &err(&output);
        assert_eq!(output.status.code(), Some(code), "{file}: {said}");
        assert!(said.contains(words), "{file}: {said}");
        if code == 0 {
            let checked =
                pullwarden(&scratch.0, &["check", file.trim_end_matches(".yaml"), "--fail-on", "note"]);
            assert_eq!(checked.status.code(), Some(0), "{file}: {}", out(&checked));
        }
    }
    // One file that cannot be migrated keeps no other from it.
    let both = pullwarden(&scratch.0, &["migrate", "icsp", "pair.yaml", "good.yaml", "--dest-dir", "both"]);
    assert_eq!(both.status.code(), Some(1), "{}", err(&both));
    assert!(out(&both).starts_with("wrote ImageDigestMirrorSet to both"), "{}", out(&both));
}
