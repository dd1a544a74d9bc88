//! What can grow: a repository for each dimension, made for a number.

use std::fmt::Write;

/// Names and texts.
pub(crate) type Files = Vec<(String, String)>;

/// A name, the command, the number to begin with, and the repository for a number.
type Dimension = (&'static str, &'static str, usize, fn(usize) -> Files);

const CHECK: &str = "check -j 1";

/// All of them.
pub(crate) const DIMENSIONS: &[Dimension] = &[
    ("allowed list", CHECK, 25_000, |n| list("allowedRegistries", n)),
    ("blocked list", CHECK, 25_000, |n| list("blockedRegistries", n)),
    ("insecure list", CHECK, 25_000, |n| list("insecureRegistries", n)),
    ("search list", CHECK, 25_000, |n| list("containerRuntimeSearchRegistries", n)),
    ("nested list", CHECK, 25_000, |n| image(&entries("blockedRegistries", n, |i| format!("q.io/r{i}")))),
    ("equal entries of a list", CHECK, 25_000, |n| {
        image(&entries("allowedRegistries", n, |_| "q.io".into()))
    }),
    ("list with aliases", CHECK, 10_000, |n| {
        image(&entries("blockedRegistries", n, |i| {
            if i == 0 { "&a r.io".into() } else { format!("r{i}.io\n    - *a") }
        }))
    }),
    ("import list", CHECK, 25_000, |n| {
        one(&lines("kind: Image\nmetadata: {name: cluster}\nspec:\n  allowedRegistriesForImport:", n, |i| {
            format!("  - domainName: r{i}.io")
        }))
    }),
    ("mirrors of a source", CHECK, 25_000, |n| {
        one(&lines(&format!("{SET}  - source: q.io/r\n    mirrors:"), n, |i| format!("    - m{i}.io/r")))
    }),
    ("equal mirrors of a source", CHECK, 10_000, |n| {
        one(&lines(&format!("{SET}  - source: q.io/r\n    mirrors:"), n, |_| "    - m.io/r".into()))
    }),
    ("sources of a set", CHECK, 15_000, |n| one(&lines(SET.trim_end(), n, rule))),
    ("mirror sets", CHECK, 5_000, |n| one(&documents(n, set))),
    ("files", CHECK, 2_500, |n| (0..n).map(|i| (format!("a{i}.yaml"), object(&set(i)))).collect()),
    ("image policies and sources", CHECK, 4_000, |n| {
        let mut files = one(&lines(SET.trim_end(), n, rule));
        files.push(("b.yaml".into(), documents(n, policy)));
        files
    }),
    ("images and an allowlist", CHECK, 8_000, |n| {
        let mut files = list("allowedRegistries", n / 10);
        files.push(("b.yaml".into(), documents_of("v1", n, pod)));
        files
    }),
    ("literals of a generator", CHECK, 10_000, |n| {
        let head = "resources: [a.yaml]\nconfigMapGenerator:\n- name: ca\n  namespace: openshift-config\n  literals:";
        built(&lines(head, n, |i| format!("  - k{i}=v")), &set(0))
    }),
    ("strategic patches of an object", CHECK, 4_000, |n| {
        built(&lines("resources: [a.yaml]\npatches:", n, |i| patch(0, i)), &set(0))
    }),
    ("objects with a prefix", CHECK, 4_000, |n| {
        vec![
            ("kustomization.yaml".into(), "resources: [a.yaml]\nnamePrefix: x-\n".into()),
            ("a.yaml".into(), documents(n, set)),
        ]
    }),
    ("replacements", CHECK, 4_000, |n| {
        built(
            &lines("resources: [a.yaml]\nreplacements:", n, |i| {
                format!(
                    "- source: {{kind: ImageDigestMirrorSet, fieldPath: metadata.name}}\n  targets: [{{select: {{kind: \
                     ImageDigestMirrorSet}}, fieldPaths: [metadata.labels.l{i}], options: {{create: true}}}}]"
                )
            }),
            &set(0),
        )
    }),
    ("clusters of the configuration", CHECK, 2_000, |n| {
        configured(&lines("clusters:", n, |i| format!("  c{i}: [c/c{i}]")), n)
    }),
    ("ignores of the configuration", CHECK, 2_000, |n| {
        configured(
            &lines("ignore:", n, |i| format!("- {{rule: duplicate-mirror, path: c/c{i}/a.yaml, reason: x}}")),
            n,
        )
    }),
    ("equal globs", CHECK, 20_000, |n| configured(&lines("exclude:", n, |_| "- x/**".into()), 1)),
    ("clusters that share a base", CHECK, 1_000, |n| {
        let mut files = vec![
            ("base/a.yaml".into(), object(&set(0))),
            ("base/kustomization.yaml".into(), "resources: [a.yaml]\n".into()),
        ];
        let root = |i| (format!("clusters/c{i}/kustomization.yaml"), "resources: [../../base]\n".into());
        files.extend((0..n).map(root));
        files
    }),
    ("entries with a fix: fix", "fix -j 1", 4_000, |n| {
        one(&lines(SET.trim_end(), n, |i| format!("  - source: q.io/r{i}\n    mirrors: [m.io/r, m.io/r]")))
    }),
];

const SET: &str = "kind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  imageDigestMirrors:\n";

fn lines(head: &str, n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).fold(format!("{head}\n"), |mut text, i| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line(i));
        text
    })
}

fn object(text: &str) -> String {
    format!("apiVersion: config.openshift.io/v1\n{text}")
}

fn one(text: &str) -> Files {
    vec![("a.yaml".into(), object(text))]
}

fn documents(n: usize, text: impl Fn(usize) -> String) -> String {
    documents_of("config.openshift.io/v1", n, text)
}

fn documents_of(version: &str, n: usize, text: impl Fn(usize) -> String) -> String {
    lines("", n, |i| format!("---\napiVersion: {version}\n{}", text(i)))
}

fn entries(list: &str, n: usize, entry: impl Fn(usize) -> String) -> String {
    lines(&format!("  registrySources:\n    {list}:"), n, |i| format!("    - {}", entry(i)))
}

fn image(spec: &str) -> Files {
    one(&format!("kind: Image\nmetadata: {{name: cluster}}\nspec:\n{spec}"))
}

fn list(name: &str, n: usize) -> Files {
    if name == "containerRuntimeSearchRegistries" {
        return image(&lines(&format!("  registrySources:\n    {name}:"), n, |i| format!("    - r{i}.io")));
    }
    image(&entries(name, n, |i| format!("r{i}.io")))
}

fn rule(i: usize) -> String {
    format!("  - source: q.io/r{i}\n    mirrors: [m.io/r{i}]")
}

fn set(i: usize) -> String {
    format!("{}{}\n", SET.replace("name: a", &format!("name: a{i}")), rule(i))
}

fn policy(i: usize) -> String {
    format!(
        "kind: ClusterImagePolicy\nmetadata: {{name: p{i}}}\nspec: {{scopes: [q.io/r{i}], policy: {{rootOfTrust: {{policyType: \
         PublicKey, publicKey: {{keyData: YQ==}}}}}}}}"
    )
}

fn pod(i: usize) -> String {
    format!(
        "kind: Pod\nmetadata: {{name: p{i}}}\nspec: {{containers: [{{name: c, image: \"x{i}.io:80/a:b\"}}]}}"
    )
}

fn patch(name: usize, label: usize) -> String {
    format!(
        "- patch: \"{{apiVersion: config.openshift.io/v1, kind: ImageDigestMirrorSet, metadata: {{name: a{name}, labels: \
         {{l{label}: x}}}}}}\""
    )
}

fn built(kustomization: &str, text: &str) -> Files {
    vec![("kustomization.yaml".into(), kustomization.into()), ("a.yaml".into(), object(text))]
}

fn configured(configuration: &str, n: usize) -> Files {
    let text = object(&format!("{SET}  - source: q.io/r\n    mirrors: [m.io/a, m.io/a]\n"));
    let mut files: Files = (0..n).map(|i| (format!("c/c{i}/a.yaml"), text.clone())).collect();
    files.push((".pullwarden.yaml".into(), configuration.into()));
    files
}
