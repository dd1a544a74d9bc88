//! Functions that execute templates: `include` and `tpl`.

use super::{Call, Found, Machine, Output, Template, Templates};
use crate::template::{Place, Source, parse};
use crate::value::{Text, Value};
use crate::{Error, Result};
use std::sync::Arc;

impl Call<'_, '_> {
    /// The output of a template for a value, as a string.
    pub(crate) fn include(&mut self, name: &str, given: Value) -> Result<Text> {
        let machine = &mut *self.machine;
        let Some(template) = machine.template(name) else {
            return Err(Error::nowhere(format!("there is no template `{name}`")));
        };
        let depth = machine.included.entry(name.into()).or_insert(0);
        if *depth > machine.budget.depth() {
            return Err(Error::nowhere(format!("the template `{name}` includes itself too often")));
        }
        *depth += 1;
        let out = machine.run(&template, &Found::given(given), Output::default());
        let out = out.map_err(|error| error.via(self.span))?;
        if let Some(depth) = self.machine.included.get_mut(name) {
            *depth -= 1;
        }
        Ok(out.into_text())
    }

    /// The output of a text that is executed as a template for a value.
    pub(crate) fn template(&mut self, text: &Value, given: Value) -> Result<Value> {
        let said = text.as_str().unwrap_or_default();
        if !said.contains("{{") && !said.contains("<no value>") {
            return Ok(text.clone());
        }
        self.steps(said.len() / 8)?;
        let place = Place::Value(text.origin.unwrap_or(self.span));
        let source = Arc::new(Source { text: said.into(), place });
        let parsed = parse(&source).map_err(|error| error.via(self.span))?;
        let of = |body| Template { source: Arc::clone(&source), body: Arc::new(body) };
        let mut added = Templates::new();
        for (name, body) in parsed.definitions {
            if !body.is_empty(&source.text) || self.machine.template(&name).is_none() {
                added.insert(name, of(body));
            }
        }
        let machine: &mut Machine<'_> = self.machine;
        machine.added.push(added);
        let out = machine.run(&of(parsed.body), &Found::given(given), Output::default());
        machine.added.pop();
        let out = out.map_err(|error| error.via(self.span))?;
        Ok(out.without("<no value>").into_text().into())
    }
}
