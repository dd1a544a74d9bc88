//! What a source says of the chart in its directory.

use crate::{Memory, application, read};
use argo_apps::Helm;
use spanned_yaml::Node;

/// What the first source of an application says of its chart, whose directory is `charts/a`.
fn helm(text: &str) -> Helm {
    let repository =
        Memory::of(&[("charts/a/Chart.yaml", ""), ("charts/a/values.yaml", ""), ("b/Chart.yaml", "")]);
    let read = read(
        &application(&format!("source:\n  repoURL: u\n  path: charts/a\n  helm: {text}\n")),
        &repository,
    );
    read.applications[0].sources[0].helm.as_deref().cloned().expect("a chart")
}

#[test]
fn values_files_stand_beside_the_chart_in_the_repository_or_elsewhere() {
    let files = helm(
        "{valueFiles: [prod.yaml, ../b.yaml, /values/c.yaml, $ref/d.yaml, 'https://a.example/e.yaml', ../../../f.yaml]}",
    );
    let paths: Vec<Option<&str>> = files.value_files.iter().map(|file| file.value.as_deref()).collect();
    let known = ["charts/a/prod.yaml", "charts/b.yaml", "values/c.yaml", "d.yaml"].map(Some);
    assert_eq!(paths, [&known[..], &[None, None]].concat());
    assert!(!files.ignore_missing && helm("{ignoreMissingValueFiles: true}").ignore_missing);
}

#[test]
fn values_are_a_map_or_a_text() {
    let text = |helm: &Helm, key: &str| {
        let found = helm.values.iter().find_map(|values| values.root().get(key).map(Node::text));
        found.map(str::to_owned)
    };
    let map = helm("{valuesObject: {a: b}, values: 'a: c'}");
    assert_eq!(text(&map, "a").as_deref(), Some("b"));
    assert_eq!(text(&helm("{values: 'a: c'}"), "a").as_deref(), Some("c"));
    assert!(helm("{values: '[: '}").unknown.is_some());
    assert_eq!(helm("{}"), helm("{releaseName: ''}"));
}

#[test]
fn parameters_are_lines() {
    let helm = helm(
        "{releaseName: r, parameters: [{name: a.b, value: 'x,y'}, {name: c, value: '1', forceString: true}], fileParameters: [{name: d, path: e.txt}]}",
    );
    let lines: Vec<(&str, bool)> =
        helm.parameters.iter().map(|(line, text)| (line.value.as_str(), *text)).collect();
    assert_eq!(lines, [("a.b=x\\,y", false), ("c=1", true)]);
    assert_eq!(helm.file_parameters[0].1.as_deref(), Some("charts/a/e.txt"));
    assert_eq!((helm.release_name.as_deref(), helm.unknown), (Some("r"), None));
}
