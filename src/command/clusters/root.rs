//! The effective image configuration of one kustomization, each value with the place of the text that won.

use crate::command::Error;
use crate::config;
use crate::crd::{Kind, Recognised};
use crate::discover;
use crate::kustomize::{self, Cache, Files, Found};
use crate::manifest::Manifest;
use crate::report::clusters::objects::Printer;
use crate::report::text::escape;
use crate::source::{FileId, Source, Sources, Span};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The largest file that a kustomization may name, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// Prints the objects of the kustomization in a directory.
pub(super) fn run(path: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let shown = path.display();
    let directory =
        path.canonicalize().map_err(|error| Error::Failed(format!("cannot look at {shown}: {error}")))?;
    // Outside of a repository, whoever stands above the overlay means the base beside it, too.
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let around = here.filter(|here| directory.starts_with(here)).unwrap_or_else(|| directory.clone());
    let root = discover::root_of(&[directory.clone(), around], &config::NAMES);
    let name = discover::name_of(&root, &directory);
    let disk = Disk { root, sources: Mutex::default(), known: Mutex::default() };
    let built = kustomize::build(&name, &disk, &Cache::default())
        .map_err(|error| Error::Failed(disk.explain(&error)))?;
    for error in &built.left_out {
        writeln!(out, "# left out: {}", disk.explain(error).replace('\n', "\n# "))?;
    }
    let all = &built.manifests;
    let mut is_first = true;
    for manifest in all.iter().filter(|manifest| is_ours(manifest, all)) {
        if !is_first {
            writeln!(out, "---")?;
        }
        is_first = false;
        Printer { place: &|span| disk.place(span), secrets: Vec::new(), out }.object(manifest)?;
    }
    if is_first {
        writeln!(out, "# {} objects, none of them image configuration", all.len())?;
    }
    Ok(())
}

/// Whether an object is image configuration, or a ConfigMap of registry CAs that one names.
fn is_ours(manifest: &Manifest, all: &[Manifest]) -> bool {
    match manifest.recognise() {
        Recognised::Ours(Kind::ConfigMap) => {
            let names_it = |other: &Manifest| {
                let spec = other.root().get("spec");
                let named =
                    spec.and_then(|spec| spec.get("additionalTrustedCA")).and_then(|ca| ca.get_str("name"));
                matches!(other.recognise(), Recognised::Ours(Kind::Image)) && named == Some(manifest.name())
            };
            manifest.namespace() == "openshift-config" && all.iter().any(names_it)
        }
        // Nobody asks for passwords to be printed.
        Recognised::Ours(Kind::PullSecret) | Recognised::Carrier(_) | Recognised::Other => false,
        Recognised::Ours(_) | Recognised::Suspect(_) => true,
    }
}

/// The files below the root of the repository, and nothing else.
struct Disk {
    root: PathBuf,
    sources: Mutex<Sources>,
    known: Mutex<HashMap<PathBuf, (FileId, Arc<str>)>>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Files for Disk {
    fn find(&self, path: &str) -> Found {
        // A link may lead anywhere; what counts is where it ends.
        let Ok(real) = self.root.join(path).canonicalize() else { return Found::Missing };
        if !real.starts_with(&self.root) {
            return Found::Outside;
        }
        let name = discover::name_of(&self.root, &real);
        if real.is_dir() {
            return Found::Directory { path: name };
        }
        let known = lock(&self.known).get(&real).cloned();
        match known.map_or_else(|| self.read(&real, &name), Ok) {
            Ok((id, text)) => Found::File { path: name, id, text },
            Err(why) => Found::Unreadable(why),
        }
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let Found::Directory { path } = self.find(path) else { return Vec::new() };
        let entries = std::fs::read_dir(self.root.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).get(id).map(|source| source.name.clone())
    }
}

impl Disk {
    fn read(&self, real: &Path, name: &str) -> Result<(FileId, Arc<str>), String> {
        let metadata = real.metadata().map_err(|error| format!("cannot be read: {error}"))?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return Err("is no file of a usual size and is not read".into());
        }
        let bytes = std::fs::read(real).map_err(|error| format!("cannot be read: {error}"))?;
        let text: Arc<str> =
            String::from_utf8(bytes).map_err(|_| "is not a text in UTF-8".to_owned())?.into();
        let id = lock(&self.sources).add(Source::new(name.to_owned(), text.clone()));
        lock(&self.known).insert(real.to_path_buf(), (id, text.clone()));
        Ok((id, text))
    }

    /// `file:line` of a place.
    fn place(&self, span: Span) -> Option<String> {
        let sources = lock(&self.sources);
        let source = sources.get(span.file)?;
        Some(format!("{}:{}", escape(&source.name), source.position(span.start).line))
    }

    fn explain(&self, error: &kustomize::Error) -> String {
        let place =
            error.span.and_then(|span| self.place(span)).map_or_else(String::new, |place| place + ": ");
        let via =
            error.via.iter().filter_map(|span| self.place(*span)).map(|place| format!("\n  from {place}"));
        format!("{place}{}{}", escape(&error.message), via.collect::<String>())
    }
}
