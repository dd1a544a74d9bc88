//! The section `charts` of the configuration: charts of the repository and the clusters that get them. A wrong entry is
//! reported, and the others are used.

use super::Reader;
use super::form::ChartConfig;
use crate::placement::Known;
use crate::placement::configured::ConfiguredChart;
use crate::rules::settings::INVALID_SETTING;
use crate::source::{Span, Spanned};
use crate::yaml::{Composer, Document, Kind, Node};
use std::collections::HashMap;
use std::sync::Arc;

/// How to write a path of the repository.
const INSIDE: &str = "name a path of the repository, relative to the configuration";

impl Reader {
    /// The charts of all valid entries. `written` is the section.
    pub(super) fn charts(
        &mut self,
        entries: &[Spanned<ChartConfig>],
        written: Option<Node<'_>>,
        known: &Known,
    ) -> Vec<ConfiguredChart> {
        let written = written.into_iter().flat_map(Node::items);
        let written: HashMap<Span, Node<'_>> = written.map(|entry| (entry.span(), entry)).collect();
        // A field that could not be read is reported already. Without it, the chart would give other objects.
        let mut unread: Vec<Span> = self.problems.iter().map(|(_, finding)| finding.span).collect();
        unread.sort_unstable();
        let is_read = |entry: &&Spanned<ChartConfig>| {
            let Span { file, start, end } = entry.span;
            let from = unread.partition_point(|span| (span.file, span.start) < (file, start));
            let mut inside = unread[from..].iter().take_while(|span| (span.file, span.start) <= (file, end));
            !inside.any(|span| entry.span.contains(*span))
        };
        let read = entries.iter().filter(is_read);
        read.filter_map(|entry| self.chart(entry, written.get(&entry.span).copied(), known)).collect()
    }

    /// The chart of an entry. `written` is its text.
    fn chart(
        &mut self,
        entry: &Spanned<ChartConfig>,
        written: Option<Node<'_>>,
        known: &Known,
    ) -> Option<ConfiguredChart> {
        let config = &entry.value;
        let Some(directory) = &config.root else {
            self.problem(&INVALID_SETTING, entry.span, "`root` is missing")
                .help("name the directory of the chart, as in `root: charts/mirrors`");
            return None;
        };
        let field = |key: &str, kind: Kind| written?.get(key).filter(|value| value.kind() == kind);
        if let Some(list) = field("cluster", Kind::Sequence).filter(|list| list.items().next().is_none()) {
            self.problem(&INVALID_SETTING, list.span(), "`cluster` is an empty list")
                .help("name a cluster, or remove `cluster`: then the directory decides which clusters get the chart");
            return None;
        }
        let root = self.inside(directory, INSIDE)?;
        let files: Vec<Option<Spanned<String>>> =
            config.values_files.0.iter().map(|file| self.inside(file, INSIDE)).collect();
        let clusters: Vec<Option<usize>> =
            config.cluster.0.iter().map(|name| self.cluster(name, known)).collect();
        self.expect_chart(directory, &root.value);
        Some(ConfiguredChart {
            root,
            release: config.release.clone(),
            namespace: config.namespace.as_ref().map(|namespace| namespace.value.clone()),
            files: files.into_iter().collect::<Option<_>>()?,
            values: match field("values", Kind::Mapping) {
                Some(values) => Some(self.values(values)?),
                None => None,
            },
            clusters: clusters.into_iter().collect::<Option<_>>()?,
        })
    }

    /// The values of an entry as a document of their own.
    fn values(&mut self, values: Node<'_>) -> Option<Arc<Document>> {
        let span = values.span();
        let mut composer = Composer::new(span.file, values.document().source().clone()).changed(true);
        if composer.copy(values, &|span| span) {
            return Some(Arc::new(composer.finish()));
        }
        self.problem(&INVALID_SETTING, span, "these values exceed pullwarden's limit");
        None
    }
}
