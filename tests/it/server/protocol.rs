//! The protocol itself: how a conversation begins and ends, what is said of diagnostics, and bad clients.

use super::client::{Client, capabilities, framed, uri};
use crate::command::{BAD, GOOD, Scratch};
use crate::generated;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

#[test]
fn open_texts_stand_in_place_of_their_files() {
    let repo = Scratch::new("server-open", &[("a.yaml", ""), ("sub/b.yaml", BAD)]);
    let mut client = Client::of(&repo.0);
    assert_eq!(client.greeting["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(client.greeting["serverInfo"]["name"], "pullwarden");
    let (a, b) = (uri(&repo.0.join("a.yaml")), uri(&repo.0.join("sub/b.yaml")));
    client.settle();
    assert!(client.codes(&a).is_empty(), "{:?}", client.codes(&a));
    assert_eq!(client.codes(&b), ["deprecated-icsp:2", "invalid-source:7"]);
    assert!(client.diagnostics[&b].get("version").is_none());
    client.open(&a, BAD);
    client.settle();
    assert!(client.codes(&a).contains(&"deprecated-icsp:2".to_owned()), "{:?}", client.codes(&a));
    assert_eq!(client.diagnostics[&a]["version"], 1);
    let first = client.diagnostics[&a]["diagnostics"][0].clone();
    assert_eq!(first["source"], "pullwarden");
    let page = first["codeDescription"]["href"].as_str().expect("a page");
    assert!(page.ends_with("/rules/deprecated-icsp.md"), "{page}");
    client.change(&a, 2, "");
    client.settle();
    assert!(client.codes(&a).is_empty(), "{:?}", client.codes(&a));
    client.change(&a, 3, BAD);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": a } }));
    client.settle();
    assert!(client.codes(&a).is_empty(), "the file itself is good");
    // A file that is not there yet.
    let new = uri(&repo.0.join("sub/new.yaml"));
    client.open(&new, BAD);
    client.settle();
    assert!(client.codes(&new).contains(&"invalid-source:7".to_owned()));
    let (status, error) = client.end();
    assert!(status.success() && error.is_empty(), "{error}");
}

#[test]
fn related_places_lead_to_their_files() {
    let repo = generated::root().join("fixtures/repos/disconnected");
    let mut with = Client::of(&repo);
    with.settle();
    let base = uri(&repo);
    let of_rule = |client: &Client| {
        let all = client.diagnostics[&format!("{base}/base/mirrors.yaml")]["diagnostics"].clone();
        let all = all.as_array().expect("a list").clone();
        all.into_iter().find(|item| item["code"] == "mirror-registry-not-allowed").expect("a diagnostic")
    };
    let place = &of_rule(&with)["relatedInformation"][0];
    let address = place["location"]["uri"].as_str().expect("an address");
    assert!(address.starts_with(&base) && place["message"].is_string(), "{place}");
    let mut capabilities = capabilities();
    capabilities["textDocument"]["publishDiagnostics"]["relatedInformation"] = json!(false);
    let mut without = Client::with(&[&repo], capabilities, Value::Null);
    without.settle();
    let told = of_rule(&without);
    let name = address.rsplit('/').next().expect("a name");
    assert!(told["message"].as_str().expect("a text").contains(name), "{told}");
    assert!(told.get("relatedInformation").is_none());
}

#[test]
fn diagnostics_come_when_asked() {
    let repo = Scratch::new("server-pull", &[("a.yaml", BAD), ("b.yaml", GOOD)]);
    let mut client = Client::with(&[&repo.0], capabilities(), json!({ "diagnostics": "pull" }));
    assert_eq!(client.greeting["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    let a = uri(&repo.0.join("a.yaml"));
    let ask = json!({ "textDocument": { "uri": a } });
    let report = client.request("textDocument/diagnostic", ask.clone());
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"][0]["code"], "deprecated-icsp");
    let mut again = ask.clone();
    again["previousResultId"] = report["resultId"].clone();
    assert_eq!(client.request("textDocument/diagnostic", again.clone())["kind"], "unchanged");
    let whole = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    assert!(whole["items"].as_array().expect("a list").iter().any(|item| item["uri"] == a), "{whole}");
    client.open(&a, GOOD);
    let gone = client.request("textDocument/diagnostic", again);
    assert_eq!(gone["kind"], "full", "{gone}");
    let known = json!([{ "uri": a, "value": report["resultId"] }]);
    let whole = client.request("workspace/diagnostic", json!({ "previousResultIds": known }));
    let of_a = whole["items"].as_array().expect("a list").iter().find(|item| item["uri"] == a).cloned();
    assert_ne!(of_a.expect("a report")["kind"], "unchanged");
    assert!(client.diagnostics.is_empty(), "nothing is sent by itself");
    assert!(client.end().0.success());
}

#[test]
fn folders_come_and_go_and_texts_may_lie_in_none() {
    let one = Scratch::new("server-one", &[("a.yaml", BAD)]);
    let two = Scratch::new("server-two", &[("a b/é.yaml", BAD)]);
    let mut client = Client::with(&[&one.0, &two.0], capabilities(), Value::Null);
    let (a, b) = (uri(&one.0.join("a.yaml")), uri(&two.0.join("a b/é.yaml")));
    client.settle();
    // Each folder is a repository: the objects of one are none of the other.
    assert_eq!(client.codes(&a), ["deprecated-icsp:2", "invalid-source:7"]);
    assert_eq!(client.codes(&a), client.codes(&b));
    let event = json!({ "added": [], "removed": [{ "uri": uri(&two.0), "name": "folder" }] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.settle();
    assert!(client.codes(&b).is_empty() && !client.codes(&a).is_empty());
    client.open("untitled:Untitled-1", BAD);
    client.settle();
    assert_eq!(client.codes("untitled:Untitled-1"), client.codes(&a));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": "untitled:Untitled-1" } }));
    client.settle();
    assert!(client.codes("untitled:Untitled-1").is_empty());
    assert!(client.end().0.success());
}

#[test]
fn settings_come_from_the_client_and_the_repository() {
    let policy = "clusters:\n  prod:\n    paths: '**'\nrules:\n  deprecated-icsp: error\n";
    let repo = Scratch::new("server-settings", &[("a.yaml", BAD), (".pullwarden.yaml", policy)]);
    let mut client = Client::of(&repo.0);
    let a = uri(&repo.0.join("a.yaml"));
    client.settle();
    assert_eq!(client.diagnostics[&a]["diagnostics"][0]["severity"], 1);
    let config = uri(&repo.0.join(".pullwarden.yaml"));
    client.open(&config, "rules:\n  deprecated-icsp: off\n  no-such-rule: off\n");
    client.settle();
    assert_eq!(client.codes(&a), ["invalid-source:7"]);
    assert_eq!(client.codes(&config), ["unknown-rule:3"]);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": config } }));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "pullwarden": { "openshift": "4.12" } } }),
    );
    client.settle();
    assert!(client.codes(&a).contains(&"invalid-source:7".to_owned()));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "pullwarden": { "openshift": "four", "baseline": "../a.json" } } }),
    );
    client.settle();
    let said: Vec<String> =
        client.said.iter().map(|message| message["params"]["message"].to_string()).collect();
    assert!(said.iter().any(|said| said.contains("pullwarden.openshift")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("is no file of the folder")), "{said:?}");
    assert!(client.end().0.success());
}

#[test]
fn a_client_is_asked_for_its_settings_at_the_start_and_when_they_change() {
    let repo = Scratch::new("server-asked", &[("a.yaml", BAD)]);
    let mut capabilities = capabilities();
    capabilities["workspace"]["configuration"] = json!(true);
    let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
    let a = uri(&repo.0.join("a.yaml"));
    client.settle();
    assert_eq!(client.codes(&a), ["deprecated-icsp:2", "invalid-source:7"]);
    let items = json!({ "items": [{ "section": "pullwarden" }] });
    assert_eq!(client.reply("workspace/configuration", json!([{ "openshift": "4.12" }])), items);
    client.settle();
    assert_eq!(client.codes(&a), ["invalid-source:7"], "4.12 has no other kind");
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.settle();
    assert_eq!(client.reply("workspace/configuration", json!([{}])), items);
    client.settle();
    assert_eq!(client.codes(&a), ["deprecated-icsp:2", "invalid-source:7"]);
    // A client without such a section answers with null.
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.settle();
    client.reply("workspace/configuration", json!([null]));
    client.settle();
    assert_eq!(client.codes(&a), ["deprecated-icsp:2", "invalid-source:7"]);
    assert!(client.end().0.success());
}

#[test]
fn a_client_that_watches_files_says_what_changes() {
    let repo = Scratch::new("server-watch", &[("a.yaml", BAD)]);
    let mut capabilities = capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
    client.settle();
    assert!(client.said.iter().any(|message| message["method"] == "client/registerCapability"));
    let (a, b) = (repo.0.join("a.yaml"), repo.0.join("sub/b.yaml"));
    assert_eq!(client.codes(&uri(&a)).len(), 2);
    std::fs::write(&a, GOOD).expect("a file");
    std::fs::create_dir(repo.0.join("sub")).expect("a directory");
    std::fs::write(&b, BAD).expect("a file");
    let changes = json!([{ "uri": uri(&a), "type": 2 }, { "uri": uri(&repo.0.join("sub")), "type": 1 }, { "uri": uri(&b), "type": 1 }]);
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    client.settle();
    assert!(client.codes(&uri(&a)).is_empty() && !client.codes(&uri(&b)).is_empty());
    std::fs::remove_dir_all(repo.0.join("sub")).expect("it goes");
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": uri(&repo.0.join("sub")), "type": 3 }] }),
    );
    client.settle();
    assert!(client.codes(&uri(&b)).is_empty());
    assert!(client.end().0.success());
}

#[test]
fn requests_have_an_answer_whatever_happens() {
    let mut client = Client::silent();
    let id = client.ask("workspace/diagnostic", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32002, "before `initialize`");
    client.request(
        "initialize",
        json!({ "capabilities": "nonsense", "workspaceFolders": 3, "rootUri": "file:///none" }),
    );
    for (method, params, code) in [
        ("initialize", json!({}), -32600),
        ("no/such/method", json!({}), -32601),
        ("textDocument/diagnostic", json!({ "textDocument": 3 }), -32602),
    ] {
        let id = client.ask(method, params);
        assert_eq!(client.answer(id)["error"]["code"], code, "{method}");
    }
    for (method, params) in [
        ("textDocument/didOpen", json!({ "textDocument": [] })),
        ("textDocument/didChange", json!(null)),
        ("textDocument/didClose", json!("x")),
        ("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": "\u{0}", "type": 9 }] })),
        ("workspace/didChangeWorkspaceFolders", json!(7)),
        ("workspace/didChangeConfiguration", json!([[]])),
        ("$/cancelRequest", json!({ "id": {} })),
        ("no/such/notification", json!({})),
    ] {
        client.notify(method, params);
    }
    client.write(&framed("{\"nonsense\": tru"));
    client.write(&framed("[1, 2]"));
    client.write(&framed("\u{fffd}"));
    client.settle();
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] }));
    client.notify("$/cancelRequest", json!({ "id": id }));
    client.answer(id);
    client.request("shutdown", Value::Null);
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] }));
    assert_eq!(client.answer(id)["error"]["code"], -32600, "after `shutdown`");
    client.notify("exit", Value::Null);
    let (status, error) = client.wait();
    assert!(status.success() && error.is_empty(), "{error}");
}

#[test]
fn a_client_that_dies_or_speaks_no_protocol_ends_the_server() {
    let repo = Scratch::new("server-dies", &[("a.yaml", BAD)]);
    let (status, error) = Client::of(&repo.0).hang_up();
    assert_eq!((status.code(), error.as_str()), (Some(1), ""));
    let mut client = Client::of(&repo.0);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().0.code(), Some(1));
    for bytes in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: x\r\n\r\n", "\u{0}\u{0}\n\n"] {
        let mut client = Client::of(&repo.0);
        client.write(bytes.as_bytes());
        let (status, error) = client.wait();
        assert_eq!(status.code(), Some(2), "{bytes:?}");
        assert!(error.contains("the editor sends what is not the protocol"), "{error}");
    }
    let mut client = Client::of(&repo.0);
    client.write(b"Content-Length: 100000000000000\r\n\r\n{}");
    assert_eq!(client.hang_up().0.code(), Some(1));
}

#[test]
#[cfg(unix)]
fn nothing_outside_of_the_folder_is_read() {
    let outside = Scratch::new("server-outside", &[("secret.yaml", BAD)]);
    let kustomization = format!(
        "resources:\n- a.yaml\n- ../{}/secret.yaml\n",
        outside.0.file_name().expect("a name").to_string_lossy()
    );
    let repo = Scratch::new("server-inside", &[("kustomization.yaml", &kustomization), ("a.yaml", GOOD)]);
    std::os::unix::fs::symlink(outside.0.join("secret.yaml"), repo.0.join("link.yaml")).expect("a link");
    std::os::unix::fs::symlink(&outside.0, repo.0.join("sub")).expect("a link");
    std::os::unix::fs::symlink(outside.0.join("secret.yaml"), repo.0.join(".pullwarden.yaml"))
        .expect("a link");
    let mut client = Client::of(&repo.0);
    client.settle();
    assert!(
        client
            .said
            .iter()
            .any(|message| message["params"]["message"].to_string().contains("leads out of the repository"))
    );
    std::fs::remove_file(repo.0.join(".pullwarden.yaml")).expect("it goes");
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri(&repo.0.join("a.yaml")) } }));
    client.settle();
    let said = format!("{:?}", client.diagnostics);
    assert!(!said.contains("deprecated-icsp") && said.contains("kustomization"), "{said}");
    let beside: Vec<&String> =
        client.diagnostics.keys().filter(|address| !address.starts_with(&uri(Path::new(&repo.0)))).collect();
    assert!(beside.is_empty(), "{beside:?}");
    assert!(client.end().0.success());
}

#[test]
fn the_last_of_many_edits_counts() {
    let repo = Scratch::new("server-many", &[("a.yaml", GOOD)]);
    let mut client = Client::of(&repo.0);
    let a = uri(&repo.0.join("a.yaml"));
    client.open(&a, GOOD);
    for version in 2..200 {
        client.change(&a, version, if version % 2 == 0 { GOOD } else { BAD });
    }
    client.settle();
    assert_eq!(client.codes(&a), ["deprecated-icsp:2", "invalid-source:7"]);
    assert_eq!(client.diagnostics[&a]["version"], 199);
    // What is asked about places of a text that changes at once has no answer.
    let ask = json!({ "textDocument": { "uri": a }, "position": { "line": 6, "character": 15 } });
    let ids: Vec<i64> = (0..20).map(|_| client.ask("textDocument/hover", ask.clone())).collect();
    client.change(&a, 200, GOOD);
    for id in ids {
        let answer = client.answer(id);
        assert!(answer.get("result").is_some() || answer["error"]["code"] == -32801, "{answer}");
    }
    assert!(client.end().0.success());
}

#[test]
fn a_cancelled_request_is_answered_with_its_cancellation() {
    // The first check takes a while, so the request waits for it.
    let text = wrong_registries(2_000);
    let repo = Scratch::new("server-cancel", &[("0/image.yaml", &text), ("1/image.yaml", &text)]);
    let mut client = Client::of(&repo.0);
    let first = client.ask("workspace/symbol", json!({ "query": "image" }));
    let second = client.ask("workspace/symbol", json!({ "query": "image" }));
    client.notify("$/cancelRequest", json!({ "id": first }));
    let (first, second) = (client.answer(first), client.answer(second));
    let error = json!({ "code": -32800, "message": "the client has cancelled the request" });
    assert_eq!(first["error"], error, "{first}");
    assert_eq!(second["result"].as_array().map(Vec::len), Some(2), "{second}");
    assert!(client.end().0.success());
}

#[test]
fn a_file_of_50_mb_is_a_file() {
    let large = "# a comment of fifty bytes, over and over again xx\n".repeat(1_000_000);
    let repo = Scratch::new("server-large", &[("a.yaml", BAD), ("large.yaml", &large)]);
    let mut client = Client::of(&repo.0);
    client.settle();
    let (a, b) = (uri(&repo.0.join("a.yaml")), uri(&repo.0.join("large.yaml")));
    assert_eq!(client.codes(&a).len(), 2);
    client.open(&b, &large);
    let end = json!({ "line": 1_000_000, "character": 0 });
    let changes = json!([{ "range": { "start": end, "end": end }, "text": BAD }]);
    client.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": b, "version": 2 }, "contentChanges": changes }),
    );
    client.settle();
    assert_eq!(client.codes(&b), ["deprecated-icsp:1000002", "invalid-source:1000007"]);
    assert!(client.end().0.success());
}

/// An allowlist in which each entry is wrong.
fn wrong_registries(count: usize) -> String {
    let start = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                 registrySources:\n    allowedRegistries:\n";
    let entries = (0..count).map(|number| format!("    - https://r{number}.example.com\n"));
    start.to_owned() + &entries.collect::<String>()
}

#[test]
fn a_hundred_thousand_findings_are_bounded_and_answers_stay_quick() {
    // Without optimization, a fifth of them takes as long.
    const FILES: usize = if cfg!(debug_assertions) { 10 } else { 52 };
    // So many findings has one rule for one cluster at most.
    const EACH: usize = 2_000;
    let text = wrong_registries(EACH);
    let names: Vec<String> = (0..FILES).map(|number| format!("{number}/image.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let repo = Scratch::new("server-findings", &files);
    let mut client = Client::of(&repo.0);
    client.settle();
    let counts =
        client.diagnostics.values().map(|params| params["diagnostics"].as_array().map_or(0, Vec::len));
    let counts: Vec<usize> = counts.collect();
    assert!(counts.iter().sum::<usize>() >= FILES * EACH, "{counts:?}");
    assert!(counts.iter().all(|count| *count <= 5_001), "{counts:?}");
    // A text with another finding does not wait for the others.
    let address = uri(&repo.0.join("0/image.yaml"));
    client.open(&address, &text);
    client.settle();
    let start = Instant::now();
    for version in 2..5 {
        client.change(&address, version, &wrong_registries(version.unsigned_abs() as usize));
        client.settle();
        let codes = client.codes(&address);
        assert!((1..50).contains(&codes.len()), "{codes:?}");
    }
    let document = json!({ "textDocument": { "uri": address } });
    let symbols = client.request("textDocument/documentSymbol", document);
    assert_eq!(symbols.as_array().map(Vec::len), Some(1));
    // On an idle machine this takes a few seconds without optimization.
    assert!(start.elapsed().as_secs() < 100, "{:?}", start.elapsed());
    assert!(client.end().0.success());
}

#[test]
fn a_text_that_is_broken_in_a_word_leaves_the_others_as_they_are() {
    let good = BAD.replace("name: a", "name: b");
    let repo = Scratch::new("server-broken", &[("a/a.yaml", BAD), ("b/b.yaml", &good)]);
    let mut client = Client::of(&repo.0);
    let (a, b) = (uri(&repo.0.join("a/a.yaml")), uri(&repo.0.join("b/b.yaml")));
    client.open(&a, BAD);
    client.settle();
    let before = client.codes(&b);
    assert_eq!(before.len(), 2);
    let broken = BAD.replace("spec:", "spec: [");
    for (version, text) in (2..).zip([&broken[..], "kind: Ima", "kind", "", BAD]) {
        client.change(&a, version, text);
        client.settle();
        assert_eq!(client.codes(&b), before, "{text:?}");
        std::fs::write(repo.0.join("a/a.yaml"), text).expect("a file");
        let checked = pullwarden::check(&repo.0).expect("a check");
        let file = checked.sources.find("a/a.yaml");
        let expected = checked.report.open().filter(|found| Some(found.span.file) == file).count();
        assert_eq!(client.codes(&a).len(), expected, "{text:?}");
    }
    assert_eq!(client.codes(&a).len(), 2);
    assert!(client.end().0.success());
}

#[test]
fn hostile_names_and_values_stay_text() {
    let text = BAD.replace("https://quay.io/a", "\"https://<script>alert(1)</script>\\u001b[31m/a\"");
    let repo = Scratch::new("server-hostile", &[("<b>%25 #?.yaml", &text)]);
    let mut client = Client::of(&repo.0);
    client.settle();
    let (address, params) = client.diagnostics.iter().next().expect("diagnostics");
    assert_eq!(*address, uri(&repo.0.join("<b>%25 #?.yaml")));
    assert!(!params.to_string().contains("\\u001b"), "{params}");
    assert!(client.end().0.success());
}

#[test]
fn an_inner_folder_counts_once_the_outer_one_is_gone() {
    let repo = Scratch::new("server-nested", &[("a.yaml", GOOD), ("sub/b.yaml", BAD)]);
    let inner = repo.0.join("sub");
    let mut client = Client::with(&[&repo.0, &inner], capabilities(), Value::Null);
    let b = uri(&inner.join("b.yaml"));
    client.settle();
    assert!(client.codes(&b).contains(&"invalid-source:7".to_owned()));
    let event = json!({ "added": [], "removed": [{ "uri": uri(&repo.0), "name": "folder" }] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.settle();
    assert!(client.codes(&b).contains(&"invalid-source:7".to_owned()), "{:?}", client.codes(&b));
    assert!(client.end().0.success());
}

#[test]
fn a_new_link_is_an_entry_of_its_directory() {
    let kustomization = "resources: [a.yaml, in/link.yaml]\n";
    let files =
        [("kustomization.yaml", kustomization), ("a.yaml", BAD), ("in/c.txt", ""), ("other/b.txt", GOOD)];
    let repo = Scratch::new("server-link", &files);
    let mut capabilities = capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
    let kustomization = uri(&repo.0.join("kustomization.yaml"));
    client.settle();
    assert_eq!(client.codes(&kustomization).len(), 1, "{:?}", client.codes(&kustomization));
    let link = repo.0.join("in/link.yaml");
    std::os::unix::fs::symlink(repo.0.join("other/b.txt"), &link).expect("a link");
    let address = format!("{}/in/link.yaml", uri(&repo.0));
    let change = json!({ "changes": [{ "uri": address, "type": 1 }] });
    client.notify("workspace/didChangeWatchedFiles", change);
    client.settle();
    assert!(client.codes(&kustomization).is_empty(), "{:?}", client.codes(&kustomization));
    assert!(client.end().0.success());
}

#[test]
fn the_baseline_keeps_what_only_commands_print() {
    let entry = r#"{"file": "charts (rendered)", "rule": "self-mirror", "message": "", "fingerprint": "0"}"#;
    let baseline = format!(r#"{{"version": 1, "diagnostics": [{entry}]}}"#);
    let repo = Scratch::new("server-baseline", &[("a.yaml", GOOD), ("base.json", &baseline)]);
    let mut client = Client::with(&[&repo.0], capabilities(), json!({ "baseline": "base.json" }));
    client.settle();
    assert!(client.codes(&uri(&repo.0.join("base.json"))).is_empty(), "{:?}", client.diagnostics);
    assert!(client.end().0.success());
}
