//! `pullwarden rules`: the table of all rules.

use super::Error;
use crate::cli::TableFormat;
use crate::rules::ALL;
use std::io::Write;

/// Prints the table.
pub fn run(format: TableFormat, out: &mut dyn Write) -> Result<(), Error> {
    match format {
        TableFormat::Text => {
            let width = ALL.iter().map(|entry| entry.meta.id.len()).max().unwrap_or(0);
            let mut category = None;
            for entry in ALL {
                let meta = entry.meta;
                if category != Some(meta.category) {
                    writeln!(
                        out,
                        "{}{}",
                        if category.is_some() { "\n" } else { "" },
                        meta.category.as_str()
                    )?;
                    category = Some(meta.category);
                }
                writeln!(out, "  {:width$}  {:7}  {}", meta.id, meta.severity, meta.summary)?;
            }
        }
        TableFormat::Json => {
            let rules: Vec<_> = ALL
                .iter()
                .map(|entry| {
                    serde_json::json!({
                        "id": entry.meta.id,
                        "summary": entry.meta.summary,
                        "category": entry.meta.category,
                        "severity": entry.meta.severity,
                        "preset": entry.meta.preset,
                        "since": entry.meta.since,
                    })
                })
                .collect();
            writeln!(out, "{:#}", serde_json::json!({ "version": 1, "rules": rules }))?;
        }
    }
    Ok(())
}
