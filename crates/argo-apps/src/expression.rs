//! Evaluates the expressions of Go templates that sets use for paths and names: fields, literals, calls and pipelines.
//! Control structures and variables are not evaluated.

use crate::functions;
use crate::params::{Params, Value};

/// The limit of nested parentheses.
const MAX_DEPTH: usize = 16;

/// The value of an expression; `None` if it is not supported.
pub(crate) fn evaluate(text: &str, scopes: &[&Params]) -> Option<Value> {
    let mut reader = Reader { rest: text, scopes };
    let value = reader.pipeline(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'e, 's> {
    rest: &'e str,
    scopes: &'s [&'s Params],
}

impl<'e> Reader<'e, '_> {
    fn pipeline(&mut self, depth: usize) -> Option<Value> {
        let mut value = self.command(None, depth)?;
        while self.eat('|') {
            value = self.command(Some(value), depth)?;
        }
        Some(value)
    }

    fn command(&mut self, piped: Option<Value>, depth: usize) -> Option<Value> {
        self.skip_space();
        let name = self.word();
        if name.is_empty() || matches!(name, "true" | "false" | "nil") {
            let value = if name.is_empty() { self.operand(depth)? } else { constant(name)? };
            return (piped.is_none() && self.at_end()).then_some(value);
        }
        let mut arguments = Vec::new();
        while !self.at_end() {
            arguments.push(self.operand(depth)?);
        }
        arguments.extend(piped);
        functions::call(name, &arguments)
    }

    fn operand(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next()? {
            '"' => self.quoted(),
            '`' => {
                let (text, rest) = self.rest[1..].split_once('`')?;
                self.rest = rest;
                Some(Value::text(text))
            }
            '(' if depth < MAX_DEPTH => {
                self.rest = &self.rest[1..];
                let value = self.pipeline(depth + 1)?;
                if !self.eat(')') {
                    return None;
                }
                Some(
                    self.fields()
                        .into_iter()
                        .try_fold(value, |value, field| value.get(field))
                        .unwrap_or(Value::Null),
                )
            }
            '$' => {
                self.rest = &self.rest[1..];
                self.root()
            }
            '.' => self.root(),
            c if c.is_ascii_digit() || c == '-' => {
                let end =
                    self.rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(self.rest.len(), |at| at + 1);
                let (number, rest) = self.rest.split_at(end);
                self.rest = rest;
                number.parse::<i64>().ok().map(|number| Value::Number(number.to_string().into()))
            }
            _ => {
                let name = self.word();
                constant(name)
            }
        }
    }

    /// The fields of the parameters; a bare dot means all of them, which no path contains.
    fn root(&mut self) -> Option<Value> {
        let fields = self.fields();
        let (first, rest) = fields.split_first()?;
        let found = self.scopes.iter().find_map(|scope| {
            let value = scope.values.get(*first)?.clone();
            rest.iter().try_fold(value, |value, field| value.get(field))
        });
        Some(found.unwrap_or(Value::Null))
    }

    fn fields(&mut self) -> Vec<&'e str> {
        let mut fields = Vec::new();
        while let Some(behind) = self.rest.strip_prefix('.') {
            let end = behind.find(|c: char| !is_word(c)).unwrap_or(behind.len());
            if end == 0 {
                break;
            }
            fields.push(&behind[..end]);
            self.rest = &behind[end..];
        }
        fields
    }

    fn quoted(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Some(Value::text(text));
                }
                '\\' => match chars.next()?.1 {
                    escaped @ ('"' | '\\') => text.push(escaped),
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    _ => return None,
                },
                c => text.push(c),
            }
        }
        None
    }

    fn word(&mut self) -> &'e str {
        let end = self.rest.find(|c: char| !is_word(c)).unwrap_or(self.rest.len());
        if !self.rest.starts_with(|c: char| is_word(c) && !c.is_ascii_digit()) {
            return "";
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty() || self.rest.starts_with(['|', ')'])
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        let eaten = self.rest.strip_prefix(c);
        self.rest = eaten.unwrap_or(self.rest);
        eaten.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn constant(word: &str) -> Option<Value> {
    match word {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "nil" => Some(Value::Null),
        _ => None,
    }
}
