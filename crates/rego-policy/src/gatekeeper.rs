//! The input that Gatekeeper gives to the policies of its templates.

use serde_json::{Value, json};

/// The input of a template's policies: `object` under review as it is created, and the parameters of a constraint.
///
/// ```
/// use serde_json::json;
///
/// let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}});
/// let input = rego_policy::gatekeeper::input(object, json!({"repos": ["quay.io/"]}));
/// assert_eq!(input["review"]["kind"], json!({"group": "apps", "version": "v1", "kind": "Deployment"}));
/// assert_eq!(input["review"]["object"]["metadata"]["name"], "web");
/// assert_eq!(input["parameters"]["repos"][0], "quay.io/");
/// ```
#[must_use]
pub fn input(object: Value, parameters: Value) -> Value {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let api_version = text("/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
    let mut review = json!({
        "kind": {"group": group, "version": version, "kind": text("/kind")},
        "name": name,
        "operation": "CREATE",
        "userInfo": {},
    });
    if !namespace.is_empty() {
        review["namespace"] = json!(namespace);
    }
    review["object"] = object;
    let parameters = if parameters.is_null() { json!({}) } else { parameters };
    json!({"review": review, "parameters": parameters})
}
