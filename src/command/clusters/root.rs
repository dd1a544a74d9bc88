//! The effective image configuration of one kustomization, each value with the place of the text that won.

use crate::command::Error;
use crate::config;
use crate::kustomize::{self, Cache};
use crate::machine::terminal::{escape, shown};
use crate::model::Resource;
use crate::placement::Repository;
use crate::read::crd::{Kind, Recognised};
use crate::read::discover;
use crate::read::manifest::{Manifest, Numbers};
use crate::report::clusters::objects::Printer;
use crate::report::nodes::place::at;
use crate::source::Sources;
use crate::yaml::Document;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prints the objects of the kustomization in a directory.
pub(super) fn run(path: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let (root, name) = place(path)?;
    let mut sources = Sources::default();
    // Nothing was walked. A file is read when the build names it.
    let repository = Repository::new(Some(root), &[], Numbers::default(), Vec::new(), &sources);
    let built = kustomize::build(&name, &repository, &Cache::default());
    repository.keep([], &mut sources);
    let built = built.map_err(|error| Error::Failed(explain(&error, &sources)))?;
    print(&built.objects, &built.left_out, &mut sources, out)
}

/// The root of the repository around a directory, and the name of the directory in it.
pub(super) fn place(path: &Path) -> Result<(PathBuf, String), Error> {
    let directory = path
        .canonicalize()
        .map_err(|error| Error::Failed(format!("cannot look at {}: {error}", shown(path))))?;
    // Outside of a repository, a user above the overlay also means the base beside it.
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let around = here.filter(|here| directory.starts_with(here)).unwrap_or_else(|| directory.clone());
    let root = discover::root_of(&[directory.clone(), around], &config::NAMES);
    let name = discover::name_of(&root, &directory);
    Ok((root, name))
}

/// Prints the image configuration among objects, and what they are made without.
pub(super) fn print(
    objects: &[Arc<Document>],
    left_out: &[kustomize::Error],
    sources: &mut Sources,
    out: &mut dyn Write,
) -> Result<(), Error> {
    for error in left_out {
        writeln!(out, "# left out: {}", explain(error, sources).replace('\n', "\n# "))?;
    }
    let all = &Manifest::of_build(objects.to_vec());
    let ours: Vec<&Manifest> = all.iter().filter(|manifest| is_ours(manifest, all)).collect();
    for resource in ours.iter().filter_map(|manifest| Resource::read((*manifest).clone(), None)) {
        for secret in resource.typed.secrets() {
            sources.hide(secret);
        }
    }
    for (number, manifest) in ours.iter().enumerate() {
        if number > 0 {
            writeln!(out, "---")?;
        }
        Printer::new(sources, out).object(manifest)?;
    }
    if ours.is_empty() {
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
        // Passwords are never printed.
        Recognised::Ours(Kind::PullSecret) | Recognised::Carrier(_) | Recognised::Other => false,
        Recognised::Ours(_) | Recognised::Suspect(_) => true,
    }
}

pub(super) fn explain(error: &kustomize::Error, sources: &Sources) -> String {
    let place = error.span.map_or_else(String::new, |span| format!("{}: ", at(sources, &[span])));
    let via = error.via.iter().map(|span| format!("\n  from {}", at(sources, &[*span])));
    format!("{place}{}{}", escape(&error.message), via.collect::<String>())
}
