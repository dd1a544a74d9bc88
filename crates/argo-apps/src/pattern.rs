//! Finds the names of the repository that a glob, or a path with open parts, matches.

use crate::budget::Budget;
use crate::clusters::Clusters;
use crate::text::{Bound, Part, Text};
use regex::Regex;
use std::sync::Arc;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 4096;

/// Directories next to those of clusters and environments that belong to all of them.
const SHARED: [&str; 7] = ["all", "base", "bases", "common", "components", "shared", "templates"];

/// How a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Go's `path.Match`: wildcards do not match slashes.
    Directories,
    /// A pathspec of `git ls-files`: wildcards match slashes, as `Generators-Git-File-Globbing.md` describes the default.
    Files,
    /// A path without wildcards.
    Path,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The start of each match.
    prefix: String,
    /// The whole pattern; `None` for a plain name.
    regex: Option<Regex>,
    /// The open parameters, in the order of the groups.
    keys: Vec<Arc<str>>,
    flavour: Flavour,
}

/// Why a pattern matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not a valid pattern; Argo CD finds nothing for it either.
    Malformed,
    /// It is mostly open, so that directories would match by chance.
    TooOpen,
}

#[derive(Default)]
struct Builder {
    regex: String,
    prefix: String,
    keys: Vec<Arc<str>>,
    /// Whether something other than text was read, so that the prefix is complete.
    wild: bool,
    /// Whether the text between slashes contains an open part, and a wildcard.
    segment: (bool, bool),
    ambiguous: bool,
    literals: usize,
}

impl Pattern {
    /// Reads `text`. `clusters` may name the values of open parts.
    pub(crate) fn new(text: &Text, flavour: Flavour, clusters: Option<&Clusters>) -> Result<Self, Refused> {
        if text.len() > MAX_PATTERN || text.parts().len() > 64 {
            return Err(Refused::Malformed);
        }
        let mut builder = Builder::default();
        for part in text.parts() {
            match part {
                Part::Known(text) if flavour == Flavour::Path => {
                    text.chars().for_each(|c| builder.literal(c));
                }
                Part::Known(text) => builder.glob(text, flavour).ok_or(Refused::Malformed)?,
                Part::Open(key) => builder.open(key),
            }
        }
        let named = |key: &Arc<str>| clusters.is_some_and(|clusters| clusters.names_values_of(key));
        let chance = builder.literals == 0 && !builder.keys.iter().all(named);
        if builder.ambiguous || chance {
            return Err(Refused::TooOpen);
        }
        let regex = if builder.wild {
            let regex = Regex::new(&format!("^(?s:{})$", builder.regex));
            Some(regex.map_err(|_| Refused::Malformed)?)
        } else {
            None
        };
        Ok(Self { prefix: builder.prefix, regex, keys: builder.keys, flavour })
    }

    /// The matching names, with the values of their open parts; `None` if that is too much work.
    pub(crate) fn find<'l>(&self, names: &'l [String], budget: &Budget) -> Option<Vec<(&'l str, Bound)>> {
        budget.spend(if self.regex.is_some() { 500 } else { 20 })?;
        let mut found = Vec::new();
        if self.regex.is_none() {
            let exact = names.binary_search_by(|name| name.as_str().cmp(&self.prefix));
            found.extend(exact.ok().map(|at| (names[at].as_str(), Bound::new())));
            if self.flavour == Flavour::Files {
                // A directory matches through the files in it.
                let below = format!("{}/", self.prefix.trim_end_matches('/'));
                for name in starting_with(names, &below) {
                    budget.spend(2)?;
                    found.push((name, Bound::new()));
                }
            }
            return Some(found);
        }
        for name in starting_with(names, &self.prefix) {
            budget.spend(1 + name.len() / 16)?;
            if let Some(bound) = self.matches(name) {
                found.push((name.as_str(), bound));
            }
        }
        Some(found)
    }

    /// Whether `name` matches, and the values of the open parts.
    pub(crate) fn matches(&self, name: &str) -> Option<Bound> {
        let Some(regex) = &self.regex else {
            let below = || {
                name.strip_prefix(self.prefix.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
            };
            let is_match = name == self.prefix || (self.flavour == Flavour::Files && below());
            return is_match.then(Bound::new);
        };
        if self.keys.is_empty() {
            return regex.is_match(name).then(Bound::new);
        }
        let groups = regex.captures(name)?;
        let mut bound = Bound::new();
        for (index, key) in self.keys.iter().enumerate() {
            let value = groups.get(index + 1)?.as_str();
            let before = bound.insert(key.clone(), value.to_owned());
            let is_other = value.starts_with('.') || SHARED.contains(&value);
            if is_other || before.is_some_and(|before| before != value) {
                return None;
            }
        }
        Some(bound)
    }
}

impl Builder {
    fn literal(&mut self, c: char) {
        if c == '/' {
            self.segment = (false, false);
        } else {
            self.literals += 1;
        }
        if !self.wild {
            self.prefix.push(c);
        }
        self.regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn open(&mut self, key: &Arc<str>) {
        self.ambiguous |= self.segment.0 || self.segment.1;
        self.segment.0 = true;
        self.wild = true;
        self.keys.push(key.clone());
        self.regex.push_str("([^/]+)");
    }

    fn wildcard(&mut self, regex: &str) {
        self.ambiguous |= self.segment.0;
        self.segment.1 = true;
        self.wild = true;
        self.regex.push_str(regex);
    }

    fn glob(&mut self, text: &str, flavour: Flavour) -> Option<()> {
        let any = if flavour == Flavour::Files { "." } else { "[^/]" };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => {
                    while chars.next_if_eq(&'*').is_some() {}
                    self.wildcard(&format!("{any}*"));
                }
                '?' => self.wildcard(any),
                '\\' => self.literal(chars.next()?),
                '[' => {
                    let class = class(&mut chars)?;
                    self.wildcard(&class);
                }
                c => self.literal(c),
            }
        }
        Some(())
    }
}

/// The class behind a `[`, as a regular expression has it.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut class = String::from("[");
    if chars.next_if(|&c| c == '^' || c == '!').is_some() {
        class.push('^');
    }
    let one = |c: char| regex::escape(c.encode_utf8(&mut [0; 4]));
    let mut items = 0;
    loop {
        let low = match chars.next()? {
            ']' if items > 0 => break,
            '\\' => chars.next()?,
            c => c,
        };
        items += 1;
        class.push_str(&one(low));
        if chars.next_if_eq(&'-').is_some() {
            if chars.peek() == Some(&']') {
                class.push_str(&one('-'));
                continue;
            }
            let high = chars.next().filter(|&high| high >= low)?;
            class.push('-');
            class.push_str(&one(high));
        }
    }
    class.push(']');
    Some(class)
}

/// The names of a sorted list that begin with `prefix`.
pub(crate) fn starting_with<'l>(sorted: &'l [String], prefix: &str) -> &'l [String] {
    let start = sorted.partition_point(|name| name.as_str() < prefix);
    let length = sorted[start..].partition_point(|name| name.starts_with(prefix));
    &sorted[start..start + length]
}
