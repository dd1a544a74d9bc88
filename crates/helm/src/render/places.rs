//! Tests that values keep the place of the text that they come from.

use super::tests::rendered;
use crate::Limits;
use crate::document::documents;
use crate::value::Mark;
use spanned_yaml::{FileId, Node, Span};

const VALUES: &str = "\
image:
  repository: quay.io/acme/app
  tag: \"1.2\"
replicas: 3
port: 8080
big: 12345678
flag: true
mirrors:
- source: quay.io/acme
  mirrors: [\"mirror.example.com/acme\", other.example.com/acme]
labels: {app: acme, team: \"core\"}
note: |
  first
  second
template: 'x-{{ .Values.port }}'
plain: plain-name
long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccc dddddd
";

/// The text at the place of the value at the end of a path: in the values file or in the template.
fn source(template: &str, path: &[&str]) -> String {
    let files = [("a.yaml", template)];
    let rendered = rendered(&files, VALUES, &Limits::default()).unwrap();
    let documents = documents(&rendered[0]).unwrap_or_else(|error| panic!("{}: {error}", rendered[0].text));
    let mut node = documents[0].root();
    for key in path {
        node = match key.parse::<usize>() {
            Ok(place) => node.items().nth(place).unwrap(),
            Err(_) => node.get(key).unwrap_or_else(|| panic!("no {key} in {}", rendered[0].text)),
        };
    }
    shown(node.span(), template)
}

fn shown(span: Span, template: &str) -> String {
    if span.file == FileId(100) {
        format!("values: {}", &VALUES[span.range()])
    } else {
        format!("template: {}", &template[span.range()])
    }
}

#[test]
fn a_value_stands_where_somebody_wrote_it() {
    for (template, path, due) in [
        // From the template itself.
        ("kind: Image\na: 1\n", "kind", "template: Image"),
        ("a:\n  b: [x, 'y z']\n", "a.b.1", "template: 'y z'"),
        // From one value.
        ("a: {{ .Values.image.repository }}\n", "a", "values: quay.io/acme/app"),
        ("a: \"{{ .Values.image.repository }}\"\n", "a", "values: quay.io/acme/app"),
        ("a: {{ .Values.image.tag | quote }}\n", "a", "values: \"1.2\""),
        ("a: {{ .Values.image.tag | squote }}\n", "a", "values: \"1.2\""),
        ("a: {{ .Values.replicas }}\n", "a", "values: 3"),
        ("a: {{ int .Values.big }}\n", "a", "values: 12345678"),
        ("a: {{ .Values.flag }}\n", "a", "values: true"),
        ("a: {{ default \"x\" .Values.plain }}\n", "a", "values: plain-name"),
        ("a: {{ .Values.plain | trunc 63 | trimSuffix \"-\" }}\n", "a", "values: plain-name"),
        ("a: {{ required \"x\" .Values.plain | toString | trim | lower }}\n", "a", "values: plain-name"),
        ("a: {{ tpl .Values.plain . }}\n", "a", "values: plain-name"),
        ("a: {{ toYaml .Values.plain }}\n", "a", "values: plain-name"),
        ("a: {{ toJson .Values.plain }}\n", "a", "values: plain-name"),
        (
            "a: {{ .Values.long }}\n",
            "a",
            "values: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccc dddddd",
        ),
        (
            "a: {{ toYaml .Values.long | nindent 2 }}\n",
            "a",
            "values: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccc dddddd",
        ),
        ("a: |\n  {{- .Values.note | nindent 2 }}\n", "a", "values: first\n  second\n"),
        ("a:\n{{- range .Values.mirrors }}\n- {{ .source }}\n{{- end }}\n", "a.0", "values: quay.io/acme"),
        (
            "a:\n{{- range $k, $v := .Values.labels }}\n  {{ $k }}: {{ $v | quote }}\n{{- end }}\n",
            "a.team",
            "values: \"core\"",
        ),
        // With `toYaml`, `toJson`, `include` and similar functions.
        (
            "a:\n  {{- toYaml .Values.mirrors | nindent 2 }}\n",
            "a.0.mirrors.0",
            "values: \"mirror.example.com/acme\"",
        ),
        ("a:\n  {{- toYaml .Values.mirrors | nindent 2 }}\n", "a.0.source", "values: quay.io/acme"),
        ("a: {{ toJson .Values.mirrors }}\n", "a.0.mirrors.1", "values: other.example.com/acme"),
        ("a: {{ (index .Values.mirrors 0).mirrors | first }}\n", "a", "values: \"mirror.example.com/acme\""),
        (
            "{{ define \"x\" }}{{ .Values.image.repository }}{{ end }}a: {{ include \"x\" . | quote }}\n",
            "a",
            "values: quay.io/acme/app",
        ),
        (
            "{{ define \"x\" }}\nr: {{ .Values.image.repository }}\ns: fixed\n{{ end }}a:\n{{ include \"x\" . | indent 2 }}\n",
            "a.s",
            "template: fixed",
        ),
        (
            "{{ define \"x\" }}\nr: {{ .Values.image.repository }}\ns: fixed\n{{ end }}a:\n{{ include \"x\" . | trim | nindent 2 }}\n",
            "a.r",
            "values: quay.io/acme/app",
        ),
        ("a: {{ (toYaml .Values | fromYaml).image.repository }}\n", "a", "values: quay.io/acme/app"),
        ("a: {{ (dict \"v\" .Values.plain).v }}\n", "a", "values: plain-name"),
        ("a: {{ (merge (dict) .Values.labels).team }}\n", "a", "values: \"core\""),
        ("a: {{ (deepCopy .Values.labels).team }}\n", "a", "values: \"core\""),
        // From several parts.
        (
            "a: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
            "a",
            "template: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"",
        ),
        (
            "a: {{ printf \"%s:%s\" .Values.image.repository .Values.image.tag }}\n",
            "a",
            "template: {{ printf \"%s:%s\" .Values.image.repository .Values.image.tag }}",
        ),
        ("a: {{ add .Values.replicas 1 }}\n", "a", "template: {{ add .Values.replicas 1 }}"),
        ("a: {{ upper .Values.plain }}\n", "a", "template: {{ upper .Values.plain }}"),
        ("a: {{ trunc 3 .Values.plain }}\n", "a", "template: {{ trunc 3 .Values.plain }}"),
        ("a: x{{ .Values.plain }}\n", "a", "template: x{{ .Values.plain }}"),
        (
            "a: {{ .Values.plain }}{{ .Values.plain }}\n",
            "a",
            "template: {{ .Values.plain }}{{ .Values.plain }}",
        ),
        // From a template in the values: the place is this template.
        ("a: {{ tpl .Values.template . }}\n", "a", "values: 'x-{{ .Values.port }}'"),
        // From a value that does not exist.
        ("a: {{ .Values.nope }}\nb: 1\n", "b", "template: 1"),
    ] {
        let path: Vec<&str> = path.split('.').collect();
        assert_eq!(source(template, &path), due, "{template}");
    }
}

#[test]
fn keys_and_collections_have_places_too() {
    let template = "a:\n  {{- toYaml .Values.labels | nindent 2 }}\nb:\n- {{ .Values.plain }}\n- y\n";
    let rendered = rendered(&[("a.yaml", template)], VALUES, &Limits::default()).unwrap();
    let documents = documents(&rendered[0]).unwrap();
    let root = documents[0].root();
    let of = |node: Node<'_>| shown(node.span(), template);
    assert_eq!(of(root.entry("b").unwrap().key), "template: b");
    assert_eq!(of(root.get("b").unwrap()), "template: {{ .Values.plain }}\n- y");
    let labels = root.get("a").unwrap();
    assert_eq!(of(labels.entry("app").unwrap().key), "values: app");
    assert_eq!(of(labels), "values: app: acme, team: \"core\"");
}

#[test]
fn output_that_is_not_yaml_is_an_error_in_the_template() {
    let template = "a: b\nc:\n  {{- .Values.note | nindent 4 }}: [\n";
    let rendered = rendered(&[("a.yaml", template)], VALUES, &Limits::default()).unwrap();
    let error = documents(&rendered[0]).unwrap_err();
    assert_eq!(error.span.unwrap().file, FileId(0), "{error}");
}

#[test]
fn what_nobody_knows_is_the_action_that_makes_it() {
    let template = "a: {{ randAlphaNum 8 | b64enc | quote }}\nb: 1\nc: x-{{ uuidv4 }}\n";
    let rendered = rendered(&[("a.yaml", template)], VALUES, &Limits::default()).unwrap();
    let documents = documents(&rendered[0]).unwrap();
    let root = documents[0].root();
    assert_eq!(root.get_str("a"), Some("{{ randAlphaNum 8 | b64enc | quote }}"));
    assert_eq!(root.get_str("c"), Some("x-{{ uuidv4 }}"));
    assert_eq!(root.get("b").unwrap().text(), "1");
}

#[test]
fn random_values_are_unknown() {
    let unknown = |template: &str| {
        let rendered = rendered(&[("a.yaml", template)], VALUES, &Limits::default()).unwrap();
        let marks: Vec<Mark> = rendered[0].marks.iter().filter(|mark| mark.is_unknown).copied().collect();
        let text = &rendered[0].text;
        marks.iter().map(|mark| text[mark.start as usize..mark.end as usize].to_owned()).collect::<Vec<_>>()
    };
    for (template, due) in [
        ("a: {{ randAlphaNum 3 }}", vec!["xxx"]),
        ("a: {{ randAlphaNum 3 | b64enc | quote }}", vec!["eHh4"]),
        ("a: {{ printf \"%s-%s\" .Values.plain (randNumeric 2) }}", vec!["11"]),
        ("a: {{ (genCA \"x\" 1).Cert | sha256sum | trunc 4 }}", vec!["79f1"]),
        ("{{ toYaml (dict \"a\" uuidv4 \"b\" 1) }}", vec!["00000000-0000-4000-8000-000000000000"]),
        ("a: {{ toYaml (dict \"a\" uuidv4) | sha1sum | trunc 2 }}", vec!["10"]),
        ("a: {{ now | date \"2006\" }} {{ now.Year }} {{ date \"2006\" 0 }}", vec!["2000", "2000"]),
        ("{{ define \"x\" }}{{ randAlpha 2 }}y{{ end }}a: {{ include \"x\" . | nindent 2 }}", vec!["xx"]),
        ("a: {{ dateInZone \"2006\" 0 \"Europe/Berlin\" }}", vec!["1970"]),
    ] {
        let found = unknown(template);
        let is_hash = template.contains("sum");
        assert_eq!(found.len(), due.len(), "{template}: {found:?}");
        if !is_hash {
            assert_eq!(found, due, "{template}");
        }
    }
}
