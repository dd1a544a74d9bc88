//! Versions.

use super::cast;
use crate::Result;
use crate::exec::function::{Function, fail, function};
use crate::semver::{Range, Version};
use crate::value::{Data, Native, NumberType, Value};
use std::rc::Rc;

pub(super) const TABLE: &[Function] = &[
    function("semver", "s", |_, arguments| match Version::parse(&cast::text(&arguments[0])) {
        Some(version) => Ok(Native::Version(Rc::new(version)).into()),
        None => fail("invalid semantic version"),
    }),
    function("semverCompare", "ss", |_, arguments| {
        let (range, version) = (cast::text(&arguments[0]), cast::text(&arguments[1]));
        let Some(range) = Range::parse(&range) else {
            return fail(format!("improper constraint: {range:?}"));
        };
        let Some(version) = Version::parse(&version) else { return fail("invalid semantic version") };
        Ok(range.contains(&version).into())
    }),
];

/// A field or method of a version.
pub(super) fn method(version: &Version, name: &str, arguments: &[Value]) -> Result<Option<Value>> {
    let number = |number: u64| Value::new(Data::Int(number.cast_signed(), NumberType::Uint64));
    let increased = |major, minor, patch| {
        let version = Version {
            prerelease: String::new(),
            metadata: String::new(),
            original: format!("{major}.{minor}.{patch}"),
            major,
            minor,
            patch,
        };
        Value::from(Native::Version(Rc::new(version)))
    };
    if let "Compare" | "LessThan" | "GreaterThan" | "Equal" | "LessThanEqual" | "GreaterThanEqual" = name {
        let [Value { data: Data::Native(Native::Version(other)), .. }] = arguments else {
            return fail(format!("{name} wants one *semver.Version"));
        };
        let order = version.compare(other);
        return Ok(Some(match name {
            "Compare" => Value::int(order as i64),
            "LessThan" => order.is_lt().into(),
            "GreaterThan" => order.is_gt().into(),
            "LessThanEqual" => order.is_le().into(),
            "GreaterThanEqual" => order.is_ge().into(),
            _ => order.is_eq().into(),
        }));
    }
    if !arguments.is_empty() {
        return fail(format!("wrong number of args for {name}"));
    }
    Ok(Some(match name {
        "Major" => number(version.major),
        "Minor" => number(version.minor),
        "Patch" => number(version.patch),
        "Prerelease" => version.prerelease.as_str().into(),
        "Metadata" => version.metadata.as_str().into(),
        "Original" => version.original.as_str().into(),
        "String" => version.to_string().into(),
        "IncMajor" => increased(version.major.saturating_add(1), 0, 0),
        "IncMinor" => increased(version.major, version.minor.saturating_add(1), 0),
        "IncPatch" if version.prerelease.is_empty() => {
            increased(version.major, version.minor, version.patch.saturating_add(1))
        }
        "IncPatch" => increased(version.major, version.minor, version.patch),
        _ => return Ok(None),
    }))
}
