//! The values that arguments take, with their names and what the help says of them: what they stand for knows no command line.

use super::{ColorChoice, FailOn, Format, PlanFormat, Platform, Preset, Topology};
use crate::policy::InputKind;
use crate::rollout::Outcome;
use crate::rules::rule::Severity;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::path::PathBuf;

/// When a plan fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFailOn {
    /// The operator stops
    #[default]
    Stops,
    /// Nodes reboot, or worse
    Reboot,
    /// Nodes are drained, or worse
    Drain,
    /// A finding about changes is an error
    Error,
    /// A finding about changes is a warning, or worse
    Warning,
    /// There is any finding about changes
    Note,
    /// Nothing fails
    Never,
}

impl PlanFailOn {
    /// The outcome that fails.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            PlanFailOn::Stops => Some(Outcome::Stops),
            PlanFailOn::Reboot => Some(Outcome::Reboot),
            PlanFailOn::Drain => Some(Outcome::Drain),
            PlanFailOn::Error | PlanFailOn::Warning | PlanFailOn::Note | PlanFailOn::Never => None,
        }
    }

    /// The severity that fails.
    pub fn severity(self) -> Option<Severity> {
        match self {
            PlanFailOn::Error => Some(Severity::Error),
            PlanFailOn::Warning => Some(Severity::Warning),
            PlanFailOn::Note => Some(Severity::Note),
            _ => None,
        }
    }
}

/// How to print a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}

/// How to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MapFormat {
    /// A page for a browser, with the findings of a check
    #[default]
    Html,
    /// A Mermaid diagram, which GitHub and GitLab draw
    Mermaid,
    /// A graph for Graphviz
    Dot,
    /// JSON for programs; `pullwarden schema map` describes it
    Json,
}

/// The schemas that can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Of `.pullwarden.yaml`
    Config,
    /// Of `--report json`
    Report,
    /// Of `render --format json`
    Render,
    /// Of `clusters --format json`
    Clusters,
    /// Of `resolve --format json`
    Resolve,
    /// Of `map --format json`
    Map,
    /// Of `plan --format json`
    Plan,
    /// Of what policies get: `policy input --cluster`
    PolicyInput,
}

/// A report and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTo<F = Format> {
    /// The format.
    pub format: F,
    /// The file; standard output without one.
    pub file: Option<PathBuf>,
}

pub(super) fn parse_report<F: ValueEnum>(text: &str) -> Result<ReportTo<F>, String> {
    let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
    let format = F::from_str(format, false).map_err(|_| {
        let known: Vec<String> = F::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("there is no report `{format}`; the reports are {}", known.join(", "))
    })?;
    match file {
        Some("") => Err("there is no file name behind `=`".into()),
        Some("-") => Ok(ReportTo { format, file: None }),
        file => Ok(ReportTo { format, file: file.map(PathBuf::from) }),
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Format::Human => PossibleValue::new("human").help("Text for people"),
            Format::Sarif => PossibleValue::new("sarif").help("SARIF 2.1.0, for code scanning"),
            Format::Json => {
                PossibleValue::new("json").help("JSON for programs; `pullwarden schema report` describes it")
            }
            Format::Github => PossibleValue::new("github").help("Annotations in a GitHub workflow"),
            Format::Concise => {
                PossibleValue::new("concise").help("A line for each finding, for editors and `grep`")
            }
            Format::Markdown => {
                PossibleValue::new("markdown").help("A summary for a job or a comment on a pull request")
            }
            Format::Junit => PossibleValue::new("junit").help("Test cases, for the test reports of CI"),
            Format::Gitlab => PossibleValue::new("gitlab").help("GitLab's Code Quality"),
            Format::Checkstyle => PossibleValue::new("checkstyle").help("Checkstyle's XML"),
            Format::Html => PossibleValue::new("html")
                .help("A page for a browser: the findings, and what `pullwarden map` draws"),
            Format::Azure => PossibleValue::new("azure").help("Logging commands of Azure Pipelines"),
            Format::Counts => PossibleValue::new("counts")
                .help("How many findings there are, as lines `name=count` for `GITHUB_OUTPUT`"),
        })
    }
}

impl ValueEnum for ColorChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[ColorChoice::Auto, ColorChoice::Always, ColorChoice::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            ColorChoice::Auto => PossibleValue::new("auto")
                .help("On a terminal, unless `NO_COLOR` is set; elsewhere if `CLICOLOR_FORCE` is set"),
            ColorChoice::Always => PossibleValue::new("always").help("Always"),
            ColorChoice::Never => PossibleValue::new("never").help("Never"),
        })
    }
}

impl ValueEnum for PlanFormat {
    fn value_variants<'a>() -> &'a [Self] {
        use PlanFormat::{Counts, Github, Html, Human, Json, Markdown, Sarif};
        &[Human, Json, Markdown, Html, Sarif, Github, Counts]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            PlanFormat::Human => ("human", "Text for people"),
            PlanFormat::Json => ("json", "JSON for programs; `pullwarden schema plan` describes it"),
            PlanFormat::Markdown => ("markdown", "A comment for a pull request"),
            PlanFormat::Html => ("html", "A page with the clusters before and after the change"),
            PlanFormat::Sarif => ("sarif", "Findings about changes, as SARIF 2.1.0"),
            PlanFormat::Github => ("github", "Findings about changes, as annotations in a GitHub workflow"),
            PlanFormat::Counts => (
                "counts",
                "The number of clusters with each outcome, as lines `name=count` for `GITHUB_OUTPUT`",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [Self] {
        &[FailOn::Error, FailOn::Warning, FailOn::Note, FailOn::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            FailOn::Error => ("error", "Errors fail"),
            FailOn::Warning => ("warning", "Warnings and errors fail"),
            FailOn::Note => ("note", "Everything fails"),
            FailOn::Never => ("never", "Nothing fails"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Platform {
    fn value_variants<'a>() -> &'a [Self] {
        &[Platform::Ocp, Platform::Okd, Platform::Rosa, Platform::Aro]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Platform::Ocp => ("ocp", "OpenShift Container Platform"),
            Platform::Okd => ("okd", "OKD: the payload comes from quay.io alone"),
            Platform::Rosa => ("rosa", "Red Hat OpenShift Service on AWS"),
            Platform::Aro => {
                ("aro", "Azure Red Hat OpenShift: the service's own images come from its registry")
            }
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Topology {
    fn value_variants<'a>() -> &'a [Self] {
        &[Topology::SingleNode, Topology::Ha]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Topology::SingleNode => ("single-node", "One node that also runs the pods. It is never drained"),
            Topology::Ha => ("ha", "Several"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Preset {
    fn value_variants<'a>() -> &'a [Self] {
        &[Preset::Recommended, Preset::Strict]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Preset::Recommended => ("recommended", "What breaks, leaks or is deprecated"),
            Preset::Strict => ("strict", "Also what a hardening guide asks for"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for InputKind {
    fn value_variants<'a>() -> &'a [Self] {
        &[InputKind::Object, InputKind::Review, InputKind::Cluster, InputKind::Combined]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            InputKind::Object => ("object", "Each object as its cluster gets it"),
            InputKind::Review => (
                "review",
                "Each object as Gatekeeper hands it over: `input.review.object`, and `input.parameters` from `data.parameters`",
            ),
            InputKind::Cluster => ("cluster", "Each cluster with everything that it gets"),
            InputKind::Combined => (
                "combined",
                "Each cluster as `conftest --combine` hands files over: a list with `path` and `contents` of every object",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
