//! The real operator answered the changes in `fixtures/plan`; so do we, on the whole way from the texts.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use crate::generated::{assert_none, root};
use crate::mco::parsed_json;
use crate::mco_signed::{Compared, is_due};
use crate::nodes::directories;
use pullwarden::config::{Overrides, Settings};
use pullwarden::model::Repo;
use pullwarden::openshift::Topology;
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::crd::NodeAction;
use pullwarden::read::discover::{Input, Origin};
use pullwarden::rollout::{self, PoolPlan, Side};
use pullwarden::source::Sources;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Pools of which nothing changes until somebody resumes them.
const PAUSED: &str = "---
apiVersion: machineconfiguration.openshift.io/v1
kind: MachineConfigPool
metadata: {name: worker}
spec: {paused: true}
---
apiVersion: machineconfiguration.openshift.io/v1
kind: MachineConfigPool
metadata: {name: master}
spec: {paused: true}
";

fn repo(file: &Path, args: &Value, sources: &mut Sources) -> Repo {
    let mut text = fs::read_to_string(file).expect("a state");
    if args["paused"] == true {
        text.push_str(PAUSED);
    }
    let input = Input { name: "input.yaml".into(), origin: Origin::Text(text.into_bytes()) };
    let overrides = Overrides {
        openshift: args["openshift"].as_str().map(|version| version.parse().expect("a release")),
        platform: serde_json::from_value(args["platform"].clone()).expect("a platform"),
        release_image: args["release_image"].as_str().map(str::to_owned),
        topology: (args["single_node"] == true).then_some(Topology::SingleNode),
        ..Overrides::default()
    };
    let walked = Walked { inputs: vec![input], ..Walked::default() };
    pipeline::read_for_plan(walked, &Settings::from_overrides(&overrides), sources)
}

fn state(case: &str, side: &Side<'_>, due: &Value, compared: &mut Compared) {
    let error = side.stop().map(ToString::to_string);
    compared.equal(case, "states", &json!(error.is_some()), &json!(due.get("error").is_some()));
    let skipped = json!(side.nodes.skipped.as_ref().map(ToString::to_string));
    compared.equal(case, "skipped errors", &skipped, &due["skipped_error"]);
    if let (Some(stop), Some(error)) = (side.stop(), error) {
        let error = if is_due(&error, due) { due["error"].clone() } else { json!(error) };
        compared.equal(case, "errors", &error, &due["error"]);
        compared.equal(case, "error stages", &json!(stop.stage().as_str()), &due["error_stage"]);
    }
    let files = side.nodes.files.as_ref().ok();
    let load_error = files.and_then(|files| files.registries_load_error.as_ref());
    compared.equal(
        case,
        "load errors",
        &json!(load_error.map(ToString::to_string)),
        &due["registries_conf_load_error"],
    );
}

fn pool(case: &str, pool: &PoolPlan, due: &Value, compared: &mut Compared) {
    compared.equal(case, "outcomes", &json!(pool.outcome.as_str()), &due["outcome"]);
    let due = &due["drain"];
    compared.equal(case, "decisions", &json!(pool.rollout.is_some()), &json!(!due.is_null()));
    let Some(rollout) = &pool.rollout else { return };
    let files: Vec<&str> = rollout.diff_files().collect();
    compared.equal(case, "files", &json!(files), &due["diff_files"]);
    compared.equal(
        case,
        "actions",
        &json!(rollout.actions().iter().map(NodeAction::name).collect::<Vec<_>>()),
        &due["actions"],
    );
    compared.equal(case, "drains", &json!(rollout.drains()), &due["drain"]);
    compared.equal(case, "reboots", &json!(rollout.reboots()), &due["reboot"]);
    compared.equal(case, "safe", &json!(rollout.is_safe()), &due["registries_conf_safe"]);
}

#[test]
fn nodes_do_what_the_operator_makes_them_do() {
    let mut compared = Compared::default();
    let paths = directories("fixtures/plan");
    for path in &paths {
        let read = |file: &str| parsed_json(&fs::read_to_string(path.join(file)).expect("a case"));
        let (args, due) = (read("args.json"), read("expected.json"));
        let case = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut sources = Sources::default();
        let before = repo(&path.join("old.yaml"), &args, &mut sources);
        let after = repo(&path.join("new.yaml"), &args, &mut sources);
        let plan = rollout::plan(&before, &after);
        let [cluster] = &plan.clusters[..] else {
            panic!("{case} is about {} clusters", plan.clusters.len())
        };
        state(&format!("{case} (old)"), &cluster.before, &due["old"], &mut compared);
        state(&case, &cluster.after, &due["new"], &mut compared);
        compared.equal(&case, "clusters", &json!(cluster.outcome.as_str()), &due["outcome"]);
        let names: Vec<&str> = cluster.pools.iter().map(|pool| pool.name.as_str()).collect();
        compared.equal(&case, "pools", &json!(names), &json!(["master", "worker"]));
        for each in &cluster.pools {
            pool(&format!("{case} ({})", each.name), each, &due, &mut compared);
        }
    }
    println!("compared {}", compared.total());
    assert_none(&compared.failures, "what changes do to nodes");
    assert_eq!(compared.counts["clusters"], 101);
    assert_eq!(compared.counts["outcomes"], 2 * 101, "for the two pools");
    assert!(root().join("fixtures/plan/README.md").is_file());
}
