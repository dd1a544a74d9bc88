#![doc = include_str!("../README.md")]

pub mod compose;
pub mod de;
mod document;
pub mod edit;
pub mod embedded;
mod lines;
mod masked;
pub mod node;
pub mod parse;
mod same;
pub mod scalar;
mod simple;
pub mod source;
mod stream;

pub use compose::Composer;
pub use document::{Document, Kind};
pub use lines::{line_start, lines};
pub use node::{Entry, Node, duplicate_keys};
pub use parse::{Documents, SyntaxError, parse, parse_all};
pub use same::says_same;
pub use scalar::Scalar;
pub use source::{FileId, Position, Source, Sources, Span, Spanned};
pub use stream::{json_error, look_through_stream, parse_stream};
