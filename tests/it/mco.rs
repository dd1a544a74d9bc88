//! The real Machine Config Operator and container runtime answered the cases in `fixtures/mco`; so do we.
//!
//! A case is `input.yaml` (the resources), `args.json` (the release image, names to resolve), `expected.json` (the
//! answers; texts of files as lists of lines), and for some `old.yaml`, the resources before a change.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use pullwarden::model::{Cluster, Resource, Standing};
use pullwarden::node::{self, FileOrigin, LoadedFile, Nodes};
use pullwarden::openshift::Version;
use pullwarden::pull::{Resolution, Resolver, Verdict};
use pullwarden::read::crd::NodeAction;
use pullwarden::read::manifest::{Form, Manifest};
use pullwarden::rollout::{self, Rollout};
use pullwarden::source::{FileId, Spanned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

fn cluster(text: &str, args: &Value) -> Cluster {
    let mut resources = Vec::new();
    pullwarden::yaml::parse(FileId(0), &Arc::from(text), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        let manifest = Manifest::new(Arc::new(document), 0, Form::Applied);
        resources.extend(Resource::read(manifest, None).map(Arc::new));
    });
    let mut cluster = Cluster::new("test".into(), Standing::Exact, resources);
    cluster.release_image = args["release_image"].as_str().map(str::to_owned);
    // The recorded operator was shown no policy of a release.
    cluster.openshift = Some(Version::new(4, 20));
    cluster
}

/// How many of each kind were compared.
#[derive(Default)]
struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

struct Case<'c> {
    name: String,
    counts: &'c mut Counts,
    failures: &'c mut Vec<String>,
}

impl Case<'_> {
    fn equal(&mut self, what: &'static str, ours: &Value, due: &Value) {
        self.counts.add(what);
        if ours != due {
            self.failures.push(format!("{}: {what}\n  ours {ours}\n  due  {due}", self.name));
        }
    }

    fn state(&mut self, nodes: &Nodes, due: &Value) {
        self.counts.add("states");
        let lists = &nodes.effective;
        let effective = json!({
            "registries_blocked": values(&lists.registries_blocked),
            "policy_blocked": values(&lists.policy_blocked),
            "allowed": values(&lists.allowed),
        });
        self.equal("effective lists", &effective, &due["effective_lists"]);
        let skipped = json!(nodes.skipped.as_ref().map(ToString::to_string));
        self.optional("skipped errors", &skipped, &due["skipped_error"]);
        let (error, stage) = match &nodes.files {
            Ok(_) => (Value::Null, Value::Null),
            Err(stop) => (json!(stop.to_string()), json!(stop.stage().as_str())),
        };
        self.optional("errors", &json!([error, stage]), &json!([due["error"], due["error_stage"]]));
        let Ok(files) = &nodes.files else { return };

        let registries = files.registries_conf.to_toml();
        self.equal(
            "registries.conf",
            &parsed_toml(&registries),
            &parsed_toml(&lines(&due["registries_conf"])),
        );
        self.equal("registries.conf as text", &json!(registries), &json!(lines(&due["registries_conf"])));
        self.from(files.registries_conf.from, &due["registries_conf_from"]);
        let policy = files.policy_json.to_json();
        self.equal("policy.json", &parsed_json(&policy), &parsed_json(&lines(&due["policy_json"])));
        self.equal("policy.json as text", &json!(policy), &json!(lines(&due["policy_json"])));
        self.from(files.policy_json.from, &due["policy_json_from"]);
        let search = files.search_registries.as_ref().map(node::SearchRegistries::to_toml);
        let due_search =
            due["search_registries_dropin"].is_array().then(|| lines(&due["search_registries_dropin"]));
        self.optional("search registries", &json!(search), &json!(due_search));
        let sigstore = files.sigstore_registries.as_ref().map(node::SigstoreRegistries::to_yaml);
        let due_sigstore =
            due["sigstore_registries_yaml"].is_array().then(|| lines(&due["sigstore_registries_yaml"]));
        self.optional("sigstore registries", &json!(sigstore), &json!(due_sigstore));
        let namespaced = files.namespaced_policies.iter().map(|(namespace, policy)| {
            (format!("{}/{namespace}.json", node::NAMESPACED_POLICIES), parsed_json(&policy.to_json()))
        });
        let namespaced: BTreeMap<String, Value> = namespaced.collect();
        let due_namespaced = due["namespaced_policies"].as_object().into_iter().flatten();
        let due_namespaced: BTreeMap<String, Value> =
            due_namespaced.map(|(path, text)| (path.clone(), parsed_json(&lines(text)))).collect();
        for path in namespaced.keys().chain(due_namespaced.keys()).collect::<std::collections::BTreeSet<_>>()
        {
            self.equal("namespaced policies", &json!(namespaced.get(path)), &json!(due_namespaced.get(path)));
        }
        // The recorded paths are those of a made-up root.
        let load = files.registries_load_error.as_ref().map(|error| {
            assert_ne!(error.file, LoadedFile::PolicyJson);
            assert!(!error.spans.is_empty(), "{}: nobody causes {error}", self.name);
            format!("registries.conf: {error}").replace("\"/etc/containers", "\"")
        });
        self.optional("load errors", &json!(load), &due["registries_conf_load_error"]);
    }

    /// Compares what is mostly absent; counts it only where it is there.
    fn optional(&mut self, what: &'static str, ours: &Value, due: &Value) {
        let absent = |value: &Value| value.is_null() || *value == json!([null, null]);
        if !absent(ours) || !absent(due) {
            self.equal(what, ours, due);
        }
    }

    fn from(&mut self, ours: FileOrigin, due: &Value) {
        self.equal("generated or template", &json!(ours.as_str()), due);
    }
}

/// What a resolution says of the mirrors, in the words of the recorded answers.
pub(crate) fn probe_of_mirrors(resolution: &Resolution) -> Value {
    let sources = resolution.sources.iter().map(|source| {
        let mut json = json!({
            "reference": source.reference,
            "location": source.location,
            "insecure": source.insecure,
        });
        if let Some(pull) = source.pull_from_mirror {
            json["pull_from_mirror"] = pull.as_str().into();
        }
        if let Some(blocker) = &source.blocked_by {
            assert!(!blocker.spans.is_empty());
            json["blocked_by"] = blocker.prefix.as_str().into();
        }
        json
    });
    let mut json = json!({
        "ref": resolution.requested,
        "normalized": resolution.normalized,
        "matched": resolution.is_matched(),
        "blocked": resolution.is_blocked(),
        "sources": sources.collect::<Vec<_>>(),
    });
    if let Some(prefix) = &resolution.matched_prefix {
        assert!(!resolution.matched_spans.is_empty());
        json["matched_prefix"] = prefix.as_str().into();
    }
    json
}

fn probe(resolution: &Resolution) -> Value {
    let mut json = probe_of_mirrors(resolution);
    if let Some(error) = &resolution.error {
        json["error"] = error.to_string().into();
    }
    let Some(policy) = &resolution.policy else {
        json["policy_scope"] = "".into();
        json["policy_lookup_order"] = json!([]);
        json["policy_requirements"] = json!([]);
        json["policy_allowed"] = Value::Null;
        return json;
    };
    json["policy_scope"] = policy.scope.as_deref().unwrap_or("<default>").into();
    json["policy_lookup_order"] = json!(resolution.policy_names().collect::<Vec<_>>());
    json["policy_requirements"] = policy.requirements.iter().map(node::Requirement::type_name).collect();
    json["policy_allowed"] = (policy.verdict == Verdict::Accepted).into();
    // No image of the recorded answers was signed.
    let unsigned = (policy.verdict == Verdict::IfSigned).then(|| "oracle: no signatures".to_owned());
    if let Some(error) = policy.error().or(unsigned) {
        json["policy_error"] = error.into();
    }
    json
}

pub(crate) fn drain(rollout: &Rollout) -> Value {
    json!({
        "diff_files": rollout.diff_files().collect::<Vec<_>>(),
        "actions": rollout.actions().iter().map(NodeAction::name).collect::<Vec<_>>(),
        "drain": rollout.drains(),
        "reboot": rollout.reboots(),
        "registries_conf_safe": rollout.is_safe(),
    })
}

/// A decision whose actions stand there once each, in the order of their names.
fn as_set(decision: &Value) -> Value {
    let mut decision = decision.clone();
    let actions: BTreeSet<String> =
        decision["actions"].as_array().into_iter().flatten().map(Value::to_string).collect();
    decision["actions"] = actions.iter().map(|action| parsed_json(action)).collect();
    decision
}

#[test]
fn nodes_get_what_the_operator_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mco");
    let mut cases: Vec<_> =
        std::fs::read_dir(&root).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    for path in &cases {
        let read = |file: &str| std::fs::read_to_string(path.join(file)).ok();
        let json = |file: &str| read(file).map(|text| parsed_json(&text)).unwrap_or_default();
        let (args, due) = (json("args.json"), json("expected.json"));
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut case = Case { name, counts: &mut counts, failures: &mut failures };
        case.counts.add("cases");
        let new = node::render(&cluster(&read("input.yaml").expect("input.yaml"), &args));
        case.state(&new, &due["new"]);
        if let Some(text) = read("old.yaml") {
            let old = node::render(&cluster(&text, &args));
            case.state(&old, &due["old"]);
            if let (Ok(old), Ok(new)) = (&old.files, &new.files) {
                case.equal("drain decisions", &drain(&rollout::between(old, new)), &as_set(&due["drain"]));
            }
        }
        for due in due["probes"].as_array().into_iter().flatten() {
            let resolver = Resolver::new(&new).unwrap_or_else(|stop| panic!("{stop}"));
            let name = due["ref"].as_str().expect("a name");
            case.equal("probes", &probe(&resolver.resolve(name)), due);
        }
    }
    let total: Vec<String> = counts.0.iter().map(|(what, count)| format!("{count} {what}")).collect();
    println!("compared {}", total.join(", "));
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures.join("\n"));
    assert!(cases.len() > 300, "the fixtures are there");
}

pub(crate) fn values(list: &[Spanned<String>]) -> Vec<&str> {
    list.iter().map(|item| item.value.as_str()).collect()
}

pub(crate) fn lines(value: &Value) -> String {
    let lines = value.as_array().into_iter().flatten();
    lines.map(|line| line.as_str().expect("a line")).collect::<Vec<_>>().join("\n")
}

pub(crate) fn parsed_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Only newer versions have the helper.
pub(crate) fn parsed_toml(text: &str) -> Value {
    let mut table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    table.remove("additional-layer-store-auth-helper");
    serde_json::to_value(table).expect("JSON")
}
