//! Advice that says literally what to write is taken literally, where no fix does it: the finding is gone then, and the
//! next check has nothing to say against what was written.

use crate::generated::assert_none;
use crate::harness::{Checked, Repository, Run};
use crate::offers::{all, is_excused, said};
use pullwarden::check::diagnostic::Diagnostic;
use pullwarden::finding;
use pullwarden::rules;
use pullwarden::rules::rule::Preset;
use pullwarden::source::{FileId, Span};
use pullwarden::yaml::edit::{self, Edit, Editor};
use pullwarden::yaml::{self, Document, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What help says to do, as far as it says it literally.
#[derive(Clone, Debug, PartialEq)]
enum Advice<'h> {
    /// Write this in place of what the finding stands on.
    Write(&'h str),
    /// Write this without quotes.
    WritePlain(&'h str),
    /// Write this in place of a part of it.
    InPlaceOf(&'h str, &'h str),
    /// Write this key and value beside it.
    Beside(&'h str),
    /// Add these to the list that the finding stands on or in.
    Add(Vec<&'h str>),
    /// Add these to the list of this name.
    AddTo(Vec<&'h str>, &'h str),
    /// Add entries with these sources, with the mirrors of the entry that the finding stands on.
    AddEntries(Vec<&'h str>),
    /// Remove the entry.
    Remove,
}

/// The parts of a text in backticks and those between them, beginning with what comes first.
fn parts(help: &str) -> (Vec<&str>, Vec<&str>) {
    let mut between = Vec::new();
    let mut quoted = Vec::new();
    for (number, part) in help.split('`').enumerate() {
        if number % 2 == 0 { between.push(part) } else { quoted.push(part) }
    }
    (between, quoted)
}

/// What help says to do: one thing, or one of several.
fn advice(help: &str) -> Vec<Advice<'_>> {
    let (between, quoted) = parts(help);
    match first(&between, &quoted) {
        // All of the first sentence that are joined by "or".
        Some(Advice::Write(first)) => {
            let others = between[1..].iter().zip(&quoted[1..]).take_while(|(text, _)| **text == " or ");
            let others: Vec<&str> = others.map(|(_, other)| *other).collect();
            let behind = between.get(others.len() + 1).copied().unwrap_or_default();
            let all = [first].into_iter().chain(others);
            all.map(if behind.starts_with(" without quotes") { Advice::WritePlain } else { Advice::Write })
                .collect()
        }
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

fn first<'h>(between: &[&'h str], quoted: &[&'h str]) -> Option<Advice<'h>> {
    if between[0].starts_with("remove the entry;") {
        return Some(Advice::Remove);
    }
    // The literals that follow each other, and what stands behind the last of them.
    let are_joined = |text: &&&str| [", ", " and "].contains(text);
    let joined = between.get(1..)?.iter().take_while(are_joined).count();
    let literals = || quoted[..=joined].to_vec();
    let behind = *between.get(joined + 1)?;
    let ends = |text: &str| {
        text.is_empty()
            || [";", ", if ", " if ", ", or ", " or ", " alone"].iter().any(|end| text.starts_with(end))
    };
    match between[0] {
        "write " if joined > 0 => None,
        "write " if behind == " in place of " => Some(Advice::InPlaceOf(quoted[0], quoted.get(1)?)),
        "write " if behind.starts_with(" here, too") => Some(Advice::Beside(quoted[0])),
        "write " if behind.starts_with(" in one line") => Some(Advice::Write(quoted[0])),
        "write " if behind.starts_with(" without the brackets") => Some(Advice::Write(quoted[0])),
        "write " | "call the key " if ends(behind) => Some(Advice::Write(quoted[0])),
        "block " if behind.starts_with(", too") => Some(Advice::Add(literals())),
        "add " if behind == " to " => Some(Advice::AddTo(literals(), quoted.get(joined + 1)?)),
        "add " if behind.starts_with([';', ',']) => Some(Advice::Add(literals())),
        "add an entry for " => Some(Advice::AddEntries(literals())),
        _ => None,
    }
}

/// The documents of a file, as far as they can be read.
fn documents(file: FileId, text: &Arc<str>) -> Vec<Document> {
    let mut documents = Vec::new();
    yaml::parse(file, text, |parsed| documents.extend(parsed.ok()));
    documents
}

/// The innermost collection of this kind that holds a text.
fn around(document: &Document, span: Span, kind: Kind) -> Option<Node<'_>> {
    document.all().filter(|node| node.kind() == kind && node.span().contains(span) && !node.is_alias()).last()
}

/// The list that the text names as a key, or stands in.
fn list(document: &Document, span: Span) -> Option<Node<'_>> {
    let named = document.all().filter(|node| node.kind() == Kind::Mapping).find_map(|map| {
        let (_, value) = map.raw_pairs().find(|(key, _)| key.span() == span)?;
        (value.kind() == Kind::Sequence).then_some(value)
    });
    named.or_else(|| around(document, span, Kind::Sequence))
}

/// Adds items to a list, of the form that its items have.
fn append(list: Node<'_>, values: &[&str]) -> Option<Edit> {
    if list.items().next().is_none_or(|item| item.kind() == Kind::Scalar) {
        return Editor::new(list.document()).append_items(list.span(), values);
    }
    append_written(
        list,
        &values.iter().map(|value| format!("{{domainName: {}}}", edit::scalar(value))).collect::<Vec<_>>(),
    )
}

/// Adds items to a list that has some, as they are written in a line.
fn append_written(list: Node<'_>, items: &[String]) -> Option<Edit> {
    let (span, source) = (list.span(), list.document().source());
    if list.is_flow() {
        let end = Span { start: span.end - 1, end: span.end - 1, ..span };
        return Some(Edit::replace(end, format!(", {}", items.join(", "))));
    }
    let lead = source[..span.start as usize].rsplit('\n').next().filter(|lead| lead.trim().is_empty())?;
    let items: Vec<String> = items.iter().map(|item| format!("- {item}\n{lead}")).collect();
    Some(Edit::replace(Span { end: span.start, ..span }, items.concat()))
}

/// The edits that take the advice; `None` where this test cannot.
fn taken(advice: &Advice<'_>, span: Span, text: &Arc<str>) -> Option<Vec<Edit>> {
    let documents = documents(span.file, text);
    let document = documents.iter().find(|document| document.span().contains(span))?;
    let pointed = &text[span.range()];
    let edit = match advice {
        Advice::Write(new) if pointed.contains('\n') && !new.contains(':') => {
            Edit::replace(span, edit::scalar(new))
        }
        // With quotes of its own, or as a key and its value.
        Advice::Write(new) if new.starts_with('"') => Edit::replace(span, *new),
        Advice::Write(new) if new.contains(": ") => {
            let (key, value) = new.split_once(": ")?;
            let map = around(document, span, Kind::Mapping)?;
            let entry = map.entry(key)?;
            Edit::replace(entry.value.span(), value)
        }
        Advice::Write(new) => {
            let editor = Editor::new(document);
            let set = editor.rename(span, new).or_else(|| editor.set(span, new));
            set.unwrap_or_else(|| Edit::replace(span, *new))
        }
        Advice::WritePlain(new) => Edit::replace(span, *new),
        Advice::InPlaceOf(new, old) => Edit::replace(span, pointed.replacen(old, new, 1)),
        Advice::Beside(new) => {
            let (key, value) = new.split_once(": ")?;
            let map = around(document, span, Kind::Mapping)?;
            Editor::new(document).append_entry(map.span(), key, value)?
        }
        Advice::Add(values) => append(list(document, span)?, values)?,
        Advice::AddTo(values, name) => {
            let maps = documents.iter().flat_map(Document::all).filter(|node| node.kind() == Kind::Mapping);
            let list = maps.filter_map(|map| map.get(name)).find(|list| list.kind() == Kind::Sequence)?;
            append(list, values)?
        }
        Advice::AddEntries(sources) => {
            let entry = around(document, span, Kind::Mapping)?;
            let mirrors = entry.get("mirrors")?;
            let mirrors: Vec<String> = mirrors.items().map(|mirror| edit::scalar(mirror.text())).collect();
            let mirrors = mirrors.join(", ");
            let entry = |source: &&str| format!("{{source: {}, mirrors: [{mirrors}]}}", edit::scalar(source));
            let entries: Vec<String> = sources.iter().map(entry).collect();
            append_written(list(document, span)?, &entries)?
        }
        Advice::Remove => Editor::new(document).remove_item(span)?,
    };
    Some(vec![edit])
}

/// The repository with the advice of a finding taken.
fn with(
    repository: &Repository,
    checked: &Checked,
    diagnostic: &Diagnostic,
    advice: &Advice<'_>,
) -> Option<Repository> {
    let source = checked.sources.get(diagnostic.span.file)?;
    let edits = taken(advice, diagnostic.span, &source.text)?;
    let mut next = repository.clone();
    let (_, text) = next.files.iter_mut().find(|(name, _)| *name == source.name)?;
    *text = finding::apply_edits(&source.text, &edits).into_bytes();
    Some(next)
}

/// A rule whose advice may bring a finding of another one, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("wrong-type", "unqualified-host", "these values are no names of registries, of whatever type"),
    ("half-mirrored-payload", "blocked-mirror", "this test takes the mirrors that the entry beside it has"),
];

/// What is wrong with the advice, once it is taken.
fn wrong(
    repository: &Repository,
    checked: &Checked,
    diagnostic: &Diagnostic,
    advice: &Advice<'_>,
) -> Option<Vec<String>> {
    let (rule, help) = (diagnostic.rule.id, diagnostic.help.as_deref());
    let next = with(repository, checked, diagnostic, advice)?.check(Run::Preset(Preset::Strict));
    let count = |checked: &Checked| {
        checked.open().into_iter().filter(|d| d.rule.id == rule && d.help.as_deref() == help).count()
    };
    let mut wrong = Vec::new();
    if count(&next) >= count(checked) {
        wrong.push(format!("{advice:?} changes nothing"));
    }
    let before = said(checked);
    for ((new, file, field), (count, message)) in said(&next) {
        let was = before.get(&(new, file, field)).map_or(0, |(count, _)| *count);
        let meta = rules::find(new).expect("a rule").meta;
        let is_known = EXCEPTIONS.iter().any(|(of, brings, _)| *of == rule && *brings == new);
        if count > was && !is_excused(rule, meta) && !is_known {
            wrong.push(format!("{advice:?} brings {new}: {message}"));
        }
    }
    Some(wrong)
}

#[test]
fn literal_advice_is_what_the_next_check_takes() {
    let mut failures = Vec::new();
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (name, repository) in all() {
        let checked = repository.check(Run::Preset(Preset::Strict));
        // `add` names a field there, no item of a list.
        for diagnostic in
            checked.open().into_iter().filter(|d| d.fix.is_none() && d.rule.id != "missing-field")
        {
            let rule = diagnostic.rule.id;
            let help = diagnostic.help.as_deref().unwrap_or_default();
            // Of one advice in one repository, the first time is enough.
            if advice(help).is_empty() || !known.insert((name.clone(), rule, help.to_owned())) {
                continue;
            }
            let all = advice(help).into_iter();
            let taken: Vec<_> =
                all.filter_map(|one| wrong(&repository, &checked, diagnostic, &one)).collect();
            *tried.entry(rule).or_default() += usize::from(!taken.is_empty());
            // Of several that are named, which one is right is for the reader to say.
            if !taken.is_empty() && taken.iter().all(|wrong| !wrong.is_empty()) {
                failures.push(format!("{name}: {rule}: {help}\n  {}", taken.concat().join("\n  ")));
            }
        }
    }
    println!("{tried:?}");
    assert!(tried.len() > 15, "advice of {} rules", tried.len());
    assert_none(&failures, "literal advice");
}
