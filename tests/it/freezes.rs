//! What pullwarden calls a freeze is one: findings that say so, and states in which the simulated operator stops, are the
//! same.
//!
//! The relation, for one cluster: take away the objects that the API server refuses ([`Effect::Refused`]), since they
//! never reach the operator. Of the rest, the operator stops while it renders if and only if some finding says
//! [`Effect::Freezes`], and one of them stands at a text that the stop names. Where a template still has to fill in
//! values, only the second half holds: what freezes stops. An `Image` named `cluster` is there in any
//! case. The simulation is that of 4.15 and later: before, contradicting policies of an ICSP went unnoticed.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use crate::generated::{self, assert_none, shown};
use crate::harness::Repository;
use crate::node::state;
use crate::nodes::directories;
use crate::rules::fixtures;
use proptest::prelude::*;
use pullwarden::check::diagnostic::Diagnostic;
use pullwarden::check::engine;
use pullwarden::config::{self, Overrides, Settings};
use pullwarden::finding::Effect;
use pullwarden::model::{Cluster, Repo};
use pullwarden::node::{Stage, Stop};
use pullwarden::openshift::{ICSP_POLICIES, Platform, Version};
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::rules::rule::Preset;
use pullwarden::rules::view::ClusterView;
use pullwarden::source::Sources;
use std::collections::BTreeSet;

/// A repository, read, with all rules on.
struct Read {
    repo: Repo,
    settings: Settings,
    sources: Sources,
}

fn read(repository: &Repository) -> Read {
    read_on(repository, Platform::default())
}

fn read_on(repository: &Repository, platform: Platform) -> Read {
    let overrides = Overrides {
        platform: Some(platform).filter(|platform| *platform != Platform::default()),
        openshift: repository.openshift.as_deref().map(|v| v.parse().expect("a release")),
        preset: Some(Preset::Strict),
        ..Overrides::default()
    };
    let mut sources = Sources::default();
    let config = repository.files.iter().find(|(name, _)| config::NAMES.contains(&name.as_str()));
    let settings = match config {
        Some((name, text)) => {
            config::parse(std::str::from_utf8(text).expect("UTF-8"), name, &overrides, &mut sources)
        }
        None => Settings::from_overrides(&overrides),
    };
    let inputs = repository.files.iter();
    let inputs = inputs.map(|(name, text)| Input { name: name.clone(), origin: Origin::Text(text.clone()) });
    let walked = Walked { inputs: inputs.collect(), ..Walked::default() };
    let repo = pipeline::read(walked, &settings, &mut sources);
    Read { repo, settings, sources }
}

impl Read {
    fn diagnostics(&self, cluster: &Cluster, effect: Effect) -> Vec<Diagnostic> {
        let mut repo = Repo::default();
        repo.clusters = vec![cluster.clone()];
        let found = engine::run(&repo, &self.settings.rules, &self.sources).diagnostics;
        found.into_iter().filter(|diagnostic| diagnostic.effect == Some(effect)).collect()
    }

    /// The cluster without what the API server refuses.
    fn admitted(&self, cluster: &Cluster) -> Cluster {
        let refused = self.diagnostics(cluster, Effect::Refused);
        let mut admitted = cluster.clone();
        admitted
            .retain(|resource| !refused.iter().any(|diagnostic| resource.span().contains(diagnostic.span)));
        admitted
    }

    /// Checks the relation; gives the rules that said that it freezes.
    fn compare(&self, cluster: &Cluster) -> Result<BTreeSet<&'static str>, String> {
        let cluster = self.admitted(cluster);
        let freezing = self.diagnostics(&cluster, Effect::Freezes);
        let said: Vec<String> =
            freezing.iter().map(|found| format!("{}: {}", found.rule.id, found.message)).collect();
        let view = ClusterView::new(&cluster);
        match view.nodes().files.as_ref().err().filter(|stop| stop.stage() == Stage::Render) {
            None if freezing.is_empty() => Ok(BTreeSet::new()),
            None => Err(format!("nothing stops, though {said:?}")),
            Some(Stop::PolicyConflict { .. }) if cluster.version() < ICSP_POLICIES => Ok(BTreeSet::new()),
            Some(stop) => {
                let spans = stop.spans();
                let in_list = matches!(stop, Stop::AllowedAndBlocked { .. });
                let named = |found: &&Diagnostic| {
                    spans.contains(&found.span) || (in_list && found.field == "spec.registrySources")
                };
                match freezing.iter().find(named) {
                    Some(_) => Ok(freezing.iter().map(|found| found.rule.id).collect()),
                    // Rules do not count on what a template may still mend.
                    None if !view.nodes().open.is_empty() => Ok(BTreeSet::new()),
                    None => Err(format!("no finding at what stops it ({stop}), but {said:?}")),
                }
            }
        }
    }
}

#[test]
fn findings_of_a_freeze_agree_with_the_simulated_operator() {
    let (fixtures, _) = fixtures();
    let (mut failures, mut shown_by, mut clusters) = (Vec::new(), BTreeSet::new(), 0);
    for fixture in &fixtures {
        let read = read(&fixture.repository);
        for cluster in &read.repo.clusters {
            clusters += 1;
            match read.compare(cluster) {
                Ok(rules) => {
                    shown_by.extend(rules.into_iter().filter(|id| fixture.is_bad && *id == fixture.rule));
                }
                Err(why) => failures.push(format!("{}: {why}", shown(&fixture.path))),
            }
        }
    }
    for entry in pullwarden::rules::ALL {
        let id = entry.meta.id;
        let file = generated::root().join(format!("src/rules/{}.rs", id.replace('-', "_")));
        let can_freeze = std::fs::read_to_string(file).is_ok_and(|text| text.contains("Effect::Freezes"));
        if can_freeze && !shown_by.contains(id) {
            failures.push(format!("fixtures/{id}/: no bad fixture freezes, though the rule can say so"));
        }
    }
    println!("compared {clusters} clusters of fixtures; {} rules freeze", shown_by.len());
    assert_none(&failures, "freezes");
}

#[test]
fn states_that_stop_the_recorded_operator_are_found() {
    let (mut failures, mut clusters, mut frozen) = (Vec::new(), 0, 0);
    let entries = std::fs::read_dir(generated::root().join("fixtures/mco")).expect("fixtures/mco is there");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let args = std::fs::read_to_string(path.join("args.json")).unwrap_or_default();
        let args: serde_json::Value = serde_json::from_str(&args).unwrap_or_default();
        for file in ["input.yaml", "old.yaml"] {
            let Ok(text) = std::fs::read(path.join(file)) else { continue };
            for openshift in ["4.17", "5.2"] {
                let read = read(&Repository {
                    files: vec![(file.to_owned(), text.clone())],
                    openshift: Some(openshift.into()),
                    today: None,
                });
                for cluster in &read.repo.clusters {
                    let mut cluster = cluster.clone();
                    cluster.release_image = args["release_image"].as_str().map(str::to_owned);
                    clusters += 1;
                    match read.compare(&cluster) {
                        Ok(rules) => frozen += usize::from(!rules.is_empty()),
                        Err(why) => {
                            failures.push(format!("{} on {openshift}: {why}", shown(&path.join(file))));
                        }
                    }
                }
            }
        }
    }
    println!("compared {clusters} states, {frozen} of them frozen");
    assert!(frozen > 20, "{frozen} states freeze");
    assert_none(&failures, "freezes");
}

#[test]
fn states_that_stop_the_recorded_operator_of_a_release_are_found() {
    let (mut failures, mut clusters, mut frozen) = (Vec::new(), 0, 0);
    for path in directories("fixtures/mco-signed") {
        let args = std::fs::read_to_string(path.join("args.json")).expect("a case");
        let args: serde_json::Value = serde_json::from_str(&args).expect("JSON");
        let recorded = std::fs::read_to_string(path.join("expected.json")).expect("a case");
        let recorded: serde_json::Value = serde_json::from_str(&recorded).expect("JSON");
        for (file, state) in [("input.yaml", "new"), ("old.yaml", "old")] {
            let Ok(text) = std::fs::read(path.join(file)) else { continue };
            let repository = Repository {
                files: vec![(file.to_owned(), text)],
                openshift: args["openshift"].as_str().map(str::to_owned),
                today: None,
            };
            let platform = serde_json::from_value(args["platform"].clone()).expect("a platform");
            let read = read_on(&repository, platform);
            for cluster in read.repo.clusters.iter().filter(|cluster| cluster.configures_images()) {
                let mut cluster = cluster.clone();
                cluster.set_release_image(args["release_image"].as_str().map(str::to_owned).as_ref());
                clusters += 1;
                let is_stopped = recorded[state].get("error").is_some();
                match read.compare(&cluster) {
                    Ok(rules) if rules.is_empty() == is_stopped => {
                        // What the API server refuses never comes to the operator.
                        let is_refused = !read.diagnostics(&cluster, Effect::Refused).is_empty();
                        if !is_refused {
                            failures.push(format!(
                                "{}: stops {is_stopped}, but {rules:?}",
                                shown(&path.join(file))
                            ));
                        }
                    }
                    Ok(rules) => frozen += usize::from(!rules.is_empty()),
                    Err(why) => failures.push(format!("{}: {why}", shown(&path.join(file)))),
                }
            }
        }
    }
    println!("compared {clusters} states of releases, {frozen} of them frozen");
    assert!(frozen > 20, "{frozen} states freeze");
    assert_none(&failures, "freezes");
}

/// Fewer names, so that more of them meet.
fn dense(document: &str) -> String {
    let pairs =
        [("/t/u/v", ""), ("/t/u", ""), ("h.io:5000", "s.io"), ("h.io", "s.io"), ("example.example", "s.io")];
    pairs.iter().fold(document.to_owned(), |text, (from, to)| text.replace(from, to))
}

proptest! {
    #![proptest_config(crate::harness::random(800))]

    #[test]
    fn findings_and_stops_are_the_same(
        documents in prop_oneof![state(), state().prop_map(|documents| documents.iter().map(|d| dense(d)).collect())],
        newest in any::<bool>(),
    ) {
        let read = read(&Repository {
            files: vec![("manifests.yaml".into(), documents.join("---\n").into_bytes())],
            openshift: Some(if newest { Version::NEWEST.to_string() } else { "4.17".into() }),
            today: None,
        });
        for cluster in &read.repo.clusters {
            if let Err(why) = read.compare(cluster) {
                prop_assert!(false, "{}\n{}", why, documents.join("---\n"));
            }
        }
    }
}
