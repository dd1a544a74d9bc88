//! The git generator: directories, and the parameters in files. Sources: `Generators-Git.md`,
//! `Generators-Git-File-Globbing.md`, `applicationset/generators/git.go`.

use crate::found::Missing;
use crate::functions::{base, directory, normalize};
use crate::generators::Generators;
use crate::params::{self, Params, Value};
use crate::pattern::{Flavour, Pattern, Refused};
use crate::template::Language;
use crate::text::Bound;
use spanned_yaml::{Document, Kind, Node};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The largest file of parameters; a larger one is skipped.
const MAX_FILE: usize = 4 << 20;

/// The names that match, in order, each with the values of the open parts of its pattern.
type Matches<'l> = BTreeMap<&'l str, Bound>;

impl Generators<'_> {
    pub(crate) fn git(&self, node: Node<'_>, outer: Option<&Params>) -> Option<Vec<Params>> {
        let prefix = node.get("pathParamPrefix").map_or("", Node::text);
        let mut made = Vec::new();
        let has_items = |key| node.get(key).is_some_and(|list| list.items().next().is_some());
        if has_items("directories") {
            let list = node.get("directories")?;
            let found = self.matches(list, Flavour::Directories, outer)?;
            if found.is_empty() {
                self.miss(node, list, Flavour::Directories, outer);
            }
            for (path, bound) in found {
                let mut params = Params { bound, ..Params::default() };
                self.path_params(&mut params, prefix, path, None);
                self.push_with_values(params, node, outer, &mut made)?;
            }
        } else if has_items("files") {
            let list = node.get("files")?;
            let found = self.matches(list, Flavour::Files, outer)?;
            if found.is_empty() {
                self.miss(node, list, Flavour::Files, outer);
            }
            for (path, bound) in found {
                for object in self.objects(path, list)? {
                    let mut params = Params { bound: bound.clone(), ..Params::default() };
                    match object {
                        Value::Map(entries) if self.language == Language::Go => {
                            self.budget.spend(20 * entries.len())?;
                            params.values = BTreeMap::clone(&entries);
                        }
                        object => params::flatten("", &object, &mut params, &self.budget)?,
                    }
                    self.path_params(&mut params, prefix, directory(path), Some(base(path)));
                    self.push_with_values(params, node, outer, &mut made)?;
                }
            }
        }
        Some(made)
    }

    /// Records missing directories at the start of the patterns of a generator. A pattern without such a directory may
    /// match later.
    fn miss(&self, git: Node<'_>, list: Node<'_>, flavour: Flavour, outer: Option<&Params>) {
        let show =
            |key: &str| git.get(key).and_then(|node| self.render(node, outer).ok()).map(|text| text.show());
        for item in list.items().filter(|item| !is_true(*item, "exclude")) {
            let Some(path) = item.get("path").filter(|path| path.kind() == Kind::Scalar) else { continue };
            let Ok(text) = self.render(path, outer) else { continue };
            let Some(text) = text.as_str() else { continue };
            let parts: Vec<&str> = text.split('/').collect();
            let end = if flavour == Flavour::Files { parts.len() - 1 } else { parts.len() };
            let is_plain = |part: &&&str| !part.contains(['*', '?', '[', '{', '\\']);
            let start: Vec<&str> = parts[..end].iter().take_while(is_plain).copied().collect();
            let start = start.join("/");
            if !start.is_empty() && self.listing.directories().binary_search(&start).is_err() {
                self.budget.miss(Missing {
                    name: String::new(),
                    span: path.span(),
                    path: start,
                    repo_url: show("repoURL").unwrap_or_default(),
                    revision: show("revision").unwrap_or_default(),
                });
            }
        }
    }

    fn matches(&self, list: Node<'_>, flavour: Flavour, outer: Option<&Params>) -> Option<Matches<'_>> {
        let names = match flavour {
            Flavour::Files => self.listing.files(),
            Flavour::Directories | Flavour::Path => self.listing.directories(),
        };
        let mut included: Matches<'_> = BTreeMap::new();
        let mut excluded = Vec::new();
        for item in list.items() {
            let Some(path) = item.get("path").filter(|path| path.kind() == Kind::Scalar) else { continue };
            let text = self.render_or_note(path, outer)?;
            let pattern =
                match Pattern::new(&text, flavour, outer.and_then(|outer| outer.clusters.as_deref())) {
                    Ok(pattern) => pattern,
                    Err(Refused::Malformed) => continue,
                    Err(Refused::TooOpen) => {
                        self.budget.note(path.span(), too_open(&text.show()));
                        return None;
                    }
                };
            if is_true(item, "exclude") {
                excluded.push(pattern);
                continue;
            }
            for (name, bound) in pattern.find(names, &self.budget)? {
                let hidden =
                    flavour == Flavour::Directories && (name.starts_with('.') || name.contains("/."));
                if !hidden && !name.is_empty() && agrees(&bound, outer) {
                    included.entry(name).or_insert(bound);
                }
            }
        }
        self.budget.spend(included.len() * excluded.len())?;
        included.retain(|name, bound| {
            !excluded.iter().any(|pattern| {
                pattern.matches(name).is_some_and(|own| {
                    own.iter().all(|(key, value)| bound.get(key).is_none_or(|b| b == value))
                })
            })
        });
        Some(included)
    }

    /// The maps in a file: one, or a list of them. Argo CD reads its first document, and refuses other shapes.
    fn objects(&self, path: &str, files: Node<'_>) -> Option<Vec<Value>> {
        let refuse = || {
            let why = "holds no parameters that can be read; Argo CD generates nothing from this generator";
            self.budget.note(files.span(), format!("`{path}` {why}"));
        };
        let Some((file, text)) = self.listing.read(path).filter(|(_, text)| text.len() <= MAX_FILE) else {
            refuse();
            return None;
        };
        self.budget.spend(100 + text.len() / 10)?;
        let mut first: Option<Result<Document, spanned_yaml::SyntaxError>> = None;
        spanned_yaml::parse(file, &text, |document| {
            first.get_or_insert(document);
        });
        let value = match first {
            None => Some(Value::Null),
            Some(Ok(document)) => Some(Value::of(document.root(), &self.budget)?),
            Some(Err(_)) => None,
        };
        let objects = value.and_then(objects_of);
        if objects.is_none() {
            refuse();
        }
        objects
    }

    /// The parameters of a path, such as `path.basename`.
    fn path_params(&self, params: &mut Params, prefix: &str, path: &str, filename: Option<&str>) {
        let mut named: BTreeMap<String, Value> = BTreeMap::new();
        named.insert("basename".into(), Value::text(base(path)));
        named.insert("basenameNormalized".into(), Value::text(normalize(base(path))));
        if let Some(filename) = filename {
            named.insert("filename".into(), Value::text(filename));
            named.insert("filenameNormalized".into(), Value::text(normalize(filename)));
        }
        if self.language == Language::Go {
            named.insert("path".into(), Value::text(path));
            named
                .insert("segments".into(), Value::List(Arc::new(path.split('/').map(Value::text).collect())));
            if prefix.is_empty() {
                params.insert("path", Value::map(named));
            } else {
                params.insert(prefix, Value::map(BTreeMap::from([("path".to_owned(), Value::map(named))])));
            }
            return;
        }
        let own = if prefix.is_empty() { "path".to_owned() } else { format!("{prefix}.path") };
        for (key, value) in named {
            params.insert(format!("{own}.{key}"), value);
        }
        for (index, segment) in path.split('/').enumerate() {
            params.insert(format!("{own}[{index}]"), Value::text(segment));
        }
        params.insert(own, Value::text(path));
    }
}

/// The note about a path that is mostly open.
pub(crate) fn too_open(path: &str) -> String {
    format!("the clusters of Argo CD decide which directories `{path}` means")
}

pub(crate) fn is_true(node: Node<'_>, key: &str) -> bool {
    node.get(key).and_then(Node::scalar) == Some(spanned_yaml::Scalar::Bool(true))
}

/// Whether the clusters of a match can be those of the parameters before it.
fn agrees(bound: &Bound, outer: Option<&Params>) -> bool {
    outer.is_none_or(|outer| outer.accept(bound))
}

fn objects_of(value: Value) -> Option<Vec<Value>> {
    let is_map = |value: &Value| matches!(value, Value::Map(_) | Value::Null);
    match value {
        // An empty file is an empty map.
        Value::Null => Some(vec![Value::map(BTreeMap::new())]),
        Value::Map(_) => Some(vec![value]),
        Value::List(items) => items.iter().all(is_map).then(|| items.to_vec()),
        _ => None,
    }
}
