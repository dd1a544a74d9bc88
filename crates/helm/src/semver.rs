//! Versions and ranges of versions, as the Go library that Helm uses compares them (`Masterminds/semver` 3.5).
//!
//! `Chart.yaml` has ranges for dependencies, and templates call `semverCompare`.

use std::cmp::Ordering;
use std::fmt;

const MAX_VERSION: usize = 256;
const MAX_RANGE: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

/// A version. A `v` in front, a missing minor or patch number, and leading zeros are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// The text after `-`; empty for a release.
    pub prerelease: String,
    /// The text after `+`.
    pub metadata: String,
    /// The text as it was written.
    pub original: String,
}

impl Version {
    /// Reads a version.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_VERSION {
            return None;
        }
        let mut reader = Reader { rest: text };
        let parts = reader.version(u8::is_ascii_digit)?;
        if !reader.rest.is_empty() || !parts.is_valid() {
            return None;
        }
        let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok() };
        Some(Self {
            major: number(parts.numbers[0])?,
            minor: number(parts.numbers[1])?,
            patch: number(parts.numbers[2])?,
            prerelease: parts.prerelease.to_owned(),
            metadata: parts.metadata.to_owned(),
            original: text.to_owned(),
        })
    }

    /// Compares two versions; metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| match (&*self.prerelease, &*other.prerelease) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (ours, theirs) => compare_prereleases(ours, theirs),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn compare_prereleases(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        let (one, other) = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) => (one.unwrap_or(""), other.unwrap_or("")),
        };
        let number = |part: &str| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u64>().ok()).flatten()
        };
        let order = match (number(one), number(other)) {
            _ if one == other => Ordering::Equal,
            _ if one.is_empty() => Ordering::Less,
            _ if other.is_empty() => Ordering::Greater,
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => one.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A range of versions: alternatives separated by `||`. In an alternative, all conditions must hold.
#[derive(Clone, Debug)]
pub struct Range {
    alternatives: Vec<Vec<Condition>>,
}

impl Range {
    /// Reads a range such as `>=1.2, <2 || ^3.1` or `1.2 - 2.0`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_RANGE {
            return None;
        }
        let alternatives: Vec<&str> = text.split("||").collect();
        if alternatives.len() > MAX_ALTERNATIVES {
            return None;
        }
        let alternatives = alternatives.into_iter().enumerate();
        let alternatives =
            alternatives.map(|(index, text)| conditions(text, index == 0)).collect::<Option<_>>()?;
        Some(Self { alternatives })
    }

    /// Whether a version is in the range. A pre-release is only in the range if a condition of the alternative names a
    /// pre-release.
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|conditions| {
            let takes_prereleases =
                conditions.iter().any(|condition| !condition.version.prerelease.is_empty());
            (takes_prereleases || version.prerelease.is_empty())
                && conditions.iter().all(|condition| condition.holds(version))
        })
    }

    /// Whether `version` is in `range`. False if one of them cannot be read.
    pub fn fits(range: &str, version: &str) -> bool {
        match (Self::parse(range), Version::parse(version)) {
            (Some(range), Some(version)) => range.contains(&version),
            _ => false,
        }
    }
}

/// How a version is compared with that of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

/// The operators. An operator comes before its own prefixes.
const OPERATORS: [(&str, Operator); 11] = [
    (">=", Operator::AtLeast),
    ("=>", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=<", Operator::AtMost),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// The part of a version in a range that is not fixed (`1.x`, `1.2`, `*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Condition {
    fn new(operator: Operator, parts: &Parts<'_>) -> Option<Self> {
        let is_open = |number: &str| matches!(number, "" | "x" | "X" | "*");
        let [major, minor, patch] = parts.numbers;
        let (numbers, open) = match () {
            () if is_open(major) => (["0", "0", "0"], Open::All),
            () if is_open(minor) => ([major, "0", "0"], Open::Minor),
            () if is_open(patch) => ([major, minor, "0"], Open::Patch),
            () => ([major, minor, patch], Open::Nothing),
        };
        let mut text = numbers.join(".");
        for (mark, part) in [("-", parts.prerelease), ("+", parts.metadata)] {
            if !part.is_empty() && (open == Open::Nothing || mark == "-") {
                text.push_str(mark);
                text.push_str(part);
            }
        }
        Some(Self { operator, version: Version::parse(&text)?, open })
    }

    fn holds(&self, version: &Version) -> bool {
        let ours = &self.version;
        let order = version.compare(ours);
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => self.tilde(version, order),
            Operator::NotEqual => self.differs(version, order),
            Operator::Less => order.is_lt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Greater => match self.open {
                Open::Minor => version.major > ours.major,
                Open::Patch => (version.major, version.minor) > (ours.major, ours.minor),
                Open::All | Open::Nothing => order.is_gt(),
            },
            Operator::AtMost => match self.open {
                Open::Nothing => order.is_le(),
                Open::Minor => version.major <= ours.major,
                Open::All | Open::Patch => (version.major, version.minor) <= (ours.major, ours.minor),
            },
            Operator::Caret => self.caret(version, order),
        }
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        let ours = &self.version;
        match self.open {
            Open::Nothing | Open::All => !order.is_eq(),
            Open::Minor => version.major != ours.major,
            Open::Patch => {
                (version.major, version.minor) != (ours.major, ours.minor)
                    || !compare_prereleases(&version.prerelease, &ours.prerelease).is_eq()
            }
        }
    }

    fn tilde(&self, version: &Version, order: Ordering) -> bool {
        let ours = &self.version;
        let is_zero = (ours.major, ours.minor, ours.patch) == (0, 0, 0);
        order.is_ge()
            && match self.open {
                Open::All | Open::Nothing if is_zero => true,
                Open::Minor => version.major == ours.major,
                _ => (version.major, version.minor) == (ours.major, ours.minor),
            }
    }

    fn caret(&self, version: &Version, order: Ordering) -> bool {
        let ours = &self.version;
        if order.is_lt() {
            return false;
        }
        if ours.major > 0 || self.open == Open::Minor {
            return version.major == ours.major;
        }
        if version.major > 0 {
            return false;
        }
        if ours.minor > 0 || self.open == Open::Patch {
            return version.minor == ours.minor;
        }
        version.minor == 0 && version.patch == ours.patch
    }
}

/// The conditions of one alternative, separated by spaces or commas.
fn conditions(text: &str, is_first: bool) -> Option<Vec<Condition>> {
    let mut reader = Reader { rest: text };
    let mut found = Vec::new();
    let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|');
    // The library first rewrites `1 - 2` to `>= 1, <= 2` and removes the space in front. So after a space, nothing
    // separates the range from the condition before. The library also reads `|` as part of a number, so it splits a
    // `||` in front.
    let mut after_space = !is_first && text.starts_with(|char: char| is_number(&(char as u8)));
    loop {
        let divided;
        reader.spaces();
        let operator = reader.operator();
        reader.spaces();
        let parts = reader.version(is_number)?;
        let spaces = reader.spaces();
        let mut range = Reader { rest: reader.rest };
        if spaces && range.eat("-") && range.spaces() {
            let end = range.version(is_number)?;
            if operator.is_some() || after_space {
                return None;
            }
            found.push(Condition::new(Operator::AtLeast, &parts)?);
            found.push(Condition::new(Operator::AtMost, &end)?);
            range.spaces();
            reader = range;
            (after_space, divided) = (false, true);
        } else {
            found.push(Condition::new(operator.unwrap_or(Operator::Equal), &parts)?);
            (after_space, divided) = (spaces, spaces);
        }
        if reader.rest.is_empty() {
            return Some(found);
        }
        if reader.eat(",") {
            after_space = false;
        } else if !divided {
            return None;
        }
    }
}

/// The parts of a version as strings.
struct Parts<'t> {
    numbers: [&'t str; 3],
    prerelease: &'t str,
    metadata: &'t str,
}

impl Parts<'_> {
    fn is_valid(&self) -> bool {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_zeros = |part: &str| part.len() > 1 && part.starts_with('0') && is_number(part);
        !self.prerelease.split('.').any(has_zeros)
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn spaces(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
        let found = rest.len() < self.rest.len();
        self.rest = rest;
        found
    }

    fn eat(&mut self, mark: &str) -> bool {
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn operator(&mut self) -> Option<Operator> {
        OPERATORS.iter().find(|(mark, _)| self.eat(mark)).map(|(_, operator)| *operator)
    }

    fn run(&mut self, is_part: impl Fn(&u8) -> bool) -> &'t str {
        let length = self.rest.bytes().take_while(|byte| is_part(byte)).count();
        let (run, rest) = self.rest.split_at(length);
        self.rest = rest;
        run
    }

    fn version(&mut self, is_number: impl Fn(&u8) -> bool + Copy) -> Option<Parts<'t>> {
        self.eat("v");
        let mut numbers = [""; 3];
        numbers[0] = Some(self.run(is_number)).filter(|number| !number.is_empty())?;
        for number in &mut numbers[1..] {
            let before = self.rest;
            if !self.eat(".") {
                break;
            }
            *number = self.run(is_number);
            if number.is_empty() {
                self.rest = before;
                break;
            }
        }
        let prerelease = self.identifiers("-");
        let metadata = self.identifiers("+");
        Some(Parts { numbers, prerelease, metadata })
    }

    /// The identifiers after a mark, separated by dots; empty if there are none.
    fn identifiers(&mut self, mark: &str) -> &'t str {
        let before = self.rest;
        if !self.eat(mark) {
            return "";
        }
        let start = self.rest;
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        if self.run(is_part).is_empty() {
            self.rest = before;
            return "";
        }
        loop {
            let end = self.rest;
            if !self.eat(".") || self.run(is_part).is_empty() {
                self.rest = end;
                return &start[..start.len() - end.len()];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_printed() {
        for (text, printed) in [
            ("1.2.3", Some("1.2.3")),
            ("v1.2", Some("1.2.0")),
            ("1", Some("1.0.0")),
            ("01.002.3", Some("1.2.3")),
            ("1.2.3-rc.1+b5", Some("1.2.3-rc.1+b5")),
            ("1.2-a", Some("1.2.0-a")),
            ("1.2.3-01", None),
            ("1.2.3.4", None),
            ("1.2.", None),
            ("1.2.3-", None),
            ("", None),
            ("V1", None),
            (" 1", None),
            ("18446744073709551616", None),
        ] {
            assert_eq!(
                Version::parse(text).map(|version| version.to_string()).as_deref(),
                printed,
                "{text:?}"
            );
        }
    }

    #[test]
    fn ranges_with_wrong_syntax_are_refused() {
        for range in [
            "", " ", ",", "1,", ",1", "a", ">", ">1<2", "1.2.3.4", ">1 - 2", ">1 1 - 2", "1 -2", "1|2",
            "1 || ",
        ] {
            assert!(Range::parse(range).is_none(), "{range:?}");
        }
    }

    #[test]
    fn ranges_take_what_lies_in_them() {
        for (range, takes, leaves) in [
            (">=1.20", "1.20.0 1.31.4 v1.31.4+abc", "1.19.9 1.31.0-beta"),
            (">=1.20-0", "1.20.0 1.31.0-beta", "1.19.0"),
            ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
            ("^0.2.3", "0.2.3 0.2.9", "0.3.0 1.0.0"),
            ("^0.0.3", "0.0.3", "0.0.4 0.1.0"),
            ("~1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
            ("~1", "1.0.0 1.9.9", "2.0.0 0.9.0"),
            ("1.x", "1.0.0 1.9.0", "2.0.0"),
            ("*", "0.0.0 7.1.2", "1.0.0-rc1"),
            ("1.2 - 2.0", "1.2.0 2.0.5", "2.1.0 1.1.0"),
            ("1 - 2 || 4", "2.9.9 4.1.0", "3.0.0"),
            (">1, <=2.1", "2.0.0 2.1.7", "1.0.1 2.2.0"),
            ("!=1.2", "1.3.0", "1.2.5"),
            ("=>1.0 =<1.5.0", "1.2.0", "1.5.1"),
            (">11", "12.0.0", "11.1.0"),
        ] {
            for version in takes.split(' ') {
                assert!(Range::fits(range, version), "{range} takes {version}");
            }
            for version in leaves.split(' ') {
                assert!(!Range::fits(range, version), "{range} leaves {version}");
            }
        }
    }
}
