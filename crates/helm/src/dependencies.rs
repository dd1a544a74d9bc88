//! Which subcharts a rendering has: aliases, conditions, tags; and the values that parents import from them.

use crate::coalesce::{Nulls, coalesce, tables};
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::metadata::Requirement;
use crate::semver::Range;
use crate::value::{Map, Value};

/// How deep the path of an import may be.
const MAX_PATH: usize = 64;
/// How many charts a rendering may have; an alias makes a chart twice, with all that is in it.
const MAX_CHARTS: usize = 2_000;

/// Works out the subcharts of a chart, and what it imports from them.
pub(crate) fn resolve(chart: &mut Instance<'_>, given: &Map) -> Result<()> {
    let mut left = MAX_CHARTS;
    enable(chart, given, "", &mut left)?;
    import(chart)
}

/// Gives the subcharts their aliases, and takes those away that are switched off.
fn enable(chart: &mut Instance<'_>, given: &Map, path: &str, left: &mut usize) -> Result<()> {
    if chart.chart.metadata.requirements.is_empty() {
        return Ok(());
    }
    let there = std::mem::take(&mut chart.subcharts);
    let fits = |subchart: &Instance<'_>, requirement: &Requirement| {
        let metadata = &subchart.chart.metadata;
        *subchart.name == *requirement.name.value
            && Range::fits(&requirement.version.value, &metadata.version.value)
    };
    let is_named =
        |subchart: &Instance| chart.requirements.iter().any(|requirement| fits(subchart, requirement));
    let mut subcharts: Vec<Instance<'_>> =
        there.iter().filter(|subchart| !is_named(subchart)).cloned().collect();
    for requirement in &chart.requirements {
        if let Some(subchart) = there.iter().find(|subchart| fits(subchart, requirement)) {
            let name = requirement.local_name().into();
            subcharts.push(Instance { name, ..subchart.clone() });
        }
    }
    *left =
        left.checked_sub(subcharts.len()).ok_or_else(|| Error::limit("the chart has too many subcharts"))?;
    chart.subcharts = subcharts;
    chart.is_resolved = true;
    let values = coalesce(chart, given, Nulls::Delete)?;
    let enabled = |requirement: &Requirement| is_enabled(requirement, &values, path);
    let off: Vec<String> = chart
        .requirements
        .iter()
        .filter(|requirement| !enabled(requirement))
        .map(|requirement| requirement.local_name().to_owned())
        .collect();
    chart.subcharts.retain(|subchart| !off.iter().any(|name| **name == *subchart.name));
    chart.requirements.retain(|requirement| !off.iter().any(|name| name == requirement.local_name()));
    for subchart in &mut chart.subcharts {
        let path = format!("{path}{}.", subchart.name);
        enable(subchart, &values, &path, left)?;
    }
    Ok(())
}

/// Whether a dependency is switched on. A condition that is there beats the tags.
fn is_enabled(requirement: &Requirement, values: &Map, path: &str) -> bool {
    let conditions = requirement.condition.trim().split(',').filter(|condition| !condition.is_empty());
    let mut conditions = conditions.map(|condition| format!("{path}{condition}"));
    let found = conditions.find_map(|condition| path_value(values, &condition)?.as_bool());
    found.unwrap_or_else(|| {
        let tags = values.get("tags");
        let tags = tags.as_ref().and_then(Value::as_map);
        let found: Vec<bool> = requirement.tags.iter().filter_map(|tag| tags?.get(tag)?.as_bool()).collect();
        found.is_empty() || found.contains(&true)
    })
}

/// The map at the end of a path that dots divide.
pub(crate) fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(values.clone(), |map, key| map.get(key)?.as_map().cloned())
}

/// The value at the end of a path, if it is no map.
fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (map, key) = match path.rsplit_once('.') {
        Some((path, key)) => (table(values, path)?, key),
        None => (values.clone(), path),
    };
    map.get(key).filter(|value| value.as_map().is_none())
}

/// Adds what charts import from those in them to their own values, the innermost first.
fn import(chart: &mut Instance<'_>) -> Result<()> {
    for subchart in &mut chart.subcharts {
        import(subchart)?;
    }
    if chart.requirements.is_empty() {
        return Ok(());
    }
    let values = coalesce(chart, &Map::new(), Nulls::Keep)?;
    let imported = Map::new();
    for requirement in &chart.requirements {
        for import in &requirement.imports {
            let name = chart.name_of(requirement);
            let Some(found) = table(&values, &format!("{name}.{}", import.child)) else { continue };
            let Some(found) = at_path(&import.parent, found) else {
                let message = format!("the path of an import of `{name}` is too long");
                return Err(Error::limit(message).or_at(requirement.name.span));
            };
            tables(&imported, &found, Nulls::Keep);
        }
    }
    let values = chart.work.copy_map(&values)?;
    tables(&values, &imported, Nulls::Keep);
    chart.values = values;
    Ok(())
}

/// A map that holds another one at the end of a path.
fn at_path(path: &str, map: Map) -> Option<Map> {
    if path == "." {
        return Some(map);
    }
    let keys: Vec<&str> = path.split('.').collect();
    (keys.len() <= MAX_PATH)
        .then(|| keys.into_iter().rev().fold(map, |map, key| [(key, Value::from(map))].into_iter().collect()))
}
