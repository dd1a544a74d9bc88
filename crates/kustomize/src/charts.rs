//! `helmCharts`: charts of the repository, which the caller renders. Nothing is fetched.

use crate::chart::{BuiltChart, ChartCall};
use crate::error::{Cause, Error, Result};
use crate::files::{self, Found};
use crate::loader::Build;
use crate::objects;
use crate::place::Place;
use crate::resource::Resource;
use crate::set::Set;
use crate::text::Text;
use crate::value::{Data, Dialect, Value};
use spanned_yaml::{Composer, Document, FileId};
use std::sync::Arc;

/// The kind of a configured generator that does the same as `helmCharts`.
pub(crate) const GENERATOR: &str = "HelmChartInflationGenerator";

/// The directory with charts if a kustomization names none.
const HOME: &str = "charts";

/// The charts of a kustomization, each with the directory of the charts. Entries of the old field are converted to the
/// new one.
pub(crate) fn of_kustomization(globals: Option<&Value>, charts: &[Value], old: &[Value]) -> Vec<Value> {
    let home = |value: &Value| value.get("chartHome").filter(|home| !home.text().is_empty()).cloned();
    // If several old entries name a directory, the last one counts for all of them.
    let common = match globals {
        Some(globals) => home(globals),
        None => old.iter().rev().find_map(home),
    };
    let renewed = old.iter().map(|entry| {
        let mut chart = Value::map(entry.span);
        for (from, to) in [
            ("chartName", "name"),
            ("chartVersion", "version"),
            ("chartRepoUrl", "repo"),
            ("values", "valuesFile"),
            ("valuesLocal", "valuesInline"),
            ("valuesMerge", "valuesMerge"),
            ("releaseName", "releaseName"),
        ] {
            if let Some(member) = entry.member(from) {
                chart.put(to, member.key_span, member.value.clone());
            }
        }
        chart
    });
    let all = charts.iter().cloned().chain(renewed);
    let with_home = all.map(|mut chart| {
        chart.remove("chartHome");
        if let Some(home) = &common {
            chart.put("chartHome", home.span, home.clone());
        }
        chart
    });
    with_home.collect()
}

/// The objects of a chart. Skipped parts are recorded in `set`.
pub(crate) fn inflate(
    build: &Build<'_>,
    place: &Place,
    entry: &Value,
    set: &mut Set,
) -> Result<Vec<Resource>> {
    let Some(charts) = build.files.charts() else {
        let message = "helm charts need `--enable-helm`; no program is started here";
        return Err(Error::unsupported(entry.span, message));
    };
    let call = call(build, place, entry)?;
    let rendered = charts.render(&call)?;
    build.trace.borrow_mut().files.extend(rendered.files.iter().copied());
    let mut values = Vec::new();
    for document in &rendered.objects {
        let text = Text::file(document.file(), document.source().clone());
        let value = Value::read(document.root(), &text, Dialect::Resource)?;
        build.spend_values(value.extent().0, entry.span)?;
        values.push((value, text));
    }
    set.is_partial |= !rendered.left_out.is_empty();
    set.left_out.extend(rendered.left_out);
    set.charts.push(BuiltChart {
        directory: call.directory,
        release: call.release,
        values: call.files,
        files: rendered.files,
    });
    objects::of_values(values)
}

fn call(build: &Build<'_>, place: &Place, entry: &Value) -> Result<ChartCall> {
    let at = entry.span;
    let text = |key: &str| Some(entry.text_of(key)).filter(|text| !text.is_empty());
    let is_set = |key: &str| entry.get(key).is_some_and(Value::is_true);
    let directory = directory(build, place, entry)?;
    let release =
        match (text("releaseName"), entry.get("nameTemplate").filter(|name| !name.text().is_empty())) {
            (Some(_), Some(template)) => {
                let message = "Helm takes either `releaseName` or `nameTemplate`, not both";
                return Err(Error::at(template.span, message));
            }
            (Some(name), None) => Some(name.to_owned()),
            // The output of functions in a template, such as random ones, is not known.
            (None, template) => {
                template.map(|template| template.text().to_owned()).filter(|name| !name.contains("{{"))
            }
        };
    let mut files = Vec::new();
    let values = values(build, place, entry, &directory, &mut files)?;
    let list =
        |key: &str| entry.get(key).map_or(&[][..], Value::items).iter().map(|item| item.text().to_owned());
    Ok(ChartCall {
        span: at,
        directory,
        release,
        namespace: text("namespace").map(str::to_owned),
        files,
        values,
        kube_version: text("kubeVersion").map(str::to_owned),
        api_versions: list("apiVersions").collect(),
        with_crds: is_set("includeCRDs"),
        without_hooks: is_set("skipHooks"),
        without_tests: is_set("skipTests"),
    })
}

/// The directory of a chart, as kustomize searches for it.
fn directory(build: &Build<'_>, place: &Place, entry: &Value) -> Result<String> {
    let name = entry.text_of("name");
    if name.is_empty() {
        return Err(Error::at(entry.span, "a chart needs a `name`"));
    }
    let at = entry.get("name").map_or(entry.span, |name| name.span);
    let home = Some(entry.text_of("chartHome")).filter(|home| !home.is_empty()).unwrap_or(HOME);
    let (version, repo) = (entry.text_of("version"), entry.text_of("repo"));
    let plain = format!("{home}/{name}");
    let is_pulled = !version.is_empty() && !repo.is_empty();
    let pulled = is_pulled.then(|| format!("{home}/{name}-{version}/{name}"));
    for (path, is_other) in pulled.iter().map(|path| (path, false)).chain([(&plain, is_pulled)]) {
        match build.find(place, &Value::string(path.as_str(), at))? {
            Found::Directory { path } if !is_other || has_version(build, &path, version) => {
                return Ok(path);
            }
            Found::Outside => {
                let message = format!("`{path}` is outside of the repository and is not read");
                return Err(Error { cause: Cause::Outside, ..Error::at(at, message) });
            }
            _ => {}
        }
    }
    if repo.is_empty() {
        return Err(Error::at(at, format!("there is no chart in `{plain}`, and no `repo` to take it from")));
    }
    let message = format!("the chart `{name}` is remote; it is never fetched");
    Err(Error { cause: Cause::Remote, ..Error::at(at, message) })
}

/// Whether a chart has this version: older releases of kustomize put the charts that they pulled beside each other.
fn has_version(build: &Build<'_>, directory: &str, version: &str) -> bool {
    let path = files::join(directory, "Chart.yaml").unwrap_or_default();
    let Found::File { id, text, .. } = build.files.find(&path) else { return false };
    let read = build.document(&build.text(id, text));
    read.ok().flatten().is_some_and(|chart| {
        chart.text_of("version").trim_start_matches('v') == version.trim_start_matches('v')
    })
}

/// The values that are added to the chart's own values, and the files that they come from.
fn values(
    build: &Build<'_>,
    place: &Place,
    entry: &Value,
    directory: &str,
    files: &mut Vec<FileId>,
) -> Result<Vec<Arc<Document>>> {
    let merge = entry.get("valuesMerge").filter(|merge| !merge.text().is_empty());
    let how = merge.map_or("override", Value::text);
    if !["override", "merge", "replace"].contains(&how) {
        let at = merge.map_or(entry.span, |merge| merge.span);
        return Err(Error::at(at, "`valuesMerge` must be `merge`, `override` or `replace`"));
    }
    let inline = entry.get("valuesInline").filter(|inline| !inline.members().is_empty());
    let mut values = Vec::new();
    match inline {
        Some(inline) if how == "replace" => values.push(compose(build, inline)),
        inline => {
            let text = values_file(build, place, entry, directory)?;
            if entry.get("valuesFile").is_some_and(|path| !path.text().is_empty()) {
                files.push(text.whole().file);
            }
            match inline {
                None => values.extend(documents(&text)?),
                Some(inline) => {
                    let own = text.first_document(Dialect::Resource)?;
                    let own = own.unwrap_or_else(|| Value::map(text.whole()));
                    let merged = if how == "merge" { merged(inline, &own) } else { merged(&own, inline) };
                    values.extend(merged.map(|merged| compose(build, &merged)));
                }
            }
        }
    }
    for path in entry.get("additionalValuesFiles").map_or(&[][..], Value::items) {
        let text = build.load(place, path)?;
        files.push(text.whole().file);
        values.extend(documents(&text)?);
    }
    Ok(values)
}

/// The file with values that a kustomization names; if it names none, the file of the chart.
fn values_file(build: &Build<'_>, place: &Place, entry: &Value, directory: &str) -> Result<Text> {
    if let Some(path) = entry.get("valuesFile").filter(|path| !path.text().is_empty()) {
        return build.load(place, path);
    }
    let path = files::join(directory, "values.yaml").unwrap_or_default();
    if let Found::File { id, text, .. } = build.files.find(&path) {
        return Ok(build.text(id, text));
    }
    let message = format!("there is no `{path}`, which kustomize reads where no `valuesFile` is named");
    Err(Error::at(entry.span, message))
}

fn documents(text: &Text) -> Result<Vec<Arc<Document>>> {
    let parsed = spanned_yaml::parse_all(text.whole().file, &text.content).into_iter();
    parsed.map(|document| document.map_err(|error| Error::at(error.span, error.message))).collect()
}

fn compose(build: &Build<'_>, value: &Value) -> Arc<Document> {
    let mut composer = Composer::new(value.span.file, build.source(value.span)).changed(true);
    value.compose(&mut composer);
    Arc::new(composer.finish())
}

/// A value with another value over it: maps are merged, and a null removes the value below it.
fn merged(below: &Value, over: &Value) -> Option<Value> {
    if over.is_null() {
        return None;
    }
    if !over.is_map() || !below.is_map() {
        return Some(over.clone());
    }
    let mut all = below.clone();
    for member in over.members() {
        let merged = match below.get(&member.key).filter(|below| !below.is_null()) {
            Some(below) => merged(below, &member.value),
            None => Some(member.value.clone()).filter(|value| !value.is_null()),
        };
        match merged {
            Some(value) if matches!(value.data, Data::Map(_)) => all.put(&member.key, member.key_span, value),
            Some(value) => all.set(&member.key, member.key_span, value),
            None => drop(all.remove(&member.key)),
        }
    }
    Some(all)
}
