//! The matrix and merge generators (`Generators-Matrix.md`, `Generators-Merge.md`).

use crate::{Memory, expect, expect_all, left_out, read, set};

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
    assert!(left_out(&read(&text, &repository), &text).contains("nests too deep"));
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
    for (keys, second, why) in
        [("[name]", twice, "the same merge keys"), ("[]", base, "needs `generators` and `mergeKeys`")]
    {
        let text = set(false, &merge(keys, base, second), "{{dir}}", "name: x");
        expect(&text, &repository, "");
        assert!(left_out(&read(&text, &repository), &text).contains(why), "{why}");
    }
}

#[test]
fn a_merge_names_clusters_by_any_key() {
    let repository =
        Memory::directories(&["plain", "east", "west", "clusters/east", "clusters/west", "clusters/north"]);
    let merge = |keys: &str, generators: &[&str]| {
        let generators = generators.iter().map(|one| format!("\n    - {}", one.replace('\n', "\n      ")));
        format!("- merge:\n    mergeKeys: {keys}\n    generators:{}", generators.collect::<String>())
    };
    let clusters =
        "clusters:\n  selector: {matchLabels: {member: \"true\"}}\n  values: {dir: plain, at: 'eu-{{name}}'}";
    let rest = "app: \"plain\" -> [clusters with `member=true`]";
    let two = format!("app: \"east\" -> cluster east\napp: \"west\" -> cluster west\n{rest}");
    let list = |key: &str, prefix: &str| {
        let element = |name: &str| format!("{{{key}: {prefix}{name}, values.dir: {name}}}");
        format!("list:\n  elements: [{}, {}]", element("east"), element("west"))
    };
    for (key, prefix) in [("name", ""), ("nameNormalized", ""), ("values.at", "eu-")] {
        for destination in ["name: '{{name}}'", "server: '{{server}}'"] {
            let generators = merge(&format!("[{key}]"), &[clusters, &list(key, prefix)]);
            expect_all(&set(false, &generators, "{{values.dir}}", destination), &repository, &two);
        }
    }
    // By its address, whatever the destination is called by.
    let servers =
        merge("[server]", &[clusters, "list:\n  elements: [{server: https://a:6443, values.dir: east}]"]);
    expect_all(
        &set(false, &servers, "{{values.dir}}", "name: '{{name}}'"),
        &repository,
        &format!("app: \"east\" -> cluster https://a:6443\n{rest}"),
    );
    // A label names no cluster; what it selects is a part of them.
    let labels = merge(
        "[metadata.labels.env]",
        &[clusters, "list:\n  elements: [{metadata.labels.env: prod, values.dir: east}]"],
    );
    expect_all(
        &set(false, &labels, "{{values.dir}}", "name: '{{name}}'"),
        &repository,
        &format!("app: \"east\" -> [clusters with `env=prod,member=true`]\n{rest}"),
    );
    // The rest does not hold what was named.
    let generators = merge(
        "[name]",
        &["clusters:\n  values: {top: clusters}", "list:\n  elements: [{name: east, values.top: .}]"],
    );
    expect_all(
        &set(false, &generators, "{{values.top}}/{{name}}", "name: '{{name}}'"),
        &repository,
        "app: \"east\" -> cluster east\napp: \"clusters/north\" -> cluster north\napp: \"clusters/west\" -> cluster west",
    );
    // Three generators: later ones win, and an unknown part is called by no name.
    let part =
        "clusters:\n  selector: {matchLabels: {member: \"true\", old: \"yes\"}}\n  values: {dir: west}";
    let generators =
        merge("[name]", &[clusters, part, "list:\n  elements: [{name: east, values.dir: east}]"]);
    expect_all(
        &set(false, &generators, "{{values.dir}}", "name: '{{name}}'"),
        &repository,
        &format!(
            "app: \"west\" -> [clusters with `member=true,old=yes`]\napp: \"east\" -> cluster east\n{rest}"
        ),
    );
    // A list that names the clusters first, and clusters that fill in the rest.
    let generators = merge("[name]", &["list:\n  elements: [{name: east, dir: east}]", "clusters: {}"]);
    expect_all(
        &set(false, &generators, "{{dir}}", "server: '{{server}}'"),
        &repository,
        "app: \"east\" -> cluster east",
    );
    // With Go templates, and two keys at once.
    let go = merge(
        "[name, nameNormalized]",
        &["clusters: {}", "list:\n  elements: [{name: east, nameNormalized: east, dir: east}]"],
    );
    expect_all(
        &set(true, &go, "{{.dir}}", "server: '{{.server}}'"),
        &repository,
        "app: \"east\" -> cluster east",
    );
}
