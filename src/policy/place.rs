//! Finds the text for a result: the value of its `path`, otherwise the only value that its message quotes, otherwise
//! the name of its object.

use super::path::Path;
use crate::finding::Finding;
use crate::model::Object;
use crate::source::{Sources, Span};
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

/// Fields of a result with a meaning of their own. All other fields are kept as data.
const OWN: [&str; 7] = ["msg", "path", "object", "related", "help", "severity", "_loc"];

/// The objects in which a result may be placed: one object, or all objects of a cluster.
pub(super) struct Ground<'g> {
    pub(super) objects: &'g [&'g Object],
    /// The files that hold the objects, as the input names them.
    pub(super) files: &'g [String],
    /// Whether the input is a cluster, so that the result must name its object.
    pub(super) is_cluster: bool,
    pub(super) sources: &'g Sources,
    quoted: OnceLock<Quoted<'g>>,
}

/// A finding and its object.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) finding: Finding,
    /// The number of its object.
    pub(super) object: Option<usize>,
    /// Messages about places in the result that do not exist.
    pub(super) lost: Vec<String>,
}

/// The values and names of objects by their text. `None` for a text that occurs more than once.
#[derive(Default)]
struct Quoted<'g> {
    once: HashMap<&'g str, Option<(usize, Node<'g>)>>,
    /// The numbers of objects by their names.
    named: HashMap<&'g str, Option<usize>>,
}

impl<'g> Ground<'g> {
    pub(super) fn new(
        objects: &'g [&'g Object],
        files: &'g [String],
        is_cluster: bool,
        sources: &'g Sources,
    ) -> Self {
        Self { objects, files, is_cluster, sources, quoted: OnceLock::new() }
    }

    /// Finds the place of a result; `None` if there is no object to refer to.
    pub(super) fn place(&self, message: &str, fields: &Map<String, Value>) -> Option<Placed> {
        let mut lost = Vec::new();
        let named = fields.get("object").filter(|_| self.is_cluster);
        let mut object = named.and_then(|named| self.object(named));
        if let (Some(named), None) = (named, object) {
            lost.push(format!("`object: {named}` is not an object of the cluster"));
        }
        if !self.is_cluster {
            object = Some(0);
        }
        let mut finding = None;
        if let Some(place) = fields.get("path") {
            match self.follow(object, place) {
                Ok((number, path, span)) => {
                    object = Some(number);
                    let mut placed = Finding::new(span, message);
                    placed.field(path.to_string());
                    finding = Some(placed);
                }
                Err(why) => lost.push(why),
            }
        }
        let finding = finding.or_else(|| self.location(fields.get("_loc"), message));
        let mut finding = if let Some(finding) = finding {
            finding
        } else {
            let (number, finding) = self.without_path(object, message)?;
            object = Some(number);
            finding
        };
        for related in fields.get("related").and_then(Value::as_array).into_iter().flatten() {
            let of = related.get("object").filter(|_| self.is_cluster);
            let of = of.map_or(object, |named| self.object(named));
            let text = related.get("msg").and_then(Value::as_str).unwrap_or("it has to do with this");
            match related.get("path").map(|path| self.follow(of, path)) {
                Some(Ok((_, _, span))) => {
                    finding.related(span, one_line(text));
                }
                Some(Err(why)) => lost.push(why),
                None => match of {
                    Some(number) => {
                        finding.related(self.objects[number].name_span(), one_line(text));
                    }
                    None => lost.push("a place of `related` has no `path`".to_owned()),
                },
            }
        }
        if let Some(number) = object {
            finding.about(self.objects[number].span());
        }
        let kept: Map<String, Value> = fields
            .iter()
            .filter(|(key, _)| !OWN.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        finding.data = (!kept.is_empty()).then_some(kept);
        Some(Placed { finding, object, lost })
    }

    /// Finds the object that a result names: by its file, by its number in the list, or by its kind and name.
    fn object(&self, named: &Value) -> Option<usize> {
        match named {
            Value::Number(number) => {
                number.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.objects.len())
            }
            Value::String(file) => self.files.iter().position(|known| known == file),
            Value::Object(map) => {
                let map = map.get("contents").and_then(Value::as_object).unwrap_or(map);
                let metadata = map.get("metadata").and_then(Value::as_object).unwrap_or(map);
                let text = |map: &Map<String, Value>, key: &str| {
                    map.get(key).and_then(Value::as_str).map(str::to_owned)
                };
                let (kind, name) = (text(map, "kind"), text(metadata, "name")?);
                let namespace = text(metadata, "namespace").filter(|namespace| !namespace.is_empty());
                let is_meant = |object: &&&Object| {
                    let identity = &object.identity;
                    kind.as_ref().is_none_or(|kind| *kind == identity.kind)
                        && identity.name == name
                        && namespace.as_ref().is_none_or(|namespace| *namespace == identity.namespace)
                };
                self.objects.iter().position(|object| is_meant(&object))
            }
            _ => None,
        }
    }

    /// Finds the value of a path in an object. If the input is a cluster, the result must name the object.
    fn follow(&self, object: Option<usize>, place: &Value) -> Result<(usize, Path, Span), String> {
        let path = Path::read(place).ok_or_else(|| format!("`path: {place}` is not a path"))?;
        let Some(number) = object else {
            return Err("a result with `path` names its `object`, since the input is a cluster".to_owned());
        };
        let object = self.objects[number];
        let spot = path.find(object.root()).ok_or_else(|| {
            let identity = &object.identity;
            format!("`{path}` leads nowhere in {} `{}`", identity.kind, identity.name)
        })?;
        Ok((number, path, spot.span(self.sources)))
    }

    /// The place in Conftest's `_loc`: a file and a line.
    fn location(&self, location: Option<&Value>, message: &str) -> Option<Finding> {
        let location = location?;
        let line =
            location.get("line")?.as_u64().and_then(|line| usize::try_from(line).ok())?.checked_sub(1)?;
        let name = location
            .get("file")
            .and_then(Value::as_str)
            .or_else(|| self.files.first().filter(|_| !self.is_cluster).map(String::as_str))?;
        let name = name.trim_start_matches("./");
        let file = self.sources.find(name)?;
        let source = self.sources.get(file)?;
        let start = *source.line_starts().get(line)? as usize;
        let text = source.line(line);
        let blanks = text.len() - text.trim_start().len();
        let end = start + text.trim_end().len().max(blanks);
        Some(Finding::new(Span::new(file, start + blanks, end), message))
    }

    /// A finding at the only value that a message quotes, otherwise at the name of its object. In a cluster this is the
    /// only object whose name the message quotes.
    fn without_path(&self, object: Option<usize>, message: &str) -> Option<(usize, Finding)> {
        let quoted = self.quoted.get_or_init(|| Quoted::of(self.objects));
        let mut found: Vec<(usize, Node<'_>)> = Vec::new();
        for text in quotes(message) {
            let Some(Some((number, node))) = quoted.once.get(text) else { continue };
            let is_known = found.iter().any(|(_, known)| known.span() == node.span());
            if object.is_none_or(|object| object == *number) && !is_known {
                found.push((*number, *node));
            }
        }
        if let [(number, node)] = found[..] {
            let spot = super::path::Spot { node, key: None };
            return Some((number, Finding::new(spot.span(self.sources), message)));
        }
        let named: BTreeSet<usize> =
            quotes(message).into_iter().filter_map(|text| *quoted.named.get(text)?).collect();
        let named = named.first().copied().filter(|_| named.len() == 1);
        let number = object.or(named).or_else(|| self.spokesman())?;
        let mut finding = Finding::new(self.objects[number].name_span(), message);
        // One rule may report several problems of an object; the message distinguishes them.
        finding.subject(message);
        Some((number, finding))
    }

    /// The object to which findings about a whole cluster refer: its `Image`, otherwise the first object.
    fn spokesman(&self) -> Option<usize> {
        let is_image = |object: &&Object| {
            object.identity.kind == "Image"
                && object.identity.api_version.starts_with("config.openshift.io/")
                && object.identity.name == "cluster"
        };
        self.objects.iter().position(is_image).or((!self.objects.is_empty()).then_some(0))
    }
}

impl<'g> Quoted<'g> {
    fn of(objects: &'g [&'g Object]) -> Self {
        let (mut once, mut by_name) = (HashMap::new(), HashMap::new());
        for (number, object) in objects.iter().enumerate() {
            // A message may quote the name of its object; this does not mean a value.
            let identity = &object.identity;
            by_name.entry(identity.name.as_str()).and_modify(|known| *known = None).or_insert(Some(number));
            let names = [&*identity.kind, &identity.name, &identity.namespace, &identity.api_version];
            let mut values: Vec<Node<'g>> = Vec::new();
            collect(object.root(), &mut values, 0);
            for node in values {
                if node.text().is_empty() || names.iter().any(|name| *name == node.text()) {
                    continue;
                }
                once.entry(node.text()).and_modify(|known| *known = None).or_insert(Some((number, node)));
            }
        }
        Self { once, named: by_name }
    }
}

fn collect<'g>(node: Node<'g>, into: &mut Vec<Node<'g>>, depth: usize) {
    const DEEPEST: usize = 128;
    match node.kind() {
        Kind::Scalar => into.push(node),
        _ if depth > DEEPEST => {}
        Kind::Sequence => node.items().for_each(|item| collect(item, into, depth + 1)),
        Kind::Mapping => node.entries().into_iter().for_each(|entry| collect(entry.value, into, depth + 1)),
    }
}

/// The quoted parts of a message: texts in quotes, and words that look like names of images or hosts.
fn quotes(message: &str) -> Vec<&str> {
    const AROUND: &str = "`'\",;()[]{}<>";
    let mut found = Vec::new();
    for quote in ['`', '\'', '"'] {
        let parts: Vec<&str> = message.split(quote).collect();
        // An apostrophe is not a quote, so every part between two quotes is taken.
        found.extend(parts.iter().skip(1).take(parts.len().saturating_sub(2)).copied());
    }
    for word in message.split_whitespace() {
        let word = word.trim_start_matches(|c: char| AROUND.contains(c));
        let word = word.trim_end_matches(|c: char| AROUND.contains(c) || ".:!?".contains(c));
        if word.contains(['/', ':', '.', '@', '*']) {
            found.push(word);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|text| !text.is_empty());
    found
}

/// A text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_and_image_names_of_a_message_are_found() {
        assert_eq!(quotes("`a` isn't 'b c'"), ["a", "b c", "t "]);
        assert_eq!(quotes("image quay.io/a:1 is bad."), ["quay.io/a:1"]);
        assert_eq!(quotes("container \"web\" (nginx:latest): no."), ["nginx:latest", "web"]);
        assert!(quotes("no owner").is_empty());
    }

    #[test]
    fn messages_are_one_line() {
        assert_eq!(one_line(" a\n\n  b\r\nc "), "a b c");
    }
}
