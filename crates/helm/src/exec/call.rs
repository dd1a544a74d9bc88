//! Calls of functions.

use super::{Function, Machine, Output, Part};
use crate::Result;
use crate::value::{Data, Value};
use spanned_yaml::Span;

/// The context of a call.
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

/// Whether a real rendering would give a different value, or a different part of a text.
fn is_unknown(value: &Value) -> bool {
    value.is_unknown
        || match &value.data {
            Data::Text(text) => text.marks().iter().any(|mark| mark.is_unknown),
            _ => false,
        }
}

/// Whether a value is not a collection, so that it has no parts that may be unknown.
fn is_word(value: &Value) -> bool {
    match &value.data {
        Data::Text(text) => text.marks().is_empty(),
        Data::List(_) | Data::Map(_) => false,
        _ => true,
    }
}

impl Call<'_, '_> {
    /// Charges steps to the budget.
    pub(crate) fn steps(&mut self, count: usize) -> Result<()> {
        self.machine.budget.steps(count)
    }

    /// Charges bytes to the budget, before a text of that size is made.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<()> {
        self.machine.budget.bytes(count)
    }

    /// The mark of text that this call itself produces.
    pub(crate) fn part(&self) -> Part {
        Part::of(self.span)
    }

    /// Prints a value.
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
