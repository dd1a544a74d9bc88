//! `pullwarden explain`: a page of the rule book, for the terminal.

use super::Error;
use crate::rules;
use std::io::Write;

/// Prints the page of a rule.
pub fn run(id: &str, color: bool, out: &mut dyn Write) -> Result<(), Error> {
    let Some(entry) = rules::find(id) else {
        return Err(super::no_rule(id));
    };
    let mut in_code = false;
    for line in body(entry.meta.page).lines() {
        if let Some(info) = line.strip_prefix("```") {
            in_code = !in_code;
            // Examples of several files say which is which.
            let title = info.split_once("title=\"").and_then(|(_, rest)| rest.split_once('"'));
            if let Some((title, _)) = title {
                writeln!(out, "{title}:\n")?;
            }
            continue;
        }
        let styled = match () {
            () if in_code => format!("    {line}"),
            () if line.starts_with('#') && color => {
                format!("\x1b[1m{}\x1b[0m", line.trim_start_matches('#').trim())
            }
            () if line.starts_with('#') => line.trim_start_matches('#').trim().to_uppercase(),
            () => line.to_owned(),
        };
        writeln!(out, "{styled}")?;
    }
    Ok(())
}

/// A page without its front matter.
pub fn body(page: &str) -> &str {
    let rest = page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    rest.map_or(page, |(_, body)| body).trim_start()
}
