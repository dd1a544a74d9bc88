//! `render` and `resolve` from outside: whole repositories in `fixtures/repos` with what is said of them, and the
//! recorded answers of the real operator and runtime, field by field.

use crate::generated::{assert_none, expect, root};
use pullwarden::program;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What a command line writes, and its exit code.
fn run(args: &[&str]) -> Result<(String, u8), String> {
    let mut out = Vec::new();
    let code = program::run(&[&["pullwarden"], args].concat(), &mut out)?;
    Ok((String::from_utf8(out).expect("UTF-8"), code))
}

pub(crate) fn json_of(args: &[&str]) -> Value {
    let (text, _) = run(&[args, &["--format", "json"]].concat()).expect("an answer");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn directories(path: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(path)).expect("fixtures");
    let mut directories: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    directories.sort();
    directories
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// An empty directory of this test's own.
fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a scratch directory");
    path
}

#[test]
fn repositories_are_shown_as_expected() {
    let mut failures = Vec::new();
    let mut scenarios = directories("fixtures/repos");
    scenarios.retain(|scenario| scenario.join("images.txt").is_file());
    for scenario in &scenarios {
        let images = scenario.join("images.txt");
        let (path, images) = (text(scenario), text(&images));
        let (said, _) = run(&["check", path]).expect("check");
        expect(&scenario.join("check.txt"), &said, &mut failures);
        for (format, ending) in [("text", "txt"), ("json", "json")] {
            let (said, _) = run(&["render", path, "--format", format]).expect("render");
            expect(&scenario.join(format!("render.{ending}")), &said, &mut failures);
            let (said, _) =
                run(&["resolve", "--in", path, "--images", images, "--format", format]).expect("resolve");
            expect(&scenario.join(format!("resolve.{ending}")), &said, &mut failures);
        }
    }
    assert!(scenarios.len() >= 3, "the fixtures are there");
    assert_none(&failures, "what check, render and resolve say");
}

#[test]
fn json_has_the_fields_and_values_of_the_recorded_answers() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for case in directories("fixtures/mco") {
        let read = |file: &str| -> Value {
            let text = fs::read_to_string(case.join(file)).unwrap_or_else(|_| "null".into());
            serde_json::from_str(&text).expect("JSON")
        };
        let (args, due) = (read("args.json"), read("expected.json"));
        let input = case.join("input.yaml");
        let release: Vec<&str> = args["release_image"]
            .as_str()
            .map(|image| ["--release-image", image])
            .into_iter()
            .flatten()
            .collect();
        let ours = json_of(
            &[&["render", text(&input), "--no-config", "--openshift", "4.20"], release.as_slice()].concat(),
        );
        let Some(ours) = ours["clusters"].get(0) else { continue };
        // The real operator was shown these objects and nothing else; ours takes the installer's `Image` along.
        if due["new"]["error_stage"] == "image" {
            assert_eq!(ours["image_assumed"], true);
            continue;
        }
        let known = ["registries_conf_load_error", "ignored_docs"];
        for (key, due) in due["new"].as_object().expect("a state") {
            if known.contains(&key.as_str()) {
                continue;
            }
            compared += 1;
            if ours[key] != joined(due) {
                failures.push(format!("{}: {key}\n  ours {}\n  due  {due}", text(&case), ours[key]));
            }
        }
        assert_eq!(ours.get("error").is_some(), due["new"].get("error").is_some());
        let probes: Vec<&Value> = due["probes"].as_array().into_iter().flatten().collect();
        if probes.is_empty() {
            continue;
        }
        let names: Vec<&str> = probes.iter().filter_map(|probe| probe["ref"].as_str()).collect();
        let all = [
            &["resolve", "--in", text(&input), "--no-config", "--openshift", "4.20"],
            release.as_slice(),
            &names,
        ]
        .concat();
        let ours = json_of(&all);
        let ours = ours["resolutions"].as_array().expect("answers");
        for due in probes {
            let ours = ours.iter().find(|ours| ours["ref"] == due["ref"]).expect("an answer");
            // No image of the recorded answers was signed, which a name does not tell.
            let unsigned = due["policy_error"] == "oracle: no signatures";
            for (key, due) in due.as_object().expect("a probe") {
                let due = if unsigned
                    && key.starts_with("policy_")
                    && key != "policy_scope"
                    && key != "policy_lookup_order"
                    && key != "policy_requirements"
                {
                    &Value::Null
                } else {
                    due
                };
                compared += 1;
                if ours.get(key).unwrap_or(&Value::Null) != due {
                    failures.push(format!("{}: {key}\n  ours {}\n  due  {due}", text(&case), ours[key]));
                }
            }
        }
    }
    assert_none(&failures, "fields of the recorded answers");
    assert!(compared > 5000, "only {compared} values were compared");
}

/// Texts of files are recorded as lists of lines.
fn joined(value: &Value) -> Value {
    match value {
        Value::Array(lines) if !lines.is_empty() && lines.iter().all(Value::is_string) => {
            json!(lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"))
        }
        Value::Object(map) if !map.contains_key("allowed") => map
            .iter()
            .map(|(key, value)| (key.clone(), joined(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        value => value.clone(),
    }
}

#[test]
fn written_files_are_those_of_the_node() {
    let scenario = root().join("fixtures/repos/disconnected");
    let out = scratch("render-written");
    let (said, outcome) = run(&["render", text(&scenario), "-o", text(&out)]).expect("render");
    assert_eq!(outcome, 0);
    assert_eq!(said.lines().count(), 5, "{said}");
    let rendered = json_of(&["render", text(&scenario)]);
    let prod = &rendered["clusters"][1];
    for (path, field) in [
        ("registries.conf", "registries_conf"),
        ("policy.json", "policy_json"),
        ("registries.conf.d/01-image-searchRegistries.conf", "search_registries_dropin"),
    ] {
        let written = fs::read_to_string(out.join("prod/etc/containers").join(path)).expect(path);
        assert_eq!(json!(written), prod[field], "{path}");
    }
    // A second run into the same directory could leave files of the first one behind.
    let refused = run(&["render", text(&scenario), "-o", text(&out)]).expect_err("not empty");
    assert!(refused.contains("is not empty"), "{refused}");
    let alone = scratch("render-alone");
    run(&["render", text(&scenario), "-o", text(&alone), "--cluster", "edge"]).expect("render");
    assert!(alone.join("etc/containers/policy.json").is_file());
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let repository = scratch("render-names");
    let idms = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: a\n";
    fs::write(repository.join("a.yaml"), idms).expect("a manifest");
    fs::write(repository.join("b.yaml"), idms).expect("a manifest");
    for name in ["../escaped", "/tmp/escaped", "a/../../escaped", "..", "a\\\\..\\\\b", "a\\u001bb"] {
        let config = format!("clusters:\n  \"{name}\": [a.yaml]\n  other: [b.yaml]\n");
        fs::write(repository.join(".pullwarden.yaml"), config).expect("a configuration");
        let holder = scratch("render-names-out");
        let out = holder.join("out");
        run(&["render", text(&repository), "-o", text(&out)]).expect(name);
        let names = |directory: &Path| -> Vec<String> {
            let entries = fs::read_dir(directory).expect("a directory");
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
        };
        assert_eq!(names(&holder), ["out"], "{name}");
        assert_eq!(names(&out).len(), 2, "{name}: a directory for each cluster");
        assert!(names(&out).iter().all(|name| !name.contains(['\u{1b}', '\\'])), "{name}");
        assert!(!Path::new("/tmp/escaped").exists(), "{name}");
    }
}

#[test]
fn an_unknown_cluster_is_told_with_the_known_ones() {
    let scenario = root().join("fixtures/repos/disconnected");
    let near = run(&["render", text(&scenario), "--cluster", "prd"]).expect_err("unknown");
    assert!(near.ends_with("did you mean `prod`?"), "{near}");
    let far =
        run(&["resolve", "a.io/b", "--in", text(&scenario), "--cluster", "unrelated"]).expect_err("unknown");
    assert!(far.ends_with("there are edge, prod"), "{far}");
}

#[test]
fn the_release_image_is_configured_and_outranked() {
    let scenario = root().join("fixtures/repos/disconnected");
    let release = |args: &[&str]| {
        let rendered = json_of(&[&["render", text(&scenario)], args].concat());
        rendered["clusters"][0]["release_image"].as_str().expect("a name").to_owned()
    };
    assert!(release(&[]).starts_with("registry.corp.example:5000/openshift/release-images@sha256:aaaa"));
    assert_eq!(release(&["--release-image", "a.io/b:1"]), "a.io/b:1");
    assert!(release(&["--no-config"]).starts_with("quay.io/openshift-release-dev/ocp-release@sha256:"));
}

#[test]
fn a_cluster_version_tells_the_release_image() {
    let repository = scratch("render-release");
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n";
    fs::write(repository.join("image.yaml"), image).expect("written");
    let release = |version: &str, args: &[&str]| {
        let kind = "apiVersion: config.openshift.io/v1\nkind: ClusterVersion\nmetadata: {name: version}\n";
        fs::write(repository.join("version.yaml"), format!("{kind}{version}")).expect("written");
        let rendered = json_of(&[&["render", text(&repository)], args].concat());
        rendered["clusters"][0]["release_image"].as_str().expect("a name").to_owned()
    };
    let desired =
        "spec: {desiredUpdate: {image: a.io/release:1}}\nstatus: {desired: {image: b.io/release:2}}\n";
    assert_eq!(release(desired, &[]), "a.io/release:1");
    assert_eq!(release(desired, &["--release-image", "c.io/release:3"]), "c.io/release:3");
    let observed = "spec: {desiredUpdate: {version: 4.18.1}}\nstatus: {desired: {image: b.io/release:2}}\n";
    assert_eq!(release(observed, &[]), "b.io/release:2");
    for none in [
        "spec: {}\n",
        "spec: {desiredUpdate: {image: Release}}\n",
        "spec: {desiredUpdate: {image: '${RELEASE}'}}\n",
    ] {
        assert!(release(none, &[]).starts_with("quay.io/openshift-release-dev/ocp-release@"), "{none}");
    }
}

#[test]
fn files_that_cannot_be_read_are_reported() {
    let repository = scratch("render-broken");
    fs::write(repository.join(".pullwarden.yaml"), "clusters:\n  prod: [\"*.yaml\"]\nno-such-key: 1\n")
        .expect("written");
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n";
    fs::write(repository.join("a.yaml"), image).expect("written");
    fs::write(repository.join("b.yaml"), "apiVersion: config.openshift.io/v1\nkind: Image\n  bad: [\n")
        .expect("written");
    let template = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: {{ .name }}}\n";
    fs::write(repository.join("c.yaml"), template).expect("written");
    let (said, outcome) = run(&["render", text(&repository)]).expect("render");
    assert_eq!(outcome, 1);
    assert!(said.contains("# 1 document left alone, since a template"), "{said}");
    assert!(said.contains("# not read: .pullwarden.yaml:3: there is no key `no-such-key` here"), "{said}");
    assert!(said.contains("# not read: b.yaml:3: "), "{said}");
}
