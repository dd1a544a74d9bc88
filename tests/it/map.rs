//! The picture of a repository: its formats, and a page that no value of the repository can change.

use crate::command::{Scratch, err, out, pullwarden};
use crate::generated::{assert_none, expect, root};
use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[test]
fn drawings_are_those_that_were_recorded() {
    let mut failures = Vec::new();
    let repository = root().join("fixtures/repos/disconnected");
    for (format, file) in [("mermaid", "map.mmd"), ("dot", "map.dot")] {
        let drawn = pullwarden(&repository, &["map", "--cluster", "edge", "--format", format]);
        assert_eq!(drawn.status.code(), Some(0), "{}", err(&drawn));
        expect(&repository.join(file), &out(&drawn), &mut failures);
    }
    assert_none(&failures, "drawings");
}

#[test]
fn equal_clusters_stand_together() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
                 allowedRegistries: [quay.io]\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: docker.io/library/a}\n";
    let scratch = Scratch::new(
        "map-groups",
        &[
            ("clusters/a/image.yaml", image),
            ("clusters/b/image.yaml", image),
            ("clusters/c/image.yaml", image),
            ("clusters/c/pod.yaml", pod),
        ],
    );
    let drawn = pullwarden(&scratch.0, &["map", "--format", "json"]);
    let map: Value = serde_json::from_slice(&drawn.stdout).expect("JSON");
    let groups = map["groups"].as_array().expect("groups");
    assert_eq!(groups[0]["clusters"], serde_json::json!(["a", "b"]));
    assert_eq!(groups[1]["clusters"], serde_json::json!(["c"]));
    let image = &groups[1]["images"][0];
    assert_eq!(image["image"], "docker.io/library/a");
    assert_eq!(image["pullable"], false);
    assert_eq!(image["refused"]["from"][0]["file"], "clusters/c/image.yaml");
    assert_eq!(image["used"][0]["line"], 6);
}

/// Values that would be markup, scripts or comments.
const HOSTILE: &str = r#"apiVersion: config.openshift.io/v1
kind: Image
metadata: {name: cluster}
spec:
  registrySources:
    blockedRegistries:
    - "</script><script>alert(1)</script>"
    - "<img src=x onerror=alert(2)>"
    - "'\"><svg onload=alert(3)>"
    - "<!--<script>"
    - "\u202Egnp"
"#;

#[test]
fn no_value_becomes_markup() {
    let name = "clusters/<img src=x onerror=alert(4)>/image.yaml";
    let scratch = Scratch::new("map-hostile", &[(name, HOSTILE)]);
    for words in [&["map"][..], &["check", "--report", "html"]] {
        let output = pullwarden(&scratch.0, words);
        let page = out(&output);
        // The script, and the data that it reads.
        assert_eq!(page.matches("<script").count(), 2, "{words:?}: {page}");
        assert_eq!(page.matches("</script").count(), 2, "{words:?}");
        for markup in ["<img", "<svg onload", "<!--", "\u{202e}"] {
            assert!(!page.contains(markup), "{words:?}: {markup}");
        }
        let (_, data) = page.split_once("id=\"map\">").expect("data");
        let (data, script) = data.split_once("</script>").expect("the end of the data");
        let data: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["groups"].as_array().map(Vec::len), Some(1), "{words:?}");
        let script = script.split_once("<script>").and_then(|(_, script)| script.split_once("</script>"));
        let digest = Sha256::digest(script.expect("a script").0.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "{words:?}");
    }
}

#[test]
fn a_page_repeats_no_image_for_the_places_that_name_it() {
    let image = |blocked: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources:\n    \
             blockedRegistries: [{blocked}]\n"
        )
    };
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  template:\n    spec:\n      \
                    containers:\n      - name: a\n        image: quay.io/team/app:v1\n";
    let (a, b) = (image("docker.io"), image("ghcr.io"));
    let files = [
        ("clusters/a/image.yaml", a.as_str()),
        ("clusters/a/app.yaml", workload),
        ("clusters/a/again.yaml", &workload.replace("name: app", "name: again")),
        ("clusters/b/image.yaml", b.as_str()),
        ("clusters/b/app.yaml", workload),
    ];
    let scratch = Scratch::new("map-images", &files);
    let page = out(&pullwarden(&scratch.0, &["map"]));
    let (_, data) = page.split_once("id=\"map\">").expect("data");
    let data: Value = serde_json::from_str(data.split_once("</script>").expect("an end").0).expect("JSON");
    let parts = data["parts"].as_array().expect("parts");
    let ways = parts.iter().filter(|part| part["image"] == "quay.io/team/app:v1").count();
    assert_eq!(ways, 1, "{data}");
    let number =
        |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok()).expect("a number");
    let name = |value: &Value| data["names"][number(value)].as_str().expect("a name");
    let mut places = Vec::new();
    for group in data["groups"].as_array().expect("groups") {
        for image in group["images"].as_array().expect("images") {
            let image = image.as_array().expect("a list");
            assert_eq!(parts[number(&image[0])]["image"], "quay.io/team/app:v1");
            let (shown, _) = image[2..].as_chunks::<3>();
            assert_eq!(number(&image[1]), shown.len());
            places.extend(
                shown.iter().map(|[above, file, line]| format!("{}/{}:{line}", name(above), name(file))),
            );
        }
    }
    assert_eq!(places, ["clusters/a/again.yaml:9", "clusters/a/app.yaml:9", "clusters/b/app.yaml:9"]);
}

#[test]
fn a_plan_draws_the_clusters_before_and_after() {
    let image = |blocked: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources:\n    \
             blockedRegistries: [{blocked}]\n"
        )
    };
    let hostile = "'<img src=x onerror=alert(1)>'";
    let same = image("quay.io");
    let scratch = Scratch::new(
        "map-plan",
        &[
            ("before/clusters/a/image.yaml", &image("docker.io")),
            ("after/clusters/a/image.yaml", &image(hostile)),
            ("before/clusters/b/image.yaml", &same),
            ("after/clusters/b/image.yaml", &same),
            ("before/clusters/<b>gone/image.yaml", &image("ghcr.io")),
        ],
    );
    let words = ["plan", "--old", "before", "--new", "after", "--report", "html", "--fail-on", "never"];
    let output = pullwarden(&scratch.0, &words);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let page = out(&output);
    let (_, data) = page.split_once("id=\"map\">").expect("data");
    let data: Value = serde_json::from_str(data.split_once("</script>").expect("an end").0).expect("JSON");
    let groups = data["groups"].as_array().expect("groups");
    let drawn: Vec<_> =
        groups.iter().map(|group| (group["clusters"][0].as_str(), group["state"].as_str())).collect();
    let wanted = [
        (Some("a"), Some("after")),
        (Some("<b>gone"), Some("before")),
        (Some("a"), Some("before")),
        (Some("b"), None),
    ];
    assert_eq!(drawn, wanted);
    assert_eq!(page.matches("<svg class=\"overview\"").count(), 2);
    assert!(page.contains("aria-labelledby=\"overview-before\"") && page.contains("id=\"overview-after\""));
    // What nodes do, and the differences, are readable without the script.
    let (change, _) = page.split_once("<section id=\"picture\">").expect("a picture");
    assert!(change.contains("<strong>a</strong>"), "{change}");
    for markup in ["<img", "<b>gone", "<!--"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn the_page_loads_nothing() {
    let page = out(&pullwarden(&root().join("fixtures/repos/kustomize-overlays"), &["map"]));
    assert!(page.contains("default-src 'none'"));
    for loaded in [" src=", "@import", "url(", "<link", "<iframe"] {
        assert!(!page.contains(loaded), "{loaded}");
    }
}

#[test]
fn a_page_of_many_findings_stays_small() {
    use std::fmt::Write;
    let mut image = String::from(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
         blockedRegistries:\n",
    );
    for number in 0..2_500 {
        writeln!(image, "    - https://registry-{number}.example.com").expect("a string");
    }
    let scratch = Scratch::new("map-many", &[("image.yaml", &image)]);
    let page = out(&pullwarden(&scratch.0, &["check", "--report", "html"]));
    assert_eq!(page.matches("<li class=\"finding ").count(), 2_000);
    assert!(page.contains("more: <code>pullwarden check</code> shows them."), "{}", &page[..200]);
}

#[test]
fn a_check_and_a_map_draw_the_same_page() {
    // An object that no server takes configures nothing, so its directory is no cluster.
    let scratch = Scratch::new(
        "map-same",
        &[
            ("clusters/a/image.yaml", HOSTILE),
            (
                "clusters/b/image.yaml",
                &HOSTILE.replace("config.openshift.io/v1", "config.openshift.io/v1beta1"),
            ),
        ],
    );
    let mut repositories = vec![scratch.0.clone()];
    for name in ["disconnected", "kustomize-broken", "kustomize-overlays", "flux", "policies", "templates"] {
        repositories.push(root().join("fixtures/repos").join(name));
    }
    for repository in repositories {
        let drawn = out(&pullwarden(&repository, &["map"]));
        let checked = out(&pullwarden(&repository, &["check", "--report", "html", "--fail-on", "never"]));
        assert!(drawn.ends_with("</html>\n") && drawn == checked, "{}", repository.display());
    }
}
