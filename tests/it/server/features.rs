//! What the server knows beside diagnostics, each with its exact answer.

use super::client::{Client, uri};
use crate::command::Scratch;
use crate::generated;
use serde_json::{Value, json};
use std::path::Path;

pub(super) const CONFIG: &str = "clusters:\n  prod:\n    paths: [base/**, prod/**]\n    openshift: \"4.18\"\n  edge:\n    paths: [base/**]\n    openshift: \"4.18\"\n";
pub(super) const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  additionalTrustedCA:\n    name: registry-ca\n  \
                     registrySources:\n    allowedRegistries:\n    - quay.io\n    - registry.redhat.io\n    - mirror.corp.example\n    - image-registry.openshift-image-registry.svc:5000\n";
pub(super) const MIRRORS: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: acme\nspec:\n  imageDigestMirrors:\n  - source: \
                       quay.io/acme\n    mirrors:\n    - mirror.corp.example/acme\n";
const CA: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: registry-ca\n  namespace: openshift-config\ndata:\n  mirror.corp.example: |\n    x\n";

pub(super) fn workload() -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        image: quay.io/acme/app@sha256:{}\n",
        "0".repeat(64)
    )
}

pub(super) fn repository(name: &str) -> Scratch {
    Scratch::new(
        name,
        &[
            (".pullwarden.yaml", CONFIG),
            ("base/image.yaml", IMAGE),
            ("base/mirrors.yaml", MIRRORS),
            ("base/ca.yaml", CA),
            ("prod/app.yaml", &workload()),
        ],
    )
}

pub(super) fn opened(client: &mut Client, root: &Path, name: &str) -> String {
    let path = root.join(name);
    let address = uri(&path);
    client.open(&address, &std::fs::read_to_string(path).expect("a text"));
    address
}

/// The place of a word in a text.
pub(super) fn place(text: &str, word: &str) -> Value {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word}")) + 1;
    let line = text[..at].matches('\n').count();
    json!({ "line": line, "character": at - text[..at].rfind('\n').map_or(0, |end| end + 1) })
}

pub(super) fn hover(client: &mut Client, uri: &str, position: &Value) -> String {
    let params = json!({ "textDocument": { "uri": uri }, "position": position });
    client.request("textDocument/hover", params)["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

/// The lenses of a text: their lines from 1, and their titles.
pub(super) fn lenses(client: &mut Client, uri: &str) -> Vec<String> {
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    let lenses = lenses.as_array().expect("a list").clone();
    let title = |lens: Value| {
        let line = lens["range"]["start"]["line"].as_u64().expect("a line") + 1;
        let lens = client.request("codeLens/resolve", lens);
        format!("{line}: {}", lens["command"]["title"].as_str().expect("a title"))
    };
    lenses.into_iter().map(title).collect()
}

/// The links of a text: the linked words, the target with its line, and what is there.
pub(super) fn links(client: &mut Client, root: &Path, uri: &str, text: &str) -> Vec<String> {
    let links = client.request("textDocument/documentLink", json!({ "textDocument": { "uri": uri } }));
    let base = self::uri(root);
    let link = |link: &Value| {
        let number = |path: &str| link.pointer(path).and_then(Value::as_u64).expect("a number") as usize;
        let line = text.lines().nth(number("/range/start/line")).expect("a line");
        assert_eq!(number("/range/start/line"), number("/range/end/line"));
        let words = &line[number("/range/start/character")..number("/range/end/character")];
        let target =
            link["target"].as_str().expect("a target").strip_prefix(&base).expect("a file of the folder");
        format!("{words} -> {} {}", target.trim_start_matches('/'), link["tooltip"].as_str().expect("words"))
    };
    links.as_array().expect("a list").iter().map(link).collect()
}

#[test]
fn hovers_say_what_nodes_do() {
    let repo = repository("server-hover");
    let mut client = Client::of(&repo.0);
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let said = hover(&mut client, &mirrors, &place(MIRRORS, "quay.io/acme"));
    let of_source = "What nodes do with an image of `quay.io/acme`, by digest and by tag:

```text
pulls  quay.io/acme@sha256:000000000000…  in edge, prod
       allowed by `quay.io` (base/image.yaml:10)
       1  mirror.corp.example/acme@sha256:000000000000…  mirror, base/mirrors.yaml:9
       2  quay.io/acme@sha256:000000000000…              the source itself

pulls  quay.io/acme:tag  in edge, prod
       allowed by `quay.io` (base/image.yaml:10)
       1  quay.io/acme:tag          the source itself
       -  mirror.corp.example/acme  skipped: digest-only, base/mirrors.yaml:9

2 images in 2 clusters: all pull
```
";
    assert_eq!(said, of_source);
    let of_mirror = hover(&mut client, &mirrors, &place(MIRRORS, "mirror.corp.example"));
    assert_eq!(of_mirror, format!("A mirror of `quay.io/acme`. {of_source}"));
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let of_registry = hover(&mut client, &image, &place(IMAGE, "registry.redhat.io"));
    assert_eq!(
        of_registry,
        "What nodes do with an image of `registry.redhat.io`, by digest and by tag:

```text
pulls  registry.redhat.io/image@sha256:000000000000…  in edge, prod
       allowed by `registry.redhat.io` (base/image.yaml:11)
       1  registry.redhat.io/image@sha256:000000000000…  the source itself

pulls  registry.redhat.io/image:tag  in edge, prod
       allowed by `registry.redhat.io` (base/image.yaml:11)
       1  registry.redhat.io/image:tag  the source itself

2 images in 2 clusters: all pull
```
"
    );
    assert_eq!(hover(&mut client, &mirrors, &place(MIRRORS, "ImageDigest")), "");
    let workload_text = workload();
    let app = opened(&mut client, &repo.0, "prod/app.yaml");
    let said = hover(&mut client, &app, &place(&workload_text, "quay.io/acme/app"));
    assert!(said.contains("in prod\n") && !said.contains("edge"), "only prod runs it: {said}");
    // A rule in a comment and in the configuration.
    let ignored = format!("# pullwarden: ignore[self-mirror] why\n{MIRRORS}");
    client.change(&mirrors, 2, &ignored);
    let said = hover(&mut client, &mirrors, &place(&ignored, "self-mirror"));
    assert!(said.starts_with("# ") && said.contains("[The page of `self-mirror`](https://"), "{said}");
    let config = uri(&repo.0.join(".pullwarden.yaml"));
    let rules = format!("{CONFIG}rules:\n  deprecated-icsp: off\n");
    client.open(&config, &rules);
    let said = hover(&mut client, &config, &place(&rules, "deprecated-icsp"));
    assert!(said.contains("[The page of `deprecated-icsp`]"), "{said}");
    // Mid-word, the text is no YAML, and nothing breaks.
    client.change(&mirrors, 3, &MIRRORS.replace("    mirrors:", "    mirrors: [\n  \""));
    assert_eq!(hover(&mut client, &mirrors, &json!({ "line": 99, "character": 99 })), "");
    assert!(client.end().0.success());
}

#[test]
fn lenses_say_what_a_removal_does_where_that_is_sure() {
    let repo = repository("server-lens");
    let mut client = Client::of(&repo.0);
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    assert_eq!(
        lenses(&mut client, &image),
        [
            "1: reaches 2 clusters: edge, prod · removing it reloads the container runtime on the nodes of 2 clusters"
        ]
    );
    // Without the configuration, only the directories tell which cluster it is.
    let config = uri(&repo.0.join(".pullwarden.yaml"));
    client.open(&config, "{}\n");
    assert_eq!(lenses(&mut client, &image), ["1: reaches the cluster base"]);
    // A lens of an object that is gone has no title.
    let lens =
        client.request("textDocument/codeLens", json!({ "textDocument": { "uri": image } }))[0].clone();
    client.change(&image, 2, "{}\n");
    let id = client.ask("codeLens/resolve", lens);
    assert_eq!(client.answer(id)["error"]["code"], -32801);
    assert!(client.end().0.success());
}

#[test]
fn links_lead_to_certificates_and_from_patches_to_their_objects() {
    let repo = repository("server-links");
    let mut client = Client::of(&repo.0);
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let found = client.request("textDocument/documentLink", json!({ "textDocument": { "uri": image } }));
    let expected = json!([{
        "range": { "start": { "line": 6, "character": 10 }, "end": { "line": 6, "character": 21 } },
        "target": format!("{}#L4", uri(&repo.0.join("base/ca.yaml"))),
        "tooltip": "ConfigMap registry-ca",
    }]);
    assert_eq!(found, expected);
    assert!(client.end().0.success());

    let overlays = generated::root().join("fixtures/repos/kustomize-overlays");
    let mut client = Client::of(&overlays);
    for (name, expected) in [
        (
            "clusters/prod/kustomization.yaml",
            &[
                "insecure.yaml -> clusters/prod/insecure.yaml#L1 clusters/prod/insecure.yaml",
                "tools -> base/itms.yaml#L2 ImageTagMirrorSet tools",
                "mirror.backup.example/tools -> base/itms.yaml#L9 ImageTagMirrorSet tools",
            ][..],
        ),
        (
            "clusters/prod/insecure.yaml",
            &[
                "kind -> base/image.yaml#L2 Image cluster",
                "registrySources -> base/image.yaml#L4 Image cluster",
            ],
        ),
        (
            "clusters/edge/mirrors.yaml",
            &[
                "registry.edge.internal:5000/openshift/release-images -> base/idms.yaml#L8 ImageDigestMirrorSet release",
                "registry.edge.internal:5000/openshift/release -> base/idms.yaml#L11 ImageDigestMirrorSet release",
            ],
        ),
        ("base/image.yaml", &[]),
    ] {
        let text = std::fs::read_to_string(overlays.join(name)).expect("a text");
        let address = opened(&mut client, &overlays, name);
        assert_eq!(links(&mut client, &overlays, &address, &text), expected, "{name}");
    }
    assert!(client.end().0.success());
}

#[test]
fn links_lead_from_the_values_of_a_chart_to_the_lines_that_print_them() {
    let charts = generated::root().join("fixtures/repos/argo-charts");
    let mut client = Client::of(&charts);
    for (name, expected) in [
        (
            "values/prod.yaml",
            &[
                "quay.io/openshift-release-dev -> charts/images/templates/image.yaml#L8 Image cluster",
                "registry.redhat.io -> charts/images/templates/image.yaml#L8 Image cluster",
                "image-registry.openshift-image-registry.svc:5000 -> charts/images/templates/image.yaml#L8 Image cluster",
            ][..],
        ),
        (
            "charts/platform/values.yaml",
            &[
                "quay.io/team -> charts/platform/charts/registry/templates/itms.yaml#L8 ImageTagMirrorSet internal",
            ],
        ),
        (
            "apps/images.yaml",
            &[
                "NeverContactSource -> charts/images/templates/idms.yaml#L11 ImageDigestMirrorSet images-edge",
                "docker.io -> charts/images/templates/image.yaml#L12 Image cluster",
            ],
        ),
    ] {
        let text = std::fs::read_to_string(charts.join(name)).expect("a text");
        let address = opened(&mut client, &charts, name);
        assert_eq!(links(&mut client, &charts, &address, &text), expected, "{name}");
    }
    assert!(client.end().0.success());
}

#[test]
fn words_are_completed() {
    let repo = repository("server-completion");
    let mut client = Client::of(&repo.0);
    let image = opened(&mut client, &repo.0, "base/image.yaml");
    let mut version = 1;
    let mut offered = |client: &mut Client, uri: &str, text: &str| -> Vec<String> {
        let at = text.find('|').expect("a place");
        let place = place(text, "|");
        let place =
            json!({ "line": place["line"], "character": place["character"].as_u64().expect("a column") - 1 });
        version += 1;
        client.change(uri, version, &format!("{}{}", &text[..at], &text[at + 1..]));
        let params = json!({ "textDocument": { "uri": uri }, "position": place });
        let items = client.request("textDocument/completion", params);
        items
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["textEdit"]["newText"].as_str().expect("a text").to_owned())
            .collect()
    };
    let head = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n";
    assert_eq!(
        offered(&mut client, &image, &format!("{head}  reg|")),
        [
            "allowedRegistriesForImport:",
            "externalRegistryHostnames:",
            "additionalTrustedCA:",
            "imageStreamImportMode: ",
            "registrySources:"
        ]
    );
    let lists =
        offered(&mut client, &image, &format!("{head}  registrySources:\n    blockedRegistries: []\n    |"));
    assert!(
        lists.contains(&"allowedRegistries:".to_owned()) && !lists.contains(&"blockedRegistries:".to_owned()),
        "{lists:?}"
    );
    let names = offered(
        &mut client,
        &image,
        &format!("{head}  registrySources:\n    allowedRegistries:\n    - mir|"),
    );
    assert!(
        names.contains(&"mirror.corp.example/acme".to_owned()) && names.contains(&"quay.io/acme".to_owned()),
        "{names:?}"
    );
    let ids = offered(&mut client, &image, &format!("{head}  # pullwarden: ignore[self-mirror, du|]"));
    assert!(ids.contains(&"duplicate-source".to_owned()), "{ids:?}");
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let policies = offered(&mut client, &mirrors, &format!("{MIRRORS}    mirrorSourcePolicy: N|"));
    assert_eq!(policies, ["NeverContactSource", "AllowContactingSource"]);
    let fields = offered(&mut client, &mirrors, &format!("{MIRRORS}  - |"));
    assert_eq!(fields, ["source: ", "mirrors:", "mirrorSourcePolicy: "]);
    let config = uri(&repo.0.join(".pullwarden.yaml"));
    client.open(&config, CONFIG);
    let ids = offered(&mut client, &config, &format!("{CONFIG}rules:\n  self-mirror: off\n  |"));
    assert!(
        ids.contains(&"duplicate-source: ".to_owned()) && !ids.contains(&"self-mirror: ".to_owned()),
        "{ids:?}"
    );
    let ids = offered(&mut client, &config, &format!("{CONFIG}ignore:\n- rule: |"));
    assert!(ids.contains(&"self-mirror".to_owned()));
    let app = opened(&mut client, &repo.0, "prod/app.yaml");
    assert!(offered(&mut client, &app, "kind: Deployment\nspec:\n  |").is_empty());
    assert!(client.end().0.success());
}

#[test]
fn objects_are_listed_by_text_and_by_cluster() {
    let repo = repository("server-symbols");
    let mut client = Client::of(&repo.0);
    let mirrors = opened(&mut client, &repo.0, "base/mirrors.yaml");
    let symbols =
        client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": mirrors } }));
    let first = &symbols[0];
    assert_eq!(
        (&first["name"], &first["detail"]),
        (&json!("ImageDigestMirrorSet acme"), &json!("edge, prod"))
    );
    assert_eq!(first["children"][0]["name"], "quay.io/acme");
    let names = |client: &mut Client, query: &str| -> Vec<String> {
        let found = client.request("workspace/symbol", json!({ "query": query }));
        let found = found.as_array().expect("a list").clone();
        found
            .iter()
            .map(|symbol| {
                format!(
                    "{} {}",
                    symbol["containerName"].as_str().unwrap_or("-"),
                    symbol["name"].as_str().expect("a name")
                )
            })
            .collect()
    };
    assert_eq!(names(&mut client, "prod"), ["prod Image cluster", "prod ImageDigestMirrorSet acme"]);
    assert_eq!(names(&mut client, "EDGE mirrorset"), ["edge ImageDigestMirrorSet acme"]);
    assert_eq!(names(&mut client, "").len(), 4);
    assert!(names(&mut client, "nothing").is_empty());
    assert!(client.end().0.success());
}

#[test]
fn no_value_becomes_markdown() {
    let odd = "quay.io/a`![x](https://tracker.example/p.png)`b";
    let text = MIRRORS.replace("quay.io/acme\n", &format!("\"{odd}\"\n"));
    let repo = Scratch::new("server-markdown", &[("clusters/a/mirrors.yaml", &text)]);
    let mut client = Client::of(&repo.0);
    let mirrors = opened(&mut client, &repo.0, "clusters/a/mirrors.yaml");
    let said = hover(&mut client, &mirrors, &place(&text, odd));
    assert!(said.contains(&format!("``{odd}``")), "{said}");
}
