//! Selects the objects of a patch.

use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::value::Value;
use regex::Regex;
use spanned_yaml::Span;

/// The `target` of a patch.
#[derive(Debug)]
pub(crate) struct Selector {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// A regular expression over a whole text. Most are plain words, which can be looked up.
#[derive(Debug)]
enum Pattern {
    Word(String),
    Regex(Regex),
}

impl Pattern {
    fn new(pattern: &str) -> std::result::Result<Self, regex::Error> {
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte)) {
            return Ok(Self::Word(pattern.to_owned()));
        }
        Regex::new(&format!("^(?:{pattern})$")).map(Self::Regex)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Regex(_) => None,
        }
    }
}

impl Selector {
    /// Reads a `target`; names are regular expressions over the whole name.
    pub(crate) fn read(target: &Value) -> Result<Self> {
        let regex = |key: &str| {
            let Some(pattern) = target.get(key).filter(|value| !value.text().is_empty()) else {
                return Ok(None);
            };
            Pattern::new(pattern.text()).map(Some).map_err(|_| {
                Error::at(pattern.span, format!("`{}` is not a regular expression", pattern.text()))
            })
        };
        Ok(Self {
            group: regex("group")?,
            version: regex("version")?,
            kind: regex("kind")?,
            name: regex("name")?,
            namespace: regex("namespace")?,
            labels: requirements(target.get("labelSelector"))?,
            annotations: requirements(target.get("annotationSelector"))?,
        })
    }

    /// Whether it selects an object, by its first name or by its current one.
    pub(crate) fn selects(&self, resource: &Resource) -> bool {
        let (first, now) = (resource.original_id(), resource.id());
        let matches = |pattern: &Option<Pattern>, texts: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
        };
        matches(&self.namespace, &[first.effective_namespace(), now.effective_namespace()])
            && matches(&self.name, &[&first.name, &now.name])
            && matches(&self.group, &[&now.gvk.group])
            && matches(&self.version, &[&now.gvk.version])
            && matches(&self.kind, &[&now.gvk.kind])
            && all(&self.labels, resource, "labels")
            && all(&self.annotations, resource, "annotations")
    }

    /// The only name that it selects, if it is not a pattern.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_ref().and_then(Pattern::word)
    }

    /// The only kind that it selects, if it is not a pattern.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.kind.as_ref().and_then(Pattern::word)
    }
}

/// The target of a patch that selects no object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Where it is written.
    pub span: Span,
    /// Its conditions, each with its key, in the order of the text.
    pub asks: Vec<(String, String)>,
}

impl Target {
    pub(crate) fn of(target: &Value) -> Self {
        let asks = target.members().iter().filter(|member| !member.value.text().is_empty());
        let asks = asks.map(|member| (member.key.to_string(), member.value.text().to_owned()));
        Self { span: target.span, asks: asks.collect() }
    }

    /// Its condition under `key`.
    pub fn asked(&self, key: &str) -> Option<&str> {
        self.asks.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str())
    }

    /// Whether its condition under `key`, if there is one, matches one of `texts`.
    pub fn accepts(&self, key: &str, texts: &[&str]) -> bool {
        // A build has already read it, so it is a valid regular expression.
        let pattern = self.asked(key).and_then(|pattern| Pattern::new(pattern).ok());
        pattern.is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
    }

    /// The target as it is written, on one line.
    pub fn words(&self) -> String {
        let asks: Vec<String> = self.asks.iter().map(|(key, text)| format!("{key}: {text}")).collect();
        asks.join(", ")
    }
}

/// Whether the labels and annotations of an object satisfy the selectors of `select`.
pub(crate) fn has_pairs(select: &Value, resource: &Resource) -> Result<bool> {
    let labels = requirements(select.get("labelSelector"))?;
    let annotations = requirements(select.get("annotationSelector"))?;
    Ok(all(&labels, resource, "labels") && all(&annotations, resource, "annotations"))
}

fn all(requirements: &[Requirement], resource: &Resource, key: &str) -> bool {
    if requirements.is_empty() {
        return true;
    }
    let pairs = resource.pairs(key);
    requirements.iter().all(|requirement| {
        let found = pairs.iter().find(|(name, _)| *name == requirement.key).map(|(_, value)| *value);
        requirement.accepts(found)
    })
}

/// One condition of a label selector.
#[derive(Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Requirement {
    fn accepts(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Missing => value.is_none(),
            Test::In(due) => value.is_some_and(|value| due.iter().any(|due| due == value)),
            Test::NotIn(not) => value.is_none_or(|value| not.iter().all(|not| not != value)),
            Test::Above(limit) => number().is_some_and(|number| number > *limit),
            Test::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

fn requirements(selector: Option<&Value>) -> Result<Vec<Requirement>> {
    let Some(selector) = selector else { return Ok(Vec::new()) };
    let text = selector.text().trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let parts = split(text);
    parts.into_iter().map(|part| requirement(part.trim(), selector.span)).collect()
}

/// Splits at the commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
    .collect()
}

fn requirement(text: &str, span: Span) -> Result<Requirement> {
    let wrong = || Error::at(span, format!("`{text}` is not a condition of a label selector"));
    let word = |word: &str| {
        let word = word.trim();
        let ok = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
        if ok { Ok(word.to_owned()) } else { Err(wrong()) }
    };
    let key = |text: &str| word(text).and_then(|key| if key.is_empty() { Err(wrong()) } else { Ok(key) });
    if let Some(name) = text.strip_prefix('!') {
        return Ok(Requirement { key: key(name)?, test: Test::Missing });
    }
    if let Some((head, rest)) = text.split_once('(') {
        let values = rest.strip_suffix(')').ok_or_else(wrong)?;
        let values = values.split(',').map(word).collect::<Result<Vec<_>>>()?;
        let words: Vec<&str> = head.split_whitespace().collect();
        return match words[..] {
            [name, "in"] => Ok(Requirement { key: key(name)?, test: Test::In(values) }),
            [name, "notin"] => Ok(Requirement { key: key(name)?, test: Test::NotIn(values) }),
            _ => Err(wrong()),
        };
    }
    for (sign, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((name, value)) = text.split_once(sign) {
            let values = vec![word(value)?];
            let key = key(name)?;
            return Ok(Requirement {
                key,
                test: if negated { Test::NotIn(values) } else { Test::In(values) },
            });
        }
    }
    for (sign, above) in [('>', true), ('<', false)] {
        if let Some((name, value)) = text.split_once(sign) {
            let limit = value.trim().parse().map_err(|_| wrong())?;
            let key = key(name)?;
            return Ok(Requirement {
                key,
                test: if above { Test::Above(limit) } else { Test::Below(limit) },
            });
        }
    }
    Ok(Requirement { key: key(text)?, test: Test::Exists })
}
