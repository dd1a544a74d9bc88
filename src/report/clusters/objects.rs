//! The objects that a cluster gets, as YAML, each value with the place of its text.

use super::{ClusterUnit, ClustersReport, outcome};
use crate::machine::terminal::{command_bracket, escape, is_unprintable};
use crate::model::Resource;
use crate::read::crd::Typed;
use crate::read::manifest::Manifest;
use crate::report::nodes::place::at;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Node, Scalar, edit};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes the objects of every cluster.
pub fn write(view: &ClustersReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut printer = Printer::new(view.sources, out);
    let mut is_first = true;
    for shown in &view.clusters {
        let title = format!("cluster {}", shown.cluster.name);
        printer.titled(&title, &shown.parts, &mut is_first)?;
    }
    for (_, part) in &view.alone {
        let title = format!("by itself: {}, {}", part.unit.origin, part.evidence);
        printer.titled(&title, std::slice::from_ref(part), &mut is_first)?;
    }
    if is_first { writeln!(printer.out, "# no image configuration found") } else { Ok(()) }
}

/// Prints objects.
pub struct Printer<'p> {
    /// The texts, with the secrets in them.
    sources: &'p Sources,
    secrets: HashSet<Span>,
    out: &'p mut dyn Write,
}

impl<'p> Printer<'p> {
    /// Prints values from `sources` to `out`.
    pub fn new(sources: &'p Sources, out: &'p mut dyn Write) -> Self {
        let all = (0..sources.len()).filter_map(|number| sources.get(FileId(number as u32)));
        let secrets = all.flat_map(|source| source.secrets().iter().copied()).collect();
        Self { sources, secrets, out }
    }

    /// `file:line` of a place.
    fn place(&self, span: Span) -> Option<String> {
        Some(at(self.sources, &[span])).filter(|place| !place.is_empty())
    }

    fn titled(&mut self, title: &str, parts: &[ClusterUnit<'_>], is_first: &mut bool) -> io::Result<()> {
        let mut title = Some(title);
        // Passwords are never printed.
        let is_shown = |resource: &&&Resource| !matches!(resource.typed, Typed::PullSecret(_));
        for resource in parts.iter().flat_map(|part| &part.resources).filter(is_shown) {
            if !*is_first {
                writeln!(self.out, "---")?;
            }
            *is_first = false;
            if let Some(title) = title.take() {
                writeln!(self.out, "# {}", escape(title))?;
                for problem in parts.iter().flat_map(|part| &part.problems) {
                    let place = self.place(problem.span).unwrap_or_default();
                    writeln!(
                        self.out,
                        "# {}: {} ({place})",
                        outcome(problem.outcome),
                        escape(&problem.message)
                    )?;
                }
            }
            self.object(&resource.manifest)?;
        }
        Ok(())
    }

    /// Prints an object. Aliases are expanded, since documents with too many of them are not read.
    pub fn object(&mut self, manifest: &Manifest) -> io::Result<()> {
        // The items of a typed list may lack these fields.
        if let Some(kind) = manifest.implied {
            writeln!(self.out, "apiVersion: {}\nkind: {}", kind.api_version(), kind.name())?;
        }
        let is_implied = |key: &str| manifest.implied.is_some() && matches!(key, "apiVersion" | "kind");
        self.map_without(manifest.root(), 0, false, is_implied)
    }

    /// A map, one line for each entry. The first entry may stand behind a dash.
    fn map(&mut self, node: Node<'_>, depth: usize, behind_dash: bool) -> io::Result<()> {
        self.map_without(node, depth, behind_dash, |_| false)
    }

    fn map_without(
        &mut self,
        node: Node<'_>,
        depth: usize,
        mut behind_dash: bool,
        is_left_out: impl Fn(&str) -> bool,
    ) -> io::Result<()> {
        let indent = "  ".repeat(depth);
        for entry in node.entries() {
            let key = entry.key.key_text();
            if is_left_out(&key) {
                continue;
            }
            let lead = if std::mem::take(&mut behind_dash) { " " } else { &indent };
            write!(self.out, "{lead}{}:", quoted(&key))?;
            self.behind(entry.value, depth + 1)?;
        }
        Ok(())
    }

    /// A value behind its key or dash.
    fn behind(&mut self, node: Node<'_>, depth: usize) -> io::Result<()> {
        let origin = self.place(node.span()).map_or_else(String::new, |place| format!(" # {place}"));
        if self.secrets.contains(&node.span()) {
            return writeln!(self.out, "{origin}; not shown, since it is secret");
        }
        let is_empty = node.raw_children().next().is_none();
        match node.kind() {
            yaml::Kind::Mapping if is_empty => writeln!(self.out, " {{}}{origin}"),
            yaml::Kind::Sequence if is_empty => writeln!(self.out, " []{origin}"),
            yaml::Kind::Mapping => {
                writeln!(self.out)?;
                self.map(node, depth, false)
            }
            yaml::Kind::Sequence => {
                writeln!(self.out)?;
                let indent = "  ".repeat(depth);
                for item in node.items() {
                    write!(self.out, "{indent}-")?;
                    if item.kind() == yaml::Kind::Mapping && item.raw_children().next().is_some() {
                        self.map(item, depth + 1, true)?;
                    } else {
                        self.behind(item, depth + 1)?;
                    }
                }
                Ok(())
            }
            yaml::Kind::Scalar if node.as_str().is_some_and(is_block) => {
                writeln!(self.out, " |{origin}")?;
                let indent = "  ".repeat(depth);
                for line in node.text().lines() {
                    writeln!(self.out, "{}{line}", if line.is_empty() { "" } else { &indent })?;
                }
                Ok(())
            }
            yaml::Kind::Scalar => writeln!(self.out, " {}{origin}", word(node)),
        }
    }
}

/// Whether a text can be written as a block of unchanged lines.
fn is_block(text: &str) -> bool {
    text.ends_with('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\n'])
        && !text.contains(['\r', '\t'])
        && !text.chars().any(is_unprintable)
        && command_bracket(text, 0).is_none()
        && !text.lines().any(|line| line.trim_start().starts_with("::"))
}

/// A scalar on one line, spelled so that every YAML reader reads the same value.
fn word(node: Node<'_>) -> String {
    match node.scalar() {
        Some(Scalar::Str(text)) => quoted(text),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Int(value)) => value.to_string(),
        Some(Scalar::Float(_)) => node.text().to_owned(),
        Some(Scalar::Null) | None => "null".to_owned(),
    }
}

/// A string on one line, in quotes if it needs them. Characters that hide something or are commands become escapes of YAML.
/// These escapes cannot express surrogates.
pub fn quoted(text: &str) -> String {
    let mut bracket = command_bracket(text, 0);
    if bracket.is_none() && !text.starts_with("::") && !text.chars().any(is_unprintable) {
        return edit::scalar(text);
    }
    let mut quoted = String::from("\"");
    for (at, c) in text.char_indices() {
        // Writing to a string cannot fail.
        let _ = match c {
            _ if bracket == Some(at) => {
                bracket = command_bracket(text, at + 1);
                write!(quoted, "\\x5b")
            }
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\t' => write!(quoted, "\\t"),
            c if is_unprintable(c) => write!(quoted, "\\U{:08x}", u32::from(c)),
            c => write!(quoted, "{c}"),
        };
    }
    quoted + "\""
}
