//! What objects of Flux may say that cannot be followed, or only in part.

use crate::command::{Scratch, out, pullwarden};

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: mirrors}
spec:
  imageDigestMirrors:
  - source: quay.io/acme
    mirrors:
    - ${registry}/acme
";

/// A repository with one `Kustomization` of this `spec`.
fn repository(name: &str, spec: &str, more: &[(&str, &str)]) -> Scratch {
    let object = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: mirrors, namespace: \
         flux-system}}\nspec:\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{spec}"
    );
    let files = [
        (".git/HEAD", ""),
        ("clusters/prod/mirrors.yaml", object.as_str()),
        ("apps/mirrors/idms.yaml", IDMS),
    ];
    Scratch::new(name, &[&files, more].concat())
}

/// What is said of a repository with one `Kustomization` of this `spec`.
fn said(name: &str, spec: &str, more: &[(&str, &str)]) -> (String, String) {
    let repo = repository(name, spec, more);
    let clusters = out(&pullwarden(&repo.0, &["clusters"]));
    (clusters, out(&pullwarden(&repo.0, &["check", "--fail-on", "never", "--color", "never"])))
}

#[test]
fn a_variable_without_a_value_is_empty() {
    let (clusters, report) =
        said("flux-empty", "  path: ./apps/mirrors\n  postBuild: {substitute: {other: x}}\n", &[]);
    assert!(clusters.contains("apps/mirrors (flux, Kustomization `flux-system/mirrors`)"), "{clusters}");
    assert!(report.contains("mirror `/acme`"), "{report}");
}

#[test]
fn a_missing_config_map_leaves_variables_as_they_are() {
    let spec =
        "  path: apps/mirrors/\n  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: gone}\n";
    let (clusters, report) = said("flux-missing", spec, &[]);
    let expected = "`${registry}` may come from the ConfigMap `gone`, which is not known here";
    assert!(clusters.contains(expected), "{clusters}");
    assert!(
        report.contains("note[incomplete-kustomization]") && !report.contains("invalid-mirror"),
        "{report}"
    );
}

#[test]
fn a_bad_substitution_is_refused_at_its_place() {
    let idms = IDMS.replace("${registry}", "${registry[@]}");
    let spec = "  path: ../../apps/other\n  postBuild: {substitute: {registry: a.example}}\n";
    let (_, report) = said("flux-refused", spec, &[("apps/other/idms.yaml", &idms)]);
    assert!(report.contains("error[refused-kustomization]"), "{report}");
    assert!(report.contains("apps/other/idms.yaml:8:7"), "{report}");
}

#[test]
fn kustomizations_that_apply_each_other_end() {
    let spec = "  path: ./clusters\n  postBuild: {substitute: {registry: a.example}}\n---\napiVersion: \
                kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: round, namespace: \
                flux-system}\nspec:\n  sourceRef: {kind: GitRepository, name: flux-system}\n  path: .\n  namePrefix: a-\n";
    let (clusters, _) = said("flux-round", spec, &[]);
    assert!(clusters.contains("ImageDigestMirrorSet/"), "{clusters}");
}

#[test]
fn objects_of_flux_with_a_wrong_specification_are_not_followed() {
    for (number, spec) in
        ["  path: 7\n", "  path: gone\n", "  path: [a]\n  postBuild: [1]\n  patches: 3\n"].iter().enumerate()
    {
        let (clusters, _) = said(&format!("flux-odd-{number}"), spec, &[]);
        assert!(clusters.contains("ImageDigestMirrorSet/mirrors"), "{clusters}");
    }
}

/// The objects of the only cluster, with the places of their values.
fn objects(name: &str, spec: &str, more: &[(&str, &str)]) -> String {
    out(&pullwarden(&repository(name, spec, more).0, &["clusters", "--objects", "--cluster", "prod"]))
}

#[test]
fn fields_of_a_kustomization_change_its_path() {
    let path = "  path: ./apps/mirrors\n";
    let printed = objects("flux-prefix", &format!("{path}  namePrefix: a-\n  nameSuffix: -z\n"), &[]);
    assert!(printed.contains("name: a-mirrors-z #"), "{printed}");
    let metadata = "  commonMetadata:\n    labels: {team: images}\n    annotations: {note: made}\n";
    let printed = objects("flux-metadata", &format!("{path}{metadata}"), &[]);
    assert!(printed.contains("team: images # clusters/prod/mirrors.yaml:"), "{printed}");
    assert!(printed.contains("note: made # clusters/prod/mirrors.yaml:"), "{printed}");
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: \
                     ImageDigestMirrorSet}\n  patch: |\n    - op: replace\n      path: /spec/imageDigestMirrors/0/source\n      \
                     value: quay.io/other\n";
    let more = [("apps/component/kustomization.yaml", component)];
    let printed = objects("flux-components", &format!("{path}  components: [../component]\n"), &more);
    assert!(printed.contains("source: quay.io/other # apps/component/kustomization.yaml:"), "{printed}");
}

#[test]
fn a_component_that_cannot_be_built_is_an_error_of_its_path() {
    let component =
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: gone.yaml}]\n";
    let more = [("apps/component/kustomization.yaml", component)];
    let (_, report) =
        said("flux-component-broken", "  path: ./apps/mirrors\n  components: [../component]\n", &more);
    assert!(report.contains("error[refused-kustomization]") && report.contains("gone.yaml"), "{report}");
}

#[test]
fn images_of_a_kustomization_count_for_workloads() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: docker.io/library/a}]}\n";
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
                 blockedRegistries: [docker.io]\n";
    let more = [("apps/mirrors/pod.yaml", pod), ("apps/mirrors/image.yaml", image)];
    let plain = "  path: ./apps/mirrors\n  postBuild: {substitute: {registry: a.example}}\n";
    let (_, report) = said("flux-images-plain", plain, &more);
    assert!(report.contains("[image-not-allowed]") && report.contains("docker.io/library/a"), "{report}");
    let renamed = format!("{plain}  images: [{{name: docker.io/library/a, newName: quay.io/acme/a}}]\n");
    let (_, report) = said("flux-images", &renamed, &more);
    assert!(!report.contains("[image-not-allowed]"), "{report}");
}

#[test]
fn a_kube_config_is_another_cluster() {
    let spec = "  path: ./apps/mirrors\n  postBuild: {substitute: {registry: a.example}}\n  \
                kubeConfig: {secretRef: {name: edge-7}}\n";
    let (clusters, _) = said("flux-kube-config", spec, &[]);
    assert!(!clusters.contains("prod "), "{clusters}");
    assert!(clusters.contains("edge-7"), "{clusters}");
}

#[test]
fn objects_that_are_too_deep_are_noted() {
    // Only the object before says where the next one leads, so each level is a round of its own.
    let level = |number: usize| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: l{number}, namespace: a}}\nspec:\n  \
             sourceRef: {{kind: GitRepository, name: flux-system}}\n  path: ./levels/${{next}}\n  postBuild: {{substitute: {{next: \
             \"{}\", registry: a.example}}}}\n---\n{}",
            number + 2,
            IDMS.replace("name: mirrors", &format!("name: mirrors-{number}"))
        )
    };
    let first = "  path: ./levels/1\n  postBuild: {substitute: {next: \"2\", registry: a.example}}\n";
    for (levels, is_noted) in [(5, false), (14, true)] {
        let texts: Vec<(String, String)> =
            (1..levels).map(|number| (format!("levels/{number}/next.yaml"), level(number))).collect();
        let mut more: Vec<(&str, &str)> =
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let last = format!("levels/{levels}/idms.yaml");
        more.push((&last, IDMS));
        let (clusters, report) = said(&format!("flux-deep-{levels}"), first, &more);
        let is_applied = clusters.contains(&format!("levels/{levels} (flux, "));
        assert_eq!(is_applied, !is_noted, "{clusters}");
        assert_eq!(report.contains("deeper than pullwarden follows"), is_noted, "{report}");
    }
}

/// The place of the only finding about a mirror with a scheme, in a repository where Flux applies these files.
fn place_of_mirror(name: &str, more: &[(&str, &str)]) -> String {
    let source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: \
                  flux-system}\nspec: {url: 'https://git.example/x', interval: 1m}\n";
    let chart = "apiVersion: v2\nname: m\nversion: 1.0.0\n";
    let template = IDMS.replace("${registry}/acme", "{{ .Values.mirror }}");
    let files = [
        (".git/HEAD", ""),
        ("clusters/prod/source.yaml", source),
        ("charts/m/Chart.yaml", chart),
        ("charts/m/templates/idms.yaml", &template),
    ];
    let repo = Scratch::new(name, &[&files, more].concat());
    out(&pullwarden(&repo.0, &["check", "--fail-on", "never", "--report", "github"]))
}

#[test]
fn values_of_a_config_map_stand_in_its_file() {
    let release = |from: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: m, namespace: \
             flux-system}}\nspec:\n  chart:\n    spec:\n      chart: ./charts/m\n      sourceRef: {{kind: GitRepository, \
             name: flux-system}}\n  valuesFrom:\n  - {{kind: ConfigMap, name: v{from}}}\n"
        )
    };
    let map = |data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: v, namespace: flux-system}}\ndata:\n  {data}"
        )
    };
    let whole = map("values.yaml: |\n    source: quay.io/t\n    mirror: https://m.example/x\n");
    let key = map("mirror: https://m.example/x\n");
    let generator = "namespace: flux-system\nresources: [release.yaml]\nconfigMapGenerator:\n- name: v\n  files: \
                     [values.yaml=v.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n";
    let (plain, target) = (release(""), release(", valuesKey: mirror, targetPath: mirror"));
    let variables = map("registry: https://m.example/x\n");
    let path = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: \
                flux-system}\nspec:\n  sourceRef: {kind: GitRepository, name: flux-system}\n  path: ./apps\n  postBuild:\n    \
                substituteFrom: [{kind: ConfigMap, name: v}]\n";
    let whole_variable = IDMS.replace("${registry}/acme", "${registry}");
    for (name, files, place) in [
        (
            "flux-values",
            vec![("clusters/prod/release.yaml", &*plain), ("clusters/prod/cm.yaml", &whole)],
            "file=clusters/prod/cm.yaml,line=7,endLine=7,col=13,",
        ),
        (
            "flux-values-target",
            vec![("clusters/prod/release.yaml", &*target), ("clusters/prod/cm.yaml", &key)],
            "file=clusters/prod/cm.yaml,line=5,endLine=5,col=11,",
        ),
        (
            "flux-values-variable",
            vec![
                ("clusters/prod/path.yaml", path),
                ("clusters/prod/cm.yaml", &variables),
                ("apps/idms.yaml", &whole_variable),
            ],
            "file=clusters/prod/cm.yaml,line=5,endLine=5,col=13,",
        ),
        (
            "flux-values-generated",
            vec![
                ("clusters/prod/release.yaml", &*plain),
                ("clusters/prod/kustomization.yaml", generator),
                ("clusters/prod/v.yaml", "source: quay.io/t\nmirror: https://m.example/x\n"),
            ],
            "file=clusters/prod/v.yaml,line=2,endLine=2,col=9,",
        ),
    ] {
        let said = place_of_mirror(name, &files);
        let errors: Vec<&str> = said.lines().filter(|line| line.contains("title=invalid-mirror")).collect();
        assert!(matches!(errors[..], [error] if error.contains(place)), "{name}: {said}");
    }
}
