//! Policies as a user runs them: where their findings stand, and what the configuration makes of them.

use crate::command::{Scratch, err, out, pullwarden};
use crate::generated::{assert_none, expect, root};
use serde_json::Value;
use std::path::Path;

/// What `check` says with these arguments, as JSON.
fn check(repository: &Scratch, args: &[&str]) -> Vec<Value> {
    let args = [&["check", "--report", "json", "--today", "2026-11-23"], args].concat();
    let output = pullwarden(&repository.0, &args);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", out(&output), String::from_utf8_lossy(&output.stderr))
    });
    report["diagnostics"].as_array().expect("a list").clone()
}

/// `rule file:line:column message` of each of the policies' findings.
fn said(repository: &Scratch, args: &[&str]) -> Vec<String> {
    let all = check(repository, args);
    let ours = all.iter().filter(|found| {
        let rule = found["rule"].as_str().expect("an id");
        rule.starts_with("policy/") || rule == "policy-error" || found["state"]["status"] == "ignored"
    });
    ours.map(line).collect()
}

fn line(found: &Value) -> String {
    let start = &found["region"]["start"];
    format!(
        "{} {}:{}:{} {}",
        found["rule"].as_str().expect("an id"),
        found["file"].as_str().expect("a name"),
        start["line"],
        start["column"],
        found["message"].as_str().expect("a message")
    )
}

const MIRRORS: &str = "package main

# METADATA
# title: Mirrors are ours
deny_mirrors contains {\"msg\": msg, \"path\": path, \"team\": \"platform\"} if {
	input.kind == \"ImageDigestMirrorSet\"
	some i, rule in input.spec.imageDigestMirrors
	some j, mirror in rule.mirrors
	not startswith(mirror, \"mirror.example.com/\")
	msg := sprintf(\"`%s` is not our mirror\", [mirror])
	path := sprintf(\"spec.imageDigestMirrors[%d].mirrors[%d]\", [i, j])
}
";

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: mirrors
spec:
  imageDigestMirrors:
  - source: quay.io/team
    mirrors: [other.example.com/team]
";

const CONFIGURED: &str = "policies:\n- path: policy\n";

#[test]
fn a_finding_stands_on_the_line_that_its_path_names() {
    let repository = Scratch::new(
        "policies-line",
        &[(".pullwarden.yaml", CONFIGURED), ("policy/mirrors.rego", MIRRORS), ("idms.yaml", IDMS)],
    );
    let all = check(&repository, &[]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        line(&all[0]),
        "policy/main/deny_mirrors idms.yaml:8:15 `other.example.com/team` is not our mirror"
    );
    assert_eq!(all[0]["severity"], "error");
    assert_eq!(all[0]["field"], "spec.imageDigestMirrors[0].mirrors[0]");
    assert_eq!(all[0]["resource"]["kind"], "ImageDigestMirrorSet");
    assert_eq!(all[0]["data"]["team"], "platform");
}

#[test]
fn the_command_line_names_policies_like_the_configuration() {
    let repository = Scratch::new("policies-flag", &[("rules/mirrors.rego", MIRRORS), ("idms.yaml", IDMS)]);
    assert_eq!(said(&repository, &["--policy", "rules"]).len(), 1);
    assert_eq!(said(&repository, &[]).len(), 0);
    let none = said(&repository, &["--policy", "rules", "--namespace", "other"]);
    assert!(none[0].contains("no policy of package `other`"), "{none:?}");
}

#[test]
fn a_repository_with_policies_is_reported_where_the_text_won() {
    let from = root().join("fixtures/repos/policies");
    let repository = Scratch::new("policies-repository", &[(".git/HEAD", "")]);
    copy(&from, &repository.0);
    let args = ["check", "--today", "2026-11-23", "--color", "never", "--fail-on", "never"];
    let mut failures = Vec::new();
    let one = pullwarden(&repository.0, &[&args[..], &["-j", "1"]].concat());
    expect(&from.join("expected-report.txt"), &out(&one), &mut failures);
    assert_none(&failures, "a repository with policies");
    for threads in ["2", "7"] {
        let more = pullwarden(&repository.0, &[&args[..], &["-j", threads]].concat());
        assert_eq!(out(&more), out(&one), "{threads} threads");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a fixture").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            std::fs::create_dir_all(&to).expect("a directory");
            copy(&path, &to);
        } else if path.extension().is_none_or(|ending| ending != "txt") {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

/// A policy in `main` with these rules, over an `Image` with two registries.
fn over_image(name: &str, rules: &str) -> Scratch {
    let policy = format!("package main\n\n{rules}\n");
    Scratch::new(
        name,
        &[
            (".pullwarden.yaml", CONFIGURED),
            ("policy/a.rego", &policy),
            (
                "image.yaml",
                "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                 blockedRegistries:\n    - bad.example.com\n    - worse.example.com\n",
            ),
        ],
    )
}

#[test]
fn each_form_of_a_result_has_its_place() {
    for (number, (result, place)) in [
        ("{\"msg\": \"x\", \"path\": \"spec.registrySources.blockedRegistries[1]\"}", "9:7"),
        ("{\"msg\": \"x\", \"path\": \"/spec/registrySources/blockedRegistries/0\"}", "8:7"),
        ("{\"msg\": \"x\", \"path\": [\"spec\", \"registrySources\", \"blockedRegistries\", 0]}", "8:7"),
        ("{\"msg\": \"x\", \"path\": \"spec.registrySources.blockedRegistries\"}", "7:5"),
        ("{\"msg\": \"`worse.example.com` is worse\"}", "9:7"),
        ("\"worse.example.com is worse than others.\"", "9:7"),
        ("\"neither 'bad.example.com' nor 'worse.example.com'\"", "4:9"),
        ("\"nothing is quoted\"", "4:9"),
        ("{\"msg\": \"x\", \"_loc\": {\"file\": \"image.yaml\", \"line\": 6}}", "6:3"),
    ]
    .into_iter()
    .enumerate()
    {
        let rule = format!("deny contains {result} if input.kind == \"Image\"");
        let said = said(&over_image(&format!("policies-form-{number}"), &rule), &[]);
        let start = format!("policy/main/deny image.yaml:{place} ");
        assert!(said.len() == 1 && said[0].starts_with(&start), "{result}: {said:?}");
    }
}

#[test]
fn a_policy_is_a_rule_like_any_other() {
    let rule = "deny_a contains \"a\" if input.kind == \"Image\"\n\nwarn_b contains \"b\" if input.kind == \"Image\"";
    let repository = over_image("policies-rule", rule);
    let with = |more: &str| {
        std::fs::write(repository.0.join(".pullwarden.yaml"), format!("{CONFIGURED}{more}")).expect("a file");
        let all = check(&repository, &[]);
        all.iter()
            .map(|found| {
                let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
                format!(
                    "{} {} {}",
                    text("rule"),
                    text("severity"),
                    found["state"]["status"].as_str().unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(with(""), ["policy/main/deny_a error open", "policy/main/warn_b warning open"]);
    assert_eq!(
        with("rules: {policy/main/deny_a: off, policy/main/warn_b: {severity: note}}\n"),
        ["policy/main/warn_b note open"]
    );
    assert_eq!(
        with("ignore:\n- {rule: policy/main/deny_a, path: image.yaml, reason: because}\n"),
        ["policy/main/deny_a error ignored", "policy/main/warn_b warning open"]
    );
    assert_eq!(with("rules: {policy/main/deny_c: off}\n")[0], "unknown-rule error open");
    // Another run may have the policies that an ignore names.
    std::fs::write(
        repository.0.join("image.yaml"),
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster # pullwarden: ignore[policy/main/deny_a] known\nspec: {}\n",
    )
    .expect("a file");
    assert_eq!(with(""), ["policy/main/deny_a error ignored", "policy/main/warn_b warning open"]);
    std::fs::write(repository.0.join(".pullwarden.yaml"), "{}\n").expect("a file");
    assert_eq!(check(&repository, &[]), Vec::<Value>::new());
}

#[test]
fn a_baseline_holds_policies_back() {
    let repository = over_image("policies-baseline", "deny contains \"a\" if input.kind == \"Image\"");
    let written = pullwarden(&repository.0, &["baseline"]);
    assert!(written.status.success(), "{}", err(&written));
    let args = ["check", "--baseline", ".pullwarden-baseline.json"];
    let checked = pullwarden(&repository.0, &args);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
    assert!(out(&checked).contains("1 in the baseline"), "{}", out(&checked));
}

#[test]
fn sarif_describes_policies_by_their_annotations() {
    let rule = "# METADATA\n# title: Nothing is blocked\n# description: We allow instead.\n# custom: {severity: warning}\n\
                deny_blocked contains \"blocked\" if input.spec.registrySources.blockedRegistries";
    let repository = over_image("policies-sarif", rule);
    let output = pullwarden(&repository.0, &["check", "--report", "sarif", "--fail-on", "never"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).expect("SARIF");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ours = rules.iter().find(|rule| rule["id"] == "policy/main/deny_blocked").expect("the policy");
    assert_eq!(ours["shortDescription"]["text"], "Nothing is blocked");
    assert_eq!(ours["fullDescription"]["text"], "We allow instead.");
    assert_eq!(ours["defaultConfiguration"]["level"], "warning");
    assert!(ours.get("helpUri").is_none(), "{ours}");
    assert_eq!(run["results"][0]["ruleId"], "policy/main/deny_blocked");
    assert_eq!(run["results"][0]["level"], "warning");
}

#[test]
fn functions_answer_from_the_cluster() {
    let rules = "deny_blocked contains {\"msg\": \"blocked\", \"path\": \"spec.registrySources.blockedRegistries[0]\"} if {
	input.kind == \"Image\"
	some registry in input.spec.registrySources.blockedRegistries
	pullwarden.allowed(sprintf(\"%s/a:1\", [registry])) == false
	pullwarden.resolve(sprintf(\"%s/a:1\", [registry])).pullable == false
	pullwarden.covers(\"*.example.com\", registry)
	pullwarden.parse(sprintf(\"%s/a:1\", [registry])).tag == \"1\"
	data.pullwarden.files[\"/etc/containers/registries.conf\"].registry[_].blocked
	data.pullwarden.cluster.platform == \"ocp\"
	data.conftest.file.name == \"image.yaml\"
}";
    let said = said(&over_image("policies-functions", rules), &[]);
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn secrets_are_not_shown_to_policies() {
    let policy = "package main\n\ndeny contains msg if {\n\tinput.kind == \"Secret\"\n\tmsg := sprintf(\"%v\", [input])\n}\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: aHVudGVyMg==}\nstringData: {other: hunter2}\n";
    let repository = Scratch::new(
        "policies-secret",
        &[(".pullwarden.yaml", CONFIGURED), ("policy/a.rego", policy), ("secret.yaml", secret)],
    );
    for format in ["human", "json", "sarif", "github"] {
        let output = pullwarden(&repository.0, &["check", "--report", format]);
        let text = out(&output) + &err(&output);
        assert!(
            text.contains("<secret>") && !text.contains("hunter2") && !text.contains("aHVudGVyMg"),
            "{text}"
        );
    }
    let shown = out(&pullwarden(&repository.0, &["policy", "input", "secret.yaml"]));
    assert!(shown.contains("<secret>") && !shown.contains("hunter2"), "{shown}");
}

#[test]
#[cfg(unix)]
fn policies_lie_in_the_repository() {
    let outside = Scratch::new("policies-outside", &[("policy/a.rego", MIRRORS)]);
    let repository = Scratch::new("policies-inside", &[("idms.yaml", IDMS)]);
    std::os::unix::fs::symlink(outside.0.join("policy"), repository.0.join("linked")).expect("a link");
    let elsewhere = format!("../{}/policy", outside.0.file_name().expect("a name").to_string_lossy());
    for (path, message) in [
        (elsewhere.as_str(), "leads out of the repository"),
        ("/etc", "leads out of the repository"),
        ("linked", "is a link"),
        ("nothing", "there is no `nothing`"),
    ] {
        std::fs::write(repository.0.join(".pullwarden.yaml"), format!("policies:\n- path: {path}\n"))
            .expect("a file");
        let all = check(&repository, &[]);
        assert!(
            all.len() == 1
                && all[0]["rule"] == "invalid-setting"
                && all[0]["file"] == ".pullwarden.yaml"
                && all[0]["message"].as_str().is_some_and(|said| said.contains(message)),
            "{path}: {all:?}"
        );
    }
}

#[test]
fn policies_change_nothing_about_the_clusters() {
    let files = [
        ("clusters/prod/idms.yaml", IDMS),
        (
            "clusters/dev/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \
          [{name: web, image: 'nginx'}]}}}\n",
        ),
        (
            "apps/prod/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \
          [{name: web, image: 'quay.io/team/web:1'}]}}}\n",
        ),
    ];
    let without = Scratch::new("policies-without", &files);
    let with = Scratch::new(
        "policies-with",
        &[
            &files[..],
            &[("policy/a.rego", "package main\n\ndeny contains \"never\" if input.kind == \"Nothing\"\n")],
        ]
        .concat(),
    );
    let args = ["check", "--report", "json", "--no-config"];
    let without = out(&pullwarden(&without.0, &args));
    let with = out(&pullwarden(&with.0, &[&args[..], &["--policy", "policy"]].concat()));
    let counted = "    \"policies\": 1,\n    \"objects\": 3,\n";
    assert!(with.contains(counted), "{with}");
    assert_eq!(with.replace(counted, ""), without);
}

#[test]
fn a_plan_asks_the_policies_that_know_it() {
    let policy = "package main\n\ndeny_change contains msg if {\n\tinput.plan.outcome != \"none\"\n\tmsg := sprintf(\"%s: %s\", [input.cluster.name, \
                  input.plan.outcome])\n}\n\ndeny_state contains \"a check says this\" if input.cluster\n";
    let repository = Scratch::new(
        "policies-plan",
        &[
            ("old/idms.yaml", IDMS),
            ("new/idms.yaml", &IDMS.replace("other.example.com", "mirror.example.com")),
            ("policy/a.rego", policy),
        ],
    );
    let args = [
        "plan",
        "--old",
        "old",
        "--new",
        "new",
        "--policy",
        "policy",
        "--policy-input",
        "cluster",
        "--report",
        "sarif",
    ];
    let output = pullwarden(&repository.0, &args);
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(&output)));
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let said: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    assert!(
        said.contains(&"policy/main/deny_change") && !said.contains(&"policy/main/deny_state"),
        "{said:?}"
    );
}

#[test]
fn the_library_holds_its_tests() {
    let output = pullwarden(&root(), &["policy", "test", "policies/object", "policies/cluster"]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let repository = Scratch::new("policies-library", &[("idms.yaml", IDMS)]);
    let library = root().join("policies");
    let path = |name: &str| library.join(name).to_string_lossy().into_owned();
    let said = said(&repository, &["--policy", &path("object"), "--data", &path("data")]);
    assert_eq!(
        said,
        ["policy/main/deny_foreign_mirror idms.yaml:8:15 `other.example.com/team` is not our mirror"]
    );
}

#[test]
fn new_policies_run_at_once_and_overwrite_nothing() {
    let repository = Scratch::new("policies-new", &[(".git/HEAD", "")]);
    for (name, input) in [("ours", "object"), ("pulls", "cluster")] {
        let made = pullwarden(&repository.0, &["policy", "new", name, "--input", input]);
        assert!(made.status.success(), "{}", err(&made));
        let again = pullwarden(&repository.0, &["policy", "new", name]);
        assert_eq!(again.status.code(), Some(2));
    }
    for name in ["Ours", "../x", "a-b", "", "a__b"] {
        assert_eq!(pullwarden(&repository.0, &["policy", "new", name]).status.code(), Some(2), "{name}");
    }
    let tested = pullwarden(&repository.0, &["policy", "test", "--format", "junit"]);
    assert!(tested.status.success(), "{}{}", out(&tested), err(&tested));
    assert_eq!(out(&tested).matches("<testcase").count(), 4, "{}", out(&tested));
}

#[test]
fn a_test_that_fails_shows_its_statement() {
    let test = "package main\n\ntest_a if {\n\tx := 1\n\tx == 2\n}\n";
    let repository = Scratch::new("policies-fails", &[("policy/a_test.rego", test)]);
    let output = pullwarden(&repository.0, &["policy", "test"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("policy/a_test.rego:5:2"), "{}", out(&output));
    let json: Value =
        serde_json::from_slice(&pullwarden(&repository.0, &["policy", "test", "--format", "json"]).stdout)
            .expect("JSON");
    assert_eq!((&json["failed"], &json["tests"][0]["verdict"]), (&1.into(), &"failed".into()));
}

#[test]
fn policies_of_gatekeeper_run_unchanged() {
    let policy = "package k8sallowedrepos\n\nviolation[{\"msg\": msg, \"details\": {\"repos\": input.parameters.repos}}] {\n\t\
                  container := input.review.object.spec.containers[_]\n\tsatisfied := [good | repo = input.parameters.repos[_]; good \
                  = startswith(container.image, repo)]\n\tnot any(satisfied)\n\tmsg := sprintf(\"container <%v> has an invalid image \
                  repo <%v>, allowed repos are %v\", [container.name, container.image, input.parameters.repos])\n}\n";
    let repository = Scratch::new(
        "policies-gatekeeper",
        &[
            (".pullwarden.yaml", "policies:\n- {path: policy, input: review, data: data}\n"),
            ("policy/repos.rego", policy),
            ("data/parameters.yaml", "parameters: {repos: [registry.example.com/]}\n"),
            (
                "pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: good\n    image: \
                 registry.example.com/a:1\n  - name: bad\n    image: quay.io/a:1\n",
            ),
        ],
    );
    let all = check(&repository, &[]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(line(&all[0]).starts_with("policy/k8sallowedrepos/violation pod.yaml:9:12 "), "{all:?}");
    assert_eq!(all[0]["data"]["details"]["repos"][0], "registry.example.com/");
}

/// A template of Gatekeeper, whose Rego stands in it as a block.
const TEMPLATE: &str = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srepos
spec:
  crd:
    spec:
      names:
        kind: K8sRepos
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8srepos

      import data.lib.repos.is_known

      violation[{\"msg\": msg}] {
        container := input.review.object.spec.containers[_]
        not is_known(container.image, input.parameters.repos)
        msg := sprintf(\"<%v> is not known\", [container.image])
      }
    libs:
    - |
      package lib.repos

      is_known(image, repos) {
        startswith(image, repos[_])
      }
";

#[test]
fn templates_of_gatekeeper_run_as_their_constraints_say() {
    let constraint = |name: &str, action: &str, matches: &str| {
        format!(
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRepos\nmetadata: {{name: {name}}}\nspec:\n  \
             enforcementAction: {action}\n  match: {matches}\n  parameters: {{repos: [registry.example.com/]}}\n"
        )
    };
    let pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n  - {name: a, image: \
                quay.io/a:1}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: lab, namespace: lab}\nspec:\n  containers:\n  - \
                {name: a, image: quay.io/b:1}\n";
    let over = |name: &str, constraints: &str| {
        let templates = format!("{TEMPLATE}{constraints}");
        let files =
            [(".pullwarden.yaml", CONFIGURED), ("policy/repos.yaml", &templates[..]), ("pods.yaml", pods)];
        check(&Scratch::new(&format!("policies-template-{name}"), &files), &[])
    };
    let of_shop = r#"{kinds: [{apiGroups: [""], kinds: [Pod]}], namespaces: [shop]}"#;
    let said: Vec<String> = over("match", &constraint("a", "deny", of_shop)).iter().map(line).collect();
    assert_eq!(said, ["policy/k8srepos/violation pods.yaml:6:22 <quay.io/a:1> is not known"]);
    let warned = over("warn", &constraint("a", "warn", of_shop));
    assert_eq!(warned[0]["severity"], "warning");
    // Two constraints of one template are one policy.
    let both = constraint("a", "deny", of_shop) + &constraint("b", "deny", "{excludedNamespaces: [shop]}");
    assert_eq!(over("both", &both).len(), 2);
    let unknown = over("labels", &constraint("a", "deny", "{namespaceSelector: {matchLabels: {a: b}}}"));
    assert_eq!((unknown.len(), &unknown[0]["severity"]), (1, &"note".into()), "{unknown:?}");
    let unused: Vec<String> = over("unused", "").iter().map(line).collect();
    let wanted = "policy-error policy/repos.yaml:4:9 no constraint of kind `K8sRepos` is here, so this template does not run";
    assert_eq!(unused, [wanted]);
}

#[test]
fn a_constraint_selects_namespaces_by_labels_of_the_repository() {
    let constraint = "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRepos\nmetadata: {name: a}\nspec:\n  \
                      enforcementAction: scoped\n  scopedEnforcementActions: [{action: warn}]\n  match:\n    \
                      namespaceSelector: {matchLabels: {team: shop}}\n  parameters: {repos: [registry.example.com/]}\n";
    let namespace = |name: &str, team: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{team: {team}}}}}\n---\n"
        )
    };
    let pod = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}}}\nspec:\n  containers:\n  - {{name: a, image: \
             quay.io/{namespace}:1}}\n---\n"
        )
    };
    let namespaces = namespace("one", "shop") + &namespace("two", "other");
    let pods = pod("one") + &pod("two") + &pod("three") + &pod("four");
    let configured = format!("{CONFIGURED}clusters: {{prod: [apps]}}\n");
    let repository = Scratch::new(
        "policies-namespaces",
        &[
            (".pullwarden.yaml", &configured),
            ("policy/repos.yaml", &format!("{TEMPLATE}{constraint}")),
            ("apps/namespaces.yaml", &namespaces),
            ("apps/pods.yaml", &pods),
        ],
    );
    let all = check(&repository, &[]);
    let said: Vec<String> = all.iter().map(line).collect();
    assert_eq!(
        said,
        [
            "policy/k8srepos/violation apps/pods.yaml:6:22 <quay.io/one:1> is not known",
            "policy-error policy/repos.yaml:37:24 the labels of namespace `three` are not in the repository",
        ]
    );
    assert_eq!((&all[0]["severity"], &all[1]["severity"]), (&"warning".into(), &"note".into()));
    assert!(all[1]["help"].as_str().is_some_and(|help| help.contains("does not check 2 objects")), "{all:?}");
}

#[test]
fn a_template_reads_the_other_objects_of_its_cluster() {
    let template = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8suniquehost}
spec:
  crd: {spec: {names: {kind: K8sUniqueHost}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8suniquehost

      identical(obj, review) {
        obj.metadata.namespace == review.object.metadata.namespace
        obj.metadata.name == review.object.metadata.name
      }

      violation[{\"msg\": msg}] {
        input.review.kind.kind == \"Route\"
        host := input.review.object.spec.host
        other := data.inventory.namespace[_][\"route.openshift.io/v1\"][\"Route\"][_]
        other.spec.host == host
        not identical(other, input.review)
        data.inventory.cluster[\"config.openshift.io/v1\"].Image.cluster.spec
        msg := sprintf(\"`%v` is also the host of %v\", [host, other.metadata.name])
      }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sUniqueHost
metadata: {name: a}
";
    let route = |name: &str, host: &str| {
        format!(
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  host: {host}\n---\n"
        )
    };
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n";
    let configured = format!("{CONFIGURED}clusters: {{prod: [prod], lab: [lab]}}\n");
    let repository = Scratch::new(
        "policies-inventory",
        &[
            (".pullwarden.yaml", &configured),
            ("policy/host.yaml", template),
            ("prod/image.yaml", image),
            ("prod/routes.yaml", &(route("a", "one.example.com") + &route("b", "one.example.com"))),
            ("lab/image.yaml", image),
            ("lab/routes.yaml", &(route("c", "one.example.com") + &route("d", "two.example.com"))),
        ],
    );
    assert_eq!(
        said(&repository, &[]),
        [
            "policy/k8suniquehost/violation prod/routes.yaml:7:9 `one.example.com` is also the host of b",
            "policy/k8suniquehost/violation prod/routes.yaml:15:9 `one.example.com` is also the host of a",
        ]
    );
}

#[test]
fn combined_input_is_the_list_of_conftest() {
    let policy = "package main

deny contains msg if {
	some service in input
	service.contents.kind == \"Service\"
	service.path == \"prod/services.yaml\"
	not deployed(service.contents.spec.selector.app)
	msg := sprintf(\"no Deployment has the label `%s`\", [service.contents.spec.selector.app])
}

deployed(app) if {
	some object in input
	object.contents.kind == \"Deployment\"
	object.contents.spec.template.metadata.labels.app == app
}
";
    let service = |app: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {app}}}\nspec:\n  selector: {{app: {app}}}\n---\n"
        )
    };
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {metadata: {labels: {app: one}}}}\n";
    let repository = Scratch::new(
        "policies-combined",
        &[
            (
                ".pullwarden.yaml",
                "policies:\n- {path: policy, input: combined}\nclusters: {prod: [prod, image.yaml]}\n",
            ),
            ("policy/services.rego", policy),
            ("image.yaml", "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\n"),
            ("prod/services.yaml", &(service("one") + &service("two"))),
            ("prod/deployment.yaml", deployment),
        ],
    );
    let wanted = ["policy/main/deny prod/services.yaml:9:18 no Deployment has the label `two`"];
    assert_eq!(said(&repository, &[]), wanted);
    let unconfigured = ["--no-config", "--policy", "policy", "--policy-input", "combined"];
    assert!(said(&repository, &unconfigured).iter().all(|line| line.starts_with("policy/main/deny ")));
}

#[test]
fn an_enforcement_in_annotations_is_a_severity() {
    let policy = |action: &str| {
        format!(
            "# METADATA\n# title: Mirrors\n# custom:\n#   enforcement: {action}\npackage main\n\nviolation contains {{\"msg\": \"no\"}} if \
             input.kind == \"ImageDigestMirrorSet\"\n"
        )
    };
    for (action, severity) in [("deny", "error"), ("warn", "warning"), ("dryrun", "note")] {
        let files = [
            (".pullwarden.yaml", CONFIGURED),
            ("policy/mirrors.rego", &policy(action)[..]),
            ("idms.yaml", IDMS),
        ];
        let all = check(&Scratch::new(&format!("policies-enforcement-{action}"), &files), &[]);
        assert_eq!(all[0]["severity"], severity, "{all:?}");
    }
}

#[test]
fn errors_in_a_template_are_reported_at_their_line() {
    let broken = TEMPLATE.replace("not is_known(", "not is_knwon(");
    let constraint =
        "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRepos\nmetadata: {name: a}\n";
    let repository = Scratch::new(
        "policies-template-broken",
        &[(".pullwarden.yaml", CONFIGURED), ("policy/repos.yaml", &format!("{broken}{constraint}"))],
    );
    let said = said(&repository, &[]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("policy-error policy/repos.yaml:19:"), "{said:?}");
}

#[test]
fn a_policy_that_fails_costs_itself_alone() {
    let rules = "deny_stack contains f(0) if input.kind == \"Image\"

f(x) := f(x + 1)

deny_good contains \"good\" if input.kind == \"Image\"";
    let all = check(&over_image("policies-hostile", rules), &[]);
    let said: Vec<String> = all.iter().map(line).collect();
    assert!(
        said.iter().any(|said| said.starts_with("policy/main/deny_good image.yaml:4:9 good")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.starts_with("policy-error policy/a.rego:")), "{said:?}");
}
