//! Checks the keywords of a schema, one by one.

use super::words::{canonical, check_length, check_number, equals, has_type, number, type_name};
use super::{Draft, Schema};
use crate::value::{Data, Value};
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value as Json};
use spanned_yaml::Span;
use std::collections::{BTreeSet, HashMap};

/// The maximum number of schema checks, and the maximum depth of schemas.
const MAX_STEPS: usize = 200_000;
const MAX_DEPTH: usize = 100;

/// A violation of a schema.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub(super) path: String,
    pub(super) place: Option<Span>,
    pub(super) message: String,
}

/// Whether a value satisfies a schema.
enum Verdict {
    Meets,
    Refuses(Wrong),
    /// Some part of the schema cannot be checked here.
    Open,
}

/// The first violation; `None` if the values satisfy the schema, or if this cannot be decided.
pub(super) fn judge(schema: &Schema, values: &Value) -> Option<Wrong> {
    let mut judge = Judge { schema, steps: 0, patterns: HashMap::new() };
    let at = At { value: values, path: &Path::Root, depth: 0 };
    match judge.schema(&schema.root, at) {
        Verdict::Refuses(wrong) => Some(wrong),
        Verdict::Meets | Verdict::Open => None,
    }
}

/// The path of a value in the values.
enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        match self {
            Path::Root => String::new(),
            Path::Key(Path::Root, key) => (*key).to_owned(),
            Path::Key(above, key) => format!("{}.{key}", above.text()),
            Path::Item(above, index) => format!("{}[{index}]", above.text()),
        }
    }
}

#[derive(Clone, Copy)]
struct At<'a> {
    value: &'a Value,
    path: &'a Path<'a>,
    depth: usize,
}

impl At<'_> {
    fn wrong(self, message: impl Into<String>) -> Verdict {
        Verdict::Refuses(Wrong { path: self.path.text(), place: self.value.origin, message: message.into() })
    }
}

impl<'a> At<'a> {
    fn inside(self, value: &'a Value, path: &'a Path<'a>) -> Self {
        Self { value, path, depth: self.depth + 1 }
    }

    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// Combines several verdicts; the first violation counts.
struct All {
    is_open: bool,
    refusal: Option<Wrong>,
}

impl All {
    fn new() -> Self {
        Self { is_open: false, refusal: None }
    }

    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Meets => {}
            Verdict::Open => self.is_open = true,
            Verdict::Refuses(wrong) => {
                self.refusal.get_or_insert(wrong);
            }
        }
    }

    fn verdict(self) -> Verdict {
        match self.refusal {
            Some(wrong) => Verdict::Refuses(wrong),
            None if self.is_open => Verdict::Open,
            None => Verdict::Meets,
        }
    }
}

struct Judge<'s> {
    schema: &'s Schema,
    steps: usize,
    patterns: HashMap<&'s str, Option<Regex>>,
}

impl<'s> Judge<'s> {
    fn schema(&mut self, schema: &'s Json, at: At<'_>) -> Verdict {
        self.steps += 1;
        if self.steps > MAX_STEPS || at.depth > MAX_DEPTH {
            return Verdict::Open;
        }
        let keywords = match schema {
            Json::Bool(true) => return Verdict::Meets,
            Json::Bool(false) => return at.wrong("nothing may stand here"),
            Json::Object(keywords) => keywords,
            _ => return Verdict::Open,
        };
        let mut all = All::new();
        // Before 2019, a reference disables all keywords beside it. Helm's validator disables only the keywords of
        // draft 4.
        let alone = self.schema.draft <= Draft::Seven && keywords.contains_key("$ref");
        let counts = |keyword: &str| matches!(keyword, "$ref" | "const" | "contains" | "propertyNames");
        for (keyword, wanted) in keywords {
            if !alone || counts(keyword) {
                all.add(self.keyword(keyword, wanted, keywords, at));
            }
        }
        all.verdict()
    }

    fn keyword(
        &mut self,
        keyword: &'s str,
        wanted: &'s Json,
        all: &'s Map<String, Json>,
        at: At<'_>,
    ) -> Verdict {
        let draft = self.schema.draft;
        match keyword {
            "$ref" => self.reference(wanted, at),
            "$dynamicRef" | "$recursiveRef" | "unevaluatedProperties" | "unevaluatedItems" => Verdict::Open,
            "format" if draft <= Draft::Seven => Verdict::Open,
            "type" => types(wanted, at),
            "enum" => match wanted.as_array() {
                None => Verdict::Open,
                Some(values) if values.iter().any(|json| equals(at.value, json)) => Verdict::Meets,
                Some(values) => {
                    let names: Vec<String> = values.iter().take(12).map(Json::to_string).collect();
                    at.wrong(format!("not one of {}", names.join(", ")))
                }
            },
            "const" if draft > Draft::Four => {
                if equals(at.value, wanted) {
                    Verdict::Meets
                } else {
                    at.wrong(format!("not {wanted}"))
                }
            }
            "allOf" | "anyOf" | "oneOf" => self.several(keyword, wanted, at),
            "not" => match self.schema(wanted, at.deeper()) {
                Verdict::Meets => at.wrong("the schema forbids this"),
                Verdict::Refuses(_) => Verdict::Meets,
                Verdict::Open => Verdict::Open,
            },
            "if" if draft > Draft::Four => {
                let branch = match self.schema(wanted, at.deeper()) {
                    Verdict::Meets => "then",
                    Verdict::Refuses(_) => "else",
                    Verdict::Open => return Verdict::Open,
                };
                all.get(branch).map_or(Verdict::Meets, |branch| self.schema(branch, at.deeper()))
            }
            _ => match &at.value.data {
                Data::Map(_) => self.map_keyword(keyword, wanted, all, at),
                Data::List(_) => self.list_keyword(keyword, wanted, all, at),
                Data::Text(text) => self.text_keyword(keyword, wanted, text.as_str(), at),
                _ => number(at.value)
                    .map_or(Verdict::Meets, |number| number_keyword(number, keyword, wanted, all, draft, at)),
            },
        }
    }

    /// Checks the target of a `$ref` in this schema.
    fn reference(&mut self, wanted: &'s Json, at: At<'_>) -> Verdict {
        let schema = self.schema;
        let pointer = wanted.as_str().and_then(|text| text.strip_prefix('#'));
        let pointer = pointer
            .filter(|pointer| (pointer.is_empty() || pointer.starts_with('/')) && !pointer.contains('%'));
        let target = pointer.and_then(|pointer| schema.root.pointer(pointer));
        target.map_or(Verdict::Open, |target| self.schema(target, at.deeper()))
    }

    fn several(&mut self, keyword: &str, wanted: &'s Json, at: At<'_>) -> Verdict {
        let Some(schemas) = wanted.as_array() else { return Verdict::Open };
        let (mut met, mut open, mut first) = (0, 0, None);
        let mut all = All::new();
        for schema in schemas {
            let verdict = self.schema(schema, at.deeper());
            match &verdict {
                Verdict::Meets => met += 1,
                Verdict::Open => open += 1,
                Verdict::Refuses(wrong) => first = first.or_else(|| Some(wrong.clone())),
            }
            all.add(verdict);
        }
        match keyword {
            "allOf" => all.verdict(),
            "anyOf" if met > 0 => Verdict::Meets,
            "oneOf" if met == 1 && open == 0 => Verdict::Meets,
            "oneOf" if met > 1 => at.wrong("it meets several of the alternatives, not one"),
            _ if open > 0 => Verdict::Open,
            _ => match first {
                Some(wrong) if schemas.len() == 1 => Verdict::Refuses(wrong),
                _ => at.wrong("it meets none of the alternatives"),
            },
        }
    }

    fn map_keyword(
        &mut self,
        keyword: &'s str,
        wanted: &'s Json,
        all: &'s Map<String, Json>,
        at: At<'_>,
    ) -> Verdict {
        let Some(map) = at.value.as_map() else { return Verdict::Meets };
        let mut found = All::new();
        match keyword {
            "minProperties" | "maxProperties" => return length(map.len(), keyword, wanted, at),
            "required" => return required(wanted, at),
            "properties" => {
                let Some(schemas) = wanted.as_object() else { return Verdict::Open };
                for (key, schema) in schemas {
                    if let Some(value) = map.get(key) {
                        let path = Path::Key(at.path, key);
                        found
                            .add(self.schema(schema, At { value: &value, path: &path, depth: at.depth + 1 }));
                    }
                }
            }
            "patternProperties" | "additionalProperties" | "propertyNames" => {
                for (key, slot) in map.entries() {
                    let path = Path::Key(at.path, &key);
                    let inside = At { value: &slot.value, path: &path, depth: at.depth + 1 };
                    found.add(self.property(keyword, wanted, all, &key, inside));
                }
            }
            "dependentRequired" | "dependentSchemas" if self.schema.draft <= Draft::Seven => {}
            "dependencies" | "dependentRequired" | "dependentSchemas" => {
                let Some(dependents) = wanted.as_object() else { return Verdict::Open };
                for (_, dependent) in dependents.iter().filter(|(key, _)| map.contains(key)) {
                    found.add(match dependent {
                        Json::Array(_) if keyword != "dependentSchemas" => required(dependent, at),
                        schema if keyword != "dependentRequired" => self.schema(schema, at.deeper()),
                        _ => Verdict::Open,
                    });
                }
            }
            _ => {}
        }
        found.verdict()
    }

    /// Checks a key that `properties` does not name.
    fn property(
        &mut self,
        keyword: &str,
        wanted: &'s Json,
        all: &'s Map<String, Json>,
        key: &str,
        at: At<'_>,
    ) -> Verdict {
        let patterns = |all: &'s Map<String, Json>| all.get("patternProperties").and_then(Json::as_object);
        match keyword {
            "propertyNames" => {
                let name = Value::from(key);
                self.schema(wanted, At { value: &name, ..at })
            }
            "patternProperties" => {
                let Some(schemas) = wanted.as_object() else { return Verdict::Open };
                let mut found = All::new();
                for (pattern, schema) in schemas {
                    match self.matches(pattern, key) {
                        Some(true) => found.add(self.schema(schema, at.deeper())),
                        Some(false) => {}
                        None => found.add(Verdict::Open),
                    }
                }
                found.verdict()
            }
            _ => {
                let is_named = all.get("properties").is_some_and(|named| named.get(key).is_some());
                if is_named {
                    return Verdict::Meets;
                }
                for (pattern, _) in patterns(all).into_iter().flatten() {
                    match self.matches(pattern, key) {
                        Some(true) => return Verdict::Meets,
                        Some(false) => {}
                        None => return Verdict::Open,
                    }
                }
                if *wanted == Json::Bool(false) {
                    return at.wrong("the schema has no such key");
                }
                self.schema(wanted, at.deeper())
            }
        }
    }

    fn list_keyword(
        &mut self,
        keyword: &str,
        wanted: &'s Json,
        all: &'s Map<String, Json>,
        at: At<'_>,
    ) -> Verdict {
        let Some(list) = at.value.as_list() else { return Verdict::Meets };
        let draft = self.schema.draft;
        let count = |list: Option<&Json>| list.and_then(Json::as_array).map_or(0, Vec::len);
        let (first, each) = match keyword {
            "minItems" | "maxItems" => return length(list.len(), keyword, wanted, at),
            "uniqueItems" if *wanted == Json::Bool(true) => {
                let texts: BTreeSet<String> = list.items().iter().map(canonical).collect();
                let is_unique = texts.len() == list.len();
                return if is_unique { Verdict::Meets } else { at.wrong("two items are equal") };
            }
            "contains" if draft > Draft::Four => return self.contains(wanted, all, at),
            "prefixItems" if draft == Draft::Of2020 => (0, false),
            "items" if wanted.is_array() && draft < Draft::Of2020 => (0, false),
            "items" if draft == Draft::Of2020 => (count(all.get("prefixItems")), true),
            "items" => (0, true),
            "additionalItems" if draft < Draft::Of2020 && all.get("items").is_some_and(Json::is_array) => {
                (count(all.get("items")), true)
            }
            _ => return Verdict::Meets,
        };
        let mut found = All::new();
        for (index, item) in list.items().iter().enumerate().skip(first) {
            let schema = if each { Some(wanted) } else { wanted.get(index) };
            let Some(schema) = schema else { break };
            found.add(self.schema(schema, at.inside(item, &Path::Item(at.path, index))));
        }
        found.verdict()
    }

    fn contains(&mut self, wanted: &'s Json, all: &'s Map<String, Json>, at: At<'_>) -> Verdict {
        let (mut met, mut open) = (0, 0);
        for (index, item) in at.value.as_list().into_iter().flat_map(|list| list.items().iter().enumerate()) {
            match self.schema(wanted, at.inside(item, &Path::Item(at.path, index))) {
                Verdict::Meets => met += 1,
                Verdict::Open => open += 1,
                Verdict::Refuses(_) => {}
            }
        }
        let knows_limits = self.schema.draft > Draft::Seven;
        let limit = |keyword: &str| all.get(keyword).and_then(Json::as_u64).filter(|_| knows_limits);
        let (least, most) = (limit("minContains").unwrap_or(1), limit("maxContains").unwrap_or(u64::MAX));
        match () {
            () if met > most || met + open < least => {
                at.wrong("the list has not the items that the schema wants")
            }
            () if open > 0 => Verdict::Open,
            () => Verdict::Meets,
        }
    }

    fn text_keyword(&mut self, keyword: &str, wanted: &'s Json, text: &str, at: At<'_>) -> Verdict {
        match keyword {
            "minLength" | "maxLength" => length(text.chars().count(), keyword, wanted, at),
            "pattern" => match wanted.as_str().map(|pattern| (pattern, self.matches(pattern, text))) {
                Some((_, Some(true))) => Verdict::Meets,
                Some((pattern, Some(false))) => at.wrong(format!("it does not match `{pattern}`")),
                _ => Verdict::Open,
            },
            _ => Verdict::Meets,
        }
    }

    /// Whether a text contains a match of a pattern; `None` if the pattern is not supported.
    fn matches(&mut self, pattern: &'s str, text: &str) -> Option<bool> {
        let compiled = self.patterns.entry(pattern);
        let build = || RegexBuilder::new(pattern).size_limit(1 << 20).build().ok();
        compiled.or_insert_with(build).as_ref().map(|pattern| pattern.is_match(text))
    }
}

fn types(wanted: &Json, at: At<'_>) -> Verdict {
    let names: Option<Vec<&str>> = match wanted {
        Json::String(name) => Some(vec![name]),
        Json::Array(names) => names.iter().map(Json::as_str).collect(),
        _ => None,
    };
    let Some(names) = names else { return Verdict::Open };
    let found: Option<Vec<bool>> = names.iter().map(|name| has_type(at.value, name)).collect();
    match found {
        None => Verdict::Open,
        Some(found) if found.contains(&true) => Verdict::Meets,
        Some(_) => at.wrong(format!("{}, not {}", type_name(at.value), names.join(" or "))),
    }
}

fn required(wanted: &Json, at: At<'_>) -> Verdict {
    let Some(map) = at.value.as_map() else { return Verdict::Meets };
    let names: Option<Vec<&str>> =
        wanted.as_array().and_then(|names| names.iter().map(Json::as_str).collect());
    let Some(names) = names else { return Verdict::Open };
    match names.into_iter().find(|name| !map.contains(name)) {
        Some(name) => at.wrong(format!("`{name}` is missing")),
        None => Verdict::Meets,
    }
}

fn length(length: usize, keyword: &str, wanted: &Json, at: At<'_>) -> Verdict {
    match check_length(length, keyword, wanted) {
        Ok(None) => Verdict::Meets,
        Ok(Some(message)) => at.wrong(message),
        Err(()) => Verdict::Open,
    }
}

fn number_keyword(
    number: f64,
    keyword: &str,
    wanted: &Json,
    all: &Map<String, Json>,
    draft: Draft,
    at: At<'_>,
) -> Verdict {
    let keyword = match keyword {
        "minimum" if all.get("exclusiveMinimum") == Some(&Json::Bool(true)) => "exclusiveMinimum",
        "maximum" if all.get("exclusiveMaximum") == Some(&Json::Bool(true)) => "exclusiveMaximum",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => keyword,
        _ => return Verdict::Meets,
    };
    match check_number(number, keyword, wanted, draft) {
        Ok(None) => Verdict::Meets,
        Ok(Some(message)) => at.wrong(message),
        Err(()) => Verdict::Open,
    }
}
