//! What the rules say of a change: where it stands in reports, what a baseline holds back, and what a comment leaves out.

use crate::git_repo::GitRepo;
use crate::plan_git::{case, err, out, outside_of_fences, plan};
use crate::plans::{Change, image, mirrors};
use pullwarden::report::plan::PlanFormat;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// What SARIF says of a plan: `rule file:line`, and `held` for what a baseline holds back.
fn placed(sarif: &str) -> Vec<String> {
    let sarif: Value = serde_json::from_str(sarif).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results").iter();
    results
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let is_held = result["suppressions"].as_array().is_some_and(|all| !all.is_empty());
            format!(
                "{} {}:{}{}",
                result["ruleId"].as_str().unwrap_or_default(),
                place["artifactLocation"]["uri"].as_str().unwrap_or_default(),
                place["region"]["startLine"],
                if is_held { " held" } else { "" }
            )
        })
        .collect()
}

#[test]
fn a_file_that_is_gone_is_shown_where_it_was_named() {
    let icsp = mirrors("ImageContentSourcePolicy", "i", "quay.io/acme", "m.corp/acme");
    let empty = image("");
    let rules = ["drain-predicted", "icsp-removed-before-idms"];
    let kustomization = "clusters/a/kustomization.yaml";
    let (old, new) = ("resources:\n- image.yaml\n- icsp.yaml\n", "resources:\n- image.yaml\n");
    for (what, before, after, due) in [
        (
            "the kustomization that named it",
            vec![(kustomization, old), ("clusters/a/icsp.yaml", &icsp), ("clusters/a/image.yaml", &empty)],
            vec![(kustomization, new), ("clusters/a/image.yaml", &empty)],
            "clusters/a/kustomization.yaml:2",
        ),
        (
            "a file beside it",
            vec![("clusters/a/icsp.yaml", icsp.as_str()), ("clusters/a/image.yaml", &empty)],
            vec![("clusters/a/image.yaml", &empty)],
            "clusters/a/image.yaml:1",
        ),
        (
            "the kustomization above",
            vec![
                (kustomization, "resources: [image.yaml, mirrors/icsp.yaml]\n"),
                ("clusters/a/mirrors/icsp.yaml", &icsp),
                ("clusters/a/image.yaml", &empty),
            ],
            vec![(kustomization, "resources: [image.yaml]\n"), ("clusters/a/image.yaml", &empty)],
            "clusters/a/kustomization.yaml:1",
        ),
        (
            "a document of a file that stays",
            vec![("clusters/a/all.yaml", &*(empty.clone() + &icsp))],
            vec![("clusters/a/all.yaml", &empty)],
            "clusters/a/all.yaml:7",
        ),
    ] {
        let change = Change { old: before, new: after, ..Change::of("", "") };
        let due: Vec<String> = rules.iter().map(|rule| format!("{rule} {due}")).collect();
        let sarif = change.report(PlanFormat::Sarif);
        assert_eq!(placed(&sarif), due, "{what}");
        assert!(sarif.contains("this is removed"), "{what}");
    }
}

#[test]
fn a_source_that_a_wider_source_mirrors_is_not_lost() {
    let old = image("") + &mirrors("ImageContentSourcePolicy", "i", "h.corp.example/a", "m.corp/a");
    for (source, is_lost) in [
        ("h.corp.example/a", false),
        ("h.corp.example", false),
        ("'*.corp.example'", false),
        ("'*.example'", false),
        ("'*.h.corp.example'", true),
        ("h.corp.example/ab", true),
        ("h.corp.example/a/b", true),
        ("h.corp.example:5000", true),
    ] {
        let new = image("") + &mirrors("ImageDigestMirrorSet", "m", source, "m.corp/a");
        let sarif = Change::of(&old, &new).report(PlanFormat::Sarif);
        assert_eq!(placed(&sarif).iter().any(|it| it.starts_with("icsp-removed")), is_lost, "{source}");
    }
}

#[test]
fn every_place_lies_in_the_new_state() {
    let repo = case("icsp-removed");
    let sarif = out(&plan(repo.root(), &["--base", "main", "--format", "sarif"]));
    let places = placed(&sarif);
    assert!(!places.is_empty());
    for place in places {
        let (_, file) = place.split_once(' ').expect("a place");
        let (file, line) = file.rsplit_once(':').expect("a line");
        let text = fs::read_to_string(repo.root().join(file)).expect(file);
        assert!(text.lines().count() >= line.parse().expect("a number"), "{place}");
    }
}

/// What is said of images that are cut off: the line, and the message.
fn cut_off(change: &Change<'_>) -> Vec<String> {
    let sarif: Value = serde_json::from_str(&change.report(PlanFormat::Sarif)).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results").iter();
    let cut = results.filter(|result| result["ruleId"] == "images-cut-off");
    cut.map(|result| {
        let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
        let text = result["message"]["text"].as_str().expect("a text");
        format!("{line} {}", text.split(" (").next().unwrap_or_default())
    })
    .collect()
}

#[test]
fn the_findings_of_a_plan_name_the_images_that_it_cuts_off() {
    let service = |image: &str| {
        format!(
            "---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: s}}\nspec:\n  template:\n    spec:\n      containers:\n      - image: {image}\n"
        )
    };
    let pod = |image: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: a\n    image: {image}\n"
        )
    };
    let own = |name: &str, role: &str, text: &str| {
        format!(
            "---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: {name}\n  labels: {{machineconfiguration.openshift.io/role: {role}}}\nspec: {{config: {{storage: {{files: [{{path: /etc/containers/registries.conf, contents: {{source: '{text}'}}}}]}}}}}}\n"
        )
    };
    let digest = format!("@sha256:{}", "a".repeat(64));
    let (free, blocked) = (image(""), image("blockedRegistries: [docker.io]"));
    let blocks = "data:,[[registry]]%0Alocation%3D\"docker.io\"%0Ablocked%3Dtrue%0A";
    let nothing = "data:,unqualified-search-registries%3D[]";
    let app = pod("docker.io/acme/app:v1");
    let said = "`docker.io/acme/app:v1` can no longer be pulled";
    let change = |old: String, new: String, due: &[String]| {
        let change = Change { images: vec!["docker.io/acme/app:v1".into()], ..Change::of(&old, &new) };
        assert_eq!(cut_off(&change), due, "{old}{new}");
    };
    // Asked for, too: the workload has it all the same.
    change(free.clone() + &app, blocked.clone() + &app, &[format!("15 {said} after this change")]);
    let by_digest = service(&format!("docker.io/acme/app{digest}"));
    let of_digest = format!("16 `docker.io/acme/app{digest}` can no longer be pulled after this change");
    change(free.clone() + &by_digest, blocked.clone() + &by_digest, &[of_digest]);
    let by_tag = service("docker.io/acme/app:v1");
    change(free.clone() + &by_tag, blocked.clone() + &by_tag, &[]);
    // What stands in a file of ones own counts, and not what the operator would write there.
    let (to, open) = (own("99-zz", "worker", blocks), own("99-zz", "worker", nothing));
    change(
        free.clone() + &app + &open,
        free.clone() + &app + &to,
        &[format!("15 {said} on `worker` nodes after this change")],
    );
    let never = mirrors("ImageDigestMirrorSet", "m", "docker.io/acme", "m.corp/acme")
        + "    mirrorSourcePolicy: NeverContactSource\n";
    change(free.clone() + &app, free.clone() + &app + &never, &[format!("15 {said} after this change")]);
    change(free.clone() + &app + &open, free.clone() + &app + &open + &never, &[]);
    let (to, open) = (own("99-zz", "infra", blocks), own("99-zz", "infra", nothing));
    change(free.clone() + &app + &open, free.clone() + &app + &to, &[]);
    // Nobody knows what a file holds whose text is elsewhere; the policy refuses all the same.
    let unknown = own("99-zz", "worker", "https://files.corp.example/registries.conf");
    change(free.clone() + &app + &unknown, free.clone() + &app + &unknown + &never, &[]);
    let allowed = image("allowedRegistries: [quay.io]");
    change(free + &app + &unknown, allowed + &app + &unknown, &[format!("15 {said} after this change")]);
}

/// What `pullwarden` ends with in the repository.
fn code(repo: &GitRepo, arguments: &[&str]) -> Option<i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.args(arguments).current_dir(repo.root()).env_clear().output().expect("it runs").status.code()
}

fn rules_of(repo: &GitRepo, file: &str) -> Vec<String> {
    let text = fs::read_to_string(repo.root().join(file)).expect("a baseline");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let entries = json["diagnostics"].as_array().expect("entries").iter();
    entries.map(|entry| entry["rule"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_baseline_holds_back_what_was_accepted_of_a_plan() {
    let repo = case("search-list-added");
    let base = ["--base", "main", "--fail-on", "warning"];
    assert_eq!(plan(repo.root(), &base).status.code(), Some(1));
    let counts = |more: &[&str]| {
        let all = [&["--base", "main", "--format", "counts"], more].concat();
        out(&plan(repo.root(), &all))
    };
    let found = counts(&[]);
    assert!(found.contains("\nbaselined=0\n") && !found.contains("findings=0"), "{found}");
    let of_check =
        "{\"file\": \"a.yaml\", \"rule\": \"mirror-loop\", \"message\": \"m\", \"fingerprint\": \"f\"}";
    repo.write("b.json", &format!("{{\"version\": 1, \"diagnostics\": [{of_check}]}}\n"));
    let written = out(&plan(repo.root(), &["--base", "main", "--write-baseline", "b.json"]));
    assert_eq!(written, "wrote 1 finding to b.json\n");
    assert_eq!(rules_of(&repo, "b.json"), ["mirror-loop", "reboot-predicted"]);
    let with = ["--baseline", "b.json"];
    assert_eq!(plan(repo.root(), &[&base[..], &with].concat()).status.code(), Some(0));
    assert!(counts(&with).ends_with("\nfindings=0\nbaselined=1\n"), "{}", counts(&with));
    let sarif = out(&plan(repo.root(), &[&["--base", "main", "--format", "sarif"], &with[..]].concat()));
    let places = placed(&sarif);
    // Entries of a check are not stale here, and this one is held back and no other.
    assert_eq!(places.len(), 1, "{places:?}");
    assert!(places[0].starts_with("reboot-predicted ") && places[0].ends_with(" held"), "{places:?}");
    let github = out(&plan(repo.root(), &[&["--base", "main", "--format", "github"], &with[..]].concat()));
    assert!(!github.contains("reboot-predicted"), "{github}");
    // An outcome is what nodes do, accepted or not.
    let drain = ["--base", "main", "--fail-on", "drain"];
    assert_eq!(plan(repo.root(), &[&drain[..], &with].concat()).status.code(), Some(1));
    // The baseline of a check leaves them alone, and calls none of them stale.
    for prune in [&["baseline", "--output", "b.json"][..], &["baseline", "--prune", "--output", "b.json"]] {
        assert_eq!(code(&repo, prune), Some(0), "{prune:?}");
        assert_eq!(rules_of(&repo, "b.json").iter().filter(|rule| *rule == "reboot-predicted").count(), 1);
    }
    assert_eq!(code(&repo, &["check", "--baseline", "b.json", "--fail-on", "note"]), Some(0));
    // What the next plan accepts takes its place.
    repo.git(&["checkout", "-q", "main"]);
    assert_eq!(
        out(&plan(repo.root(), &["--base", "main", "--write-baseline", "b.json"])),
        "wrote 0 findings to b.json\n"
    );
    assert!(!rules_of(&repo, "b.json").contains(&"reboot-predicted".to_owned()));
    let both = ["--base", "main", "--write-baseline", "b.json", "--baseline", "b.json"];
    assert!(err(&plan(repo.root(), &both)).contains("cannot be used with"));
}

#[test]
fn a_comment_stays_below_its_limit_and_says_what_it_leaves_out() {
    const CLUSTERS: usize = 2000;
    let hostile = "</details><b>``````|@team";
    let names: Vec<String> = (0..CLUSTERS).map(|n| format!("clusters/c{n:04}`|<b>/image.yaml")).collect();
    let texts: Vec<String> =
        (0..CLUSTERS).map(|n| image(&format!("blockedRegistries: [r{n:04}.example, '{hostile}']"))).collect();
    let empty = image("");
    let old = names.iter().map(|name| (name.as_str(), empty.as_str())).collect();
    let new = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let page = Change { old, new, ..Change::of("", "") }.report(PlanFormat::Markdown);
    assert!(page.chars().count() < 60_000, "{}", page.chars().count());
    // All of what it may hold is used.
    assert!(page.chars().count() > 55_000, "{}", page.chars().count());
    let outside = outside_of_fences(&page);
    assert!(!outside.contains("<b>") && !outside.contains('@'), "{outside}");
    let (opened, closed) = (outside.matches("<details>").count(), outside.matches("</details>").count());
    assert_eq!(opened, closed);
    assert_eq!(page.matches("\n<details><summary>").count(), opened);
    let number = |before: &str, after: &str| -> usize {
        let line = page.lines().find(|line| line.starts_with(before) && line.contains(after));
        let line = line.unwrap_or_else(|| panic!("no `{before}…{after}` in {page}"));
        line[before.len()..].split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert!(rows > 100 && opened > 20, "{rows} {opened}");
    assert_eq!(rows + number("| ", "clusters more | are left out here"), CLUSTERS);
    assert_eq!(opened + number("The details of ", "clusters are left out here"), CLUSTERS);
}

#[test]
fn a_comment_says_that_it_does_not_name_all_that_could_not_be_read() {
    let repo = GitRepo::new();
    let broken = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster\n";
    repo.commit(&[("clusters/a/image.yaml", &image(""))], "before");
    repo.git(&["checkout", "-q", "-b", "change"]);
    let names: Vec<String> = (0..300).map(|n| format!("clusters/a/broken-{n}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), broken)).collect();
    repo.commit(&files, "after");
    let page = out(&plan(repo.root(), &["--base", "main", "--format", "markdown"]));
    assert!(page.contains("\nMore could not be read; `pullwarden plan` names all of it.\n"), "{page}");
    assert!(page.chars().count() < 10_000);
    outside_of_fences(&page);
}
