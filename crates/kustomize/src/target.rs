//! Builds one root: gathers its includes, runs its steps, and sorts the objects.

use crate::additions::Additions;
use crate::built::Built;
use crate::charts;
use crate::config::Config;
use crate::error::{Cause, Error, Result};
use crate::files::{self, Found};
use crate::generators::{self, Kind};
use crate::hash;
use crate::kustomization::{Kustomization, is_kustomization};
use crate::loader::{Build, Schema, is_remote};
use crate::order;
use crate::origin;
use crate::place::{MAX_DEPTH, Place};
use crate::references;
use crate::resource::Resource;
use crate::set::Set;
use crate::state::State;
use crate::steps;
use crate::transformers;
use crate::value::Value;
use crate::vars;
use std::collections::HashSet;
use std::sync::Arc;

impl Build<'_> {
    /// Builds `root`: its kustomization, and what is added to it.
    pub(crate) fn run_with(&self, root: &str, additions: Option<Additions<'_>>) -> Result<Built> {
        let missing = || Error::nowhere(format!("there is no directory `{root}` in the repository"));
        let path = files::join("", root).ok_or_else(missing)?;
        let Found::Directory { path: directory } = self.files.find(&path) else { return Err(missing()) };
        let place = Place { chain: vec![directory.clone()], directory };
        let kustomization = match additions {
            None => self.kustomization(&place)?,
            Some(additions) => {
                let own =
                    additions.start().map_or_else(|| self.kustomization(&place), |own| Ok(own.into()))?;
                Arc::new(additions.add_to(&own)?)
            }
        };
        self.remembers.set(!kustomization.list("buildMetadata").is_empty());
        let State { mut set, added, vars } = self.accumulate(&place, &kustomization, State::default())?;
        hash::add(&mut set.resources);
        references::follow(&mut set.resources, &added.references)?;
        vars::resolve(self, &mut set, &vars, &Config::with(&added).vars)?;
        set.resources.retain(|resource| !is_local(resource));
        set.resources.iter_mut().for_each(Resource::stringify_annotations);
        origin::annotate(&mut set.resources, kustomization.list("buildMetadata"), &place.directory);
        order::sort(&kustomization, &mut set.resources)?;
        // A JSON patch may have renamed an object after the last check for equal names.
        set.refuse_twins(kustomization.fields.span)?;
        Ok(self.built(set))
    }

    fn built(&self, mut set: Set) -> Built {
        let mut objects: Vec<_> = set.resources.iter().map(Resource::document).collect();
        let mut generators = Vec::new();
        for (resource, directory) in set.carried {
            generators.push((objects.len(), directory));
            objects.push(resource.document());
        }
        set.unmatched.sort_unstable();
        set.unmatched.dedup();
        // Several paths may lead to the same skipped part; one is enough.
        let mut known = HashSet::new();
        set.left_out.retain(|error| known.insert(error.span));
        let trace = self.trace.borrow();
        let files = trace.files.iter().copied().collect();
        let matched = trace.matched.iter().copied().collect();
        let Set { left_out, charts, unmatched, .. } = set;
        Built { objects, generators, left_out, charts, unmatched, matched, files }
    }

    pub(crate) fn kustomization(&self, place: &Place) -> Result<Arc<Kustomization>> {
        let read = || Kustomization::read(&place.directory, self.files).map(Arc::new);
        let read = if self.cache.keeps_directory(&place.directory) {
            self.cache.kustomizations.get_or(place.directory.clone(), read)?
        } else {
            read()?
        };
        self.text(read.text.whole().file, read.text.content.clone());
        Ok(read)
    }

    /// The first schema of a build is used in the whole build.
    fn openapi(&self, place: &Place, root: &Kustomization) -> Result<()> {
        if let Some(version) = root.fields.at(&["openapi", "version"]).filter(|v| v.text() != "v1.21.2") {
            let message = format!("kustomize has no OpenAPI schema of `{}`", version.text());
            return Err(Error::at(version.span, message));
        }
        let Some(path) = root.fields.at(&["openapi", "path"]) else { return Ok(()) };
        let text = self.load(place, path)?;
        let document = self.document(&text)?;
        if self.schema.borrow().is_none() {
            let json = document.map_or(serde_json::Value::Null, |document| document.json());
            *self.schema.borrow_mut() = Some(Schema { file: text.whole().file, json: Arc::new(json) });
        }
        Ok(())
    }

    /// Builds a kustomization; a component continues with the objects of its parent.
    pub(crate) fn accumulate(&self, place: &Place, root: &Kustomization, mut state: State) -> Result<State> {
        let schema = self.openapi(place, root);
        self.go_on(&mut state.set, schema)?;
        let mut state = self.resources(place, root.list("resources"), state)?;
        steps::configure(self, place, root, &mut state.added, &mut state.set)?;
        self.generators(place, root, &mut state.set)?;
        for entry in root.list("components") {
            let entered = self.component(place, entry);
            let Some((nested, component)) = self.go_on(&mut state.set, entered)? else { continue };
            let before = std::mem::take(&mut state.set.left_out);
            state = self.accumulate(&nested, &component, state).map_err(|error| error.via(entry.span))?;
            let inside = std::mem::replace(&mut state.set.left_out, before);
            state.set.left_out.extend(inside.into_iter().map(|error| error.via(entry.span)));
        }
        steps::run(self, place, root, &mut state.set, &Config::with(&state.added))?;
        let vars = root.list("vars");
        vars::bind(&mut state.set, vars)?;
        state.vars.extend_from_slice(vars);
        Ok(state)
    }

    fn component(&self, place: &Place, entry: &Value) -> Result<(Place, Arc<Kustomization>)> {
        let nested = self.enter(place, entry)?;
        let component = self.kustomization(&nested).map_err(|error| error.via(entry.span))?;
        if component.is_component() {
            Ok((nested, component))
        } else {
            Err(Error::at(entry.span, format!("`{}` is not a component", entry.text())))
        }
    }

    /// The objects of the entries of a list.
    pub(crate) fn gather(&self, place: &Place, entries: &[Value]) -> Result<Set> {
        self.resources(place, entries, State::default()).map(|state| state.set)
    }

    fn resources(&self, place: &Place, entries: &[Value], mut state: State) -> Result<State> {
        let mut known = state.set.identities();
        known.reserve(entries.len());
        for entry in entries {
            let brought = self.resource(place, entry);
            let Some(mut brought) = self.go_on(&mut state.set, brought)? else { continue };
            self.spend(brought.size(), entry.span)?;
            let resources = std::mem::take(&mut brought.set.resources);
            state.set.append_to(&mut known, resources, entry.span)?;
            state.set.take_notes(brought.set.reached_by(entry.span));
            state.added.merge(&brought.added);
            state.vars.extend(brought.vars);
        }
        Ok(state)
    }

    /// The objects of one entry: a directory or a file.
    fn resource(&self, place: &Place, entry: &Value) -> Result<State> {
        if let Found::Directory { .. } = self.find(place, entry)? {
            let nested = self.enter(place, entry)?;
            return self.base(&nested, entry).map_err(|error| error.via(entry.span));
        }
        let text = self.load(place, entry)?;
        let is_one = || is_kustomization(entry.text());
        let objects = self.objects(&text).map_err(|error| match error.cause {
            Cause::Refused if is_one() => {
                let message = format!("`{}` is a kustomization; a resource is its directory", entry.text());
                Error::at(entry.span, message)
            }
            _ => error.via(entry.span),
        })?;
        let mut state = State::default();
        state.set.resources.clone_from(&objects);
        let path: Arc<str> = files::join(&place.directory, entry.text()).unwrap_or_default().into();
        for object in &mut state.set.resources {
            object.history.path = Some(path.clone());
        }
        Ok(state)
    }

    /// The directory that an entry names. It must not be a directory that includes this one.
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
        let mut trace = self.trace.borrow_mut();
        if place.chain.iter().any(|visited| files::is_below(visited, &directory)) {
            trace.is_relative = true;
            return refused(format!("`{shown}` includes this kustomization again, in a circle"));
        }
        if place.chain.len() > MAX_DEPTH {
            trace.is_relative = true;
            return Err(Error::unsupported(entry.span, "directories include each other too deeply"));
        }
        let mut chain = place.chain.clone();
        chain.push(directory.clone());
        trace.depth = trace.depth.max(chain.len());
        trace.directories.insert(directory.clone());
        Ok(Place { directory, chain })
    }

    fn generators(&self, place: &Place, root: &Kustomization, set: &mut Set) -> Result<()> {
        let common = root.map("generatorOptions");
        for (field, kind, name) in [
            ("configMapGenerator", Kind::ConfigMap, "ConfigMapGenerator"),
            ("secretGenerator", Kind::Secret, "SecretGenerator"),
        ] {
            for entry in root.list(field) {
                let made = generators::generate(self, place, kind, entry, common);
                let Some(mut resource) = self.go_on(set, made)? else { continue };
                resource.history.made_by = Some((configured_in(place, root), name));
                let absorbed = set.absorb(resource, entry.span);
                self.go_on(set, absorbed)?;
            }
        }
        let globals = root.fields.get("helmGlobals");
        let old = root.list("helmChartInflationGenerator");
        for chart in charts::of_kustomization(globals, root.list("helmCharts"), old) {
            self.chart(place, &chart, Some(&configured_in(place, root)), set)?;
        }
        for configuration in transformers::read(self, place, root.list("generators"), set)? {
            if transformers::is_carried(&configuration) {
                set.carried.push((configuration, place.directory.clone()));
                set.is_partial = true;
                continue;
            }
            if transformers::is_chart(&configuration) {
                self.chart(place, &configuration.value, None, set)?;
                continue;
            }
            let made = transformers::generate(self, place, &configuration);
            let Some((resource, _)) = self.go_on(set, made)? else { continue };
            let absorbed = set.absorb(resource, configuration.span());
            self.go_on(set, absorbed)?;
        }
        Ok(())
    }

    /// Adds the objects of a chart.
    fn chart(&self, place: &Place, entry: &Value, by: Option<&str>, set: &mut Set) -> Result<()> {
        let made = charts::inflate(self, place, entry, set);
        for mut resource in self.go_on(set, made)?.into_iter().flatten() {
            resource.history.made_by = by.map(|by| (by.to_owned(), charts::GENERATOR));
            let absorbed = set.absorb(resource, entry.span);
            self.go_on(set, absorbed)?;
        }
        Ok(())
    }

    /// Removes empty objects after a step over all objects, and records the step.
    pub(crate) fn finish(
        &self,
        place: &Place,
        root: &Kustomization,
        set: &mut Set,
        step: &'static str,
    ) -> Result<()> {
        set.drop_empty();
        set.renamed();
        self.spend(set.resources.len(), root.fields.span)?;
        self.remember(place, root, set, step)
    }

    /// Records a step that itself says which objects it looks at and what it changes.
    pub(crate) fn remember(
        &self,
        place: &Place,
        root: &Kustomization,
        set: &mut Set,
        step: &'static str,
    ) -> Result<()> {
        self.spend(1, root.fields.span)?;
        if !self.remembers.get() {
            return Ok(());
        }
        self.spend(set.resources.len(), root.fields.span)?;
        let file = configured_in(place, root);
        for resource in &mut set.resources {
            resource.history.steps.push((file.clone(), step));
        }
        Ok(())
    }
}

fn configured_in(place: &Place, root: &Kustomization) -> String {
    files::join(&place.directory, root.name).unwrap_or_default()
}

/// Whether an object exists only for other steps.
fn is_local(resource: &Resource) -> bool {
    let is_mark =
        |(key, value): &(&str, &str)| *key == "config.kubernetes.io/local-config" && *value != "false";
    resource.value.has_annotations() && resource.pairs("annotations").iter().any(is_mark)
}
