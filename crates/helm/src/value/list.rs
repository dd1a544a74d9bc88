//! Lists, which never change.

use super::{Data, Value};
use std::rc::Rc;

/// A list; a clone is the same list.
#[derive(Clone, Debug)]
pub struct List {
    items: Rc<Items>,
    of: Element,
    is_nil: bool,
}

/// The type of a list's items in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    Text,
    /// `[]int`.
    Int,
    /// `[][]interface {}`.
    List,
}

#[derive(Debug)]
struct Items(Vec<Value>);

impl List {
    /// A list of anything.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(items, Element::Any)
    }

    /// A list whose items have a type in Go.
    pub fn typed(items: Vec<Value>, of: Element) -> Self {
        Self { items: Rc::new(Items(items)), of, is_nil: false }
    }

    /// A nil list: it is empty, and JSON and YAML write it as null.
    pub fn nil(of: Element) -> Self {
        Self { is_nil: true, ..Self::typed(Vec::new(), of) }
    }

    /// A list of the same type with other items.
    #[must_use]
    pub fn with_items(&self, items: Vec<Value>) -> Self {
        Self { items: Rc::new(Items(items)), ..self.clone() }
    }

    /// Whether it is a nil list.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items.0
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.0.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.items.0.is_empty()
    }

    /// The type of its items.
    pub fn of(&self) -> Element {
        self.of
    }
}

impl Element {
    /// The name of a list of these items in Go.
    pub fn list_name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Text => "[]string",
            Self::Int => "[]int",
            Self::List => "[][]interface {}",
        }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.0));
    }
}

/// Drops values one by one, at any depth: a chart may build a list in a list a million times.
pub(super) fn release(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value.data {
            Data::List(mut list) => {
                if let Some(items) = Rc::get_mut(&mut list.items) {
                    values.append(&mut items.0);
                }
            }
            Data::Map(map) => map.take_unshared(&mut values),
            _ => {}
        }
    }
}
