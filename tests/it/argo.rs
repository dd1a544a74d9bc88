//! What Argo CD's applications and their sets are read as. The expectations follow the examples and the rules of
//! `docs/operator-manual/applicationset/` in argoproj/argo-cd.

use proptest::prelude::*;
use pullwarden::layout::argo::{self, Application, Destination, Listing, Read, Tool};
use pullwarden::source::{FileId, Span};
use pullwarden::yaml::{self, Document};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// A repository in memory; file 0 is the manifest.
#[derive(Default)]
struct Memory {
    directories: Vec<String>,
    files: Vec<String>,
    texts: Vec<Arc<str>>,
}

impl Memory {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut files = files.to_vec();
        files.sort_unstable();
        let mut directories = BTreeSet::new();
        for (name, _) in &files {
            directories.extend(name.match_indices('/').map(|(at, _)| name[..at].to_owned()));
        }
        Self {
            directories: directories.into_iter().collect(),
            files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
            texts: files.iter().map(|(_, text)| Arc::from(*text)).collect(),
        }
    }

    /// Directories that hold one manifest each.
    fn directories(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| format!("{name}/a.yaml")).collect();
        Self::of(&names.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>())
    }
}

impl Listing for Memory {
    fn directories(&self) -> &[String] {
        &self.directories
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let at = self.files.binary_search_by(|file| file.as_str().cmp(path)).ok()?;
        Some((FileId(at as u32 + 1), Arc::clone(&self.texts[at])))
    }
}

fn document(text: &str) -> Document {
    let mut documents = Vec::new();
    yaml::parse(FileId(0), &text.into(), |document| documents.push(document.expect("a manifest")));
    documents.remove(0)
}

fn read(text: &str, repository: &Memory) -> Read {
    argo::read(document(text).root(), repository).expect("a manifest of Argo CD")
}

/// A line for each application: `name: path, path -> cluster`.
fn show(read: &Read) -> String {
    let line = |application: &Application| {
        let paths: Vec<String> =
            application.sources.iter().map(|source| format!("{:?}", source.path)).collect();
        let destination = match &application.destination {
            Destination::InCluster => "in-cluster".to_owned(),
            Destination::Cluster(name) => format!("cluster {name}"),
            Destination::Selection(words) => format!("[{words}]"),
        };
        format!("{}: {} -> {destination}", application.name, paths.join(", "))
    };
    read.applications.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn left_out(read: &Read, text: &str) -> String {
    let mut lines = String::new();
    for (span, message) in &read.left_out {
        let place = text[span.range()].lines().next().unwrap_or("");
        writeln!(lines, "{place} | {message}").expect("a string");
    }
    lines
}

/// An `ApplicationSet` of these generators and this template.
fn set(go: bool, generators: &str, path: &str, destination: &str) -> String {
    let generators = generators.trim_matches('\n').replace('\n', "\n  ");
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: all\nspec:\n  goTemplate: {go}\n  \
         generators:\n  {generators}\n  template:\n    metadata:\n      name: app\n    spec:\n      source:\n        \
         repoURL: https://example.com/repo.git\n        path: '{path}'\n      destination:\n        {destination}\n"
    )
}

#[track_caller]
fn expect(text: &str, repository: &Memory, expected: &str) {
    let read = read(text, repository);
    assert_eq!(show(&read), expected, "\n{text}\n{:#?}", read.left_out);
}

#[track_caller]
fn expect_all(text: &str, repository: &Memory, expected: &str) {
    expect(text, repository, expected);
    let read = read(text, repository);
    assert_eq!(read.left_out, [], "\n{text}");
}

fn application(spec: &str) -> String {
    let spec = spec.trim_matches('\n').replace('\n', "\n  ");
    format!("apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: one\nspec:\n  {spec}\n")
}

#[test]
fn an_application_applies_its_paths() {
    let repository = Memory::directories(&["apps/a", "apps/b", "charts/c"]);
    let one = |path: &str| {
        application(&format!(
            "source:\n  repoURL: u\n  path: {path}\ndestination:\n  server: https://kubernetes.default.svc"
        ))
    };
    for (path, expected) in [
        ("apps/a", "one: \"apps/a\" -> in-cluster"),
        ("./apps/x/../a/", "one: \"apps/a\" -> in-cluster"),
        (".", "one: \"\" -> in-cluster"),
        ("apps/missing", ""),
        ("../apps/a", ""),
        ("/apps/a", ""),
        ("apps/a/a.yaml", ""),
        ("''", ""),
        ("[apps/a]", ""),
        ("'apps/{{name}}'", ""),
    ] {
        expect_all(&one(path), &repository, expected);
    }
    let several = application(
        "source: {repoURL: u, path: charts/c}\nsources:\n- {repoURL: u, path: apps/a}\n- {repoURL: v, ref: values}\n\
         - {repoURL: w, chart: c, path: apps/b}\n- {repoURL: u, targetRevision: main, path: apps/b, kustomize: {namePrefix: x}}\n\
         destination: {name: prod, namespace: n}",
    );
    expect_all(&several, &repository, "one: \"apps/a\", \"apps/b\" -> cluster prod");
    let read = read(&several, &repository);
    let application = &read.applications[0];
    assert_eq!(&several[application.span.range()], "apps/a");
    assert_eq!(application.namespace.as_deref(), Some("n"));
    assert_eq!(application.generated_by, None);
    let second = &application.sources[1];
    assert_eq!(
        (second.repo_url.as_str(), second.revision.as_str(), second.tool),
        ("u", "main", Tool::Kustomize)
    );
}

#[test]
fn a_destination_has_a_name_or_a_server() {
    let repository = Memory::directories(&["a"]);
    for (destination, expected) in [
        ("{server: https://kubernetes.default.svc}", "in-cluster"),
        ("{server: 'https://kubernetes.default.svc:443/'}", "in-cluster"),
        ("{server: https://kubernetes.default.svc.cluster.local}", "in-cluster"),
        ("{name: in-cluster}", "in-cluster"),
        ("{namespace: x}", "in-cluster"),
        ("{}", "in-cluster"),
        ("{name: '', server: https://1.2.3.4:6443}", "cluster https://1.2.3.4:6443"),
        ("{name: west}", "cluster west"),
        (
            "{server: https://kubernetes.default.svc.example.com}",
            "cluster https://kubernetes.default.svc.example.com",
        ),
    ] {
        let text = application(&format!("source: {{path: a}}\ndestination: {destination}"));
        expect_all(&text, &repository, &format!("one: \"a\" -> {expected}"));
    }
    expect_all(&application("source: {path: a}"), &repository, "one: \"a\" -> in-cluster");
}

#[test]
fn a_source_says_which_files_are_read() {
    let repository = Memory::of(&[
        ("config.json", ""),
        ("notes.txt", ""),
        ("one.yaml", ""),
        ("d/two.yml", ""),
        ("d/e/three.yaml", ""),
        ("chart/Chart.yaml", ""),
        ("both/Chart.yaml", ""),
        ("both/kustomization.yaml", ""),
        ("d0/x.yaml", ""),
    ]);
    let files = |source: &str| {
        let read = read(&application(&format!("source: {source}")), &repository);
        let source = &read.applications[0].sources[0];
        (source.tool, source.files(&repository).join(" "))
    };
    for (source, tool, expected) in [
        ("{path: .}", Tool::Detected, "config.json one.yaml"),
        ("{path: d}", Tool::Detected, "d/two.yml"),
        ("{path: d, directory: {recurse: true}}", Tool::Directory, "d/e/three.yaml d/two.yml"),
        ("{path: d, directory: {recurse: true, exclude: 'e/*'}}", Tool::Directory, "d/two.yml"),
        (
            "{path: ., directory: {recurse: true, include: 'd/*', exclude: '{*.yml,x}'}}",
            Tool::Directory,
            "d/e/three.yaml",
        ),
        ("{path: ., directory: {exclude: '{config.json,x}'}}", Tool::Directory, "one.yaml"),
        ("{path: ., directory: {include: '[z'}}", Tool::Directory, ""),
        ("{path: chart}", Tool::Helm, "chart/Chart.yaml"),
        ("{path: both}", Tool::Detected, "both/Chart.yaml both/kustomization.yaml"),
        ("{path: d, helm: {values: x}}", Tool::Helm, "d/two.yml"),
        ("{path: d, plugin: {}}", Tool::Plugin, "d/two.yml"),
    ] {
        assert_eq!(files(source), (tool, expected.to_owned()), "{source}");
    }
}

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
        "[{path: config/list.yaml}] | `config/list.yaml` holds no parameters that can be read; Argo CD makes nothing of this generator\n"
    );
}

#[test]
fn clusters_are_a_selection() {
    let repository = Memory::directories(&[
        "app",
        "clusters/dev",
        "clusters/prod",
        "clusters/.git",
        "overlays/eu",
        "overlays/us",
        "overlays/asia",
    ]);
    let all = "- clusters: {}";
    expect_all(
        &set(false, all, "app", "server: '{{server}}'"),
        &repository,
        "app: \"app\" -> [all clusters of Argo CD]",
    );
    let some = "- clusters:\n    selector:\n      matchLabels: {env: prod, argocd.argoproj.io/secret-type: cluster}\n      matchExpressions:\n      - {key: region, operator: In, values: [eu, us]}\n      - {key: old, operator: DoesNotExist}";
    expect_all(
        &set(true, some, "app", "name: '{{.name}}'"),
        &repository,
        "app: \"app\" -> [clusters with `!old,env=prod,region in (eu, us)`]",
    );
    // A directory with the name of a cluster says that there is one.
    let named = "app: \"clusters/dev\" -> cluster dev\napp: \"clusters/prod\" -> cluster prod";
    for (go, path, destination) in [
        (false, "clusters/{{name}}", "server: '{{server}}'"),
        (false, "./clusters/{{nameNormalized}}/", "name: '{{name}}'"),
        (true, "clusters/{{.name}}", "server: '{{.server}}'"),
        (true, "clusters/{{ .name | lower }}", "name: '{{ .name }}'"),
        (true, "{{ printf \"clusters/%s\" .name }}", "name: '{{ .name }}'"),
    ] {
        expect_all(&set(go, all, path, destination), &repository, named);
    }
    expect_all(
        &set(false, all, "clusters/{{name}}", "server: https://kubernetes.default.svc"),
        &repository,
        "app: \"clusters/dev\" -> in-cluster\napp: \"clusters/prod\" -> in-cluster",
    );
    // A label that the selector restricts.
    expect_all(
        &set(false, some, "overlays/{{metadata.labels.region}}", "server: '{{server}}'"),
        &repository,
        "app: \"overlays/eu\" -> [clusters with `!old,env=prod,region=eu`]\napp: \"overlays/us\" -> [clusters with `!old,env=prod,region=us`]",
    );
    expect_all(
        &set(true, some, "overlays/{{ index .metadata.labels \"region\" }}", "name: '{{.name}}'"),
        &repository,
        "app: \"overlays/eu\" -> [clusters with `!old,env=prod,region=eu`]\napp: \"overlays/us\" -> [clusters with `!old,env=prod,region=us`]",
    );
    let values = "- clusters:\n    values: {dir: 'clusters/{{name}}'}";
    expect_all(&set(false, values, "{{values.dir}}", "name: '{{name}}'"), &repository, named);
    let selected = format!("{all}\n  selector:\n    matchLabels: {{name: prod}}");
    expect_all(
        &set(false, &selected, "clusters/{{name}}", "name: '{{name}}'"),
        &repository,
        "app: \"clusters/prod\" -> cluster prod",
    );
    let flat = "- clusters: {flatList: true}";
    expect_all(&set(true, flat, "app", "name: hub"), &repository, "app: \"app\" -> cluster hub");
    let placement = "- clusterDecisionResource:\n    configMapRef: acm-placement\n    name: west";
    expect_all(
        &set(false, placement, "app", "server: '{{server}}'"),
        &repository,
        "app: \"app\" -> [clusters of `west`]",
    );
    // Every directory would fit these.
    for path in ["{{name}}", "clusters/{{name}}{{project}}"] {
        let text = set(false, all, path, "name: '{{name}}'");
        expect(&text, &repository, "");
        assert!(
            left_out(&read(&text, &repository), &text).contains("the clusters of Argo CD decide"),
            "{path}"
        );
    }
}

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

#[test]
fn go_templates_are_evaluated_as_far_as_paths_need_them() {
    let repository = Memory::directories(&["clusters/prod-eu"]);
    let element = "- list:\n    elements:\n    - {name: Prod_eu, env: prod, region: eu, empty: '', app: {dir: clusters, my-key: eu}, parts: [prod, eu], full: clusters/prod-eu.x}";
    for path in [
        "{{ .app.dir }}/{{ .env }}-{{ .region }}",
        "clusters/{{- .env -}} -{{ .region }}",
        "clusters/{{ .name | lower | replace \"_\" \"-\" }}",
        "clusters/{{ normalize .name }}",
        "clusters/{{ default \"prod\" .empty }}-{{ .missing | default `eu` }}",
        "clusters/{{ index .parts 0 }}-{{ index .app \"my-key\" }}",
        "{{ trimSuffix \".x\" .full }}",
        "{{ trimSuffix \".x\" (printf \"%s\" .full) | trim }}",
        "clusters/{{ join \"-\" .parts }}",
        "{{/* where it is */}}clusters/{{ printf \"%s-%v\" .env .region }}",
        "{{ dir .full }}/{{ trimSuffix \".x\" (base .full) }}",
        "{{ (index (splitList \"/\" .full) 0) }}/{{ first .parts }}-{{ last .parts }}",
        "{{ $.app.dir }}/prod-eu",
        "clusters/{{ \"PROD\" | lower }}-eu",
        "clusters/{{ .env }}-{{ trimPrefix \"}}\" \"}}eu\" }}",
    ] {
        expect_all(
            &set(true, element, path, "name: x"),
            &repository,
            "app: \"clusters/prod-eu\" -> cluster x",
        );
    }
    for path in [
        "clusters/{{ if .env }}prod-eu{{ end }}",
        "{{ $x := 1 }}clusters/prod-eu",
        "clusters/{{ sha256sum .env }}",
        "{{ .env",
        "{{ .app }}",
        "{{ . }}",
    ] {
        let text = set(true, element, path, "name: x");
        expect(&text, &repository, "");
        assert!(left_out(&read(&text, &repository), &text).contains("is not evaluated"), "{path}");
    }
    expect(
        &set(true, element, "clusters/prod-eu", "name: '{{ env \"X\" }}'"),
        &repository,
        "app: \"clusters/prod-eu\" -> [{{ env \"X\" }}]",
    );
    // A missing value is no directory, whichever way Argo CD takes it.
    expect_all(&set(true, element, "clusters/{{ .nothing }}", "name: x"), &repository, "");
}

#[test]
fn what_is_decided_elsewhere_is_said_once() {
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
        "{github: {owner: o}} | the generator `pullRequest` asks something outside of the repository\n\
         {} | the generator `scmProvider` asks something outside of the repository\n\
         {configMapRef: {name: x}} | the generator `plugin` asks something outside of the repository\n\
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

#[test]
fn other_manifests_are_not_read() {
    let repository = Memory::directories(&["a"]);
    for text in [
        "kind: Application",
        "apiVersion: app.k8s.io/v1beta1\nkind: Application",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject",
        "[]",
        "a: 1",
    ] {
        assert_eq!(argo::read(document(text).root(), &repository), None, "{text}");
    }
}

#[test]
fn no_set_is_endless() {
    let names: Vec<String> = (0..300).map(|n| format!("clusters/c{n:03}")).collect();
    let repository = Memory::directories(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let directories = "git: {directories: [{path: 'clusters/*'}], pathParamPrefix: p}";
    let other = "git: {directories: [{path: 'clusters/*'}]}";
    let text = set(
        true,
        &format!("- matrix: {{generators: [{{{directories}}}, {{{other}}}]}}"),
        "{{.path.path}}",
        "name: x",
    );
    let large = read(&text, &repository);
    assert!(large.applications.len() <= 10_000);
    assert!(left_out(&large, &text).contains("more than 10,000"));
    // Texts that grow with each step, deep parentheses, many wildcards.
    let grow = " | replace \"a\" \"aaaaaaaaaaaaaaaa\"".repeat(12);
    let deep = "(".repeat(5000);
    let stars = "*a".repeat(1000);
    for path in [
        format!("{{{{ \"a\"{grow} }}}}"),
        format!("{{{{ {deep} }}}}"),
        "{{".repeat(9000),
        "x".repeat(1 << 20),
    ] {
        expect(&set(true, "- list: {elements: [{a: b}]}", &path, "name: x"), &repository, "");
        read(&set(false, "- list: {elements: [{a: b}]}", &path, "name: x"), &repository);
    }
    for kind in ["directories", "files"] {
        let generator = format!("- git: {{{kind}: [{{path: '{stars}'}}, {{path: '{{{{a}}}}*'}}]}}");
        expect(&set(false, &generator, "{{path}}", "name: x"), &repository, "");
    }
    // A file of parameters in each of many combinations.
    let elements = "{a: b},".repeat(3000);
    let body: Vec<String> = (0..5000).map(|n| format!("k{n}: v")).collect();
    let body = body.join(
        "
",
    );
    let repository = Memory::of(&[("f.yaml", &body), ("a/b.yaml", "")]);
    for go in [false, true] {
        let files = if go { "{{ printf \"f.yaml\" }}" } else { "f.yaml" };
        let generator = format!(
            "- matrix: {{generators: [{{list: {{elements: [{elements}]}}}}, {{git: {{files: [{{path: '{files}'}}]}}}}]}}"
        );
        let read = read(&set(go, &generator, "a", "name: x"), &repository);
        assert!(read.applications.len() <= 10_000);
    }
}

/// A manifest with anything anywhere.
fn garbage() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "spec",
        "generators",
        "list",
        "elements",
        "git",
        "directories",
        "files",
        "path",
        "exclude",
        "values",
        "clusters",
        "selector",
        "matchLabels",
        "matchExpressions",
        "key",
        "operator",
        "In",
        "matrix",
        "merge",
        "mergeKeys",
        "template",
        "metadata",
        "name",
        "source",
        "sources",
        "destination",
        "server",
        "directory",
        "recurse",
        "include",
        "chart",
        "{{name}}",
        "{{ .path.path }}",
        "clusters/{{name}}",
        "{{",
        "}}",
        "clusters/*",
        "*",
        "**",
        "[",
        "",
        "../x",
        "true",
        "~",
        "{{ index .path.segments 9 }}",
        "{{path[0]}}",
        "a.b",
        "config.yaml",
        "pathParamPrefix",
        "elementsYaml",
        "{{ (.a).b }}",
    ]);
    let scalar = word.clone().prop_map(|word| format!("{word:?}"));
    let value = scalar.prop_recursive(6, 60, 5, move |inner| {
        let pair = (word.clone(), inner.clone()).prop_map(|(key, value)| format!("{key:?}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(pair, 0..5).prop_map(|pairs| format!("{{{}}}", pairs.join(", "))),
        ]
    });
    let shape = prop::sample::select(vec![
        "spec: @",
        "spec: {generators: @, template: @, goTemplate: true}",
        "spec: {generators: [@, @], template: {spec: {source: {path: @}, destination: @}}}",
        "spec: {generators: [{list: @}, {git: @}, {clusters: @}], template: {spec: {source: {path: 'clusters/{{name}}'}}}}",
        "spec: {generators: [{matrix: {generators: [@, @]}}], template: {spec: {source: {path: '{{path}}'}}}}",
        "spec: {generators: [{merge: {mergeKeys: [name], generators: [@, @]}}], template: {spec: {source: {path: 'clusters'}}}}",
        "spec: {generators: [{git: {directories: @, files: @, values: @}}], template: {spec: {sources: [{path: @}, @]}}}",
    ]);
    (shape, prop::collection::vec(value, 4), prop::bool::ANY).prop_map(|(shape, values, single)| {
        let kind = if single { "Application" } else { "ApplicationSet" };
        let mut pieces = shape.split('@');
        let mut spec = pieces.next().unwrap_or_default().to_owned();
        for (piece, value) in pieces.zip(values.iter().cycle()) {
            spec += value;
            spec += piece;
        }
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\n{spec}\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn garbage_is_read_to_an_end(text in garbage()) {
        let repository = Memory::of(&[
            ("clusters/dev/a.yaml", "a: 1"), ("clusters/prod/config.yaml", "name: prod"), ("config.yaml", "[{a: {b: c}}]"),
        ]);
        let first = read(&text, &repository);
        prop_assert_eq!(&first, &read(&text, &repository));
        for application in &first.applications {
            prop_assert!(!application.sources.is_empty());
            let Span { file, end, .. } = application.span;
            prop_assert!(file == FileId(0) && end as usize <= text.len());
            for source in &application.sources {
                prop_assert!(source.path.is_empty() || repository.directories.contains(&source.path));
            }
        }
    }
}
