//! Bad input: each kind has a defined answer, and none panics, hangs or exhausts memory.

use crate::harness::{Repository, Run};
use pullwarden::rules::rule::Preset;
use std::fmt::Write;
use std::process::{Command, Stdio};

const HEAD: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n";
const SECOND: &str =
    "---\napiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: other\nspec: {}\n";

/// Rule, line and column of everything that is said of a stream.
fn said(text: &[u8]) -> Vec<(String, usize, usize)> {
    let files = vec![("<stdin>".to_owned(), text.to_vec())];
    let checked = Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Recommended));
    let place = |d: &pullwarden::check::diagnostic::Diagnostic| {
        let position = checked.sources.get(d.span.file).expect("its text").position(d.span.start);
        (d.rule.id.to_owned(), position.line, position.column)
    };
    checked.report.diagnostics.iter().map(place).collect()
}

fn at(rule: &str, line: usize, column: usize) -> (String, usize, usize) {
    (rule.to_owned(), line, column)
}

/// An `Image` with a scheme in a list on line 7, which is found at column 25 if everything before it was read.
fn with_scheme(list: &str) -> String {
    format!("{HEAD}spec:\n  registrySources:\n    insecureRegistries: [{list}]\n")
}

#[test]
fn all_valid_forms_of_yaml_are_read() {
    let found = vec![at("scheme-in-scope", 7, 26)];
    let plain = with_scheme("https://a.example");
    assert_eq!(said(plain.as_bytes()), found, "plain");
    assert_eq!(said(format!("\u{feff}{plain}").as_bytes()), found, "byte-order mark");
    assert_eq!(said(plain.replace('\n', "\r\n").as_bytes()), found, "Windows line ends");
    assert_eq!(said(plain.replace("kind: Image", "kind:\tImage").as_bytes()), found, "a tab behind a colon");
    assert_eq!(said(with_scheme("\"https://a.example\"").as_bytes()), found, "quotes");
    assert_eq!(said(with_scheme("\"\\x68ttps://a.example\"").as_bytes()), found, "escapes");
    assert_eq!(
        said(format!("--- # first\n{plain}").as_bytes()),
        vec![at("scheme-in-scope", 8, 26)],
        "comment"
    );
    let json = r#"{"apiVersion":"config.openshift.io\/v1","kind":"\u0049mage","metadata":{"name":"cluster"},
      "spec":{"registrySources":{"insecureRegistries":["https:\/\/a.example"]}}}"#;
    assert_eq!(said(json.as_bytes()), vec![at("scheme-in-scope", 2, 56)], "JSON");
    let anchors = format!(
        "{HEAD}spec:\n  registrySources:\n    insecureRegistries: &l [https://a.example]\n    allowedRegistries: []\n    blockedRegistries: *l\n"
    );
    assert!(
        said(anchors.as_bytes()).contains(&at("scheme-in-scope", 7, 29)),
        "an alias points at its anchor"
    );
    let merged =
        format!("{HEAD}spec:\n  registrySources:\n    <<: {{insecureRegistries: [https://a.example]}}\n");
    assert_eq!(said(merged.as_bytes()), vec![at("scheme-in-scope", 7, 31)], "merge key");
}

#[test]
fn yaml_errors_have_their_place_and_hide_no_other_finding() {
    let misnamed = |line| at("misnamed-image-config", line, 9);
    for (what, broken, rule, line, column) in [
        ("a tab as indentation", "a:\n\tb: 1\n", "yaml-syntax", 2, 2),
        ("an unknown anchor", "a: *none\n", "yaml-syntax", 1, 4),
        ("an anchor in itself", "a: &a [*a]\n", "yaml-syntax", 1, 8),
        ("not a number", "a: .nan\nkind: Image\napiVersion: config.openshift.io/v1\n", "yaml-syntax", 1, 4),
    ] {
        let text = format!("{broken}{SECOND}");
        let second = broken.lines().count() + 5;
        let found = said(text.as_bytes());
        assert!(found.contains(&at(rule, line, column)), "{what}: {found:?}");
        assert!(found.contains(&misnamed(second)), "{what} hides the next document: {found:?}");
    }
    let unclosed = format!("{HEAD}spec: \"never closed\n");
    assert_eq!(said(unclosed.as_bytes()), vec![at("yaml-syntax", 5, 7)]);
    let twice = format!("{HEAD}spec: {{}}\nspec: {{}}\n");
    assert_eq!(said(twice.as_bytes()), vec![at("duplicate-key", 6, 1)]);
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let latin1 = [HEAD.as_bytes(), b"spec: {} # caf\xe9\n", SECOND.as_bytes()].concat();
    let found = said(&latin1);
    assert!(found.contains(&at("yaml-syntax", 5, 15)), "{found:?}");
    assert!(found.contains(&at("misnamed-image-config", 10, 9)), "{found:?}");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(HEAD.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(said(&utf16), vec![at("unreadable-file", 1, 1)]);
    assert_eq!(said(&[HEAD.as_bytes(), b"spec: \0\n"].concat()), vec![at("yaml-syntax", 5, 7)]);
    let noise: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert_eq!(said(&noise), vec![]);
    assert_eq!(said(b""), vec![]);
    assert_eq!(said(b"# Image config.openshift.io/v1\n"), vec![]);
}

#[test]
fn templates_that_are_no_yaml_are_left_alone_and_counted() {
    let check = |text: &str| {
        let files = vec![("a.yaml".to_owned(), text.as_bytes().to_vec())];
        let report =
            Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Recommended)).report;
        let left_alone = report.checked.left_alone;
        (report.diagnostics.len(), left_alone.templates + left_alone.patches)
    };
    assert_eq!(
        check(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: {{ .Values.name }}\nspec: {}\n"
        ),
        (0, 0)
    );
    assert_eq!(check("{{- if .Values.on }}\napiVersion: config.openshift.io/v1\nkind: Image\n"), (0, 1));
    assert_eq!(check("{% if on %}\napiVersion: config.openshift.io/v1\nkind: Image\n"), (0, 1));
    let patch =
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n$patch: delete\n";
    assert_eq!(check(patch), (0, 1));
    let with_marker = "{{- with .Values.on }}\n---\napiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n{{- end }}\n";
    assert_eq!(check(with_marker), (0, 0));
    // In quotes the braces are a value; what is not a placeholder is checked.
    let quoted = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                  insecureRegistries: ['{{ registry }}', https://a.example]\n";
    assert_eq!(check(quoted), (1, 0));
}

#[test]
fn alias_bombs_are_limited() {
    let mut laughs = format!("{HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n");
    for letter in 'b'..='j' {
        let before = char::from(letter as u8 - 1);
        let nine = vec![format!("*{before}"); 9].join(",");
        writeln!(laughs, "{letter}: &{letter} [{nine}]").expect("a string");
    }
    let found = said(laughs.as_bytes());
    assert_eq!(found.iter().map(|(rule, ..)| rule.as_str()).collect::<Vec<_>>(), ["yaml-syntax"]);
    let deep = format!("{HEAD}spec: {}", "[".repeat(10_000));
    assert_eq!(said(deep.as_bytes()).len(), 1);
    let dense = format!("{HEAD}spec: {{x: [{}]}}\n", "a,".repeat(3_000_000));
    assert_eq!(said(dense.as_bytes()).len(), 1);
}

/// Peak memory in KiB and the exit code of a check of `text`, by the kernel's own count.
#[cfg(target_os = "linux")]
fn peak(text: &str, name: &str) -> (usize, Option<i32>) {
    let directory = std::env::temp_dir().join(format!("pullwarden-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("large.yaml"), text).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_pullwarden"))
        .args(["check", "--report", "sarif=/dev/null", "--report", "human", "--report", "json=/dev/stderr"])
        .arg(&directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pullwarden runs");
    let mut peak = 0;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    std::fs::remove_dir_all(&directory).expect("it was there");
    (peak, code)
}

#[test]
#[cfg(target_os = "linux")]
fn memory_follows_the_largest_file() {
    let texts = [
        (
            "entries",
            format!(
                "{HEAD}spec: {{registrySources: {{allowedRegistries: [{}]}}}}\n",
                "\"\",".repeat(700_000)
            ),
        ),
        ("keys", {
            let keys: Vec<String> = (0..100_000).map(|key| format!("  k{key}: 1\n")).collect();
            let keys = keys.concat();
            format!("{HEAD}spec:\n{keys}")
        }),
        ("documents", format!("{HEAD}spec: {{}}\n---\n").repeat(20_000)),
        ("comments", format!("{HEAD}{}spec: {{}}\n", "#\n".repeat(1_000_000))),
    ];
    // What the program itself takes, unoptimised as it is here, is not the file's.
    let (own, _) = peak("a: b\n", "nothing");
    for (name, text) in texts {
        let (peak, code) = peak(&text, name);
        let allowed = own + 20 * text.len() / 1024 + 30 * 1024;
        assert!(code.is_some_and(|code| code < 2), "{name}: exit code {code:?}");
        assert!(peak < allowed, "{name}: {peak} KiB of memory for a file of {} KiB", text.len() / 1024);
    }
}

#[cfg(unix)]
#[test]
fn two_files_whose_names_print_alike_are_two_files() {
    use std::os::unix::ffi::OsStrExt;
    let repo = crate::command::Scratch::new("alike", &[("\\xff.yaml", crate::command::BAD)]);
    let odd = repo.0.join(std::ffi::OsStr::from_bytes(b"\xff.yaml"));
    std::fs::write(odd, crate::command::GOOD).expect("a file");
    let output = crate::command::pullwarden(&repo.0, &["check", "--report", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["files"], 2, "{report}");
    assert_eq!(report["diagnostics"][0]["file"], "\\\\xff.yaml", "{report}");
}
