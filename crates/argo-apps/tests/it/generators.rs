//! The list and git generators, and what is left out (`Generators-List.md`, `Generators-Git.md`).

use crate::{Memory, expect, expect_all, left_out, read, set};

#[test]
fn lists_fill_in_templates() {
    let repository = Memory::directories(&["guestbook/dev", "guestbook/prod", "x"]);
    let elements = "- list:\n    elements:\n    - {cluster: dev, url: https://1.2.3.4, values: {dir: x}}\n    - {cluster: prod, url: https://kubernetes.default.svc, values: {dir: z}}\n    - {cluster: gone, url: u}";
    let expected = "app: \"guestbook/dev\" -> cluster https://1.2.3.4\napp: \"guestbook/prod\" -> in-cluster";
    expect_all(&set(false, elements, "guestbook/{{cluster}}", "server: '{{ url }}'"), &repository, expected);
    expect_all(&set(true, elements, "guestbook/{{ .cluster }}", "server: '{{.url}}'"), &repository, expected);
    // The other language's syntax stays as it is, and there is no such directory.
    expect_all(&set(false, elements, "guestbook/{{.cluster}}", "name: a"), &repository, "");
    expect_all(
        &set(true, elements, "{{.values.dir}}", "name: '{{.cluster}}'"),
        &repository,
        "app: \"x\" -> cluster dev",
    );
    expect_all(
        &set(false, elements, "{{values.dir}}", "name: '{{cluster}}'"),
        &repository,
        "app: \"x\" -> cluster dev",
    );
    let selected = format!("{elements}\n  selector:\n    matchLabels: {{cluster: prod}}");
    expect_all(
        &set(false, &selected, "guestbook/{{cluster}}", "name: p"),
        &repository,
        "app: \"guestbook/prod\" -> cluster p",
    );
    let selected = format!(
        "{elements}\n  selector:\n    matchExpressions:\n    - {{key: values.dir, operator: NotIn, values: [z]}}\n    - {{key: nothing, operator: DoesNotExist}}"
    );
    for go in [false, true] {
        let path = if go { "guestbook/{{.cluster}}" } else { "guestbook/{{cluster}}" };
        expect_all(&set(go, &selected, path, "name: p"), &repository, "app: \"guestbook/dev\" -> cluster p");
    }
    let yaml = "- list:\n    elements: []\n    elementsYaml: '[]'";
    let text = set(false, yaml, "x", "name: p");
    expect(&text, &repository, "");
    assert_eq!(
        left_out(&read(&text, &repository), &text),
        "'[]' | the elements of `elementsYaml` are not evaluated\n"
    );
}

#[test]
fn a_generators_template_overrides_the_sets() {
    let repository = Memory::directories(&["a", "b"]);
    let generators = "- list:\n    elements: [{x: a}]\n    template:\n      metadata: {}\n      spec:\n        source: {path: b}\n        destination: {}\n- list:\n    elements: [{x: a}]";
    expect_all(
        &set(false, generators, "{{x}}", "name: p"),
        &repository,
        "app: \"b\" -> cluster p\napp: \"a\" -> cluster p",
    );
}

#[test]
fn directories_make_applications() {
    let repository = Memory::directories(&[
        ".hidden/x",
        "clusters/dev_1/core",
        "clusters/prod/core",
        "clusters/prod/.git",
        "clusters/prod/skip",
        "other/core",
    ]);
    let generator = "- git:\n    repoURL: u\n    revision: HEAD\n    directories:\n    - path: clusters/*/*\n    - path: '*/*/[p-s]kip'\n      exclude: true\n    values:\n      region: eu-{{path.basename}}\n";
    expect_all(
        &set(false, generator, "{{path}}", "name: '{{path[1]}}-{{path.basename}}'"),
        &repository,
        "app: \"clusters/dev_1/core\" -> cluster dev_1-core\napp: \"clusters/prod/core\" -> cluster prod-core",
    );
    expect_all(
        &set(false, generator, "{{path}}", "name: '{{values.region}}'"),
        &repository,
        "app: \"clusters/dev_1/core\" -> cluster eu-core\napp: \"clusters/prod/core\" -> cluster eu-core",
    );
    let one_level = "- git:\n    directories: [{path: clusters/*}]";
    let expected = "app: \"clusters/dev_1\" -> cluster dev-1\napp: \"clusters/prod\" -> cluster prod";
    expect_all(
        &set(false, one_level, "{{ path }}", "name: '{{path.basenameNormalized}}'"),
        &repository,
        expected,
    );
    expect_all(
        &set(true, one_level, "{{ .path.path }}", "name: '{{ .path.basenameNormalized }}'"),
        &repository,
        expected,
    );
    expect_all(
        &set(true, one_level, "{{ .path.path }}", "name: '{{ index .path.segments 1 }}'"),
        &repository,
        "app: \"clusters/dev_1\" -> cluster dev_1\napp: \"clusters/prod\" -> cluster prod",
    );
    let root = "- git:\n    directories: [{path: '*'}]\n    pathParamPrefix: p";
    let expected = "app: \"clusters\" -> cluster clusters\napp: \"other\" -> cluster other";
    expect_all(&set(false, root, "{{p.path}}", "name: '{{p.path.basename}}'"), &repository, expected);
    expect_all(&set(true, root, "{{.p.path.path}}", "name: '{{.p.path.basename}}'"), &repository, expected);
    // `**` is `*` to path.Match, and so is no directory with a slash before it.
    for path in ["'**'", "'/clusters/*'", "'[x'"] {
        let generator = format!("- git:\n    directories: [{{path: {path}}}]");
        let expected =
            if path == "'**'" { "app: \"clusters\" -> cluster c\napp: \"other\" -> cluster c" } else { "" };
        expect_all(&set(false, &generator, "{{path}}", "name: c"), &repository, expected);
    }
}

#[test]
fn files_hold_parameters() {
    let repository = Memory::of(&[
        ("config/dev/config.json", r#"{"cluster": {"name": "d1", "tags": ["a", "b"], "on": true, "n": 7}}"#),
        (
            "config/prod/eu/config.json",
            "[{\"cluster\": {\"name\": \"p1\"}}, {\"cluster\": {\"name\": \"p2\"}}]",
        ),
        ("config/config.json", ""),
        ("config/list.yaml", "- 1"),
        ("apps/d1/a.yaml", ""),
        ("apps/p1/a.yaml", ""),
        ("apps/p2/a.yaml", ""),
        ("apps/b-true-7/a.yaml", ""),
    ]);
    // Wildcards cross directories, and `**/` is no less than one.
    for pattern in ["config/*/config.json", "config/**/config.json", "config/*.json"] {
        let generator = format!("- git:\n    files: [{{path: '{pattern}'}}]");
        let expected = "app: \"apps/d1\" -> cluster config/dev\napp: \"apps/p1\" -> cluster config/prod/eu\napp: \"apps/p2\" -> cluster config/prod/eu";
        expect_all(
            &set(false, &generator, "apps/{{cluster.name}}", "name: '{{path}}'"),
            &repository,
            expected,
        );
        expect_all(
            &set(true, &generator, "apps/{{.cluster.name}}", "name: '{{.path.path}}'"),
            &repository,
            expected,
        );
    }
    let dev = "- git:\n    files: [{path: config/dev/config.json}]";
    expect_all(
        &set(false, dev, "apps/{{cluster.tags.1}}-{{cluster.on}}-{{cluster.n}}", "name: '{{path.filename}}'"),
        &repository,
        "app: \"apps/b-true-7\" -> cluster config.json",
    );
    let without =
        "- git:\n    files:\n    - path: config/*/config.json\n    - {path: config/prod, exclude: true}";
    expect_all(
        &set(false, without, "apps/{{cluster.name}}", "name: x"),
        &repository,
        "app: \"apps/d1\" -> cluster x",
    );
    let wrong = set(false, "- git:\n    files: [{path: config/list.yaml}]", "apps/d1", "name: x");
    expect(&wrong, &repository, "");
    assert_eq!(
        left_out(&read(&wrong, &repository), &wrong),
        "[{path: config/list.yaml}] | `config/list.yaml` holds no parameters that can be read; Argo CD generates nothing from this generator\n"
    );
}

#[test]
fn generators_that_ask_other_services_are_named_once() {
    let repository = Memory::directories(&["a"]);
    let text = set(
        true,
        "- pullRequest: {github: {owner: o}}\n- scmProvider: {}\n- plugin: {configMapRef: {name: x}}\n- list: {elements: [{}, {}]}",
        "a",
        "name: x",
    ) + "  templatePatch: |\n    spec: {}\n";
    expect(&text, &repository, "app: \"a\" -> cluster x\napp: \"a\" -> cluster x");
    assert_eq!(
        left_out(&read(&text, &repository), &text),
        "{github: {owner: o}} | the generator `pullRequest` needs data from outside of the repository\n\
         {} | the generator `scmProvider` needs data from outside of the repository\n\
         {configMapRef: {name: x}} | the generator `plugin` needs data from outside of the repository\n\
         spec: {} | `templatePatch` is not evaluated; what it changes of paths and clusters is not seen\n"
    );
}

#[test]
fn a_generated_application_names_its_set() {
    let repository = Memory::directories(&["clusters/prod"]);
    let text = set(false, "- clusters: {}", "clusters/{{name}}", "name: '{{name}}'")
        .replace("name: app", "name: '{{name}}-{{project}}'");
    let read = read(&text, &repository);
    let application = &read.applications[0];
    assert_eq!(application.name, "prod-{{project}}");
    assert_eq!(application.generated_by.as_deref(), Some("all"));
    assert_eq!(&text[application.span.range()], "'clusters/{{name}}'");
}
