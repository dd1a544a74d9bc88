//! `images`: names, tags and digests of the images of containers. Nothing of the cluster's image configuration.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::names::refuse_long;
use crate::set::Set;
use crate::value::{Data, Member, Value};
use regex::Regex;

/// The fields that the step looks at besides everything called `containers`.
pub(crate) fn fields() -> Vec<FieldSpec> {
    let paths = ["spec/containers[]/image", "spec/initContainers[]/image"];
    let templates = ["spec/template/spec/containers[]/image", "spec/template/spec/initContainers[]/image"];
    paths.iter().chain(&templates).map(|path| FieldSpec::new("", path, false)).collect()
}

/// One entry of `images`.
pub(crate) fn set(set: &mut Set, entry: &Value, specs: &[FieldSpec]) -> Result<()> {
    entry.members().iter().try_for_each(|member| refuse_long(&member.value))?;
    let name = entry.text_of("name");
    let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
    let pattern = Regex::new(&pattern).map_err(|_| {
        let span = entry.get("name").unwrap_or(entry).span;
        Error::at(span, format!("`{name}` is no regular expression"))
    })?;
    let change = Change { entry, pattern };
    for resource in &mut set.resources {
        if resource.kind() != "CustomResourceDefinition" && change.is_for(&resource.value) {
            change.everywhere(&mut resource.value);
        }
        let id = resource.id();
        for spec in specs.iter().filter(|spec| spec.is_for(&id)) {
            let is_due = |value: &Value| change.pattern.is_match(value.text());
            spec.visit_if(&mut resource.value, Leaf::Word, entry.span, &is_due, &mut |value| {
                change.image(value);
                Ok(())
            })?;
        }
    }
    Ok(())
}

struct Change<'e> {
    entry: &'e Value,
    pattern: Regex,
}

impl Change<'_> {
    /// Whether one of the lists has an image that changes.
    fn is_for(&self, value: &Value) -> bool {
        let in_member = |member: &Member| match &*member.key {
            "containers" | "initContainers" if member.value.is_list() => {
                member.value.items().iter().any(|item| self.pattern.is_match(item.text_of("image")))
            }
            _ => self.is_for(&member.value),
        };
        value.items().iter().any(|item| self.is_for(item)) || value.members().iter().any(in_member)
    }

    /// The lists called `containers` and `initContainers`, wherever they are.
    fn everywhere(&self, value: &mut Value) {
        match &mut value.data {
            Data::Map(members) => {
                for member in members {
                    if matches!(&*member.key, "containers" | "initContainers")
                        && let Data::List(items) = &mut member.value.data
                    {
                        items
                            .iter_mut()
                            .filter_map(|item| item.get_mut("image"))
                            .for_each(|image| self.image(image));
                    } else {
                        self.everywhere(&mut member.value);
                    }
                }
            }
            Data::List(items) => items.iter_mut().for_each(|item| self.everywhere(item)),
            Data::Word(_) => {}
        }
    }

    fn image(&self, image: &mut Value) {
        if !self.pattern.is_match(image.text()) {
            return;
        }
        let text = image.text().to_owned();
        let field = |key: &str| self.entry.get(key).filter(|value| !value.text().is_empty());
        let (mut name, mut tag, mut digest) = split(&text);
        let mut span = None;
        if let Some(new) = field("newName") {
            name = new.text();
            span = Some(new.span);
        }
        let suffixed;
        match (field("newTag"), field("digest"), field("tagSuffix")) {
            (Some(new), Some(pin), _) => {
                (tag, digest, span) = (new.text(), pin.text(), span.or(Some(new.span)));
            }
            (Some(new), None, _) => (tag, digest, span) = (new.text(), "", span.or(Some(new.span))),
            (None, Some(pin), _) => (tag, digest, span) = ("", pin.text(), span.or(Some(pin.span))),
            (None, None, Some(suffix)) => {
                suffixed = format!("{tag}{}", suffix.text());
                (tag, digest, span) = (&suffixed, "", span.or(Some(suffix.span)));
            }
            _ => {}
        }
        let mut new = name.to_owned();
        if !tag.is_empty() {
            new = format!("{new}:{tag}");
        }
        if !digest.is_empty() {
            new = format!("{new}@{digest}");
        }
        if new != text {
            image.replace_with(Value::string(new, span.unwrap_or(image.span)));
        }
    }
}

/// Name, tag and digest; a colon before the last slash is a port.
fn split(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    match rest.rfind(':').filter(|&colon| rest.rfind('/').is_none_or(|slash| slash < colon)) {
        Some(colon) => (&rest[..colon], &rest[colon + 1..], digest),
        None => (rest, "", digest),
    }
}
