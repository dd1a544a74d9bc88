//! The section `charts` of the configuration: charts of the repository and the clusters that get them. A wrong entry is
//! reported, and the others are used.

use super::Reader;
use super::form::ChartConfig;
use crate::kustomize;
use crate::placement::Known;
use crate::placement::configured::ConfiguredChart;
use crate::rules::settings::INVALID_SETTING;
use crate::source::{Span, Spanned};
use crate::yaml::{Composer, Document, Node};
use std::collections::HashMap;
use std::sync::Arc;

impl Reader {
    /// The charts of all valid entries. `written` is the section.
    pub(super) fn charts(
        &mut self,
        entries: &[Spanned<ChartConfig>],
        written: Option<Node<'_>>,
        known: &Known,
    ) -> Vec<ConfiguredChart> {
        let values = written.into_iter().flat_map(Node::items).filter_map(|entry| entry.get("values"));
        let values: HashMap<Span, Node<'_>> = values.map(|values| (values.span(), values)).collect();
        entries.iter().filter_map(|entry| self.chart(entry, &values, known)).collect()
    }

    fn chart(
        &mut self,
        entry: &Spanned<ChartConfig>,
        written: &HashMap<Span, Node<'_>>,
        known: &Known,
    ) -> Option<ConfiguredChart> {
        let config = &entry.value;
        // A field that could not be read is reported already. Without it, the chart would give other objects.
        if self.problems.iter().any(|(_, finding)| entry.span.contains(finding.span)) {
            return None;
        }
        let Some(directory) = &config.root else {
            self.problem(&INVALID_SETTING, entry.span, "`root` is missing")
                .help("name the directory of the chart, as in `root: charts/mirrors`");
            return None;
        };
        let root = self.inside(directory)?;
        let files: Vec<Option<Spanned<String>>> =
            config.values_files.0.iter().map(|file| self.inside(file)).collect();
        let clusters: Vec<Option<usize>> =
            config.cluster.0.iter().map(|name| self.cluster(name, known)).collect();
        self.expect_chart(directory, &root.value);
        Some(ConfiguredChart {
            root,
            release: config.release.as_ref().map(|release| release.value.clone()),
            namespace: config.namespace.as_ref().map(|namespace| namespace.value.clone()),
            files: files.into_iter().collect::<Option<_>>()?,
            values: match config.values.0.and_then(|span| written.get(&span)) {
                Some(values) => Some(self.values(*values)?),
                None => None,
            },
            clusters: clusters.into_iter().collect::<Option<_>>()?,
        })
    }

    /// A path of the repository.
    fn inside(&mut self, path: &Spanned<String>) -> Option<Spanned<String>> {
        let joined = kustomize::join("", &path.value);
        if joined.is_none() {
            self.problem(
                &INVALID_SETTING,
                path.span,
                format!("`{}` leads out of the repository", path.value),
            )
            .help("name a path of the repository, relative to the configuration");
        }
        joined.map(|joined| Spanned::new(joined, path.span))
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
