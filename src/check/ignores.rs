//! Ignores in comments and in the configuration.
//!
//! A comment `# pullwarden: ignore[rule-id, other-id] reason` holds for its own line, for the line below it, or, above
//! the first key of a document, for the whole document. `until=2027-01-31` before the reason lets it expire.
//! All logic of ignoring is here; rules know nothing of it.

use crate::check::engine::RuleSet;
use crate::finding::Finding;
use crate::read::globs::Globs;
use crate::read::manifest::Manifest;
use crate::rules::rule::{Meta, is_policy};
use crate::rules::settings;
use crate::source::{FileId, Source, Span, Spanned};
use crate::yaml::Document;
use jiff::civil::Date;

/// An ignore of a comment or of the configuration.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The rules that it names, with the places of their ids.
    pub rules: Vec<Spanned<String>>,
    /// Where it holds.
    pub reach: Reach,
    /// The whole ignore.
    pub span: Span,
    /// The reason; empty if there is none.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Spanned<Date>>,
}

/// Where an ignore holds.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Diagnostics that start on this line (from 0) of a file.
    Line(FileId, usize),
    /// Diagnostics in this text: a whole document.
    Document(Span),
    /// Diagnostics that match all conditions of the configuration.
    Matching(Box<Matching>),
}

/// The conditions of an ignore in the configuration.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// Globs over file names.
    pub paths: Option<Globs>,
    /// Globs over `Kind/name`.
    pub resources: Option<Globs>,
    /// Globs over cluster names.
    pub clusters: Option<Globs>,
}

impl Ignore {
    /// Whether it stands in a manifest.
    pub fn in_source(&self) -> bool {
        !matches!(self.reach, Reach::Matching(_))
    }
}

/// The word that opens every comment for pullwarden.
const MARK: &str = "pullwarden:";

/// A comment that starts like an ignore and is not valid.
#[derive(Clone, Debug)]
pub struct BadComment {
    /// The comment from `pullwarden:` on.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
}

/// The ignores in the comments of a file. `manifests` are the file's kept documents, in the order of the text.
pub fn comments(file: FileId, source: &Source, manifests: &[&Manifest]) -> (Vec<Ignore>, Vec<BadComment>) {
    let mut documents: Vec<&Document> =
        manifests.iter().map(|manifest| manifest.document().as_ref()).collect();
    documents.dedup_by_key(|document| document.span());
    let mut lines = Lines { source, stack: 0..0 };
    let mut ignores = Vec::new();
    let mut bad = Vec::new();
    for at in memchr::memmem::find_iter(source.text.as_bytes(), "pullwarden") {
        let line = source.line_of(at as u32);
        let line_start = source.line_starts()[line] as usize;
        // Only blanks may stand between the mark and the `#` of its comment.
        let Some(lead) = source.text[line_start..at].trim_end().strip_suffix('#') else { continue };
        let opens_comment = lead.is_empty() || lead.ends_with([' ', '\t', '\u{feff}']);
        let behind = documents.partition_point(|document| document.span().start as usize <= at);
        let document = documents[..behind].last().filter(|document| document.span().range().contains(&at));
        if !opens_comment || document.is_some_and(|document| document.in_scalar(at as u32)) {
            continue;
        }
        let mut text = source.text[at..line_start + source.line(line).len()].trim_end();
        // Another ignore behind this one is not part of its reason.
        if let Some(next) = text.find("# pullwarden:") {
            text = text[..next].trim_end();
        }
        if !text.starts_with(MARK) {
            // Prose may name pullwarden; only a comment that looks like an ignore is meant for it.
            if text["pullwarden".len()..].trim_start().starts_with("ignore[") {
                let message = format!("the colon behind `pullwarden` is missing; {FORM}");
                bad.push(BadComment { span: Span::new(file, at, at + text.len()), message });
            }
            continue;
        }
        let span = Span::new(file, at, at + text.len());
        match parse(text, file, at) {
            Ok((rules, until, reason)) => {
                let opens_document = lead.trim() == "---";
                let alone = lead.trim_matches(['\u{feff}', ' ', '\t']).is_empty() || opens_document;
                let head = document.filter(|d| alone && is_head(d, source, line));
                let reach = match head {
                    Some(document) => Reach::Document(document.span()),
                    None if alone => Reach::Line(file, lines.below(line)),
                    None => Reach::Line(file, line),
                };
                ignores.push(Ignore { rules, reach, span, reason, until });
            }
            Err(message) => bad.push(BadComment { span, message }),
        }
    }
    (ignores, bad)
}

/// Whether a line stands above the first key of a document.
fn is_head(document: &Document, source: &Source, line: usize) -> bool {
    if !document.is_composed() {
        return line < source.line_of(document.root().span().start);
    }
    // The root may be only a part of the text.
    let first = source.line_of(document.span().start);
    let is_empty = |line: &str| line.is_empty() || line.starts_with(['#', '%']) || line.starts_with("---");
    (first..line).all(|line| is_empty(source.line(line).trim_start_matches('\u{feff}').trim()))
}

/// Finds the line that comments are about; several comments may stand above a line.
struct Lines<'s> {
    source: &'s Source,
    /// The last lines of comments that were read.
    stack: std::ops::Range<usize>,
}

impl Lines<'_> {
    fn below(&mut self, line: usize) -> usize {
        if !self.stack.contains(&line) {
            let mut end = line + 1;
            while self.source.line(end).trim_start().starts_with('#') {
                end += 1;
            }
            self.stack = line..end;
        }
        self.stack.end
    }
}

const FORM: &str = "write it as in `# pullwarden: ignore[rule-id] reason`";

type Parsed = (Vec<Spanned<String>>, Option<Spanned<Date>>, String);

fn parse(text: &str, file: FileId, at: usize) -> Result<Parsed, String> {
    let rest = text[MARK.len()..].trim_start();
    let Some(rest) = rest.strip_prefix("ignore") else {
        return Err(format!("this is not an ignore; {FORM}"));
    };
    let Some((list, rest)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Err(format!("the ignore names no rule; {FORM}"));
    };
    let mut offset = list.as_ptr() as usize - text.as_ptr() as usize;
    let mut rules = Vec::new();
    for part in list.split(',') {
        let id = part.trim();
        let start = at + offset + (part.len() - part.trim_start().len());
        if !id.is_empty() {
            rules.push(Spanned::new(id.to_owned(), Span::new(file, start, start + id.len())));
        }
        offset += part.len() + 1;
    }
    if rules.is_empty() {
        return Err(format!("the ignore names no rule; {FORM}"));
    }
    let mut reason = rest.trim();
    let mut until = None;
    if let Some(dated) = reason.strip_prefix("until=") {
        let (date, rest) = dated.split_once(char::is_whitespace).unwrap_or((dated, ""));
        let start = at + (date.as_ptr() as usize - text.as_ptr() as usize);
        let day =
            date.parse().map_err(|_| format!("`{date}` is not a day; write it as in `until=2027-01-31`"))?;
        until = Some(Spanned::new(day, Span::new(file, start, start + date.len())));
        reason = rest.trim();
    }
    if reason.contains("until=") {
        return Err(
            "the day stands before the reason: `# pullwarden: ignore[rule-id] until=2027-01-31 reason`"
                .into(),
        );
    }
    Ok((rules, until, reason.to_owned()))
}

/// The findings about an ignore itself.
pub fn problems(
    ignore: &Ignore,
    used: bool,
    today: Date,
    set: &RuleSet,
    is_on: impl Fn(&Meta) -> bool,
) -> Vec<(&'static Meta, Finding)> {
    let mut found = Vec::new();
    let mut names_a_rule_that_runs = ignore.rules.is_empty();
    for rule in &ignore.rules {
        match (set.find(&rule.value), &set.policies) {
            (Some(meta), _) => names_a_rule_that_runs |= is_on(meta),
            (None, Some(policies)) if is_policy(&rule.value) => {
                found.push(settings::unknown_policy(rule.span, &rule.value, policies.ids()));
            }
            // The policies belong to another run.
            (None, None) if is_policy(&rule.value) => {}
            (None, _) => found.push(settings::unknown_rule(rule.span, &rule.value)),
        }
    }
    if ignore.reason.trim().is_empty() {
        let mut finding = Finding::new(ignore.span, "this ignore does not say why");
        finding.help(if ignore.in_source() {
            "write the reason behind the bracket: people who read it next year need the reason"
        } else {
            "add `reason`: people who read it next year need the reason"
        });
        found.push((&settings::IGNORE_WITHOUT_REASON, finding));
    }
    let expired = ignore.until.as_ref().filter(|until| until.value < today);
    if let Some(until) = expired {
        let mut finding = Finding::new(until.span, format!("this ignore was valid until {}", until.value));
        finding.help("fix the ignored finding, or set a new day; until then, the finding is reported again");
        found.push((&settings::EXPIRED_IGNORE, finding));
    }
    // If a rule is off, it is not known whether the ignore is needed.
    if !used && names_a_rule_that_runs {
        let mut finding = Finding::new(ignore.span, "this ignore ignores nothing");
        finding.help(if ignore.in_source() {
            "move or remove it: it applies to its own line, to the line below it, or, above a document's first key, to the whole document; its finding is fixed, or it is in the wrong place"
        } else {
            "correct or remove it; its finding is fixed, or it names something else"
        });
        found.push((&settings::UNUSED_IGNORE, finding));
    }
    found
}

/// The finding for a comment that looks like an ignore and is not valid.
pub fn bad_comment(comment: BadComment) -> (&'static Meta, Finding) {
    (&settings::INVALID_SETTING, Finding::new(comment.span, comment.message))
}
