//! The arguments of `pullwarden policy`.

use super::{ColorChoice, KnownArgs};
use crate::policy::InputKind;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `pullwarden policy`
#[derive(Debug, Args)]
pub struct PolicyCommandArgs {
    /// What to do with policies.
    #[command(subcommand)]
    pub what: PolicyWhat,
}

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum PolicyWhat {
    /// Run the tests of policies: the rules `test_…` of their modules
    Test(PolicyTestArgs),
    /// Write a policy, its test and a fixture, which run at once
    New(PolicyNewArgs),
    /// Print what policies get as input, in JSON
    Input(PolicyInputArgs),
}

/// `pullwarden policy test`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  pullwarden policy test\n  pullwarden policy test policy --coverage\n  \
                  pullwarden policy test policy --format junit > policies.xml\n\n\
                  JSON and YAML files in the directories are data of the tests, below the names of their directories. A test \
                  has no cluster: it sets what it needs by `with`.\n\n\
                  Exit codes: 0 every test holds, 1 some do not or a policy cannot be read, 2 could not run.")]
pub struct PolicyTestArgs {
    /// Directories of policies [default: those of the configuration, else `policy`]
    #[arg(value_name = "DIR")]
    pub paths: Vec<PathBuf>,
    /// More data: a JSON or YAML file, or a directory of them; may be given again
    #[arg(long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// Also show which lines of the policies no test came by
    #[arg(long)]
    pub coverage: bool,
    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    pub format: TestFormat,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: ColorChoice,
}

/// How the results of tests are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// Text for people
    #[default]
    Human,
    /// For programs
    Json,
    /// For CI systems that read `JUnit`
    Junit,
}

/// `pullwarden policy new`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  pullwarden policy new our_mirrors\n  pullwarden policy new owners --input cluster\n\n\
                  Nothing that is there is overwritten."
)]
pub struct PolicyNewArgs {
    /// What the policy is called: small letters, digits and `_`
    pub name: String,
    /// The directory that it goes to; made where it is not there
    #[arg(long, value_name = "DIR", default_value = "policy")]
    pub dir: PathBuf,
    /// What it sees as input
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    pub input: InputKind,
}

/// `pullwarden policy input`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  pullwarden policy input clusters/prod/idms.yaml\n  \
                  pullwarden policy input --cluster prod > input.json\n\n\
                  Of a file, the objects in it are printed one after the other, each as its cluster gets it: what a policy with \
                  `input: object` sees. Of a cluster, everything is printed: what a policy with `input: cluster` sees. \
                  `pullwarden schema policy-input` describes it.")]
pub struct PolicyInputArgs {
    /// The repository, or a file of it
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The cluster, by its name [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// What manifests do not say about the clusters
    #[command(flatten)]
    pub known: KnownArgs,
}
