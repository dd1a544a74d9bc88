//! Charts whose files, values and dependencies come and go: after each step, the server says what a check says, though it
//! keeps the outputs of charts.

use super::fleets::Fleet;
use std::collections::BTreeMap;

const SET: &str = "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: '{{ .Release.Name }}-{{ \
                   .Chart.Name }}'}\nspec:\n  imageTagMirrors:\n  - source: {{ .Values.source }}\n    mirrors: [{{ .Values.mirror | \
                   default \"mirror.example.com/a\" }}]\n";
const OTHER_SET: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: '{{ .Release.Name \
                         }}-other'}\nspec:\n  imageDigestMirrors:\n  - source: {{ .Values.source }}\n    mirrors: [{{ .Files.Get \
                         \"files/a.txt\" | trim | default \"https://none.example.com\" }}]\n";
const PLAIN: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: plain}\nspec:\n  \
                     imageDigestMirrors:\n  - source: https://quay.io/plain\n    mirrors: [mirror.example.com/plain]\n";
/// An Application of Applications: one for each file of a directory.
const GENERATOR: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: generated, namespace: \
                         openshift-gitops}\nspec:\n  generators:\n  - git:\n      repoURL: \
                         https://git.example.com/fleet.git\n      files: [{path: config/*.json}]\n  template:\n    metadata: \
                         {name: 'made-{{ \"{{cluster}}\" }}'}\n    spec:\n      source:\n        repoURL: \
                         https://git.example.com/fleet.git\n        path: charts/values\n        helm: {parameters: [{name: \
                         mirror, value: 'https://{{ \"{{cluster}}\" }}.example.com'}]}\n      destination: {name: '{{ \
                         \"{{cluster}}\" }}'}\n";

/// What a file may have in it; `None` if it is not there. The first is the state at the start.
type States = &'static [Option<&'static str>];

const FILES: [(&str, States); 36] = [
    // A chart that finds its dependency by name and version.
    (
        "charts/range/Chart.yaml",
        &[
            Some(
                "apiVersion: v2\nname: range\nversion: 1.0.0\ndependencies:\n- {name: common, version: ^1.0.0, \
                 repository: 'https://charts.example.com'}\n",
            ),
            Some(
                "apiVersion: v2\nname: range\nversion: 1.0.0\ndependencies:\n- {name: common, version: ^2.0.0, \
                 repository: 'https://charts.example.com'}\n",
            ),
            Some("apiVersion: v2\nname: range\nversion: 1.0.0\n"),
        ],
    ),
    ("charts/range/values.yaml", &[Some("source: https://quay.io/range\n"), Some("source: quay.io/range\n")]),
    ("charts/range/templates/set.yaml", &[Some(SET), Some(OTHER_SET), None]),
    ("charts/range/files/a.txt", &[None, Some("mirror.example.com/range\n")]),
    (
        "libs/common/Chart.yaml",
        &[
            Some("apiVersion: v2\nname: common\nversion: 1.2.0\n"),
            Some("apiVersion: v2\nname: common\nversion: 2.1.0\n"),
            Some("apiVersion: v2\nname: uncommon\nversion: 1.2.0\n"),
            None,
        ],
    ),
    ("libs/common/values.yaml", &[Some("source: https://quay.io/common\n"), None]),
    ("libs/common/templates/set.yaml", &[Some(SET), Some(OTHER_SET)]),
    (
        "libs/second/Chart.yaml",
        &[
            Some("apiVersion: v2\nname: second\nversion: 1.0.0\n"),
            Some("apiVersion: v2\nname: common\nversion: 1.9.0\n"),
            None,
        ],
    ),
    ("libs/second/values.yaml", &[Some("source: https://quay.io/second\n")]),
    ("libs/second/templates/set.yaml", &[Some(SET)]),
    // One that names a directory.
    (
        "charts/local/Chart.yaml",
        &[
            Some(
                "apiVersion: v2\nname: local\nversion: 1.0.0\ndependencies:\n- {name: near, version: '>=1', repository: \
                 'file://../../libs/near'}\n",
            ),
            Some(
                "apiVersion: v2\nname: local\nversion: 1.0.0\ndependencies:\n- {name: near, version: '>=2', repository: \
                 'file://../../libs/near'}\n",
            ),
        ],
    ),
    ("charts/local/values.yaml", &[None, Some("near: {source: https://quay.io/from-local}\n")]),
    (
        "libs/near/Chart.yaml",
        &[
            Some("apiVersion: v2\nname: near\nversion: 1.0.0\n"),
            Some("apiVersion: v2\nname: near\nversion: 2.0.0\n"),
            None,
        ],
    ),
    ("libs/near/values.yaml", &[Some("source: https://quay.io/near\n"), Some("source: quay.io/near\n")]),
    ("libs/near/templates/set.yaml", &[Some(SET), None]),
    // One whose values come from a glob, from a file that may be missing, and from a file that is ignored.
    ("charts/values/Chart.yaml", &[Some("apiVersion: v2\nname: values\nversion: 1.0.0\n")]),
    ("charts/values/values.yaml", &[Some("source: quay.io/values\n")]),
    ("charts/values/templates/set.yaml", &[Some(SET), Some(OTHER_SET)]),
    ("charts/values/templates/more.yaml", &[None, Some(OTHER_SET), Some(PLAIN)]),
    ("charts/values/files/a.txt", &[Some("mirror.example.com/a\n"), Some("https://m.example.com\n"), None]),
    ("charts/values/.helmignore", &[None, Some("more.yaml\n")]),
    ("values/a.yaml", &[Some("mirror: a.example.com/a\n"), Some("source: https://quay.io/a\n")]),
    ("values/b.yaml", &[None, Some("source: https://quay.io/b\n"), Some("mirror: https://b.example.com\n")]),
    ("values/deep/c.yaml", &[None, Some("source: https://quay.io/c\n")]),
    ("other/missing.yaml", &[None, Some("mirror: https://missing.example.com\n")]),
    (".gitignore", &[Some("hidden/\n"), Some("nothing\n"), None]),
    ("hidden/values.yaml", &[Some("mirror: https://hidden.example.com\n"), Some("{}\n"), None]),
    // A chart with a generator in it, and one that nothing applies.
    ("charts/apps/Chart.yaml", &[Some("apiVersion: v2\nname: apps\nversion: 1.0.0\n")]),
    ("charts/apps/templates/set.yaml", &[Some(GENERATOR)]),
    ("config/east.json", &[None, Some("[]\n"), Some("{\"cluster\": \"east\"}\n"), Some("{}\n")]),
    ("charts/unused/Chart.yaml", &[Some("apiVersion: v2\nname: unused\nversion: 1.0.0\n"), None]),
    ("charts/unused/templates/set.yaml", &[Some(SET)]),
    ("charts/unused/ci/a-values.yaml", &[Some("source: https://quay.io/ci\n"), None]),
    // Files of the root that are, or look like, the configuration.
    ("pullwarden.yml", &[None, Some("rules: {invalid-source: note}\n"), Some("{}\n")]),
    (".pulwarden.yaml", &[None, Some("{}\n")]),
    // A manifest that no chart knows of.
    ("clusters/plain/set.yaml", &[None, Some(PLAIN), Some("{}\n")]),
];

fn application(name: &str, path: &str, helm: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: openshift-gitops}}\nspec:\n  \
         source:\n    repoURL: https://git.example.com/fleet.git\n    path: {path}\n{helm}  destination: {{name: {name}}}\n"
    )
}

fn files() -> BTreeMap<String, String> {
    let states = FILES.iter().filter_map(|(name, states)| Some(((*name).to_owned(), states[0]?.to_owned())));
    let mut files: BTreeMap<String, String> = states.collect();
    let globs = "    helm:\n      ignoreMissingValueFiles: true\n      valueFiles: ['/values/*.yaml', '/other/missing.yaml']\n";
    let hidden = "    helm:\n      valueFiles: ['/hidden/values.yaml']\n";
    for (name, path, helm) in [
        ("range", "charts/range", ""),
        ("local", "charts/local", ""),
        ("globs", "charts/values", globs),
        ("hidden", "charts/values", hidden),
        ("apps", "charts/apps", ""),
    ] {
        files.insert(format!("argo/{name}.yaml"), application(name, path, helm));
    }
    files
}

/// Puts a file into another state: on the disk, or in an open text.
fn step(fleet: &mut Fleet) -> String {
    let (name, states) = *fleet.random.pick(&FILES);
    let state = *fleet.random.pick(states);
    match state {
        Some(text) if fleet.random.one_in(3) => fleet.write_open(name, text),
        Some(text) => fleet.save(name, text),
        None => fleet.remove(name),
    }
    format!("{name} is {state:?}")
}

fn steps(name: &str, seed: u64, is_watched: bool, steps: usize) {
    let mut fleet = Fleet::of(name, seed, is_watched, files());
    fleet.compare("at the start");
    let mut done = Vec::new();
    for number in 0..steps {
        done.push(step(&mut fleet));
        fleet.compare(&format!("{name}, step {number}: {:?}", &done[done.len().saturating_sub(5)..]));
    }
    fleet.end();
}

#[test]
fn charts_whose_files_are_watched() {
    steps("charts-watched", 1, true, 150);
}

#[test]
fn charts_whose_files_are_not_watched() {
    steps("charts-unwatched", 2, false, 60);
}

/// Each state of each file once, from the state at the start and back to it.
#[test]
fn each_file_of_a_chart_comes_and_goes() {
    let mut fleet = Fleet::of("charts-each", 3, true, files());
    for (name, states) in FILES {
        for state in states.iter().skip(1).chain([&states[0]]) {
            match state {
                Some(text) => fleet.save(name, text),
                None => fleet.remove(name),
            }
            fleet.compare(&format!("{name} is {state:?}"));
        }
    }
    assert!(fleet.rules.len() > 3, "nothing was found that could differ: {:?}", fleet.rules);
    fleet.end();
}
