//! Diagnostics about pullwarden's own inputs: what they are called. The configuration and the ignores say them.

use crate::finding::Finding;
use crate::rule::{Category, Meta, Preset, Severity};
use crate::source::Span;

const fn meta(id: &'static str, summary: &'static str, severity: Severity, page: &'static str) -> Meta {
    Meta {
        id,
        summary,
        category: Category::Settings,
        severity,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
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

/// A file that may be taken for the configuration.
pub static UNREAD_CONFIGURATION: Meta = Meta {
    since: "0.2.0",
    ..meta(
        "unread-configuration",
        "a file that looks like the configuration and is not read",
        Severity::Warning,
        include_str!("../../rules/unread-configuration.md"),
    )
};

/// An entry of the baseline that matches nothing.
pub static STALE_BASELINE: Meta = meta(
    "stale-baseline",
    "an entry of the baseline that matches nothing",
    Severity::Warning,
    include_str!("../../rules/stale-baseline.md"),
);

/// What is said of an id that no rule has.
pub fn unknown_rule(span: Span, id: &str) -> (&'static Meta, Finding) {
    let mut finding = Finding::new(span, format!("there is no rule `{id}`"));
    finding.help(super::hint(id));
    (&UNKNOWN_RULE, finding)
}
