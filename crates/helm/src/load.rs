//! Loads a chart from a directory or an archive.

use crate::archive::{Budget, members};
use crate::chart::{Archives, Chart, ChartFile};
use crate::error::{Error, Result};
use crate::ignore::{self, Ignore};
use crate::metadata::{Metadata, Requirement};
use crate::render::ParsedOnce;
use crate::schema::Schema;
use crate::tree::{Content, FileTree, Found, below};
use spanned_yaml::{Document, FileId, Kind, Node, Span, parse_all};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The maximum depth of directories in a chart. A link to a parent directory would lead deeper without end.
const MAX_DIRECTORIES: usize = 64;
/// The maximum depth of nested charts.
const MAX_CHARTS: usize = 16;

impl Chart {
    /// Loads the chart at `root`: a directory with a `Chart.yaml`, or an archive.
    pub fn load(root: &str, tree: &dyn FileTree) -> Result<Self> {
        Self::load_with(root, tree, &|_, _| None)
    }

    /// Loads the chart at `root`. If `charts/` lacks a dependency of this chart or a subchart, `elsewhere` may return
    /// the path of a chart, given the path of the chart that has the dependency. That chart is loaded as the dependency.
    pub fn load_with(
        root: &str,
        tree: &dyn FileTree,
        elsewhere: &dyn Fn(&str, &Requirement) -> Option<String>,
    ) -> Result<Self> {
        let mut loader = Loader {
            tree,
            elsewhere,
            budget: Budget::default(),
            archives: Archives::default(),
            read: Vec::new(),
        };
        match loader.load(root, 0) {
            Ok(mut chart) => {
                chart.read = loader.read;
                chart.read.sort_unstable();
                chart.read.dedup();
                chart.archives = loader.archives;
                Ok(chart)
            }
            Err(error) => Err(loader.archives.placed(error)),
        }
    }
}

struct Loader<'t> {
    tree: &'t dyn FileTree,
    elsewhere: &'t dyn Fn(&str, &Requirement) -> Option<String>,
    budget: Budget,
    archives: Archives,
    read: Vec<FileId>,
}

impl Loader<'_> {
    fn load(&mut self, root: &str, depth: usize) -> Result<Chart> {
        match self.tree.find(root) {
            Found::Directory => {
                let files = self.directory(root)?;
                self.chart(files, root, depth)
            }
            Found::File { id, content } => {
                self.read.push(id);
                let files = self.archive(id, &content)?;
                self.chart(files, root, depth)
            }
            Found::Missing => Err(Error::nowhere(format!("there is no chart at `{root}`"))),
            Found::Outside => Err(Error::nowhere(format!("`{root}` is outside of the repository"))),
            Found::Unreadable(why) => Err(Error::nowhere(format!("`{root}` cannot be read: {why}"))),
        }
    }

    /// The files in a directory that belong to the chart.
    fn directory(&mut self, root: &str) -> Result<Vec<ChartFile>> {
        let ignore = match self.tree.find(&format!("{}{}", below(root), ignore::NAME)) {
            Found::File { id, content: Content::Text(text) } => {
                self.read.push(id);
                Ignore::parse(&text).map_err(|refused| {
                    Error::at(Span::new(id, refused.range.start, refused.range.end), refused.message)
                })?
            }
            _ => Ignore::none(),
        };
        let mut files = Vec::new();
        let mut waiting = vec![(String::new(), 0)];
        while let Some((directory, depth)) = waiting.pop() {
            if depth > MAX_DIRECTORIES {
                return Err(Error::limit(format!("the directories of the chart at `{root}` nest too deep")));
            }
            for name in self.tree.entries(format!("{}{directory}", below(root)).trim_end_matches('/')) {
                let name = format!("{}{name}", below(&directory));
                let path = format!("{}{name}", below(root));
                let found = self.tree.find(&path);
                if ignore.leaves_out(&name, matches!(found, Found::Directory)) {
                    continue;
                }
                match found {
                    Found::Directory => waiting.push((name, depth + 1)),
                    Found::File { id, content } => {
                        if !self.budget.take(content.bytes().len()) {
                            return Err(Error::limit(format!(
                                "the chart at `{root}` exceeds the limit for charts"
                            )));
                        }
                        self.read.push(id);
                        files.push(ChartFile {
                            name: name.into(),
                            id,
                            content,
                            parsed: ParsedOnce::default(),
                        });
                    }
                    Found::Missing => return Err(Error::nowhere(format!("`{path}` is a link to nothing"))),
                    Found::Outside => {
                        return Err(Error::nowhere(format!("`{path}` is outside of the repository")));
                    }
                    Found::Unreadable(why) => {
                        return Err(Error::nowhere(format!("`{path}` cannot be read: {why}")));
                    }
                }
            }
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }

    fn archive(&mut self, id: FileId, content: &Content) -> Result<Vec<ChartFile>> {
        let members = members(content.bytes(), &mut self.budget).map_err(|refused| Error {
            is_limit: refused.is_limit,
            ..Error::at(Span::new(id, 0, 0), refused.message)
        })?;
        let file = |member: crate::archive::Member| {
            let id = self.archives.add(id);
            ChartFile {
                name: member.name.into(),
                id,
                content: member.bytes.into(),
                parsed: ParsedOnce::default(),
            }
        };
        // If several files have the same name, the last one counts.
        let files = members.into_iter().map(file);
        let files: BTreeMap<Arc<str>, ChartFile> = files.map(|file| (file.name.clone(), file)).collect();
        Ok(files.into_values().collect())
    }

    /// Builds a chart from its files.
    fn chart(&mut self, files: Vec<ChartFile>, root: &str, depth: usize) -> Result<Chart> {
        if depth > MAX_CHARTS {
            return Err(Error::limit(format!("the charts below `{root}` nest too deep")));
        }
        let description = files.iter().find(|file| &*file.name == "Chart.yaml");
        let description = description.ok_or_else(|| Error::nowhere(format!("`{root}` has no Chart.yaml")))?;
        let document = first_document(description)?;
        let mut metadata = Metadata::read(document.root())?;
        let (mut values, mut schema) = (Vec::new(), None);
        let (mut templates, mut others) = (Vec::new(), Vec::new());
        let mut below_charts: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
        for file in files {
            let name = Arc::clone(&file.name);
            match &*name {
                "Chart.yaml" | "Chart.lock" => {}
                "values.yaml" => values = maps(&file)?,
                "values.schema.json" => schema = Some(Arc::new(Schema::read(&file)?)),
                "requirements.yaml" | "requirements.lock" => {
                    if &*name == "requirements.yaml"
                        && let Some(found) = Metadata::requirements(first_document(&file)?.root())?
                    {
                        metadata.requirements = found;
                    }
                    if metadata.api_version == "v1" {
                        others.push(file);
                    }
                }
                name if name.starts_with("templates/") => templates.push(file),
                name => match name.strip_prefix("charts/") {
                    Some(rest) if !has_extension(name, "prov") => {
                        let (chart, rest) =
                            rest.split_once('/').map_or((rest, None), |(chart, rest)| (chart, Some(rest)));
                        let inside = below_charts.entry(chart.to_owned()).or_default();
                        let name = rest.unwrap_or(ARCHIVE).into();
                        inside.push(ChartFile { name, ..file });
                    }
                    _ => others.push(file),
                },
            }
        }
        let mut subcharts = Vec::new();
        for (name, inside) in below_charts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            subcharts.push(self.subchart(&name, inside, root, depth)?);
        }
        let mut chart = Chart {
            metadata,
            templates,
            values,
            schema,
            files: others,
            subcharts,
            archives: Archives::default(),
            read: Vec::new(),
        };
        // A dependency with several aliases is loaded once.
        let found: BTreeSet<String> =
            chart.missing().filter_map(|missing| (self.elsewhere)(root, missing)).collect();
        for path in found {
            chart.subcharts.push(self.load(&path, depth + 1)?);
        }
        Ok(chart)
    }

    /// Loads a chart in `charts/`: an archive or a directory.
    fn subchart(
        &mut self,
        name: &str,
        mut inside: Vec<ChartFile>,
        root: &str,
        depth: usize,
    ) -> Result<Chart> {
        let path = format!("{}charts/{name}", below(root));
        if has_extension(name, "tgz") {
            let file = inside.first().filter(|file| &*file.name == ARCHIVE);
            let file = file.ok_or_else(|| Error::nowhere(format!("`{path}` is not an archive")))?;
            let files = self.archive(file.id, &file.content)?;
            return self.chart(files, &path, depth + 1);
        }
        // Helm treats every entry of `charts/` as a chart. A plain file there is a chart without `Chart.yaml`, which is
        // an error.
        inside.retain(|file| &*file.name != ARCHIVE);
        self.chart(inside, &path, depth + 1)
    }
}

/// The name of a file directly in `charts/`, within its chart. No real path is empty.
const ARCHIVE: &str = "";

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit('/')
        .next()
        .is_some_and(|name| name.rsplit_once('.').is_some_and(|(_, found)| found == extension))
}

fn text_of(file: &ChartFile) -> Result<&Arc<str>> {
    let text = file.content.text();
    text.ok_or_else(|| Error::at(Span::new(file.id, 0, 0), format!("`{}` is not UTF-8", file.name)))
}

/// The documents of a file; a document that cannot be read is an error.
fn documents(file: &ChartFile) -> Result<Vec<Arc<Document>>> {
    let parsed = parse_all(file.id, text_of(file)?).into_iter();
    parsed.map(|document| document.map_err(|error| Error::at(error.span, error.message))).collect()
}

fn first_document(file: &ChartFile) -> Result<Arc<Document>> {
    let first = documents(file)?.into_iter().next();
    first.ok_or_else(|| Error::at(Span::new(file.id, 0, 0), format!("`{}` is empty", file.name)))
}

/// The documents of a values file that are not empty; each must be a map.
fn maps(file: &ChartFile) -> Result<Vec<Arc<Document>>> {
    let mut found = documents(file)?;
    found.retain(|document| !document.root().is_null());
    match found.iter().map(|document| document.root()).find(|root| root.kind() != Kind::Mapping) {
        Some(root) => Err(Error::at(root.span(), format!("values must be a map, not {}", called(root)))),
        None => Ok(found),
    }
}

/// What a value is, for messages.
pub(crate) fn called(node: Node<'_>) -> &'static str {
    match node.kind() {
        Kind::Sequence => "a list",
        Kind::Mapping => "a map",
        Kind::Scalar => "a single value",
    }
}
