//! The decoder of a `registries.conf`: which keys it reads, in any case, and which types it refuses.

use super::{MirrorTable, PlacedValue, RegistriesFile, RegistryTable, Spot, Undecodable};
use crate::source::Span;
use crate::yaml::embedded::Embedded;
use toml::Spanned as Toml;
use toml::de::{DeString, DeTable, DeValue};

impl RegistriesFile {
    /// Reads `text`, the value of the scalar at `outer` in `source`. An empty `source` means that it is unknown.
    pub fn read(text: &str, outer: Span, source: &str) -> Self {
        let mut reader =
            Reader { text, embedded: Embedded::new(text, outer, source), lines: None, wrong: None };
        let mut file = Self::default();
        match DeTable::parse(text) {
            Ok(table) => {
                file.is_toml = true;
                reader.fill(&mut file, table.get_ref());
                file.undecodable =
                    reader.wrong.take().map(|(at, what)| Undecodable { spot: reader.spot(at), what });
            }
            Err(error) => {
                let span = error.span().unwrap_or_default();
                let what = error.message().lines().next().unwrap_or_default().to_owned();
                let what = if what.is_empty() { "it is not TOML".to_owned() } else { what };
                file.undecodable = Some(Undecodable { spot: reader.spot_of_error(span), what });
            }
        }
        file
    }
}

type Range = std::ops::Range<usize>;

type Key<'t> = Toml<DeString<'t>>;

type Value<'t> = Toml<DeValue<'t>>;

struct Reader<'t> {
    text: &'t str,
    embedded: Embedded,
    /// The first byte of each line of the file, computed when it is first needed.
    lines: Option<Vec<usize>>,
    /// The first value of a wrong type.
    wrong: Option<(Range, String)>,
}

impl Reader<'_> {
    fn spot(&mut self, at: Range) -> Spot {
        let outer = self.embedded.outer();
        let span = self.embedded.place(Span::new(outer.file, at.start, at.end));
        if span != outer {
            return Spot { span, line: None };
        }
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| {
            let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        Spot { span, line: Some(lines.partition_point(|start| *start <= at.start)) }
    }

    /// The place of an error, which may lie between two characters or be a line break.
    fn spot_of_error(&mut self, at: Range) -> Spot {
        let start = at.start.min(self.text.len());
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text[line..].find('\n').map_or(self.text.len(), |at| line + at);
        // Point at the whole line, without its indentation.
        let indent = self.text[line..rest].len() - self.text[line..rest].trim_start().len();
        let end = line + self.text[line..rest].trim_end().len();
        let whole = (line + indent).min(end)..end;
        self.spot(if whole.is_empty() { line..rest } else { whole })
    }

    fn fill(&mut self, file: &mut RegistriesFile, table: &DeTable<'_>) {
        for (key, value) in table {
            match field(key, &FILE) {
                Some("registry") => self.registries(file, key, value),
                Some("unqualified-search-registries") => {
                    let list = self.strings(key, value);
                    file.search = list.map(|list| PlacedValue { value: list, spot: self.spot(key.span()) });
                }
                Some("credential-helpers") => {
                    self.strings(key, value);
                }
                Some("short-name-mode") => file.short_name_mode = self.string(key, value),
                Some("additional-layer-store-auth-helper") => {
                    self.string(key, value);
                }
                Some("aliases") => {
                    for (name, value) in self.table(key, value).into_iter().flatten() {
                        let Some(value) = self.string(name, value) else { continue };
                        let name =
                            PlacedValue { value: name.get_ref().to_string(), spot: self.spot(name.span()) };
                        file.aliases.push((name, value));
                    }
                }
                Some("registries") => self.old_format(file, key, value),
                _ => {}
            }
        }
    }

    fn registries(&mut self, file: &mut RegistriesFile, key: &Key<'_>, value: &Value<'_>) {
        if let DeValue::Table(table) = value.get_ref()
            && table.iter().any(|(key, _)| field(key, &["mirror"]).is_some())
        {
            return self.is_wrong(key.span(), "`[[registry.mirror]]` has no `[[registry]]` before it".into());
        }
        for table in self.tables(key, value) {
            let mut registry = RegistryTable {
                spot: self.spot(key_of_table(&table, key)),
                prefix: None,
                location: None,
                insecure: None,
                blocked: None,
                mirror_by_digest_only: None,
                pull_from_mirror: None,
                mirrors: None,
            };
            for (key, value) in *table.get_ref() {
                match field(key, &REGISTRY) {
                    Some("prefix") => registry.prefix = self.string(key, value),
                    Some("location") => registry.location = self.string(key, value),
                    Some("insecure") => registry.insecure = self.boolean(key, value),
                    Some("blocked") => registry.blocked = self.boolean(key, value),
                    Some("mirror-by-digest-only") => {
                        registry.mirror_by_digest_only = self.boolean(key, value);
                    }
                    Some("pull-from-mirror") => registry.pull_from_mirror = self.string(key, value),
                    Some("mirror") => {
                        let tables = self.tables(key, value);
                        registry.mirrors =
                            Some(tables.into_iter().map(|table| self.mirror(&table, key)).collect());
                    }
                    _ => {}
                }
            }
            file.registries.push(registry);
        }
    }

    fn mirror(&mut self, table: &Toml<&DeTable<'_>>, key: &Key<'_>) -> MirrorTable {
        let spot = self.spot(key_of_table(table, key));
        let mut mirror = MirrorTable { spot, location: None, insecure: None, pull_from_mirror: None };
        for (key, value) in *table.get_ref() {
            match field(key, &MIRROR) {
                Some("location") => mirror.location = self.string(key, value),
                Some("insecure") => mirror.insecure = self.boolean(key, value),
                Some("pull-from-mirror") => mirror.pull_from_mirror = self.string(key, value),
                _ => {}
            }
        }
        mirror
    }

    /// `[registries.search]`, `[registries.insecure]` and `[registries.block]`, each with a list `registries`, even an empty
    /// one.
    fn old_format(&mut self, file: &mut RegistriesFile, key: &Key<'_>, value: &Value<'_>) {
        for (key, value) in self.table(key, value).into_iter().flatten() {
            if field(key, &["search", "insecure", "block"]).is_none() {
                continue;
            }
            for (list, value) in self.table(key, value).into_iter().flatten() {
                if field(list, &["registries"]).is_some() && self.strings(list, value).is_some() {
                    let spot = self.spot(list.span());
                    file.old_format.get_or_insert(spot);
                }
            }
        }
    }

    fn is_wrong(&mut self, at: Range, what: String) {
        if self.wrong.as_ref().is_none_or(|(first, _)| at.start < first.start) {
            self.wrong = Some((at, what));
        }
    }

    /// Reports a value whose type differs from the one that the decoder wants.
    fn mistyped(&mut self, key: &Key<'_>, value: &Value<'_>, wanted: &str) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let at = if matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
            key.span()
        } else {
            value.span()
        };
        self.is_wrong(at, format!("`{}` is {is}, not {wanted}", key.get_ref()));
    }

    fn string(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<PlacedValue<String>> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(PlacedValue { value: text.to_string(), spot: self.spot(value.span()) });
        }
        self.mistyped(key, value, "a string");
        None
    }

    fn boolean(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<PlacedValue<bool>> {
        if let DeValue::Boolean(is) = value.get_ref() {
            return Some(PlacedValue { value: *is, spot: self.spot(value.span()) });
        }
        self.mistyped(key, value, "`true` or `false`");
        None
    }

    fn strings(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Vec<PlacedValue<String>>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.mistyped(key, value, "a list of strings");
            return None;
        };
        let items = items.iter().filter_map(|item| {
            if let DeValue::String(text) = item.get_ref() {
                return Some(PlacedValue { value: text.to_string(), spot: self.spot(item.span()) });
            }
            self.mistyped(key, item, "a list of strings");
            None
        });
        Some(items.collect())
    }

    fn table<'v, 't>(&mut self, key: &Key<'_>, value: &'v Value<'t>) -> Option<&'v DeTable<'t>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        self.mistyped(key, value, "a table");
        None
    }

    fn tables<'v, 't>(&mut self, key: &Key<'_>, value: &'v Value<'t>) -> Vec<Toml<&'v DeTable<'t>>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.mistyped(key, value, "a list of tables");
            return Vec::new();
        };
        let tables = items.iter().filter_map(|item| {
            if let DeValue::Table(table) = item.get_ref() {
                return Some(Toml::new(item.span(), table));
            }
            self.mistyped(key, item, "a list of tables");
            None
        });
        tables.collect()
    }
}

const FILE: [&str; 7] = [
    "registry",
    "unqualified-search-registries",
    "credential-helpers",
    "short-name-mode",
    "additional-layer-store-auth-helper",
    "aliases",
    "registries",
];

const REGISTRY: [&str; 7] =
    ["prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "pull-from-mirror", "mirror"];

const MIRROR: [&str; 3] = ["location", "insecure", "pull-from-mirror"];

/// The field that a key sets; the decoder ignores the case of keys.
fn field(key: &Key<'_>, fields: &[&'static str]) -> Option<&'static str> {
    fields.iter().find(|field| key.get_ref().eq_ignore_ascii_case(field)).copied()
}

/// The header of a table, or its key if it has no header.
fn key_of_table(table: &Toml<&DeTable<'_>>, key: &Key<'_>) -> Range {
    if table.span().is_empty() { key.span() } else { table.span() }
}
