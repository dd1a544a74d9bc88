//! What is published: versions that agree, pages and completions that know every command, and workflows that pin what they use.

use crate::command::out;
use crate::generated::{assert_none, root, shown};
use clap_complete::Shell;
use pullwarden::program;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use yaml_serde::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a directory.
fn below(directory: &str) -> Vec<PathBuf> {
    let mut open = vec![root().join(directory)];
    let mut files = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn one_version_is_named_everywhere() {
    let hook = read("pyproject.toml");
    assert!(hook.contains(&format!("\nversion = \"{VERSION}\"\n")), "pyproject.toml");
    assert!(hook.contains(&format!("\"pullwarden=={VERSION}\"")), "pyproject.toml");
    let action: Value = yaml_serde::from_str(&read("action.yml")).expect("YAML");
    assert_eq!(action["inputs"]["version"]["default"], VERSION, "action.yml");
    // Examples for readers name the version that they read about.
    let mut failures = Vec::new();
    let mut pages = below("docs");
    pages.extend([root().join("README.md"), root().join("packaging/README.md")]);
    for page in pages.iter().filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(page).expect("a page");
        for before in ["pullwarden@v", "rev: v", "pullwarden==", "pullwarden-", "pullwarden:", "pullwarden@"]
        {
            for (at, _) in text.match_indices(before) {
                let rest = &text[at + before.len()..];
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                let named = rest[..end].trim_end_matches('.');
                if named.contains('.') && named != VERSION {
                    failures.push(format!("{}: `{before}{named}` is not {VERSION}", shown(page)));
                }
            }
        }
    }
    assert_none(&failures, "versions");
}

#[test]
fn hooks_run_whatever_changed() {
    let hooks: Value = yaml_serde::from_str(&read(".pre-commit-hooks.yaml")).expect("YAML");
    let hooks = hooks.as_sequence().expect("hooks");
    let languages: Vec<(&str, &str)> = hooks
        .iter()
        .map(|hook| (hook["id"].as_str().expect("an id"), hook["language"].as_str().expect("one")))
        .collect();
    let wanted = [
        ("pullwarden", "python"),
        ("pullwarden-fix", "python"),
        ("pullwarden-system", "system"),
        ("pullwarden-source", "rust"),
    ];
    assert_eq!(languages, wanted);
    for hook in hooks {
        assert_eq!((&hook["always_run"], &hook["pass_filenames"]), (&true.into(), &false.into()), "{hook:?}");
    }
}

/// Whether a step of a workflow uses what nobody can change afterwards.
fn is_pinned(used: &str) -> bool {
    let (name, comment) = used.split_once(" # ").unwrap_or((used, ""));
    let digest = name.split_once('@').map_or("", |(_, digest)| digest);
    name == "./"
        || digest.len() == 40 && digest.bytes().all(|b| b.is_ascii_hexdigit()) && comment.starts_with('v')
}

#[test]
fn workflows_pin_what_they_use_and_paste_nothing_into_scripts() {
    let mut failures = Vec::new();
    let mut files = below(".github/workflows");
    files.push(root().join("action.yml"));
    for path in &files {
        let text = fs::read_to_string(path).expect("a workflow");
        for line in text.lines() {
            let used = line.trim_start_matches([' ', '-']).strip_prefix("uses: ");
            if let Some(used) = used.filter(|used| !is_pinned(used)) {
                failures.push(format!("{}: {used} is not pinned by a digest with its version", shown(path)));
            }
        }
        let whole: Value = yaml_serde::from_str(&text).expect("YAML");
        scripts(&whole, &mut |script| {
            if script.contains("${{") {
                failures.push(format!("{}: an expression is part of a script: {script}", shown(path)));
            }
        });
        let is_action = path.ends_with("action.yml");
        if !is_action && whole["permissions"].as_mapping().is_none_or(|granted| !granted.is_empty()) {
            failures.push(format!("{}: begins with more than `permissions: {{}}`", shown(path)));
        }
    }
    assert!(files.len() >= 3, "{files:?}");
    assert_none(&failures, "workflows");
}

/// Calls `each` with every text below a key `run`.
fn scripts(value: &Value, each: &mut dyn FnMut(&str)) {
    if let Some(map) = value.as_mapping() {
        for (key, value) in map {
            match value.as_str() {
                Some(text) if key.as_str() == Some("run") => each(text),
                _ => scripts(value, each),
            }
        }
    }
    for item in value.as_sequence().into_iter().flatten() {
        scripts(item, each);
    }
}

#[test]
#[cfg(unix)]
fn scripts_are_executable_and_name_their_interpreter() {
    use std::os::unix::fs::PermissionsExt;
    let mut count = 0;
    for path in below("packaging").into_iter().chain(below(".ci")) {
        let text = fs::read_to_string(&path).expect("a text");
        let Some(first) = text.lines().next().filter(|line| line.starts_with("#!")) else { continue };
        count += 1;
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_ne!(mode & 0o111, 0, "{} cannot be run", shown(&path));
        if first.ends_with("bash") {
            let output = Command::new("bash").arg("-n").arg(&path).output().expect("bash");
            assert!(output.status.success(), "{}: {}", shown(&path), String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn completions_know_rules_and_reports() {
    let bash = completion(Shell::Bash);
    for word in ["credential-exposing-search", "sarif", "junit", "policy-input", "counts"] {
        for (shell, text) in
            [("bash", &bash), ("zsh", &completion(Shell::Zsh)), ("fish", &completion(Shell::Fish))]
        {
            assert!(text.contains(word), "the completions for {shell} lack {word}");
        }
    }
    // What packages carry is what the command prints.
    let printed = crate::command::pullwarden(&root(), &["completions", "bash"]);
    assert_eq!(out(&printed), bash);
}

fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut program::command_line(), "pullwarden", &mut text);
    String::from_utf8(text).expect("a text")
}

#[test]
fn every_command_has_a_manual_page() {
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manual");
    let _ = fs::remove_dir_all(&into);
    fs::create_dir_all(&into).expect("a directory");
    clap_mangen::generate_to(program::command_line(), &into).expect("pages");
    let commands = program::command_line();
    for command in commands.get_subcommands().filter(|command| !command.is_hide_set()) {
        let page = into.join(format!("pullwarden-{}.1", command.get_name()));
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".SH SYNOPSIS"), "{text}");
    }
    assert!(fs::read_to_string(into.join("pullwarden.1")).expect("a page").contains(VERSION));
    assert!(!into.join("pullwarden-policy-worker.1").exists(), "a hidden command has a page");
}
