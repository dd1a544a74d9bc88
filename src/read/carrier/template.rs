//! OpenShift `Template`: `objects` with parameters, which may have defaults.
//!
//! `${NAME}` is a part of a string, `${{NAME}}` a whole value of any type (openshift/library-go
//! `pkg/template/templateprocessing`). A parameter without a default stays as it is: a placeholder.

use crate::read::manifest::Manifest;
use crate::yaml::{Kind as Shape, Node};
use std::collections::HashMap;
use std::sync::Arc;

/// The limit of bytes that all defaults may add, so that a long default in many places does not exhaust memory.
const MAX_FILLED: usize = 16 << 20;

/// The objects of a template with its defaults filled in.
pub(super) fn objects(template: &Manifest) -> Vec<Manifest> {
    let root = template.root();
    let Some(objects) = root.get("objects") else { return Vec::new() };
    let indices: Vec<u32> =
        objects.items().filter(|object| object.kind() == Shape::Mapping).map(Node::index).collect();
    let values = values(objects, &defaults(root));
    let document = if values.is_empty() {
        template.document().clone()
    } else {
        Arc::new(template.document().with_values(values))
    };
    let manifest = |index| template.with(Arc::clone(&document), index);
    indices.into_iter().map(manifest).collect()
}

/// The parameters with a value. An empty value only means that the parameter is optional.
fn defaults(root: Node<'_>) -> HashMap<&str, &str> {
    let parameters = root.get("parameters").into_iter().flat_map(Node::items);
    let known = parameters.filter_map(|parameter| {
        let value = parameter.get("value").filter(|value| !value.is_null()).map(Node::text)?;
        Some((parameter.get_str("name")?, value)).filter(|(_, value)| !value.is_empty())
    });
    known.collect()
}

fn values(objects: Node<'_>, defaults: &HashMap<&str, &str>) -> Vec<(u32, String, bool)> {
    if defaults.is_empty() {
        return Vec::new();
    }
    let mut filled = 0;
    let mut values = Vec::new();
    for node in objects.descendants().filter(|node| node.text().contains("${")) {
        let Some((value, plain)) = value(node.text(), defaults, MAX_FILLED - filled) else { continue };
        filled += value.len();
        values.push((node.index(), value, plain));
    }
    values
}

/// A text with its parameters filled in, and whether it is a plain value and not a string; `None` if it has no known
/// parameter.
fn value(text: &str, defaults: &HashMap<&str, &str>, most: usize) -> Option<(String, bool)> {
    if let Some(name) = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
        // A list or a map in a parameter is written as JSON, which is not read.
        let word = defaults.get(name).filter(|value| !value.starts_with(['[', '{', '"']))?;
        return (word.len() <= most).then(|| ((*word).to_owned(), true));
    }
    let mut filled = String::new();
    let mut rest = text;
    let mut is_known = false;
    while let Some(start) = rest.find("${") {
        let (before, behind) = rest.split_at(start);
        filled.push_str(before);
        let end = behind.find('}').map_or(behind.len(), |end| end + 1);
        let value = behind[..end].strip_suffix('}').and_then(|name| defaults.get(&name[2..]));
        is_known |= value.is_some();
        filled.push_str(value.map_or(&behind[..end], |value| *value));
        rest = &behind[end..];
        if filled.len() > most {
            return None;
        }
    }
    filled.push_str(rest);
    (is_known && filled.len() <= most).then_some((filled, false))
}
