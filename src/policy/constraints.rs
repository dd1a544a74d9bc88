//! Constraints that a cluster refuses: by the schema of `match` (gatekeeper `pkg/target/matchcrd_constant.go`), or by
//! Gatekeeper's webhook, which checks selectors and actions (`pkg/target/target.go`, frameworks `pkg/apis/constraints`).

use crate::finding::Finding;
use crate::read::crd::is_placeholder;
use crate::rules::policy_error;
use crate::source::Span;
use crate::yaml::{Kind, Node};

/// Why a constraint is refused: the wrong text, what is wrong with it, and what to write.
struct Refusal {
    span: Span,
    message: String,
    instead: String,
}

/// The sources of objects that `match.source` may name.
const SOURCES: [&str; 3] = ["All", "Generated", "Original"];

/// The operators of label selectors.
const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

/// What `enforcementAction` may say.
const ACTIONS: [&str; 4] = ["deny", "dryrun", "warn", "scoped"];

/// The finding about a constraint that a cluster refuses.
pub(super) fn refusal(constraint: Node<'_>) -> Option<Finding> {
    let Refusal { span, message, instead } = check(constraint).err()?;
    Some(policy_error::refused(span, message, &instead))
}

/// The place of `source: Generated`: such a constraint is only about objects that Gatekeeper expands from others.
pub(super) fn generated_alone(constraint: Node<'_>) -> Option<Span> {
    let source = constraint.at(&["spec", "match", "source"])?;
    (source.as_str() == Some("Generated")).then(|| source.span())
}

fn check(constraint: Node<'_>) -> Result<(), Refusal> {
    let Some(spec) = field(constraint, "spec") else { return Ok(()) };
    is_a(spec, "spec", Kind::Mapping)?;
    if let Some(action) = string(spec, "enforcementAction")? {
        is_one_of(action, &ACTIONS, "an enforcement action")?;
    }
    let Some(matches) = field(spec, "match") else { return Ok(()) };
    is_a(matches, "match", Kind::Mapping)?;
    for entry in list(matches, "kinds")? {
        is_a(entry, "an entry of `kinds`", Kind::Mapping)?;
        strings(entry, "apiGroups")?;
        strings(entry, "kinds")?;
    }
    for key in ["namespaces", "excludedNamespaces"] {
        strings(matches, key)?.into_iter().try_for_each(is_pattern)?;
    }
    string(matches, "name")?.map_or(Ok(()), is_pattern)?;
    string(matches, "scope")?;
    if let Some(source) = string(matches, "source")? {
        is_one_of(source, &SOURCES, "a source of objects")?;
    }
    selector(matches, "labelSelector")?;
    selector(matches, "namespaceSelector")
}

fn selector(matches: Node<'_>, key: &str) -> Result<(), Refusal> {
    let Some(selector) = field(matches, key) else { return Ok(()) };
    is_a(selector, key, Kind::Mapping)?;
    if let Some(labels) = field(selector, "matchLabels") {
        is_a(labels, "matchLabels", Kind::Mapping)?;
        for entry in labels.entries() {
            is_string(entry.value, &entry.key.key_text())?;
        }
    }
    for expression in list(selector, "matchExpressions")? {
        is_a(expression, "an entry of `matchExpressions`", Kind::Mapping)?;
        for needed in ["key", "operator"] {
            if string(expression, needed)?.is_none() {
                return Err(Refusal {
                    span: expression.span(),
                    message: format!("`{needed}` is missing in an expression of `{key}`"),
                    instead: format!("`{needed}`"),
                });
            }
        }
        let values = strings(expression, "values")?;
        let Some(operator) = string(expression, "operator")? else { continue };
        is_one_of(operator, &OPERATORS, "an operator of a label selector")?;
        let name = operator.text();
        let wants_values = matches!(name, "In" | "NotIn");
        if wants_values && values.is_empty() {
            return Err(Refusal {
                span: operator.span(),
                message: format!("`{name}` has no values"),
                instead: "the values of the label under `values`".to_owned(),
            });
        }
        if let (false, Some(first)) = (wants_values, values.first()) {
            return Err(Refusal {
                span: first.span(),
                message: format!("`{name}` takes no values"),
                instead: "`In` as the operator, or no values".to_owned(),
            });
        }
    }
    Ok(())
}

/// A field that is not null; the API server drops nulls.
fn field<'n>(node: Node<'n>, key: &str) -> Option<Node<'n>> {
    node.get(key).filter(|value| !value.is_null())
}

fn list<'n>(node: Node<'n>, key: &str) -> Result<Vec<Node<'n>>, Refusal> {
    let Some(list) = field(node, key) else { return Ok(Vec::new()) };
    is_a(list, key, Kind::Sequence)?;
    Ok(list.items().collect())
}

fn strings<'n>(node: Node<'n>, key: &str) -> Result<Vec<Node<'n>>, Refusal> {
    let strings = list(node, key)?;
    strings.iter().try_for_each(|item| is_string(*item, &format!("an entry of `{key}`")))?;
    Ok(strings)
}

fn string<'n>(node: Node<'n>, key: &str) -> Result<Option<Node<'n>>, Refusal> {
    let string = field(node, key);
    string.map_or(Ok(()), |string| is_string(string, key))?;
    Ok(string)
}

fn is_a(node: Node<'_>, what: &str, kind: Kind) -> Result<(), Refusal> {
    let wanted = if kind == Kind::Mapping { "an object" } else { "a list" };
    if node.kind() == kind { Ok(()) } else { Err(wrong_type(node, what, wanted)) }
}

fn is_string(node: Node<'_>, what: &str) -> Result<(), Refusal> {
    if node.as_str().is_some() { Ok(()) } else { Err(wrong_type(node, what, "a string")) }
}

fn wrong_type(node: Node<'_>, what: &str, wanted: &str) -> Refusal {
    let is = match node.kind() {
        Kind::Mapping => "an object".to_owned(),
        Kind::Sequence => "a list".to_owned(),
        Kind::Scalar if node.is_null() => "null".to_owned(),
        Kind::Scalar => match node.type_name() {
            name @ "integer" => format!("an {name}"),
            name => format!("a {name}"),
        },
    };
    let what = if what.contains('`') { what.to_owned() } else { format!("`{what}`") };
    Refusal {
        span: node.span(),
        message: format!("{what} is {is} instead of {wanted}"),
        instead: wanted.to_owned(),
    }
}

fn is_one_of(node: Node<'_>, allowed: &[&str], what: &str) -> Result<(), Refusal> {
    if allowed.contains(&node.text()) || is_placeholder(node.text()) {
        return Ok(());
    }
    let quoted: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
    let (last, others) = quoted.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    Err(Refusal {
        span: node.span(),
        message: format!("`{}` is not {what}", node.text()),
        instead: format!("{} or {last}", others.join(", ")),
    })
}

/// A name with `*` at its start or its end. The schema allows small letters, digits, `-` and `:`.
fn is_pattern(node: Node<'_>) -> Result<(), Refusal> {
    let text = node.text();
    let inner = text.strip_prefix('*').unwrap_or(text);
    let inner = inner.strip_suffix('*').unwrap_or(inner);
    if is_placeholder(text)
        || inner
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-:".contains(&byte))
    {
        return Ok(());
    }
    Err(Refusal {
        span: node.span(),
        message: format!("`{text}` is not a pattern of names"),
        instead: "a name of small letters, digits and `-`, with `*` at its start or its end".to_owned(),
    })
}
