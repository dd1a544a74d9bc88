//! Patches onto objects that no kustomization lists.

use crate::repository::{IMAGE, Repository, place};
use pullwarden::kustomize;
use pullwarden::manifest::{Form, Manifest};
use pullwarden::source::FileId;
use pullwarden::yaml::{self, Node};
use std::sync::Arc;

#[test]
fn patches_go_onto_objects_without_a_kustomization() {
    let other = IMAGE.replace("cluster", "other");
    let patches = "- spec: {registrySources: {allowedRegistries: [b.example.com]}}
- metadata: {labels: {a: b}}
- {apiVersion: config.openshift.io/v1, kind: Image, metadata: {name: other}, $patch: delete}
";
    let repository =
        Repository::of(&[("image.yaml", IMAGE), ("other.yaml", &other), ("patches.yaml", patches)]);
    let document = |id: u32| {
        let text = &repository.sources.get(FileId(id)).expect("a file").text;
        let mut found = None;
        yaml::parse(FileId(id), text, |document| found = document.ok());
        Arc::new(found.expect("a document"))
    };
    let manifest = |id: u32| Manifest::new(document(id), 0, Form::Template);
    let patches = document(2);
    let patches: Vec<Node<'_>> = patches.root().items().collect();

    let made =
        kustomize::apply_patches(&[manifest(0)], &patches[..2]).expect("a single object needs no name");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].form, Form::Template);
    let path = ["spec", "registrySources", "allowedRegistries", "0"];
    assert_eq!(place(&repository, &made[0], &path), "patches.yaml: b.example.com");
    assert_eq!(place(&repository, &made[0], &["metadata", "name"]), "image.yaml: cluster");
    assert_eq!(place(&repository, &made[0], &["metadata", "labels", "a"]), "patches.yaml: b");
    assert_eq!(made[0].namespace(), "");

    let both = [manifest(0), manifest(1)];
    let left = kustomize::apply_patches(&both, &patches[2..]).expect("it names its object");
    assert_eq!(left.iter().map(Manifest::name).collect::<Vec<_>>(), ["cluster"]);
    let error = kustomize::apply_patches(&both, &patches[..1]).expect_err("it names none");
    assert!(error.message.contains("several objects"), "{}", error.message);
    let error = kustomize::apply_patches(&both[..1], &patches[2..]).expect_err("there is no such object");
    assert!(error.message.contains("there is no Image `other`"), "{}", error.message);
}
