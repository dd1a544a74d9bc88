//! Splits a template into tokens.

use super::source::At;

/// A token and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: At,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    LeftParenthesis,
    RightParenthesis,
    Pipe,
    Declare,
    Assign,
    Comma,
    /// A character without a meaning.
    Other,
    Identifier,
    /// `.name`
    Field,
    /// `$` or `$name`
    Variable,
    Dot,
    Number,
    Character,
    Quoted,
    RawQuoted,
    Bool,
    Nil,
    Keyword(Keyword),
}

/// A keyword that begins or ends an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// A syntax error, with its place.
pub(super) type Failure = (At, String);

/// Reads tokens one by one.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// The start of the current action.
    action: usize,
    is_inside: bool,
    parentheses: usize,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, action: 0, is_inside: false, parentheses: 0 }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token, Failure> {
        if self.is_inside { self.inside() } else { self.outside() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token { kind, at: At::new(start, self.at) }
    }

    fn fail<T>(&self, start: usize, why: impl Into<String>) -> Result<T, Failure> {
        Err((At::new(start, self.at.max(start)), why.into()))
    }

    /// Text before an action, then the delimiter of the action; comments are skipped.
    fn outside(&mut self) -> Result<Token, Failure> {
        loop {
            let start = self.at;
            let Some(found) = self.rest().find("{{") else {
                self.at = self.text.len();
                return Ok(self.token(if start < self.at { Kind::Text } else { Kind::End }, start));
            };
            let delimiter = start + found;
            let inner = &self.text[delimiter + 2..];
            let is_trimming = inner.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACES));
            let before = &self.text[start..delimiter];
            let text = if is_trimming { before.trim_end_matches(SPACES) } else { before };
            if !text.is_empty() {
                self.at = delimiter;
                return Ok(Token { kind: Kind::Text, at: At::new(start, start + text.len()) });
            }
            self.at = delimiter + if is_trimming { 4 } else { 2 };
            if self.rest().starts_with("/*") {
                self.comment(delimiter)?;
                continue;
            }
            // The delimiter contains only the dash, not the blank behind it.
            self.at = delimiter + if is_trimming { 3 } else { 2 };
            self.is_inside = true;
            self.parentheses = 0;
            self.action = delimiter;
            return Ok(self.token(Kind::LeftDelimiter, delimiter));
        }
    }

    fn comment(&mut self, start: usize) -> Result<(), Failure> {
        let Some(end) = self.rest().find("*/") else {
            return self.fail(start, "unclosed comment");
        };
        self.at += end + 2;
        if self.at_right_delimiter().is_none() {
            return self.fail(start, "comment ends before closing delimiter");
        }
        self.close();
        Ok(())
    }

    /// Whether an action ends here, and whether it removes the blanks behind it.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(SPACES) && rest[1..].starts_with("-}}") {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    /// Moves behind the delimiter at this place.
    fn close(&mut self) {
        if self.at_right_delimiter() == Some(true) {
            self.at += 4;
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        } else {
            self.at += 2;
        }
    }

    fn inside(&mut self) -> Result<Token, Failure> {
        let start = self.at;
        if let Some(is_trimming) = self.at_right_delimiter() {
            if self.parentheses > 0 {
                return self.fail(start, "unclosed left paren");
            }
            let end = start + if is_trimming { 4 } else { 2 };
            self.close();
            self.is_inside = false;
            return Ok(Token { kind: Kind::RightDelimiter, at: At::new(start, end) });
        }
        let Some(c) = self.rest().chars().next() else {
            return self.fail(self.action, "unclosed action");
        };
        self.at += c.len_utf8();
        let kind = match c {
            ' ' | '\t' | '\r' | '\n' => {
                while self.rest().starts_with(SPACES) && self.at_right_delimiter().is_none() {
                    self.at += 1;
                }
                Kind::Space
            }
            '=' => Kind::Assign,
            ':' if self.rest().starts_with('=') => {
                self.at += 1;
                Kind::Declare
            }
            ':' => return self.fail(start, "expected :="),
            '|' => Kind::Pipe,
            ',' => Kind::Comma,
            '(' => {
                self.parentheses += 1;
                Kind::LeftParenthesis
            }
            ')' if self.parentheses == 0 => return self.fail(start, "unexpected right paren"),
            ')' => {
                self.parentheses -= 1;
                Kind::RightParenthesis
            }
            '"' => self.quoted(start, '"', "unterminated quoted string")?,
            '\'' => self.quoted(start, '\'', "unterminated character constant")?,
            '`' => match self.rest().find('`') {
                Some(end) => {
                    self.at += end + 1;
                    Kind::RawQuoted
                }
                None => return self.fail(start, "unterminated raw quoted string"),
            },
            '$' => return self.name(start, Kind::Variable),
            '.' if !self.rest().starts_with(|c: char| c.is_ascii_digit()) => {
                return self.name(start, Kind::Field);
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.at = start;
                return self.number();
            }
            c if is_alphanumeric(c) => return self.name(start, Kind::Identifier),
            c if c.is_ascii_graphic() => Kind::Other,
            c => {
                return self.fail(start, format!("unrecognized character in action: U+{:04X}", u32::from(c)));
            }
        };
        Ok(self.token(kind, start))
    }

    fn quoted(&mut self, start: usize, quote: char, why: &str) -> Result<Kind, Failure> {
        let mut is_escaped = false;
        for (at, c) in self.rest().char_indices() {
            if c == '\n' {
                break;
            }
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' {
                is_escaped = true;
            } else if c == quote {
                self.at += at + 1;
                return Ok(if quote == '"' { Kind::Quoted } else { Kind::Character });
            }
        }
        self.fail(start, why)
    }

    /// A token of letters and digits, whose first characters may already be read.
    fn name(&mut self, start: usize, kind: Kind) -> Result<Token, Failure> {
        let rest = self.rest();
        let end = rest.find(|c| !is_alphanumeric(c)).unwrap_or(rest.len());
        self.at += end;
        if !self.at_terminator() {
            let bad = self.rest().chars().next().unwrap_or('\0');
            let at = At::new(self.at, self.at + bad.len_utf8());
            return Err((at, format!("bad character U+{:04X} {bad:?}", u32::from(bad))));
        }
        let kind = match (kind, &self.text[start..self.at]) {
            (Kind::Field, ".") => Kind::Dot,
            (Kind::Identifier, word) => match word {
                "true" | "false" => Kind::Bool,
                "nil" => Kind::Nil,
                "block" => Kind::Keyword(Keyword::Block),
                "break" => Kind::Keyword(Keyword::Break),
                "continue" => Kind::Keyword(Keyword::Continue),
                "define" => Kind::Keyword(Keyword::Define),
                "else" => Kind::Keyword(Keyword::Else),
                "end" => Kind::Keyword(Keyword::End),
                "if" => Kind::Keyword(Keyword::If),
                "range" => Kind::Keyword(Keyword::Range),
                "template" => Kind::Keyword(Keyword::Template),
                "with" => Kind::Keyword(Keyword::With),
                _ => Kind::Identifier,
            },
            (kind, _) => kind,
        };
        Ok(self.token(kind, start))
    }

    fn at_terminator(&self) -> bool {
        let rest = self.rest();
        rest.is_empty()
            || rest.starts_with(SPACES)
            || rest.starts_with(['.', ',', '|', ':', ')', '('])
            || rest.starts_with("}}")
    }

    fn accept(&mut self, characters: &str) -> bool {
        let is_there = self.rest().starts_with(|c| characters.contains(c));
        self.at += usize::from(is_there);
        is_there
    }

    fn number(&mut self) -> Result<Token, Failure> {
        let start = self.at;
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        while self.accept(digits) {}
        if self.accept(".") {
            while self.accept(digits) {}
        }
        let exponents = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponents) {
            self.accept("+-");
            while self.accept("0123456789_") {}
        }
        if self.rest().starts_with(|c| is_alphanumeric(c) || c == '+' || c == '-') {
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            return self.fail(start, format!("bad number syntax: {:?}", &self.text[start..self.at]));
        }
        Ok(self.token(Kind::Number, start))
    }
}

/// Whether Go allows a character in a name.
fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
