//! The book: every page is in it, every link leads somewhere, and what is made from code is what the code says.

use crate::generated::{assert_none, expect, root, shown};
use pullwarden::rules;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Component, Path, PathBuf};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

/// The text with what stands between two comments made anew.
fn between(text: &str, name: &str, made: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, behind) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{begin}{made}{end}{behind}")
}

#[test]
fn the_summary_lists_every_page() {
    let mut failures = Vec::new();
    let path = root().join("docs/SUMMARY.md");
    let mut metas: Vec<_> = rules::ALL.iter().map(|entry| entry.meta).collect();
    metas.sort_by_key(|meta| meta.category);
    let mut made = String::new();
    for meta in metas {
        let _ = writeln!(made, "  - [{0}](../rules/{0}.md)", meta.id);
    }
    let text = read(&path);
    expect(&path, &between(&text, "rules", &made), &mut failures);
    let listed: BTreeSet<PathBuf> = links(&text).into_iter().map(|(_, link)| target(&path, &link)).collect();
    for entry in fs::read_dir(root().join("docs")).expect("a directory").flatten() {
        let page = entry.path();
        if page != path && !listed.contains(&page) {
            failures.push(format!("docs/SUMMARY.md lacks {}", shown(&page)));
        }
    }
    assert_none(&failures, "the summary of the book");
}

/// The links of a page with their lines, outside of code.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut is_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for part in prose.split("](").skip(1) {
            links.extend(part.split_once(')').map(|(link, _)| (number + 1, link.to_owned())));
        }
    }
    links
}

/// The file that a link of a page leads to.
fn target(page: &Path, link: &str) -> PathBuf {
    let path = link.split('#').next().expect("a part");
    if path.is_empty() {
        return page.to_path_buf();
    }
    let mut to = page.parent().expect("a directory").to_path_buf();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(to.pop()),
            Component::CurDir => {}
            part => to.push(part),
        }
    }
    to
}

/// The anchors of a page, as GitHub and mdBook make them of its headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !is_code) else { continue };
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let words: String = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let count = counts.entry(words.clone()).or_default();
        anchors.insert(if *count == 0 { words } else { format!("{words}-{count}") });
        *count += 1;
    }
    anchors
}

#[test]
fn links_lead_somewhere() {
    let mut failures = Vec::new();
    let mut pages: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root().join(name)).into();
    for directory in ["docs", "rules", "policies", "packaging"] {
        let entries = fs::read_dir(root().join(directory)).expect("a directory").flatten();
        pages.extend(entries.map(|entry| entry.path()));
    }
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    let mut count = 0;
    for page in &pages {
        for (line, link) in links(&read(page)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let to = target(page, &link);
            let anchor = link.split_once('#').map(|(_, anchor)| anchor);
            let is_there = to.exists()
                && anchor.is_none_or(|anchor| !to.is_file() || anchors(&read(&to)).contains(anchor));
            if !is_there {
                failures.push(format!("{}:{line}: {link} leads nowhere", shown(page)));
            }
        }
    }
    assert!(count > 200, "only {count} links were found");
    assert_none(&failures, "links");
}

#[test]
fn the_configuration_reference_is_what_the_types_say() {
    let path = root().join("docs/configuration.md");
    let schema: Value = serde_json::to_value(pullwarden::config::schema()).expect("a schema");
    let mut made = String::new();
    keys(&schema, &schema, "", &mut made);
    let mut failures = Vec::new();
    expect(&path, &between(&read(&path), "keys", &made), &mut failures);
    assert_none(&failures, "keys of the configuration");
}

/// A table of the keys of a map, and below it one for each key whose value is a map.
fn keys(schema: &Value, whole: &Value, above: &str, made: &mut String) {
    let properties = schema["properties"].as_object().expect("keys");
    made.push_str("| key | value | meaning |\n|---|---|---|\n");
    let mut below = Vec::new();
    for (name, value) in properties {
        let (kind, map) = kind(value, whole);
        let text = words(value["description"].as_str().unwrap_or_default());
        let _ = writeln!(made, "| `{name}` | {kind} | {text} |");
        // The rule book has a page for each rule.
        below.extend(map.filter(|_| name != "rules").map(|map| (format!("{above}{name}"), map)));
    }
    made.push('\n');
    for (name, map) in below {
        let _ = writeln!(made, "### `{name}`\n");
        keys(map, whole, &format!("{name}."), made);
    }
}

/// What a value is, in words, and the map that it or its items are.
fn kind<'s>(value: &'s Value, whole: &'s Value) -> (String, Option<&'s Value>) {
    if let Some(name) = value["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return kind(&whole["definitions"][name], whole);
    }
    if let Some(all) = value["anyOf"].as_array() {
        let kinds: Vec<_> =
            all.iter().filter(|one| one["type"] != "null").map(|one| kind(one, whole)).collect();
        let names: Vec<&str> = kinds.iter().map(|(name, _)| name.as_str()).collect();
        return (names.join(" or "), kinds.iter().find_map(|(_, map)| *map));
    }
    let values = value["oneOf"].as_array().or(value["enum"].as_array());
    if let Some(values) = values {
        let names = values.iter().map(|value| value["const"].as_str().or(value.as_str()).unwrap_or_default());
        return (names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "), None);
    }
    let name = value["type"].as_str().or(value["type"][0].as_str()).unwrap_or_default();
    match name {
        "array" => {
            let (items, map) = kind(&value["items"], whole);
            (format!("a list: {items}"), map)
        }
        "object" if value["properties"].is_object() => ("a map".into(), Some(value)),
        "object" if value["additionalProperties"].is_object() => {
            let (values, map) = kind(&value["additionalProperties"], whole);
            (format!("names, each with {values}"), map)
        }
        "object" => ("a map".into(), None),
        "string" => ("a text".into(), None),
        "integer" => ("a number".into(), None),
        "boolean" => ("`true` or `false`".into(), None),
        name => (name.into(), None),
    }
}

/// A description in a cell of a table.
fn words(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[test]
fn the_action_is_described_as_it_is() {
    let action: yaml_serde::Value = yaml_serde::from_str(&read(&root().join("action.yml"))).expect("YAML");
    let path = root().join("docs/ci.md");
    let mut text = read(&path);
    for part in ["inputs", "outputs"] {
        let mut made = String::from("| name | meaning |\n| --- | --- |\n");
        for (name, value) in action[part].as_mapping().expect("a map") {
            let name = name.as_str().expect("a name");
            let meaning = words(value["description"].as_str().expect("a description").trim());
            let default = value["default"].as_str().filter(|default| !default.is_empty());
            let default = default.map_or(String::new(), |default| format!(" Default: `{default}`."));
            let _ = writeln!(made, "| `{name}` | {meaning}{default} |");
        }
        text = between(&text, part, &made);
    }
    let mut failures = Vec::new();
    expect(&path, &text, &mut failures);
    assert_none(&failures, "the action in docs/ci.md");
}
