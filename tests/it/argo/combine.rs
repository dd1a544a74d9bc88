//! The matrix and merge generators (`Generators-Matrix.md`, `Generators-Merge.md`).

use super::{Memory, expect, expect_all, left_out, read, set};

#[test]
fn a_matrix_is_every_combination() {
    let repository = Memory::of(&[
        ("addons/a/x.yaml", ""),
        ("addons/b/x.yaml", ""),
        ("clusters/dev/a/x.yaml", ""),
        ("clusters/prod/a/x.yaml", ""),
        ("clusters/prod/b/x.yaml", ""),
        ("config/dev.yaml", "cluster: dev\napps: [a]"),
        ("config/prod.yaml", "cluster: prod"),
    ]);
    let matrix = |first: &str, second: &str| {
        let indent = |text: &str| text.replace('\n', "\n      ");
        format!("- matrix:\n    generators:\n    - {}\n    - {}", indent(first), indent(second))
    };
    let addons = "git:\n  directories: [{path: addons/*}]";
    let list = "list:\n  elements: [{cluster: one}, {cluster: two}]";
    expect_all(
        &set(false, &matrix(addons, list), "{{path}}", "name: '{{cluster}}'"),
        &repository,
        "app: \"addons/a\" -> cluster one\napp: \"addons/a\" -> cluster two\napp: \"addons/b\" -> cluster one\napp: \"addons/b\" -> cluster two",
    );
    expect_all(
        &set(true, &matrix(addons, "clusters: {}"), "{{.path.path}}", "server: '{{.server}}'"),
        &repository,
        "app: \"addons/a\" -> [all clusters of Argo CD]\napp: \"addons/b\" -> [all clusters of Argo CD]",
    );
    // The second uses parameters of the first.
    let files = "git:\n  files: [{path: config/*.yaml}]\n  pathParamPrefix: config";
    for (go, below) in [(false, "{{cluster}}"), (true, "{{.cluster}}")] {
        let directories = format!("git:\n  directories: [{{path: 'clusters/{below}/*'}}]");
        let (path, name) = if go { ("{{.path.path}}", "{{.cluster}}") } else { ("{{path}}", "{{cluster}}") };
        expect_all(
            &set(go, &matrix(files, &directories), path, &format!("name: '{name}'")),
            &repository,
            "app: \"clusters/dev/a\" -> cluster dev\napp: \"clusters/prod/a\" -> cluster prod\napp: \"clusters/prod/b\" -> cluster prod",
        );
    }
    // Clusters whose names the directories tell.
    let below = "git:\n  directories: [{path: 'clusters/{{name}}/*'}]";
    expect_all(
        &set(false, &matrix("clusters: {}", below), "{{path}}", "server: '{{server}}'"),
        &repository,
        "app: \"clusters/dev/a\" -> cluster dev\napp: \"clusters/prod/a\" -> cluster prod\napp: \"clusters/prod/b\" -> cluster prod",
    );
    let labelled = "clusters:\n  selector:\n    matchLabels: {env: '{{cluster}}'}";
    expect_all(
        &set(false, &matrix(files, labelled), "addons/a", "server: '{{server}}'"),
        &repository,
        "app: \"addons/a\" -> [clusters with `env=dev`]\napp: \"addons/a\" -> [clusters with `env=prod`]",
    );
    let elements = "list:\n  elements: [{dir: 'clusters/{{cluster}}/a'}]";
    expect_all(
        &set(false, &matrix(files, elements), "{{dir}}", "name: x"),
        &repository,
        "app: \"clusters/dev/a\" -> cluster x\napp: \"clusters/prod/a\" -> cluster x",
    );
    // Both set `path`.
    let same = "git:\n  directories: [{path: clusters/*}]";
    let text = set(false, &matrix(addons, same), "{{path}}", "name: x");
    expect(&text, &repository, "");
    assert!(left_out(&read(&text, &repository), &text).contains("both generators set `path`"));
    // With Go templates the first wins.
    expect_all(
        &set(
            true,
            &matrix(addons, "git:\n  directories: [{path: clusters/dev}]"),
            "{{.path.path}}",
            "name: x",
        ),
        &repository,
        "app: \"addons/a\" -> cluster x\napp: \"addons/b\" -> cluster x",
    );
    // Nested once, and a selector there only when the set says so.
    let nested = matrix(
        &matrix(addons, &format!("{list}\nselector:\n  matchLabels: {{cluster: two}}"))[2..],
        "list:\n  elements: [{z: z}]",
    );
    let text = set(false, &nested, "{{path}}", "name: '{{cluster}}'");
    assert_eq!(read(&text, &repository).applications.len(), 4);
    let text = text.replace("goTemplate: false", "goTemplate: false\n  applyNestedSelectors: true");
    expect_all(&text, &repository, "app: \"addons/a\" -> cluster two\napp: \"addons/b\" -> cluster two");
    let third = matrix(&nested[2..], list);
    let text = set(false, &third, "{{path}}", "name: x");
    expect(&text, &repository, "");
    assert!(left_out(&read(&text, &repository), &text).contains("nested too deep"));
}

#[test]
fn a_merge_overrides_by_keys() {
    let repository = Memory::directories(&["plain", "special", "clusters/dev"]);
    let merge = |keys: &str, first: &str, second: &str| {
        let indent = |text: &str| text.replace('\n', "\n      ");
        format!(
            "- merge:\n    mergeKeys: {keys}\n    generators:\n    - {}\n    - {}",
            indent(first),
            indent(second)
        )
    };
    let base = "list:\n  elements: [{name: a, dir: plain}, {name: b, dir: plain}]";
    let over = "list:\n  elements: [{name: b, dir: special}, {name: c, dir: special}]";
    let expected = "app: \"plain\" -> cluster a\napp: \"special\" -> cluster b";
    expect_all(
        &set(false, &merge("[name]", base, over), "{{dir}}", "name: '{{name}}'"),
        &repository,
        expected,
    );
    expect_all(
        &set(true, &merge("[name]", base, over), "{{.dir}}", "name: '{{.name}}'"),
        &repository,
        expected,
    );
    // The clusters of Argo CD, one of which is named.
    let clusters = "clusters:\n  values: {dir: plain}";
    let over = "list:\n  elements: [{server: https://2.4.6.8, values.dir: special}]";
    expect_all(
        &set(false, &merge("[server]", clusters, over), "{{values.dir}}", "server: '{{server}}'"),
        &repository,
        "app: \"special\" -> cluster https://2.4.6.8\napp: \"plain\" -> [all clusters of Argo CD]",
    );
    let twice = "list:\n  elements: [{name: b, dir: special}, {name: b, dir: plain}]";
    for (keys, second, why) in [("[name]", twice, "the same merge keys"), ("[]", base, "generators and keys")]
    {
        let text = set(false, &merge(keys, base, second), "{{dir}}", "name: x");
        expect(&text, &repository, "");
        assert!(left_out(&read(&text, &repository), &text).contains(why), "{why}");
    }
}
