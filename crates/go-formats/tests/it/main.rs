//! What Go prints and reads, recorded by `tests/go/record.py`, compared with what this crate does.

use go_formats::{Argument, BigInteger, Scalar, Time, duration_text, parse_duration, quote, sprintf};
use serde_json::Value;
use std::sync::LazyLock;

static ANSWERS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../go/answers.json")).expect("JSON"));

fn rows(name: &str) -> &'static [Value] {
    let rows = ANSWERS[name].as_array().expect("a list");
    assert!(rows.len() > 20, "{name}");
    rows
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field].as_str().expect("a text")
}

fn argument(value: &Value) -> Argument<'_> {
    match value {
        Value::Null => Argument { type_name: "nil", value: Scalar::Nil },
        Value::Bool(value) => (*value).into(),
        Value::Number(number) if number.is_i64() => number.as_i64().expect("a number").into(),
        Value::Number(number) => number.as_f64().expect("a number").into(),
        Value::String(text) => text.as_str().into(),
        _ => panic!("{value} is a collection"),
    }
}

fn fail_with(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn sprintf_prints_what_go_prints() {
    let mut wrong = Vec::new();
    for row in rows("sprintf") {
        let arguments: Vec<Argument<'_>> =
            row["arguments"].as_array().expect("a list").iter().map(argument).collect();
        let printed = sprintf(text(row, "format"), &arguments);
        if printed != text(row, "text") {
            wrong.push(format!("{} {}: {printed:?}, Go {}", row["format"], row["arguments"], row["text"]));
        }
    }
    fail_with(&wrong);
}

#[test]
fn durations_are_what_go_reads_and_prints() {
    let mut wrong = Vec::new();
    for row in rows("durations") {
        // A text that is no duration was recorded as no time at all.
        let nanos = parse_duration(text(row, "text")).unwrap_or(0);
        if nanos != row["nanos"].as_i64().expect("a number") || duration_text(nanos) != text(row, "shown") {
            wrong.push(format!("{row}: {nanos} {}", duration_text(nanos)));
        }
    }
    fail_with(&wrong);
    for no_duration in ["", "-", "s", "1", "1x", "1.1.1s", "9223372036854775808ns", " 1s", "1e3s"] {
        assert_eq!(parse_duration(no_duration), None, "{no_duration}");
    }
}

#[test]
fn times_are_what_go_reads_and_prints() {
    let mut wrong = Vec::new();
    for row in rows("times") {
        let time = Time::parse(text(row, "layout"), text(row, "text")).unwrap_or(Time::ZERO);
        let shown = time.utc().format("2006-01-02T15:04:05.999999999Z07:00 Monday 002");
        if shown != text(row, "utc") {
            wrong.push(format!("{row}: {shown}"));
        }
    }
    fail_with(&wrong);
}

#[test]
fn dates_beyond_the_end_of_a_month_count_on() {
    let time = Time::parse("2006-01-02 15:04", "2024-01-31 10:00").expect("a time");
    for (years, months, days, text) in [
        (0, 1, 0, "2024-03-02 10:00"),
        (1, 1, 0, "2025-03-03 10:00"),
        (0, -11, -31, "2023-01-31 10:00"),
        (0, 0, 366, "2025-01-31 10:00"),
    ] {
        assert_eq!(time.plus_date(years, months, days).format("2006-01-02 15:04"), text);
    }
    assert_eq!(Time::from_nanos(i64::MIN).nanos(), Some(i64::MIN));
    assert_eq!(Time::ZERO.nanos(), None);
}

/// Two to the power of 80.
#[derive(Debug)]
struct Large {
    is_negative: bool,
}

impl BigInteger for Large {
    fn is_negative(&self) -> bool {
        self.is_negative
    }

    fn digits(&self, base: u32) -> String {
        match base {
            10 => "1208925819614629174706176".to_owned(),
            16 => format!("1{}", "0".repeat(20)),
            _ => panic!("not asked for"),
        }
    }
}

#[test]
fn big_integers_format_themselves() {
    let (plus, minus) = (Large { is_negative: false }, Large { is_negative: true });
    let print = |format: &str, number: &Large| {
        sprintf(format, &[Argument { type_name: "*big.Int", value: Scalar::Big(number) }])
    };
    for (format, number, text) in [
        ("%d", &plus, "1208925819614629174706176"),
        ("%s %T", &minus, "-1208925819614629174706176 %!T(MISSING)"),
        ("%+v", &plus, "+1208925819614629174706176"),
        ("%#x", &minus, "-0x100000000000000000000"),
        ("%#026x", &plus, "0x000100000000000000000000"),
        ("%-27dx", &plus, "1208925819614629174706176  x"),
        ("%q", &minus, "%!q(big.Int=-1208925819614629174706176)"),
        ("%T", &minus, "*big.Int"),
    ] {
        assert_eq!(print(format, number), text, "{format}");
    }
}

#[test]
fn widths_and_precisions_are_bounded() {
    let long = sprintf("%.100000f|%.100000e|%.100000g", &[1.5.into(), 1.5.into(), 1.5.into()]);
    assert_eq!(long.len(), 100_002 + 1 + 100_006 + 1 + 3);
    assert_eq!(sprintf("%5000000d", &[1_i64.into()]).len(), 5_000_000);
    assert_eq!(sprintf("%50000000d", &[1_i64.into()]), "%!(NOVERB)%!(EXTRA int64=1)");
}

#[test]
fn characters_that_nobody_sees_are_escaped() {
    for (text, quoted) in [
        ("a\"b\\c", r#""a\"b\\c""#),
        ("a\nb\tc\u{1}\u{1b}\u{7f}", r#""a\nb\tc\x01\x1b\x7f""#),
        ("é\u{200b}\u{a0}\u{feff}", r#""é\u200b\u00a0\ufeff""#),
        ("e\u{301}", "\"e\u{301}\""),
    ] {
        assert_eq!(quote(text), quoted);
    }
}
