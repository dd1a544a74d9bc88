//! The objects of each carrier, their destinations, and the places of their values.

use super::*;
use crate::kustomize::Tree;
use crate::model::Resource;
use crate::read::manifest::{Form, may_hold_ours};
use crate::source::FileId;
use crate::yaml::Node;
use std::sync::Arc;

const IMAGE: &str = "{apiVersion: config.openshift.io/v1, kind: Image, metadata: {name: cluster}, \
                     spec: {registrySources: {blockedRegistries: [bad.example]}}}";

fn documents(file: FileId, text: &str) -> Vec<Manifest> {
    let mut manifests = Vec::new();
    crate::yaml::parse(file, &text.into(), |parsed| {
        manifests.push(Manifest::new(Arc::new(parsed.expect(text)), 0, Form::Applied));
    });
    manifests
}

fn carried(text: &str) -> Vec<Carried> {
    let mut carried = unwrap(documents(FileId(0), text), &Tree::default());
    // The settings of a carrier are not an object.
    carried.retain(|carried| carried.settings.is_none());
    carried
}

/// `Image cluster to Here by List`, for everything of ours.
fn shown(carried: &[Carried]) -> Vec<String> {
    let ours = carried.iter().filter_map(|carried| {
        let resource = Resource::read(carried.manifest.clone(), carried.carrier.clone())?;
        let chain = carried.carrier.iter().flat_map(|carrier| carrier.chain());
        let by: Vec<&str> = chain.map(|carrier| carrier.kind.name()).collect();
        let form = if carried.manifest.form == Form::Template { " in branches" } else { "" };
        let (kind, name) = (&resource.identity().kind, resource.name());
        Some(format!("{kind} {name} to {:?} by {}{form}", carried.to, by.join(" in ")))
    });
    ours.collect()
}

/// The texts at which a value stands, one for each object.
fn places<'t>(text: &'t str, carried: &[Carried], value: &str) -> Vec<&'t str> {
    let nodes = carried.iter().filter_map(|carried| {
        let scalar = |node: &Node<'_>| node.kind() == crate::yaml::Kind::Scalar && node.text() == value;
        let node = carried.manifest.root().descendants().find(scalar)?;
        assert_eq!(node.span().file, FileId(0));
        Some(&text[node.span().range()])
    });
    nodes.collect()
}

fn check(text: &str, objects: &[&str], spans: &[&str]) {
    // The bytes are tested before a text is parsed.
    assert!(objects.is_empty() || may_hold_ours(text), "{text}");
    let carried = carried(text);
    assert_eq!(shown(&carried), objects, "{text}");
    assert_eq!(places(text, &carried, "bad.example"), spans, "{text}");
}

fn indented(text: &str, spaces: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{}{line}\n", " ".repeat(spaces))).collect();
    lines.concat()
}

/// [`IMAGE`] in lines.
const LINES: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                     registrySources:\n    blockedRegistries:\n    - \"bad.example\"\n";

#[test]
fn lists_and_templates_nest() {
    check(
        &format!(
            "apiVersion: v1\nkind: List\nitems:\n- {IMAGE}\n- {{apiVersion: v1, kind: List, items: [{IMAGE}, 5]}}\n"
        ),
        &["Image cluster to Here by List", "Image cluster to Here by List in List"],
        &["bad.example", "bad.example"],
    );
    let text = "apiVersion: template.openshift.io/v1\nkind: Template\nparameters:\n- {name: HOST, value: bad}\n\
                - {name: NONE}\n- {name: EMPTY, value: ''}\n- {name: FLAG, value: 'true'}\nobjects:\n\
                - apiVersion: config.openshift.io/v1\n  kind: Image\n  metadata: {name: cluster}\n  \
                spec: {registrySources: {blockedRegistries: [\"${HOST}.example\", 'a-${NONE}', \
                'b-${EMPTY}', '${{FLAG}}', '${UNKNOWN']}}\n";
    check(text, &["Image cluster to Here by Template"], &["\"${HOST}.example\""]);
    let carried = carried(text);
    let lists = carried[0].manifest.root().at(&["spec", "registrySources"]);
    let items = lists.and_then(|lists| lists.get("blockedRegistries")).expect("a list");
    let texts: Vec<&str> = items.items().map(Node::text).collect();
    assert_eq!(texts, ["bad.example", "a-${NONE}", "b-${EMPTY}", "true", "${UNKNOWN"]);
    assert_eq!(items.items().nth(3).map(Node::type_name), Some("boolean"));
}

#[test]
fn defaults_do_not_exhaust_memory() {
    let long = "x".repeat(1 << 20);
    let uses = "\"${A}\",".repeat(10_000);
    let text = format!(
        "apiVersion: v1\nkind: Template\nparameters: [{{name: A, value: {long}}}]\nobjects:\n\
         - {{apiVersion: config.openshift.io/v1, kind: Image, metadata: {{name: cluster}}, spec: [{uses}]}}\n"
    );
    let carried = carried(&text);
    let texts: usize = carried[0].manifest.document().all().map(|node| node.text().len()).sum();
    assert!(texts < 32 << 20, "{texts}");
}

#[test]
fn policies_go_where_placements_say() {
    let policy = format!(
        "apiVersion: policy.open-cluster-management.io/v1\nkind: Policy\nmetadata: {{name: p, namespace: n}}\nspec:\n  \
         policy-templates:\n  - objectDefinition:\n      apiVersion: policy.open-cluster-management.io/v1\n      \
         kind: ConfigurationPolicy\n      metadata: {{name: c}}\n      spec:\n        object-templates:\n        \
         - complianceType: musthave\n          objectDefinition: {IMAGE}\n        - complianceType: MustNotHave\n          \
         objectDefinition: {IMAGE}\n        - complianceType: musthave\n          objectDefinition: \
         {{apiVersion: config.openshift.io/v1, kind: Image}}\n"
    );
    let by = "by ConfigurationPolicy in Policy";
    check(&policy, &[&format!("Image cluster to Selection(\"Policy n/p\") {by}")], &["bad.example"]);
    let group = "apiVersion: policy.open-cluster-management.io/v1";
    let bound = format!(
        "{policy}---\n{group}\nkind: PlacementBinding\nmetadata: {{name: b, namespace: n}}\nplacementRef: \
         {{kind: PlacementRule, name: some}}\nsubjects: [{{kind: Policy, name: p}}]\n---\n{group}beta1\n\
         kind: PlacementBinding\nmetadata: {{name: c, namespace: n}}\nplacementRef: {{kind: Placement, name: all}}\n\
         subjects: [{{kind: PolicySet, name: s}}]\n---\n{group}beta1\nkind: PolicySet\n\
         metadata: {{name: s, namespace: n}}\nspec: {{policies: [p]}}\n---\n{group}\nkind: PlacementBinding\n\
         metadata: {{name: b, namespace: elsewhere}}\nplacementRef: {{kind: Placement, name: other}}\n\
         subjects: [{{kind: Policy, name: p}}]\n"
    );
    check(
        &bound,
        &[
            &format!("Image cluster to Selection(\"Placement n/all\") {by}"),
            &format!("Image cluster to Selection(\"PlacementRule n/some\") {by}"),
        ],
        &["bad.example", "bad.example"],
    );
    check(&policy.replace("spec:\n  policy", "spec:\n  disabled: true\n  policy"), &[], &[]);
}

#[test]
fn raw_templates_are_text() {
    let raw = |text: &str| {
        format!(
            "apiVersion: policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy\nmetadata: {{name: c}}\n\
             spec:\n  object-templates-raw: |\n{}",
            indented(text, 6)
        )
    };
    let entry = format!("- complianceType: musthave\n  objectDefinition:\n{}", indented(LINES, 4));
    let by = "by ConfigurationPolicy";
    check(&raw(&entry), &[&format!("Image cluster to Here {by}")], &["\"bad.example\""]);
    let branch = format!("# {{{{- if eq 1 2 }}}}\n{entry}# {{{{ end }}}}\n");
    check(&raw(&branch), &[&format!("Image cluster to Here {by} in branches")], &["\"bad.example\""]);
    let branch = format!("{{{{- if eq 1 2 }}}}\n{entry}{{{{ end }}}}\n");
    check(&raw(&branch), &[&format!("Image cluster to Here {by} in branches")], &["\"bad.example\""]);
    check(&raw(&format!("{{{{- if eq 1 2 }}}}\n{entry}")), &[], &[]);
}

#[test]
fn works_and_sync_sets_name_clusters() {
    let work = "apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\n";
    check(
        &format!(
            "{work}metadata: {{name: w, namespace: c1}}\nspec: {{workload: {{manifests: [{IMAGE}]}}}}\n"
        ),
        &["Image cluster to Cluster(\"c1\") by ManifestWork"],
        &["bad.example"],
    );
    check(
        &format!(
            "apiVersion: work.open-cluster-management.io/v1alpha1\nkind: ManifestWorkReplicaSet\nmetadata: \
             {{name: w, namespace: n}}\nspec:\n  placementRefs: [{{name: all}}]\n  manifestWorkTemplate:\n    \
             workload: {{manifests: [{IMAGE}]}}\n"
        ),
        &["Image cluster to Selection(\"Placement n/all\") by ManifestWorkReplicaSet"],
        &["bad.example"],
    );
    check(
        &format!(
            "apiVersion: hive.openshift.io/v1\nkind: SyncSet\nmetadata: {{name: s}}\nspec:\n  \
             clusterDeploymentRefs: [{{name: b}}, {{name: a}}]\n  resources: [{IMAGE}]\n"
        ),
        &["Image cluster to Cluster(\"a\") by SyncSet", "Image cluster to Cluster(\"b\") by SyncSet"],
        &["bad.example", "bad.example"],
    );
    check(
        &format!(
            "apiVersion: hive.openshift.io/v1\nkind: SelectorSyncSet\nmetadata: {{name: s}}\nspec:\n  \
             clusterDeploymentSelector: {{matchLabels: {{z: y}}, matchExpressions: \
             [{{key: a, operator: In, values: [c, b]}}]}}\n  resources: [{IMAGE}]\n"
        ),
        &["Image cluster to Selection(\"ClusterDeployments with a In (b, c), z=y\") by SelectorSyncSet"],
        &["bad.example"],
    );
}

#[test]
fn hosted_clusters_and_their_pools() {
    let hosted = "apiVersion: hypershift.openshift.io/v1beta1\nkind: HostedCluster\nmetadata: {name: guest, namespace: \
                  clusters}\nspec:\n  configuration:\n    image:\n      registrySources: {blockedRegistries: [bad.example]}\n  \
                  imageContentSources:\n  - {source: quay.io/a, mirrors: ['m.example/a', bad.example]}\n";
    let to = "to Cluster(\"guest\") by HostedCluster";
    check(
        hosted,
        &[&format!("Image cluster {to}"), &format!("ImageDigestMirrorSet cluster {to}")],
        &["bad.example", "bad.example"],
    );
    let found = carried(hosted);
    let root = found[0].manifest.root();
    assert_eq!(&hosted[root.get("kind").expect("a kind").span().range()], "image");
    assert!(hosted[root.span().range()].starts_with("image:\n"));

    let map = |namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m, namespace: {namespace}}}\ndata:\n  config: |\n{}  \
             other: |\n{}",
            indented(LINES, 4),
            indented(LINES, 4)
        )
    };
    let pool = |name: &str, cluster: &str| {
        format!(
            "---\napiVersion: hypershift.openshift.io/v1beta1\nkind: NodePool\nmetadata: {{name: {name}, namespace: a}}\n\
             spec: {{clusterName: {cluster}, config: [{{name: m}}]}}\n"
        )
    };
    let named = map("a") + &pool("one", "guest") + &pool("two", "guest") + &pool("three", "other");
    check(
        &named,
        &[
            "ConfigMap m to Here by ",
            "Image cluster to Cluster(\"guest\") by ConfigMap in NodePool",
            "Image cluster to Cluster(\"other\") by ConfigMap in NodePool",
        ],
        &["\"bad.example\"", "\"bad.example\""],
    );
    let unnamed = "Image cluster to Unknown by ConfigMap";
    check(
        &(map("b") + &pool("one", "guest")),
        &["ConfigMap m to Here by ", unnamed, unnamed],
        &["\"bad.example\"", "\"bad.example\""],
    );
}

#[test]
fn installations_make_mirror_sets() {
    let set = |to: &str, by: &str| format!("ImageDigestMirrorSet image-digest-mirror to {to} by {by}");
    let sources = "[{source: quay.io/a, mirrors: [bad.example], sourcePolicy: NeverContactSource, more: x}]";
    let install = format!(
        "apiVersion: v1\nbaseDomain: example.com\nmetadata: {{name: c1}}\nimageDigestSources: {sources}\n\
         imageContentSources: [{{source: a, mirrors: [b]}}]\n"
    );
    check(&install, &[&set("Cluster(\"c1\")", "install-config.yaml")], &["bad.example"]);
    let found = carried(&install);
    let resource = Resource::read(found[0].manifest.clone(), None).expect("a mirror set");
    assert!(resource.problems.is_empty(), "{:?}", resource.problems);
    let policy = found[0].manifest.root().descendants().find(|node| node.text() == "mirrorSourcePolicy");
    assert_eq!(&install[policy.expect("a policy").span().range()], "sourcePolicy");
    check(
        &format!(
            "apiVersion: v1beta1\nkind: ImageBasedInstallationConfig\nmetadata: {{name: x}}\nseedImage: a\n\
             imageDigestSources: {sources}\n"
        ),
        &[&set("Unknown", "ImageBasedInstallationConfig")],
        &["bad.example"],
    );

    // Go ignores the case of keys in JSON.
    let install = install.replace("imageDigestSources", "ImageDigestSources").replace("mirrors:", "Mirrors:");
    check(&install, &[&set("Cluster(\"c1\")", "install-config.yaml")], &["bad.example"]);

    let json = r#"{"imageContentSources":[{"source":"quay.io/a","mirrors":["bad.example"]}]}"#;
    let sites = format!(
        "apiVersion: ran.openshift.io/v1\nkind: SiteConfig\nmetadata: {{name: s, namespace: s}}\nspec:\n  clusters:\n  \
         - clusterName: c1\n    installConfigOverrides: '{json}'\n  - clusterName: c2\n    installConfigOverrides: \"{}\"\n",
        json.replace('"', "\\\"")
    );
    let escaped = sites.rsplit_once(": ").expect("a colon").1.trim_end();
    check(
        &sites,
        &[&set("Cluster(\"c1\")", "SiteConfig"), &set("Cluster(\"c2\")", "SiteConfig")],
        &["\"bad.example\"", escaped],
    );
    check(
        &format!(
            "apiVersion: extensions.hive.openshift.io/v1beta1\nkind: AgentClusterInstall\nmetadata:\n  name: x\n  \
             annotations:\n    agent-install.openshift.io/install-config-overrides: |\n      {json}\n\
             spec: {{clusterDeploymentRef: {{name: c1}}}}\n"
        ),
        &[&set("Cluster(\"c1\")", "AgentClusterInstall")],
        &["\"bad.example\""],
    );
    let instance = format!(
        "apiVersion: siteconfig.open-cluster-management.io/v1alpha1\nkind: ClusterInstance\nmetadata: \
         {{name: i, namespace: n}}\nspec:\n  clusterName: c1\n  installConfigOverrides: >-\n    {json}\n  \
         extraManifestsRefs: [{{name: m}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m, namespace: n}}\n\
         data:\n  any.yaml: |\n{}",
        indented(LINES, 4)
    );
    check(
        &instance,
        &[
            &set("Cluster(\"c1\")", "ClusterInstance"),
            "ConfigMap m to Here by ",
            "Image cluster to Cluster(\"c1\") by ConfigMap in ClusterInstance",
        ],
        &["\"bad.example\"", "\"bad.example\""],
    );
}

#[test]
fn texts_in_texts_keep_their_places() {
    let inner = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: b}}\ndata:\n  b: |\n{}",
        indented(LINES, 4)
    );
    let policy = format!(
        "apiVersion: policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy\nmetadata: {{name: c}}\nspec:\n  \
         object-templates-raw: |\n    - objectDefinition:\n{}",
        indented(&inner, 8)
    );
    check(
        &policy,
        &[
            "ConfigMap b to Here by ConfigurationPolicy",
            "Image cluster to Unknown by ConfigMap in ConfigurationPolicy",
        ],
        &["\"bad.example\""],
    );
    let windows = policy.replace('\n', "\r\n");
    assert_eq!(places(&windows, &carried(&windows), "bad.example"), ["\"bad.example\""]);
}

#[test]
fn generators_read_files() {
    let mut tree = Tree::default();
    let generator = "apiVersion: policy.open-cluster-management.io/v1\nkind: PolicyGenerator\nmetadata: {name: g}\n\
                     policyDefaults: {namespace: ns, placement: {placementName: all}}\npolicies:\n- name: p\n  manifests:\n  \
                     - path: image.yaml\n    patches:\n    - spec: {registrySources: {blockedRegistries: [new.example]}}\n  \
                     - path: ../elsewhere\n  - path: ../../outside\n- name: q\n  placement: {labelSelector: {matchLabels: \
                     {a: b}}}\n  manifests: [{path: root}]\n- name: r\n  complianceType: mustnothave\n  \
                     manifests: [{path: image.yaml}]\n";
    tree.insert("a/generator.yaml", FileId(0), generator);
    tree.insert("a/image.yaml", FileId(1), LINES);
    tree.insert("elsewhere/1.yaml", FileId(2), LINES);
    tree.insert("elsewhere/2.txt", FileId(3), LINES);
    tree.insert("elsewhere/below/3.yaml", FileId(4), LINES);
    tree.insert("a/root/kustomization.yaml", FileId(5), "resources: [image.yaml]");
    tree.insert("a/root/image.yaml", FileId(6), LINES);
    tree.insert("a/root/other.yaml", FileId(7), LINES);
    let found = unwrap(documents(FileId(0), generator), &tree);
    let all = "Image cluster to Selection(\"Placement ns/all\") by PolicyGenerator";
    assert_eq!(
        shown(&found),
        [all, all, "Image cluster to Selection(\"clusters with a=b\") by PolicyGenerator"]
    );
    let files: Vec<u32> = found.iter().map(|carried| carried.manifest.file().0).collect();
    assert_eq!(files, [1, 2, 6]);
    let patched = found[0].manifest.root().descendants().find(|node| node.text() == "new.example");
    let span = patched.expect("the patch").span();
    assert_eq!((span.file, &generator[span.range()]), (FileId(0), "new.example"));
}

#[test]
fn names_of_kinds_are_no_objects() {
    for text in [
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: images.config.openshift.io}\n\
         spec: {group: config.openshift.io, names: {kind: Image}}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n\
         rules: [{apiGroups: [config.openshift.io], resources: [images]}]\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  ownerReferences: \
         [{apiVersion: config.openshift.io/v1, kind: Image, name: cluster}]\n",
        "apiVersion: operator.openshift.io/v1\nkind: Thing\nmetadata: {name: a}\nstatus: {relatedObjects: \
         [{apiVersion: config.openshift.io/v1, kind: Image, metadata: {name: cluster}}]}\n",
        // A list of objects of another kind.
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: Image}}]\n",
    ] {
        check(text, &[], &[]);
    }
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    # kind: Image of config.openshift.io\n    \
               kind: Image\n    metadata: {name: cluster}\n    spec: {registrySources: {}}\n  b: '{{ .Image }} config.openshift.io'\n";
    check(map, &["ConfigMap a to Here by "], &[]);
}

#[test]
fn nesting_ends() {
    let mut text = IMAGE.to_owned();
    for _ in 0..40 {
        text = format!("{{apiVersion: v1, kind: List, items: [{text}]}}");
    }
    assert!(shown(&carried(&text)).is_empty());
    let clusters: Vec<String> = (0..1000).map(|number| format!("{{name: c{number}}},")).collect();
    let clusters = clusters.concat();
    let images = format!("{IMAGE},").repeat(200);
    let many = format!(
        "apiVersion: hive.openshift.io/v1\nkind: SyncSet\nmetadata: {{name: s}}\nspec:\n  \
         clusterDeploymentRefs: [{clusters}]\n  resources: [{images}]\n"
    );
    let found = carried(&many);
    assert_eq!(found.len(), 100_200);
}
