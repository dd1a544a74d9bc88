//! `pullwarden render`: shows the files on the nodes of each cluster.

use super::check::Exit;
use super::{Error, nodes};
use crate::cli::{RenderArgs, TableFormat};
use crate::fix;
use crate::machine::disk;
use crate::machine::terminal::{escape, is_unprintable, shown};
use crate::node::{self, PolicyJson, RELEASE_KEY};
use crate::report::Style;
use crate::report::nodes::{ClusterNodes, Gaps, render_json, render_text};
use crate::source::Sources;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// Prints the files, or writes them into a directory.
pub fn run(
    args: &RenderArgs,
    style: &Style,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Error> {
    let read = nodes::read(&args.path, &args.clusters)?;
    let views = read.views(args.clusters.cluster.as_deref())?;
    match (&args.output, args.format) {
        (Some(directory), _) => {
            write_files(directory, &views, &read.gaps, &read.sources, style, out)?;
            without_key(&views, err)?;
        }
        (None, TableFormat::Text) => {
            render_text::write(&views, &read.gaps, &read.sources, style, out)?;
        }
        (None, TableFormat::Json) => render_json::write(&views, &read.gaps, &read.sources, out)?,
    }
    read.is_whole()?;
    let whole = !read.gaps.in_manifests && views.iter().all(ClusterNodes::works);
    Ok(if whole { Exit::Clean } else { Exit::Dirty })
}

/// Writes the files of each cluster that has any. The directory must be new or empty: nothing is overwritten, no link
/// is followed, and no file of an earlier run is left between the new ones.
fn write_files(
    directory: &Path,
    views: &[ClusterNodes<'_>],
    gaps: &Gaps,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let mut known = std::collections::HashSet::new();
    if let Some(twice) = views.iter().map(|view| &view.cluster.name).find(|name| !known.insert(name.as_str()))
    {
        return Err(Error::Failed(format!(
            "there are several clusters `{}`, as documents beside a template stand alone; name the cluster in the \
             configuration",
            escape(twice)
        )));
    }
    let below: Vec<PathBuf> = match views {
        [_] => vec![PathBuf::new()],
        views => directories(views.iter().map(|view| view.cluster.name.as_str())),
    };
    let failed =
        |path: &Path, error: &std::io::Error| Error::Failed(format!("cannot write {}: {error}", shown(path)));
    // All names are checked before the first file is written, so that no directory is half full.
    let mut all: Vec<Vec<(PathBuf, Text<'_>)>> = Vec::new();
    for (view, below) in views.iter().zip(below) {
        let texts = view.nodes.files.as_ref().map_or_else(|_| Vec::new(), written);
        let named = texts.into_iter().map(|(path, text)| {
            let path = directory.join(&below).join(path.trim_start_matches('/'));
            let is_path = is_below(directory, &path) && !path.to_string_lossy().chars().any(is_unprintable);
            if is_path {
                Ok((path, text))
            } else {
                Err(Error::Failed(format!("{} is not a path", shown(&path))))
            }
        });
        all.push(named.collect::<Result<_, _>>()?);
    }
    if disk::leads_away(directory) {
        let directory = shown(directory);
        return Err(Error::Failed(format!(
            "{directory} leads elsewhere by a link; name the directory itself"
        )));
    }
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    if fs::read_dir(directory).map_err(|error| failed(directory, &error))?.next().is_some() {
        return Err(Error::Failed(format!(
            "{} is not empty; name a new directory, or remove this one first",
            shown(directory)
        )));
    }
    render_text::gaps(gaps, sources, "", out)?;
    for (view, texts) in views.iter().zip(all) {
        let Ok(files) = &view.nodes.files else {
            render_text::cluster(view, sources, style, out)?;
            continue;
        };
        for (path, text) in texts {
            let directories = path.parent().map_or(Ok(()), fs::create_dir_all);
            let written = directories.and_then(|()| fix::write_new(&path, &text.written()));
            written.map_err(|error| failed(&path, &error))?;
            writeln!(out, "wrote {}", shown(&path))?;
        }
        render_text::load_errors(files, sources, style, out)?;
        render_text::node_files(view, sources, style, out)?;
    }
    Ok(())
}

/// Warns that the files lack the key of the image policy of the release, so that nobody copies them to a node.
fn without_key(views: &[ClusterNodes<'_>], err: &mut dyn Write) -> Result<(), Error> {
    if views.iter().any(|view| view.image_policy_assumed() && view.nodes.files.is_ok()) {
        writeln!(
            err,
            "note: `policy.json` has `{RELEASE_KEY}` where the nodes have the public key of the release, so no runtime loads \
             this file; `oc get clusterimagepolicy openshift -o yaml` shows the key, which `policy.json` holds in base64"
        )?;
    }
    Ok(())
}

/// The text of a file. Large ones are built when they are written.
enum Text<'f> {
    Made(String),
    Policy(&'f PolicyJson),
}

impl Text<'_> {
    fn written(self) -> String {
        match self {
            Self::Made(text) => text,
            Self::Policy(policy) => policy.to_json(),
        }
    }
}

/// The files of a node with their texts, in the order of their paths.
fn written(files: &node::Files) -> Vec<(String, Text<'_>)> {
    let mut texts = files.written_for_all();
    // If nothing configures these two, a node has them as they were shipped.
    texts.entry(node::REGISTRIES_CONF.into()).or_insert_with(|| files.registries_conf.to_toml());
    texts.entry(node::POLICY_JSON.into()).or_insert_with(|| files.policy_json.to_json());
    let texts = texts.into_iter().map(|(path, text)| (path, Text::Made(text)));
    let of_namespaces = files.namespaced_policies.iter();
    let of_namespaces =
        of_namespaces.map(|(namespace, policy)| (node::path_of(namespace), Text::Policy(policy)));
    let mut all: Vec<_> = texts.chain(of_namespaces).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

/// A directory for each cluster: its name, if the name is a plain path.
fn directories<'n>(names: impl Iterator<Item = &'n str>) -> Vec<PathBuf> {
    // Some file systems ignore case.
    let mut taken = std::collections::HashSet::new();
    let mut free = |name: &str| taken.insert(name.to_lowercase());
    let directories = names.map(|name| {
        let plain = if is_plain(name) { name.to_owned() } else { slug(name) };
        let mut number = 2;
        let mut found = plain.clone();
        while !free(&found) {
            found = format!("{plain}-{number}");
            number += 1;
        }
        PathBuf::from(found)
    });
    directories.collect()
}

/// Whether a name is a plain relative path.
fn is_plain(name: &str) -> bool {
    let plain = |part: Component<'_>| match part {
        Component::Normal(part) => {
            let part = part.to_string_lossy();
            part.len() <= LONGEST && !part.contains(['\\', ':']) && !part.chars().any(is_unprintable)
        }
        part => part == Component::CurDir,
    };
    !name.is_empty() && Path::new(name).components().all(plain)
}

/// The longest name of a directory, in bytes.
const LONGEST: usize = 200;

/// A plain name for a cluster whose name is the address of its API, or a selection.
fn slug(name: &str) -> String {
    let name = name.strip_prefix("https://").or(name.strip_prefix("http://")).unwrap_or(name);
    let mut slug = String::new();
    for part in name.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        let part = part.trim_matches(['.', '_']);
        if !part.is_empty() && slug.len() + part.len() < LONGEST {
            slug.push_str(if slug.is_empty() { "" } else { "_" });
            slug.push_str(part);
        }
    }
    if slug.is_empty() { "cluster".to_owned() } else { slug }
}

/// Whether a path stays below a directory; namespaces are names of files, too.
fn is_below(directory: &Path, path: &Path) -> bool {
    let rest = path.strip_prefix(directory);
    rest.is_ok_and(|rest| {
        rest.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cluster_has_a_directory_of_its_own() {
        let names = [
            "prod",
            "emea/prod",
            "https://api.prod.example:6443",
            "https://api.prod.example/6443",
            "clusters with `env=prod`",
            "Prod",
            "../../etc",
            "/etc",
            "",
            "..",
            "a\u{1b}[31m",
        ];
        let due = [
            "prod",
            "emea/prod",
            "api.prod.example_6443",
            "api.prod.example_6443-2",
            "clusters with `env=prod`",
            "Prod-2",
            "etc",
            "etc-2",
            "cluster",
            "cluster-2",
            "a_31m",
        ];
        assert_eq!(directories(names.into_iter()), due.map(PathBuf::from));
    }
}
