//! Texts as the `fmt` package of Go formats them, for the four types that OPA hands to it.

use super::go_float::float;
use num_bigint::BigInt;

/// An argument.
pub(super) enum Argument {
    Int(BigInt),
    /// A whole number that only fits a big integer is printed like others, but is no `int`.
    Big(BigInt),
    Float(f64),
    Text(String),
}

/// What stands between `%` and the verb.
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
#[derive(Clone, Default)]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

struct Printer<'a> {
    format: &'a [char],
    at: usize,
    arguments: &'a [Argument],
    argument: usize,
    reordered: bool,
    good_index: bool,
    out: String,
}

/// `fmt.Sprintf`.
pub(super) fn sprintf(format: &str, arguments: &[Argument]) -> String {
    let format: Vec<char> = format.chars().collect();
    let mut printer = Printer {
        format: &format,
        at: 0,
        arguments,
        argument: 0,
        reordered: false,
        good_index: true,
        out: String::new(),
    };
    while printer.at < format.len() {
        let character = format[printer.at];
        printer.at += 1;
        if character == '%' { printer.verb() } else { printer.out.push(character) }
    }
    printer.extra();
    printer.out
}

impl Printer<'_> {
    fn peek(&self) -> Option<char> {
        self.format.get(self.at).copied()
    }

    fn verb(&mut self) {
        let mut flags = self.flags();
        let mut after_index = self.index();
        if self.peek() == Some('*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    flags.width = Some(width.unsigned_abs() as usize);
                    if width < 0 {
                        flags.minus = true;
                        flags.zero = false;
                    }
                }
                None => self.out.push_str("%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            flags.width = self.number();
            if after_index && flags.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some('.') {
            self.at += 1;
            if after_index {
                self.good_index = false;
            }
            after_index = self.index();
            if self.peek() == Some('*') {
                self.at += 1;
                match self.star() {
                    Some(precision) if precision >= 0 => {
                        flags.precision = Some(precision.unsigned_abs() as usize);
                    }
                    // A negative one counts as none.
                    Some(_) => {}
                    None => self.out.push_str("%!(BADPREC)"),
                }
                after_index = false;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        let Some(verb) = self.peek() else {
            self.out.push_str("%!(NOVERB)");
            return;
        };
        self.at += 1;
        if verb == '%' {
            self.out.push('%');
        } else if !self.good_index {
            self.bad(verb, "(BADINDEX)");
        } else if let Some(argument) = self.arguments.get(self.argument) {
            self.argument += 1;
            self.out.push_str(&formatted(argument, verb, &flags));
        } else {
            self.bad(verb, "(MISSING)");
        }
    }

    fn bad(&mut self, verb: char, what: &str) {
        self.out.push_str("%!");
        self.out.push(verb);
        self.out.push_str(what);
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        self.good_index = true;
        while let Some(flag) = self.peek() {
            match flag {
                '#' => flags.sharp = true,
                // Zeros on the right would change the number.
                '0' => flags.zero = true,
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                ' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    /// The digits here; too many of them use up the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            if number.is_some_and(|number| number > 1_000_000) {
                self.at = self.format.len();
                return None;
            }
            number = Some(number.unwrap_or(0) * 10 + digit as usize);
            self.at += 1;
        }
        number
    }

    /// The number of an argument in brackets: `[2]`.
    fn index(&mut self) -> bool {
        if self.peek() != Some('[') {
            return false;
        }
        self.reordered = true;
        let Some(close) = self.format[self.at..].iter().position(|c| *c == ']') else {
            self.good_index = false;
            self.at += 1;
            return false;
        };
        let text: String = self.format[self.at + 1..self.at + close].iter().collect();
        self.at += close + 1;
        match text.parse::<usize>() {
            Ok(number)
                if (1..=self.arguments.len()).contains(&number)
                    && text.bytes().all(|b| b.is_ascii_digit()) =>
            {
                self.argument = number - 1;
                true
            }
            _ => {
                self.good_index = false;
                true
            }
        }
    }

    /// The argument of `*`.
    fn star(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.argument)?;
        self.argument += 1;
        match argument {
            Argument::Int(number) => i64::try_from(number).ok().filter(|number| number.abs() <= 1_000_000),
            _ => None,
        }
    }

    /// Arguments that no verb asks for.
    fn extra(&mut self) {
        if self.reordered || self.argument >= self.arguments.len() {
            return;
        }
        let extra: Vec<_> = self.arguments[self.argument..].iter().map(typed).collect();
        self.out.push_str("%!(EXTRA ");
        self.out.push_str(&extra.join(", "));
        self.out.push(')');
    }
}

fn type_name(argument: &Argument) -> &'static str {
    match argument {
        Argument::Int(_) => "int64",
        Argument::Big(_) => "*big.Int",
        Argument::Float(_) => "float64",
        Argument::Text(_) => "string",
    }
}

/// An argument behind its type, as errors show it.
fn typed(argument: &Argument) -> String {
    format!("{}={}", type_name(argument), formatted(argument, 'v', &Flags::default()))
}

fn formatted(argument: &Argument, verb: char, flags: &Flags) -> String {
    // `%+v` and `%#v` ask for names of fields and for syntax of Go, not for signs and prefixes.
    let flags = if verb == 'v' {
        &Flags { plus: false, sharp: flags.sharp && matches!(argument, Argument::Text(_)), ..flags.clone() }
    } else {
        flags
    };
    match verb {
        'T' => return padded(type_name(argument), flags),
        'p' => return wrong(argument, verb),
        _ => {}
    }
    let text = match argument {
        Argument::Int(number) => integer(number, verb, flags, false),
        Argument::Big(number) => integer(number, verb, flags, true),
        Argument::Float(number) => float(*number, verb, flags),
        Argument::Text(text) => string(text, verb, flags),
    };
    text.unwrap_or_else(|| wrong(argument, verb))
}

fn wrong(argument: &Argument, verb: char) -> String {
    match argument {
        // A big integer formats itself, and says so in its own way.
        Argument::Big(number) => format!("%!{verb}(big.Int={number})"),
        _ => format!("%!{verb}({})", typed(argument)),
    }
}

/// A text in its width.
pub(super) fn padded(text: &str, flags: &Flags) -> String {
    let fill = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    match (flags.minus, flags.zero) {
        (true, _) => format!("{text}{}", " ".repeat(fill)),
        (false, true) => format!("{}{text}", "0".repeat(fill)),
        (false, false) => format!("{}{text}", " ".repeat(fill)),
    }
}

fn string(text: &str, verb: char, flags: &Flags) -> Option<String> {
    let cut = |text: &str| match flags.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    Some(match verb {
        'v' if flags.sharp => padded(&go_quoted(text, false), flags),
        'v' | 's' => padded(&cut(text), flags),
        'q' => {
            let text: String = cut(text);
            let raw = flags.sharp
                && !text.contains(['`', '\u{feff}', '\u{7f}'])
                && !text.chars().any(|c| c < ' ' && c != '\t');
            padded(&if raw { format!("`{text}`") } else { go_quoted(&text, flags.plus) }, flags)
        }
        'x' | 'X' => padded(&hex(text.as_bytes(), verb == 'X', flags), flags),
        _ => return None,
    })
}

fn hex(bytes: &[u8], upper: bool, flags: &Flags) -> String {
    let bytes = &bytes[..flags.precision.unwrap_or(bytes.len()).min(bytes.len())];
    let prefix = if upper { "0X" } else { "0x" };
    let mut text = String::new();
    for (n, byte) in bytes.iter().enumerate() {
        if flags.space && n > 0 {
            text.push(' ');
        }
        if flags.sharp && (n == 0 || flags.space) {
            text.push_str(prefix);
        }
        let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        text.push_str(&digits);
    }
    text
}

/// `strconv.Quote`, or `strconv.QuoteToASCII`.
pub(super) fn go_quoted(text: &str, ascii: bool) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        quote_into(&mut quoted, character, '"', ascii);
    }
    quoted.push('"');
    quoted
}

fn quote_into(out: &mut String, character: char, quote: char, ascii: bool) {
    match character {
        '\\' => out.push_str("\\\\"),
        _ if character == quote => {
            out.push('\\');
            out.push(quote);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if (character.is_ascii() || !ascii) && printable(character) => out.push(character),
        _ => {
            let escaped = match character as u32 {
                number @ 0..0x80 => format!("\\x{number:02x}"),
                number @ 0x80..0x1_0000 => format!("\\u{number:04x}"),
                number => format!("\\U{number:08x}"),
            };
            out.push_str(&escaped);
        }
    }
}

/// What Go prints as it is: no control, and no space but the plain one.
fn printable(character: char) -> bool {
    // What the standard library escapes is not printable, apart from marks that join the character before them.
    character == ' '
        || (!character.is_whitespace() && !character.is_control() && {
            let escaped = character.escape_debug().next() == Some('\\');
            !escaped || matches!(character, '"' | '\'' | '\\') || ('\u{300}'..='\u{36f}').contains(&character)
        })
}

fn integer(number: &BigInt, verb: char, flags: &Flags, big: bool) -> Option<String> {
    let digits = |radix: u32| number.magnitude().to_str_radix(radix);
    let (text, prefix) = match verb {
        'v' if flags.sharp && big => (digits(10), ""),
        'd' | 'v' => (digits(10), ""),
        's' if big => (digits(10), ""),
        'b' => (digits(2), if flags.sharp { "0b" } else { "" }),
        'o' => (digits(8), if flags.sharp { "0" } else { "" }),
        'O' => (digits(8), "0o"),
        'x' => (digits(16), if flags.sharp { "0x" } else { "" }),
        'X' => (digits(16).to_uppercase(), if flags.sharp { "0X" } else { "" }),
        'c' | 'q' | 'U' if !big => return Some(rune(number, verb, flags)),
        _ => return None,
    };
    let negative = number.sign() == num_bigint::Sign::Minus;
    Some(digits_in_width(&text, prefix, negative, flags))
}

/// Digits behind sign and prefix, filled up with zeros or spaces.
fn digits_in_width(digits: &str, prefix: &str, negative: bool, flags: &Flags) -> String {
    let sign = match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let mut digits = digits.to_owned();
    if flags.precision == Some(0) && digits == "0" {
        return padded("", &Flags { zero: false, ..flags.clone() });
    }
    let least = match flags.precision {
        Some(precision) => precision,
        None if flags.zero && !flags.minus => flags.width.unwrap_or(0).saturating_sub(sign.len()),
        None => 0,
    };
    if digits.len() < least {
        digits = format!("{}{digits}", "0".repeat(least - digits.len()));
    }
    let prefix = if prefix == "0" && digits.starts_with('0') { "" } else { prefix };
    padded(&format!("{sign}{prefix}{digits}"), &Flags { zero: false, ..flags.clone() })
}

fn rune(number: &BigInt, verb: char, flags: &Flags) -> String {
    let character = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    match verb {
        'c' => padded(&character.to_string(), flags),
        'q' => {
            let mut text = String::from("'");
            quote_into(&mut text, character, '\'', flags.plus);
            text.push('\'');
            padded(&text, flags)
        }
        _ => {
            let mut text = number.magnitude().to_str_radix(16).to_uppercase();
            let least = flags.precision.unwrap_or(4).max(4);
            if text.len() < least {
                text = format!("{}{text}", "0".repeat(least - text.len()));
            }
            let mut text = format!("U+{text}");
            if flags.sharp && u32::try_from(number).is_ok_and(|n| char::from_u32(n).is_some_and(printable)) {
                text.extend([' ', '\'', character, '\'']);
            }
            padded(&text, &Flags { zero: false, ..flags.clone() })
        }
    }
}
