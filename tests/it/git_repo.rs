//! Repositories of Git for tests, made by the `git` of the machine in directories of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A repository that goes when this does.
pub(crate) struct GitRepo {
    root: PathBuf,
}

impl Drop for GitRepo {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

impl GitRepo {
    /// An empty directory.
    pub(crate) fn beside() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("pullwarden-git-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&root).expect("a directory");
        Self { root: root.canonicalize().expect("the directory") }
    }

    /// A repository without a commit, on a branch `main`.
    pub(crate) fn new() -> Self {
        Self::initialised(&[])
    }

    /// The same with more arguments of `git init`.
    pub(crate) fn initialised(arguments: &[&str]) -> Self {
        let repo = Self::beside();
        repo.git(&[&["init", "-q", "-b", "main"], arguments].concat());
        repo
    }

    /// What `git clone` makes of arguments.
    pub(crate) fn cloned(arguments: &[&str]) -> Self {
        let repo = Self::beside();
        repo.git(&[&["clone", "-q"], arguments, &["."]].concat());
        repo
    }

    /// The directory, links resolved.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs Git and gives back what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, "")
    }

    /// The same with a text on standard input.
    pub(crate) fn git_with(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new("git");
        // Neither the configuration of the machine nor the clock changes what is made.
        let git = command
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
            .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
            .envs([
                ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
                ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = git.spawn().expect("git is there");
        running.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("a text");
        let output = running.wait_with_output().expect("git ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    /// Writes files and commits everything.
    pub(crate) fn commit(&self, files: &[(&str, &str)], message: &str) {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Takes another repository in as the submodule `name`.
    pub(crate) fn add_submodule(&self, module: &GitRepo, name: &str) {
        let url = module.root().to_string_lossy();
        // Git clones no directory of the machine into a submodule unless it is told to.
        self.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, name]);
    }

    /// A digest of all names, contents and times of `.git`.
    pub(crate) fn hash_of_git(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.root.join(".git")];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(directory).expect("a directory") {
                let entry = entry.expect("an entry");
                let metadata = entry.metadata().expect("metadata");
                let changed = metadata.modified().expect("a time");
                let content = if metadata.is_file() {
                    std::fs::read(entry.path()).expect("a file")
                } else {
                    Vec::new()
                };
                let digest = <sha2::Sha256 as sha2::Digest>::digest(&content);
                found.push(format!("{} {changed:?} {digest:?}", entry.path().to_string_lossy()));
                if metadata.is_dir() {
                    open.push(entry.path());
                }
            }
        }
        found.sort();
        found
    }
}
