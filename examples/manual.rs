//! Writes what packages carry beside the program: a manual page for each command, and completions for each shell.
//!
//! ```console
//! $ cargo run --example manual -- target/artifacts/manual
//! ```

use clap::ValueEnum;
use clap_complete::Shell;
use pullwarden::program;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let Some(into) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("name the directory to write to"));
    };
    pages(&into.join("man"))?;
    completions(&into.join("completions"))
}

fn pages(into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    clap_mangen::generate_to(program::command_line(), into)
}

fn completions(into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut program::command_line(), "pullwarden", into)?;
    }
    Ok(())
}
