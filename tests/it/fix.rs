//! `pullwarden fix` as a user meets it: what it shows, what it changes, and what it leaves alone.

use crate::command::{BAD, GOOD, Scratch, command, err, out, pullwarden};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What becomes of [`BAD`].
const MENDED: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: a\nspec:\n  \
                      imageDigestMirrors:\n  - source: quay.io/a\n    mirrors: [m.example/a]\n";

fn text(scratch: &Scratch, name: &str) -> String {
    String::from_utf8(fs::read(scratch.0.join(name)).expect("a file")).expect("a text")
}

#[test]
fn a_patch_is_shown_and_nothing_changes() {
    let repo = Scratch::new("fix-diff", &[(".git/HEAD", ""), ("a/icsp.yaml", BAD), ("a/idms.yaml", GOOD)]);
    for args in [&["fix"][..], &["fix", "--diff", "a/icsp.yaml"]] {
        let output = pullwarden(&repo.0, args);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(
            out(&output).starts_with("diff --git a/a/icsp.yaml b/a/icsp.yaml\n--- a/a/icsp.yaml\n+++ b/a/icsp.yaml\n@@ -1,8 +1,8 @@\n-apiVersion: "),
            "{}",
            out(&output)
        );
        assert!(out(&output).contains("\n-  - source: https://quay.io/a\n"), "{}", out(&output));
        assert!(out(&output).contains("\n+  - source: quay.io/a\n     mirrors: "), "{}", out(&output));
        assert!(
            err(&output).contains("2 findings to fix in 1 file; `--write` does it\n"),
            "{}",
            err(&output)
        );
        assert_eq!(text(&repo, "a/icsp.yaml"), BAD);
    }
    let output = pullwarden(&repo.0, &["fix", "a/idms.yaml"]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), ""));
}

#[test]
fn fixing_is_done_when_it_is_done() {
    let odd = format!("\u{feff}{}", BAD.trim_end().replace('\n', "\r\n"));
    let repo = Scratch::new("fix-write", &[(".git/HEAD", ""), ("b/icsp.yaml", BAD), ("a/odd.yaml", &odd)]);
    let output = pullwarden(&repo.0, &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(
        out(&output),
        "fixed a/odd.yaml\n     1 deprecated-icsp\n     1 invalid-source\nfixed b/icsp.yaml\n     1 deprecated-icsp\n     \
         1 invalid-source\nfixed 4 findings in 2 files\n"
    );
    assert_eq!(text(&repo, "b/icsp.yaml"), MENDED);
    assert_eq!(text(&repo, "a/odd.yaml"), format!("\u{feff}{}", MENDED.trim_end().replace('\n', "\r\n")));
    assert_eq!(fs::read_dir(repo.0.join("b")).expect("a directory").count(), 1, "nothing is left behind");
    let checked = pullwarden(&repo.0, &["check", "--fail-on", "note"]);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
    let again = pullwarden(&repo.0, &["fix", "--write"]);
    assert_eq!((again.status.code(), out(&again).as_str()), (Some(0), "nothing to fix\n"));
}

/// A fix that writes a name into a list, and another one that takes it away, would go on for ever.
#[test]
fn no_fix_undoes_another() {
    for alias in ["index.docker.io", "registry-1.docker.io", "docker.com"] {
        let lists = [
            format!("containerRuntimeSearchRegistries: [docker.io, {alias}]"),
            format!("insecureRegistries: [docker.io, {alias}]"),
            String::new(),
        ];
        for (number, list) in lists.iter().enumerate() {
            let mirrors = format!(
                "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources:\n    \
                 allowedRegistries: [quay.io]\n    {list}\n---\napiVersion: config.openshift.io/v1\nkind: \
                 ImageDigestMirrorSet\nmetadata: {{name: hub}}\nspec:\n  imageDigestMirrors:\n  - source: docker.io\n    \
                 mirrors: [mirror.example.com/hub, docker.io/hub, {alias}/hub]\n  - source: {alias}\n    mirrors: \
                 [mirror.example.com/hub]\n"
            );
            let name = format!("fix-alias-{number}-{}", alias.replace('.', "-"));
            let repo = Scratch::new(&name, &[(".git/HEAD", ""), ("a.yaml", &mirrors)]);
            let output = pullwarden(&repo.0, &["fix", "--unsafe", "--write", "--preset", "strict"]);
            let said = format!("{}{}", out(&output), err(&output));
            assert!(said.contains("fixed ") && !said.contains("more to fix"), "{alias} {list}: {said}");
        }
    }
}

#[test]
fn only_what_is_wanted_is_fixed() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: wrong\nspec:\n  registrySources:\n    \
                 # pullwarden: ignore[scheme-in-scope] the next release mends it\n    insecureRegistries: [https://a.example]\n    \
                 blockedRegistries: [https://b.example]\n";
    let repo = Scratch::new("fix-wanted", &[(".git/HEAD", ""), ("image.yaml", image), ("icsp.yaml", BAD)]);
    let safe = pullwarden(&repo.0, &["fix", "--rule", "scheme-in-scope,misnamed-image-config"]);
    let patch = out(&safe);
    assert!(patch.contains("+    blockedRegistries: [b.example]"), "{patch}");
    assert!(patch.contains("     insecureRegistries: [https://a.example]"), "ignored: {patch}");
    assert!(!patch.contains("icsp.yaml") && !patch.contains("+  name: cluster"), "{patch}");
    assert!(err(&safe).contains("1 error   misnamed-image-config (`--unsafe` fixes it)"), "{}", err(&safe));
    assert!(!err(&safe).contains("icsp"), "{}", err(&safe));
    let all = out(&pullwarden(&repo.0, &["fix", "--unsafe", "image.yaml"]));
    assert!(all.contains("+  name: cluster"), "{all}");
    let unknown = pullwarden(&repo.0, &["fix", "--rule", "deprecated-icps"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("did you mean `deprecated-icsp`?"), "{}", err(&unknown));
    assert_eq!(pullwarden(&repo.0, &["fix", "-"]).status.code(), Some(2), "a stream");
    assert_eq!(text(&repo, "image.yaml"), image);
}

#[test]
fn fixes_are_offered_where_kustomize_changes_only_metadata() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n  uid: x\nspec:\n  registrySources:\n    \
                 blockedRegistries: [quay.io, ghcr.io/]\n";
    let kustomization = "resources: [image.yaml]\ncommonAnnotations: {argocd.argoproj.io/sync-wave: \"1\"}\n";
    let repo = Scratch::new(
        "fix-metadata",
        &[(".git/HEAD", ""), ("base/kustomization.yaml", kustomization), ("base/image.yaml", image)],
    );
    let fixed = pullwarden(
        &repo.0,
        &["fix", "--write", "--rule", "invalid-scope", "--rule", "server-metadata-in-git"],
    );
    assert_eq!(out(&fixed).lines().next(), Some("fixed base/image.yaml"), "{}{}", out(&fixed), err(&fixed));
    // What stands in the metadata may be what a patch counts on.
    assert_eq!(text(&repo, "base/image.yaml"), image.replace("ghcr.io/", "ghcr.io"));
}

#[test]
fn fixes_that_make_a_build_fail_are_not_offered() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
                 insecureRegistries: [a.corp.example, a.corp.example/x, b.corp.example:5000]\n";
    let overlay = "resources: [../base]\nconfigMapGenerator: [{name: c, literals: [x=y]}]\nreplacements:\n- source: {kind: Image, \
                   fieldPath: spec.registrySources.insecureRegistries.2}\n  targets:\n  - select: {kind: ConfigMap}\n    \
                   fieldPaths: [data.x]\n";
    let repo = Scratch::new(
        "fix-refused",
        &[
            (".git/HEAD", ""),
            ("base/kustomization.yaml", "resources: [image.yaml]\n"),
            ("base/image.yaml", image),
            ("x/kustomization.yaml", overlay),
            ("alone/icsp.yaml", BAD),
        ],
    );
    let rules =
        ["--unsafe", "--rule", "redundant-scope", "--rule", "deprecated-icsp", "--rule", "invalid-source"];
    let fixed = pullwarden(&repo.0, &[&["fix", "--write"][..], &rules].concat());
    assert_eq!(fixed.status.code(), Some(0), "{}{}", out(&fixed), err(&fixed));
    let why = "     1 redundant-scope in base/image.yaml: a kustomization or chart that reads the file would fail\n";
    assert!(out(&fixed).contains(why), "{}", out(&fixed));
    assert_eq!(
        (text(&repo, "base/image.yaml").as_str(), text(&repo, "alone/icsp.yaml").as_str()),
        (image, MENDED)
    );
}

#[test]
fn one_repository_at_a_time() {
    let repo = Scratch::new(
        "fix-several",
        &[
            ("a/.git/HEAD", ""),
            ("a/icsp.yaml", BAD),
            ("b/.git/HEAD", ""),
            ("b/icsp.yaml", BAD),
            ("a/inside/.git", "gitdir: elsewhere"),
            ("a/inside/icsp.yaml", BAD),
        ],
    );
    let both = pullwarden(&repo.0, &["fix", "--write", "a", "b"]);
    assert_eq!(both.status.code(), Some(2), "{}", out(&both));
    assert!(err(&both).contains("fix one repository at a time"), "{}", err(&both));
    let outer = pullwarden(&repo.0, &["fix", "--write", "a"]);
    assert!(err(&outer).contains("inside/icsp.yaml is of a repository inside"), "{}", err(&outer));
    assert_eq!(
        (text(&repo, "a/icsp.yaml").as_str(), text(&repo, "a/inside/icsp.yaml").as_str()),
        (MENDED, BAD)
    );
    assert_eq!(text(&repo, "b/icsp.yaml"), BAD);
}

#[test]
fn a_text_that_is_no_utf_8_stays() {
    let repo = Scratch::new("fix-bytes", &[(".git/HEAD", ""), ("icsp.yaml", BAD)]);
    let bytes = [BAD.replace("name: a", "name: b").as_bytes(), b"# caf\xe9\n"].concat();
    fs::write(repo.0.join("latin.yaml"), &bytes).expect("a file");
    let output = pullwarden(&repo.0, &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("latin.yaml is not UTF-8 throughout"), "{}", err(&output));
    assert_eq!(text(&repo, "icsp.yaml"), MENDED, "the others go on");
    assert_eq!(fs::read(repo.0.join("latin.yaml")).expect("a file"), bytes);
}

#[test]
fn a_file_that_changed_meanwhile_stays() {
    let repo = Scratch::new("fix-changed", &[("a.yaml", "now\n")]);
    let root = repo.0.canonicalize().expect("a directory");
    let path = root.join("a.yaml");
    let why = pullwarden::fix::replace(&root, &path, "then\n", "new\n").expect_err("it changed");
    assert!(why.contains("was changed by something else"), "{why}");
    assert_eq!(text(&repo, "a.yaml"), "now\n");
    assert_eq!(fs::read_dir(&root).expect("a directory").count(), 1, "nothing is left behind");
    pullwarden::fix::replace(&root, &path, "now\n", "new\n").expect("it did not change");
    assert_eq!(text(&repo, "a.yaml"), "new\n");
}

#[cfg(unix)]
#[test]
fn modes_stay_and_read_only_files_too() {
    use std::os::unix::fs::PermissionsExt;
    let repo =
        Scratch::new("fix-modes", &[(".git/HEAD", ""), ("a.yaml", BAD), ("b.yaml", BAD), ("c.yaml", BAD)]);
    let mode = |name: &str| fs::metadata(repo.0.join(name)).expect("a file").permissions().mode() & 0o7777;
    for (name, mode) in [("a.yaml", 0o444), ("b.yaml", 0o640), ("c.yaml", 0o755)] {
        fs::set_permissions(repo.0.join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    }
    let output = pullwarden(&repo.0, &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(err(&output), "pullwarden: a.yaml is read-only\n");
    assert_eq!(["a.yaml", "b.yaml", "c.yaml"].map(|name| text(&repo, name)), [BAD, MENDED, MENDED]);
    assert_eq!(["a.yaml", "b.yaml", "c.yaml"].map(mode), [0o444, 0o640, 0o755]);
}

#[cfg(unix)]
#[test]
fn no_link_leads_a_fix_out_of_the_repository() {
    use std::os::unix::fs::symlink;
    let outside = Scratch::new("fix-outside", &[("icsp.yaml", BAD)]);
    let repo = Scratch::new("fix-links", &[(".git/HEAD", ""), ("a/icsp.yaml", BAD)]);
    symlink(outside.0.join("icsp.yaml"), repo.0.join("file.yaml")).expect("a link");
    symlink(&outside.0, repo.0.join("directory")).expect("a link");
    symlink("a/icsp.yaml", repo.0.join("inside.yaml")).expect("a link");
    for away in ["file.yaml", "directory", "directory/icsp.yaml", "a/../directory"] {
        let output = pullwarden(&repo.0, &["fix", "--write", away, "a"]);
        assert_eq!(output.status.code(), Some(2), "{away}: {}", out(&output));
        assert!(err(&output).contains(&format!("{away} leads out of its repository")), "{}", err(&output));
        assert_eq!(text(&outside, "icsp.yaml"), BAD, "{away}");
        assert_eq!(text(&repo, "a/icsp.yaml"), MENDED, "the others go on");
        fs::write(repo.0.join("a/icsp.yaml"), BAD).expect("a file");
    }
    assert_eq!(pullwarden(&repo.0, &["fix", "--write", "inside.yaml"]).status.code(), Some(0));
    assert!(fs::symlink_metadata(repo.0.join("inside.yaml")).expect("a link").is_symlink());
    assert_eq!(
        text(&repo, "a/icsp.yaml"),
        MENDED,
        "a link within the repository is another name of the file"
    );
    // A directory on the way may become a link after it was walked.
    let root = repo.0.canonicalize().expect("a directory");
    let way = root.join("directory/icsp.yaml");
    let why = pullwarden::fix::replace(&root, &way, BAD, MENDED).expect_err("a link");
    assert!(why.contains("reached by a link"), "{why}");
    assert_eq!(text(&outside, "icsp.yaml"), BAD);
}

/// A command that runs as process 1 of a container of its own; nothing where the machine lets nobody make one.
fn as_first_process(directory: &Path, args: &[&str]) -> Option<Command> {
    let unshare = |flags: &[&str], program: &str| {
        let mut command = Command::new("unshare");
        command.args(flags).arg(program).current_dir(directory).stdin(Stdio::null());
        command
    };
    let all: [&[&str]; 2] = [
        &["--pid", "--fork", "--mount-proc"],
        &["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"],
    ];
    let flags = all.into_iter().find(|flags| {
        let tried = unshare(flags, "true").stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    })?;
    let mut command = unshare(flags, env!("CARGO_BIN_EXE_pullwarden"));
    command.args(args);
    Some(command)
}

/// In a container every run has the same number, so a name made of it may be taken by what a killed run left.
#[test]
fn a_file_left_by_a_killed_run_does_not_stop_the_next_one() {
    let files = [("a.yaml", BAD), (".git/HEAD", "")];
    let repo = Scratch::new("fix-first", &files);
    let Some(mut command) = as_first_process(&repo.0, &["fix", "--write"]) else {
        println!("skipped: this machine has no `unshare`, or lets nobody use it");
        return;
    };
    for number in 0..5 {
        fs::write(repo.0.join(format!(".pullwarden-fix.1.{number}.tmp")), "left").expect("a file");
    }
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(text(&repo, "a.yaml"), MENDED);
    let left = fs::read_dir(&repo.0).expect("a directory").filter_map(Result::ok);
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(".pullwarden-fix.1."));
    assert_eq!(left.count(), 5, "nothing that others left is touched, and nothing is added");
}

#[test]
fn a_kill_leaves_each_file_whole() {
    const FILES: usize = 60;
    let filler = "# some words that make the text long\n".repeat(300);
    let (old, new) = (format!("{BAD}{filler}"), format!("{MENDED}{filler}"));
    let names: Vec<String> = (0..FILES).map(|number| format!("{number:03}/icsp.yaml")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), old.as_str())).collect();
    files.push((".git/HEAD", ""));
    let (mut in_the_middle, mut killed) = (0, 0);
    for try_ in 0..8_u64 {
        let repo = Scratch::new("fix-kill", &files);
        let mut child = command(&repo.0, &["fix", "--write"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pullwarden runs");
        // From the first changed file on, the others follow each other; the moment of the kill moves through them.
        while fs::read(repo.0.join(&names[0])).expect("a file") == old.as_bytes() {
            if child.try_wait().expect("a state").is_some() {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(try_ * try_ * 211));
        // It may have ended.
        let _ = child.kill();
        killed += usize::from(!child.wait().expect("it ends").success());
        let mut changed = 0;
        for name in &names {
            let now = text(&repo, name);
            assert!(now == old || now == new, "{name} is neither old nor new");
            changed += usize::from(now == new);
        }
        in_the_middle += usize::from((1..FILES).contains(&changed));
        // What was left over is no obstacle and no manifest.
        let again = pullwarden(&repo.0, &["fix", "--write"]);
        assert_eq!(again.status.code(), Some(0), "{}", err(&again));
        assert!(names.iter().all(|name| text(&repo, name) == new));
    }
    assert!(in_the_middle > 0, "of {killed} kills none came in the middle");
    println!("{killed} kills, {in_the_middle} of them between the first and the last of {FILES} files");
}
