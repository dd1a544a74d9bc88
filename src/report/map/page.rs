//! One page that shows everything and loads nothing: styles, script and data are in the page.

use super::{Group, Map, findings, overview};
use crate::check::triage::Report;
use crate::machine::terminal::is_unprintable;
use crate::report::human;
use crate::report::xml::escaped;
use crate::source::Sources;
use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

const STYLES: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The findings that the page shows beside the picture.
#[derive(Clone, Copy, Debug)]
pub struct PageFindings<'r> {
    /// The report of a check.
    pub report: &'r Report,
    /// The texts that the report refers to.
    pub sources: &'r Sources,
}

/// A change that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct PageChange<'m> {
    /// The clusters before it.
    pub before: &'m Map,
    /// What nodes do because of it, as HTML.
    pub effect: &'m str,
}

/// Writes the page. With `change`, `map` has the clusters after the change.
///
/// # Errors
///
/// The errors of `out`.
pub fn write(
    map: &Map,
    change: Option<PageChange<'_>>,
    findings: PageFindings<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let PageFindings { report, sources } = findings;
    // The browser runs only the script with this hash, whatever the values of the repository contain.
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    let clusters: usize = map.groups.iter().map(|group| group.clusters.len()).sum();
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src \
         'sha256-{hash}'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"pullwarden {}\">\n<title>pullwarden: {}</title>\n<style>\n{STYLES}</style>\n\
         </head>\n<body>\n<header><h1>pullwarden</h1><nav aria-label=\"Sections\">{}<a href=\"#picture\">Picture</a> \
         <a href=\"#clusters\">Clusters</a> <a href=\"#findings\">Findings</a></nav></header>\n<main>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&human::counts(report)),
        change.map_or("", |_| "<a href=\"#change\">Change</a> "),
    )?;
    if let Some(change) = change {
        writeln!(out, "<section id=\"change\">{}</section>", change.effect)?;
    }
    writeln!(out, "<section id=\"picture\"><h2>Clusters and registries</h2>")?;
    let pictures = match change {
        Some(change) => vec![(Some("before"), change.before), (Some("after"), map)],
        None => vec![(None, map)],
    };
    for (state, map) in &pictures {
        if let Some(state) = state {
            writeln!(out, "<h3>{} the change</h3>", if *state == "before" { "Before" } else { "After" })?;
        }
        if map.groups.is_empty() {
            writeln!(out, "<p>No cluster with image configuration was found.</p>")?;
        } else {
            out.write_all(overview::svg(map, *state).as_bytes())?;
        }
    }
    for left in &map.not_read {
        writeln!(out, "<p class=\"problem\">not read: {}</p>", escaped(&left.to_string()))?;
    }
    if map.templates > 0 {
        writeln!(
            out,
            "<p>{} documents were left alone, since a template fills in what they hold.</p>",
            map.templates
        )?;
    }
    write!(
        out,
        "</section>\n<section id=\"clusters\"><h2>{clusters} cluster{}</h2>\n<noscript><p>A script shows what the nodes of a \
         cluster get. <code>pullwarden render</code> and <code>pullwarden resolve</code> print the same.</p></noscript>\n\
         <div class=\"split\"><div class=\"list\"><label class=\"scripted\" hidden>Search names, registries and images \
         <input id=\"search\" type=\"search\"></label>\n<ul id=\"groups\">\n",
        if clusters == 1 { "" } else { "s" },
    )?;
    let groups = listed(map, change.map(|change| change.before));
    for (number, (group, state)) in groups.iter().enumerate() {
        let problem = if group.problems.is_empty() { "" } else { " <span class=\"problem\">!</span>" };
        let (title, number_of) = (escaped(&group.title()), group.clusters.len());
        let count = if number_of > 1 { format!(" <small>{number_of}</small>") } else { String::new() };
        let state = state.map_or_else(String::new, |state| format!(" <small>{state}</small>"));
        writeln!(
            out,
            "<li><button type=\"button\" data-group=\"{number}\">{title}{count}{state}{problem}</button></li>"
        )?;
    }
    write!(
        out,
        "</ul></div>\n<div id=\"group\" tabindex=\"-1\" aria-live=\"polite\"></div></div></section>\n\
         <section id=\"findings\"><h2>Findings</h2>\n{}</section>\n</main>\n<footer><p>{}</p></footer>\n\
         <script type=\"application/json\" id=\"map\">",
        findings::html(report, sources),
        escaped(&human::summary(report)),
    )?;
    out.write_all(in_script(&shared(&groups)).as_bytes())?;
    write!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// The groups that the page lists. What a change changes comes first, in the state after it and before it. Groups that stay
/// the same stand once, without a state.
fn listed<'m>(map: &'m Map, before: Option<&'m Map>) -> Vec<(&'m Group, Option<&'static str>)> {
    let Some(before) = before else { return map.groups.iter().map(|group| (group, None)).collect() };
    let texts = |map: &'m Map| -> Vec<(&'m Group, String)> {
        let text = |group: &Group| serde_json::to_string(group).unwrap_or_default();
        map.groups.iter().map(|group| (group, text(group))).collect()
    };
    let (old, new) = (texts(before), texts(map));
    let in_old: HashSet<&str> = old.iter().map(|(_, text)| text.as_str()).collect();
    let in_new: HashSet<&str> = new.iter().map(|(_, text)| text.as_str()).collect();
    let (same, changed): (Vec<_>, Vec<_>) = new.iter().partition(|(_, text)| in_old.contains(text.as_str()));
    let changed = changed.into_iter().map(|(group, _)| (*group, Some("after")));
    let gone = old.iter().filter(|(_, text)| !in_new.contains(text.as_str()));
    let gone = gone.map(|(group, _)| (*group, Some("before")));
    changed.chain(gone).chain(same.into_iter().map(|(group, _)| (*group, None))).collect()
}

/// The groups as JSON without repeated parts: `parts` holds each part once, and the lists of a group hold the numbers
/// of parts. The lines of a file are in blocks. Each image of a group is a list: the number of its part, how many
/// places name it, and for each place that is shown the numbers of its directory and of its file in `names`, and the
/// line.
fn shared(listed: &[(&Group, Option<&'static str>)]) -> String {
    let (mut parts, mut names) = (Numbered::default(), Numbered::default());
    let mut groups = String::new();
    for (group, state) in listed {
        let Ok(mut group) = serde_json::to_value(group) else { continue };
        remove_columns(&mut group);
        let Value::Object(mut group) = group else { continue };
        if let Some(state) = state {
            group.insert("state".to_owned(), (*state).into());
        }
        let files = group.get_mut("files").and_then(Value::as_array_mut);
        for file in files.into_iter().flatten() {
            if let Some(Value::Array(lines)) = file.get_mut("lines") {
                *lines = in_blocks(lines, &mut parts);
            }
        }
        for image in group.get_mut("images").and_then(Value::as_array_mut).into_iter().flatten() {
            *image = without_repeats(image, &mut parts, &mut names);
        }
        for (name, list) in &mut group {
            if let Value::Array(list) = list
                && !["clusters", "problems", "images"].contains(&name.as_str())
            {
                for part in list {
                    *part = parts.of(part).into();
                }
            }
        }
        let comma = if groups.is_empty() { "" } else { "," };
        let _ = write!(groups, "{comma}\n{}", Value::Object(group));
    }
    let (parts, names) = (parts.all.join(",\n"), names.all.join(",\n"));
    format!("{{\"groups\":[{groups}],\n\"parts\":[\n{parts}],\n\"names\":[\n{names}]}}")
}

/// The page names lines, not columns.
fn remove_columns(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("column");
            fields.values_mut().for_each(remove_columns);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_columns),
        _ => {}
    }
}

/// The numbers of the blocks of a file, each with the numbers of its lines: files of clusters differ in few blocks.
fn in_blocks(lines: &[Value], parts: &mut Numbered) -> Vec<Value> {
    let starts_block =
        |line: &Value| line["text"].as_str().is_some_and(|text| text.starts_with("[[registry]]"));
    let blocks = lines.chunk_by(|_, next| !starts_block(next));
    let block = |block: &[Value]| {
        let numbers: Vec<usize> = block.iter().map(|line| parts.of(line)).collect();
        parts.of(&numbers.into()).into()
    };
    blocks.map(block).collect()
}

/// Clusters differ in the places that name an image, and seldom in what nodes do with it.
fn without_repeats(image: &mut Value, parts: &mut Numbered, names: &mut Numbered) -> Value {
    let (mut uses, mut places) = (Value::Null, Value::Null);
    if let Some(fields) = image.as_object_mut() {
        (uses, places) = (fields["uses"].take(), fields["used"].take());
        fields.retain(|name, _| !["uses", "used"].contains(&name.as_str()));
    }
    let mut list: Vec<Value> = vec![parts.of(image).into(), uses];
    for place in places.as_array().into_iter().flatten() {
        let file = place["file"].as_str().unwrap_or_default();
        let (directory, name) = file.rsplit_once('/').map_or(("", file), |(above, name)| (above, name));
        list.extend([
            names.of(&directory.into()).into(),
            names.of(&name.into()).into(),
            place["line"].clone(),
        ]);
    }
    list.into()
}

/// Values that stand once, each with a number.
#[derive(Default)]
struct Numbered {
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Numbered {
    fn of(&mut self, value: &Value) -> usize {
        *self.known.entry(value.to_string()).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        })
    }
}

/// JSON that is safe inside a page: nothing in it ends the script or hides a text.
fn in_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, '<' | '>' | '&') || (is_unprintable(character) && character != '\n') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}
