//! What surrounds the places that fixes change: for each rule whose fixes are safe or add to lists, its bad fixtures together show every look that
//! people's files have there, so that the `.fixed` files prove that it survives.
//!
//! A fixture `bad-aliased…` holds an anchor `&shared` and, on lines of their own, aliases `*shared`. Its findings offer
//! no fix, since a change would show in both places; without the aliases they do.

use crate::generated::{assert_none, shown};
use crate::harness::{Checked, Repository, Run};
use crate::rules::{Fixture, fixtures};
use pullwarden::finding::Edit;
use pullwarden::rules::ALL;
use pullwarden::source::{FileId, Span};
use pullwarden::yaml::{self, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// A look of the text around a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    /// A comment on the line above.
    CommentAbove,
    /// A comment behind it.
    CommentBehind,
    /// A comment on the line below.
    CommentBelow,
    /// An odd number of blanks before it.
    OddIndentation,
    /// In a flow collection, of YAML.
    Flow,
    /// Line ends of Windows.
    Windows,
    /// An anchor on it, or at most two lines away.
    Anchor,
    /// Aliased elsewhere: nothing is offered.
    Aliased,
    /// In a block list, which asks for the next.
    List,
    /// In a block list that stands at its key's own indentation.
    ListAtKey,
}

const ASKED_FOR: [Look; 9] = [
    Look::CommentAbove,
    Look::CommentBehind,
    Look::CommentBelow,
    Look::OddIndentation,
    Look::Flow,
    Look::Windows,
    Look::Anchor,
    Look::Aliased,
    Look::ListAtKey,
];

/// What it changes is a key at the top of its file, which no alias can stand for.
const NEVER_ALIASED: [&str; 1] = ["install-config-mirrors"];

#[test]
fn fixes_are_shown_in_every_look() {
    let (fixtures, mut failures) = fixtures();
    let asked: BTreeSet<&str> = ALL.iter().map(|entry| entry.meta.id).filter(|id| is_asked(id)).collect();
    let mut seen: BTreeMap<&str, BTreeSet<Look>> = BTreeMap::new();
    for fixture in fixtures.iter().filter(|fixture| fixture.is_bad && asked.contains(fixture.rule)) {
        if name(fixture).starts_with("bad-aliased") {
            if is_withheld(fixture, &mut failures) {
                seen.entry(fixture.rule).or_default().insert(Look::Aliased);
            }
            continue;
        }
        let checked = fixture.repository.check(Run::Only(fixture.rule));
        for edit in edits(&checked) {
            let source = checked.sources.get(edit.span.file).expect("the text of a diagnostic is kept");
            seen.entry(fixture.rule).or_default().extend(looks(&source.text, &source.name, edit));
        }
    }
    for (rule, looks) in &seen {
        println!("{rule}: {looks:?}");
        let wanted = |look: &&Look| match look {
            Look::Aliased => !NEVER_ALIASED.contains(rule),
            Look::ListAtKey => looks.contains(&Look::List),
            _ => true,
        };
        let missing: Vec<_> = ASKED_FOR.iter().filter(wanted).filter(|look| !looks.contains(look)).collect();
        if !missing.is_empty() {
            failures.push(format!("fixtures/{rule}/: no fix is made with {missing:?} around it"));
        }
    }
    for id in asked.iter().filter(|id| !seen.contains_key(*id)) {
        failures.push(format!("fixtures/{id}/: its fix is made nowhere"));
    }
    assert_none(&failures, "looks of fixes");
}

/// Whether the aliases of a fixture, and nothing else, keep its fixes back.
fn is_withheld(fixture: &Fixture, failures: &mut Vec<String>) -> bool {
    let aliased = fixture.repository.check(Run::Only(fixture.rule));
    let mut alone = Repository { files: Vec::new(), ..fixture.repository.clone() };
    for (name, text) in &fixture.repository.files {
        let text = String::from_utf8_lossy(text);
        let kept: String = text.split_inclusive('\n').filter(|line| !line.contains("*shared")).collect();
        alone.files.push((name.clone(), kept.into_bytes()));
    }
    let alone = alone.check(Run::Only(fixture.rule));
    let problem = if let Some(finding) = aliased.report.open().find(|finding| finding.fix.is_some()) {
        format!("an aliased place is changed: {}", finding.message)
    } else if alone.open().is_empty() {
        "without the lines that hold `*shared` nothing is wrong".to_owned()
    } else if let Some(finding) = alone.report.open().find(|finding| finding.fix.is_none()) {
        format!("without the lines that hold `*shared` there is no fix either: {}", finding.message)
    } else {
        return true;
    };
    failures.push(format!("{}: {problem}", shown(&fixture.path)));
    false
}

/// Whether a rule makes safe fixes, or adds to lists.
fn is_asked(id: &str) -> bool {
    let path = crate::generated::root().join(format!("src/rules/{}.rs", id.replace('-', "_")));
    let code = std::fs::read_to_string(path).unwrap_or_default();
    // These share what makes their fixes.
    let shares = ["deprecated-icsp", "invalid-mirror", "invalid-source"].contains(&id);
    shares || ["Fix::safe(", "Fix::widening(", "Safety::Safe"].iter().any(|word| code.contains(word))
}

fn edits(checked: &Checked) -> Vec<&Edit> {
    let fixes = checked.report.open().filter_map(|finding| finding.fix.as_ref());
    fixes.flat_map(|fix| &fix.edits).collect()
}

fn name(fixture: &Fixture) -> String {
    fixture.path.file_name().expect("a fixture has a name").to_string_lossy().into_owned()
}

/// The looks around an edit of a text.
fn looks(text: &Arc<str>, name: &str, edit: &Edit) -> BTreeSet<Look> {
    let lines: Vec<&str> = text.lines().collect();
    let line_of = |offset: u32| text[..offset as usize].matches('\n').count();
    let (start, end) = (edit.span.start, edit.span.end);
    // What comes or ends at the start of a line belongs to the line above.
    let is_line_start = end > 0 && text[..end as usize].ends_with('\n');
    let last = line_of(end) - usize::from(is_line_start);
    let first = line_of(start).min(last);
    let line = |number: Option<usize>| number.and_then(|number| lines.get(number)).copied().unwrap_or("");
    let is_comment = |number: Option<usize>| line(number).trim_start().starts_with('#');
    let has_anchor = |line: &str| {
        let anchors = line.match_indices('&').map(|(at, _)| &line[at + 1..]);
        anchors.into_iter().any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    let is_json = Path::new(name).extension().is_some_and(|ending| ending == "json");
    let at_key = list_at_key(&lines, first);
    let about = [
        (Look::CommentAbove, is_comment(first.checked_sub(1))),
        (Look::CommentBehind, [first, last].iter().any(|&number| line(Some(number)).contains(" #"))),
        (Look::CommentBelow, is_comment(Some(last + 1))),
        (Look::OddIndentation, indentation(line(Some(first))) % 2 == 1),
        (Look::Flow, !is_json && is_in_flow(text, edit.span)),
        (Look::Windows, text.contains("\r\n")),
        (Look::Anchor, (first.saturating_sub(2)..=last + 2).any(|number| has_anchor(line(Some(number))))),
        (Look::List, at_key.is_some()),
        (Look::ListAtKey, at_key == Some(true)),
    ];
    about.into_iter().filter(|(_, is)| *is).map(|(look, _)| look).collect()
}

/// Whether the block list that holds this line stands at the indentation of its key; `None` without such a list.
fn list_at_key(lines: &[&str], number: usize) -> Option<bool> {
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let mut above = lines[..=number]
        .iter()
        .rev()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| (indentation(line), is_item(line)));
    let (mut own, is_item) = above.next()?;
    // What is less far to the right holds the line.
    let item = if is_item {
        own
    } else {
        above.find_map(|(blanks, is_item)| {
            let holds = blanks < own;
            own = own.min(blanks);
            (holds && is_item).then_some(blanks)
        })?
    };
    let (blanks, is_item) = above.find(|&(blanks, is_item)| blanks < item || (blanks == item && !is_item))?;
    // The key of a list within an item may share the line of the item's dash.
    Some(if is_item { blanks + 2 } else { blanks } == item)
}

/// Whether the innermost collection around a place is written in flow style.
fn is_in_flow(text: &Arc<str>, span: Span) -> bool {
    let mut innermost: Option<(u32, bool)> = None;
    yaml::parse(FileId(0), text, |document| {
        let Ok(document) = document else { return };
        for node in document.all().filter(|node| node.kind() != Kind::Scalar && !node.is_alias()) {
            let own = node.span();
            if own.start < span.start && span.end < own.end {
                let length = own.end - own.start;
                if innermost.is_none_or(|(shortest, _)| length < shortest) {
                    innermost = Some((length, node.is_flow()));
                }
            }
        }
    });
    innermost.is_some_and(|(_, is_flow)| is_flow)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
