//! The picture for programs that draw: Mermaid for web pages of GitHub and similar services, DOT for Graphviz.

use super::Map;
use crate::machine::terminal::{cut, escape};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The most characters of a label.
const LONGEST: usize = 120;

/// What a node of the graph stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Clusters,
    Source,
    Registry,
}

struct Node {
    shape: Shape,
    label: String,
}

/// The relation of nodes to a registry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// They ask it.
    Asks,
    /// They never ask it.
    Refuses,
}

struct Edge {
    from: usize,
    to: usize,
    label: String,
    line: Line,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    registries: BTreeMap<String, usize>,
}

impl Graph {
    fn of(map: &Map) -> Self {
        let mut graph = Self::default();
        for group in &map.groups {
            let clusters = graph.node(Shape::Clusters, &group.title());
            for source in &group.sources {
                let from = graph.node(Shape::Source, &source.source);
                graph.edge(clusters, from, "", Line::Asks);
                for (number, mirror) in source.mirrors.iter().enumerate() {
                    let to = graph.registry(&mirror.location);
                    let (line, blocked) = match &mirror.blocked_by {
                        Some(_) => (Line::Refuses, ", blocked"),
                        None => (Line::Asks, ""),
                    };
                    graph.edge(from, to, &format!("{}: {}{blocked}", number + 1, mirror.pulls), line);
                }
                let to = graph.registry(&source.source);
                let last = source.mirrors.len() + 1;
                if source.never_contacted {
                    graph.edge(from, to, "never asked", Line::Refuses);
                } else {
                    graph.edge(from, to, &format!("{last}: the source"), Line::Asks);
                }
            }
            for allowed in &group.allowed {
                let to = graph.registry(&allowed.text);
                graph.edge(clusters, to, "allowed", Line::Asks);
            }
            for blocked in &group.blocked {
                let to = graph.registry(&blocked.text);
                graph.edge(clusters, to, "blocked", Line::Refuses);
            }
        }
        graph
    }

    fn node(&mut self, shape: Shape, label: &str) -> usize {
        self.nodes.push(Node { shape, label: cut(&escape(label), LONGEST).into_owned() });
        self.nodes.len() - 1
    }

    fn registry(&mut self, name: &str) -> usize {
        if let Some(&known) = self.registries.get(name) {
            return known;
        }
        let number = self.node(Shape::Registry, name);
        self.registries.insert(name.to_owned(), number);
        number
    }

    fn edge(&mut self, from: usize, to: usize, label: &str, line: Line) {
        self.edges.push(Edge { from, to, label: label.to_owned(), line });
    }
}

/// Writes the picture for Mermaid.
///
/// # Errors
///
/// The errors of `out`.
pub fn mermaid(map: &Map, out: &mut dyn Write) -> io::Result<()> {
    let graph = Graph::of(map);
    writeln!(out, "flowchart LR")?;
    for (number, node) in graph.nodes.iter().enumerate() {
        let label = for_mermaid(&node.label);
        match node.shape {
            Shape::Clusters => writeln!(out, "  n{number}[[\"{label}\"]]")?,
            Shape::Source => writeln!(out, "  n{number}[\"{label}\"]")?,
            Shape::Registry => writeln!(out, "  n{number}([\"{label}\"])")?,
        }
    }
    for edge in &graph.edges {
        let arrow = if edge.line == Line::Refuses { "-.-x" } else { "-->" };
        let label =
            if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", for_mermaid(&edge.label)) };
        writeln!(out, "  n{} {arrow}{label} n{}", edge.from, edge.to)?;
    }
    Ok(())
}

/// A label without characters that have a meaning in Mermaid or HTML.
fn for_mermaid(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for character in label.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | ':' | '/' | '-' | '_' | '*' | '@' => {
                text.push(character);
            }
            other => {
                let _ = write!(text, "#{};", u32::from(other));
            }
        }
    }
    text
}

/// Writes the picture for Graphviz.
///
/// # Errors
///
/// The errors of `out`.
pub fn dot(map: &Map, out: &mut dyn Write) -> io::Result<()> {
    let graph = Graph::of(map);
    writeln!(out, "digraph pullwarden {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];")?;
    for (number, node) in graph.nodes.iter().enumerate() {
        let shape = match node.shape {
            Shape::Clusters => "box3d",
            Shape::Source => "box",
            Shape::Registry => "ellipse",
        };
        writeln!(out, "  n{number} [shape={shape}, label=\"{}\"];", for_dot(&node.label))?;
    }
    for edge in &graph.edges {
        let style = if edge.line == Line::Refuses { ", style=dashed, arrowhead=tee" } else { "" };
        writeln!(out, "  n{} -> n{} [label=\"{}\"{style}];", edge.from, edge.to, for_dot(&edge.label))?;
    }
    writeln!(out, "}}")
}

fn for_dot(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"")
}
