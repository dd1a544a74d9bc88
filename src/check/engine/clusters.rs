//! What the rules say of all clusters.

use super::kept::Turn;
use super::{OfCluster, RuleSet, check, templates};
use crate::check::diagnostic::Diagnostic;
use crate::machine::threads;
use crate::model::{ImageCounts, Repo};
use crate::source::{Sources, Span};
use std::collections::BTreeSet;

/// So many clusters are checked before their diagnostics may be joined. Clusters share bases, and memory follows what differs.
const AT_ONCE: usize = 64;

/// The diagnostics of all clusters.
pub(super) struct OfClusters {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) dropped: usize,
    /// What is said of each cluster, without its diagnostics.
    checked: Vec<OfCluster>,
}

impl OfClusters {
    /// Runs every active rule over every cluster. `join` joins equal diagnostics; it gets all of them whenever they have become
    /// twice as many, in the order of the names of clusters. Whoever joins the rest gets the result of joining all at once.
    pub(super) fn of(
        repo: &Repo,
        set: &RuleSet,
        sources: &Sources,
        turn: &Turn<'_>,
        join: impl Fn(&mut Vec<Diagnostic>),
    ) -> Self {
        let mut all = Self { diagnostics: Vec::new(), dropped: 0, checked: Vec::new() };
        let mut of_templates =
            threads::map_long(&repo.templates, repo.files, |_, cluster| check(cluster, repo, set, sources));
        templates::agree(&repo.templates, &mut of_templates);
        let mut of_templates = repo.templates.iter().zip(of_templates).peekable();
        let mut joined = 0;
        for some in repo.clusters.chunks(AT_ONCE) {
            let of_some = threads::map_long(some, repo.files, |_, cluster| {
                turn.take(cluster, sources, || check(cluster, repo, set, sources))
            });
            for (cluster, mut of_cluster) in some.iter().zip(of_some) {
                while let Some((_, before)) = of_templates.next_if(|(other, _)| other.name < cluster.name) {
                    all.take(before.diagnostics, before.dropped);
                }
                all.take(std::mem::take(&mut of_cluster.diagnostics), of_cluster.dropped);
                all.checked.push(of_cluster);
            }
            // Each join sorts all diagnostics.
            if all.diagnostics.len() >= 2 * joined {
                join(&mut all.diagnostics);
                joined = all.diagnostics.len();
            }
        }
        of_templates.for_each(|(_, left)| all.take(left.diagnostics, left.dropped));
        all.diagnostics.shrink_to_fit();
        all
    }

    fn take(&mut self, diagnostics: Vec<Diagnostic>, dropped: usize) {
        self.diagnostics.extend(diagnostics);
        self.dropped += dropped;
    }

    /// Counts the images. An image is `unheld` if no cluster runs it, or only clusters whose configuration allows no answer.
    pub(super) fn images(&self, unheld: &BTreeSet<Span>) -> ImageCounts {
        let places = |tells: bool| {
            let clusters = self.checked.iter().filter(move |of_cluster| of_cluster.tells_of_images == tells);
            clusters.flat_map(|of_cluster| of_cluster.images.iter().copied())
        };
        let held: BTreeSet<Span> = places(true).collect();
        let others: BTreeSet<Span> = places(false).chain(unheld.iter().copied()).collect();
        let asked = |of_cluster: &&OfCluster| of_cluster.tells_of_images && !of_cluster.images.is_empty();
        ImageCounts {
            held: held.len(),
            clusters: self.checked.iter().filter(asked).count(),
            unheld: others.difference(&held).count(),
        }
    }
}
