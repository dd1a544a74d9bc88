//! Paths in results of policies, and the values that they lead to in an object.

use crate::source::{Sources, Span};
use crate::yaml::{Kind, Node};
use serde_json::Value;
use std::fmt::Write as _;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of this key; in a list, the item with this number.
    Key(String),
    /// The item with this number; in a map, the value of this key.
    Index(usize),
}

/// A path into an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'d> {
    /// The value.
    pub(super) node: Node<'d>,
    /// Its key, where it has one.
    pub(super) key: Option<Node<'d>>,
}

impl Path {
    /// Reads a path: `spec.a[2].b`, `spec["a.b/c"]`, the JSON pointer `/spec/a/2/b`, or a list of keys and indexes.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) if text.is_empty() => Some(Self::default()),
            Value::String(text) if text.starts_with('/') => Some(Self(
                text[1..]
                    .split('/')
                    .map(|part| Step::Key(part.replace("~1", "/").replace("~0", "~")))
                    .collect(),
            )),
            Value::String(text) => Self::dotted(text.strip_prefix("$.").unwrap_or(text)),
            Value::Array(steps) => steps
                .iter()
                .map(|step| match step {
                    Value::String(key) => Some(Step::Key(key.clone())),
                    Value::Number(number) => {
                        number.as_u64().and_then(|n| usize::try_from(n).ok()).map(Step::Index)
                    }
                    _ => None,
                })
                .collect::<Option<_>>()
                .map(Self),
            _ => None,
        }
    }

    fn dotted(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (step, behind) = bracket(inside)?;
                steps.push(step);
                rest = behind;
            } else {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                // A dot is only allowed between two steps.
                if rest.starts_with('.') == steps.is_empty() {
                    return None;
                }
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if end == 0 {
                    return None;
                }
                steps.push(Step::Key(name[..end].to_owned()));
                rest = &name[end..];
            }
        }
        Some(Self(steps))
    }

    /// Finds the value of the path in `root`.
    pub(super) fn find<'d>(&self, root: Node<'d>) -> Option<Spot<'d>> {
        let mut spot = Spot { node: root, key: None };
        for step in &self.0 {
            spot = match (step, spot.node.kind()) {
                (Step::Key(key), Kind::Mapping) => entry(spot.node, key)?,
                (Step::Index(index), Kind::Mapping) => entry(spot.node, &index.to_string())?,
                (Step::Key(key), Kind::Sequence) => item(spot.node, key.parse().ok()?)?,
                (Step::Index(index), Kind::Sequence) => item(spot.node, *index)?,
                (_, Kind::Scalar) => return None,
            };
        }
        Some(spot)
    }
}

/// The notation for people: `spec.a[2]["b.c"]`.
impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '"', '/']) => {
                    write!(f, "[{}]", Value::from(key.as_str()))?;
                }
                Step::Key(key) if number == 0 => f.write_str(key)?,
                Step::Key(key) => {
                    f.write_char('.')?;
                    f.write_str(key)?;
                }
            }
        }
        Ok(())
    }
}

fn entry<'d>(map: Node<'d>, key: &str) -> Option<Spot<'d>> {
    map.entry(key).map(|entry| Spot { node: entry.value, key: Some(entry.key) })
}

fn item(list: Node<'_>, index: usize) -> Option<Spot<'_>> {
    list.items().nth(index).map(|node| Spot { node, key: None })
}

/// Reads the content of brackets (an index, or a key in quotes), and returns it with the rest of the text.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = values.next()?.ok()?;
        let behind = text.get(values.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Key(key), behind));
    }
    let (inside, behind) = text.split_once(']')?;
    if let Some(key) = inside.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some((Step::Key(key.to_owned()), behind));
    }
    Some((Step::Index(inside.parse().ok()?), behind))
}

impl Spot<'_> {
    /// The text to mark: the value if it is on one line, otherwise its key, otherwise its first line.
    pub(super) fn span(&self, sources: &Sources) -> Span {
        let span = self.node.span();
        let is_short = |span: Span| !sources.slice(span).trim_end().contains('\n');
        if is_short(span) {
            return span;
        }
        match self.key {
            Some(key) => key.span(),
            None => first_line(span, sources),
        }
    }
}

fn first_line(span: Span, sources: &Sources) -> Span {
    let text = sources.slice(span);
    let length = text.find(['\n', '\r']).unwrap_or(text.len());
    Span { end: span.start + text[..length].trim_end().len() as u32, ..span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml;
    use serde_json::json;
    use std::sync::Arc;

    const OBJECT: &str = "spec:\n  a: [x, {b: y}]\n  \"c.d/e\": z\n  \"0\": zero\n";

    fn leads_to(path: &Value) -> Option<String> {
        let text: Arc<str> = OBJECT.into();
        let mut found = None;
        yaml::parse(FileId(0), &text, |parsed| {
            let document = parsed.expect("YAML");
            let spot = Path::read(path).and_then(|path| path.find(document.root()));
            found = spot.map(|spot| spot.node.text().to_owned());
        });
        found
    }

    #[test]
    fn every_form_leads_to_its_value() {
        for (path, value) in [
            (json!("spec.a[0]"), "x"),
            (json!("spec.a.0"), "x"),
            (json!("$.spec.a[0]"), "x"),
            (json!("spec.a[1].b"), "y"),
            (json!("spec[\"a\"][1]['b']"), "y"),
            (json!("spec[\"c.d/e\"]"), "z"),
            (json!("/spec/a/1/b"), "y"),
            (json!("/spec/c.d~1e"), "z"),
            (json!(["spec", "a", 1, "b"]), "y"),
            (json!(["spec", "a", "0"]), "x"),
            (json!(["spec", 0]), "zero"),
        ] {
            assert_eq!(leads_to(&path).as_deref(), Some(value), "{path}");
        }
    }

    #[test]
    fn other_paths_lead_to_no_place() {
        for path in [
            json!("spec.b"),
            json!("spec.a[2]"),
            json!("spec.a[x]"),
            json!("spec..a"),
            json!(".spec"),
            json!("spec.a["),
            json!("spec.a[\"b]"),
            json!("spec.a[0].b"),
            json!("/spec/nothing"),
            json!(["spec", -1]),
            json!(["spec", {}]),
            json!(7),
        ] {
            assert_eq!(leads_to(&path), None, "{path}");
        }
    }

    #[test]
    fn paths_are_written_as_people_do() {
        let path = Path::read(&json!(["spec", "a", 2, "b.c", "d"])).expect("a path");
        assert_eq!(path.to_string(), "spec.a[2][\"b.c\"].d");
        assert_eq!(Path::read(&json!(path.to_string())), Some(path));
    }
}
