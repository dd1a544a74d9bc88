//! Fields of values.

use super::{Call, Found, Machine};
use crate::value::{Data, Value};
use crate::{Error, Result};
use spanned_yaml::Span;

impl Machine<'_> {
    /// A key of a map, a field of a structure, or the result of a method.
    pub(super) fn field(
        &mut self,
        of: &Found,
        name: &str,
        arguments: Vec<Found>,
        span: Span,
    ) -> Result<Found> {
        self.budget.steps(1)?;
        let value = &of.value;
        let plain = |found: Option<Value>| {
            if arguments.is_empty() {
                Ok(found)
            } else {
                Err(Error::nowhere(format!("{name} is not a method but has arguments")))
            }
        };
        match &value.data {
            Data::Nil if of.is_held => {
                Err(Error::nowhere(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Data::Nil => Ok(Found::given(Value::nil())),
            Data::Map(map) => Ok(Found::held(plain(map.get(name))?.unwrap_or_else(Value::nil))),
            Data::Native(native) => {
                let arguments: Vec<Value> = arguments.into_iter().map(|argument| argument.value).collect();
                let mut call = Call { machine: self, span };
                match crate::functions::method(&mut call, native, name, &arguments)? {
                    Some(mut found) => {
                        found.is_unknown |= value.is_unknown;
                        Ok(Found::held(found))
                    }
                    None => Err(no_field(name, value)),
                }
            }
            _ => Err(no_field(name, value)),
        }
    }
}

fn no_field(name: &str, value: &Value) -> Error {
    Error::nowhere(format!("can't evaluate field {name} in type {}", value.type_name()))
}
