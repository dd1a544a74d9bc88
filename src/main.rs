//! The command `pullwarden`. What it does stands in [`pullwarden::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    pullwarden::program::main()
}
