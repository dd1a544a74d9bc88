//! References follow the objects that steps rename or change.

use crate::repository::Repository;
use spanned_yaml::Node;

/// The text at a path in the object of this kind, in the build of `root`; empty if it is missing.
fn text_in(repository: &Repository, root: &str, kind: &str, path: &[&str]) -> String {
    let objects = repository.build(root).expect("a build");
    let object =
        objects.iter().find(|object| object.root().get_str("kind") == Some(kind)).expect("an object");
    let step = |node: Node<'_>, key: &&str| {
        let first = key.parse::<usize>().ok();
        let value = first.map_or_else(|| node.get(key), |at| node.items().nth(at));
        value.map(Node::index)
    };
    let mut at = 0;
    for key in path {
        let Some(next) = step(object.at(at), key) else { return String::new() };
        at = next;
    }
    object.at(at).text().to_owned()
}

const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robots}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: robot}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: here}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: here}
";

#[test]
fn a_subject_gets_the_namespace_of_an_account_that_a_step_touched() {
    const OPERATION: &str = r#"{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}"#;
    let patch = |kind: &str| {
        format!("resources: [objects.yaml]\npatches:\n- target: {{kind: {kind}}}\n  patch: '[{OPERATION}]'\n")
    };
    let repository = Repository::of(&[
        ("account/objects.yaml", BINDING),
        ("account/kustomization.yaml", &patch("ServiceAccount")),
        ("other/objects.yaml", BINDING),
        ("other/kustomization.yaml", &patch("ConfigMap")),
        ("none/objects.yaml", BINDING),
        ("none/kustomization.yaml", "resources: [objects.yaml]\n"),
    ]);
    let namespace =
        |root: &str| text_in(&repository, root, "ClusterRoleBinding", &["subjects", "0", "namespace"]);
    assert_eq!(["account", "other", "none"].map(namespace), ["here", "", ""]);
}

#[test]
fn an_untouched_object_does_not_keep_a_reference_from_following() {
    const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: settings}\n";
    const ACCOUNT: &str =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nimagePullSecrets: [{name: settings}]\n";
    let repository = Repository::of(&[
        ("renamed/secret.yaml", SECRET),
        ("renamed/kustomization.yaml", "resources: [secret.yaml]\nnamePrefix: new-\n"),
        ("root/account.yaml", ACCOUNT),
        ("root/secret.yaml", SECRET),
        ("root/kustomization.yaml", "resources: [account.yaml, secret.yaml, ../renamed]\n"),
        ("alone/account.yaml", ACCOUNT),
        ("alone/secret.yaml", SECRET),
        ("alone/kustomization.yaml", "resources: [account.yaml, secret.yaml]\n"),
    ]);
    let name = |root: &str| text_in(&repository, root, "ServiceAccount", &["imagePullSecrets", "0", "name"]);
    assert_eq!(["root", "alone"].map(name), ["new-settings", "settings"]);
}
