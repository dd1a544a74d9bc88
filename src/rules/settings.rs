//! Diagnostics about pullwarden's own inputs: the configuration, and ignores in comments.

use crate::config::Settings;
use crate::crd::schema::nearest;
use crate::finding::Finding;
use crate::rule::{Category, Meta, Preset, Severity};
use crate::source::Span;
use crate::suppress::{BadComment, Ignore};

const fn meta(id: &'static str, summary: &'static str, severity: Severity, page: &'static str) -> Meta {
    Meta {
        id,
        summary,
        category: Category::Settings,
        severity,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page,
    }
}

/// A rule id that no rule has.
pub static UNKNOWN_RULE: Meta = meta(
    "unknown-rule",
    "a rule id that no rule has",
    Severity::Error,
    include_str!("../../rules/unknown-rule.md"),
);
/// A key that the configuration does not know.
pub static UNKNOWN_KEY: Meta = meta(
    "unknown-key",
    "a key that the configuration does not know",
    Severity::Error,
    include_str!("../../rules/unknown-key.md"),
);
/// A value that the configuration cannot use.
pub static INVALID_SETTING: Meta = meta(
    "invalid-setting",
    "a value that the configuration cannot use",
    Severity::Error,
    include_str!("../../rules/invalid-setting.md"),
);
/// An ignore that ignores nothing.
pub static UNUSED_IGNORE: Meta = meta(
    "unused-ignore",
    "an ignore that ignores nothing",
    Severity::Warning,
    include_str!("../../rules/unused-ignore.md"),
);
/// An ignore that does not say why.
pub static IGNORE_WITHOUT_REASON: Meta = meta(
    "ignore-without-reason",
    "an ignore that does not say why",
    Severity::Warning,
    include_str!("../../rules/ignore-without-reason.md"),
);
/// An ignore whose last day has passed.
pub static EXPIRED_IGNORE: Meta = meta(
    "expired-ignore",
    "an ignore whose last day has passed",
    Severity::Error,
    include_str!("../../rules/expired-ignore.md"),
);
/// A path in the configuration that no file has.
pub static UNMATCHED_PATH: Meta = meta(
    "unmatched-path",
    "a path in the configuration that matches no file",
    Severity::Warning,
    include_str!("../../rules/unmatched-path.md"),
);

/// What is said of an id that no rule has.
pub fn unknown_rule(span: Span, id: &str) -> (&'static Meta, Finding) {
    let mut finding = Finding::new(span, format!("there is no rule `{id}`"));
    finding.help(match nearest(id, super::ALL.iter().map(|entry| entry.meta.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`pullwarden rules` lists them all".to_owned(),
    });
    (&UNKNOWN_RULE, finding)
}

/// What is said of an ignore itself.
pub fn of_ignore(ignore: &Ignore, used: bool, settings: &Settings) -> Vec<(&'static Meta, Finding)> {
    let mut found = Vec::new();
    let mut names_a_rule_that_runs = ignore.rules.is_empty();
    for rule in &ignore.rules {
        match super::find(&rule.value) {
            Some(entry) => names_a_rule_that_runs |= settings.rules.is_on(entry.meta),
            None => found.push(unknown_rule(rule.span, &rule.value)),
        }
    }
    if ignore.reason.trim().is_empty() {
        let mut finding = Finding::new(ignore.span, "this ignore does not say why");
        finding.help(if ignore.in_source() {
            "write the reason behind the bracket: whoever reads it next year will want to know"
        } else {
            "add `reason`: whoever reads it next year will want to know"
        });
        found.push((&IGNORE_WITHOUT_REASON, finding));
    }
    let expired = ignore.until.as_ref().filter(|until| until.value < settings.today);
    if let Some(until) = expired {
        let mut finding = Finding::new(until.span, format!("this ignore held until {}", until.value));
        finding.help("what it ignored is reported again; mend that, or set a new day");
        found.push((&EXPIRED_IGNORE, finding));
    }
    // Of a rule that is switched off nobody can tell whether the ignore is needed.
    if !used && names_a_rule_that_runs {
        let mut finding = Finding::new(ignore.span, "this ignore ignores nothing");
        finding.help(if ignore.in_source() {
            "it holds for its own line, for the line below it, or above a document's first key for all of it; what it \
             ignored is gone, or it stands in the wrong place: move or remove it"
        } else {
            "what it ignored is gone, or it names something else; mend or remove it"
        });
        found.push((&UNUSED_IGNORE, finding));
    }
    found
}

/// What is said of a comment that looks like an ignore and is none.
pub fn of_bad_comment(comment: BadComment) -> (&'static Meta, Finding) {
    (&INVALID_SETTING, Finding::new(comment.span, comment.message))
}
