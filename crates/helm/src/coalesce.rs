//! Merges values: the values of a chart, those that its parent sets for it, and global values.
//!
//! Maps are merged; every other value is replaced. A null removes a key that the chart's own values have. Maps are
//! shared where Helm shares them, since templates can change them.

use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::value::{Data, Map, Slot, Value};
use std::cell::Cell;
use std::rc::Rc;

/// The key of the values that all charts share.
pub(crate) const GLOBAL: &str = "global";

/// Whether nulls remove keys now, or stay until a later step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    Delete,
    Keep,
}

/// The maximum number of copied values for one rendering. Each chart gets values of its parent, so nested charts
/// multiply them.
const MAX_COPIED: usize = 5_000_000;

/// The number of values that may still be copied for one rendering.
#[derive(Clone, Debug)]
pub(crate) struct Work(Rc<Cell<usize>>);

impl Default for Work {
    fn default() -> Self {
        Self(Rc::new(Cell::new(MAX_COPIED)))
    }
}

impl Work {
    /// Copies a value so that nothing is shared; places stay.
    fn copy(&self, value: &Value) -> Result<Value> {
        let left = self.0.get().checked_sub(1);
        self.0.set(
            left.ok_or_else(|| {
                Error::limit("the values of all charts together exceed the limit for charts")
            })?,
        );
        let data = match &value.data {
            Data::Map(map) => Data::Map(self.copy_map(map)?),
            Data::List(list) => {
                let items: Result<Vec<Value>> = list.items().iter().map(|item| self.copy(item)).collect();
                Data::List(list.with_items(items?))
            }
            data => data.clone(),
        };
        Ok(Value { data, ..value.clone() })
    }

    /// Copies a map so that nothing is shared.
    pub(crate) fn copy_map(&self, map: &Map) -> Result<Map> {
        let copied = Map::new();
        for (key, slot) in map.entries() {
            copied.insert_slot(&key, Slot { value: self.copy(&slot.value)?, ..slot });
        }
        Ok(copied)
    }
}

/// Writes `over` into `base`, which must not be shared. Values of `over` win, and their nulls stay.
pub(crate) fn overlay(base: &Map, over: &Map) {
    for (key, slot) in over.entries() {
        match (base.get(&key).as_ref().and_then(Value::as_map), slot.value.as_map()) {
            (Some(base), Some(over)) => overlay(base, over),
            _ => base.insert_slot(&key, slot),
        }
    }
}

/// The values of a chart and its subcharts; `given` has priority over the charts' own values.
pub(crate) fn coalesce(chart: &Instance<'_>, given: &Map, nulls: Nulls) -> Result<Map> {
    let values = chart.work.copy_map(given)?;
    coalesce_into(chart, &values, nulls)?;
    Ok(values)
}

fn coalesce_into(chart: &Instance<'_>, values: &Map, nulls: Nulls) -> Result<()> {
    own_values(chart, values, nulls)?;
    for subchart in &chart.subcharts {
        let below = match values.slot(&subchart.name) {
            None => {
                let below = Map::new();
                values.insert(&subchart.name, below.clone().into());
                below
            }
            Some(slot) => match slot.value.as_map() {
                Some(below) => below.clone(),
                None => return Err(no_table(&subchart.name, &slot)),
            },
        };
        globals(&below, values);
        coalesce_into(subchart, &below, nulls)?;
    }
    Ok(())
}

fn no_table(name: &str, slot: &Slot) -> Error {
    let message = format!("the values of the chart `{name}` are a map, not {}", slot.value.words());
    let error = Error::nowhere(message);
    match slot.value.origin.or(slot.key_origin) {
        Some(span) => error.or_at(span),
        None => error,
    }
}

/// Adds the chart's own values where they are not set.
fn own_values(chart: &Instance<'_>, values: &Map, nulls: Nulls) -> Result<()> {
    for (key, slot) in chart.work.copy_map(&chart.values)?.entries() {
        let Some(value) = values.get(&key) else {
            if nulls == Nulls::Delete {
                if slot.value.is_nil() {
                    continue;
                }
                if let Some(map) = slot.value.as_map() {
                    clean(map);
                }
            }
            values.insert_slot(&key, slot);
            continue;
        };
        if value.is_nil() && nulls == Nulls::Delete {
            values.remove(&key);
        } else if let (Some(over), Some(below)) = (value.as_map(), slot.value.as_map()) {
            let is_subchart = chart.subcharts.iter().any(|subchart| *subchart.name == *key);
            let nulls = if is_subchart { Nulls::Keep } else { nulls };
            if nulls == Nulls::Delete {
                clean(below);
            }
            tables(over, below, nulls);
        }
    }
    Ok(())
}

/// Copies the global values of the parent to a subchart; the parent's values win.
fn globals(values: &Map, parent: &Map) {
    let own = match values.get(GLOBAL) {
        None => Map::new(),
        Some(value) => match value.as_map() {
            Some(map) => map.clone(),
            None => return,
        },
    };
    let over = match parent.slot(GLOBAL) {
        None => Map::new(),
        Some(slot) => match slot.value.as_map() {
            Some(map) => map.clone(),
            None => return,
        },
    };
    for (key, slot) in over.entries() {
        let existing = own.get(&key);
        if let Some(map) = slot.value.as_map() {
            let above = map.shallow_copy();
            match &existing {
                None => {}
                Some(value) => match value.as_map() {
                    Some(below) => tables(&above, below, Nulls::Keep),
                    None => continue,
                },
            }
            own.insert_slot(&key, Slot { value: Value { data: Data::Map(above), ..slot.value }, ..slot });
        } else if existing.is_none_or(|value| value.as_map().is_none()) {
            own.insert_slot(&key, slot);
        }
    }
    values.insert(GLOBAL, own.into());
}

/// Adds values of `below` to `over`; values of `over` win.
pub(crate) fn tables(over: &Map, below: &Map, nulls: Nulls) {
    if over.is(below) {
        return;
    }
    for (key, slot) in below.entries() {
        match over.get(&key) {
            None => over.insert_slot(&key, slot),
            Some(value) if value.is_nil() => {
                if nulls == Nulls::Delete && !slot.value.is_nil() {
                    over.remove(&key);
                }
            }
            Some(value) => {
                if let (Some(over), Some(below)) = (value.as_map(), slot.value.as_map()) {
                    tables(over, below, nulls);
                }
            }
        }
    }
}

/// Removes keys with the value null, at any depth.
pub(crate) fn clean(map: &Map) {
    for (key, slot) in map.entries() {
        if slot.value.is_nil() {
            map.remove(&key);
        } else if let Some(map) = slot.value.as_map() {
            clean(map);
        }
    }
}
