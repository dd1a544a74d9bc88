//! How long charts take: 200 charts of 20 templates each, which Applications apply to one cluster and to ten, each with values
//! of its own, which half of the templates print, against reading the same files. Prints the memory, too.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]

mod common;
#[path = "common/memory.rs"]
mod memory;

use common::{reader, report};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CHARTS: usize = 200;
const TEMPLATES: usize = 20;
const ROUNDS: usize = 3;

/// What most charts define, with the words that most of them use.
const HELPERS: &str = r#"{{- define "NAME.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "NAME.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 63 }}{{ else }}{{ printf "%s-%s" .Release.Name $name }}{{ end }}
{{- end }}
{{- define "NAME.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ include "NAME.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
"#;

const TEMPLATE: &str = r#"{{- if .Values.appNUMBER.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "NAME.fullname" . }}-NUMBER
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "NAME.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ include "NAME.name" . }}
  template:
    metadata:
      labels:
        {{- include "NAME.labels" . | nindent 8 }}
    spec:
      containers:
      - name: web
        image: "{{ .Values.global.registry }}/{{ .Values.appNUMBER.repository }}:{{ .Values.appNUMBER.tag }}"
        env:
        {{- range $name, $value := .Values.env }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
{{- end }}
"#;

/// A template that prints the same for every cluster.
const SETTINGS: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "NAME.fullname" . }}-NUMBER
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "NAME.labels" . | nindent 4 }}
data:
{{- range $name, $value := .Values.env }}
  {{ $name }}: {{ $value | quote }}
{{- end }}
"#;

const MIRRORS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: {{ .Release.Name }}
spec:
  imageDigestMirrors:
  - source: quay.io/NAME
    mirrors: [\"{{ .Values.global.registry }}/NAME\"]
";

fn main() {
    if common::is_reader() {
        return;
    }
    let directory = std::env::temp_dir().join(format!("pullwarden-charts-{}", std::process::id()));
    for clusters in [1, 10] {
        let repository = generate(&directory, clusters);
        report(
            &format!("{CHARTS} charts of {TEMPLATES} templates for {clusters} of its clusters: check / read"),
            ROUNDS,
            || check(&repository),
            || reader(&repository),
        );
        if let Some(peak) = memory::peak(check(&repository)) {
            println!("  {} MiB at most", peak / 1024);
        }
    }
    fs::remove_dir_all(directory).expect("it was made here");
}

fn check(path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.arg("check").arg(path).args(["--fail-on", "never"]);
    command
}

fn generate(directory: &Path, clusters: usize) -> PathBuf {
    let root = directory.join(format!("of-{clusters}"));
    let write = |name: String, text: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    };
    write(".git/HEAD".to_owned(), "");
    for chart in 0..CHARTS {
        let name = format!("chart-{chart}");
        let of = |text: &str| text.replace("NAME", &name);
        write(format!("charts/{name}/Chart.yaml"), &of("apiVersion: v2\nname: NAME\nversion: 1.0.0\n"));
        let mut values = "global: {registry: quay.io}\nreplicas: 2\nenv: {MODE: fast, LEVEL: info}
resources: {limits: {cpu: 500m, memory: 512Mi}, requests: {cpu: 100m}}\n"
            .to_owned();
        for number in 0..TEMPLATES {
            // Writing to a string cannot fail.
            let _ = writeln!(
                values,
                "app{number}: {{enabled: true, repository: team/app-{number}, tag: '1.{number}'}}"
            );
            let text = if number % 2 == 0 { TEMPLATE } else { SETTINGS };
            let text = of(text).replace("NUMBER", &number.to_string());
            write(format!("charts/{name}/templates/app-{number}.yaml"), &text);
        }
        write(format!("charts/{name}/values.yaml"), &values);
        write(format!("charts/{name}/templates/_helpers.tpl"), &of(HELPERS));
        if chart % 50 == 0 {
            write(format!("charts/{name}/templates/mirrors.yaml"), &of(MIRRORS));
        }
    }
    for cluster in 0..clusters {
        let mut applications = String::new();
        for chart in 0..CHARTS {
            let _ = write!(
                applications,
                "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: chart-{chart}-{cluster}}}
spec:
  destination: {{name: cluster-{cluster}, namespace: apps}}
  source:
    repoURL: https://git.example.com/gitops.git
    path: charts/chart-{chart}
    helm:
      releaseName: chart-{chart}
      valuesObject: {{global: {{registry: mirror-{cluster}.example.com}}, replicas: {cluster}}}\n"
            );
        }
        write(format!("apps/cluster-{cluster}.yaml"), &applications);
    }
    root
}
