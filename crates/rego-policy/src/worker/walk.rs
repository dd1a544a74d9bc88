//! Walks the syntax tree.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Rule, RuleHead};

/// Gets the parts of a rule, from the outside to the inside.
pub(super) trait Visitor {
    /// An expression, before its parts.
    fn expression(&mut self, _expression: &Expr) {}
    /// A statement, before its parts.
    fn statement(&mut self, _statement: &LiteralStmt) {}
}

/// Visits all parts of a rule.
pub(super) fn rule(rule: &Rule, visitor: &mut impl Visitor) {
    match rule {
        Rule::Default { args, value, .. } => {
            for argument in args {
                expression(argument, visitor);
            }
            expression(value, visitor);
        }
        Rule::Spec { head, bodies, .. } => {
            let (values, assign): (Vec<&Expr>, _) = match head {
                RuleHead::Compr { refr, assign, .. } => (vec![refr], assign.as_ref()),
                RuleHead::Set { refr, key, .. } => {
                    ([refr].into_iter().chain(key).map(AsRef::as_ref).collect(), None)
                }
                RuleHead::Func { args, assign, .. } => {
                    (args.iter().map(AsRef::as_ref).collect(), assign.as_ref())
                }
            };
            for value in values {
                expression(value, visitor);
            }
            for assign in bodies.iter().filter_map(|body| body.assign.as_ref()).chain(assign) {
                expression(&assign.value, visitor);
            }
            for body in bodies {
                query(&body.query, visitor);
            }
        }
    }
}

fn query(query: &Query, visitor: &mut impl Visitor) {
    for one in &query.stmts {
        visitor.statement(one);
        statement(one, visitor);
    }
}

fn statement(statement: &LiteralStmt, visitor: &mut impl Visitor) {
    match &statement.literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn { key, value, collection, .. } => {
            for part in key.iter().chain([value, collection]) {
                expression(part, visitor);
            }
        }
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => expression(expr, visitor),
        Literal::Every { domain, query: body, .. } => {
            expression(domain, visitor);
            query(body, visitor);
        }
    }
    // The target of a `with` is named, not evaluated.
    for with in &statement.with_mods {
        expression(&with.r#as, visitor);
    }
}

/// Visits an expression and its parts.
pub(super) fn expression(whole: &Expr, visitor: &mut impl Visitor) {
    visitor.expression(whole);
    let (parts, body) = parts(whole);
    for part in parts {
        expression(part, visitor);
    }
    if let Some(body) = body {
        query(body, visitor);
    }
}

/// The direct parts of an expression, and the body if it is a comprehension.
pub(super) fn parts(whole: &Expr) -> (Vec<&Expr>, Option<&Query>) {
    let parts: Vec<&Expr> = match whole {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => Vec::new(),
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(AsRef::as_ref).collect(),
        Expr::Object { fields, .. } => {
            fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect()
        }
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            return (vec![term], Some(query));
        }
        Expr::ObjectCompr { key, value, query, .. } => return (vec![key, value], Some(query)),
        // The name of a function is not a value.
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
    };
    (parts, None)
}
