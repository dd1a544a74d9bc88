//! What `MachineConfig`s write onto nodes, and what workloads are judged by then.

use crate::harness::{Repository, Run};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const MIRRORS: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: acme\nspec:\n  \
                       imageDigestMirrors:\n  - source: quay.io/acme\n    mirrorSourcePolicy: NeverContactSource\n    \
                       mirrors:\n    - mirror.corp.example/acme\n";
const WORKLOAD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n  namespace: a\nspec:\n  containers:\n  - name: \
                        app\n    image: quay.io/acme/app:1\n";

fn butane(role: &str, name: &str, text: &str) -> String {
    let text = text.lines().fold(String::new(), |text, line| text + "        " + line + "\n");
    format!(
        "variant: openshift\nversion: 4.20.0\nmetadata:\n  name: 99-{role}-files\n  labels:\n    \
         machineconfiguration.openshift.io/role: {role}\nstorage:\n  files:\n  - path: \
         /etc/containers/registries.conf.d/{name}\n    contents:\n      inline: |\n{text}"
    )
}

/// The messages of one rule about a cluster with these objects.
fn messages(rule: &'static str, objects: &[&str]) -> Vec<String> {
    let text = objects.join("---\n");
    let files = vec![
        (".pullwarden.yaml".to_owned(), b"clusters:\n  prod: [\"*.yaml\"]\n".to_vec()),
        ("all.yaml".to_owned(), text.into_bytes()),
    ];
    let checked = Repository { files, ..Repository::default() }.check(Run::Only(rule));
    checked.report.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect()
}

#[test]
fn workloads_are_judged_by_what_all_pools_do() {
    let tags = "[[registry]]\nlocation = \"quay.io/acme\"\n[[registry.mirror]]\nlocation = \"tags.corp.example/acme\"\n";
    let worker = butane("worker", "50.conf", tags);
    let master = butane("master", "50.conf", tags);
    let wrong = butane("worker", "60.conf", "[[registry.mirror]]\n");
    let remote = worker.split("      inline").next().expect("a text").to_owned() + "      local: a.conf\n";
    let blocked = butane("worker", "50.conf", "[[registry]]\nlocation = \"quay.io/acme\"\nblocked = true\n");
    let also = butane("master", "50.conf", "[[registry]]\nlocation = \"quay.io/acme\"\nblocked = true\n");
    let unreachable = |objects: &[&str]| messages("image-unreachable", objects).len();
    assert_eq!(
        unreachable(&[MIRRORS, WORKLOAD]),
        1,
        "a source that is never contacted, and no mirror for tags"
    );
    assert_eq!(unreachable(&[MIRRORS, WORKLOAD, &worker, &master]), 0, "all nodes have a mirror for tags");
    assert_eq!(unreachable(&[MIRRORS, WORKLOAD, &worker]), 0, "worker nodes have one");
    assert_eq!(unreachable(&[MIRRORS, WORKLOAD, &remote]), 0, "nobody knows what worker nodes have");
    assert_eq!(unreachable(&[MIRRORS, WORKLOAD, &wrong]), 0, "worker nodes load nothing");
    assert_eq!(unreachable(&[WORKLOAD, &blocked, &also, MIRRORS]), 1, "all nodes block it");
}

#[test]
fn a_registry_that_the_policy_refuses_is_refused_in_all_pools() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                 allowedRegistries:\n    - quay.io/openshift-release-dev\n";
    let worker = butane("worker", "50.conf", "[[registry]]\nlocation = \"quay.io/acme\"\nblocked = true\n");
    assert_eq!(
        messages("image-not-allowed", &[image, WORKLOAD, &worker]),
        ["`quay.io/acme/app:1` is not allowed"]
    );
}

#[test]
fn a_pool_of_ones_own_takes_the_files_of_worker() {
    let same = "[[registry]]\nlocation = \"quay.io/acme\"\n";
    let worker = butane("worker", "50.conf", same);
    let infra = butane("infra", "60.conf", "[[registry]]\nlocation = \"quay.io/other\"\n");
    let said = messages("overriding-drop-in", &[MIRRORS, &worker, &infra]);
    assert_eq!(
        said,
        ["`50.conf` replaces the mirrors of `quay.io/acme` and unblocks it on `infra` and `worker` nodes"]
    );
    let wrong = butane("worker", "70.conf", "[[registry.mirror]]\n");
    let said = messages("unloadable-drop-in", &[MIRRORS, &infra, &wrong]);
    let what = "`70.conf` does not load on `infra` and `worker` nodes: `[[registry.mirror]]` has no `[[registry]]` before it";
    assert_eq!(said, [what]);
}

#[test]
fn a_place_is_the_line_of_the_block_and_else_the_line_of_the_file() {
    let inline = butane("worker", "50.conf", "# mirrors\n[[registry]]\nlocation = 'https://quay.io'\n");
    let encoded = inline.replace(
        "inline: |\n        # mirrors\n        [[registry]]\n        location = 'https://quay.io'",
        "source: data:,%5B%5Bregistry%5D%5D%0Alocation%3D'https://quay.io'",
    );
    for (object, line, said) in [(&inline, 14, ""), (&encoded, 11, " (line 2 of the file)")] {
        let files = vec![("all.yaml".to_owned(), format!("{object}---\n{MIRRORS}").into_bytes())];
        let checked = Repository { files, ..Repository::default() }.check(Run::Only("unloadable-drop-in"));
        let [diagnostic] = &checked.report.diagnostics[..] else { panic!("{object}") };
        let source = checked.sources.get(diagnostic.span.file).expect("a file");
        assert_eq!(source.position(diagnostic.span.start).line, line, "{object}");
        assert!(
            diagnostic.message.ends_with(&format!("`https://quay.io` has a scheme{said}")),
            "{}",
            diagnostic.message
        );
    }
}

#[test]
fn a_file_that_is_too_large_is_reported_once() {
    let text = "#".repeat(1 << 20) + "#";
    let said = messages("unreadable-file", &[MIRRORS, &butane("worker", "50.conf", &text)]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("exceed pullwarden's limit of 1 MiB"), "{said:?}");
    let many: Vec<String> = (0..80).map(|number| zipped(&format!("{number}.conf"))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let said = messages("unreadable-file", &many);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("exceed pullwarden's limit of 64 MiB in one run"), "{said:?}");
}

#[test]
fn mirrors_of_an_installation_are_those_of_the_cluster() {
    let install = "apiVersion: extensions.hive.openshift.io/v1beta1\nkind: AgentClusterInstall\nmetadata:\n  name: sno\n  \
                   namespace: sno\nspec:\n  clusterDeploymentRef: {name: sno}\n  mirrorRegistryRef: {name: mirrors, \
                   namespace: hub}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mirrors\n  namespace: hub\ndata:\n  registries.conf: |\n    \
               [[registry]]\n    location = \"quay.io/acme\"\n    [[registry.mirror]]\n    location = \
               \"mirror.corp.example/Acme\"\n    [[registry.mirror]]\n    location = \"mirror.corp.example/tags\"\n    \
               pull-from-mirror = \"tag-only\"\n";
    let check = |objects: &[&str], rule| {
        let files = vec![("all.yaml".to_owned(), objects.join("---\n").into_bytes())];
        Repository { files, ..Repository::default() }.check(Run::Only(rule))
    };
    let checked = check(&[install, map], "invalid-mirror");
    let [diagnostic] = &checked.report.diagnostics[..] else { panic!("{:?}", checked.report.diagnostics) };
    let source = checked.sources.get(diagnostic.span.file).expect("a file");
    assert_eq!(&source.text[diagnostic.span.range()], "\"mirror.corp.example/Acme\"");
    assert!(diagnostic.fix.is_none(), "no edit of YAML fits TOML");
    for (overrides, is_replaced) in [
        (r#"{"imageDigestSources":[]}"#, true),
        (r#"{"ImageDigestSources":[]}"#, true),
        (r#"{"networking":{"networkType":"imageDigestSources"}}"#, false),
        (r#"{"networking":{"imageDigestSources":[]}}"#, false),
    ] {
        let annotation = format!(
            "metadata:\n  annotations:\n    agent-install.openshift.io/install-config-overrides: '{overrides}'\n"
        );
        let install = install.replace("metadata:\n", &annotation);
        let said = check(&[&install, map], "invalid-mirror").report.diagnostics;
        assert_eq!(said.is_empty(), is_replaced, "whether {overrides} replaces them");
    }
    let elsewhere = map.replace("namespace: hub", "namespace: other");
    assert!(
        check(&[install, &elsewhere], "invalid-mirror").report.diagnostics.is_empty(),
        "it is another one"
    );
}

/// A drop-in of a mebibyte in a kilobyte.
fn zipped(name: &str) -> String {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&vec![b'#'; 1 << 20]).expect("memory");
    let url = format!("data:;base64,{}", BASE64_STANDARD.encode(zip.finish().expect("memory")));
    butane("worker", name, "").replace("inline: |", &format!("compression: gzip\n      source: {url}"))
}
