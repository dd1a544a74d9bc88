//! Renders a chart to objects.

use crate::chart::{Chart, ChartFile};
use crate::coalesce::{Nulls, coalesce, overlay};
use crate::context::Contexts;
use crate::dependencies::resolve;
use crate::error::{Error, Result};
use crate::hooks::{Hooks, Role};
use crate::instance::Instance;
use crate::limits::Limits;
use crate::load::called;
use crate::parameters::Parameter;
use crate::release::{Capabilities, Release};
use crate::stack::with_room;
use crate::value::{Map, Value};
use spanned_yaml::compose::Composer;
use spanned_yaml::{Document, FileId, Kind, Node, Span, parse_all};
use std::sync::Arc;

/// Values and parameters in addition to the chart's own values.
#[derive(Clone, Debug, Default)]
pub struct Given<'v> {
    /// Values files, and values in another file: each is a map, and later ones win.
    pub values: Vec<Node<'v>>,
    /// Parameters, which have priority over all values.
    pub parameters: Vec<Parameter>,
}

/// How a chart is rendered.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The limits of the rendering.
    pub limits: Limits,
    /// Whether dependencies that `charts/` lacks ([`Chart::missing`]) are allowed.
    pub without_missing: bool,
    /// Whether the files of `crds/` are skipped.
    pub without_crds: bool,
    /// Whether values are not checked against the schemas of the charts.
    pub without_schema: bool,
    /// The hooks that are listed.
    pub hooks: Hooks,
}

/// The output of a chart.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// The objects of each template, in the order of names. Partials and `NOTES.txt` are rendered but not listed.
    pub templates: Vec<Manifest>,
    /// The files of `crds/`, also of subcharts, unchanged.
    pub crds: Vec<Manifest>,
    /// The missing dependencies and other parts that the rendering left out.
    pub left_out: Vec<Error>,
}

/// The objects from a file.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its name in Helm: `chart/charts/subchart/templates/deployment.yaml`.
    pub name: Arc<str>,
    /// The file.
    pub file: FileId,
    /// The output of the template, or the content of the file.
    pub text: Arc<str>,
    /// Its documents that are not empty, in order.
    pub documents: Vec<Arc<Document>>,
}

impl Manifests {
    /// All objects: first those of `crds/`, then those of templates.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.crds.iter().chain(&self.templates).flat_map(|manifest| &manifest.documents)
    }
}

impl Chart {
    /// Renders the chart like `helm template`: as the release `release`, with the values in `given`, on a cluster with
    /// these capabilities. A library chart has no objects; Helm refuses to install it.
    pub fn render(
        &self,
        release: &Release,
        given: &Given<'_>,
        capabilities: &Capabilities,
        options: &Options,
    ) -> Result<Manifests> {
        let rendered = with_room(|| self.rendered(release, given, capabilities, options));
        rendered.map_err(|error| self.archives.placed(error))
    }

    fn rendered(
        &self,
        release: &Release,
        given: &Given<'_>,
        capabilities: &Capabilities,
        options: &Options,
    ) -> Result<Manifests> {
        if let Some(why) = release.refusal() {
            return Err(Error::nowhere(why));
        }
        let mut left_out: Vec<Error> = Vec::new();
        for missing in self.missing() {
            let name = &missing.name;
            let message = format!(
                "the chart `{}` is not in `charts/`; run `helm dependency build`, or add it to the repository",
                name.value
            );
            let error = Error::at(name.span, message);
            if !options.without_missing {
                return Err(error);
            }
            left_out.push(error);
        }
        let given = given.map()?;
        let mut chart = Instance::new(self)?;
        resolve(&mut chart, &given)?;
        let values = coalesce(&chart, &given, Nulls::Delete)?;
        if !options.without_schema {
            check(&chart, &values)?;
        }
        let contexts = Contexts::new(&chart, &values, release, capabilities);
        let mut templates = Vec::new();
        for rendered in crate::render::render(&contexts.templates, &contexts.given, &options.limits)? {
            if rendered.name.ends_with("NOTES.txt") {
                continue;
            }
            let known = rendered.parsed.last(&rendered.text, &rendered.marks);
            let mut documents = if let Some(documents) = known {
                documents
            } else {
                let documents = crate::document::documents(&rendered)?;
                rendered.parsed.keep(&rendered.text, rendered.marks, documents.clone());
                documents
            };
            documents.retain(|document| options.hooks.want(Role::of(document)));
            let documents = documents.into_iter().map(|document| self.placed(document)).collect();
            let file = self.archives.file(rendered.file);
            templates.push(Manifest { name: rendered.name, file, text: rendered.text, documents });
        }
        templates.sort_by(|one, other| one.name.cmp(&other.name));
        let mut crds = Vec::new();
        if !options.without_crds {
            self.crds(&chart, &chart.name, &mut crds)?;
        }
        left_out.extend(contexts.left_out.into_iter().map(|error| self.archives.placed(error)));
        Ok(Manifests { templates, crds, left_out })
    }

    fn crds(&self, chart: &Instance<'_>, path: &str, into: &mut Vec<Manifest>) -> Result<()> {
        for file in chart.chart.files.iter().filter(|file| is_crd(file)) {
            let Some(text) = file.content.text() else { continue };
            let parsed = parse_all(file.id, text).into_iter();
            let parsed =
                parsed.map(|document| document.map_err(|error| Error::at(error.span, error.message)));
            let mut documents: Vec<Arc<Document>> = parsed.collect::<Result<_>>()?;
            documents.retain(|document| !document.root().is_null());
            let documents = documents.into_iter().map(|document| self.placed(document)).collect();
            let (name, file) = (format!("{path}/{}", file.name).into(), self.archives.file(file.id));
            into.push(Manifest { name, file, text: Arc::clone(text), documents });
        }
        for subchart in &chart.subcharts {
            self.crds(subchart, &format!("{path}/charts/{}", subchart.name), into)?;
        }
        Ok(())
    }

    /// Replaces places in archived files by the archive, so that all places are in files that exist.
    fn placed(&self, document: Arc<Document>) -> Arc<Document> {
        let comes_from_archive = || {
            document.all().any(|node| self.archives.holds(node.span().file))
                || self.archives.holds(document.file())
        };
        if self.archives.is_empty() || !comes_from_archive() {
            return document;
        }
        let place = |span: Span| self.archives.place(span);
        let mut composer = Composer::new(self.archives.file(document.file()), Arc::from(""));
        if !composer.copy(document.root(), &place) {
            return document;
        }
        composer.is_not_editable();
        Arc::new(composer.finish())
    }
}

impl Given<'_> {
    /// Merges the values into one map.
    fn map(&self) -> Result<Map> {
        let values = Map::new();
        for node in &self.values {
            if node.is_null() {
                continue;
            }
            if node.kind() != Kind::Mapping {
                return Err(Error::at(node.span(), format!("values must be a map, not {}", called(*node))));
            }
            let large = || Error::limit("the values exceed the limit for charts").or_at(node.span());
            let map = Value::from_node(*node).ok_or_else(large)?;
            if let Some(map) = map.as_map() {
                overlay(&values, map);
            }
        }
        let mut parameters: Vec<&Parameter> = self.parameters.iter().collect();
        parameters.sort_by_key(|parameter| parameter.rank());
        for parameter in parameters {
            parameter.apply(&values)?;
        }
        Ok(values)
    }
}

/// Checks the values of a chart and its subcharts against their schemas.
fn check(chart: &Instance<'_>, values: &Map) -> Result<()> {
    if let Some(schema) = &chart.chart.schema {
        schema.check(&chart.name, values)?;
    }
    for subchart in &chart.subcharts {
        if let Some(values) = values.get(&subchart.name).and_then(|value| value.as_map().cloned()) {
            check(subchart, &values)?;
        }
    }
    Ok(())
}

fn is_crd(file: &ChartFile) -> bool {
    let extension = file.name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_manifest = ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    is_manifest && file.name.starts_with("crds/")
}
