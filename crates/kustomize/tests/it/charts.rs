//! What a build asks of whoever renders its charts, and what it makes of the answer.

use crate::repository::Repository;
use kustomize::{Cache, Cause, ChartCall, Charts, Files, Found, RenderedChart};
use spanned_yaml::{Document, FileId, Node, parse_all};
use std::sync::{Arc, Mutex};

/// Renders nothing but remembers what it was asked for; each chart gives the text of its `object.yaml`.
struct Asked<'r> {
    repository: &'r Repository,
    calls: Mutex<Vec<ChartCall>>,
}

impl Files for Asked<'_> {
    fn find(&self, path: &str) -> Found {
        self.repository.tree.find(path)
    }

    fn entries(&self, path: &str) -> Vec<String> {
        self.repository.tree.entries(path)
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.repository.tree.name(id)
    }

    fn charts(&self) -> Option<&dyn Charts> {
        Some(self)
    }
}

impl Charts for Asked<'_> {
    fn render(&self, chart: &ChartCall) -> kustomize::Result<RenderedChart> {
        self.calls.lock().expect("a lock").push(chart.clone());
        let object = format!("{}/object.yaml", chart.directory);
        let Found::File { id, text, .. } = self.repository.tree.find(&object) else {
            return Ok(RenderedChart::default());
        };
        let objects: Vec<Arc<Document>> =
            parse_all(id, &text).into_iter().map(|one| one.expect("YAML")).collect();
        Ok(RenderedChart { objects, files: vec![id], left_out: Vec::new() })
    }
}

fn asked(repository: &Repository, root: &str) -> (kustomize::Result<kustomize::Built>, Vec<ChartCall>) {
    let asked = Asked { repository, calls: Mutex::default() };
    let built = kustomize::build(root, &asked, &Cache::default());
    (built, asked.calls.into_inner().expect("a lock"))
}

/// A value in the words of JSON, without quotes.
fn told(node: Node<'_>) -> String {
    match node.kind() {
        spanned_yaml::Kind::Scalar => {
            if node.is_null() {
                "null".to_owned()
            } else {
                node.text().to_owned()
            }
        }
        spanned_yaml::Kind::Sequence => format!("[{}]", node.items().map(told).collect::<Vec<_>>().join(" ")),
        spanned_yaml::Kind::Mapping => {
            let entries =
                node.entries().into_iter().map(|entry| format!("{}:{}", entry.key.text(), told(entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

fn values(call: &ChartCall) -> String {
    call.values.iter().map(|document| told(document.root())).collect::<Vec<_>>().join(" < ")
}

const VALUES: &str = "a: own\nm: {x: own, v: own}\nl: [own]\ne: null\n";

/// A repository with one chart and a kustomization beside it.
fn of(kustomization: &str) -> Repository {
    Repository::of(&[
        ("k/kustomization.yaml", kustomization),
        ("k/charts/app/Chart.yaml", "name: app\nversion: 1.2.3\n"),
        ("k/charts/app/values.yaml", VALUES),
        (
            "k/charts/app/object.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {a: b}\n",
        ),
        ("k/charts/old-1.0.0/old/Chart.yaml", "name: old\nversion: 1.0.0\n"),
        ("k/charts/old-1.0.0/old/values.yaml", "{}\n"),
        ("k/mine.yaml", "a: mine\n"),
        ("k/more.yaml", "a: more\n"),
    ])
}

#[test]
fn values_meet_as_the_kustomization_says() {
    for (entry, due) in [
        ("{name: app}", "{a:own m:{x:own v:own} l:[own] e:null}"),
        ("{name: app, valuesFile: mine.yaml}", "{a:mine}"),
        ("{name: app, valuesFile: mine.yaml, additionalValuesFiles: [more.yaml]}", "{a:mine} < {a:more}"),
        ("{name: app, valuesInline: {}}", "{a:own m:{x:own v:own} l:[own] e:null}"),
        (
            "{name: app, valuesInline: {a: new, m: {v: new, z: new}, l: [new]}}",
            "{a:new m:{x:own v:new z:new} l:[new] e:null}",
        ),
        // A null takes the value of the file away, not that of the chart.
        ("{name: app, valuesInline: {a: null, b: null, m: {x: null}}}", "{m:{v:own} l:[own] e:null}"),
        (
            "{name: app, valuesMerge: merge, valuesInline: {a: new, m: {z: new}, b: new}}",
            "{a:own m:{z:new x:own v:own} b:new l:[own]}",
        ),
        ("{name: app, valuesMerge: replace, valuesInline: {a: new}}", "{a:new}"),
        ("{name: app, valuesMerge: replace}", "{a:own m:{x:own v:own} l:[own] e:null}"),
        ("{name: old, version: 1.0.0, repo: https://charts.example.com}", "{}"),
    ] {
        let (built, calls) = asked(&of(&format!("helmCharts: [{entry}]\n")), "k");
        assert!(built.expect("a build").left_out.is_empty(), "{entry}");
        assert_eq!(values(&calls[0]), due, "{entry}");
    }
}

#[test]
fn the_fields_of_a_release_reach_the_renderer() {
    let entry =
        "{name: app, releaseName: r, namespace: ns, includeCRDs: true, skipHooks: true, skipTests: true,
  kubeVersion: '1.30', apiVersions: [a/v1], version: 9.9.9, debug: true}";
    let (_, calls) = asked(&of(&format!("helmCharts: [{entry}]\n")), "k");
    let call = &calls[0];
    assert_eq!((call.directory.as_str(), call.release.as_deref()), ("k/charts/app", Some("r")));
    assert_eq!((call.namespace.as_deref(), call.kube_version.as_deref()), (Some("ns"), Some("1.30")));
    assert!(call.with_crds && call.without_hooks && call.without_tests && call.api_versions == ["a/v1"]);
    for (entry, release) in [
        ("{name: app}", None),
        ("{name: app, nameTemplate: fixed}", Some("fixed")),
        ("{name: app, nameTemplate: 'r-{{ randNumeric 3 }}'}", None),
    ] {
        let (_, calls) = asked(&of(&format!("helmCharts: [{entry}]\n")), "k");
        assert_eq!(calls[0].release.as_deref(), release, "{entry}");
    }
}

#[test]
fn charts_come_by_every_way_and_are_changed_like_other_objects() {
    let inline = "generators:
- |-
  apiVersion: builtin
  kind: HelmChartInflationGenerator
  metadata: {name: any}
  name: app
  releaseName: g
";
    let old = "helmChartInflationGenerator: [{chartName: app, releaseName: g, chartHome: charts, values: mine.yaml}]\n";
    let new = "helmGlobals: {chartHome: ./charts}\nhelmCharts: [{name: app, releaseName: g}]\n";
    for way in [inline, old, new] {
        let (built, calls) = asked(&of(&format!("{way}namePrefix: p-\nnamespace: ns\n")), "k");
        let built = built.expect("a build");
        assert_eq!(calls.len(), 1, "{way}");
        assert_eq!(built.objects.len(), 1, "{way}");
        assert_eq!(
            told(built.objects[0].root()),
            "{apiVersion:v1 kind:ConfigMap metadata:{name:p-own namespace:ns} data:{a:b}}"
        );
        assert_eq!(built.charts[0].directory, "k/charts/app", "{way}");
        let includes = kustomize::includes("k", &of(way).tree);
        assert_eq!((includes.charts, includes.chart_calls), (vec!["k/charts/app".to_owned()], 1), "{way}");
    }
}

#[test]
fn a_chart_that_cannot_be_had_is_left_out_or_refused() {
    let remote = "repo: https://charts.example.com";
    for (entry, cause, said) in [
        (
            format!("{{name: gone, {remote}}}"),
            Cause::Remote,
            "the chart `gone` is remote; it is never fetched",
        ),
        (format!("{{name: app, version: 2.0.0, {remote}}}"), Cause::Remote, "is remote"),
        ("{name: gone}".to_owned(), Cause::Refused, "there is no chart in `charts/gone`"),
        ("{releaseName: r}".to_owned(), Cause::Refused, "needs a `name`"),
        ("{name: app, valuesMerge: both}".to_owned(), Cause::Refused, "`valuesMerge` must be"),
        ("{name: app, valuesFile: gone.yaml}".to_owned(), Cause::Refused, "there is no file `gone.yaml`"),
        ("{name: app, releaseName: a, nameTemplate: b}".to_owned(), Cause::Refused, "not both"),
        ("{name: ../../../out}".to_owned(), Cause::Outside, "outside of the repository"),
    ] {
        let (built, calls) = asked(&of(&format!("helmCharts: [{entry}]\n")), "k");
        assert!(calls.is_empty(), "{entry}");
        let error = built.map_or_else(|error| error, |mut built| built.left_out.remove(0));
        assert!(error.cause == cause && error.message.contains(said), "{entry}: {error:?}");
    }
    // The version is the one that was asked for, though an older kustomize pulled it.
    let (_, calls) = asked(&of(&format!("helmCharts: [{{name: app, version: v1.2.3, {remote}}}]\n")), "k");
    assert_eq!(calls[0].directory, "k/charts/app");
    // Two releases that make one object are refused, as two files with it are.
    let (built, _) =
        asked(&of("helmCharts: [{name: app, releaseName: a}, {name: app, releaseName: b}]\n"), "k");
    assert!(built.is_err_and(|error| error.message.contains("is there already")));
}
