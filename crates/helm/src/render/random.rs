//! Tests random templates: each of them ends, and none causes a panic.

use super::tests::rendered;
use crate::document::documents;
use crate::{Limits, functions};
use proptest::prelude::*;

const LIMITS: Limits = Limits { steps: 50_000, bytes: 1 << 20, depth: 1_000 };

const VALUES: &str = "a: 1\nb: [x, 2, null, {c: d}]\ne: {f: {g: ''}}\nt: '{{ .Values.a }}'\nm: |\n  é\n  b\n";

/// Values that may cause errors in functions.
const OPERANDS: [&str; 44] = [
    ".",
    "$",
    ".Values",
    ".Values.b",
    ".Values.e",
    ".Values.e.f.g",
    ".Values.nope",
    ".Values.m",
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "3",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "-0.0",
    "1e300",
    "'a'",
    "\"\"",
    "\"é日😀\"",
    "\"a-b_c d\"",
    "\"a\\nb\\n\"",
    "\"2020-01-02\"",
    "\"1.2.3-a+b\"",
    "\">=1.2 || x\"",
    "\"(a*)*[b\"",
    "\"%s%5d%[2]*.[1]*f%!\"",
    "\"http://u:p@h:1/%zz?q#f\"",
    "\"a: [b\"",
    "\"{\\\"a\\\":1}\"",
    "(list)",
    "(list 1 \"a\" nil .Values)",
    "(dict)",
    "(dict \"a\" 1 \"b\" (list))",
    "(until 3)",
    "(now)",
    "(semver \"1.2.3\")",
    "(int64 7)",
    "(float64 \"inf\")",
    "(.Files.Get \"x\")",
    "(b64dec \"/w==\")",
    "(toDate \"2006\" \"9999\")",
];

/// A call; most of its arguments have the right types.
fn call() -> impl Strategy<Value = String> {
    let function = proptest::sample::select(functions::names());
    let choices = proptest::collection::vec((any::<proptest::sample::Index>(), 0..12u8), 8);
    (function, choices, any::<bool>()).prop_map(|((name, takes), choices, is_piped)| {
        let mut letters: Vec<char> = takes.chars().collect();
        if letters.last() == Some(&'*') {
            letters.pop();
            let last = letters.last().copied().unwrap_or('a');
            letters.extend(std::iter::repeat_n(last, usize::from(choices[7].1) / 4));
        }
        let mut operands: Vec<&str> = Vec::new();
        for (letter, (index, odds)) in letters.into_iter().zip(&choices) {
            let fits: &[&str] = match letter {
                's' => &OPERANDS[17..30],
                'i' | 'l' => &OPERANDS[10..16],
                'b' => &["true", "false"],
                'm' => &[".Values", ".Values.e", "(dict)", "(dict \"a\" 1 \"b\" (list))", "."],
                _ => &OPERANDS,
            };
            let from = if *odds == 0 { &OPERANDS[..] } else { fits };
            operands.push(from[index.index(from.len())]);
        }
        match operands.pop() {
            Some(last) if is_piped && last != "nil" => format!("({last} | {name} {})", operands.join(" ")),
            Some(last) => format!("({name} {} {last})", operands.join(" ")),
            None => format!("({name})"),
        }
    })
}

fn action() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => call().prop_map(|call| format!("{{{{ {call} }}}}")),
        1 => call().prop_map(|call| format!("{{{{- with {call} -}}}} {{{{ . }}}} {{{{ end }}}}")),
        1 => call().prop_map(|call| format!("{{{{ range $k, $v := {call} }}}}{{{{ $k }}}}{{{{ $v }}}}\n{{{{ end }}}}")),
        1 => call().prop_map(|call| format!("{{{{ $x := {call} }}}}{{{{ $x | quote | nindent 2 }}}}")),
        1 => call().prop_map(|call| format!("a: {{{{ {call} | toYaml | nindent 2 }}}}\n")),
        1 => call().prop_map(|call| format!("{{{{ define \"x\" }}}}{{{{ {call} }}}}{{{{ end }}}}{{{{ include \"x\" . }}}}")),
    ]
}

/// Random sequences of words from templates.
fn words() -> impl Strategy<Value = String> {
    let words = [
        "{{", "}}", "{{-", "-}}", " ", "\n", "\"", "`", "'", "(", ")", "|", ":=", "=", ",", ".", "$", "$x",
        ".a", "if", "else", "end", "range", "with", "define", "template", "block", "break", "continue",
        "nil", "/*", "*/", "1", "0x", "é", "x", "\\", "printf", "include", "and", "{{/*", "*/}}", "\u{feff}",
        "\u{0}", "1e", "-", "+",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..30)
        .prop_map(|words| words.concat())
}

fn ends(template: &str) {
    if let Ok(files) = rendered(&[("a.yaml", template)], VALUES, &LIMITS) {
        for file in &files {
            let mut at = 0;
            for mark in &file.marks {
                assert!(at <= mark.start && mark.start < mark.end, "{template}: {mark:?}");
                assert!(file.text.is_char_boundary(mark.start as usize), "{template}: {mark:?}");
                at = mark.end;
            }
            assert!(at as usize <= file.text.len(), "{template}");
            let _ = documents(file);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn functions_of_anything_end(actions in proptest::collection::vec(action(), 1..4)) {
        ends(&actions.concat());
    }

    #[test]
    fn words_of_any_kind_end(text in words()) {
        ends(&text);
        ends(&format!("{{{{ {text} }}}}"));
    }
}
