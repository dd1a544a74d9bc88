//! A check that runs again and again over nearly the same files, as in an editor.

use super::{Report, Walked, checked_after};
use crate::check::engine::KeptFindings;
use crate::config::Settings;
use crate::machine::exec::Rendering;
use crate::model::Repo;
use crate::placement::{self, Repository};
use crate::read::manifest::{BrokenWhat, KeptFiles};
use crate::read::observed::Observed;
use crate::read::tree::Tree;
use crate::source::{FileId, Sources};
use std::collections::HashSet;
use std::sync::Arc;

/// What a run keeps for the next one. By default, nothing.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) files: KeptFiles,
    pub(super) placed: placement::Kept,
    pub(super) findings: KeptFindings,
    /// The files whose texts have changed since the run before; `None` if nothing of that run may be taken.
    pub(super) changed: Option<HashSet<FileId>>,
    /// Whether a part of the budget was set aside for what the run before has made.
    has_set_aside: bool,
}

impl Kept {
    fn on() -> Self {
        Self {
            files: KeptFiles::on(),
            placed: placement::Kept::on(),
            findings: KeptFindings::on(),
            ..Self::default()
        }
    }

    /// Lends the results of this run to the next one, which has read `files`, to place the objects of its `repository`.
    pub(super) fn lend<'k, 'i>(
        &'k self,
        files: KeptFiles,
        repository: Repository<'i>,
        tree: Option<Arc<dyn Tree>>,
    ) -> (Repository<'i>, Lent<'k>) {
        let observed = tree.clone().filter(|_| self.files.is_on()).map(|tree| Arc::new(Observed::new(tree)));
        let changed = files.changed_since(&self.files);
        let mut placed = self.placed.keeping(changed, observed.as_deref().map(Observed::tree));
        let met = placed.beside(repository.numbers());
        // In a run of its own, the lent results would have cost this, too.
        let set_aside = placed.spent();
        let tree = match &observed {
            Some(observed) => Some(Arc::clone(observed) as Arc<dyn Tree>),
            None => tree,
        };
        let repository = repository.in_tree(tree).with_beside(met).setting_aside(set_aside);
        let left = repository.left().left();
        (repository, Lent { placed, files, observed, left, has_set_aside: set_aside > 0 })
    }
}

/// The results that a run may take, and what it has to know to keep its own.
pub(super) struct Lent<'k> {
    pub(super) placed: placement::Keeping<'k>,
    files: KeptFiles,
    observed: Option<Arc<Observed>>,
    /// How much of the budget was left before the placement.
    left: u64,
    has_set_aside: bool,
}

impl Lent<'_> {
    /// What the run keeps, apart from its findings.
    pub(super) fn done(self, repository: Repository<'_>) -> Kept {
        let spent = self.left.saturating_sub(repository.left().left());
        let seen = self.observed.map(|observed| observed.seen()).unwrap_or_default();
        let changed = self.placed.changed().cloned();
        let placed = self.placed.done(spent, repository.into_beside(), seen);
        let findings = KeptFindings::default();
        Kept { files: self.files, placed, findings, changed, has_set_aside: self.has_set_aside }
    }
}

/// A check with fixed settings that runs again and again. Each run gives what [`super::checked`] gives, and keeps the
/// parts that the next one may take.
pub struct Repeated {
    settings: Arc<Settings>,
    /// The texts of the settings, which get the first numbers.
    sources: Sources,
    kept: Kept,
}

impl Repeated {
    /// A check with these settings, whose texts are `sources`.
    pub fn new(settings: Arc<Settings>, sources: Sources) -> Self {
        Self { settings, sources, kept: Kept::on() }
    }

    /// The settings.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Checks everything that was walked. A run that `is_useless` in the end is forgotten.
    pub fn check(&mut self, walked: &Walked, is_useless: impl Fn() -> bool) -> (Repo, Report, Sources) {
        let mut sources = self.sources.clone();
        // Commands print other texts each time.
        let is_kept = matches!(walked.rendering, Rendering::NotAllowed) && !walked.is_part;
        let off = Kept::default();
        let before = if is_kept { &self.kept } else { &off };
        let (repo, report, _, kept) = checked_after(before, walked.of_same(), &self.settings, &mut sources);
        if is_useless() {
            return (repo, report, sources);
        }
        let is_too_much = repo.broken.iter().any(|broken| matches!(broken.what, BrokenWhat::TooMuch));
        if !is_too_much {
            self.kept = kept;
            return (repo, report, sources);
        }
        // Which texts exceed the limit depends on everything that a run makes, so such a run makes everything.
        self.kept = Kept::on();
        if !kept.has_set_aside {
            return (repo, report, sources);
        }
        let mut sources = self.sources.clone();
        let (repo, report, ..) = checked_after(&off, walked.of_same(), &self.settings, &mut sources);
        (repo, report, sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::discover::Roots;
    use crate::read::tree::Disk;
    use std::path::Path;

    const SET: &str = "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: a}\nspec:\n  \
                       imageTagMirrors:\n  - source: quay.io/{{ .Values.name }}\n    mirrors: [m.example.com/a]\n";

    #[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn outputs_of_charts_outlive_files_that_come_and_go_elsewhere() {
        let root = std::env::temp_dir().join(format!("pullwarden-kept-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        for name in ["one", "two"] {
            let chart = root.join("charts").join(name);
            write(&chart.join("Chart.yaml"), &format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"));
            write(&chart.join("values.yaml"), &format!("name: {name}\n"));
            write(&chart.join("templates/set.yaml"), SET);
        }
        let root = root.canonicalize().unwrap();
        let mut check = Repeated::new(Arc::new(Settings::default()), Sources::default());
        let mut runs = || {
            let tree: Arc<dyn Tree> = Arc::new(Disk);
            let paths = vec![root.clone()];
            let roots = Roots { root: root.clone(), paths, stdin: None, respect_ignores: true };
            let walked = Walked::of_tree(tree, &roots);
            let (repo, report, sources) = check.check(&walked, || false);
            let mut fresh = Sources::default();
            let (_, expected) = super::super::checked(walked, &Settings::default(), &mut fresh);
            let said = |report: &Report, sources: &Sources| -> Vec<String> {
                let all = report.diagnostics.iter();
                all.map(|found| {
                    let name = sources.get(found.span.file).map_or("", |source| source.name.as_str());
                    format!("{name}:{} {} {}", found.span.start, found.rule.id, found.message)
                })
                .collect()
            };
            assert_eq!(said(&report, &sources), said(&expected, &fresh));
            assert!(repo.clusters.len() + repo.others.len() >= 2, "both charts are rendered");
            check.kept.placed.runs_of_charts()
        };
        assert_eq!(runs(), [1, 1]);
        assert_eq!(runs(), [1, 1]);
        let plain = root.join("charts.d/plain.yaml");
        write(&plain, &SET.replace("{{ .Values.name }}", "plain"));
        assert_eq!(runs(), [1, 1], "a new file has its own number");
        std::fs::remove_file(&plain).unwrap();
        assert_eq!(runs(), [1, 1], "a file is gone");
        write(&root.join("charts/one/values.yaml"), "name: other\n");
        write(&plain, "kind: Image\n");
        assert_eq!(runs(), [5, 1], "one chart has other values");
        write(&root.join("charts/two/templates/more.yaml"), SET);
        assert_eq!(runs(), [5, 6], "a chart has a new file");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
