#![doc = include_str!("../README.md")]

mod error;
mod limits;
mod render;
mod value;

pub use error::{Error, Result};
pub use limits::Limits;
pub use render::{Rendered, TemplateFile};
pub use value::{
    Data, Element, Files, KubeVersion, List, Map, Mark, Native, NumberType, Slot, Struct, Text, Value,
};
