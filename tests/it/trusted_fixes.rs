//! What safe fixes may do, over the fixtures of all rules, the repositories of `fixtures/repos`, and the trees in the directory
//! that `PULLWARDEN_TREES` names: no source, mirror or registry goes, no list of what is allowed grows, every file is still
//! read, comments go only with what they stand at, and a second run changes nothing.

use crate::command::Scratch;
use crate::generated::{assert_none, root, shown};
use crate::harness::TODAY;
use crate::rules::fixtures;
use pullwarden::config::{self, Overrides, Settings};
use pullwarden::fix::{Fixed, WantedFixes, fix_all};
use pullwarden::model::scope::check_source;
use pullwarden::model::{Cluster, Repo, named_lists};
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::crd::{MirrorKind, Typed};
use pullwarden::read::discover::{Origin, Roots};
use pullwarden::rules::rule::Preset;
use pullwarden::rules::view::ClusterView;
use pullwarden::source::{FileId, Sources};
use pullwarden::yaml;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::path::Path;

/// A directory whose safe fixes are made.
pub(crate) struct Tree {
    pub(crate) scratch: Scratch,
    pub(crate) openshift: Option<String>,
}

/// What the clusters of a tree get: names, of which none may go.
#[derive(Default)]
struct Gets {
    /// Sources with their mirrors, and the entries of lists.
    said: BTreeSet<String>,
    /// What the nodes' files hold; `None` for a cluster whose operator stops.
    nodes: BTreeMap<String, Option<BTreeSet<String>>>,
    /// The entries, as written, that allow pulls, or pulls without verified TLS, by cluster.
    allowed: BTreeMap<String, BTreeSet<String>>,
}

impl Tree {
    pub(crate) fn settings(&self, sources: &mut Sources) -> Settings {
        let overrides = Overrides {
            openshift: self.openshift.as_deref().map(|version| version.parse().expect("a release")),
            preset: Some(Preset::Strict),
            today: Some(TODAY.parse().expect("a day")),
            ..Overrides::default()
        };
        let file = config::NAMES.iter().map(|name| (name, self.scratch.0.join(name)));
        match file.into_iter().find_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?))) {
            Some((name, text)) => config::parse(&text, name, &overrides, sources),
            None => Settings::from_overrides(&overrides),
        }
    }

    pub(crate) fn walked(&self) -> Walked {
        let root = self.scratch.0.canonicalize().expect("a directory");
        Walked::of(&Roots { paths: vec![root.clone()], root, stdin: None, respect_ignores: true })
    }

    fn fix(&self) -> Fixed {
        self.fixed(&WantedFixes::default())
    }

    pub(crate) fn fixed(&self, wanted: &WantedFixes) -> Fixed {
        let settings = |sources: &mut Sources| Ok::<_, Infallible>(self.settings(sources));
        let Ok(mended) = fix_all(&self.walked(), settings, wanted, |path, text| {
            // What is no UTF-8 stays.
            if fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
                Ok(())
            } else {
                Err(String::new())
            }
        });
        mended
    }

    /// What comes of the files, with some texts in the place of those on the disk.
    fn gets(&self, mended: &Fixed) -> Gets {
        let mut walked = self.walked();
        for input in &mut walked.inputs {
            if let Some(file) = mended.files.iter().find(|file| file.name == input.name) {
                input.origin = Origin::Text(file.after.clone().into_bytes());
            }
        }
        let mut sources = Sources::default();
        let settings = self.settings(&mut sources);
        Gets::of(&pipeline::read(walked, &settings, &mut sources))
    }
}

/// A name as it is meant: a slip in it may be mended.
fn meant(name: &str) -> String {
    let name = name.rsplit_once("://").map_or(name, |(_, rest)| rest);
    let name: String = name.chars().filter(|c| !c.is_whitespace() && c.is_ascii_graphic()).collect();
    let name = name.replace("index.docker.io", "docker.io");
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

impl Gets {
    fn of(repo: &Repo) -> Self {
        let mut gets = Self::default();
        for cluster in &repo.clusters {
            gets.add(cluster);
        }
        gets
    }

    fn add(&mut self, cluster: &Cluster) {
        for (_, set) in cluster.mirror_sets() {
            let digest = [MirrorKind::Digest, MirrorKind::Icsp].contains(&set.kind);
            for entry in set.entries() {
                let source = meant(&entry.source.value);
                let mirrors = entry.mirrors().iter().map(|mirror| meant(&mirror.value));
                // Where the source is asked in any case, it need not be said.
                let mirrors = mirrors.filter(|mirror| *mirror != source);
                let policy = entry.policy.as_ref().map(|policy| policy.value);
                self.said.extend(mirrors.map(|mirror| format!("{digest} {source} > {mirror} {policy:?}")));
            }
        }
        let allowed = self.allowed.entry(cluster.name.clone()).or_default();
        for resource in cluster.resources() {
            let Typed::Image(image) = &resource.typed else { continue };
            for (name, list) in named_lists(image) {
                let names = list.items.iter().map(|entry| meant(&entry.value));
                if name != "blockedRegistries" {
                    // An entry with a slip in it allows nothing.
                    let valid = list.items.iter().filter(|entry| check_source(&entry.value).is_none());
                    allowed.extend(valid.map(|entry| format!("{name}: {}", entry.value)));
                }
                // What is insecure and blocked is not contacted at all.
                let is_kept = |entry: &String| {
                    let sources = image.registry_sources.as_ref();
                    let blocked = sources.and_then(|sources| sources.blocked.as_ref());
                    let mut blocked = blocked.into_iter().flat_map(|list| &list.items);
                    name != "insecureRegistries" || !blocked.any(|blocked| meant(&blocked.value) == *entry)
                };
                self.said.extend(names.filter(is_kept).map(|entry| format!("{name} {entry}")));
            }
        }
        let view = ClusterView::new(cluster);
        let names = view.files().map(|files| {
            let mut names = BTreeSet::new();
            for entry in &files.registries_conf.entries {
                let mirrors = entry.mirrors.iter().map(|mirror| meant(&mirror.location));
                names.extend(mirrors.chain([meant(entry.scope())]));
            }
            names.extend(
                files.search_registries.iter().flat_map(|search| &search.registries).map(|r| meant(&r.value)),
            );
            names
        });
        if view.files().is_some() {
            let valid =
                view.nodes().effective.allowed.iter().filter(|entry| check_source(&entry.value).is_none());
            allowed.extend(valid.map(|entry| format!("allowedRegistries: {}", entry.value)));
        }
        self.nodes.insert(cluster.name.clone(), names);
    }

    /// What is worse than before.
    fn losses(&self, after: &Self) -> Vec<String> {
        let mut losses: Vec<String> =
            self.said.difference(&after.said).map(|name| format!("`{name}` is gone")).collect();
        for (cluster, before) in &self.nodes {
            match (before, after.nodes.get(cluster)) {
                (_, None) => losses.push(format!("cluster {cluster} is gone")),
                (Some(_), Some(None)) => losses.push(format!("the operator of {cluster} stops")),
                (Some(before), Some(Some(after))) => {
                    losses
                        .extend(before.difference(after).map(|name| format!("{cluster}: `{name}` is gone")));
                }
                (None, _) => {}
            }
        }
        for (cluster, now) in &after.allowed {
            let before = self.allowed.get(cluster).cloned().unwrap_or_default();
            losses.extend(now.difference(&before).map(|name| format!("{cluster}: `{name}` is allowed now")));
        }
        losses
    }
}

/// How many documents of a text cannot be read.
fn broken(text: &str) -> usize {
    let mut broken = 0;
    yaml::parse(FileId(0), &text.into(), |parsed| broken += usize::from(parsed.is_err()));
    broken
}

/// The lines of a text: what stands before the comment, and the comment.
fn lines(text: &str) -> Vec<(&str, Option<&str>)> {
    let split = |line: &'_ str| -> Option<usize> {
        if line.trim_start().starts_with('#') { line.find('#') } else { line.find(" #").map(|at| at + 1) }
    };
    let lines = text.split(['\n', '\r']);
    lines
        .map(|line| match split(line) {
            Some(at) => (line[..at].trim(), Some(line[at..].trim_end())),
            None => (line.trim(), None),
        })
        .collect()
}

/// The comments that are gone though nothing that they stand at is.
fn lost_comments(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (lines(before), lines(after));
    let count = |lines: &[(&str, Option<&str>)]| {
        let mut counts: BTreeMap<(String, bool), usize> = BTreeMap::new();
        for (code, comment) in lines {
            *counts.entry(((*code).to_owned(), false)).or_default() += 1;
            if let Some(comment) = comment {
                *counts.entry(((*comment).to_owned(), true)).or_default() += 1;
            }
        }
        counts
    };
    let (old, new) = (count(&before), count(&after));
    let is_fewer = |text: &str, is_comment: bool| {
        let key = (text.to_owned(), is_comment);
        new.get(&key).copied().unwrap_or(0) < old.get(&key).copied().unwrap_or(0)
    };
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, (code, comment)) in before.iter().enumerate() {
        let Some(comment) = comment else { continue };
        let next = before[number..].iter().map(|(code, _)| code).find(|code| !code.is_empty());
        let previous = before[..number].iter().rev().map(|(code, _)| code).find(|code| !code.is_empty());
        let around = if code.is_empty() { [next, previous] } else { [Some(code), None] };
        let goes = around.into_iter().flatten().any(|code| is_fewer(code, false));
        *excused.entry(comment).or_default() += usize::from(goes);
    }
    let is_lost = |(comment, excused): &(&str, usize)| {
        let key = ((*comment).to_owned(), true);
        new.get(&key).copied().unwrap_or(0) + excused < old[&key]
    };
    excused.into_iter().filter(is_lost).map(|(comment, _)| comment.to_owned()).collect()
}

/// Makes the safe fixes of a tree, and says what is wrong with what comes of them. Returns how many files change.
fn examine(name: &str, tree: &Tree, failures: &mut Vec<String>) -> usize {
    let mended = tree.fix();
    if mended.files.is_empty() {
        return 0;
    }
    let mut wrong = Vec::new();
    let nothing = Fixed { files: Vec::new(), ..tree_without_fixes() };
    wrong.extend(tree.gets(&nothing).losses(&tree.gets(&mended)));
    for file in &mended.files {
        if broken(&file.after) > broken(&file.before) {
            wrong.push(format!("{} cannot be read any more", file.name));
        }
        let lost = lost_comments(&file.before, &file.after);
        wrong.extend(lost.into_iter().map(|comment| format!("{}: lost {comment}", file.name)));
    }
    for file in &mended.files {
        fs::write(&file.path, &file.after).expect("a file");
    }
    for file in tree.fix().files {
        wrong.push(format!("{} changes once more: {:?}", file.name, file.fixed));
    }
    failures.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    mended.files.len()
}

fn tree_without_fixes() -> Fixed {
    Fixed {
        files: Vec::new(),
        left: pullwarden::check::triage::Report::default(),
        refused: BTreeMap::new(),
        withdrawn: BTreeMap::new(),
        unfinished: 0,
    }
}

#[test]
fn safe_fixes_of_every_rule_allow_nothing_new() {
    let mut failures = Vec::new();
    let mut fixed: BTreeSet<&str> = BTreeSet::new();
    for (number, fixture) in fixtures().0.iter().filter(|fixture| fixture.is_bad).enumerate() {
        let files = fixture.repository.files.iter();
        let files: Vec<(&str, String)> =
            files.map(|(name, text)| (name.as_str(), String::from_utf8_lossy(text).into_owned())).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let scratch = Scratch::new(&format!("trusted-{number}"), &files);
        let _ = fs::create_dir(scratch.0.join(".git"));
        let tree = Tree { scratch, openshift: fixture.repository.openshift.clone() };
        if examine(&shown(&fixture.path), &tree, &mut failures) > 0 {
            fixed.insert(fixture.rule);
        }
    }
    assert!(fixed.len() > 20, "of so many rules something was fixed: {fixed:?}");
    assert_none(&failures, "safe fixes of fixtures");
}

#[test]
fn safe_fixes_of_repositories_allow_nothing_new() {
    let mut failures = Vec::new();
    let mut counts = of_trees(&root().join("fixtures/repos"), &mut failures);
    match std::env::var_os("PULLWARDEN_TREES") {
        Some(trees) => counts.extend(of_trees(Path::new(&trees), &mut failures)),
        None => println!("skipped: PULLWARDEN_TREES names no directory with trees"),
    }
    for (tree, count) in counts {
        println!("{tree}: {count} files change");
    }
    assert_none(&failures, "safe fixes of repositories");
}

/// Examines every tree in a directory, and counts the files that change in each.
fn of_trees(directory: &Path, failures: &mut Vec<String>) -> Vec<(String, usize)> {
    let mut trees: Vec<_> = fs::read_dir(directory)
        .expect("a directory of trees")
        .map(|entry| entry.expect("a tree").path())
        .filter(|path| path.is_dir())
        .collect();
    trees.sort();
    let mut counts = Vec::new();
    for (number, path) in trees.iter().enumerate() {
        let scratch = Scratch::new(&format!("trusted-tree-{number}"), &[]);
        copy(path, &scratch.0);
        let _ = fs::create_dir(scratch.0.join(".git"));
        let changed = examine(&path.to_string_lossy(), &Tree { scratch, openshift: None }, failures);
        counts.push((path.to_string_lossy().into_owned(), changed));
    }
    counts
}

/// Copies files and directories; links stay behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        let target = to.join(entry.file_name());
        if kind.is_dir() && entry.file_name() != ".git" {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}
