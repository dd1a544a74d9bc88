//! Texts in which parts may be open: only a running Argo CD knows the names and labels of its clusters.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The values of open parameters, as directories of the repository suggest them.
pub(crate) type Bound = BTreeMap<Arc<str>, String>;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Known(String),
    /// The value of a parameter of the cluster: `name`, `metadata.labels.env`.
    Open(Arc<str>),
}

/// The result of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    parts: Vec<Part>,
}

impl Text {
    pub(crate) fn known(text: impl Into<String>) -> Self {
        let mut made = Self::default();
        made.push_str(&text.into());
        made
    }

    pub(crate) fn open(key: Arc<str>) -> Self {
        Self { parts: vec![Part::Open(key)] }
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Known(last)) => last.push_str(text),
            _ => self.parts.push(Part::Known(text.to_owned())),
        }
    }

    pub(crate) fn push(&mut self, text: &Text) {
        for part in &text.parts {
            match part {
                Part::Known(text) => self.push_str(text),
                Part::Open(_) => self.parts.push(part.clone()),
            }
        }
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, if no part of it is open.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Known(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.as_str().is_none()
    }

    /// Its length in bytes, without open parts.
    pub(crate) fn len(&self) -> usize {
        let length = |part: &Part| if let Part::Known(text) = part { text.len() } else { 0 };
        self.parts.iter().map(length).sum()
    }

    /// The text, with the open parts that are in `bound` filled in.
    pub(crate) fn bind(&self, bound: &Bound) -> Text {
        let mut made = Text::default();
        for part in &self.parts {
            match part {
                Part::Open(key) if bound.contains_key(key) => made.push_str(&bound[key]),
                Part::Open(key) => made.push(&Text::open(key.clone())),
                Part::Known(text) => made.push_str(text),
            }
        }
        made
    }

    /// Its only open part, with the value by which the whole text becomes `wanted`.
    pub(crate) fn only_open_part(&self, wanted: &str) -> Option<(Arc<str>, String)> {
        let (before, key, behind) = match self.parts.as_slice() {
            [Part::Open(key)] => ("", key, ""),
            [Part::Known(before), Part::Open(key)] => (before.as_str(), key, ""),
            [Part::Open(key), Part::Known(behind)] => ("", key, behind.as_str()),
            [Part::Known(before), Part::Open(key), Part::Known(behind)] => {
                (before.as_str(), key, behind.as_str())
            }
            _ => return None,
        };
        let text = wanted.strip_prefix(before)?.strip_suffix(behind)?;
        (!text.is_empty()).then(|| (key.clone(), text.to_owned()))
    }

    /// The text for a reader, `{{name}}` for an open part.
    pub(crate) fn show(&self) -> String {
        let show = |part: &Part| match part {
            Part::Known(text) => text.clone(),
            Part::Open(key) => format!("{{{{{key}}}}}"),
        };
        self.parts.iter().map(show).collect()
    }
}
