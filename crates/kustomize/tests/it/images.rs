//! Many entries of `images`, of which each sees what those before it have made.

use crate::repository::Repository;

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  initContainers: [{name: a, image: quay.io/team/app}, {name: b, image: 'quayxio/team/app:1'}]
  containers: [{name: c, image: 'nginx:1.27@sha256:abc'}, {name: d, image: 'host.example:5000/x/tool:2'}, {name: e}]
---
apiVersion: example.com/v1
kind: Other
metadata: {name: two}
spec:
  jobs: [{containers: [{image: quay.io/team/app-two}, {image: docker.io/library/nginx}]}]
  containers: {image: nginx}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: three}
spec: {inside: {containers: [{image: nginx}]}, template: {spec: {containers: [{image: nginx}]}}}
";

const ENTRIES: [&str; 12] = [
    "{name: nobody.example/app, newTag: x}",
    "{name: quay.io/team/app, newName: first.example/app, newTag: v1}",
    "{name: first.example/app, newName: nginx}",
    "{name: nginx, newName: second.example/nginx}",
    "{name: 'second.example/[a-z]+', newTag: by-expression}",
    "{name: 'quay.io/team/app.*', tagSuffix: -more}",
    "{name: 'host.example:5000/x/tool', digest: 'sha256:00'}",
    "{name: 'host.example:5000/x/to.l', newName: third.example/tool}",
    "{name: app, newTag: not-this}",
    "{name: docker.io/library/nginx, newName: third.example/tool, newTag: '3'}",
    "{name: third.example/tool, newTag: last}",
    "{name: quay.io/team, newTag: not-this}",
];

/// What the objects look like that one kustomization makes with all `entries`, and those of which each has one.
fn both(entries: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut repository = Repository::of(&[("pods/pods.yaml", PODS)]);
    repository.add("pods/kustomization.yaml", "resources: [pods.yaml]\n");
    let all: Vec<String> = entries.iter().map(|entry| format!("- {entry}\n")).collect();
    repository.add("all/kustomization.yaml", &format!("resources: [../pods]\nimages:\n{}", all.concat()));
    let mut below = "pods".to_owned();
    for (number, entry) in entries.iter().enumerate() {
        let directory = format!("one{number}");
        let text = format!("resources: [../{below}]\nimages:\n- {entry}\n");
        repository.add(&format!("{directory}/kustomization.yaml"), &text);
        below = directory;
    }
    let texts = |root: &str| {
        let objects = repository.build(root).expect("a build");
        let nodes = objects.iter().map(|object| {
            object.root().descendants().map(|node| node.text().to_owned()).collect::<Vec<_>>().join(" ")
        });
        nodes.collect::<Vec<String>>()
    };
    (texts("all"), texts(&below))
}

#[test]
fn entries_in_one_kustomization_do_what_they_do_one_by_one() {
    let mut entries = ENTRIES.to_vec();
    for _ in 0..ENTRIES.len() {
        entries.rotate_left(1);
        let (all, one_by_one) = both(&entries);
        assert_eq!(all, one_by_one, "{entries:?}");
    }
    let (all, _) = both(&ENTRIES);
    let all = all.join("\n");
    for image in
        ["second.example/nginx:by-expression", "third.example/tool:last", "quay.io/team/app-two:-more"]
    {
        assert!(all.contains(image), "{image} is not in {all}");
    }
    assert!(!all.contains("not-this"), "{all}");
}
