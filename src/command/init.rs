//! `pullwarden init`: a commented configuration that fits what is found.

use super::Error;
use crate::cli::Init;
use crate::config::{self, Settings};
use crate::discover::{self, Roots};
use crate::pipeline;
use crate::source::Sources;
use std::fmt::Write as _;
use std::io::Write;

/// Writes the configuration, or prints it.
pub fn run(args: &Init, out: &mut dyn Write) -> Result<(), Error> {
    let path = args
        .path
        .canonicalize()
        .map_err(|error| Error::Failed(format!("cannot look at {}: {error}", args.path.display())))?;
    let root = discover::root_of(std::slice::from_ref(&path), &config::NAMES);
    let roots = Roots { root: root.clone(), paths: vec![root.clone()], stdin: None, respect_ignores: true };
    let mut sources = Sources::default();
    let repo = pipeline::read(discover::walk(&roots).into(), &Settings::default(), &mut sources);
    let directories: Vec<&str> = repo
        .clusters
        .iter()
        .filter(|cluster| cluster.resources().any(crate::model::Resource::is_image_configuration))
        .map(|cluster| cluster.name.as_str())
        .collect();
    let text = configuration(&directories);
    if args.stdout {
        out.write_all(text.as_bytes())?;
        return Ok(());
    }
    if let Some(existing) = config::find(&root) {
        return Err(Error::Failed(format!(
            "there is a configuration already: {}; `pullwarden init --stdout` prints a new one",
            existing.display()
        )));
    }
    let target = root.join(config::NAMES[0]);
    let written = std::fs::File::create_new(&target).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Error::Failed(format!("cannot write {}: {error}", target.display())))?;
    writeln!(out, "wrote {}", target.display())?;
    Ok(())
}

fn configuration(directories: &[&str]) -> String {
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
         # The clusters and the files that reach each. Files of no cluster are grouped by directory, and what takes\n\
         # two of them to be wrong weighs less.\n",
    );
    if directories.is_empty() {
        text.push_str(
            "# clusters:\n#   prod:\n#     paths: [clusters/prod, base]\n#     openshift: \"4.18\"\n",
        );
    } else {
        text.push_str("# These directories hold image configuration now:\n# clusters:\n");
        let mut seen = std::collections::BTreeSet::new();
        for directory in directories {
            if !seen.insert(directory) {
                continue;
            }
            let name = directory.rsplit('/').next().unwrap_or(directory);
            let name = if name == "." { "cluster" } else { name };
            let glob =
                if *directory == "." { "\"*\"".to_owned() } else { crate::yaml::edit::scalar(directory) };
            let _ = writeln!(text, "#   {}:\n#     paths: [{glob}]", crate::yaml::edit::scalar(name));
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
