//! Functions with default values.

use crate::exec::function::{Function, function, take};
use crate::value::{Data, Native, Value};

pub(super) const TABLE: &[Function] = &[
    function("default", "aa*", |_, arguments| {
        let given = arguments.get(1).filter(|given| !is_empty(given)).cloned();
        Ok(given.unwrap_or_else(|| arguments[0].clone()))
    }),
    function("empty", "a", |_, arguments| Ok(is_empty(&arguments[0]).into())),
    function("coalesce", "a*", |_, arguments| {
        Ok(arguments.iter().find(|argument| !is_empty(argument)).cloned().unwrap_or_else(Value::nil))
    }),
    function("all", "a*", |_, arguments| Ok((!arguments.iter().any(is_empty)).into())),
    function("any", "a*", |_, arguments| Ok(arguments.iter().any(|argument| !is_empty(argument)).into())),
    function("ternary", "aab", |_, arguments| {
        let [yes, no, condition] = take(arguments)?;
        Ok(if condition.as_bool() == Some(true) { yes } else { no })
    }),
];

/// Whether sprig treats a value as empty; a structure never is.
pub(super) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Native(Native::Struct(_) | Native::KubeVersion(_) | Native::Version(_) | Native::Time(_)) => {
            false
        }
        _ => !value.is_true(),
    }
}
