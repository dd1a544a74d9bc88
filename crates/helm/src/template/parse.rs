//! Parses tokens into syntax trees.

use super::lex::{Keyword, Kind, Lexer, Token};
use super::source::{At, Source};
use super::tree::{Body, Branch, Node, Pipe};
use super::unquote::unquote;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// The limit of depth for blocks and parentheses.
const MAX_DEPTH: usize = 200;
/// The limit of variables in one scope.
const MAX_VARIABLES: usize = 2_000;

/// The contents of a text: the template itself, and its definitions.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) body: Body,
    /// Definitions by name. If a name is defined twice, this is the one that counts.
    pub(crate) definitions: BTreeMap<Arc<str>, Body>,
}

/// Reads a template.
pub(crate) fn parse(source: &Source) -> Result<Parsed> {
    let mut parser = Parser {
        source,
        lexer: Lexer::new(&source.text),
        ahead: Vec::new(),
        variables: vec!["$".into()],
        depth: 0,
        ranges: 0,
        definitions: BTreeMap::new(),
    };
    let body = parser.file()?;
    Ok(Parsed { body, definitions: parser.definitions })
}

pub(super) struct Parser<'t> {
    pub(super) source: &'t Source,
    lexer: Lexer<'t>,
    /// Tokens that were put back, the next one last.
    ahead: Vec<Token>,
    /// The variables in scope.
    variables: Vec<Arc<str>>,
    depth: usize,
    /// The number of loops around this place.
    ranges: usize,
    definitions: BTreeMap<Arc<str>, Body>,
}

/// The end of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    End,
    Else,
    /// `else if` or `else with`, whose keyword comes next.
    ElseWith(Keyword),
}

/// A part of a body, or its end.
enum Part {
    Node(Node),
    Ending(Ending, At),
}

impl<'t> Parser<'t> {
    pub(super) fn next(&mut self) -> Result<Token> {
        match self.ahead.pop() {
            Some(token) => Ok(token),
            None => self.lexer.next().map_err(|(at, why)| self.error(at, why)),
        }
    }

    pub(super) fn back(&mut self, token: Token) {
        self.ahead.push(token);
    }

    pub(super) fn peek(&mut self) -> Result<Token> {
        let token = self.next()?;
        self.back(token);
        Ok(token)
    }

    pub(super) fn next_word(&mut self) -> Result<Token> {
        loop {
            let token = self.next()?;
            if token.kind != Kind::Space {
                return Ok(token);
            }
        }
    }

    pub(super) fn peek_word(&mut self) -> Result<Token> {
        let token = self.next_word()?;
        self.back(token);
        Ok(token)
    }

    pub(super) fn error(&self, at: At, why: impl Into<String>) -> Error {
        Error::at(self.source.span(at), why)
    }

    pub(super) fn unexpected(&self, token: Token, context: &str) -> Error {
        let what = match token.kind {
            Kind::End => "end of file".to_owned(),
            _ => format!("{:?}", self.text_of(token)),
        };
        self.error(token.at, format!("unexpected {what} in {context}"))
    }

    pub(super) fn text_of(&self, token: Token) -> &'t str {
        &self.source.text[token.at.range()]
    }

    /// Goes one level deeper; the caller returns with [`Self::rise`].
    pub(super) fn descend(&mut self, at: At) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.limit(at, format!("blocks and parentheses nest deeper than {MAX_DEPTH}")));
        }
        Ok(())
    }

    fn limit(&self, at: At, why: String) -> Error {
        Error::limit(why).or_at(self.source.span(at))
    }

    /// Declares a variable from here to the end of the block.
    pub(super) fn declare(&mut self, name: Arc<str>, at: At) -> Result<()> {
        self.variables.push(name);
        if self.variables.len() > MAX_VARIABLES {
            return Err(self.limit(at, format!("more than {MAX_VARIABLES} variables in one place")));
        }
        Ok(())
    }

    /// The name of a variable in scope.
    pub(super) fn variable(&self, name: &str) -> Option<Arc<str>> {
        self.variables.iter().rev().find(|known| &***known == name).cloned()
    }

    pub(super) fn rise(&mut self) {
        self.depth -= 1;
    }

    fn file(&mut self) -> Result<Body> {
        let mut nodes = Vec::new();
        loop {
            let token = self.next()?;
            if token.kind == Kind::End {
                return Ok(Body(nodes));
            }
            if token.kind == Kind::LeftDelimiter {
                let word = self.next_word()?;
                if word.kind == Kind::Keyword(Keyword::Define) {
                    self.definition(token.at)?;
                    continue;
                }
                self.back(word);
            }
            self.back(token);
            match self.part()? {
                Part::Node(node) => nodes.push(node),
                Part::Ending(_, at) => return Err(self.error(at, "unexpected end or else: no block is open")),
            }
        }
    }

    fn definition(&mut self, at: At) -> Result<()> {
        let name = self.template_name("define clause")?;
        self.right_delimiter("define clause")?;
        let body = self.separate_body(at, "define clause")?;
        self.define(name, body, at)
    }

    /// The body of a definition or block, in which no outer variable is in scope.
    fn separate_body(&mut self, at: At, context: &str) -> Result<Body> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, ending, ending_at) = self.body(at)?;
        if ending != Ending::End {
            return Err(self.error(ending_at, format!("unexpected else in {context}")));
        }
        (self.variables, self.ranges) = (variables, ranges);
        Ok(body)
    }

    /// If a file defines a name twice, only one definition may contain more than blanks.
    fn define(&mut self, name: Arc<str>, body: Body, at: At) -> Result<()> {
        let text = &self.source.text;
        match self.definitions.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(body);
            }
            Entry::Occupied(mut entry) if entry.get().is_empty(text) => {
                entry.insert(body);
            }
            Entry::Occupied(_) if body.is_empty(text) => {}
            Entry::Occupied(entry) => {
                let why = format!("multiple definition of template {:?}", entry.key());
                return Err(Error::at(self.source.span(at), why));
            }
        }
        Ok(())
    }

    /// Parts up to an `end` or `else`.
    fn body(&mut self, opened: At) -> Result<(Body, Ending, At)> {
        self.descend(opened)?;
        let mut nodes = Vec::new();
        loop {
            if self.peek()?.kind == Kind::End {
                return Err(self.error(opened, "unexpected end of file: this block is not closed"));
            }
            match self.part()? {
                Part::Node(node) => nodes.push(node),
                Part::Ending(ending, at) => {
                    self.rise();
                    return Ok((Body(nodes), ending, at));
                }
            }
        }
    }

    fn part(&mut self) -> Result<Part> {
        let token = self.next_word()?;
        match token.kind {
            Kind::Text => Ok(Part::Node(Node::Text(token.at))),
            Kind::LeftDelimiter => self.action(token.at),
            _ => Err(self.unexpected(token, "input")),
        }
    }

    fn action(&mut self, opened: At) -> Result<Part> {
        let token = self.next_word()?;
        let Kind::Keyword(keyword) = token.kind else {
            self.back(token);
            let (pipe, closed) = self.pipeline("command")?;
            return Ok(Part::Node(Node::Action { pipe, at: opened.to(closed) }));
        };
        let node = match keyword {
            Keyword::Define => return Err(self.unexpected(token, "command")),
            Keyword::End => {
                let closed = self.right_delimiter("end")?;
                return Ok(Part::Ending(Ending::End, opened.to(closed)));
            }
            Keyword::Else => return self.otherwise(opened),
            Keyword::If => self.condition(opened, Keyword::If)?,
            Keyword::With => self.condition(opened, Keyword::With)?,
            Keyword::Range => self.range(opened)?,
            Keyword::Break | Keyword::Continue => {
                let word = self.text_of(token);
                self.right_delimiter(word)?;
                if self.ranges == 0 {
                    return Err(self.error(token.at, format!("{{{{{word}}}}} outside {{{{range}}}}")));
                }
                if keyword == Keyword::Break { Node::Break } else { Node::Continue }
            }
            Keyword::Block => {
                let name = self.template_name("block clause")?;
                let (pipe, closed) = self.pipeline("block clause")?;
                let body = self.separate_body(opened, "block clause")?;
                self.define(Arc::clone(&name), body, opened)?;
                Node::Template { name, pipe: Some(pipe), at: opened.to(closed) }
            }
            Keyword::Template => {
                let name = self.template_name("template clause")?;
                let next = self.next_word()?;
                let (pipe, closed) = if next.kind == Kind::RightDelimiter {
                    (None, next.at)
                } else {
                    self.back(next);
                    let (pipe, closed) = self.pipeline("template clause")?;
                    (Some(pipe), closed)
                };
                Node::Template { name, pipe, at: opened.to(closed) }
            }
        };
        Ok(Part::Node(node))
    }

    fn otherwise(&mut self, opened: At) -> Result<Part> {
        let next = self.peek_word()?;
        if let Kind::Keyword(keyword @ (Keyword::If | Keyword::With)) = next.kind {
            return Ok(Part::Ending(Ending::ElseWith(keyword), opened.to(next.at)));
        }
        let closed = self.right_delimiter("else")?;
        Ok(Part::Ending(Ending::Else, opened.to(closed)))
    }

    /// An `if` or `with`, whose keyword was read. A chain of `else if` does not count as nesting.
    fn condition(&mut self, opened: At, keyword: Keyword) -> Result<Node> {
        let known = self.variables.len();
        let is_with = keyword == Keyword::With;
        let context = if is_with { "with" } else { "if" };
        let mut branches = Vec::new();
        let otherwise = loop {
            let (pipe, _) = self.pipeline(context)?;
            let (body, ending, at) = self.body(opened)?;
            branches.push(Branch { pipe, body });
            match ending {
                Ending::End => break None,
                Ending::ElseWith(next) if next == keyword => {
                    self.next_word()?;
                }
                Ending::ElseWith(_) => {
                    let token = self.next_word()?;
                    return Err(self.unexpected(token, "else"));
                }
                Ending::Else => break Some(self.last_body(at)?),
            }
        };
        self.variables.truncate(known);
        Ok(Node::If { branches, otherwise, is_with })
    }

    fn range(&mut self, opened: At) -> Result<Node> {
        let known = self.variables.len();
        let (pipe, _): (Pipe, _) = self.pipeline("range")?;
        self.ranges += 1;
        let (body, ending, at) = self.body(opened)?;
        self.ranges -= 1;
        let otherwise = match ending {
            Ending::End => None,
            Ending::Else => Some(self.last_body(at)?),
            Ending::ElseWith(_) => {
                let token = self.next_word()?;
                return Err(self.unexpected(token, "else"));
            }
        };
        self.variables.truncate(known);
        Ok(Node::Range { pipe, body, otherwise })
    }

    /// The body behind `else`, up to `end`.
    fn last_body(&mut self, opened: At) -> Result<Body> {
        let (body, ending, at) = self.body(opened)?;
        if ending == Ending::End { Ok(body) } else { Err(self.error(at, "expected end; found else")) }
    }

    pub(super) fn right_delimiter(&mut self, context: &str) -> Result<At> {
        let token = self.next_word()?;
        if token.kind == Kind::RightDelimiter { Ok(token.at) } else { Err(self.unexpected(token, context)) }
    }

    fn template_name(&mut self, context: &str) -> Result<Arc<str>> {
        let token = self.next_word()?;
        if !matches!(token.kind, Kind::Quoted | Kind::RawQuoted) {
            return Err(self.unexpected(token, context));
        }
        match unquote(self.text_of(token)) {
            Some(name) => Ok(name.into()),
            None => Err(self.error(token.at, "invalid syntax")),
        }
    }
}
