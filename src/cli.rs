//! The command line.

mod completions;
mod parse;
mod policies;
mod values;

use crate::config::FailOn;
use crate::openshift::{Platform, Topology, Version};
use crate::policy::InputKind;
pub use crate::report::plan::PlanFormat;
pub use crate::report::{ColorChoice, Format};
use crate::rules::rule::Preset;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
pub use completions::command;
use jiff::civil::Date;
pub use policies::{
    PolicyCommandArgs, PolicyInputArgs, PolicyNewArgs, PolicyTestArgs, PolicyWhat, TestFormat,
};
use std::path::PathBuf;
use values::parse_report;
pub use values::{MapFormat, PlanFailOn, ReportTo, SchemaOf, TableFormat};

/// Checks OpenShift image configuration in Git before the cluster does.
#[derive(Debug, Parser)]
#[command(
    name = "pullwarden",
    version,
    propagate_version = true,
    after_help = "Start with `pullwarden check` in the root of a repository, and `pullwarden explain RULE` for \
                  each rule in the report.\n\nExit codes: 0 clean, 1 diagnostics at or above --fail-on, 2 could not run or a fault in \
                  pullwarden itself, 3 --require-config and no image configuration found."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files, directories, or a stream of manifests
    Check(CheckArgs),
    /// Fix findings, and keep comments and order
    Fix(FixArgs),
    /// Convert deprecated kinds, one output file per input
    Migrate(MigrateArgs),
    /// Record the findings of today, so that a check reports only new ones
    Baseline(BaselineArgs),
    /// Show the clusters, the objects of each, and why they belong there
    Clusters(ClustersArgs),
    /// Show the page of a rule
    Explain(ExplainArgs),
    /// List every rule
    Rules(RulesArgs),
    /// Show the files on the nodes, each entry with the line of its manifest
    Render(RenderArgs),
    /// Show where the nodes pull images from, and which images they refuse
    Resolve(ResolveArgs),
    /// Draw the clusters, their registries, and where images come from
    Map(MapArgs),
    /// Show what a change does to the nodes: nothing, a reload, a drain, a reboot, or a stop of the operator
    Plan(PlanArgs),
    /// Write, test and look into policies in Rego
    Policy(PolicyCommandArgs),
    /// Print the JSON Schema of the configuration or of a JSON output
    Schema(SchemaArgs),
    /// Write a commented configuration that matches the repository
    Init(InitArgs),
    /// Serve an editor: findings while you write, over the Language Server Protocol
    Server(ServerArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Evaluate policies for another process of this program
    #[command(hide = true)]
    PolicyWorker,
}

/// `pullwarden check`
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  pullwarden check\n  pullwarden check clusters/prod --openshift 4.16\n  \
                        kustomize build overlays/prod | pullwarden check -\n  \
                        pullwarden check --report human --report sarif=pullwarden.sarif\n  \
                        pullwarden check --baseline .pullwarden-baseline.json"
)]
pub struct CheckArgs {
    /// Files and directories; `-` is a stream on standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write a report, to a file if one is named; may be given again
    #[arg(long = "report", short = 'r', visible_alias = "format", value_name = "FORMAT[=FILE]", value_parser = parse_report::<Format>)]
    pub reports: Vec<ReportTo>,
    /// The lowest severity with exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Hide the findings of this baseline, which `pullwarden baseline` writes
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Exit with 3 when no image configuration is found
    #[arg(long)]
    pub require_config: bool,
    /// Report only the findings of this rule, even if the preset lacks it; may be given again
    #[arg(long = "select", visible_alias = "rule", value_name = "ID", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Show how many findings each rule has, in place of the findings (report `human`)
    #[arg(long)]
    pub statistics: bool,
    /// Show the findings without the last line (report `human`)
    #[arg(long, short, conflicts_with = "statistics")]
    pub quiet: bool,
    /// Name the files that are left alone (report `human`)
    #[arg(long, short, conflicts_with_all = ["statistics", "quiet"])]
    pub verbose: bool,
    /// The width of the report `human`, in columns [default: the width of the terminal, or 100]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub output_width: Option<u16>,
    /// Policies beside those of the configuration
    #[command(flatten)]
    pub policies: PolicyArgs,
    /// How to check
    #[command(flatten)]
    pub how: HowArgs,
}

/// Policies that the command line names.
#[derive(Clone, Debug, Default, Args)]
pub struct PolicyArgs {
    /// A directory of policies in Rego, beside those of the configuration; may be given again
    #[arg(long = "policy", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// Data for the policies of --policy: a JSON or YAML file, or a directory of them; may be given again
    #[arg(long, value_name = "PATH", requires = "policies")]
    pub data: Vec<PathBuf>,
    /// The packages whose policies run [default: main, and all for reviews]; `*` is all of them
    #[arg(long = "namespace", value_name = "PACKAGE", value_delimiter = ',', requires = "policies")]
    pub namespaces: Vec<String>,
    /// The input of the policies of --policy
    #[arg(long = "policy-input", value_enum, value_name = "KIND", default_value_t, requires = "policies")]
    pub input: InputKind,
}

/// How to check, for every command that does.
#[derive(Clone, Debug, Default, Args)]
pub struct HowArgs {
    /// What manifests do not say about the clusters
    #[command(flatten)]
    pub known: KnownArgs,
    /// The set of rules to start from
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// Also read the files that .gitignore and other ignore lists exclude
    #[arg(long)]
    pub no_ignore: bool,
    /// Also check the YAML in the fences of Markdown and AsciiDoc, as examples
    #[arg(long)]
    pub docs: bool,
    /// Today, for ignores that expire [default: the system's day, in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: ColorChoice,
    /// The number of threads, at most 256 [default: one per processor]
    #[arg(long, short = 'j', value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(..=256))]
    pub threads: Option<usize>,
}

/// `pullwarden fix`
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:\n  pullwarden fix\n  pullwarden fix --write\n  \
                  pullwarden fix clusters/prod --rule deprecated-icsp --write\n  \
                  pullwarden fix --unsafe | git apply\n\n\
                  A safe fix needs no review: it loses no information, and allows nothing that was not allowed. An unsafe fix \
                  needs a review. Comments, order, quotes and line ends outside of a fix stay as they are. Ignored findings, \
                  files outside of the repository, and files that change during the run are skipped.\n\n\
                  Only findings in PATHS are fixed. The whole repository is still read, since overlays change other files, and \
                  a fix may also change other files.\n\n\
                  Exit codes: 0 nothing to fix, or --write fixed it; 1 there is something to fix; 2 some file could not be \
                  fixed.")]
pub struct FixArgs {
    /// Files and directories whose findings are fixed
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Show what would change, as a patch, and change nothing (the default)
    #[arg(long, conflicts_with = "write")]
    pub diff: bool,
    /// Change the files
    #[arg(long)]
    pub write: bool,
    /// Also make the fixes that need a review
    #[arg(long = "unsafe")]
    pub allow_unsafe: bool,
    /// Fix only the findings of this rule; may be given again
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    pub rules: Vec<String>,
    /// How to check
    #[command(flatten)]
    pub how: HowArgs,
}

/// `pullwarden baseline`
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:\n  pullwarden baseline\n  \
                  pullwarden check --baseline .pullwarden-baseline.json\n  \
                  pullwarden baseline --prune\n\n\
                  A baseline does not depend on lines: moved files, keys in another order and new lines above a finding do not \
                  change it. Use an ignore with a reason for a finding that is intended, and a baseline for findings to \
                  fix later. Entries that match nothing are reported as stale-baseline.\n\n\
                  Exit codes: 0 written, 2 could not run.")]
pub struct BaselineArgs {
    /// Files and directories; the entries of other files stay as they are
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Where to write it [default: .pullwarden-baseline.json in the repository's root]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Accept nothing new; only remove entries whose finding is gone
    #[arg(long)]
    pub prune: bool,
    /// Policies beside those of the configuration
    #[command(flatten)]
    pub policies: PolicyArgs,
    /// How to check
    #[command(flatten)]
    pub how: HowArgs,
}

/// `pullwarden migrate`
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// What to convert.
    #[command(subcommand)]
    pub what: MigrateWhat,
}

/// What to convert.
#[derive(Debug, Subcommand)]
pub enum MigrateWhat {
    /// Convert `ImageContentSourcePolicy` to `ImageDigestMirrorSet` as `oc adm migrate icsp` does, and keep comments
    Icsp(MigrateIcspArgs),
}

/// `pullwarden migrate icsp`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pullwarden migrate icsp icsp.yaml\n  \
                  pullwarden migrate icsp mirrors/*.yaml --dest-dir idms\n\n\
                  Each input gives one file `imagedigestmirrorset_<name of its first object>.<number>.yaml`. The number \
                  depends on the content, so the same input gives the same file again. Fields that only a server sets are \
                  removed; comments, order and quotes stay. Each result is rendered and compared with its input: where \
                  the nodes would get another registries.conf, the difference is shown.\n\n\
                  To change the files in place: `pullwarden fix --rule deprecated-icsp`.\n\n\
                  Exit codes: 0 every input was converted, 1 some input was not, 2 could not run.")]
pub struct MigrateIcspArgs {
    /// Files with only `ImageContentSourcePolicy` objects
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The directory for the new files; created if necessary
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dest_dir: PathBuf,
}

/// What manifests do not say about the clusters.
#[derive(Clone, Debug, Default, Args)]
pub struct KnownArgs {
    /// The OpenShift release of all clusters, as in 4.18
    #[arg(long, value_name = "VERSION")]
    pub openshift: Option<Version>,
    /// The platform of all clusters
    #[arg(long, value_enum)]
    pub platform: Option<Platform>,
    /// The configuration [default: .pullwarden.yaml in the repository's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    /// Run the commands under `render:` in the configuration, with all your permissions
    #[arg(long)]
    pub allow_exec: bool,
}

/// The clusters to look at.
#[derive(Clone, Debug, Default, Args)]
pub struct ClusterArgs {
    /// One cluster, by its name [default: every cluster with image configuration]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The release image of all clusters; the operator never blocks this repository
    #[arg(long, value_name = "REF")]
    pub release_image: Option<String>,
    /// What manifests do not say about the clusters
    #[command(flatten)]
    pub known: KnownArgs,
}

/// `pullwarden render`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  pullwarden render\n  pullwarden render --cluster prod -o nodes/prod\n  \
                  oc get images.config,idms,itms -o yaml | pullwarden render -\n\n\
                  Exit codes: 0 every cluster gets its files, 1 some cluster does not get or cannot load them, \
                  2 could not run."
)]
pub struct RenderArgs {
    /// Files or a directory; `-` is a stream on standard input
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Write the files into this new directory, with their paths on a node, below a directory for each cluster
    #[arg(long, short, value_name = "DIR", conflicts_with = "format")]
    pub output: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,
    /// The clusters to look at
    #[command(flatten)]
    pub clusters: ClusterArgs,
}

/// `pullwarden resolve`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  pullwarden resolve quay.io/prometheus/node-exporter:v1.8.0\n  \
                  pullwarden resolve --images images.txt --in clusters/prod --format json\n\n\
                  Exit codes: 0 nodes can pull every image, as far as names show; 1 some images cannot be pulled; 2 could not run.")]
pub struct ResolveArgs {
    /// Names of images, as in a pod
    #[arg(value_name = "IMAGE", required_unless_present = "images")]
    pub names: Vec<String>,
    /// The manifests: files or a directory; `-` is a stream on standard input
    #[arg(long = "in", value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// A file with one name a line; `#` starts a comment; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub images: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,
    /// The clusters to look at
    #[command(flatten)]
    pub clusters: ClusterArgs,
}

/// `pullwarden map`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  pullwarden map > map.html\n  pullwarden map --cluster prod --format mermaid\n\n\
                  Exit codes: 0 drawn, 2 could not run."
)]
pub struct MapArgs {
    /// Files or a directory; `-` is a stream on standard input
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// How to draw
    #[arg(long, value_enum, default_value_t)]
    pub format: MapFormat,
    /// The clusters to draw
    #[command(flatten)]
    pub clusters: ClusterArgs,
}

/// `pullwarden plan`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  pullwarden plan\n  pullwarden plan --base origin/main --fail-on drain\n  \
                  pullwarden plan --base v1 --head v2 clusters/prod\n  \
                  kustomize build overlays/prod | pullwarden plan --old deployed.yaml --new -\n\n\
                  Outcomes, the worst first:\n  \
                  stops    the operator stops, and no node changes any more\n  \
                  unknown  the operator stopped before, or a kustomization cannot be built in one of the states\n  \
                  reboot   each node is drained and reboots, or each machine is replaced\n  \
                  drain    pods leave each node for a while\n  \
                  restart  services restart, pods stay\n  \
                  reload   services reload, pods stay\n  \
                  held     the pool is paused, or its NodePool waits with OnDelete\n  \
                  none     nothing noticeable\n\n\
                  Only the files of --report and --write-baseline are written. No command of the repository runs without \
                  --allow-exec.\n\n\
                  Exit codes: 0 no outcome or finding reaches --fail-on, 1 an outcome or a finding reaches it, \
                  2 could not run."
)]
pub struct PlanArgs {
    /// A directory or a file of a Git repository
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The target branch or commit of the change; the old state is the merge base [default: the target of the pull
    /// request that CI names, else the default branch]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// The commit to plan [default: the working tree, with uncommitted changes]
    #[arg(long, value_name = "REF")]
    pub head: Option<String>,
    /// The old state, if it is not in Git: a directory, or a file with a stream of manifests; `-` is standard input
    #[arg(long, value_name = "PATH", requires = "new", conflicts_with_all = ["base", "head", "path"])]
    pub old: Option<PathBuf>,
    /// The new state
    #[arg(long, value_name = "PATH", requires = "old")]
    pub new: Option<PathBuf>,
    /// A file with more images to plan for, one name a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub images: Option<PathBuf>,
    /// Policies beside those of the configuration
    #[command(flatten)]
    pub policies: PolicyArgs,
    /// Also show the differences of the files
    #[arg(long)]
    pub files: bool,
    /// The topology of the control plane of all clusters; a single node is never drained
    #[arg(long, value_enum)]
    pub topology: Option<Topology>,
    /// The mildest outcome, or the lowest severity of a finding, with exit code 1
    #[arg(long, value_enum, value_name = "OUTCOME", default_value_t)]
    pub fail_on: PlanFailOn,
    /// Write a report, to a file if one is named; may be given again
    #[arg(long = "report", short = 'r', visible_alias = "format", value_name = "FORMAT[=FILE]", value_parser = parse_report::<PlanFormat>)]
    pub reports: Vec<ReportTo<PlanFormat>>,
    /// Hide the findings about changes that this baseline has; outcomes stay as they are
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings about changes to this baseline; they replace the findings of an earlier plan, and the entries of
    /// `pullwarden baseline` stay
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "reports", "files", "fail_on", "cluster"])]
    pub write_baseline: Option<PathBuf>,
    /// The clusters to look at
    #[command(flatten)]
    pub clusters: ClusterArgs,
}

/// `pullwarden clusters`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pullwarden clusters\n  pullwarden clusters --cluster prod --objects\n  \
                  pullwarden clusters --objects overlays/prod"
)]
pub struct ClustersArgs {
    /// Files or a directory; `-` is a stream on standard input
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// One cluster, by its name [default: every cluster with image configuration]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Print the effective objects as YAML after all patches, each value with its place; for a directory with a
    /// kustomization or a chart, only the objects of this
    #[arg(long, conflicts_with = "format")]
    pub objects: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,
    /// What manifests do not say about the clusters
    #[command(flatten)]
    pub known: KnownArgs,
}

/// `pullwarden explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The id of a rule, as in reports
    pub rule: String,
    /// Policies beside those of the configuration
    #[command(flatten)]
    pub policies: PolicyArgs,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: ColorChoice,
}

/// `pullwarden rules`
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Policies beside those of the configuration
    #[command(flatten)]
    pub policies: PolicyArgs,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,
}

/// `pullwarden schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which schema
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// `pullwarden init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The repository
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Print the configuration instead of writing `.pullwarden.yaml`
    #[arg(long)]
    pub stdout: bool,
}

/// `pullwarden server`
#[derive(Debug, Args)]
#[command(
    after_help = "An editor starts it, and speaks to it over standard input and output; `docs/editors.md` says how."
)]
pub struct ServerArgs {
    /// Speak over standard input and output, which is the only way
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// `pullwarden completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
