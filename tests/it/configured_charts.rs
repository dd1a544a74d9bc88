//! Charts of the configuration: wrong entries, what they outrank, and checks of a part of the repository.

use crate::command::{Scratch, out, pullwarden};
use crate::generated::root;
use crate::git_repo::GitRepo;
use crate::plan_git;
use serde_json::Value;
use std::fs;

const IMAGE: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  registrySources:
    insecureRegistries: {{ .Values.allowed | toJson }}
";

const CHART: &str = "apiVersion: v2\nname: images\nversion: 1.0.0\n";

fn files(configuration: &str) -> Vec<(&str, &str)> {
    vec![
        (".pullwarden.yaml", configuration),
        ("charts/images/Chart.yaml", CHART),
        ("charts/images/values.yaml", "allowed: [lab.example]\n"),
        ("charts/images/templates/image.yaml", IMAGE),
        ("values/prod.yaml", "allowed:\n- https://registry.prod.example\n"),
    ]
}

fn repository(name: &str, configuration: &str, more: &[(&str, &str)]) -> Scratch {
    Scratch::new(name, &[&[(".git/HEAD", "")], &*files(configuration), more].concat())
}

fn check(repo: &Scratch, part: &str) -> String {
    out(&pullwarden(&repo.0, &["check", "--report", "github", part]))
}

#[test]
fn a_wrong_entry_is_reported_at_its_place_and_gives_nothing() {
    for (number, (entry, wrong, message)) in [
        ("root: charts/image", "charts/image", "`charts/image` matches no directory with a chart"),
        ("root: ../charts/images", "../", "`../charts/images` leads out of the repository"),
        ("release: images", "release", "`root` is missing"),
        ("{root: charts/images, cluster: prd}", "prd", "there is no cluster `prd` under `clusters`"),
        ("{root: charts/images, values: values/prod.yaml}", "values/", "expected a map of values"),
        (
            "{root: charts/images, values-files: /etc/hosts}",
            "/etc",
            "`/etc/hosts` leads out of the repository",
        ),
        (
            "{root: charts/images, values-files: values/none.yaml}",
            "values/",
            "there is no `values/none.yaml` in this repository",
        ),
        (
            "{root: charts/images, value-files: values/prod.yaml}",
            "value-files",
            "there is no key `value-files` here",
        ),
        (
            "{root: charts/images, release: Images, cluster: prod}",
            "Images",
            "`Images` cannot be the name of a release",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let configuration = format!("clusters:\n  prod: {{}}\ncharts:\n- {entry}\n");
        let repo = repository(&format!("configured-chart-wrong-{number}"), &configuration, &[]);
        let said = check(&repo, ".");
        let mut errors = said.lines().filter(|line| line.starts_with("::error"));
        let error = errors.next().unwrap_or_default();
        let column = 3 + entry.find(wrong).expect("the wrong text");
        let place = format!("file=.pullwarden.yaml,line=4,endLine=4,col={column},");
        assert!(error.contains(message) && error.contains(&place), "{entry}: {said}");
        assert_eq!(errors.next(), None, "{entry}: {said}");
        let shown = out(&pullwarden(&repo.0, &["clusters"]));
        assert!(!shown.contains("the configuration says so"), "{entry}: {shown}");
    }
}

#[test]
fn the_configuration_outranks_an_application_on_its_cluster_alone() {
    let application = |cluster: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: images-{cluster}}}
spec:
  destination: {{name: {cluster}, namespace: default}}
  source: {{repoURL: 'https://git.example.com/x', path: charts/images}}
"
        )
    };
    let configuration = "clusters: {prod: {}}
charts:
- {root: charts/images, values-files: values/prod.yaml, cluster: prod}
";
    let (prod, edge) = (application("prod"), application("edge"));
    let more = [("apps/prod.yaml", prod.as_str()), ("apps/edge.yaml", edge.as_str())];
    let repo = repository("configured-chart-outranks", configuration, &more);
    let json = out(&pullwarden(&repo.0, &["clusters", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let clusters = json["clusters"].as_array().expect("clusters");
    let parts = |name: &str| {
        let cluster = clusters.iter().find(|cluster| cluster["cluster"] == name).expect("a cluster");
        cluster["parts"].as_array().expect("parts").clone()
    };
    let [prod] = &*parts("prod") else { panic!("{json}") };
    assert_eq!(prod["because"]["by"], "configuration");
    assert_eq!((&prod["origin"], &prod["release"]), (&"chart".into(), &"images".into()));
    assert_eq!(prod["values_files"], serde_json::json!(["values/prod.yaml"]));
    let [edge] = &*parts("edge") else { panic!("{json}") };
    assert_eq!((&edge["because"]["by"], edge.get("values_files")), (&"application".into(), None));
}

#[test]
fn a_check_of_a_part_knows_the_chart_of_its_cluster() {
    let configuration = "clusters: {prod: {}, lab: {paths: lab}}
charts:
- {root: charts/images, values-files: values/prod.yaml, cluster: prod}
";
    let repo = repository("configured-chart-part", configuration, &[("lab/a.yaml", "a: 1\n")]);
    let whole = check(&repo, ".");
    assert!(whole.contains("file=values/prod.yaml,line=2,endLine=2,col=3,"), "{whole}");
    for part in ["values", "values/prod.yaml", "charts", "charts/images/templates"] {
        assert_eq!(check(&repo, part), whole, "{part}");
    }
    // Nothing of this cluster is in this part.
    assert_eq!(check(&repo, "lab"), "");
}

#[test]
fn a_chart_without_a_cluster_belongs_to_its_directory() {
    let chart =
        [("clusters/west/images/Chart.yaml", CHART), ("clusters/west/images/templates/a.yaml", IMAGE)];
    let configuration = "charts:\n- {root: clusters/west/images, values: {allowed: [lab.example]}}\n";
    let repo = repository("configured-chart-directory", configuration, &chart);
    let shown = out(&pullwarden(&repo.0, &["clusters"]));
    assert!(
        shown.contains("west ") && shown.contains("clusters/west/images (helm, release `images`"),
        "{shown}"
    );
    assert!(!shown.contains("images (helm, release `images`)\n   a chart that nothing"), "{shown}");
}

#[test]
fn each_state_of_a_plan_has_the_values_of_its_configuration() {
    let of = |registry: &str| {
        format!(
            "clusters: {{prod: {{openshift: \"4.18\"}}}}
charts:
- {{root: charts/images, values: {{allowed: [quay.io, registry.redhat.io, {registry}]}}, cluster: prod}}
"
        )
    };
    let (before, after) = (of("old.example"), of("new.example"));
    let repo = GitRepo::new();
    repo.commit(&files(&before), "before");
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.commit(&[(".pullwarden.yaml", after.as_str())], "after");
    let told = plan_git::out(&plan_git::plan(repo.root(), &[]));
    assert!(told.contains("old.example") && told.contains("new.example"), "{told}");
}

#[test]
fn a_cluster_with_a_new_name_has_its_old_chart_in_the_state_before() {
    let of = |name: &str, registry: &str| {
        format!(
            "clusters: {{{name}: {{openshift: \"4.18\", paths: [clusters/prod/**]}}}}
charts:
- {{root: charts/images, values: {{allowed: [{registry}]}}, cluster: {name}}}
"
        )
    };
    let (before, after) = (of("prod", "old.example"), of("production", "new.example"));
    let repo = GitRepo::new();
    let version = "apiVersion: config.openshift.io/v1\nkind: ClusterVersion\nmetadata: {name: version}\n";
    repo.commit(&[files(&before), vec![("clusters/prod/version.yaml", version)]].concat(), "before");
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.commit(&[(".pullwarden.yaml", after.as_str())], "after");
    let told = plan_git::out(&plan_git::plan(repo.root(), &[]));
    assert!(told.contains("production") && !told.contains("is new"), "{told}");
    assert!(told.contains("old.example") && told.contains("new.example"), "{told}");
    let page = repo.root().join("plan.html");
    let page_word = format!("html={}", page.display());
    plan_git::plan(repo.root(), &["--cluster", "production", "--report", &page_word]);
    let page = fs::read_to_string(page).expect("the page");
    assert!(page.contains("old.example") && page.contains("new.example"), "both states are drawn");
}

#[test]
fn the_book_tells_of_a_chart_that_is_rendered() {
    let page = fs::read_to_string(root().join("docs/charts.md")).expect("the page");
    let mut blocks = page.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    let configuration = blocks.find(|block| block.contains("\ncharts:")).expect("a configuration");
    let template = IMAGE.replace(".Values.allowed | toJson", "list .Values.registry | toJson");
    let files = [
        (".git/HEAD", ""),
        (".pullwarden.yaml", configuration),
        ("charts/mirrors/Chart.yaml", CHART),
        ("charts/mirrors/templates/image.yaml", &template),
        ("values/common.yaml", "a: 1\n"),
        ("values/prod.yaml", "registry: lab.example\n"),
    ];
    let repo = Scratch::new("configured-chart-book", &files);
    assert_eq!(check(&repo, "."), "");
    let printed = out(&pullwarden(&repo.0, &["clusters", "--objects", "--cluster", "prod"]));
    assert!(printed.contains("- registry.corp.example:5000 # .pullwarden.yaml:8"), "{printed}");
}

/// The errors and notes of a repository with this entry under `charts`, in the form of annotations.
fn said_of(name: &str, entry: &str, more: &[(&str, &str)]) -> Vec<String> {
    let configuration = format!("clusters:\n  prod: {{openshift: '4.18'}}\ncharts:\n- {entry}\n");
    let repo = repository(name, &configuration, more);
    let said = check(&repo, ".");
    said.lines().filter(|line| line.starts_with("::")).map(str::to_owned).collect()
}

#[test]
fn what_is_no_values_file_is_named_as_what_it_is() {
    let outside = Scratch::new("configured-chart-outside", &[("v.yaml", "allowed: []\n")]);
    let configuration =
        "clusters:\n  prod: {}\ncharts:\n- {root: charts/images, cluster: prod, values-files: FILE}\n";
    for (file, message, level) in [
        ("values", "`values` is a directory", "error"),
        ("values/latin.yaml", "`values/latin.yaml` is not a text in UTF-8", "error"),
        ("values/wide.yaml", "`values/wide.yaml` is a text in UTF-16, and only UTF-8 is read", "notice"),
        ("values/out.yaml", "`values/out.yaml` leads out of the repository", "error"),
        ("values/none.yaml", "there is no `values/none.yaml` in this repository", "error"),
        ("https://host.example/v.yaml", "`https://host.example/v.yaml` is a URL", "error"),
    ] {
        let repo = repository("configured-chart-file", &configuration.replace("FILE", file), &[]);
        let write = |name: &str, bytes: &[u8]| fs::write(repo.0.join(name), bytes).expect("a file");
        write("values/latin.yaml", b"allowed: [caf\xe9.example]\n");
        write("values/wide.yaml", b"\xff\xfea\0:\0 \x001\0\n\0");
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.0.join("v.yaml"), repo.0.join("values/out.yaml")).expect("a link");
        if cfg!(not(unix)) && file == "values/out.yaml" {
            continue;
        }
        let said = check(&repo, ".");
        let found = said.lines().filter(|line| line.starts_with("::")).collect::<Vec<_>>();
        assert!(
            matches!(found[..], [one] if one.contains(message) && one.starts_with(&format!("::{level} "))),
            "{file}: {said}"
        );
        // Nobody but the configuration applies the chart.
        assert!(!said.contains("Argo CD") && !said.contains("Flux"), "{file}: {said}");
    }
}

#[test]
fn a_wrong_entry_is_marked_where_it_is_wrong() {
    let long = "a".repeat(60);
    for (entry, wrong, message) in [
        ("{root: charts/images, cluster: prod, release: A_B}".to_owned(), "A_B", "`A_B` cannot be the name"),
        (
            format!("{{root: charts/images, cluster: prod, release: {long}}}"),
            "aaa",
            "has 53 characters at most",
        ),
        ("{root: charts/images, cluster: []}".to_owned(), "[]", "`cluster` is an empty list"),
    ] {
        let said = said_of("configured-chart-marked", &entry, &[]);
        let place =
            format!("file=.pullwarden.yaml,line=4,endLine=4,col={},", 3 + entry.find(wrong).expect("a text"));
        assert!(
            matches!(&said[..], [one] if one.contains(message) && one.contains(&place)),
            "{entry}: {said:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_chart_behind_a_link_is_there() {
    let configuration = "clusters:\n  prod: {}\ncharts:\n- {root: link, cluster: prod}\n";
    let repo = repository("configured-chart-link", configuration, &[]);
    std::os::unix::fs::symlink("charts/images", repo.0.join("link")).expect("a link");
    let said = check(&repo, ".");
    assert!(!said.contains("unmatched-path"), "{said}");
    fs::write(
        repo.0.join("charts/images/templates/image.yaml"),
        format!("{IMAGE}  x: {{{{ fail \"no\" }}}}\n"),
    )
    .expect("a file");
    let said = check(&repo, ".");
    assert!(!said.contains("unmatched-path") && said.contains("title=chart-not-rendered"), "{said}");
}

#[test]
fn messages_about_charts_have_no_words_of_go() {
    let chart = "apiVersion: v2\nname: images\nversion: 1.0.0\ndependencies: [{name: s, version: 1.0.0}]\n";
    let sub = "apiVersion: v2\nname: s\nversion: 1.0.0\n";
    let below = [
        ("charts/images/Chart.yaml", chart),
        ("charts/images/charts/s/Chart.yaml", sub),
        ("charts/images/charts/s/templates/a.yaml", "a: b\n"),
    ];
    for (value, words) in [("[1]", "a list"), ("1", "a number"), ("a", "a string"), ("true", "a boolean")] {
        let entry = format!("{{root: charts/images, cluster: prod, values: {{s: {value}}}}}");
        let said = said_of("configured-chart-words", &entry, &below);
        let message = format!("the values of the chart `s` are a map, not {words}");
        assert!(matches!(&said[..], [one] if one.contains(&message)), "{value}: {said:?}");
    }
    let endless = format!("{IMAGE}  x: {{{{ range untilStep 0 1000000000 1 }}}}{{{{ end }}}}y\n");
    let more = [("charts/images/templates/image.yaml", endless.as_str())];
    let mut said = said_of("configured-chart-memory", "{root: charts/images, cluster: prod}", &more);
    said.retain(|one| one.contains("title=chart-not-rendered"));
    assert!(
        matches!(&said[..], [one] if one.contains("MiB of memory") && one.contains("helm template")),
        "{said:?}"
    );
}

#[test]
fn a_chart_for_another_kubernetes_is_refused() {
    for (range, is_refused) in [
        (">=1.31.0-0", false),
        (">=1.32", true),
        ("1.x", false),
        ("<1.10", true),
        ("~1.31", false),
        ("no range", true),
    ] {
        let chart = format!("{CHART}kubeVersion: '{range}'\n");
        let more = [("charts/images/Chart.yaml", chart.as_str())];
        let said = said_of("configured-chart-kubernetes", "{root: charts/images, cluster: prod}", &more);
        let is_told = said.iter().any(|one| {
            one.contains("file=charts/images/Chart.yaml,line=4,")
                && one.contains(&format!("`kubeVersion` is `{range}`"))
        });
        assert_eq!(is_told, is_refused, "{range}: {said:?}");
    }
}

#[test]
fn a_kind_of_the_cluster_is_among_its_api_versions() {
    for (version, is_there) in [
        ("config.openshift.io/v1/ImageDigestMirrorSet", true),
        ("config.openshift.io/v1/Image", true),
        ("apps/v1/Deployment", true),
        ("config.openshift.io/v1/Mirrors", false),
        ("example.com/v1/Image", false),
    ] {
        let image =
            format!("{{{{ if .Capabilities.APIVersions.Has \"{version}\" }}}}\n{IMAGE}{{{{ end }}}}\n");
        let more = [("charts/images/templates/image.yaml", image.as_str())];
        let entry = "{root: charts/images, cluster: prod, values: {allowed: ['https://a.example']}}";
        let said = said_of("configured-chart-versions", entry, &more);
        assert_eq!(said.iter().any(|one| one.contains("https://a.example")), is_there, "{version}: {said:?}");
    }
}

#[test]
fn advice_about_a_printed_value_is_about_its_template() {
    let idms = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  \
                imageDigestMirrors:\n  - source: quay.io/a\n    mirrors:\n    - {{ .Values.mirror }}\n";
    let more = [("charts/images/templates/image.yaml", idms)];
    for (value, advice) in [
        ("'1234'", "print the value with `quote` in the template, since YAML reads `1234` without quotes"),
        ("true", "print the value with `quote` in the template, since YAML reads `true` without quotes"),
        ("[a.b/c, d.e/f]", "give the template one string for this place"),
    ] {
        let entry = format!("{{root: charts/images, cluster: prod, values: {{mirror: {value}}}}}");
        let said = said_of("configured-chart-quote", &entry, &more);
        assert!(matches!(&said[..], [one] if one.contains(advice)), "{value}: {said:?}");
    }
}
