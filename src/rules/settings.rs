//! The descriptions of diagnostics about pullwarden's own inputs, which the configuration and the ignores report.

use crate::finding::Finding;
use crate::read::crd::schema::nearest;
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::Span;

/// A rule id that no rule has.
pub static UNKNOWN_RULE: Meta = Meta::recommended(
    "unknown-rule",
    "a rule id that no rule has",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);
/// A key that the configuration does not know.
pub static UNKNOWN_KEY: Meta = Meta::recommended(
    "unknown-key",
    "a key that the configuration does not know",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);
/// A value that the configuration cannot use.
pub static INVALID_SETTING: Meta = Meta::recommended(
    "invalid-setting",
    "a value that the configuration cannot use",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);
/// An ignore that ignores nothing.
pub static UNUSED_IGNORE: Meta = Meta::recommended(
    "unused-ignore",
    "an ignore that ignores nothing",
    Category::Settings,
    Severity::Warning,
    "0.1.0",
);
/// An ignore that does not say why.
pub static IGNORE_WITHOUT_REASON: Meta = Meta::recommended(
    "ignore-without-reason",
    "an ignore that does not say why",
    Category::Settings,
    Severity::Warning,
    "0.1.0",
);
/// An ignore whose last day has passed.
pub static EXPIRED_IGNORE: Meta = Meta::recommended(
    "expired-ignore",
    "an ignore whose last day has passed",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);
/// A path in the configuration that no file has.
pub static UNMATCHED_PATH: Meta = Meta::recommended(
    "unmatched-path",
    "a path in the configuration that matches no file",
    Category::Settings,
    Severity::Warning,
    "0.1.0",
);

/// A file that may be taken for the configuration.
pub static UNREAD_CONFIGURATION: Meta = Meta::recommended(
    "unread-configuration",
    "a file that looks like the configuration and is not read",
    Category::Settings,
    Severity::Warning,
    "0.2.0",
);

/// An entry of the baseline that matches nothing.
pub static STALE_BASELINE: Meta = Meta::recommended(
    "stale-baseline",
    "an entry of the baseline that matches nothing",
    Category::Settings,
    Severity::Warning,
    "0.1.0",
);

/// The finding about the id of a policy that does not exist; `known` has the ids of all policies.
pub fn unknown_policy<'i>(
    span: Span,
    id: &str,
    known: impl IntoIterator<Item = &'i str>,
) -> (&'static Meta, Finding) {
    let mut finding = Finding::new(span, format!("there is no policy `{id}`"));
    let known: Vec<&str> = known.into_iter().collect();
    finding.help(match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "`policies` in the configuration, or `--policy`, names directories of policies".to_owned()
        }
        None => "`pullwarden rules` lists them all".to_owned(),
    });
    (&UNKNOWN_RULE, finding)
}

/// The finding about the id of a rule that does not exist.
pub fn unknown_rule(span: Span, id: &str) -> (&'static Meta, Finding) {
    let mut finding = Finding::new(span, format!("there is no rule `{id}`"));
    finding.help(super::hint(id));
    (&UNKNOWN_RULE, finding)
}
