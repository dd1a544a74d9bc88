//! Git's objects, read without Git: what names lead to, where histories part, the files of commits, and that nothing of
//! a repository runs or changes.

use crate::git_repo::GitRepo;
use pullwarden::read::discover::{self, Input, Roots};
use pullwarden::read::git::{Environment, GitRepository, Snapshot};
use pullwarden::read::manifest::MAX_FILE;
use pullwarden::read::tree::Tree;
use std::path::Path;
use std::sync::Arc;

fn open(repo: &GitRepo) -> GitRepository {
    GitRepository::open(repo.root()).expect("a repository")
}

fn error<T: std::fmt::Debug>(result: Result<T, String>) -> String {
    result.expect_err("an error")
}

fn snapshot(repo: &GitRepo, name: &str, beside_work_tree: bool) -> Snapshot {
    let opened = Arc::new(open(repo));
    let commit = opened.commit(name).expect("a commit");
    Snapshot::new(opened, commit, repo.root().to_path_buf(), beside_work_tree).expect("a snapshot")
}

/// The names of all manifests of a tree, and their texts.
fn files(tree: impl Tree + 'static, root: &Path) -> Vec<(String, String)> {
    let tree: Arc<dyn Tree> = Arc::new(tree);
    let roots = Roots { root: root.into(), paths: vec![root.into()], stdin: None, respect_ignores: true };
    let discover::Met { inputs, errors, .. } = discover::walk_in(&tree, &roots);
    assert!(errors.is_empty(), "{errors:?}");
    let text = |input: Input| match input.origin {
        discover::Origin::Stored(tree, path) => (input.name, tree.read(&path, MAX_FILE)),
        other => panic!("{other:?}"),
    };
    let read = |(name, text): (String, Result<Vec<u8>, String>)| {
        (
            name,
            text.map_or_else(
                |why| format!("error: {why}"),
                |text| String::from_utf8_lossy(&text).into_owned(),
            ),
        )
    };
    inputs.into_iter().map(text).map(read).collect()
}

/// Two branches that part at the second commit; `main` is packed.
fn branches() -> GitRepo {
    let repo = GitRepo::new();
    repo.commit(&[("a.yaml", "one")], "first");
    repo.commit(&[("a.yaml", "two"), ("deep/er/b.yaml", "two")], "second");
    repo.git(&["tag", "-a", "-m", "a tag", "v1"]);
    repo.git(&["checkout", "-q", "-b", "topic/x"]);
    repo.commit(&[("a.yaml", "three")], "third");
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("c.yaml", "main")], "fourth");
    repo.git(&["gc", "-q"]);
    repo.git(&["checkout", "-q", "topic/x"]);
    repo
}

#[test]
fn names_lead_to_what_git_says() {
    let repo = branches();
    let opened = open(&repo);
    let full = repo.git(&["rev-parse", "main"]);
    let names = [
        "main",
        "topic/x",
        "HEAD",
        "@",
        "v1",
        "v1^{commit}",
        "v1^{}",
        "HEAD~1",
        "HEAD~2",
        "HEAD^",
        "HEAD^1",
        "HEAD^0",
        "main~1^",
        "refs/heads/main",
        "heads/main",
        "tags/v1",
        &full,
        &full[..7],
        &full[..12],
    ];
    for name in names {
        let due = repo.git(&["rev-parse", &format!("{name}^{{commit}}")]);
        assert_eq!(opened.commit(name).map(|commit| commit.to_string()), Ok(due), "{name}");
    }
    let refused = [
        ("nothing", "there is no commit `nothing` here; fetch it first"),
        ("HEAD~9", "`HEAD~9` goes back behind the first commit"),
        ("HEAD^2", "`HEAD^2` goes back behind the first commit"),
        ("HEAD~99999999999999999999999", "goes back too far"),
        ("main..HEAD", "does not name one commit"),
        ("HEAD:a.yaml", "does not name one commit"),
        ("main@{1}", "does not name one commit"),
        ("", "there is no commit"),
        ("../../etc/passwd", "does not name one commit"),
        ("--output=x", "there is no commit"),
        ("a\u{1b}[31m", "there is no commit"),
    ];
    for (name, why) in refused {
        let said = error(opened.commit(name));
        assert!(said.contains(why), "{name:?}: {said}");
    }
    let blob = repo.git(&["rev-parse", "HEAD:a.yaml"]);
    assert_eq!(error(opened.commit(&blob)), format!("`{blob}` is not a commit"));
}

#[test]
fn histories_part_where_git_says() {
    let repo = branches();
    let opened = open(&repo);
    let at = |name: &str| opened.commit(name).expect("a commit");
    for (base, head) in
        [("main", "topic/x"), ("topic/x", "main"), ("main", "main"), ("v1", "main"), ("main~2", "main")]
    {
        let due = repo.git(&["merge-base", base, head]);
        let found = opened.merge_base(at(base), at(head), (base, head));
        assert_eq!(found.map(|commit| commit.to_string()), Ok(due), "{base} {head}");
    }
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.commit(&[("o.yaml", "other")], "alone");
    let (main, other) = (at("main"), at("other"));
    assert_eq!(
        error(opened.merge_base(main, other, ("main", "other"))),
        "`main` and `other` have no commit in common; name another commit with `--base`"
    );
}

#[test]
fn a_commit_has_the_files_that_a_checkout_has() {
    let repo = branches();
    for name in ["main", "topic/x", "main~2"] {
        repo.git(&["checkout", "-q", "-f", name]);
        let mut due: Vec<(String, String)> = Vec::new();
        for file in repo.git(&["ls-files"]).lines() {
            due.push((file.into(), std::fs::read_to_string(repo.root().join(file)).expect("a file")));
        }
        assert_eq!(files(snapshot(&repo, name, false), repo.root()), due, "{name}");
    }
}

#[test]
fn a_part_of_a_commit_is_named_from_there() {
    let repo = branches();
    let root = repo.root().join("deep");
    let opened = Arc::new(open(&repo));
    let commit = opened.commit("main").expect("a commit");
    let part = Snapshot::new(opened.clone(), commit, root.clone(), false).expect("a snapshot");
    assert_eq!(files(part, &root), [("er/b.yaml".to_owned(), "two".to_owned())]);
    let first = opened.commit("main~2").expect("a commit");
    let none = Snapshot::new(opened, first, root.clone(), false).expect("a snapshot");
    assert_eq!(files(none, &root), []);
}

#[test]
fn the_ignore_lists_of_a_commit_are_its_own() {
    let repo = GitRepo::new();
    repo.commit(&[("kept/a.yaml", "a"), ("out/b.yaml", "b"), ("c.txt", "no manifest")], "first");
    repo.commit(&[(".gitignore", "out/\n")], "second");
    let names = |name: &str| -> Vec<String> {
        files(snapshot(&repo, name, false), repo.root()).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("HEAD~1"), ["kept/a.yaml", "out/b.yaml"]);
    assert_eq!(names("HEAD"), ["kept/a.yaml"]);
    // What Git does not look at in this clone counts for every commit.
    std::fs::create_dir_all(repo.root().join(".git/info")).expect("a directory");
    repo.write(".git/info/exclude", "kept/\n");
    assert_eq!(names("HEAD~1"), ["out/b.yaml"]);
}

#[test]
#[cfg(unix)]
fn links_of_a_commit_stay_inside() {
    let repo = GitRepo::new();
    let outside = GitRepo::new();
    outside.write("secret.yaml", "secret");
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, repo.root().join(name)).expect("a link");
    };
    repo.write("real/a.yaml", "a");
    link("real", "dir");
    link("a.yaml", "real/b.yaml");
    link("../real/../dir/a.yaml", "real/c.yaml");
    link(&outside.root().join("secret.yaml").to_string_lossy(), "out.yaml");
    link("../../../../../../../../etc/passwd", "up.yaml");
    link("loop2", "loop1");
    link("loop1", "loop2");
    link(&repo.root().join("real/a.yaml").to_string_lossy(), "absolute.yaml");
    repo.commit(&[], "links");
    let (root, tree) = (repo.root(), snapshot(&repo, "HEAD", false));
    // Only the file itself is walked, as on the disk.
    assert_eq!(files(snapshot(&repo, "HEAD", false), root), [("real/a.yaml".to_owned(), "a".to_owned())]);
    let real = |name: &str| tree.real(&root.join(name));
    for name in ["dir/a.yaml", "real/b.yaml", "real/c.yaml", "absolute.yaml", "dir/../real/a.yaml"] {
        assert_eq!(real(name), Some(root.join("real/a.yaml")), "{name}");
    }
    for name in ["out.yaml", "up.yaml"] {
        assert!(!real(name).expect("somewhere").starts_with(root), "{name}");
        assert_eq!(
            tree.read(&root.join(name), MAX_FILE),
            Err("is not a file and is not read".into()),
            "{name}"
        );
    }
    for name in ["loop1", "loop1/x", "missing", "real/a.yaml/x"] {
        assert_eq!(real(name), None, "{name}");
    }
}

#[test]
fn a_shallow_clone_says_how_to_deepen_it() {
    let repo = branches();
    let url = format!("file://{}", repo.root().to_string_lossy());
    let shallow = GitRepo::cloned(&["--depth", "1", "--no-tags", "--no-single-branch", &url]);
    let opened = open(&shallow);
    let (base, head) =
        (opened.commit("origin/main").expect("a commit"), opened.commit("HEAD").expect("a commit"));
    let said = error(opened.merge_base(base, head, ("origin/main", "HEAD")));
    assert!(said.starts_with("this clone is shallow and does not contain the last common commit of `HEAD` and `origin/main`; run `git fetch --unshallow`"), "{said}");
    assert!(said.contains("`fetch-depth: 0` of actions/checkout"), "{said}");
    let said = error(opened.commit("HEAD~1"));
    assert!(said.contains("is not in this shallow clone; run `git fetch --unshallow`"), "{said}");
    let single = GitRepo::cloned(&["--depth", "1", "--no-tags", &url]);
    let said = error(open(&single).commit("origin/nowhere"));
    assert!(said.contains("there is no commit `origin/nowhere` here; run `git fetch origin nowhere:refs/remotes/origin/nowhere`"), "{said}");
    // Git's own line makes it whole.
    shallow.git(&["fetch", "-q", "--unshallow"]);
    let opened = open(&shallow);
    let due = shallow.git(&["merge-base", "origin/main", "HEAD"]);
    assert_eq!(
        opened.merge_base(base, head, ("origin/main", "HEAD")).map(|commit| commit.to_string()),
        Ok(due)
    );
}

#[test]
fn a_partial_clone_fetches_nothing() {
    let repo = branches();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root().to_string_lossy());
    let partial = GitRepo::cloned(&["--filter=blob:none", "--no-checkout", &url]);
    let before = partial.hash_of_git();
    let tree = snapshot(&partial, "origin/main~1", false);
    let said = error(tree.read(&partial.root().join("a.yaml"), MAX_FILE));
    assert!(
        said.contains(
            "is not in this partial clone, and nothing is fetched; run `git fetch --refetch --no-filter`"
        ),
        "{said}"
    );
    assert_eq!(partial.hash_of_git(), before);
    partial.git(&["fetch", "-q", "--refetch", "--no-filter"]);
    let tree = snapshot(&partial, "origin/main~1", false);
    assert_eq!(tree.read(&partial.root().join("a.yaml"), MAX_FILE), Ok(b"two".to_vec()));
}

#[test]
fn a_missing_object_is_said() {
    let repo = GitRepo::new();
    repo.commit(&[("a.yaml", "one")], "first");
    repo.commit(&[("a.yaml", "two")], "second");
    let lost = |name: &str| {
        let id = repo.git(&["rev-parse", name]);
        std::fs::remove_file(repo.root().join(".git/objects").join(&id[..2]).join(&id[2..]))
            .expect("a loose object");
        id
    };
    let blob = lost("HEAD:a.yaml");
    let said = error(snapshot(&repo, "HEAD", false).read(&repo.root().join("a.yaml"), MAX_FILE));
    assert_eq!(said, format!("object {blob} is missing; `git fsck` lists what this repository lacks"));
    repo.git(&["branch", "other", "HEAD"]);
    let first = lost("HEAD~1");
    let opened = open(&repo);
    let (head, other) = (opened.commit("HEAD").expect("a commit"), opened.commit("other").expect("a commit"));
    // A commit is an ancestor of itself, whatever is behind it.
    assert!(opened.merge_base(head, other, ("HEAD", "other")).is_ok());
    let said = error(opened.commit("HEAD~1"));
    assert!(said.contains(&format!("object {first} is missing")), "{said}");
}

#[test]
fn a_linked_working_tree_is_read() {
    let repo = branches();
    let linked = GitRepo::beside();
    repo.git(&["worktree", "add", "-q", &linked.root().join("w").to_string_lossy(), "main"]);
    let root = linked.root().join("w");
    let opened = GitRepository::open(&root).expect("a repository");
    assert_eq!(opened.work_tree(), Some(root.as_path()));
    for name in ["HEAD", "topic/x", "v1"] {
        let due = repo.git(&["-C", &root.to_string_lossy(), "rev-parse", &format!("{name}^{{commit}}")]);
        assert_eq!(opened.commit(name).map(|commit| commit.to_string()), Ok(due), "{name}");
    }
    // A file that names a repository which does not know of it is no way into that.
    let thief = GitRepo::beside();
    thief.write(".git", &format!("gitdir: {}\n", repo.root().join(".git/worktrees/w").to_string_lossy()));
    let said = error(GitRepository::open(thief.root()).map(|_| ()));
    assert!(said.contains("does not list this working tree, so it is not read"), "{said}");
    let plain = format!("gitdir: {}\n", repo.root().join(".git").to_string_lossy());
    thief.write(".git", &plain);
    let said = error(GitRepository::open(thief.root()).map(|_| ()));
    assert!(said.contains("does not list this working tree, so it is not read"), "{said}");
}

#[test]
fn a_bare_repository_is_read() {
    let repo = branches();
    let bare = GitRepo::cloned(&["--bare", &repo.root().to_string_lossy()]);
    let opened = open(&bare);
    assert_eq!(opened.work_tree(), None);
    let tree = snapshot(&bare, "main", false);
    let names = files(tree, bare.root());
    assert_eq!(names[0], ("a.yaml".to_owned(), "two".to_owned()));
}

#[test]
fn objects_elsewhere_are_not_read() {
    let repo = branches();
    let other = GitRepo::cloned(&["--shared", &repo.root().to_string_lossy()]);
    let said = error(GitRepository::open(other.root()).map(|_| ()));
    assert!(said.contains("outside of the repository, and they are not read; `git repack -a -d"), "{said}");
    other.git(&["repack", "-q", "-a", "-d"]);
    std::fs::remove_file(other.root().join(".git/objects/info/alternates")).expect("a file");
    assert!(GitRepository::open(other.root()).is_ok());
    #[cfg(unix)]
    {
        let linked = GitRepo::beside();
        std::os::unix::fs::symlink(repo.root().join(".git"), linked.root().join(".git")).expect("a link");
        let said = error(GitRepository::open(linked.root()).map(|_| ()));
        assert!(said.contains("is not followed"), "{said}");
    }
}

#[test]
fn other_formats_are_named() {
    let sha256 = GitRepo::initialised(&["--object-format=sha256"]);
    let said = error(GitRepository::open(sha256.root()).map(|_| ()));
    assert!(said.contains("is a SHA-256 repository, and pullwarden reads SHA-1 repositories only"), "{said}");
    let nowhere = GitRepo::beside();
    let said = error(GitRepository::open(nowhere.root()).map(|_| ()));
    assert!(
        said.contains(
            "is in no Git repository; compare two directories with `pullwarden plan --old DIR --new DIR`"
        ),
        "{said}"
    );
    let empty = GitRepo::new();
    assert_eq!(error(open(&empty).commit("HEAD")), "this repository has no commit yet");
    assert_eq!(error(open(&empty).base(None, &Environment::default())), "this repository has no commit yet");
    let named = GitRepo::beside();
    named.write(".git", "nonsense");
    assert!(error(GitRepository::open(named.root()).map(|_| ())).contains("names no repository"));
}

#[test]
fn replaced_objects_are_the_original_ones() {
    let repo = GitRepo::new();
    repo.commit(&[("a.yaml", "one")], "first");
    repo.commit(&[("a.yaml", "two")], "second");
    let (one, two) = (repo.git(&["rev-parse", "HEAD~1:a.yaml"]), repo.git(&["rev-parse", "HEAD:a.yaml"]));
    repo.git(&["replace", &two, &one]);
    assert_eq!(files(snapshot(&repo, "HEAD", false), repo.root())[0].1, "two");
}

/// A history of a few objects that names more files than there are atoms.
#[test]
fn a_bomb_of_directories_ends() {
    let repo = GitRepo::new();
    repo.commit(&[("x.yaml", "x")], "first");
    let mut tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    for _ in 0..20 {
        let entries: Vec<String> = (0..10).map(|number| format!("040000 tree {tree}\td{number}\n")).collect();
        tree = repo.git_with(&["mktree"], &entries.concat());
    }
    let commit = repo.git(&["commit-tree", "-m", "bomb", &tree]);
    let tree = snapshot(&repo, &commit, false);
    let mut open = vec![repo.root().to_path_buf()];
    let said = loop {
        let directory = open.pop().expect("an end before the last directory");
        match tree.entries(&directory) {
            Ok(entries) => open.extend(entries.into_iter().flatten().map(|(name, _)| directory.join(name))),
            Err(why) => break why.to_string(),
        }
    };
    assert!(said.contains("has more files than pullwarden reads"), "{said}");
}

#[test]
fn the_base_is_what_ci_says() {
    let repo = branches();
    let clone = GitRepo::cloned(&["-b", "topic/x", &repo.root().to_string_lossy()]);
    let opened = open(&clone);
    let base = |variables: &[(&str, &str)]| {
        let base = opened.base(None, &Environment::of(variables))?;
        Ok::<_, String>((base.name, base.said_by.unwrap_or_default(), base.commit.to_string()))
    };
    let (main, topic) =
        (clone.git(&["rev-parse", "origin/main"]), clone.git(&["rev-parse", "origin/topic/x"]));
    for (variable, value, who) in [
        ("GITHUB_BASE_REF", "main", "GITHUB_BASE_REF of GitHub Actions"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME of GitLab CI"),
        (
            "SYSTEM_PULLREQUEST_TARGETBRANCH",
            "refs/heads/main",
            "SYSTEM_PULLREQUEST_TARGETBRANCH of Azure Pipelines",
        ),
        ("CHANGE_TARGET", "main", "CHANGE_TARGET of Jenkins"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main", "BITBUCKET_PR_DESTINATION_BRANCH of Bitbucket"),
    ] {
        assert_eq!(
            base(&[(variable, value)]),
            Ok(("origin/main".into(), who.into(), main.clone())),
            "{variable}"
        );
    }
    assert_eq!(
        base(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &main)]).expect("a base").1,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA of GitLab CI"
    );
    // Nothing is said by a variable that is empty, as GitHub sets it for a push.
    clone.git(&["remote", "set-head", "origin", "main"]);
    assert_eq!(
        base(&[("GITHUB_BASE_REF", "")]),
        Ok(("origin/main".into(), "the default branch".into(), main.clone()))
    );
    clone.git(&["remote", "set-head", "origin", "topic/x"]);
    assert_eq!(base(&[]), Ok(("origin/topic/x".into(), "the default branch".into(), topic)));
    clone.git(&["remote", "set-head", "origin", "--delete"]);
    assert_eq!(base(&[]), Ok(("origin/main".into(), "the default branch".into(), main.clone())));
    clone.git(&["remote", "rename", "origin", "company"]);
    assert_eq!(base(&[]), Ok(("company/main".into(), "the default branch".into(), main)));
    assert!(error(opened.commit("nothing")).contains("there is no commit `nothing` here"));
    assert_eq!(
        error(opened.base(Some("main"), &Environment::default())),
        "there is no commit `main` here; did you mean `company/main`?"
    );
    let gone = error(base(&[("GITHUB_BASE_REF", "release")]));
    assert!(gone.starts_with("GITHUB_BASE_REF of GitHub Actions says that the pull request goes to `release`; there is no commit"), "{gone}");
}

#[test]
fn github_says_more_in_its_event() {
    let repo = branches();
    let (main, first) = (repo.git(&["rev-parse", "main"]), repo.git(&["rev-parse", "main~2"]));
    let events = GitRepo::beside();
    let base = |event: &str, more: &[(&str, &str)]| {
        events.write("event.json", event);
        let path = events.root().join("event.json");
        let path = path.to_string_lossy().into_owned();
        let all = [&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", path.as_str())][..], more].concat();
        let base = open(&repo).base(None, &Environment::of(&all))?;
        Ok::<_, String>((base.commit.to_string(), base.said_by.unwrap_or_default()))
    };
    let queue = format!(r#"{{"merge_group": {{"base_sha": "{first}"}}}}"#);
    assert_eq!(base(&queue, &[]), Ok((first.clone(), "the merge queue of GitHub".into())));
    let push = format!(r#"{{"before": "{first}"}}"#);
    assert_eq!(base(&push, &[("GITHUB_EVENT_NAME", "push")]), Ok((first, "the push to GitHub".into())));
    let created = format!(r#"{{"before": "{}"}}"#, "0".repeat(40));
    assert_eq!(
        base(&created, &[("GITHUB_EVENT_NAME", "push")]),
        Ok((main.clone(), "the default branch".into()))
    );
    // The branch itself was not fetched.
    let pull = format!(r#"{{"pull_request": {{"base": {{"sha": "{main}"}}}}}}"#);
    let said = "GITHUB_BASE_REF of GitHub Actions".to_owned();
    assert_eq!(base(&pull, &[("GITHUB_BASE_REF", "elsewhere")]), Ok((main.clone(), said.clone())));
    // What GitHub checks out merges the pull request into its target.
    repo.git(&["checkout", "-q", "--detach", "main"]);
    repo.git(&["merge", "-q", "--no-edit", "topic/x"]);
    assert_eq!(base("nonsense", &[("GITHUB_BASE_REF", "elsewhere")]), Ok((main, said)));
}

#[test]
fn pointers_and_submodules_are_those_of_the_working_tree() {
    use sha2::{Digest, Sha256};
    let repo = GitRepo::new();
    let digest: Vec<String> = Sha256::digest(b"large").iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = digest.concat();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 5\n");
    repo.commit(&[("big.yaml", &pointer)], "a pointer");
    let read = |beside: bool| snapshot(&repo, "HEAD", beside).read(&repo.root().join("big.yaml"), MAX_FILE);
    assert_eq!(read(true), Ok(pointer.clone().into_bytes()));
    repo.write("big.yaml", "large");
    assert_eq!(read(true), Ok(b"large".to_vec()));
    repo.write("big.yaml", "other");
    for read in [read(true), read(false)] {
        let said = error(read);
        assert!(
            said.starts_with("is a pointer of Git LFS in ")
                && said.ends_with("Git does not hold what it points to"),
            "{said}"
        );
    }
    let module = GitRepo::new();
    module.commit(&[("m.yaml", "module")], "module");
    repo.add_submodule(&module, "sub");
    repo.commit(&[("big.yaml", "x")], "a submodule");
    let names = |beside: bool| -> Vec<String> {
        let found = files(snapshot(&repo, "HEAD", beside), repo.root());
        found.into_iter().map(|(name, _)| name).collect()
    };
    let modules = snapshot(&repo, "HEAD", true).submodules().expect("submodules");
    assert_eq!(modules.keys().collect::<Vec<_>>(), [Path::new("sub")]);
    assert_eq!(names(false), ["big.yaml"]);
    let found = {
        let tree: Arc<dyn Tree> = Arc::new(snapshot(&repo, "HEAD", true));
        let root = repo.root().to_path_buf();
        let roots = Roots { root: root.clone(), paths: vec![root], stdin: None, respect_ignores: true };
        discover::walk_in(&tree, &roots).inputs.into_iter().map(|input| input.name).collect::<Vec<_>>()
    };
    assert_eq!(found, ["big.yaml", "sub/m.yaml"]);
    let opened = GitRepository::open(&repo.root().join("sub")).expect("the repository of the submodule");
    assert!(opened.commit("HEAD").is_ok());
}

/// Everything that Git could be made to run, and everything that reading could write.
#[test]
#[cfg(unix)]
fn a_hostile_repository_runs_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let repo = branches();
    let mark = repo.root().join(".git/ran");
    let program = repo.root().join(".git/program");
    std::fs::write(&program, format!("#!/bin/sh\ntouch {}\n", mark.to_string_lossy())).expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let run = program.to_string_lossy();
    let config = format!(
        "[core]\n\tfsmonitor = {run}\n\tpager = {run}\n\tsshCommand = {run}\n\teditor = {run}\n\tworktree = /\n\tattributesFile = /etc/passwd\n\
         [diff]\n\texternal = {run}\n[include]\n\tpath = /etc/passwd\n[filter \"x\"]\n\tclean = {run}\n\tsmudge = {run}\n\
         [extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ext::{run}\n\tpromisor = true\n[safe]\n\tdirectory = *\n"
    );
    let plain = std::fs::read_to_string(repo.root().join(".git/config")).expect("a configuration");
    for hook in ["post-checkout", "pre-commit", "post-index-change", "reference-transaction"] {
        std::fs::copy(&program, repo.root().join(".git/hooks").join(hook)).expect("a hook");
    }
    repo.write(".gitattributes", "*.yaml filter=x diff=x\n");
    repo.write(".git/config", &format!("{plain}{config}"));
    let before = repo.hash_of_git();
    let opened = open(&repo);
    assert_eq!(opened.work_tree(), Some(repo.root()));
    let base = opened.base(None, &Environment::default()).expect("a base");
    let head = opened.commit("HEAD").expect("a commit");
    let parted = opened.merge_base(base.commit, head, ("main", "HEAD")).expect("a commit");
    let tree = Snapshot::new(Arc::new(opened), parted, repo.root().to_path_buf(), true).expect("a snapshot");
    assert_eq!(files(tree, repo.root()).len(), 2);
    assert!(open(&repo).commit(&"0123456789".repeat(4)).is_err());
    assert!(!mark.exists());
    assert_eq!(repo.hash_of_git(), before);
    repo.write(".git/config", &plain);
    repo.git(&["fsck", "--strict"]);
}
