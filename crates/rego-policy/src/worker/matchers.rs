//! Konstraint's matchers: annotations that name the objects of a policy.

use regorus::Value;
use serde_json::{Map, Value as Json};

/// The objects on which a rule runs.
#[derive(Clone, Debug)]
pub(super) struct Matchers(Json);

impl Matchers {
    /// The matchers of a rule, from the custom keys of its annotations.
    pub(super) fn of(custom: &Map<String, Json>) -> Option<Self> {
        custom.get("matchers").filter(|matchers| matchers.is_object()).cloned().map(Self)
    }

    /// Whether the rule runs on this input. An input that is not a Kubernetes object is never left out.
    pub(super) fn take(&self, input: &Value) -> bool {
        let object = match &input["review"]["object"] {
            Value::Undefined => input,
            object => object,
        };
        let (Some(api_version), Some(kind)) = (text(&object["apiVersion"]), text(&object["kind"])) else {
            return true;
        };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let metadata = &object["metadata"];
        // Lists of namespaces do not apply to cluster-scoped objects.
        let namespace = match (kind, text(&metadata["namespace"])) {
            ("Namespace", _) => text(&metadata["name"]),
            (_, namespace) => namespace,
        };
        self.kinds(group, kind)
            && namespace.is_none_or(|namespace| self.namespaces(namespace))
            && self.0.get("labelSelector").is_none_or(|selector| labels(selector, &metadata["labels"]))
    }

    fn kinds(&self, group: &str, kind: &str) -> bool {
        let Some(Json::Array(kinds)) = self.0.get("kinds") else { return true };
        let names = |entry: &Json, key: &str, name: &str| match entry.get(key) {
            Some(Json::Array(names)) => {
                names.iter().filter_map(Json::as_str).any(|one| one == "*" || one == name)
            }
            _ => true,
        };
        kinds.iter().any(|entry| names(entry, "apiGroups", group) && names(entry, "kinds", kind))
    }

    fn namespaces(&self, namespace: &str) -> bool {
        let listed = |key: &str| match self.0.get(key) {
            Some(Json::Array(names)) => {
                Some(names.iter().filter_map(Json::as_str).any(|one| glob(one, namespace)))
            }
            _ => None,
        };
        listed("namespaces") != Some(false) && listed("excludedNamespaces") != Some(true)
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_string().ok().map(AsRef::as_ref)
}

/// The name of a namespace may begin or end with `*`.
fn glob(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), Some(_)) => name.contains(end.trim_end_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => pattern == name,
    }
}

fn labels(selector: &Json, labels: &Value) -> bool {
    let label = |key: &str| text(&labels[key]);
    let equal = match selector.get("matchLabels") {
        Some(Json::Object(wanted)) => wanted.iter().all(|(key, value)| label(key) == value.as_str()),
        _ => true,
    };
    let expressions = match selector.get("matchExpressions") {
        Some(Json::Array(expressions)) => expressions.iter().all(|expression| {
            let key = expression.get("key").and_then(Json::as_str).unwrap_or_default();
            let values = expression.get("values").and_then(Json::as_array);
            let among = |value: &str| values.is_some_and(|values| values.iter().any(|one| one == value));
            match expression.get("operator").and_then(Json::as_str) {
                Some("In") => label(key).is_some_and(among),
                Some("NotIn") => !label(key).is_some_and(among),
                Some("Exists") => label(key).is_some(),
                Some("DoesNotExist") => label(key).is_none(),
                _ => true,
            }
        }),
        _ => true,
    };
    equal && expressions
}
