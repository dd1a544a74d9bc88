//! The effect of a change on images: which ones can no longer be pulled, are pulled from elsewhere, or can now be pulled.

use super::ClusterPlan;
use crate::model::Cluster;
use crate::model::reference::is_short;
use crate::node::{Files, Nodes};
use crate::pull::{Resolution, Resolver, Verdict};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Additional names of images, beside those of the workloads and of the release.
pub(super) type Names = [String];

/// An image that nodes pull in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The name as written.
    pub name: String,
    /// The origin of the name.
    pub user: ImageUser,
    /// The change.
    pub what: ImageWhat,
    /// The places from which nodes try to pull before the change, in order.
    pub before: Vec<String>,
    /// The places after the change.
    pub after: Vec<String>,
    /// The texts of manifests that decide, in the new state.
    pub why: Vec<Span>,
    /// The pools with this change; empty if all have it.
    pub pools: Vec<String>,
    /// The number of names that it may mean: several if it is short and looked up in several registries.
    pub candidates: usize,
    /// Whether the policy refuses it after the change. The policy is the same for the nodes of all pools.
    pub is_refused: bool,
}

/// The origin of an image name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageUser {
    /// The release: the cluster's own images.
    Release,
    /// Workloads, at these places.
    Workloads(Vec<Span>),
    /// The user asked for it.
    Asked,
}

/// The change for an image, the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageWhat {
    /// It can no longer be pulled.
    CutOff,
    /// It now needs a signature.
    NeedsSignature,
    /// It is pulled from elsewhere.
    Elsewhere,
    /// It can now be pulled.
    Freed,
}

/// The changes for the images of a cluster; empty if nothing changes on its nodes, or if the operator stops.
pub(super) fn of(plan: &ClusterPlan<'_>, asked: &Names) -> Vec<ImageChange> {
    let (Ok(old), Ok(new)) = (&plan.before.nodes.files, &plan.after.nodes.files) else { return Vec::new() };
    let is_same = old.written() == new.written();
    if is_same && plan.before.nodes.pools.all.is_empty() && plan.after.nodes.pools.all.is_empty() {
        return Vec::new();
    }
    let pools = pools(&plan.before.nodes, &plan.after.nodes);
    let resolvers: Vec<_> = pools
        .iter()
        .map(|pool| {
            let of = |nodes, files| resolver(nodes, files, pool.as_deref());
            (pool, of(&plan.before.nodes, old), of(&plan.after.nodes, new))
        })
        .collect();
    let mut found = Vec::new();
    for (name, user) in names(&plan.after.cluster, asked) {
        let mut by_pool: Vec<ImageChange> = Vec::new();
        for (pool, before, after) in &resolvers {
            let Some(change) = compare(&name, &user, before, after) else { continue };
            let pool = pool.iter().cloned();
            match by_pool.iter_mut().find(|known| (known.what, &known.after) == (change.what, &change.after))
            {
                Some(known) => known.pools.extend(pool),
                None => by_pool.push(ImageChange { pools: pool.collect(), ..change }),
            }
        }
        for change in &mut by_pool {
            if change.pools.len() == pools.len() {
                change.pools.clear();
            }
        }
        found.extend(by_pool);
    }
    found.sort_by(|a, b| (a.what, &a.user, &a.name).cmp(&(b.what, &b.user, &b.name)));
    found
}

/// The pools whose nodes pull in different ways; one without a name if all nodes are alike.
fn pools(before: &Nodes, after: &Nodes) -> Vec<Option<String>> {
    let all = before.pools.all.iter().chain(&after.pools.all);
    let names: BTreeSet<&String> = all.map(|pool| &pool.name).collect();
    if names.is_empty() { vec![None] } else { names.into_iter().map(|name| Some(name.clone())).collect() }
}

fn resolver<'n>(nodes: &'n Nodes, files: &'n Files, pool: Option<&str>) -> Resolver<'n> {
    let own = pool.and_then(|pool| nodes.pools.of_nodes(pool));
    own.map_or_else(|| Resolver::of_files(files), |own| Resolver::of_pool(files, own))
}

/// The images of the release, of the workloads after the change, and those that the user asked for; each once.
fn names(cluster: &Cluster, asked: &Names) -> BTreeMap<String, ImageUser> {
    let mut names = BTreeMap::new();
    for name in asked {
        names.insert(name.clone(), ImageUser::Asked);
    }
    for (_, image) in cluster.workload_images() {
        if !image.is_pulled_as_written() || image.image.value.is_empty() {
            continue;
        }
        let span = image.image.span;
        match names.entry(image.image.value.clone()).or_insert(ImageUser::Asked) {
            ImageUser::Workloads(spans) => spans.push(span),
            user => *user = ImageUser::Workloads(vec![span]),
        }
    }
    if !cluster.is_hosted() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for repository in cluster.payload().repositories() {
            names.insert(format!("{repository}@{digest}"), ImageUser::Release);
        }
    }
    names
}

fn compare(name: &str, user: &ImageUser, before: &Resolver<'_>, after: &Resolver<'_>) -> Option<ImageChange> {
    // Nodes pull no invalid name, and no name that a template still has to fill in.
    if crate::read::crd::is_placeholder(name) {
        return None;
    }
    let of = |resolver: &Resolver<'_>| {
        if is_short(name) { resolver.resolve_all(name) } else { vec![resolver.resolve(name)] }
    };
    let (old, new) = (of(before), of(after));
    let is_pullable = |all: &[Resolution]| all.iter().any(Resolution::is_pullable);
    let needs_signature = |all: &[Resolution]| {
        let mut pullable = all.iter().filter(|it| it.is_pullable());
        pullable.any(|it| it.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::IfSigned))
    };
    let places = |all: &[Resolution]| -> Vec<String> {
        let pullable = all.iter().filter(|resolution| resolution.is_pullable());
        pullable.flat_map(Resolution::reachable).map(|source| source.reference.clone()).collect()
    };
    let (from, to) = (places(&old), places(&new));
    let what = match (is_pullable(&old), is_pullable(&new)) {
        (true, false) => ImageWhat::CutOff,
        (false, true) => ImageWhat::Freed,
        (true, true) if !needs_signature(&old) && needs_signature(&new) => ImageWhat::NeedsSignature,
        (true, true) if from != to => ImageWhat::Elsewhere,
        _ => return None,
    };
    let is_refused = |resolution: &Resolution| {
        resolution.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected)
    };
    let why = new.iter().flat_map(reasons);
    let why: BTreeSet<Span> = why.collect();
    Some(ImageChange {
        name: name.to_owned(),
        user: user.clone(),
        what,
        before: from,
        after: to,
        why: why.into_iter().collect(),
        pools: Vec::new(),
        candidates: old.len().max(new.len()),
        is_refused: new.iter().all(is_refused),
    })
}

/// The texts of manifests that decide about an image.
fn reasons(resolution: &Resolution) -> Vec<Span> {
    let refused = resolution.policy.as_ref().filter(|policy| policy.verdict != Verdict::Accepted);
    let mut spans: Vec<Span> = refused.map(|policy| policy.spans.clone()).unwrap_or_default();
    let blockers = resolution.sources.iter().filter_map(|source| source.blocked_by.as_ref());
    spans.extend(blockers.flat_map(|blocker| blocker.spans.iter().copied()));
    if spans.is_empty() {
        spans.extend(resolution.matched_spans.iter().copied());
    }
    spans
}
