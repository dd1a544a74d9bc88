//! The command as a user meets it: exit codes, streams, messages.

use crate::generated;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const BAD: &str = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata:\n  name: a\nspec:\n  \
                   repositoryDigestMirrors:\n  - source: https://quay.io/a\n    mirrors: [m.example/a]\n";
pub(crate) const GOOD: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: a\nspec:\n  \
                    imageDigestMirrors:\n  - source: quay.io/a\n    mirrors: [m.example/a]\n";

/// A directory that goes away with its test.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("pullwarden-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory");
        let scratch = Self(path);
        for (file, text) in files {
            let path = scratch.0.join(file);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn pullwarden(directory: &Path, args: &[&str]) -> Output {
    command(directory, args).stdin(Stdio::null()).output().expect("pullwarden runs")
}

pub(crate) fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.args(args).current_dir(directory).env_remove("CLICOLOR_FORCE").env_remove("FORCE_COLOR");
    command
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn exit_codes_follow_what_was_found() {
    let repo =
        Scratch::new("codes", &[("bad/icsp.yaml", BAD), ("good/idms.yaml", GOOD), ("none/a.yaml", "a: 1\n")]);
    for (args, code) in [
        (&["check", "good"][..], 0),
        (&["check", "bad"], 1),
        (&["check", "bad", "--fail-on", "never"], 0),
        (&["check", "good", "--fail-on", "note"], 0),
        (&["check", "none"], 0),
        (&["check", "none", "--require-config"], 3),
        (&["check", "good", "--require-config"], 0),
        (&["check", "nowhere"], 2),
        (&["check", "good", "--openshift", "3.11"], 2),
        (&["check", "good", "--report", "xml"], 2),
        (&["check", "good", "--report", "json", "--report", "sarif"], 2),
        (&["check", "good", "--report", "human", "--report", "github"], 0),
        (&["check", "good", "--config", "nowhere.yaml"], 2),
        (&["check", "good", "--report", "json=no/such/directory/a.json"], 2),
        (&["explain", "no-such-rule"], 2),
        (&["nonsense"], 2),
    ] {
        let output = pullwarden(&repo.0, args);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", out(&output), err(&output));
        assert_eq!(
            output.stderr.is_empty(),
            code != 2,
            "{args:?} says why on stderr, and only then: {}",
            err(&output)
        );
    }
}

#[test]
fn one_missing_path_does_not_hide_the_others() {
    let repo = Scratch::new("missing", &[("icsp.yaml", BAD)]);
    let output = pullwarden(&repo.0, &["check", "nowhere.yaml", "icsp.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("deprecated-icsp"), "{}", out(&output));
    assert!(err(&output).contains("nowhere.yaml"), "{}", err(&output));
}

#[test]
fn streams_are_one_cluster() {
    let repo = Scratch::new("stream", &[]);
    let mut child =
        command(&repo.0, &["check", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("runs");
    let stream = format!("{GOOD}---\n{GOOD}");
    child.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(
        out(&output).contains("error[duplicate-resource]: `ImageDigestMirrorSet` `a` is defined twice"),
        "{}",
        out(&output)
    );
    assert!(out(&output).contains("<stdin>:"), "{}", out(&output));
}

#[test]
fn threads_and_directories_change_nothing() {
    let fixtures = generated::root().join("fixtures");
    let name = fixtures.to_string_lossy().into_owned();
    let run = |directory: &Path, path: &str, threads: &str| {
        let report = |format: &str| {
            let args = ["check", path, "--threads", threads, "--today", "2026-11-23", "--report", format];
            out(&pullwarden(directory, &args))
        };
        ["human", "json", "sarif", "github"].map(report).concat()
    };
    let reference = run(&fixtures, ".", "1");
    assert!(reference.len() > 100_000, "the fixtures give a long report");
    assert_eq!(reference, run(&fixtures, ".", "8"), "8 threads");
    assert_eq!(reference, run(Path::new("/"), &name, "8"), "another directory");
    assert_eq!(reference, run(&fixtures.join("repos"), "..", "3"), "a directory below");
}

#[test]
fn the_walk_does_as_git_users_expect() {
    let repo = Scratch::new(
        "walk",
        &[
            (".gitignore", "ignored/\n"),
            ("ignored/icsp.yaml", BAD),
            (".tekton/icsp.yaml", BAD),
            (".git/icsp.yaml", BAD),
            ("dir.yaml/icsp.yml", BAD),
            ("icsp.JSON", "{}"),
            ("icsp.txt", BAD),
        ],
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("..", repo.0.join("dir.yaml/loop")).expect("a link");
        std::os::unix::fs::symlink("icsp.txt", repo.0.join("link.yaml")).expect("a link");
    }
    let files = |args: &[&str]| {
        let output = pullwarden(&repo.0, args);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut files: Vec<String> = Vec::new();
        for diagnostic in report["diagnostics"].as_array().expect("a list") {
            files.push(diagnostic["file"].as_str().expect("a name").to_owned());
        }
        files.dedup();
        files
    };
    assert_eq!(files(&["check", "--report", "json"]), [".tekton/icsp.yaml", "dir.yaml/icsp.yml"]);
    assert_eq!(
        files(&["check", "--report", "json", "--no-ignore"]),
        [".tekton/icsp.yaml", "dir.yaml/icsp.yml", "ignored/icsp.yaml"]
    );
    // What is named is looked at, whatever it is called.
    assert_eq!(files(&["check", "--report", "json", "icsp.txt"]), ["icsp.txt"]);
}

#[test]
fn several_reports_in_one_run() {
    let repo = Scratch::new("reports", &[("icsp.yaml", BAD)]);
    let output = pullwarden(
        &repo.0,
        &[
            "check",
            "--report",
            "human",
            "--report",
            "sarif=out.sarif",
            "--report",
            "json=out.json",
            "--report",
            "github",
        ],
    );
    assert!(
        out(&output).contains("[deprecated-icsp]: ") && out(&output).contains("::warning file=icsp.yaml")
    );
    for file in ["out.sarif", "out.json"] {
        let text = std::fs::read_to_string(repo.0.join(file)).expect("a report");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    }
}

#[test]
fn colour_follows_the_terminal_and_the_wish() {
    let repo = Scratch::new("colour", &[("icsp.yaml", BAD)]);
    let colored = |args: &[&str], variable: Option<&str>| {
        let mut command = command(&repo.0, args);
        command.env_remove("NO_COLOR");
        if let Some(variable) = variable {
            command.env(variable, "1");
        }
        out(&command.output().expect("runs")).contains('\u{1b}')
    };
    assert!(!colored(&["check"], None), "a pipe");
    assert!(colored(&["check"], Some("CLICOLOR_FORCE")));
    assert!(colored(&["check", "--color", "always"], Some("NO_COLOR")), "the command line outranks");
    assert!(!colored(&["check", "--color", "never"], Some("CLICOLOR_FORCE")));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let fixtures = generated::root().join("fixtures");
    let mut child =
        command(&fixtures, &["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.stderr.is_empty(), "{}", err(&output));
}

#[test]
fn mistakes_in_the_configuration_are_told_and_the_rest_holds() {
    let config = "preset: strickt\nopenshift: 4.20\nfail-onn: warning\nrules:\n  deprecated-icps: off\n  deprecated-icsp: error\n  \
                  credential-exposing-search:\n    publik: [a.example]\nclusters:\n  prod: [nowhere/**]\nignore:\n- path: '**'\n  rule: invalid-source\n";
    let repo = Scratch::new("config", &[(".pullwarden.yaml", config), ("icsp.yaml", BAD)]);
    let output = pullwarden(&repo.0, &["check", "--report", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let said: Vec<String> = report["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|d| {
            format!(
                "{}:{} {} {} {}",
                d["file"].as_str().unwrap(),
                d["region"]["start"]["line"],
                d["severity"].as_str().unwrap(),
                d["rule"].as_str().unwrap(),
                d["state"]["status"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ".pullwarden.yaml:1 error invalid-setting open",
            ".pullwarden.yaml:2 error invalid-setting open",
            ".pullwarden.yaml:3 error unknown-key open",
            ".pullwarden.yaml:5 error unknown-rule open",
            ".pullwarden.yaml:8 error unknown-key open",
            ".pullwarden.yaml:10 warning unmatched-path open",
            ".pullwarden.yaml:12 warning ignore-without-reason open",
            "icsp.yaml:2 error deprecated-icsp open",
            "icsp.yaml:7 error invalid-source ignored",
        ]
    );
}

#[test]
fn one_slip_in_the_configuration_is_one_finding() {
    let config = "clusters:\n  prod:\n    roots: [overlays/production]\n  lab:\n    roots: [overlays/lab, overlays/labs]\nignore:\n\
                  - rule: invalid-source\n  path: overlays/old\n  reason: they are gone\n";
    let repo = Scratch::new(
        "slips",
        &[
            (".pullwarden.yaml", config),
            ("overlays/prod/kustomization.yaml", "resources: [idms.yaml]\n"),
            ("overlays/prod/idms.yaml", GOOD),
            ("overlays/lab/kustomization.yaml", "resources: [idms.yaml]\n"),
            ("overlays/lab/idms.yaml", GOOD),
        ],
    );
    let output = pullwarden(&repo.0, &["check", "--report", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let all = report["diagnostics"].as_array().expect("a list").iter();
    let said: Vec<String> = all
        .map(|one| format!("{} {} {}", one["region"]["start"]["line"], one["severity"], one["rule"]))
        .collect();
    // The last root of a cluster is an error, another root and an ignore are warnings, and none is said twice.
    assert_eq!(
        said,
        [
            "3 \"error\" \"unmatched-path\"",
            "5 \"warning\" \"unmatched-path\"",
            "8 \"warning\" \"unmatched-path\""
        ]
    );
    assert_eq!(output.status.code(), Some(1));
}

/// What a check says, without what it says of how sure it is.
fn said(repo: &Path) -> Vec<String> {
    let output = pullwarden(repo, &["check", "--report", "json", "--today", "2026-11-23"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let all = report["diagnostics"].as_array().expect("a list").iter();
    let said = all.map(|one| format!("{} {} {}", one["file"], one["region"]["start"], one["rule"]));
    said.collect()
}

#[test]
fn init_proposes_nothing_with_which_less_is_checked() {
    let mut proposed = 0;
    for entry in std::fs::read_dir(generated::root().join("fixtures/repos")).expect("fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let repo = Scratch::new(&format!("propose-{name}"), &[]);
        copy(&path, &repo.0);
        std::fs::create_dir_all(repo.0.join(".git")).expect("a directory");
        for config in [".pullwarden.yaml", "pullwarden.yaml"] {
            let _ = std::fs::remove_file(repo.0.join(config));
        }
        let before = said(&repo.0);
        assert_eq!(pullwarden(&repo.0, &["init"]).status.code(), Some(0), "{name}");
        let config = repo.0.join(".pullwarden.yaml");
        let written = std::fs::read_to_string(&config).expect("a configuration");
        // As somebody would take it: without the marks of the block.
        let lines = written.lines().skip_while(|line| !line.starts_with("# As far as paths")).skip(1);
        let block: Vec<&str> = lines.map_while(|line| line.strip_prefix("# ")).collect();
        if block.is_empty() {
            continue;
        }
        proposed += 1;
        std::fs::write(&config, block.join("\n") + "\n").expect("a file");
        let after = said(&repo.0);
        let lost: Vec<&String> = before.iter().filter(|one| !after.contains(one)).collect();
        assert!(lost.is_empty(), "{name} loses {lost:#?} with\n{}", block.join("\n"));
        let own: Vec<&String> = after.iter().filter(|one| one.contains(".pullwarden.yaml")).collect();
        assert!(own.is_empty(), "{name}: {own:#?}");
    }
    assert!(proposed >= 8, "{proposed} proposals");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            std::fs::create_dir_all(&to).expect("a directory");
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

#[test]
fn init_writes_a_configuration_that_holds() {
    let repo = Scratch::new("init", &[("clusters/prod/icsp.yaml", BAD), ("clusters/dev/idms.yaml", GOOD)]);
    let output = pullwarden(&repo.0, &["init"]);
    let text = std::fs::read_to_string(repo.0.join(".pullwarden.yaml")).expect("a configuration");
    let modeline = format!("# yaml-language-server: $schema={}", pullwarden::config::schema_url());
    assert_eq!(text.lines().next(), Some(modeline.as_str()));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = std::fs::read_to_string(repo.0.join(".pullwarden.yaml")).expect("a configuration");
    assert!(written.contains("clusters/prod") && written.contains("clusters/dev"), "{written}");
    let again = pullwarden(&repo.0, &["init"]);
    assert_eq!(again.status.code(), Some(2), "an existing configuration is kept");
    let checked = pullwarden(&repo.0, &["check", "clusters/dev"]);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
    assert!(!out(&checked).contains(".pullwarden.yaml"), "{}", out(&checked));
}

#[test]
fn help_and_completions_and_schemas_are_there() {
    let here = generated::root();
    for args in [
        &["--help"][..],
        &["check", "--help"],
        &["rules"],
        &["rules", "--format", "json"],
        &["explain", "deprecated-icsp"],
        &["schema", "config"],
        &["schema", "report"],
        &["schema", "clusters"],
        &["completions", "bash"],
    ] {
        let output = pullwarden(&here, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
        assert!(output.stdout.len() > 200, "{args:?}: {}", out(&output));
    }
    assert!(
        err(&pullwarden(&here, &["explain", "deprecated-icps"])).contains("did you mean `deprecated-icsp`")
    );
}

#[test]
fn clusters_prints_effective_objects_and_where_each_value_stands() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                 additionalTrustedCA: {name: cas}\n  registrySources:\n    allowedRegistries: [quay.io]\n";
    let scratch = Scratch::new(
        "clusters",
        &[
            (".git/HEAD", ""),
            ("base/image.yaml", image),
            ("base/kustomization.yaml", "resources: [image.yaml]\n"),
            (
                "prod/kustomization.yaml",
                "resources: [../base]\nconfigMapGenerator:\n- name: cas\n  namespace: openshift-config\n  files: [ca.crt]\n  \
                 options: {disableNameSuffixHash: true}\n- name: other\n  literals: [a=b]\npatches:\n- path: patch.yaml\n",
            ),
            ("prod/ca.crt", "first\nsecond\n"),
            (
                "prod/patch.yaml",
                "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                 registrySources:\n    allowedRegistries:\n    - \"*.example.com\"\n",
            ),
            ("broken/kustomization.yaml", "resources: [../prod]\npatches:\n- path: ../base/image.yaml\n"),
        ],
    );
    let output = pullwarden(&scratch.0, &["clusters", "--objects", "prod"]);
    assert_eq!(
        out(&output),
        "apiVersion: v1 # prod/kustomization.yaml:3
kind: ConfigMap # prod/kustomization.yaml:3
metadata:
  name: cas # prod/kustomization.yaml:3
  namespace: openshift-config # prod/kustomization.yaml:4
data:
  ca.crt: | # prod/ca.crt:1
    first
    second
---
apiVersion: config.openshift.io/v1 # base/image.yaml:1
kind: Image # base/image.yaml:2
metadata:
  name: cluster # base/image.yaml:4
spec:
  additionalTrustedCA:
    name: cas # base/image.yaml:6
  registrySources:
    allowedRegistries:
      - \"*.example.com\" # prod/patch.yaml:8
"
    );
    let output = pullwarden(&scratch.0, &["clusters", "--objects", "broken"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("broken/kustomization.yaml:3: `../base/image.yaml` is outside"), "{message}");
}

#[cfg(unix)]
#[test]
fn no_link_leads_a_build_out_of_the_repository() {
    let outside = Scratch::new(
        "outside",
        &[("image.yaml", "kind: Secret\n"), ("kustomization.yaml", "resources: []\n")],
    );
    let scratch = Scratch::new(
        "links",
        &[
            (".git/HEAD", ""),
            ("file/kustomization.yaml", "resources: [link.yaml]\n"),
            ("directory/kustomization.yaml", "resources: [../away]\n"),
            ("away2/readme", ""),
        ],
    );
    let link = |from: &Path, to: &str| std::os::unix::fs::symlink(from, scratch.0.join(to)).expect("a link");
    link(&outside.0.join("image.yaml"), "file/link.yaml");
    link(&outside.0, "away");
    link(&outside.0.join("kustomization.yaml"), "away2/kustomization.yaml");
    for root in ["file", "directory", "away2"] {
        let output = pullwarden(&scratch.0, &["clusters", "--objects", root]);
        // A kustomization outside is an error; something that one names is left out.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("outside of the repository") && !said.contains("Secret"), "{root}: {said}");
    }
}

#[test]
fn each_report_has_a_file_of_its_own() {
    let repo = Scratch::new("report-files", &[("a.yaml", GOOD), ("b.yaml", GOOD), ("sub/c.yaml", "a: 1\n")]);
    let two = [
        (["--report=json", "--report=sarif"], "standard output"),
        (["--report=human", "--report=counts"], "standard output"),
        (["--report=json=out", "--report=sarif=out"], "out"),
        (["--report=json=out", "--report=sarif=./out"], "./out"),
        (["--report=json=out", "--report=human=sub/../out"], "sub/../out"),
    ];
    for (reports, place) in two {
        let runs = [&["check", "a.yaml"][..], &["plan", "--old", "a.yaml", "--new", "b.yaml"]];
        for run in runs {
            let output = pullwarden(&repo.0, &[run, &reports].concat());
            assert_eq!(output.status.code(), Some(2), "{run:?} {reports:?}");
            let said = err(&output);
            assert!(said.contains(&format!("two reports go to {place}; ")), "{run:?} {reports:?}: {said}");
            assert!(output.stdout.is_empty() && !repo.0.join("out").exists(), "{run:?} {reports:?}");
        }
    }
    let both = [
        "check",
        "a.yaml",
        "--report=json=out",
        "--report=sarif=sub/out",
        "--report=human",
        "--report=concise",
    ];
    assert_eq!(pullwarden(&repo.0, &both).status.code(), Some(0));
}

#[test]
fn a_report_that_cannot_be_written_costs_no_other() {
    let repo = Scratch::new("report-places", &[("a.yaml", GOOD), ("kept.json", "kept"), ("aim", "aim")]);
    let mut permissions = std::fs::metadata(repo.0.join("kept.json")).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(repo.0.join("kept.json"), permissions).expect("a file");
    std::fs::create_dir(repo.0.join("directory")).expect("a directory");
    for (file, said) in [
        ("kept.json", "cannot write kept.json: it is read-only"),
        ("no/such/out.json", "cannot write no/such/out.json: "),
        ("directory", "cannot write directory: "),
    ] {
        let to = format!("--report=json={file}");
        let output =
            pullwarden(&repo.0, &["check", "a.yaml", &to, "--report=sarif=out.sarif", "--report=human"]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(err(&output).contains(said), "{file}: {}", err(&output));
        assert!(out(&output).contains("1 file"), "{file}: {}", out(&output));
        assert!(std::fs::remove_file(repo.0.join("out.sarif")).is_ok(), "{file}");
    }
    assert_eq!(std::fs::read_to_string(repo.0.join("kept.json")).expect("a file"), "kept");
    // A link is replaced, and what it leads to stays.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("aim", repo.0.join("link")).expect("a link");
        let output = pullwarden(&repo.0, &["check", "a.yaml", "--report=json=link"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(std::fs::read_to_string(repo.0.join("aim")).expect("a file"), "aim");
        assert!(std::fs::symlink_metadata(repo.0.join("link")).expect("a report").is_file());
    }
}
