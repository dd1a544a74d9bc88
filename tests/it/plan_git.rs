//! `pullwarden plan` in repositories of Git: pull requests as their authors make them, and what stands in the way.

use crate::generated::{assert_none, expect, root};
use crate::git_repo::GitRepo;
use crate::nodes::directories;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What `plan` prints in a directory, with an environment of these variables alone.
fn plan_with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.arg("plan").args(arguments).current_dir(directory).env_clear().envs(variables.iter().copied());
    command.output().expect("it runs")
}

pub(crate) fn plan(directory: &Path, arguments: &[&str]) -> Output {
    plan_with(directory, arguments, &[])
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("a text")
}

pub(crate) fn err(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("a text")
}

fn copy(from: &Path, to: &GitRepo) {
    let mut open = vec![from.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(from).expect("it is below").to_string_lossy().into_owned();
                to.write(&name, &fs::read_to_string(&path).expect("a file"));
            }
        }
    }
}

/// A repository with a branch `main` and a branch `change`, which is checked out.
fn pull_request(case: &Path) -> GitRepo {
    let repo = GitRepo::new();
    copy(&case.join("before"), &repo);
    repo.commit(&[], "before");
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.git(&["rm", "-q", "-r", "."]);
    copy(&case.join("after"), &repo);
    repo.commit(&[], "after");
    repo
}

#[test]
fn pull_requests_are_told_as_they_are_pinned() {
    let mut failures = Vec::new();
    let cases = directories("fixtures/plans");
    assert!(cases.len() >= 10, "{cases:?}");
    for case in cases {
        let repo = pull_request(&case);
        let before = repo.hash_of_git();
        let base = ["--base", "main", "--fail-on", "never"];
        let human = plan(repo.root(), &base);
        assert!(human.status.success() && human.stderr.is_empty(), "{case:?}: {human:?}");
        expect(&case.join("human.txt"), &out(&human), &mut failures);
        let markdown = plan(repo.root(), &[&base[..], &["--format", "markdown"]].concat());
        expect(&case.join("report.md"), &out(&markdown), &mut failures);
        // The commit is what the working tree is, and two directories are what two commits are.
        let committed = plan(repo.root(), &[&base[..], &["--head", "change"]].concat());
        let above = |text: &str| {
            text.lines().filter(|line| !line.starts_with("compared: ")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(above(&out(&committed)), above(&out(&human)), "{case:?}");
        assert_eq!(repo.hash_of_git(), before, "{case:?}");
        assert_eq!(repo.git(&["status", "--porcelain"]), "", "{case:?}");
        repo.git(&["fsck", "--strict"]);
    }
    assert_none(&failures, "plans of pull requests");
    assert!(root().join("fixtures/plans/README.md").is_file());
}

pub(crate) fn case(name: &str) -> GitRepo {
    pull_request(&root().join("fixtures/plans").join(name))
}

#[test]
fn the_working_tree_counts_with_what_is_not_committed() {
    let repo = case("digest-mirror-added");
    let arguments = ["--base", "main", "--format", "json"];
    let outcome = |repo: &GitRepo, arguments: &[&str]| -> String {
        let json: serde_json::Value =
            serde_json::from_str(&out(&plan(repo.root(), arguments))).expect("JSON");
        json["outcome"].as_str().expect("an outcome").to_owned()
    };
    assert_eq!(outcome(&repo, &arguments), "reload");
    repo.write("clusters/prod/image.yaml", "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    containerRuntimeSearchRegistries: [registry.corp.example]\n");
    assert_eq!(outcome(&repo, &arguments), "reboot");
    assert_eq!(outcome(&repo, &[&arguments[..], &["--head", "HEAD"]].concat()), "reload");
    // What came to the target since is none of the pull request's doing.
    repo.git(&["stash", "-q", "-u"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("clusters/prod/itms.yaml", "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata:\n  name: t\nspec:\n  imageTagMirrors:\n  - source: a.example/b\n    mirrors: [m.example/b]\n")], "later");
    repo.git(&["checkout", "-q", "change"]);
    assert_eq!(outcome(&repo, &arguments), "reload");
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let repo = case("search-list-added");
    for (fail_on, code) in [("stops", 0), ("reboot", 1), ("drain", 1), ("never", 0)] {
        let output = plan(repo.root(), &["--base", "main", "--fail-on", fail_on]);
        assert_eq!(output.status.code(), Some(code), "{fail_on}");
    }
    assert_eq!(plan(case("operator-stops").root(), &["--base", "main"]).status.code(), Some(1));
}

#[test]
fn what_ci_says_is_told() {
    let repo = case("digest-mirror-added");
    let said = |variables: &[(&str, &str)]| {
        let output = plan_with(repo.root(), &[], variables);
        out(&output).lines().last().expect("a line").to_owned()
    };
    assert!(
        said(&[("CHANGE_TARGET", "main")]).ends_with("where it leaves `main` (CHANGE_TARGET of Jenkins)")
    );
    assert!(said(&[]).ends_with("where it leaves `main` (the default branch)"), "{}", said(&[]));
}

#[test]
fn reasons_why_there_is_no_plan_are_reported() {
    let nowhere = GitRepo::beside();
    nowhere.write("a.yaml", "a: 1\n");
    assert!(err(&plan(nowhere.root(), &[])).contains("is in no Git repository; compare two directories"));
    let repo = case("digest-mirror-added");
    assert!(err(&plan(repo.root(), &["--base", "nothing"])).contains("there is no commit `nothing` here"));
    assert!(
        err(&plan(repo.root(), &["--base", "main", "--head", "nothing"]))
            .contains("there is no commit `nothing` here")
    );
    assert!(
        err(&plan(repo.root(), &["--base", "main", "missing.yaml"]))
            .contains("cannot look at missing.yaml: ")
    );
    assert!(
        err(&plan(repo.root(), &["--base", "main", "--allow-exec"])).contains("cannot run on an old commit")
    );
    assert!(
        err(&plan(repo.root(), &["--base", "main", "gone/deep"]))
            .ends_with("; if the change removes it, plan a directory above it\n")
    );
    assert!(err(&plan(repo.root(), &["-"])).contains("standard input has no history"));
    assert!(err(&plan(repo.root(), &["--old", "a.yaml"])).contains("--new"));
    assert!(
        err(&plan(repo.root(), &["--old", "a", "--new", "b", "--base", "main"]))
            .contains("cannot be used with")
    );
    repo.git(&["checkout", "-q", "--orphan", "alone"]);
    repo.commit(&[("x.yaml", "x: 1\n")], "alone");
    assert!(err(&plan(repo.root(), &["--base", "main"])).contains("have no commit in common"));
    repo.git(&["checkout", "-q", "change"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("later.yaml", "x: 1\n")], "later");
    repo.git(&["checkout", "-q", "change"]);
    let url = format!("file://{}", repo.root().to_string_lossy());
    let shallow = GitRepo::cloned(&["--depth", "1", "--no-tags", "--no-single-branch", &url]);
    assert!(err(&plan(shallow.root(), &["--base", "origin/main"])).contains("run `git fetch --unshallow`"));
    let bare = GitRepo::cloned(&["--bare", &url]);
    assert!(
        err(&plan(bare.root(), &["--base", "main"])).contains("name the commit to plan, as in `--head main`")
    );
    let planned = out(&plan(bare.root(), &["--base", "main", "--head", "change"]));
    assert!(planned.contains("services reload, pods stay"), "{planned}");
    repo.git(&["sparse-checkout", "set", "--no-cone", "/none"]);
    assert!(err(&plan(repo.root(), &["--base", "main"])).contains("this is a sparse checkout"));
    let committed = out(&plan(repo.root(), &["--base", "main", "--head", "HEAD"]));
    assert!(committed.contains("services reload, pods stay"), "{committed}");
}

#[test]
fn a_part_of_the_repository_is_planned_alone() {
    let repo = case("base-of-several-clusters");
    let json = |path: &str| -> serde_json::Value {
        let output = plan(repo.root(), &["--base", "main", "--format", "json", path]);
        serde_json::from_str(&out(&output)).expect("JSON")
    };
    let names = |json: &serde_json::Value| -> Vec<String> {
        let clusters = json["clusters"].as_array().expect("clusters").iter();
        clusters
            .map(|cluster| {
                format!(
                    "{} {}",
                    cluster["cluster"].as_str().unwrap_or(""),
                    cluster["outcome"].as_str().unwrap_or("")
                )
            })
            .collect()
    };
    assert_eq!(names(&json("clusters/east")).len(), 1, "{}", json("clusters/east"));
    assert!(names(&json("clusters/east"))[0].ends_with(" drain"));
    assert_eq!(
        names(&json(".")).iter().filter(|name| name.ends_with(" drain")).count(),
        3,
        "{:?}",
        names(&json("."))
    );
}

#[test]
fn a_submodule_that_moves_is_said() {
    let module = GitRepo::new();
    module.commit(&[("m.yaml", "a: 1\n")], "one");
    let repo = case("digest-mirror-added");
    repo.git(&["checkout", "-q", "main"]);
    repo.add_submodule(&module, "sub");
    repo.commit(&[], "a submodule");
    repo.git(&["checkout", "-q", "-b", "moves"]);
    module.commit(&[("m.yaml", "a: 2\n")], "two");
    repo.git(&["-C", "sub", "pull", "-q"]);
    repo.commit(&[], "moved");
    let planned = out(&plan(repo.root(), &["--base", "main"]));
    assert!(planned.ends_with("not compared: the submodule `sub`, whose commit changes\n"), "{planned}");
}

/// Names that a pull request can give to things, in every report.
#[test]
fn hostile_names_are_inert() {
    let repo = GitRepo::new();
    repo.commit(
        &[(
            "clusters/a/image.yaml",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\n",
        )],
        "before",
    );
    let hostile = "a`|<img src=x onerror=alert(1)>@team ```\u{1b}[31m";
    repo.git(&["checkout", "-q", "-b", "change"]);
    let directory = format!("clusters/{}", hostile.replace('/', "-"));
    repo.commit(
        &[(&format!("{directory}/image.yaml"), "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    blockedRegistries: ['x.example', \"</details><b>`````|\"]\n")],
        "after",
    );
    let planned = plan(repo.root(), &["--base", "main", "--format", "markdown", "--fail-on", "never"]);
    assert_eq!(planned.status.code(), Some(0), "{planned:?}");
    let markdown = out(&planned);
    assert!(markdown.contains("&lt;img src=x onerror=alert(1)&gt;&#64;team"), "{markdown}");
    assert!(markdown.contains("x.example") && markdown.contains("every node is drained"), "{markdown}");
    assert!(!markdown.contains('\u{1b}'), "{markdown}");
    let outside = outside_of_fences(&markdown);
    assert!(!outside.contains("<img") && !outside.contains("<b>"), "{outside}");
    assert_eq!(markdown.matches("<details>").count(), outside.matches("<details>").count());
}

/// What of a page is not in a code block, or a code span.
pub(crate) fn outside_of_fences(page: &str) -> String {
    let (mut fence, mut outside) = (None::<String>, String::new());
    for line in page.lines() {
        let run: String = line.chars().take_while(|&c| c == '`').collect();
        match &fence {
            Some(open) if line.trim_end() == open.as_str() => fence = None,
            Some(_) => {}
            None if run.len() >= 3 && line == format!("{run}text") => fence = Some(run),
            None if line.starts_with('|') => outside.push_str(&outside_of_spans(line)),
            None => outside.push_str(line),
        }
    }
    assert_eq!(fence, None, "a code block has no end: {page}");
    outside
}

fn outside_of_spans(line: &str) -> String {
    let (mut rest, mut outside) = (line, String::new());
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let run: String = rest[start..].chars().take_while(|&c| c == '`').collect();
        let inside = &rest[start + run.len()..];
        let mut at = 0;
        let end = loop {
            let Some(found) = inside[at..].find('`') else { panic!("a code span has no end: {line}") };
            let length = inside[at + found..].chars().take_while(|&c| c == '`').count();
            if length == run.len() {
                break at + found + length;
            }
            at += found + length;
        };
        rest = &inside[end..];
    }
    outside + rest
}
