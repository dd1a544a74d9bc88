//! The values of templates, as in Go.
//!
//! Maps are shared: a clone is the same map, and a change by [`Map::insert`] is visible in all clones. Lists and texts never
//! change. Values belong to one thread and one rendering: each rendering needs new values, since templates change them.

mod list;
mod map;
mod native;
mod text;
mod yaml;

pub use list::{Element, List};
pub use map::{Map, Slot};
pub use native::{FileBytes, Files, KubeVersion, Native, Struct};
pub(crate) use text::origin;
pub use text::{Mark, Text};

use spanned_yaml::Span;
use std::rc::Rc;

/// A value, with the known facts about it.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value itself.
    pub data: Data,
    /// The text of a values file from which the value was read, if the value is still exactly this text.
    pub origin: Option<Span>,
    /// Whether a real rendering would give another value, since it is random, or depends on the time or the network.
    pub is_unknown: bool,
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum Data {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number and its type in Go.
    Int(i64, NumberType),
    /// Every number of a values file, and results of computations with fractions.
    Float(f64),
    /// A string.
    Text(Text),
    /// A string that is not UTF-8: the contents of a file, or decoded data.
    Bytes(Rc<[u8]>),
    /// A list, which never changes.
    List(List),
    /// A map, which is shared and can be changed.
    Map(Map),
    /// A native value, which only templates have: `.Files`, `.Capabilities.APIVersions`, structures.
    Native(Native),
}

/// The type of a whole number in Go; it shows in `kindOf`, `typeOf` and `printf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// `int`: numbers of templates, of `len`, of `until`.
    Int,
    /// `int64`: what `int64`, `add` and `--set` give.
    Int64,
    /// `int32`: a character.
    Int32,
    /// `uint8`: a byte of a string.
    Uint8,
    /// `uint64`: the parts of a version.
    Uint64,
}

impl Value {
    /// A value that comes from no values file.
    pub fn new(data: Data) -> Self {
        Self { data, origin: None, is_unknown: false }
    }

    /// `nil`.
    pub fn nil() -> Self {
        Self::new(Data::Nil)
    }

    /// A number of type `int`.
    pub fn int(number: i64) -> Self {
        Self::new(Data::Int(number, NumberType::Int))
    }

    /// A number of type `int64`.
    pub fn int64(number: i64) -> Self {
        Self::new(Data::Int(number, NumberType::Int64))
    }

    /// The same value, read from the text at `span`.
    #[must_use]
    pub fn from_text(mut self, span: Option<Span>) -> Self {
        self.origin = span;
        self
    }

    /// The same value, marked as unknown: a real rendering would give another one.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.is_unknown = true;
        self
    }

    /// Whether it is `nil`.
    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Nil)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The string with its marks, if it is one.
    pub(crate) fn as_text(&self) -> Option<&Text> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a values file that equals the value; for a combined string, the one that equals all its parts.
    pub(crate) fn origin_of_all(&self) -> Option<Span> {
        self.origin.or_else(|| self.as_text().and_then(|text| text.origin(0..text.as_str().len())))
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is true for `if` and `with`: neither zero, nor false, nor nil, nor empty.
    pub fn is_true(&self) -> bool {
        match &self.data {
            Data::Nil => false,
            Data::Bool(value) => *value,
            Data::Int(number, _) => *number != 0,
            Data::Float(number) => *number != 0.0,
            Data::Text(text) => !text.is_empty(),
            Data::Bytes(bytes) => !bytes.is_empty(),
            Data::List(list) => !list.is_empty(),
            Data::Map(map) => !map.is_empty(),
            Data::Native(native) => native.is_true(),
        }
    }

    /// Its type in words: "a list".
    pub fn words(&self) -> &'static str {
        match &self.data {
            Data::Nil => "null",
            Data::Bool(_) => "a boolean",
            Data::Int(..) | Data::Float(_) => "a number",
            Data::Text(_) | Data::Bytes(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
            Data::Native(_) => "an object of Helm",
        }
    }

    /// The name of its type in Go.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Nil => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_, of) => of.name(),
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::Bytes(_) => "[]uint8",
            Data::List(list) => list.of().list_name(),
            Data::Map(_) => "map[string]interface {}",
            Data::Native(native) => native.type_name(),
        }
    }
}

impl NumberType {
    /// Its name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Int32 => "int32",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::new(Data::Text(Text::new(text)))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::new(Data::Text(Text::new(text)))
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::new(Data::Text(text))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::new(Data::Bool(value))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::new(Data::Float(number))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::new(Data::Map(map))
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::new(Data::List(list))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::new(Data::List(List::new(items)))
    }
}

impl From<Native> for Value {
    fn from(native: Native) -> Self {
        Self::new(Data::Native(native))
    }
}
