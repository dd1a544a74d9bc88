//! Fixtures: `fixtures/<rule-id>/{bad,good}-<case>.yaml`, or a directory of that name that is a whole repository.
//!
//! - A fixture runs its own rule only. Rules about pullwarden's own inputs run beside all others.
//! - `#~ words` at the end of a line says: a finding starts here, and its message contains these words. Several marks may
//!   stand behind each other. `#~^ words` on a line by itself speaks of the nearest line above that is none of these.
//!   `#~ [warning] words` asks for the severity, too. Marks and findings match one to one; good fixtures have neither.
//! - `#< words` at the end of a line says: a related place starts here, and its label contains these words.
//! - Marks are taken out before the check, so they are in the way of nothing. A text that cannot hold them (JSON,
//!   UTF-16) has them beside it, in `<name>.marks`, as lines `LINE:COLUMN words`.
//! - `# openshift: 4.12` and `# today: 2026-01-01` in the comments that open a fixture (or a directory's
//!   `.pullwarden.yaml`) say so to pullwarden.
//! - `# pullwarden check --allow-exec` as the first line of a directory's `.pullwarden.yaml` runs its commands.
//! - Where findings carry fixes, all of them are made, until nothing offers one any more. What comes of it is kept in
//!   `bad-<case>.fixed.yaml` (or the directory `bad-<case>.fixed/`); `BLESS=1 cargo test` writes it.

use crate::generated::{self, assert_none, first_difference, shown};
use crate::harness::{Checked, Repository, Run};
use pullwarden::check::diagnostic::Diagnostic;
use pullwarden::finding;
use pullwarden::read::discover::is_manifest;
use pullwarden::rules::{self, find};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Behind the name of a text: its marks.
const MARKS: &str = ".marks";

/// More rounds of fixes than this never end.
const MAX_ROUNDS: usize = 8;

/// What a fixture expects of one place.
#[derive(Debug)]
struct Mark {
    file: String,
    /// From 1, in the text without marks.
    line: usize,
    column: Option<usize>,
    severity: Option<String>,
    words: String,
}

pub(crate) struct Fixture {
    /// The file or directory.
    pub(crate) path: PathBuf,
    pub(crate) rule: &'static str,
    pub(crate) is_bad: bool,
    pub(crate) repository: Repository,
    marks: Vec<Mark>,
}

#[test]
fn fixtures_say_what_their_marks_expect() {
    let (fixtures, mut failures) = fixtures();
    for fixture in &fixtures {
        let checked = fixture.repository.check(Run::Only(fixture.rule));
        compare(fixture, &checked, &mut failures);
    }
    assert_none(&failures, "fixtures");
}

/// Every finding stands where it stood, and has the fix that it had, whatever ends the lines.
#[test]
fn line_ends_change_nothing() {
    let (fixtures, _) = fixtures();
    let mut failures = Vec::new();
    for fixture in fixtures.iter().filter(|fixture| fixture.is_bad) {
        let is_plain = |(_, text): &(String, Vec<u8>)| {
            !text.contains(&b'\r') && !text.contains(&0) && str::from_utf8(text).is_ok()
        };
        if !fixture.repository.files.iter().all(is_plain) {
            continue;
        }
        let expected = found(&fixture.repository, fixture.rule);
        for end in ["\r\n", "\r"] {
            let mut other = fixture.repository.clone();
            for (_, text) in other.files.iter_mut().filter(|(name, _)| is_manifest(Path::new(name))) {
                *text = String::from_utf8_lossy(text).replace('\n', end).into_bytes();
            }
            let now = found(&other, fixture.rule);
            if now != expected {
                let (before, after) = (expected.join("\n"), now.join("\n"));
                let difference = first_difference(&before, &after);
                failures.push(format!("{} with {end:?}: {difference}", fixture.path.display()));
            }
        }
    }
    assert_none(&failures, "line ends");
}

/// What a rule finds: the place, the message, what its fix is called.
fn found(repository: &Repository, rule: &'static str) -> Vec<String> {
    let checked = repository.check(Run::Only(rule));
    let line = |diagnostic: &&Diagnostic| {
        let (line, column) = checked.position(diagnostic);
        let fix = diagnostic.fix.as_ref().map_or("no fix", |fix| fix.title.as_str());
        format!("{}:{line}:{column} {}: {fix}", checked.file(diagnostic), diagnostic.message)
    };
    checked.open().iter().map(line).collect()
}

#[test]
fn fixes_mend_what_they_promise_to() {
    let (fixtures, _) = fixtures();
    let mut failures = Vec::new();
    for fixture in &fixtures {
        mend(fixture, &mut failures);
    }
    assert_none(&failures, "fixes");
}

#[test]
fn every_rule_has_a_bad_and_a_good_fixture() {
    let (fixtures, _) = fixtures();
    let mut failures = Vec::new();
    for entry in rules::ALL {
        let id = entry.meta.id;
        let has = |is_bad| fixtures.iter().any(|fixture| fixture.rule == id && fixture.is_bad == is_bad);
        let missing = match (has(true), has(false)) {
            (true, true) => continue,
            (true, false) => "good-<case>.yaml, in which the rule finds nothing",
            (false, true) => "bad-<case>.yaml, with `#~ words of the message` behind each line that is wrong",
            (false, false) => {
                "bad-<case>.yaml, with `#~ words of the message` behind each line that is wrong, and \
                 good-<case>.yaml, in which the rule finds nothing"
            }
        };
        failures.push(format!("fixtures/{id}/: write {missing}"));
    }
    assert_none(&failures, "missing fixtures");
}

fn compare(fixture: &Fixture, checked: &Checked, failures: &mut Vec<String>) {
    let open = checked.open();
    let mut found: Vec<_> = open.iter().map(Some).collect();
    let mut problems = Vec::new();
    // Long marks first: a short one may be contained in more messages.
    let mut marks: Vec<&Mark> = fixture.marks.iter().collect();
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.words.len()));
    for mark in marks {
        let fits = found.iter_mut().find(|slot| {
            slot.is_some_and(|diagnostic| {
                let (line, column) = checked.position(diagnostic);
                checked.file(diagnostic) == mark.file
                    && line == mark.line
                    && mark.column.is_none_or(|wanted| wanted == column)
                    && mark.severity.as_deref().is_none_or(|wanted| wanted == diagnostic.severity.as_str())
                    && diagnostic.message.contains(&mark.words)
            })
        });
        if let Some(slot) = fits {
            *slot = None;
            continue;
        }
        let severity = mark.severity.as_ref().map(|word| format!("[{word}] ")).unwrap_or_default();
        let (file, line) = (&mark.file, mark.line);
        problems.push(format!("  expected, not found: {file}:{line}: {severity}{}", mark.words));
    }
    for diagnostic in found.into_iter().flatten() {
        let (line, column) = checked.position(diagnostic);
        let (file, severity) = (checked.file(diagnostic), diagnostic.severity);
        problems.push(format!(
            "  found, not expected: {file}:{line}:{column}: [{severity}] {}",
            diagnostic.message
        ));
    }
    problems.extend(missing_labels(fixture, checked));
    if fixture.is_bad && fixture.marks.is_empty() {
        problems.push("  a bad fixture marks at least one finding with `#~ words of the message`".into());
    }
    if !fixture.is_bad && !fixture.marks.is_empty() {
        problems.push("  a good fixture has no marks".into());
    }
    if !problems.is_empty() {
        let note = "  (lines count without `#~^` lines)";
        failures.push(format!("{}\n{}\n{note}", shown(&fixture.path), problems.join("\n")));
    }
}

/// The related places that a fixture marks and no finding names.
fn missing_labels(fixture: &Fixture, checked: &Checked) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, text) in &fixture.repository.files {
        for (number, line) in String::from_utf8_lossy(text).lines().enumerate() {
            let Some((_, words)) = line.split_once("#< ") else { continue };
            let mut labels = checked.report.open().flat_map(|diagnostic| &diagnostic.related);
            let is_named = labels.any(|related| {
                let source = checked.sources.get(related.span.file);
                related.text.contains(words)
                    && source.is_some_and(|source| {
                        source.name == *name && source.line_of(related.span.start) == number
                    })
            });
            if !is_named {
                missing.push(format!("  no finding names this place: {name}:{}: {words}", number + 1));
            }
        }
    }
    missing
}

fn mend(fixture: &Fixture, failures: &mut Vec<String>) {
    let mut repository = fixture.repository.clone();
    let mut rounds = 0;
    loop {
        let checked = repository.check(Run::Only(fixture.rule));
        let edits =
            finding::together(checked.report.open().filter_map(|diagnostic| diagnostic.fix.as_ref())).edits;
        if edits.is_empty() {
            break;
        }
        rounds += 1;
        if rounds > MAX_ROUNDS {
            failures.push(format!("{}: fixes are offered for ever", shown(&fixture.path)));
            return;
        }
        for (name, text) in &mut repository.files {
            let of_file: Vec<_> = edits
                .iter()
                .filter(|edit| checked.sources.get(edit.span.file).is_some_and(|source| source.name == *name))
                .cloned()
                .collect();
            let before = String::from_utf8_lossy(text).into_owned();
            *text = finding::apply_edits(&before, &of_file).into_bytes();
        }
    }
    let before = fixture.repository.check(Run::Only(fixture.rule)).open().len();
    let after = repository.check(Run::Only(fixture.rule));
    let fixable =
        fixture.repository.check(Run::Only(fixture.rule)).report.open().filter(|d| d.fix.is_some()).count();
    if after.open().len() + fixable > before {
        let left: Vec<&str> = after.open().iter().map(|d| d.message.as_str()).collect();
        failures.push(format!(
            "{}: {fixable} of {before} findings have a fix, yet {} are left after it: {}",
            shown(&fixture.path),
            left.len(),
            left.join("; ")
        ));
    }
    for (name, wanted, changed) in changed(fixture, &repository) {
        let path = fixed_path(fixture, &name);
        if changed {
            generated::expect(&path, &String::from_utf8_lossy(&wanted), failures);
        } else if path.exists() {
            failures.push(format!("{}: nothing is fixed; remove it", shown(&path)));
        }
    }
}

fn changed(fixture: &Fixture, mended: &Repository) -> Vec<(String, Vec<u8>, bool)> {
    let pairs = fixture.repository.files.iter().zip(&mended.files);
    pairs.map(|((name, before), (_, after))| (name.clone(), after.clone(), before != after)).collect()
}

/// `bad-x.yaml` → `bad-x.fixed.yaml`; `image.yaml` of `bad-x/` → `bad-x.fixed/image.yaml`.
fn fixed_path(fixture: &Fixture, name: &str) -> PathBuf {
    let stem = fixture.path.file_name().expect("a fixture has a name").to_string_lossy().into_owned();
    if fixture.path.is_dir() {
        return fixture.path.with_file_name(format!("{stem}.fixed")).join(name);
    }
    let (stem, ending) = stem.rsplit_once('.').expect("a fixture has an ending");
    fixture.path.with_file_name(format!("{stem}.fixed.{ending}"))
}

/// Every fixture, in the order of paths, and what is wrong with their names.
pub(crate) fn fixtures() -> (Vec<Fixture>, Vec<String>) {
    let mut fixtures = Vec::new();
    let mut failures = Vec::new();
    for directory in sorted(&generated::root().join("fixtures")) {
        let id = name_of(&directory);
        // Vectors and whole repositories are other tests' business.
        if !directory.is_dir()
            || ["api", "helm", "kustomize", "mco", "mco-signed", "migrate", "plan", "plans", "repos"]
                .contains(&id.as_str())
        {
            continue;
        }
        let Some(entry) = find(&id) else {
            failures.push(format!("{}: there is no rule `{id}`", shown(&directory)));
            continue;
        };
        for path in sorted(&directory) {
            let name = name_of(&path);
            if name.contains(".fixed") || name.ends_with(MARKS) {
                continue;
            }
            let is_bad = name.starts_with("bad-");
            if !(is_bad || name.starts_with("good-")) || !(path.is_dir() || is_manifest(&path)) {
                failures.push(format!(
                    "{}: a fixture is called bad-<case> or good-<case>, and is YAML, JSON or a directory",
                    shown(&path)
                ));
                continue;
            }
            fixtures.push(read(path, entry.meta.id, is_bad));
        }
    }
    (fixtures, failures)
}

/// The files of a directory.
pub(crate) fn repository_of(path: &Path) -> Repository {
    let mut texts = BTreeMap::new();
    collect(path, "", &mut texts);
    Repository { files: texts.into_iter().collect(), ..Repository::default() }
}

fn read(path: PathBuf, rule: &'static str, is_bad: bool) -> Fixture {
    let mut texts = BTreeMap::new();
    if path.is_dir() {
        collect(&path, "", &mut texts);
    } else {
        texts.insert(name_of(&path), bytes(&path));
        let beside = path.with_file_name(format!("{}{MARKS}", name_of(&path)));
        if beside.is_file() {
            texts.insert(name_of(&beside), bytes(&beside));
        }
    }
    let mut repository = Repository::default();
    let mut marks = Vec::new();
    for (name, text) in texts {
        if let Some(file) = name.strip_suffix(MARKS) {
            let text =
                String::from_utf8(text).unwrap_or_else(|_| panic!("{}: marks are UTF-8", shown(&path)));
            marks.extend(text.lines().filter(|line| !line.is_empty()).map(|line| beside(file, line, &path)));
            continue;
        }
        if path.is_file() || name == ".pullwarden.yaml" {
            let text = String::from_utf8_lossy(&text);
            for line in text.lines().take_while(|line| line.starts_with('#')) {
                let said = |key: &str| line.strip_prefix(key).map(|value| value.trim().to_owned());
                repository.openshift = said("# openshift:").or(repository.openshift.take());
                repository.today = said("# today:").or(repository.today.take());
            }
        }
        let text = match String::from_utf8(text) {
            Ok(text) => without_marks(&name, &text, &mut marks).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        repository.files.push((name, text));
    }
    Fixture { path, rule, is_bad, repository, marks }
}

/// A name as reports have it: the states of a change are repositories of their own.
fn reported(file: &str) -> String {
    file.strip_prefix("before/").or(file.strip_prefix("after/")).unwrap_or(file).to_owned()
}

/// Takes the marks out of a text.
fn without_marks(file: &str, text: &str, marks: &mut Vec<Mark>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut line_number = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let line_end = &line[content.len()..];
        let above = content.trim_start().strip_prefix("#~^");
        if above.is_none() {
            line_number += 1;
        }
        let mark = |words: &str| {
            let words = words.trim();
            let (severity, words) = words
                .strip_prefix('[')
                .and_then(|rest| rest.split_once("] "))
                .map_or((None, words), |(severity, words)| (Some(severity.to_owned()), words));
            Mark { file: reported(file), line: line_number, column: None, severity, words: words.to_owned() }
        };
        if let Some(words) = above {
            marks.extend(words.split("#~^").map(mark));
            continue;
        }
        match content.split_once("#~ ") {
            Some((before, words)) => {
                marks.extend(words.split("#~ ").map(mark));
                kept.push_str(before.trim_end());
                kept.push_str(line_end);
            }
            None => kept.push_str(line),
        }
    }
    kept
}

/// A mark that stands beside its text: `LINE:COLUMN words`.
fn beside(file: &str, line: &str, path: &Path) -> Mark {
    let parse = || {
        let (place, words) = line.split_once(' ')?;
        let (line, column) = place.split_once(':')?;
        let (severity, words) = words
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .map_or((None, words), |(severity, words)| (Some(severity.to_owned()), words));
        Some(Mark {
            file: reported(file),
            line: line.parse().ok()?,
            column: Some(column.parse().ok()?),
            severity,
            words: words.to_owned(),
        })
    };
    parse().unwrap_or_else(|| panic!("{}: `{line}` is no mark; write `LINE:COLUMN words`", shown(path)))
}

fn collect(directory: &Path, prefix: &str, texts: &mut BTreeMap<String, Vec<u8>>) {
    for path in sorted(directory) {
        let name = format!("{prefix}{}", name_of(&path));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), texts);
        } else if is_manifest(&path)
            || name.ends_with(MARKS)
            || path.extension().is_some_and(|ending| ending == "rego")
        {
            texts.insert(name, bytes(&path));
        }
    }
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a path with a name").to_string_lossy().into_owned()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", shown(path)))
}

#[test]
fn the_difference_is_told_by_its_line() {
    assert!(first_difference("a\nb", "a\nc").contains("line 2"));
}
