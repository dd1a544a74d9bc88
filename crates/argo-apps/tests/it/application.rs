//! `Application`: paths, destinations and the files of plain directories.

use crate::{Memory, application, document, expect_all, read};
use argo_apps::Tool;

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
fn other_manifests_are_not_read() {
    let repository = Memory::directories(&["a"]);
    for text in [
        "kind: Application",
        "apiVersion: app.k8s.io/v1beta1\nkind: Application",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject",
        "[]",
        "a: 1",
    ] {
        assert_eq!(argo_apps::read(document(text).root(), &repository), None, "{text}");
    }
}
