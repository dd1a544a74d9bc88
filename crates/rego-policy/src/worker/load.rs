//! Reads modules into engines, one engine for each set, and finds the rules.

use super::channel::Channel;
use super::find::{Found, find};
use super::place::{self, Texts};
use super::refs;
use super::rewrite::{self, Rewritten};
use super::together::Together;
use super::watch::Watch;
use super::{conflicts, functions, mocks, names, tokens, watch};
use crate::wire::{Contents, Report};
use crate::words::unread_rest;
use crate::{Dialect, Fault, Host, Limits, Place, Set};
use regorus::unstable::Module;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig, Value};
use std::collections::BTreeMap;
use std::io;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Sets that were read.
pub(super) struct Loaded {
    pub engines: Vec<Engine>,
    pub found: Found,
    pub faults: Vec<Fault>,
    pub texts: Vec<Texts>,
    pub together: Vec<Together>,
    /// The state that extensions read during an evaluation.
    pub moment: Arc<Mutex<Moment>>,
}

impl Loaded {
    /// The rules and faults for the runner.
    pub(super) fn contents(&self) -> Contents {
        let Found { rules, mutes, tests, .. } = self.found.clone();
        Contents { rules, mutes, tests, faults: self.faults.clone() }
    }
}

/// The job that is evaluated.
#[derive(Default)]
pub(super) struct Moment {
    pub job: usize,
    pub documents: Vec<Value>,
    /// The answers of the host in this job, by function and arguments.
    pub answers: BTreeMap<(usize, Vec<Value>), Result<Value, String>>,
}

/// Reads all sets, without the modules in `left_out`.
pub(super) fn load(
    sets: &[Set],
    host: &Host,
    (left_out, alone): (&[(usize, usize)], bool),
    channel: &Arc<Channel>,
    limits: &Limits,
    (watch, mut spent): (&Watch, Duration),
) -> io::Result<Loaded> {
    watch::set_clock();
    let mut loaded = Loaded {
        engines: Vec::new(),
        found: Found::default(),
        faults: Vec::new(),
        moment: Arc::default(),
        texts: Vec::new(),
        together: Vec::new(),
    };
    for (number, set) in sets.iter().enumerate() {
        let answers = Arc::default();
        let mut sound: Vec<usize> =
            (0..set.sources.len()).filter(|n| !left_out.contains(&(number, *n))).collect();
        // The data may take more memory than there is. Without a module, nothing asks for them.
        channel.report(&Report::Preparing { set: number, source: None })?;
        channel.flush()?;
        let data = if sound.is_empty() { None } else { Some(&set.data) };
        let mut base = base(set, data, host, channel, (&loaded.moment, limits)).map_err(io::Error::other)?;
        add_answers(&mut base, &answers).map_err(io::Error::other)?;
        let texts = Texts::new(number, set);
        let mut reader = Reader {
            number,
            set,
            base,
            host,
            texts,
            questions: 0,
            faults: &mut loaded.faults,
            channel,
            limits,
            watch,
            spent: &mut spent,
        };
        let mut engine = reader.sound(&mut sound, alone)?;
        let texts = reader.texts;
        let place = |file: &str, start, end| Some(texts.place(place::number(file)?, start, end));
        conflicts::check(engine.get_modules(), &place, &mut loaded.faults);
        names::check(&texts, engine.get_modules(), host, &mut loaded.faults);
        let told = find(number, &texts, engine.get_modules(), &mut loaded.found, &mut loaded.faults);
        *answers.lock().unwrap_or_else(PoisonError::into_inner) = told;
        loaded.texts.push(texts);
        loaded.together.push(Together::of(engine.get_modules()));
        loaded.engines.push(engine);
    }
    loaded.faults.sort();
    loaded.faults.dedup();
    Ok(loaded)
}

/// An engine with the data and the extensions of the host, without modules.
fn base(
    set: &Set,
    data: Option<&serde_json::Value>,
    host: &Host,
    channel: &Arc<Channel>,
    (moment, limits): (&Arc<Mutex<Moment>>, &Limits),
) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    let most = NonZeroU32::MAX;
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::new(1 << 20).unwrap_or(most),
        max_file_bytes: NonZeroUsize::new(16 << 20).unwrap_or(NonZeroUsize::MAX),
        max_lines: NonZeroUsize::new(1 << 20).unwrap_or(NonZeroUsize::MAX),
    });
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: limits.time,
        check_interval: NonZeroU32::new(64).unwrap_or(most),
    });
    let data = data.map(|data| serde_json::from_value(data.clone())).transpose();
    let data: Option<Value> = data.map_err(|error| error.to_string())?;
    let data = data.filter(|data| data.as_object().is_ok()).unwrap_or_else(Value::new_object);
    let mut packages: BTreeMap<&str, String> = BTreeMap::new();
    for (number, name) in host.documents.iter().enumerate() {
        let (package, rule) = name.rsplit_once('.').ok_or("the name of a document needs a package")?;
        if set.defines(package) {
            continue;
        }
        let text = packages.entry(package).or_insert_with(|| format!("package {package}\n"));
        text.extend([rule, " := ", DOCUMENT, "(", &number.to_string(), ")\n"]);
    }
    engine.add_data(data).map_err(|error| error.to_string())?;
    for (package, text) in packages {
        engine.add_policy(format!("documents of {package}"), text).map_err(|error| error.to_string())?;
    }
    add_documents(&mut engine, moment)?;
    functions::add(&mut engine)?;
    for (number, function) in host.functions.iter().enumerate() {
        let (channel, moment) = (channel.clone(), moment.clone());
        let call = move |arguments: Vec<Value>| {
            let mut moment = moment.lock().unwrap_or_else(PoisonError::into_inner);
            let (job, asked) = (moment.job, (number, arguments));
            let answer = match moment.answers.get(&asked) {
                Some(answer) => answer.clone(),
                None => channel.call(job, number, asked.1.clone()),
            };
            moment.answers.insert(asked, answer.clone());
            answer.map_err(anyhow::Error::msg)
        };
        for name in [function.name.clone(), mocks::real(&function.name)] {
            let call = Box::new(call.clone());
            engine.add_extension(name, function.arguments, call).map_err(|error| error.to_string())?;
        }
    }
    Ok(engine)
}

/// The function that returns the documents of a job to the modules that represent them.
const DOCUMENT: &str = "__document";

fn add_documents(engine: &mut Engine, moment: &Arc<Mutex<Moment>>) -> Result<(), String> {
    let moment = moment.clone();
    let document = move |arguments: Vec<Value>| {
        let number =
            arguments.first().and_then(|number| number.as_i64().ok()).and_then(|n| usize::try_from(n).ok());
        let found = moment.lock().ok().and_then(|moment| moment.documents.get(number?).cloned());
        Ok(found.unwrap_or(Value::Undefined))
    };
    engine.add_extension(DOCUMENT.into(), 1, Box::new(document)).map_err(|error| error.to_string())
}

/// The functions that rewritten modules call.
fn add_answers(engine: &mut Engine, answers: &Arc<Mutex<Vec<Value>>>) -> Result<(), String> {
    let answers = answers.clone();
    let answer = move |arguments: Vec<Value>| {
        let number = arguments.first().and_then(|number| number.as_u32().ok());
        let found = answers.lock().ok().and_then(|answers| answers.get(number? as usize).cloned());
        Ok(found.unwrap_or(Value::Undefined))
    };
    engine.add_extension(rewrite::METADATA.into(), 1, Box::new(answer)).map_err(|error| error.to_string())?;
    let defined = |_| Ok(Value::from(true));
    engine.add_extension(rewrite::DEFINED.into(), 1, Box::new(defined)).map_err(|error| error.to_string())
}

/// Reads the modules of one set.
struct Reader<'a> {
    number: usize,
    set: &'a Set,
    base: Engine,
    host: &'a Host,
    texts: Texts,
    /// The number of questions about annotations.
    questions: usize,
    faults: &'a mut Vec<Fault>,
    channel: &'a Arc<Channel>,
    limits: &'a Limits,
    watch: &'a Watch,
    /// The time that all modules took so far.
    spent: &'a mut Duration,
}

impl Reader<'_> {
    /// An engine with all modules that can be read and analysed. The others are removed from `sound`.
    fn sound(&mut self, sound: &mut Vec<usize>, alone: bool) -> io::Result<Engine> {
        let all = std::mem::take(sound);
        for (number, source) in all.iter().copied().enumerate() {
            if *self.spent > self.limits.all {
                let place = Place { set: self.number, source, start: 0, end: 0 };
                let message = unread_rest(all.len() - number, self.limits);
                self.faults.push(Fault { place: Some(place), message });
                break;
            }
            self.channel.report(&Report::Reading { set: self.number, source })?;
            self.channel.flush()?;
            let (base, watch) = (self.base.clone(), self.watch);
            let (engine, time) = watch.within(self.limits.reading(), || self.read(&base, source));
            *self.spent += time;
            if let Some(engine) = engine {
                if alone {
                    // A module that cannot be analysed alone may be valid together with the others.
                    let _ = self.prepare(engine, Some(source))?;
                }
                sound.push(source);
            }
        }
        loop {
            let mut engine = self.base.clone();
            for source in sound.iter() {
                // The module was read before without an error.
                let _ = self.add(&mut engine, *source);
            }
            for (package, text) in mocks::modules(engine.get_modules(), self.host) {
                engine.set_rego_v0(false);
                engine.add_policy(format!("functions of {package}"), text).map_err(io::Error::other)?;
            }
            Together::add(&mut engine).map_err(io::Error::other)?;
            let Err(error) = self.prepare(engine.clone(), None)? else { return Ok(engine) };
            // Times that are too short to be counted one by one do add up over many modules.
            *self.spent += self.watch.settle();
            if *self.spent > self.limits.all
                && let Some(first) = sound.first()
            {
                let place = Place { set: self.number, source: *first, start: 0, end: 0 };
                let message = unread_rest(sound.len(), self.limits);
                self.faults.push(Fault { place: Some(place), message });
                sound.clear();
                continue;
            }
            let fault = self.fault(&error);
            let culprit = fault.place.map(|place| place.source);
            self.faults.push(fault);
            match culprit {
                Some(culprit) if sound.contains(&culprit) => sound.retain(|source| *source != culprit),
                _ => sound.clear(),
            }
        }
    }

    /// Reads a module, in the language that it is written in.
    fn read(&mut self, base: &Engine, source: usize) -> Option<Engine> {
        let written = &self.set.sources[source].text;
        if let Some(range) = tokens::too_deep(written) {
            let place = Place { set: self.number, source, start: range.start, end: range.end };
            let message = format!("the brackets are nested deeper than {} levels", tokens::DEEPEST);
            self.faults.push(Fault { place: Some(place), message });
            return None;
        }
        let mut engine = base.clone();
        let readable = Rewritten::readable(&self.set.sources[source].text, self.questions);
        self.questions += readable.questions.len();
        self.texts.read[source] = readable.clone();
        match self.add(&mut engine, source) {
            Ok(()) => {
                let module = engine.get_modules().last().cloned()?;
                if let Some(fault) = self.odd_package(source, &module) {
                    self.faults.push(fault);
                    return None;
                }
                self.texts.read[source] = readable.faithful(&module);
                let mut faithful = base.clone();
                if self.add(&mut faithful, source).is_ok() {
                    return Some(faithful);
                }
                self.texts.read[source] = readable;
                Some(engine)
            }
            Err(error) => {
                let mut fault = self.fault(&error);
                // The interpreter points to the place where it gave up.
                if let Some((range, message)) = tokens::unbalanced(&self.set.sources[source].text) {
                    let place = Place { set: self.number, source, start: range.start, end: range.end };
                    fault = Fault { place: Some(place), message };
                }
                self.faults.push(fault);
                None
            }
        }
    }

    /// The fault of a package with a name that is no name of a path: a path could not be told from another.
    fn odd_package(&self, source: usize, module: &Module) -> Option<Fault> {
        let package = refs::components(&module.package.refr)?;
        let is_odd = |name: &String| name.contains(|c: char| c == '.' || c.is_control());
        package.iter().any(is_odd).then(|| {
            let span = module.package.refr.span();
            let place = self.texts.place(source, span.start as usize, span.end as usize);
            let message = "the name of the package has a dot or a control character in quotes".to_owned();
            Fault { place: Some(place), message }
        })
    }

    /// Adds a module to an engine.
    fn add(&self, engine: &mut Engine, source: usize) -> Result<(), String> {
        let mut add = |old: bool| {
            engine.set_rego_v0(old);
            let text = self.texts.read[source].text.clone();
            engine.add_policy(place::name(source), text).map(|_| ()).map_err(|error| format!("{error:#}"))
        };
        match self.set.dialect {
            Dialect::V0 => add(true),
            Dialect::V1 => add(false),
            Dialect::Either => add(false).or_else(|new| {
                add(true).map_err(|old| if reads_as_new(&self.set.sources[source].text) { new } else { old })
            }),
        }
    }

    /// Lets an engine analyse its modules.
    fn prepare(&mut self, mut engine: Engine, source: Option<usize>) -> io::Result<Result<(), String>> {
        self.channel.report(&Report::Preparing { set: self.number, source })?;
        self.channel.flush()?;
        // All modules of a set are analysed at once.
        let allowed = self.limits.reading() * if source.is_some() { 1 } else { 4 };
        let (prepared, time) = self.watch.within(allowed, || engine.eval_query("true".into(), false));
        *self.spent += time;
        Ok(prepared.map(|_| ()).map_err(|error| format!("{error:#}")))
    }

    fn fault(&self, error: &str) -> Fault {
        self.texts.fault(error)
    }
}

/// Whether a module that is valid in neither language was meant to be of the new one.
fn reads_as_new(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace).any(|word| matches!(word, "if" | "contains" | "rego.v1"))
}
