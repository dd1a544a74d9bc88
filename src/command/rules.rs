//! `pullwarden rules`: prints a table of all rules, and of the policies of the configuration and the command line.

use super::{Error, policies};
use crate::cli::{RulesArgs, TableFormat};
use crate::rules::ALL;
use crate::rules::rule::Meta;
use std::io::Write;

/// Prints the table.
pub fn run(args: &RulesArgs, out: &mut dyn Write) -> Result<(), Error> {
    let policies = policies::here(&args.policies)?;
    let of_policies = policies.iter().flat_map(|policies| policies.metas());
    let all: Vec<&'static Meta> = ALL.iter().map(|entry| entry.meta).chain(of_policies).collect();
    match args.format {
        TableFormat::Text => {
            let width = all.iter().map(|meta| meta.id.len()).max().unwrap_or(0);
            let mut category = None;
            for meta in all {
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
            let rules: Vec<_> = all
                .iter()
                .map(|meta| {
                    serde_json::json!({
                        "id": meta.id,
                        "summary": meta.summary,
                        "category": meta.category,
                        "severity": meta.severity,
                        "preset": meta.preset,
                        "since": meta.since,
                    })
                })
                .collect();
            writeln!(out, "{:#}", serde_json::json!({ "version": 1, "rules": rules }))?;
        }
    }
    Ok(())
}
