//! What rules look at: a cluster, what becomes of it on its nodes, and its mirror rules by source; each worked out once
//! for all rules.

mod links;
mod sources;

use crate::finding::Fix;
use crate::icsp::Conversions;
use crate::model::allowlist::Uses;
use crate::model::hosts::is_docker_hub_alias;
use crate::model::reference::{is_short, readable};
use crate::model::scope::{check_source, is_unqualified};
use crate::model::{Cluster, Resource, Workload};
use crate::node::{self, EffectiveLists, Files, Nodes, Stop, image_policies, nesting};
use crate::pull::{Resolution, Resolver};
use crate::read::crd::ImageConfig;
use crate::read::workload::ImageUse;
use crate::source::{Span, Spanned};
use jiff::civil::Date;
pub use links::{Link, groups, links};
pub use sources::{MirrorRule, MirroredSource, MirroredSources, Pulls};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

/// In so many places of a cluster images are looked for; what workloads ask for beyond is held against nothing.
const MAX_PLACES: usize = 1_000_000;
/// Of clusters with more mirror rules than this, the rules that take all of them together have nothing to say.
const MAX_MIRROR_RULES: usize = 200_000;

/// Nobody searches so many registries for a short name.
const MAX_CANDIDATES: usize = 16;

/// A cluster with its nodes, which are simulated when the first rule asks for them.
#[derive(Debug)]
pub struct ClusterView<'c> {
    /// The cluster.
    pub cluster: &'c Cluster,
    /// The day on which it is looked at; `None` where nobody said it.
    pub today: Option<Date>,
    conversions: Option<&'c Conversions>,
    nodes: OnceLock<Nodes>,
    sources: OnceLock<MirroredSources<'c>>,
    answers: OnceLock<HashMap<&'c str, Answer>>,
}

/// What the nodes of a cluster do with one name of an image.
#[derive(Debug, Default)]
pub struct Answer {
    /// Whether the name leaves the registry open.
    pub is_short: bool,
    /// Whether the nodes of all pools do the same; else only what the policy says holds for all.
    pub is_everywhere: bool,
    /// What becomes of each name that it can stand for, in the order in which they are tried; only one for a full name.
    pub resolutions: Vec<Resolution>,
}

/// An image that a workload of a cluster names, and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'v> {
    /// The workload.
    pub workload: &'v Workload,
    /// The image.
    pub image: &'v ImageUse,
    /// What the nodes do with it.
    pub answer: &'v Answer,
}

impl<'v> Asked<'v> {
    /// What becomes of a full name that is one.
    pub fn resolution(&self) -> Option<&'v Resolution> {
        let only = self.answer.resolutions.first().filter(|_| !self.answer.is_short)?;
        only.error.is_none().then_some(only)
    }
}

impl<'c> ClusterView<'c> {
    /// Looks at `cluster`.
    pub fn new(cluster: &'c Cluster) -> Self {
        Self {
            cluster,
            today: None,
            conversions: None,
            nodes: OnceLock::new(),
            sources: OnceLock::new(),
            answers: OnceLock::new(),
        }
    }

    /// Looks at it on this day.
    #[must_use]
    pub fn on_day(self, today: Option<Date>) -> Self {
        Self { today, ..self }
    }

    /// Looks at it with what is known of its deprecated mirror sets.
    #[must_use]
    pub fn with_conversions(self, conversions: &'c Conversions) -> Self {
        Self { conversions: Some(conversions), ..self }
    }

    /// The change that makes an `ImageDigestMirrorSet` of an `ImageContentSourcePolicy`, with whatever calls it by its kind;
    /// or why there is none, as far as that is known.
    pub fn conversion(&self, resource: &Resource) -> Result<Fix, Option<String>> {
        self.conversions.map_or_else(|| Conversions::default().of(resource), |known| known.of(resource))
    }

    /// A place beside builds that calls an `ImageContentSourcePolicy` by its kind.
    pub fn mention(&self, resource: &Resource) -> Option<Span> {
        self.conversions?.mention(resource.name())
    }

    /// What the Machine Config Operator makes of the resources.
    pub fn nodes(&self) -> &Nodes {
        self.nodes.get_or_init(|| {
            if self.is_too_large() {
                let files = Err(node::Stop::NoImage);
                return Nodes {
                    effective: EffectiveLists::default(),
                    skipped: None,
                    files,
                    open: Vec::new(),
                    pools: node::Pools::default(),
                };
            }
            node::render_installed(self.cluster)
        })
    }

    /// The files on the nodes, if the operator writes them.
    pub fn files(&self) -> Option<&Files> {
        self.nodes().files.as_ref().ok()
    }

    /// The same, if the runtime loads them.
    pub fn loaded_files(&self) -> Option<&Files> {
        self.files()
            .filter(|files| files.registries_load_error.is_none() && files.policy_load_error.is_none())
    }

    /// Whether anything can be told of the images that workloads ask for.
    pub fn tells_of_images(&self) -> bool {
        self.loaded_files().is_some()
    }

    /// Where the lists leave out or block a scope of the image policy that the release brings, so that the operator stops.
    pub fn release_policy_stops(&self) -> Vec<Stop> {
        if self.cluster.release_scopes().is_empty() || self.is_too_large() {
            return Vec::new();
        }
        let mut stops = image_policies::misplaced(self.cluster, &self.nodes().effective);
        stops.retain(Stop::is_about_release_policy);
        stops
    }

    /// The mirror rules by source.
    pub fn sources(&self) -> &MirroredSources<'c> {
        self.sources.get_or_init(|| {
            if self.is_too_large() { MirroredSources::default() } else { MirroredSources::of(self.cluster) }
        })
    }

    /// What `registries.conf` blocks because of this `Image`'s list, by name; nothing where another one is in force.
    pub fn blocked(&self, resource: &Resource) -> HashMap<&str, &Spanned<String>> {
        let in_force = self.cluster.image().is_some_and(|(image, _)| image.span() == resource.span());
        let blocked = if in_force { self.nodes().effective.registries_blocked.as_slice() } else { &[] };
        blocked.iter().map(|entry| (entry.value.as_str(), entry)).collect()
    }

    /// The insecure entries that nodes contact without verified TLS. Of those that match no image, that are refused or
    /// blocked, other rules speak.
    pub fn insecure_in_use<'i>(
        &self,
        resource: &Resource,
        image: &'i ImageConfig,
    ) -> Vec<&'i Spanned<String>> {
        let list = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref());
        let Some(list) = list.filter(|list| !list.items.is_empty()) else { return Vec::new() };
        let uses = Uses::of(self.cluster, image);
        let blocked = self.blocked(resource);
        let is_in_use = |name: &str| {
            let is_void = check_source(name).is_some() || is_docker_hub_alias(name) || is_unqualified(name);
            !is_void && uses.has_use(name) && !nesting::outer(name).any(|outer| blocked.contains_key(&*outer))
        };
        list.items.iter().filter(|entry| is_in_use(&entry.value)).collect()
    }

    /// The images that workloads ask for, as far as all nodes do the same with them; none where the operator writes
    /// nothing, or the runtime reads nothing.
    pub fn asked(&self) -> impl Iterator<Item = Asked<'_>> {
        self.asked_of_policy().filter(|asked| asked.answer.is_everywhere)
    }

    /// The same, with those that the nodes of some pools look for in other places: the policy is the same in all.
    pub fn asked_of_policy(&self) -> impl Iterator<Item = Asked<'_>> {
        let answers = self.answers.get_or_init(|| self.answers());
        self.cluster.workload_images().filter_map(|(workload, image)| {
            Some(Asked { workload, image, answer: answers.get(image.image.value.as_str())? })
        })
    }

    /// What the nodes do with an image that a workload asks for.
    pub fn answer(&self, name: &str) -> Option<&Answer> {
        self.answers.get_or_init(|| self.answers()).get(name)
    }

    fn answers(&self) -> HashMap<&'c str, Answer> {
        let mut answers = HashMap::new();
        if self.cluster.workloads().next().is_none() {
            return answers;
        }
        let Some(files) = self.loaded_files() else { return answers };
        let pools = &self.nodes().pools;
        let base = Resolver::of_files(files);
        // Where a file is not here, or not for nodes that are known, nobody can tell.
        let are_known = pools.are_known();
        let of_pools: Vec<_> = pools.all.iter().map(|pool| Resolver::of_pool(files, pool)).collect();
        let mut places = 0;
        for (_, image) in self.cluster.workload_images() {
            let name = image.image.value.as_str();
            if places > MAX_PLACES {
                break;
            }
            let Entry::Vacant(answer) = answers.entry(name) else { continue };
            let answer = answer.insert({
                // A name that is none is told, and what was meant by it is judged all the same.
                let name = readable(name);
                let of = |resolver: &Resolver<'_>| {
                    let names = resolver.candidates(&name).into_iter().take(MAX_CANDIDATES);
                    names.map(|name| resolver.resolve(&name)).collect::<Vec<_>>()
                };
                let is_short = is_short(&name);
                let mut each = of_pools.iter().filter(|_| are_known).map(of);
                let first = each.next();
                let is_everywhere = are_known && is_same(first.as_ref(), each);
                let resolutions = first.filter(|_| is_everywhere).unwrap_or_else(|| of(&base));
                Answer { is_short, is_everywhere, resolutions }
            });
            places += answer.resolutions.iter().map(|resolution| resolution.sources.len()).sum::<usize>();
        }
        answers
    }

    /// Whether there are more mirror rules than any cluster has: a file made to exhaust memory does not get to.
    fn is_too_large(&self) -> bool {
        self.cluster.mirror_sets().map(|(_, set)| set.entries().len()).sum::<usize>() > MAX_MIRROR_RULES
    }
}

/// Whether all pools do what the first one does, whichever text has them do it.
fn is_same(first: Option<&Vec<Resolution>>, mut others: impl Iterator<Item = Vec<Resolution>>) -> bool {
    fn outcomes(all: &[Resolution]) -> Vec<Resolution> {
        all.iter().map(Resolution::outcome).collect()
    }
    let first = first.map(|first| outcomes(first));
    first.is_none_or(|first| others.all(|other| outcomes(&other) == first))
}
