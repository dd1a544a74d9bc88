//! What a build says of repositories that kustomize alone cannot build, and of what they name.

use crate::repository::{IMAGE, Repository, metadata, name, place};
use kustomize::Cause;

#[test]
fn a_build_goes_on_without_what_it_cannot_have() {
    let repository = Repository::of(&[
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", "resources: [image.yaml, 'https://example.com/x?ref=v1']\n"),
        (
            "o/kustomization.yaml",
            "resources: [../base, ../../elsewhere]
components: ['https://example.com/component']
helmCharts: [{name: chart}]
configMapGenerator: [{name: theirs, behavior: merge, literals: [a=b]}]
generators:
- |-
  apiVersion: example.com/v1
  kind: Program
  metadata: {name: one}
validators: [https://example.com/validator]
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: theirs}
    data: {a: c}
- target: {kind: Image}
  patch: |-
    - op: replace
      path: /spec/additionalTrustedCA/name
      value: half
    - op: remove
      path: /spec/theirs
- target: {kind: Image}
  patch: |-
    - op: replace
      path: /spec/additionalTrustedCA/name
      value: ours
- path: https://example.com/patch.yaml
replacements:
- source: {kind: ConfigMap, name: theirs, fieldPath: data.a}
  targets: [{select: {kind: Image}, fieldPaths: [spec.theirs]}]
replicas: [{name: theirs, count: 2}]
",
        ),
    ]);
    let built = repository.built("o").expect("it goes on");
    let left_out: Vec<String> =
        built.left_out.iter().map(|error| repository.show(error.span.expect("a place"))).collect();
    assert_eq!(
        left_out,
        [
            "base/kustomization.yaml: 'https://example.com/x?ref=v1'",
            "o/kustomization.yaml: ../../elsewhere",
            "o/kustomization.yaml: {name: chart}",
            "o/kustomization.yaml: one",
            "o/kustomization.yaml: 'https://example.com/component'",
            "o/kustomization.yaml: https://example.com/patch.yaml",
            "o/kustomization.yaml: https://example.com/validator",
        ]
    );
    let causes: Vec<Cause> = built.left_out.iter().map(|error| error.cause).collect();
    let (remote, unsupported) = (Cause::Remote, Cause::Unsupported);
    assert_eq!(causes, [remote, Cause::Outside, unsupported, unsupported, remote, remote, unsupported]);
    assert_eq!(repository.show(built.left_out[0].via[0]), "o/kustomization.yaml: ../base");
    assert_eq!(built.objects.len(), 1);
    // Of a patch that fails halfway nothing stays; the next one counts.
    assert_eq!(
        place(&repository, &built.objects[0], &["spec", "additionalTrustedCA", "name"]),
        "o/kustomization.yaml: ours"
    );
    let read: Vec<&str> =
        built.files.iter().map(|id| repository.sources.get(*id).expect("a file").name.as_str()).collect();
    assert_eq!(read, ["base/image.yaml", "base/kustomization.yaml", "o/kustomization.yaml"]);
}

#[test]
fn a_build_with_missing_parts_is_refused_for_its_other_errors() {
    for wrong in [
        "resources: ['https://example.com/x', image.yaml, image.yaml]\n",
        "resources: ['https://example.com/x', nope.yaml]\n",
        "resources: ['https://example.com/x']\npatches: [{patch: '{a: b'}]\n",
        "resources: ['https://example.com/x']\npatchesStrategicMerge:\n- |-\n  apiVersion: config.openshift.io/v1\n  {{ x }}: y\n",
    ] {
        let repository = Repository::of(&[("kustomization.yaml", wrong), ("image.yaml", IMAGE)]);
        let error = repository.built("").expect_err(wrong);
        assert_eq!(error.cause, Cause::Refused, "{wrong}: {}", error.message);
    }
}

#[test]
fn targets_without_objects_are_remembered() {
    let overlay = "resources: [../base]\npatches:\n- target: {kind: Imag}\n  patch: '[]'\n";
    let overlay = overlay.replace("'[]'", "'[{\"op\": \"remove\", \"path\": \"/spec\"}]'");
    let patch =
        "- target: {kind: Image, name: other}\n  patch: '{apiVersion: a/v1, kind: A, metadata: {name: a}}'\n";
    let repository = Repository::of(&[
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", &format!("resources: [image.yaml]\npatches:\n{patch}")),
        ("o/kustomization.yaml", &overlay),
    ]);
    let unmatched = repository.built("o").expect("it builds").unmatched;
    let shown: Vec<String> = unmatched.iter().map(|target| repository.show(target.span)).collect();
    assert_eq!(
        shown,
        ["base/kustomization.yaml: {kind: Image, name: other}", "o/kustomization.yaml: {kind: Imag}"]
    );
}

#[test]
fn includes_are_what_a_kustomization_names() {
    let kustomization = "kind: Component
resources: [../base, image.yaml, missing.yaml, 'https://example.com/x', ../../outside]
Bases: [../old]
components: [parts]
patches: [{path: patch.yaml}, {patch: 'a: b'}]
patchesStrategicMerge:
- merge.yaml
- |-
  kind: A
patchesJson6902: [{path: ./json.yaml, target: {kind: A}}]
replacements: [{path: replacement.yaml}]
configurations: [names.yaml]
crds: [crd.yaml]
openapi: {path: schema.json}
configMapGenerator: [{name: a, files: [ca.crt=ca/one.crt, ca/two.crt], envs: [a.env], env: b.env}]
secretGenerator: [{name: b, files: [secret.txt]}]
generators:
- generator.yaml
- |-
  apiVersion: policy.open-cluster-management.io/v1
  kind: PolicyGenerator
  metadata: {name: a}
  policies: [{name: a, manifests: [{path: manifests}, {path: manifests/one.yaml}]}]
transformers: [transformer.yaml]
validators: [validator.yaml]
helmGlobals: {chartHome: local}
helmCharts: [{name: chart, valuesFile: values.yaml, additionalValuesFiles: [more.yaml]}]
";
    let names = [
        "image.yaml",
        "patch.yaml",
        "merge.yaml",
        "json.yaml",
        "replacement.yaml",
        "names.yaml",
        "crd.yaml",
        "schema.json",
        "ca/one.crt",
        "ca/two.crt",
        "a.env",
        "b.env",
        "secret.txt",
        "generator.yaml",
        "transformer.yaml",
        "validator.yaml",
        "values.yaml",
        "more.yaml",
        "manifests/one.yaml",
    ];
    let mut repository = Repository::of(&[("o/kustomization.yml", kustomization)]);
    for name in [
        "base/kustomization.yaml",
        "old/Kustomization",
        "o/parts/a",
        "o/local/chart/Chart.yaml",
        "o/unnamed.yaml",
    ] {
        repository.add(name, "");
    }
    for name in names {
        repository.add(&format!("o/{name}"), "");
    }
    let found = kustomize::includes("o", &repository.tree);
    assert_eq!(found.directories, ["base", "o/local/chart", "o/manifests", "o/parts", "old"]);
    let mut due = names.map(|name| format!("o/{name}"));
    due.sort();
    assert_eq!(found.files, due);
    assert!(found.is_component);
    let nothing = kustomize::includes("nowhere", &repository.tree);
    assert!(nothing.directories.is_empty() && nothing.files.is_empty() && !nothing.is_component);
    repository.add("broken/kustomization.yaml", "resources: [a\n- b: {{ c }}");
    repository.add("broken/beside.yaml", "");
    let broken = kustomize::includes("broken", &repository.tree);
    assert!(broken.is_broken && broken.resources == ["broken/beside.yaml"], "{broken:?}");
    // What kustomize refuses is understood as it was meant.
    repository.add(
        "meant/kustomization.yaml",
        "resources: ['*.yml', ../loose, ../base/kustomization.yaml, none-*.json]",
    );
    for name in ["meant/a.yml", "meant/b.yaml", "loose/one.json", "loose/two.txt", "loose/deep/three.yaml"] {
        repository.add(name, "");
    }
    let meant = kustomize::includes("meant", &repository.tree);
    assert_eq!(meant.resources, ["loose/one.json", "meant/a.yml"]);
    assert_eq!(meant.directories, ["base"]);
}

#[test]
fn configurations_of_policy_generators_stay_as_they_are() {
    let policies = "apiVersion: policy.open-cluster-management.io/v1
kind: PolicyGenerator
metadata: {name: policies}
policies: []
";
    let sites = "apiVersion: ran.openshift.io/v1
kind: SiteConfig
metadata: {name: sites, namespace: site}
";
    let repository = Repository::of(&[
        ("base/policies/generator.yaml", policies),
        ("base/image.yaml", IMAGE),
        (
            "base/kustomization.yaml",
            "resources: [image.yaml]\ngenerators: [policies/generator.yaml]\nnamePrefix: x-\n",
        ),
        (
            "o/kustomization.yaml",
            &format!(
                "resources: [../base]\nnamespace: new\ngenerators:\n- |-\n  {}\npatches:\n- patch: |-\n    {}",
                sites.replace('\n', "\n  "),
                "apiVersion: v1\n    kind: Policy\n    metadata: {name: generated}\n"
            ),
        ),
    ]);
    let built = repository.built("o").expect("it builds");
    let names: Vec<(&str, &str)> =
        built.objects.iter().map(|it| (name(it), metadata(it, "namespace"))).collect();
    assert_eq!(names, [("x-cluster", "new"), ("policies", ""), ("sites", "site")]);
    assert_eq!(built.generators, [(1, "base".to_owned()), (2, "o".to_owned())]);
    assert!(built.left_out.is_empty());
}

#[test]
fn definitions_say_which_fields_hold_names() {
    let object = "apiVersion: {}, kind: {}, metadata: {}";
    let definitions = |reference: &str| {
        format!(
            "com.example.v1.Image:\n  Schema: {{properties: {{{object}, spec: {{$ref: com.example.v1.Spec}}}}}}\n\
             com.example.v1.Spec:\n  Schema: {{properties: {{additionalTrustedCA: {{{reference}}}, deeper: {{$ref: com.example.v1.Spec}}}}}}\n"
        )
    };
    let built = |crds: &str, definitions: &str| {
        let repository = Repository::of(&[
            (
                "a/image.yaml",
                "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  additionalTrustedCA: {name: cas, key: cas}\n",
            ),
            ("a/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cas}\n"),
            ("a/crd.yaml", definitions),
            ("a/kustomization.yaml", &format!("nameSuffix: -v2\nresources: [image.yaml, map.yaml]\n{crds}")),
        ]);
        let manifests = repository.build("a").expect("it builds");
        let ca = manifests.iter().find_map(|one| one.root().get("spec")?.get("additionalTrustedCA"));
        let ca = ca.expect("a reference");
        (ca.get_str("name").expect("a name").to_owned(), ca.get_str("key").expect("a key").to_owned())
    };
    let pair = |name: &str, key: &str| (name.to_owned(), key.to_owned());
    let reference = "x-kubernetes-object-ref-api-version: v1, x-kubernetes-object-ref-kind: ConfigMap";
    let with_key = format!("{reference}, x-kubernetes-object-ref-name-key: key");
    assert_eq!(built("", &definitions(reference)), pair("cas", "cas"));
    assert_eq!(built("crds: [crd.yaml]", &definitions(reference)), pair("cas-v2", "cas"));
    assert_eq!(built("crds: [crd.yaml]", &definitions(&with_key)), pair("cas", "cas-v2"));
    // Of another kind, without a version, and what is no object.
    let secret = reference.replace("ConfigMap", "Secret");
    assert_eq!(built("crds: [crd.yaml]", &definitions(&secret)), pair("cas", "cas"));
    let half = "x-kubernetes-object-ref-kind: ConfigMap";
    assert_eq!(built("crds: [crd.yaml]", &definitions(half)), pair("cas", "cas"));
    let no_kind = definitions(reference).replace("kind: {}, ", "");
    assert_eq!(built("crds: [crd.yaml]", &no_kind), pair("cas", "cas"));
}
