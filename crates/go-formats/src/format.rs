//! Formats of `fmt.Sprintf`, read as Go reads them.

use crate::argument::Argument;
use crate::spec::Spec;
use std::convert::Infallible;
use std::fmt;

/// The largest number that `*` takes. Go reads larger ones in a format until they have a digit more than this.
const MAX_NUMBER: u64 = 1_000_000;

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'f> {
    /// Text that is printed as it is.
    Text(&'f str),
    /// A verb that formats an argument.
    Verb {
        /// `d`
        verb: char,
        /// Which argument, from 0.
        argument: usize,
        /// What stands before the verb.
        spec: Spec,
    },
    /// What is wrong with the format. The rest of the format follows.
    Fault(Fault),
    /// No verb asks for this argument and all behind it. It is the last piece.
    Extra(usize),
}

/// What is wrong with a format. `Display` gives the text that Go prints in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The format ends before the verb.
    NoVerb,
    /// A width or a precision has too many digits. Go skips the rest of the format, and finds no verb.
    TooLarge,
    /// `*` stands for a width, and its argument is no number for it.
    BadWidth,
    /// `*` stands for a precision, and its argument is no number for it.
    BadPrecision,
    /// The number in brackets before a verb is not the number of an argument.
    BadIndex(char),
    /// There is no argument for a verb.
    Missing(char),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVerb | Self::TooLarge => f.write_str("%!(NOVERB)"),
            Self::BadWidth => f.write_str("%!(BADWIDTH)"),
            Self::BadPrecision => f.write_str("%!(BADPREC)"),
            Self::BadIndex(verb) => write!(f, "%!{verb}(BADINDEX)"),
            Self::Missing(verb) => write!(f, "%!{verb}(MISSING)"),
        }
    }
}

/// `fmt.Sprintf`, for values that are no collections.
pub fn sprintf(format: &str, arguments: &[Argument<'_>]) -> String {
    let mut out = String::new();
    let integer = |place: usize| match arguments.get(place)?.value {
        crate::Scalar::Int(number) => Some(number),
        crate::Scalar::Uint(number) => i64::try_from(number).ok(),
        _ => None,
    };
    let written = each_piece(format, arguments.len(), integer, |piece| {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Verb { verb, argument, spec } => out.push_str(&arguments[argument].format(verb, spec)),
            Piece::Fault(fault) => out.push_str(&fault.to_string()),
            Piece::Extra(first) => {
                let extra: Vec<String> =
                    arguments[first..].iter().map(|argument| argument.with_type(Spec::default())).collect();
                out.extend(["%!(EXTRA ", &extra.join(", "), ")"]);
            }
        }
        Ok::<(), Infallible>(())
    });
    match written {
        Ok(()) => out,
    }
}

/// Gives the pieces of a format to `each`, in order, until `each` fails. There are `count` arguments; `integer` gives the
/// value of one that is an integer, for `*`.
pub fn each_piece<'f, E>(
    format: &'f str,
    count: usize,
    integer: impl Fn(usize) -> Option<i64>,
    mut each: impl FnMut(Piece<'f>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader { rest: format, count, next: 0, is_reordered: false, is_good_index: true };
    while let Some(found) = reader.rest.find('%') {
        let (text, rest) = reader.rest.split_at(found);
        if !text.is_empty() {
            each(Piece::Text(text))?;
        }
        reader.rest = &rest[1..];
        reader.verb(&integer, &mut each)?;
    }
    if !reader.rest.is_empty() {
        each(Piece::Text(reader.rest))?;
    }
    if !reader.is_reordered && reader.next < count {
        each(Piece::Extra(reader.next))?;
    }
    Ok(())
}

struct Reader<'f> {
    rest: &'f str,
    /// How many arguments there are.
    count: usize,
    /// The argument of the next verb.
    next: usize,
    /// Whether a number in brackets chose an argument.
    is_reordered: bool,
    is_good_index: bool,
}

impl<'f> Reader<'f> {
    /// Reads what stands behind `%`.
    fn verb<E>(
        &mut self,
        integer: &impl Fn(usize) -> Option<i64>,
        each: &mut impl FnMut(Piece<'f>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.is_good_index = true;
        let mut spec = self.flags();
        let mut is_behind_index = self.index();
        if self.skip("*") {
            match self.star(integer) {
                Some(width) => {
                    spec.width = Some(width.unsigned_abs() as usize);
                    if width < 0 {
                        (spec.minus, spec.zero) = (true, false);
                    }
                }
                None => each(Piece::Fault(Fault::BadWidth))?,
            }
            is_behind_index = false;
        } else {
            spec.width = match self.number() {
                Ok(width) => width,
                Err(fault) => return each(Piece::Fault(fault)),
            };
            self.is_good_index &= !(is_behind_index && spec.width.is_some());
        }
        // Go takes a point at the end of the format for a verb.
        if self.rest != "." && self.skip(".") {
            self.is_good_index &= !is_behind_index;
            is_behind_index = self.index();
            if self.skip("*") {
                spec.precision = self.star(integer).and_then(|number| usize::try_from(number).ok());
                if spec.precision.is_none() {
                    each(Piece::Fault(Fault::BadPrecision))?;
                }
                is_behind_index = false;
            } else {
                match self.number() {
                    Ok(precision) => spec.precision = Some(precision.unwrap_or(0)),
                    Err(fault) => return each(Piece::Fault(fault)),
                }
            }
        }
        if !is_behind_index {
            self.index();
        }
        let Some(verb) = self.rest.chars().next() else { return each(Piece::Fault(Fault::NoVerb)) };
        let behind = &self.rest[verb.len_utf8()..];
        let text = &self.rest[..verb.len_utf8()];
        self.rest = behind;
        if verb == '%' {
            return each(Piece::Text(text));
        }
        if !self.is_good_index {
            return each(Piece::Fault(Fault::BadIndex(verb)));
        }
        if self.next >= self.count {
            return each(Piece::Fault(Fault::Missing(verb)));
        }
        if verb == 'v' {
            (spec.plus_v, spec.sharp_v, spec.plus, spec.sharp) = (spec.plus, spec.sharp, false, false);
        }
        self.next += 1;
        each(Piece::Verb { verb, argument: self.next - 1, spec })
    }

    fn skip(&mut self, text: &str) -> bool {
        let behind = self.rest.strip_prefix(text);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        loop {
            match self.rest.as_bytes().first() {
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b'#') => spec.sharp = true,
                Some(b' ') => spec.space = true,
                Some(b'0') => spec.zero = true,
                _ => return spec,
            }
            self.rest = &self.rest[1..];
        }
    }

    /// Reads `[2]`, which chooses an argument. Says whether there is a number in brackets.
    fn index(&mut self) -> bool {
        let Some(inner) = self.rest.strip_prefix('[') else { return false };
        self.is_reordered = true;
        let Some(end) = inner.find(']') else {
            self.is_good_index = false;
            self.rest = inner;
            return false;
        };
        self.rest = &inner[end + 1..];
        let Ok((Some(number), "")) = digits(&inner[..end]) else {
            self.is_good_index = false;
            return false;
        };
        if (1..=self.count).contains(&number) {
            self.next = number - 1;
        } else {
            self.is_good_index = false;
        }
        true
    }

    /// The next argument, in place of a number of the format.
    fn star(&mut self, integer: &impl Fn(usize) -> Option<i64>) -> Option<i64> {
        if self.next >= self.count {
            return None;
        }
        self.next += 1;
        integer(self.next - 1).filter(|number| number.unsigned_abs() <= MAX_NUMBER)
    }

    /// Reads digits, if there are any. Too many of them use up the format.
    fn number(&mut self) -> Result<Option<usize>, Fault> {
        let number;
        (number, self.rest) = digits(self.rest).inspect_err(|_| self.rest = "")?;
        Ok(number)
    }
}

/// The number at the start of a text, if there is one, and the text behind it.
fn digits(text: &str) -> Result<(Option<usize>, &str), Fault> {
    let mut number: Option<usize> = None;
    let mut rest = text;
    while let Some(digit) = rest.as_bytes().first().filter(|byte| byte.is_ascii_digit()) {
        if number.is_some_and(|number| number as u64 > MAX_NUMBER) {
            return Err(Fault::TooLarge);
        }
        number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
        rest = &rest[1..];
    }
    Ok((number, rest))
}
