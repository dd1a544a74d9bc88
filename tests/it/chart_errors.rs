//! Charts that cannot be rendered: what is said, and at which place.

use crate::command::{Scratch, out, pullwarden};
use std::fmt::Write;

const IDMS: &str =
    "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec: {}\n";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  destination: {name: prod, namespace: default}
  source: {repoURL: 'https://git.example.com/x', path: c}
";

/// The findings about a chart with this file, and nothing else.
fn said(name: &str, file: &str, text: &str) -> Vec<String> {
    let file = format!("c/{file}");
    let files = [
        (".git/HEAD", ""),
        ("apps/a.yaml", APPLICATION),
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/templates/idms.yaml", IDMS),
        (&file, text),
    ];
    let repo = Scratch::new(name, &files);
    let report = out(&pullwarden(&repo.0, &["check", "--report", "github"]));
    report.lines().filter(|line| line.contains("chart-not-rendered")).map(str::to_owned).collect()
}

#[test]
fn each_error_has_its_place_and_words() {
    let template = "templates/x.yaml";
    for (number, (file, text, place, message)) in [
        (template, "a: {{ fail \"needs a mirror\" }}\n", "line=1,endLine=1,col=7", "needs a mirror"),
        (template, "\na: {{ required \"set it\" .Values.x }}\n", "line=2,endLine=2,col=7", "set it"),
        (template, "a: {{ include \"gone\" . }}\n", "line=1,endLine=1,col=7", "there is no template `gone`"),
        (template, "a: {{ gone 1 }}\n", "line=1,endLine=1,col=7", "there is no function `gone`"),
        (template, "{{ if .Values.x }}\n", "line=1,endLine=1,col=1", "this block is not closed"),
        (
            template,
            "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
            "line=1,endLine=1,col=20",
            "the template `x` includes itself too often",
        ),
        (
            template,
            "a: {{ .Release.Name }}\r\nb: [\r\n",
            "line=2,endLine=2,col=4",
            "the output of the template is not YAML",
        ),
        ("values.yaml", "- a\n", "line=1,endLine=1,col=1", "values must be a map, not a list"),
        ("charts/x.tgz", "not an archive", "line=1,endLine=1,col=1", "the archive cannot be read"),
    ]
    .into_iter()
    .enumerate()
    {
        let found = said(&format!("chart-error-{number}"), file, text);
        let [found] = &*found else { panic!("{text}: {found:?}") };
        let place = format!("::error file=c/{file},{place},");
        assert!(found.starts_with(&place) && found.contains(message), "{text}: {found}");
    }
}

#[test]
fn a_limit_of_pullwarden_is_a_note() {
    for (number, text) in [
        "{{ range $i := until 1000000000 }}a{{ end }}",
        "{{ range 1000000000 }}a{{ end }}",
        "a: {{ repeat 100000 (repeat 100000 \"abc\") }}",
        "a: {{ printf \"%999999999d\" 1 }}",
        "{{ $d := dict \"t\" \"{{ tpl .t . }}{{ tpl .t . }}\" \"Template\" .Template }}{{ tpl $d.t $d }}",
    ]
    .into_iter()
    .enumerate()
    {
        let found = said(&format!("chart-limit-{number}"), "templates/x.yaml", text);
        let [found] = &*found else { panic!("{text}: {found:?}") };
        assert!(found.starts_with("::notice file=c/templates/x.yaml,line=1,"), "{text}: {found}");
    }
}

#[test]
fn a_run_renders_a_limited_number_of_charts() {
    let mut set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n  generators:\n  - list:\n      \
                   elements:\n"
        .to_owned();
    for number in 0..5_001 {
        let _ = writeln!(set, "      - {{c: c{number}}}");
    }
    set.push_str(
        "  template:\n    metadata: {name: '{{c}}'}\n    spec:\n      destination: {name: '{{c}}', namespace: a}\n      \
         source: {repoURL: 'https://git.example.com/x', path: c}\n",
    );
    let files = [
        (".git/HEAD", ""),
        ("apps/a.yaml", set.as_str()),
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/templates/idms.yaml", "{{- /* config.openshift.io/v1 ImageDigestMirrorSet */}}\n"),
    ];
    let repo = Scratch::new("chart-many", &files);
    let report = out(&pullwarden(&repo.0, &["check", "--report", "github"]));
    let found: Vec<&str> = report.lines().filter(|line| line.contains("chart-not-rendered")).collect();
    assert!(found.len() == 1 && found[0].contains("a run renders 5000 charts at most"), "{report}");
}
