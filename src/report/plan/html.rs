//! A page with the effect of a change, and the clusters before and after it.

use super::groups::groups;
use super::{BEFORE, Planned, markdown};
use crate::report::map::{self, Map, PageChange, PageFindings};
use crate::report::nodes::render_text;
use crate::report::xml::escaped;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The clusters of both states.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Before the change.
    pub before: Map,
    /// After the change.
    pub after: Map,
}

/// Writes the page.
pub fn write(planned: &Planned<'_>, pictures: &Pictures, out: &mut dyn Write) -> io::Result<()> {
    let effect = effect(planned)?;
    let change = PageChange { before: &pictures.before, effect: &effect };
    let findings = PageFindings { report: planned.report, sources: planned.sources };
    map::html(&pictures.after, Some(change), findings, out)
}

/// What nodes do because of the change: the worst first, equal clusters together.
fn effect(planned: &Planned<'_>) -> io::Result<String> {
    let mut page = format!("<h2>{}</h2>\n", escaped(&markdown::headline(planned)));
    for group in groups(&planned.plan.worst_first(), planned.sources, planned.with_files) {
        let names = markdown::names(&group, |name| format!("<strong>{}</strong>", escaped(name)));
        let details = group.details.trim_end();
        if details.is_empty() {
            let _ = writeln!(page, "<p>{names}: {}</p>", escaped(group.outcome));
        } else {
            let _ = writeln!(
                page,
                "<details open><summary>{names}: {}</summary><pre tabindex=\"0\">{}</pre></details>",
                escaped(group.outcome),
                escaped(details)
            );
        }
    }
    let mut gaps = Vec::new();
    render_text::gaps(&planned.gaps_before(), planned.sources, BEFORE, &mut gaps)?;
    let gaps = String::from_utf8_lossy(&gaps);
    for gap in gaps.lines().filter(|gap| !gap.trim().is_empty()) {
        let _ = writeln!(page, "<p class=\"problem\">{}</p>", escaped(gap));
    }
    if let Some(revisions) = planned.revisions {
        let _ =
            writeln!(page, "<p class=\"from\">Compared: {}.</p>", escaped(&revisions.said(str::to_owned)));
        for path in &revisions.submodules {
            let _ = writeln!(
                page,
                "<p class=\"problem\">Not compared: the submodule {}, whose commit changes.</p>",
                escaped(path)
            );
        }
    }
    Ok(page)
}
