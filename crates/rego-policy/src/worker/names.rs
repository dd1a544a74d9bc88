//! Finds calls of functions that do not exist, before a policy runs.

use super::{functions, place, refs};
use crate::{Fault, Host, Place};
use regorus::unstable::{Expr, Literal, Module, Query, Ref, Rule, RuleAssign, RuleHead};
use std::collections::BTreeMap;

/// The functions of a set, by path, with the number of their arguments.
type Functions = BTreeMap<String, usize>;

/// The calls in the modules of a set that cannot work.
pub(super) fn check(set: usize, modules: &[Ref<Module>], host: &Host, faults: &mut Vec<Fault>) {
    let mut functions = Functions::new();
    for module in modules {
        for rule in &module.policy {
            let (refr, arguments) = match rule.as_ref() {
                Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, args.len()),
                Rule::Default { refr, args, .. } if !args.is_empty() => (refr, args.len()),
                _ => continue,
            };
            if let (Some(package), Some(name)) =
                (refs::components(&module.package.refr), refs::components(refr))
            {
                functions.insert(format!("data.{}.{}", package.join("."), name.join(".")), arguments);
            }
        }
    }
    for module in modules {
        let Some(source) = place::number(module.package.span.source.file()) else { continue };
        let Some(package) = refs::components(&module.package.refr) else { continue };
        let mut walk =
            Walk { set, source, module, package: package.join("."), functions: &functions, host, faults };
        for rule in &module.policy {
            walk.rule(rule);
        }
    }
}

struct Walk<'a> {
    set: usize,
    source: usize,
    module: &'a Module,
    package: String,
    functions: &'a Functions,
    host: &'a Host,
    faults: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { args, value, .. } => {
                args.iter().for_each(|argument| self.expression(argument));
                self.expression(value);
            }
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { refr, assign, .. } => {
                        self.expression(refr);
                        self.assign(assign.as_ref());
                    }
                    RuleHead::Set { refr, key, .. } => {
                        self.expression(refr);
                        key.iter().for_each(|key| self.expression(key));
                    }
                    RuleHead::Func { args, assign, .. } => {
                        args.iter().for_each(|argument| self.expression(argument));
                        self.assign(assign.as_ref());
                    }
                }
                for body in bodies {
                    self.assign(body.assign.as_ref());
                    self.query(&body.query);
                }
            }
        }
    }

    fn assign(&mut self, assign: Option<&RuleAssign>) {
        if let Some(assign) = assign {
            self.expression(&assign.value);
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    key.iter().for_each(|key| self.expression(key));
                    self.expression(value);
                    self.expression(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expression(expr),
                Literal::Every { domain, query, .. } => {
                    self.expression(domain);
                    self.query(query);
                }
            }
            // What stands in for a function is named, not called.
            for with in &statement.with_mods {
                self.expression(&with.r#as);
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|item| self.expression(item))
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.expression(key);
                self.expression(value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expression(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expression(key);
                self.expression(value);
                self.query(query);
            }
            Expr::Call { fcn, params, .. } => {
                self.call(fcn, params.len());
                params.iter().for_each(|param| self.expression(param));
            }
            Expr::UnaryExpr { expr, .. } => self.expression(expr),
            Expr::RefDot { refr, .. } => self.expression(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.expression(refr);
                self.expression(index);
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expression(lhs);
                self.expression(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                key.iter().for_each(|key| self.expression(key));
                self.expression(value);
                self.expression(collection);
            }
        }
    }

    fn call(&mut self, function: &Expr, arguments: usize) {
        let Some(path) = refs::components(function) else { return };
        // It takes as many arguments as there are.
        if path == ["print"] {
            return;
        }
        let message = match self.arguments(&path) {
            Err(message) => message,
            // The result may be asked for behind the arguments.
            Ok(wanted) if arguments == wanted || arguments == wanted + 1 => return,
            Ok(wanted) => {
                let plural = if wanted == 1 { "" } else { "s" };
                format!("`{}` takes {wanted} argument{plural}, not {arguments}", path.join("."))
            }
        };
        let span = function.span();
        // The span of a path ends with its last name.
        let (start, end) = (span.start as usize, span.end as usize);
        let place = Place { set: self.set, source: self.source, start, end };
        self.faults.push(Fault { place: Some(place), message });
    }

    /// How many arguments a function takes, or why it cannot be called.
    fn arguments(&self, path: &[String]) -> Result<usize, String> {
        let name = path.join(".");
        let own = format!("data.{}.{name}", self.package);
        if let Some(arguments) = self.functions.get(&own).or_else(|| self.functions.get(&name)) {
            return Ok(*arguments);
        }
        if let Some(target) = self.imported(&path[0]) {
            let full = target.into_iter().chain(path[1..].iter().cloned()).collect::<Vec<_>>().join(".");
            if full.starts_with("data.") {
                return self
                    .functions
                    .get(&full)
                    .copied()
                    .ok_or_else(|| format!("there is no function `{full}`"));
            }
        }
        if let Some(function) = self.host.functions.iter().find(|function| function.name == name) {
            return Ok(usize::from(function.arguments));
        }
        functions::callable(&name)
    }

    /// What a name at the begin of a path is imported from.
    fn imported(&self, name: &str) -> Option<Vec<String>> {
        self.module.imports.iter().find_map(|import| {
            let target = refs::components(&import.refr)?;
            let alias =
                import.r#as.as_ref().map_or(target.last().map(String::as_str), |alias| Some(alias.text()));
            if alias == Some(name) { Some(target) } else { None }
        })
    }
}
