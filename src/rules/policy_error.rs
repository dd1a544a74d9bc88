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

/// The finding about a file of templates and constraints that is not YAML.
pub fn unread_template(span: Span, message: &str) -> Finding {
    let mut finding = Finding::new(span, format!("this file of Gatekeeper is not YAML: {message}"));
    finding.help("correct the file; none of the templates and constraints from here on run");
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
        |id| format!("make `{id}` faster, since it took the most time"),
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

/// The finding about a constraint that the cluster refuses.
pub fn refused(span: Span, message: String, instead: &str) -> Finding {
    let mut finding = Finding::new(span, message);
    finding.help(format!("write {instead}; the cluster refuses this constraint, so it does not run here"));
    finding
}

/// The finding about a constraint that is only about objects that Gatekeeper generates.
pub fn generated_alone(span: Span) -> Finding {
    let mut finding = Finding::new(span, "this constraint is only about objects that Gatekeeper generates");
    finding.severity(Severity::Note).help(
        "write `All` if it is about the objects of the repository, too; pullwarden expands no ExpansionTemplate, so the \
         constraint checks nothing here",
    );
    finding
}

/// The finding about a template without a target that Gatekeeper knows.
pub fn no_target(span: Span) -> Finding {
    let mut finding = Finding::new(span, "this template has no target `admission.k8s.gatekeeper.sh`");
    finding.help(
        "write one entry under `spec.targets` with this target; Gatekeeper refuses the template, so it does not run here",
    );
    finding
}

/// The finding about a template whose policy is not in Rego.
pub fn no_rego(span: Span) -> Finding {
    let mut finding = Finding::new(span, "this template has no Rego, so it does not run here");
    finding.severity(Severity::Note).help(
        "write the policy in Rego, too, if it has to run before the merge; pullwarden evaluates no CEL",
    );
    finding
}

/// The finding about a template without the rule that Gatekeeper evaluates.
pub fn no_violation(span: Span) -> Finding {
    let mut finding = Finding::new(span, "this template has no rule `violation`");
    finding.help("name the rule `violation`; Gatekeeper evaluates no other rule, and refuses the template");
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
