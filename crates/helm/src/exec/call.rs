//! Functions are called.

use super::{Machine, Output, Part};
use crate::Result;
use crate::functions::Function;
use crate::value::{Data, Value};
use spanned_yaml::Span;

/// What a function may use.
pub(crate) struct Call<'c, 't> {
    pub(crate) machine: &'c mut Machine<'t>,
    /// The action that calls it.
    pub(crate) span: Span,
}

impl Machine<'_> {
    pub(super) fn call(&mut self, function: &Function, arguments: &[Value], span: Span) -> Result<Value> {
        let is_unknown = arguments.iter().any(is_unknown);
        let mut value = (function.run)(&mut Call { machine: self, span }, arguments)?;
        if is_unknown && is_word(&value) {
            value.is_unknown = true;
        }
        Ok(value)
    }
}

/// Whether a value, or a part of a text, is one that a real rendering would give otherwise.
fn is_unknown(value: &Value) -> bool {
    value.is_unknown
        || match &value.data {
            Data::Text(text) => text.marks().iter().any(|mark| mark.is_unknown),
            _ => false,
        }
}

/// Whether a value is no collection, and does not tell of its parts whether they are known.
fn is_word(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => text.marks().is_empty(),
        Data::List(_) | Data::Map(_) => false,
        _ => true,
    }
}

impl Call<'_, '_> {
    /// Takes steps of the budget.
    pub(crate) fn steps(&mut self, count: usize) -> Result<()> {
        self.machine.budget.steps(count)
    }

    /// Takes bytes of the budget, before a text of that size is made.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<()> {
        self.machine.budget.bytes(count)
    }

    /// What this call writes by itself.
    pub(crate) fn part(&self) -> Part {
        Part::of(self.span)
    }

    /// Adds what a value prints as.
    pub(crate) fn print(&mut self, value: &Value, out: &mut Output) -> Result<()> {
        let printed = match &value.data {
            Data::Text(text) => {
                self.machine.budget.text(text)?;
                String::new()
            }
            _ => super::print(value, &mut self.machine.budget)?,
        };
        out.value(value, &printed, self.span);
        Ok(())
    }
}
