//! YAML, as sigs.k8s.io/yaml writes it.

use super::json::{as_map, native_word, number_text, part_of};
use super::yaml_scalar::{Form, escape, form, is_break, is_printable};
use crate::exec::{Call, Output, Part};
use crate::value::{Data, Map, NumberType, Slot, Value};
use crate::{Error, Result};
use go_formats::shortest_float;
use std::cmp::Ordering;
use std::rc::Rc;

const MAX_DEPTH: usize = 200;
/// A longer text is folded at a blank.
const WIDTH: usize = 80;
/// Longer keys are written behind a `?`.
const MAX_KEY: usize = 128;

/// The layout of YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `toYaml`.
    Plain,
    /// `toYamlPretty`: lists are indented, nothing is folded.
    Pretty,
}

/// The text of a value, without a line end; each scalar in it keeps its place.
pub(super) fn write(call: &mut Call<'_, '_>, value: &Value, style: Style) -> Result<Output> {
    let mut writer = Writer { call, out: Output::default(), style };
    writer.root(value)?;
    let mut out = writer.out;
    // The last line end is removed, even if it is part of a text.
    if out.text.ends_with('\n') {
        out.text.pop();
        let end = out.text.len() as u32;
        while let Some(mark) = out.marks.last_mut() {
            mark.end = mark.end.min(end);
            if mark.start < mark.end {
                break;
            }
            out.marks.pop();
        }
    }
    Ok(out)
}

struct Writer<'w, 'c, 't> {
    call: &'w mut Call<'c, 't>,
    out: Output,
    style: Style,
}

impl Writer<'_, '_, '_> {
    fn structure(&mut self, text: &str) {
        let part = self.call.part();
        self.out.part(text, part);
    }

    /// A line end, if there is none, and the indentation.
    fn line(&mut self, indent: usize) -> Result<()> {
        self.call.bytes(indent + 1)?;
        let end = if self.out.text.is_empty() || self.out.text.ends_with('\n') { "" } else { "\n" };
        self.structure(&format!("{end}{}", " ".repeat(indent)));
        Ok(())
    }

    fn root(&mut self, value: &Value) -> Result<()> {
        match kind(value) {
            Kind::Map(map) if !map.is_empty() => self.map(&map, 0, 0),
            Kind::List(items) if !items.is_empty() => self.list(&items, 0, 0),
            _ => self.scalar(value, 2),
        }
    }

    /// The entries of a map. The first one continues the current line.
    fn map(&mut self, map: &Map, indent: usize, depth: usize) -> Result<()> {
        self.check(depth)?;
        let mut entries = map.entries();
        self.call.steps(entries.len())?;
        entries.sort_by(|(a, _), (b, _)| natural(a, b));
        for (place, (key, slot)) in entries.iter().enumerate() {
            if place > 0 {
                self.line(indent)?;
            }
            self.entry(key, slot, indent, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, key: &Rc<str>, slot: &Slot, indent: usize, depth: usize) -> Result<()> {
        let part = Part { origin: slot.key_origin, ..self.call.part() };
        self.call.bytes(key.len())?;
        let is_simple = !key.contains(is_break) && key.len() <= MAX_KEY;
        if !is_simple {
            self.structure("? ");
            self.text(key, part, indent + 2, false)?;
            self.line(indent)?;
            self.structure(":");
            return self.inside(&slot.value, indent, depth);
        }
        self.text(key, part, indent + 2, true)?;
        self.structure(":");
        match kind(&slot.value) {
            Kind::Map(map) if !map.is_empty() => {
                self.line(indent + 2)?;
                self.map(&map, indent + 2, depth + 1)
            }
            Kind::List(items) if !items.is_empty() => {
                let indent = indent + if self.style == Style::Pretty { 2 } else { 0 };
                self.line(indent)?;
                self.list(&items, indent, depth + 1)
            }
            _ => {
                self.structure(" ");
                self.scalar(&slot.value, indent + 2)
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, depth: usize) -> Result<()> {
        self.check(depth)?;
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.line(indent)?;
            }
            self.structure("-");
            self.inside(item, indent, depth)?;
        }
        Ok(())
    }

    /// A value behind a `-` or `:`, on the same line.
    fn inside(&mut self, value: &Value, indent: usize, depth: usize) -> Result<()> {
        self.structure(" ");
        match kind(value) {
            Kind::Map(map) if !map.is_empty() => self.map(&map, indent + 2, depth + 1),
            Kind::List(items) if !items.is_empty() => self.list(&items, indent + 2, depth + 1),
            _ => self.scalar(value, indent + 2),
        }
    }

    fn check(&mut self, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::nowhere("a value nests too deeply for YAML"));
        }
        self.call.steps(1)
    }

    fn scalar(&mut self, value: &Value, indent: usize) -> Result<()> {
        let part = part_of(self.call, value);
        let text = match &value.data {
            Data::Text(text) => {
                self.call.bytes(text.as_str().len())?;
                return self.text(text.as_str(), part, indent, false);
            }
            Data::Nil => "null".to_owned(),
            Data::Bool(value) => value.to_string(),
            Data::Int(number, NumberType::Uint64) => number.cast_unsigned().to_string(),
            Data::Int(number, _) => number.to_string(),
            Data::Float(number) => self.number(*number)?,
            Data::List(list) if list.is_nil() => "null".to_owned(),
            Data::List(_) => "[]".to_owned(),
            Data::Map(_) => "{}".to_owned(),
            Data::Bytes(_) => {
                let word = super::json::word(value, true)?;
                return self.text(word.trim_matches('"'), part, indent, false);
            }
            Data::Native(native) if as_map(native).is_some() => "{}".to_owned(),
            Data::Native(_) => {
                let word = native_word(self.call, value)?;
                return self.text(&word, part, indent, false);
            }
        };
        self.out.part(&text, part);
        Ok(())
    }

    /// A number is converted to JSON first, where `1.0` becomes `1`.
    fn number(&self, number: f64) -> Result<String> {
        if self.style == Style::Pretty {
            return Ok(shortest_float(number)
                .replace("+Inf", ".inf")
                .replace("-Inf", "-.inf")
                .replace("NaN", ".nan"));
        }
        let Some(text) = number_text(number) else {
            return Err(Error::nowhere("json: unsupported value: not a number"));
        };
        let is_int = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
        Ok(match (is_int, text.as_str()) {
            (true, "-0") => "0".to_owned(),
            (true, _) => text,
            (false, _) => shortest_float(number),
        })
    }

    fn text(&mut self, text: &str, part: Part, indent: usize, is_key: bool) -> Result<()> {
        let line = self.out.text.rfind('\n').map_or(0, |end| end + 1);
        let column = self.out.text[line..].chars().count();
        let folds = !is_key && self.style == Style::Plain;
        let mut folder = Folder { out: String::new(), column, indent, folds };
        match form(text, is_key) {
            Form::Plain => folder.plain(text),
            Form::Single => folder.single(text),
            Form::Double => folder.double(text),
            Form::Literal => folder.literal(text),
        }
        self.call.bytes(folder.out.len())?;
        self.out.part(&folder.out, part);
        Ok(())
    }
}

enum Kind<'v> {
    Map(Map),
    List(std::borrow::Cow<'v, [Value]>),
    Scalar,
}

fn kind(value: &Value) -> Kind<'_> {
    match &value.data {
        Data::Map(map) => Kind::Map(map.clone()),
        Data::List(list) => Kind::List(list.items().into()),
        Data::Native(crate::value::Native::ApiVersions(versions)) => Kind::List(
            versions.iter().map(|version| Value::from(version.as_str())).collect::<Vec<_>>().into(),
        ),
        Data::Native(native) => as_map(native).map_or(Kind::Scalar, Kind::Map),
        _ => Kind::Scalar,
    }
}

/// Writes one string, folded at blanks if it is too long.
struct Folder {
    out: String,
    column: usize,
    indent: usize,
    folds: bool,
}

impl Folder {
    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', self.indent));
        self.column = self.indent;
    }

    fn plain(&mut self, text: &str) {
        let mut was_space = false;
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let is_space = c == ' ';
            let folds = self.folds && is_space && !was_space && self.column > WIDTH;
            if folds && characters.peek() != Some(&' ') {
                self.line();
            } else {
                self.push(c);
            }
            was_space = is_space;
        }
    }

    fn single(&mut self, text: &str) {
        self.push('\'');
        let mut was_space = false;
        let mut characters = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = characters.next() {
            let is_space = c == ' ';
            let folds = self.folds && is_space && !was_space && !is_first && self.column > WIDTH;
            if folds && characters.peek().is_some_and(|next| *next != ' ') {
                self.line();
            } else {
                if c == '\'' {
                    self.push('\'');
                }
                self.push(c);
            }
            was_space = is_space;
            is_first = false;
        }
        self.push('\'');
    }

    fn double(&mut self, text: &str) {
        self.push('"');
        let mut was_space = false;
        let mut characters = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = characters.next() {
            let is_space = c == ' ';
            if !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                let before = self.out.len();
                escape(c, &mut self.out);
                self.column += self.out.len() - before;
            } else if is_space
                && self.folds
                && !was_space
                && !is_first
                && self.column > WIDTH
                && characters.peek().is_some()
            {
                self.line();
                if characters.peek() == Some(&' ') {
                    self.push('\\');
                }
            } else {
                self.push(c);
            }
            was_space = is_space;
            is_first = false;
        }
        self.push('"');
    }

    fn literal(&mut self, text: &str) {
        self.out.push('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.out.push('2');
        }
        let body = text.strip_suffix(is_break);
        match body {
            None => self.out.push('-'),
            Some(body) if body.is_empty() || body.ends_with(is_break) => self.out.push('+'),
            Some(_) => {}
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out.extend(std::iter::repeat_n(' ', self.indent));
            }
            self.out.push_str(line);
        }
    }
}

/// The order of keys: numbers in them compare as numbers, and letters sort last.
fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut is_after_digit = false;
    for at in 0..left.len().min(right.len()) {
        let (l, r) = (left[at], right[at]);
        if l == r {
            is_after_digit = l.is_ascii_digit();
            continue;
        }
        match (l.is_alphabetic(), r.is_alphabetic()) {
            (true, true) => return l.cmp(&r),
            (true, false) => return if is_after_digit { Ordering::Less } else { Ordering::Greater },
            (false, true) => return if is_after_digit { Ordering::Greater } else { Ordering::Less },
            (false, false) => {}
        }
        let mut start = 0u128;
        if l == '0' || r == '0' {
            let before = left[..at].iter().rev().take_while(|c| c.is_ascii_digit());
            start = u128::from(before.copied().any(|c| c != '0'));
        }
        let number = |letters: &[char]| {
            let digits = letters[at..].iter().map_while(|c| c.to_digit(10));
            digits.fold((start, 0), |(number, count), digit| {
                (number.wrapping_mul(10).wrapping_add(u128::from(digit)), count + 1)
            })
        };
        let ((left_number, left_count), (right_number, right_count)) = (number(&left), number(&right));
        return left_number.cmp(&right_number).then(left_count.cmp(&right_count)).then(l.cmp(&r));
    }
    left.len().cmp(&right.len())
}
