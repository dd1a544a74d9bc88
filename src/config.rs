//! The configuration: as written ([`Config`]), and resolved ([`Settings`]).
//!
//! It is YAML, read by the crate `spanned-yaml`, so that a mistake in it is reported at its place. A wrong part is left
//! out, and the rest holds.

mod charts;
mod form;
mod globs;
pub mod near;
mod policies;
mod render;
mod switches;
mod values;

pub use form::{
    ChartConfig, ClusterConfig, Config, FailOn, IgnoreConfig, PolicyConfig, RenderConfig, schema, schema_url,
};
pub use values::OneOrMany;

use crate::check::baseline::Baseline;
use crate::check::engine::RuleSet;
use crate::check::ignores::{Ignore, Matching, Reach};
use crate::finding::{Finding, listed};
use crate::machine::disk;
use crate::machine::exec::{Render, RenderOutcome, Rendering};
use crate::machine::terminal::shown;
use crate::openshift::{Platform, Topology, Version};
use crate::placement::Known;
use crate::placement::configured::ConfiguredCluster;
use crate::policy;
use crate::read::discover;
use crate::read::globs::Globs;
use crate::read::tree::{Disk, EntryKind, Tree};
use crate::read::workload::{CustomKind, Kinds, PathError};
use crate::rules::rule::{Category, Meta, Preset, Severity};
use crate::rules::{rendering, settings, yaml_syntax};
use crate::source::{FileId, Source, Sources, Span, Spanned};
use crate::yaml::{self, Node, de};
use globs::Expected;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use switches::Setting;

/// The names of the configuration in the root of the repository; the first one found counts.
pub const NAMES: [&str; 4] = [".pullwarden.yaml", ".pullwarden.yml", "pullwarden.yaml", "pullwarden.yml"];

/// The configuration with everything resolved.
pub struct Settings {
    /// What is switched on.
    pub rules: RuleSet,
    /// The ignores of the configuration.
    pub ignores: Vec<Ignore>,
    /// The clusters that the configuration describes.
    pub known: Known,
    /// The directories of policies.
    pub policies: Vec<policy::Configured>,
    /// The settings of policies, which are not read yet.
    of_policies: Vec<(Spanned<String>, Setting)>,
    /// The commands that render directories.
    pub renders: Vec<Render>,
    /// Files that are not checked.
    pub exclude: Globs,
    /// Whether the examples in documents are checked.
    pub docs: bool,
    /// The lowest severity that fails a run; with `None`, no run fails.
    pub fail_on: Option<Severity>,
    /// The kinds of workloads that are read.
    pub workloads: Kinds,
    /// The day of the run; rules and ignores never read a clock.
    pub today: Date,
    /// The accepted findings, which are hidden.
    pub baseline: Option<Baseline>,
    /// Findings about the configuration itself.
    pub problems: Vec<(&'static Meta, Finding)>,
    /// Globs that should match something.
    globs: Vec<Expected>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_overrides(&Overrides::default())
    }
}

impl Settings {
    /// Whether the configuration describes clusters, and could be read in full.
    pub fn describes_clusters(&self) -> bool {
        let unread = [
            &settings::UNKNOWN_KEY,
            &settings::INVALID_SETTING,
            &settings::UNREAD_CONFIGURATION,
            &yaml_syntax::META,
        ];
        let is_unread = |meta: &Meta| unread.iter().any(|other| other.id == meta.id);
        let is_empty = self.known.clusters.is_empty() && self.known.charts.is_empty();
        !is_empty && !self.problems.iter().any(|(meta, _)| is_unread(meta))
    }
}

/// The settings of the command line; they outrank the configuration.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The release of all clusters.
    pub openshift: Option<Version>,
    /// The platform of all clusters.
    pub platform: Option<Platform>,
    /// The topology of all clusters.
    pub topology: Option<Topology>,
    /// The release image of all clusters.
    pub release_image: Option<String>,
    /// The set of rules to start from.
    pub preset: Option<Preset>,
    /// Rules that run even if the preset lacks them.
    pub selected: Vec<&'static str>,
    /// Whether the examples in documents are checked.
    pub docs: bool,
    /// The lowest severity that fails a run.
    pub fail_on: Option<FailOn>,
    /// Today.
    pub today: Option<Date>,
}

/// The largest configuration that is read, in bytes.
pub const MAX_FILE: u64 = 16 << 20;

/// Finds the configuration of a root, which has its links resolved. A link out of the repository is not followed: it
/// could make pullwarden read and show any file of the machine.
pub fn find(root: &Path) -> Result<Option<PathBuf>, String> {
    find_in(&Disk, root)
}

/// The same in the files of a tree.
pub fn find_in(tree: &dyn Tree, root: &Path) -> Result<Option<PathBuf>, String> {
    for name in NAMES {
        let path = root.join(name);
        let Some(kind) = tree.kind(&path) else { continue };
        if kind == EntryKind::Directory {
            continue;
        }
        let real = tree.real(&path).ok_or_else(|| format!("`{name}` is a link to nothing"))?;
        if real.starts_with(root) {
            return Ok(Some(path));
        }
        return Err(format!(
            "`{name}` leads out of the repository by a link and is not read; put the file itself there, name another with \
             `--config`, or use `--no-config`"
        ));
    }
    Ok(None)
}

/// Reads the configuration at `path`, whose text joins `sources` under `name`. Only a file that cannot be read at all
/// is an error of the run.
pub fn load(
    path: &Path,
    name: &str,
    overrides: &Overrides,
    sources: &mut Sources,
) -> Result<Settings, String> {
    let bytes = disk::read(path, MAX_FILE).map_err(|why| format!("{} {why}", shown(path)))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(parse(&text, name, overrides, sources))
}

/// Reads a configuration from its text.
pub fn parse(text: &str, name: &str, overrides: &Overrides, sources: &mut Sources) -> Settings {
    let text: std::sync::Arc<str> = text.into();
    let file = sources.add(Source::new(name.to_owned(), text.clone()));
    let mut reader = Reader::default();
    let mut documents = Vec::new();
    yaml::parse(file, &text, |parsed| match parsed {
        Ok(document) => documents.push(document),
        Err(error) => {
            reader.problem(&yaml_syntax::META, error.span, error.message);
        }
    });
    if let Some(second) = documents.get(1) {
        reader.problem(
            &yaml_syntax::META,
            Span { end: second.span().start, ..second.span() },
            "a configuration is one document; this one and those behind it are not read",
        );
    }
    let Some(document) = documents.first() else {
        return reader.settings(Config::default(), None, overrides);
    };
    let root = document.root();
    for (key, first) in yaml::duplicate_keys(root) {
        reader
            .problem(&settings::INVALID_SETTING, key.span(), format!("`{}` is set twice", key.key_text()))
            .related(first.span(), "this value is lost");
    }
    let (config, errors) = de::lenient::<Config>(root, &["rules"]);
    for error in errors {
        reader.error(&error, file);
    }
    reader.settings(config, Some(root), overrides)
}

/// The current day in UTC. Only this function reads a clock.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl Settings {
    /// The settings without a configuration.
    pub fn from_overrides(overrides: &Overrides) -> Self {
        Reader::default().settings(Config::default(), None, overrides)
    }

    /// Whether there are policies to run.
    pub fn has_policies(&self) -> bool {
        self.rules.policies.as_ref().is_some_and(|policies| policies.ids().next().is_some())
    }

    /// Whether any rule asks what workloads pull.
    pub fn looks_at_workloads(&self) -> bool {
        self.rules.active.iter().any(|rule| rule.meta.category == Category::Workloads)
    }

    /// What is to be said of the commands that were not run, where some of the files that were walked lie in their
    /// directories, and of those that failed.
    pub fn unrendered<'n>(
        &self,
        rendering: &Rendering,
        names: &(impl Iterator<Item = &'n str> + Clone),
    ) -> Vec<(&'static Meta, Finding)> {
        let renders = self.renders.iter().enumerate();
        let said = renders.filter_map(|(number, render)| match rendering {
            Rendering::NotAllowed => {
                let is_looked_at = names.clone().any(|name| discover::is_below(name, &render.root.value));
                is_looked_at.then(|| rendering::not_allowed(render))
            }
            Rendering::Done(outcomes) => match outcomes.get(number) {
                Some(RenderOutcome::Failed(failure)) => Some(rendering::failed(render, failure)),
                Some(RenderOutcome::Printed(_) | RenderOutcome::Skipped) | None => None,
            },
        });
        said.collect()
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<(&'static Meta, Finding)>,
    globs: Vec<Expected>,
    of_policies: Vec<(Spanned<String>, Setting)>,
}

impl Reader {
    fn problem(&mut self, meta: &'static Meta, span: Span, message: impl Into<String>) -> &mut Finding {
        self.problems.push((meta, Finding::new(span, message)));
        let (_, finding) = self.problems.last_mut().unwrap_or_else(|| unreachable!("just pushed"));
        finding
    }

    /// A path of the repository. `help` says how to write one.
    fn inside(&mut self, path: &Spanned<String>, help: &str) -> Option<Spanned<String>> {
        let is_url = path.value.contains("://");
        let joined = crate::kustomize::join("", &path.value).filter(|_| !is_url);
        if joined.is_none() {
            let why = if is_url {
                "is a URL, and pullwarden fetches nothing"
            } else {
                "leads out of the repository"
            };
            let message = format!("`{}` {why}", path.value);
            self.problem(&settings::INVALID_SETTING, path.span, message).help(help);
        }
        joined.map(|joined| Spanned::new(joined, path.span))
    }

    fn error(&mut self, error: &de::Error, file: FileId) {
        let span = error.span.unwrap_or(Span::new(file, 0, 0));
        match &error.problem {
            de::Problem::UnknownField { name, expected } => {
                let finding =
                    self.problem(&settings::UNKNOWN_KEY, span, format!("there is no key `{name}` here"));
                let mut expected = expected.clone();
                // The one key of the configuration that its own type does not read.
                if expected.iter().any(|key| key == "clusters") {
                    expected.push("rules".to_owned());
                }
                let names = expected.iter().map(String::as_str);
                finding.help(match crate::read::crd::schema::nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if expected.is_empty() => "this rule has no option but `severity`".to_owned(),
                    None => format!("the keys here are {}", listed(expected.iter().map(String::as_str))),
                });
            }
            de::Problem::Other(message) => {
                self.problem(&settings::INVALID_SETTING, span, message.clone());
            }
        }
    }

    /// `root` is the root of the configuration.
    fn settings(mut self, config: Config, root: Option<Node<'_>>, overrides: &Overrides) -> Settings {
        let preset = overrides.preset.or(config.preset).unwrap_or_default();
        let rule_set = RuleSet {
            today: overrides.today,
            ..self.rules(root.and_then(|root| root.get("rules")), preset, &overrides.selected)
        };
        let ignores = config.ignore.iter().map(|ignore| self.ignore(ignore)).collect();
        let mut known = Known {
            openshift: config.openshift.map(|v| v.value.0),
            platform: config.platform,
            topology: config.topology,
            release_image: config.release_image.map(|image| image.0),
            clusters: Vec::new(),
            charts: Vec::new(),
        };
        for (number, (name, cluster)) in config.clusters.iter().enumerate() {
            known.clusters.push(ConfiguredCluster {
                name: name.clone(),
                paths: self.file_globs(&cluster.paths.0),
                roots: self.root_globs(&cluster.roots.0, number),
                openshift: overrides.openshift.or(cluster.openshift.as_ref().map(|v| v.value.0)),
                platform: overrides.platform.or(cluster.platform),
                topology: overrides.topology.or(cluster.topology),
                nodes: cluster.nodes.clone(),
                release_image: overrides
                    .release_image
                    .clone()
                    .or_else(|| cluster.release_image.as_ref().map(|image| image.0.clone())),
            });
        }
        known.openshift = overrides.openshift.or(known.openshift);
        known.platform = overrides.platform.or(known.platform);
        known.topology = overrides.topology.or(known.topology);
        known.release_image = overrides.release_image.clone().or(known.release_image);
        known.charts = self.charts(&config.charts, root.and_then(|root| root.get("charts")), &known);
        let renders = config.render.iter().filter_map(|render| self.render(render, &known)).collect();
        let policies = config.policies.iter().filter_map(|policy| self.policy(policy)).collect();
        let exclude = self.globs_of(&config.exclude.0);
        let workloads =
            Kinds::with(config.workloads.iter().filter_map(|(kind, paths)| self.kind(kind, paths)).collect());
        Settings {
            workloads,
            rules: rule_set,
            ignores,
            known,
            policies,
            of_policies: self.of_policies,
            renders,
            exclude,
            docs: overrides.docs || config.docs,
            fail_on: overrides.fail_on.or(config.fail_on).unwrap_or(FailOn::Error).severity(),
            today: overrides.today.unwrap_or(Date::MIN),
            baseline: None,
            problems: self.problems,
            globs: self.globs,
        }
    }

    /// A kind of workloads, `Kind` or `Kind.group`, and the paths of its images.
    fn kind(&mut self, name: &str, paths: &OneOrMany) -> Option<CustomKind> {
        let mut good = Vec::new();
        for path in &paths.0 {
            match path.value.parse() {
                Ok(parsed) => good.push(parsed),
                Err(error) => {
                    self.problem(
                        &settings::INVALID_SETTING,
                        path.span,
                        format!("`{}` is not a path", path.value),
                    )
                    .help(PathError::to_string(&error));
                }
            }
        }
        let (kind, group) = name.split_once('.').map_or((name, None), |(kind, group)| (kind, Some(group)));
        let group = group.map(str::to_owned);
        (!good.is_empty()).then(|| CustomKind { kind: kind.to_owned(), group, paths: good })
    }

    fn ignore(&mut self, ignore: &Spanned<IgnoreConfig>) -> Ignore {
        let config = &ignore.value;
        let given = |globs: &OneOrMany| !globs.0.is_empty();
        let matching = Matching {
            paths: given(&config.path).then(|| self.file_globs(&config.path.0)),
            resources: given(&config.resource).then(|| self.globs_of(&config.resource.0)),
            clusters: given(&config.cluster).then(|| self.globs_of(&config.cluster.0)),
        };
        if config.rule.0.is_empty()
            && !given(&config.path)
            && !given(&config.resource)
            && !given(&config.cluster)
        {
            self.problem(&settings::INVALID_SETTING, ignore.span, "this ignore would ignore everything")
                .help("give at least one of `rule`, `path`, `resource` and `cluster`");
        }
        Ignore {
            rules: config.rule.0.clone(),
            reach: Reach::Matching(Box::new(matching)),
            span: ignore.span,
            reason: config.reason.clone().unwrap_or_default(),
            until: config.until.as_ref().map(|until| Spanned::new(until.value.0, until.span)),
        }
    }
}
