//! Random trees: kustomizations that include and patch each other, Applications and sets of them, policies, and
//! whole repositories of the fixtures with changes.

use super::{Files, Random, corpus, is_sound, manifest, mutated, run};
use std::fmt::Write;

const DIRECTORIES: [&str; 8] = [
    "",
    "base",
    "base/deep",
    "overlays/prod",
    "overlays/test",
    "clusters/a",
    "clusters/b/components/x",
    "apps",
];

#[test]
fn random_repositories_are_reported_and_harm_nothing() {
    run(
        "repositories",
        50,
        |random| if random.one_in(3) { of_fixture(random) } else { tree(random) },
        is_sound,
    );
}

/// A repository of the fixtures, with a file or two changed, gone, or under another name.
fn of_fixture(random: &mut Random) -> Files {
    let (name, _) = random.pick(corpus());
    let root: String = name.split('/').take(2).collect::<Vec<_>>().join("/") + "/";
    let inside =
        corpus().iter().filter_map(|(name, text)| Some((name.strip_prefix(&root)?.to_owned(), text.clone())));
    let mut files: Files = inside.filter(|(name, _)| !name.starts_with(".pullwarden")).take(40).collect();
    for _ in 0..=random.below(3) {
        if files.is_empty() {
            break;
        }
        let number = random.below(files.len());
        match random.below(4) {
            0 => drop(files.remove(number)),
            1 => files[number].0 = format!("{}/moved.yaml", random.pick(&DIRECTORIES)),
            _ => {
                let text = String::from_utf8_lossy(&files[number].1).into_owned();
                files[number].1 = mutated(random, &text).into_bytes();
            }
        }
    }
    distinct(files)
}

fn tree(random: &mut Random) -> Files {
    let mut files: Files = Vec::new();
    for number in 0..=random.below(5) {
        let directory = *random.pick(&DIRECTORIES);
        let text = manifest(random);
        let text = if random.one_in(4) { mutated(random, &text) } else { text };
        files.push((below(directory, &format!("m{number}.yaml")), text.into_bytes()));
    }
    for _ in 0..=random.below(4) {
        let directory = *random.pick(&DIRECTORIES);
        let text = kustomization(random);
        let text = if random.one_in(4) { mutated(random, &text) } else { text };
        files.push((below(directory, "kustomization.yaml"), text.into_bytes()));
    }
    for number in 0..random.below(3) {
        let text = application(random);
        files.push((format!("apps/app{number}.yaml"), text.into_bytes()));
    }
    distinct(files)
}

fn distinct(mut files: Files) -> Files {
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

fn named(random: &mut Random) -> String {
    let up = "../".repeat(random.below(4));
    let number = random.below(6);
    let directory = *random.pick(&DIRECTORIES);
    match random.below(3) {
        0 => format!("m{number}.yaml"),
        1 => format!("{up}{directory}"),
        _ => format!("{up}{}", below(directory, &format!("m{number}.yaml"))),
    }
}

fn kustomization(random: &mut Random) -> String {
    let mut text = String::new();
    let list = |random: &mut Random| {
        let all: Vec<String> = (0..random.below(4)).map(|_| format!("'{}'", named(random))).collect();
        all.join(", ")
    };
    for key in
        ["resources", "components", "bases", "crds", "transformers", "generators", "patchesStrategicMerge"]
    {
        if key == "resources" || random.one_in(6) {
            let _ = writeln!(text, "{key}: [{}]", list(random));
        }
    }
    let parts = [
        "namePrefix: p-\n",
        "nameSuffix: \"-s\"\n",
        "namespace: n\n",
        "commonLabels: {a: b}\n",
        "labels:\n- pairs: {c: d}\n  includeSelectors: true\n",
        "kind: Component\n",
        "configMapGenerator:\n- name: cas\n  namespace: openshift-config\n  literals: ['a.example=b']\n",
        "configMapGenerator:\n- {name: cas, behavior: merge, files: [m0.yaml]}\n",
        "generatorOptions: {disableNameSuffixHash: true}\n",
        "images:\n- {name: quay.io/a, newName: m.example/a, digest: sha256:x}\n",
        "patches:\n- target: {kind: Image}\n  patch: |-\n    - {op: replace, path: /spec/registrySources, value: {allowedRegistries: [a]}}\n",
        "patches:\n- path: m1.yaml\n- target: {kind: '.*Set', name: '.*'}\n  patch: '[{op: remove, path: /spec}]'\n",
        "replacements:\n- source: {kind: Image, fieldPath: metadata.name}\n  targets:\n  - {select: {kind: ConfigMap}, fieldPaths: [metadata.name]}\n",
        "vars:\n- {name: V, objref: {kind: ConfigMap, name: cas, apiVersion: v1}}\n",
        "openapi: {path: m2.yaml}\n",
    ];
    for _ in 0..random.below(4) {
        text.push_str(parts[random.below(parts.len())]);
    }
    text
}

fn application(random: &mut Random) -> String {
    let path = *random.pick(&[
        "base",
        "overlays/{{path.basename}}",
        "{{.path.path}}",
        "clusters/*",
        "../base",
        "",
        "overlays/prod",
    ]);
    let generators = [
        "- git: {repoURL: x, directories: [{path: 'overlays/*'}, {path: overlays/test, exclude: true}]}\n",
        "- git: {repoURL: x, files: [{path: '**/m*.yaml'}]}\n",
        "- list: {elements: [{cluster: a, url: 'https://a'}, {cluster: b}]}\n",
        "- clusters: {selector: {matchLabels: {a: b}}}\n",
        "- matrix: {generators: [{git: {directories: [{path: '*'}]}}, {list: {elements: [{k: v}, {k: w}]}}]}\n",
        "- merge: {mergeKeys: [cluster], generators: [{list: {elements: [{cluster: a}]}}, {list: {elements: [{cluster: a, x: y}]}}]}\n",
        "- pullRequest: {github: {}}\n",
    ];
    let source = format!("{{repoURL: x, path: '{path}', kustomize: {{patches: [{{path: m1.yaml}}]}}}}");
    let destination =
        *random.pick(&["{name: a}", "{server: 'https://{{cluster}}'}", "{name: '{{.name}}'}", "{}"]);
    let text = if random.one_in(2) {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source: {source}\n  destination: \
             {destination}\n"
        )
    } else {
        let mut all = String::new();
        for _ in 0..=random.below(2) {
            let _ = write!(all, "  {}", random.pick(&generators));
        }
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a}}\nspec:\n  goTemplate: {}\n  \
             generators:\n{all}  template:\n    metadata: {{name: '{{{{cluster}}}}'}}\n    spec: {{source: {source}, destination: \
             {destination}}}\n",
            random.one_in(2)
        )
    };
    let generator = "apiVersion: policy.open-cluster-management.io/v1\nkind: PolicyGenerator\nmetadata: {name: g}\npolicyDefaults: \
        {namespace: p}\npolicies:\n- name: a\n  manifests: [{path: ../base}, {path: '../overlays/prod', patches: [{metadata: \
        {labels: {a: b}}}]}]\n";
    let text = if random.one_in(4) { generator.to_owned() } else { text };
    if random.one_in(4) { mutated(random, &text) } else { text }
}
