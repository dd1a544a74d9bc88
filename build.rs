//! Lists the pages of the rule book, so that a rule compiles before its page exists.

#![allow(clippy::disallowed_methods, reason = "a build script reads and writes the files of the build")]
#![allow(clippy::print_stdout, reason = "Cargo reads what a build script prints")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let mut ids = Vec::new();
    for entry in fs::read_dir("rules")? {
        let path = entry?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).filter(|id| *id != "README");
        if let Some(id) = id.filter(|_| path.extension().is_some_and(|ending| ending == "md")) {
            ids.push(id.to_owned());
        }
    }
    ids.sort();
    let mut table = String::from("&[\n");
    for id in ids {
        let page = format!(r#"concat!(env!("CARGO_MANIFEST_DIR"), "/rules/{id}.md")"#);
        writeln!(table, "    ({id:?}, include_str!({page})),")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("pages.rs"), table)?;
    Ok(())
}
