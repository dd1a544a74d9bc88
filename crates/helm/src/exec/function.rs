//! What a function of templates is: its parameters, its code, and what its code may use.

use super::Call;
use crate::value::Value;
use crate::{Error, Result};
use std::collections::HashMap;

/// A function: its name, its parameters and its code.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// A letter for each parameter: `a`ny, `s`tring, `i`nt, `l` for int64, `f`loat64, `b`ool, `m`ap. With a `*` at the end,
    /// the last parameter may be repeated.
    pub(crate) takes: &'static str,
    pub(crate) run: Run,
    pub(crate) special: Option<Special>,
}

type Run = fn(&mut Call<'_, '_>, &[Value]) -> Result<Value>;

/// Functions that do not evaluate all of their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    And,
    Or,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Any,
    Text,
    Int,
    Int64,
    Float,
    Bool,
    Map,
}

/// Values that functions keep while a chart is rendered.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    pub(crate) regexes: HashMap<String, std::result::Result<regex::Regex, String>>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A function with a name.
pub(crate) const fn function(name: &'static str, takes: &'static str, run: Run) -> Function {
    Function { name, takes, run, special: None }
}

impl Function {
    fn is_variadic(&self) -> bool {
        self.takes.ends_with('*')
    }

    /// The number of parameters that are required.
    fn fixed(&self) -> usize {
        if self.is_variadic() { self.takes.len() - 2 } else { self.takes.len() }
    }

    /// The type of the argument at a position.
    pub(crate) fn parameter(&self, place: usize) -> Parameter {
        let letters = self.takes.as_bytes();
        let last = letters.iter().rposition(|letter| *letter != b'*').unwrap_or(0);
        match letters.get(place.min(last)) {
            Some(b's') => Parameter::Text,
            Some(b'i') => Parameter::Int,
            Some(b'l') => Parameter::Int64,
            Some(b'f') => Parameter::Float,
            Some(b'b') => Parameter::Bool,
            Some(b'm') => Parameter::Map,
            _ => Parameter::Any,
        }
    }

    /// Checks the number of arguments.
    pub(crate) fn check_count(&self, count: usize) -> Result<()> {
        let (name, fixed) = (self.name, self.fixed());
        if self.is_variadic() && count < fixed {
            return Err(Error::nowhere(format!(
                "wrong number of args for {name}: want at least {fixed} got {count}"
            )));
        }
        if !self.is_variadic() && count != fixed {
            return Err(Error::nowhere(format!("wrong number of args for {name}: want {fixed} got {count}")));
        }
        Ok(())
    }
}

impl Parameter {
    /// The name of the type in Go.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Map => "map[string]interface {}",
        }
    }
}

/// An error of a function.
pub(crate) fn fail<T>(why: impl Into<String>) -> Result<T> {
    Err(Error::nowhere(why))
}

/// The arguments as an array; the table guarantees their number.
pub(crate) fn take<const N: usize>(arguments: &[Value]) -> Result<[Value; N]> {
    arguments.to_vec().try_into().or_else(|_| fail("wrong number of arguments"))
}
