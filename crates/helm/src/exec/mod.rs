//! Templates are executed: Go's `text/template` with what Helm adds.

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
mod include;
mod output;
mod print;
mod printf;
mod walk;

pub(crate) use call::Call;
pub(crate) use compare::{compare, equal};
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

/// What executes templates. One machine renders all templates of a chart.
#[derive(Debug)]
pub(crate) struct Machine<'t> {
    templates: &'t Templates,
    /// Definitions of texts that `tpl` was given, the innermost last.
    added: Vec<Templates>,
    /// How often each name is being included.
    included: HashMap<Arc<str>, usize>,
    pub(crate) budget: Budget,
    pub(crate) cache: crate::functions::Cache,
}

/// A value, and whether a map or list holds it: a nil there is one of a type, and has no fields.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) value: Value,
    pub(crate) is_held: bool,
}

/// The execution of one template.
#[derive(Debug)]
pub(crate) struct Frame<'f> {
    source: &'f Source,
    /// The action that is executed: what functions write by themselves, it wrote.
    action: Span,
    variables: Vec<(Arc<str>, Found)>,
    out: Output,
}

impl Found {
    /// What a pipeline gave.
    pub(crate) fn given(value: Value) -> Self {
        Self { value, is_held: false }
    }

    /// What a map or list holds.
    pub(crate) fn held(value: Value) -> Self {
        Self { value, is_held: true }
    }
}

impl<'t> Machine<'t> {
    /// One that knows these templates.
    pub(crate) fn new(templates: &'t Templates, limits: &Limits) -> Self {
        Self {
            templates,
            added: Vec::new(),
            included: HashMap::new(),
            budget: Budget::new(limits),
            cache: crate::functions::Cache::default(),
        }
    }

    /// What a file prints for its context.
    pub(crate) fn render(&mut self, template: &Template, context: Value) -> Result<Output> {
        let out = self.run(template, &Found::given(context), Output::default())?;
        // Go prints this for nil, and Helm takes it away.
        Ok(out.without("<no value>"))
    }

    /// The template or definition of a name.
    fn template(&self, name: &str) -> Option<Template> {
        let added = self.added.iter().rev().find_map(|templates| templates.get(name));
        added.or_else(|| self.templates.get(name)).cloned()
    }
}
