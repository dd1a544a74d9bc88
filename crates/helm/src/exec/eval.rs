//! Pipelines and their commands.

use super::function::{Function, Parameter, Special};
use super::{Found, Frame, Machine};
use crate::template::{At, Command, Number, Operand, Pipe, Term};
use crate::value::{Data, Map, Value};
use crate::{Error, Result};
use std::sync::Arc;

/// The input of a command: its operands, beginning with the command itself, and the value of the pipeline.
struct Given<'c> {
    operands: &'c [Operand],
    last: Option<Value>,
    at: At,
}

impl Machine<'_> {
    /// The value of a pipeline. It also sets the pipeline's variables.
    pub(super) fn pipeline(&mut self, frame: &mut Frame<'_>, dot: &Found, pipe: &Pipe) -> Result<Value> {
        self.budget.descend().map_err(|error| error.or_at(frame.source.span(pipe.at)))?;
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(frame, dot, command, last)?);
        }
        self.budget.rise();
        let value = last.unwrap_or_else(Value::nil);
        for name in &pipe.variables {
            let found = Found::given(value.clone());
            if pipe.is_assignment {
                self.assign(frame, name, found).map_err(|error| error.or_at(frame.source.span(pipe.at)))?;
            } else {
                frame.variables.push((Arc::clone(name), found));
            }
        }
        Ok(value)
    }

    /// Sets the innermost variable with a name.
    pub(super) fn assign(&mut self, frame: &mut Frame<'_>, name: &str, found: Found) -> Result<()> {
        self.budget.steps(frame.variables.len() / 16)?;
        match frame.variables.iter_mut().rev().find(|(known, _)| &**known == name) {
            Some((_, value)) => {
                *value = found;
                Ok(())
            }
            None => Err(Error::nowhere(format!("undefined variable: {name}"))),
        }
    }

    fn variable(&mut self, frame: &Frame<'_>, name: &str) -> Result<Found> {
        self.budget.steps(frame.variables.len() / 16)?;
        match frame.variables.iter().rev().find(|(known, _)| &**known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(Error::nowhere(format!("undefined variable: {name}"))),
        }
    }

    fn command(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Found,
        command: &Command,
        last: Option<Value>,
    ) -> Result<Value> {
        let given = Given { operands: &command.operands, last, at: command.at };
        let first = &command.operands[0];
        let takes_none = |frame: &Frame<'_>, given: &Given<'_>| {
            if given.operands.len() > 1 || given.last.is_some() {
                let text = &frame.source.text[first.at.range()];
                let why = format!("can't give argument to non-function {text}");
                return Err(Error::at(frame.source.span(first.at), why));
            }
            Ok(())
        };
        match &first.term {
            Term::Function(function) => return self.function(frame, dot, function, given),
            Term::Field(path) => return self.chain(frame, dot, dot.clone(), path, given),
            Term::Chain(inner, path) => {
                let start = self.operand(frame, dot, inner)?;
                return self.chain(frame, dot, start, path, given);
            }
            Term::Variable(name, path) if !path.is_empty() => {
                let start =
                    self.variable(frame, name).map_err(|error| error.or_at(frame.source.span(first.at)))?;
                return self.chain(frame, dot, start, path, given);
            }
            _ => {}
        }
        takes_none(frame, &given)?;
        if matches!(first.term, Term::Nil) {
            return Err(Error::at(frame.source.span(first.at), "nil is not a command"));
        }
        self.operand(frame, dot, first).map(|found| found.value)
    }

    /// The value of an argument that may be of any type.
    fn operand(&mut self, frame: &mut Frame<'_>, dot: &Found, operand: &Operand) -> Result<Found> {
        let none = Given { operands: &[], last: None, at: operand.at };
        let span = frame.source.span(operand.at);
        Ok(match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => Found::given(Value::nil()),
            Term::Bool(value) => Found::given(Value::from(*value)),
            Term::Number(number) => Found::given(
                constant(*number, Parameter::Any)
                    .ok_or_else(|| Error::at(span, "the number overflows int"))?,
            ),
            Term::Text(text) => Found::given(Value::from(&**text)),
            Term::Field(path) => Found::held(self.chain(frame, dot, dot.clone(), path, none)?),
            Term::Variable(name, path) => {
                let start = self.variable(frame, name).map_err(|error| error.or_at(span))?;
                if path.is_empty() {
                    start
                } else {
                    // A field of a variable without a value has no value either.
                    let is_held = !start.value.is_nil();
                    Found { is_held, ..Found::held(self.chain(frame, dot, start, path, none)?) }
                }
            }
            Term::Function(function) => Found::given(self.function(frame, dot, function, none)?),
            Term::Chain(inner, path) => {
                let start = self.operand(frame, dot, inner)?;
                let is_held = !start.value.is_nil();
                Found { is_held, ..Found::held(self.chain(frame, dot, start, path, none)?) }
            }
            Term::Pipe(pipe) => Found::given(self.pipeline(frame, dot, pipe)?),
        })
    }

    /// `.a.b.c`: each but the last is a key; the last may be a method, which gets the arguments.
    fn chain(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Found,
        start: Found,
        path: &[Arc<str>],
        given: Given<'_>,
    ) -> Result<Value> {
        let span = frame.source.span(given.operands.first().map_or(given.at, |first| first.at));
        let mut arguments = Vec::new();
        for operand in given.operands.iter().skip(1) {
            arguments.push(self.operand(frame, dot, operand)?);
        }
        arguments.extend(given.last.map(Found::given));
        let mut found = start;
        for (place, name) in path.iter().enumerate() {
            let is_last = place + 1 == path.len();
            let arguments = if is_last { std::mem::take(&mut arguments) } else { Vec::new() };
            found = self.field(&found, name, arguments, frame.action).map_err(|error| error.or_at(span))?;
        }
        Ok(found.value)
    }

    /// Calls a function.
    fn function(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Found,
        function: &'static Function,
        given: Given<'_>,
    ) -> Result<Value> {
        let span = frame.source.span(given.at);
        let operands = given.operands.get(1..).unwrap_or_default();
        let count = operands.len() + usize::from(given.last.is_some());
        function.check_count(count).map_err(|error| error.or_at(span))?;
        self.budget.steps(1 + count).map_err(|error| error.or_at(span))?;
        if let Some(Special::And | Special::Or) = function.special {
            let is_or = function.special == Some(Special::Or);
            let mut value = Value::nil();
            for operand in operands {
                value = self.operand(frame, dot, operand)?.value;
                if value.is_true() == is_or {
                    return Ok(value);
                }
            }
            return Ok(given.last.unwrap_or(value));
        }
        let mut arguments = Vec::with_capacity(count);
        for (place, operand) in operands.iter().enumerate() {
            let parameter = function.parameter(place);
            let value = match &operand.term {
                Term::Nil | Term::Bool(_) | Term::Number(_) | Term::Text(_) => {
                    literal(&operand.term, parameter)
                }
                _ => {
                    let found = self.operand(frame, dot, operand)?;
                    fit(found, parameter)
                }
            };
            arguments.push(value.map_err(|error| error.or_at(frame.source.span(operand.at)))?);
        }
        if let Some(last) = given.last {
            let parameter = function.parameter(operands.len());
            arguments.push(fit(Found::given(last), parameter).map_err(|error| error.or_at(span))?);
        }
        let called = self.call(function, &arguments, frame.action);
        called.map_err(|error| error.or_at(span))
    }
}

/// A number as an argument of the wanted type.
fn constant(number: Number, parameter: Parameter) -> Option<Value> {
    Some(match parameter {
        Parameter::Int => Value::int(number.int?),
        Parameter::Int64 => Value::int64(number.int?),
        Parameter::Float => Value::from(number.float),
        _ if number.is_float => Value::from(number.float),
        _ => Value::int(number.int?),
    })
}

/// A literal as an argument of the wanted type.
fn literal(term: &Term, parameter: Parameter) -> Result<Value> {
    let fits = match (term, parameter) {
        (Term::Nil, Parameter::Map) => Some(Map::new().into()),
        (Term::Nil, Parameter::Any) => Some(Value::nil()),
        (Term::Bool(value), Parameter::Any | Parameter::Bool) => Some(Value::from(*value)),
        (Term::Text(text), Parameter::Any | Parameter::Text) => Some(Value::from(&**text)),
        (Term::Number(number), Parameter::Any | Parameter::Int | Parameter::Int64 | Parameter::Float) => {
            constant(*number, parameter)
        }
        _ => None,
    };
    fits.ok_or_else(|| Error::nowhere(format!("expected {}", parameter.name())))
}

/// A value as an argument of the wanted type.
fn fit(found: Found, parameter: Parameter) -> Result<Value> {
    let fits = match (&found.value.data, parameter) {
        // Functions of texts accept a file that is not a text, as far as possible.
        (_, Parameter::Any)
        | (Data::Bytes(_) | Data::Text(_), Parameter::Text)
        | (Data::Bool(_), Parameter::Bool)
        | (Data::Float(_), Parameter::Float)
        | (Data::Map(_), Parameter::Map) => true,
        (Data::Int(_, of), Parameter::Int | Parameter::Int64) => of.name() == parameter.name(),
        (Data::Nil, Parameter::Map) if !found.is_held => return Ok(Map::new().into()),
        _ => false,
    };
    if fits {
        return Ok(found.value);
    }
    let why = match (&found.value.data, found.is_held) {
        (Data::Nil, false) => format!("invalid value; expected {}", parameter.name()),
        (Data::Nil, true) => {
            format!("wrong type for value; expected {}; got nil", parameter.name())
        }
        _ => format!("wrong type for value; expected {}; got {}", parameter.name(), found.value.type_name()),
    };
    Err(Error::nowhere(why))
}
