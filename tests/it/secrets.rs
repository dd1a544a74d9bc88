//! What is secret in a repository is in no report, in whatever form it is written and whichever rule speaks of the file.

use crate::command::{Scratch, err, out, pullwarden};
use crate::harness::{Checked, Repository, Run};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pullwarden::report::{self, Context, Detail, Style};
use pullwarden::report::{ColorChoice, Format};
use pullwarden::rules::rule::Preset;

const PASSWORD: &str = "c0rrect-h0rse-battery";
const USER: &str = "robot-account";
const HOST: &str = "registry.corp.acme";

/// Every text that gives something away.
fn secrets() -> Vec<String> {
    let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let inner = STANDARD.encode(config());
    // A part is as bad as the whole.
    let parts: Vec<String> =
        inner.as_bytes().chunks(12).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    [vec![PASSWORD.into(), USER.into(), HOST.into(), auth], parts].concat()
}

fn config() -> String {
    let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    // Pages of the rule book, which SARIF holds, show such a text without the blanks.
    format!(r#"{{  "auths": {{"{HOST}": {{"auth": "{auth}"}}}}}}"#)
}

/// The credentials in every form that they can be written in; of each file one finding is due.
fn files() -> Vec<(&'static str, String)> {
    let (json, data) = (config(), STANDARD.encode(config()));
    let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: pull-secret\n";
    let lines = |text: &str| {
        let chunks = text.as_bytes().chunks(24).map(|part| String::from_utf8_lossy(part).into_owned());
        indented(chunks)
    };
    vec![
        ("a.yaml", format!("{head}data:\n  .dockerconfigjson: {data}\n")),
        ("b.yaml", format!("{head}data:\n  .dockerconfigjson: \"{data}\"\n")),
        ("c.yaml", format!("{head}data:\n  .dockerconfigjson: |\n{}", lines(&data))),
        ("d.yaml", format!("{head}data:\n  .dockerconfigjson: >-\n{}type: x\n", lines(&data))),
        ("e.yaml", format!("{head}data: {{.dockerconfigjson: {data}}}\n")),
        ("f.yaml", format!("{head}stringData:\n  .dockerconfigjson: '{json}'\n")),
        ("g.yaml", format!("{head}stringData:\n  .dockerconfigjson: |\n    {json}\n")),
        ("h.yaml", format!("{head}x-common: &text {data}\ndata:\n  .dockerconfigjson: *text\n")),
        (
            "i.json",
            format!(
                r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},"data":{{".dockerconfigjson":"{data}"}}}}"#
            ),
        ),
        (
            "j.json",
            format!(
                r#"{{"padding":"{}","apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},"data":{{".dockerconfigjson":"{data}"}}}}"#,
                "x".repeat(1000)
            ),
        ),
        (
            "k.yaml",
            format!("apiVersion: v1\nbaseDomain: acme\nmetadata:\n  name: east\npullSecret: '{json}'\n"),
        ),
        // Other rules speak of the lines beside it.
        (
            "l.yaml",
            format!(
                "{head}data:\n  .dockerconfigjson: {data}\n  other: {data}\n  other: {data}\n---\napiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: wrong\nspec: {{}}\n"
            ),
        ),
    ]
}

fn indented(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + "    " + &line + "\n")
}

fn check(file: &str, text: &str) -> Checked {
    let files = vec![(file.to_owned(), text.as_bytes().to_vec())];
    Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Strict))
}

fn reports(checked: &Checked) -> Vec<(String, String)> {
    let styles = [
        Style::PLAIN,
        Style { color: true, links: true, unicode: true, screen: true, width: 140, detail: Detail::Full },
        Style { unicode: false, width: 40, ..Style::of_file(ColorChoice::Never) },
    ];
    let mut all = Vec::new();
    for format in Format::ALL {
        for style in &styles {
            let mut out = Vec::new();
            report::write(format, &checked.report, &checked.sources, style, &Context::default(), &mut out)
                .expect("a vector");
            all.push((format!("{format:?}"), String::from_utf8(out).expect("UTF-8")));
        }
    }
    all
}

#[test]
fn no_report_shows_credentials() {
    for (file, text) in files() {
        let checked = check(file, &text);
        let found = checked.open().iter().filter(|d| d.rule.id == "pull-secret-in-git").count();
        assert_eq!(found, 1, "{file}");
        for (format, report) in reports(&checked) {
            let shown = secrets().into_iter().find(|secret| report.contains(secret.as_str()));
            assert_eq!(shown, None, "{file} as {format}:\n{report}");
        }
    }
}

#[test]
fn other_findings_beside_credentials_are_shown() {
    let (file, text) = files().pop().expect("the last");
    let checked = check(file, &text);
    let mut rules: Vec<&str> = checked.open().iter().map(|d| d.rule.id).collect();
    rules.dedup();
    assert!(rules.contains(&"duplicate-key") && rules.contains(&"misnamed-image-config"), "{rules:?}");
    assert!(checked.human().contains("  other: ****"), "{}", checked.human());
}

#[test]
fn no_report_shows_private_keys() {
    let body = "bm90IGEga2V5LCBvbmx5IHRoZSBsb29rcyBvZiBvbmUsIGZvciBhIHRlc3Qu";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  additionalTrustedCA:\n    name: cas\n";
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cas\n  namespace: openshift-config\n";
    let block = indented(key.lines().map(str::to_owned));
    let encoded = STANDARD.encode(&key);
    for values in [
        format!("data:\n  a.acme: |\n{block}"),
        format!("data:\n  a.acme: {encoded}\n"),
        format!("data: {{a.acme: \"{}\"}}\n", key.replace('\n', "\\n")),
        format!("binaryData:\n  a.acme: {encoded}\n"),
    ] {
        let checked = check("cas.yaml", &format!("{image}{map}{values}"));
        let found = checked.open().iter().filter(|d| d.message.contains("private key")).count();
        assert_eq!(found, 1, "{values}");
        for (format, report) in reports(&checked) {
            let parts = [body, "-----BEGIN PRIVATE", &encoded[16..30], &encoded[30..50]];
            let shown = parts.iter().find(|part| report.contains(**part));
            assert_eq!(shown, None, "{values} as {format}");
        }
    }
}

#[test]
fn objects_hide_the_same_secrets_either_way() {
    let body = "bm90IGEga2V5LCBvbmx5IHRoZSBsb29rcyBvZiBvbmUsIGZvciBhIHRlc3Qu";
    let scratch = Scratch::new(
        "secret-objects",
        &[
            (".git/HEAD", ""),
            (
                "overlays/prod/image.yaml",
                "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {additionalTrustedCA: {name: cas}}\n",
            ),
            (
                "overlays/prod/key.pem",
                &format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"),
            ),
            (
                "overlays/prod/ca.yaml",
                &format!(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cas, namespace: openshift-config}}\ndata:\n  a.example: |\n    \
                     -----BEGIN PRIVATE KEY-----\n    {body}\n    -----END PRIVATE KEY-----\n"
                ),
            ),
            (
                "overlays/prod/kustomization.yaml",
                "resources: [image.yaml, ca.yaml]\nconfigMapGenerator:\n- name: cas\n  namespace: openshift-config\n  behavior: merge\n  \
                 files: [b.example=key.pem]\n",
            ),
        ],
    );
    for args in [
        &["clusters", "--objects", "overlays/prod"][..],
        &["clusters", "--objects", "--cluster", "prod"],
        &["check"],
    ] {
        let output = pullwarden(&scratch.0, args);
        assert!(!out(&output).contains(&body[..20]), "{args:?}: {}", out(&output));
        let hidden = out(&output).matches("not shown, since it is secret").count();
        assert_eq!(
            hidden,
            if args[0] == "check" { 0 } else { 2 },
            "{args:?}: {}{}",
            out(&output),
            err(&output)
        );
    }
}

#[test]
fn secrets_beside_what_is_said_are_hidden() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: c0rrect-h0rse\n";
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: wrong\nspec: {}\n";
    let mirrors = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: a\nspec:\n  imageDigestMirrors:\n  - \
                   source: https://quay.io/a\n    mirrors: [m.example/a]\n";
    let scratch = Scratch::new(
        "secret-beside",
        &[
            (".git/HEAD", ""),
            ("a.yaml", &format!("{secret}---\n{image}---\n{secret}--- # x\n{mirrors}---\n{secret}")),
        ],
    );
    for args in [
        &["check"][..],
        &["check", "--report", "json"],
        &["check", "--report", "sarif"],
        &["fix", "--unsafe"],
        &["render"],
        &["clusters", "--objects"],
    ] {
        let output = pullwarden(&scratch.0, args);
        assert!(!(out(&output) + &err(&output)).contains("c0rrect"), "{args:?}: {}", out(&output));
    }
}
