//! Strategic merge as in kustomize (kyaml's `merge2`): maps are merged, null removes, `$patch` is a directive, and lists are
//! replaced unless a schema defines a merge key.

use crate::error::{Error, Result};
use crate::schema::{MergeKeys, Schema};
use crate::value::{Data, Value};
use std::collections::{HashMap, HashSet};

/// The value of a `$patch`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges `patch` into `into`; a deleted object becomes an empty map.
pub(crate) fn merge(into: &mut Value, patch: &Value, schema: Schema<'_>) -> Result<()> {
    // kustomize does not replace a whole object.
    if patch.text_of("$patch") == "replace" {
        return Ok(());
    }
    let old = std::mem::replace(into, Value::map(patch.span));
    if let Some(merged) = merged(Some(old), patch.clone(), schema)? {
        *into = merged;
    }
    Ok(())
}

/// `old` merged with `patch`; `None` if nothing is left.
fn merged(old: Option<Value>, mut patch: Value, schema: Schema<'_>) -> Result<Option<Value>> {
    let old = old.filter(|old| !old.is_null());
    if patch.is_null() {
        return Ok(None);
    }
    if let Some(old) = &old
        && std::mem::discriminant(&old.data) != std::mem::discriminant(&patch.data)
    {
        let message =
            format!("this patch has {} where the object has {}", patch.type_name(), old.type_name());
        return Err(Error::at(patch.span, message));
    }
    if matches!(patch.data, Data::List(_)) {
        return merged_lists(old, patch, schema);
    }
    if let Data::Word(word) = &mut patch.data {
        // The quotes stay, and a value in quotes is a string.
        word.plain &= old.as_ref().is_none_or(|old| matches!(&old.data, Data::Word(old) if old.plain));
        return Ok(Some(in_place_of(patch, old.as_ref())));
    }
    let directive = take_directive(&mut patch)?;
    let mut base = match (directive, old) {
        (Directive::Delete, _) => return Ok(None),
        (Directive::Merge, Some(old)) => old,
        // In a new value, nulls remove nothing and are dropped.
        (_, old) => in_place_of(Value::map(patch.span), old.as_ref()),
    };
    let (Data::Map(members), Data::Map(patch)) = (&mut base.data, patch.data) else { return Ok(Some(base)) };
    // A key without a value is dropped as soon as a patch merges into its map; a written null stays.
    members.drop_absent(&|key| patch.position(key).is_some());
    members.merge(patch, |key, old, new| merged(old, new, schema.field(key)))?;
    Ok(Some(base))
}

fn in_place_of(new: Value, old: Option<&Value>) -> Value {
    match old {
        Some(old) => new.instead_of(old),
        None => new,
    }
}

fn merged_lists(old: Option<Value>, mut patch: Value, schema: Schema<'_>) -> Result<Option<Value>> {
    let keys = match schema.merge_keys() {
        MergeKeys::None => return Ok(Some(in_place_of(patch, old.as_ref()))),
        keys => keys,
    };
    let directive = list_directive(&mut patch)?;
    let patch = in_place_of(patch, old.as_ref());
    let (span, replaced) = (patch.span, patch.replaced);
    let Data::List(new) = patch.data else { return Ok(None) };
    let mut old_items = match (directive, old) {
        (Directive::Delete, _) => return Ok(None),
        (Directive::Merge, Some(Value { data: Data::List(items), .. })) => items,
        _ => Vec::new(),
    };
    let mut items = Vec::new();
    match keys {
        MergeKeys::Words | MergeKeys::None => {
            let mut known = HashSet::new();
            items
                .extend(new.into_iter().chain(old_items).filter(|item| known.insert(item.text().to_owned())));
        }
        MergeKeys::Keys(keys) => {
            let mut used = vec![false; old_items.len()];
            let index = (keys.len() <= MAX_INDEXED).then(|| ByKeys::of(&old_items, &keys));
            for item in new {
                let at = match &index {
                    Some(index) => index.position(&item, &used),
                    None => position(&old_items, &item, &keys),
                };
                let before = at.map(|at| {
                    used[at] = true;
                    std::mem::replace(&mut old_items[at], Value::map(span))
                });
                // An item to be replaced stays as it is, as a whole object does.
                if let Some(before) = before.as_ref().filter(|_| item.text_of("$patch") == "replace") {
                    items.push(before.clone());
                    continue;
                }
                items.extend(merged(before, item, schema.items())?.filter(|item| !item.is_empty()));
            }
            let rest = old_items.into_iter().zip(used).filter(|(_, used)| !used);
            items.extend(rest.map(|(item, _)| item));
        }
    }
    Ok(Some(Value { span, replaced, data: Data::List(items) }))
}

/// The old item that equals a new one: the first one that has the same values under the merge keys of the new one, or else
/// the first one whose own merge keys have the same values in the new one.
fn position(old: &[Value], new: &Value, keys: &[&str]) -> Option<usize> {
    let has = |item: &Value, due: &Value| {
        let mut due = keys.iter().filter_map(|key| Some((key, due.get(key)?.text()))).peekable();
        due.peek().is_some() && due.all(|(key, text)| item.get(key).is_some_and(|value| value.text() == text))
    };
    let found = old.iter().position(|item| has(item, new));
    found.or_else(|| old.iter().position(|item| has(new, item)))
}

/// The most merge keys of a list that is indexed; lists of Kubernetes have at most two.
const MAX_INDEXED: usize = 4;

/// The items of a list by the values under some of its merge keys.
struct ByKeys<'k> {
    keys: &'k [&'k str],
    /// The items with these values, and maybe others.
    with: HashMap<Vec<(usize, String)>, Vec<usize>>,
    /// The items with these values and no others.
    only: HashMap<Vec<(usize, String)>, Vec<usize>>,
}

impl<'k> ByKeys<'k> {
    fn of(items: &[Value], keys: &'k [&'k str]) -> Self {
        let mut index = Self { keys, with: HashMap::new(), only: HashMap::new() };
        for (number, item) in items.iter().enumerate() {
            let values = index.values(item);
            for some in parts(&values) {
                index.with.entry(some).or_default().push(number);
            }
            index.only.entry(values).or_default().push(number);
        }
        index
    }

    fn values(&self, item: &Value) -> Vec<(usize, String)> {
        let values = self.keys.iter().enumerate();
        values.filter_map(|(number, key)| Some((number, item.get(key)?.text().to_owned()))).collect()
    }

    /// The result of the function `position`. An item in `used` no longer counts.
    fn position(&self, new: &Value, used: &[bool]) -> Option<usize> {
        let values = self.values(new);
        let first = |numbers: Option<&Vec<usize>>| numbers?.iter().copied().find(|number| !used[*number]);
        let has_all = (!values.is_empty()).then(|| first(self.with.get(&values))).flatten();
        has_all.or_else(|| parts(&values).into_iter().filter_map(|some| first(self.only.get(&some))).min())
    }
}

/// All subsets of the values; there are few, since a list has few merge keys.
fn parts(values: &[(usize, String)]) -> Vec<Vec<(usize, String)>> {
    let choices = 1..1_usize << values.len();
    let chosen = |choice: usize| {
        let is_in = move |at: &usize| choice >> at & 1 == 1;
        (0..values.len()).filter(is_in).map(|at| values[at].clone()).collect()
    };
    choices.map(chosen).collect()
}

fn take_directive(map: &mut Value) -> Result<Directive> {
    let Some(directive) = map.remove("$patch") else { return Ok(Directive::Merge) };
    match directive.text() {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(Error::at(directive.span, format!("`$patch` cannot be `{other}`"))),
    }
}

/// The directive that is an item of its own.
fn list_directive(list: &mut Value) -> Result<Directive> {
    let Data::List(items) = &mut list.data else { return Ok(Directive::Merge) };
    let alone = |item: &Value| item.get("$patch").is_some() && item.members().len() == 1;
    let Some(at) = items.iter().position(alone) else { return Ok(Directive::Merge) };
    take_directive(&mut items.remove(at))
}
