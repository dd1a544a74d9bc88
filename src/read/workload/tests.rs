use super::*;
use crate::source::FileId;
use crate::yaml;
use std::sync::Arc;

fn images_by(kinds: &Kinds, text: &str) -> Vec<(String, String)> {
    assert!(kinds.may_be_in(text.as_bytes()), "{text}");
    let mut found = Vec::new();
    yaml::parse(FileId(0), &Arc::from(text), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        let images = kinds.images(document.root());
        assert!(kinds.know(document.root()));
        for image in images {
            assert_eq!(document.root().path_to(image.image.span), *image.field);
            found.push((image.field.to_string(), image.image.value));
        }
    });
    found
}

fn images(text: &str) -> Vec<String> {
    images_by(&Kinds::default(), text).into_iter().map(|(_, image)| image).collect()
}

fn pod_of(head: &str, indent: usize) -> String {
    let pod = "initContainers:\n- {name: i, image: i.io/a}\ncontainers:\n- {name: c, image: c.io/a}\nephemeralContainers:\n\
               - {name: e, image: e.io/a}\nvolumes:\n- name: v\n  image: {reference: v.io/a}\n- {name: w, emptyDir: {}}\n";
    let lines = pod.lines().map(|line| format!("{}{line}\n", " ".repeat(indent)));
    format!("{head}\n{}", lines.collect::<String>())
}

#[test]
fn every_path_of_the_table_is_one() {
    let (rows, places) = kinds::count();
    assert_eq!(rows, places);
}

#[test]
fn pods_are_found_wherever_they_are() {
    let all = ["i.io/a", "c.io/a", "e.io/a", "v.io/a"];
    for (head, indent) in [
        ("apiVersion: v1\nkind: Pod\nspec:", 2),
        ("apiVersion: v1\nkind: PodTemplate\ntemplate:\n  spec:", 4),
        ("apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:", 6),
        (
            "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:",
            10,
        ),
        ("apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nspec:\n  template:\n    spec:", 6),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  template:\n    spec:", 6),
        ("apiVersion: serving.knative.dev/v1\nkind: Revision\nspec:", 2),
        (
            "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nspec:\n  install:\n    spec:\n      \
             deployments:\n      - spec:\n          template:\n            spec:",
            14,
        ),
    ] {
        assert_eq!(images(&pod_of(head, indent)), all, "{head}");
    }
}

#[test]
fn kinds_of_other_projects_have_their_own_image_fields() {
    for (text, wanted) in [
        (
            "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  stepTemplate: {image: a.io/t}\n  steps:\n  - image: a.io/s\n  \
             - {name: x, image: $(params.image)}\n  sidecars: [{image: a.io/c}]\n",
            &["a.io/s", "a.io/c", "a.io/t"][..],
        ),
        (
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nspec:\n  pipelineSpec:\n    tasks:\n    - taskRef: {name: x}\n    \
             - taskSpec: {steps: [{image: a.io/s}]}\n    finally:\n    - taskSpec: {steps: [{image: a.io/f}]}\n",
            &["a.io/s", "a.io/f"],
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec:\n  workflowSpec:\n    templates:\n    \
             - container: {image: a.io/c}\n    - script: {image: '{{inputs.parameters.image}}'}\n    - containerSet:\n        \
             containers: [{image: a.io/s}]\n",
            &["a.io/c", "a.io/s"],
        ),
        (
            "apiVersion: build.openshift.io/v1\nkind: BuildConfig\nspec:\n  source:\n    images:\n    - from: {kind: DockerImage, \
             name: a.io/src}\n  strategy:\n    dockerStrategy: {from: {kind: ImageStreamTag, name: ruby:2}}\n  output:\n    to: \
             {kind: DockerImage, name: a.io/out}\n",
            &["a.io/src"],
        ),
        (
            "apiVersion: image.openshift.io/v1\nkind: ImageStream\nspec:\n  tags:\n  - from: {kind: DockerImage, name: a.io/i}\n  \
             - from: {kind: ImageStreamTag, name: latest}\n",
            &["a.io/i"],
        ),
        (
            "apiVersion: olm.operatorframework.io/v1\nkind: ClusterCatalog\nspec:\n  source: {type: Image, image: {ref: a.io/c}}\n",
            &["a.io/c"],
        ),
        (
            "apiVersion: olm.operatorframework.io/v1\nkind: ClusterCatalog\nspec:\n  availabilityMode: Unavailable\n  \
             source: {type: Image, image: {ref: a.io/c}}\n",
            &[],
        ),
        (
            "{\"kind\": \"CatalogSource\", \"apiVersion\": \"operators.coreos.com/v1alpha1\", \"spec\": {\"image\": \"a.io/c\"}}",
            &["a.io/c"],
        ),
    ] {
        assert_eq!(images(text), wanted, "{text}");
    }
}

#[test]
fn images_that_a_trigger_or_an_operator_fills_in_are_left_alone() {
    let of = |metadata: &str, spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\nspec:\n  {spec}\n  template:\n    spec:\n      containers:\n      \
             - {{name: web, image: a.io/web}}\n      - {{name: log, image: a.io/log}}\n"
        )
    };
    let both = ["a.io/web", "a.io/log"];
    assert_eq!(images(&of("{}", "replicas: 1")), both);
    let trigger = r#"{annotations: {image.openshift.io/triggers: '[{"from":{"name":"web:1"},"fieldPath":"spec.template.spec.containers[?(@.name==\"web\")].image"}]'}}"#;
    assert_eq!(images(&of(trigger, "replicas: 1")), ["a.io/log"]);
    let lookup = "{annotations: {alpha.image.policy.openshift.io/resolve-names: '*'}}";
    assert!(images(&of(lookup, "replicas: 1")).is_empty());
    let change = "triggers: [{type: ImageChange, imageChangeParams: {containerNames: [log]}}]";
    assert_eq!(images(&of("{}", change)), ["a.io/web"]);
    for image in ["'{{ image }}'", "REPLACE_IMAGE", "$IMAGE", "[a]", "5"] {
        let text = format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: {image}}}]}}");
        assert!(images(&text).is_empty(), "{image}");
    }
    // Kubernetes accepts a container without an image only if a trigger fills it in; other kinds may accept one.
    for image in ["' '", "''"] {
        let of = |head: &str, path: &str| {
            format!(
                "{head}\nspec: {path}[{{name: web, image: {image}}}]{}",
                "}".repeat(path.matches('{').count())
            )
        };
        let deployment = "apiVersion: apps/v1\nkind: Deployment";
        let path = "{template: {spec: {containers: ";
        assert_eq!(images(&of(deployment, path)), [""], "{image}");
        let triggered = format!("{deployment}\nmetadata: {trigger}");
        assert!(images(&of(&triggered, path)).is_empty(), "{image}");
        let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout";
        assert!(images(&of(rollout, path)).is_empty(), "{image}");
    }
}

/// The containers of a `Deployment` whose images these triggers do not fill in: `init` and `web` are the first in
/// their lists.
fn left(triggers: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations:\n    image.openshift.io/triggers: |\n      {triggers}\n\
         spec:\n  template:\n    spec:\n      initContainers:\n      - {{name: init, image: init}}\n      containers:\n      \
         - {{name: web, image: web}}\n      - {{name: web-proxy, image: proxy}}\n      - {{image: nameless}}\n"
    );
    images(&text)
}

fn trigger(path: &str, more: &str) -> String {
    format!(
        r#"{{"from": {{"kind": "ImageStreamTag", "name": "web-proxy:1"}}, "fieldPath": "spec.template.spec.{path}"{more}}}"#
    )
}

#[test]
fn a_trigger_fills_the_container_that_it_names() {
    let one = |path: &str| left(&format!("[{}]", trigger(path, "")));
    for (path, filled) in [
        ("containers[0].image", "web"),
        ("containers[1].image", "proxy"),
        ("containers[+01]image", "proxy"),
        ("containers[2].image", "nameless"),
        ("initContainers[0].image", "init"),
        (r#"containers[?(@.name==\"web\")].image"#, "web"),
        (r#"containers[?(@.name==\"web-proxy\")].image"#, "proxy"),
        (r#"containers[?(@.name==\"init\")].image"#, "init"),
    ] {
        let images = one(path);
        assert!(images.len() == 3 && !images.iter().any(|image| image == filled), "{path}: {images:?}");
    }
    for path in [
        "containers[3].image",
        "containers[-1].image",
        "containers[0].name",
        "containers[0",
        "containers[?(@.name=='web')].image",
        "containers[web].image",
        "initContainers[1].image",
        "ephemeralContainers[0].image",
        "other.containers[0].image",
        "",
    ] {
        assert_eq!(one(path).len(), 4, "{path}");
    }
    assert!(one(r#"containers[?(@.name==\"${NAME}\")].image"#).is_empty(), "it may be any of them");
    let both =
        [trigger("containers[0].image", r#", "pause": "false""#), trigger("initContainers[0].image", "")];
    assert_eq!(left(&format!("[{}]", both.join(", "))), ["proxy", "nameless"]);
}

#[test]
fn triggers_that_are_paused_or_not_valid_fill_nothing() {
    let good = trigger("containers[0].image", "");
    assert_eq!(left(&format!("[{good}]")).len(), 3);
    assert_eq!(
        left(&format!("[{good}, {}]", trigger("containers[1].image", r#", "paused": true"#))).len(),
        3
    );
    for text in [
        String::new(),
        "null".into(),
        "[]".into(),
        good.clone(),
        format!("[{good}"),
        format!("[{good},]"),
        format!("[{good}, {good}]"),
        format!("[{good}, 1]"),
        format!("[{}]", trigger("containers[0].image", r#", "paused": true"#)),
        format!("[{}]", trigger("containers[0].image", r#", "paused": "false""#)),
        format!("[{}]", trigger("containers[0].image", r#", "FieldPath": 1"#)),
        format!("[{}]", good.replace("web-proxy:1", "web-proxy")),
        format!("[{}]", good.replace("\"web-proxy:1\"", "null")),
        format!("[{}]", good.replace("\"ImageStreamTag\"", "[]")),
    ] {
        assert_eq!(left(&text).len(), 4, "{text}");
    }
    // A part that a template fills in may become anything.
    assert!(left(&format!("[{good}, {{{{ triggers }}}}]")).is_empty());
}

#[test]
fn the_configuration_knows_more_kinds() {
    let path = |text: &str| text.parse::<Path>().unwrap_or_else(|error| panic!("{text}: {error}"));
    let custom = CustomKind {
        kind: "Database".into(),
        group: Some("example.com".into()),
        paths: vec![path("spec.image"), path("spec.sidecars[*].image"), path("spec.more[*]")],
    };
    let kinds = Kinds::with(vec![custom]);
    let text = |group: &str| {
        format!(
            "apiVersion: {group}/v1\nkind: Database\nspec:\n  image: a.io/a\n  sidecars: [{{image: a.io/b}}, {{}}]\n  more: [a.io/c]\n"
        )
    };
    let found = images_by(&kinds, &text("example.com"));
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["spec.image", "spec.sidecars[0].image", "spec.more[0]"]);
    yaml::parse(FileId(0), &Arc::from(text("example.org")), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        assert!(!kinds.know(document.root()) && kinds.images(document.root()).is_empty());
    });
    for bad in ["", "spec.", "spec..image", "spec.images[0]", "[*]", "spec image", "spec.images[*"] {
        assert!(bad.parse::<Path>().is_err(), "{bad}");
    }
}

#[test]
fn texts_without_a_known_kind_and_an_image_are_not_parsed() {
    let kinds = Kinds::default();
    for text in [
        "kinds:\n- Pod\nimage: x",
        "kind: ClusterPolicy\nimage: x",
        "kind: Pod\nmetadata: {}",
        "kindly: Pod\nimage: x",
        "kind: Podium\nimage: x",
        "kind",
    ] {
        assert!(!kinds.may_be_in(text.as_bytes()), "{text}");
    }
    for text in [
        "kind: Pod\nimage: x",
        "'kind' : 'Pod'\nimage: x",
        r#"{\"kind\":\"Pod\",\"image\":\"x\"}"#,
        "kind: &k Pod # image",
    ] {
        assert!(kinds.may_be_in(text.as_bytes()), "{text}");
    }
}
