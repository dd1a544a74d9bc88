//! What commands of the configuration print takes the place of the directories that they render: when they are run,
//! what becomes of them, and where the values of what they print are said to stand.
#![cfg(unix)]

use crate::command::{GOOD, Scratch, err, out, pullwarden};
use crate::generated;
use serde_json::Value;
use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

const HEAD: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: corp\nspec:\n  imageDigestMirrors:\n";

/// A template, and the script that fills it in as Helm would.
const TEMPLATE: &str = "  - source: {{ .Values.source }}\n    mirrors: [https://m.example/corp]\n";
const FILL_IN: &str = "[sh, -c, \"sed s_{{.*source.}}_https://quay.io/corp_ templates/idms.yaml\"]";

/// A chart, and the configuration with an entry of `render:`.
fn chart(name: &str, entry: &str) -> Scratch {
    let configuration =
        format!("clusters:\n  prod:\n    openshift: \"4.16\"\nrender:\n- root: chart\n  {entry}\n");
    Scratch::new(
        name,
        &[
            (".git/HEAD", ""),
            (".pullwarden.yaml", &configuration),
            ("chart/Chart.yaml", "name: corp\n"),
            ("chart/values.yaml", "# https://quay.io/corp\nsource: https://quay.io/corp\n"),
            ("chart/values-edge.yaml", "source: https://quay.io/corp\n"),
            ("chart/templates/idms.yaml", &format!("{HEAD}{TEMPLATE}")),
        ],
    )
}

/// The rule, the file and the line of everything that is reported, and the whole report.
fn report(scratch: &Scratch, args: &[&str]) -> (Vec<(String, String, u64)>, Value) {
    let output = pullwarden(&scratch.0, &[&["check", "--report", "json"], args].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(&output)));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let found = report["diagnostics"].as_array().expect("a list").iter().map(|diagnostic| {
        let line = diagnostic["region"]["start"]["line"].as_u64().expect("a line");
        (text(&diagnostic["rule"]), text(&diagnostic["file"]), line)
    });
    (found.collect(), report)
}

fn found(scratch: &Scratch, args: &[&str]) -> Vec<(String, String, u64)> {
    report(scratch, args).0
}

fn said<'s>(rule: &'s str, file: &'s str, line: u64) -> (String, String, u64) {
    (rule.to_owned(), file.to_owned(), line)
}

/// What is said of a command that did not work.
fn failure(scratch: &Scratch) -> String {
    let (found, report) = report(scratch, &["--allow-exec"]);
    assert!(found.iter().any(|(rule, ..)| rule == "failed-render"), "{found:?}");
    let failed = report["diagnostics"].as_array().expect("a list").iter();
    let failed = failed.filter(|diagnostic| diagnostic["rule"] == "failed-render");
    failed.map(|one| format!("{}; {}", one["message"], one["help"])).collect::<Vec<_>>().concat()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn nothing_is_run_unless_the_command_line_says_so() {
    let repo = chart("render-not-allowed", "command: [touch, was-here]");
    for args in [
        &["check"][..],
        &["fix"],
        &["fix", "--write"],
        &["baseline", "-o", "b.json"],
        &["render"],
        &["resolve", "quay.io/a/b"],
        &["clusters", "--objects", "chart"],
        &["init", "--stdout"],
    ] {
        let output = pullwarden(&repo.0, args);
        assert!(!repo.0.join("chart/was-here").exists(), "{args:?} {}", err(&output));
    }
    assert_eq!(found(&repo, &[]), [said("render-not-allowed", ".pullwarden.yaml", 6)]);
    let seen = out(&pullwarden(&repo.0, &["render"]));
    assert!(seen.contains("`touch` is not run here"), "{seen}");
    for args in [&["check", "--allow-exec"][..], &["fix", "--allow-exec"], &["render", "--allow-exec"]] {
        let _ = fs::remove_file(repo.0.join("chart/was-here"));
        pullwarden(&repo.0, args);
        assert!(repo.0.join("chart/was-here").exists(), "{args:?}");
    }
}

#[test]
fn values_stand_where_they_come_from() {
    let repo = chart("render-places", &format!("command: {FILL_IN}\n  cluster: prod"));
    let expected = [
        said("invalid-mirror", "chart/templates/idms.yaml", 8),
        said("invalid-source", "chart/values.yaml", 2),
    ];
    assert_eq!(found(&repo, &["--allow-exec"]), expected);
    let (_, report) = report(&repo, &["--allow-exec"]);
    assert_eq!(report["diagnostics"][0]["clusters"], serde_json::json!(["prod"]));
    assert!(!report.to_string().contains("\"fix\""), "nothing can be fixed in what was rendered: {report}");
    // The directory alone, and a neighbour alone.
    assert_eq!(found(&repo, &["--allow-exec", "chart"]), expected);
    fs::create_dir(repo.0.join("beside")).expect("a directory");
    fs::write(repo.0.join("beside/idms.yaml"), GOOD).expect("a file");
    assert_eq!(found(&repo, &["--allow-exec", "beside"]), []);
    // What the command names comes first, and what stands twice is nowhere.
    let script = "sed s_{{.*source.}}_$(sed s/source:.// $0)_ templates/idms.yaml";
    let named = chart("render-named", &format!("command: [sh, -c, \"{script}\", values-edge.yaml]"));
    let places = found(&named, &["--allow-exec"]);
    assert_eq!(places[1], said("invalid-source", "chart/values-edge.yaml", 1), "{places:?}");
    fs::write(
        named.0.join("chart/values-edge.yaml"),
        "source: https://quay.io/corp\nother: https://quay.io/corp\n",
    )
    .expect("a file");
    let script = "sed s_{{.*source.}}_https://quay.io/corp_ templates/idms.yaml";
    let twice = format!("render:\n- root: chart\n  command: [sh, -c, \"{script}\", values-edge.yaml]\n");
    fs::write(named.0.join(".pullwarden.yaml"), twice).expect("a file");
    let places = found(&named, &["--allow-exec"]);
    assert!(places.contains(&said("invalid-source", "chart (rendered)", 7)), "{places:?}");
}

#[test]
fn kustomizations_are_rendered_with_their_bases() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                 insecureRegistries: [\"https://a.example\"]\n";
    let repo = Scratch::new(
        "render-kustomize",
        &[
            (".git/HEAD", ""),
            (".pullwarden.yaml", "render:\n- root: overlays/prod\n  command: [cat, ../../base/image.yaml]\n"),
            ("base/kustomization.yaml", "resources: [image.yaml]\n"),
            ("base/image.yaml", image),
            ("overlays/prod/kustomization.yaml", "resources: [../../base, missing.yaml]\n"),
            ("overlays/edge/kustomization.yaml", "resources: [../../base]\nnamePrefix: edge-\n"),
        ],
    );
    let allowed = found(&repo, &["--allow-exec"]);
    let of = |rule: &str| allowed.iter().filter(|(found, ..)| found == rule).count();
    // The build that kustomize refuses is not asked for; the base is checked in both overlays, and not by itself.
    assert_eq!(
        (of("refused-kustomization"), of("misnamed-image-config"), of("scheme-in-scope")),
        (0, 1, 1),
        "{allowed:?}"
    );
    assert!(allowed.contains(&said("scheme-in-scope", "base/image.yaml", 7)), "{allowed:?}");
    let (_, report) = report(&repo, &["--allow-exec"]);
    assert_eq!(report["summary"]["clusters"], 2, "{report}");
    let plain = found(&repo, &[]);
    assert!(plain.iter().any(|(rule, ..)| rule == "refused-kustomization"), "{plain:?}");
}

#[test]
fn each_cluster_may_have_its_own_values() {
    let command = |host: &str, cluster: &str| {
        format!(
            "- root: chart\n  command: [sh, -c, \"sed s_{{{{.*source.}}}}_{host}_ templates/idms.yaml\"]\n  cluster: {cluster}\n"
        )
    };
    let repo = chart("render-clusters", "command: [true]");
    let configuration = format!(
        "clusters:\n  edge: {{openshift: \"4.18\", paths: [chart]}}\n  prod: {{openshift: \"4.16\"}}\nrender:\n{}{}",
        command("quay.io/prod", "prod"),
        command("quay.io/edge", "edge")
    );
    fs::write(repo.0.join(".pullwarden.yaml"), configuration).expect("a file");
    let (_, report) = report(&repo, &["--allow-exec"]);
    let diagnostics = report["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), 1, "{report}");
    assert_eq!(diagnostics[0]["clusters"], serde_json::json!(["edge", "prod"]));
    // With mirrors that the operator takes, each cluster's nodes get its own source and not the other's.
    let configuration = fs::read_to_string(repo.0.join(".pullwarden.yaml")).expect("a file");
    let taken = configuration.replace("sed s_", "sed -e s_https://m_m_ -e s_");
    fs::write(repo.0.join(".pullwarden.yaml"), taken).expect("a file");
    for (cluster, own, other) in
        [("prod", "quay.io/prod", "quay.io/edge"), ("edge", "quay.io/edge", "quay.io/prod")]
    {
        let rendered = out(&pullwarden(&repo.0, &["render", "--allow-exec", "--cluster", cluster]));
        assert!(rendered.contains(own) && !rendered.contains(other), "{cluster}: {rendered}");
        let args = ["clusters", "--allow-exec", "--objects", "--cluster", cluster];
        let objects = out(&pullwarden(&repo.0, &args));
        assert!(objects.contains(own) && !objects.contains(other), "{cluster}: {objects}");
    }
    let tree = out(&pullwarden(&repo.0, &["clusters", "--allow-exec"]));
    assert!(tree.contains("chart (rendered)"), "{tree}");
    let tree = out(&pullwarden(&repo.0, &["clusters"]));
    assert!(!tree.contains("(rendered)") && tree.contains("`sh` is not run here"), "{tree}");
    assert_eq!(report["summary"]["clusters"], 2, "{report}");
}

#[test]
fn rendered_workloads_are_held_against_their_cluster() {
    let configuration = "clusters:\n  prod:\n    paths: [\"**\"]\nrender:\n- root: chart\n  command: [sh, -c, \"sed \
                         s_{{.*image.}}_docker.io/library/nginx:1_ templates/app.yaml\"]\n  cluster: prod\n";
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {registrySources: \
                 {allowedRegistries: [quay.io, image-registry.openshift-image-registry.svc:5000, registry.redhat.io]}}\n";
    let pod = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    image: {image}\n"
        )
    };
    let scratch = Scratch::new(
        "render-workloads",
        &[
            (".git/HEAD", ""),
            (".pullwarden.yaml", configuration),
            ("images/image.yaml", image),
            ("chart/values.yaml", "replicas: 1\nimage: docker.io/library/nginx:1\n"),
            ("chart/Chart.yaml", "name: app\n"),
            ("chart/templates/app.yaml", &pod("\"{{ .Values.image }}\"")),
            // What was rendered takes its place.
            ("chart/test-pod.yaml", &pod("docker.io/library/httpd:1")),
        ],
    );
    let refused = |args: &[&str]| -> Vec<_> {
        found(&scratch, args).into_iter().filter(|(rule, ..)| rule == "image-not-allowed").collect()
    };
    assert_eq!(refused(&["--allow-exec"]), [said("image-not-allowed", "chart/values.yaml", 2)]);
    assert_eq!(refused(&[]), [said("image-not-allowed", "chart/test-pod.yaml", 7)]);
}

#[test]
fn a_command_that_fails_leaves_the_directory_as_it_stands() {
    let repo =
        chart("render-fails", "command: [sh, -c, \"echo no values >&2; cat templates/idms.yaml; exit 7\"]");
    fs::write(repo.0.join("chart/plain.yaml"), GOOD.replace("quay.io", "https://quay.io")).expect("a file");
    let output = pullwarden(&repo.0, &["check", "--allow-exec"]);
    assert_eq!(code(&output), Some(1), "{}", err(&output));
    let said = failure(&repo);
    assert!(said.contains("`sh` ends with exit code 7") && said.contains("it prints: no values"), "{said}");
    let places = found(&repo, &["--allow-exec"]);
    assert!(places.iter().any(|(_, file, _)| file == "chart/plain.yaml"), "{places:?}");
    let missing = chart("render-no-program", "command: [no-such-program-here, .]");
    assert!(
        failure(&missing).contains("there is no program `no-such-program-here`"),
        "{}",
        failure(&missing)
    );
}

#[test]
fn a_command_that_does_not_end_is_stopped_with_what_it_started() {
    let script = "(sleep 3; echo late > late) & (sleep 3; echo late > late) & sleep 40";
    let repo = chart("render-slow", &format!("command: [sh, -c, \"{script}\"]\n  timeout-seconds: 1"));
    let start = Instant::now();
    assert!(failure(&repo).contains("`sh` takes longer than 1 second"), "{}", failure(&repo));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // Something that is left behind and holds the output is not waited for.
    let left = chart("render-left", "command: [sh, -c, \"cat templates/idms.yaml; sleep 40 & exit 0\"]");
    let start = Instant::now();
    assert!(!found(&left, &["--allow-exec"]).iter().any(|(rule, ..)| rule == "failed-render"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    std::thread::sleep(Duration::from_secs(3));
    assert!(!repo.0.join("chart/late").exists(), "the children of the command live on");
}

#[test]
fn a_command_that_prints_without_end_is_stopped() {
    let repo = chart(
        "render-yes",
        "command: [sh, -c, \"while :; do cat Chart.yaml Chart.yaml; done > /dev/null & yes\"]",
    );
    let said = failure(&repo);
    assert!(said.contains("`sh` prints more than 64 MiB"), "{said}");
}

#[test]
fn commands_run_beside_each_other_and_answer_in_order() {
    let entries: Vec<String> = (0..8)
        .map(|number| {
            format!(
                "- root: chart\n  command: [sh, -c, \"sleep 0.$((9 - {number})); exit {}\"]\n",
                number + 10
            )
        })
        .collect();
    let repo = chart("render-order", "command: [true]");
    fs::write(repo.0.join(".pullwarden.yaml"), format!("render:\n{}", entries.concat())).expect("a file");
    let said = failure(&repo);
    let codes: Vec<&str> = said
        .match_indices("exit code ")
        .map(|(at, found)| &said[at + found.len()..at + found.len() + 2])
        .collect();
    assert_eq!(codes, ["10", "11", "12", "13", "14", "15", "16", "17"]);
}

#[test]
fn nothing_is_run_outside_of_the_repository() {
    let outside = Scratch::new("render-outside-there", &[("idms.yaml", GOOD)]);
    let repo = chart("render-outside", "command: [touch, was-here]");
    fs::remove_dir_all(repo.0.join("chart")).expect("a directory");
    std::os::unix::fs::symlink(&outside.0, repo.0.join("chart")).expect("a link");
    let said = failure(&repo);
    assert!(said.contains("`chart` leads out of the repository by a link"), "{said}");
    assert!(!outside.0.join("was-here").exists());
}

#[test]
fn output_of_commands_contains_no_control_sequences() {
    let repo = chart(
        "render-escape",
        "command: [sh, -c, \"printf '\\\\033[2Jerror\\\\007\\\\n::error::x\\\\n' >&2; printf 'kind: Image\\\\n\\\\033'; exit 1\"]",
    );
    for format in ["human", "json", "sarif", "github"] {
        let output = pullwarden(&repo.0, &["check", "--allow-exec", "--report", format]);
        let text = out(&output);
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{format}: {text:?}");
        assert!(text.lines().all(|line| !line.starts_with("::error::x")), "{format}: {text}");
        assert!(text.contains("[2Jerror"), "{format}: {text}");
    }
}

#[test]
fn rendered_text_has_no_file() {
    let repo = chart(
        "render-no-file",
        "command: [sh, -c, \"sed s_{{.*_https://new.example/x_ templates/idms.yaml\"]",
    );
    let github = out(&pullwarden(&repo.0, &["check", "--allow-exec", "--report", "github"]));
    assert!(github.contains("file=chart (rendered),line=7,"), "{github}");
    let sarif = out(&pullwarden(&repo.0, &["check", "--allow-exec", "--report", "sarif"]));
    assert!(sarif.contains("\"uri\": \"chart%20%28rendered%29\""), "{sarif}");
    let human = out(&pullwarden(&repo.0, &["check", "--allow-exec"]));
    assert!(human.contains("╭─[chart (rendered):7:13]"), "{human}");
}

#[test]
fn a_baseline_holds_back_what_was_rendered() {
    let repo = chart(
        "render-baseline",
        "command: [sh, -c, \"sed s_{{.*_https://new.example/x_ templates/idms.yaml\"]",
    );
    assert_eq!(code(&pullwarden(&repo.0, &["baseline", "--allow-exec"])), Some(0));
    let args = ["--baseline", ".pullwarden-baseline.json"];
    let output = pullwarden(&repo.0, &[&["check", "--allow-exec"], &args[..]].concat());
    assert_eq!(code(&output), Some(0), "{}", out(&output));
    // Without the command nobody can tell whether it is found still.
    let plain = out(&pullwarden(&repo.0, &[&["check"], &args[..]].concat()));
    assert!(!plain.contains("(rendered)`"), "{plain}");
}

#[test]
fn decrypted_credentials_are_not_in_git() {
    let secret = "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\nmetadata: {name: pull-secret, namespace: openshift-config}\n\
                  stringData:\n  .dockerconfigjson: '{\"auths\":{\"quay.io\":{\"auth\":\"dXNlcjpodW50ZXIyaHVudGVyMg==\"}}}'\n";
    let repo = chart(
        "render-secret",
        "command: [sh, -c, \"tr a-z b-za < secret.txt; echo; echo ---; cat templates/idms.yaml\"]",
    );
    let rotated: String = secret
        .chars()
        .map(|c| match c {
            'a' => 'z',
            'b'..='z' => char::from(c as u8 - 1),
            c => c,
        })
        .collect();
    fs::write(repo.0.join("chart/secret.txt"), rotated).expect("a file");
    let output =
        out(&pullwarden(&repo.0, &["check", "--allow-exec", "--report", "human", "--report", "json=r.json"]));
    assert!(!output.contains("pull-secret-in-git") && !output.contains("dXNlcjpodW50"), "{output}");
    // One that is a file of the repository is.
    fs::write(repo.0.join("chart/plain.yaml"), secret).expect("a file");
    fs::write(repo.0.join(".pullwarden.yaml"), "render:\n- root: chart\n  command: [cat, plain.yaml]\n")
        .expect("a file");
    let places = found(&repo, &["--allow-exec"]);
    assert!(places.contains(&said("pull-secret-in-git", "chart/plain.yaml", 6)), "{places:?}");
    let human = out(&pullwarden(&repo.0, &["check", "--allow-exec"]));
    assert!(!human.contains("dXNlcjpodW50"), "{human}");
}

#[test]
fn ignores_hold_in_the_files_that_are_rendered() {
    let repo = chart("render-ignore", &format!("command: {FILL_IN}"));
    let template = format!(
        "{HEAD}  # pullwarden: ignore[invalid-source] quay.io/corp is moved next week\n  - source: {{{{ .Values.source }}}}\n    \
         # pullwarden: ignore[invalid-mirror] moved, too\n    mirrors: [https://m.example/corp]\n"
    );
    fs::write(repo.0.join("chart/templates/idms.yaml"), template).expect("a file");
    fs::write(
        repo.0.join("chart/values.yaml"),
        "# pullwarden: ignore[invalid-source] moved next week\nsource: https://quay.io/corp\n",
    )
    .expect("a file");
    let output = pullwarden(&repo.0, &["check", "--allow-exec", "--fail-on", "note"]);
    assert_eq!(code(&output), Some(0), "{}", out(&output));
    assert!(out(&output).contains("2 ignored"), "{}", out(&output));
}

#[test]
fn the_book_tells_of_a_configuration_that_works() {
    let page = fs::read_to_string(generated::root().join("docs/charts.md")).expect("the page");
    let mut blocks = page.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    let configuration = blocks.find(|block| block.contains("\nrender:")).expect("a configuration");
    let repo = chart("render-readme", "command: [true]");
    fs::rename(repo.0.join("chart"), repo.0.join("mirrors")).expect("a directory");
    fs::create_dir(repo.0.join("charts")).expect("a directory");
    fs::rename(repo.0.join("mirrors"), repo.0.join("charts/mirrors")).expect("a directory");
    fs::write(repo.0.join(".pullwarden.yaml"), configuration).expect("a file");
    // Nothing is wrong with it but that Helm is not run.
    let places = found(&repo, &[]);
    assert!(!places.is_empty() && places.iter().all(|(rule, ..)| rule == "render-not-allowed"), "{places:?}");
}
