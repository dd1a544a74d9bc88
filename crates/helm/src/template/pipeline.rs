//! Parses tokens into pipelines.

use super::lex::{Kind, Token};
use super::number::Number;
use super::parse::Parser;
use super::source::At;
use super::tree::{Command, Operand, Pipe, Term};
use super::unquote::unquote;
use crate::Result;
use crate::functions;
use std::sync::Arc;

impl Parser<'_> {
    /// A pipeline, with the place of the delimiter or parenthesis that closes it.
    pub(super) fn pipeline(&mut self, context: &str) -> Result<(Pipe, At)> {
        let first = self.peek_word()?;
        let mut pipe =
            Pipe { variables: Vec::new(), is_assignment: false, commands: Vec::new(), at: first.at };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_word()?;
            match token.kind {
                Kind::RightDelimiter | Kind::RightParenthesis => {
                    self.check(&pipe, token.at, context)?;
                    return Ok((pipe, token.at));
                }
                Kind::Bool
                | Kind::Character
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawQuoted
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParenthesis => {
                    self.back(token);
                    let command = self.command()?;
                    pipe.at = pipe.at.to(command.at);
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
    }

    /// `$a :=`, `$a =`, and in a range `$a, $b :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<()> {
        loop {
            let variable = self.next_word()?;
            if variable.kind != Kind::Variable {
                self.back(variable);
                return Ok(());
            }
            let behind = self.next()?;
            let next = if behind.kind == Kind::Space { self.next_word()? } else { behind };
            let name: Arc<str> = self.text_of(variable).into();
            match next.kind {
                Kind::Declare | Kind::Assign => {
                    pipe.is_assignment = next.kind == Kind::Assign;
                    pipe.variables.push(Arc::clone(&name));
                    return self.declare(name, variable.at);
                }
                Kind::Comma => {
                    pipe.variables.push(Arc::clone(&name));
                    self.declare(name, variable.at)?;
                    if context != "range" || pipe.variables.len() > 1 {
                        return Err(self.error(next.at, format!("too many declarations in {context}")));
                    }
                    let then = self.peek_word()?;
                    if !matches!(then.kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                        return Err(self.error(then.at, "range can only initialize variables"));
                    }
                }
                _ => {
                    // Spaces behind a value matter, so they are put back, too.
                    self.back(next);
                    if behind.kind == Kind::Space {
                        self.back(behind);
                    }
                    self.back(variable);
                    return Ok(());
                }
            }
        }
    }

    fn check(&self, pipe: &Pipe, closed: At, context: &str) -> Result<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(closed, format!("missing value for {context}")));
        }
        for (stage, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = &command.operands[0];
            if matches!(first.term, Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(_)) {
                let why = format!("non executable command in pipeline stage {}", stage + 1);
                return Err(self.error(first.at, why));
            }
        }
        Ok(())
    }

    /// Operands separated by spaces, up to a `|` or the end of the pipeline.
    fn command(&mut self) -> Result<Command> {
        let mut at = self.peek_word()?.at;
        let mut operands = Vec::new();
        loop {
            self.peek_word()?;
            if let Some(operand) = self.operand()? {
                at = at.to(operand.at);
                operands.push(operand);
            }
            let token = self.next()?;
            match token.kind {
                Kind::Space => {}
                Kind::Pipe => break,
                Kind::RightDelimiter | Kind::RightParenthesis => {
                    self.back(token);
                    break;
                }
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        if operands.is_empty() {
            return Err(self.error(at, "empty command"));
        }
        Ok(Command { operands, at })
    }

    /// A term and the fields behind it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        let mut at = operand.at;
        loop {
            let token = self.next()?;
            if token.kind != Kind::Field {
                self.back(token);
                break;
            }
            at = at.to(token.at);
            fields.push(self.field(token));
        }
        if fields.is_empty() {
            return Ok(Some(operand));
        }
        match &mut operand.term {
            Term::Field(path) | Term::Variable(_, path) => path.append(&mut fields),
            Term::Bool(_) | Term::Text(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                let text = &self.source.text[operand.at.range()];
                return Err(self.error(at, format!("unexpected . after term {text:?}")));
            }
            _ => return Ok(Some(Operand { term: Term::Chain(Box::new(operand), fields), at })),
        }
        operand.at = at;
        Ok(Some(operand))
    }

    fn field(&self, token: Token) -> Arc<str> {
        self.text_of(token)[1..].into()
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_word()?;
        let text = self.text_of(token);
        let mut at = token.at;
        let term = match token.kind {
            Kind::Identifier => match functions::find(text) {
                Some(function) => Term::Function(function),
                None => return Err(self.error(at, format!("there is no function `{text}`"))),
            },
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Bool => Term::Bool(text == "true"),
            Kind::Field => Term::Field(vec![self.field(token)]),
            Kind::Variable => {
                let Some(name) = self.variable(text) else {
                    return Err(self.error(at, format!("undefined variable {text:?}")));
                };
                Term::Variable(name, Vec::new())
            }
            Kind::Number => match Number::read(text) {
                Some(number) => Term::Number(number),
                None => return Err(self.error(at, format!("illegal number syntax: {text:?}"))),
            },
            Kind::Character => {
                let said = unquote(text).unwrap_or_default();
                let mut characters = said.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => Term::Number(Number::character(character)),
                    _ => return Err(self.error(at, format!("malformed character constant: {text}"))),
                }
            }
            Kind::Quoted | Kind::RawQuoted => match unquote(text) {
                Some(said) => Term::Text(said.into()),
                None => return Err(self.error(at, "invalid syntax")),
            },
            Kind::LeftParenthesis => {
                self.descend(at)?;
                let (pipe, closed) = self.pipeline("parenthesized pipeline")?;
                self.rise();
                if !self.source.text[closed.range()].starts_with(')') {
                    return Err(self.error(at, "unclosed left paren"));
                }
                at = at.to(closed);
                Term::Pipe(Box::new(pipe))
            }
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand { term, at }))
    }
}
