//! `metadata`, checked as the API server does: first types, since a wrong type ends the request, and then the form of names,
//! labels, annotations and owners.
//!
//! Sources: kubernetes `apimachinery/pkg/apis/meta/v1/types.go`, `pkg/api/validation/objectmeta.go`,
//! `pkg/util/validation/validation.go`.

use super::is_placeholder;
use super::schema::{Problems, What, nearest};
use crate::openshift::Versions;
use crate::source::Span;
use crate::yaml::{Entry, Kind as Shape, Node, Scalar};

#[derive(Clone, Copy, PartialEq)]
enum Type {
    String,
    Integer,
    Bool,
    Time,
    StringMap,
    List,
}

/// The fields of `metadata` that only a server sets.
pub const OF_THE_SERVER: [&str; 6] =
    ["uid", "resourceVersion", "generation", "selfLink", "creationTimestamp", "managedFields"];

/// The annotation in which `oc apply` stores the object that it sent last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Every field of `ObjectMeta`.
const FIELDS: &[(&str, Type)] = &[
    ("name", Type::String),
    ("generateName", Type::String),
    ("namespace", Type::String),
    ("selfLink", Type::String),
    ("uid", Type::String),
    ("resourceVersion", Type::String),
    ("generation", Type::Integer),
    ("creationTimestamp", Type::Time),
    ("deletionTimestamp", Type::Time),
    ("deletionGracePeriodSeconds", Type::Integer),
    ("labels", Type::StringMap),
    ("annotations", Type::StringMap),
    ("ownerReferences", Type::List),
    ("finalizers", Type::List),
    ("managedFields", Type::List),
];

const OWNER_FIELDS: &[(&str, Type)] = &[
    ("apiVersion", Type::String),
    ("kind", Type::String),
    ("name", Type::String),
    ("uid", Type::String),
    ("controller", Type::Bool),
    ("blockOwnerDeletion", Type::Bool),
];

pub(super) fn check(metadata: Node<'_>, problems: &mut Problems) {
    let mut check = Check { problems };
    if metadata.kind() == Shape::Mapping {
        check.fields(metadata, FIELDS, "metadata");
        check.values(metadata);
    } else {
        check.wrong_type(metadata, "metadata", "object");
    }
}

struct Check<'p> {
    problems: &'p mut Problems,
}

impl Check<'_> {
    fn fields(&mut self, map: Node<'_>, fields: &[(&'static str, Type)], path: &str) {
        for entry in map.entries() {
            let key = entry.key.key_text();
            let field = format!("{path}.{key}");
            if let Some((_, ty)) = fields.iter().find(|(name, _)| *name == key) {
                self.typed(entry.value, *ty, &field);
            } else {
                let beside: Vec<&'static str> = fields.iter().map(|(name, _)| *name).collect();
                let meant = match &*key {
                    // These are fields of `spec` with the wrong indentation.
                    "registrySources" => Some("spec.registrySources".to_owned()),
                    _ => nearest(&key, beside.iter().copied()).map(|near| format!("{path}.{near}")),
                };
                self.push(entry.key.span(), field, What::Unknown { key: key.into_owned(), meant, beside });
            }
        }
    }

    fn typed(&mut self, node: Node<'_>, ty: Type, field: &str) {
        if node.is_null() || is_placeholder(node.text()) {
            return;
        }
        let scalar = node.scalar();
        match ty {
            Type::String if node.as_str().is_none() => self.wrong_type(node, field, "string"),
            Type::Integer if !matches!(scalar, Some(Scalar::Int(_))) => {
                self.wrong_type(node, field, "integer");
            }
            Type::Bool if !matches!(scalar, Some(Scalar::Bool(_))) => self.wrong_type(node, field, "boolean"),
            Type::Time => match node.as_str() {
                None => self.wrong_type(node, field, "string"),
                Some(text) if text.parse::<jiff::Timestamp>().is_err() => {
                    self.refuse(node.span(), field, text, "a time as in 2006-01-02T15:04:05Z");
                }
                Some(_) => {}
            },
            Type::StringMap if node.kind() != Shape::Mapping => self.wrong_type(node, field, "object"),
            Type::StringMap => {
                for entry in node.entries() {
                    if entry.value.as_str().is_none() && !entry.value.is_null() {
                        let field = format!("{field}[{}]", entry.key.key_text());
                        self.wrong_type(entry.value, &field, "string");
                    }
                }
            }
            Type::List if node.kind() != Shape::Sequence => self.wrong_type(node, field, "array"),
            _ => {}
        }
    }

    fn values(&mut self, metadata: Node<'_>) {
        if let Some(name) = metadata.get("name").filter(|name| name.as_str().is_some())
            && !is_subdomain(name.text())
        {
            self.refuse(name.span(), "metadata.name", name.text(), SUBDOMAIN);
        }
        for entry in maps(metadata.get("labels")) {
            let key = entry.key.key_text();
            if !is_qualified_name(&key) {
                self.refuse(entry.key.span(), "metadata.labels", &key, QUALIFIED_NAME);
            }
            if entry.value.as_str().is_some_and(|value| !value.is_empty() && !is_name_part(value)) {
                self.refuse(entry.value.span(), "metadata.labels", entry.value.text(), LABEL_VALUE);
            }
        }
        for entry in maps(metadata.get("annotations")) {
            let key = entry.key.key_text();
            // Unlike the keys of labels, keys of annotations may be in upper case.
            if !is_qualified_name(&key.to_ascii_lowercase()) {
                self.refuse(entry.key.span(), "metadata.annotations", &key, QUALIFIED_NAME);
            }
        }
        for (index, finalizer) in items(metadata.get("finalizers")).enumerate() {
            match finalizer.as_str() {
                Some(name) if !is_qualified_name(name) => {
                    self.refuse(finalizer.span(), "metadata.finalizers", name, QUALIFIED_NAME);
                }
                Some(_) => {}
                None => self.wrong_type(finalizer, &format!("metadata.finalizers[{index}]"), "string"),
            }
        }
        for owner in items(metadata.get("ownerReferences")) {
            if owner.kind() != Shape::Mapping {
                self.wrong_type(owner, "metadata.ownerReferences", "object");
                continue;
            }
            self.fields(owner, OWNER_FIELDS, "metadata.ownerReferences");
            for required in ["apiVersion", "kind", "name", "uid"] {
                let value = owner.get(required);
                if value.is_none_or(|value| value.is_null() || value.as_str() == Some("")) {
                    let span = value.filter(|v| !v.is_absent()).map_or_else(
                        || owner.raw_pairs().next().map_or(owner.span(), |(key, _)| key.span()),
                        Node::span,
                    );
                    let field = format!("metadata.ownerReferences.{required}");
                    self.push(span, field, What::Missing { name: required });
                }
            }
        }
    }

    fn wrong_type(&mut self, node: Node<'_>, field: &str, expected: &'static str) {
        let what = What::WrongType { expected, found: node.type_name(), due: None, node: node.index() };
        self.push(node.span(), field.to_owned(), what);
    }

    fn refuse(&mut self, span: Span, field: &str, value: &str, rule: &'static str) {
        if is_placeholder(value) {
            return;
        }
        self.push(span, field.to_owned(), What::Metadata { value: value.to_owned(), rule });
    }

    fn push(&mut self, span: Span, field: String, what: What) {
        self.problems.push(span, field, Versions::ALL, what);
    }
}

const SUBDOMAIN: &str = "lower-case letters, digits, `-` and `.`, at most 253 characters, \
                         each part starting and ending with a letter or digit";
const QUALIFIED_NAME: &str = "letters, digits, `-`, `_` and `.`, at most 63 characters, starting and ending with a \
                              letter or digit, with at most one `domain/` in front";
const LABEL_VALUE: &str = "letters, digits, `-`, `_` and `.`, at most 63 characters, starting and ending with a \
                           letter or digit";

fn maps(node: Option<Node<'_>>) -> Vec<Entry<'_>> {
    node.filter(|node| node.kind() == Shape::Mapping).map(Node::entries).unwrap_or_default()
}

fn items(node: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    node.into_iter().flat_map(Node::items)
}

/// RFC 1123 subdomain, as for most object names.
fn is_subdomain(text: &str) -> bool {
    let label = |label: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends(label.chars().next())
            && ends(label.chars().last())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// The name part of a qualified name, or a label's value.
fn is_name_part(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && ends(text.chars().next())
        && ends(text.chars().last())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((domain, name)) => is_subdomain(domain) && is_name_part(name),
        None => is_name_part(text),
    }
}
