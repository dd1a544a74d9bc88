//! Executes actions, one after the other.

use super::{Found, Frame, Machine, Output, Template};
use crate::template::{At, Body, Branch, Node, Pipe};
use crate::value::{Data, Native, Value};
use crate::{Error, Result};
use spanned_yaml::Span;

/// Whether a loop continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Machine<'_> {
    /// Executes a template for `dot`, and returns `out` with its output added.
    pub(super) fn run(&mut self, template: &Template, dot: &Found, out: Output) -> Result<Output> {
        self.budget.descend()?;
        let action = template.source.span(At::new(0, 0));
        let variables = vec![("$".into(), dot.clone())];
        let mut frame = Frame { source: &template.source, action, variables, out };
        self.walk(&mut frame, dot, &template.body)?;
        self.budget.rise();
        Ok(frame.out)
    }

    fn walk(&mut self, frame: &mut Frame<'_>, dot: &Found, body: &Body) -> Result<Flow> {
        self.budget.descend()?;
        for node in &body.0 {
            if let Some(at) = node.at() {
                frame.action = frame.source.span(at);
            }
            let flow = self.node(frame, dot, node);
            let flow = flow.map_err(|error| match node.at() {
                Some(at) => error.or_at(frame.source.span(at)),
                None => error,
            })?;
            if flow != Flow::Next {
                self.budget.rise();
                return Ok(flow);
            }
        }
        self.budget.rise();
        Ok(Flow::Next)
    }

    fn node(&mut self, frame: &mut Frame<'_>, dot: &Found, node: &Node) -> Result<Flow> {
        match node {
            Node::Text(at) => {
                let span = frame.source.span(*at);
                let text = &frame.source.text[at.range()];
                self.budget.bytes(text.len()).map_err(|error| error.or_at(span))?;
                frame.out.literal(text, span, frame.source.is_exact());
            }
            Node::Action { pipe, at } => {
                let value = self.pipeline(frame, dot, pipe)?;
                if pipe.variables.is_empty() {
                    let span = frame.source.span(*at);
                    self.print_value(&value, span, &mut frame.out).map_err(|error| error.or_at(span))?;
                }
            }
            Node::If { branches, otherwise, is_with } => {
                return self.condition(frame, dot, branches, otherwise.as_ref(), *is_with);
            }
            Node::Range { pipe, body, otherwise } => {
                return self.range(frame, dot, pipe, body, otherwise.as_ref());
            }
            Node::Template { name, pipe, at } => {
                let span = frame.source.span(*at);
                let Some(template) = self.template(name) else {
                    return Err(Error::at(span, format!("there is no template `{name}`")));
                };
                let given = match pipe {
                    Some(pipe) => self.pipeline(frame, dot, pipe)?,
                    None => Value::nil(),
                };
                let out = std::mem::take(&mut frame.out);
                frame.out =
                    self.run(&template, &Found::given(given), out).map_err(|error| error.via(span))?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print_value(&mut self, value: &Value, span: Span, out: &mut Output) -> Result<()> {
        let printed = match &value.data {
            Data::Nil => "<no value>".to_owned(),
            Data::Text(text) => {
                self.budget.text(text)?;
                String::new()
            }
            _ => super::print(value, &mut self.budget)?,
        };
        out.value(value, &printed, span);
        Ok(())
    }

    fn condition(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Found,
        branches: &[Branch],
        otherwise: Option<&Body>,
        is_with: bool,
    ) -> Result<Flow> {
        let known = frame.variables.len();
        let mut flow = Flow::Next;
        let mut is_done = false;
        for branch in branches {
            let value = self.pipeline(frame, dot, &branch.pipe)?;
            if value.is_true() {
                let inner = Found::given(value);
                flow = self.walk(frame, if is_with { &inner } else { dot }, &branch.body)?;
                is_done = true;
                break;
            }
        }
        if let (false, Some(body)) = (is_done, otherwise) {
            flow = self.walk(frame, dot, body)?;
        }
        frame.variables.truncate(known);
        Ok(flow)
    }

    fn range(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Found,
        pipe: &Pipe,
        body: &Body,
        otherwise: Option<&Body>,
    ) -> Result<Flow> {
        let known = frame.variables.len();
        let value = self.pipeline(frame, dot, pipe)?;
        let span = frame.source.span(pipe.at);
        let inner = frame.variables.len();
        let mut is_empty = true;
        let mut each = |machine: &mut Self, frame: &mut Frame<'_>, key: Value, item: Found| {
            machine.budget.steps(1).map_err(|error| error.or_at(span))?;
            is_empty = false;
            // The last variable is the item, the one before it the index.
            let mut next = [Some(item.clone()), Some(Found::given(key))].into_iter();
            for (place, name) in pipe.variables.iter().rev().enumerate() {
                let Some(value) = next.next().flatten() else { break };
                if pipe.is_assignment {
                    machine.assign(frame, name, value).map_err(|error| error.or_at(span))?;
                } else {
                    frame.variables[inner - 1 - place].1 = value;
                }
            }
            let flow = machine.walk(frame, &item, body)?;
            frame.variables.truncate(inner);
            Ok::<bool, Error>(flow != Flow::Break)
        };
        match &value.data {
            Data::List(list) => {
                for (index, item) in list.items().iter().enumerate() {
                    let key = Value::int(index as i64);
                    if !each(self, frame, key, Found::held(item.clone()))? {
                        break;
                    }
                }
            }
            Data::Map(map) => {
                self.budget.steps(map.len())?;
                for (key, slot) in map.entries() {
                    let key = Value::from(&*key).from_text(slot.key_origin);
                    if !each(self, frame, key, Found::held(slot.value))? {
                        break;
                    }
                }
            }
            Data::Int(count, _) if pipe.variables.len() > 1 => {
                let why = format!("can't use {count} to iterate over more than one variable");
                return Err(Error::at(span, why));
            }
            Data::Int(count, of) => {
                for number in 0..*count {
                    let number = Value::new(Data::Int(number, *of));
                    if !each(self, frame, number.clone(), Found::given(number))? {
                        break;
                    }
                }
            }
            Data::Native(Native::Files(files)) => {
                for (name, file) in &files.files {
                    let item = crate::functions::file_bytes(file);
                    if !each(self, frame, Value::from(&**name), Found::given(item))? {
                        break;
                    }
                }
            }
            Data::Native(Native::ApiVersions(versions)) => {
                for (index, version) in versions.iter().enumerate() {
                    let item = Found::given(Value::from(version.as_str()));
                    if !each(self, frame, Value::int(index as i64), item)? {
                        break;
                    }
                }
            }
            Data::Nil => {}
            Data::Text(_) | Data::Bytes(_) | Data::Float(_) | Data::Bool(_) | Data::Native(_) => {
                let shown = super::print(&value, &mut self.budget).unwrap_or_default();
                let shown: String = shown.chars().take(60).collect();
                return Err(Error::at(span, format!("range can't iterate over {shown}")));
            }
        }
        let mut flow = Flow::Next;
        if let (true, Some(body)) = (is_empty, otherwise) {
            flow = self.walk(frame, dot, body)?;
        }
        frame.variables.truncate(known);
        Ok(flow)
    }
}
