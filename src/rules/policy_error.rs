//! A policy in Rego that cannot be used, or whose results cannot be used. Reported when policies are read and when they run.

use crate::finding::Finding;
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::Span;

/// The description of `policy-error`.
pub static META: Meta = Meta::recommended(
    "policy-error",
    "a policy that cannot be used",
    Category::Settings,
    Severity::Error,
    "0.2.0",
);

/// The finding about a file of policies that cannot be read.
pub fn unreadable(span: Span, message: &str) -> Finding {
    let mut finding = Finding::new(span, message.to_owned());
    finding.help("make the file readable, or remove it; nothing in it was evaluated");
    finding
}

/// The finding about data that cannot be used.
pub fn data(span: Span, message: impl Into<String>) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help("correct the file; policies run without it until then");
    finding
}

/// The finding about an invalid module.
pub fn module(span: Span, message: impl Into<String>) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help("correct the policy; all other policies were evaluated");
    finding
}

/// The finding about a rule that failed while it ran.
pub fn failed(span: Span, message: impl Into<String>, over: &str) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help(format!(
        "correct the policy; it failed over {over}, and its results are missing there; all other policies were evaluated"
    ));
    finding
}

/// The finding about policies that did not run everywhere, since all together took too long. `slowest` took the most time.
pub fn unfinished(span: Span, reason: String, slowest: Option<&str>, count: usize) -> Finding {
    let mut finding = Finding::new(span, reason);
    let which = slowest.map_or_else(
        || "make the policies faster".to_owned(),
        |id| format!("make `{id}` faster, which took the most time"),
    );
    let objects = if count == 1 { "1 object was".to_owned() } else { format!("{count} objects were") };
    finding.help(format!("{which}; {objects} not checked by all policies"));
    finding
}

/// The finding about a policy whose results name places that do not exist.
pub fn lost(span: Span, message: impl Into<String>, count: usize) -> Finding {
    let mut finding = Finding::new(span, message);
    let stand = match count {
        0 | 1 => "the finding stands on the name of its object".to_owned(),
        _ => format!("{count} findings stand on the names of their objects"),
    };
    finding.severity(Severity::Warning).help(format!("name a field that the object has; until then {stand}"));
    finding
}

/// The finding about a policy whose results set a severity that does not exist.
pub fn no_severity(span: Span, word: &str) -> Finding {
    let mut finding = Finding::new(span, format!("`{word}` is not a severity"));
    finding.severity(Severity::Warning).help(
        "write `error`, `warning` or `note` in `severity` of the result; until then the finding has the severity of its policy",
    );
    finding
}

/// The finding about a rule whose name means that it reports something, but whose value contains no messages.
pub fn mute(span: Span, name: &str) -> Finding {
    let mut finding = Finding::new(span, format!("`{name}` reports nothing: its value holds no messages"));
    finding.severity(Severity::Warning).help(format!(
        "write `{name} contains msg if {{ … }}`; a rule that only helps others needs a name that does not begin with `deny`, \
         `violation` or `warn`"
    ));
    finding
}

/// The finding about a constraint that selects namespaces by labels that the repository does not hold.
pub fn unselected(span: Span, namespace: &str, count: usize) -> Finding {
    let mut finding =
        Finding::new(span, format!("the labels of namespace `{namespace}` are not in the repository"));
    let objects = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
    finding.severity(Severity::Note).help(format!(
        "add the Namespace to what the cluster gets, or name namespaces under `match.namespaces`; this constraint does not \
         check {objects}"
    ));
    finding
}
