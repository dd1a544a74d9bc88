//! `pullwarden policy new`: writes a policy, its test and a fixture, which run at once.

use super::super::Error;
use crate::cli::PolicyNewArgs;
use crate::fix;
use crate::machine::terminal::shown;
use crate::policy::InputKind;
use std::io::{ErrorKind, Write};

/// Writes the three files.
pub fn run(args: &PolicyNewArgs, out: &mut dyn Write) -> Result<(), Error> {
    let name = &args.name;
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__");
    if !is_word {
        return Err(Error::Failed(format!(
            "`{}` is not a valid name for a policy; write small letters, digits and `_`, as in `our_mirrors`",
            crate::machine::terminal::escape(name)
        )));
    }
    let (policy, test, fixture) = match args.input {
        InputKind::Object => (OBJECT, OBJECT_TEST, OBJECT_FIXTURE),
        InputKind::Cluster => (CLUSTER, CLUSTER_TEST, CLUSTER_FIXTURE),
        InputKind::Review | InputKind::Combined => {
            return Err(Error::Failed(
                "`review` and `combined` are for policies of Gatekeeper and Conftest; a new policy reads an `object` or a `cluster`"
                    .into(),
            ));
        }
    };
    let files = [
        (args.dir.join(format!("{name}.rego")), policy),
        (args.dir.join(format!("{name}_test.rego")), test),
        (args.dir.join("fixtures").join(format!("{name}.yaml")), fixture),
    ];
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(Error::Failed(format!("{} is there already; nothing was written", shown(path))));
    }
    for (path, text) in &files {
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists => Error::Failed(format!("{} is there already", shown(path))),
            _ => Error::Failed(format!("cannot write {}: {error}", shown(path))),
        };
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        fix::write_new(path, &text.replace("NAME", name)).map_err(failed)?;
        writeln!(out, "wrote {}", shown(path))?;
    }
    let directory = shown(&args.dir);
    let input = match args.input {
        InputKind::Object | InputKind::Review | InputKind::Combined => "",
        InputKind::Cluster => "\n    input: cluster",
    };
    writeln!(
        out,
        "\nTest it:\n  pullwarden policy test {directory}\n\nHave `pullwarden check` run it, in .pullwarden.yaml:\n  \
         policies:\n  - path: {directory}{input}"
    )?;
    Ok(())
}

const OBJECT: &str = r#"package main

# METADATA
# title: Mirrors are ours
# description: |
#   Say here what goes wrong without this rule.
# custom:
#   severity: error
#   help: name a mirror below mirror.example.com
deny_NAME contains {"msg": msg, "path": path} if {
	input.kind == "ImageDigestMirrorSet"
	some i, rule in input.spec.imageDigestMirrors
	some j, mirror in rule.mirrors
	not startswith(mirror, "mirror.example.com/")
	msg := sprintf("`%s` is not our mirror", [mirror])
	path := ["spec", "imageDigestMirrors", i, "mirrors", j]
}
"#;

const OBJECT_TEST: &str = r#"package main

test_NAME_denies_others if {
	some result in deny_NAME with input as data.fixtures.NAME.bad
	result.msg == "`quay.io/team` is not our mirror"
}

test_NAME_allows_ours if {
	count(deny_NAME) == 0 with input as data.fixtures.NAME.good
}
"#;

const OBJECT_FIXTURE: &str = r"NAME:
  good:
    apiVersion: config.openshift.io/v1
    kind: ImageDigestMirrorSet
    metadata:
      name: mirrors
    spec:
      imageDigestMirrors:
      - source: registry.example.org/team
        mirrors: [mirror.example.com/team]
  bad:
    apiVersion: config.openshift.io/v1
    kind: ImageDigestMirrorSet
    metadata:
      name: mirrors
    spec:
      imageDigestMirrors:
      - source: registry.example.org/team
        mirrors: [quay.io/team]
";

const CLUSTER: &str = r#"package main

# METADATA
# title: Images come from our mirrors
# description: |
#   Say here what goes wrong without this rule.
# custom:
#   severity: error
deny_NAME contains {"msg": msg, "object": object, "path": path} if {
	some image in input.images
	some place in image.tried
	not place.blocked
	not startswith(place.location, "mirror.example.com")
	object := image.object
	path := image.path
	msg := sprintf("`%s` may be pulled from `%s`", [image.spec, place.location])
}
"#;

const CLUSTER_TEST: &str = r#"package main

test_NAME_denies_others if {
	some result in deny_NAME with input as data.fixtures.NAME.bad
	result.msg == "`quay.io/team/web:1` may be pulled from `quay.io`"
}

test_NAME_allows_ours if {
	count(deny_NAME) == 0 with input as data.fixtures.NAME.good
}
"#;

const CLUSTER_FIXTURE: &str = r"# `pullwarden policy input --cluster NAME` prints what a cluster of yours looks like.
NAME:
  good:
    images:
    - spec: quay.io/team/web:1
      object: {apiVersion: apps/v1, kind: Deployment, namespace: shop, name: web}
      path: spec.template.spec.containers[0].image
      tried:
      - {reference: mirror.example.com/team/web:1, location: mirror.example.com/team, mirror: true, blocked: false}
  bad:
    images:
    - spec: quay.io/team/web:1
      object: {apiVersion: apps/v1, kind: Deployment, namespace: shop, name: web}
      path: spec.template.spec.containers[0].image
      tried:
      - {reference: quay.io/team/web:1, location: quay.io, mirror: false, blocked: false}
";
