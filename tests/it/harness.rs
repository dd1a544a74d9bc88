//! Runs pullwarden over a repository in memory.

use crate::command::Scratch;
use crate::panicking;
use crate::policy_files;
use jiff::civil::Date;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use pullwarden::check::baseline::{self, Baseline};
use pullwarden::check::diagnostic::Diagnostic;
use pullwarden::check::triage::Report;
use pullwarden::config::{self, Overrides, Settings};
use pullwarden::fix;
use pullwarden::pipeline::{self, Walked};
use pullwarden::program::exec::{self, Rendering};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::report::{Style, human};
use pullwarden::rollout;
use pullwarden::rules;
use pullwarden::rules::rule::{Category, Preset};
use pullwarden::source::Sources;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The day on which all tests run that name no other.
pub(crate) const TODAY: &str = "2026-11-23";

/// The first line of a configuration whose commands are run.
const ALLOW_EXEC: &str = "# pullwarden check --allow-exec";

/// The first line of a file that is checked with a rule that panics, too.
const PANICS: &str = "# with a rule that panics";

/// So many random cases, the same ones in every run: nobody's change fails for what it did not touch.
/// `PROPTEST_RNG_SEED` and `PROPTEST_CASES` look further.
pub(crate) fn random(cases: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// Which rules run.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// One rule, whatever its preset. A rule about pullwarden's own inputs needs the others beside it, since most of
    /// what it says is about them; of those nothing is reported.
    Only(&'static str),
    /// A preset as it is.
    Preset(Preset),
}

/// A repository: names relative to its root, and texts.
#[derive(Clone, Default)]
pub(crate) struct Repository {
    /// Its files; `.pullwarden.yaml` among them is its configuration.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The release, where the test and not the configuration says it.
    pub(crate) openshift: Option<String>,
    /// The day.
    pub(crate) today: Option<String>,
}

/// What came of a check.
pub(crate) struct Checked {
    pub(crate) report: Report,
    pub(crate) sources: Sources,
}

impl Repository {
    /// The two states of a change, where the files are in `before/` and `after/`.
    pub(crate) fn states(&self) -> Option<(Self, Self)> {
        let below = |directory: &str| {
            let own = self
                .files
                .iter()
                .filter_map(|(name, text)| Some((name.strip_prefix(directory)?.to_owned(), text.clone())));
            Self { files: own.collect(), ..self.clone() }
        };
        let (before, after) = (below("before/"), below("after/"));
        (!before.files.is_empty() && !after.files.is_empty()).then_some((before, after))
    }

    /// What a rule about changes says of two states.
    fn plan(before: &Self, after: &Self, only: &'static str) -> Checked {
        let mut sources = Sources::default();
        let overrides = Overrides {
            openshift: after.openshift.as_deref().map(|v| v.parse().expect("`# openshift:` is a release")),
            preset: Some(Preset::Strict),
            today: Some(TODAY.parse().expect("a day")),
            ..Overrides::default()
        };
        let settings = match after.files.iter().find(|(name, _)| config::NAMES.contains(&name.as_str())) {
            Some((name, text)) => {
                config::parse(&String::from_utf8_lossy(text), name, &overrides, &mut sources)
            }
            None => Settings::from_overrides(&overrides),
        };
        let mut read = |state: &Self| {
            let input = |(name, text): &(String, Vec<u8>)| Input {
                name: name.clone(),
                origin: Origin::Text(text.clone()),
            };
            let mut inputs: Vec<Input> = state.files.iter().map(input).collect();
            inputs.sort_by(|a, b| a.name.cmp(&b.name));
            let walked = Walked { inputs, ..Walked::default() };
            pipeline::read_for_plan(walked, &settings, &mut sources)
        };
        let (before, after) = (read(before), read(after));
        let plan = rollout::plan(&before, &after);
        let mut report = pipeline::changes(&plan, &after, &settings, &sources);
        report.diagnostics.retain(|diagnostic| diagnostic.rule.id == only);
        Checked { report, sources }
    }

    /// A check as `pullwarden check` makes it: only fixes that `fix` makes, too, are offered.
    pub(crate) fn check_proven(&self, run: Run) -> Checked {
        self.checked(run, true)
    }

    pub(crate) fn check(&self, run: Run) -> Checked {
        self.checked(run, false)
    }

    fn checked(&self, run: Run, is_proven: bool) -> Checked {
        if let Some((before, after)) = self.states() {
            return match run {
                Run::Only(id)
                    if rules::find(id).is_some_and(|rule| rule.meta.category == Category::Changes) =>
                {
                    Self::plan(&before, &after, id)
                }
                run => after.checked(run, is_proven),
            };
        }
        let mut sources = Sources::default();
        let today: Date = self.today.as_deref().unwrap_or(TODAY).parse().expect("`# today:` is a day");
        let overrides = Overrides {
            openshift: self.openshift.as_deref().map(|v| v.parse().expect("`# openshift:` is a release")),
            preset: Some(match run {
                Run::Only(_) => Preset::Strict,
                Run::Preset(preset) => preset,
            }),
            today: Some(today),
            ..Overrides::default()
        };
        let mut settings = match self.files.iter().find(|(name, _)| config::NAMES.contains(&name.as_str())) {
            Some((name, text)) => {
                let text = std::str::from_utf8(text).expect("a configuration in UTF-8");
                config::parse(text, name, &overrides, &mut sources)
            }
            None => Settings::from_overrides(&overrides),
        };
        let is_near = |name: &&String| config::near::is_near(name) || config::NAMES.contains(&name.as_str());
        let near: Vec<String> = self.files.iter().map(|(name, _)| name).filter(is_near).cloned().collect();
        let read = self.files.iter().map(|(name, _)| name.as_str()).find(|name| config::NAMES.contains(name));
        settings.problems.extend(config::near::unread(&near, read, &mut sources));
        policy_files::read(&self.files, &mut settings, &mut sources);
        if let Some((name, text)) = self.files.iter().find(|(name, _)| name == baseline::NAME) {
            let text = std::str::from_utf8(text).expect("a baseline in UTF-8");
            settings.baseline = Some(Baseline::read(text, name, &mut sources).expect("a baseline"));
        }
        let only = match run {
            Run::Only(id) => Some(rules::find(id).unwrap_or_else(|| panic!("there is no rule `{id}`")).meta),
            Run::Preset(_) => None,
        };
        if let Some(only) = only.filter(|only| only.category != Category::Settings) {
            settings.rules.active.retain(|active| active.meta.id == only.id);
            settings.rules.off =
                rules::ALL.iter().map(|entry| entry.meta.id).filter(|id| *id != only.id).collect();
        }
        if self.files.iter().any(|(_, text)| text.starts_with(PANICS.as_bytes())) {
            settings.rules.active.push(panicking::rule());
        }
        let mut inputs: Vec<Input> = self
            .files
            .iter()
            .filter(|(name, _)| name.rsplit('.').next() != Some("rego"))
            .map(|(name, text)| Input { name: name.clone(), origin: Origin::Text(text.clone()) })
            .collect();
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        let walked = Walked { inputs, rendering: self.rendering(&settings), ..Walked::default() };
        let again = walked.again(&sources);
        let (repo, mut report) = pipeline::checked(walked, &settings, &mut sources);
        if is_proven {
            fix::prove(&mut report, repo, &again, &settings, &sources, |_, _| Ok(()));
        }
        if let Some(only) = only {
            report.diagnostics.retain(|diagnostic| diagnostic.rule.id == only.id);
        }
        Checked { report, sources }
    }
}

impl Repository {
    /// Runs the commands of the configuration, in a directory that holds the repository, if its first line says
    /// [`ALLOW_EXEC`].
    fn rendering(&self, settings: &Settings) -> Rendering {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let configuration = self.files.iter().find(|(name, _)| config::NAMES.contains(&name.as_str()));
        if !configuration.is_some_and(|(_, text)| text.starts_with(ALLOW_EXEC.as_bytes())) {
            return Rendering::NotAllowed;
        }
        let name = format!("rendering-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let texts: Vec<(&str, String)> = self
            .files
            .iter()
            .map(|(name, text)| (name.as_str(), String::from_utf8_lossy(text).into_owned()))
            .collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let scratch = Scratch::new(&name, &texts);
        let root = scratch.0.canonicalize().expect("a directory");
        exec::run(&settings.renders, &root, |_| true)
    }
}

impl Checked {
    pub(crate) fn open(&self) -> Vec<&Diagnostic> {
        self.report.open().collect()
    }

    /// The name of the file that a diagnostic stands in.
    pub(crate) fn file(&self, diagnostic: &Diagnostic) -> &str {
        self.sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str())
    }

    /// The line, from 1, and the column.
    pub(crate) fn position(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let source = self.sources.get(diagnostic.span.file).expect("the text of a diagnostic is kept");
        let position = source.position(diagnostic.span.start);
        (position.line, position.column)
    }

    /// The report for people, as a file would get it.
    pub(crate) fn human(&self) -> String {
        let mut out = Vec::new();
        human::write(&self.report, &self.sources, &Style::PLAIN, &mut out)
            .expect("a vector takes everything");
        String::from_utf8(out).expect("reports are UTF-8")
    }
}
