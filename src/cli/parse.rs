//! Parses the command line. clap needs a description of all commands and of all their flags, and to make it takes as long as
//! a check of a small file. So `check` is tried alone at first.

use super::{CheckArgs, Cli, Command};
use clap::{Args, FromArgMatches, Parser};
use std::ffi::OsString;

impl Cli {
    /// Parses a command line whose first word names the program.
    pub fn of(words: &[OsString]) -> Result<Self, clap::Error> {
        let check = words.get(1..).filter(|words| words.first().is_some_and(|word| word == "check"));
        check.and_then(Self::check).map_or_else(|| Self::try_parse_from(words), Ok)
    }

    /// The command line of a check, which begins with its name; `None` if it has to be answered with a text.
    fn check(words: &[OsString]) -> Option<Self> {
        let matches =
            CheckArgs::augment_args(clap::Command::new("check")).try_get_matches_from(words).ok()?;
        let args = CheckArgs::from_arg_matches(&matches).ok()?;
        Some(Self { command: Command::Check(args) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_alone_is_parsed_as_among_all_commands() {
        for line in [
            "check",
            "check .",
            "check a b -",
            "check --report human --report sarif=out.sarif a",
            "check --fail-on never --openshift 4.16 -q",
            "check --threads 2 --no-config --docs -- --odd",
            "check --help",
            "check -h",
            "check --version",
            "check --fail-on sometimes",
            "check --nothing",
            "check --report",
            "checks",
            "fix --write",
            "--version",
            "",
        ] {
            let words: Vec<OsString> =
                std::iter::once("pullwarden").chain(line.split_whitespace()).map(OsString::from).collect();
            let one = Cli::of(&words).map_err(|error| error.to_string());
            let all = Cli::try_parse_from(&words).map_err(|error| error.to_string());
            assert_eq!(format!("{one:?}"), format!("{all:?}"), "{line}");
        }
    }
}
