//! The actions for diagnostics: fixes, ignores, and all safe fixes of a text at once.
//!
//! A fix is tried before it is offered, as `check` and `fix` try it: a fix that `fix` would undo is not offered.

use super::checked::{self, Checked};
use super::client::{Client, Options};
use super::latest::Latest;
use super::{diagnostics, edits, ignore};
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::finding::Safety;
use crate::fix::{self, Bounds, WantedFixes};
use crate::machine::terminal::escape;
use crate::source::{FileId, Span};
use crate::yaml::Document;
use gen_lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionParams, TextEdit, WorkspaceEdit,
};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// The kind of the action that makes all safe fixes of a text.
pub(super) const FIX_ALL: &str = "source.fixAll.pullwarden";
/// The most diagnostics at one place for which actions are made.
const MAX_AT_A_PLACE: usize = 50;

/// The actions for a place of a text.
pub(super) fn at(params: &CodeActionParams, latest: &Latest) -> Vec<CodeAction> {
    let Some((checked, name, file)) = latest.text(params.text_document.uri.as_ref()) else {
        return Vec::new();
    };
    let Some(source) = checked.sources.get(file) else { return Vec::new() };
    let client = &latest.client;
    let place = |position| client.encoding.offset(source, position);
    let (start, end) = (place(params.range.start), place(params.range.end));
    let wanted = |kind: &str| is_wanted(params.context.only.as_deref(), kind);
    let mut actions = Vec::new();
    if wanted("quickfix") {
        let touches =
            |span: Span| span.file == file && span.start as usize <= end && start <= span.end as usize;
        let all = checked.report.diagnostics.iter().enumerate();
        let found = all.filter(|(_, found)| found.is_open() && touches(found.span)).take(MAX_AT_A_PLACE);
        let (numbers, found): (Vec<usize>, Vec<&Diagnostic>) = found.unzip();
        actions.extend(fixes(numbers, checked, client));
        let documents = if found.is_empty() { Vec::new() } else { ignore::documents(source) };
        actions.extend(found.iter().filter_map(|found| ignored(found, &documents, checked, client)));
    }
    let is_asked_for_all = params.context.only.is_some() && wanted(FIX_ALL);
    if is_asked_for_all {
        actions.extend(all_action(all(checked, name, client, &latest.options), None));
    } else if wanted(FIX_ALL) && client.resolves_edits && can_fix_all(checked, file) {
        actions.extend(all_action(Some(WorkspaceEdit::default()), Some(params.text_document.uri.as_ref())));
    }
    actions
}

/// An action with its edits, if they were left out.
pub(super) fn resolved(mut action: CodeAction, latest: &Latest) -> CodeAction {
    let uri = action.data.as_ref().and_then(|data| data["fixAll"].as_str());
    if let Some((checked, name, _)) = uri.and_then(|uri| latest.text(uri)) {
        action.edit = all(checked, name, &latest.client, &latest.options);
    }
    action
}

/// Whether a client asks for a kind: for the kind itself, or for a kind that includes it.
fn is_wanted(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    let names =
        |wanted: &str| kind.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    only.is_none_or(|only| {
        only.iter().any(|wanted| {
            let wanted = String::from(wanted.clone());
            wanted.is_empty() || names(&wanted)
        })
    })
}

/// Whether something in a text needs no review. A text outside of the folders is no file that `fix` changes.
fn can_fix_all(checked: &Checked, file: FileId) -> bool {
    let is_safe = |found: &Diagnostic| found.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
    checked.names.root().is_some()
        && checked.report.open().any(|found| found.span.file == file && is_safe(found))
}

/// The fixes of diagnostics, the safe ones first.
fn fixes(mut numbers: Vec<usize>, checked: &Checked, client: &Client) -> Vec<CodeAction> {
    let all = &checked.report.diagnostics;
    numbers.retain(|number| all[*number].fix.is_some());
    let proven = checked.proven(&numbers, || {
        let with_fix = numbers.iter().map(|number| all[*number].clone()).collect();
        let mut report = Report { diagnostics: with_fix, ..Report::default() };
        let may_change = |path: &Path, text: &str| may_change(checked, path, text);
        let (repo, settings, sources) = (&checked.repo, &checked.settings, &checked.sources);
        fix::prove(&mut report, repo, &checked.walked, settings, sources, may_change);
        report.diagnostics
    });
    let mut fixes: Vec<(&Diagnostic, &Diagnostic)> =
        numbers.iter().map(|number| &all[*number]).zip(proven.iter()).collect();
    fixes
        .sort_by_key(|(_, found)| found.fix.as_ref().map_or(2, |fix| u8::from(fix.safety == Safety::Unsafe)));
    let action = |(original, found): &(&Diagnostic, &Diagnostic)| {
        // The client compares it with the diagnostics that it shows.
        let diagnostic = diagnostics::diagnostic(original, checked, client);
        let action = CodeAction {
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![diagnostic]),
            ..CodeAction::default()
        };
        match (&found.fix, &found.note) {
            (Some(fix), _) => {
                let is_safe = fix.safety == Safety::Safe;
                let title = capitalized(&escape(&fix.title));
                Some(CodeAction {
                    title: if is_safe { title } else { format!("{title} (needs a look)") },
                    is_preferred: Some(is_safe),
                    edit: Some(edits::of_fix(&fix.edits, checked, client)),
                    ..action
                })
            }
            (None, Some(why)) if client.shows_disabled => {
                let disabled = CodeActionDisabled { reason: escape(why).into_owned() };
                let title = format!("Fix `{}`", found.rule.id);
                Some(CodeAction { title, disabled: Some(disabled), ..action })
            }
            (None, _) => None,
        }
    };
    fixes.iter().filter_map(action).collect()
}

/// The reason why a fix must not change a file. An open text is not compared with the file on the disk.
fn may_change(checked: &Checked, path: &Path, text: &str) -> Result<(), String> {
    let Some(root) = checked.names.root() else { return Ok(()) };
    Bounds::of(root).hold(path)?;
    if checked.names.is_open(path) { Ok(()) } else { fix::is_as_read(path, text) }
}

fn ignored(
    found: &Diagnostic,
    documents: &[Document],
    checked: &Checked,
    client: &Client,
) -> Option<CodeAction> {
    let source = checked.sources.get(found.span.file)?;
    let comment = ignore::comment(found, source, documents)?;
    let at = client.encoding.position(source, comment.at as u32);
    let range = gen_lsp_types::Range { start: at, end: at };
    let texts = (comment.before.as_str(), "reason", comment.behind);
    Some(CodeAction {
        title: format!("Ignore `{}` here, with a reason to write", found.rule.id),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostics::diagnostic(found, checked, client)]),
        is_preferred: Some(false),
        edit: Some(edits::to_fill_in(&source.name, range, texts, checked, client)),
        ..CodeAction::default()
    })
}

fn all_action(edit: Option<WorkspaceEdit>, to_resolve: Option<&str>) -> Option<CodeAction> {
    let edit = edit?;
    Some(CodeAction {
        title: "Fix everything in this file that needs no review".into(),
        kind: Some(CodeActionKind::Custom(Cow::Borrowed(FIX_ALL))),
        edit: to_resolve.is_none().then_some(edit),
        data: to_resolve.map(|uri| json!({ "fixAll": uri }) as Value),
        ..CodeAction::default()
    })
}

/// The edits of all safe fixes for the findings in a text, as `pullwarden fix` makes them. They may change other
/// texts.
fn all(checked: &Checked, name: &str, client: &Client, options: &Options) -> Option<WorkspaceEdit> {
    let root = checked.names.root()?;
    let tree = checked.walked.tree.clone()?;
    let wanted = WantedFixes { below: vec![name.to_owned()], ..WantedFixes::default() };
    // Fixes are those of rules, so policies need not run.
    let options = Options { policies: false, ..options.clone() };
    let settings = |sources: &mut _| checked::settings(&*tree, root, &options, sources);
    let fixed =
        fix::fix_all(&checked.walked, settings, &wanted, |path, text| may_change(checked, path, text))
            .ok()?;
    let mut texts: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for file in &fixed.files {
        let source = checked.file(&file.name).and_then(|id| checked.sources.get(id));
        let source = source.filter(|source| source.text == file.before)?;
        texts.insert(&source.name, edits::between(source, &file.after, client));
    }
    (!texts.is_empty()).then(|| edits::of_texts(texts, checked, client))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_action_includes_the_kinds_below_it() {
        let only = |kinds: &[&str]| -> Vec<CodeActionKind> {
            kinds.iter().map(|kind| serde_json::from_value(json!(kind)).expect("a kind")).collect()
        };
        for (kinds, fixes, all) in [
            (&["quickfix"][..], true, false),
            (&["source.fixAll"], false, true),
            (&["source"], false, true),
            (&["source.fixAll.pullwarden"], false, true),
            (&["source.fixAll.other", "source.fix"], false, false),
            (&[""], true, true),
            (&[], false, false),
        ] {
            let only = only(kinds);
            assert_eq!(is_wanted(Some(&only), "quickfix"), fixes, "{kinds:?}");
            assert_eq!(is_wanted(Some(&only), FIX_ALL), all, "{kinds:?}");
        }
        assert!(is_wanted(None, "quickfix"));
    }
}
