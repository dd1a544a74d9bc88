//! A page of the rule book, read and written.

use crate::harness::{Repository, Run};
use crate::rules::fixtures;
use pullwarden::finding::Safety;
use pullwarden::rules::rule::{Entry, Meta};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// The headings of a page, in order.
pub(crate) const HEADINGS: [&str; 6] = ["Why", ON_THE_NODE, "Bad", "Good", "Options", "References"];

/// A page has this heading only where something happens on a node.
pub(crate) const ON_THE_NODE: &str = "On the node";

/// A page in its parts.
pub(crate) struct Page {
    /// What stands between `# <id>` and the first heading.
    pub(crate) lead: String,
    /// The headings and the texts below them.
    pub(crate) sections: Vec<(String, String)>,
}

/// A fenced piece of text.
pub(crate) struct Fence<'t> {
    pub(crate) language: &'t str,
    attributes: &'t str,
    pub(crate) text: &'t str,
    /// Where it stands, fences included.
    pub(crate) range: std::ops::Range<usize>,
}

impl Page {
    /// Reads a page; its front matter and title are made anew when it is written.
    pub(crate) fn read(text: &str, meta: &Meta) -> Result<Self, String> {
        let body = pullwarden::rules::rule::page_body(text);
        let title = format!("# {}\n", meta.id);
        let Some(body) = body.strip_prefix(&title) else {
            return Err(format!("below the front matter it starts with `# {}`", meta.id));
        };
        let mut lead = String::new();
        let mut sections: Vec<(String, String)> = Vec::new();
        let mut fenced = false;
        for line in body.split_inclusive('\n') {
            fenced ^= line.starts_with("```");
            match line.strip_prefix("## ").filter(|_| !fenced) {
                Some(heading) => sections.push((heading.trim_end().to_owned(), String::new())),
                None => sections.last_mut().map_or(&mut lead, |(_, text)| text).push_str(line),
            }
        }
        let headings: Vec<&str> = sections.iter().map(|(heading, _)| heading.as_str()).collect();
        let has_all =
            HEADINGS.iter().filter(|heading| **heading != ON_THE_NODE || headings.contains(heading));
        if !has_all.eq(&headings) {
            return Err(format!(
                "its headings are {headings:?}; they should be {HEADINGS:?}, where `{ON_THE_NODE}` may be left out"
            ));
        }
        Ok(Self { lead, sections })
    }

    /// A page that says nothing yet.
    pub(crate) fn skeleton() -> Self {
        let sections = HEADINGS.iter().map(|heading| ((*heading).to_owned(), String::new())).collect();
        Self { lead: String::new(), sections }
    }

    /// The whole page with everything generated made anew.
    pub(crate) fn write(&self, entry: &Entry) -> String {
        let mut text = front_matter(entry.meta);
        let _ = write!(text, "\n# {}\n\n{}\n", entry.meta.id, self.lead.trim());
        for (heading, body) in &self.sections {
            let body = match heading.as_str() {
                "Options" => options(entry),
                "Bad" => with_report(body, entry.meta),
                _ => body.clone(),
            };
            let _ = write!(text, "\n## {heading}\n");
            if !body.trim().is_empty() {
                let _ = write!(text, "\n{}\n", body.trim());
            }
        }
        text
    }

    pub(crate) fn section(&self, heading: &str) -> &str {
        self.sections.iter().find(|(name, _)| name == heading).map_or("", |(_, text)| text)
    }
}

fn front_matter(meta: &Meta) -> String {
    let mut text = format!(
        "---\nid: {}\nsummary: {}\ncategory: {}\nseverity: {}\npreset: {}\nsince: {}\n",
        meta.id,
        yaml_text(meta.summary),
        meta.category.as_str(),
        meta.severity,
        meta.preset.as_str(),
        meta.since
    );
    if let Some(fix) = fixes(meta.id) {
        let _ = writeln!(text, "fix: {fix}");
    }
    if let Some(security) = meta.security {
        let _ = writeln!(text, "security: \"{security}\"");
    }
    text.push_str("---\n");
    text
}

/// What fixes the fixtures of a rule show.
fn fixes(id: &str) -> Option<&'static str> {
    static SHOWN: LazyLock<BTreeMap<&'static str, [bool; 2]>> = LazyLock::new(|| {
        let mut shown = BTreeMap::new();
        for fixture in fixtures().0.iter().filter(|fixture| fixture.is_bad) {
            let [safe, unsafe_]: &mut [bool; 2] = shown.entry(fixture.rule).or_default();
            let checked = fixture.repository.check(Run::Only(fixture.rule));
            for fix in checked.report.open().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
                *(if fix.safety == Safety::Safe { &mut *safe } else { &mut *unsafe_ }) = true;
            }
        }
        shown
    });
    match SHOWN.get(id)? {
        [true, true] => Some("safe and unsafe"),
        [true, false] => Some("safe"),
        [false, true] => Some("unsafe"),
        [false, false] => None,
    }
}

fn yaml_text(text: &str) -> String {
    let plain =
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.contains(": ") && !text.contains(" #");
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// The fenced pieces of a section.
pub(crate) fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, &str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(info) = line.strip_prefix("```") {
            match open.take() {
                None => open = Some((at, info.trim(), at + line.len())),
                Some((start, info, from)) => {
                    let (language, attributes) = info.split_once(' ').unwrap_or((info, ""));
                    fences.push(Fence {
                        language,
                        attributes,
                        text: &text[from..at],
                        range: start..at + line.len(),
                    });
                }
            }
        }
        at += line.len();
    }
    fences
}

impl Fence<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.attributes.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    }
}

/// The repository that the examples of a section make up. An example without `title="<file>"` is `manifest.yaml`;
/// `encoding="utf-16"` writes it as such.
pub(crate) fn repository(section: &str) -> Repository {
    let mut repository = Repository::default();
    for fence in fences(section).into_iter().filter(|fence| ["yaml", "rego"].contains(&fence.language)) {
        let name = fence.attribute("title").unwrap_or("manifest.yaml");
        let bytes = match fence.attribute("encoding") {
            Some("utf-16") => {
                [0xfeff].into_iter().chain(fence.text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
            Some(other) => panic!("there is no encoding `{other}` for examples"),
            None => fence.text.as_bytes().to_vec(),
        };
        repository.files.push((name.to_owned(), bytes));
    }
    repository
}

/// A section with the report of its examples behind them.
fn with_report(section: &str, meta: &'static Meta) -> String {
    let repository = repository(section);
    if repository.files.is_empty() {
        return section.to_owned();
    }
    let report = repository.check(Run::Only(meta.id)).human();
    let block = format!("```text\n{}\n```\n", report.trim_end());
    match fences(section).iter().find(|fence| fence.language == "text") {
        Some(fence) => format!("{}{block}{}", &section[..fence.range.start], &section[fence.range.end..]),
        None => format!("{}\n\n{block}", section.trim_end()),
    }
}

fn options(entry: &Entry) -> String {
    let mut text = String::new();
    if let Some(runner) = &entry.runner {
        let mut generator = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator();
        let schema = (runner.schema)(&mut generator).to_value();
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, property) in &properties {
            let doc = property.get("description").and_then(Value::as_str).unwrap_or("");
            let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
            let default = property.get("default").filter(|default| !default.is_null());
            let default = default.map_or("not set".into(), |default| format!("`{default}`"));
            let _ = writeln!(text, "- `{name}` ({}; default: {default}): {doc}", type_of(property));
        }
    }
    if text.is_empty() {
        return "Only `severity`.".into();
    }
    let _ = writeln!(text, "\nEvery rule also has the option `severity`.");
    text
}

/// A type in words.
fn type_of(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return one_of(values.iter().filter(|value| !value.is_null()).cloned());
    }
    for key in ["oneOf", "anyOf"] {
        let Some(variants) = schema.get(key).and_then(Value::as_array) else { continue };
        let variants: Vec<&Value> =
            variants.iter().filter(|v| v.get("type") != Some(&"null".into())).collect();
        let consts: Vec<Value> =
            variants.iter().filter_map(|variant| variant.get("const")).cloned().collect();
        if consts.len() == variants.len() {
            return one_of(consts.into_iter());
        }
        return variants.into_iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    let named = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        Some(name) => name.as_str(),
        None => None,
    };
    match named {
        Some("array") => format!("list of {}s", schema.get("items").map_or("value".into(), type_of)),
        Some("integer") => "whole number".into(),
        Some("object") => "map".into(),
        Some(name) => name.to_owned(),
        None => "value".into(),
    }
}

fn one_of(values: impl Iterator<Item = Value>) -> String {
    let words: Vec<String> =
        values.map(|value| format!("`{}`", value.as_str().unwrap_or_default())).collect();
    format!("one of {}", words.join(", "))
}
