//! The common parts of all formats.

use crate::check::diagnostic::Diagnostic;
use crate::machine::terminal as text;
use crate::rules::rule::{Category, Meta, REPOSITORY, Severity};
use crate::source::{Position, Sources};

/// Additional input of some reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'r> {
    /// The rules that ran.
    pub rules: &'r [&'static Meta],
    /// The severity from which on the run fails; `None` if it never fails.
    pub fail_on: Option<Severity>,
    /// The address of the files of the checked commit.
    pub blob: Option<&'r str>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` sets it elsewhere too
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The address of a rule's page. It is that of this version, so that an old report keeps its meaning. A policy has a page
/// only if it is a file of its own.
pub fn page_url(meta: &Meta) -> Option<String> {
    let is_ours = meta.category != Category::Policies;
    is_ours.then(|| format!("{REPOSITORY}/blob/v{}/rules/{}.md", env!("CARGO_PKG_VERSION"), meta.id))
}

/// The name of an image with the first digits of its digest.
pub(super) fn with_short_digest(name: &str) -> String {
    const DIGITS: usize = 12;
    let cut = name.split_once('@').and_then(|(name, digest)| {
        let (algorithm, digits) = digest.split_once(':')?;
        Some(format!("{name}@{algorithm}:{}…", digits.get(..DIGITS)?))
    });
    cut.unwrap_or_else(|| name.to_owned())
}

/// The name of the file of a diagnostic, and its position there; a file without text has none.
pub(super) fn start<'s>(diagnostic: &Diagnostic, sources: &'s Sources) -> (&'s str, Option<Position>) {
    let Some(source) = sources.get(diagnostic.span.file) else { return (".", None) };
    (&source.name, (!source.text.is_empty()).then(|| source.position(diagnostic.span.start)))
}

/// The message of a diagnostic with its clusters, its help and its note, each on lines of its own.
pub fn whole_message(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut message = text::escape(&diagnostic.message).into_owned();
    if let Some(clusters) = clusters_of(diagnostic, sources) {
        message.push_str(if diagnostic.clusters.len() == 1 { "\ncluster: " } else { "\nclusters: " });
        message.push_str(&clusters);
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        message.push('\n');
        message.push_str(&text::prose(more));
    }
    message
}

/// The clusters of a diagnostic: the first names, and how many more there are. `None` if no cluster has a name, or only that
/// of the file.
pub(super) fn clusters_of(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    const SHOWN: usize = 5;
    let is_file = |name: &str| sources.get(diagnostic.span.file).is_some_and(|source| source.name == name);
    match &diagnostic.clusters[..] {
        [] => None,
        [cluster] if cluster == "." || is_file(cluster) => None,
        [cluster] => Some(format!("`{}`", text::escape(cluster))),
        clusters => {
            let names = clusters.iter().take(SHOWN).map(|name| format!("`{}`", text::escape(name)));
            let said = names.collect::<Vec<_>>().join(", ");
            Some(match clusters.len().saturating_sub(SHOWN) {
                0 => said,
                more => format!("{said} and {more} more"),
            })
        }
    }
}
