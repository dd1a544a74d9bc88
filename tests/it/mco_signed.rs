//! The real operator answered the cases in `fixtures/mco-signed` with the image policy that a release brings; so do we,
//! on the whole way from the text, and in the JSON of `render` and `resolve`.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use crate::generated::{assert_none, root};
use crate::mco::{drain, lines, parsed_json, parsed_toml, probe_of_mirrors, values};
use crate::nodes::{directories, json_of, text};
use pullwarden::config::{Overrides, Settings};
use pullwarden::model::Cluster;
use pullwarden::node::{self, Nodes};
use pullwarden::pipeline::{self, Walked};
use pullwarden::pull::{Resolution, Resolver, Verdict};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::rollout;
use pullwarden::source::Sources;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many of each kind were compared, and what differs.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) counts: BTreeMap<&'static str, usize>,
    pub(crate) failures: Vec<String>,
}

impl Compared {
    /// What was compared, in words.
    pub(crate) fn total(&self) -> String {
        let total: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        total.join(", ")
    }

    pub(crate) fn equal(&mut self, case: &str, what: &'static str, ours: &Value, due: &Value) {
        *self.counts.entry(what).or_default() += 1;
        if ours != due {
            self.failures.push(format!("{case}: {what}\n  ours {ours}\n  due  {due}"));
        }
    }
}

/// The only cluster of a file.
fn cluster(file: &Path, args: &Value) -> Option<Cluster> {
    let input = Input { name: "input.yaml".into(), origin: Origin::Text(fs::read(file).ok()?) };
    let overrides = Overrides {
        openshift: args["openshift"].as_str().map(|version| version.parse().expect("a release")),
        platform: serde_json::from_value(args["platform"].clone()).expect("a platform"),
        release_image: args["release_image"].as_str().map(str::to_owned),
        ..Overrides::default()
    };
    let walked = Walked { inputs: vec![input], ..Walked::default() };
    let repo = pipeline::read(walked, &Settings::from_overrides(&overrides), &mut Sources::default());
    let mut clusters = repo.clusters.into_iter().filter(Cluster::configures_images);
    let cluster = clusters.next().expect("a cluster");
    assert!(clusters.next().is_none(), "{} is about several clusters", file.display());
    Some(cluster)
}

/// A policy whose requirements stand in the order of their texts.
fn policy(text: &str) -> Value {
    fn sort(value: &mut Value) {
        match value {
            Value::Array(items) => items.sort_by_key(Value::to_string),
            Value::Object(map) => map.values_mut().for_each(sort),
            _ => {}
        }
    }
    let mut policy = parsed_json(text);
    sort(&mut policy);
    policy
}

/// Whether an error is one that the operator can give: it takes any scope that it can name.
pub(crate) fn is_due(error: &str, due: &Value) -> bool {
    let recorded = due["error"].as_str().expect("an error");
    let scopes = strings(&due["error_scopes"]);
    error == recorded
        || scopes.iter().any(|theirs| scopes.iter().any(|ours| error == recorded.replace(theirs, ours)))
}

fn state(case: &str, nodes: &Nodes, due: &Value, compared: &mut Compared) {
    compared.equal(case, "states", &json!(nodes.files.is_err()), &json!(due.get("error").is_some()));
    let skipped = json!(nodes.skipped.as_ref().map(ToString::to_string));
    compared.equal(case, "skipped errors", &skipped, &due["skipped_error"]);
    let files = match &nodes.files {
        Ok(files) => files,
        Err(stop) => {
            let error = stop.to_string();
            let error = if is_due(&error, due) { due["error"].clone() } else { json!(error) };
            compared.equal(case, "errors", &error, &due["error"]);
            compared.equal(case, "error stages", &json!(stop.stage().as_str()), &due["error_stage"]);
            return;
        }
    };
    let lists = json!({
        "registries_blocked": values(&nodes.effective.registries_blocked),
        "policy_blocked": values(&nodes.effective.policy_blocked),
        "allowed": values(&nodes.effective.allowed),
    });
    compared.equal(case, "effective lists", &lists, &due["effective_lists"]);
    let registries = parsed_toml(&files.registries_conf.to_toml());
    compared.equal(case, "registries.conf", &registries, &parsed_toml(&lines(&due["registries_conf"])));
    let ours = policy(&files.policy_json.to_json());
    compared.equal(case, "policy.json", &ours, &policy(&lines(&due["policy_json"])));
    let from = json!([files.registries_conf.from.as_str(), files.policy_json.from.as_str()]);
    compared.equal(case, "origins", &from, &json!([due["registries_conf_from"], due["policy_json_from"]]));
    let written = |text: Option<String>| json!(text);
    let recorded = |key: &str| json!(due[key].is_array().then(|| lines(&due[key])));
    let search = files.search_registries.as_ref().map(node::SearchRegistries::to_toml);
    compared.equal(case, "search registries", &written(search), &recorded("search_registries_dropin"));
    let sigstore = files.sigstore_registries.as_ref().map(node::SigstoreRegistries::to_yaml);
    compared.equal(case, "sigstore registries", &written(sigstore), &recorded("sigstore_registries_yaml"));
    let namespaced = files.namespaced_policies.iter();
    let namespaced: BTreeMap<String, Value> = namespaced
        .map(|(name, ours)| (format!("{}/{name}.json", node::NAMESPACED_POLICIES), policy(&ours.to_json())))
        .collect();
    let due = due["namespaced_policies"].as_object().into_iter().flatten();
    let due: BTreeMap<&String, Value> = due.map(|(path, text)| (path, policy(&lines(text)))).collect();
    compared.equal(case, "policies of namespaces", &json!(namespaced), &json!(due));
}

fn probe(resolution: &Resolution) -> Value {
    let mut json = probe_of_mirrors(resolution);
    let policy = resolution.policy.as_ref().expect("the policy is asked");
    json["policy_scope"] = policy.scope.as_deref().unwrap_or("<default>").into();
    json["policy_requirements"] = policy.requirements.iter().map(node::Requirement::type_name).collect();
    json["policy_allowed"] = match policy.verdict {
        Verdict::Accepted => true.into(),
        Verdict::Rejected => false.into(),
        Verdict::IfSigned => Value::Null,
    };
    json
}

/// The values as a set.
fn sorted<'v>(values: impl Iterator<Item = &'v str>) -> Value {
    json!(values.collect::<BTreeSet<_>>())
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A probe with its requirements as a set, since all have to be met. The recorded ones do not name the location that the
/// entry of a wildcard lacks.
fn comparable(probe: &Value) -> Value {
    let mut probe = probe.clone();
    probe["policy_requirements"] = sorted(strings(&probe["policy_requirements"]).into_iter());
    for source in probe["sources"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        source.retain(|key, value| key != "location" || *value != "");
    }
    probe
}

#[test]
fn nodes_get_what_the_operator_writes_for_a_release() {
    let mut compared = Compared::default();
    let mut signed = 0;
    for path in directories("fixtures/mco-signed") {
        let read = |file: &str| parsed_json(&fs::read_to_string(path.join(file)).expect("a case"));
        let (args, due) = (read("args.json"), read("expected.json"));
        let case = path.file_name().expect("a name").to_string_lossy().into_owned();
        let new = node::render_installed(&cluster(&path.join("input.yaml"), &args).expect("input.yaml"));
        signed += usize::from(new.files.as_ref().is_ok_and(|files| files.sigstore_registries.is_some()));
        state(&case, &new, &due["new"], &mut compared);
        if let Some(old) = cluster(&path.join("old.yaml"), &args) {
            let old = node::render_installed(&old);
            state(&format!("{case} (old)"), &old, &due["old"], &mut compared);
            if let (Ok(old), Ok(new)) = (&old.files, &new.files) {
                let mut ours = drain(&rollout::between(old, new));
                ours["actions"] = sorted(strings(&ours["actions"]).into_iter());
                compared.equal(&case, "drain decisions", &ours, &due["drain"]);
            }
        }
        for due in due["probes"].as_array().into_iter().flatten() {
            let resolver = Resolver::new(&new).unwrap_or_else(|stop| panic!("{stop}"));
            let ours = probe(&resolver.resolve(due["ref"].as_str().expect("a name")));
            compared.equal(&case, "probes", &comparable(&ours), &comparable(due));
        }
    }
    println!("compared {}; {signed} states with signatures", compared.total());
    assert_none(&compared.failures, "answers for a release");
    assert_eq!(compared.counts["probes"], 216, "the fixtures are there");
    assert_eq!(compared.counts["states"], 81, "75 states, 6 of them with one before");
    assert_eq!(compared.counts["drain decisions"], 5);
    assert_eq!(compared.counts["errors"], 25);
}

#[test]
fn the_commands_tell_what_the_operator_writes_for_a_release() {
    let mut compared = Compared::default();
    for path in directories("fixtures/mco-signed") {
        let read = |file: &str| parsed_json(&fs::read_to_string(path.join(file)).expect("a case"));
        let (args, due) = (read("args.json"), read("expected.json"));
        let case = path.file_name().expect("a name").to_string_lossy().into_owned();
        let input = path.join("input.yaml");
        let mut how = vec!["--no-config"];
        for (flag, key) in
            [("--openshift", "openshift"), ("--platform", "platform"), ("--release-image", "release_image")]
        {
            if let Some(value) = args[key].as_str() {
                how.extend([flag, value]);
            }
        }
        let ours = json_of(&[&["render", text(&input)], how.as_slice()].concat());
        let ours = &ours["clusters"][0];
        let new = &due["new"];
        compared.equal(
            &case,
            "stops",
            &json!(ours.get("error").is_some()),
            &json!(new.get("error").is_some()),
        );
        let is_assumed = ours["image_policy_assumed"].as_bool().expect("a flag");
        let is_written = |text: &Value| text.to_string().contains("KEY-OF-THE-RELEASE");
        if new.get("error").is_none() {
            compared.equal(
                &case,
                "assumed policies",
                &json!(is_assumed),
                &json!(is_written(&new["policy_json"])),
            );
            let ours_policy = policy(ours["policy_json"].as_str().expect("a policy"));
            compared.equal(&case, "policy.json", &ours_policy, &policy(&lines(&new["policy_json"])));
            for (what, key) in [
                ("registries", "registries_conf_from"),
                ("policies", "policy_json_from"),
                ("lists", "effective_lists"),
            ] {
                compared.equal(&case, what, &ours[key], &new[key]);
            }
            let registries = parsed_toml(ours["registries_conf"].as_str().expect("a file"));
            compared.equal(
                &case,
                "registries.conf",
                &registries,
                &parsed_toml(&lines(&new["registries_conf"])),
            );
        } else {
            let ours = ours["error"].as_str().expect("an error");
            compared.equal(&case, "errors", &json!(is_due(ours, new)), &json!(true));
        }
        let probes: Vec<Value> = due["probes"].as_array().into_iter().flatten().map(comparable).collect();
        let names: Vec<&str> = probes.iter().filter_map(|probe| probe["ref"].as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let answers = json_of(&[&["resolve", "--in", text(&input)], how.as_slice(), &names].concat());
        for due in &probes {
            let answers = answers["resolutions"].as_array().expect("answers");
            let answer = answers.iter().find(|answer| answer["ref"] == due["ref"]).expect("an answer");
            let answer = comparable(answer);
            for (key, due) in due.as_object().expect("a probe") {
                compared.equal(&case, "fields of probes", answer.get(key).unwrap_or(&Value::Null), due);
            }
            compared.equal(&case, "assumptions", &answer["image_policy_assumed"], &json!(is_assumed));
        }
    }
    println!("compared {:?}", compared.counts);
    assert_none(&compared.failures, "what render and resolve say of a release");
    assert_eq!(compared.counts["assumptions"], 216);
    assert!(root().join("fixtures/mco-signed/README.md").is_file());
}
