//! `merge` and `mergeOverwrite`, as mergo implements them.

use super::defaults::is_empty;
use crate::exec::Call;
use crate::value::{Data, Map};
use crate::{Error, Result};

/// Copies values of `source` into `target`: those that are missing or empty there, or with `overwrites` all of them. Maps in
/// both are merged. A map that only the source has is shared from then on.
pub(super) fn merge(
    call: &mut Call<'_, '_>,
    target: &Map,
    source: &Map,
    overwrites: bool,
    depth: usize,
) -> Result<()> {
    if depth > 200 {
        return Err(Error::limit("maps nest too deeply to be merged"));
    }
    if target.is(source) {
        return Ok(());
    }
    call.bytes(source.len() * 64)?;
    call.steps(source.len())?;
    for (key, slot) in source.entries() {
        let old = target.get(&key);
        if slot.value.is_nil() && !overwrites {
            continue;
        }
        if let (Some(Data::Map(old)), Data::Map(new)) = (old.as_ref().map(|old| &old.data), &slot.value.data)
        {
            merge(call, old, new, overwrites, depth + 1)?;
            continue;
        }
        if overwrites || old.is_none_or(|old| is_empty(&old)) {
            target.insert_slot(&key, slot);
        }
    }
    Ok(())
}
