//! The units in which columns count, as the client asks for them.

use super::client::{Client, capabilities, uri};
use crate::command::{GOOD, Scratch};
use serde_json::{Value, json};

#[test]
fn columns_count_as_the_client_asks() {
    let text =
        GOOD.replace("name: a", "name: a # é𝄞").replace("[m.example/a]", "[\"é𝄞\", https://m.example/a]");
    let repo = Scratch::new("server-columns", &[("a.yaml", &text)]);
    let address = uri(&repo.0.join("a.yaml"));
    let line = text.lines().last().expect("a line");
    let before = &line[..line.find("https").expect("a mirror")];
    for (encoding, column) in [
        ("utf-8", before.len()),
        ("utf-16", before.encode_utf16().count()),
        ("utf-32", before.chars().count()),
    ] {
        let mut capabilities = capabilities();
        capabilities["general"]["positionEncodings"] = json!(["utf-7", encoding]);
        let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
        assert_eq!(client.greeting["capabilities"]["positionEncoding"], encoding);
        client.settle();
        let items = client.diagnostics[&address]["diagnostics"].as_array().expect("a list").clone();
        let of_scheme = items.iter().find(|item| item["message"].to_string().contains("has a scheme"));
        let start = &of_scheme.unwrap_or_else(|| panic!("{items:?}"))["range"]["start"];
        assert_eq!(start, &json!({ "line": 7, "character": column }), "{encoding}");
        assert!(client.end().0.success());
    }
}

#[test]
fn every_place_counts_columns_as_the_client_asks() {
    let text = GOOD.replace(
        "- source: quay.io/a\n    mirrors: [m.example/a]",
        "- {mirrors: [\"é𝄞\"], source: quay.io/acme}",
    );
    let repo = Scratch::new("server-places", &[("a.yaml", &text)]);
    let address = uri(&repo.0.join("a.yaml"));
    let before = "  - {mirrors: [\"é𝄞\"], source: ";
    for (encoding, column) in [
        ("utf-8", before.len()),
        ("utf-16", before.encode_utf16().count()),
        ("utf-32", before.chars().count()),
    ] {
        let mut capabilities = capabilities();
        capabilities["general"]["positionEncodings"] = json!([encoding]);
        let mut client = Client::with(&[&repo.0], capabilities, Value::Null);
        client.open(&address, &text);
        let on = |from: usize, to: usize| json!({ "start": { "line": 6, "character": from }, "end": { "line": 6, "character": to } });
        let name = on(column, column + "https://quay.io/acme".len());
        let change = json!({ "range": on(column, column), "text": "https://" });
        let document = json!({ "uri": address, "version": 2 });
        client.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [change] }),
        );
        client.settle();
        let items = client.diagnostics[&address]["diagnostics"].as_array().expect("a list").clone();
        let of_source = items.iter().find(|item| item["code"] == "invalid-source").expect("a diagnostic");
        assert_eq!(of_source["range"], name, "{encoding}");
        let hover = json!({ "textDocument": { "uri": address }, "position": name["end"] });
        let hover = client.request("textDocument/hover", hover);
        assert_eq!(hover["range"], name, "{encoding}: {hover}");
        let symbols =
            client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": address } }));
        assert_eq!(symbols[0]["children"][0]["selectionRange"], name, "{encoding}");
        let context = json!({ "diagnostics": [], "only": ["quickfix"] });
        let params =
            json!({ "textDocument": { "uri": address }, "range": of_source["range"], "context": context });
        let actions = client.request("textDocument/codeAction", params);
        let edit = &actions[0]["edit"]["documentChanges"][0]["edits"][0];
        assert_eq!(*edit, json!({ "range": name, "newText": "quay.io/acme" }), "{encoding}");
        assert!(client.end().0.success());
    }
}
