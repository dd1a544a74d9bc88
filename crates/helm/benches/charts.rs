//! What charts cost: 200 of 20 templates, each for 10 clusters, beside reading what they render to. Where `HELM_PYTHON`
//! names a Python with `helm-python-sdk`, the real Helm does the same.
//!
//! `cargo bench -p helm`

#![allow(clippy::print_stdout, reason = "a benchmark says what it has measured")]
#![allow(clippy::disallowed_methods, reason = "the real Helm is not to be had everywhere")]

use helm::{Capabilities, Chart, Given, MemoryTree, Options, Release};
use spanned_yaml::{Document, FileId, parse_all};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CHARTS: usize = 200;
const TEMPLATES: usize = 20;
const CLUSTERS: usize = 10;

const HELPERS: &str = r#"{{- define "app.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "app.labels" -}}
app.kubernetes.io/name: {{ include "app.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
"#;

fn template(number: usize) -> String {
    format!(
        r#"{{{{- if .Values.enabled }}}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{{{ include "app.name" . }}}}-{number}
  namespace: {{{{ .Release.Namespace }}}}
  labels:
    {{{{- include "app.labels" . | nindent 4 }}}}
spec:
  replicas: {{{{ .Values.replicas | int }}}}
  template:
    spec:
      containers:
      {{{{- range $index, $container := .Values.containers }}}}
      - name: {{{{ printf "%s-%d" $container.name $index }}}}
        image: "{{{{ $.Values.registry }}}}/{{{{ $container.image }}}}:{{{{ $container.tag | default $.Chart.AppVersion }}}}"
        {{{{- with $container.resources }}}}
        resources:
          {{{{- toYaml . | nindent 10 }}}}
        {{{{- end }}}}
      {{{{- end }}}}
{{{{- end }}}}
"#
    )
}

const VALUES: &str = "enabled: true
replicas: 3
registry: quay.io/acme
labels: {team: a, tier: back}
containers:
- {name: app, image: app, tag: v1, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m}}}
- {name: proxy, image: proxy}
- {name: metrics, image: metrics, tag: '1.20', resources: {limits: {cpu: 200m}}}
";

fn files(chart: usize) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([
        (
            "Chart.yaml".to_owned(),
            format!("apiVersion: v2\nname: app-{chart}\nversion: 1.0.0\nappVersion: 2.3.4\n"),
        ),
        ("values.yaml".to_owned(), VALUES.to_owned()),
        ("templates/_helpers.tpl".to_owned(), HELPERS.to_owned()),
    ]);
    files.extend((0..TEMPLATES).map(|number| (format!("templates/t{number}.yaml"), template(number))));
    files
}

fn values(cluster: usize) -> String {
    format!(
        "registry: mirror-{cluster}.corp.example/acme\nreplicas: {cluster}\nlabels: {{cluster: c{cluster}}}\n"
    )
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let made = what();
    (made, begin.elapsed())
}

fn main() {
    let mut tree = MemoryTree::default();
    let mut count = 0;
    for chart in 0..CHARTS {
        for (name, text) in files(chart) {
            tree.insert(format!("{chart}/{name}"), FileId(count), text);
            count += 1;
        }
    }
    let overs: Vec<Arc<Document>> = (0..CLUSTERS)
        .map(|cluster| parse_all(FileId(count), &values(cluster).into()).remove(0).expect("values"))
        .collect();
    let load = || {
        (0..CHARTS).map(|chart| Chart::load(&chart.to_string(), &tree).expect("a chart")).collect::<Vec<_>>()
    };
    let (charts, loading) = timed(load);
    let (capabilities, options) = (Capabilities::default(), Options::default());
    let (texts, rendering) = timed(|| {
        let mut texts = Vec::new();
        for chart in &charts {
            for over in &overs {
                let given = Given { values: vec![over.root()], ..Given::default() };
                let manifests = chart.render(&Release::new("demo", "apps"), &given, &capabilities, &options);
                texts.extend(manifests.expect("objects").templates.into_iter().map(|manifest| manifest.text));
            }
        }
        texts
    });
    let ((), reading) = timed(|| {
        for text in &texts {
            assert_eq!(parse_all(FileId(0), text).len(), 1);
        }
    });
    let kilobytes = texts.iter().map(|text| text.len()).sum::<usize>() >> 10;
    println!("load {CHARTS} charts of {TEMPLATES} templates: {loading:.0?}");
    println!("render each for {CLUSTERS} clusters: {rendering:.0?}, {} objects, {kilobytes} kB", texts.len());
    println!(
        "read what was rendered: {reading:.0?}; ratio {:.1}",
        rendering.as_secs_f64() / reading.as_secs_f64()
    );
    if let Ok(python) = std::env::var("HELM_PYTHON") {
        println!("the real Helm: {}", real(&python));
    }
}

/// What the real Helm takes, as it says itself.
fn real(python: &str) -> String {
    let directory = std::env::temp_dir().join(format!("helm-bench-{}", std::process::id()));
    for chart in 0..CHARTS {
        for (name, text) in files(chart) {
            let path = directory.join(chart.to_string()).join(name);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
    }
    let mut script = "import time, sys\nfrom helm_python import Chart\n".to_owned();
    let _ = writeln!(
        script,
        "begin = time.time()\ncharts = [Chart.load(f'{{sys.argv[1]}}/{{n}}') for n in range({CHARTS})]"
    );
    let _ = writeln!(script, "loaded = time.time()\nfor chart in charts:\n  for c in range({CLUSTERS}):");
    script.push_str("    chart.render(values={'registry': f'mirror-{c}.corp.example/acme', 'replicas': c, 'labels': {'cluster': f'c{c}'}}, name='demo', namespace='apps')\n");
    script.push_str("print(f'load {loaded - begin:.2f} s, render {time.time() - loaded:.2f} s')\n");
    let output =
        std::process::Command::new(python).args(["-c", &script]).arg(&directory).output().expect("it runs");
    std::fs::remove_dir_all(directory).expect("removed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
