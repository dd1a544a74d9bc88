//! `images`: names, tags and digests of the images of containers. The image configuration of the cluster does not matter
//! here.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::loader::Build;
use crate::names::refuse_long;
use crate::resource::Resource;
use crate::set::Set;
use crate::value::{Data, Value};
use regex::Regex;
use std::collections::{BTreeSet, HashMap};

/// The fields that the step changes, apart from everything called `containers`.
pub(crate) fn fields() -> Vec<FieldSpec> {
    let paths = ["spec/containers[]/image", "spec/initContainers[]/image"];
    let templates = ["spec/template/spec/containers[]/image", "spec/template/spec/initContainers[]/image"];
    paths.iter().chain(&templates).map(|path| FieldSpec::new("", path, false)).collect()
}

/// The entries of `images`, one after the other: an entry may change an image that an earlier one changed.
#[derive(Default)]
pub(crate) struct Images {
    /// How many entries are done.
    done: usize,
    /// The objects by the last parts of their images' names. Computed for the second entry: the first entry visits all
    /// objects, and reports those with fields of a wrong type.
    by_last: HashMap<String, BTreeSet<usize>>,
}

impl Images {
    /// One entry.
    pub(crate) fn set(
        &mut self,
        build: &Build<'_>,
        set: &mut Set,
        entry: &Value,
        specs: &[FieldSpec],
    ) -> Result<()> {
        entry.members().iter().try_for_each(|member| refuse_long(&member.value))?;
        let change = Change { entry, pattern: Pattern::of(entry)? };
        if self.done == 1 {
            (0..set.resources.len()).for_each(|number| self.note(&set.resources[number], number, specs));
        }
        self.done += 1;
        let numbers: Vec<usize> = match change.pattern.last_part().filter(|_| self.done > 1) {
            Some(last) => self.by_last.get(last).into_iter().flatten().copied().collect(),
            None => (0..set.resources.len()).collect(),
        };
        build.spend(numbers.len(), entry.span)?;
        for number in numbers {
            change.object(&mut set.resources[number], specs)?;
            if self.done > 1 {
                self.note(&set.resources[number], number, specs);
            }
        }
        Ok(())
    }

    /// Stores the images of an object.
    fn note(&mut self, resource: &Resource, number: usize, specs: &[FieldSpec]) {
        let mut note = |image: &Value| {
            let last = last_part(image.text());
            match self.by_last.get_mut(last) {
                Some(numbers) => drop(numbers.insert(number)),
                None => drop(self.by_last.insert(last.to_owned(), BTreeSet::from([number]))),
            }
        };
        if has_containers(resource) {
            visit_containers(&resource.value, &mut note);
        }
        let id = resource.id();
        for spec in specs.iter().filter(|spec| spec.is_for(id)) {
            spec.look_at(&resource.value, &mut note);
        }
    }
}

/// The last part of an image's name, without tag and digest.
fn last_part(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last)
}

fn has_containers(resource: &Resource) -> bool {
    resource.kind() != "CustomResourceDefinition"
}

/// The names of the images that an entry changes. kustomize reads the name as a regular expression.
enum Pattern<'e> {
    /// A name whose only special character is the dot, which matches any character.
    Name(&'e str),
    Regex(Regex),
}

impl<'e> Pattern<'e> {
    fn of(entry: &'e Value) -> Result<Self> {
        let name = entry.text_of("name");
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_.:@-".contains(&byte)) {
            return Ok(Self::Name(name));
        }
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        Regex::new(&pattern).map(Self::Regex).map_err(|_| {
            let span = entry.get("name").unwrap_or(entry).span;
            Error::at(span, format!("`{name}` is not a regular expression"))
        })
    }

    fn is_match(&self, image: &str) -> bool {
        let name = match self {
            Self::Name(name) => name,
            Self::Regex(regex) => return regex.is_match(image),
        };
        let mut rest = image.chars();
        if !name.chars().all(|due| rest.next().is_some_and(|is| is == due || (due == '.' && is != '\n'))) {
            return false;
        }
        let is_of_tag = |c: char| c.is_ascii_alphanumeric() || "_.{}-".contains(c);
        let rest = rest.as_str();
        let rest = rest.strip_prefix(':').map_or(rest, |tag| tag.trim_start_matches(is_of_tag));
        let rest = rest.strip_prefix("@sha256:").map_or(rest, |digest| digest.trim_start_matches(is_of_tag));
        rest.is_empty()
    }

    /// The common last part of all matching names, if there is one.
    fn last_part(&self) -> Option<&'e str> {
        let Self::Name(name) = self else { return None };
        let last = name.rsplit('/').next()?;
        (!last.contains(['.', ':', '@'])).then_some(last)
    }
}

struct Change<'e> {
    entry: &'e Value,
    pattern: Pattern<'e>,
}

/// Calls `look` for the images in lists called `containers` and `initContainers`, at any depth.
fn visit_containers(value: &Value, look: &mut dyn FnMut(&Value)) {
    for member in value.members() {
        if matches!(&*member.key, "containers" | "initContainers") && member.value.is_list() {
            member.value.items().iter().filter_map(|item| item.get("image")).for_each(&mut *look);
        } else {
            visit_containers(&member.value, look);
        }
    }
    value.items().iter().for_each(|item| visit_containers(item, look));
}

impl Change<'_> {
    fn object(&self, resource: &mut Resource, specs: &[FieldSpec]) -> Result<()> {
        if has_containers(resource) && self.is_for(&resource.value) {
            self.everywhere(&mut resource.value);
        }
        let id = resource.id().clone();
        let is_due = |value: &Value| self.pattern.is_match(value.text());
        specs.iter().filter(|spec| spec.is_for(&id)).try_for_each(|spec| {
            spec.visit_if(&mut resource.value, Leaf::Word, self.entry.span, &is_due, &mut |value| {
                self.image(value);
                Ok(())
            })
        })
    }

    /// Whether one of the lists has an image that changes.
    fn is_for(&self, value: &Value) -> bool {
        let mut is_for = false;
        visit_containers(value, &mut |image| is_for |= self.pattern.is_match(image.text()));
        is_for
    }

    /// Changes the lists called `containers` and `initContainers`, at any depth.
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
