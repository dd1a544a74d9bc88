//! What templates see: `.Values`, `.Release`, `.Chart`, `.Files`, `.Capabilities`, `.Subcharts`.

use crate::dependencies::table;
use crate::error::Error;
use crate::instance::Instance;
use crate::metadata::Requirement;
use crate::release::{Capabilities, Release, texts};
use crate::render::TemplateFile;
use crate::tree::Content;
use crate::value::{Files, Map, Native, Value};
use spanned_yaml::Span;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The byte order mark, which Helm takes away in front of every file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The templates of a chart and of all charts in it, and what those of each chart see, by its `.Template.BasePath`.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    pub(crate) templates: Vec<TemplateFile>,
    pub(crate) given: BTreeMap<Arc<str>, Map>,
    /// Templates that are no texts.
    pub(crate) left_out: Vec<Error>,
}

impl Contexts {
    /// Those of a chart whose values are these.
    pub(crate) fn new(
        chart: &Instance<'_>,
        values: &Map,
        release: &Release,
        capabilities: &Capabilities,
    ) -> Self {
        let mut contexts = Self::default();
        let shared = Shared { release: release.value(), capabilities: capabilities.value() };
        contexts.add(chart, values, &chart.name, true, &shared);
        contexts
    }

    fn add(&mut self, chart: &Instance<'_>, values: &Map, path: &str, is_root: bool, shared: &Shared) -> Map {
        let subcharts = Map::new();
        let given = Map::new();
        given.insert("Chart", description(chart, is_root).into());
        given.insert("Files", Native::Files(Rc::new(files(chart))).into());
        given.insert("Release", shared.release.clone());
        given.insert("Capabilities", shared.capabilities.clone());
        given.insert("Values", values.clone().into());
        given.insert("Subcharts", subcharts.clone().into());
        for subchart in &chart.subcharts {
            let name = &subchart.name;
            // Helm looks the name up as a path, so a chart with a dot in its name sees no values.
            let below = table(values, name).unwrap_or_default();
            let context = self.add(subchart, &below, &format!("{path}/charts/{name}"), false, shared);
            subcharts.insert(name, context.into());
        }
        let base: Arc<str> = format!("{path}/templates").into();
        for file in &chart.chart.templates {
            let is_partial = file.name.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
            if !is_partial && chart.chart.metadata.is_library {
                continue;
            }
            let Content::Text(text) = &file.content else {
                let message = format!("the template `{path}/{}` is not UTF-8", file.name);
                self.left_out.push(Error::at(Span::new(file.id, 0, 0), message));
                continue;
            };
            self.templates.push(TemplateFile {
                name: format!("{path}/{}", file.name).into(),
                base_path: Arc::clone(&base),
                text: Arc::clone(text),
                file: file.id,
                parsed: file.parsed.clone(),
            });
        }
        self.given.insert(base, given.clone());
        given
    }
}

struct Shared {
    release: Value,
    capabilities: Value,
}

fn files(chart: &Instance<'_>) -> Files {
    let file = |file: &crate::chart::ChartFile| {
        let (bytes, id): (Arc<[u8]>, _) = match &file.content {
            Content::Text(text) => (Arc::clone(text).into(), Some(file.id)),
            Content::Bytes(bytes) => (Arc::clone(bytes), None),
        };
        let bytes = bytes.strip_prefix(MARK).map(Into::into).unwrap_or(bytes);
        (Rc::from(&*file.name), (bytes, id))
    };
    Files { files: chart.chart.files.iter().map(file).collect() }
}

/// `.Chart`.
fn description(chart: &Instance<'_>, is_root: bool) -> Map {
    let metadata = &chart.chart.metadata;
    let fields = &metadata.fields;
    let map = Map::new();
    map.insert("Name", Value::from(&*chart.name));
    map.insert("Version", Value::from(&*metadata.version.value));
    map.insert("APIVersion", Value::from(&*metadata.api_version));
    map.insert("AppVersion", Value::from(&*metadata.app_version));
    map.insert("KubeVersion", metadata.kube_version.as_ref().map_or("", |range| &range.value).into());
    map.insert("Deprecated", fields.deprecated.into());
    map.insert("IsRoot", is_root.into());
    for (field, text) in &fields.texts {
        map.insert(field, Value::from(&**text));
    }
    for (field, list) in &fields.lists {
        map.insert(field, texts(list));
    }
    let maintainer = |[name, email, url]: &[String; 3]| {
        let fields = [("Name", name), ("Email", email), ("URL", url)];
        Value::from(fields.into_iter().map(|(key, text)| (key, Value::from(&**text))).collect::<Map>())
    };
    map.insert("Maintainers", fields.maintainers.iter().map(maintainer).collect::<Vec<_>>().into());
    let annotations = fields.annotations.as_ref().map(|annotations| {
        annotations.iter().map(|(key, text)| (key, Value::from(&**text))).collect::<Map>()
    });
    map.insert("Annotations", annotations.map_or_else(Value::nil, Into::into));
    map.insert(
        "Dependencies",
        chart.requirements.iter().map(|one| dependency(chart, one)).collect::<Vec<_>>().into(),
    );
    map
}

fn dependency(chart: &Instance<'_>, requirement: &Requirement) -> Value {
    let import = |import: &crate::metadata::Import| {
        let pair = [("child", &import.child), ("parent", &import.parent)];
        Value::from(pair.into_iter().map(|(key, text)| (key, Value::from(&**text))).collect::<Map>())
    };
    let fields: [(&str, Value); 8] = [
        ("Name", chart.name_of(requirement).into()),
        ("Version", (&*requirement.version.value).into()),
        ("Repository", (&*requirement.repository).into()),
        ("Condition", (&*requirement.condition).into()),
        ("Tags", texts(&requirement.tags)),
        ("Enabled", chart.is_resolved.into()),
        ("ImportValues", requirement.imports.iter().map(import).collect::<Vec<_>>().into()),
        ("Alias", requirement.alias.as_deref().unwrap_or_default().into()),
    ];
    fields.into_iter().collect::<Map>().into()
}
