//! The descriptions of rules in SARIF, which are made from their pages.

use super::message::{sentence, sentence_start};
use super::{number, text};
use crate::check::diagnostic::Diagnostic;
use crate::report::shared::page_url;
use crate::rules::rule::{Meta, Severity, page_body};
use crate::rules::security_controls::{self, Control};
use serde_sarif::sarif;
use std::collections::{BTreeMap, HashMap};

/// GitHub accepts no longer descriptions.
const MAX_DESCRIPTION: usize = 1024;

/// All rules of a run, numbered.
pub(super) struct Rules {
    list: Vec<&'static Meta>,
    numbers: HashMap<&'static str, i64>,
}

impl Rules {
    /// `rules`, with all others that have a finding.
    pub(super) fn new(rules: &[&'static Meta], diagnostics: &[&Diagnostic]) -> Self {
        let mut all = Self { list: Vec::new(), numbers: HashMap::new() };
        let used = diagnostics.iter().map(|diagnostic| diagnostic.rule);
        for rule in rules.iter().copied().chain(used) {
            let next = number(all.list.len());
            all.numbers.entry(rule.id).or_insert_with(|| {
                all.list.push(rule);
                next
            });
        }
        all
    }

    /// The number by which a result refers to its rule.
    pub(super) fn number(&self, rule: &Meta) -> Option<i64> {
        self.numbers.get(rule.id).copied()
    }

    pub(super) fn descriptors(&self) -> Vec<sarif::ReportingDescriptor> {
        self.list.iter().map(|rule| descriptor(rule, rule.page())).collect()
    }
}

/// A rule and its page, in the form of code scanning.
pub(super) fn descriptor(rule: &Meta, page: &str) -> sarif::ReportingDescriptor {
    let controls = security_controls::of_page(page);
    let page = page_body(page);
    let url = page_url(rule);
    let description = why(page).unwrap_or_else(|| sentence(rule.summary));
    let see = url.as_ref().map_or_else(String::new, |url| format!("\n\nSee {url}"));
    let help =
        sarif::MultiformatMessageString::builder().text(format!("{description}{see}")).markdown(page).build();
    let mut descriptor = sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal_case(rule.id))
        .short_description(text(sentence_start(rule.summary)))
        .full_description(text(description))
        .help(help)
        .default_configuration(sarif::ReportingConfiguration::builder().level(rule.severity.as_str()).build())
        .properties(properties(rule, &controls))
        .build();
    descriptor.help_uri = url;
    descriptor
}

/// The properties by which GitHub sorts and filters.
fn properties(rule: &Meta, controls: &[Control]) -> sarif::PropertyBag {
    let mut tags = vec!["openshift".to_owned(), rule.category.as_str().to_owned()];
    let problem = match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    };
    // Every rule reports what is written, not what might be meant, so its precision is "high". A less certain finding
    // already has a lower severity.
    let mut more: BTreeMap<String, serde_json::Value> =
        BTreeMap::from([("precision".into(), "high".into()), ("problem.severity".into(), problem.into())]);
    if let Some(score) = rule.security {
        tags.push("security".to_owned());
        more.insert("security-severity".into(), score.into());
    }
    tags.extend(controls.iter().map(Control::tag));
    sarif::PropertyBag { tags: Some(tags), additional_properties: more }
}

fn pascal_case(id: &str) -> String {
    let capitalised = |word: &str| {
        word.get(..1).map(str::to_ascii_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default()
    };
    id.split(['-', '_', '/']).map(capitalised).collect()
}

/// The first paragraph under the heading "Why", as plain text.
fn why(page: &str) -> Option<String> {
    let mut lines =
        page.lines().skip_while(|line| !line.starts_with('#') || line.trim_matches(['#', ' ']) != "Why");
    lines.next()?;
    let paragraph: Vec<&str> = lines
        .skip_while(|line| line.trim().is_empty())
        .take_while(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(str::trim)
        .collect();
    let plain = without_links(&paragraph.join(" "));
    (!plain.is_empty()).then(|| shortened(&plain))
}

/// Keeps the texts of links and drops their targets, which are for the rule book.
fn without_links(markdown: &str) -> String {
    let mut plain = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(middle) = rest.find("](") {
        let (before, link) = (&rest[..middle], &rest[middle + 2..]);
        let Some(open) = before.rfind('[') else {
            plain.push_str(&rest[..middle + 2]);
            rest = link;
            continue;
        };
        plain.push_str(&before[..open]);
        plain.push_str(&before[open + 1..]);
        rest = behind_target(link);
    }
    plain.push_str(rest);
    plain.replace("**", "")
}

/// The text behind the parenthesis that closes the target of a link. A target may contain pairs of its own.
fn behind_target(link: &str) -> &str {
    let mut depth = 1;
    for (at, c) in link.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &link[at + 1..];
        }
    }
    ""
}

/// A text of the length that GitHub accepts, cut behind a word.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    let end = text.char_indices().nth(MAX_DESCRIPTION - 1).map_or(text.len(), |(at, _)| at);
    let end = text[..end].rfind(' ').unwrap_or(end);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_a_page_comes_without_its_head() {
        assert_eq!(page_body("---\nid: a\n---\n\n# a\n"), "# a\n");
        assert_eq!(page_body("---\r\nid: a\r\n---\r\n# a\r\n"), "# a\r\n");
        assert_eq!(page_body("# a\n---\n"), "# a\n---\n");
        assert_eq!(page_body("--- a\n---\n"), "--- a\n---\n");
        assert_eq!(
            why("# a\n\n## Why\n\nOne [two](three(3)) **four**\n  five.\n\nsix\n").as_deref(),
            Some("One two four five.")
        );
        assert_eq!(why("## Why\n## Bad\n"), None);
        assert_eq!(why("## Whyever\nbecause\n"), None);
        assert_eq!(without_links("a](b [c](d"), "a](b c");
        assert_eq!(pascal_case("duplicate-icsp-2"), "DuplicateIcsp2");
    }

    #[test]
    fn descriptions_are_cut_behind_a_word() {
        let cut = shortened(&"wörd ".repeat(300));
        assert!(cut.ends_with("wörd…") && cut.chars().count() <= MAX_DESCRIPTION);
        assert_eq!(shortened(&"w".repeat(2000)).chars().count(), MAX_DESCRIPTION);
    }
}
