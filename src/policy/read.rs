//! Reads policies: modules and data become sets, and each set gets rules with descriptions.

use super::asks::{fields_of_input, may_ask, may_read_inventory, may_read_part};
use super::configured::{Configured, EVERY_NAMESPACE, InputKind, Language, Where};
use super::data::Data;
use super::files::{File, Reader, What};
use super::host;
use super::meta::{self, Described, Page};
use super::place::one_line;
use super::subject::Subject;
use super::templates::{self, Constraint, Module};
use crate::finding::severity::Severity;
use crate::finding::{Finding, listed};
use crate::read::tree::Tree;
use crate::rules::policy_error;
use crate::rules::rule::Meta;
use crate::rules::settings::INVALID_SETTING;
use crate::source::{FileId, Sources, Span};
use rego_policy::{
    Dialect, Host, HostFunction, Json, Launch, Limits, Metadata, PolicyRule, Runner, Set, Source,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The documents that each job defines, by their names below `data`.
pub(super) const DOCUMENTS: [&str; 9] = [
    "conftest.file",
    "inventory.cluster",
    "inventory.namespace",
    "pullwarden.cluster",
    "pullwarden.mirrorRules",
    "pullwarden.images",
    "pullwarden.files",
    "pullwarden.today",
    "pullwarden.plan",
];

/// The rule of a template that Gatekeeper evaluates.
const VIOLATION: &str = "violation";

/// The program that is started to read and evaluate policies.
#[derive(Clone, Debug)]
pub struct Workers(pub(super) Launch);

impl Workers {
    /// Uses this program, with the command [`WORKER`](super::WORKER).
    pub fn own() -> std::io::Result<Self> {
        Launch::own([super::WORKER]).map(Self)
    }

    /// Uses another program that has this command.
    pub fn of(program: std::path::PathBuf) -> Self {
        Self(Launch { program, arguments: vec![super::WORKER.into()] })
    }
}

/// Policies that were read and can be run.
pub struct Policies {
    problems: Vec<(&'static Meta, Finding)>,
    /// The rules that run, by id.
    rules: BTreeMap<&'static str, &'static Meta>,
    pub(super) sets: Vec<Ready>,
    /// The descriptions of the rules of `runner`, by the number of the rule.
    pub(super) metas: Vec<&'static Meta>,
    /// The help texts from the annotations of the rules, by the number of the rule.
    pub(super) helps: Vec<Option<String>>,
    pub(super) runner: Option<Runner>,
}

/// Policies that can use each other.
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own about the texts")]
pub(super) struct Ready {
    /// The packages that run; all if there are none.
    pub(super) namespaces: Vec<String>,
    pub(super) input: InputKind,
    /// Whether results may depend on the cluster, not only on the object.
    pub(super) asks_cluster: bool,
    /// Whether the policies may read the cluster's part of `data`.
    pub(super) reads_part: bool,
    /// Whether the policies may read the inventory of Gatekeeper.
    pub(super) reads_inventory: bool,
    /// The fields of a cluster that the texts of the policies name. `None` if the policies may read any field.
    fields: Option<BTreeSet<String>>,
    /// Whether the policies may depend on the plan of a change.
    asks_plan: bool,
    modules: Vec<Module>,
    /// Whether this is a Gatekeeper template, of which only the rule `violation` runs.
    is_template: bool,
    /// The constraint of a Gatekeeper template. For other policies with `input: review`, it holds only their
    /// parameters.
    constraint: Constraint,
}

/// Reads policies. `launch` starts the workers that read and run them.
pub fn read(
    configured: &[Configured],
    (root, tree): (&Path, &dyn Tree),
    workers: &Workers,
    sources: &mut Sources,
) -> Policies {
    let mut problems = Vec::new();
    let mut sets = Vec::new();
    let mut ready = Vec::new();
    let mut of_templates = Vec::new();
    for entry in configured {
        let mut reader = Reader { root, tree, sources, problems: &mut problems, has_templates: false };
        of_templates.extend(templates::read(&mut reader, &entry.paths));
        let modules = modules(&mut reader, &entry.paths, false);
        let data = data(&mut reader, &entry.data);
        let namespaces: Vec<String> = if entry.namespaces.iter().any(|name| name == EVERY_NAMESPACE) {
            Vec::new()
        } else {
            entry.namespaces.clone()
        };
        ready.push(Ready {
            namespaces,
            input: entry.input,
            asks_cluster: entry.input.is_of_cluster() || modules.iter().any(|file| may_ask(&file.text)),
            reads_inventory: entry.input == InputKind::Review
                && modules.iter().any(|file| may_read_inventory(&file.text)),
            reads_part: modules.iter().any(|file| may_read_part(&file.text)),
            fields: modules
                .iter()
                .map(|file| fields_of_input(&file.text))
                .collect::<Option<Vec<_>>>()
                .map(|fields| fields.into_iter().flatten().collect()),
            asks_plan: modules.iter().any(|file| file.text.contains("plan")),
            modules: modules.iter().map(|file| Module::File(file.id)).collect(),
            is_template: false,
            constraint: Constraint::with(data.get("parameters").cloned().unwrap_or_default()),
        });
        sets.push(set(&modules, data, entry.language));
    }
    for template in of_templates {
        let texts = || template.set.sources.iter().map(|source| &*source.text);
        ready.push(Ready {
            namespaces: Vec::new(),
            input: InputKind::Review,
            asks_cluster: texts().any(|text| may_ask(text) || may_read_inventory(text)),
            reads_inventory: texts().any(may_read_inventory),
            reads_part: texts().any(may_read_part),
            fields: None,
            asks_plan: texts().any(|text| text.contains("plan")),
            modules: template.modules,
            is_template: true,
            constraint: template.constraint,
        });
        sets.push(template.set);
    }
    let mut policies = Policies {
        problems,
        rules: BTreeMap::new(),
        sets: ready,
        metas: Vec::new(),
        helps: Vec::new(),
        runner: None,
    };
    if sets.iter().all(|set| set.sources.is_empty()) {
        return policies;
    }
    match Runner::new(sets, host(), workers.0.clone(), Limits::default()) {
        Ok(runner) => policies.take(runner, configured, sources),
        Err(error) => {
            let module = policies.sets.iter().flat_map(|set| &set.modules).next();
            let span = module.map_or_else(|| Span::new(FileId(0), 0, 0), |module| module.place(0, 0));
            let message = format!("the worker that evaluates policies does not start: {error}");
            policies.problems.push((&policy_error::META, Finding::new(span, message)));
        }
    }
    policies
}

/// The modules below some places, each once; with `tests`, also test modules.
pub(super) fn modules(reader: &mut Reader<'_>, places: &[Where], tests: bool) -> Vec<File> {
    let mut known = BTreeSet::new();
    let mut modules: Vec<File> =
        places.iter().flat_map(|place| reader.files(place, What::Modules { tests })).collect();
    modules.retain(|file| known.insert(file.name.clone()));
    modules
}

/// The functions and documents that are added to Rego.
pub(super) fn host() -> Host {
    let functions =
        host::FUNCTIONS.map(|(name, arguments)| HostFunction { name: name.to_owned(), arguments });
    Host { functions: functions.to_vec(), documents: DOCUMENTS.map(str::to_owned).to_vec() }
}

pub(super) fn set(modules: &[File], data: serde_json::Value, language: Language) -> Set {
    let source = |file: &File| Source { name: file.name.clone(), text: file.text.to_string() };
    let dialect = match language {
        Language::Either => Dialect::Either,
        Language::V0 => Dialect::V0,
        Language::V1 => Dialect::V1,
    };
    Set { sources: modules.iter().map(source).collect(), data, dialect }
}

/// The documents of data, merged.
pub(super) fn data(reader: &mut Reader<'_>, places: &[Where]) -> serde_json::Value {
    let mut data = Data::default();
    for place in places {
        for file in reader.files(place, What::Data) {
            if let Some(finding) = data.add(&file.below, &file.name, file.id, &file.text) {
                reader.problems.push((&policy_error::META, finding));
            }
        }
    }
    data.into_value()
}

impl Policies {
    /// The problems of the policies.
    pub fn problems(&self) -> &[(&'static Meta, Finding)] {
        &self.problems
    }

    /// The policy with this id.
    pub fn find(&self, id: &str) -> Option<&'static Meta> {
        self.rules.get(id).copied()
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        self.rules.keys().copied()
    }

    /// The descriptions of all policies that run, in the order of their ids.
    pub fn metas(&self) -> impl Iterator<Item = &'static Meta> + '_ {
        self.rules.values().copied()
    }

    /// Whether some policy may depend on the plan of a change.
    pub fn ask_plans(&self) -> bool {
        self.sets.iter().any(|set| set.asks_plan)
    }

    /// Whether the results of a rule count.
    pub(super) fn runs(&self, rule: usize) -> bool {
        let rule = self.runner.as_ref().and_then(|runner| runner.rules().get(rule));
        rule.is_none_or(|rule| self.sets[rule.set].runs_rule(rule))
    }

    /// The text of a place in a module.
    pub(super) fn span(&self, place: rego_policy::Place) -> Span {
        let module = self.sets.get(place.set).and_then(|set| set.modules.get(place.source));
        module.map_or_else(|| Span::new(FileId(0), 0, 0), |module| module.place(place.start, place.end))
    }

    /// The text of a rule's head.
    pub(super) fn head(&self, rule: usize, head: usize) -> Span {
        let rule = self.runner.as_ref().and_then(|runner| runner.rules().get(rule));
        let head = rule.and_then(|rule| rule.heads.get(head).or(rule.heads.first()));
        head.map_or_else(|| Span::new(FileId(0), 0, 0), |head| self.span(head.place))
    }

    fn take(&mut self, runner: Runner, configured: &[Configured], sources: &Sources) {
        for fault in runner.faults() {
            let span = fault.place.map_or_else(|| Span::new(FileId(0), 0, 0), |place| self.span(place));
            self.problems.push((&policy_error::META, policy_error::module(span, &*fault.message)));
        }
        for mute in runner.mutes() {
            let set = &self.sets[mute.set];
            if set.runs(&mute.package) && (!set.is_template || mute.name == VIOLATION) {
                let span = self.span(mute.place);
                self.problems.push((&policy_error::META, policy_error::mute(span, &mute.name)));
            }
        }
        let mut first: BTreeMap<&'static str, (usize, Span)> = BTreeMap::new();
        for rule in runner.rules() {
            let meta = self.describe(rule, sources);
            self.metas.push(meta);
            if !self.sets[rule.set].runs_rule(rule) {
                continue;
            }
            self.rules.entry(meta.id).or_insert(meta);
            let head = rule.heads.first().map(|head| self.span(head.place));
            let Some(span) = head else { continue };
            let (set, other) = *first.entry(meta.id).or_insert((rule.set, span));
            // Several constraints may run the text of one template.
            if set != rule.set && other != span {
                let message = format!("there are two policies `{}`", meta.id);
                let mut finding = Finding::new(span, message);
                finding.related(other, "the other one").severity(Severity::Warning).help(
                    "give the package of one of them another name; both run, and settings and ignores apply to both",
                );
                self.problems.push((&policy_error::META, finding));
            }
        }
        for (number, (set, entry)) in self.sets.iter().zip(configured).enumerate() {
            let of_set = || runner.rules().iter().filter(|rule| rule.set == number);
            let is_faulty =
                runner.faults().iter().any(|fault| fault.place.is_none_or(|place| place.set == number));
            if set.modules.is_empty() || is_faulty || of_set().any(|rule| set.runs(&rule.package)) {
                continue;
            }
            self.problems.push(nothing_runs(set, entry, of_set()));
        }
        let mut known = BTreeSet::new();
        for (number, set) in self.sets.iter().enumerate().filter(|(_, set)| set.is_template) {
            let is_faulty =
                runner.faults().iter().any(|fault| fault.place.is_none_or(|place| place.set == number));
            let is_mute = runner.mutes().iter().any(|mute| mute.set == number && mute.name == VIOLATION);
            let mut rules = runner.rules().iter().filter(|rule| rule.set == number);
            if is_faulty || is_mute || rules.clone().any(|rule| set.runs_rule(rule)) {
                continue;
            }
            // Rules of other names stand where a rule `violation` was meant.
            let head = rules.next().and_then(|rule| rule.heads.first()).map(|head| self.span(head.place));
            let span = head.or_else(|| set.modules.first().map(|module| module.place(0, 0)));
            // Several constraints may run the text of one template.
            if let Some(span) = span.filter(|span| known.insert(*span)) {
                self.problems.push((&policy_error::META, policy_error::no_violation(span)));
            }
        }
        self.runner = Some(runner);
    }

    /// The description of a Rego rule, as for a rule of pullwarden.
    fn describe(&mut self, rule: &PolicyRule, sources: &Sources) -> &'static Meta {
        let id = format!("policy/{}/{}", rule.package.replace('.', "/"), rule.name);
        let place = rule.heads.first().map_or_else(String::new, |head| {
            let span = self.span(head.place);
            sources.get(span.file).map_or_else(String::new, |source| {
                format!("{}:{}", source.name, source.line_of(span.start) + 1)
            })
        });
        let none = Metadata::default();
        let metadata = rule.heads.iter().map(|head| &head.metadata).find(|metadata| **metadata != none);
        let metadata = metadata.unwrap_or(&none);
        let text = |key: &str| metadata.custom.get(key).and_then(Value::as_str);
        let help = text("help").or_else(|| text("remediation"));
        let page = Page {
            id: &id,
            title: metadata.title.as_deref(),
            description: metadata.description.as_deref(),
            help,
            related: metadata
                .related_resources
                .iter()
                .map(|resource| (resource.description.clone(), resource.reference.clone()))
                .collect(),
            authors: metadata.authors.iter().filter_map(author).collect(),
            place,
        };
        let title = metadata.title.as_deref().map(|title| one_line(title).trim_end_matches('.').to_owned());
        let summary =
            title.unwrap_or_else(|| format!("the policy `{}` of package `{}`", rule.name, rule.package));
        let severity = match rule.kind {
            rego_policy::Kind::Deny | rego_policy::Kind::Violation => Severity::Error,
            rego_policy::Kind::Warn => Severity::Warning,
        };
        let severity = self.sets[rule.set].constraint.severity.unwrap_or(severity);
        let own = text("severity").and_then(meta::severity);
        let own = own.or_else(|| text("enforcement").and_then(templates::severity_of));
        self.helps.push(help.map(one_line));
        if let (Some(word), None, Some(head)) = (text("severity"), own, rule.heads.first()) {
            let message = format!("`{word}` is not a severity");
            let mut finding = Finding::new(self.span(head.place), message);
            finding
                .severity(Severity::Warning)
                .help("write `error`, `warning` or `note` in `custom.severity`");
            self.problems.push((&policy_error::META, finding));
        }
        let page = page.markdown();
        meta::meta(Described { id, summary, severity: own, page }, severity)
    }
}

/// The author in annotations, in the usual notation.
fn author(author: &Value) -> Option<String> {
    match author {
        Value::String(name) => Some(name.clone()),
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            text("name").or_else(|| text("email")).map(str::to_owned)
        }
        _ => None,
    }
}

impl Ready {
    /// The `input` of the policies for an object.
    pub(super) fn input_of(&self, subject: &Subject<'_>, object: usize) -> Json {
        match self.input {
            InputKind::Review => {
                let parameters = self.constraint.parameters.clone();
                let input = rego_policy::gatekeeper::input(subject.value(object).clone(), parameters);
                Json::of(&input).unwrap_or_default()
            }
            InputKind::Object | InputKind::Cluster | InputKind::Combined => {
                subject.inputs[object].contents.clone().into()
            }
        }
    }

    /// Whether policies may read a field of a cluster. Policies about objects read only the objects.
    pub(super) fn reads(&self, field: &str) -> bool {
        match (self.input, &self.fields) {
            (InputKind::Cluster, Some(fields)) => fields.contains(field),
            (InputKind::Cluster, None) => true,
            (InputKind::Object | InputKind::Review | InputKind::Combined, _) => field == "objects",
        }
    }

    /// Whether policies apply to an object; `None` if this depends on labels of namespaces that are not known.
    pub(super) fn is_about(&self, subject: &Subject<'_>, object: usize) -> Option<bool> {
        match self.input {
            InputKind::Review => self.constraint.is_about(subject.value(object), &|| subject.namespaces()),
            InputKind::Object | InputKind::Cluster | InputKind::Combined => Some(true),
        }
    }

    /// The place of the selector of namespaces in the constraint.
    pub(super) fn namespace_selector(&self) -> Option<Span> {
        self.constraint.namespaces.as_ref().map(|(span, _)| *span)
    }

    /// Whether a rule runs here.
    pub(super) fn runs_rule(&self, rule: &PolicyRule) -> bool {
        self.runs(&rule.package) && (!self.is_template || rule.name == VIOLATION)
    }

    fn runs(&self, package: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|name| name == package)
    }
}

/// The problem that no policy of a directory runs.
fn nothing_runs<'r>(
    set: &Ready,
    entry: &Configured,
    rules: impl Iterator<Item = &'r PolicyRule>,
) -> (&'static Meta, Finding) {
    let packages: BTreeSet<&str> = rules.map(|rule| rule.package.as_str()).collect();
    let wanted = listed(set.namespaces.iter().map(String::as_str));
    let message = format!("no policy of package {wanted} is here, so none runs");
    let help = if packages.is_empty() {
        "a policy is a rule `deny`, `violation` or `warn`, or one whose name begins like that and goes on behind `_`".to_owned()
    } else {
        let packages = listed(packages.iter().copied());
        format!("name the packages under `namespaces`, or `*` for all; here are policies of {packages}")
    };
    let (meta, span): (&'static Meta, Span) = match entry.paths.first() {
        Some(Where::Repository(path)) => (&INVALID_SETTING, path.span),
        Some(Where::Disk(_)) | None => {
            let module = set.modules.first();
            (
                &policy_error::META,
                module.map_or_else(|| Span::new(FileId(0), 0, 0), |module| module.place(0, 0)),
            )
        }
    };
    let mut finding = Finding::new(span, message);
    finding.help(help);
    (meta, finding)
}
