//! What rules look at: a cluster, what becomes of it on its nodes, and its mirror rules by source; each worked out once
//! for all rules.

use crate::finding::Fix;
use crate::icsp::Conversions;
use crate::model::reference::{is_short, readable};
use crate::model::{Cluster, Resource, Workload};
use crate::node::{self, EffectiveLists, Files, Nodes, Stop, image_policies, nesting};
use crate::pull::{Resolution, Resolver};
use crate::read::crd::{MirrorEntry, MirrorKind, Policy};
use crate::read::workload::ImageUse;
use crate::source::{Span, Spanned};
use jiff::civil::Date;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// In so many places of a cluster images are looked for; what workloads ask for beyond is held against nothing.
const MAX_PLACES: usize = 1_000_000;
/// Of clusters with more mirror rules than this, the rules that take all of them together have nothing to say.
const MAX_MIRROR_RULES: usize = 200_000;

/// Nobody searches so many registries for a short name.
const MAX_CANDIDATES: usize = 16;

/// A cluster with its nodes, which are simulated when the first rule asks for them.
#[derive(Debug)]
pub struct View<'c> {
    /// The cluster.
    pub cluster: &'c Cluster,
    /// The day on which it is looked at; `None` where nobody said it.
    pub today: Option<Date>,
    conversions: Option<&'c Conversions>,
    nodes: OnceLock<Nodes>,
    sources: OnceLock<Sources<'c>>,
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

impl<'c> View<'c> {
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
    pub fn on(self, today: Option<Date>) -> Self {
        Self { today, ..self }
    }

    /// Looks at it with what is known of its deprecated mirror sets.
    #[must_use]
    pub fn with(self, conversions: &'c Conversions) -> Self {
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
    pub fn sources(&self) -> &Sources<'c> {
        self.sources.get_or_init(|| {
            if self.is_too_large() { Sources { by_name: BTreeMap::new() } } else { Sources::of(self.cluster) }
        })
    }

    /// The images that workloads ask for, as far as all nodes do the same with them; none where the operator writes
    /// nothing, or the runtime reads nothing.
    pub fn asked(&self) -> impl Iterator<Item = Asked<'_>> {
        self.asked_of_policy().filter(|asked| asked.answer.is_everywhere)
    }

    /// The same, with those that the nodes of some pools look for in other places: the policy is the same in all.
    pub fn asked_of_policy(&self) -> impl Iterator<Item = Asked<'_>> {
        let answers = self.answers.get_or_init(|| self.answers());
        let all = self
            .cluster
            .workloads()
            .flat_map(|workload| workload.images.iter().map(move |image| (workload, image)));
        all.filter_map(|(workload, image)| {
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
        for image in self.cluster.workloads().flat_map(|workload| &workload.images) {
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

/// The mirror rules of a cluster by source, in the order of the sources' names.
#[derive(Debug)]
pub struct Sources<'c> {
    by_name: BTreeMap<&'c str, Source<'c>>,
}

/// A source with all that is said of it.
#[derive(Debug)]
pub struct Source<'c> {
    /// The source.
    pub name: &'c str,
    /// Its rules, in the order of files and text; there is at least one.
    pub rules: Vec<MirrorRule<'c>>,
}

/// An entry of a mirror set.
#[derive(Clone, Copy, Debug)]
pub struct MirrorRule<'c> {
    /// The mirror set.
    pub resource: &'c Resource,
    /// Its kind.
    pub kind: MirrorKind,
    /// The entry.
    pub entry: &'c MirrorEntry,
}

/// Which pulls a mirror rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulls {
    /// Pulls by digest.
    ByDigest,
    /// Pulls by tag.
    ByTag,
}

impl Pulls {
    /// Both, digests first.
    pub const BOTH: [Pulls; 2] = [Pulls::ByDigest, Pulls::ByTag];

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Pulls::ByDigest => "by digest",
            Pulls::ByTag => "by tag",
        }
    }

    /// The others.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Pulls::ByDigest => Pulls::ByTag,
            Pulls::ByTag => Pulls::ByDigest,
        }
    }
}

impl<'c> MirrorRule<'c> {
    /// Which pulls it is for.
    pub fn pulls(&self) -> Pulls {
        if self.kind == MirrorKind::Tag { Pulls::ByTag } else { Pulls::ByDigest }
    }

    /// Whether it names a place other than the source; the operator leaves it out otherwise, and its policy with it.
    pub fn is_real(&self) -> bool {
        self.entry.mirrors().iter().any(|mirror| mirror.value != self.entry.source.value)
    }

    /// Whether a template has still to say some of its mirrors or its policy.
    pub fn is_open(&self) -> bool {
        self.entry.policy_is_open || self.entry.mirrors.as_ref().is_some_and(|list| list.open)
    }

    /// Its source.
    pub fn source(&self) -> &'c Spanned<String> {
        &self.entry.source
    }
}

impl<'c> Source<'c> {
    /// Its rules that name a place other than the source.
    pub fn real(&self) -> impl Iterator<Item = &MirrorRule<'c>> {
        self.rules.iter().filter(|rule| rule.is_real())
    }

    /// Whether there are mirrors for such pulls.
    pub fn serves(&self, pulls: Pulls) -> bool {
        self.real().any(|rule| rule.pulls() == pulls)
    }

    /// Where it is said that the source is never contacted, if that counts.
    pub fn never(&self) -> Option<Span> {
        let policies = self.real().filter_map(|rule| rule.entry.policy.as_ref());
        policies.filter(|policy| policy.value == Policy::NeverContactSource).map(|policy| policy.span).next()
    }

    /// Whether a template has still to say something of it.
    pub fn is_open(&self) -> bool {
        self.rules.iter().any(MirrorRule::is_open)
    }

    /// Where it is named first.
    pub fn span(&self) -> Span {
        self.real().next().unwrap_or(&self.rules[0]).entry.source.span
    }
}

impl<'c> Sources<'c> {
    fn of(cluster: &'c Cluster) -> Self {
        let mut by_name: BTreeMap<&str, Source<'_>> = BTreeMap::new();
        for (resource, set, entry) in cluster.mirror_entries() {
            let name = entry.source.value.as_str();
            let source = by_name.entry(name).or_insert_with(|| Source { name, rules: Vec::new() });
            source.rules.push(MirrorRule { resource, kind: set.kind, entry });
        }
        Self { by_name }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Source<'c>> {
        self.by_name.values()
    }

    /// The one of this name, if it has mirrors.
    pub fn get(&self, name: &str) -> Option<&Source<'c>> {
        self.by_name.get(name).filter(|source| source.real().next().is_some())
    }

    /// The nearest with mirrors that `name` lies in, or is.
    pub fn covering(&self, name: &str) -> Option<&Source<'c>> {
        nesting::outer(name).find_map(|outer| self.get(&outer))
    }

    /// The nearest with mirrors that `name` lies in.
    pub fn around(&self, name: &str) -> Option<&Source<'c>> {
        nesting::outer(name).filter(|outer| outer != name).find_map(|outer| self.get(&outer))
    }
}
