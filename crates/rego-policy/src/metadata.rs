//! The annotations of a policy, in comments under `# METADATA`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Annotations of a rule, a document, or a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// One line.
    pub title: Option<String>,
    /// Some paragraphs.
    pub description: Option<String>,
    /// URLs, with optional descriptions.
    pub related_resources: Vec<RelatedResource>,
    /// The organizations of the policy.
    pub organizations: Vec<String>,
    /// The authors, as the annotations have them: a text, or an object with `name` and `email`.
    pub authors: Vec<Value>,
    /// Whether the rule is an entrypoint.
    pub entrypoint: bool,
    /// All other keys of the author.
    pub custom: Map<String, Value>,
}

/// A related page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedResource {
    /// Its URL.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its description.
    #[serde(default)]
    pub description: Option<String>,
}

impl Metadata {
    /// Adds the annotations of `wider` that are missing here.
    #[must_use]
    pub(crate) fn within(mut self, wider: &Self) -> Self {
        self.title = self.title.or_else(|| wider.title.clone());
        self.description = self.description.or_else(|| wider.description.clone());
        let instead = |own: bool| if own { None } else { Some(wider) };
        if let Some(wider) = instead(!self.related_resources.is_empty()) {
            self.related_resources.clone_from(&wider.related_resources);
        }
        if let Some(wider) = instead(!self.organizations.is_empty()) {
            self.organizations.clone_from(&wider.organizations);
        }
        if let Some(wider) = instead(!self.authors.is_empty()) {
            self.authors.clone_from(&wider.authors);
        }
        for (key, value) in &wider.custom {
            if !self.custom.contains_key(key) {
                self.custom.insert(key.clone(), value.clone());
            }
        }
        self
    }
}
