//! Reads values from one line, as in the flags `--set`, `--set-string` and `--set-file`: `a.b=1,c[0].d={x,y}`.

use crate::error::{Error, Result};
use crate::value::{Data, Map, Value};
use spanned_yaml::{Span, Spanned};
use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

/// The highest index of a list, and the maximum depth of names; Helm has the same limits.
const MAX_INDEX: usize = 65_536;
const MAX_LEVEL: usize = 30;
/// The maximum number of consecutive indices; Helm has no limit.
const MAX_INDICES: usize = 64;
/// The maximum number of items in all lists of a parameter. An index creates all items before it.
const MAX_ITEMS: usize = 500_000;

/// A parameter, with the place of its value.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The line: `name=value`, or several of these separated by commas.
    pub line: Spanned<String>,
    /// How a value is read.
    pub kind: ParameterKind,
}

/// How the value of a parameter is read.
#[derive(Clone, Debug)]
pub enum ParameterKind {
    /// Numbers, booleans and null get their type (`--set`).
    Word,
    /// A string (`--set-string`).
    Text,
    /// The value is this content of a file; the path in the line is ignored (`--set-file`).
    File(Arc<str>),
}

impl Parameter {
    /// Sets the values of the parameter.
    pub(crate) fn apply(&self, values: &Map) -> Result<()> {
        let span = self.line.span;
        let mut line = Line {
            rest: self.line.value.chars().peekable(),
            kind: &self.kind,
            span,
            is_whole: self.is_whole(),
            items: 0,
        };
        loop {
            match line.key(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Wrong(message)) => return Err(Error::at(span, message)),
            }
        }
    }

    /// The position of this kind of parameter in Helm's order. The order of flags does not matter.
    pub(crate) fn rank(&self) -> u8 {
        match self.kind {
            ParameterKind::Word => 0,
            ParameterKind::Text => 1,
            ParameterKind::File(_) => 2,
        }
    }

    /// Whether the line sets one value whose text is written there without escapes.
    fn is_whole(&self) -> bool {
        let line = &self.line.value;
        let value = line.split_once('=').map_or("", |(_, value)| value);
        !line.contains(['\\', ',']) && !value.starts_with('{') && !matches!(self.kind, ParameterKind::File(_))
    }
}

/// Why reading stops.
enum Stop {
    End,
    Wrong(String),
}

impl Stop {
    fn wrong<T>(message: impl Into<String>) -> std::result::Result<T, Self> {
        Err(Self::Wrong(message.into()))
    }
}

type Step<T> = std::result::Result<T, Stop>;

struct Line<'l> {
    rest: Peekable<Chars<'l>>,
    kind: &'l ParameterKind,
    span: Span,
    is_whole: bool,
    items: usize,
}

impl Line<'_> {
    /// Reads up to one of the marks and skips the mark. Without a mark, reads everything.
    fn until(&mut self, marks: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(char) = self.rest.next() {
            if marks.contains(&char) {
                return (text, Some(char));
            }
            match char {
                '\\' => match self.rest.next() {
                    Some(next) => text.push(next),
                    None => return (text, None),
                },
                char => text.push(char),
            }
        }
        (text, None)
    }

    /// Reads a name and sets the value after it.
    fn key(&mut self, map: &Map, level: usize) -> Step<()> {
        let (key, mark) = self.until(&['=', '[', ',', '.']);
        let Some(mark) = mark else {
            return if key.is_empty() {
                Err(Stop::End)
            } else {
                Stop::wrong(format!("`{key}` has no value"))
            };
        };
        match mark {
            '[' => {
                let index = self.index()?;
                let list = match map.get(&key).map(|value| value.data) {
                    None => Vec::new(),
                    Some(Data::List(list)) => list.items().to_vec(),
                    Some(_) => return Stop::wrong(format!("`{key}` is not a list")),
                };
                match self.item(list.clone(), index, level, 0) {
                    Ok(list) => set(map, &key, list.into()),
                    // If the line ends too early, the list is created all the same.
                    Err(Stop::End) => {
                        set(map, &key, list.into());
                        return Err(Stop::End);
                    }
                    Err(wrong) => return Err(wrong),
                }
                Ok(())
            }
            '=' => match self.value() {
                Ok(value) => {
                    set(map, &key, value);
                    Ok(())
                }
                Err(Stop::End) => {
                    set(map, &key, self.placed("".into()));
                    Err(Stop::End)
                }
                Err(wrong) => Err(wrong),
            },
            '.' => {
                if level + 1 > MAX_LEVEL {
                    return Stop::wrong(format!("names nest deeper than {MAX_LEVEL}"));
                }
                let inner = match map.get(&key).map(|value| value.data) {
                    None => Map::new(),
                    Some(Data::Map(inner)) => inner,
                    Some(_) => return Stop::wrong(format!("`{key}` is not a map")),
                };
                let done = self.key(&inner, level + 1);
                if inner.is_empty() {
                    return match done {
                        Ok(()) => Stop::wrong(format!("`{key}` has no value")),
                        other => other,
                    };
                }
                set(map, &key, inner.into());
                done
            }
            _ => Stop::wrong(format!("`{key}` has no value")),
        }
    }

    fn index(&mut self) -> Step<usize> {
        let (index, mark) = self.until(&[']']);
        let number = index.strip_prefix('+').unwrap_or(&index).parse::<usize>();
        match number {
            Ok(number) if mark.is_some() && number <= MAX_INDEX => Ok(number),
            _ => Stop::wrong(format!("`{index}` is not an index of a list")),
        }
    }

    /// Sets an item of a list; missing items before it are null.
    fn item(&mut self, mut list: Vec<Value>, index: usize, level: usize, nested: usize) -> Step<Vec<Value>> {
        let (text, mark) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            return Stop::wrong(format!("`{text}` follows an index"));
        }
        let existing = list.get(index).map(|value| value.data.clone());
        let value = match mark {
            None => return Err(Stop::End),
            Some('=') => match self.value() {
                Err(Stop::End) => self.placed("".into()),
                other => other?,
            },
            Some('[') => {
                if nested > MAX_INDICES {
                    return Stop::wrong("too many indices follow each other");
                }
                let next = self.index()?;
                let inner = match existing {
                    None | Some(Data::Nil) => Vec::new(),
                    Some(Data::List(inner)) => inner.items().to_vec(),
                    Some(_) => return Stop::wrong("an item of the list is not a list"),
                };
                self.item(inner, next, level, nested + 1)?.into()
            }
            _ => {
                let inner = match existing {
                    Some(Data::Map(inner)) => inner,
                    _ => Map::new(),
                };
                self.key(&inner, level)?;
                inner.into()
            }
        };
        if list.len() <= index {
            self.items += index + 1 - list.len();
            if self.items > MAX_ITEMS {
                return Stop::wrong("the lists are too long");
            }
            list.resize_with(index + 1, Value::nil);
        }
        list[index] = value;
        Ok(list)
    }

    /// Reads the value after `=`.
    fn value(&mut self) -> Step<Value> {
        match self.rest.peek() {
            None => return Err(Stop::End),
            Some('{') => {}
            Some(_) => {
                let (text, _) = self.until(&[',']);
                return Ok(self.typed(text));
            }
        }
        self.rest.next();
        let mut items = Vec::new();
        loop {
            let (text, mark) = self.until(&[',', '}']);
            match mark {
                None => return Stop::wrong("a list ends with `}`"),
                Some('}') => {
                    items.push(self.typed(text));
                    self.rest.next_if_eq(&',');
                    return Ok(items.into());
                }
                Some(_) => items.push(self.typed(text)),
            }
        }
    }

    fn typed(&self, text: String) -> Value {
        let value = match self.kind {
            ParameterKind::File(content) => Value::from(&**content),
            ParameterKind::Text => text.into(),
            ParameterKind::Word => match &*text.to_ascii_lowercase() {
                "true" => true.into(),
                "false" => false.into(),
                "null" => Value::nil(),
                "0" => Value::int64(0),
                _ => match text.parse::<i64>() {
                    Ok(number) if !text.starts_with('0') => Value::int64(number),
                    _ => text.into(),
                },
            },
        };
        self.placed(value)
    }

    fn placed(&self, value: Value) -> Value {
        value.from_text(self.is_whole.then_some(self.span))
    }
}

fn set(map: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        map.insert(key, value);
    }
}
