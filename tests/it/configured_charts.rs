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
            "charts/",
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
