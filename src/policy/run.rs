//! Runs policies on the objects of clusters. A policy that reads only its object runs once for each object, even if
//! several clusters get this object. A policy that reads more runs for each cluster.

use super::configured::InputKind;
use super::host::Answers;
use super::input::{ClusterInput, ClusterPart, ClusterStanding, NodeFiles, ObjectInput, file_of, standing};
use super::json::Writer;
use super::place::{Ground, one_line};
use super::read::{Policies, Ready};
use super::subject::Subject;
use super::{Evaluated, Run, Said};
use crate::finding::Finding;
use crate::machine::threads;
use crate::model::{Cluster, Object};
use crate::read::discover;
use crate::rules::policy_error;
use crate::source::Span;
use rego_policy::{Budget, Found, Job, Json, Outcome};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

/// The number of clusters that are processed together. Their objects are in memory as JSON at the same time.
const TOGETHER: usize = 64;

/// Runs all policies. Results are in the order of clusters and rules.
pub fn run<'r>(policies: &Policies, run: &Run<'r>) -> Evaluated<'r> {
    let Some(runner) = &policies.runner else { return Evaluated::default() };
    let all: Vec<&Cluster> = run.repo.clusters.iter().chain(&run.repo.others).collect();
    let writer = Writer::new(run.sources);
    let mut runner = Running {
        policies,
        budget: runner.budget(),
        unfinished: BTreeSet::new(),
        runner,
        run,
        said: Vec::new(),
        known: HashMap::new(),
        failures: BTreeMap::new(),
        lost: BTreeMap::new(),
        no_severities: BTreeMap::new(),
        files: NodeFiles::default(),
        unselected: Unselected::default(),
    };
    let wants_objects = policies.sets.iter().any(|set| set.reads("objects"));
    for together in all.chunks(TOGETHER) {
        let subjects =
            threads::map(together, |_, cluster| Subject::of(cluster, &writer, run.sources, wants_objects));
        runner.over(&subjects);
    }
    runner.finish()
}

/// The identity of an object for a set of policies: the number of the set, and a hash of the object.
type Key = (usize, [u8; 32]);

/// The subject of an outcome: the number of the cluster, and the number of the object if there is one.
type About = (usize, Option<usize>);

/// A job, and the clusters and objects that its results belong to.
struct Asked {
    job: Job,
    about: Vec<About>,
}

/// The state of a run.
struct Running<'p, 'r> {
    policies: &'p Policies,
    runner: &'p rego_policy::Runner,
    run: &'p Run<'r>,
    /// What all policies together may take.
    budget: Budget,
    /// The places of objects and clusters for which some policies did not run.
    unfinished: BTreeSet<(Option<Span>, &'r str)>,
    said: Vec<Said<'r>>,
    /// The results of policies that read only their object, by the set and the object.
    known: HashMap<Key, Arc<Outcome>>,
    /// Rules that failed, by place and message: the first object or cluster, and the number of failures.
    failures: BTreeMap<(Span, String), (String, usize)>,
    /// Places in results that do not exist, by the head of the rule: the first message, and the number of messages.
    lost: BTreeMap<Span, (String, usize)>,
    /// Severities in results that do not exist, by the head of the rule.
    no_severities: BTreeMap<Span, String>,
    /// The parsed files of nodes.
    files: NodeFiles,
    unselected: Unselected,
}

/// Objects in namespaces whose labels are not known, by the selector of the constraint: the first namespace, and the
/// number of objects.
#[derive(Default)]
struct Unselected(BTreeMap<Span, (String, usize)>);

impl Unselected {
    /// Whether policies apply to an object, as far as this is known.
    fn lets(&mut self, set: &Ready, subject: &Subject<'_>, object: usize) -> bool {
        let is_about = set.is_about(subject, object);
        if let (None, Some(selector)) = (is_about, set.namespace_selector()) {
            let namespace = &subject.objects[object].0.identity.namespace;
            self.0.entry(selector).or_insert_with(|| (namespace.clone(), 0)).1 += 1;
        }
        is_about.unwrap_or_default()
    }
}

impl<'r> Running<'_, 'r> {
    /// Runs the policies for some clusters.
    fn over(&mut self, subjects: &[Subject<'r>]) {
        let mut asked: Vec<Asked> = Vec::new();
        let mut keys: Vec<Option<Key>> = Vec::new();
        let mut answered: Vec<(Arc<Outcome>, About)> = Vec::new();
        let mut unselected = std::mem::take(&mut self.unselected);
        let views = OnceLock::new();
        let parts =
            || views.get_or_init(|| threads::map(subjects, |_, subject| self.documents(subject))).as_slice();
        for (number, set) in self.policies.sets.iter().enumerate() {
            let job = |input: Json, documents| Job {
                set: number,
                namespaces: set.namespaces.clone(),
                input,
                documents,
            };
            match set.input {
                InputKind::Object | InputKind::Review if set.asks_cluster => {
                    for (at, subject) in subjects.iter().enumerate() {
                        let part = set.reads_part.then(|| &parts()[at].documents);
                        let shared = documents_of(set, subject, part);
                        let inputs = subject.inputs.iter().enumerate();
                        for (object, input) in inputs {
                            if !unselected.lets(set, subject, object) {
                                continue;
                            }
                            let mut documents = shared.clone();
                            documents.insert("conftest.file".to_owned(), conftest_file(&input.path));
                            let job = job(set.input_of(subject, object), documents);
                            asked.push(Asked { job, about: vec![(at, Some(object))] });
                            keys.push(None);
                        }
                    }
                }
                InputKind::Object | InputKind::Review => {
                    let mut numbers: HashMap<[u8; 32], usize> = HashMap::new();
                    for (at, subject) in subjects.iter().enumerate() {
                        let inputs = subject.inputs.iter().enumerate();
                        for (object, input) in inputs {
                            if !unselected.lets(set, subject, object) {
                                continue;
                            }
                            let key = key(input);
                            if let Some(outcome) = self.known.get(&(number, key)) {
                                answered.push((outcome.clone(), (at, Some(object))));
                                continue;
                            }
                            let next = asked.len();
                            let known = *numbers.entry(key).or_insert(next);
                            if known == next {
                                let documents = BTreeMap::from([(
                                    "conftest.file".to_owned(),
                                    conftest_file(&input.path),
                                )]);
                                let job = job(set.input_of(subject, object), documents);
                                asked.push(Asked { job, about: Vec::new() });
                                keys.push(Some((number, key)));
                            }
                            asked[known].about.push((at, Some(object)));
                        }
                    }
                }
                InputKind::Cluster | InputKind::Combined => {
                    for (at, subject) in subjects.iter().enumerate() {
                        if !is_cluster(subject.cluster) {
                            continue;
                        }
                        let part = &parts()[at];
                        let documents = if set.reads_part { part.documents.clone() } else { BTreeMap::new() };
                        let objects =
                            if set.reads("objects") { subject.inputs.clone() } else { Arc::default() };
                        let input = match set.input {
                            InputKind::Combined => Json::of(&objects),
                            _ => Json::of(&ClusterInput::of(part.part.clone(), objects)),
                        };
                        let input = input.unwrap_or_default();
                        asked.push(Asked { job: job(input, documents), about: vec![(at, None)] });
                        keys.push(None);
                    }
                }
            }
        }
        self.unselected = unselected;
        let outcomes = self.evaluate(&asked, subjects);
        for ((asked, key), outcome) in asked.into_iter().zip(keys).zip(outcomes) {
            let outcome = Arc::new(outcome);
            if let Some(key) = key {
                self.known.insert(key, outcome.clone());
            }
            for about in asked.about {
                answered.push((outcome.clone(), about));
            }
        }
        // Results are in the order of clusters and objects, independent of the order of jobs.
        answered.sort_by_key(|(_, about)| *about);
        let mut at = 0;
        while let Some((_, about)) = answered.get(at) {
            let about = *about;
            let end = answered[at..].iter().take_while(|(_, other)| *other == about).count() + at;
            self.tell(&subjects[about.0], about.1, answered[at..end].iter().map(|(outcome, _)| outcome));
            at = end;
        }
    }

    /// Sends the jobs to the workers.
    fn evaluate(&mut self, asked: &[Asked], subjects: &[Subject<'r>]) -> Vec<Outcome> {
        let jobs: Vec<Job> = asked.iter().map(|asked| asked.job.clone()).collect();
        let answers: Vec<OnceLock<Answers<'_, '_>>> = subjects.iter().map(|_| OnceLock::new()).collect();
        let answer = |job: usize, function: &str, arguments: &[Value]| {
            let subject = asked.get(job).and_then(|asked| asked.about.first()).map(|about| about.0);
            let subject = subject.ok_or("a call without a job")?;
            let answers =
                answers[subject].get_or_init(|| Answers::new(subjects[subject].view(self.run.today)));
            answers.call(function, arguments)
        };
        match self.runner.run_within(&self.budget, &jobs, rayon::current_num_threads(), &answer) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                let span = self.policies.head(0, 0);
                let message = format!("the worker that evaluates policies does not work: {error}");
                self.failures.entry((span, message)).or_insert(("every object".to_owned(), 1)).1 += 1;
                Vec::new()
            }
        }
    }

    fn documents(&self, subject: &Subject<'r>) -> Part {
        let plan = self.run.plan.and_then(|plan| plan(subject.cluster));
        let sets = &self.policies.sets;
        let reads = |field: &str| sets.iter().any(|set| set.reads_part || set.reads(field));
        let view = subject.view(self.run.today);
        let part = ClusterPart::of(view, plan, &self.files, self.run.sources, &reads);
        let mut documents = BTreeMap::new();
        if self.policies.sets.iter().any(|set| set.reads_part) {
            let text = serde_json::to_string(&part).unwrap_or_default();
            let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(&text).unwrap_or_default();
            for (key, value) in fields {
                documents.insert(format!("pullwarden.{key}"), Arc::<RawValue>::from(value.to_owned()).into());
            }
        }
        Part { part: part.into(), documents }
    }

    /// Adds the results of policies for a cluster or an object.
    fn tell<'o>(
        &mut self,
        subject: &Subject<'r>,
        object: Option<usize>,
        outcomes: impl Iterator<Item = &'o Arc<Outcome>>,
    ) {
        let says = |outcome: &&Arc<Outcome>| {
            outcome.cut
                || !(outcome.failures.is_empty()
                    && outcome.results.is_empty()
                    && outcome.exceptions.is_empty())
        };
        let mut outcomes = outcomes.filter(says).peekable();
        if outcomes.peek().is_none() {
            return;
        }
        let numbers: Vec<usize> =
            object.map_or_else(|| (0..subject.objects.len()).collect(), |one| vec![one]);
        let objects: Vec<&Object> =
            numbers.iter().map(|number| subject.objects[*number].0.as_ref()).collect();
        let files: Vec<String> = objects.iter().map(|object| file_of(object, self.run.sources)).collect();
        let ground = Ground::new(&objects, &files, object.is_none(), self.run.sources);
        for outcome in outcomes {
            if outcome.cut {
                // A text that several clusters get counts once.
                self.unfinished.insert(match object {
                    Some(_) => (Some(objects[0].span()), ""),
                    None => (None, &subject.cluster.name),
                });
            }
            let runs = |rule: usize| self.policies.runs(rule);
            for failure in outcome.failures.iter().filter(|failure| failure.rule.is_none_or(runs)) {
                let head = || self.policies.head(failure.rule.unwrap_or_default(), failure.head);
                let place = failure.fault.place.map_or_else(head, |place| self.policies.span(place));
                let over = match object {
                    Some(_) => {
                        let identity = &objects[0].identity;
                        format!("{} `{}`", identity.kind, identity.name)
                    }
                    None => format!("cluster `{}`", subject.cluster.name),
                };
                let key = (place, one_line(&failure.fault.message));
                self.failures.entry(key).or_insert((over, 0)).1 += 1;
            }
            for found in outcome.results.iter().filter(|found| self.policies.runs(found.rule)) {
                self.place(subject, &numbers, &ground, found, false);
            }
            for found in outcome.exceptions.iter().filter(|found| self.policies.runs(found.rule)) {
                self.place(subject, &numbers, &ground, found, true);
            }
        }
    }

    fn place(
        &mut self,
        subject: &Subject<'r>,
        numbers: &[usize],
        ground: &Ground<'_>,
        found: &Found,
        is_exception: bool,
    ) {
        let head = self.policies.head(found.rule, found.head);
        let exception = is_exception.then_some(head);
        let meta = self.policies.metas[found.rule];
        let mut message = one_line(&found.message);
        if message.is_empty() {
            message = format!("`{}` reports a result with an empty message", meta.id);
        }
        if let Some(word) = found.fields.get("severity").and_then(unknown_severity) {
            self.no_severities.entry(head).or_insert(word);
        }
        let Some(mut placed) = ground.place(&message, &found.fields) else {
            // The cluster has no object, so the finding refers to the policy itself.
            let finding = Finding::new(head, message);
            self.said.push(Said { meta, finding, cluster: Some(subject.cluster), object: None, exception });
            return;
        };
        own_words(&mut placed.finding, &found.fields);
        if placed.finding.help.is_none() {
            placed.finding.help.clone_from(&self.policies.helps[found.rule]);
        }
        for lost in placed.lost {
            self.lost.entry(head).or_insert((lost, 0)).1 += 1;
        }
        let object = placed.object.map(|number| {
            let (object, member) = &subject.objects[numbers[number]];
            (object.clone(), *member)
        });
        let finding = placed.finding;
        self.said.push(Said { meta, finding, cluster: Some(subject.cluster), object, exception });
    }

    fn finish(mut self) -> Evaluated<'r> {
        let of_itself = |finding| Said {
            meta: &policy_error::META,
            finding,
            cluster: None,
            object: None,
            exception: None,
        };
        for ((span, message), (over, count)) in self.failures {
            let over = match count {
                0 | 1 => over,
                2 => format!("{over} and 1 other"),
                _ => format!("{over} and {} others", count - 1),
            };
            self.said.push(of_itself(policy_error::failed(span, message, &over)));
        }
        let unfinished = self.unfinished.len();
        if unfinished > 0 {
            let slowest = self.budget.slowest();
            let (rule, head) = slowest.unwrap_or_default();
            let name = slowest.and_then(|(rule, _)| self.policies.metas.get(rule)).map(|meta| meta.id);
            let finding = policy_error::unfinished(
                self.policies.head(rule, head),
                self.budget.reason(),
                name,
                unfinished,
            );
            self.said.push(of_itself(finding));
        }
        for (span, (namespace, count)) in self.unselected.0 {
            self.said.push(of_itself(policy_error::unselected(span, &namespace, count)));
        }
        for (span, (lost, count)) in self.lost {
            self.said.push(of_itself(policy_error::lost(span, lost, count)));
        }
        for (span, word) in self.no_severities {
            self.said.push(of_itself(policy_error::no_severity(span, &word)));
        }
        Evaluated { said: self.said, unfinished }
    }
}

/// Whether policies about clusters run. Units without a known cluster count only if they have image configuration.
fn is_cluster(cluster: &Cluster) -> bool {
    standing(cluster) != ClusterStanding::Alone || cluster.configures_images()
}

/// The documents that all jobs of a set over the objects of a cluster share.
fn documents_of(
    set: &Ready,
    subject: &Subject<'_>,
    part: Option<&BTreeMap<String, Json>>,
) -> BTreeMap<String, Json> {
    let mut documents = part.cloned().unwrap_or_default();
    if set.reads_inventory {
        let inventory = subject.inventory().iter();
        documents.extend(inventory.map(|(name, value)| (name.clone(), value.clone())));
    }
    documents
}

/// The documents of a cluster for its jobs.
struct Part {
    part: Arc<ClusterPart>,
    documents: BTreeMap<String, Json>,
}

/// Uses the help and the severity that a result sets.
fn own_words(finding: &mut Finding, fields: &Map<String, Value>) {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    if let Some(help) = text("help") {
        finding.help(one_line(help));
    }
    if let Some(severity) = text("severity").and_then(super::meta::severity) {
        finding.severity(severity);
    }
}

/// The severity that a result sets, if there is no such severity.
fn unknown_severity(severity: &Value) -> Option<String> {
    match severity.as_str() {
        Some(word) if super::meta::severity(word).is_some() => None,
        Some(word) => Some(one_line(word)),
        None => Some(severity.to_string()),
    }
}

/// The document `data.conftest.file` of Conftest.
fn conftest_file(path: &str) -> Json {
    let directory = discover::shown(discover::directory(path));
    Json::of(&json!({ "name": discover::file_name(path), "dir": directory })).unwrap_or_default()
}

/// The identity of an object for policies that read only the object.
fn key(input: &ObjectInput) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((input.path.len() as u64).to_le_bytes());
    hash.update(input.path.as_bytes());
    hash.update(input.contents.get());
    hash.finalize().into()
}
