//! The kustomization of a directory.

use crate::error::{Cause, Error, Result};
use crate::files::{self, Files, Found};
use crate::shape::KUSTOMIZATION;
use crate::text::Text;
use crate::value::{Data, Dialect, Value};
use spanned_yaml::Span;

/// The names of a kustomization (`api/konfig/general.go`); kustomize refuses a directory with two of them.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization that kustomize would read.
#[derive(Debug)]
pub(crate) struct Kustomization {
    /// The name of the file.
    pub(crate) name: &'static str,
    pub(crate) text: Text,
    /// Its fields, with the old names replaced by the new ones.
    pub(crate) fields: Value,
}

impl Kustomization {
    /// Reads the kustomization of `directory`.
    pub(crate) fn read(directory: &str, files: &dyn Files) -> Result<Self> {
        let mut found = Vec::new();
        for name in NAMES {
            let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
            match files.find(&path) {
                Found::File { id, text, .. } => {
                    found.push((name, Text::file(id, text).parsed(files.documents(id))));
                }
                Found::Unreadable(why) => {
                    let message = format!("`{path}` {why}");
                    return Err(Error { cause: Cause::Unsupported, ..Error::nowhere(message) });
                }
                Found::Outside => {
                    let message = format!("`{path}` is outside of the repository and is not read");
                    return Err(Error { cause: Cause::Outside, ..Error::nowhere(message) });
                }
                Found::Directory { .. } | Found::Missing => {}
            }
        }
        let shown = if directory.is_empty() { "." } else { directory };
        let (name, text) = match found.len() {
            1 => found.remove(0),
            0 => return Err(Error::nowhere(format!("there is no kustomization in `{shown}`"))),
            _ => {
                let message =
                    format!("`{shown}` has two kustomizations, `{}` and `{}`", found[0].0, found[1].0);
                return Err(Error::at(found[1].1.whole(), message));
            }
        };
        let mut documents = text.documents(Dialect::Json)?;
        if documents.is_empty() {
            return Err(Error::at(text.whole(), "the kustomization is empty"));
        }
        let mut fields = documents.remove(0);
        if !fields.is_map() {
            return Err(Error::at(fields.span, "a kustomization is a map"));
        }
        KUSTOMIZATION.check(&mut fields, "")?;
        let mut read = Self { name, text, fields };
        read.modernise();
        read.check()?;
        Ok(read)
    }

    /// Replaces old names by new ones, and removes null values.
    fn modernise(&mut self) {
        if let Data::Map(members) = &mut self.fields.data {
            members.retain(|member| !member.value.is_null());
        }
        for (old, new) in [("bases", "resources"), ("imageTags", "images")] {
            let Some(moved) = self.fields.member(old).cloned() else { continue };
            self.fields.remove(old);
            if moved.value.items().is_empty() {
                continue;
            }
            let span = moved.value.span;
            if self.fields.get(new).is_none() {
                self.fields.set(new, moved.key_span, Value::list(span));
            }
            if let Some(Value { data: Data::List(items), .. }) = self.fields.get_mut(new) {
                items.extend(moved.value.items().iter().cloned());
            }
        }
    }

    fn check(&self) -> Result<()> {
        let kind = self.fields.get("kind");
        let name = kind.map_or("", Value::text);
        if let Some(kind) = kind.filter(|_| !["", "Kustomization", "Component"].contains(&name)) {
            return Err(Error::at(kind.span, "the kind must be `Kustomization` or `Component`"));
        }
        let due = if name == "Component" {
            "kustomize.config.k8s.io/v1alpha1"
        } else {
            "kustomize.config.k8s.io/v1beta1"
        };
        if let Some(version) = self.fields.get("apiVersion").filter(|v| !["", due].contains(&v.text())) {
            return Err(Error::at(version.span, format!("the apiVersion must be `{due}`")));
        }
        // An empty list of resources counts as content; other empty values do not.
        let says_something = self.fields.members().iter().any(|member| match &*member.key {
            "apiVersion" | "kind" => false,
            _ => match &member.value.data {
                Data::Word(word) => !word.text.is_empty(),
                Data::List(_) | Data::Map(_) => true,
            },
        });
        if says_something { Ok(()) } else { Err(Error::at(self.fields.span, "the kustomization is empty")) }
    }

    /// Whether it says that it is a component.
    pub(crate) fn is_component(&self) -> bool {
        self.fields.text_of("kind") == "Component"
    }

    /// The items of a list.
    pub(crate) fn list(&self, field: &str) -> &[Value] {
        self.fields.get(field).map_or(&[], Value::items)
    }

    /// The entries of a map.
    pub(crate) fn map(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).filter(|value| !value.members().is_empty())
    }

    /// A string that is not empty.
    pub(crate) fn string(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).filter(|value| !value.text().is_empty())
    }

    /// The place of a field's name.
    pub(crate) fn place(&self, field: &str) -> Span {
        self.fields.member(field).map_or(self.fields.span, |member| member.key_span)
    }
}

/// Whether the file of this name, or at this path, is a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    NAMES.contains(&files::name(path))
}
