//! Finds paths of Applications that are missing from this repository. An Application belongs to this repository if
//! paths with the same URL and revision exist here.

use super::found::Found;
use super::stage::Stage;
use crate::kustomize::{self, Files};
use crate::model::MissingPath;
use crate::read::crd::schema::nearest;
use crate::source::Span;
use argo_apps::Application;
use std::collections::{BTreeMap, BTreeSet};

/// The paths of one repository, as Applications name them.
#[derive(Default)]
struct Known {
    /// The existing paths, each with a place that names it.
    here: BTreeMap<String, Span>,
    /// The missing paths.
    missing: BTreeSet<String>,
}

/// The paths that are missing from this repository.
pub(super) fn paths(units: &[Found], stage: &Stage<'_, '_>) -> Vec<MissingPath> {
    if units.iter().all(|unit| unit.missing.is_empty()) || stage.repository.is_part() {
        return Vec::new();
    }
    let mut known: BTreeMap<(String, &str), Known> = BTreeMap::new();
    let applications = units.iter().flat_map(|unit| &unit.applications);
    for source in applications.flat_map(|application: &Application| &application.sources) {
        let own = known.entry((same(&source.repo_url), revision(&source.revision))).or_default();
        // The root exists in every repository.
        if !source.path.is_empty() {
            own.here.entry(source.path.clone()).or_insert(source.span);
        }
    }
    let all = || units.iter().flat_map(|unit| &unit.missing);
    for missing in all() {
        if let Some(own) = known.get_mut(&(same(&missing.repo_url), revision(&missing.revision))) {
            own.missing.insert(missing.path.clone());
        }
    }
    let mut found = Vec::new();
    for missing in all() {
        let Some(own) = known.get(&(same(&missing.repo_url), revision(&missing.revision))) else { continue };
        // One or two paths of another repository may exist here by chance.
        let is_own = own.here.len() >= own.missing.len() && own.here.keys().any(|path| path.contains('/'));
        let path = kustomize::join("", &missing.path);
        let is_there =
            path.is_none_or(|path| !matches!(stage.repository.find(&path), kustomize::Found::Missing));
        if let Some((_, other)) = own.here.iter().next().filter(|_| is_own && !is_there) {
            found.push(MissingPath {
                span: missing.span,
                application: missing.name.clone(),
                path: missing.path.clone(),
                other: *other,
                near: nearest(&missing.path, stage.repository.directories()).map(str::to_owned),
            });
        }
    }
    found
}

/// The revision; an empty revision means `HEAD`.
fn revision(written: &str) -> &str {
    if written == "HEAD" { "" } else { written }
}

/// The identity of a repository: host and path, independent of the protocol.
pub(super) fn same(url: &str) -> String {
    let url = url.trim().trim_end_matches('/').trim_end_matches(".git");
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let url = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    url.replacen(':', "/", 1).to_lowercase()
}
