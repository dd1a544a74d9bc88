//! Runs tests of policies, and finds the statement that is false in a failed test.

use super::evaluate::{Evaluation, within};
use super::find::TestSyntax;
use super::place;
use super::watch::Watch;
use crate::{Coverage, Fault, Place, TestOutcome, Verdict};
use regorus::unstable::{Expr, Literal, LiteralStmt, Rule};
use regorus::{Engine, Value};

impl Evaluation {
    /// Runs one test.
    pub(super) fn test(&mut self, number: usize, watch: &Watch) -> TestOutcome {
        let test = self.loaded.found.tests[number].clone();
        if test.is_todo() {
            return TestOutcome { test: number, verdict: Verdict::Todo, prints: Vec::new() };
        }
        let syntax = &self.loaded.found.test_syntax[number];
        let engine = &mut self.loaded.engines[test.set];
        engine.set_enable_coverage(true);
        engine.set_input(Value::new_object());
        let (evaluated, _) = watch.over(|| engine.eval_rule_in_module(&syntax.module, &syntax.rule, false));
        let prints = engine.take_prints().unwrap_or_default();
        let verdict = match evaluated {
            Ok(data) => match within(&data, test.package.split('.').chain([test.name.as_str()])) {
                Value::Undefined | Value::Bool(false) => self.failed(number),
                _ => Verdict::Passed,
            },
            Err(error) => Verdict::Error(self.error(test.set, &format!("{error:#}"), test.place)),
        };
        let prints = prints.iter().map(|print| self.print(test.set, print)).collect();
        TestOutcome { test: number, verdict, prints }
    }

    /// Printed text, with the name of its module.
    fn print(&self, set: usize, print: &str) -> String {
        let named = print.split_once(':').and_then(|(module, rest)| {
            let name = &self.sets[set].sources.get(place::number(module)?)?.name;
            Some(format!("{name}:{rest}"))
        });
        named.unwrap_or_else(|| print.to_owned())
    }

    fn error(&self, set: usize, error: &str, head: Place) -> Fault {
        let mut fault = self.fault(set, error);
        fault.place = fault.place.or(Some(head));
        fault
    }

    /// Finds the first statement that is false: all statements before it are true.
    fn failed(&self, number: usize) -> Verdict {
        let test = &self.loaded.found.tests[number];
        let TestSyntax { module, rule } = &self.loaded.found.test_syntax[number];
        let nowhere = Verdict::Failed { place: test.place, values: Vec::new() };
        let Rule::Spec { bodies, .. } = rule.as_ref() else { return nowhere };
        let Some(body) = bodies.last() else { return nowhere };
        let written = module.package.span.source.contents();
        let imports: String =
            module.imports.iter().map(|import| ["import ", &import_text(import), "\n"].concat()).collect();
        let head = format!("package {}\n{imports}", test.package);
        let probe = |statements: &[LiteralStmt], value: &str, more: &str| {
            let mut engine = self.loaded.engines[test.set].clone();
            engine.set_rego_v0(!module.rego_v1);
            engine.set_enable_coverage(false);
            let body: Vec<_> =
                statements.iter().map(|statement| statement_text(written, statement)).collect();
            let rule = if module.rego_v1 {
                format!("__probe contains __value if {{\n{}\n{more}__value := {value}\n}}\n", body.join("\n"))
            } else {
                format!("__probe[__value] {{\n{}\n{more}__value := {value}\n}}\n", body.join("\n"))
            };
            ask(&mut engine, &test.package, &format!("{head}{rule}"))
        };
        for (n, statement) in body.query.stmts.iter().enumerate() {
            // A statement that needs a later one cannot be evaluated alone.
            let Some(values) = probe(&body.query.stmts[..=n], "true", "") else { continue };
            if !values.is_empty() {
                continue;
            }
            let (start, end) = bounds(written, statement.span.start, statement.span.end);
            let at =
                |start: usize, end: usize| self.loaded.texts[test.set].place(test.place.source, start, end);
            let with = statement
                .with_mods
                .first()
                .map_or("", |first| written.get(first.span.start as usize..end).unwrap_or(""));
            let with = if with.is_empty() || with.starts_with("with") {
                with.to_owned()
            } else {
                format!("with {with}")
            };
            let parts = parts(&statement.literal);
            let mut values = Vec::new();
            for part in parts {
                let (start, end) = expression_bounds(written, part);
                let Some(words) = written.get(start..end) else { continue };
                let one = format!("[__part | __part := {words} {with}]");
                let value =
                    probe(&body.query.stmts[..n], &one, "").and_then(|values| values.first().cloned());
                let value =
                    value.and_then(|value| value.as_array().ok().and_then(|array| array.get(0).cloned()));
                let value = value.and_then(|value| serde_json::to_value(value).ok());
                values.push((at(start, end), value));
            }
            return Verdict::Failed { place: at(start, end), values };
        }
        nowhere
    }

    /// The lines of all modules of a set, with and without evaluation.
    pub(super) fn coverage(&self) -> Vec<Coverage> {
        let mut all = Vec::new();
        for (set, engine) in self.loaded.engines.iter().enumerate() {
            let Ok(report) = engine.get_coverage_report() else { continue };
            for file in report.files {
                let Some(source) = place::number(&file.path) else { continue };
                all.push(Coverage { set, source, covered: file.covered, not_covered: file.not_covered });
            }
        }
        all.sort_by_key(|coverage| (coverage.set, coverage.source));
        all
    }
}

/// The values of `__probe` in a module that is added for it.
fn ask(engine: &mut Engine, package: &str, text: &str) -> Option<Vec<Value>> {
    engine.add_policy("probe".into(), text.to_owned()).ok()?;
    match engine.eval_rule(format!("data.{package}.__probe")).ok()? {
        Value::Set(values) => Some(values.iter().cloned().collect()),
        _ => Some(Vec::new()),
    }
}

fn import_text(import: &regorus::unstable::Import) -> String {
    let (start, end) = expression_bounds(import.refr.span().source.contents(), &import.refr);
    let path = import.refr.span().source.contents().get(start..end).unwrap_or_default();
    import.r#as.as_ref().map_or_else(|| path.to_owned(), |alias| format!("{path} as {}", alias.text()))
}

fn statement_text<'a>(text: &'a str, statement: &LiteralStmt) -> &'a str {
    let (start, end) = bounds(text, statement.span.start, statement.span.end);
    text.get(start..end).unwrap_or_default()
}

/// The parts of a statement whose values explain why it is false.
fn parts(literal: &Literal) -> Vec<&Expr> {
    match literal {
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => operands(expr),
        Literal::SomeIn { collection, .. } => vec![collection.as_ref()],
        Literal::Every { domain, .. } => vec![domain.as_ref()],
        Literal::SomeVars { .. } => Vec::new(),
    }
}

fn operands(expression: &Expr) -> Vec<&Expr> {
    let sides = match expression {
        Expr::BoolExpr { lhs, rhs, .. } | Expr::AssignExpr { lhs, rhs, .. } => {
            vec![lhs.as_ref(), rhs.as_ref()]
        }
        Expr::Membership { value, collection, .. } => vec![value.as_ref(), collection.as_ref()],
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        other => vec![other],
    };
    // A literal value needs no explanation.
    let told = |side: &&Expr| {
        !matches!(
            side,
            Expr::String { .. }
                | Expr::RawString { .. }
                | Expr::Number { .. }
                | Expr::Bool { .. }
                | Expr::Null { .. }
        )
    };
    sides.into_iter().filter(told).collect()
}

/// The bytes of an expression: the interpreter omits quotes.
fn expression_bounds(text: &str, expression: &Expr) -> (usize, usize) {
    let span = expression.span();
    bounds(text, span.start, span.end)
}

pub(super) fn bounds(text: &str, start: u32, end: u32) -> (usize, usize) {
    let (start, mut end) = (start as usize, end as usize);
    if text.get(end..).is_some_and(|rest| rest.starts_with(['"', '`'])) {
        end += 1;
    }
    let quoted = text.get(..start).is_some_and(|before| before.ends_with(['"', '`']));
    (start - usize::from(quoted), end)
}
