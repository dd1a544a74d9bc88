//! Reads the policies of Gatekeeper as they are deployed. A `ConstraintTemplate` holds the Rego. Constraints of its
//! kind set the parameters, the objects and the severity (gatekeeper `apis/templates`, `pkg/target/match`).

use super::configured::Where;
use super::constraints;
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
use std::collections::BTreeMap;
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
    /// The severity from its enforcement actions, if it is not an error.
    pub(super) severity: Option<Severity>,
    /// `spec.match`.
    matches: Value,
    /// The `labelSelector` of `spec.match`.
    labels: LabelSelector,
    /// The `namespaceSelector` of `spec.match`, with its place.
    pub(super) namespaces: Option<(Span, LabelSelector)>,
}

/// The labels of the namespaces of a cluster, as far as the repository holds the namespaces.
pub(super) type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// The label that the API server gives each namespace: its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl Constraint {
    /// A constraint that applies to every object.
    pub(super) fn with(parameters: Value) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// Whether the constraint applies to an object; `None` if this depends on labels of its namespace that are not known.
    pub(super) fn is_about<'n>(
        &self,
        object: &Value,
        namespaces: &dyn Fn() -> &'n Namespaces,
    ) -> Option<bool> {
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
        let is_namespace = group.is_empty() && kind == "Namespace";
        let key = if is_namespace { "name" } else { "namespace" };
        let namespace = text(&object["metadata"][key]);
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
            Some("Namespaced") => is_namespaced && !is_namespace,
            Some("Cluster") => is_namespace || !is_namespaced,
            _ => true,
        };
        let has_name = self.matches["name"]
            .as_str()
            .is_none_or(|pattern| is_like(pattern, text(&object["metadata"]["name"])));
        let labels = labels_of(object);
        if !(is_kind && is_in && !is_out && has_scope && has_name && self.labels.matches(&labels)) {
            return Some(false);
        }
        match &self.namespaces {
            Some((_, selector)) if is_namespace => {
                Some(selector.matches(&labels_of_namespace(namespace, labels)))
            }
            Some((_, selector)) if is_namespaced => match namespaces().get(namespace) {
                Some(labels) => Some(selector.matches(&labels_of_namespace(namespace, labels.clone()))),
                None => selector.matches_known(&labels_of_namespace(namespace, BTreeMap::new())),
            },
            // Objects without a namespace are always selected.
            Some(_) | None => Some(true),
        }
    }
}

/// The labels of an object.
pub(super) fn labels_of(object: &Value) -> BTreeMap<String, String> {
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    labels.map(|(key, value)| (key.clone(), text(value).to_owned())).collect()
}

fn labels_of_namespace(name: &str, mut labels: BTreeMap<String, String>) -> BTreeMap<String, String> {
    labels.insert(NAME_LABEL.to_owned(), name.to_owned());
    labels
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
    let mut broken = Vec::new();
    for place in places {
        for file in reader.files(place, What::Templates) {
            yaml::parse(file.id, &file.text, |parsed| match parsed {
                Ok(document) => documents.push((file.clone(), document)),
                Err(error) => broken.push(policy_error::unread_template(error.span, &error.message)),
            });
        }
    }
    let objects: Vec<(&File, Node<'_>)> = documents
        .iter()
        .flat_map(|(file, document)| members(document.root()).into_iter().map(move |object| (file, object)))
        .collect();
    reader.has_templates = !broken.is_empty() || objects.iter().any(|(_, object)| is_template(*object));
    reader.problems.extend(broken.into_iter().map(|finding| (&policy_error::META, finding)));
    let mut templates = Vec::new();
    for (file, root) in objects.iter().filter(|(_, object)| is_template(*object)) {
        let root = *root;
        let kind = at(root, &["spec", "crd", "spec", "names", "kind"]).map(|kind| kind.text().to_owned());
        let Some(kind) = kind else { continue };
        let scalars = scalars(root);
        let name = at(root, &["metadata", "name"]).unwrap_or(root).span();
        let problem = match (has_target(root), scalars.is_empty()) {
            (false, _) => Some(policy_error::no_target(name)),
            (true, true) => Some(policy_error::no_rego(name)),
            (true, false) => None,
        };
        if let Some(problem) = problem {
            reader.problems.push((&policy_error::META, problem));
            continue;
        }
        let constraints = objects.iter().map(|(_, object)| *object).filter(|root| {
            root.get_str("kind") == Some(&kind)
                && root.get_str("apiVersion").is_some_and(|version| version.starts_with(CONSTRAINTS))
        });
        let mut is_used = false;
        for constraint in constraints {
            is_used = true;
            let generated_alone =
                || constraints::generated_alone(constraint).map(policy_error::generated_alone);
            if let Some(problem) = constraints::refusal(constraint).or_else(generated_alone) {
                reader.problems.push((&policy_error::META, problem));
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
        if !is_used {
            let mut finding = Finding::new(
                name,
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

/// The objects of a document: it, or the items of a list.
fn members(root: Node<'_>) -> Vec<Node<'_>> {
    let is_list = root.get_str("kind").is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|_| is_list) {
        Some(items) => items.items().collect(),
        None => vec![root],
    }
}

/// Whether a template has one target, which is the one of Gatekeeper.
fn has_target(root: Node<'_>) -> bool {
    let targets = at(root, &["spec", "targets"]).into_iter().flat_map(Node::items);
    let targets: Vec<_> = targets.map(|target| target.get_str("target")).collect();
    targets == [Some("admission.k8s.gatekeeper.sh")]
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
    let selector = at(root, &["spec", "match", "namespaceSelector"]).filter(|node| !node.is_null());
    let labels = at(root, &["spec", "match", "labelSelector"]).map(LabelSelector::read);
    Constraint {
        parameters: value(&["spec", "parameters"]),
        severity: severity(root),
        matches: value(&["spec", "match"]),
        labels: labels.unwrap_or_default(),
        namespaces: selector.map(|node| (node.span(), LabelSelector::read(node))),
    }
}

/// The severity of the strictest enforcement action; `None` for `deny`.
fn severity(constraint: Node<'_>) -> Option<Severity> {
    let action = at(constraint, &["spec", "enforcementAction"]).map(Node::text);
    let scoped = at(constraint, &["spec", "scopedEnforcementActions"]);
    let actions: Vec<&str> = match (action, scoped) {
        (Some("scoped"), Some(scoped)) => scoped.items().filter_map(|item| item.get_str("action")).collect(),
        (action, _) => action.into_iter().collect(),
    };
    let severity = |action: &str| severity_of(action).unwrap_or(Severity::Error);
    actions.into_iter().map(severity).max().filter(|severity| *severity != Severity::Error)
}

/// The severity for an enforcement action of Gatekeeper. Konstraint has the same words in `custom.enforcement`.
pub(super) fn severity_of(action: &str) -> Option<Severity> {
    match action {
        "deny" => Some(Severity::Error),
        "warn" => Some(Severity::Warning),
        "dryrun" => Some(Severity::Note),
        _ => None,
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
            let constraint = constraint(&matches);
            let about = |object| constraint.is_about(object, &|| unreachable!("no namespace is selected"));
            assert_eq!((about(&deployment), about(&cluster)), (Some(first), Some(second)), "{matches}");
        }
    }

    #[test]
    fn namespaces_are_selected_by_labels_that_are_known() {
        let object = |kind: &str, name: &str, namespace: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": {"zone": "eu"}}});
        let namespaces = Namespaces::from([("shop".to_owned(), labels_of(&object("Namespace", "shop", "")))]);
        let about = |matches: Value, object: &Value| constraint(&matches).is_about(object, &|| &namespaces);
        let (known, unknown) = (object("Pod", "web", "shop"), object("Pod", "web", "other"));
        let eu = json!({"namespaceSelector": {"matchLabels": {"zone": "eu"}}});
        assert_eq!(about(eu.clone(), &known), Some(true));
        assert_eq!(about(eu.clone(), &unknown), None);
        // An object without a namespace is always selected, and a namespace is selected by its own labels.
        assert_eq!(about(eu.clone(), &object("Node", "worker", "")), Some(true));
        assert_eq!(about(eu, &object("Namespace", "other", "")), Some(true));
        let us = json!({"namespaceSelector": {"matchLabels": {"zone": "us"}}});
        assert_eq!(about(us.clone(), &known), Some(false));
        assert_eq!(about(us, &object("Namespace", "other", "")), Some(false));
        // Each namespace has its name as a label.
        let named = |operator: &str| {
            let key = "kubernetes.io/metadata.name";
            json!({"namespaceSelector": {"matchExpressions": [{"key": key, "operator": operator, "values": ["shop"]}]}})
        };
        assert_eq!((about(named("In"), &known), about(named("In"), &unknown)), (Some(true), Some(false)));
        assert_eq!(
            (about(named("NotIn"), &known), about(named("NotIn"), &unknown)),
            (Some(false), Some(true))
        );
        // A label that is not known matters only if the other conditions are true.
        let both = json!({"namespaceSelector": {"matchLabels": {"zone": "eu", "kubernetes.io/metadata.name": "shop"}}});
        assert_eq!(about(both, &unknown), Some(false));
        // A namespace is an object of the cluster.
        let scope = |scope: &str| about(json!({"scope": scope}), &object("Namespace", "shop", ""));
        assert_eq!((scope("Cluster"), scope("Namespaced")), (Some(true), Some(false)));
    }

    fn constraint(matches: &Value) -> Constraint {
        let written = json!({"spec": {"match": matches}}).to_string();
        let mut constraint = Constraint::default();
        yaml::parse(FileId(0), &written.into(), |parsed| {
            constraint = constraint_of(parsed.unwrap().root());
        });
        constraint
    }

    #[test]
    fn the_strictest_action_decides() {
        let severity = |spec: Value| {
            let written = json!({"spec": spec}).to_string();
            let mut found = None;
            yaml::parse(FileId(0), &written.into(), |parsed| found = severity(parsed.unwrap().root()));
            found
        };
        let scoped = |actions: &[&str]| {
            let actions: Vec<Value> = actions.iter().map(|action| json!({"action": action})).collect();
            json!({"enforcementAction": "scoped", "scopedEnforcementActions": actions})
        };
        assert_eq!(severity(json!({})), None);
        assert_eq!(severity(json!({"enforcementAction": "warn"})), Some(Severity::Warning));
        assert_eq!(severity(scoped(&["dryrun", "warn"])), Some(Severity::Warning));
        assert_eq!(severity(scoped(&["dryrun", "deny"])), None);
    }
}
