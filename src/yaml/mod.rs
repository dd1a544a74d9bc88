//! YAML (and so JSON) with the place of every value. Knows nothing of Kubernetes' kinds.
//!
//! The events come from granit-parser; the tree is ours ([`node`]), so are the limits: nesting is bounded by the
//! parser (255), the number of values by the size of the file, and aliases by the rule of the Go library that `oc`
//! reads YAML with. No input can make the tree grow faster than the file.

pub mod compose;
pub mod de;
mod document;
pub mod edit;
pub mod embedded;
mod lines;
pub mod node;
pub mod parse;
mod same;
pub mod scalar;
mod stream;

pub use compose::Composer;
pub use document::{Document, Kind};
pub use node::{Entry, Node, duplicate_keys};
pub use parse::{SyntaxError, parse};
pub use same::says_same;
pub use scalar::Scalar;
pub(crate) use stream::json_error;
pub use stream::parse_stream;
