//! The description of a policy for reports: that of a rule, made from the annotations of the policy.

use crate::rules::pages;
use crate::rules::rule::{Category, Meta, Preset, Severity};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The description that the author of a policy gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Described {
    /// `policy/<package>/<name>`.
    pub(super) id: String,
    /// The title, or a summary made from the name; one line without a full stop.
    pub(super) summary: String,
    pub(super) severity: Option<Severity>,
    /// The page of the rule, in Markdown.
    pub(super) page: String,
}

/// The parts of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page<'p> {
    pub(super) id: &'p str,
    pub(super) title: Option<&'p str>,
    pub(super) description: Option<&'p str>,
    pub(super) help: Option<&'p str>,
    pub(super) related: Vec<(Option<String>, String)>,
    pub(super) authors: Vec<String>,
    /// The file and the line of its first head.
    pub(super) place: String,
}

impl Page<'_> {
    /// The page in Markdown, with the structure of the rule pages.
    pub(super) fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n", self.id);
        // Writing to a string cannot fail.
        if let Some(title) = self.title {
            let _ = writeln!(page, "{}\n", sentence(title));
        }
        if let Some(description) = self.description {
            let _ = writeln!(page, "## Why\n\n{}\n", description.trim());
        }
        if let Some(help) = self.help {
            let _ = writeln!(page, "## What to write\n\n{}\n", sentence(help));
        }
        let _ = writeln!(
            page,
            "## Policy\n\nThis rule is a policy of the repository, written in `{}`.",
            self.place
        );
        if !self.authors.is_empty() {
            let _ = writeln!(page, "Written by {}.", self.authors.join(", "));
        }
        if !self.related.is_empty() {
            page.push_str("\n## References\n\n");
            for (description, url) in &self.related {
                let _ = match description {
                    Some(description) => writeln!(page, "- {description}: {url}"),
                    None => writeln!(page, "- {url}"),
                };
            }
        }
        page
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// The descriptions of this process. Reports refer to them until the process ends, so each one is created once, even if
/// its policy is read several times.
static KNOWN: LazyLock<Mutex<HashMap<(Described, Severity), &'static Meta>>> = LazyLock::new(Mutex::default);

/// The description of a policy as a rule. `severity` is the default of its kind.
pub(super) fn meta(described: Described, severity: Severity) -> &'static Meta {
    let severity = described.severity.unwrap_or(severity);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(meta) = known.get(&(described.clone(), severity)) {
        return meta;
    }
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let meta: &'static Meta = Box::leak(Box::new(Meta {
        id: leak(&described.id),
        summary: leak(&described.summary),
        category: Category::Policies,
        severity,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "",
    }));
    pages::note(meta.id, leak(&described.page));
    known.insert((described, severity), meta);
    meta
}

/// The severity for the word of an author.
pub(super) fn severity(word: &str) -> Option<Severity> {
    match word.to_ascii_lowercase().as_str() {
        "error" | "critical" | "high" => Some(Severity::Error),
        "warning" | "warn" | "medium" | "moderate" => Some(Severity::Warning),
        "note" | "low" | "info" | "informational" | "information" => Some(Severity::Note),
        _ => None,
    }
}
