//! The files of the repository, as kustomizations, generators and Applications name them.
//!
//! A file of the walk is not read again. A file beside the walk is read when something names it: a base next to the
//! checked directory, or a certificate without a YAML ending. It must be inside the repository, with links resolved.

use super::chart_files::Loads;
use super::met::Met;
use super::once::Once;
use crate::kustomize::{Charts, Files, Found};
use crate::machine::budget::{Bounded, Budget};
use crate::read::discover::{self, Input};
use crate::read::globs::Globs;
use crate::read::manifest::{self, Lacks, Numbers, Subject, Text, secrets};
use crate::read::tree::{Disk, EntryKind, Tree};
use crate::read::workload::Kinds;
use crate::source::{FileId, Sources, Span};
use crate::yaml::Documents;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The largest file beside the walk that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// The maximum number of entries of a directory that are read.
const MAX_ENTRIES: usize = 100_000;

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// This file of the walk.
    Walked(FileId),
    Directory,
    Missing,
    /// A file beside the walk, or something that is not read.
    Beside,
}

/// The files below the root of the repository.
pub struct Repository<'i> {
    root: Option<PathBuf>,
    tree: Arc<dyn Tree>,
    inputs: &'i [Input],
    /// The numbers of the inputs by their names: builds look up each file several times.
    numbers: HashMap<&'i str, usize>,
    /// The numbers of the inputs among all files of the run.
    ids: Numbers,
    texts: Vec<OnceLock<Text>>,
    /// What is known not to be in the inputs; empty if nothing is.
    lacks: Vec<Lacks>,
    pub(super) directories: BTreeSet<&'i str>,
    /// Files above and beside the walk that are excluded. `None` if the walk started at the root.
    hidden: Option<Globs>,
    beside: Mutex<Met>,
    /// The real paths of directories, with links resolved; added on first use.
    real: Mutex<HashMap<String, Option<PathBuf>>>,
    /// The entries of directories; added on first use.
    entries: Mutex<HashMap<String, Vec<String>>>,
    budget: Budget,
    subject: Subject,
    /// The parsed documents of files of the walk, if they are still in memory.
    documents: HashMap<FileId, Arc<Documents>>,
    /// The first number of template files and documents, and their names.
    templates: (u32, Vec<String>),
    loads: Loads,
    once: Once,
    /// Whether there are objects of Flux, which may take values from `ConfigMap` objects.
    has_flux: AtomicBool,
}

impl<'i> Repository<'i> {
    /// Contains the files of the walk, sorted by name, and everything else below `root`. `texts` holds texts that were
    /// already read. Texts in `sources` are taken from there.
    pub fn new(
        root: Option<PathBuf>,
        inputs: &'i [Input],
        ids: Numbers,
        mut texts: Vec<Option<Text>>,
        sources: &Sources,
    ) -> Self {
        texts.resize(inputs.len(), None);
        let mut directories = BTreeSet::from([""]);
        for input in inputs {
            let mut directory = discover::directory(&input.name);
            while directories.insert(directory) {
                directory = discover::directory(directory);
            }
        }
        let texts = texts.into_iter().enumerate().map(|(index, text)| {
            let text = match sources.get(ids.of(index)) {
                Some(source) => Some(Ok(source.text.clone())),
                None => text,
            };
            text.map_or_else(OnceLock::new, OnceLock::from)
        });
        let beside = Met { next: sources.len().max(ids.end()) as u32, ..Met::default() };
        let (texts, beside, budget) = (texts.collect(), Mutex::new(beside), Budget::default());
        let (real, entries) = (Mutex::default(), Mutex::default());
        Self {
            root,
            tree: Arc::new(Disk),
            inputs,
            numbers: inputs.iter().enumerate().map(|(index, input)| (input.name.as_str(), index)).collect(),
            ids,
            texts,
            lacks: Vec::new(),
            directories,
            hidden: None,
            beside,
            real,
            entries,
            budget,
            subject: Subject::Images,
            documents: HashMap::new(),
            templates: (0, Vec::new()),
            loads: Loads::default(),
            once: Once::default(),
            has_flux: AtomicBool::new(false),
        }
    }

    /// The charts that were loaded.
    pub(super) fn loads(&self) -> &Loads {
        &self.loads
    }

    /// The objects that were read.
    pub(super) fn once(&self) -> &Once {
        &self.once
    }

    /// Adds parsed documents of files of the walk, so that they are not parsed again.
    #[must_use]
    pub fn with_documents(self, documents: HashMap<FileId, Arc<Documents>>) -> Self {
        Self { documents, ..self }
    }

    /// Adds what is known not to be in the inputs.
    #[must_use]
    pub fn lacking(self, lacks: Vec<Lacks>) -> Self {
        Self { lacks, ..self }
    }

    /// Adds the names of template files and documents; the first one has the number `first`.
    #[must_use]
    pub fn with_templates(self, first: usize, names: Vec<String>) -> Self {
        Self { templates: (first as u32, names), ..self }
    }

    /// Sets which kinds of configuration are read.
    #[must_use]
    pub fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Whether all settings that affect nodes are wanted, not only image configuration.
    pub fn is_of_nodes(&self) -> bool {
        self.subject == Subject::Nodes
    }

    /// Sets the tree that contains the files, if they are not on disk.
    #[must_use]
    pub fn in_tree(self, tree: Option<Arc<dyn Tree>>) -> Self {
        match tree {
            Some(tree) => Self { tree, ..self },
            None => self,
        }
    }

    /// Notes that the walk started below the root. Then files beside the walk count like files of the walk if a
    /// kustomization names them, unless they are `hidden`.
    #[must_use]
    pub fn of_part(self, hidden: Globs) -> Self {
        Self { hidden: Some(hidden), ..self }
    }

    /// Sets a part of the budget aside, before anything is spent.
    #[must_use]
    pub(crate) fn setting_aside(mut self, bytes: u64) -> Self {
        self.budget.set_aside(bytes);
        self
    }

    /// The number of the first file of the walk, and of the first file beside it.
    pub(crate) fn numbers(&self) -> (usize, u32) {
        (self.ids.first(), self.beside.lock().unwrap_or_else(PoisonError::into_inner).next)
    }

    /// Takes over the files beside the walk from an earlier run with the same numbers.
    #[must_use]
    pub(crate) fn with_beside(self, met: Option<Met>) -> Self {
        match met {
            Some(met) => Self { beside: Mutex::new(met), ..self },
            None => self,
        }
    }

    /// The files beside the walk.
    pub(crate) fn into_beside(self) -> Met {
        self.beside.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether there are objects of Flux.
    pub fn note_flux(&self, has_flux: bool) {
        self.has_flux.store(has_flux, Ordering::Relaxed);
    }

    /// Whether there are objects of Flux.
    pub fn has_flux(&self) -> bool {
        self.has_flux.load(Ordering::Relaxed)
    }

    /// The budget for everything that the run may still create.
    pub fn left(&self) -> &Budget {
        &self.budget
    }

    /// Whether the walk started below the root.
    pub fn is_part(&self) -> bool {
        self.hidden.is_some()
    }

    /// The files known so far beside the walk, if their texts are `wanted`. Beside a walk of the whole repository, only files
    /// whose names are not those of manifests: the others were left out on purpose.
    pub fn counting_beside(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let counts = |name: &str| match &self.hidden {
            Some(hidden) => !hidden.is_match(name),
            None => !discover::is_manifest(Path::new(name)),
        };
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let counting = beside.known.iter().filter(|(name, (_, text))| counts(name) && wanted(text));
        counting.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a file of the walk mentions image configuration.
    pub fn may_hold_ours(&self, name: &str) -> bool {
        let holds = |bytes: &[u8]| str::from_utf8(bytes).is_ok_and(manifest::may_hold_ours);
        !self.lacks(name).ours && self.text_if(name, holds).is_some()
    }

    /// The text of a file of the walk, if it may hold workloads.
    pub fn text_with_workloads(&self, name: &str, kinds: &Kinds) -> Option<(FileId, Arc<str>)> {
        if self.lacks(name).workloads { None } else { self.text_if(name, |bytes| kinds.may_be_in(bytes)) }
    }

    /// What is known not to be in a file of the walk.
    pub(super) fn lacks(&self, name: &str) -> Lacks {
        self.number(name).and_then(|index| self.lacks.get(index)).copied().unwrap_or_default()
    }

    /// The names of the files that were walked, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'i str> + Clone + use<'i> {
        self.inputs.iter().map(|input| input.name.as_str())
    }

    /// The names of the walked files below a directory, sorted.
    pub fn names_below(&self, directory: &str) -> impl Iterator<Item = &'i str> + use<'i> {
        let below = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let inputs = self.inputs;
        let first = inputs.partition_point(|input| input.name.as_str() < below.as_str());
        inputs[first..]
            .iter()
            .map(|input| input.name.as_str())
            .take_while(move |name| name.starts_with(&below))
    }

    /// The directories of the files that were walked, sorted; the root is empty.
    pub fn directories(&self) -> impl Iterator<Item = &'i str> + '_ {
        self.directories.iter().copied()
    }

    /// The number of the file with this name, if it is part of the walk.
    pub fn id(&self, name: &str) -> Option<FileId> {
        self.number(name).map(|index| self.ids.of(index))
    }

    /// The name of the kustomization in a directory.
    pub fn kustomization(&self, directory: &str) -> String {
        let below =
            |name: &str| if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        let names = discover::KUSTOMIZATIONS.map(below);
        names.iter().find(|name| self.number(name).is_some()).unwrap_or(&names[0]).clone()
    }

    /// The place where the kustomization in a directory begins.
    pub fn start_of(&self, directory: &str) -> Span {
        Span::new(self.id(&self.kustomization(directory)).unwrap_or(FileId(0)), 0, 0)
    }

    /// The name of a file of the repository, by its number.
    pub fn name_of(&self, id: FileId) -> Option<String> {
        if let Some(index) = self.ids.index(id) {
            return Some(self.inputs[index].name.clone());
        }
        let (first, templates) = &self.templates;
        let template = id.0.checked_sub(*first).and_then(|index| templates.get(index as usize));
        if let Some(name) = template {
            return Some(name.clone());
        }
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        beside.known.iter().find(|(_, (known, _))| *known == id).map(|(name, _)| name.clone())
    }

    /// Adds the texts of `used` files and of files beside the walk to `sources`, so that a report can refer to them.
    pub fn keep(&self, used: impl IntoIterator<Item = FileId>, sources: &mut Sources) {
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        for id in used {
            let Some(index) = self.ids.index(id).filter(|_| sources.get(id).is_none()) else { continue };
            // A result of an earlier run refers to texts that this run may not have read.
            let read =
                || manifest::read(&self.inputs[index].origin).and_then(|bytes| manifest::text_of(&bytes));
            if let Ok(text) = self.texts[index].get_or_init(read) {
                sources.insert(id, secrets::source(id, self.inputs[index].name.clone(), text.clone()));
            }
        }
        for (name, (id, text)) in &beside.known {
            if sources.get(*id).is_none() {
                sources.insert(*id, secrets::source(*id, name.clone(), text.clone()));
            }
        }
    }

    /// What is at a path. A file of the walk is not read for it.
    pub(super) fn look(&self, path: &str) -> Look {
        if let Some(file) = self.id(path) {
            return Look::Walked(file);
        }
        match self.find(path) {
            Found::File { path, .. } => self.id(&path).map_or(Look::Beside, Look::Walked),
            Found::Directory { .. } => Look::Directory,
            Found::Missing => Look::Missing,
            Found::Outside | Found::Unreadable(_) => Look::Beside,
        }
    }

    /// Whether a file has the same number in the next run: one of the walk, or a text of the settings.
    pub(super) fn is_numbered(&self, file: FileId) -> bool {
        (file.0 as usize) < self.ids.first() || self.ids.index(file).is_some()
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// The bytes of a file that may not be text.
    pub fn bytes(&self, path: &str) -> Option<(FileId, Vec<u8>)> {
        let root = self.root.as_ref()?;
        let real = self.real(path).filter(|real| real.starts_with(root))?;
        let bytes = self.tree.read(&real, MAX_FILE).ok()?;
        let name = discover::name_of(root, &real);
        let mut beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let id = beside.known.get(&name).map_or(FileId(beside.next), |(id, _)| *id);
        if id == FileId(beside.next) {
            beside.next += 1;
            // Nothing refers to a line of this file, so its text stays empty.
            beside.known.insert(name, (id, "".into()));
        }
        Some((id, bytes))
    }

    /// The text of a file of the walk, if its bytes are `wanted`. Other texts are not kept.
    pub fn text_if(&self, name: &str, wanted: impl Fn(&[u8]) -> bool) -> Option<(FileId, Arc<str>)> {
        let index = self.number(name)?;
        let id = self.ids.of(index);
        if let Some(known) = self.texts[index].get() {
            let text = known.as_ref().ok().filter(|text| wanted(text.as_bytes()))?;
            return Some((id, text.clone()));
        }
        let bytes = manifest::read(&self.inputs[index].origin).ok().filter(|bytes| wanted(bytes))?;
        Some((id, manifest::text_of(&bytes).ok()?))
    }

    /// The files of the walk whose texts are known, in the order of their names.
    pub fn read(&self) -> impl Iterator<Item = (FileId, &Arc<str>)> {
        let texts = self.texts.iter().enumerate();
        texts.filter_map(|(index, text)| Some((self.ids.of(index), text.get()?.as_ref().ok()?)))
    }

    fn walked(&self, index: usize) -> Found {
        let input = &self.inputs[index];
        let text = self.texts[index]
            .get_or_init(|| manifest::read(&input.origin).and_then(|bytes| manifest::text_of(&bytes)));
        match text {
            Ok(text) => Found::File { path: input.name.clone(), id: self.ids.of(index), text: text.clone() },
            Err(why) => Found::Unreadable(why.clone()),
        }
    }

    /// The real path, with links resolved; `None` if nothing is there. The path of each directory is resolved once.
    fn real(&self, path: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        if path.is_empty() {
            return self.tree.real(root);
        }
        let parent = discover::directory(path);
        let known = self.real.lock().unwrap_or_else(PoisonError::into_inner).get(parent).cloned();
        let directory = known.unwrap_or_else(|| {
            let real = self.real(parent);
            self.real.lock().unwrap_or_else(PoisonError::into_inner).insert(parent.to_owned(), real.clone());
            real
        })?;
        let here = directory.join(discover::file_name(path));
        // An entry that is not a link is at the path where it appears.
        if self.tree.kind(&here)? == EntryKind::Other { self.tree.real(&here) } else { Some(here) }
    }

    /// The names of the entries of a directory, sorted.
    fn list(&self, path: &str) -> Vec<String> {
        let start = if path.is_empty() { 0 } else { path.len() + 1 };
        let mut names: BTreeSet<String> = self
            .names_below(path)
            .filter_map(|name| name[start..].split('/').next())
            .map(str::to_owned)
            .collect();
        // Entries that are not part of the walk count, too.
        let real = self.root.as_ref().and_then(|root| Some((root, self.real(path)?)));
        let entries = real
            .filter(|(root, real)| real.starts_with(root))
            .and_then(|(_, real)| self.tree.entries(&real).ok());
        let on_disk = entries
            .into_iter()
            .flatten()
            .take(MAX_ENTRIES)
            .filter_map(|entry| entry.ok()?.0.into_string().ok());
        names.extend(on_disk);
        names.into_iter().collect()
    }

    fn on_disk(&self, path: &str) -> Found {
        let Some(root) = &self.root else { return Found::Missing };
        // A link may lead anywhere, so the real path decides.
        let Some(real) = self.real(path) else { return Found::Missing };
        if !real.starts_with(root) {
            return Found::Outside;
        }
        let name = discover::name_of(root, &real);
        if self.tree.kind(&real) == Some(EntryKind::Directory) {
            return Found::Directory { path: name };
        }
        if let Some(index) = self.number(&name) {
            return self.walked(index);
        }
        let mut beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((id, text)) = beside.known.get(&name) {
            return Found::File { path: name, id: *id, text: text.clone() };
        }
        match self.tree.read(&real, MAX_FILE).and_then(|bytes| manifest::text_of(&bytes)) {
            Ok(text) => {
                let id = FileId(beside.next);
                beside.next += 1;
                beside.known.insert(name.clone(), (id, text.clone()));
                Found::File { path: name, id, text }
            }
            Err(why) => Found::Unreadable(why),
        }
    }
}

impl Files for Repository<'_> {
    fn documents(&self, id: FileId) -> Option<Arc<Documents>> {
        self.documents.get(&id).cloned()
    }

    fn find(&self, path: &str) -> Found {
        if let Some(index) = self.number(path) {
            return self.walked(index);
        }
        if self.directories.contains(path) {
            return Found::Directory { path: path.to_owned() };
        }
        self.on_disk(path)
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let known = self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        known.unwrap_or_else(|| {
            let names = self.list(path);
            self.entries
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(path.to_owned(), names.clone());
            names
        })
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.name_of(id)
    }

    fn charts(&self) -> Option<&dyn Charts> {
        Some(self)
    }
}

impl Bounded for Repository<'_> {
    fn budget(&self) -> Option<&Budget> {
        Some(&self.budget)
    }
}
