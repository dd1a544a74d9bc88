//! `reflect.DeepEqual`, which compares types, too.

use crate::exec::Call;
use crate::value::{Data, Native, Value};
use crate::{Error, Result};

const MAX_DEPTH: usize = 200;

/// Whether two values are equal, with equal types.
pub(super) fn deep_equal(call: &mut Call<'_, '_>, a: &Value, b: &Value) -> Result<bool> {
    equal(call, a, b, 0)
}

fn equal(call: &mut Call<'_, '_>, a: &Value, b: &Value, depth: usize) -> Result<bool> {
    if depth > MAX_DEPTH {
        return Err(Error::limit("values nest too deeply to be compared"));
    }
    call.steps(1)?;
    Ok(match (&a.data, &b.data) {
        (Data::Nil, Data::Nil) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a, of), Data::Int(b, other)) => a == b && of == other,
        #[expect(clippy::float_cmp, reason = "as Go does")]
        (Data::Float(a), Data::Float(b)) => a == b,
        (Data::Text(a), Data::Text(b)) => a.as_str() == b.as_str(),
        (Data::Bytes(a), Data::Bytes(b)) => a == b,
        (Data::List(a), Data::List(b)) => {
            if a.len() != b.len() || a.of() != b.of() {
                return Ok(false);
            }
            for (a, b) in a.items().iter().zip(b.items()) {
                if !equal(call, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Map(a), Data::Map(b)) => {
            if a.is(b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, slot) in a.entries() {
                let Some(other) = b.get(&key) else { return Ok(false) };
                if !equal(call, &slot.value, &other, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Native(Native::Version(a)), Data::Native(Native::Version(b))) => a == b,
        (Data::Native(Native::Time(a)), Data::Native(Native::Time(b))) => a == b,
        (Data::Native(_), Data::Native(_)) => a.type_name() == b.type_name(),
        _ => false,
    })
}
