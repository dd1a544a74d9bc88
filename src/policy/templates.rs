//! Reads the policies of Gatekeeper as they are deployed. A `ConstraintTemplate` holds the Rego. Constraints of its
//! kind set the parameters, the objects and the severity (gatekeeper `apis/templates`, `pkg/target/match`).

use super::configured::Where;
use super::files::{File, Reader, What};
use super::json::Writer;
use crate::finding::Finding;
use crate::finding::severity::Severity;
use crate::read::crd::LabelSelector;
use crate::rules::policy_error;
use crate::source::Span;
use crate::yaml::embedded::Embedded;
use crate::yaml::{self, Document, Node};
use rego_policy::{Dialect, Set, Source};
use serde_json::Value;
use std::sync::Arc;

/// The group of all kinds of constraints.
const CONSTRAINTS: &str = "constraints.gatekeeper.sh/";

/// A template with one of its constraints.
pub(super) struct Template {
    pub(super) set: Set,
    /// The modules in the order of the set.
    pub(super) modules: Vec<Module>,
    pub(super) constraint: Constraint,
}

/// The text of a module.
pub(super) enum Module {
    /// The text is a file.
    File(crate::source::FileId),
    /// The text is a string in a template.
    Scalar(Arc<Embedded>),
}

impl Module {
    /// The place of a part of the module.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        match self {
            Module::File(file) => Span::new(*file, start, end),
            Module::Scalar(way) => way.place(Span::new(way.outer().file, start, end)),
        }
    }
}

/// The settings with which a template runs.
#[derive(Clone, Default)]
pub(super) struct Constraint {
    pub(super) parameters: Value,
    /// The severity from its `enforcementAction`, if it is not an error.
    pub(super) severity: Option<Severity>,
    /// `spec.match`.
    matches: Value,
    /// The `labelSelector` of `spec.match`.
    labels: LabelSelector,
}

impl Constraint {
    /// A constraint that applies to every object.
    pub(super) fn with(parameters: Value) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// Whether the constraint applies to an object.
    pub(super) fn is_about(&self, object: &Value) -> bool {
        let api_version = text(&object["apiVersion"]);
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let kind = text(&object["kind"]);
        let has = |list: &Value, name: &str| {
            list.as_array().is_some_and(|names| names.iter().any(|one| one == "*" || one == name))
        };
        let is_absent = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
        let is_of = |entry: &Value| {
            (is_absent(&entry["apiGroups"]) || has(&entry["apiGroups"], group))
                && (is_absent(&entry["kinds"]) || has(&entry["kinds"], kind))
        };
        let is_kind =
            self.matches["kinds"].as_array().is_none_or(|kinds| kinds.is_empty() || kinds.iter().any(is_of));
        let namespace = match kind {
            "Namespace" if group.is_empty() => text(&object["metadata"]["name"]),
            _ => text(&object["metadata"]["namespace"]),
        };
        let in_list = |list: &Value| {
            let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            names.into_iter().any(|pattern| is_like(pattern, namespace))
        };
        // Gatekeeper checks the namespace only if the object has one.
        let is_namespaced = !namespace.is_empty();
        let is_in =
            is_absent(&self.matches["namespaces"]) || !is_namespaced || in_list(&self.matches["namespaces"]);
        let is_out = is_namespaced && in_list(&self.matches["excludedNamespaces"]);
        let has_scope = match self.matches["scope"].as_str() {
            Some("Namespaced") => is_namespaced,
            Some("Cluster") => !is_namespaced,
            _ => true,
        };
        let has_name = self.matches["name"]
            .as_str()
            .is_none_or(|pattern| is_like(pattern, text(&object["metadata"]["name"])));
        let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
        let labels = labels.map(|(key, value)| (key.clone(), text(value).to_owned())).collect();
        is_kind && is_in && !is_out && has_scope && has_name && self.labels.matches(&labels)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether a name matches a pattern of Gatekeeper: `*` is allowed at the start or the end.
fn is_like(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

/// The templates below some places; each template occurs once for each of its constraints.
pub(super) fn read(reader: &mut Reader<'_>, places: &[Where]) -> Vec<Template> {
    let mut documents: Vec<(File, Document)> = Vec::new();
    for place in places {
        for file in reader.files(place, What::Templates) {
            // A file that is not YAML holds no template. Its error is reported when the file is read for another
            // purpose.
            yaml::parse(file.id, &file.text, |parsed| {
                documents.extend(parsed.ok().map(|document| (file.clone(), document)));
            });
        }
    }
    reader.has_templates = documents.iter().any(|(_, document)| is_template(document.root()));
    let mut templates = Vec::new();
    for (file, document) in documents.iter().filter(|(_, document)| is_template(document.root())) {
        let root = document.root();
        let kind = at(root, &["spec", "crd", "spec", "names", "kind"]).map(|kind| kind.text().to_owned());
        let Some(kind) = kind else { continue };
        let scalars = scalars(root);
        let constraints = documents.iter().map(|(_, document)| document.root()).filter(|root| {
            root.get_str("kind") == Some(&kind)
                && root.get_str("apiVersion").is_some_and(|version| version.starts_with(CONSTRAINTS))
        });
        let mut is_used = false;
        for constraint in constraints {
            is_used = true;
            if let Some(selector) =
                at(constraint, &["spec", "match", "namespaceSelector"]).filter(|node| !node.is_null())
            {
                let mut finding = Finding::new(
                    selector.span(),
                    "the labels of namespaces are not known here, so this constraint does not run",
                );
                finding
                    .severity(Severity::Note)
                    .help("name the namespaces under `match.namespaces` to have it run");
                reader.problems.push((&policy_error::META, finding));
                continue;
            }
            templates.push(Template {
                set: Set {
                    sources: scalars
                        .iter()
                        .map(|scalar| Source { name: file.name.clone(), text: scalar.text().to_owned() })
                        .collect(),
                    data: Value::Object(serde_json::Map::new()),
                    dialect: Dialect::Either,
                },
                modules: scalars
                    .iter()
                    .map(|scalar| {
                        Module::Scalar(Arc::new(Embedded::new(scalar.text(), scalar.span(), &file.text)))
                    })
                    .collect(),
                constraint: constraint_of(constraint),
            });
        }
        if !is_used && !scalars.is_empty() {
            let name = at(root, &["metadata", "name"]).unwrap_or(root);
            let mut finding = Finding::new(
                name.span(),
                format!("no constraint of kind `{kind}` is here, so this template does not run"),
            );
            finding
                .severity(Severity::Note)
                .help("put the constraints beside the templates, below the same path");
            reader.problems.push((&policy_error::META, finding));
        }
    }
    templates
}

fn is_template(root: Node<'_>) -> bool {
    root.get_str("kind") == Some("ConstraintTemplate")
        && root.get_str("apiVersion").is_some_and(|version| version.starts_with("templates.gatekeeper.sh/"))
}

fn at<'n>(node: Node<'n>, path: &[&str]) -> Option<Node<'n>> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// The Rego texts of a template: `rego` and `libs`, in a target or in its `code` for the engine Rego.
fn scalars<'n>(root: Node<'n>) -> Vec<Node<'n>> {
    let mut found = Vec::new();
    let mut take = |holder: Node<'n>| {
        found.extend(holder.get("rego").filter(|rego| !rego.text().trim().is_empty()));
        found.extend(holder.get("libs").into_iter().flat_map(Node::items));
    };
    for target in at(root, &["spec", "targets"]).into_iter().flat_map(Node::items) {
        take(target);
        for code in target.get("code").into_iter().flat_map(Node::items) {
            if code.get_str("engine") == Some("Rego")
                && let Some(source) = code.get("source")
            {
                take(source);
            }
        }
    }
    found
}

fn constraint_of(root: Node<'_>) -> Constraint {
    let writer = Writer::of_all();
    let value = |path: &[&str]| at(root, path).map_or(Value::Null, |node| writer.value(node));
    let severity = match at(root, &["spec", "enforcementAction"]).map(Node::text) {
        Some("warn") => Some(Severity::Warning),
        Some("dryrun") => Some(Severity::Note),
        _ => None,
    };
    let labels = at(root, &["spec", "match", "labelSelector"]).map(LabelSelector::read);
    Constraint {
        parameters: value(&["spec", "parameters"]),
        severity,
        matches: value(&["spec", "match"]),
        labels: labels.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use serde_json::json;

    #[test]
    fn constraints_are_about_what_they_match() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop-eu", "labels": {"tier": "front"}}});
        let cluster =
            json!({"apiVersion": "config.openshift.io/v1", "kind": "Image", "metadata": {"name": "cluster"}});
        let cases = [
            (json!({}), true, true),
            (json!({"kinds": [{"apiGroups": ["apps"], "kinds": ["Deployment"]}]}), true, false),
            (json!({"kinds": [{"apiGroups": ["*"], "kinds": ["Image"]}]}), false, true),
            (json!({"namespaces": ["shop-*"]}), true, true),
            (json!({"namespaces": ["shop"]}), false, true),
            (json!({"excludedNamespaces": ["*-eu"]}), false, true),
            (json!({"scope": "Cluster"}), false, true),
            (json!({"scope": "Namespaced"}), true, false),
            (json!({"labelSelector": {"matchLabels": {"tier": "front"}}}), true, false),
            (
                json!({"labelSelector": {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}}),
                false,
                true,
            ),
            (
                json!({"labelSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}]}}),
                true,
                true,
            ),
            (json!({"name": "we*"}), true, false),
        ];
        for (matches, first, second) in cases {
            let written = json!({"spec": {"match": &matches}}).to_string();
            let mut constraint = Constraint::default();
            yaml::parse(FileId(0), &written.into(), |parsed| {
                constraint = constraint_of(parsed.unwrap().root());
            });
            assert_eq!(
                (constraint.is_about(&deployment), constraint.is_about(&cluster)),
                (first, second),
                "{matches}"
            );
        }
    }
}
