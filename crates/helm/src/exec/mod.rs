//! Executes templates: Go's `text/template` with the additions of Helm.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "lengths are far below 2^31, and digits and exponents are checked where they are cast"
)]

mod budget;
mod call;
mod compare;
mod eval;
mod fields;
pub(crate) mod function;
mod include;
mod output;
mod print;
mod printf;
mod walk;

pub(crate) use call::Call;
pub(crate) use compare::{compare, equal};
pub(crate) use function::Function;
pub(crate) use output::{Output, Part};
pub(crate) use print::{print, sprint};
pub(crate) use printf::printf;

use crate::template::{Body, Source};
use crate::value::Value;
use crate::{Limits, Result};
use budget::Budget;
use spanned_yaml::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// A template that can be executed.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) source: Arc<Source>,
    pub(crate) body: Arc<Body>,
}

/// Templates by their names.
pub(crate) type Templates = HashMap<Arc<str>, Template>;

/// Executes templates. One machine renders all templates of a chart.
#[derive(Debug)]
pub(crate) struct Machine<'t> {
    templates: &'t Templates,
    /// Definitions in texts that `tpl` executes, the innermost last.
    added: Vec<Templates>,
    /// For each name, the number of its nested includes.
    included: HashMap<Arc<str>, usize>,
    pub(crate) budget: Budget,
    pub(crate) cache: function::Cache,
}

/// A value, and whether it comes from a map or list: a nil from there has a type, but no fields.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) value: Value,
    pub(crate) is_held: bool,
}

/// The execution of one template.
#[derive(Debug)]
pub(crate) struct Frame<'f> {
    source: &'f Source,
    /// The current action, which produces all text without another origin.
    action: Span,
    variables: Vec<(Arc<str>, Found)>,
    out: Output,
}

impl Found {
    /// The value of a pipeline.
    pub(crate) fn given(value: Value) -> Self {
        Self { value, is_held: false }
    }

    /// A value of a map or list.
    pub(crate) fn held(value: Value) -> Self {
        Self { value, is_held: true }
    }
}

impl<'t> Machine<'t> {
    /// A machine with these templates.
    pub(crate) fn new(templates: &'t Templates, limits: &Limits) -> Self {
        Self {
            templates,
            added: Vec::new(),
            included: HashMap::new(),
            budget: Budget::new(limits),
            cache: function::Cache::default(),
        }
    }

    /// The output of a file for its context.
    pub(crate) fn render(&mut self, template: &Template, context: Value) -> Result<Output> {
        let out = self.run(template, &Found::given(context), Output::default())?;
        // Go prints this for nil, and Helm removes it.
        Ok(out.without("<no value>"))
    }

    /// The template or definition with a name.
    fn template(&self, name: &str) -> Option<Template> {
        let added = self.added.iter().rev().find_map(|templates| templates.get(name));
        added.or_else(|| self.templates.get(name)).cloned()
    }
}
