//! What a check offers is what `fix` makes, and nothing that the next check complains of.

use crate::command::{Scratch, command, err, out, pullwarden};
use crate::generated::{assert_none, root, shown};
use crate::harness::{Checked, Repository, Run};
use crate::rules::{fixtures, repository_of};
use crate::trusted_fixes::Tree;
use pullwarden::check::diagnostic::Diagnostic;
use pullwarden::finding;
use pullwarden::fix::{self, WantedFixes};
use pullwarden::pipeline;
use pullwarden::rules;
use pullwarden::rules::rule::{Category, Meta, Preset, Severity};
use pullwarden::source::Sources;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Rules whose fixes have something count that did not count before: other rules may then see it for the first time. What
/// an object of its kind looks like (the category of shapes) is checked before that, so of this nothing new may come.
const REVEALING: [&str; 12] = [
    "docker-hub-alias",
    "insecure-registry-not-allowed",
    "invalid-mirror",
    "invalid-scope",
    "invalid-search-registry",
    "invalid-source",
    "misnamed-image-config",
    "scheme-in-scope",
    "tag-or-digest-in-scope",
    "unknown-field",
    "upper-case-host",
    "wrong-api-version",
];

/// A rule whose fix may bring a finding of another one, and why.
const EXCEPTIONS: [(&str, &str, &str); 7] = [
    ("empty-registry-list", "unrestricted-pull", "it stood on the empty list, and goes to `spec`"),
    ("internal-registry-not-allowed", "carriers-disagree", CARRIERS),
    ("payload-registry-not-allowed", "carriers-disagree", CARRIERS),
    ("insecure-registry-not-allowed", "carriers-disagree", CARRIERS),
    ("payload-lockout", "unrestricted-pull", "the strict preset asks for a list where the only entry goes"),
    ("status-in-git", "internal-registry-not-allowed", "the status named the registry inside the cluster"),
    ("wrong-api-version", "deprecated-icsp", "the kind that was meant is deprecated"),
];
const CARRIERS: &str = "both carriers of the object have the finding, and each fix changes one of them";

/// Every fixture, and every repository of `fixtures/repos`.
pub(crate) fn all() -> Vec<(String, Repository)> {
    let mut all: Vec<(String, Repository)> =
        fixtures().0.into_iter().map(|fixture| (shown(&fixture.path), fixture.repository)).collect();
    let mut repositories: Vec<_> = fs::read_dir(root().join("fixtures/repos"))
        .expect("repositories")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    repositories.sort();
    all.extend(repositories.into_iter().map(|path| (shown(&path), repository_of(&path))));
    // Two states of a change are no repository.
    all.retain(|(_, repository)| repository.states().is_none());
    all
}

/// How often each rule says something that weighs something of a field of a file, and the last that it says.
pub(crate) fn said(checked: &Checked) -> BTreeMap<(&'static str, String, String), (usize, String)> {
    let mut said: BTreeMap<_, (usize, String)> = BTreeMap::new();
    for diagnostic in checked.open().into_iter().filter(|d| d.severity >= Severity::Warning) {
        let field: String = diagnostic.field.chars().filter(|c| !c.is_ascii_digit()).collect();
        // The list has another name in what an ICSP becomes.
        let field = field.replace("repositoryDigestMirrors", "imageDigestMirrors");
        let entry = said.entry((diagnostic.rule.id, checked.file(diagnostic).to_owned(), field)).or_default();
        *entry = (entry.0 + 1, diagnostic.message.clone());
    }
    said
}

/// Whether a fix of one rule may bring something of another one.
pub(crate) fn is_excused(fixed: &str, new: &Meta) -> bool {
    let reveals = REVEALING.contains(&fixed) && new.category != Category::Shape;
    reveals || EXCEPTIONS.iter().any(|(rule, brings, _)| *rule == fixed && *brings == new.id)
}

/// The repository with one fix made.
fn with(repository: &Repository, checked: &Checked, diagnostic: &Diagnostic) -> Repository {
    let edits = &diagnostic.fix.as_ref().expect("a fix").edits;
    let mut next = repository.clone();
    for (name, text) in &mut next.files {
        let is_here = |edit: &&finding::Edit| {
            checked.sources.get(edit.span.file).is_some_and(|source| source.name == *name)
        };
        let edits: Vec<_> = edits.iter().filter(is_here).cloned().collect();
        if !edits.is_empty() {
            *text = finding::apply_edits(&String::from_utf8_lossy(text), &edits).into_bytes();
        }
    }
    next
}

#[test]
fn a_fix_brings_no_finding_that_was_not_there() {
    let mut failures = Vec::new();
    let (mut tried, mut rules) = (0, BTreeSet::new());
    for (name, repository) in all() {
        let checked = repository.check_proven(Run::Preset(Preset::Strict));
        let before = said(&checked);
        for diagnostic in checked.open().into_iter().filter(|diagnostic| diagnostic.fix.is_some()) {
            tried += 1;
            rules.insert(diagnostic.rule.id);
            let next = with(&repository, &checked, diagnostic).check(Run::Preset(Preset::Strict));
            for ((rule, file, field), (count, message)) in said(&next) {
                let known = before.get(&(rule, file, field)).map_or(0, |(count, _)| *count);
                let meta = rules::find(rule).expect("a rule").meta;
                if count > known && !is_excused(diagnostic.rule.id, meta) {
                    let title = &diagnostic.fix.as_ref().expect("a fix").title;
                    failures
                        .push(format!("{name}: {}: {title}\n  brings {rule}: {message}", diagnostic.rule.id));
                }
            }
        }
    }
    assert!(tried > 300 && rules.len() > 30, "{tried} fixes of {} rules", rules.len());
    assert_none(&failures, "fixes that bring findings");
}

#[test]
fn a_check_offers_what_fix_makes() {
    let mut failures = Vec::new();
    let mut withheld = 0;
    for (number, (name, repository)) in all().into_iter().enumerate() {
        let files: Vec<(&str, String)> = (repository.files.iter())
            .map(|(name, text)| (name.as_str(), String::from_utf8_lossy(text).into_owned()))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let scratch = Scratch::new(&format!("offers-{number}"), &files);
        let _ = fs::create_dir(scratch.0.join(".git"));
        let tree = Tree { scratch, openshift: repository.openshift.clone() };
        let mut sources = Sources::default();
        let settings = tree.settings(&mut sources);
        let (walked, again) = (tree.walked(), tree.walked());
        let (repo, mut report) = pipeline::checked(walked, &settings, &mut sources);
        fix::prove(&mut report, repo, &again, &settings, &sources, |_, _| Ok(()));
        let mut not_offered: BTreeSet<(String, &str)> = BTreeSet::new();
        for diagnostic in
            report.open().filter(|d| d.note.as_ref().is_some_and(|n| n.contains("no fix is offered: ")))
        {
            let file = sources.get(diagnostic.span.file).expect("a file").name.clone();
            not_offered.insert((file, diagnostic.rule.id));
        }
        withheld += not_offered.len();
        let mended = tree.fixed(&WantedFixes { allow_unsafe: true, ..WantedFixes::default() });
        let withdrawn = mended.withdrawn.keys().map(|(file, rule, _)| (file.clone(), *rule));
        let withdrawn: BTreeSet<(String, &str)> = withdrawn.collect();
        if withdrawn != not_offered {
            failures
                .push(format!("{name}:\n  fix takes back {withdrawn:?}\n  check holds back {not_offered:?}"));
        }
    }
    println!("{withheld} fixes are not offered");
    assert_none(&failures, "offers");
}

/// A policy that counts only where it contradicts another entry: with it, the operator stops.
const CONTRADICTION: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: a\nspec:\n  \
                             imageDigestMirrors:\n  - source: quay.io/a\n    mirrorSourcePolicy: NeverContactSource\n  - \
                             source: quay.io/a\n    mirrors: [m.example/a]\n    mirrorSourcePolicy: \
                             AllowContactingSource\n";

#[test]
fn a_fix_that_is_taken_back_is_not_offered() {
    let repo = Scratch::new("offers-withheld", &[(".git/HEAD", ""), ("idms.yaml", CONTRADICTION)]);
    let fixed = pullwarden(&repo.0, &["fix", "--unsafe", "--rule", "never-contact-without-mirrors"]);
    let why = "the nodes would get other files";
    assert!(
        err(&fixed).contains(&format!("never-contact-without-mirrors in idms.yaml: {why}")),
        "{}",
        err(&fixed)
    );
    let checked = pullwarden(&repo.0, &["check", "--report", "json"]);
    let report: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let diagnostics = report["diagnostics"].as_array().expect("a list");
    let mut of_rule = diagnostics.iter().filter(|found| found["rule"] == "never-contact-without-mirrors");
    let found = of_rule.next().expect("a finding");
    assert_eq!((found.get("fix"), &found["note"]), (None, &format!("no fix is offered: {why}").into()));
    let human = out(&pullwarden(&repo.0, &["check"]));
    assert!(human.contains(&format!("  remark: no fix is offered: {why}\n")), "{human}");
}

#[test]
fn a_stream_is_offered_fixes_as_its_file_is() {
    let text = CONTRADICTION.replace("quay.io/a", "https://quay.io/a");
    let repo = Scratch::new("offers-stream", &[(".git/HEAD", ""), ("idms.yaml", &text)]);
    let of_file = out(&pullwarden(&repo.0, &["check", "--report", "json"]));
    let mut stream = command(&repo.0, &["check", "--report", "json", "-"]);
    let stream = stream.stdin(fs::File::open(repo.0.join("idms.yaml")).expect("a file")).output();
    let of_stream = out(&stream.expect("pullwarden runs"));
    let count = |report: &str| report.matches("\"title\": ").count();
    assert!(count(&of_file) > 0, "{of_file}");
    assert_eq!(count(&of_file), count(&of_stream), "{of_stream}");
}

#[test]
fn every_finding_stands_in_a_file_of_the_report() {
    let mut wrong = Vec::new();
    for (name, repository) in all() {
        let checked = repository.check(Run::Preset(Preset::Strict));
        for diagnostic in &checked.report.diagnostics {
            let related = diagnostic.related.iter().map(|label| label.span);
            for span in related.chain([diagnostic.span]) {
                if checked.sources.get(span.file).is_none_or(|source| source.name.is_empty()) {
                    wrong.push(format!("{name}: {}: {}", diagnostic.rule.id, diagnostic.message));
                }
            }
        }
    }
    assert_none(&wrong, "findings without a file");
}
