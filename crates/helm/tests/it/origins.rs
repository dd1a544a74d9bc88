//! Values of objects know the text that they came from, through all the ways that values take.

use helm::{Capabilities, Chart, Given, MemoryTree, Options, Parameter, ParameterKind, Release};
use spanned_yaml::{FileId, Span, Spanned, parse_all};

const FILES: [(&str, &str); 9] = [
    (
        "Chart.yaml",
        "name: app\nversion: 1.0.0\ndependencies:\n- {name: sub, version: '*', alias: as, import-values: [{child: out, parent: in}]}\n",
    ),
    (
        "values.yaml",
        "own: own-value\nover: below\nas:\n  given: from-parent\nglobal:\n  deep: {g: global-value}\n",
    ),
    ("charts/sub/Chart.yaml", "name: sub\nversion: 1.0.0\n"),
    (
        "charts/sub/values.yaml",
        "given: below\ndefault: sub-value\nout: {x: imported}\nglobal: {deep: {h: below}}\n",
    ),
    (
        "charts/sub/templates/s",
        "given: {{ .Values.given }}\ndefault: {{ .Values.default }}\nglobal: {{ .Values.global.deep.g }}\nbelow: {{ .Values.global.deep.h }}\n",
    ),
    ("templates/_helper", "{{ define \"helper\" }}{{ .Values.own }}{{ end }}"),
    (
        "templates/a",
        "own: {{ .Values.own | quote }}\nover: {{ .Values.over }}\nimported: {{ .Values.in.x }}\nset: {{ .Values.set }}\nhelper: {{ include \"helper\" . }}\n\
         template: word\nmixed: {{ .Values.own }}-x\nmap:\n  {{- toYaml .Values.global.deep | nindent 2 }}\n",
    ),
    ("values-prod.yaml", "over: prod-value\n"),
    ("Application.yaml", "set-value\n"),
];

#[test]
fn values_point_at_what_made_them() {
    let mut tree = MemoryTree::default();
    for (number, (path, text)) in FILES.iter().enumerate() {
        tree.insert(*path, FileId(number as u32), *text);
    }
    let over = parse_all(FileId(7), &FILES[7].1.into()).remove(0).expect("values");
    let line = Spanned::new("set=set-value".to_owned(), Span::new(FileId(8), 0, 9));
    let given =
        Given { values: vec![over.root()], parameters: vec![Parameter { line, kind: ParameterKind::Word }] };
    let chart = Chart::load("", &tree).expect("a chart");
    let (release, capabilities) = (Release::new("demo", "apps"), Capabilities::default());
    let manifests = chart.render(&release, &given, &capabilities, &Options::default()).expect("objects");
    let mut found = Vec::new();
    for document in manifests.objects() {
        for entry in document.root().entries() {
            let value = entry.value.get("g").unwrap_or(entry.value);
            let (file, text) = FILES[value.span().file.0 as usize];
            found.push(format!("{}: {} in {file}", entry.key.text(), &text[value.span().range()]));
        }
    }
    assert_eq!(
        found,
        [
            "given: from-parent in values.yaml",
            "default: sub-value in charts/sub/values.yaml",
            "global: global-value in values.yaml",
            "below: below in charts/sub/values.yaml",
            "own: own-value in values.yaml",
            "over: prod-value in values-prod.yaml",
            "imported: imported in charts/sub/values.yaml",
            "set: set-value in Application.yaml",
            "helper: own-value in values.yaml",
            "template: word in templates/a",
            "mixed: {{ .Values.own }}-x in templates/a",
            "map: global-value in values.yaml",
        ]
    );
}
