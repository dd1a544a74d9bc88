//! `pullwarden plan --format markdown`: a comment for a pull request. The table has all clusters; the details are folded.
//!
//! Names come from the repository, and must not become markup. They stand in code spans, in fences that are longer than any
//! run of backticks in them, or escaped as HTML.

use super::groups::{Group, NAMED, groups};
use super::{Planned, words};
use crate::report::markup::{COMMENT, cell, fenced, html};
use crate::report::nodes::render_text;
use crate::rollout::{Outcome, Rollout};
use std::fmt::Write as _;
use std::io::{self, Write};

/// How many characters of it the table may use.
const MOST_OF_TABLE: usize = 20_000;

/// The first line of a comment, by which it is found again and updated.
pub const MARK: &str = "<!-- pullwarden plan -->";

/// Writes the plan.
pub fn write(planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = groups(&planned.plan.worst_first(), planned.sources, false);
    let mut page = format!("{MARK}\n### {}\n", headline(planned));
    let end = end(planned)?;
    table(&groups, &mut page);
    let mut left_out = 0;
    for group in &groups {
        if group.details.trim().is_empty() {
            continue;
        }
        let details = details(group);
        if page.chars().count() + details.chars().count() + end.chars().count() + 200 > COMMENT {
            left_out += group.clusters.len();
            continue;
        }
        page.push_str(&details);
    }
    if left_out > 0 {
        let _ = writeln!(
            page,
            "\nThe details of {} are left out here; `pullwarden plan` shows them.",
            counted(left_out)
        );
    }
    page.push_str(&end);
    out.write_all(page.as_bytes())
}

pub(super) fn headline(planned: &Planned<'_>) -> String {
    let worst = planned.plan.outcome();
    let clusters = planned.plan.clusters.iter().filter(|cluster| cluster.outcome == worst).count();
    match (planned.plan.clusters.len(), worst) {
        (0, _) => "No image configuration found".to_owned(),
        (_, Outcome::None) => "No node changes".to_owned(),
        (_, Outcome::Unknown) => format!("{}: unknown, see below", counted(clusters)),
        (_, worst) => format!("{}: {}", counted(clusters), words::outcome(worst)),
    }
}

fn counted(clusters: usize) -> String {
    if clusters == 1 { "1 cluster".to_owned() } else { format!("{clusters} clusters") }
}

fn table(groups: &[Group<'_>], page: &mut String) {
    if groups.is_empty() {
        return;
    }
    page.push_str("\n| clusters | what the nodes do | files |\n|---|---|---|\n");
    let mut left_out = 0;
    for group in groups {
        let first = group.clusters[0];
        let files = first.pools.iter().filter_map(|pool| pool.rollout.as_ref());
        let files: std::collections::BTreeSet<&str> = files.flat_map(Rollout::diff_files).collect();
        let files: Vec<String> = files.into_iter().take(NAMED).map(cell).collect();
        let row = format!("| {} | {} | {} |\n", names(group, cell), group.outcome, files.join("<br>"));
        if page.len() + row.len() > MOST_OF_TABLE {
            left_out += group.clusters.len();
        } else {
            page.push_str(&row);
        }
    }
    if left_out > 0 {
        let _ = writeln!(page, "| {} more | are left out here | |", counted(left_out));
    }
}

/// The clusters of a group, each name as `show` writes it.
pub(super) fn names(group: &Group<'_>, show: impl Fn(&str) -> String) -> String {
    let mut names: Vec<String> = group.names().take(NAMED).map(show).collect();
    let count = group.clusters.len();
    if count > NAMED {
        names.push("…".to_owned());
    }
    let names = names.join(", ");
    if count > 1 { format!("{}: {names}", counted(count)) } else { names }
}

fn details(group: &Group<'_>) -> String {
    format!(
        "\n<details><summary>{}</summary>\n\n{}\n\n</details>\n",
        names(group, html),
        fenced("text", &group.details)
    )
}

/// Which parts could not be read, and which states were compared.
fn end(planned: &Planned<'_>) -> io::Result<String> {
    let mut gaps = Vec::new();
    render_text::gaps(planned.after, planned.sources, "", &mut gaps)?;
    render_text::gaps(&planned.gaps_before(), planned.sources, super::BEFORE, &mut gaps)?;
    let gaps = String::from_utf8_lossy(&gaps);
    let mut end = String::new();
    if !gaps.trim().is_empty() {
        let gaps = gaps.trim_end();
        let most = gaps.char_indices().nth(COMMENT / 10).map_or(gaps.len(), |(at, _)| at);
        let is_cut = most < gaps.len();
        let whole_lines = if is_cut { gaps[..most].rfind('\n').unwrap_or(most) } else { most };
        let gaps = &gaps[..whole_lines];
        let _ = write!(
            end,
            "\n<details><summary>What could not be read</summary>\n\n{}\n\n</details>\n",
            fenced("text", gaps)
        );
        if is_cut {
            end.push_str("\nMore could not be read; `pullwarden plan` names all of it.\n");
        }
    }
    if let Some(revisions) = planned.revisions {
        let _ = writeln!(end, "\n<sub>Compared: {}.</sub>", revisions.said(html));
        for path in revisions.submodules.iter().take(NAMED) {
            let _ = writeln!(
                end,
                "\n<sub>Not compared: the submodule {}, whose commit changes.</sub>",
                html(path)
            );
        }
    }
    Ok(end)
}
