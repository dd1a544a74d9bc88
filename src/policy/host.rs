//! The functions that policies may call in addition to those of Rego. Each answer is about the cluster that the policy
//! checks.

use super::input::{PolicyVerdict, Resolved};
use crate::model::reference::{Reference, is_short, readable};
use crate::model::scope;
use crate::pull::Resolver;
use crate::rules::view::ClusterView;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The functions by name, each with the number of its arguments.
pub(super) const FUNCTIONS: [(&str, u8); 4] =
    [("pullwarden.resolve", 1), ("pullwarden.allowed", 1), ("pullwarden.covers", 2), ("pullwarden.parse", 1)];

/// The maximum number of full names for a short name. Nobody searches more registries.
const MAX_CANDIDATES: usize = 16;

/// The result of a function in a test, where there is no cluster.
pub(super) fn without_cluster(function: &str, arguments: &[Value]) -> Result<Value, String> {
    match function {
        "pullwarden.covers" | "pullwarden.parse" => by_name(function, arguments),
        _ => Err(format!("{function}: a test has no cluster; write `with {function} as …`")),
    }
}

/// The result of a function that needs no cluster.
fn by_name(function: &str, arguments: &[Value]) -> Result<Value, String> {
    match function {
        "pullwarden.covers" => {
            let (scope, name) = (text(function, arguments, 0)?, text(function, arguments, 1)?);
            Ok(scope::covers(scope, scope::repository(name)).into())
        }
        "pullwarden.parse" => Ok(parse(text(function, arguments, 0)?)),
        _ => Err(format!("there is no function {function}")),
    }
}

fn text<'a>(function: &str, arguments: &'a [Value], number: usize) -> Result<&'a str, String> {
    match arguments.get(number) {
        Some(Value::String(text)) => Ok(text),
        other => Err(format!("{function}: argument {} is {}, not a string", number + 1, type_of(other))),
    }
}

/// The results of functions for one cluster.
pub(super) struct Answers<'v, 'c> {
    view: &'v ClusterView<'c>,
    resolver: OnceLock<Option<Resolver<'v>>>,
    known: Mutex<HashMap<String, Resolved>>,
}

impl<'v, 'c> Answers<'v, 'c> {
    pub(super) fn new(view: &'v ClusterView<'c>) -> Self {
        Self { view, resolver: OnceLock::new(), known: Mutex::default() }
    }

    /// The result of a function. `Err` says which argument is wrong.
    pub(super) fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, String> {
        match function {
            "pullwarden.resolve" => {
                let resolved = self.resolve(text(function, arguments, 0)?);
                serde_json::to_value(resolved).map_err(|error| error.to_string())
            }
            "pullwarden.allowed" => Ok(match self.resolve(text(function, arguments, 0)?).verdict {
                PolicyVerdict::Accepted | PolicyVerdict::IfSigned => true.into(),
                PolicyVerdict::Rejected => false.into(),
                PolicyVerdict::Unknown => Value::Null,
            }),
            _ => by_name(function, arguments),
        }
    }

    fn resolve(&self, spec: &str) -> Resolved {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(spec).cloned();
        known.unwrap_or_else(|| {
            let resolved = self.ask(spec);
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(spec.to_owned(), resolved.clone());
            resolved
        })
    }

    fn ask(&self, spec: &str) -> Resolved {
        let resolver = self.resolver.get_or_init(|| self.view.loaded_files().map(Resolver::of_files));
        let Some(resolver) = resolver else { return Resolved::unknown(spec) };
        let name = readable(spec);
        let names = resolver.candidates(&name).into_iter().take(MAX_CANDIDATES);
        let resolutions: Vec<_> = names.map(|name| resolver.resolve(&name)).collect();
        Resolved::of(spec, is_short(&name), &resolutions)
    }
}

fn type_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "missing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

/// The parts of the name of an image. For a short name the registry is null, since the search list of the cluster
/// decides.
fn parse(spec: &str) -> Value {
    let short = is_short(spec);
    let reference = match Reference::parse(spec) {
        Ok(reference) => reference,
        Err(error) => return json!({"spec": spec, "valid": false, "error": error.to_string()}),
    };
    // A short name has no host, so its first colon begins the tag.
    let written = spec.split(['@', ':']).next().unwrap_or(spec);
    let (registry, name) = if short { (None, written) } else { (Some(reference.domain()), reference.name()) };
    json!({
        "spec": spec,
        "valid": true,
        "short": short,
        "registry": registry,
        "name": name,
        "repository": registry.map_or(name, |registry| &name[registry.len() + 1..]),
        "tag": reference.tag,
        "digest": reference.digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_parts() {
        assert_eq!(
            parse(
                "quay.io:8443/a/b:1@sha256:0000000000000000000000000000000000000000000000000000000000000000"
            ),
            json!({
                "spec": "quay.io:8443/a/b:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "valid": true, "short": false, "registry": "quay.io:8443", "name": "quay.io:8443/a/b",
                "repository": "a/b", "tag": "1",
                "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            })
        );
        let short = parse("nginx:1");
        assert_eq!(
            (&short["short"], &short["registry"], &short["name"]),
            (&true.into(), &Value::Null, &"nginx".into())
        );
        assert_eq!(parse("Not A Name")["valid"], false);
    }
}
