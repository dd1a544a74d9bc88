//! Syntax trees of templates, as Go's `text/template/parse` makes them, with the place of every part.

mod lex;
mod number;
mod parse;
mod pipeline;
mod source;
mod tree;
mod unquote;

pub(crate) use number::{Number, integer};
pub(crate) use parse::parse;
pub(crate) use source::{At, Place, Source};
pub(crate) use tree::{Body, Branch, Command, Node, Operand, Pipe, Term, is_go_space};
