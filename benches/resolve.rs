//! How long it takes to tell where images are pulled from, and how that grows: twice the images should take twice as
//! long, ten times the mirror rules next to nothing more, since a name is looked up and not searched for.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
use pullwarden::model::{Cluster, Resource, Standing};
use pullwarden::node::{self, Nodes};
use pullwarden::pull::Resolver;
use pullwarden::read::manifest::{Form, Manifest};
use pullwarden::source::FileId;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Each time is the best of so many.
const ROUNDS: usize = 7;

fn main() {
    let (small, large) = (nodes(1_000), nodes(10_000));
    let (images, twice) = (images(10_000, 1_000), images(20_000, 1_000));
    let spread = self::images(10_000, 10_000);
    let base = best(|| resolve(&small, &images));
    let more_images = best(|| resolve(&small, &twice));
    let more_rules = best(|| resolve(&large, &spread));
    println!("rules   images  time       resolutions/s");
    for (rules, count, time) in
        [(1_000, 10_000, base), (1_000, 20_000, more_images), (10_000, 10_000, more_rules)]
    {
        let rate = f64::from(count) / time.as_secs_f64();
        println!("{rules:<7} {count:<7} {:<8.2}ms {rate:.0}", time.as_secs_f64() * 1e3);
    }
    println!("twice the images: {:.2} times as long", ratio(more_images, base));
    println!("ten times the rules: {:.2} times as long", ratio(more_rules, base));
    let loads = [&small, &large].map(|nodes| best(|| resolve(nodes, &[])));
    println!("making the resolver: {:.2?} for 1,000 rules, {:.2?} for 10,000", loads[0], loads[1]);
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn best(mut run: impl FnMut() -> usize) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        black_box(run());
        started.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Resolves all images, the making of the resolver included, as the command does.
fn resolve(nodes: &Nodes, images: &[String]) -> usize {
    let resolver = Resolver::new(nodes).unwrap_or_else(|stop| panic!("{stop}"));
    images.iter().map(|image| resolver.resolve(image).sources.len()).sum()
}

fn nodes(rules: usize) -> Nodes {
    let mut text = String::from(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
         insecureRegistries: [mirror.example]\n---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
         metadata: {name: all}\nspec:\n  imageDigestMirrors:\n",
    );
    for rule in 0..rules {
        let (host, team) = (rule % 97, rule);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - source: registry-{host}.example/team-{team}\n    mirrors: [mirror.example/team-{team}, backup.example/team-{team}]"
        );
    }
    let mut resources = Vec::new();
    pullwarden::yaml::parse(FileId(0), &Arc::from(text), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        resources
            .extend(Resource::read(Manifest::new(Arc::new(document), 0, Form::Applied), None).map(Arc::new));
    });
    node::render(&Cluster::new("bench".into(), Standing::Exact, resources))
}

/// Names of which each lies in one of the rules' sources.
fn images(count: usize, rules: usize) -> Vec<String> {
    let digest = "0123456789abcdef".repeat(4);
    let name = |image: usize| {
        let team = image % rules;
        format!("registry-{}.example/team-{team}/app-{image}@sha256:{digest}", team % 97)
    };
    (0..count).map(name).collect()
}
