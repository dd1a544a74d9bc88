//! Finds calls of functions that do not exist, before a policy runs.

use super::place::{self, Texts};
use super::walk::{self, Visitor};
use super::{functions, refs, rewrite};
use crate::{Fault, Host, Place};
use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// The functions of a set, by path, with the number of their arguments.
type Functions = BTreeMap<String, usize>;

/// The calls in the modules of a set that can never succeed.
pub(super) fn check(texts: &Texts, modules: &[Ref<Module>], host: &Host, faults: &mut Vec<Fault>) {
    let mut functions = Functions::new();
    for module in modules {
        for rule in &module.policy {
            let (refr, arguments) = match rule.as_ref() {
                Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, args.len()),
                Rule::Default { refr, args, .. } if !args.is_empty() => (refr, args.len()),
                _ => continue,
            };
            if let Some(path) = path(module, refr) {
                functions.insert(path, arguments);
            }
        }
    }
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heads: BTreeMap<String, Place> = BTreeMap::new();
    for module in modules {
        let Some(source) = place::number(module.package.span.source.file()) else { continue };
        let Some(package) = refs::components(&module.package.refr) else { continue };
        let package = package.join(".");
        let mut calling = Calling {
            texts,
            source,
            module,
            package,
            functions: &functions,
            host,
            faults,
            called: BTreeSet::new(),
        };
        for rule in &module.policy {
            walk::rule(rule, &mut calling);
            let called = std::mem::take(&mut calling.called);
            if let Rule::Spec { head: RuleHead::Func { refr, .. }, .. } = rule.as_ref()
                && let Some(path) = path(module, refr)
            {
                let span = refr.span();
                let place = texts.place(source, span.start as usize, span.end as usize);
                heads.entry(path.clone()).or_insert(place);
                calls.entry(path).or_default().extend(called);
            }
        }
    }
    for (path, place) in heads {
        if reaches(&calls, &path) {
            let name = path.rsplit('.').next().unwrap_or_default();
            faults.push(Fault { place: Some(place), message: format!("`{name}` calls itself") });
        }
    }
}

fn path(module: &Module, refr: &Expr) -> Option<String> {
    let (package, name) = (refs::components(&module.package.refr)?, refs::components(refr)?);
    Some(format!("data.{}.{}", package.join("."), name.join(".")))
}

/// Whether a function calls itself, directly or through others.
fn reaches(calls: &BTreeMap<String, BTreeSet<String>>, path: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut left: Vec<&String> = calls.get(path).into_iter().flatten().collect();
    while let Some(next) = left.pop() {
        if next == path {
            return true;
        }
        if seen.insert(next) {
            left.extend(calls.get(next).into_iter().flatten());
        }
    }
    false
}

struct Calling<'a> {
    texts: &'a Texts,
    source: usize,
    module: &'a Module,
    package: String,
    functions: &'a Functions,
    host: &'a Host,
    faults: &'a mut Vec<Fault>,
    /// The called functions of the set.
    called: BTreeSet<String>,
}

impl Visitor for Calling<'_> {
    fn expression(&mut self, expression: &Expr) {
        if let Expr::Call { fcn, params, .. } = expression {
            self.call(fcn, params.len());
        }
    }
}

impl Calling<'_> {
    fn call(&mut self, function: &Expr, arguments: usize) {
        let Some(path) = refs::components(function) else { return };
        // These functions accept any number of arguments.
        if matches!(path[..], [ref name] if matches!(name.as_str(), "print" | rewrite::DEFINED | rewrite::METADATA))
        {
            return;
        }
        let message = match self.arguments(&path) {
            Err(message) => message,
            // A call may have an additional argument for the result.
            Ok(wanted) if arguments == wanted || arguments == wanted + 1 => return,
            Ok(wanted) => {
                let plural = if wanted == 1 { "" } else { "s" };
                format!("`{}` takes {wanted} argument{plural}, not {arguments}", path.join("."))
            }
        };
        let span = function.span();
        // The span of a path ends with its last name.
        let (start, end) = (span.start as usize, span.end as usize);
        let place = self.texts.place(self.source, start, end);
        self.faults.push(Fault { place: Some(place), message });
    }

    /// The number of arguments of a function, or the reason why it cannot be called.
    fn arguments(&mut self, path: &[String]) -> Result<usize, String> {
        let name = path.join(".");
        for path in [format!("data.{}.{name}", self.package), name.clone()] {
            if let Some(arguments) = self.functions.get(&path) {
                self.called.insert(path);
                return Ok(*arguments);
            }
        }
        // The documents of the host have the same names, and may be imported.
        if let Some(function) = self.host.functions.iter().find(|function| function.name == name) {
            return Ok(usize::from(function.arguments));
        }
        if let Some(target) = self.imported(&path[0]) {
            let full = target.into_iter().chain(path[1..].iter().cloned()).collect::<Vec<_>>().join(".");
            if full.starts_with("data.") {
                let found = self.functions.get(&full).copied();
                self.called.insert(full.clone());
                return found.ok_or_else(|| format!("there is no function `{full}`"));
            }
        }
        functions::callable(&name)
    }

    /// The path from which the first name of a path is imported.
    fn imported(&self, name: &str) -> Option<Vec<String>> {
        self.module.imports.iter().find_map(|import| {
            let target = refs::components(&import.refr)?;
            let alias =
                import.r#as.as_ref().map_or(target.last().map(String::as_str), |alias| Some(alias.text()));
            if alias == Some(name) { Some(target) } else { None }
        })
    }
}
