//! `docs/rollouts.md`: what the product's documentation says of drains and restarts, and what the nodes do.

use crate::generated::{assert_none, expect, root};
use crate::plans::{Change, image, mirrors};
use std::fmt::Write;
use std::fs;

const RELEASES: [&str; 6] = ["4.14", "4.16", "4.17", "4.18", "4.20", "4.22"];

const CREATE: &str = "If you create an IDMS or ICSP, the MCO does not drain or reboot the node.";
const DELETE: &str = "If you delete an ITMS, IDMS, or ICSP, the MCO drains and reboots the node.";
const MODIFY: &str = "If you modify an ITMS, IDMS, or ICSP, the MCO drains and reboots the node.";
const NO_RESTART: &str = "The MCO does not restart nodes when it detects changes.";
const CORDON: &str = "The MCO cordons the node; certain parameters result in drained nodes.";

/// A statement, and a change that it is about.
struct Row {
    says: &'static str,
    change: &'static str,
    old: String,
    new: String,
    /// What the nodes do, by release.
    does: [&'static str; 6],
}

#[expect(clippy::too_many_lines, reason = "one statement after the other")]
fn rows() -> Vec<Row> {
    let row = |says, change, old: &str, new: &str, does| Row {
        says,
        change,
        old: old.to_owned(),
        new: new.to_owned(),
        does,
    };
    let every = |outcome| [outcome; 6];
    let empty = image("");
    let digest = |list: &str| mirrors("ImageDigestMirrorSet", "m", "quay.io/acme", list) + &image("");
    let tag = |list: &str| mirrors("ImageTagMirrorSet", "t", "quay.io/acme", list) + &image("");
    let icsp = |list: &str| mirrors("ImageContentSourcePolicy", "i", "quay.io/acme", list) + &image("");
    let search = |list: &str| image(&format!("containerRuntimeSearchRegistries: [{list}]"));
    let allowed = |list: &str| image(&format!("allowedRegistries: [quay.io, registry.redhat.io{list}]"));
    let keys = |key: &str| {
        format!(
            "{empty}---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: 99-worker-ssh\n  labels: {{machineconfiguration.openshift.io/role: worker}}\nspec: {{config: {{passwd: {{users: [{{name: core, sshAuthorizedKeys: [{key}]}}]}}}}}}\n"
        )
    };
    let secret = |auth: &str| {
        format!(
            "{empty}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: pull-secret, namespace: openshift-config}}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{{\"auths\":{{\"quay.io\":{{\"auth\":\"{auth}\"}}}}}}'\n"
        )
    };
    let policy = |kind: &str, namespace: &str| {
        format!(
            "{empty}---\napiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata: {{name: signed{namespace}}}\nspec:\n  scopes: [registry.corp/acme]\n  policy:\n    rootOfTrust:\n      policyType: PublicKey\n      publicKey: {{keyData: LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K}}\n"
        )
    };
    vec![
        row(CREATE, "an IDMS is created", &empty, &digest("a.corp"), every("reload")),
        row(CREATE, "an ICSP is created", &empty, &icsp("a.corp"), every("reload")),
        row(
            "If you create an ITMS, the MCO drains and reboots the node.",
            "an ITMS is created",
            &empty,
            &tag("a.corp"),
            every("drain"),
        ),
        row(DELETE, "an IDMS is deleted", &digest("a.corp"), &empty, every("drain")),
        row(DELETE, "an ICSP is deleted", &icsp("a.corp"), &empty, every("drain")),
        row(DELETE, "an ITMS is deleted", &tag("a.corp"), &empty, every("drain")),
        row(
            DELETE,
            "an ICSP is deleted, and an IDMS has the same entries",
            &(icsp("a.corp") + &digest("a.corp")),
            &digest("a.corp"),
            every("none"),
        ),
        row(MODIFY, "an IDMS gets a mirror", &digest("a.corp"), &digest("a.corp, b.corp"), every("reload")),
        row(
            MODIFY,
            "the mirrors of an IDMS change places",
            &digest("a.corp, b.corp"),
            &digest("b.corp, a.corp"),
            every("reload"),
        ),
        row(MODIFY, "an IDMS loses a mirror", &digest("a.corp, b.corp"), &digest("a.corp"), every("drain")),
        row(MODIFY, "an ITMS gets a mirror", &tag("a.corp"), &tag("a.corp, b.corp"), every("drain")),
        row(
            "Migrating to IDMS objects does not require a cluster reboot.",
            "an ICSP becomes an IDMS with the same entries",
            &icsp("a.corp"),
            &digest("a.corp"),
            every("none"),
        ),
        row(NO_RESTART, "the search list is set", &empty, &search("a.corp"), every("reboot")),
        row(
            "The node drain does not happen for the addition of items to the unqualified-search-registries list.",
            "the search list gets a registry at its end",
            &search("a.corp"),
            &search("a.corp, b.corp"),
            every("reboot"),
        ),
        row(NO_RESTART, "the search list is removed", &search("a.corp"), &empty, every("reboot")),
        row(
            CORDON,
            "a registry is blocked",
            &empty,
            &image("blockedRegistries: [docker.io]"),
            every("drain"),
        ),
        row(
            CORDON,
            "a registry becomes insecure",
            &empty,
            &image("insecureRegistries: [a.corp]"),
            every("drain"),
        ),
        row(
            "Changes to the policy.json file do not require the node to drain.",
            "an allowed registry is added",
            &allowed(""),
            &allowed(", a.corp"),
            every("reload"),
        ),
        row(
            "Changes to the policy.json file do not require the node to drain.",
            "a blocklist replaces the allowlist",
            &allowed(""),
            &image("blockedRegistries: [docker.io]"),
            every("drain"),
        ),
        row(
            "The node drain does not happen for the addition of a registry with pull-from-mirror = \"digest-only\" for each mirror.",
            "an IDMS gets a source",
            &digest("a.corp"),
            &(digest("a.corp") + &mirrors("ImageDigestMirrorSet", "n", "ghcr.io/acme", "a.corp")),
            every("reload"),
        ),
        row(
            "(nothing)",
            "a ClusterImagePolicy is created",
            &empty,
            &policy("ClusterImagePolicy", ""),
            every("reload"),
        ),
        row(
            "(nothing)",
            "an ImagePolicy is created",
            &empty,
            &policy("ImagePolicy", ", namespace: shop"),
            ["reboot", "reboot", "reboot", "reload", "reload", "reload"],
        ),
        row(
            "Changes to the SSH key are applied without draining or rebooting the node.",
            "an SSH key changes",
            &keys("ssh-ed25519 AAAA a"),
            &keys("ssh-ed25519 BBBB b"),
            every("none"),
        ),
        row(
            "Changes to the global pull secret are applied without draining or rebooting the node.",
            "the global pull secret changes",
            &secret("cm9ib3Q6WGsyOWZMcThQelI0dEI3dw=="),
            &secret("cm9ib3Q6UXc4M25WZDVMbUsyc1k5Yw=="),
            every("none"),
        ),
    ]
}

#[test]
fn the_page_says_what_nodes_do() {
    let mut failures = Vec::new();
    let mut table = String::from("| the document says | the change |");
    for release in RELEASES {
        let _ = write!(table, " {release} |");
    }
    table.push_str("\n| --- | --- |");
    table.push_str(&" --- |".repeat(RELEASES.len()));
    table.push('\n');
    for row in rows() {
        let _ = write!(table, "| {} | {} |", row.says, row.change);
        for (openshift, due) in RELEASES.into_iter().zip(row.does) {
            let json = Change { openshift, ..Change::of(&row.old, &row.new) }.json();
            let outcome = json["outcome"].as_str().expect("an outcome");
            if outcome != due {
                failures.push(format!("{} on {openshift}: {outcome}, not {due}", row.change));
            }
            let _ = write!(table, " {outcome} |");
        }
        table.push('\n');
    }
    let path = root().join("docs/rollouts.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (head, rest) = page.split_once("<!-- table -->\n").expect("the start of the table");
    let (_, tail) = rest.split_once("<!-- end of table -->\n").expect("the end of the table");
    let wanted = format!("{head}<!-- table -->\n{table}<!-- end of table -->\n{tail}");
    expect(&path, &wanted, &mut failures);
    assert_none(&failures, "what the page says of rollouts");
}
