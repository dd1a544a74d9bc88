//! Whatever a chart holds: no panic, and an end.
//!
//! `FUZZ_SECONDS=3600 cargo test --release -p helm hostile -- --show-output` runs so long; `FUZZ_SEED` selects other cases.

#![allow(clippy::print_stdout, reason = "the test says how far it came")]
#![allow(clippy::disallowed_methods, reason = "somebody may look further")]

use crate::generator::{Random, chart};
use crate::tar::{archive, gzip};
use helm::{
    Capabilities, Chart, Given, Limits, MemoryTree, Options, Parameter, ParameterKind, Range, Release,
    Version,
};
use spanned_yaml::{FileId, Span, Spanned, parse_all};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Texts that mean something somewhere in a chart.
const TOKENS: [&str; 64] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "{{ end }}",
    "{{ define \"x\" }}",
    "{{ include \"x\" . }}",
    "{{ else if .x }}",
    "{{ range . }}",
    "{{ tpl . . }}",
    "{{ template \"x\" . }}",
    "{{ block \"x\" . }}",
    "{{ with $x := . }}",
    "{{ break }}",
    "| toYaml | nindent 8",
    "(printf \"%99999d\" 1)",
    "(repeat 99999 \"x\")",
    "(until 99999999)",
    "(regexReplaceAll \"(a*)*\" \"aaaa\" \"$1\")",
    "(list . .)",
    "(dict . .)",
    "(set $ \"a\" $)",
    "(index . 1 2)",
    "(slice . 3 1)",
    "(substr 5 2 \"é\")",
    "(trunc -99 \"é\")",
    "(mod 1 0)",
    "(div 1 0)",
    "(b64dec \"%\")",
    "(fromYaml \"a: [\")",
    "$.Values",
    ".Values.global",
    "null",
    "~",
    "---\n",
    "- ",
    ": ",
    "\t",
    "\r\n",
    "\"",
    "'",
    "`",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">-\n",
    "#",
    "\\",
    "é",
    "\u{feff}",
    "\0",
    "dependencies:\n",
    "alias: a",
    "import-values: [x]",
    "condition: a.b",
    "version: '*'",
];

fn mutate(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        let end = (at + random.below(20)).min(chars.len());
        match random.below(4) {
            0 => drop(chars.drain(at..end)),
            1 => {
                let part: Vec<char> = chars[at..end].to_vec();
                let to = random.below(chars.len() + 1);
                chars.splice(to..to, part);
            }
            _ => drop(chars.splice(at..at, random.pick(&TOKENS).chars())),
        }
    }
    chars.into_iter().collect()
}

/// Renders a chart; whether it gives something.
fn render(tree: &MemoryTree, root: &str, values: &str) -> bool {
    let documents = parse_all(FileId(5_000), &values.into());
    let given = Given {
        values: documents.iter().flatten().map(|document| document.root()).collect(),
        ..Given::default()
    };
    let options = Options {
        limits: Limits { steps: 200_000, bytes: 4 << 20, ..Limits::default() },
        without_missing: true,
        ..Options::default()
    };
    let Ok(chart) = Chart::load(root, tree) else { return false };
    chart.render(&Release::new("demo", "apps"), &given, &Capabilities::default(), &options).is_ok()
}

/// How long a test runs: a number of cases, or a time.
struct Run {
    until: Option<Instant>,
    cases: usize,
    done: usize,
}

impl Run {
    fn new(cases: usize) -> Self {
        let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
        Self { until: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)), cases, done: 0 }
    }

    fn seed() -> u64 {
        std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
    }
}

impl Iterator for Run {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let goes_on = self.until.map_or(self.done < self.cases, |until| Instant::now() < until);
        self.done += 1;
        goes_on.then_some(self.done as u64)
    }
}

#[test]
fn changed_charts_end() {
    let (mut rendered, mut slowest, mut count) = (0, Duration::ZERO, 0);
    for case in Run::new(400) {
        let mut random = Random(Run::seed().wrapping_mul(1_000_003).wrapping_add(case));
        let mut generated = chart(case % 50);
        let names: Vec<String> = generated.files.keys().cloned().collect();
        for _ in 0..=random.below(3) {
            let name = &names[random.below(names.len())];
            if let Some(text) = generated.files.get_mut(name) {
                *text = mutate(&mut random, text);
            }
        }
        let mut tree = MemoryTree::default();
        for (number, (name, text)) in generated.files.iter().enumerate() {
            tree.insert(format!("c/{name}"), FileId(number as u32), text.as_str());
        }
        let values = generated.values.to_string();
        let values = if random.below(4) == 0 { mutate(&mut random, &values) } else { values };
        let start = Instant::now();
        rendered += usize::from(render(&tree, "c", &values));
        slowest = slowest.max(start.elapsed());
        count += 1;
        assert!(start.elapsed() < Duration::from_secs(20), "case {case} takes {:?}", start.elapsed());
    }
    println!("{count} changed charts, {rendered} rendered, the slowest in {slowest:?}");
}

#[test]
fn changed_archives_end() {
    for case in Run::new(300) {
        let mut random = Random(Run::seed().wrapping_mul(7_919).wrapping_add(case));
        let generated = chart(case % 20);
        let named: Vec<(String, String)> =
            generated.files.iter().map(|(name, text)| (format!("app/{name}"), text.clone())).collect();
        let entries: Vec<(&str, u8, &[u8])> = named
            .iter()
            .map(|(name, text)| (name.as_str(), b'0' + random.below(8) as u8 / 7, text.as_bytes()))
            .collect();
        let mut bytes = archive(&entries);
        if random.below(2) == 0 {
            // The tar file inside is changed.
            let mut tar = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*bytes), &mut tar)
                .expect("an archive");
            for _ in 0..=random.below(6) {
                let at = random.below(tar.len() / 512) * 512 + random.below(512);
                tar[at] = random.below(256) as u8;
            }
            tar.truncate(tar.len() - random.below(2) * random.below(2_000));
            bytes = gzip(&tar);
        } else {
            for _ in 0..=random.below(6) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
        let mut tree = MemoryTree::default();
        tree.insert("app.tgz", FileId(0), bytes);
        render(&tree, "app.tgz", "{}");
    }
}

#[test]
fn words_at_random_are_no_panic() {
    let tokens = [
        "a",
        ".",
        "[",
        "]",
        "=",
        ",",
        "{",
        "}",
        "\\",
        "0",
        "99999999999",
        "65536",
        "-",
        "null",
        "true",
        "v",
        "1",
        ">",
        "<",
        "||",
        " - ",
        "^",
        "~",
        "x",
        "*",
        "+",
        "é",
    ];
    for case in Run::new(20_000) {
        let mut random = Random(Run::seed().wrapping_mul(31).wrapping_add(case));
        let line: String = (0..random.below(16)).map(|_| random.pick(&tokens)).collect();
        let _ = (Range::parse(&line), Version::parse(&line));
        if case % 20 == 0 {
            let mut tree = MemoryTree::default();
            tree.insert("Chart.yaml", FileId(0), "name: app\nversion: 1.0.0\n");
            tree.insert(".helmignore", FileId(1), line.replace('=', "\n"));
            let line = Spanned::new(line, Span::new(FileId(2), 0, 0));
            let given =
                Given { parameters: vec![Parameter { line, kind: ParameterKind::Word }], ..Given::default() };
            if let Ok(chart) = Chart::load("", &tree) {
                let _ = chart.render(
                    &Release::new("a", "b"),
                    &given,
                    &Capabilities::default(),
                    &Options::default(),
                );
            }
        }
    }
}

#[test]
fn a_chart_in_its_own_charts_ends() {
    /// A tree in which `charts/self` is a link to the chart.
    struct Cycle;

    impl helm::FileTree for Cycle {
        fn find(&self, path: &str) -> helm::Found {
            let text =
                |text: &str| helm::Found::File { id: FileId(0), content: helm::Content::Text(text.into()) };
            match path.rsplit('/').next() {
                Some("Chart.yaml") => text("name: app\nversion: 1.0.0\n"),
                Some("app" | "charts" | "self") => helm::Found::Directory,
                _ => helm::Found::Missing,
            }
        }

        fn entries(&self, path: &str) -> Vec<String> {
            let names: &[&str] = if path.ends_with("charts") { &["self"] } else { &["Chart.yaml", "charts"] };
            names.iter().map(|name| (*name).to_owned()).collect()
        }
    }

    let error = Chart::load("app", &Cycle).expect_err("an error");
    assert!(error.is_limit, "{error}");
}

#[test]
fn values_that_many_charts_see_are_limited() {
    let mut tree = MemoryTree::default();
    let mut description = "name: app\nversion: 1.0.0\ndependencies:\n".to_owned();
    let sub = "version: 1.0.0\ndependencies: [{name: none, version: '*'}]\n";
    for number in 0..150 {
        let _ = writeln!(description, "- {{name: s{number}, version: '*'}}");
        let name = format!("app/charts/s{number}/Chart.yaml");
        tree.insert(name, FileId(number + 10), format!("name: s{number}\n{sub}"));
    }
    let mut values = String::new();
    for number in 0..50_000 {
        let _ = writeln!(values, "k{number}: 1");
    }
    tree.insert("app/Chart.yaml", FileId(0), description);
    tree.insert("app/values.yaml", FileId(1), values);
    let chart = Chart::load("app", &tree).expect("a chart");
    let options = Options { without_missing: true, ..Options::default() };
    let release = Release::new("demo", "apps");
    let error =
        chart.render(&release, &Given::default(), &Capabilities::default(), &options).expect_err("an error");
    assert!(error.is_limit, "{error}");
}

#[test]
fn values_of_many_documents_are_limited() {
    let mut tree = MemoryTree::default();
    let mut values = String::new();
    for number in 0..40_000 {
        let _ = writeln!(values, "---\na: {{k{number}: 1}}");
    }
    tree.insert("app/Chart.yaml", FileId(0), "name: app\nversion: 1.0.0\n");
    tree.insert("app/values.yaml", FileId(1), values);
    tree.insert("app/templates/a", FileId(2), "count: {{ len .Values.a }}\n");
    let chart = Chart::load("app", &tree).expect("a chart");
    let release = Release::new("demo", "apps");
    let manifests = chart.render(&release, &Given::default(), &Capabilities::default(), &Options::default());
    assert_eq!(&*manifests.expect("objects").templates[0].text, "count: 40000\n");
}
