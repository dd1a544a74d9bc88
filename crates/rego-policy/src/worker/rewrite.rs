//! Rewrites a module so that the interpreter evaluates it as OPA evaluates the original.
//!
//! - In OPA, `not f(input.a)` is false if `input.a` is undefined, since arguments are evaluated first. The rewritten module
//!   has `__defined([input.a]);` before it.
//! - The head `deny contains input.list[_].a` adds every value that is defined. The rewritten module binds the value at the
//!   end of the body.
//! - A line that begins with `(` begins a statement. The rewritten module has a `;` before it.
//! - `rego.metadata.rule()` returns the annotations of its own rule. The rewritten module asks for them by a number.
//!
//! No line is added or removed, and every place is known in both texts.

use super::tests::bounds;
use super::tokens::{Kind, Token, tokens};
use super::walk::{self, Visitor};
use regorus::unstable::{AssignOp, BoolOp, Expr, Literal, LiteralStmt, Module, Rule, RuleBody, RuleHead};
use std::collections::BTreeSet;
use std::ops::Range;

/// Is defined if its argument is.
pub(super) const DEFINED: &str = "__defined";
/// Returns annotations by their number.
pub(super) const METADATA: &str = "__metadata";

/// A rewritten module.
#[derive(Clone, Debug, Default)]
pub(super) struct Rewritten {
    pub text: String,
    /// The pieces of the text, one behind the other.
    pieces: Vec<Piece>,
    /// The rewritten text before this one, if this is not made from the original.
    before: Option<Box<Rewritten>>,
    /// Questions about annotations by their numbers: the place of each, and whether it is about the whole chain.
    pub questions: Vec<(usize, usize, bool)>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    /// The place in the original.
    origin: usize,
    /// Whether the text is the same in the original.
    verbatim: bool,
}

/// A change of a text.
struct Edit {
    /// The removed bytes.
    range: Range<usize>,
    /// The inserted parts.
    insert: Vec<Part>,
}

enum Part {
    Words(String),
    Copy(Range<usize>),
}

impl Rewritten {
    /// A module that is not rewritten.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// The place of a byte in the original.
    pub(super) fn original(&self, at: usize) -> usize {
        self.locate(at).0
    }

    /// The places of bytes in the original.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.original(range.start);
        let end = match self.locate(range.end.saturating_sub(1)) {
            (last, true) if range.end > range.start => last + 1,
            _ => self.original(range.end),
        };
        start..end.max(start)
    }

    /// The place of a byte in the original, and whether the byte is the same there.
    fn locate(&self, at: usize) -> (usize, bool) {
        let piece =
            self.pieces.partition_point(|piece| piece.start <= at).checked_sub(1).map(|n| &self.pieces[n]);
        let verbatim = piece.is_none_or(|piece| piece.verbatim);
        let at = piece.map_or(at, |piece| piece.origin + if piece.verbatim { at - piece.start } else { 0 });
        let (at, same) = self.before.as_ref().map_or((at, true), |before| before.locate(at));
        (at, same && verbatim)
    }

    /// A module that the interpreter can read. Questions get numbers from `first` on.
    pub(super) fn readable(text: &str, first: usize) -> Self {
        let text = with_separators(text);
        let mut questions = Vec::new();
        let edits = questions_in(&text, first, &mut questions);
        Self { questions, ..applied(&text, edits) }
    }

    /// The same module after it was read, rewritten so that it means what it means to OPA.
    pub(super) fn faithful(&self, module: &Module) -> Self {
        let mut edits = Edits { text: &self.text, found: Vec::new(), wrapped: BTreeSet::new() };
        for rule in &module.policy {
            edits.head(rule);
            walk::rule(rule, &mut edits);
        }
        let edits = edits.found;
        if edits.is_empty() {
            return self.clone();
        }
        let questions = self.questions.clone();
        Self { before: Some(Box::new(self.clone())), questions, ..applied(&self.text, edits) }
    }
}

/// Applies all edits that do not overlap.
fn applied(text: &str, mut edits: Vec<Edit>) -> Rewritten {
    edits.sort_by_key(|edit| edit.range.start);
    let mut rewritten = Rewritten::default();
    let mut at = 0;
    for edit in edits {
        if edit.range.start < at {
            continue;
        }
        rewritten.push(&text[at..edit.range.start], at, true);
        for part in edit.insert {
            match part {
                Part::Words(words) => rewritten.push(&words, edit.range.start, false),
                Part::Copy(range) => rewritten.push(&text[range.clone()], range.start, true),
            }
        }
        at = edit.range.end;
    }
    rewritten.push(&text[at..], at, true);
    rewritten
}

impl Rewritten {
    fn push(&mut self, words: &str, origin: usize, verbatim: bool) {
        if !words.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), origin, verbatim });
            self.text.push_str(words);
        }
    }
}

/// Inserts a `;` before each bracket that begins both a line and a statement.
fn with_separators(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut open = Vec::new();
    let mut before: Option<Token> = None;
    for token in tokens(text).filter(|token| token.kind != Kind::Comment) {
        let words = &text[token.range.clone()];
        if words == "(" && open.last() == Some(&"{") {
            let ends = before.as_ref().is_some_and(|before| {
                let word = &text[before.range.clone()];
                match before.kind {
                    Kind::Word => !matches!(
                        word,
                        "if" | "in" | "not" | "some" | "every" | "with" | "as" | "else" | "contains"
                    ),
                    Kind::Text | Kind::Number => true,
                    _ => matches!(word, ")" | "]" | "}"),
                }
            });
            let gap = before.as_ref().map_or("", |before| &text[before.range.end..token.range.start]);
            let last = token.range.start - 1;
            if ends && gap.contains('\n') && matches!(bytes[last], b' ' | b'\t') {
                bytes[last] = b';';
            }
        }
        match words {
            "(" | "[" | "{" => open.push(words),
            ")" | "]" | "}" => drop(open.pop()),
            _ => {}
        }
        before = Some(token);
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Replaces `rego.metadata.rule()` and `rego.metadata.chain()`.
fn questions_in(text: &str, first: usize, questions: &mut Vec<(usize, usize, bool)>) -> Vec<Edit> {
    let mut edits = Vec::new();
    if !text.contains("rego.metadata.") {
        return edits;
    }
    let tokens: Vec<Token> = tokens(text).collect();
    let word = |n: usize| tokens.get(n).map_or("", |token| &text[token.range.clone()]);
    for n in 0..tokens.len() {
        let start = ["rego", ".", "metadata", "."];
        if !start.iter().enumerate().all(|(m, wanted)| word(n + m) == *wanted)
            || (word(n + 5), word(n + 6)) != ("(", ")")
        {
            continue;
        }
        let chain = match word(n + 4) {
            "chain" => true,
            "rule" => false,
            _ => continue,
        };
        let range = tokens[n].range.start..tokens[n + 6].range.end;
        let number = first + questions.len();
        questions.push((number, range.start, chain));
        edits.push(Edit { range, insert: vec![Part::Words(format!("{METADATA}({number})"))] });
    }
    edits
}

/// Collects edits of a module that was read.
struct Edits<'a> {
    text: &'a str,
    found: Vec<Edit>,
    /// The starts of bodies that get braces.
    wrapped: BTreeSet<usize>,
}

impl Edits<'_> {
    fn insert(&mut self, at: usize, parts: Vec<Part>) {
        self.found.push(Edit { range: at..at, insert: parts });
    }

    fn range(&self, expression: &Expr) -> Range<usize> {
        let span = expression.span();
        let (start, end) = bounds(self.text, span.start, span.end);
        start..end
    }

    /// Whether the one statement that begins here is a body without braces.
    fn bare(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end();
        before.ends_with("if")
            && !before[..before.len() - 2].ends_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    /// Binds the value of a head at the end of the body if it has a wildcard.
    fn head(&mut self, rule: &Rule) {
        let Rule::Spec { head: RuleHead::Set { span, refr, key: Some(key) }, bodies, .. } = rule else {
            return;
        };
        // The interpreter has no exact start for an object.
        let end = bounds(self.text, span.start, span.end).1;
        let name = self.range(refr).end;
        let rest = &self.text[name..end];
        let old = rest.trim_start().starts_with('[');
        let before = if old { "[" } else { "contains" };
        let Some(at) = rest.find(before).map(|at| at + before.len()) else { return };
        let value = name + at..end - usize::from(old);
        let value = value.start
            + (self.text[value.clone()].len() - self.text[value.clone()].trim_start().len())
            ..value.end;
        if !wildcard(key) || bodies.len() > 1 || self.text[value.clone()].contains('\n') {
            return;
        }
        let bind = |before: &str, after: &str| {
            vec![
                Part::Words(format!("{before}__value := ")),
                Part::Copy(value.clone()),
                Part::Words(after.to_owned()),
            ]
        };
        let statements = bodies.first().map_or(&[][..], |RuleBody { query, .. }| &query.stmts);
        match (statements.first(), statements.last()) {
            (Some(first), Some(last)) => {
                let start = self.statement_range(first).start;
                let end = self.statement_range(last).end;
                if self.bare(start) {
                    self.wrapped.insert(start);
                    self.insert(start, vec![Part::Words("{ ".into())]);
                    self.insert(end, bind("; ", " }"));
                } else {
                    self.insert(end, bind("; ", ""));
                }
            }
            _ => {
                self.insert(end, bind(if old { " { " } else { " if { " }, " }"));
            }
        }
        self.found.push(Edit { range: value, insert: vec![Part::Words("__value".into())] });
    }

    fn statement_range(&self, statement: &LiteralStmt) -> Range<usize> {
        let (start, end) = bounds(self.text, statement.span.start, statement.span.end);
        start..end
    }
}

impl Visitor for Edits<'_> {
    /// Lets the arguments under a `not` be evaluated first.
    fn statement(&mut self, statement: &LiteralStmt) {
        let Literal::NotExpr { expr, .. } = &statement.literal else { return };
        let mut arguments = Vec::new();
        for argument in eager(expr) {
            undefinable(argument, &mut arguments);
        }
        if arguments.is_empty() || wildcard(expr) {
            return;
        }
        let range = self.statement_range(statement);
        let mut parts = vec![Part::Words(format!("{DEFINED}(["))];
        for (n, argument) in arguments.iter().enumerate() {
            if n > 0 {
                parts.push(Part::Words(", ".into()));
            }
            let argument = self.range(argument);
            if self.text[argument.clone()].contains('\n') {
                return;
            }
            parts.push(Part::Copy(argument));
        }
        parts.push(Part::Words("])".into()));
        if !statement.with_mods.is_empty() {
            let end = self.range(expr).end;
            let with = &self.text[end..range.end];
            let Some(at) = with.find("with") else { return };
            if with.contains('\n') {
                return;
            }
            parts.push(Part::Words(" ".into()));
            parts.push(Part::Copy(end + at..range.end));
        }
        parts.push(Part::Words("; ".into()));
        if self.bare(range.start) && !self.wrapped.contains(&range.start) {
            parts.insert(0, Part::Words("{ ".into()));
            self.insert(range.end, vec![Part::Words(" }".into())]);
        }
        self.insert(range.start, parts);
    }
}

/// The parts of a negated expression that OPA evaluates before it.
fn eager(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. }
        | Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
            // An equation evaluates a path by itself.
            let called = |side: &&Expr| {
                matches!(side, Expr::Call { .. } | Expr::ArithExpr { .. } | Expr::BinExpr { .. })
            };
            [lhs.as_ref(), rhs.as_ref()].into_iter().filter(called).collect()
        }
        Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::BinExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
        _ => Vec::new(),
    }
}

/// The parts of an expression that may be undefined.
fn undefinable<'a>(expression: &'a Expr, found: &mut Vec<&'a Expr>) {
    match expression {
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => {}
        Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => found.push(expression),
        Expr::Call { fcn, params, .. } => {
            // A comprehension is never undefined if it is counted, and should not be evaluated twice.
            let counts = matches!(fcn.as_ref(), Expr::Var { span, .. } if span.text() == "count");
            if !counts || !params.iter().all(|param| is_comprehension(param)) {
                found.push(expression);
            }
        }
        other => walk::parts(other).0.into_iter().for_each(|part| undefinable(part, found)),
    }
}

fn is_comprehension(expression: &Expr) -> bool {
    matches!(expression, Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. })
}

/// Whether the expression contains a `_`, outside of the bodies of comprehensions.
fn wildcard(expression: &Expr) -> bool {
    let own = matches!(expression, Expr::RefBrack { index, .. } if is_wildcard(index));
    let inside = match expression {
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => false,
        other => walk::parts(other).0.into_iter().any(wildcard),
    };
    own || inside
}

fn is_wildcard(index: &Expr) -> bool {
    matches!(index, Expr::Var { span, .. } if span.text() == "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use regorus::Engine;

    fn rewritten(text: &str) -> String {
        let readable = Rewritten::readable(text, 0);
        let mut engine = Engine::new();
        engine.add_policy("module-0".into(), readable.text.clone()).unwrap();
        let module = engine.get_modules()[0].clone();
        let faithful = readable.faithful(&module);
        Engine::new().add_policy("module-0".into(), faithful.text.clone()).unwrap();
        faithful.text
    }

    #[test]
    fn heads_bind_their_wildcards_at_the_end_of_the_body() {
        let cases = [
            ("deny contains input.list[_].a", "deny contains __value if { __value := input.list[_].a }"),
            (
                "deny contains {\"msg\": x, \"v\": input.list[_].a} if x := 1",
                "deny contains __value if { x := 1; __value := {\"msg\": x, \"v\": input.list[_].a} }",
            ),
            (
                "deny contains input.list[_].a if {\n\tinput.b # comment\n}",
                "deny contains __value if {\n\tinput.b; __value := input.list[_].a # comment\n}",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(rewritten(&format!("package t\n{text}\n")), format!("package t\n{expected}\n"));
        }
    }

    #[test]
    fn arguments_under_not_are_asked_for_first() {
        let cases = [
            ("a if not f(input.b, \"c\")", "a if { __defined([input.b]); not f(input.b, \"c\") }"),
            ("a if {\n\tnot \"b\" in input.c\n}", "a if {\n\t__defined([input.c]); not \"b\" in input.c\n}"),
            (
                "a if not f({\"b\": input.b, \"c\": [input.c]}) with input.b as 1",
                "a if { __defined([input.b, input.c]) with input.b as 1; not f({\"b\": input.b, \"c\": [input.c]}) with input.b as 1 }",
            ),
            (
                "a := [x | x := 1; not x > input.b]",
                "a := [x | x := 1; __defined([x, input.b]); not x > input.b]",
            ),
            ("a if not input.b", "a if not input.b"),
            ("a if not input.b == 1", "a if not input.b == 1"),
            ("a if not count([x | x := input.b[_]]) > 1", "a if not count([x | x := input.b[_]]) > 1"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                rewritten(&format!("package t\nf(_) if false\n{text}\n")),
                format!("package t\nf(_) if false\n{expected}\n")
            );
        }
    }

    #[test]
    fn places_are_those_of_the_original() {
        let text = "package t\ndeny contains input.list[_].a if not f(input.b)\nx := rego.metadata.rule()\n";
        let readable = Rewritten::readable(text, 0);
        let mut engine = Engine::new();
        engine.add_policy("module-0".into(), readable.text.clone()).unwrap();
        let faithful = readable.faithful(&engine.get_modules()[0].clone());
        for word in ["package t", "deny contains", "input.list[_].a", "not f(input.b)", "x :="] {
            let at = faithful.text.rfind(word).unwrap();
            assert_eq!(&text[faithful.range(at..at + word.len())], word);
        }
        let at = faithful.text.find("__metadata(0)").unwrap();
        assert!(text[faithful.original(at)..].starts_with("rego.metadata.rule()"));
    }
}
