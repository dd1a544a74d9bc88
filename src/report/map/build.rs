//! Makes the picture from the nodes of the clusters.

use super::{FileLine, Group, ImageWay, Map, MirrorPlace, Mirrored, NodeFile, PullPlace, Said};
use crate::node::lookup::Registries;
use crate::node::pools::nodes_of;
use crate::node::{Files, RegistryEntry};
use crate::pull::{PullSource, Resolution, Verdict};
use crate::read::workload::Pull;
use crate::report::nodes::annotate;
use crate::report::nodes::place::{Place, places};
use crate::report::nodes::render_json::not_read;
use crate::report::nodes::{ClusterNodes, Gaps, ImageAnswer, Resolvers};
use crate::source::{Sources, Span, Spanned};
use std::collections::{BTreeMap, HashMap};

/// The most places that are listed for an image.
const USES: usize = 20;

impl Map {
    /// Draws the clusters.
    pub fn of(views: &[ClusterNodes<'_>], gaps: &Gaps, sources: &Sources) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for view in views {
            let drawing = Drawing::of(view, sources);
            let next = groups.len();
            let number = *known.entry(drawing.key()).or_insert(next);
            match groups.get_mut(number) {
                Some(group) => group.clusters.push(view.cluster.name.clone()),
                None => groups.push(drawing.group()),
            }
        }
        Self { version: 1, groups, not_read: not_read(gaps, sources), templates: gaps.templates }
    }
}

/// The parts of the picture for one cluster.
struct Drawing<'v> {
    view: &'v ClusterNodes<'v>,
    sources: &'v Sources,
    /// The images by their names, each with its uses and the answers of the nodes.
    images: BTreeMap<&'v str, (Vec<Span>, Vec<ImageAnswer<'v>>)>,
}

impl<'v> Drawing<'v> {
    fn of(view: &'v ClusterNodes<'v>, sources: &'v Sources) -> Self {
        let resolvers = Resolvers::of(view);
        let mut images: BTreeMap<&str, (Vec<Span>, Vec<ImageAnswer<'_>>)> = BTreeMap::new();
        // If the operator stops, the files of the nodes are not known.
        let images_of = view.nodes.files.is_ok().then(|| view.cluster.workload_images());
        for (_, image) in images_of.into_iter().flatten() {
            if image.pull == Pull::Import {
                continue;
            }
            let name = image.image.value.as_str();
            let known =
                images.entry(name).or_insert_with(|| (Vec::new(), ImageAnswer::all(view, &resolvers, name)));
            known.0.push(image.image.span);
        }
        Self { view, sources, images }
    }

    /// A text that is equal for clusters that look equal, wherever their manifests stand.
    fn key(&self) -> String {
        let (cluster, nodes) = (self.view.cluster, &self.view.nodes);
        let files = nodes.files.as_ref().map(Files::written).map_err(ToString::to_string);
        let images: Vec<_> = self
            .images
            .iter()
            .map(|(name, (_, answers))| {
                let outcome = |answer: &ImageAnswer<'_>| {
                    let candidates = answer.candidates.iter().flatten().map(Resolution::outcome);
                    (
                        outcome_of(&answer.resolution),
                        candidates.map(|found| outcome_of(&found)).collect::<Vec<_>>(),
                    )
                };
                (name, answers.iter().map(|answer| (outcome(answer), &answer.pools)).collect::<Vec<_>>())
            })
            .collect();
        let pools: Vec<_> = nodes
            .pools
            .files()
            .into_iter()
            .map(|(file, pools)| (&file.path.value, pools, file.loaded().is_some()))
            .collect();
        let remarks =
            (cluster.openshift, self.view.is_guessed(), nodes.skipped.as_ref().map(ToString::to_string));
        format!("{remarks:?}{files:?}{images:?}{pools:?}")
    }

    fn at(&self, spans: &[Span]) -> Vec<Place> {
        places(self.sources, spans)
    }

    fn said(&self, text: impl Into<String>, spans: &[Span]) -> Said {
        Said { text: text.into(), from: self.at(spans) }
    }

    fn list(&self, list: &[Spanned<String>]) -> Vec<Said> {
        list.iter().map(|scope| self.said(scope.value.as_str(), &[scope.span])).collect()
    }

    fn group(&self) -> Group {
        let (cluster, nodes) = (self.view.cluster, &self.view.nodes);
        let files = nodes.files.as_ref().ok();
        let entries = files.map_or(&[][..], |files| &files.registries_conf.entries);
        let blocked = entries.iter().filter(|entry| entry.blocked.is_set() && entry.mirrors.is_empty());
        let insecure = entries.iter().filter(|entry| entry.insecure.is_set());
        let search = files.and_then(|files| files.search_registries.as_ref());
        let registries = files.and_then(|files| {
            Registries::load(&files.registries_conf, files.search_registries.as_ref()).ok()
        });
        let mirrored = entries.iter().filter(|entry| !entry.mirrors.is_empty());
        let other_files = nodes.pools.files().into_iter().map(|(file, pools)| {
            self.said(format!("{} on {}", file.path.value, nodes_of(&pools)), &[file.path.span])
        });
        Group {
            clusters: vec![cluster.name.clone()],
            openshift: cluster.version().to_string(),
            openshift_known: cluster.openshift.is_some(),
            guessed: self.view.is_guessed(),
            problems: self.problems(),
            restricted: !nodes.effective.allowed_by.is_empty(),
            allowed: self.list(&nodes.effective.allowed),
            blocked: blocked.map(|entry| self.said(entry.scope(), &entry.blocked.spans)).collect(),
            insecure: insecure.map(|entry| self.said(entry.scope(), &entry.insecure.spans)).collect(),
            search: search.map(|search| self.list(&search.registries)).unwrap_or_default(),
            sources: mirrored.map(|entry| self.mirrored(entry, registries.as_ref())).collect(),
            images: self.images.iter().flat_map(|(name, image)| self.image(name, image)).collect(),
            files: files.map(|files| self.files(files)).unwrap_or_default(),
            other_files: other_files.collect(),
        }
    }

    fn problems(&self) -> Vec<Said> {
        let nodes = &self.view.nodes;
        let mut problems = Vec::new();
        match &nodes.files {
            Err(stop) => problems
                .push(self.said(format!("the operator stops, and no node changes: {stop}"), &stop.spans())),
            Ok(files) => {
                let errors = [&files.registries_load_error, &files.policy_load_error].into_iter().flatten();
                problems.extend(errors.map(|error| self.said(error.to_string(), &error.spans)));
            }
        }
        if let Some(skipped) = &nodes.skipped {
            problems.push(self.said(skipped.to_string(), &skipped.spans()));
        }
        if !nodes.is_whole() {
            problems.push(self.said("a template fills in values, so this may be incomplete", &nodes.open));
        }
        problems
    }

    fn mirrored(&self, entry: &RegistryEntry, registries: Option<&Registries<'_>>) -> Mirrored {
        let mirrors = entry.mirrors.iter().map(|mirror| {
            let blocker = registries.and_then(|registries| registries.find(&mirror.location));
            let blocker = blocker.filter(|found| found.entry.blocked.is_set());
            MirrorPlace {
                location: mirror.location.clone(),
                pulls: mirror.pull_from_mirror.as_str(),
                insecure: mirror.insecure.is_set(),
                blocked_by: blocker.map(|found| self.said(found.prefix, &found.entry.blocked.spans)),
                from: self.at(&mirror.spans),
            }
        });
        Mirrored {
            source: entry.scope().to_owned(),
            never_contacted: entry.blocked.is_set(),
            from: self.at(&entry.spans),
            mirrors: mirrors.collect(),
        }
    }

    fn image(&self, name: &str, (uses, answers): &(Vec<Span>, Vec<ImageAnswer<'_>>)) -> Vec<ImageWay> {
        let ways = answers.iter().map(|answer| {
            let resolutions =
                answer.candidates.as_deref().unwrap_or(std::slice::from_ref(&answer.resolution));
            let rejected = |found: &&Resolution| {
                found.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected)
            };
            let policy = resolutions.iter().find(rejected).and_then(|found| found.policy.as_ref());
            let error = resolutions.iter().find_map(|found| found.error.as_ref());
            let refused = match (error, policy) {
                (Some(error), _) => Some(self.said(error.to_string(), error.spans())),
                (None, Some(policy)) => {
                    let text = match &policy.scope {
                        Some(scope) => format!("the policy refuses `{scope}`"),
                        None => "the list of allowed registries does not cover it".to_owned(),
                    };
                    Some(self.said(text, &policy.spans))
                }
                (None, None) => None,
            };
            let pullable = answer.is_pullable();
            let signed = resolutions
                .iter()
                .any(|found| found.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::IfSigned));
            let places = resolutions.iter().flat_map(|found| &found.sources);
            ImageWay {
                image: name.to_owned(),
                pools: answer.pools.iter().map(|&pool| pool.to_owned()).collect(),
                pullable,
                refused: refused.filter(|_| !pullable),
                signed,
                places: places.map(|place| self.place(place)).collect(),
                used: self.at(&uses[..uses.len().min(USES)]),
                uses: uses.len(),
            }
        });
        ways.collect()
    }

    fn place(&self, place: &PullSource) -> PullPlace {
        PullPlace {
            reference: place.reference.clone(),
            mirror: place.pull_from_mirror.is_some(),
            insecure: place.insecure,
            blocked_by: place
                .blocked_by
                .as_ref()
                .map(|blocker| self.said(blocker.prefix.as_str(), &blocker.spans)),
            from: self.at(&place.spans),
        }
    }

    fn files(&self, files: &Files) -> Vec<NodeFile> {
        let all = annotate::of_files(files).into_iter().map(|(path, lines)| NodeFile {
            path,
            lines: lines.map(|lines| {
                let lines = lines.into_iter().map(|line| FileLine {
                    from: self.at(&line.spans),
                    by_release: line.by_release,
                    text: line.text,
                });
                lines.collect()
            }),
        });
        all.collect()
    }
}

/// The result of pulling an image, without the places of manifests.
fn outcome_of(resolution: &Resolution) -> String {
    let places: Vec<_> = (resolution.sources.iter())
        .map(|place| {
            let blocked = place.blocked_by.as_ref().map(|blocker| &blocker.prefix);
            (&place.reference, place.insecure, place.pull_from_mirror, blocked)
        })
        .collect();
    let verdict = resolution.policy.as_ref().map(|policy| policy.verdict);
    let error = resolution.error.as_ref().map(ToString::to_string);
    format!("{:?}", (&resolution.normalized, places, verdict, error))
}
