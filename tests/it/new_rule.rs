//! A rule that is only half added: each test names the file and the line to write. CONTRIBUTING.md says the same in order.

use crate::generated::{self, assert_none, bless, shown};
use pullwarden::rules;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A rule as its file says it.
struct Written {
    module: String,
    name: String,
    category: String,
}

/// The rules that have a file, in the order of the files' names.
fn written() -> Vec<Written> {
    let entries = std::fs::read_dir(generated::root().join("src/rules")).expect("it is there");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let between = |text: &str, before: &str, after: char| {
        text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(word, _)| word.to_owned())
    };
    let rules = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rules
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).expect("a text");
            Some(Written {
                module: path.file_stem()?.to_str()?.to_owned(),
                name: between(&text, "\nimpl Rule for ", ' ')?,
                category: between(&text, "category: Category::", ',')?,
            })
        })
        .collect()
}

/// Puts `line` behind the last line for which `is_before` holds; returns that line.
fn insert(lines: &mut Vec<String>, line: &str, is_before: impl Fn(&str) -> bool) -> String {
    let before = lines.iter().rposition(|other| is_before(other));
    let at = before.unwrap_or_else(|| lines.iter().position(String::is_empty).expect("a blank line"));
    lines.insert(at + 1, line.to_owned());
    lines[at].trim().to_owned()
}

#[test]
fn every_rule_has_its_lines_in_the_registry() {
    let path = generated::root().join("src/rules/mod.rs");
    let text = std::fs::read_to_string(&path).expect("the registry");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut failures = Vec::new();
    for Written { module, name, category } in written() {
        let has = |lines: &[String], wanted: &str| lines.iter().any(|line| line.trim() == wanted);
        let declared = format!("pub mod {module};");
        if !has(&lines, &declared) {
            let before =
                insert(&mut lines, &declared, |line| line.starts_with("pub mod ") && *line < *declared);
            failures.push(format!("{}: write `{declared}` below `{before}`", shown(&path)));
        }
        let entry = format!("Entry::of::<{module}::{name}>(),");
        if !has(&lines, &entry) {
            let of_category: BTreeSet<String> = (rules::ALL.iter())
                .filter(|entry| format!("{:?}", entry.meta.category) == category)
                .map(|entry| format!("<{}::", entry.meta.id.replace('-', "_")))
                .collect();
            let before = insert(&mut lines, &format!("    {entry}"), |line| {
                line.contains("Entry::of::<") && of_category.iter().any(|module| line.contains(module))
            });
            failures.push(format!("{}: write `{entry}` below `{before}`", shown(&path)));
        }
    }
    if bless() && !failures.is_empty() {
        std::fs::write(&path, lines.join("\n") + "\n").expect("the registry can be written");
        failures.push("The lines were written now. Run the same command again: it compiles the rule.".into());
    }
    assert_none(&failures, "rules without a line in the registry");
}

#[test]
fn every_new_rule_is_in_the_changelog() {
    let path = generated::root().join("CHANGELOG.md");
    let changes = std::fs::read_to_string(&path).expect("it is there");
    let headings = changes.lines().filter_map(|line| line.strip_prefix("## "));
    let releases: BTreeSet<&str> = headings.filter(|heading| *heading != "Unreleased").collect();
    assert!(!releases.is_empty());
    let next = changes.split_once("## Unreleased\n").and_then(|(_, rest)| rest.split("\n## ").next());
    let list = next.and_then(|next| next.split_once("### New rules\n")).map(|(_, rest)| rest);
    let list = list.and_then(|list| list.split("\n### ").next()).unwrap_or_default();
    let named: BTreeSet<&str> = list.split('`').filter(|word| rules::find(word).is_some()).collect();
    let of_new = rules::ALL.iter().map(|entry| entry.meta).find(|meta| named.contains(meta.id));
    let next = of_new.map(|meta| meta.since).filter(|next| !releases.contains(next));
    let mut failures = Vec::new();
    for meta in rules::ALL.iter().map(|entry| entry.meta) {
        let (is_new, is_named) = (!releases.contains(meta.since), named.contains(meta.id));
        if is_new && !is_named {
            failures.push(format!(
                "CHANGELOG.md: write `{}` in a line below `### New rules` of `## Unreleased`",
                meta.id
            ));
        }
        if let Some(next) = next.filter(|next| is_new && *next != meta.since) {
            failures
                .push(format!("`{}`: write `since: {next:?}` in its rule, as in other new rules", meta.id));
        }
        if !is_new && is_named {
            failures.push(format!(
                "CHANGELOG.md: remove `{}` from `### New rules`; or correct `since` in its rule: {:?} is a \
                 release already",
                meta.id, meta.since
            ));
        }
    }
    assert_none(&failures, "the changelog");
}

/// So many rules came with the first release, whose section lists none.
const OF_THE_FIRST: usize = 102;

/// What a release brought is what its section lists, so that nobody learns of a rule that was there already.
#[test]
fn releases_list_the_rules_that_they_brought() {
    let path = generated::root().join("CHANGELOG.md");
    let changes = std::fs::read_to_string(&path).expect("it is there");
    let mut failures = Vec::new();
    for section in changes.split("\n## ").skip(1) {
        let (release, text) = section.split_once('\n').unwrap_or((section, ""));
        let brought: BTreeSet<&str> = rules::ALL
            .iter()
            .map(|entry| entry.meta)
            .filter(|meta| meta.since == release)
            .map(|meta| meta.id)
            .collect();
        let Some((_, list)) = text.split_once("### New rules\n") else {
            if release == "0.1.0" && brought.len() != OF_THE_FIRST {
                failures.push(format!("{} rules say `since: \"0.1.0\"`, and {OF_THE_FIRST} do; a new one names the next release", brought.len()));
            }
            continue;
        };
        let list = list.split("\n### ").next().unwrap_or_default();
        let named: BTreeSet<&str> = list.split('`').filter(|word| rules::find(word).is_some()).collect();
        if release != "Unreleased" && named != brought {
            let (more, fewer): (Vec<_>, Vec<_>) =
                (named.difference(&brought).collect(), brought.difference(&named).collect());
            failures.push(format!(
                "CHANGELOG.md: `### New rules` of {release} names {more:?} too much, and lacks {fewer:?}"
            ));
        }
    }
    assert_none(&failures, "rules of releases");
}

/// The worked example is a rule of the catalogue: it is compiled with the others, and run against its fixtures.
#[test]
fn the_worked_example_is_a_real_rule() {
    let path = generated::root().join("CONTRIBUTING.md");
    let guide = std::fs::read_to_string(&path).expect("the guide");
    let mut wanted = String::new();
    let mut rest = guide.as_str();
    let mut shown_files = Vec::new();
    while let Some((before, behind)) = rest.split_once("<!-- file: ") {
        let (name, behind) = behind.split_once(" -->\n").expect("the end of the comment");
        let (fence, behind) = behind.split_once('\n').expect("a fence");
        let (_, behind) = behind.split_once("\n```\n").expect("the end of the fence");
        let text = std::fs::read_to_string(generated::root().join(name))
            .unwrap_or_else(|_| panic!("CONTRIBUTING.md names `{name}`, which is not there"));
        wanted += &format!("{before}<!-- file: {name} -->\n{fence}\n{}\n```\n", text.trim_end());
        shown_files.push(name);
        rest = behind;
    }
    wanted += rest;
    let rules: Vec<&str> = shown_files
        .iter()
        .filter_map(|name| name.strip_prefix("src/rules/").and_then(|name| name.strip_suffix(".rs")))
        .collect();
    let [module] = rules[..] else { panic!("CONTRIBUTING.md shows one rule: {shown_files:?}") };
    let id = module.replace('_', "-");
    assert!(rules::find(&id).is_some(), "`{id}` is no rule");
    let fixture = format!("fixtures/{id}/bad-");
    assert!(
        shown_files.iter().any(|name| name.starts_with(&fixture)),
        "CONTRIBUTING.md shows a fixture of `{id}`"
    );
    let mut failures = Vec::new();
    generated::expect(&path, &wanted, &mut failures);
    assert_none(&failures, "the worked example");
}

#[test]
fn the_methods_that_the_guide_names_exist() {
    let read = |name: &str| std::fs::read_to_string(generated::root().join(name)).expect(name);
    let guide = read("CONTRIBUTING.md");
    let mut named = 0;
    let mut failures = Vec::new();
    for (word, files) in [
        (
            "cluster",
            &[
                "src/model/cluster.rs",
                "src/model/cluster/typed.rs",
                "src/model/cluster/release.rs",
                "src/model/places.rs",
            ][..],
        ),
        ("view", &["src/rules/view.rs"][..]),
        ("resource", &["src/model/resource.rs"][..]),
    ] {
        let code: String = files.iter().map(|name| read(name)).collect();
        for method in guide.split(&format!("`{word}.")).skip(1).filter_map(|rest| rest.split_once("()`")) {
            let method = method.0;
            named += 1;
            if !code.contains(&format!("pub fn {method}(")) {
                failures.push(format!("CONTRIBUTING.md: {} has no `{method}`", files[0]));
            }
        }
    }
    assert!(named > 8, "the guide says what the model offers");
    assert_none(&failures, "what the model offers");
}
