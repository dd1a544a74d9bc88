//! Types of values.

use super::cast;
use super::equality::deep_equal;
use crate::exec::function::{Function, function};
use crate::value::{Data, Native, Value};

pub(super) const TABLE: &[Function] = &[
    function("typeOf", "a", |_, arguments| Ok(arguments[0].type_name().into())),
    function("typeIs", "sa", |_, arguments| {
        Ok((cast::text(&arguments[0]) == arguments[1].type_name()).into())
    }),
    function("typeIsLike", "sa", |_, arguments| {
        let (wanted, is) = (cast::text(&arguments[0]), arguments[1].type_name());
        Ok((wanted == is || is.strip_prefix('*') == Some(&*wanted)).into())
    }),
    function("kindOf", "a", |_, arguments| Ok(kind(&arguments[0]).into())),
    function("kindIs", "sa", |_, arguments| Ok((cast::text(&arguments[0]) == kind(&arguments[1])).into())),
    function("deepEqual", "aa", |call, arguments| Ok(deep_equal(call, &arguments[0], &arguments[1])?.into())),
];

fn kind(value: &Value) -> &'static str {
    match &value.data {
        Data::Nil => "invalid",
        Data::Bool(_) => "bool",
        Data::Int(_, of) => of.name(),
        Data::Float(_) => "float64",
        Data::Text(_) => "string",
        Data::Bytes(_) | Data::List(_) | Data::Native(Native::ApiVersions(_)) => "slice",
        Data::Map(_) | Data::Native(Native::Files(_)) => "map",
        Data::Native(Native::Version(_)) => "ptr",
        Data::Native(Native::Struct(of)) if of.name.starts_with('*') => "ptr",
        Data::Native(Native::KubeVersion(_) | Native::Struct(_) | Native::Time(_)) => "struct",
    }
}
