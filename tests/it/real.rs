//! Against the real thing: skopeo, given the files that are rendered, asks exactly the places that are resolved.
//!
//! Runs where Debian's `skopeo` and `docker-registry` are installed (`.ci/install-real-pulls`), and says so where it is
//! skipped; with `REAL_PULLS=required` in the environment it fails instead.

#![allow(clippy::print_stdout, reason = "the test says what it has done")]

use crate::registry::{Server, image};
use pullwarden::model::{Cluster, Resource, Standing};
use pullwarden::node::{self, Nodes};
use pullwarden::openshift::Version;
use pullwarden::pull::{Resolution, Resolver};
use pullwarden::read::manifest::{Form, Manifest};
use pullwarden::source::FileId;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

/// The three registries and the image in them.
struct Lab {
    directory: PathBuf,
    servers: Vec<Server>,
    digest: String,
}

/// Where the image is: in two mirrors and at the source.
const HELD: [(usize, &str); 3] = [(0, "hit/app"), (1, "hit/app"), (2, "src/app")];

impl Lab {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real");
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("a directory");
        let servers = ["a", "b", "c"].map(|name| Server::start(&directory, name)).into();
        let digest = image(&directory.join("image"));
        let lab = Self { directory, servers, digest };
        for (server, repository) in HELD {
            let to = format!("docker://{}/{repository}:v1", lab.servers[server].address);
            let layout = format!("oci:{}:v1", lab.directory.join("image").display());
            let done = lab.skopeo(&["--insecure-policy", "copy", "--dest-tls-verify=false", &layout, &to]);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        lab
    }

    fn skopeo(&self, args: &[&str]) -> Output {
        Command::new("skopeo")
            .args(["--debug", "--command-timeout", "30s"])
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.directory)
            .stdin(Stdio::null())
            .output()
            .expect("skopeo runs")
    }

    /// `{a}`, `{b}` and `{c}` are the registries, `{digest}` the image's digest.
    fn fill(&self, text: &str) -> String {
        let names = ["{a}", "{b}", "{c}"].into_iter().zip(&self.servers);
        let text = names.fold(text.to_owned(), |text, (name, server)| text.replace(name, &server.address));
        text.replace("{digest}", &self.digest)
    }

    fn holds(&self, reference: &str) -> bool {
        HELD.iter().any(|(server, repository)| {
            let name = format!("{}/{repository}", self.servers[*server].address);
            reference == format!("{name}:v1") || reference == format!("{name}@{}", self.digest)
        })
    }

    /// Pulls for real, and compares.
    fn compare(&self, manifests: &str, image: &str) -> Seen {
        let (manifests, image) = (self.fill(manifests), self.fill(image));
        let nodes = nodes(&manifests);
        let files = nodes.files.as_ref().unwrap_or_else(|stop| panic!("{stop}\n{manifests}"));
        let (conf, policy) = (self.directory.join("registries.conf"), self.directory.join("policy.json"));
        fs::write(&conf, files.registries_conf.to_toml()).expect("written");
        fs::write(&policy, files.policy_json.to_json()).expect("written");
        let resolution = Resolver::new(&nodes).expect("files").resolve(&image);
        let target = self.directory.join("pulled");
        let _ = fs::remove_dir_all(&target);
        let (conf, policy) = (conf.to_str().expect("UTF-8"), policy.to_str().expect("UTF-8"));
        let (from, to) = (format!("docker://{image}"), format!("dir:{}", target.display()));
        let output = self.skopeo(&["--registries-conf", conf, "--policy", policy, "copy", &from, &to]);
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let due = self.due(&resolution);
        let seen = Seen::read(&log, output.status.success());
        assert_eq!(seen, due, "{image}\n{manifests}\n{log}");
        seen
    }

    /// What skopeo has to do, by what is resolved and what the registries hold.
    fn due(&self, resolution: &Resolution) -> Seen {
        let mut seen = Seen::default();
        let mut found = false;
        for source in &resolution.sources {
            seen.tried.push(source.reference.clone());
            if source.blocked_by.is_some() {
                seen.blocked.push(source.reference.clone());
            } else if source.insecure && self.holds(&source.reference) {
                found = true;
                break;
            }
        }
        let refused = resolution.policy.as_ref().and_then(pullwarden::pull::Policy::error);
        seen.refused = found && refused.is_some();
        seen.pulled = found && refused.is_none();
        seen
    }
}

/// What happened to a pull.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// The places that were tried, in order.
    tried: Vec<String>,
    /// Those of them that nobody was asked at, since they are blocked.
    blocked: Vec<String>,
    /// Whether the policy refused what was found.
    refused: bool,
    /// Whether the image came.
    pulled: bool,
}

impl Seen {
    fn read(log: &str, pulled: bool) -> Self {
        let mut seen = Self { pulled, ..Self::default() };
        for line in log.lines() {
            let quoted = |lead: &str| line.split_once(lead)?.1.split_once("\\\"");
            if let Some((place, _)) = quoted("msg=\"Trying to access \\\"") {
                seen.tried.push(place.to_owned());
            }
            let failed = quoted("msg=\"Accessing \\\"");
            if let Some((place, _)) = failed.filter(|(_, why)| why.contains(" is blocked in ")) {
                seen.blocked.push(place.to_owned());
            }
            seen.refused |= line.contains("is rejected by policy.");
        }
        seen
    }
}

fn nodes(manifests: &str) -> Nodes {
    let mut resources = Vec::new();
    pullwarden::yaml::parse(FileId(0), &Arc::from(manifests), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        resources
            .extend(Resource::read(Manifest::new(Arc::new(document), 0, Form::Applied), None).map(Arc::new));
    });
    let mut cluster = Cluster::new("lab".into(), Standing::Exact, resources);
    // Later releases bring an image policy whose key nobody has here, and skopeo reads no policy without it.
    cluster.openshift = Some(Version::new(4, 20));
    node::render(&cluster)
}

fn image_config(insecure: &str, rest: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources:\n    insecureRegistries: [{insecure}]\n{rest}"
    )
}

fn mirrors(digest: bool, source: &str, mirrors: &str, never: bool) -> String {
    let (kind, list) = if digest {
        ("ImageDigestMirrorSet", "imageDigestMirrors")
    } else {
        ("ImageTagMirrorSet", "imageTagMirrors")
    };
    let policy = if never { "\n    mirrorSourcePolicy: NeverContactSource" } else { "" };
    format!(
        "---\napiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata: {{name: m}}\nspec:\n  {list}:\n  - source: {source}\n    mirrors: [{mirrors}]{policy}\n"
    )
}

const ALL: &str = "\"{a}\", \"{b}\", \"{c}\"";
const BY_TAG: &str = "{c}/src/app:v1";
const BY_DIGEST: &str = "{c}/src/app@{digest}";

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

#[test]
fn skopeo_asks_where_we_say() {
    if !["skopeo", "docker-registry"].into_iter().all(is_installed) {
        assert_ne!(
            std::env::var("REAL_PULLS").as_deref(),
            Ok("required"),
            "skopeo or docker-registry is missing"
        );
        println!("skipped: skopeo or docker-registry is not installed");
        return;
    }
    let lab = Lab::new();
    let mut pulls = 0;
    let mut outcomes = std::collections::BTreeMap::<String, usize>::new();
    for digest in [true, false] {
        for never in [false, true] {
            for list in ["{a}/hit", "{a}/none", "{a}/none, {b}/hit", "{b}/hit, {a}/hit", "{a}/none, {b}/none"]
            {
                for (insecure, rest) in [
                    (ALL, ""),
                    ("\"{b}\", \"{c}\"", ""),
                    (ALL, "    blockedRegistries: [\"{a}\"]\n"),
                    (ALL, "    blockedRegistries: [\"{c}/src/app\"]\n"),
                ] {
                    let manifests = image_config(insecure, rest) + &mirrors(digest, "{c}/src", list, never);
                    for image in [BY_TAG, BY_DIGEST] {
                        let seen = lab.compare(&manifests, image);
                        let what = format!(
                            "{} after {} places",
                            if seen.pulled {
                                "pulled"
                            } else if seen.refused {
                                "refused"
                            } else {
                                "not found"
                            },
                            seen.tried.len()
                        );
                        *outcomes.entry(what).or_default() += 1;
                        pulls += 1;
                    }
                }
            }
        }
    }
    single_cases(&lab);
    println!("compared {pulls} pulls: {outcomes:?}");
}

/// States that were chosen for what is odd about them.
fn single_cases(lab: &Lab) {
    let tags = |source: &str, list: &str| mirrors(false, source, list, false);
    // The policy sees the name that is asked for, not the mirror's.
    let refused = image_config(ALL, "    allowedRegistries: [\"{a}\"]\n") + &tags("{c}/src", "{a}/hit");
    assert!(lab.compare(&refused, BY_TAG).refused);
    let allowed = image_config(ALL, "    allowedRegistries: [\"{c}/src\"]\n") + &tags("{c}/src", "{a}/hit");
    assert!(lab.compare(&allowed, BY_TAG).pulled);
    assert!(lab.compare(&allowed, "{a}/hit/app:v1").refused);
    // The longest match alone counts: mirrors of the registry do not serve the repository.
    let nested = image_config(ALL, "") + &tags("{c}", "{a}/none") + &tags("{c}/src", "{b}/hit");
    assert_eq!(lab.compare(&nested, BY_TAG).tried.len(), 1);
    // An entry for a host without its port matches every port there; the policy does not.
    let no_port =
        image_config("\"{a}\"", "    blockedRegistries: [\"127.0.0.1\"]\n") + &tags("{c}/src", "{a}/hit");
    let seen = lab.compare(&no_port, "{b}/hit/app:v1");
    assert_eq!(seen.blocked.len(), 1);
    // Both kinds of mirrors for one source.
    let both =
        image_config(ALL, "") + &tags("{c}/src", "{a}/hit") + &mirrors(true, "{c}/src", "{b}/hit", false);
    assert!(lab.compare(&both, BY_TAG).tried[0].starts_with(&lab.servers[0].address));
    assert!(lab.compare(&both, BY_DIGEST).tried[0].starts_with(&lab.servers[1].address));
}
