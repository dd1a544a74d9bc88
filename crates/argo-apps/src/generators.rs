//! Generators make the parameters of an `ApplicationSet`. Sources: `Generators*.md`,
//! `applicationset/generators/generator_spec_processor.go`.

use crate::budget::{Budget, MAX_APPLICATIONS};
use crate::clusters::{Clusters, LABELS, Operator, Requirement};
use crate::git::is_true;
use crate::listing::Listing;
use crate::params::{self, Params, Value};
use crate::template::{self, Language};
use crate::text::Text;
use spanned_yaml::{Kind, Node};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys beside a generator.
const OTHER_KEYS: [&str; 2] = ["selector", "template"];

/// Reads the generators of one set.
pub(crate) struct Generators<'a> {
    pub(crate) listing: &'a dyn Listing,
    pub(crate) budget: Budget,
    pub(crate) language: Language,
    /// `applyNestedSelectors`.
    pub(crate) nested_selectors: bool,
}

impl Generators<'_> {
    /// The parameters of one generator of `entry`, which lies `depth` generators deep. `outer` holds the parameters of
    /// the generators before it in a matrix. `None` if it is skipped, which is recorded.
    pub(crate) fn generate(
        &self,
        entry: Node<'_>,
        (name, node): (&str, Node<'_>),
        outer: Option<&Params>,
        depth: usize,
    ) -> Option<Vec<Params>> {
        self.budget.spend(20)?;
        let made = match name {
            "list" => self.list(node, outer),
            "clusters" => self.clusters(node, outer),
            "clusterDecisionResource" => self.decided_clusters(node, outer),
            "git" => self.git(node, outer),
            // "can only be nested once" (`Generators-Matrix.md`).
            "matrix" | "merge" if depth > 1 => {
                self.budget
                    .note(node.span(), format!("`{name}` nests too deep; Argo CD generates nothing from it"));
                None
            }
            "matrix" => self.matrix(node, outer, depth),
            "merge" => self.merge(node, outer, depth),
            _ => {
                let message = format!("the generator `{name}` needs data from outside of the repository");
                self.budget.note(node.span(), message);
                None
            }
        }?;
        // `dropDisabledNestedSelectors`: selectors of the second level count only if the set enables them.
        let selector = entry.get("selector").filter(|_| depth < 2 || self.nested_selectors);
        match selector {
            Some(selector) => self.select(made, selector, outer),
            None => Some(made),
        }
    }

    fn list(&self, node: Node<'_>, outer: Option<&Params>) -> Option<Vec<Params>> {
        let mut made = Vec::new();
        for item in node.get("elements").into_iter().flat_map(Node::items) {
            let value = self.rendered(&Value::of(item, &self.budget)?, outer);
            let mut params = Params::default();
            match value {
                Value::Map(entries) if self.language == Language::Go => {
                    params.values = BTreeMap::clone(&entries);
                }
                value => params::flatten("", &value, &mut params, &self.budget)?,
            }
            self.push(params, &mut made)?;
        }
        if let Some(yaml) = node.get("elementsYaml").filter(|yaml| !yaml.is_null()) {
            self.budget.note(yaml.span(), "the elements of `elementsYaml` are not evaluated".to_owned());
            if made.is_empty() {
                return None;
            }
        }
        Some(made)
    }

    /// In a matrix, the elements of a list are templates, too.
    fn rendered(&self, value: &Value, outer: Option<&Params>) -> Value {
        let Some(outer) = outer else { return value.clone() };
        match value {
            Value::Text(text) => template::value(self.language, text.as_str().unwrap_or(""), &[outer]),
            Value::List(items) => {
                Value::List(Arc::new(items.iter().map(|item| self.rendered(item, Some(outer))).collect()))
            }
            Value::Map(entries) => {
                let rendered =
                    entries.iter().map(|(key, value)| (key.clone(), self.rendered(value, Some(outer))));
                Value::map(rendered.collect())
            }
            value => value.clone(),
        }
    }

    /// One set of parameters for all selected clusters: values that differ between them are open.
    fn clusters(&self, node: Node<'_>, outer: Option<&Params>) -> Option<Vec<Params>> {
        let mut made = Vec::new();
        if is_true(node, "flatList") {
            // One application for all of them; its destination is in the template.
            let mut params = Params::default();
            params.insert("clusters", Value::Open("clusters".into()));
            self.push_with_values(params, node, outer, &mut made)?;
            return Some(made);
        }
        let mut clusters = Clusters::default();
        if let Some(selector) = node.get("selector") {
            clusters.requirements = self.requirements(selector, LABELS, outer);
            // Every cluster that is registered by a secret has this label (`Generators-Cluster.md`).
            clusters.requirements.retain(|one| one.key != "metadata.labels.argocd.argoproj.io/secret-type");
        }
        self.push_with_values(open_params(clusters), node, outer, &mut made)?;
        Some(made)
    }

    fn decided_clusters(&self, node: Node<'_>, outer: Option<&Params>) -> Option<Vec<Params>> {
        let by_name = node.get("name").filter(|name| !name.text().is_empty());
        let by_label = node.get("labelSelector").map(|selector| self.requirements(selector, "", outer));
        let decided_by = match (by_name, by_label) {
            (Some(name), _) => self.render_or_note(name, outer)?,
            (None, Some(requirements)) => {
                Text::known(Clusters { requirements, ..Clusters::default() }.asked())
            }
            (None, None) => Text::known(node.get("configMapRef").map_or("", Node::text)),
        };
        let mut params = open_params(Clusters { decided_by: Some(decided_by), ..Clusters::default() });
        // The entries of a decision of Open Cluster Management.
        params.insert("clusterName", Value::Open("name".into()));
        let mut made = Vec::new();
        self.push_with_values(params, node, outer, &mut made)?;
        Some(made)
    }

    /// Keeps the sets that `selector` selects, by the names of parameters (`Generators-Post-Selector.md`).
    fn select(&self, made: Vec<Params>, selector: Node<'_>, outer: Option<&Params>) -> Option<Vec<Params>> {
        let requirements = self.requirements(selector, "", outer);
        let mut kept = Vec::new();
        'params: for mut params in made {
            self.budget.spend(1 + requirements.len())?;
            for requirement in &requirements {
                let value = params.dotted(&requirement.key);
                if value.as_ref().is_some_and(Value::is_open) {
                    let mut clusters = params.clusters.as_deref().cloned().unwrap_or_default();
                    clusters.requirements.push(requirement.clone());
                    params.clusters = Some(Arc::new(clusters));
                    continue;
                }
                let text = value.and_then(|value| value.print().ok());
                if !requirement.accepts(text.as_ref().and_then(Text::as_str), &params.bound) {
                    continue 'params;
                }
            }
            kept.push(params);
        }
        Some(kept)
    }

    /// The requirements of a label selector. One that Kubernetes refuses does not count.
    fn requirements(&self, selector: Node<'_>, prefix: &str, outer: Option<&Params>) -> Vec<Requirement> {
        let text = |node: Node<'_>| self.render(node, outer).unwrap_or_else(|_| Text::known(node.text()));
        let key = |key: &str| format!("{prefix}{key}");
        let mut requirements = Vec::new();
        for entry in selector.get("matchLabels").map(Node::entries).unwrap_or_default() {
            let values = vec![text(entry.value)];
            requirements.push(Requirement {
                key: key(&entry.key.key_text()),
                operator: Operator::In,
                values,
            });
        }
        for expression in selector.get("matchExpressions").into_iter().flat_map(Node::items) {
            let operator = match expression.get("operator").map_or("", Node::text) {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                _ => continue,
            };
            let values = expression.get("values").into_iter().flat_map(Node::items).map(text).collect();
            requirements.push(Requirement {
                key: key(expression.get("key").map_or("", Node::text)),
                operator,
                values,
            });
        }
        requirements
    }

    /// Adds a set of parameters with the generator's own `values`, which are templates of them.
    pub(crate) fn push_with_values(
        &self,
        mut params: Params,
        node: Node<'_>,
        outer: Option<&Params>,
        made: &mut Vec<Params>,
    ) -> Option<()> {
        let mut own = BTreeMap::new();
        for entry in node.get("values").map(Node::entries).unwrap_or_default() {
            if entry.value.kind() != Kind::Scalar {
                continue;
            }
            self.budget.spend(20 + entry.value.text().len() / 100)?;
            let scopes: Vec<&Params> = std::iter::once(&params).chain(outer).collect();
            let value = template::value(self.language, entry.value.text(), &scopes);
            own.insert(entry.key.key_text().into_owned(), value);
        }
        if self.language == Language::Go && !own.is_empty() {
            params.insert("values", Value::map(own));
        } else {
            for (key, value) in own {
                params.insert(format!("values.{key}"), value);
            }
        }
        self.push(params, made)
    }

    /// Adds a set of parameters; `None` if there are too many.
    pub(crate) fn push(&self, params: Params, made: &mut Vec<Params>) -> Option<()> {
        self.budget.spend(params.weight())?;
        if made.len() >= MAX_APPLICATIONS {
            self.budget.too_much();
            return None;
        }
        made.push(params);
        Some(())
    }

    /// The text of a scalar of a generator, a template in a matrix only.
    pub(crate) fn render(&self, node: Node<'_>, outer: Option<&Params>) -> Result<Text, String> {
        match outer {
            Some(outer) => template::render(self.language, node.text(), &[outer]),
            None => Ok(Text::known(node.text())),
        }
    }

    pub(crate) fn render_or_note(&self, node: Node<'_>, outer: Option<&Params>) -> Option<Text> {
        self.budget.spend(1 + node.text().len() / 100)?;
        self.render(node, outer)
            .map_err(|expression| self.budget.note(node.span(), not_evaluated(&expression)))
            .ok()
    }
}

/// The generators of an entry of `generators`: the name and the value of each. There should be one.
pub(crate) fn named(entry: Node<'_>) -> Vec<(String, Node<'_>)> {
    let entries = entry.entries().into_iter().filter(|entry| !entry.value.is_null());
    entries
        .map(|entry| (entry.key.key_text().into_owned(), entry.value))
        .filter(|(name, _)| !OTHER_KEYS.contains(&name.as_str()))
        .collect()
}

/// The note about an unsupported expression.
pub(crate) fn not_evaluated(expression: &str) -> String {
    let short: String = expression.chars().take(80).collect();
    format!("`{{{{ {} }}}}` is not evaluated", short.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The parameters that every cluster has (`Generators-Cluster.md`).
fn open_params(clusters: Clusters) -> Params {
    let mut params = Params { clusters: Some(Arc::new(clusters)), ..Params::default() };
    for (key, open) in [
        ("name", "name"),
        ("nameNormalized", "name"),
        ("server", "server"),
        ("project", "project"),
        ("metadata", "metadata"),
    ] {
        params.insert(key, Value::Open(open.into()));
    }
    params
}
