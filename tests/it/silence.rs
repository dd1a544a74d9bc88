//! What the last line of a check says of what was not looked at.

use crate::command::{Scratch, out, pullwarden};
use serde_json::{Value, json};

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: quay.io/a/a:1}\n";

/// An index of Git that tracks these files, in version 2.
fn index(files: &[&str]) -> Vec<u8> {
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut bytes = [b"DIRC", &2_u32.to_be_bytes()[..], &(files.len() as u32).to_be_bytes()[..]].concat();
    for name in files {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(0o100_644_u32.to_be_bytes());
        bytes.extend([0; 32]);
        bytes.extend((name.len() as u16).to_be_bytes());
        bytes.extend(name.bytes());
        bytes.resize(start + (bytes.len() - start + 1).next_multiple_of(8), 0);
    }
    bytes.extend([0; 20]);
    bytes
}

/// The last line of a check of these files, and its JSON.
fn said(name: &str, files: &[(&str, &str)], tracked: &[&str]) -> (String, Value) {
    let scratch = Scratch::new(name, files);
    std::fs::create_dir_all(scratch.0.join(".git")).expect("a directory");
    std::fs::write(scratch.0.join(".git/index"), index(tracked)).expect("a file");
    let report = out(&pullwarden(&scratch.0, &["check", "."]));
    let json = out(&pullwarden(&scratch.0, &["check", ".", "--report", "json"]));
    (report.lines().last().unwrap_or_default().to_owned(), serde_json::from_str(&json).expect("JSON"))
}

#[test]
fn tracked_files_that_are_hidden_are_counted_and_named() {
    let files = [
        (".gitignore", "out/\nsecret*\n!secret-not.yaml\n*.j2\n"),
        ("clusters/a/image.yaml", IMAGE),
        ("out/image.yaml", IMAGE),
        ("out/deep/image.json", "{\"apiVersion\": \"config.openshift.io/v1\", \"kind\": \"Image\"}\n"),
        ("out/pod.yaml", POD),
        ("out/untracked.yaml", IMAGE),
        ("out/notes.txt", IMAGE),
        ("secret.yaml", "kind: ImageDigestMirrorSet\n"),
        ("secret-not.yaml", "kind: Pod\n"),
        ("idms.yaml.j2", "kind: ImageDigestMirrorSet\n"),
    ];
    let tracked: Vec<&str> =
        files.iter().map(|(name, _)| *name).filter(|name| *name != "out/untracked.yaml").collect();
    let (line, json) = said("hidden", &files, &[&tracked[..], &["out/gone.yaml"]].concat());
    assert!(line.contains(" · left alone: 4 tracked files that .gitignore hides · "), "{line}");
    assert_eq!(json["summary"]["hidden"], 4);
    let hidden = |file: &str| json!({"file": file, "reason": "hidden"});
    let all = ["idms.yaml.j2", "out/deep/image.json", "out/image.yaml", "secret.yaml"];
    assert_eq!(json["left_alone"], Value::from(all.map(hidden).to_vec()));
    // Without an index nobody knows, and where no list counts nothing is hidden.
    let (line, _) = said("hidden", &files, &[]);
    assert!(!line.contains("tracked"), "{line}");
    let whole = Scratch::new("hidden-whole", &files);
    std::fs::create_dir_all(whole.0.join(".git")).expect("a directory");
    std::fs::write(whole.0.join(".git/index"), index(&tracked)).expect("a file");
    let line = out(&pullwarden(&whole.0, &["check", ".", "--no-ignore"]));
    assert!(!line.contains("tracked"), "{line}");
    // A worktree's directory has to lead back; this one is somebody else's.
    let other = Scratch::new("hidden-other", &files);
    let of_tree = whole.0.join(".git/worktrees/w");
    std::fs::create_dir_all(&of_tree).expect("a directory");
    std::fs::write(of_tree.join("index"), index(&tracked)).expect("a file");
    std::fs::write(of_tree.join("commondir"), "../..\n").expect("a file");
    std::fs::write(other.0.join(".git"), format!("gitdir: {}\n", of_tree.display())).expect("a file");
    let line = out(&pullwarden(&other.0, &["check", "."]));
    assert!(!line.contains("tracked"), "{line}");
    std::fs::write(of_tree.join("gitdir"), format!("{}\n", other.0.join(".git").display())).expect("a file");
    let line = out(&pullwarden(&other.0, &["check", "."]));
    assert!(line.contains("4 tracked files that .gitignore hides"), "{line}");
}

#[test]
fn templates_are_counted_by_their_names_where_they_hold_image_configuration() {
    for name in [
        "a.j2",
        "a.yaml.j2",
        "a.jinja",
        "a.jinja2",
        "a.tmpl",
        "a.tftpl",
        "a.gotmpl",
        "a.tpl",
        "a.erb",
        "a.template",
        "a.yaml.in",
    ] {
        let (line, json) =
            said("templates", &[(name, "kind: ImageDigestMirrorSet\n  metadata: ${a}\n")], &[]);
        assert!(
            line.ends_with("0 resources in 0 clusters · left alone: 1 template · 0 files"),
            "{name}: {line}"
        );
        assert_eq!(json["left_alone"], json!([{"file": name, "reason": "template"}]), "{name}");
    }
    for text in [
        "kind: {{ kind }}\nspec:\n  registrySources:\n    {% if a %}allowedRegistries: {{ list }}\n",
        "{kind: 'ImageTagMirrorSet', spec: $.spec, }}",
        "\"imageDigestSources\": [<%= sources.to_json %>",
    ] {
        assert!(said("templates", &[("a.tpl", text)], &[]).0.contains("1 template"), "{text}");
    }
    for text in [
        "kind: Deployment\n# kind: ImageDigestMirrorSet\n",
        "The ImageDigestMirrorSet of {{ name }}\n",
        "apiVersion: image.openshift.io/v1\nkind: Image\n",
        "apiVersion: config.openshift.io/v1\nkind: OAuth\n",
        "",
    ] {
        assert!(!said("templates", &[("a.tpl", text)], &[]).0.contains("template"), "{text}");
    }
}

#[test]
fn files_that_are_left_alone_are_named_with_verbose() {
    let files = [
        ("a.j2", "kind: ImageDigestMirrorSet\n  {{ a }}: [\n"),
        ("b.yaml", "apiVersion: config.openshift.io/v1\nkind: {{ b }}\n{{ if b }}\n"),
    ];
    let scratch = Scratch::new("verbose", &files);
    let line = "left alone:\n  a.j2: a template that names image configuration, and is not YAML without its tags\n  \
                b.yaml: 1 document that is not YAML without template tags\nnothing to report · ";
    let report = out(&pullwarden(&scratch.0, &["check", ".", "--verbose"]));
    assert!(report.starts_with(line), "{report}");
    assert!(!out(&pullwarden(&scratch.0, &["check", "."])).contains("a.j2"));
}

#[test]
fn images_are_counted_by_what_they_are_held_against() {
    let line = |files: &[(&str, &str)]| said("images", files, &[]).0;
    let image = ("clusters/a/image.yaml", IMAGE);
    let two = format!("{POD}  - {{name: b, image: quay.io/a/b:1}}\n");
    assert!(!line(&[image]).contains("image"), "{}", line(&[image]));
    for (files, due) in [
        (&[image, ("clusters/a/pod.yaml", POD)][..], " · 1 image checked against 1 cluster · "),
        (&[image, ("clusters/a/pod.yaml", &two)], " · 2 images checked against 1 cluster · "),
        (&[image, ("other/pod.yaml", POD)], " · 1 image checked against no cluster · "),
        (
            &[image, ("clusters/a/pod.yaml", POD), ("other/pod.yaml", &two)],
            " · 1 image checked against 1 cluster, 2 against none · ",
        ),
        (
            &[image, ("clusters/b/image.yaml", IMAGE), ("clusters/common/pod.yaml", POD)],
            " · 1 image checked against 2 clusters · ",
        ),
    ] {
        assert!(line(files).contains(due), "{due}: {}", line(files));
    }
    // With neither image configuration nor a cluster, workloads are not read; a configured cluster asks for them.
    let lonely = ("pod.yaml", two.as_str());
    assert!(!line(&[lonely]).contains("image"), "{}", line(&[lonely]));
    let configured = line(&[lonely, (".pullwarden.yaml", "clusters: {a: [a]}\n"), ("a/x.yaml", "a: b\n")]);
    assert!(configured.contains(" · 2 images checked against no cluster · "), "{configured}");
    // Where the operator stops, nothing is asked of the configuration.
    let frozen = IMAGE.replace("spec: {}", "spec: {registrySources: {insecureRegistries: ['a*']}}");
    let files = [("clusters/a/image.yaml", frozen.as_str()), ("clusters/a/pod.yaml", POD)];
    assert!(line(&files).contains(" · 1 image checked against no cluster · "), "{}", line(&files));
    // Who asks for no images is told of none.
    let off = ("clusters/a/pod.yaml", POD);
    let minimal = (".pullwarden.yaml", "preset: minimal\n");
    let (line, json) = said("images", &[image, off, minimal], &[]);
    assert_eq!(json["summary"].get("images").is_some(), line.contains("image checked"), "{line}");
}
