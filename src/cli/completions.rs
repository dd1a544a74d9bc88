//! The command line as completions and manual pages show it: with the values that the parser itself leaves open.

use super::Cli;
use crate::report::Format;
use crate::report::plan::PlanFormat;
use crate::rules;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory, ValueEnum};

/// The command line, with the ids of rules and the names of reports where they are expected. The parser takes more there:
/// `policy/…` of a repository, and the file behind `FORMAT=`.
pub fn command() -> Command {
    let mut command = Cli::command();
    for (subcommand, argument, values) in [
        ("check", "select", of_rules()),
        ("check", "reports", of::<Format>()),
        ("fix", "rules", of_rules()),
        ("explain", "rule", of_rules()),
        ("plan", "reports", of::<PlanFormat>()),
    ] {
        command = command.mut_subcommand(subcommand, |command| {
            command.mut_arg(argument, |argument| argument.value_parser(PossibleValuesParser::new(values)))
        });
    }
    command
}

fn of_rules() -> Vec<PossibleValue> {
    rules::ALL.iter().map(|entry| PossibleValue::new(entry.meta.id).help(entry.meta.summary)).collect()
}

fn of<F: ValueEnum>() -> Vec<PossibleValue> {
    F::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect()
}
