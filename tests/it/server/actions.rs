//! What the server offers to do about diagnostics, and what comes of it.

use super::client::{Client, capabilities, copy, uri};
use crate::command::{BAD, Scratch, out, pullwarden};
use crate::generated;
use pullwarden::check::diagnostic::State;
use serde_json::{Value, json};
use std::path::Path;

/// The text after edits of the protocol; columns count bytes here.
fn applied(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let (line, column) =
            (place["line"].as_u64().expect("a line"), place["character"].as_u64().expect("a column"));
        let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
        start + column as usize
    };
    let mut edits: Vec<(usize, usize, String)> = edits
        .as_array()
        .expect("a list")
        .iter()
        .map(|edit| {
            let snippet = edit.pointer("/snippet/value").and_then(Value::as_str);
            let snippet = snippet.map(|text| text.replace("${1:reason}", "é reason").replace('\\', ""));
            let new = snippet.unwrap_or_else(|| edit["newText"].as_str().expect("a text").to_owned());
            (offset(&edit["range"]["start"]), offset(&edit["range"]["end"]), new)
        })
        .collect();
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let mut new = text.to_owned();
    for (start, end, replacement) in edits.into_iter().rev() {
        new.replace_range(start..end, &replacement);
    }
    new
}

/// Makes the edits of an action on the disk.
fn make(action: &Value, from: &Path, to: &Path) {
    for change in action["edit"]["documentChanges"].as_array().unwrap_or_else(|| panic!("{action}")) {
        let address = change["textDocument"]["uri"].as_str().expect("an address");
        let name = address.strip_prefix(&uri(from)).expect("a file of the folder").trim_start_matches('/');
        let path = to.join(name);
        let text = std::fs::read_to_string(&path).expect("a text");
        std::fs::write(path, applied(&text, &change["edits"])).expect("a file");
    }
}

fn with_bytes() -> Value {
    let mut capabilities = capabilities();
    capabilities["general"]["positionEncodings"] = json!(["utf-8"]);
    capabilities["workspace"]["workspaceEdit"]["snippetEditSupport"] = json!(true);
    capabilities
}

fn actions(client: &mut Client, uri: &str, range: &Value, only: Option<&[&str]>) -> Vec<Value> {
    let mut context = json!({ "diagnostics": [] });
    if let Some(only) = only {
        context["only"] = json!(only);
    }
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
    client.request("textDocument/codeAction", params).as_array().expect("a list").clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().expect("a title")).collect()
}

fn lines(from: usize, to: usize) -> Value {
    json!({ "start": { "line": from, "character": 0 }, "end": { "line": to, "character": 0 } })
}

#[test]
fn fixes_and_ignores_are_offered_at_their_place() {
    let repo = Scratch::new("server-actions", &[("a.yaml", BAD)]);
    let mut capabilities = capabilities();
    capabilities["textDocument"]["codeAction"]["resolveSupport"] = json!({ "properties": ["edit"] });
    let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
    let a = uri(&repo.0.join("a.yaml"));
    client.open(&a, BAD);
    let found = actions(&mut client, &a, &lines(6, 7), None);
    assert_eq!(
        titles(&found),
        [
            "Write `quay.io/a`",
            "Ignore `invalid-source` here, with a reason to write",
            "Fix everything in this file that needs no review",
        ]
    );
    let (fix, ignore, all) = (&found[0], &found[1], &found[2]);
    assert_eq!((&fix["kind"], &fix["isPreferred"]), (&json!("quickfix"), &json!(true)));
    assert_eq!(fix["diagnostics"][0]["code"], "invalid-source");
    let change = &fix["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": a, "version": 1 }));
    let fixed = applied(BAD, &change["edits"]);
    assert_eq!(fixed, BAD.replace("https://", ""));
    let comment = &ignore["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(
        comment["newText"], "  # pullwarden: ignore[invalid-source] \n",
        "the reason is to be written"
    );
    assert!(all.get("edit").is_none());
    let resolved = client.request("codeAction/resolve", all.clone());
    let edits = &resolved["edit"]["documentChanges"][0]["edits"];
    std::fs::write(repo.0.join("a.yaml"), applied(BAD, edits)).expect("a file");
    let left = out(&pullwarden(&repo.0, &["fix"]));
    assert!(left.contains("nothing") || !left.contains("-  - source"), "{left}");
    let again = actions(&mut client, &a, &lines(0, 0), Some(&["source.fixAll"]));
    assert_eq!(again[0]["edit"], resolved["edit"]);
    assert!(actions(&mut client, &a, &lines(0, 0), Some(&["refactor"])).is_empty());
    assert!(client.end().0.success());
}

/// The repositories whose diagnostics are looked at one by one.
const REPOSITORIES: [&str; 8] = [
    "disconnected",
    "configured",
    "kustomize-overlays",
    "held-images",
    "node-pools",
    "templates",
    "ztp",
    "install-config",
];
/// So many diagnostics of each are.
const MOST: usize = 30;

#[test]
fn an_ignore_ignores_its_diagnostic_and_a_fix_removes_it() {
    let (mut ignores, mut fixes) = (0, 0);
    for name in REPOSITORIES {
        let scratch = Scratch::new(&format!("server-actions-{name}"), &[]);
        let (mine, other) = (scratch.0.join("client"), scratch.0.join("check"));
        copy(&generated::root().join("fixtures/repos").join(name), &mine);
        let mine = mine.canonicalize().expect("a path");
        let checked = pullwarden::check(&mine).expect("a check");
        let mut client = Client::with(&[&mine], with_bytes(), json!({ "policies": false }));
        client.settle();
        let all: Vec<(String, Value)> = client
            .diagnostics
            .iter()
            .flat_map(|(address, params)| {
                params["diagnostics"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|item| (address.clone(), item.clone()))
            })
            .collect();
        let step = all.len().div_ceil(MOST).max(1);
        for (address, item) in all.iter().step_by(step) {
            let path = mine.join(address.strip_prefix(&uri(&mine)).expect("a file").trim_start_matches('/'));
            if !path.is_file() {
                continue;
            }
            client.open(address, &std::fs::read_to_string(&path).expect("a text"));
            let code = item["code"].as_str().expect("a rule");
            let offered = actions(&mut client, address, &item["range"], Some(&["quickfix"]));
            client.notify("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
            for action in offered
                .iter()
                .filter(|action| action["diagnostics"][0] == *item && action.get("edit").is_some())
            {
                let _ = std::fs::remove_dir_all(&other);
                copy(&mine, &other);
                make(action, &mine, &other);
                let after = pullwarden::check(&other).expect("a check");
                let count = |of: &pullwarden::CheckedRepository| {
                    of.report.open().filter(|found| found.rule.id == code).count()
                };
                let fewer = count(&after) < count(&checked);
                let title = action["title"].as_str().expect("a title");
                if title.starts_with("Ignore") {
                    let said = |found: &pullwarden::check::diagnostic::Diagnostic| matches!(&found.state, State::Ignored { reason, .. } if reason == "é reason");
                    assert!(after.report.diagnostics.iter().any(said), "{name}: {title}: {item}");
                    assert!(fewer, "{name}: {title}: {item}");
                    ignores += 1;
                } else {
                    assert!(fewer, "{name}: {title}: {item}");
                    fixes += 1;
                }
            }
        }
        assert!(client.end().0.success());
    }
    assert!(ignores > 15 && fixes > 4, "{ignores} ignores and {fixes} fixes are offered");
}

#[test]
fn the_same_holds_for_the_fixtures_of_rules() {
    let mut paths: Vec<_> = std::fs::read_dir(generated::root().join("fixtures"))
        .expect("a directory")
        .flatten()
        .flat_map(|rule| std::fs::read_dir(rule.path()).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| {
            path.is_file() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bad-"))
        })
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == "yaml")
                && !path.to_string_lossy().contains(".fixed.")
        })
        .collect();
    paths.sort();
    let mut client = Client::with(&[], with_bytes(), Value::Null);
    let (mut ignores, mut fixes) = (0, 0);
    for (number, path) in paths.iter().step_by(5).enumerate() {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let address = format!("untitled:{number}");
        client.open(&address, &text);
        client.settle();
        let items =
            client.diagnostics.get(&address).map(|params| params["diagnostics"].clone()).unwrap_or_default();
        let before = pullwarden::check_text(&text);
        for item in items.as_array().into_iter().flatten().take(6) {
            let count = |of: &pullwarden::CheckedRepository| {
                of.report.open().filter(|found| found.rule.id == item["code"]).count()
            };
            let offered = actions(&mut client, &address, &item["range"], Some(&["quickfix"]));
            for action in offered
                .iter()
                .filter(|action| action["diagnostics"][0] == *item && action.get("edit").is_some())
            {
                let after = applied(&text, &action["edit"]["documentChanges"][0]["edits"]);
                let after = pullwarden::check_text(&after);
                assert!(count(&after) < count(&before), "{path:?}: {action}");
                let is_ignore = action["title"].as_str().is_some_and(|title| title.starts_with("Ignore"));
                if is_ignore { ignores += 1 } else { fixes += 1 }
            }
        }
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
    }
    assert!(ignores > 150 && fixes > 80, "{ignores} ignores and {fixes} fixes are offered");
    assert!(client.end().0.success());
}

#[test]
fn no_comment_goes_where_it_would_be_text() {
    let json = r#"{"apiVersion":"config.openshift.io/v1","kind":"ImageDigestMirrorSet","metadata":{"name":"a"},"spec":{"imageDigestMirrors":[{"source":"https://quay.io/a","mirrors":["m.example/a"]}]}}"#;
    let carried = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  namespace: clusters\n  labels:\n    hypershift.openshift.io/nodepool-config: 'true'\ndata:\n  config: |\n    ";
    let carried = format!("{carried}{}\n", BAD.trim_end().replace('\n', "\n    "));
    let first = "kind: ImageContentSourcePolicy\napiVersion: operator.openshift.io/v1alpha1\nmetadata: {name: a}\nspec: {}\n";
    let repo =
        Scratch::new("server-no-comment", &[("a.json", json), ("b.yaml", &carried), ("c.yaml", first)]);
    let mut client = Client::of(&repo.0);
    let whole = lines(0, 30);
    for (name, text) in [("a.json", json), ("b.yaml", &carried)] {
        let address = uri(&repo.0.join(name));
        client.open(&address, text);
        let offered = actions(&mut client, &address, &whole, Some(&["quickfix"]));
        assert!(titles(&offered).iter().all(|title| !title.starts_with("Ignore")), "{name}: {offered:?}");
    }
    let c = uri(&repo.0.join("c.yaml"));
    client.open(&c, first);
    let offered = actions(&mut client, &c, &lines(0, 1), Some(&["quickfix"]));
    let ignore = offered
        .iter()
        .find(|action| action["title"].as_str().is_some_and(|title| title.starts_with("Ignore")));
    let edit = &ignore.unwrap_or_else(|| panic!("{offered:?}"))["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(
        edit["range"]["start"],
        json!({ "line": 0, "character": 30 }),
        "above the first key it would hold for all"
    );
    assert!(client.end().0.success());
}

#[test]
fn a_text_outside_of_all_folders_has_no_fix_of_everything() {
    let repo = Scratch::new("server-untitled", &[("a.yaml", BAD)]);
    let mut capabilities = capabilities();
    capabilities["textDocument"]["codeAction"]["resolveSupport"] = json!({ "properties": ["edit"] });
    let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
    client.open("untitled:Untitled-1", BAD);
    client.settle();
    let found = actions(&mut client, "untitled:Untitled-1", &lines(6, 7), None);
    assert!(!titles(&found).iter().any(|title| title.starts_with("Fix everything")), "{found:?}");
    assert!(client.end().0.success());
}
