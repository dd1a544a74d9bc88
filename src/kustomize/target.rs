//! One root: what it includes is gathered, steps run over it, and what remains is put in order.

use super::files::{self, Found};
use super::generators::{self, Kind};
use super::hash;
use super::kustomization::Kustomization;
use super::loader::{Build, is_remote};
use super::objects;
use super::order;
use super::origin;
use super::references;
use super::resource::Resource;
use super::set::Set;
use super::steps::{self, Config};
use super::transformers;
use super::value::{Dialect, Value};
use super::vars;
use super::{Cause, Error, Result};
use std::sync::Arc;

/// How deep directories may include each other.
const MAX_DEPTH: usize = 64;
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

impl Build<'_> {
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
        self.remembers.set(!kustomization.list("buildMetadata").is_empty());
        let mut state = self.accumulate(&place, &kustomization, State::default())?;
        let resources = &mut state.set.resources;
        hash::add(resources);
        references::follow(resources, &state.config.references)?;
        vars::resolve(resources, &state.vars, &state.config.vars)?;
        resources.retain(|resource| !is_local(resource));
        resources.iter_mut().for_each(Resource::stringify_annotations);
        origin::annotate(resources, kustomization.list("buildMetadata"));
        order::sort(&kustomization, resources)?;
        // A JSON patch may have renamed what nothing has looked at since.
        state.set.refuse_twins(kustomization.fields.span)?;
        Ok(state.set.resources)
    }

    fn kustomization(&self, place: &Place) -> Result<Kustomization> {
        let read = Kustomization::read(&place.directory, self.files)?;
        self.text(read.text.whole().file, read.text.content.clone());
        if let Some(version) = read.fields.at(&["openapi", "version"]).filter(|v| v.text() != "v1.21.2") {
            let message = format!("kustomize has no OpenAPI schema of `{}`", version.text());
            return Err(Error::at(version.span, message));
        }
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
                self.spend(base.set.resources.len(), entry.span)?;
                state.set.append(base.set.resources, entry.span)?;
                state.config.merge(base.config);
                state.vars.extend(base.vars);
                continue;
            }
            let text = self.load(place, entry)?;
            let mut objects = objects::read(&text).map_err(|error| error.via(entry.span))?;
            self.spend(objects.len(), entry.span)?;
            let path = files::join(&place.directory, entry.text()).unwrap_or_default();
            let path = origin::relative(&self.root.borrow(), &path);
            for object in &mut objects {
                object.history.path = Some(path.clone());
            }
            state.set.append(objects, entry.span)?;
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

    /// What a step leaves: no empty objects, and the memory that it went over all others.
    pub(super) fn finish(
        &self,
        place: &Place,
        root: &Kustomization,
        set: &mut Set,
        step: &'static str,
    ) -> Result<()> {
        set.drop_empty();
        self.spend(set.resources.len(), root.fields.span)?;
        if !self.remembers.get() {
            return Ok(());
        }
        let file = self.configured_in(place, root);
        for resource in &mut set.resources {
            resource.history.steps.push((file.clone(), step));
        }
        Ok(())
    }
}

/// Whether an object is only there for other steps.
fn is_local(resource: &Resource) -> bool {
    let is_mark =
        |(key, value): &(&str, &str)| *key == "config.kubernetes.io/local-config" && *value != "false";
    resource.pairs("annotations").iter().any(is_mark)
}
