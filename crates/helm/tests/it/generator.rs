//! Charts at random, the same in every run: values, subcharts, definitions, and templates that use many functions.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A chart, and the values that it is rendered with.
#[derive(Debug)]
pub(crate) struct Generated {
    /// The files by their paths within the chart.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) values: Value,
}

/// Numbers at random, by the method `SplitMix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// The chart of a number.
pub(crate) fn chart(seed: u64) -> Generated {
    let mut random = Random(seed);
    let mut files = BTreeMap::new();
    let mut values = own_values(&mut random);
    let subcharts = random.below(3);
    let mut description = "apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: 1.20\n".to_owned();
    if subcharts > 0 {
        description.push_str("dependencies:\n");
    }
    for number in 0..subcharts {
        let name = ["sub", "other"][number];
        let alias = random.chance(40).then(|| format!("{name}-as"));
        let range = random.pick(&[">=1.0.0", "1.x", "^1.2", "*", "2.x"]);
        let _ = write!(description, "- name: {name}\n  version: '{range}'\n");
        if let Some(alias) = &alias {
            let _ = writeln!(description, "  alias: {alias}");
        }
        let local = alias.unwrap_or_else(|| name.to_owned());
        if random.chance(40) {
            let _ = writeln!(description, "  condition: {local}.enabled,global.all");
        }
        if random.chance(40) {
            let _ = writeln!(description, "  tags: [front, {name}]");
        }
        if random.chance(40) {
            let import = random.pick(&[
                "[data]",
                "[{child: map, parent: imported}]",
                "[{child: map, parent: map}, data]",
            ]);
            let _ = writeln!(description, "  import-values: {import}");
        }
        if random.chance(60) {
            let over = over(&mut random);
            values.insert(local, over);
        }
        subchart(&mut random, name, &mut files);
    }
    if random.chance(30) {
        values.insert("tags".into(), json!({"front": random.chance(50), "sub": random.chance(50)}));
    }
    files.insert("Chart.yaml".into(), description);
    files.insert("values.yaml".into(), serde_json::to_string_pretty(&values).expect("JSON"));
    files.insert("conf/one.txt".into(), "one\ntwo\n".into());
    files.insert("templates/_helpers.tpl".into(), helpers(&mut random, "app"));
    for number in 0..=random.below(2) {
        files.insert(format!("templates/t{number}.yaml"), template(&mut random, "app"));
    }
    Generated { files, values: if random.chance(50) { over(&mut random) } else { json!({}) } }
}

fn subchart(random: &mut Random, name: &str, files: &mut BTreeMap<String, String>) {
    let root = format!("charts/{name}");
    files.insert(format!("{root}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 1.2.3\n"));
    let mut values = own_values(random);
    values.insert("exports".into(), json!({"data": {"exported": name, "map": {"a": "from-child"}}}));
    files.insert(format!("{root}/values.yaml"), serde_json::to_string_pretty(&values).expect("JSON"));
    files.insert(format!("{root}/templates/_helpers.tpl"), helpers(random, name));
    files.insert(format!("{root}/templates/s.yaml"), template(random, name));
}

const WORDS: [&str; 12] = [
    "alpha",
    "Beta",
    "x-1",
    "a_b c",
    "",
    "1.20",
    "true",
    "quay.io/acme/app:v1",
    "é–ü",
    "a: b",
    "line\ntwo",
    "0644",
];

fn own_values(random: &mut Random) -> Map<String, Value> {
    let mut word = |_: usize| json!(WORDS[random.below(WORDS.len())]);
    let (s1, s2, a, b, l0, l1) = (word(0), word(1), word(2), word(3), word(4), word(5));
    let global = match random.below(3) {
        0 => json!({"g": "global", "deep": {"x": 1, "y": null}}),
        1 => json!({"g": WORDS[random.below(WORDS.len())], "all": random.chance(50)}),
        _ => json!({}),
    };
    let values = json!({
        "s1": s1, "s2": s2, "n": random.below(200), "f": 1.5, "big": 12_345_678, "b": random.chance(50),
        "l": [l0, l1, "last"], "numbers": [3, 1, 2], "none": null,
        "map": {"a": a, "b": b, "c": {"d": random.below(9), "gone": null}},
        "people": [{"name": "ann", "age": 30}, {"name": "bob", "age": 4}],
        "tpl": "{{ .Release.Name }}-{{ .Values.s1 }}",
        "global": global,
    });
    values.as_object().cloned().unwrap_or_default()
}

/// Values that somebody gives.
fn over(random: &mut Random) -> Value {
    let mut values = Map::new();
    for (key, value) in [
        ("s1", json!(WORDS[random.below(WORDS.len())])),
        ("map", json!({"a": null, "c": {"d": 7, "new": null}, "z": [1]})),
        ("l", json!(["only"])),
        ("b", json!(random.chance(50))),
        ("none", json!("some")),
        ("enabled", json!(random.chance(50))),
        ("global", json!({"g": "given", "deep": {"y": 2}, "all": random.chance(50)})),
        ("f", Value::Null),
    ] {
        if random.chance(35) {
            values.insert(key.into(), value);
        }
    }
    values.into()
}

fn helpers(random: &mut Random, chart: &str) -> String {
    let text = string(random, 2);
    format!(
        "{{{{/* definitions */}}}}\n{{{{- define \"{chart}.name\" -}}}}\n{{{{ {text} | trunc 40 }}}}\n{{{{- end -}}}}\n\
         {{{{- define \"{chart}.labels\" -}}}}\nchart: {{{{ .Chart.Name | quote }}}}\n{{{{- with .Values.global.g }}}}\n\
         global: {{{{ . | quote }}}}\n{{{{- end }}}}\n{{{{- end -}}}}\n\
         {{{{- define \"shared\" }}}}{chart}{{{{ end -}}}}\n"
    )
}

/// A template: a map with many fields.
fn template(random: &mut Random, chart: &str) -> String {
    let mut text = format!(
        "{{{{- $root := . -}}}}\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{chart}\n  labels:\n    \
         {{{{- include \"{chart}.labels\" . | nindent 4 }}}}\ndata:\n"
    );
    for number in 0..6 + random.below(6) {
        let line = field(random, number, chart);
        text.push_str(&line);
    }
    text
}

fn field(random: &mut Random, number: usize, chart: &str) -> String {
    match random.below(14) {
        0 => format!("  f{number}: {{{{ {} | quote }}}}\n", string(random, 3)),
        1 => format!("  f{number}: {{{{ {} | toJson }}}}\n", map(random, 3)),
        2 => format!("  f{number}: {{{{ {} | toJson }}}}\n", list(random, 3)),
        3 => format!("  f{number}: {{{{ {} }}}}\n", int(random, 3)),
        4 => format!("  f{number}:\n    {{{{- {} | toYaml | nindent 4 }}}}\n", map(random, 3)),
        5 => format!(
            "  f{number}:\n  {{{{- range $i, $x := {} }}}}\n  - {{{{ printf \"%d:%v\" $i $x | quote }}}}\n  {{{{- else }}}}\n  - none\n  {{{{- end }}}}\n",
            list(random, 2)
        ),
        6 => format!(
            "  {{{{- range $k, $v := {} }}}}\n  f{number}-{{{{ $k }}}}: {{{{ $v | toString | quote }}}}\n  {{{{- end }}}}\n",
            map(random, 2)
        ),
        7 => format!(
            "  {{{{- if {} }}}}\n  f{number}: yes-it-is\n  {{{{- else if {} }}}}\n  f{number}: second\n  {{{{- else }}}}\n  f{number}: no\n  {{{{- end }}}}\n",
            bool(random, 2),
            bool(random, 2)
        ),
        8 => format!(
            "  {{{{- with {} }}}}\n  f{number}: {{{{ . | toJson }}}}\n  {{{{- end }}}}\n",
            random.pick(&[
                ".Values.map.c",
                ".Values.none",
                ".Values.l",
                "$root.Values.global",
                ".Values.people"
            ])
        ),
        9 => format!("  f{number}: {{{{ include \"{chart}.name\" $root | squote }}}}\n"),
        10 => format!(
            "  f{number}: {{{{ tpl {} . | quote }}}}\n",
            random.pick(&[".Values.tpl", "\"{{ .Values.s1 | upper }}\"", "(.Files.Get \"conf/one.txt\")"])
        ),
        11 => format!(
            "  {{{{- $v{number} := {} }}}}\n  {{{{- range until 3 }}}}\n  {{{{- $v{number} = printf \"%s%d\" (toString $v{number}) . }}}}\n  {{{{- end }}}}\n  f{number}: {{{{ $v{number} | quote }}}}\n",
            string(random, 2)
        ),
        12 => format!("  f{number}: {{{{ {} | quote }}}}\n", printed(random)),
        _ => format!("  f{number}: {{{{ {} }}}}\n", bool(random, 3)),
    }
}

/// What several types print.
fn printed(random: &mut Random) -> String {
    let value = match random.below(6) {
        0 => ".Values.n".to_owned(),
        1 => ".Values.big".to_owned(),
        2 => ".Values.f".to_owned(),
        3 => list(random, 1),
        4 => map(random, 1),
        _ => string(random, 1),
    };
    match random.below(6) {
        0 => format!("(printf \"%v\" {value})"),
        1 => format!("(kindOf {value})"),
        2 => format!("(typeOf {value})"),
        3 => format!("(toString {value})"),
        4 => format!("(print {value} {value})"),
        _ => format!(
            "(printf \"%5.2f|%-8s|%08d|%q|%t|%x\" 1.5 {} {} {} {} {})",
            string(random, 1),
            int(random, 1),
            string(random, 1),
            bool(random, 1),
            int(random, 1)
        ),
    }
}

fn string(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(25) {
        let known: [&str; 12] = [
            "$.Values.s1",
            "$.Values.s2",
            "$.Release.Name",
            "$.Chart.Name",
            "\"lit-eral\"",
            "`raw \"x\"`",
            "$.Values.map.b",
            "\"a,b,,c\"",
            "$.Template.Name",
            "\"Mixed Case words\"",
            "$.Chart.AppVersion",
            "($.Values.s1 | toString)",
        ];
        return random.pick(&known).to_owned();
    }
    let inner = string(random, depth - 1);
    match random.below(24) {
        0..=7 => {
            let known: [&str; 30] = [
                "upper",
                "lower",
                "title",
                "trim",
                "quote",
                "squote",
                "trunc 5",
                "trunc -3",
                "trimSuffix \"a\"",
                "trimPrefix \"a\"",
                "replace \"a\" \"bb\"",
                "repeat 2",
                "nospace",
                "b64enc",
                "sha256sum",
                "indent 2",
                "snakecase",
                "camelcase",
                "kebabcase",
                "initials",
                "swapcase",
                "untitle",
                "abbrev 8",
                "wrap 6",
                "trimAll \"-\"",
                "regexReplaceAll \"[a-c]+\" \"<$0>\"",
                "sha1sum",
                "adler32sum",
                "urlquery",
                "html",
            ];
            let function = random.pick(&known);
            // Here the text comes first.
            if function.starts_with("regex") {
                return format!("(regexReplaceAll \"[a-c]+\" {inner} \"<${{0}}>\")");
            }
            format!("({inner} | {function})")
        }
        8 => format!("(printf \"%s-%d\" {inner} {})", int(random, depth - 1)),
        9 => format!("(default {inner} $.Values.missing)"),
        10 => format!("({inner} | default \"empty\")"),
        11 => format!("(ternary {inner} \"other\" {})", bool(random, depth - 1)),
        12 => format!("(join \"+\" {})", list(random, depth - 1)),
        13 => format!("({} | toJson)", map(random, depth - 1)),
        14 => format!("({} | toYaml)", list(random, depth - 1)),
        15 => format!("(coalesce $.Values.missing \"\" {inner})"),
        16 => format!("(cat {inner} {} \"end\")", int(random, depth - 1)),
        17 => format!("(print {inner} {} {inner})", int(random, depth - 1)),
        18 => "(include \"shared\" $)".to_owned(),
        19 => format!("(first (splitList \"-\" {inner}))"),
        20 => format!("(get {} \"a\" | toString)", map(random, depth - 1)),
        21 => format!("(dig \"c\" \"d\" \"none\" {} | toString)", map(random, depth - 1)),
        22 => format!("(regexFind \"[a-z]+\" {inner})"),
        _ => format!("(b64enc {inner} | b64dec | plural \"many\" {} | toString)", int(random, 0))
            .replace("| plural \"many\" ", "| trunc "),
    }
}

fn int(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(25) {
        return random
            .pick(&["3", "(int $.Values.n)", "7", "(len $.Values.l)", "(int64 $.Values.big)", "0x1F", "-2"])
            .to_owned();
    }
    let (one, other) = (int(random, depth - 1), int(random, depth - 1));
    match random.below(13) {
        0 => format!("(add {one} {other} 1)"),
        1 => format!("(sub {one} {other})"),
        2 => format!("(mul {one} 3)"),
        3 => format!("(div {one} 4)"),
        4 => format!("(mod {one} 5)"),
        5 => format!("(max {one} {other})"),
        6 => format!("(min {one} {other})"),
        7 => format!("(len {})", list(random, depth - 1)),
        8 => format!("(len {})", map(random, depth - 1)),
        9 => format!("(add1 {one})"),
        10 => format!("(int (floor (divf {one} 2)))"),
        11 => format!("(atoi \"12{}\")", random.below(9)),
        _ => format!("(ternary {one} {other} {})", bool(random, depth - 1)),
    }
}

fn bool(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(20) {
        return random
            .pick(&[
                "$.Values.b",
                "true",
                "(not $.Values.b)",
                "(empty $.Values.s1)",
                "(hasKey $.Values \"none\")",
            ])
            .to_owned();
    }
    match random.below(13) {
        0 => format!("(eq {} {})", string(random, depth - 1), string(random, depth - 1)),
        1 => format!("(ne {} \"alpha\")", string(random, depth - 1)),
        2 => format!("(gt (int {}) (int {}))", int(random, depth - 1), int(random, depth - 1)),
        3 => format!("(and {} {})", bool(random, depth - 1), bool(random, depth - 1)),
        4 => format!("(or {} {})", bool(random, depth - 1), bool(random, depth - 1)),
        5 => format!("(not {})", bool(random, depth - 1)),
        6 => format!("(contains \"a\" {})", string(random, depth - 1)),
        7 => format!("(hasPrefix \"a\" {})", string(random, depth - 1)),
        8 => format!("(has \"last\" {})", list(random, depth - 1)),
        9 => format!("(empty {})", map(random, depth - 1)),
        10 => format!(
            "(semverCompare \"{}\" \"1.{}.0\")",
            random.pick(&[">=1.2", "~1.1", "^1", "<1.4-0", "1.x"]),
            random.below(6)
        ),
        11 => format!("(kindIs \"string\" {})", string(random, depth - 1)),
        _ => format!("(regexMatch \"^[a-z]+$\" {})", string(random, depth - 1)),
    }
}

fn list(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(20) {
        return random
            .pick(&[
                "$.Values.l",
                "(list \"x\" \"y\")",
                "(splitList \",\" \"a,b,,c\")",
                "(list)",
                "(list 1 \"two\" 3.5 nil true)",
            ])
            .to_owned();
    }
    let inner = list(random, depth - 1);
    match random.below(17) {
        0 => format!("(append {inner} {})", string(random, depth - 1)),
        1 => format!("(prepend {inner} {})", int(random, depth - 1)),
        2 => format!("(concat {inner} {})", list(random, depth - 1)),
        3 => format!("(reverse {inner})"),
        4 => format!("(uniq {inner})"),
        5 => format!("(compact {inner})"),
        6 => format!("(without {inner} \"a\" \"last\")"),
        7 => format!("(rest {inner})"),
        8 => format!("(initial {inner})"),
        9 => format!("({} | keys | sortAlpha)", map(random, depth - 1)),
        10 => format!("(until (int (mod {} 4)))", "7"),
        11 => format!("(sortAlpha {inner})"),
        12 => format!("(slice (concat {inner} (list 1 2)) 1 2)"),
        13 => format!("(chunk 2 {inner})"),
        14 => format!("(untilStep 0 {} 3)", 1 + random.below(12)),
        15 => "(pluck \"name\" (index $.Values.people 0) (index $.Values.people 1))".to_owned(),
        _ => format!("(list {} {})", string(random, depth - 1), bool(random, depth - 1)),
    }
}

fn map(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(20) {
        return random
            .pick(&[
                "$.Values.map",
                "(dict \"a\" \"x\" \"b\" 2)",
                "(dict)",
                "$.Values.global",
                "(deepCopy $.Values.map)",
            ])
            .to_owned();
    }
    let inner = map(random, depth - 1);
    match random.below(11) {
        0 => format!("(merge (deepCopy {inner}) {})", map(random, depth - 1)),
        1 => format!("(mergeOverwrite (deepCopy {inner}) {})", map(random, depth - 1)),
        2 => format!("(pick {inner} \"a\" \"c\")"),
        3 => format!("(omit {inner} \"a\")"),
        4 => format!("(set (deepCopy {inner}) \"k\" {})", string(random, depth - 1)),
        5 => format!("(fromYaml (toYaml {inner}))"),
        6 => format!("(fromJson (toJson {inner}))"),
        7 => format!("(unset (deepCopy {inner}) \"b\")"),
        8 => format!("(dict \"a\" {} \"l\" {})", int(random, depth - 1), list(random, depth - 1)),
        9 => format!("(set {inner} \"shared\" {})", string(random, depth - 1)),
        _ => format!(
            "(dict \"c\" (dict \"d\" {}) \"b\" {})",
            string(random, depth - 1),
            bool(random, depth - 1)
        ),
    }
}
