//! The steps of `action.yml`, run as a runner runs them: with a program that is there, from a release, and whatever the inputs are.

#![cfg(unix)]

use crate::command::out;
use crate::generated::root;
use crate::git_repo::GitRepo;
use crate::plan_git::case;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use yaml_serde::Value;

/// What a step wrote.
struct Step {
    code: Option<i32>,
    log: String,
    summary: String,
    output: String,
}

/// A runner of GitHub, with its directories.
struct Runner(GitRepo);

impl Runner {
    fn new() -> Self {
        let directory = GitRepo::beside();
        fs::create_dir_all(directory.root().join("temp")).expect("a directory");
        Self(directory)
    }

    /// Runs a step of the action, with these variables in place of those of the default inputs.
    fn step(&self, name: &str, directory: &Path, inputs: &[(&str, &str)]) -> Step {
        for file in ["summary", "output"] {
            self.0.write(file, "");
        }
        let here = self.0.root();
        let mut command = Command::new("bash");
        // As the runner starts `shell: bash`.
        let (script, variables) = script_of(name);
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script]).current_dir(directory);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GITHUB_ACTION_PATH", root()).env("GITHUB_ACTIONS", "true");
        command.env("RUNNER_TEMP", here.join("temp")).env("RUNNER_TOOL_CACHE", here.join("tools"));
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("GITHUB_STEP_SUMMARY", here.join("summary")).env("GITHUB_OUTPUT", here.join("output"));
        command.envs(variables).env("PROGRAM", env!("CARGO_BIN_EXE_pullwarden"));
        let output = command.envs(inputs.iter().copied()).output().expect("bash");
        let read = |file: &str| fs::read_to_string(here.join(file)).expect("a file");
        let log = out(&output) + &String::from_utf8_lossy(&output.stderr);
        Step { code: output.status.code(), log, summary: read("summary"), output: read("output") }
    }

    /// A release of the version that the action takes, whose program says which release it is from; with its checksum.
    fn release(&self, says: &str) -> String {
        let (_, variables) = script_of("Install");
        let version = &variables["VERSION"];
        let name = format!("pullwarden-{version}-x86_64-unknown-linux-musl");
        let program = format!("made/{name}/pullwarden");
        self.0.write(&program, &format!("#!/bin/sh\necho {says}\n"));
        let into = format!("release/v{version}");
        self.0.write(&format!("{into}/README"), "");
        let script = format!(
            "chmod +x {program} && tar -C made -czf {into}/{name}.tar.gz {name} && cd {into} && sha256sum {name}.tar.gz > SHA256SUMS"
        );
        let made = Command::new("sh").args(["-c", &script]).current_dir(self.0.root()).status();
        assert!(made.expect("sh").success(), "{script}");
        format!("file://{}/release", self.0.root().display())
    }
}

/// The line that a step of the action runs, and its variables when every input has its default.
fn script_of(name: &str) -> (String, BTreeMap<String, String>) {
    let text = fs::read_to_string(root().join("action.yml")).expect("the action");
    let action: Value = yaml_serde::from_str(&text).expect("YAML");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    let step = steps.iter().find(|step| step["name"] == name).expect("the step");
    let variables = step["env"].as_mapping().expect("variables").iter().map(|(key, value)| {
        let value = value.as_str().expect("a text");
        let input = value.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
        let value = input.map_or("", |input| action["inputs"][input]["default"].as_str().expect("a default"));
        (key.as_str().expect("a name").to_owned(), value.to_owned())
    });
    (step["run"].as_str().expect("a script").to_owned(), variables.collect())
}

fn step(repo: &GitRepo, inputs: &[(&str, &str)]) -> Step {
    Runner::new().step("Plan", repo.root(), inputs)
}

#[test]
fn the_action_checks_and_says_what_it_found() {
    let repo = root().join("fixtures/repos/disconnected");
    let runner = Runner::new();
    let sarif = runner.0.root().join("out.sarif").display().to_string();
    let junit = runner.0.root().join("junit.xml").display().to_string();
    let reports = format!("junit={junit}\nconcise={junit}.txt\n");
    let done = runner.step("Check", &repo, &[("SARIF", &sarif), ("REPORTS", &reports)]);
    assert_eq!(done.code, Some(1), "{}", done.log);
    assert!(done.log.contains("::error file=base/mirrors.yaml,line=28"), "{}", done.log);
    assert!(done.summary.contains("credential-exposing-search"), "{}", done.summary);
    assert!(
        done.output.starts_with("errors=2\nwarnings=1\nnotes=1\nignored=0\nbaselined=0\n")
            && done.output.ends_with(&format!("\nsarif={sarif}\n")),
        "{}",
        done.output
    );
    assert!(Path::new(&sarif).is_file() && Path::new(&junit).is_file());
    assert!(fs::read_to_string(format!("{junit}.txt")).is_ok_and(|text| text.lines().count() == 4));
    // Several paths, what fails, and everything else that an input says.
    let paths = "clusters/prod\n\nclusters/edge\n";
    let done = runner.step("Check", &repo, &[("PATHS", paths), ("FAIL_ON", "never"), ("PRESET", "strict")]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    for (input, value, said) in [
        ("PATHS", "--help", "cannot look at --help"),
        ("CONFIG", "no such file", "no such file"),
        ("BASELINE", "$(touch ran)", "$(touch ran)"),
        ("PRESET", "x; touch ran", "x; touch ran"),
        ("PLATFORM", "`touch ran`", "`touch ran`"),
        ("REPORTS", "sarif", "two reports go to standard output"),
    ] {
        let done = runner.step("Check", &repo, &[(input, value)]);
        assert_eq!(done.code, Some(2), "{input}: {}", done.log);
        assert!(done.log.contains(said), "{input}: {}", done.log);
        assert!(!repo.join("ran").exists(), "{input}: {}", done.log);
    }
    // An output is one line, whatever the file is called.
    let odd = format!("{sarif}\nerrors=0");
    let done = runner.step("Check", &repo, &[("SARIF", &odd)]);
    assert!(!done.output.contains("errors=0"), "{}", done.output);
}

#[test]
fn the_action_takes_a_program_that_is_there() {
    let runner = Runner::new();
    let here = runner.0.root().to_path_buf();
    let program = env!("CARGO_BIN_EXE_pullwarden");
    let done = runner.step("Install", &here, &[("BINARY", program)]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    assert_eq!(done.output, format!("program={program}\n"));
    runner.0.write("text", "no program");
    for (binary, said) in [("no/such", "there is no file no/such"), ("text", "text does not run here")] {
        let done = runner.step("Install", &here, &[("BINARY", binary)]);
        assert_eq!((done.code, done.output.as_str()), (Some(2), ""), "{}", done.log);
        assert!(done.log.contains(said), "{}", done.log);
    }
}

#[test]
fn the_action_takes_the_release_whose_checksum_fits() {
    let runner = Runner::new();
    let here = runner.0.root().to_path_buf();
    let mirror = runner.release("first");
    let install = |inputs: &[(&str, &str)]| runner.step("Install", &here, inputs);
    let done = install(&[("MIRROR", &mirror)]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    assert!(done.log.contains("first"), "{}", done.log);
    assert_eq!(done.output, format!("program={}/temp/pullwarden/pullwarden\n", here.display()));
    // A runner that is kept needs the mirror no more.
    fs::remove_dir_all(here.join("release")).expect("a directory");
    let done = install(&[("MIRROR", &mirror)]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    // What was kept, and is no longer what it was, does not run.
    let archives = fs::read_dir(here.join("tools/pullwarden")).expect("a directory").flatten();
    let kept = archives.flat_map(|version| fs::read_dir(version.path()).expect("a directory").flatten());
    let kept: Vec<_> =
        kept.map(|file| file.path()).filter(|path| path.to_string_lossy().ends_with(".gz")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    fs::write(&kept[0], "other").expect("a file");
    let done = install(&[("MIRROR", &mirror)]);
    assert_eq!((done.code, done.output.as_str()), (Some(2), ""), "{}", done.log);
    assert!(done.log.contains("does not fit") && !kept[0].exists(), "{}", done.log);
    // The one who wrote the workflow may say the checksum.
    runner.release("second");
    let other = "0".repeat(64);
    let done = install(&[("MIRROR", &mirror), ("CHECKSUM", &other)]);
    assert_eq!(done.code, Some(2), "{}", done.log);
    assert!(done.log.contains("does not fit") && !done.log.contains("second"), "{}", done.log);
    let done = install(&[("MIRROR", &mirror)]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    assert!(done.log.contains("second"), "{}", done.log);
}

#[test]
fn the_action_says_why_there_is_no_program() {
    let runner = Runner::new();
    let here = runner.0.root().to_path_buf();
    let hostile = "1.0.0; touch ran; $(touch ran)\n::set-output name=x::y";
    for (inputs, said) in [
        (&[("VERSION", hostile)][..], "is not a version"),
        (&[("VERSION", "../../x")], "is not a version"),
        (&[("MIRROR", "http://example.com")], "is not a place to download from"),
        (&[("MIRROR", "file:///no/such")], "on a runner without network, name a program"),
        (&[("SOURCE", hostile)], "is release or build"),
        (&[("RUNNER_ARCH", "RISCV")], "there is no program for Linux on RISCV"),
        (&[("MIRROR", "file:///no/such"), ("CHECKSUM", hostile)], "cannot download"),
    ] {
        let done = runner.step("Install", &here, inputs);
        assert_eq!((done.code, done.output.as_str()), (Some(2), ""), "{inputs:?}: {}", done.log);
        assert!(done.log.contains(said), "{inputs:?}: {}", done.log);
        let commands = done.log.lines().filter(|line| line.starts_with("::"));
        assert_eq!(commands.count(), 1, "{inputs:?}: {}", done.log);
        assert!(!here.join("ran").exists(), "{inputs:?}: {}", done.log);
    }
    let mirror = runner.release("first");
    let done = runner.step("Install", &here, &[("MIRROR", &mirror), ("CHECKSUM", hostile)]);
    assert_eq!(done.code, Some(2), "{}", done.log);
    assert!(done.log.contains("there is no SHA-256 checksum"), "{}", done.log);
}

#[test]
fn the_action_writes_summary_and_outputs() {
    let repo = case("registry-blocked");
    let done = step(&repo, &[("GITHUB_BASE_REF", "main")]);
    assert_eq!(done.code, Some(0), "{}", done.log);
    assert!(
        done.summary.starts_with("<!-- pullwarden plan -->\n### 1 cluster: every node is drained\n"),
        "{}",
        done.summary
    );
    let (counts, file) = done.output.split_once("markdown=").expect("the file");
    assert_eq!(
        counts,
        "outcome=drain\ndrains=1\nreboots=0\nfreezes=0\nclusters=1\nfindings=1\nbaselined=0\n"
    );
    assert!(file.ends_with("pullwarden-plan.md\n"), "{file}");
    assert!(done.log.contains("::notice ") && done.log.contains("prod: "), "{}", done.log);
    assert_eq!(step(&repo, &[("GITHUB_BASE_REF", "main"), ("PLAN_FAIL_ON", "drain")]).code, Some(1));
    assert_eq!(step(&case("operator-stops"), &[("GITHUB_BASE_REF", "main")]).code, Some(1));
}

#[test]
fn the_action_says_why_there_is_no_plan() {
    let repo = case("registry-blocked");
    let gone = [("GITHUB_BASE_REF", "gone")];
    let done = step(&repo, &gone);
    assert_eq!((done.code, done.summary.as_str(), done.output.as_str()), (Some(0), "", ""));
    assert!(
        done.log.contains("::warning title=pullwarden plan::") && done.log.contains("there is no commit"),
        "{}",
        done.log
    );
    assert_eq!(step(&repo, &[gone[0], ("PLAN", "true")]).code, Some(2));
    // Inputs are values, whatever is in them.
    let hostile = "main; touch ran; $(touch ran) `touch ran`\n::error::x";
    for (input, value, said) in [
        ("BASE", hostile, "pullwarden: `main; touch ran; $(touch ran) `touch ran`"),
        ("PATHS", "--help", "cannot look at --help: "),
        ("OPENSHIFT", hostile, "invalid value 'main; touch ran; $(touch ran) `touch ran`"),
    ] {
        let done = step(&repo, &[("GITHUB_BASE_REF", "main"), (input, value)]);
        assert_eq!(done.code, Some(0), "{}", done.log);
        assert!(done.log.contains(said), "{input}: {}", done.log);
        assert!(!repo.root().join("ran").exists(), "{input}: {}", done.log);
        assert!(!done.log.lines().any(|line| line.starts_with("::error")), "{input}: {}", done.log);
    }
}
