//! The input of rules: a cluster, the effect on its nodes, and its mirror rules by source. Each is computed once for all
//! rules.

mod links;
mod sources;

use crate::finding::Fix;
use crate::icsp::Conversions;
use crate::machine::threads;
use crate::model::allowlist::Uses;
use crate::model::hosts::is_docker_hub_alias;
use crate::model::reference::{is_short, readable};
use crate::model::scope::{check_source, is_unqualified};
use crate::model::{Cluster, Resource, Workload};
use crate::node::pools::Pool;
use crate::node::{self, EffectiveLists, Files, Nodes, Stop, image_policies, nesting};
use crate::pull::{Resolution, Resolver};
use crate::read::crd::ImageConfig;
use crate::read::workload::ImageUse;
use crate::source::{Span, Spanned};
use jiff::civil::Date;
pub use links::{Link, groups, links};
pub use sources::{MirrorRule, MirroredSource, MirroredSources, Pulls};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// Images are looked for in at most so many places of a cluster; further images of workloads are not checked.
const MAX_PLACES: usize = 1_000_000;
/// The number of names whose answers are found before the places are counted.
const AT_ONCE: usize = 8192;
/// Rules that need all mirror rules of a cluster together report nothing if there are more than this.
const MAX_MIRROR_RULES: usize = 200_000;

/// No real search list has so many registries.
const MAX_CANDIDATES: usize = 16;

/// A cluster with its nodes, which are simulated when the first rule needs them.
#[derive(Debug)]
pub struct ClusterView<'c> {
    /// The cluster.
    pub cluster: &'c Cluster,
    /// The day of the check; `None` if it is unknown.
    pub today: Option<Date>,
    conversions: Option<&'c Conversions>,
    nodes: OnceLock<Nodes>,
    sources: OnceLock<MirroredSources<'c>>,
    answers: OnceLock<Answers<'c>>,
}

/// The reaction of a cluster's nodes to one image name.
#[derive(Debug, Default)]
pub struct Answer {
    /// Whether the name has no registry.
    pub is_short: bool,
    /// Whether the nodes of all pools react alike. Otherwise, only the verdict of the policy is the same for all.
    pub is_everywhere: bool,
    /// The result for each name that it may mean, in the order in which nodes try them; one for a full name.
    pub resolutions: Vec<Resolution>,
}

/// The reactions to all images of a cluster. Many rules ask for all of them, so the answer to each image has its number.
#[derive(Debug, Default)]
struct Answers<'c> {
    all: Vec<Answer>,
    by_name: HashMap<&'c str, usize>,
    /// For each image of the workloads, the number of its answer, if there is one.
    of_images: Vec<Option<usize>>,
}

/// An image that a workload of a cluster names, and the reaction of the nodes.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'v> {
    /// The workload.
    pub workload: &'v Workload,
    /// The image.
    pub image: &'v ImageUse,
    /// The reaction of the nodes.
    pub answer: &'v Answer,
}

impl<'v> Asked<'v> {
    /// The result for a valid full name.
    pub fn resolution(&self) -> Option<&'v Resolution> {
        let only = self.answer.resolutions.first().filter(|_| !self.answer.is_short)?;
        only.error.is_none().then_some(only)
    }
}

impl<'c> ClusterView<'c> {
    /// A view of `cluster`.
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

    /// The view on this day.
    #[must_use]
    pub fn on_day(self, today: Option<Date>) -> Self {
        Self { today, ..self }
    }

    /// The view with the conversions of deprecated mirror sets.
    #[must_use]
    pub fn with_conversions(self, conversions: &'c Conversions) -> Self {
        Self { conversions: Some(conversions), ..self }
    }

    /// The fix that converts an `ImageContentSourcePolicy` to an `ImageDigestMirrorSet`, with everything that refers to it
    /// by its kind; or the reason why there is none, if that is known.
    pub fn conversion(&self, resource: &Resource) -> Result<Fix, Option<String>> {
        self.conversions.map_or_else(|| Conversions::default().of(resource), |known| known.of(resource))
    }

    /// A place outside of builds that refers to an `ImageContentSourcePolicy` by its kind.
    pub fn mention(&self, resource: &Resource) -> Option<Span> {
        self.conversions?.mention(resource.name())
    }

    /// The files that the Machine Config Operator makes from the resources.
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

    /// The files on the nodes, if the operator writes them and the runtime loads them.
    pub fn loaded_files(&self) -> Option<&Files> {
        self.files()
            .filter(|files| files.registries_load_error.is_none() && files.policy_load_error.is_none())
    }

    /// Whether the reaction to the images of workloads is known.
    pub fn tells_of_images(&self) -> bool {
        self.loaded_files().is_some()
    }

    /// The errors at which the operator stops, since the lists leave out or block a scope of the release's own image policy.
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

    /// The entries of this `Image`'s list that `registries.conf` blocks, by name; empty if another `Image` is in force.
    pub fn blocked(&self, resource: &Resource) -> HashMap<&str, &Spanned<String>> {
        let in_force = self.cluster.image().is_some_and(|(image, _)| image.span() == resource.span());
        let blocked = if in_force { self.nodes().effective.registries_blocked.as_slice() } else { &[] };
        blocked.iter().map(|entry| (entry.value.as_str(), entry)).collect()
    }

    /// The insecure entries whose registries nodes contact without verified TLS. Other rules report those that match no
    /// image, or that are refused or blocked.
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

    /// The images of workloads to which all nodes react alike; none if the operator writes no files, or the runtime does not
    /// load them.
    pub fn asked(&self) -> impl Iterator<Item = Asked<'_>> {
        self.asked_of_policy().filter(|asked| asked.answer.is_everywhere)
    }

    /// The same, with images that the nodes of some pools look for in other places: the policy is the same for all.
    pub fn asked_of_policy(&self) -> impl Iterator<Item = Asked<'_>> {
        let answers = self.answered();
        self.cluster.workload_images().zip(&answers.of_images).filter_map(|((workload, image), number)| {
            Some(Asked { workload, image, answer: &answers.all[(*number)?] })
        })
    }

    /// The reaction of the nodes to an image of a workload.
    pub fn answer(&self, name: &str) -> Option<&Answer> {
        let answers = self.answered();
        answers.by_name.get(name).map(|number| &answers.all[*number])
    }

    /// Ends the view, whose answers may take long to free.
    pub(crate) fn end(self) {
        let answers = self.answers.into_inner().unwrap_or_default().all;
        let count = answers.len();
        threads::drop_aside(answers, count);
    }

    /// The reactions to all images. No lock is held while they are found: a thread that waits for others may be given the
    /// work of another rule, which asks for them, too.
    fn answered(&self) -> &Answers<'c> {
        if let Some(answers) = self.answers.get() {
            return answers;
        }
        let answers = self.answers();
        self.answers.get_or_init(|| answers)
    }

    fn answers(&self) -> Answers<'c> {
        let mut answers = Answers::default();
        if self.cluster.workloads().next().is_none() {
            return answers;
        }
        let Some(files) = self.loaded_files() else { return answers };
        let pools = &self.nodes().pools;
        let base = Resolver::of_files(files);
        // If a file is missing here, or its nodes are unknown, the reaction is unknown.
        let are_known = pools.are_known();
        // The nodes of a pool with the files of the first pool react as the nodes of that one do.
        let is_new = |(number, pool): &(usize, &Pool)| *number == 0 || !pool.has_files_of(&pools.all[0]);
        let of_pools = pools.all.iter().enumerate().filter(is_new);
        let of_pools: Vec<_> = of_pools.map(|(_, pool)| Resolver::of_pool(files, pool)).collect();
        // Another rule reports an invalid name; here, the name that was meant is checked.
        let answer = |name: &str| {
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
        };
        let mut met = HashSet::new();
        let names = self.cluster.workload_images().map(|(_, image)| image.image.value.as_str());
        let names: Vec<&str> = names.filter(|name| met.insert(*name)).collect();
        let mut places = 0;
        'all: for names in names.chunks(AT_ONCE) {
            for (name, answer) in names.iter().zip(threads::map_short(names, |name| answer(name))) {
                if places > MAX_PLACES {
                    break 'all;
                }
                places += answer.resolutions.iter().map(|resolution| resolution.sources.len()).sum::<usize>();
                answers.by_name.insert(*name, answers.all.len());
                answers.all.push(answer);
            }
        }
        let images = self.cluster.workload_images();
        let numbers = images.map(|(_, image)| answers.by_name.get(image.image.value.as_str()).copied());
        answers.of_images = numbers.collect();
        answers
    }

    /// Whether there are more mirror rules than any real cluster has, as in a file that is made to exhaust memory.
    fn is_too_large(&self) -> bool {
        self.cluster.mirror_sets().map(|(_, set)| set.entries().len()).sum::<usize>() > MAX_MIRROR_RULES
    }
}

/// Whether all pools react as the first one does, whichever texts are the cause.
fn is_same(first: Option<&Vec<Resolution>>, mut others: impl Iterator<Item = Vec<Resolution>>) -> bool {
    fn outcomes(all: &[Resolution]) -> Vec<Resolution> {
        all.iter().map(Resolution::outcome).collect()
    }
    let Some(first) = first else { return true };
    let mut known = None;
    others.all(|other| outcomes(&other) == *known.get_or_insert_with(|| outcomes(first)))
}
