//! Evaluates all rules of a package at once, which is faster than one after the other: common parts are evaluated once.
//!
//! A module in the language itself calls all rules. If it fails, each rule is evaluated alone.

use super::find::said;
use super::refs;
use crate::Kind;
use regorus::unstable::{Module, Ref, Rule, RuleHead};
use regorus::{Engine, Value};
use std::collections::BTreeMap;

/// The name of the module.
const NAME: &str = "__together";

/// The rules of a set by their packages, in the form of one module.
#[derive(Clone, Default)]
pub(super) struct Together(BTreeMap<String, (Ref2, String)>);

type Ref2 = (Ref<Module>, Ref<Rule>);

/// The text of the module; `None` if there is no rule.
pub(super) fn text(modules: &[Ref<Module>]) -> Option<String> {
    // The packages with the names of their rules, and whether each only adds to a set.
    let mut packages: BTreeMap<Vec<String>, BTreeMap<String, bool>> = BTreeMap::new();
    for module in modules {
        let Some(package) = refs::components(&module.package.refr) else { continue };
        for rule in &module.policy {
            let Some(name) = said(rule).filter(|name| Kind::of(name).is_some()) else { continue };
            let rules = packages.entry(package.clone()).or_default();
            *rules.entry(name.to_owned()).or_insert(true) &= adds_to_a_set(rule);
        }
    }
    let mut text = format!("package {NAME}\n");
    for (number, (package, names)) in packages.iter().enumerate() {
        let path: String =
            package.iter().map(|name| format!("[{}]", quoted(name))).collect::<Vec<_>>().concat();
        let rules: Vec<_> = names
            .iter()
            .map(|(name, is_set)| {
                let name = quoted(name);
                // A set is never undefined. Any other value is read so that an undefined one has no effect.
                match is_set {
                    true => format!("{name}: [data{path}[{name}]]"),
                    false => format!("{name}: [value | value := data{path}[{name}]]"),
                }
            })
            .collect();
        text.extend([
            "# ",
            &package.join("."),
            "\np",
            &number.to_string(),
            " := {",
            &rules.join(", "),
            "}\n",
        ]);
    }
    if packages.is_empty() { None } else { Some(text) }
}

fn adds_to_a_set(rule: &Rule) -> bool {
    matches!(rule, Rule::Spec { head: RuleHead::Set { .. }, .. })
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

impl Together {
    /// Adds the module to an engine.
    pub(super) fn add(engine: &mut Engine) -> Result<(), String> {
        let Some(text) = text(engine.get_modules()) else { return Ok(()) };
        engine.set_rego_v0(false);
        engine.add_policy(NAME.into(), text).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Finds the module in an engine.
    pub(super) fn of(modules: &[Ref<Module>]) -> Self {
        let Some(module) = modules.iter().find(|module| module.package.span.source.file() == NAME) else {
            return Self::default();
        };
        let text = module.package.span.source.contents();
        let packages = text.lines().filter_map(|line| line.strip_prefix("# "));
        let rules = packages.zip(&module.policy).enumerate().map(|(number, (package, rule))| {
            (package.to_owned(), ((module.clone(), rule.clone()), format!("p{number}")))
        });
        Self(rules.collect())
    }

    /// The values of the rules of a package by their names; `None` if one of them fails.
    pub(super) fn values(&self, engine: &mut Engine, package: &str) -> Option<Value> {
        let ((module, rule), name) = self.0.get(package)?;
        let data = engine.eval_rule_in_module(module, rule, false).ok()?;
        let values = data[NAME][name.as_str()].clone();
        // A rule with a value is not undefined.
        values.as_object().is_ok().then_some(values)
    }
}
