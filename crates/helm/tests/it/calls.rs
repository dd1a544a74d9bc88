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

#[test]
fn renderings_share_what_they_print_alike() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {a: {{ .Values.a }}}\n";
    let mut tree = tree(template);
    tree.insert(
        "app/values.yaml",
        FileId(3),
        "a: own\nb: {{ this is no template }}\n".replace("{{", "'").replace("}}", "'"),
    );
    let chart = Chart::load("app", &tree).expect("a chart");
    let render = |file: u32, values: &str, name: &str| {
        let documents = spanned_yaml::parse_all(FileId(file), &values.into());
        let values = documents.iter().flatten().map(|document| document.root()).collect();
        let given = Given { values, ..Given::default() };
        let options = Options { without_crds: true, ..Options::default() };
        let made = chart.render(&Release::new(name, "n"), &given, &Capabilities::default(), &options);
        std::sync::Arc::clone(made.expect("a rendering").objects().next().expect("an object"))
    };
    let place = |object: &spanned_yaml::Document| {
        object.root().at(&["data", "a"]).map(|value| (value.text().to_owned(), value.span().file))
    };
    let first = render(7, "b: other", "r");
    assert!(std::sync::Arc::ptr_eq(&first, &render(8, "b: another", "r")));
    assert_eq!(place(&first), Some(("own".to_owned(), FileId(3))));
    // The same text from another place, and another text, are read anew.
    assert_eq!(place(&render(9, "a: own", "r")), Some(("own".to_owned(), FileId(9))));
    assert_eq!(place(&render(10, "a: other", "r")), Some(("other".to_owned(), FileId(10))));
    assert_eq!(place(&render(11, "", "s")), Some(("own".to_owned(), FileId(3))));
}
