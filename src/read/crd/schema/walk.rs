//! Compares a document with its schema, in the order of the API server.

use super::{Field, Problem, Problems, Type, What, nearest};
use crate::openshift::{Version, Versions};
use crate::read::crd::recognise::Kind;
use crate::read::crd::values::is_filled;
use crate::read::crd::{image, is_placeholder, is_to_be_filled_in, metadata, mirror_set};
use crate::source::Span;
use crate::yaml::{Kind as Shape, Node, Scalar};

/// Finds every problem in the shape of a document of `kind`, in the order of the text.
pub fn check(kind: Kind, root: Node<'_>) -> Vec<Problem> {
    let mut walk = Walk { kind, problems: Problems::default() };
    walk.root(root);
    let mut problems = walk.problems.list;
    problems.sort_by_key(|problem| problem.span);
    problems
}

/// Finds what the server refuses or drops in a `HostedCluster`, in the fields for mirrors and their certificates. An object
/// that is made from it has its own problems.
pub fn check_hosted(root: Node<'_>) -> Vec<Problem> {
    const NAMED: Type = Type::Map(&[Field::new("name", Type::String)]);
    const KNOWN: [&str; 2] = ["source", "mirrors"];
    let mut walk = Walk { kind: Kind::Settings, problems: Problems::default() };
    let Some(spec) = root.get("spec") else { return Vec::new() };
    if let Some(bundle) = given(spec, "additionalTrustBundle") {
        walk.value(bundle, &NAMED, "spec.additionalTrustBundle", Versions::ALL);
    }
    let image = given(spec, "configuration").and_then(|configuration| given(configuration, "image"));
    if let Some(image) = image.filter(|image| image.kind() != Shape::Mapping) {
        walk.value(image, &image::SPEC, "spec.configuration.image", Versions::ALL);
    }
    let sources = given(spec, "imageContentSources");
    if let Some(sources) = sources.filter(|sources| sources.kind() != Shape::Sequence) {
        walk.value(sources, &Type::List(&NAMED), "spec.imageContentSources", Versions::ALL);
    }
    for (index, item) in sources.into_iter().flat_map(Node::items).enumerate() {
        for entry in item.entries().iter().filter(|entry| !KNOWN.contains(&&*entry.key.key_text())) {
            walk.unknown(entry.key, &format!("spec.imageContentSources[{index}]"), &KNOWN, None);
        }
    }
    walk.problems.list
}

/// The value under a key, if there is one.
fn given<'d>(map: Node<'d>, key: &str) -> Option<Node<'d>> {
    map.get(key).filter(|value| !value.is_null())
}

struct Walk {
    kind: Kind,
    problems: Problems,
}

impl Walk {
    fn root(&mut self, root: Node<'_>) {
        for entry in root.entries() {
            match &*entry.key.key_text() {
                "apiVersion" | "kind" | "spec" => {}
                "metadata" => {
                    if !entry.value.is_null() && !is_placeholder(entry.value.text()) {
                        metadata::check(entry.value, &mut self.problems);
                    }
                }
                "status" => self.status(entry.value),
                _ => self.unknown(entry.key, "", &["apiVersion", "kind", "metadata", "spec", "status"], None),
            }
        }
        let metadata = root.get("metadata").filter(|metadata| metadata.kind() == Shape::Mapping);
        let given = |name: Node<'_>| !name.is_null() || is_to_be_filled_in(name);
        let named = |key: &str| metadata.and_then(|m| m.get(key)).is_some_and(given);
        let is_map = root.get("metadata").is_none_or(|m| m.is_null() || m.kind() == Shape::Mapping);
        let is_open = metadata.unwrap_or(root).is_open();
        if is_map && !is_open && !named("name") && !named("generateName") {
            let at =
                root.entry("metadata").or_else(|| root.entry("kind")).map_or(root.span(), |e| e.key.span());
            self.push(at, "metadata.name".into(), Versions::ALL, What::Missing { name: "metadata.name" });
        }
        if let Some(spec) = root.entry("spec").filter(|entry| !entry.value.is_null()) {
            self.value(spec.value, spec_type(self.kind), "spec", Versions::ALL);
        } else if !root.is_open() {
            let at = root.entry("spec").or_else(|| root.entry("kind")).map_or(root.span(), |e| e.key.span());
            self.push(at, "spec".into(), Versions::ALL, What::Missing { name: "spec" });
        }
    }

    fn status(&mut self, status: Node<'_>) {
        if status.kind() != Shape::Mapping {
            return;
        }
        let known: &[&str] = if self.kind == Kind::Image { image::STATUS } else { &[] };
        for entry in status.entries() {
            if !known.contains(&&*entry.key.key_text()) {
                self.push_unknown(entry.key, "status", known, Versions::ALL, None);
            }
        }
    }

    fn value(&mut self, node: Node<'_>, ty: &'static Type, field: &str, versions: Versions) {
        if node.kind() == Shape::Scalar && (is_placeholder(node.text()) || node.is_null() && node.is_open()) {
            return;
        }
        let fits = match ty {
            Type::String | Type::Enum(_) => node.as_str().is_some(),
            Type::Bool => matches!(node.scalar(), Some(Scalar::Bool(_))),
            Type::List(_) => node.kind() == Shape::Sequence,
            Type::Map(_) => node.kind() == Shape::Mapping,
        };
        if !fits {
            let what = What::WrongType {
                expected: ty.name(),
                found: node.type_name(),
                due: Some(ty),
                node: node.index(),
            };
            self.push(node.span(), field.to_owned(), versions, what);
            return self.prune(node, field, versions, 0);
        }
        match ty {
            Type::Enum(allowed) => {
                let value = node.text();
                if !allowed.contains(&value) {
                    let what = What::NotInEnum { value: value.to_owned(), allowed };
                    self.push(node.span(), field.to_owned(), versions, what);
                }
            }
            Type::List(of) => {
                for (index, item) in node.items().enumerate() {
                    self.value(item, of, &format!("{field}[{index}]"), versions);
                }
            }
            Type::Map(fields) => self.map(node, fields, field, versions),
            Type::String | Type::Bool => {}
        }
    }

    /// In a value of the wrong type, the server prunes every key, although it then refuses the object.
    fn prune(&mut self, node: Node<'_>, path: &str, versions: Versions, depth: usize) {
        for entry in node.entries() {
            let key = entry.key.key_text().into_owned();
            let what = What::Unknown { key: key.clone(), meant: None, beside: Vec::new() };
            self.push(entry.key.span(), format!("{path}.{key}"), versions, what);
        }
        // Deeper lists show nothing new.
        if depth < 4 {
            for (index, item) in node.items().enumerate() {
                self.prune(item, &format!("{path}[{index}]"), versions, depth + 1);
            }
        }
    }

    fn map(&mut self, node: Node<'_>, fields: &'static [Field], path: &str, versions: Versions) {
        for entry in node.entries() {
            let key = entry.key.key_text();
            if let Some(field) = fields.iter().find(|field| field.name == key) {
                if let Some(since) = field.since {
                    // The key is unknown even if its value is null.
                    self.push_unknown(entry.key, path, &[], Versions::before(since), Some(since));
                }
                if !entry.value.is_null() {
                    let versions = field.since.map_or(versions, Versions::since);
                    self.value(entry.value, &field.ty, &format!("{path}.{}", field.name), versions);
                }
            } else {
                let names: Vec<&'static str> = fields.iter().map(|field| field.name).collect();
                let near = nearest(&key, names.iter().copied());
                let fitting = fitting(entry.value, fields).filter(|_| near.is_none());
                self.unknown(entry.key, path, &names, fitting);
            }
        }
        // A template may fill in the required field.
        if node.is_open() || node.entries().iter().any(|entry| is_filled(entry.key)) {
            return;
        }
        for field in fields.iter().filter(|field| field.required) {
            let entry = node.entry(field.name);
            if entry.is_none_or(|entry| entry.value.is_null() && !is_to_be_filled_in(entry.value)) {
                let span = entry.map_or_else(|| first_key(node), |entry| entry.key.span());
                self.push(
                    span,
                    format!("{path}.{}", field.name),
                    versions,
                    What::Missing { name: field.name },
                );
            }
        }
    }

    /// Reports an unknown key; `fitting` is the field that has the type of this value.
    fn unknown(&mut self, key: Node<'_>, path: &str, beside: &[&'static str], fitting: Option<&'static str>) {
        if is_filled(key) {
            return;
        }
        let meant = match fitting {
            Some(name) => Some(format!("{path}.{name}")),
            None => meant(self.kind, &key.key_text(), beside, path),
        };
        self.push_meant(key, path, beside, Versions::ALL, meant);
    }

    fn push_unknown(
        &mut self,
        key: Node<'_>,
        path: &str,
        beside: &[&'static str],
        versions: Versions,
        since: Option<Version>,
    ) {
        let meant = if since.is_some() { None } else { meant(self.kind, &key.key_text(), beside, path) };
        self.push_meant(key, path, beside, versions, meant);
    }

    fn push_meant(
        &mut self,
        key: Node<'_>,
        path: &str,
        beside: &[&'static str],
        versions: Versions,
        meant: Option<String>,
    ) {
        let name = key.key_text().into_owned();
        let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        self.push(key.span(), field, versions, What::Unknown { key: name, meant, beside: beside.to_vec() });
    }

    fn push(&mut self, span: Span, field: String, versions: Versions, what: What) {
        self.problems.push(span, field, versions, what);
    }
}

/// The field of a map that accepts a list of maps with the keys of its first item, if there is only one.
fn fitting(value: Node<'_>, fields: &'static [Field]) -> Option<&'static str> {
    let first = value.items().next()?;
    let keys: Vec<_> = first.entries().iter().map(|entry| entry.key.key_text().into_owned()).collect();
    if keys.is_empty() {
        return None;
    }
    let mut fitting = fields.iter().filter(|field| {
        let Type::List(Type::Map(of)) = &field.ty else { return false };
        keys.iter().all(|key| of.iter().any(|field| field.name == key))
    });
    let field = fitting.next()?;
    fitting.next().is_none().then_some(field.name)
}

/// The place to report when a map lacks something: its first key shows best which map it is.
fn first_key(map: Node<'_>) -> Span {
    map.raw_pairs().next().map_or(map.span(), |(key, _)| key.span())
}

fn spec_type(kind: Kind) -> &'static Type {
    match kind {
        Kind::Image => &image::SPEC,
        Kind::Mirrors(kind) => mirror_set::spec(kind),
        _ => &Type::Map(&[]),
    }
}

/// The path of the field that the author of `name` probably meant: the nearest name beside it, or the same name elsewhere.
fn meant(kind: Kind, name: &str, beside: &[&'static str], path: &str) -> Option<String> {
    // Somebody copied the list of another kind together with its entries.
    if let (Kind::Mirrors(kind), "spec") = (kind, path)
        && ["imageDigestMirrors", "imageTagMirrors", "repositoryDigestMirrors"].contains(&name)
    {
        return Some(format!("spec.{}", kind.list_key()));
    }
    let join = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    if let Some(near) = nearest(name, beside.iter().copied()) {
        return Some(join(near));
    }
    let mut all = vec![("spec".to_owned(), "spec")];
    paths(spec_type(kind), "spec", &mut all);
    let same = all.iter().find(|(_, field)| field.eq_ignore_ascii_case(name));
    if let Some((path, _)) = same {
        return Some(path.clone());
    }
    let near = nearest(name, all.iter().map(|(_, field)| *field))?;
    all.iter().find(|(_, field)| *field == near).map(|(path, _)| path.clone())
}

fn paths(ty: &'static Type, at: &str, all: &mut Vec<(String, &'static str)>) {
    match ty {
        Type::List(of) => paths(of, &format!("{at}[]"), all),
        Type::Map(fields) => {
            for field in *fields {
                let path = format!("{at}.{}", field.name);
                paths(&field.ty, &path, all);
                all.push((path, field.name));
            }
        }
        _ => {}
    }
}
