//! The fingerprint by which GitHub recognizes a finding after lines moved: a hash of the text from its line on.
//!
//! It has to equal the one that GitHub's upload action computes (codeql-action `src/fingerprints.ts`), since the action
//! compares both and warns about every difference. The hash of a line is a polynomial of base 37 modulo 2^64 over the 100
//! UTF-16 code units from its start. Blanks and tabs do not count, and every line end counts as one `\n`. Behind the end of
//! the text come the unit 65535 and zeros. Equal hashes in one file are numbered.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

const WINDOW: u64 = 100;
const BASE: u64 = 37;
const END_OF_FILE: u16 = u16::MAX;

/// The fingerprints of the `wanted` lines (from 1) of `text`. A line that does not exist has none.
///
/// Two passes keep only the wanted hashes: otherwise a file of many short lines would need many times its size.
pub fn line_hashes(text: &str, wanted: &BTreeSet<usize>) -> BTreeMap<usize, String> {
    let mut counts = HashMap::new();
    for_each_line(text, |line, hash| {
        if wanted.contains(&line) {
            counts.insert(hash, 0_usize);
        }
    });
    let mut fingerprints = BTreeMap::new();
    for_each_line(text, |line, hash| {
        if let Some(count) = counts.get_mut(&hash) {
            *count += 1;
            if wanted.contains(&line) {
                fingerprints.insert(line, format!("{hash:x}:{count}"));
            }
        }
    });
    fingerprints
}

/// Calls `tell` with the hash of every line, in order.
fn for_each_line(text: &str, mut tell: impl FnMut(usize, u64)) {
    let out_of_window = BASE.wrapping_pow(WINDOW as u32);
    // The hash of all units so far. The hash of a line is what was added since its start, so only the starts in the current
    // window are kept.
    let mut hash = 0_u64;
    let mut open: VecDeque<(u64, u64)> = VecDeque::new();
    let (mut read, mut told) = (0_u64, 0);
    let mut at_line_start = true;
    let ending = std::iter::once(END_OF_FILE).chain(std::iter::repeat_n(0, WINDOW as usize));
    let units = read_units(text).map(|unit| (unit, true)).chain(ending.map(|unit| (unit, unit != 0)));
    for (unit, is_text) in units {
        if let Some(&(start, before)) = open.front()
            && read == start + WINDOW
        {
            open.pop_front();
            told += 1;
            tell(told, hash.wrapping_sub(before.wrapping_mul(out_of_window)));
        }
        if at_line_start && is_text {
            open.push_back((read, hash));
        }
        at_line_start = is_text && unit == u16::from(b'\n');
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(unit));
        read += 1;
    }
}

/// The units that count: without blanks and tabs, and with `\n` for every line end.
fn read_units(text: &str) -> impl Iterator<Item = u16> {
    let mut after_cr = false;
    text.encode_utf16().filter_map(move |unit| {
        let ends_crlf = after_cr && unit == u16::from(b'\n');
        after_cr = unit == u16::from(b'\r');
        match u8::try_from(unit) {
            Ok(b' ' | b'\t') => None,
            Ok(b'\n') if ends_crlf => None,
            Ok(b'\r') => Some(u16::from(b'\n')),
            _ => Some(unit),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let lines = crate::source::Source::new(String::new(), text.into()).line_starts().len();
        let hashes = line_hashes(text, &(1..=lines + 1).collect());
        assert_eq!(hashes.keys().copied().collect::<Vec<_>>(), (1..=lines).collect::<Vec<_>>(), "{text:?}");
        hashes.into_values().collect()
    }

    /// The published values of codeql-action `src/fingerprints.test.ts`.
    #[test]
    fn hashes_are_those_of_the_upload_action() {
        let greetings = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let repeated = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let cases: &[(&str, &[&str])] = &[
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (
                " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
                &[
                    "8b7cf3e952e7aeb2:1",
                    "b1ae1287ec4718d9:1",
                    "bff680108adb0fcc:1",
                    "c6805c5e1288b612:1",
                    "b86d3392aea1be30:1",
                    "e6ceba753e1a442:1",
                ],
            ),
            (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &greetings),
            (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", &greetings),
            (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", &greetings),
            (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &greetings),
            (
                &repeated,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text), *expected, "{text:?}");
        }
    }

    /// The algorithm of the action, unit by unit through a window, to compare it with the implementation above.
    fn slowly(text: &str) -> Vec<String> {
        let mut units: Vec<u16> = Vec::new();
        let mut starts = vec![0];
        for (number, line) in text.replace("\r\n", "\n").replace('\r', "\n").split('\n').enumerate() {
            if number > 0 {
                units.push(10);
                starts.push(units.len());
            }
            units.extend(line.encode_utf16().filter(|unit| !matches!(unit, 9 | 32)));
        }
        units.push(u16::MAX);
        units.extend([0; 100]);
        let mut seen: HashMap<u64, usize> = HashMap::new();
        let hash = |start: usize| {
            units[start..start + 100]
                .iter()
                .fold(0_u64, |hash, &u| hash.wrapping_mul(37).wrapping_add(u64::from(u)))
        };
        let mut number = |hash| {
            let count = seen.entry(hash).or_default();
            *count += 1;
            format!("{hash:x}:{count}")
        };
        starts.into_iter().map(|start| number(hash(start))).collect()
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_definition(text in "([ab\t 𝄞é\u{feff}\u{0}\u{ffff}]|\n|\r|\r\n|[a-z]{40}){0,90}") {
            proptest::prop_assert_eq!(all(&text), slowly(&text));
        }
    }

    #[test]
    fn only_what_is_asked_for() {
        let text = "a\n".repeat(300);
        assert_eq!(line_hashes(&text, &BTreeSet::from([7, 999])).len(), 1);
        assert!(line_hashes(&text, &BTreeSet::from([7]))[&7].ends_with(":7"));
        assert!(line_hashes(&text, &BTreeSet::new()).is_empty());
    }
}
