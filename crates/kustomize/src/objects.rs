//! The objects of a text: lists are split, and each object needs a kind and a name.

use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::shared::Shared;
use crate::text::Text;
use crate::value::{Data, Dialect, Value};
use std::collections::VecDeque;

/// The objects of a text.
pub(crate) fn read(text: &Text) -> Result<Vec<Resource>> {
    of_documents(text.resources()?.into(), text)
}

/// The objects of a text that is not built, but changes other objects.
pub(crate) fn values(text: &Text) -> Result<Vec<Value>> {
    let documents = text.documents(Dialect::Resource)?.into_iter().map(Shared::new);
    let found = of_documents(documents.collect(), text)?;
    Ok(found.into_iter().map(Resource::into_value).collect())
}

fn of_documents(mut waiting: VecDeque<Shared>, text: &Text) -> Result<Vec<Resource>> {
    let mut found = Vec::new();
    while let Some(value) = waiting.pop_front() {
        if value.is_written() {
            found.push(Resource::of(value, text.content.clone()));
        } else {
            take_apart(value.into_value(), text, &mut found, &mut waiting)?;
        }
    }
    Ok(found)
}

/// The objects of values, each with its text.
pub(crate) fn of_values(values: Vec<(Value, Text)>) -> Result<Vec<Resource>> {
    let mut found = Vec::new();
    for (value, text) in values {
        found.extend(of_documents(VecDeque::from([Shared::new(value)]), &text)?);
    }
    Ok(found)
}

/// The items of a list come after all other documents of the text.
fn take_apart(
    mut value: Value,
    text: &Text,
    found: &mut Vec<Resource>,
    waiting: &mut VecDeque<Shared>,
) -> Result<()> {
    if value.is_null() || (value.is_map() && value.is_empty()) {
        return Ok(());
    }
    if !value.is_map() {
        return Err(Error::at(value.span, "this is not an object"));
    }
    if value.text_of("kind").ends_with("List")
        && let Some(items) = value.remove("items")
    {
        let span = items.span;
        return match items.data {
            Data::List(items) => {
                waiting.extend(items.into_iter().map(Shared::new));
                Ok(())
            }
            Data::Word(_) if items.is_null() => Ok(()),
            _ => Err(Error::at(span, "`items` must be a list")),
        };
    }
    let name = value.at(&["metadata", "name"]);
    if value.text_of("kind").is_empty() {
        return Err(Error::at(value.span, "this object has no `kind`"));
    }
    if name.is_none_or(|name| name.text().is_empty()) {
        let span = name.or(value.get("metadata")).unwrap_or(&value).span;
        return Err(Error::at(span, "this object has no `metadata.name`"));
    }
    found.push(Resource::new(value, text.content.clone()));
    Ok(())
}
