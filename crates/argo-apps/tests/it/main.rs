//! What Argo CD's applications and their sets are read as. The expectations follow the examples and the rules of
//! `docs/operator-manual/applicationset/` in argoproj/argo-cd.

mod application;
mod bounds;
mod clusters;
mod combine;
mod generators;
mod helm;
mod template;

use argo_apps::{Application, Destination, Listing, Read};
use spanned_yaml::Document;
use spanned_yaml::FileId;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// A repository in memory; file 0 is the manifest.
#[derive(Default)]
struct Memory {
    directories: Vec<String>,
    files: Vec<String>,
    texts: Vec<Arc<str>>,
}

impl Memory {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut files = files.to_vec();
        files.sort_unstable();
        let mut directories = BTreeSet::new();
        for (name, _) in &files {
            directories.extend(name.match_indices('/').map(|(at, _)| name[..at].to_owned()));
        }
        Self {
            directories: directories.into_iter().collect(),
            files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
            texts: files.iter().map(|(_, text)| Arc::from(*text)).collect(),
        }
    }

    /// Directories that hold one manifest each.
    fn directories(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| format!("{name}/a.yaml")).collect();
        Self::of(&names.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>())
    }
}

impl Listing for Memory {
    fn directories(&self) -> &[String] {
        &self.directories
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let at = self.files.binary_search_by(|file| file.as_str().cmp(path)).ok()?;
        Some((FileId(at as u32 + 1), Arc::clone(&self.texts[at])))
    }
}

fn document(text: &str) -> Document {
    let mut documents = Vec::new();
    spanned_yaml::parse(FileId(0), &text.into(), |document| documents.push(document.expect("a manifest")));
    documents.remove(0)
}

fn read(text: &str, repository: &Memory) -> Read {
    argo_apps::read(document(text).root(), repository).expect("a manifest of Argo CD")
}

/// A line for each application: `name: path, path -> cluster`.
fn show(read: &Read) -> String {
    let line = |application: &Application| {
        let paths: Vec<String> =
            application.sources.iter().map(|source| format!("{:?}", source.path)).collect();
        let destination = match &application.destination {
            Destination::InCluster => "in-cluster".to_owned(),
            Destination::Cluster(name) => format!("cluster {name}"),
            Destination::Selection(words) => format!("[{words}]"),
        };
        format!("{}: {} -> {destination}", application.name, paths.join(", "))
    };
    read.applications.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn left_out(read: &Read, text: &str) -> String {
    let mut lines = String::new();
    for (span, message) in &read.left_out {
        let place = text[span.range()].lines().next().unwrap_or("");
        writeln!(lines, "{place} | {message}").expect("a string");
    }
    lines
}

/// An `ApplicationSet` of these generators and this template.
fn set(go: bool, generators: &str, path: &str, destination: &str) -> String {
    let generators = generators.trim_matches('\n').replace('\n', "\n  ");
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: all\nspec:\n  goTemplate: {go}\n  \
         generators:\n  {generators}\n  template:\n    metadata:\n      name: app\n    spec:\n      source:\n        \
         repoURL: https://example.com/repo.git\n        path: '{path}'\n      destination:\n        {destination}\n"
    )
}

#[track_caller]
fn expect(text: &str, repository: &Memory, expected: &str) {
    let read = read(text, repository);
    assert_eq!(show(&read), expected, "\n{text}\n{:#?}", read.left_out);
}

#[track_caller]
fn expect_all(text: &str, repository: &Memory, expected: &str) {
    expect(text, repository, expected);
    let read = read(text, repository);
    assert_eq!(read.left_out, [], "\n{text}");
}

fn application(spec: &str) -> String {
    let spec = spec.trim_matches('\n').replace('\n', "\n  ");
    format!("apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: one\nspec:\n  {spec}\n")
}
