//! Functions of OPA that the interpreter lacks, or that it evaluates differently.
//!
//! A function is undefined for arguments of a wrong type, as in OPA.

mod dates;
mod known;
mod net;
mod old;
mod patterns;
mod text;
mod url;

use known::{REFUSED, arguments as known, refused};

use super::mocks::real;
use regorus::unstable::BUILTINS;
use regorus::{Engine, Value};

/// A function; `None` means undefined.
type Call = fn(&[Value]) -> Option<Value>;

/// Functions that replace those of the interpreter.
const OWN: &[(&str, u8, Call)] = &[
    ("sprintf", 2, text::sprintf),
    ("strings.split_n", 3, text::split_n),
    ("indexof", 2, text::indexof),
    ("upper", 1, text::upper),
    ("lower", 1, text::lower),
    ("to_number", 1, text::to_number),
    ("crypto.sha256", 1, old::sha256),
    ("semver.is_valid", 1, old::is_version),
    ("semver.compare", 2, old::compare_versions),
    ("array.flatten", 1, old::flatten),
    ("any", 1, old::any),
    ("all", 1, old::all),
    ("cast_array", 1, old::cast_array),
    ("cast_boolean", 1, old::cast_boolean),
    ("cast_null", 1, old::cast_null),
    ("cast_object", 1, old::cast_object),
    ("cast_set", 1, old::cast_set),
    ("cast_string", 1, old::cast_string),
    ("set_diff", 2, old::set_diff),
    ("re_match", 2, patterns::is_match),
    ("regex.match", 2, patterns::is_match),
    ("regex.is_valid", 1, patterns::is_valid),
    ("regex.find_n", 3, patterns::find_n),
    ("regex.find_all_string_submatch_n", 3, patterns::find_submatches),
    ("regex.replace", 3, patterns::replace),
    ("regex.split", 2, patterns::split),
    ("net.cidr_contains", 2, net::contains),
    ("net.cidr_overlap", 2, net::contains),
    ("net.cidr_intersects", 2, net::intersects),
    ("net.cidr_is_valid", 1, net::is_valid),
    ("urlquery.encode", 1, url::encode),
    ("urlquery.decode", 1, url::decode),
    ("urlquery.encode_object", 1, url::encode_object),
    ("urlquery.decode_object", 1, url::decode_object),
    ("time.parse_rfc3339_ns", 1, dates::parse_rfc3339),
    ("time.parse_duration_ns", 1, dates::parse_duration),
    ("time.date", 1, dates::date),
    ("time.clock", 1, dates::clock),
    ("time.weekday", 1, dates::weekday),
    ("time.add_date", 4, dates::add_date),
    ("parse_config", 2, text::parse_config),
];

/// Adds the functions to an engine, and the refused ones in the same way.
pub(super) fn add(engine: &mut Engine) -> Result<(), String> {
    for (name, arguments, call) in OWN {
        let extension = move |arguments: Vec<Value>| match call(&arguments) {
            Some(value) => Ok(value),
            // If the message could not be written, the finding would be lost silently.
            None if *name == "sprintf" => {
                Err(anyhow::Error::msg("`sprintf` takes a text and a list of values"))
            }
            None => Ok(Value::Undefined),
        };
        engine
            .add_extension((*name).into(), *arguments, Box::new(extension))
            .map_err(|error| error.to_string())?;
        engine
            .add_extension(real(name), *arguments, Box::new(extension))
            .map_err(|error| error.to_string())?;
    }
    for (name, reason) in REFUSED {
        let arguments = known(name).and_then(|arguments| u8::try_from(arguments).ok()).unwrap_or(1);
        let refuse = move |_| Err(anyhow::Error::msg(format!("`{name}` cannot be called: {reason}")));
        engine
            .add_extension((*name).into(), arguments, Box::new(refuse))
            .map_err(|error| error.to_string())?;
        engine.add_extension(real(name), arguments, Box::new(refuse)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The number of arguments of a function that is added to an engine.
pub(super) fn added(name: &str) -> Option<usize> {
    let own = OWN.iter().find(|(own, ..)| *own == name).map(|(_, arguments, _)| usize::from(*arguments));
    own.or_else(|| refused(name).map(|_| known(name).unwrap_or(1)))
}

/// The number of arguments of a function that no module defines, or the reason why it cannot be called.
pub(super) fn callable(name: &str) -> Result<usize, String> {
    if let Some(reason) = refused(name) {
        return Err(format!("`{name}` cannot be called: {reason}"));
    }
    let own = OWN.iter().find(|(own, ..)| *own == name).map(|(_, arguments, _)| usize::from(*arguments));
    match (own, known(name)) {
        (Some(arguments), _) => Ok(arguments),
        (None, Some(arguments)) if BUILTINS.contains_key(name) => Ok(arguments),
        (None, Some(_)) => Err(format!("`{name}` of OPA is not supported")),
        (None, None) => Err(format!("there is no function `{name}`")),
    }
}

fn string(value: Option<&Value>) -> Option<&str> {
    value?.as_string().ok().map(AsRef::as_ref)
}

/// The elements of a list or a set.
fn members(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(array) => Some(array.iter().collect()),
        Value::Set(set) => Some(set.iter().collect()),
        _ => None,
    }
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::from(values.into_iter().collect::<Vec<_>>())
}
