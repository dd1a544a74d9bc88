//! A chart as one rendering takes it: with the name, the values and the subcharts that it has there.

use crate::chart::Chart;
use crate::coalesce::{Work, overlay};
use crate::error::{Error, Result};
use crate::metadata::Requirement;
use crate::value::{Map, Value};
use std::sync::Arc;

/// A chart in a rendering.
#[derive(Clone, Debug)]
pub(crate) struct Instance<'c> {
    /// Its name, or the alias that its parent gives it.
    pub(crate) name: Arc<str>,
    pub(crate) chart: &'c Chart,
    /// Its own values, and what it imported.
    pub(crate) values: Map,
    /// The dependencies that are not switched off.
    pub(crate) requirements: Vec<Requirement>,
    /// Whether aliases, conditions and tags are applied: Helm does not where a parent names no dependencies.
    pub(crate) is_resolved: bool,
    pub(crate) subcharts: Vec<Instance<'c>>,
    pub(crate) work: Work,
}

impl<'c> Instance<'c> {
    /// The chart with all that is in `charts/`.
    pub(crate) fn new(chart: &'c Chart) -> Result<Self> {
        Self::with(chart, &Work::default())
    }

    fn with(chart: &'c Chart, work: &Work) -> Result<Self> {
        let values = Map::new();
        for document in &chart.values {
            let root = document.root();
            let large = || Error::limit("the values exceed the limit for charts").or_at(root.span());
            let map = Value::from_node(root).ok_or_else(large)?;
            if let Some(map) = map.as_map() {
                overlay(&values, map);
            }
        }
        Ok(Self {
            name: chart.metadata.name.value.as_str().into(),
            chart,
            values,
            requirements: chart.metadata.requirements.clone(),
            is_resolved: false,
            subcharts: chart.subcharts.iter().map(|chart| Self::with(chart, work)).collect::<Result<_>>()?,
            work: work.clone(),
        })
    }

    /// The name of a dependency: its alias, once that is applied.
    pub(crate) fn name_of<'r>(&self, requirement: &'r Requirement) -> &'r str {
        if self.is_resolved { requirement.local_name() } else { &requirement.name.value }
    }
}
