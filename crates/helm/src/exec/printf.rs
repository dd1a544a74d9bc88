//! `printf`, as Go's `fmt.Sprintf` does it.

use super::budget::Budget;
use super::output::{Output, Part};
use super::print::{print, quoted};
use super::verbs;
use crate::value::{Data, Value};
use crate::{Error, Result};

/// How wide a value may be padded; Go itself refuses more than a million.
const MAX_WIDTH: usize = 1_000_000;

/// The flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that may stand there or not")]
pub(super) struct Spec {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

struct Arguments<'a> {
    values: &'a [Value],
    next: usize,
    /// Whether a number in brackets chose one.
    is_reordered: bool,
    is_good: bool,
}

/// What a format and values print; a value that is printed as it is keeps its marks.
pub(crate) fn printf(format: &str, values: &[Value], part: Part, budget: &mut Budget) -> Result<Output> {
    let mut out = Output::default();
    let mut arguments = Arguments { values, next: 0, is_reordered: false, is_good: true };
    let mut rest = format;
    while let Some(found) = rest.find('%') {
        literal(&rest[..found], &mut out, part, budget)?;
        rest = &rest[found + 1..];
        arguments.is_good = true;
        let (spec, behind) = read_spec(rest, &mut arguments, &mut out, part)?;
        rest = behind;
        let Some(verb) = rest.chars().next() else {
            out.part("%!(NOVERB)", part);
            break;
        };
        rest = &rest[verb.len_utf8()..];
        if verb == '%' {
            out.part("%", part);
        } else if !arguments.is_good {
            out.part(&format!("%!{verb}(BADINDEX)"), part);
        } else if let Some(value) = arguments.values.get(arguments.next) {
            arguments.next += 1;
            one(verb, value, spec, &mut out, part, budget)?;
        } else {
            out.part(&format!("%!{verb}(MISSING)"), part);
        }
    }
    literal(rest, &mut out, part, budget)?;
    if !arguments.is_reordered && arguments.next < values.len() {
        out.part("%!(EXTRA ", part);
        for (place, value) in values[arguments.next..].iter().enumerate() {
            let name = if value.is_nil() { String::new() } else { format!("{}=", value.type_name()) };
            let text = format!("{}{name}{}", if place > 0 { ", " } else { "" }, print(value, budget)?);
            out.part(&text, part);
        }
        out.part(")", part);
    }
    Ok(out)
}

fn literal(text: &str, out: &mut Output, part: Part, budget: &mut Budget) -> Result<()> {
    budget.bytes(text.len())?;
    out.part(text, part);
    Ok(())
}

/// Flags, width and precision; gives what stands behind them.
fn read_spec<'f>(
    format: &'f str,
    arguments: &mut Arguments<'_>,
    out: &mut Output,
    part: Part,
) -> Result<(Spec, &'f str)> {
    let mut spec = Spec::default();
    let mut rest = format;
    loop {
        match rest.as_bytes().first() {
            Some(b'+') => spec.plus = true,
            Some(b'-') => {
                spec.minus = true;
                spec.zero = false;
            }
            Some(b'#') => spec.sharp = true,
            Some(b' ') => spec.space = true,
            Some(b'0') => spec.zero = !spec.minus,
            _ => break,
        }
        rest = &rest[1..];
    }
    rest = arguments.index(rest);
    if let Some(behind) = rest.strip_prefix('*') {
        match arguments.number() {
            Some(width) => {
                spec.width = Some(bounded(width.unsigned_abs())?);
                if width < 0 {
                    (spec.minus, spec.zero) = (true, false);
                }
            }
            None => out.part("%!(BADWIDTH)", part),
        }
        rest = behind;
    } else {
        (spec.width, rest) = read_number(rest)?;
    }
    if let Some(behind) = rest.strip_prefix('.') {
        rest = arguments.index(behind);
        if let Some(behind) = rest.strip_prefix('*') {
            match arguments.number() {
                Some(precision) if precision >= 0 => {
                    spec.precision = Some(bounded(precision.unsigned_abs())?);
                }
                Some(_) => spec.precision = None,
                None => out.part("%!(BADPREC)", part),
            }
            rest = behind;
        } else {
            let (precision, behind) = read_number(rest)?;
            spec.precision = Some(precision.unwrap_or(0));
            rest = behind;
        }
    }
    rest = arguments.index(rest);
    Ok((spec, rest))
}

impl Arguments<'_> {
    /// Reads `[2]`, which chooses an argument.
    fn index<'f>(&mut self, format: &'f str) -> &'f str {
        let Some(inner) = format.strip_prefix('[') else { return format };
        self.is_reordered = true;
        let Some(end) = inner.find(']') else {
            self.is_good = false;
            return inner;
        };
        match inner[..end].parse::<usize>() {
            Ok(number) if number >= 1 && number <= self.values.len() => self.next = number - 1,
            _ => self.is_good = false,
        }
        &inner[end + 1..]
    }

    /// The next argument as a width.
    fn number(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        match value.data {
            Data::Int(number, _) if number.unsigned_abs() <= MAX_WIDTH as u64 => Some(number),
            _ => None,
        }
    }
}

fn read_number(text: &str) -> Result<(Option<usize>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 {
        return Ok((None, text));
    }
    let number = text[..end].parse::<u64>().unwrap_or(u64::MAX);
    Ok((Some(bounded(number)?), &text[end..]))
}

fn bounded(width: u64) -> Result<usize> {
    if width > MAX_WIDTH as u64 {
        return Err(Error::limit(format!("a width of printf is larger than {MAX_WIDTH}")));
    }
    Ok(width as usize)
}

/// Prints a value that lies in another: there nil is nil, whatever the verb says.
fn nested(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    budget.steps(1)?;
    if value.is_nil() {
        out.part(&verbs::pad("<nil>", Spec { zero: false, ..spec }), part);
        return Ok(());
    }
    one(verb, value, spec, out, part, budget)
}

/// Prints one value.
fn one(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    budget.descend()?;
    let printed = within(verb, value, spec, out, part, budget);
    budget.rise();
    printed
}

fn within(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    let part = Part { origin: value.origin, is_unknown: value.is_unknown, ..part };
    if let (Data::Text(text), 's' | 'v', None) = (&value.data, verb, spec.precision)
        && !(spec.sharp && verb == 'v')
    {
        {
            budget.text(text)?;
            let missing = spec.width.unwrap_or(0).saturating_sub(text.as_str().chars().count());
            budget.bytes(missing)?;
            let padding = if spec.zero { "0" } else { " " }.repeat(missing);
            let plain = Part { origin: None, ..part };
            if !spec.minus {
                out.part(&padding, plain);
            }
            out.text(text, part);
            if spec.minus {
                out.part(&padding, plain);
            }
            return Ok(());
        }
    }
    budget.bytes(spec.width.unwrap_or(0) + spec.precision.unwrap_or(0))?;
    let text = match (verb, &value.data) {
        ('T', _) => verbs::pad(value.type_name(), spec),
        ('v', _) if spec.sharp => verbs::pad(&source(value, budget, 0)?, spec),
        ('s' | 'q' | 'x' | 'X' | 'd' | 't' | 'f' | 'g' | 'e' | 'v', Data::List(list)) => {
            let mut text = String::from("[");
            for (place, item) in list.items().iter().enumerate() {
                let mut inner = Output::default();
                nested(verb, item, spec, &mut inner, part, budget)?;
                if place > 0 {
                    text.push(' ');
                }
                text.push_str(&inner.text);
            }
            text.push(']');
            text
        }
        ('v', Data::Map(_) | Data::Bytes(_)) | ('v' | 's', Data::Native(_)) => {
            verbs::pad(&print(value, budget)?, spec)
        }
        ('s' | 'q' | 'd' | 't' | 'f', Data::Map(map)) => {
            budget.steps(map.len() + 64)?;
            let mut text = String::from("map[");
            for (place, (key, slot)) in map.entries().into_iter().enumerate() {
                let mut inner = Output::default();
                one(verb, &Value::from(&*key), spec, &mut inner, part, budget)?;
                inner.part(":", part);
                nested(verb, &slot.value, spec, &mut inner, part, budget)?;
                if place > 0 {
                    text.push(' ');
                }
                text.push_str(&inner.text);
                budget.bytes(text.len() / 64)?;
            }
            text.push(']');
            text
        }
        ('q', Data::Text(text)) => verbs::pad(&verbs::quote(&verbs::cut(text.as_str(), spec), spec), spec),
        ('s', Data::Bytes(bytes)) => verbs::pad(&String::from_utf8_lossy(bytes), spec),
        _ => match verbs::word(verb, value, spec) {
            Some(text) => text,
            None if value.is_nil() => format!("%!{verb}(<nil>)"),
            None => {
                let shown = verbs::word('v', value, spec).map_or_else(|| print(value, budget), Ok)?;
                format!("%!{verb}({}={shown})", value.type_name())
            }
        },
    };
    budget.bytes(text.len())?;
    out.part(&text, part);
    Ok(())
}

/// `%#v`: a value as Go's source would write it.
fn source(value: &Value, budget: &mut Budget, depth: usize) -> Result<String> {
    if depth > 100 {
        return Err(Error::limit("a value nests too deeply to be printed"));
    }
    budget.steps(1)?;
    let text = match &value.data {
        Data::Nil => "interface {}(nil)".to_owned(),
        Data::Text(text) => quoted(text.as_str()),
        Data::List(list) => {
            let items: Result<Vec<String>> =
                list.items().iter().map(|item| source(item, budget, depth + 1)).collect();
            format!("{}{{{}}}", value.type_name(), items?.join(", "))
        }
        Data::Map(map) => {
            let mut items = Vec::new();
            for (key, slot) in map.entries() {
                items.push(format!("{}:{}", quoted(&key), source(&slot.value, budget, depth + 1)?));
            }
            format!("{}{{{}}}", value.type_name(), items.join(", "))
        }
        _ => print(value, budget)?,
    };
    budget.bytes(text.len())?;
    Ok(text)
}
