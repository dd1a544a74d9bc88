//! A text that is broken in a word: diagnostics say so, and everything else comes from its last good state.

use super::client::{Client, uri};
use super::features::{CONFIG, IMAGE, MIRRORS, hover, lenses, links, opened, place, repository};
use crate::command::Scratch;
use crate::generated;
use serde_json::{Value, json};

fn symbols(client: &mut Client, uri: &str) -> Value {
    client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }))
}

/// The text with a word in the middle of which nobody can read it.
fn broken(text: &str, before: &str) -> String {
    text.replacen(before, &format!("  mirr\n{before}"), 1)
}

#[test]
fn a_text_that_is_broken_keeps_its_objects_where_they_stand_now() {
    let repo = repository("server-broken-word");
    let mut client = Client::of(&repo.0);
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let (of_source, of_registry) = (
        hover(&mut client, &mirrors, &place(MIRRORS, "quay.io/acme")),
        hover(&mut client, &image, &place(IMAGE, "quay.io")),
    );
    assert!(of_source.contains("base/mirrors.yaml:9") && of_registry.contains("in edge, prod"));
    let of_mirrors = lenses(&mut client, &mirrors);
    let of_image = lenses(&mut client, &image);
    assert!(
        of_mirrors[0].starts_with("1: reaches 2 clusters: edge, prod · removing it drains"),
        "{of_mirrors:?}"
    );
    let before = symbols(&mut client, &mirrors);

    let text = broken(MIRRORS, "  imageDigestMirrors:");
    client.change(&mirrors, 2, &text);
    client.settle();
    assert_eq!(client.codes(&mirrors), ["yaml-syntax:7"]);
    assert_eq!(hover(&mut client, &mirrors, &place(&text, "quay.io/acme")), of_source);
    assert_eq!(hover(&mut client, &mirrors, &place(&text, "  mirr\n")), "");
    assert_eq!(hover(&mut client, &image, &place(IMAGE, "quay.io")), of_registry);
    assert_eq!((lenses(&mut client, &mirrors), lenses(&mut client, &image)), (of_mirrors, of_image.clone()));
    let now = symbols(&mut client, &mirrors);
    assert_eq!((&now[0]["name"], &now[0]["detail"]), (&before[0]["name"], &before[0]["detail"]));
    assert_eq!(now[0]["range"]["end"]["line"], 9);
    assert_eq!(now[0]["children"][0]["selectionRange"]["start"], json!({ "line": 7, "character": 12 }));
    let found = client.request("workspace/symbol", json!({ "query": "prod" }));
    let names: Vec<&Value> = found.as_array().expect("a list").iter().map(|symbol| &symbol["name"]).collect();
    assert_eq!(names, ["Image cluster", "ImageDigestMirrorSet acme"]);

    // A text beside it changes meanwhile.
    let wider = IMAGE.replace("    - quay.io\n", "    - example.com\n    - quay.io\n");
    client.change(&image, 2, &wider);
    let said = hover(&mut client, &image, &place(&wider, "quay.io"));
    assert!(said.contains("allowed by `quay.io` (base/image.yaml:11)"), "{said}");
    let said = hover(&mut client, &mirrors, &place(&text, "quay.io/acme"));
    assert_eq!(said, of_source.replace("image.yaml:10", "image.yaml:11"));

    // The value itself changes while the text is broken.
    let other = text.replace("quay.io/acme", "quay.io/acme2");
    client.change(&mirrors, 3, &other);
    assert_eq!(hover(&mut client, &mirrors, &place(&other, "quay.io/acme2")), "");
    assert_eq!(symbols(&mut client, &mirrors)[0]["children"], json!([]));
    // The object is gone.
    client.change(&mirrors, 4, "a: [\n");
    assert_eq!((symbols(&mut client, &mirrors), lenses(&mut client, &mirrors)), (json!([]), Vec::new()));
    // Once it can be read, nothing of it is left.
    client.change(&mirrors, 5, "a: 1\n");
    assert!(hover(&mut client, &image, &place(&wider, "mirror.corp.example")).contains("all pull"));
    let found = client.request("workspace/symbol", json!({ "query": "mirrorset" }));
    assert_eq!(found, json!([]));
    client.change(&mirrors, 6, MIRRORS);
    assert_eq!(lenses(&mut client, &image).len(), of_image.len());
    assert_eq!(symbols(&mut client, &mirrors), before);
    assert!(client.end().0.success());
}

#[test]
fn a_broken_configuration_keeps_its_clusters() {
    let repo = repository("server-broken-config");
    let mut client = Client::of(&repo.0);
    let config = opened(&mut client, &repo.0, ".pullwarden.yaml");
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let before = lenses(&mut client, &image);
    client.change(&config, 2, &CONFIG.replace("  edge:", "  ed\n  edge:"));
    client.settle();
    assert_eq!(client.codes(&config), ["yaml-syntax:5"]);
    assert_eq!(lenses(&mut client, &image), before);
    client.change(&config, 3, "{}\n");
    assert_eq!(lenses(&mut client, &image), ["1: reaches the cluster base"]);
    assert!(client.end().0.success());
}

#[test]
fn a_chart_or_a_kustomization_that_cannot_be_built_keeps_its_objects() {
    let charts = generated::root().join("fixtures/repos/argo-charts");
    let mut client = Client::of(&charts);
    let (values, template) = ("values/prod.yaml", "charts/images/templates/image.yaml");
    let of_values = std::fs::read_to_string(charts.join(values)).expect("a text");
    let of_template = std::fs::read_to_string(charts.join(template)).expect("a text");
    let (values, template) = (opened(&mut client, &charts, values), opened(&mut client, &charts, template));
    let before = links(&mut client, &charts, &values, &of_values);
    let lens = lenses(&mut client, &template);
    assert!(!before.is_empty() && !lens.is_empty());
    client.change(&template, 2, &format!("{of_template}{{{{ .Val"));
    client.settle();
    assert!(client.codes(&template).iter().any(|code| code.starts_with("chart-not-rendered")));
    assert_eq!(links(&mut client, &charts, &values, &of_values), before);
    assert_eq!(lenses(&mut client, &template), lens);
    assert!(client.end().0.success());

    let overlays = generated::root().join("fixtures/repos/kustomize-overlays");
    let mut client = Client::of(&overlays);
    let name = "clusters/prod/kustomization.yaml";
    let text = std::fs::read_to_string(overlays.join(name)).expect("a text");
    let prod = opened(&mut client, &overlays, name);
    let base = opened(&mut client, &overlays, "base/image.yaml");
    let (of_base, of_prod) = (lenses(&mut client, &base), links(&mut client, &overlays, &prod, &text));
    let typed = text.replace("  - path: insecure.yaml", "  - pa\n  - path: insecure.yaml");
    client.change(&prod, 2, &typed);
    client.settle();
    assert!(!client.codes(&prod).is_empty());
    assert_eq!(lenses(&mut client, &base), of_base);
    assert_eq!(links(&mut client, &overlays, &prod, &typed), of_prod);
    assert!(client.end().0.success());
}

#[test]
fn a_text_that_was_never_good_has_no_last_state() {
    let text = broken(MIRRORS, "  imageDigestMirrors:");
    let repo = Scratch::new("server-never-good", &[("a.yaml", &text)]);
    let mut client = Client::of(&repo.0);
    let a = uri(&repo.0.join("a.yaml"));
    client.open(&a, &text);
    assert_eq!((symbols(&mut client, &a), lenses(&mut client, &a)), (json!([]), Vec::new()));
    assert_eq!(hover(&mut client, &a, &place(&text, "quay.io/acme")), "");
    // Words are completed even so.
    let end = json!({ "line": 6, "character": 6 });
    let params = json!({ "textDocument": { "uri": a }, "position": end });
    let items = client.request("textDocument/completion", params);
    assert_eq!(items[0]["label"], "imageDigestMirrors", "{items}");
    assert!(client.end().0.success());
}
