//! A repository of somebody who wants to harm whoever looks at it: names and values that are commands, links that lead
//! elsewhere, pipes that nobody writes to. Every command answers, and none of them obeys.

use crate::command::{BAD, GOOD, Scratch, command, err, out, pullwarden};
use crate::harness::{Repository, Run};
use crate::runner;
use pullwarden::check::baseline::Baseline;
use pullwarden::report::Format;
use pullwarden::report::{self, Context, Style};
use pullwarden::rules::rule::Preset;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

/// Names of directories and clusters; a name of a file holds no slash.
const NAMES: [&str; 6] = [
    "::error::pwn",
    "::stop-commands::pwn",
    "##[add-mask]e",
    "a\n::error::pwn",
    "b\r::error::pwn",
    "c\u{1b}[2J\u{85}\u{2028}\u{202e}\u{200b}",
];

const VALUES: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
  annotations: {\"##[group]x\": \"##[stop-commands]pwn\", \"\\n::error::a\": \"\\r::error::b\"}
spec:
  ::stop-commands::x: 1 # ##[add-mask]e
  registrySources:
    insecureRegistries:
    - https://a.example/##[add-mask]e # pullwarden: ignore[::error::x] ##[group]y
    - \"\\n::stop-commands::pwn\"
    - \"\\u2028::error::x\\u202e\\x1b[2J\"
    - '::error::x'
    allowedRegistries: [quay.io, \"##[endgroup]\"]
  additionalTrustedCA: {name: \"##[a]b\"}
";

fn repository(name: &str) -> Scratch {
    let mirrors =
        BAD.replace("name: a", "name: '::error::idms'").replace("https://quay.io/a", "quay.io/##[a]b");
    let configuration = "clusters:\n  \"::error::pwn\":\n    paths: ['clusters/**']\n  \"##[add-mask]e\":\n    roots: ['\\r::error::x']\nignore:\n\
        - rule: \"##[group]\"\n  path: \"\\n::error::nowhere\"\n  reason: \"::error::x ##[y]z\"\n\"##[a]b\": 1\nrules:\n  \"::x::y\": off\n\
        render:\n- root: \"::error::x\"\n  command: [\"##[add-mask]e\"]\n";
    let scratch = Scratch::new(
        name,
        &[
            (".git/HEAD", ""),
            (".pullwarden.yaml", configuration),
            ("values.yaml", VALUES),
            ("cr.yaml", &VALUES.replace('\n', "\r")),
            (
                "overlays/a/kustomization.yaml",
                "resources: [\"::error::x\", \"##[a]b.yaml\"]\npatches:\n- path: \"\\r::error::y\"\n",
            ),
            (
                "broken.yaml",
                "apiVersion: config.openshift.io/v1\nkind: Image\n\"##[add-mask]e\": [::error::x\n",
            ),
        ],
    );
    for name in NAMES {
        let directory = scratch.0.join("clusters").join(name);
        // Not every system has names of every kind.
        if fs::create_dir_all(&directory).is_ok() {
            let _ = fs::write(directory.join("image.yaml"), VALUES);
            let _ = fs::write(directory.join("icsp.yaml"), &mirrors);
            let _ = fs::write(directory.join("kustomization.yaml"), "resources: [image.yaml, icsp.yaml]\n");
            let _ = fs::write(scratch.0.join("clusters").join(format!("{name}.yaml")), GOOD);
        }
    }
    scratch
}

fn assert_inert(args: &[&str], output: &Output, annotated: bool) {
    for (stream, text) in [("stdout", out(output)), ("stderr", err(output))] {
        let annotated = annotated && stream == "stdout";
        assert_eq!(runner::stranger(&text, annotated), None, "{args:?} {stream}");
        assert_eq!(runner::steering(&text), None, "{args:?} {stream}: {text}");
    }
}

#[test]
fn no_command_prints_control_sequences_or_ci_commands_of_the_repository() {
    let repository = repository("hostile");
    let hostile: Vec<String> = NAMES.iter().map(|name| format!("clusters/{name}")).collect();
    let mut all: Vec<Vec<&str>> = vec![
        vec!["check"],
        vec!["check", "--preset", "strict", "--no-config"],
        vec!["check", "--color", "never", "--report", "json"],
        vec!["check", "--report", "sarif"],
        vec!["check", "--report", "human", "--report", "github"],
        vec!["fix"],
        vec!["fix", "--unsafe", "--no-config"],
        vec!["clusters"],
        vec!["clusters", "--format", "json"],
        vec!["clusters", "--objects"],
        vec!["clusters", "--objects", "overlays/a"],
        vec!["clusters", "--no-config"],
        vec!["render"],
        vec!["render", "--format", "json"],
        vec!["render", "--no-config", "-o", "nodes"],
        vec!["resolve", "quay.io/a", "##[add-mask]e", "\n::error::x"],
        vec!["resolve", "quay.io/a", "--format", "json", "--no-config"],
        vec!["init", "--stdout"],
        vec!["migrate", "icsp", "clusters/::error::pwn/icsp.yaml", "a\n::error::x", "--dest-dir", "new"],
        vec!["explain", "##[a]b\n::error::x"],
        vec!["rules"],
        vec!["schema", "config"],
        vec!["baseline", "-o", "a##[b]c.json"],
        vec!["check", "\n::error::nowhere", "##[add-mask]e"],
        vec!["check", "--report", "##[a]b\n::error::x"],
        vec!["check", "--openshift", "\n::error::x"],
        vec!["check", "--config", "\n::error::x"],
        vec!["check", "--baseline", "::error::\u{1b}[2J"],
        vec!["clusters", "--cluster", "\r::error::x"],
        vec!["##[add-mask]e"],
        vec!["fix", "--rule", "\n::error::x"],
    ];
    for path in &hostile {
        all.push(vec!["check", path]);
        all.push(vec!["clusters", "--objects", path]);
        all.push(vec!["fix", path]);
    }
    for args in all {
        let output = pullwarden(&repository.0, &args);
        assert!(output.status.code().is_some_and(|code| code <= 3), "{args:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{args:?}: {}", err(&output));
        assert_inert(&args, &output, args.contains(&"github"));
    }
}

#[test]
fn report_files_contain_no_commands() {
    let repository = repository("hostile-files");
    let args =
        ["check", "--report", "human=h", "--report", "json=j", "--report", "sarif=s", "--report", "github=g"];
    let output = pullwarden(&repository.0, &args);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    for (name, annotated) in [("h", false), ("j", false), ("s", false), ("g", true)] {
        let text = fs::read_to_string(repository.0.join(name)).expect("a report");
        assert_eq!(runner::stranger(&text, annotated), None, "{name}");
        assert_eq!(runner::steering(&text), None, "{name}");
    }
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).expect("a link");
}

#[cfg(unix)]
#[test]
fn links_of_the_repository_have_nothing_outside_read() {
    let outside = Scratch::new("hostile-outside", &[("secret", "s3cr3t: [x\n"), ("dir/a.yaml", BAD)]);
    let secret = outside.0.join("secret");
    for name in [".pullwarden.yaml", "pullwarden.yml"] {
        let repository = Scratch::new("hostile-config", &[(".git/HEAD", ""), ("a.yaml", BAD)]);
        link(&secret, &repository.0.join(name));
        for args in [
            &["check"][..],
            &["check", "--report", "json"],
            &["clusters"],
            &["render"],
            &["fix"],
            &["baseline"],
        ] {
            let output = pullwarden(&repository.0, args);
            assert_eq!(output.status.code(), Some(2), "{args:?}");
            assert!(err(&output).contains("leads out of the repository by a link"), "{}", err(&output));
            assert!(!(out(&output) + &err(&output)).contains("s3cr3t"), "{args:?}");
        }
        let output = pullwarden(&repository.0, &["check", "--no-config"]);
        assert!(out(&output).contains("deprecated-icsp"), "{}", out(&output));
        let output = pullwarden(&repository.0, &["check", "--config", name]);
        assert!(!(out(&output) + &err(&output)).contains("s3cr3t"), "{}", out(&output));
    }
    let repository = Scratch::new(
        "hostile-links",
        &[(".git/HEAD", ""), ("real.yaml", "preset: strict\n"), ("a.yaml", BAD)],
    );
    // A link within the repository is as good as a file.
    link(Path::new("real.yaml"), &repository.0.join(".pullwarden.yaml"));
    link(&secret, &repository.0.join(".pullwarden-baseline.json"));
    link(&outside.0.join("dir"), &repository.0.join("dir"));
    let output = pullwarden(&repository.0, &["check"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(1), ""), "{}", out(&output));
    assert!(!out(&output).contains("dir/a.yaml"), "{}", out(&output));
    for args in [&["check", "--baseline", ".pullwarden-baseline.json"][..], &["baseline"]] {
        let output = pullwarden(&repository.0, args);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("leads out of the repository by a link"), "{}", err(&output));
    }
    assert_eq!(fs::read_to_string(&secret).expect("it is there"), "s3cr3t: [x\n");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links() {
    let outside = Scratch::new("hostile-victim", &[("victim", "precious")]);
    let victim = outside.0.join("victim");
    let repository = Scratch::new("hostile-writes", &[(".git/HEAD", ""), ("icsp.yaml", BAD)]);
    link(&victim, &repository.0.join("out.sarif"));
    link(&outside.0, &repository.0.join("away"));
    let output = pullwarden(
        &repository.0,
        &["check", "--report", "sarif=out.sarif", "--report", "json=away/new.json", "--report", "human"],
    );
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("cannot write away/new.json"), "{}", err(&output));
    assert!(out(&output).contains("deprecated-icsp"), "the other reports are written: {}", out(&output));
    let written = fs::symlink_metadata(repository.0.join("out.sarif")).expect("a report");
    assert!(written.is_file(), "the link is replaced");
    for args in [
        &["migrate", "icsp", "icsp.yaml", "--dest-dir", "away"][..],
        &["render", "-o", "away/nodes"],
        &["baseline", "-o", "away/baseline.json"],
    ] {
        let output = pullwarden(&repository.0, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", out(&output));
    }
    assert_eq!(fs::read_to_string(&victim).expect("it is there"), "precious");
    assert_eq!(fs::read_dir(&outside.0).expect("a directory").count(), 1, "nothing new is there");
    // What is named below /dev is no file, and is not replaced.
    let output =
        pullwarden(&repository.0, &["check", "--report", "json=/dev/stdout", "--report", "sarif=/dev/null"]);
    assert!(out(&output).starts_with('{'), "{}", out(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn no_pipe_is_waited_for() {
    let repository = Scratch::new("hostile-pipe", &[(".git/HEAD", ""), ("icsp.yaml", BAD)]);
    let pipe = repository.0.join("pipe.yaml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    for (args, code) in [
        (&["check"][..], 1),
        (&["check", "pipe.yaml"], 1),
        (&["check", "--config", "pipe.yaml"], 2),
        (&["check", "--baseline", "pipe.yaml"], 2),
        (&["resolve", "--images", "pipe.yaml"], 2),
        (&["migrate", "icsp", "pipe.yaml"], 1),
        (&["check", "/dev/zero"], 1),
        (&["check", "--config", "/dev/zero"], 2),
    ] {
        let mut child = command(&repository.0, args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        let start = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                break status;
            }
            if start.elapsed().as_secs() > 60 {
                let _ = child.kill();
                panic!("{args:?} waits");
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(code), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_changes_no_exit_code() {
    let many = format!("{BAD}---\n").repeat(200);
    let repository =
        Scratch::new("hostile-closed", &[(".git/HEAD", ""), ("icsp.yaml", &many), ("one.yaml", BAD)]);
    for (args, code) in [
        (&["check", "--report", "json"][..], 1),
        (&["check", "one.yaml", "--report", "human", "--report", "sarif=late.sarif"], 1),
        (&["fix"], 1),
        (&["rules"], 0),
        (&["clusters"], 0),
    ] {
        let mut child = command(&repository.0, args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{args:?}");
    }
    assert!(repository.0.join("late.sarif").exists(), "the reports behind the closed one are written");
}

#[test]
fn an_ignore_list_that_is_not_used_is_told() {
    let mut list = String::from("hidden/\n");
    for number in 0..10_000 {
        list.push_str(&format!("*{number}*a*b*c*\n"));
    }
    let repository = Scratch::new(
        "hostile-ignore",
        &[
            (".git/HEAD", ""),
            (".gitignore", &list),
            ("hidden/icsp.yaml", BAD),
            ("a/.gitignore", "icsp.yaml"),
            ("a/icsp.yaml", BAD),
        ],
    );
    let output = pullwarden(&repository.0, &["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("has more than 5000 wildcards, so what this list leaves out is checked"),
        "{}",
        out(&output)
    );
    assert!(
        out(&output).contains("hidden/icsp.yaml") && !out(&output).contains("a/icsp.yaml"),
        "{}",
        out(&output)
    );
}

#[test]
fn long_values_are_not_shown_whole() {
    let value = "x".repeat(3 << 20);
    let image = format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
         insecureRegistries: ['https://{value}', \"{value}:a\"]\n  {value}: 1\n"
    );
    let repository = Scratch::new("hostile-long", &[("image.yaml", &image)]);
    for format in ["human", "github", "json", "sarif"] {
        let output = pullwarden(&repository.0, &["check", "--report", format, "--preset", "strict"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.len() < 1 << 20, "{format}: {} bytes", output.stdout.len());
    }
}

#[test]
fn half_a_directory_is_never_rendered() {
    let policy = |namespace: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: ImagePolicy\nmetadata: {{name: a, namespace: {namespace}}}\nspec:\n  scopes: \
             [quay.io/a]\n  policy: {{rootOfTrust: {{policyType: PublicKey, publicKey: {{keyData: YQ==}}}}}}\n---\n"
        )
    };
    for name in ["'../../../../../../x'", "\"a\\u202eb\"", "\"a\\nb\""] {
        let repository = Scratch::new(
            "hostile-half",
            &[("a.yaml", &(GOOD.to_owned() + "---\n" + &policy("good") + &policy(name)))],
        );
        let output = pullwarden(&repository.0, &["render", "-o", "nodes"]);
        if output.status.code() == Some(2) {
            assert!(err(&output).contains("is not a path"), "{}", err(&output));
            assert!(!repository.0.join("nodes").exists(), "nothing is written");
        }
        assert_inert(&["render"], &output, false);
    }
}

#[test]
fn a_name_that_hides_is_no_file_name() {
    let hidden = BAD.replace("name: a", "name: \"a\\u202eb\"");
    let repository = Scratch::new("hostile-migrate", &[("icsp.yaml", &hidden)]);
    let output = pullwarden(&repository.0, &["migrate", "icsp", "icsp.yaml", "--dest-dir", "new"]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(err(&output).contains("cannot be part of a file name"), "{}", err(&output));
    assert_eq!(fs::read_dir(repository.0.join("new")).expect("a directory").count(), 0);
}

#[test]
fn copies_have_a_budget() {
    let mut policies = String::from(
        "apiVersion: policy.open-cluster-management.io/v1\nkind: PolicyGenerator\nmetadata: {name: g}\npolicyDefaults: {namespace: \
         p}\npolicies:\n",
    );
    for number in 0..900 {
        policies.push_str(&format!("- {{name: p{number}, manifests: [{{path: in}}]}}\n"));
    }
    let objects: String =
        (0..200).map(|number| GOOD.replace("name: a", &format!("name: a{number}")) + "---\n").collect();
    let repository = Scratch::new(
        "hostile-copies",
        &[(".git/HEAD", ""), ("generator.yaml", &policies), ("in/idms.yaml", &objects), ("one.yaml", BAD)],
    );
    let check = || pullwarden(&repository.0, &["check", "--report", "json"]);
    let output = check();
    let said = out(&output);
    assert!(said.contains("exceeds pullwarden's limit for a run"), "{}", &said[..said.len().min(3000)]);
    assert!(said.contains("deprecated-icsp"), "what is beside it is checked");
    assert_eq!(said, out(&check()), "the same is left out in every run");
}

#[test]
fn streams_are_never_cut() {
    use pullwarden::read::discover::{Input, Origin};
    let repository = Scratch::new("hostile-stream", &[]);
    let mut child = command(&repository.0, &["resolve", "--images", "-", "--in", "."])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    child.stdin.take().expect("a pipe").write_all(b"quay.io/a\n").expect("it reads");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    // A gigabyte of zeros that nobody touches takes no memory; what is longer is not read.
    let text = vec![0; (pullwarden::read::manifest::MAX_FILE + 1) as usize];
    let input = Input { name: "<stdin>".into(), origin: Origin::Text(text) };
    let mut sources = pullwarden::source::Sources::default();
    let loaded = pullwarden::read::manifest::load(&[input], &mut sources);
    assert_eq!(loaded.broken.len(), 1);
    assert_eq!(loaded.broken[0].what.message(), "is larger than 1 GiB and is not read");
}

#[test]
fn a_rule_that_panics_costs_only_itself() {
    let text = format!("# with a rule that panics\n{BAD}");
    let files = vec![("a.yaml".to_owned(), text.into_bytes()), ("b.yaml".to_owned(), GOOD.into())];
    let repository = Repository { files, ..Repository::default() };
    let checked = repository.check(Run::Preset(Preset::Recommended));
    let rules: Vec<&str> = checked.open().iter().map(|diagnostic| diagnostic.rule.id).collect();
    assert!(rules.contains(&"internal-error") && rules.contains(&"deprecated-icsp"), "{rules:?}");
    assert!(checked.report.has_faults(), "the run ends with 2");
    // Counts name no rule.
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Counts) {
        let mut out = Vec::new();
        report::write(
            format,
            &checked.report,
            &checked.sources,
            &Style::PLAIN,
            &Context::default(),
            &mut out,
        )
        .expect("a vector");
        // In Markdown a colon is written as a reference.
        let out = String::from_utf8(out).expect("UTF-8").replace("&#58;", ":");
        assert!(
            out.contains("internal-error")
                // A line for each finding has no room for help.
                && (format == Format::Concise || out.contains("tests/it/panicking.rs:11")),
            "{format:?}: {out}"
        );
        assert!(!out.contains("what the panic says"), "{format:?}");
    }
    // Nobody accepts what nobody knows.
    let accepted = Baseline::of(checked.report.diagnostics.iter(), &checked.sources);
    assert!(!accepted.is_empty() && accepted.iter().all(|entry| entry.rule != "internal-error"));
}

/// What a command writes and how it ends when a part of pullwarden panics.
fn broken(part: &str, directory: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = command(directory, args).env("PULLWARDEN_BREAKS", part).output().expect("runs");
    assert!(!err(&output).contains("panicked"), "{part} {args:?}: {}", err(&output));
    assert!(
        !(out(&output) + &err(&output)).contains("a part that is to break"),
        "what it says is not repeated"
    );
    (output.status.code(), out(&output), err(&output))
}

/// Only builds for tests panic on demand.
#[test]
#[cfg(debug_assertions)]
fn a_part_that_panics_costs_no_report() {
    let kustomization = "resources: [a.yaml]\n";
    let contents = "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata: {name: m, labels: \
                    {machineconfiguration.openshift.io/role: worker}}\nspec: {config: {ignition: {version: 3.2.0}, storage: \
                    {files: [{path: /etc/containers/registries.conf.d/a.conf, contents: {source: \"data:,a\"}}]}}}\n";
    let files = [
        (".git/HEAD", ""),
        ("one/a.yaml", BAD),
        ("one/kustomization.yaml", kustomization),
        ("two/b.yaml", GOOD),
        ("two/m.yaml", contents),
        (
            "two/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: quay.io/a/b}]}\n",
        ),
    ];
    let repository = Scratch::new("hostile-parts", &files);
    for part in ["merge", "triage", "view", "place", "build", "file", "workloads", "node files"] {
        let args = ["check", "--report", "human", "--report", "json=out.json", "--report", "sarif=out.sarif"];
        let (code, said, complaint) = broken(part, &repository.0, &args);
        assert_eq!(code, Some(2), "{part}: {said}{complaint}");
        assert!(said.contains("internal-error") && said.contains("src/machine/guard.rs:"), "{part}: {said}");
        for report in ["out.json", "out.sarif"] {
            let path = repository.0.join(report);
            let text = std::fs::read_to_string(&path).expect("it was written");
            assert!(text.contains("internal-error"), "{part}: {text}");
            std::fs::remove_file(path).expect("it is there");
        }
        if ["merge", "triage", "build", "file", "workloads", "node files"].contains(&part) {
            assert!(said.contains("deprecated-icsp"), "{part}: what the rules found is there: {said}");
        }
        if part == "workloads" {
            assert!(said.contains("two/pod.yaml"), "the fault is told where it happened: {said}");
        }
    }
    // What fails where findings are put together takes the fixes with it: nobody has asked which of them are withheld.
    for part in ["merge", "triage", "place", "view", "edits", "proof"] {
        let before = std::fs::read_to_string(repository.0.join("one/a.yaml")).expect("it is there");
        let (code, said, complaint) = broken(part, &repository.0, &["fix", "--unsafe", "--write"]);
        assert_eq!(code, Some(2), "{part}: {said}{complaint}");
        let after = std::fs::read_to_string(repository.0.join("one/a.yaml")).expect("it is there");
        assert_eq!(before, after, "{part}: {said}{complaint}");
    }
    for (part, args) in [
        ("nodes", &["render"][..]),
        ("nodes", &["resolve", "quay.io/a/b:c"]),
        ("build", &["render"]),
        ("place", &["resolve", "quay.io/a/b:c"]),
        ("place", &["clusters"]),
        ("build", &["clusters"]),
        ("merge", &["baseline"]),
        ("place", &["baseline"]),
        ("migrate", &["migrate", "icsp", "--dest-dir", "new", "one/a.yaml"]),
    ] {
        let (code, said, complaint) = broken(part, &repository.0, args);
        assert_eq!(code, Some(2), "{part} {args:?}: {said}{complaint}");
        assert!(complaint.contains("failed"), "{part} {args:?}: {complaint}");
    }
    assert!(
        !repository.0.join(".pullwarden-baseline.json").exists(),
        "no baseline is written of half a report"
    );
}
