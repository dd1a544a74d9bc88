//! What a rendering leaves out when it is told to, and a release whose name nobody knows.

use helm::{Capabilities, Chart, Given, Hooks, MemoryTree, Options, Release};
use spanned_yaml::FileId;

const HOOKS: &str = "apiVersion: v1
kind: Pod
metadata: {name: plain}
---
apiVersion: v1
kind: Pod
metadata: {name: before, annotations: {helm.sh/hook: 'pre-install, post-upgrade'}}
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: 'post-install,TEST'}}
---
apiVersion: v1
kind: Pod
metadata: {name: old-test, annotations: {helm.sh/hook: test-success}}
---
apiVersion: v1
kind: Pod
metadata: {name: unknown, annotations: {helm.sh/hook: test-failure}}
";

fn tree(template: &str) -> MemoryTree {
    let mut tree = MemoryTree::default();
    tree.insert("app/Chart.yaml", FileId(0), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    tree.insert("app/templates/all.yaml", FileId(1), template);
    tree.insert("app/crds/crd.yaml", FileId(2), "apiVersion: v1\nkind: Any\nmetadata: {name: crd}\n");
    tree
}

fn names(tree: &MemoryTree, release: &Release, options: &Options) -> Vec<String> {
    let chart = Chart::load("app", tree).expect("a chart");
    let rendered = chart.render(release, &Given::default(), &Capabilities::default(), options);
    let rendered = rendered.expect("a rendering");
    let name = |object: &spanned_yaml::Document| {
        object.root().at(&["metadata", "name"]).map(|name| name.text().to_owned())
    };
    rendered.objects().filter_map(|object| name(object)).collect()
}

#[test]
fn hooks_and_definitions_are_left_out_as_asked() {
    let (tree, release) = (tree(HOOKS), Release::new("r", "n"));
    let names = |options: &Options| names(&tree, &release, options);
    // Helm leaves out hooks that it does not know.
    assert_eq!(names(&Options::default()), ["crd", "plain", "before", "test", "old-test"]);
    let without = |hooks| Options { hooks, without_crds: true, ..Options::default() };
    assert_eq!(names(&without(Hooks::WithoutTests)), ["plain", "before"]);
    assert_eq!(names(&without(Hooks::None)), ["plain"]);
}

#[test]
fn a_name_that_helm_makes_up_is_not_known() {
    let tree = tree(
        "apiVersion: v1
kind: Pod
metadata: {name: '{{ .Release.Name }}-web'}
---
apiVersion: v1
kind: Pod
metadata: {name: '{{ printf \"%s-x\" .Release.Name | trunc 63 }}'}
",
    );
    let names = names(&tree, &Release::generated("app", "n"), &Options::default());
    assert!(names[1].contains("{{ .Release.Name }}"), "{names:?}");
    assert!(names[2].contains("{{"), "{names:?}");
}

#[test]
fn versions_of_kubernetes_are_read_as_helm_reads_them() {
    let version = |text: &str| Capabilities::default().of_kubernetes(text).map(|one| one.kube_version);
    assert_eq!(version("1.28").as_deref(), Some("v1.28.0"));
    assert_eq!(version("v1.29.3").as_deref(), Some("v1.29.3"));
    assert_eq!(version("newest"), None);
}
