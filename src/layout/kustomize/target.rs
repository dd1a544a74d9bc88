//! One root: what it includes is gathered, steps run over it, and what remains is put in order.

use super::files::{self, Files, Found};
use super::generators::{self, Kind};
use super::hash;
use super::kustomization::Kustomization;
use super::order;
use super::origin;
use super::references;
use super::resource::Resource;
use super::set::Set;
use super::steps::{self, Config};
use super::text::Text;
use super::transformers;
use super::value::{Data, Dialect, Value};
use super::vars;
use super::{Cause, Error, Result};
use crate::source::{FileId, Span};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How deep directories may include each other.
const MAX_DEPTH: usize = 64;
/// How many files a build may read; a file that is read twice counts twice.
const MAX_READS: usize = 20_000;
/// How many objects a build may hold.
const MAX_OBJECTS: usize = 20_000;

/// A build of one root.
pub(super) struct Build<'f> {
    files: &'f dyn Files,
    reads: Cell<usize>,
    objects: Cell<usize>,
    sources: RefCell<HashMap<FileId, Arc<str>>>,
    schema: RefCell<Option<Arc<serde_json::Value>>>,
    root: RefCell<String>,
}

/// Where the build is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The directory of the kustomization.
    pub(super) directory: String,
    /// The directories through which the build came here, and this one.
    chain: Vec<String>,
}

/// What has been gathered.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) set: Set,
    config: Config,
    vars: Vec<Value>,
}

impl<'f> Build<'f> {
    pub(super) fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            reads: Cell::new(0),
            objects: Cell::new(0),
            sources: RefCell::default(),
            schema: RefCell::default(),
            root: RefCell::default(),
        }
    }

    /// Builds `root`.
    pub(super) fn run(&self, root: &str) -> Result<Vec<Resource>> {
        let missing = || Error {
            span: None,
            message: format!("there is no directory `{root}` in the repository"),
            cause: Cause::Refused,
            via: Vec::new(),
        };
        let path = files::join("", root).ok_or_else(missing)?;
        let Found::Directory { path: directory } = self.files.find(&path) else { return Err(missing()) };
        self.root.borrow_mut().clone_from(&directory);
        let place = Place { chain: vec![directory.clone()], directory };
        let kustomization = self.kustomization(&place)?;
        let mut state = self.accumulate(&place, &kustomization, State::default())?;
        let resources = &mut state.set.resources;
        hash::add(resources);
        references::follow(resources, &state.config.references)?;
        vars::resolve(resources, &state.vars, &state.config.vars)?;
        resources.retain(|resource| !is_local(resource));
        resources.iter_mut().for_each(Resource::stringify_annotations);
        origin::annotate(resources, kustomization.list("buildMetadata"));
        order::sort(&kustomization, resources)?;
        Ok(state.set.resources)
    }

    /// The `openapi:` file, if a kustomization has named one.
    pub(super) fn schema(&self) -> Option<Arc<serde_json::Value>> {
        self.schema.borrow().clone()
    }

    /// The text of the file that holds `span`.
    pub(super) fn source(&self, span: Span) -> Arc<str> {
        self.sources.borrow().get(&span.file).cloned().unwrap_or_else(|| "".into())
    }

    /// The text that stands as a string in a file.
    pub(super) fn inline(&self, value: &Value) -> Text {
        Text::inline(value, &self.source(value.span))
    }

    /// The file at a path, which must lie in the directory of the kustomization.
    pub(super) fn load(&self, place: &Place, path: &Value) -> Result<Text> {
        let shown = path.text();
        let refused = |cause: Cause, message: String| Error { cause, ..Error::at(path.span, message) };
        match self.find(place, path)? {
            Found::File { path: real, id, text } => {
                if !files::is_below(&real, &place.directory) {
                    let message =
                        format!("`{shown}` is outside of this directory; kustomize reads no such file");
                    return Err(refused(Cause::Refused, message));
                }
                Ok(self.text(id, text))
            }
            Found::Directory { .. } => {
                Err(refused(Cause::Refused, format!("`{shown}` is a directory, not a file")))
            }
            Found::Missing if is_remote(shown) => {
                Err(refused(Cause::Remote, format!("`{shown}` is remote; it is never fetched")))
            }
            Found::Missing => Err(refused(Cause::Refused, format!("there is no file `{shown}`"))),
            Found::Outside => Err(refused(
                Cause::Outside,
                format!("`{shown}` is outside of the repository and is not read"),
            )),
            Found::Unreadable(why) => Err(refused(Cause::Unsupported, format!("`{shown}` {why}"))),
        }
    }

    fn text(&self, id: FileId, text: Arc<str>) -> Text {
        self.sources.borrow_mut().insert(id, text.clone());
        Text::file(id, text)
    }

    fn find(&self, place: &Place, path: &Value) -> Result<Found> {
        self.reads.set(self.reads.get() + 1);
        if self.reads.get() > MAX_READS {
            return Err(Error::unsupported(path.span, "this build reads more files than we do"));
        }
        if path.text().is_empty() {
            return Err(Error::at(path.span, "this path is empty"));
        }
        let joined = files::join(&place.directory, path.text());
        Ok(joined.map_or(Found::Outside, |joined| self.files.find(&joined)))
    }

    fn kustomization(&self, place: &Place) -> Result<Kustomization> {
        let read = Kustomization::read(&place.directory, self.files)?;
        self.text(read.text.whole().file, read.text.content.clone());
        if let Some(path) = read.fields.at(&["openapi", "path"]) {
            let text = self.load(place, path)?;
            let document = text.first_document(Dialect::Json)?;
            let schema = document.map_or(serde_json::Value::Null, |document| document.json());
            self.schema.borrow_mut().get_or_insert_with(|| Arc::new(schema));
        }
        Ok(read)
    }

    /// Everything that a kustomization makes; a component goes on with what its parent has.
    fn accumulate(&self, place: &Place, root: &Kustomization, state: State) -> Result<State> {
        let mut state = self.resources(place, root.list("resources"), state)?;
        steps::configure(self, place, root, &mut state.config)?;
        self.generators(place, root, &mut state.set)?;
        for entry in root.list("components") {
            let nested = self.enter(place, entry)?;
            let component = self.kustomization(&nested).map_err(|error| error.via(entry.span))?;
            if !component.is_component() {
                return Err(Error::at(entry.span, format!("`{}` is no component", entry.text())));
            }
            state = self.accumulate(&nested, &component, state).map_err(|error| error.via(entry.span))?;
        }
        steps::run(self, place, root, &mut state.set, &state.config)?;
        state.vars.extend_from_slice(root.list("vars"));
        Ok(state)
    }

    /// What the entries of a list hold.
    pub(super) fn gather(&self, place: &Place, entries: &[Value]) -> Result<State> {
        self.resources(place, entries, State::default())
    }

    fn resources(&self, place: &Place, entries: &[Value], mut state: State) -> Result<State> {
        for entry in entries {
            if let Found::Directory { .. } = self.find(place, entry)? {
                let nested = self.enter(place, entry)?;
                let base = self.base(&nested, entry).map_err(|error| error.via(entry.span))?;
                base.set
                    .resources
                    .into_iter()
                    .try_for_each(|resource| state.set.append(resource, entry.span))?;
                state.config.merge(base.config);
                state.vars.extend(base.vars);
                continue;
            }
            let text = self.load(place, entry)?;
            let objects = objects(&text).map_err(|error| error.via(entry.span))?;
            self.objects.set(self.objects.get() + objects.len());
            if self.objects.get() > MAX_OBJECTS {
                return Err(Error::unsupported(entry.span, "this build holds more objects than we read"));
            }
            for mut object in objects {
                let path = files::join(&place.directory, entry.text()).unwrap_or_default();
                object.history.path = Some(origin::relative(&self.root.borrow(), &path));
                state.set.append(object, entry.span)?;
            }
        }
        Ok(state)
    }

    fn base(&self, place: &Place, entry: &Value) -> Result<State> {
        let root = self.kustomization(place)?;
        if root.is_component() {
            let message = format!("`{}` is a component and belongs under `components`", entry.text());
            return Err(Error::at(root.place("kind"), message));
        }
        self.accumulate(place, &root, State::default())
    }

    /// The place that an entry names, which must not be on the way here.
    fn enter(&self, place: &Place, entry: &Value) -> Result<Place> {
        let shown = entry.text();
        let refused = |message: String| Err(Error::at(entry.span, message));
        let directory = match self.find(place, entry)? {
            Found::Directory { path } => path,
            Found::File { .. } => return refused(format!("`{shown}` is a file, not a directory")),
            Found::Outside => {
                let message = format!("`{shown}` is outside of the repository and is not read");
                return Err(Error { cause: Cause::Outside, ..Error::at(entry.span, message) });
            }
            Found::Missing if is_remote(shown) => {
                let message = format!("`{shown}` is remote; it is never fetched");
                return Err(Error { cause: Cause::Remote, ..Error::at(entry.span, message) });
            }
            Found::Missing => return refused(format!("there is no directory `{shown}`")),
            Found::Unreadable(why) => return refused(format!("`{shown}` {why}")),
        };
        if place.chain.iter().any(|visited| files::is_below(visited, &directory)) {
            return refused(format!("`{shown}` includes this kustomization again, in a circle"));
        }
        if place.chain.len() > MAX_DEPTH {
            return Err(Error::unsupported(
                entry.span,
                "directories include each other deeper than we follow",
            ));
        }
        let mut chain = place.chain.clone();
        chain.push(directory.clone());
        Ok(Place { directory, chain })
    }

    fn generators(&self, place: &Place, root: &Kustomization, set: &mut Set) -> Result<()> {
        for field in ["helmCharts", "helmChartInflationGenerator"] {
            if let Some(first) = root.list(field).first() {
                return Err(Error::at(
                    first.span,
                    "helm charts need `--enable-helm`; no program is started here",
                ));
            }
        }
        let common = root.map("generatorOptions");
        for (field, kind, name) in [
            ("configMapGenerator", Kind::ConfigMap, "ConfigMapGenerator"),
            ("secretGenerator", Kind::Secret, "SecretGenerator"),
        ] {
            for entry in root.list(field) {
                let mut resource = generators::generate(self, place, kind, entry, common)?;
                resource.history.made_by = Some((self.configured_in(place, root), name));
                set.absorb(resource, entry.span)?;
            }
        }
        for configuration in transformers::read(self, place, root.list("generators"))? {
            let (resource, _) = transformers::generate(self, place, &configuration)?;
            set.absorb(resource, configuration.span())?;
        }
        Ok(())
    }

    fn configured_in(&self, place: &Place, root: &Kustomization) -> String {
        origin::relative(&self.root.borrow(), &format!("{}/{}", place.directory, root.name))
    }

    /// Remembers that a step went over all objects.
    pub(super) fn record(&self, place: &Place, root: &Kustomization, set: &mut Set, step: &'static str) {
        let file = self.configured_in(place, root);
        for resource in &mut set.resources {
            resource.history.steps.push((file.clone(), step));
        }
    }
}

/// The objects of a text: lists taken apart, each with a kind and a name.
pub(super) fn objects(text: &Text) -> Result<Vec<Resource>> {
    let mut found = Vec::new();
    let mut waiting: VecDeque<Value> = text.documents(Dialect::Resource)?.into();
    while let Some(value) = waiting.pop_front() {
        take_apart(value, text, &mut found, &mut waiting)?;
    }
    Ok(found)
}

/// Items of a list wait behind all other documents of the text.
fn take_apart(
    mut value: Value,
    text: &Text,
    found: &mut Vec<Resource>,
    waiting: &mut VecDeque<Value>,
) -> Result<()> {
    if value.is_null() || (value.is_map() && value.is_empty()) {
        return Ok(());
    }
    if !value.is_map() {
        return Err(Error::at(value.span, "this is no object"));
    }
    if value.text_of("kind").ends_with("List")
        && let Some(items) = value.remove("items")
    {
        let span = items.span;
        return match items.data {
            Data::List(items) => {
                waiting.extend(items);
                Ok(())
            }
            Data::Word(_) if items.is_null() => Ok(()),
            _ => Err(Error::at(span, "`items` must be a list")),
        };
    }
    let name = value.at(&["metadata", "name"]);
    if value.text_of("kind").is_empty() {
        return Err(Error::at(value.span, "this object has no `kind`"));
    }
    if name.is_none_or(|name| name.text().is_empty()) {
        let span = name.or(value.get("metadata")).unwrap_or(&value).span;
        return Err(Error::at(span, "this object has no `metadata.name`"));
    }
    found.push(Resource::new(value, text.content.clone()));
    Ok(())
}

/// Whether an object is only there for other steps.
fn is_local(resource: &Resource) -> bool {
    let is_mark =
        |(key, value): &(&str, &str)| *key == "config.kubernetes.io/local-config" && *value != "false";
    resource.pairs("annotations").iter().any(is_mark)
}

/// Whether a path that is not there is meant to be somewhere else.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.contains("?ref=")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || path.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.'))
            && path.contains('/')
}
