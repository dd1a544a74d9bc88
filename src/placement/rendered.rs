//! Replaces directories by the output of the commands that render them.

use super::chart_files::Tree;
use super::found::Found;
use super::listed::Listed;
use super::origins::{Origins, Text};
use super::repository::Repository;
use super::roots::Graph;
use crate::kustomize::{self, Files};
use crate::machine::exec::Render;
use crate::model::{Unit, UnitOrigin};
use crate::read::discover::{self, Input};
use crate::read::manifest::{self, Broken, BrokenWhat, Form, Manifest, Subject, secrets};
use crate::read::workload::Kinds;
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::Node;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The maximum number of files, and of bytes, in which the values of one directory are searched.
const MAX_FILES: usize = 5_000;
const MAX_BYTES: usize = 64 << 20;

/// The output of a command.
#[derive(Debug)]
pub struct Rendered {
    /// The directory that it replaces.
    pub root: String,
    /// The number of the cluster that gets it, among those of the configuration.
    pub cluster: Option<usize>,
    /// The arguments of the command. Values may come from files among them.
    pub arguments: Vec<String>,
    /// The objects in it.
    pub manifests: Vec<Manifest>,
    /// The workloads in it, if workloads are read.
    pub workloads: Vec<Manifest>,
}

/// The same objects, with each value at the place that it comes from, if this place is known.
#[derive(Debug)]
pub(super) struct Traced {
    pub(super) root: String,
    pub(super) cluster: Option<usize>,
    pub(super) manifests: Vec<Manifest>,
    pub(super) workloads: Vec<Manifest>,
    /// The files in which the values were searched.
    pub(super) files: Vec<FileId>,
}

impl Rendered {
    /// Reads the output of a command, with workloads of `kinds`. The text is added to `sources`, and errors are added
    /// to `broken`.
    pub fn read(
        render: &Render,
        printed: &[u8],
        cluster: Option<usize>,
        kinds: Option<&Kinds>,
        subject: Subject,
        sources: &mut Sources,
        broken: &mut Vec<Broken>,
    ) -> Self {
        let root = render.root.value.clone();
        let name = UnitOrigin::Rendered(root.clone()).to_string();
        let file = FileId(sources.len() as u32);
        let input = Input { name, origin: discover::Origin::Text(printed.to_vec()) };
        let mut loaded = manifest::load_subject(std::slice::from_ref(&input), subject, sources);
        broken.append(&mut loaded.broken);
        for manifest in &mut loaded.manifests {
            // For rendered text, the path of the directory does not matter.
            if matches!(manifest.form, Form::Sample | Form::CiOnly) {
                manifest.form = Form::Applied;
            }
            secrets::hide(manifest.document(), sources);
        }
        let arguments = render.command.value.iter().skip(1).cloned().collect();
        let workloads =
            kinds.map(|kinds| workloads(file, input.name, printed, kinds, sources)).unwrap_or_default();
        Self { root, cluster, arguments, manifests: loaded.manifests, workloads }
    }

    /// Finds the place that each value comes from. An object that is too large for this is added to `broken`.
    pub(super) fn trace(
        self,
        repository: &Repository<'_>,
        graph: &Graph,
        broken: &mut Vec<Broken>,
    ) -> Traced {
        let mut files = Sought::default();
        let is_built = graph.holds(&self.root);
        for argument in &self.arguments {
            // `-f values.yaml`, `--values=a.yaml,b.yaml`
            for part in argument.split(['=', ',']) {
                let path = kustomize::join(&self.root, part).filter(|path| !path.starts_with(".git/"));
                if let Some(path) = path.filter(|path| !path.is_empty()) {
                    files.add(&path, repository, 0);
                }
            }
        }
        for (name, number) in self.made_of(repository, graph).into_iter().zip(1..) {
            // A patch and its target are one object, so where both have a value, it is the same.
            files.add(&name, repository, if is_built { number } else { 1 });
        }
        let origins = Origins::of(&files.texts);
        let mut manifests = Vec::new();
        for (manifest, traced) in self.manifests.iter().zip(origins.trace(&self.manifests)) {
            match traced {
                Some(traced) => manifests.push(traced),
                None => broken.push(Broken {
                    span: Span { end: manifest.root().span().start, ..manifest.root().span() },
                    what: BrokenWhat::Syntax("this is deeper or larger than anything that is applied".into()),
                }),
            }
        }
        // An object that is too large is not a real workload.
        let workloads = origins.trace(&self.workloads).into_iter().flatten().collect();
        let files = files.texts.iter().map(|text| text.file).collect();
        Traced { root: self.root, cluster: self.cluster, manifests, workloads, files }
    }

    /// The names of the files that the output is made from, other than those that the command names.
    fn made_of(&self, repository: &Repository<'_>, graph: &Graph) -> Vec<String> {
        if graph.holds(&self.root) {
            let files = [graph.resources_of(&self.root), graph.files_of(&self.root)];
            let kustomizations = graph.directories_of(&self.root).into_iter();
            let kustomizations = kustomizations.map(|directory| repository.kustomization(directory));
            return files.into_iter().flatten().map(str::to_owned).chain(kustomizations).collect();
        }
        let below = repository.names_below(&self.root);
        if !Tree::new(repository).holds_chart(&self.root) {
            return below.map(str::to_owned).collect();
        }
        // The values of other clusters may be beside those of this cluster.
        let of_chart = |name: &&str| {
            let rest = name[self.root.len()..].trim_start_matches('/');
            rest == "values.yaml"
                || ["templates/", "charts/", "crds/"].iter().any(|directory| rest.starts_with(directory))
        };
        below.filter(of_chart).map(str::to_owned).collect()
    }
}

impl Traced {
    /// Whether it replaces a file or a directory.
    pub(super) fn replaces(&self, name: &str) -> bool {
        discover::is_at_or_below(name, &self.root)
    }

    /// The unit of these objects.
    pub(super) fn into_unit(
        self,
        repository: &Repository<'_>,
        graph: &Graph,
        listing: &Listed<'_, '_>,
        kinds: Option<&Kinds>,
    ) -> Found {
        let form = self.manifests.first().map_or(Form::Applied, |manifest| manifest.form);
        let unit = Unit::new(UnitOrigin::Rendered(self.root.clone()), form);
        let name = if graph.holds(&self.root) {
            repository.kustomization(&self.root)
        } else {
            kustomize::join(&self.root, "Chart.yaml").unwrap_or_default()
        };
        let mut found = Found::new(unit, self.root, name, None);
        found.files = self.files;
        found.only_for = self.cluster.into_iter().collect();
        if let Some(kinds) = kinds {
            found.run(&self.workloads, repository, kinds);
        }
        found.fill(self.manifests, repository, listing);
        found
    }
}

/// The texts that values are looked for in, each once.
#[derive(Default)]
struct Sought {
    texts: Vec<Text>,
    known: BTreeSet<FileId>,
    bytes: usize,
}

impl Sought {
    fn add(&mut self, name: &str, repository: &Repository<'_>, rank: u32) {
        if self.texts.len() >= MAX_FILES || self.bytes >= MAX_BYTES {
            return;
        }
        if let kustomize::Found::File { id, text, .. } = repository.find(name)
            && self.bytes + text.len() <= MAX_BYTES
            && self.known.insert(id)
        {
            self.bytes += text.len();
            self.texts.push(Text { file: id, content: text, rank });
        }
    }
}

/// The workloads of a text, which then joins `sources`.
fn workloads(
    file: FileId,
    name: String,
    printed: &[u8],
    kinds: &Kinds,
    sources: &mut Sources,
) -> Vec<Manifest> {
    let text = kinds.may_be_in(printed).then(|| std::str::from_utf8(printed).ok()).flatten();
    let Some(text) = text.map(Arc::<str>::from) else { return Vec::new() };
    let is_workload = |root: Node<'_>| kinds.want(root);
    let found = manifest::workloads(file, &text, (Form::Applied, ""), &is_workload).unwrap_or_default();
    if !found.is_empty() && sources.get(file).is_none() {
        sources.insert(file, Source::new(name, text));
    }
    found
}
