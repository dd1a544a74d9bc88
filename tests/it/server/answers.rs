//! Whole answers, with every range and every word.

use super::client::{Client, capabilities, uri};
use super::features::{CONFIG, MIRRORS, lenses, opened, place, repository};
use crate::command::Scratch;
use crate::generated;
use pullwarden::config;
use pullwarden::read::crd::schema::{self, Field, Type};
use pullwarden::rules;
use serde_json::{Value, json};

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                     allowedRegistries:\n    - quay.io\n    - registry.redhat.io\n    - \
                     image-registry.openshift-image-registry.svc:5000\n";
const TAGS: &str = "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata:\n  name: tags\nspec:\n  imageTagMirrors:\n  - \
                    source: quay.io/acme/web\n    mirrors:\n    - quay.io/copies/web\n";
const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n    spec:\n      \
                   containers:\n      - name: a\n        image: quay.io/acme/web:v1\n";

/// A range on a line, which counts from 0.
fn on(line: usize, start: usize, end: usize) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

fn from_to((line, start): (usize, usize), (last, end): (usize, usize)) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": last, "character": end } })
}

fn about(uri: &str) -> Value {
    json!({ "textDocument": { "uri": uri } })
}

fn page(rule: &str) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({ "href": format!("https://github.com/pullwarden/pullwarden/blob/v{version}/rules/{rule}.md") })
}

/// Two clusters; one of them has mirrors for tags.
fn two_clusters(name: &str, mirrors: &str) -> Scratch {
    Scratch::new(
        name,
        &[
            (".pullwarden.yaml", CONFIG),
            ("base/app.yaml", APP),
            ("base/image.yaml", IMAGE),
            ("base/mirrors.yaml", mirrors),
            ("prod/mirrors.yaml", TAGS),
        ],
    )
}

#[test]
fn diagnostics_and_their_fixes_are_whole() {
    let mirrors =
        format!("{MIRRORS}  - source: https://quay.io/team\n    mirrors:\n    - quay.io/copies/team\n");
    let repo = two_clusters("server-whole", &mirrors);
    let mut client = Client::of(&repo.0);
    let address = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let image = uri(&repo.0.join("base/image.yaml"));
    client.settle();
    let not_allowed = json!({
        "range": on(8, 6, 30),
        "severity": 2,
        "code": "mirror-registry-not-allowed",
        "codeDescription": page("mirror-registry-not-allowed"),
        "source": "pullwarden",
        "message": "mirror registry `mirror.corp.example` is not allowed\nclusters: `edge`, `prod`\nallow the registry; pulls \
                    through the mirror work, since only the name in the pod has to be allowed, but nodes refuse pods, builds and \
                    image streams that name the mirror",
        "relatedInformation": [{
            "location": { "uri": image, "range": on(6, 4, 21) },
            "message": "this list does not cover it",
        }],
    });
    let has_scheme = json!({
        "range": on(9, 12, 32),
        "severity": 1,
        "code": "invalid-source",
        "codeDescription": page("invalid-source"),
        "source": "pullwarden",
        "message": "source `https://quay.io/team` has a scheme\nclusters: `edge`, `prod`\nwrite `quay.io/team`; the API server \
                    refuses the object",
        "relatedInformation": [],
    });
    let expected = json!({ "uri": address, "version": 1, "diagnostics": [not_allowed, has_scheme] });
    assert_eq!(client.diagnostics[&address], expected);

    let params = json!({
        "textDocument": { "uri": address },
        "range": from_to((8, 0), (10, 0)),
        "context": { "diagnostics": [], "only": ["quickfix"] },
    });
    let found = client.request("textDocument/codeAction", params);
    // The version of a text that is not open is unknown.
    let edits = |uri: &str, version: Value, range: Value, text: &str| {
        json!({ "documentChanges": [{
            "textDocument": { "uri": uri, "version": version },
            "edits": [{ "range": range, "newText": text }],
        }] })
    };
    let action = |title: &str, diagnostic: &Value, is_preferred: bool, edit: Value| {
        json!({
            "title": title,
            "kind": "quickfix",
            "diagnostics": [diagnostic],
            "isPreferred": is_preferred,
            "edit": edit,
        })
    };
    let expected = json!([
        action(
            "Write `quay.io/team`",
            &has_scheme,
            true,
            edits(&address, json!(1), on(9, 12, 32), "quay.io/team")
        ),
        action(
            "Allow `mirror.corp.example` (needs a look)",
            &not_allowed,
            false,
            edits(&image, Value::Null, on(10, 0, 0), "    - mirror.corp.example\n"),
        ),
        action(
            "Ignore `mirror-registry-not-allowed` here, with a reason to write",
            &not_allowed,
            false,
            edits(
                &address,
                json!(1),
                on(8, 0, 0),
                "    # pullwarden: ignore[mirror-registry-not-allowed] \n"
            ),
        ),
        action(
            "Ignore `invalid-source` here, with a reason to write",
            &has_scheme,
            false,
            edits(&address, json!(1), on(9, 0, 0), "  # pullwarden: ignore[invalid-source] \n"),
        ),
    ]);
    assert_eq!(found, expected);
    let params = json!({
        "textDocument": { "uri": address },
        "range": on(0, 0, 0),
        "context": { "diagnostics": [], "only": ["source.fixAll.pullwarden"] },
    });
    let found = client.request("textDocument/codeAction", params);
    let expected = json!([{
        "title": "Fix everything in this file that needs no review",
        "kind": "source.fixAll.pullwarden",
        "edit": edits(&address, json!(1), from_to((9, 0), (10, 0)), "  - source: quay.io/team\n"),
    }]);
    assert_eq!(found, expected);
    assert!(client.end().0.success());
}

#[test]
fn diagnostics_that_are_asked_for_are_those_that_are_sent() {
    let repo = two_clusters("server-whole-asked", MIRRORS);
    let mut sent = Client::of(&repo.0);
    let mut asked = Client::with(&[&repo.0], capabilities(), json!({ "diagnostics": "pull" }));
    let address = opened(&mut sent, &repo.0, "base/mirrors.yaml");
    let _ = opened(&mut asked, &repo.0, "base/mirrors.yaml");
    sent.settle();
    let items = |uri: &str| sent.diagnostics[uri]["diagnostics"].clone();
    let found = asked.request("textDocument/diagnostic", about(&address));
    let id = found["resultId"].clone();
    assert!(id.is_string() && items(&address).as_array().is_some_and(|items| !items.is_empty()));
    assert_eq!(found, json!({ "kind": "full", "resultId": id, "items": items(&address) }));
    let mut again = about(&address);
    again["previousResultId"] = id.clone();
    let found = asked.request("textDocument/diagnostic", again);
    assert_eq!(found, json!({ "kind": "unchanged", "resultId": id }));

    let gone = uri(&repo.0.join("gone.yaml"));
    let known = json!([{ "uri": address, "value": id }, { "uri": gone, "value": "x" }]);
    let found = asked.request("workspace/diagnostic", json!({ "previousResultIds": known }));
    let mut expected = Vec::new();
    for uri in sent.diagnostics.keys() {
        let place = found["items"].as_array().and_then(|all| all.iter().find(|item| item["uri"] == **uri));
        let id = place.unwrap_or_else(|| panic!("no {uri}: {found}"))["resultId"].clone();
        expected.push(if *uri == address {
            json!({ "uri": uri, "version": 1, "kind": "unchanged", "resultId": id })
        } else {
            json!({ "uri": uri, "version": null, "kind": "full", "resultId": id, "items": items(uri) })
        });
    }
    assert!(expected.len() > 1, "{expected:?}");
    let id = found["items"][expected.len()]["resultId"].clone();
    expected.push(json!({ "uri": gone, "version": null, "kind": "full", "resultId": id, "items": [] }));
    assert_eq!(found, json!({ "items": expected }));
    assert!(asked.diagnostics.is_empty() && asked.end().0.success() && sent.end().0.success());
}

#[test]
fn hovers_over_images_and_rules_are_whole() {
    let repo = two_clusters("server-whole-hover", MIRRORS);
    let mut client = Client::of(&repo.0);
    let hover = |client: &mut Client, uri: &str, position: Value| {
        let params = json!({ "textDocument": { "uri": uri }, "position": position });
        client.request("textDocument/hover", params)
    };
    let markdown = |value: &str, range: Value| json!({ "contents": { "kind": "markdown", "value": value }, "range": range });
    let app = opened(&mut client, &repo.0, "base/app.yaml");
    let of_image = "```text
pulls  quay.io/acme/web:v1  in edge
       allowed by `quay.io` (base/image.yaml:8)
       1  quay.io/acme/web:v1       the source itself
       -  mirror.corp.example/acme  skipped: digest-only, base/mirrors.yaml:9

pulls  quay.io/acme/web:v1  in prod
       allowed by `quay.io` (base/image.yaml:8)
       1  quay.io/copies/web:v1  mirror, prod/mirrors.yaml:9
       2  quay.io/acme/web:v1    the source itself

1 image in 2 clusters: all pull
```
";
    let found = hover(&mut client, &app, place(APP, "quay.io/acme/web:v1"));
    assert_eq!(found, markdown(of_image, on(9, 15, 34)));
    assert_eq!(hover(&mut client, &app, place(APP, "Deployment")), Value::Null);

    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let ignored = format!("# pullwarden: ignore[self-mirror] why\n{MIRRORS}");
    client.change(&mirrors, 2, &ignored);
    let text = std::fs::read_to_string(generated::root().join("rules/self-mirror.md")).expect("a page");
    let body = text.splitn(3, "---\n").nth(2).expect("a page behind its front matter").trim();
    let link = page("self-mirror");
    let link = format!("[The page of `self-mirror`]({})", link["href"].as_str().expect("an address"));
    let of_rule = format!("{body}\n\n{link}");
    let found = hover(&mut client, &mirrors, place(&ignored, "self-mirror"));
    assert_eq!(found, markdown(&of_rule, on(0, 21, 32)));
    let config = opened(&mut client, &repo.0, ".pullwarden.yaml");
    let rules = format!("{CONFIG}rules:\n  self-mirror: off\n");
    client.change(&config, 2, &rules);
    let found = hover(&mut client, &config, place(&rules, "self-mirror"));
    assert_eq!(found, markdown(&of_rule, on(8, 2, 13)));
    assert!(client.end().0.success());
}

#[test]
fn symbols_and_lenses_are_whole() {
    let repo = two_clusters("server-whole-symbols", &format!("---\n{MIRRORS}---\n{IMAGE}"));
    let mut client = Client::of(&repo.0);
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let tags = opened(&mut client, &repo.0, "prod/mirrors.yaml");
    let symbol = |name: &str, detail: Option<&str>, kind: u32, range: Value, own: Value| {
        let mut symbol = json!({ "name": name, "kind": kind, "range": range, "selectionRange": own });
        if let Some(detail) = detail {
            symbol["detail"] = json!(detail);
        }
        symbol
    };
    let with = |mut symbol: Value, children: Value| {
        symbol["children"] = children;
        symbol
    };
    let entry = symbol("quay.io/acme", None, 20, from_to((7, 4), (9, 30)), on(7, 12, 24));
    let set =
        symbol("ImageDigestMirrorSet acme", Some("edge, prod"), 19, from_to((1, 0), (9, 30)), on(4, 8, 12));
    let image = symbol("Image cluster", Some("edge, prod"), 19, from_to((11, 0), (20, 54)), on(14, 8, 15));
    let found = client.request("textDocument/documentSymbol", about(&mirrors));
    assert_eq!(found, json!([with(set, json!([entry])), with(image, json!([]))]));
    let entry = symbol("quay.io/acme/web", None, 20, from_to((6, 4), (8, 24)), on(6, 12, 28));
    let set = symbol("ImageTagMirrorSet tags", Some("prod"), 19, from_to((0, 0), (8, 24)), on(3, 8, 12));
    let found = client.request("textDocument/documentSymbol", about(&tags));
    assert_eq!(found, json!([with(set, json!([entry]))]));

    let information = |name: &str, cluster: &str, uri: &str, range: Value| json!({ "name": name, "kind": 19, "containerName": cluster, "location": { "uri": uri, "range": range } });
    let found = client.request("workspace/symbol", json!({ "query": "PROD mirrorset" }));
    let expected = json!([
        information("ImageDigestMirrorSet acme", "prod", &mirrors, on(4, 8, 12)),
        information("ImageTagMirrorSet tags", "prod", &tags, on(3, 8, 12)),
    ]);
    assert_eq!(found, expected);
    let found = client.request("workspace/symbol", json!({ "query": "acme" }));
    let expected = json!([
        information("ImageDigestMirrorSet acme", "edge", &mirrors, on(4, 8, 12)),
        information("ImageDigestMirrorSet acme", "prod", &mirrors, on(4, 8, 12)),
    ]);
    assert_eq!(found, expected);

    let mut lenses = client.request("textDocument/codeLens", about(&tags));
    let lens = lenses[0].take();
    let found = client.request("codeLens/resolve", lens.clone());
    let title = "reaches the cluster prod · removing it drains the nodes of 1 cluster";
    let mut expected = lens;
    expected["range"] = on(0, 0, 0);
    expected["command"] = json!({ "title": title, "command": "" });
    assert_eq!((lenses.as_array().map(Vec::len), found), (Some(1), expected));
    assert!(client.end().0.success());

    // A client without trees gets a list.
    let mut flat = capabilities();
    flat["textDocument"]["documentSymbol"]["hierarchicalDocumentSymbolSupport"] = json!(false);
    let mut client = Client::with(&[&repo.0], flat, Value::Null);
    let _ = opened(&mut client, &repo.0, "prod/mirrors.yaml");
    let found = client.request("textDocument/documentSymbol", about(&tags));
    assert_eq!(found, json!([information("ImageTagMirrorSet tags", "prod", &tags, on(3, 8, 12))]));
    assert!(client.end().0.success());
}

#[test]
fn lenses_say_how_far_an_object_reaches_and_when_nothing_happens() {
    const IMPORTS: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                           allowedRegistriesForImport:\n  - domainName: quay.io\n";
    let paused = |name: &str| {
        format!(
            "---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfigPool\nmetadata:\n  name: {name}\nspec:\n  \
             paused: true\n"
        )
    };
    let repo = Scratch::new(
        "server-lenses",
        &[
            (
                ".pullwarden.yaml",
                "openshift: \"4.18\"\nclusters:\n  a: [all/**, some/**]\n  b: \
                 [all/**, some/**]\n  c: [all/**, some/**]\n  d: [all/**]\n  held: [held/**]\n",
            ),
            ("all/image.yaml", IMPORTS),
            ("some/mirrors.yaml", MIRRORS),
            ("held/mirrors.yaml", &format!("{MIRRORS}{}{}", paused("worker"), paused("master"))),
            ("test-data/mirrors.yaml", MIRRORS),
            ("loose/mirrors.yaml", MIRRORS),
        ],
    );
    let mut client = Client::of(&repo.0);
    for (name, title) in [
        ("all/image.yaml", "reaches 4 clusters · removing it changes no node"),
        ("some/mirrors.yaml", "reaches 3 clusters: a, b, c · removing it drains the nodes of 3 clusters"),
        (
            "held/mirrors.yaml",
            "reaches the cluster held · removing it changes no node while the pools are paused",
        ),
        ("test-data/mirrors.yaml", "reaches no cluster that is known"),
        // Only its path says which cluster gets it.
        ("loose/mirrors.yaml", "reaches the cluster loose"),
    ] {
        let address = opened(&mut client, &repo.0, name);
        assert_eq!(lenses(&mut client, &address), [format!("1: {title}")], "{name}");
    }
    assert!(client.end().0.success());
}

/// The completions at the bar in a text, which becomes the text of the file without it.
fn completed(client: &mut Client, uri: &str, version: i32, text: &str) -> Value {
    let before = text.split('|').next().expect("a bar");
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
    let position = json!({ "line": before.matches('\n').count(), "character": column });
    client.change(uri, version, &text.replace('|', ""));
    let params = json!({ "textDocument": { "uri": uri }, "position": position });
    client.request("textDocument/completion", params)
}

/// A completion: the label, what is inserted behind it, and what it is.
fn item(label: &str, behind: &str, kind: u32, detail: Option<&str>, range: &Value) -> Value {
    let edit = json!({ "range": range, "newText": format!("{label}{behind}") });
    let mut item = json!({ "label": label, "kind": kind, "filterText": label, "textEdit": edit });
    if let Some(detail) = detail {
        item["detail"] = json!(detail);
    }
    item
}

/// The completions for fields.
fn fields(fields: &[Field], but: &[&str], range: &Value) -> Vec<Value> {
    let left = fields.iter().filter(|field| !but.contains(&field.name));
    left.map(|field| {
        let behind = if matches!(field.ty, Type::Map(_) | Type::List(_)) { ":" } else { ": " };
        let required = if field.required { ", required" } else { "" };
        let since = field.since.map(|since| format!(", from OpenShift {since}")).unwrap_or_default();
        let detail = format!("{}{required}{since}", field.ty.name());
        item(field.name, behind, 5, Some(&detail), range)
    })
    .collect()
}

/// The fields of a kind's `spec`, or those of one of its fields.
fn fields_of(kind: &str, of: Option<&str>) -> &'static [Field] {
    fn inside(ty: &'static Type) -> &'static [Field] {
        match ty {
            Type::Map(fields) => fields,
            Type::List(item) => inside(item),
            _ => &[],
        }
    }
    let spec = inside(schema::spec_of(kind).expect("a kind"));
    match of {
        None => spec,
        Some(name) => inside(&spec.iter().find(|field| field.name == name).expect("a field").ty),
    }
}

#[test]
fn fields_and_values_are_completed_as_a_whole() {
    let repo = two_clusters("server-whole-fields", MIRRORS);
    let mut client = Client::of(&repo.0);
    let address = opened(&mut client, &repo.0, "base/image.yaml");
    let mut version = 1;
    for kind in ["Image", "ImageDigestMirrorSet", "ImageTagMirrorSet", "ImageContentSourcePolicy"] {
        let head = format!("kind: {kind}\nspec:\n");
        version += 1;
        let found = completed(&mut client, &address, version, &format!("{head}  x|\n"));
        assert_eq!(found, json!(fields(fields_of(kind, None), &[], &on(2, 2, 3))), "{kind}");
        for field in fields_of(kind, None) {
            version += 1;
            let (name, inner) = (field.name, fields_of(kind, Some(field.name)));
            let (dash, column) =
                if matches!(field.ty, Type::List(Type::Map(_))) { ("- ", 6) } else { ("", 4) };
            if inner.is_empty() {
                continue;
            }
            let text = format!("{head}  {name}:\n    {dash}|\n");
            let found = completed(&mut client, &address, version, &text);
            assert_eq!(found, json!(fields(inner, &[], &on(3, column, column))), "{kind} {name}");
        }
    }
    let text = "kind: Image\nspec:\n  registrySources:\n    blockedRegistries: []\n    al|\n    insecureRegistries: []\n";
    let found = completed(&mut client, &address, 100, text);
    let beside = ["blockedRegistries", "insecureRegistries"];
    let known = fields_of("Image", Some("registrySources"));
    assert_eq!(found, json!(fields(known, &beside, &on(4, 4, 6))));
    let text = "kind: ImageTagMirrorSet\nspec:\n  imageTagMirrors:\n  - mirrorSourcePolicy: |\n";
    let found = completed(&mut client, &address, 101, text);
    let policies = ["NeverContactSource", "AllowContactingSource"];
    let range = on(3, 24, 24);
    assert_eq!(found, json!(policies.map(|policy| item(policy, "", 12, None, &range))));
    let text = "kind: Image\nspec:\n  allowedRegistriesForImport:\n  - insecure: |\n";
    let found = completed(&mut client, &address, 102, text);
    let range = on(3, 14, 14);
    assert_eq!(found, json!(["true", "false"].map(|value| item(value, "", 12, None, &range))));
    assert!(client.end().0.success());
}

#[test]
fn registries_are_completed_as_a_whole() {
    let repo = two_clusters("server-whole-registries", MIRRORS);
    let mut client = Client::of(&repo.0);
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let offered = |names: &[&str], range: Value| {
        json!(names.iter().map(|name| item(name, "", 12, None, &range)).collect::<Vec<_>>())
    };
    // The word that is being written is no registry yet.
    let found = completed(&mut client, &image, 2, &format!("{IMAGE}    - mir|\n"));
    let all = [
        "image-registry.openshift-image-registry.svc:5000",
        "mirror.corp.example/acme",
        "quay.io",
        "quay.io/acme",
        "quay.io/acme/web",
        "quay.io/copies/web",
        "registry.redhat.io",
    ];
    assert_eq!(found, offered(&all, on(10, 6, 9)));
    // Neither is it in a text that cannot be read, and there the last good state has the old word.
    let found = completed(&mut client, &image, 3, &format!("{IMAGE}    - mirr|\n  [\n"));
    assert_eq!(found, offered(&all, on(10, 6, 10)));
    client.change(&image, 4, IMAGE);
    let tags = opened(&mut client, &repo.0, "prod/mirrors.yaml");
    let found = completed(&mut client, &tags, 2, &format!("{TAGS}    - mirror.corp.example|\n"));
    assert_eq!(found, offered(&all, on(9, 6, 25)));
    // A name that stands elsewhere, too, is offered.
    let found = completed(&mut client, &tags, 3, &format!("{TAGS}    - quay.io|\n"));
    assert_eq!(found, offered(&all, on(9, 6, 13)));
    // No registries where a name is no registry.
    let text = "kind: Image\nspec:\n  additionalTrustedCA:\n    name: |\n";
    assert_eq!(completed(&mut client, &image, 5, text), json!([]));
    assert!(client.end().0.success());
}

#[test]
fn rule_ids_are_completed_as_a_whole() {
    let repo = repository("server-whole-ids");
    let mut client = Client::of(&repo.0);
    let ids = |behind: &str, kind: u32, but: &[&str], range: Value| {
        let left = rules::ALL.iter().filter(|entry| !but.contains(&entry.meta.id));
        json!(
            left.map(|entry| item(entry.meta.id, behind, kind, Some(entry.meta.summary), &range))
                .collect::<Vec<_>>()
        )
    };
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let text = format!("# pullwarden: ignore[self-mirror, du|]\n{MIRRORS}");
    assert_eq!(completed(&mut client, &mirrors, 2, &text), ids("", 12, &[], on(0, 34, 36)));
    let text = format!("{MIRRORS}# pullwarden: ignore[|\n");
    assert_eq!(completed(&mut client, &mirrors, 3, &text), ids("", 12, &[], on(9, 21, 21)));
    let text = format!("# pullwarden: ignore[self-mirror] du|\n{MIRRORS}");
    assert_eq!(completed(&mut client, &mirrors, 4, &text), json!([]));
    let config = opened(&mut client, &repo.0, config::NAMES[0]);
    let text = format!("{CONFIG}rules:\n  self-mirror: off\n  du|\n  yaml-syntax: note\n");
    let but = ["self-mirror", "yaml-syntax"];
    assert_eq!(completed(&mut client, &config, 2, &text), ids(": ", 5, &but, on(9, 2, 4)));
    let text = format!("{CONFIG}ignore:\n- rule: |\n  reason: why\n");
    assert_eq!(completed(&mut client, &config, 3, &text), ids("", 12, &[], on(8, 8, 8)));
    let text = format!("{CONFIG}ignore:\n- rule:\n  - self-mirror\n  - |\n  reason: why\n");
    assert_eq!(completed(&mut client, &config, 4, &text), ids("", 12, &[], on(10, 4, 4)));
    assert!(client.end().0.success());
}
