//! Fields and methods of native values.

use super::{files, time, versions};
use crate::Result;
use crate::exec::Call;
use crate::exec::function::fail;
use crate::value::{Native, Value};

/// The field or method of a value; `None` if it has none with this name.
pub(crate) fn method(
    call: &mut Call<'_, '_>,
    of: &Native,
    name: &str,
    arguments: &[Value],
) -> Result<Option<Value>> {
    let no_arguments = |value: Option<&Value>| {
        if value.is_some() && !arguments.is_empty() {
            return fail(format!("{name} has arguments but cannot be invoked as function"));
        }
        Ok(value.cloned())
    };
    match of {
        Native::Struct(of) => no_arguments(of.field(name)),
        Native::Files(of) => files::method(call, of, name, arguments),
        Native::ApiVersions(versions) => match (name, arguments) {
            ("Has", [version]) => Ok(Some(versions.contains(&*super::cast::text(version)).into())),
            ("Has", _) => fail("wrong number of args for Has: want 1"),
            _ => Ok(None),
        },
        Native::KubeVersion(version) => no_arguments(
            match name {
                "Version" | "GitVersion" | "String" => Some(Value::from(version.version.as_str())),
                "Major" => Some(Value::from(version.major.as_str())),
                "Minor" => Some(Value::from(version.minor.as_str())),
                _ => None,
            }
            .as_ref(),
        ),
        Native::Version(version) => versions::method(version, name, arguments),
        Native::Time(at) => time::method(*at, name, arguments),
    }
}
