//! Patches onto objects that no kustomization lists.

use crate::repository::{IMAGE, Repository, metadata, name, place};
use spanned_yaml::FileId;
use spanned_yaml::Node;
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
        spanned_yaml::parse(FileId(id), text, |document| found = document.ok());
        Arc::new(found.expect("a document"))
    };
    let (first, second, patches) = (document(0), document(1), document(2));
    let patches: Vec<Node<'_>> = patches.root().items().collect();

    let made =
        kustomize::apply_patches(&[first.root()], &patches[..2]).expect("a single object needs no name");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].0, 0);
    let path = ["spec", "registrySources", "allowedRegistries", "0"];
    assert_eq!(place(&repository, &made[0].1, &path), "patches.yaml: b.example.com");
    assert_eq!(place(&repository, &made[0].1, &["metadata", "name"]), "image.yaml: cluster");
    assert_eq!(place(&repository, &made[0].1, &["metadata", "labels", "a"]), "patches.yaml: b");
    assert_eq!(metadata(&made[0].1, "namespace"), "");

    let both = [first.root(), second.root()];
    let left = kustomize::apply_patches(&both, &patches[2..]).expect("it names its object");
    assert_eq!(left.iter().map(|(_, object)| name(object)).collect::<Vec<_>>(), ["cluster"]);
    let error = kustomize::apply_patches(&both, &patches[..1]).expect_err("it names none");
    assert!(error.message.contains("several objects"), "{}", error.message);
    let error = kustomize::apply_patches(&both[..1], &patches[2..]).expect_err("there is no such object");
    assert!(error.message.contains("there is no Image `other`"), "{}", error.message);
}
