//! Dependencies that `charts/` lacks: they are said, and may stand elsewhere.

use helm::{Capabilities, Chart, Given, MemoryTree, Options, Range, Release, Requirement};
use spanned_yaml::FileId;

fn tree() -> MemoryTree {
    let mut tree = MemoryTree::default();
    let files = [
        (
            "app/Chart.yaml",
            "name: app\nversion: 1.0.0\ndependencies:\n- {name: lib, version: ^1.0, alias: as}\n",
        ),
        ("app/templates/a", "kind: {{ include \"lib.kind\" . }}\n"),
        (
            "lib/Chart.yaml",
            "name: lib\nversion: 1.4.0\ntype: library\ndependencies: [{name: leaf, version: '*'}]\n",
        ),
        ("lib/templates/_kind", "{{ define \"lib.kind\" }}{{ include \"leaf.kind\" . }}{{ end }}"),
        ("leaf/Chart.yaml", "name: leaf\nversion: 0.1.0\n"),
        ("leaf/templates/_kind", "{{ define \"leaf.kind\" }}Leaf{{ end }}"),
    ];
    for (number, (path, text)) in files.into_iter().enumerate() {
        tree.insert(path, FileId(number as u32), text);
    }
    tree
}

fn render(chart: &Chart, options: &Options) -> helm::Result<helm::Manifests> {
    chart.render(&Release::new("demo", "apps"), &Given::default(), &Capabilities::default(), options)
}

#[test]
fn a_missing_dependency_is_said() {
    let chart = Chart::load("app", &tree()).expect("a chart");
    assert_eq!(chart.missing().map(|missing| &*missing.name.value).collect::<Vec<_>>(), ["lib"]);
    let error = render(&chart, &Options::default()).expect_err("an error");
    assert!(error.message.contains("the chart `lib` is not in `charts/`"), "{error}");
    assert_eq!(error.span.map(|span| span.file), Some(FileId(0)));
    // Without it, its definition is missing.
    let options = Options { without_missing: true, ..Options::default() };
    assert!(render(&chart, &options).expect_err("an error").message.contains("lib.kind"));
}

#[test]
fn a_chart_elsewhere_stands_in() {
    let elsewhere = |root: &str, requirement: &Requirement| {
        assert_eq!(root, if requirement.name.value == "lib" { "app" } else { "lib" });
        let version = if requirement.name.value == "lib" { "1.4.0" } else { "0.1.0" };
        Range::fits(&requirement.version.value, version).then(|| requirement.name.value.clone())
    };
    let chart = Chart::load_with("app", &tree(), &elsewhere).expect("a chart");
    assert_eq!(chart.missing().count(), 0);
    assert_eq!(chart.read_files().len(), 6);
    let manifests = render(&chart, &Options::default()).expect("objects");
    let kinds: Vec<_> = manifests.objects().filter_map(|object| object.root().get_str("kind")).collect();
    assert_eq!(kinds, ["Leaf"]);
}

#[test]
fn charts_that_depend_on_each_other_end() {
    let elsewhere = |_: &str, _: &Requirement| Some("app".to_owned());
    assert!(Chart::load_with("app", &tree(), &elsewhere).expect_err("an error").is_limit);
}
