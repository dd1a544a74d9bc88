//! Small texts of which much is made: each kind pays from one budget, so that many of them together make no more than one.

use crate::command::{Scratch, command, out};
use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

type Files = Vec<(String, String)>;

const LIMIT: &str = "exceeds pullwarden's limit for a run";

fn set(name: &str, mirrors: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: {name}}}\nspec: {{imageDigestMirrors: \
         [{{source: quay.io/{name}, mirrors: {mirrors}}}]}}\n"
    )
}

fn sets(count: usize) -> String {
    (0..count)
        .fold(String::new(), |text, number| text + "---\n" + &set(&format!("s{number}"), "[m.example.com/a]"))
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line(number));
        text
    })
}

fn one(name: &str, text: impl Into<String>) -> Files {
    vec![(name.to_owned(), text.into())]
}

fn aliased_mirrors() -> Files {
    let mirrors: Vec<String> = (0..40).map(|number| format!("m{number}.example.com/a")).collect();
    let head = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  \
                imageDigestMirrors:\n";
    let first = format!("  - {{source: quay.io/a, mirrors: &m [{}]}}\n", mirrors.join(", "));
    one(
        "aliased.yaml",
        head.to_owned()
            + &first
            + &lines(60, |number| format!("  - {{source: quay.io/a{number}, mirrors: *m}}")),
    )
}

fn aliased_objects() -> Files {
    let mirrors: Vec<String> = (0..40).map(|number| format!("m{number}.example.com/a")).collect();
    let item = set("listed", &format!("[{}]", mirrors.join(", "))).replace('\n', "\n  ");
    let first = format!("apiVersion: v1\nkind: List\nitems:\n- &o\n  {}\n", item.trim_end());
    one("listed.yaml", first + &lines(60, |_| "- *o".into()))
}

fn policies() -> Files {
    let generator = "apiVersion: policy.open-cluster-management.io/v1\nkind: PolicyGenerator\nmetadata: {name: g}\npolicies:\n";
    let policies = lines(20, |number| format!("- {{name: p{number}, manifests: [{{path: in}}]}}"));
    vec![
        ("generator/g.yaml".into(), format!("{generator}{policies}")),
        ("generator/in/sets.yaml".into(), sets(10)),
    ]
}

fn built_policies() -> Files {
    let mut files = policies();
    let built = "resources: [sets.yaml]\nnamePrefix: x-\n";
    files.push(("generator/in/kustomization.yaml".into(), built.into()));
    files.into_iter().map(|(name, text)| (name.replace("generator/", "built/"), text)).collect()
}

fn applications() -> Files {
    let values: Vec<String> = (0..30).map(|number| format!("{{n: '{number}'}}")).collect();
    let (one, other) = (values.join(", "), values.join(", ").replace("n:", "m:"));
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: s}}\nspec:\n  generators:\n  - matrix:\n      \
         generators:\n      - list: {{elements: [{one}]}}\n      - list: {{elements: [{other}]}}\n  template:\n    metadata: {{name: \
         'a-{{{{n}}}}-{{{{m}}}}'}}\n    spec: {{source: {{repoURL: x, path: apps/in}}, destination: {{name: 'c{{{{n}}}}'}}}}\n"
    );
    vec![("apps/set.yaml".into(), text), ("apps/in/a.yaml".into(), set("in", "[m.example.com/a]"))]
}

/// The contents are as long as they look to the decoder: `%61` is one letter.
fn node_files() -> Files {
    let contents = "%0A".repeat(30_000);
    one(
        "node.yaml",
        lines(4, |number| {
            format!(
                "---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata: {{name: m{number}, labels: \
                 {{machineconfiguration.openshift.io/role: worker}}}}\nspec: {{config: {{storage: {{files: [{{path: \
                 /etc/containers/registries.conf.d/a{number}.conf, contents: {{source: \"data:,{contents}\"}}}}]}}}}}}"
            )
        }),
    )
}

fn doubled_bases() -> Files {
    let mut files = one("doubled/k0/sets.yaml", sets(4));
    files.push(("doubled/k0/kustomization.yaml".into(), "resources: [sets.yaml]\n".into()));
    for level in 1..7 {
        for side in ["a", "b"] {
            let text = format!("resources: [../k{}]\nnamePrefix: {side}\n", level - 1);
            files.push((format!("doubled/{side}{level}/kustomization.yaml"), text));
        }
        let text = format!("resources: [../a{level}, ../b{level}]\n");
        files.push((format!("doubled/k{level}/kustomization.yaml"), text));
    }
    files
}

fn overlays() -> Files {
    let mut files = one("overlays/base/sets.yaml", sets(5));
    files.push(("overlays/base/kustomization.yaml".into(), "resources: [sets.yaml]\n".into()));
    for number in 0..30 {
        let text = "resources: [../../base]\n".to_owned();
        files.push((format!("overlays/clusters/c{number}/kustomization.yaml"), text));
    }
    files
}

fn generated_config_maps() -> Files {
    let mut files = one("generated/base/ca.crt", "x".repeat(20_000));
    let base = "resources: [sets.yaml]\nconfigMapGenerator:\n- {name: ca, namespace: openshift-config, files: [ca.crt]}\n";
    files.push(("generated/base/kustomization.yaml".into(), base.into()));
    files.push(("generated/base/sets.yaml".into(), set("generated", "[m.example.com/a]")));
    for number in 0..30 {
        let text = "resources: [../../base]\nnamePrefix: x\n".to_owned();
        files.push((format!("generated/clusters/g{number}/kustomization.yaml"), text));
    }
    files
}

fn sync_sets() -> Files {
    let clusters: Vec<String> = (0..200).map(|number| format!("{{name: h{number}}}")).collect();
    let object = set("synced", "[m.example.com/a]").replace('\n', "\n    ");
    one(
        "sync.yaml",
        format!(
            "apiVersion: hive.openshift.io/v1\nkind: SyncSet\nmetadata: {{name: s, namespace: n}}\nspec:\n  clusterDeploymentRefs: \
             [{}]\n  resources:\n  - {}\n",
            clusters.join(", "),
            object.trim_end()
        ),
    )
}

/// Each object of Flux changes the same objects in its own way.
fn flux() -> Files {
    let objects = lines(20, |number| {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: f{number}, namespace: \
             flux-system}}\nspec: {{path: ./flux/in, prune: true, namePrefix: f{number}-, sourceRef: {{kind: GitRepository, name: \
             flux-system}}}}"
        )
    });
    vec![("flux/objects.yaml".into(), objects), ("flux/in/sets.yaml".into(), sets(20))]
}

/// A name, and what makes the files.
type Kind = (&'static str, fn() -> Files);

const KINDS: [Kind; 11] = [
    ("aliased-mirrors", aliased_mirrors),
    ("aliased-objects", aliased_objects),
    ("policies", policies),
    ("built-policies", built_policies),
    ("applications", applications),
    ("node-files", node_files),
    ("doubled-bases", doubled_bases),
    ("overlays", overlays),
    ("generated-config-maps", generated_config_maps),
    ("sync-sets", sync_sets),
    ("flux", flux),
];

/// The report of a check that may make so many bytes, and the most memory that it took, in kilobytes.
fn check(directory: &Path, bytes: u64) -> (String, usize) {
    check_on(directory, bytes, 2)
}

/// The same on so many threads.
fn check_on(directory: &Path, bytes: u64, threads: usize) -> (String, usize) {
    let mut child = command(directory, &["check", "--report", "json"])
        .env("PULLWARDEN_MAKES_AT_MOST", bytes.to_string())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        out.read_to_string(&mut said).map(|_| said)
    });
    let mut peak = 0;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now: Option<usize> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    let said = reader.join().expect("it ends").expect("UTF-8");
    assert!(code.is_some_and(|code| code < 2), "{said}");
    (said, peak)
}

fn scratch(name: &str, files: &Files) -> Scratch {
    let mut all = vec![(".git/HEAD", "")];
    all.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    Scratch::new(name, &all)
}

/// Only builds for tests can be told to make less.
#[test]
#[cfg(debug_assertions)]
fn each_kind_pays_from_the_budget_of_the_run() {
    for (name, files) in KINDS {
        let repository = scratch(&format!("amplified-{name}"), &files());
        let (said, _) = check(&repository.0, 64 << 10);
        assert!(said.contains(LIMIT), "{name}: {said}");
        let (said, _) = check(&repository.0, 64 << 20);
        assert!(!said.contains(LIMIT), "{name}: {said}");
    }
}

/// Each of them could be afforded, all of them together cannot.
#[test]
#[cfg(debug_assertions)]
fn all_kinds_together_make_no_more_than_one() {
    let files: Files = KINDS.iter().flat_map(|(_, files)| files()).collect();
    let repository = scratch("amplified-all", &files);
    let (said, peak) = check(&repository.0, 1 << 20);
    assert!(said.contains(LIMIT), "{said}");
    assert!(!cfg!(target_os = "linux") || (1..200_000).contains(&peak), "{peak} kB");
    let (again, _) = check(&repository.0, 1 << 20);
    assert_eq!(said, again, "every run leaves out the same");
    let (all, _) = check(&repository.0, 256 << 20);
    assert!(!all.contains(LIMIT), "{all}");
}

#[test]
#[cfg(debug_assertions)]
fn threads_do_not_decide_what_exceeds_the_budget() {
    for (name, files) in KINDS {
        let repository = scratch(&format!("amplified-threads-{name}"), &files());
        let (one, _) = check_on(&repository.0, 64 << 10, 1);
        for _ in 0..3 {
            let (many, _) = check_on(&repository.0, 64 << 10, 8);
            assert_eq!(one, many, "{name}");
        }
    }
}

#[test]
fn a_small_repository_is_far_from_the_budget() {
    let repository = scratch("amplified-none", &overlays());
    let output = command(&repository.0, &["check"]).output().expect("runs");
    assert!(!out(&output).contains(LIMIT));
}
