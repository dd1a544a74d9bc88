//! What has to hold for all rules alike: the form of their findings, the sources of their pages, their options at work.

use crate::generated::{self, assert_none, shown};
use crate::harness::{Repository, Run};
use crate::page::Page;
use crate::prose;
use crate::rules::{Fixture, fixtures};
use pullwarden::config;
use pullwarden::rules::ALL;
use pullwarden::rules::rule::Category;
use serde_json::Value;

#[test]
fn findings_say_what_and_what_to_write_instead() {
    let (fixtures, _) = fixtures();
    let mut failures = Vec::new();
    for fixture in fixtures.iter().filter(|fixture| fixture.is_bad) {
        let checked = fixture.repository.check(Run::Only(fixture.rule));
        for finding in checked.report.open() {
            // Of pullwarden's own settings, the message says what is due.
            let is_setting =
                finding.rule.category == Category::Settings || config::NAMES.contains(&checked.file(finding));
            for problem in problems(&finding.message, finding.help.as_deref().unwrap_or_default(), is_setting)
            {
                let help = finding.help.as_deref().unwrap_or_default();
                failures.push(format!("{}: {problem}: {}\n  {help}", shown(&fixture.path), finding.message));
            }
        }
    }
    assert_none(&failures, "findings");
}

/// A message is read in a list, on one line; the values in it may be long.
const MAX_MESSAGE: usize = 120;

fn problems(message: &str, help: &str, is_setting: bool) -> Vec<&'static str> {
    let is_odd = |text: &str| text.matches('`').count() % 2 == 1;
    // A value may hold a line end itself.
    let without_values: String = message.split('`').step_by(2).collect();
    let problems = [
        ("a message is one line", without_values.contains('\n')),
        (
            "a message has at most 120 characters beside its values",
            without_values.chars().count() > MAX_MESSAGE,
        ),
        ("a message has plain words", !prose::odd_words(message).is_empty()),
        ("a help has plain words", !prose::odd_words(help).is_empty()),
        ("a message has no full stop", message.ends_with('.')),
        ("a help has no full stop", help.ends_with('.')),
        ("quotes come in pairs", is_odd(message) || is_odd(help)),
        ("a blank is enough", message.contains("  ") || help.contains("  ")),
        ("no help says what to write instead", help.is_empty() && !is_setting),
    ];
    problems.into_iter().filter(|(_, is)| *is).map(|(problem, _)| problem).collect()
}

#[test]
fn pages_name_their_sources() {
    let mut failures = Vec::new();
    for entry in ALL {
        let path = generated::root().join(format!("rules/{}.md", entry.meta.id));
        // A page that cannot be read fails elsewhere.
        let Ok(page) = Page::read(entry.meta.page(), entry.meta) else { continue };
        if !page.section("References").lines().any(|line| line.starts_with("- ")) {
            failures.push(format!("{}: its references are no list", shown(&path)));
        }
    }
    assert_none(&failures, "references");
}

#[test]
fn every_option_is_shown_at_work() {
    let (fixtures, _) = fixtures();
    let mut failures = Vec::new();
    for entry in ALL {
        let Some(runner) = &entry.runner else { continue };
        let schema = (runner.schema)(&mut schemars::SchemaGenerator::default()).to_value();
        let options = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for option in options.keys() {
            let of_rule = |fixture: &&Fixture| fixture.rule == entry.meta.id;
            let is_set = |fixture: &Fixture| configuration(fixture).contains(&format!("{option}:"));
            if !fixtures.iter().filter(of_rule).any(is_set) {
                let id = entry.meta.id;
                failures.push(format!(
                    "fixtures/{id}/: none sets `{option}`; write bad-{option}/.pullwarden.yaml with \
                     `rules: {{{id}: {{{option}: …}}}}`, and a manifest beside it"
                ));
            }
        }
    }
    assert_none(&failures, "options");
}

fn configuration(fixture: &Fixture) -> String {
    let own = fixture.repository.files.iter().filter(|(name, _)| config::NAMES.contains(&name.as_str()));
    own.map(|(_, text)| String::from_utf8_lossy(text)).collect()
}

#[test]
fn rules_agree_on_what_becomes_of_an_old_object() {
    let old = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: old}\nspec:\n  \
               repositoryDigestMirrors: ";
    let new = "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: NAME}\nspec:\n  \
               imageDigestMirrors: [{source: quay.io/a, mirrors: [m.example/a]}]\n";
    let there = "[{source: quay.io/a, mirrors: [m.example/a]}]\n";
    let part = "[{source: quay.io/a, mirrors: [m.example/a, n.example/a]}]\n";
    let other = "[{source: quay.io/b, mirrors: [m.example/b]}]\n";
    for (entries, name, release, said) in [
        (there, "new", "4.18", "remove"),
        (there, "old", "4.18", "remove"),
        ("[]\n", "old", "4.18", "remove"),
        (part, "old", "4.18", "add"),
        (other, "new", "4.18", "ImageDigestMirrorSet"),
        (there, "old", "4.13.20", "update to 4.13.27"),
    ] {
        let text = [old, entries, &new.replace("NAME", name)].concat();
        let openshift = Some(release.to_owned());
        let files = vec![("mirrors.yaml".to_owned(), text.into_bytes())];
        let repository = Repository { files, openshift, today: None };
        for rule in ["deprecated-icsp", "icsp-beside-mirror-sets"] {
            let checked = repository.check(Run::Only(rule));
            let [finding] = checked.open()[..] else { panic!("{rule} says one thing of {entries}") };
            let help = finding.help.as_deref().unwrap_or_default();
            assert!(help.contains(said), "{rule} of {entries}: {help}");
            let goes = ["remove this object", "remove this empty object", "remove it"]
                .iter()
                .any(|words| help.contains(words));
            assert_eq!(goes, matches!(said, "remove" | "add"), "{rule} of {entries}: {help}");
            // Nothing makes two objects of one name.
            assert_eq!(
                finding.fix.is_some(),
                rule == "deprecated-icsp" && entries == other,
                "{rule} of {entries}"
            );
        }
    }
}
