//! `pullwarden init`: a commented configuration that fits what is found.

use super::Error;
use crate::cli::Init;
use crate::config::{self, Settings};
use crate::discover::{self, Roots};
use crate::mend;
use crate::model::Origin;
use crate::pipeline;
use crate::report::clusters::objects::quoted;
use crate::report::text::shown as path_shown;
use crate::source::Sources;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;

/// Writes the configuration, or prints it.
pub fn run(args: &Init, out: &mut dyn Write) -> Result<(), Error> {
    let path = args
        .path
        .canonicalize()
        .map_err(|error| Error::Failed(format!("cannot look at {}: {error}", path_shown(&args.path))))?;
    let root = discover::root_of(std::slice::from_ref(&path), &config::NAMES);
    let roots = Roots { root: root.clone(), paths: vec![root.clone()], stdin: None, respect_ignores: true };
    let mut sources = Sources::default();
    let repo = pipeline::read(pipeline::Walked::of(&roots), &Settings::default(), &mut sources);
    let mut found: Vec<Found> = Vec::new();
    for cluster in repo.clusters.iter().filter(|cluster| cluster.configures_images()) {
        // Several alternatives in one directory have its name.
        if found.last().is_none_or(|last| last.name != cluster.name) {
            found.push(Found { name: cluster.name.clone(), ..Found::default() });
        }
        let Some(last) = found.last_mut() else { continue };
        for (unit, _) in cluster.members() {
            match &unit.origin {
                Origin::Kustomization(root) | Origin::Rendered(root) => last.roots.insert(shown(root)),
                Origin::File(name) => last.paths.insert(match discover::directory(name) {
                    "" => name.clone(),
                    directory => directory.to_owned(),
                }),
                Origin::Stream => false,
            };
        }
    }
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
    mend::write_new(&target, &text)
        .map_err(|error| Error::Failed(format!("cannot write {}: {error}", path_shown(&target))))?;
    writeln!(out, "wrote {}", path_shown(&target))?;
    Ok(())
}

/// A cluster that was found, and where.
#[derive(Default)]
struct Found {
    name: String,
    roots: BTreeSet<String>,
    paths: BTreeSet<String>,
}

fn shown(directory: &str) -> String {
    if directory.is_empty() { ".".to_owned() } else { directory.to_owned() }
}

fn configuration(found: &[Found]) -> String {
    let mut text = String::from(
        "# pullwarden's configuration; `pullwarden schema config` describes every key.\n\
         \n\
         # `recommended`: what breaks, leaks or is deprecated; `strict`: also what a hardening guide asks for.\n\
         preset: recommended\n\
         \n\
         # The OpenShift release of all clusters, in quotes. Without it, what holds for the newest is reported.\n\
         # openshift: \"4.18\"\n\
         \n\
         # ocp, okd, rosa or aro: it decides which registries a cluster cannot do without.\n\
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
        text.push_str("# As far as paths and Argo CD tell, these are the clusters now (`pullwarden clusters` says why):\n# clusters:\n");
        for cluster in found {
            let name = discover::file_name(&cluster.name);
            let name = if name == "." { "cluster" } else { name };
            let _ = writeln!(text, "#   {}:", quoted(name));
            for (key, globs) in [("roots", &cluster.roots), ("paths", &cluster.paths)] {
                let globs: Vec<String> = globs.iter().map(|glob| quoted(glob)).collect();
                if !globs.is_empty() {
                    let _ = writeln!(text, "#     {key}: [{}]", globs.join(", "));
                }
            }
        }
    }
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
