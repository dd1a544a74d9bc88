//! `pullwarden init`: writes a commented configuration that matches the repository.

use super::Error;
use crate::cli::InitArgs;
use crate::config::{self, Overrides, Settings};
use crate::fix;
use crate::machine::terminal::shown as path_shown;
use crate::model::{Repo, Resource, UnitOrigin};
use crate::pipeline::{self, Walked};
use crate::read::discover::{self, Roots};
use crate::report::clusters::objects::quoted;
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;

/// Writes the configuration, or prints it.
pub fn run(args: &InitArgs, out: &mut dyn Write) -> Result<(), Error> {
    let path = args
        .path
        .canonicalize()
        .map_err(|error| Error::Failed(format!("cannot look at {}: {error}", path_shown(&args.path))))?;
    let root = discover::root_of(std::slice::from_ref(&path), &config::NAMES);
    let roots = Roots { root: root.clone(), paths: vec![root.clone()], stdin: None, respect_ignores: true };
    let found = proposed(&roots);
    let text = configuration(&found);
    if args.stdout {
        out.write_all(text.as_bytes())?;
        return Ok(());
    }
    if let Some(existing) = config::find(&root).map_err(Error::Failed)? {
        return Err(Error::Failed(format!(
            "there is a configuration already: {}; `pullwarden init --stdout` prints a new one",
            path_shown(&existing)
        )));
    }
    let target = root.join(config::NAMES[0]);
    fix::write_new(&target, &text)
        .map_err(|error| Error::Failed(format!("cannot write {}: {error}", path_shown(&target))))?;
    writeln!(out, "wrote {}", path_shown(&target))?;
    Ok(())
}

/// A cluster that was found, and its files.
#[derive(Clone, Default)]
struct Found {
    name: String,
    roots: BTreeSet<String>,
    paths: BTreeSet<String>,
}

/// A place in a file that reaches a cluster: the start of a resource or of the name of an image.
type Place = (String, u32);

/// How often a proposal that loses objects is corrected and tried again.
const TRIALS: usize = 3;

/// The clusters to propose: those that get the same objects with the proposal as without it. The configuration outranks
/// Argo CD and paths, so every proposal is tried.
fn proposed(roots: &Roots) -> Vec<Found> {
    let mut sources = Sources::default();
    let repo = pipeline::read_all(Walked::without_hidden(roots), &Settings::default(), &mut sources);
    let before = given(&repo, &sources);
    let mut found = clusters(&repo);
    for _ in 0..TRIALS {
        if found.is_empty() {
            break;
        }
        let mut sources = Sources::default();
        let text = plain(&found);
        let settings = config::parse(&text, config::NAMES[0], &Overrides::default(), &mut sources);
        let repo = pipeline::read_all(Walked::without_hidden(roots), &settings, &mut sources);
        let after = given(&repo, &sources);
        let keeps =
            |places: &BTreeSet<Place>| after.values().flatten().any(|other| other.is_superset(places));
        let lost: BTreeSet<&str> = (before.iter())
            .filter(|(_, all)| !all.iter().all(keeps))
            .map(|(name, _)| name.as_str())
            .collect();
        // Alternative files are not applied together, even if they share a name.
        let is_more = |found: &Found| {
            let known = before.get(&found.name);
            let is_known =
                |places: &BTreeSet<Place>| known.into_iter().flatten().any(|known| places.is_subset(known));
            !after.get(&found.name).into_iter().flatten().all(is_known)
        };
        let is_wrong = |found: &Found| lost.contains(found.name.as_str()) || is_more(found);
        if lost.is_empty() && !found.iter().any(is_more) {
            return found;
        }
        let kept: Vec<Found> = found.iter().filter(|found| !is_wrong(found)).cloned().collect();
        // An object that is lost is shared with a cluster of the proposal.
        found = if kept.len() == found.len() { Vec::new() } else { kept };
    }
    Vec::new()
}

/// The objects of each cluster, by the name of the cluster.
fn given(repo: &Repo, sources: &Sources) -> BTreeMap<String, Vec<BTreeSet<Place>>> {
    let place = |span: Span| (sources.get(span.file).map_or("", |file| &file.name).to_owned(), span.start);
    let mut given: BTreeMap<String, Vec<BTreeSet<Place>>> = BTreeMap::new();
    for cluster in repo.clusters.iter().filter(|cluster| cluster.configures_images()) {
        let images = cluster.workload_images().map(|(_, image)| image.image.span);
        let places = cluster.resources().map(Resource::span).chain(images).map(place).collect();
        given.entry(cluster.name.clone()).or_default().push(places);
    }
    given
}

/// The clusters with image configuration, each with all of its files.
fn clusters(repo: &Repo) -> Vec<Found> {
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for cluster in repo.clusters.iter().filter(|cluster| cluster.configures_images()) {
        // Alternatives in one directory all have the name of the directory.
        let entry = found.entry(&cluster.name).or_default();
        entry.name.clone_from(&cluster.name);
        for unit in cluster.units() {
            match &unit.origin {
                UnitOrigin::Kustomization(root) | UnitOrigin::Rendered(root) => {
                    entry.roots.insert(discover::shown(root).to_owned())
                }
                UnitOrigin::File(name) => entry.paths.insert(match discover::directory(name) {
                    "" => name.clone(),
                    directory => directory.to_owned(),
                }),
                UnitOrigin::Chart { .. } | UnitOrigin::Flux { .. } | UnitOrigin::Stream => false,
            };
        }
    }
    found.into_values().collect()
}

/// The proposal as the text of a configuration.
fn plain(found: &[Found]) -> String {
    let mut text = String::from("clusters:\n");
    for cluster in found {
        let _ = writeln!(text, "  {}:", quoted(&cluster.name));
        for (key, globs) in [("roots", &cluster.roots), ("paths", &cluster.paths)] {
            let globs: Vec<String> = globs.iter().map(|glob| quoted(glob)).collect();
            if !globs.is_empty() {
                let _ = writeln!(text, "    {key}: [{}]", globs.join(", "));
            }
        }
    }
    text
}

fn configuration(found: &[Found]) -> String {
    // Editors with the language server of YAML complete and check the keys.
    let mut text = format!("# yaml-language-server: $schema={}\n", config::schema_url());
    text.push_str(
        "# pullwarden's configuration; `pullwarden schema config` describes every key.\n\
         \n\
         # `recommended`: what breaks, leaks or is deprecated; `strict`: also what a hardening guide asks for.\n\
         preset: recommended\n\
         \n\
         # The OpenShift release of all clusters, in quotes. Without it, the newest release is assumed.\n\
         # openshift: \"4.18\"\n\
         \n\
         # ocp, okd, rosa or aro: it decides which registries a cluster needs.\n\
         # platform: ocp\n\
         \n\
         # The release image of the clusters, or its repository: nothing blocks it.\n\
         # release-image: registry.example.com/openshift/release-images\n\
         \n\
         # The clusters: the kustomizations (`roots`) and the files (`paths`) that reach each. The others are grouped by\n\
         # what their paths say, and what takes two of them to be wrong weighs less.\n",
    );
    if found.is_empty() {
        text.push_str(
            "# clusters:\n#   prod:\n#     roots: [overlays/prod]\n#     paths: [clusters/prod, common]\n#     openshift: \"4.18\"\n",
        );
    } else {
        text.push_str(
            "# As far as paths and Argo CD tell, these are the clusters now (`pullwarden clusters` says why):\n",
        );
        for line in plain(found).lines() {
            let _ = writeln!(text, "# {line}");
        }
    }
    text.push_str(
        "\n# Charts that something outside of this repository applies, such as a pipeline; `pullwarden clusters` lists charts that\n\
         # nothing here applies.\n\
         # charts:\n\
         #   - root: charts/mirrors\n\
         #     values-files: values/prod.yaml\n\
         #     cluster: prod\n",
    );
    text.push_str(
        "\n# Rules by id: `error`, `warning`, `note` or `off`, or a map with `severity` and the rule's options;\n\
         # `pullwarden rules` lists them, `pullwarden explain RULE` tells all about one.\n\
         rules: {}\n\
         #   deprecated-icsp: error\n\
         #   payload-registry-not-allowed:\n\
         #     registries: [registry.example.com/platform]\n\
         \n\
         # What is not to be reported, and why. In a manifest, `# pullwarden: ignore[rule-id] reason` does the same.\n\
         ignore: []\n\
         #   - rule: deprecated-icsp\n\
         #     path: clusters/old\n\
         #     reason: retired in spring\n\
         #     until: 2027-03-31\n\
         \n\
         # Files that are not looked at.\n\
         # exclude: [test/**]\n",
    );
    text
}
