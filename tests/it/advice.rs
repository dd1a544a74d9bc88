//! Advice is never what the cluster refuses, nor what the next run refuses.

use crate::harness::{Repository, Run};
use pullwarden::rules::rule::Preset;

fn repository(files: &[(&str, &str)]) -> Repository {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    Repository { files, ..Repository::default() }
}

/// Everything that a check says, by rule: help, titles of fixes and related places.
fn said(repository: &Repository) -> Vec<(&'static str, String)> {
    let checked = repository.check(Run::Preset(Preset::Strict));
    let said = |diagnostic: &&pullwarden::check::diagnostic::Diagnostic| {
        let fix = diagnostic.fix.as_ref().map(|fix| fix.title.clone()).unwrap_or_default();
        (diagnostic.rule.id, format!("{} {fix}", diagnostic.help.clone().unwrap_or_default()))
    };
    checked.open().iter().map(said).collect()
}

fn help(repository: &Repository, rule: &str) -> String {
    let said = said(repository);
    let of_rule: Vec<_> = said.iter().filter(|(id, _)| *id == rule).map(|(_, help)| help.as_str()).collect();
    assert!(!of_rule.is_empty(), "{rule} is silent: {said:?}");
    of_rule.join("\n")
}

const CONFIGURED: (&str, &str) = (".pullwarden.yaml", "clusters:\n  prod: [clusters/prod]\n");

/// What a hosted cluster may be told: its `HostedCluster` is where everything goes.
const HOSTED: &str = "
apiVersion: hypershift.openshift.io/v1beta1
kind: HostedCluster
metadata: {name: prod, namespace: clusters}
spec:
  configuration:
    image:
      additionalTrustedCA: {name: registry-cas}
      registrySources:
        insecureRegistries: [quay.io, registry.acme.com]
  imageContentSources:
  - source: docker.io
    mirrors: [cache.corp.example]
  - source: ghcr.io
    mirrors: [cache.corp.example/ghcr]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      imagePullSecrets: [{name: login}]
      containers:
      - {name: web, image: 'docker.io/acme/web:1'}
      - {name: log, image: 'docker.io/acme/log@sha256:2222222222222222222222222222222222222222222222222222222222222222'}
---
apiVersion: operator.openshift.io/v1alpha1
kind: ImageContentSourcePolicy
metadata: {name: older}
spec:
  repositoryDigestMirrors:
  - {source: quay.io/other, mirrors: [cache.corp.example/other]}
---
apiVersion: config.openshift.io/v1
kind: ImageContentPolicy
metadata: {name: old}
spec:
  repositoryDigestMirrors:
  - {source: quay.io/acme, mirrors: [cache.corp.example/acme], allowMirrorByTags: true}
";

#[test]
fn a_hosted_cluster_is_told_nothing_that_it_refuses() {
    let repository = repository(&[CONFIGURED, ("clusters/prod/all.yaml", HOSTED)]);
    let said = said(&repository);
    for rule in
        ["tag-bypasses-digest-mirror", "project-pull-secret", "dead-mirror-kind", "insecure-public-registry"]
    {
        assert!(said.iter().any(|(id, _)| *id == rule), "{rule} is silent: {said:?}");
    }
    for (rule, text) in said {
        for refused in [
            "ImageTagMirrorSet",
            "ImageDigestMirrorSet",
            "ImageContentSourcePolicy",
            "CRIOCredentialProviderConfig",
            "Image `cluster`",
            "`additionalTrustedCA`",
            "`openshift-config`",
        ] {
            assert!(!text.contains(refused), "{rule} advises {refused}: {text}");
        }
    }
}

#[test]
fn other_clusters_are_told_of_mirrors_for_tags() {
    let plain = "
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: hub}
spec:
  imageDigestMirrors:
  - {source: docker.io, mirrors: [cache.corp.example]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: 'docker.io/acme/web:1'}]
";
    let repository = repository(&[("all.yaml", plain)]);
    assert!(help(&repository, "tag-bypasses-digest-mirror").contains("ImageTagMirrorSet"));
}

fn short(lists: &str, image: &str) -> Repository {
    let text = format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources: \
         {lists}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers: [{{name: web, image: \
         '{image}'}}]\n"
    );
    repository(&[("all.yaml", &text)])
}

#[test]
fn the_name_that_is_advised_is_one_that_the_next_run_takes() {
    for lists in [
        "{}",
        "{allowedRegistries: [quay.io, registry.access.redhat.com]}",
        "{allowedRegistries: [quay.io, docker.io/library]}",
        "{blockedRegistries: [docker.io]}",
        "{blockedRegistries: [registry.access.redhat.com]}",
        "{containerRuntimeSearchRegistries: [docker.io, a.example, b.example], blockedRegistries: [docker.io, a.example]}",
    ] {
        for image in ["nginx:1.27", "library/web", "Nginx"] {
            let said = help(&short(lists, image), "short-name-image");
            let Some(advice) = said.split('`').nth(1).filter(|_| said.starts_with("write `")) else {
                assert!(
                    said.starts_with("decide ") || said.starts_with("write the registry"),
                    "{lists} {image}: {said}"
                );
                continue;
            };
            let next = short(lists, advice).check(Run::Preset(Preset::Strict));
            let refused =
                ["image-not-allowed", "image-unreachable", "short-name-image", "invalid-image-name"];
            let next: Vec<_> = next
                .open()
                .iter()
                .filter(|d| refused.contains(&d.rule.id))
                .map(|d| &d.message)
                .cloned()
                .collect();
            assert!(next.is_empty(), "{lists} {image}: {said}: {next:?}");
        }
    }
}

#[test]
fn no_registry_is_proposed_where_none_is_allowed() {
    let said = help(&short("{allowedRegistries: [quay.io]}", "nginx:1.27"), "short-name-image");
    assert!(said.starts_with("write the registry before the name"), "{said}");
    assert!(!said.contains("docker.io/library"), "{said}");
}

#[test]
fn a_new_name_of_a_kustomization_is_advised_without_the_tag() {
    let repository = repository(&[
        (
            "kustomization.yaml",
            "resources: [all.yaml]\nimages:\n- {name: web, newName: shop/web, newTag: '7'}\n",
        ),
        (
            "all.yaml",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources: \
             {blockedRegistries: [docker.io]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: \
             [{name: web, image: web}]\n",
        ),
    ]);
    let said = help(&repository, "short-name-image");
    assert!(said.starts_with("write `registry.access.redhat.com/shop/web` in place of `shop/web`"), "{said}");
}

#[test]
fn a_new_name_that_is_none_is_advised_without_the_tag() {
    let repository = repository(&[
        (
            "kustomization.yaml",
            "resources: [all.yaml]\nimages:\n- {name: web, newName: quay.io/Shop/web, newTag: '7'}\n",
        ),
        (
            "all.yaml",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n---\napiVersion: \
             v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: web}]\n",
        ),
    ]);
    let said = help(&repository, "invalid-image-name");
    assert!(said.starts_with("write `quay.io/shop/web`; "), "{said}");
}

#[test]
fn the_kinds_beside_image_configuration_are_read_wherever_it_is() {
    let pins = |indent: &str| {
        let text = "apiVersion: machineconfiguration.openshift.io/v1\nkind: PinnedImageSet\nmetadata: {name: \
                    pins}\nspec:\n  pinnedImages:\n  - name: quay.io/acme/app:1\n";
        text.lines().map(|line| [indent, line, "\n"].concat()).collect::<String>()
    };
    let object = pins("      ").replacen("      apiVersion", "    - apiVersion", 1);
    let repositories = [
        vec![("a.yaml", pins(""))],
        vec![("a.json", "{\"apiVersion\":\"machineconfiguration.openshift.io/v1\",\"kind\":\"PinnedImageSet\",\"spec\":{\"pinnedImages\":[{\"name\":\"quay.io/acme/app:1\"}]}}".to_owned())],
        vec![("a.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{}", object.replace("    - ", "- ").replace("      ", "  ")))],
        vec![("kustomization.yaml", "resources: [base]\n".to_owned()), ("base/kustomization.yaml", "resources: [a.yaml]\n".to_owned()), ("base/a.yaml", pins(""))],
        vec![("a.yaml", format!("apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nmetadata: {{name: a, namespace: prod}}\nspec:\n  workload:\n    manifests:\n{object}"))],
        vec![("a.yaml", format!("apiVersion: hive.openshift.io/v1\nkind: SyncSet\nmetadata: {{name: a}}\nspec:\n  clusterDeploymentRefs: [{{name: prod}}]\n  resources:\n{}", object.replacen("    - ", "  - ", 1).replace("      ", "    ")))],
    ];
    for files in repositories {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let checked = repository(&files).check(Run::Only("unpullable-pinned-image"));
        assert_eq!(checked.open().len(), 1, "{files:?}");
        assert_eq!(checked.report.checked.resources, 0, "it is no image configuration: {files:?}");
    }
}

#[test]
fn the_first_release_that_enforces_is_named_where_it_may_be_meant() {
    let said = |release: Option<&str>| {
        let mut repository = short("{}", "nginx");
        repository.openshift = release.map(str::to_owned);
        help(&repository, "short-name-image")
    };
    assert!(said(None).contains("4.21.0") && said(Some("4.21")).contains("4.21.0"));
    assert!(!said(Some("4.20")).contains("4.21.0") && !said(Some("5.1")).contains("4.21.0"));
}

/// What a help may begin with: what to do.
const ORDERS: [&str; 49] = [
    "add", "allow", "bring", "block", "call", "change", "check", "copy", "correct", "decide", "get", "give",
    "install", "keep", "leave", "let", "list", "make", "merge", "mirror", "move", "name", "pass", "pin",
    "put", "raise", "remove", "rename", "repeat", "replace", "report", "revoke", "run", "search", "select",
    "separate", "set", "start", "take", "trust", "unblock", "update", "use", "wait", "write", "choose",
    "convert", "commit", "fix",
];

/// Rules whose help begins with something else, and why.
const NO_ORDER: [(&str, &str); 3] = [
    ("invalid-setting", "it names the values that there are"),
    ("unknown-key", "it asks whether another key was meant"),
    ("unknown-rule", "it asks whether another rule was meant"),
];

#[test]
fn help_begins_with_what_to_do() {
    let mut others: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    for fixture in crate::rules::fixtures().0 {
        for diagnostic in fixture.repository.check(Run::Only(fixture.rule)).open() {
            let help = diagnostic.help.clone().unwrap_or_default();
            let first = help.split(' ').next().unwrap_or_default();
            let is_excused = NO_ORDER.iter().any(|(rule, _)| *rule == diagnostic.rule.id);
            if !first.is_empty() && !ORDERS.contains(&first) && !is_excused {
                others.insert(diagnostic.rule.id, help);
            }
        }
    }
    let others: Vec<String> = others.into_iter().map(|(rule, help)| format!("{rule}: {help}")).collect();
    crate::generated::assert_none(&others, "helps that begin with something else");
}

/// A repository without a finding that weighs anything.
const CLEAN: &str = "
apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  allowedRegistriesForImport:
  - domainName: quay.io
  - domainName: registry.redhat.io
  - domainName: registry.access.redhat.com
  registrySources:
    allowedRegistries:
    - quay.io
    - registry.redhat.io
    - image-registry.openshift-image-registry.svc:5000
    - registry.corp.example:5000
    - ghcr.io/acme
    insecureRegistries:
    - registry.corp.example:5000
    containerRuntimeSearchRegistries:
    - registry.corp.example:5000
---
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: acme
spec:
  imageDigestMirrors:
  - source: ghcr.io/acme
    mirrors:
    - registry.corp.example:5000/acme
    - registry.corp.example:5000/acme-2
    mirrorSourcePolicy: AllowContactingSource
";

/// What a typo may be reported as beside its own finding, and why.
const MORE_THAN_ONE: [(&str, &str, &str); 7] = [
    ("in upper case", "mirror-registry-not-allowed", UPPER),
    ("in upper case", "payload-registry-not-allowed", UPPER),
    ("in upper case", "internal-registry-not-allowed", UPPER),
    ("in upper case", "insecure-registry-not-allowed", UPPER),
    ("in upper case", "search-registry-not-allowed", UPPER),
    ("in upper case", "mirrored-source-not-allowed", UPPER),
    (
        "without a letter",
        "search-registry-not-allowed",
        "the name is one of another registry, and two lists name the right one",
    ),
];
const UPPER: &str = "the API server takes the name, and only this finding tells what nodes refuse then";

/// Makes a typo of a name.
type Typo = fn(&str) -> String;

#[test]
fn one_typo_is_one_finding() {
    let typos: [(&str, Typo); 7] = [
        ("with a blank", |name| format!("\"{name} \"")),
        ("with a blank before it", |name| format!("\" {name}\"")),
        ("in upper case", |name| name[..1].to_uppercase() + &name[1..]),
        ("without a letter", |name| name[..2].to_owned() + &name[3..]),
        ("as a list", |name| format!("[{name}]")),
        ("with a slash", |name| format!("{name}/")),
        ("with a scheme", |name| format!("https://{name}")),
    ];
    let found = |text: &str| {
        let mut repository = repository(&[("all.yaml", text)]);
        repository.openshift = Some("5.0".to_owned());
        let checked = repository.check(Run::Preset(Preset::Recommended));
        checked.open().iter().map(|found| found.rule.id).collect::<Vec<_>>()
    };
    assert_eq!(found(CLEAN), Vec::<&str>::new());
    let lines: Vec<&str> = CLEAN.lines().collect();
    let (mut tried, mut failures) = (0, Vec::new());
    for (number, line) in lines.iter().enumerate() {
        let at = line.rfind(' ').map_or(0, |at| at + 1);
        if line.ends_with(':')
            || line.len() < at + 4
            || line.starts_with("apiVersion")
            || line.starts_with("kind")
        {
            continue;
        }
        for (what, typo) in typos {
            let changed = line[..at].to_owned() + &typo(&line[at..]);
            let text: Vec<&str> = lines
                .iter()
                .enumerate()
                .map(|(other, line)| if other == number { &changed } else { *line })
                .collect();
            let mut rules = found(&text.join("\n"));
            rules.retain(|rule| !MORE_THAN_ONE.iter().any(|(typo, other, _)| *typo == what && other == rule));
            tried += 1;
            if rules.len() > 1 {
                failures.push(format!("`{}` {what}: {rules:?}", line.trim()));
            }
        }
    }
    assert!(tried > 80, "{tried} typos");
    crate::generated::assert_none(&failures, "typos with more than one finding");
}
