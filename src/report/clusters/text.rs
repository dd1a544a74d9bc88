//! The clusters as a tree for people.

use super::{ClusterUnit, ClustersReport, LeftOut, Shown, counted, outcome, reason};
use crate::machine::terminal::escape;
use crate::model::{BuildOutcome, Resource, UnitOrigin};
use crate::report::human::Style;
use crate::report::nodes::place::at;
use crate::source::Sources;
use std::io::{self, Write};

/// The column at which the description of a name starts, unless names are longer.
const WIDEST: usize = 56;

/// Writes the report.
pub fn write(view: &ClustersReport<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table { rows: Vec::new(), style };
    for shown in &view.clusters {
        table.cluster(shown, view.sources);
        table.gap();
    }
    if !view.alone.is_empty() {
        // If the user asked for one cluster, no heading is needed.
        if view.only.is_none() {
            table.row("", "by itself", "no cluster is known to get these", Paint::Bold);
        }
        for (_, part) in &view.alone {
            table.row("  ", &part.unit.origin.to_string(), &part.evidence.to_string(), Paint::Plain);
            table.inside(part, "  ", view.sources);
        }
        table.gap();
    }
    if !view.left_out.is_empty() {
        table.row("", "left out", "", Paint::Bold);
        for left in &view.left_out {
            table.left_out(left, view.sources);
        }
        table.gap();
    }
    table.write(out)?;
    if view.only.is_none() { writeln!(out, "{}", summary(view)) } else { Ok(()) }
}

/// "2 clusters, 5 resources · 1 by itself · 3 left out"
fn summary(view: &ClustersReport<'_>) -> String {
    let clusters = counted(view.clusters.len(), "cluster");
    let mut parts = vec![format!("{clusters}, {}", counted(view.resources, "resource"))];
    if view.resources == 0 {
        parts = vec!["no image configuration found".to_owned()];
    }
    if !view.alone.is_empty() {
        let themselves = if view.alone.len() == 1 { "itself" } else { "themselves" };
        parts.push(format!("{} by {themselves}", view.alone.len()));
    }
    if view.others > 0 {
        parts.push(format!("{} without image configuration", counted(view.others, "cluster")));
    }
    if !view.left_out.is_empty() {
        parts.push(format!("{} left out", view.left_out.len()));
    }
    parts.join(" · ")
}

/// The style of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paint {
    Plain,
    Bold,
    Warn,
}

struct Row {
    lead: String,
    name: String,
    said: String,
    paint: Paint,
}

struct Table<'s> {
    rows: Vec<Row>,
    style: &'s Style,
}

impl Table<'_> {
    /// A line: the branches of the tree before it, a name, and its description.
    fn row(&mut self, lead: &str, name: &str, said: &str, paint: Paint) {
        let (lead, name, said) = (lead.to_owned(), escape(name).into_owned(), escape(said).into_owned());
        self.rows.push(Row { lead, name, said, paint });
    }

    fn gap(&mut self) {
        self.row("", "", "", Paint::Plain);
    }

    fn cluster(&mut self, shown: &Shown<'_>, sources: &Sources) {
        let facts = shown.facts.iter().map(|fact| {
            let lead = match fact.key {
                "openshift" => "OpenShift ",
                "platform" => "on ",
                _ => "releases from ",
            };
            format!(" · {lead}{} ({})", fact.value, fact.by)
        });
        let said = shown.reason.clone() + &facts.collect::<String>();
        self.row("", &shown.cluster.name, &said, Paint::Bold);
        for (number, part) in shown.parts.iter().enumerate() {
            let is_last = number + 1 == shown.parts.len();
            let evidence = part.evidence.to_string();
            let own = if evidence == shown.reason { "" } else { &evidence };
            let branch = self.branch(is_last);
            self.row(branch, &part.unit.origin.to_string(), own, Paint::Plain);
            self.inside(part, self.below(is_last), sources);
        }
    }

    /// The contents of a unit, and the parts that are missing.
    fn inside(&mut self, part: &ClusterUnit<'_>, lead: &str, sources: &Sources) {
        let charts = part.unit.charts.len();
        let count =
            charts + part.resources.len() + part.problems.len() + usize::from(part.missing().is_some());
        for (number, chart) in part.unit.charts.iter().enumerate() {
            let lead = format!("{lead}{}", self.branch(number + 1 == count));
            self.row(&lead, &chart.to_string(), "", Paint::Plain);
        }
        for (number, resource) in part.resources.iter().enumerate() {
            let lead = format!("{lead}{}", self.branch(charts + number + 1 == count));
            self.row(&lead, &name(resource), &place(resource, part, sources), Paint::Plain);
        }
        for (number, problem) in part.problems.iter().enumerate() {
            let lead = format!("{lead}{}", self.branch(charts + part.resources.len() + number + 1 == count));
            let spans = std::iter::once((problem.span, &problem.message));
            let others = problem.related.iter().filter(|_| problem.outcome == BuildOutcome::LeftOut);
            let all = spans.chain(others.map(|(span, message)| (*span, message)));
            let said: Vec<String> =
                all.map(|(span, message)| format!("{message} ({})", at(sources, &[span]))).collect();
            self.row(&lead, &format!("{}: {}", outcome(problem.outcome), said.join("; ")), "", Paint::Warn);
        }
        if let Some(missing) = part.missing() {
            let lead = format!("{lead}{}", self.branch(true));
            self.row(&lead, &format!("not known: {missing}"), "", Paint::Warn);
        }
    }

    fn left_out(&mut self, left: &LeftOut<'_>, sources: &Sources) {
        let place = left.why.span().map(|span| at(sources, &[span])).filter(|place| !place.is_empty());
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        let name = if left.name.is_empty() { "." } else { left.name };
        self.row("  ", name, &format!("{}{place}", left.why.words()), Paint::Plain);
    }

    fn branch(&self, is_last: bool) -> &'static str {
        match (self.style.unicode, is_last) {
            (true, false) => "├─ ",
            (true, true) => "└─ ",
            (false, false) => "|- ",
            (false, true) => "`- ",
        }
    }

    fn below(&self, is_last: bool) -> &'static str {
        match (self.style.unicode, is_last) {
            (_, true) => "   ",
            (true, false) => "│  ",
            (false, false) => "|  ",
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = |row: &Row| row.lead.chars().count() + row.name.chars().count();
        let aligned = self.rows.iter().filter(|row| !row.said.is_empty()).map(width);
        let column = aligned.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for row in &self.rows {
            let name = self.painted(&row.name, row.paint);
            if row.said.is_empty() {
                writeln!(out, "{}{name}", row.lead)?;
            } else {
                let space = " ".repeat(column.saturating_sub(width(row)));
                writeln!(out, "{}{name}{space}  {}", row.lead, self.dim(&row.said))?;
            }
        }
        Ok(())
    }

    fn painted(&self, text: &str, paint: Paint) -> String {
        match paint {
            Paint::Bold if self.style.color => format!("\x1b[1m{text}\x1b[0m"),
            Paint::Warn if self.style.color => format!("\x1b[33m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.style.color { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `Image/cluster`, `ConfigMap/openshift-config/cas`
fn name(resource: &Resource) -> String {
    let identity = resource.identity();
    let parts = [&*identity.kind, identity.namespace.as_str(), identity.name.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// The place of an object, the patches that change it, and its carriers.
fn place(resource: &Resource, part: &ClusterUnit<'_>, sources: &Sources) -> String {
    let mut said = vec![at(sources, &[resource.span()])];
    let others: Vec<String> = reason::others(resource).into_iter().map(|span| at(sources, &[span])).collect();
    if !others.is_empty() {
        // The values of a chart or of Flux come from other files.
        let is_template = |name: &str| format!("/{name}").contains("/templates/");
        let is_filled = matches!(part.unit.origin, UnitOrigin::Chart { .. } | UnitOrigin::Flux { .. })
            || sources.get(resource.span().file).is_some_and(|source| is_template(&source.name));
        let is_made = resource.identity().kind == "ConfigMap" || is_filled;
        let how = if is_made { "with" } else { "patched in" };
        said.push(format!("{how} {}", others.join(" and ")));
    }
    let carried = resource.carrier.as_ref().map(|carrier| reason::carried(carrier, part.evidence));
    said.extend(carried.filter(|carried| !carried.is_empty()));
    said.join(", ")
}
