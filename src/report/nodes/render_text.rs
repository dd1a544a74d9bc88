//! `pullwarden render` for people: the files, each line with the place of its cause.

use super::place::at;
use super::{ClusterNodes, Gaps, annotate, stop};
use crate::machine::terminal::escape;
use crate::node::pools::nodes_of;
use crate::node::{Files, Pool};
use crate::report::human::Style;
use crate::source::{Sources, Span};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes all clusters.
pub fn write(
    views: &[ClusterNodes<'_>],
    gaps: &Gaps,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    self::gaps(gaps, sources, "# ", out)?;
    for (index, view) in views.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n")?;
        }
        cluster(view, sources, style, out)?;
    }
    if views.is_empty() {
        writeln!(out, "# no image configuration found")?;
    }
    Ok(())
}

/// Writes first what could not be read, since it may change everything that follows.
pub fn gaps(gaps: &Gaps, sources: &Sources, lead: &str, out: &mut dyn Write) -> io::Result<()> {
    for trouble in &gaps.troubles {
        writeln!(out, "{lead}not read: {}: {}", at(sources, &[trouble.span]), escape(&trouble.message))?;
    }
    if gaps.templates > 0 {
        let (count, s) = (gaps.templates, if gaps.templates == 1 { "" } else { "s" });
        writeln!(out, "{lead}{count} document{s} left alone, since a template fills in what they hold")?;
    }
    if gaps.templates > 0 || !gaps.troubles.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// One cluster.
pub fn cluster(
    view: &ClusterNodes<'_>,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "# cluster {}", escape(&view.cluster.name))?;
    for remark in view.remarks(sources) {
        writeln!(out, "# {remark}")?;
    }
    match &view.nodes.files {
        Ok(files) => {
            self::files(files, sources, style, out)?;
            node_files(view, sources, style, out)
        }
        Err(stop) => {
            writeln!(out, "# the operator stops: nothing changes on any node, and only its log says so\n")?;
            out.write_all(stop::frame(stop, sources, style).as_bytes())
        }
    }
}

fn files(files: &Files, sources: &Sources, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let say = |spans: &[Span]| at(sources, spans);
    for (path, lines) in annotate::of_files(files) {
        match lines {
            Some(lines) => write!(out, "\n# {}\n{}", escape(&path), annotate::commented(&lines, &say))?,
            None => writeln!(out, "\n# {path}: as shipped; nothing here changes it")?,
        }
    }
    if !files.overruled_scopes.is_empty() {
        let spans: Vec<Span> = files.overruled_scopes.iter().map(|scope| scope.span).collect();
        let at = at(sources, &spans);
        writeln!(out, "\n# left out, since a ClusterImagePolicy has these scopes of ImagePolicies: {at}")?;
    }
    load_errors(files, sources, style, out)
}

/// Writes the files of `MachineConfig`s that add to the operator's files or replace them.
pub fn node_files(
    view: &ClusterNodes<'_>,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (file, pools) in view.nodes.pools.files() {
        let (path, nodes, at) = (&file.path.value, nodes_of(&pools), at(sources, &[file.path.span]));
        let whose = if file.is_drop_in() {
            "of a MachineConfig"
        } else {
            "of a MachineConfig, in the place of the one above"
        };
        let said = format!("{path} on {nodes}: {whose}");
        writeln!(out, "\n# {}, {at}", escape(&said))?;
        for (entry, _) in file.loaded().iter().flat_map(|loaded| &loaded.entries) {
            let from = self::at(sources, &entry.spans);
            writeln!(out, "#   decides on {}  # {from}", escape(&entry.prefix))?;
        }
    }
    let mut told = BTreeSet::new();
    for error in view.nodes.pools.all.iter().filter_map(Pool::load_error) {
        if told.insert(error.to_string()) {
            write!(out, "\n{}", stop::load_error(&error, sources, style))?;
        }
    }
    Ok(())
}

/// Writes the errors of the runtime when it loads the files.
pub fn load_errors(files: &Files, sources: &Sources, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for error in [&files.registries_load_error, &files.policy_load_error].into_iter().flatten() {
        write!(out, "\n{}", stop::load_error(error, sources, style))?;
    }
    Ok(())
}
