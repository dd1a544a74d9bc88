//! The parts of a template.

use super::number::Number;
use super::source::At;
use crate::exec::Function;
use std::sync::Arc;

/// Parts that are executed one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body(pub(crate) Vec<Node>);

#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Text that is printed unchanged.
    Text(At),
    /// `{{ pipeline }}`; the place is that of the whole action.
    Action { pipe: Pipe, at: At },
    /// `if` or `with`, and the body behind `else`.
    If { branches: Vec<Branch>, otherwise: Option<Body>, is_with: bool },
    /// `range`.
    Range { pipe: Pipe, body: Body, otherwise: Option<Body> },
    /// `template` and the use of a `block`.
    Template { name: Arc<str>, pipe: Option<Pipe>, at: At },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// A condition, and the body that is executed if it is true.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) body: Body,
}

/// Commands, each of which gets the result of the one before.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    /// The variables that it sets, with the `$`.
    pub(crate) variables: Vec<Arc<str>>,
    /// Whether the variables already exist.
    pub(crate) is_assignment: bool,
    pub(crate) commands: Vec<Command>,
    pub(crate) at: At,
}

/// A function or value and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) operands: Vec<Operand>,
    pub(crate) at: At,
}

#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) term: Term,
    pub(crate) at: At,
}

#[derive(Clone, Debug)]
pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    /// `.a.b`
    Field(Vec<Arc<str>>),
    /// `$a.b`; the name has its `$`.
    Variable(Arc<str>, Vec<Arc<str>>),
    Function(&'static Function),
    /// `(pipeline).a.b`
    Chain(Box<Operand>, Vec<Arc<str>>),
    /// `(pipeline)`
    Pipe(Box<Pipe>),
}

impl Node {
    /// The place of a literal or a name, if it has one.
    pub(crate) fn at(&self) -> Option<At> {
        match self {
            Self::Text(at) | Self::Action { at, .. } | Self::Template { at, .. } => Some(*at),
            Self::If { branches, .. } => branches.first().map(|branch| branch.pipe.at),
            Self::Range { pipe, .. } => Some(pipe.at),
            Self::Break | Self::Continue => None,
        }
    }
}

impl Body {
    /// Whether it contains only blanks; such a definition replaces no other.
    pub(crate) fn is_empty(&self, text: &str) -> bool {
        self.0.iter().all(|node| match node {
            Node::Text(at) => text[at.range()].trim_matches(is_go_space).is_empty(),
            _ => false,
        })
    }
}

/// Whether a character is a space in Go's `unicode.IsSpace`.
pub(crate) fn is_go_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{180e}'
}
