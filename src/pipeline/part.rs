//! A walk of a part of the repository, with the missing files of the configured clusters that it touches: the effect
//! of a file on a cluster depends on the cluster's other files.

use super::{Walked, is_left_out};
use crate::config::{self, Settings};
use crate::placement::configured::{ConfiguredChart, ConfiguredCluster};
use crate::read::discover::{self, Input, Roots};
use crate::read::tree::{Disk, Tree};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

impl Walked {
    /// Adds the files that the configuration names for the clusters that the walk of `roots` touches. Returns the
    /// directories of the commands of these clusters.
    pub fn add_configured(&mut self, roots: &Roots, settings: &Settings) -> BTreeSet<String> {
        let has_paths = !roots.paths.is_empty();
        // Without a repository the directory may hold anything.
        let tree: Arc<dyn Tree> = self.tree.clone().unwrap_or_else(|| Arc::new(Disk));
        let is_repository = !tree.is_disk() || discover::is_root(&roots.root, &config::NAMES);
        if !(self.is_part && has_paths && is_repository) || settings.known.clusters.is_empty() {
            return BTreeSet::new();
        }
        let root = roots.root.clone();
        let whole =
            Roots { paths: vec![root.clone()], root, stdin: None, respect_ignores: roots.respect_ignores };
        // The user did not ask for the other files, so their errors are dropped.
        let mut all = discover::walk_in(&tree, &whole).inputs;
        all.retain(|input| !is_left_out(&input.name, settings));
        let walked: Vec<&str> = self
            .inputs
            .iter()
            .map(|input| &*input.name)
            .filter(|name| !is_left_out(name, settings))
            .collect();
        let names: BTreeSet<&str> =
            all.iter().map(|input| &*input.name).chain(walked.iter().copied()).collect();
        let kustomized: Vec<&str> = (names.iter().filter(|name| discover::is_kustomization(name)))
            .map(|name| discover::directory(name))
            .collect();
        let mut charts_of: HashMap<usize, Vec<&ConfiguredChart>> = HashMap::new();
        for chart in &settings.known.charts {
            for number in &chart.clusters {
                charts_of.entry(*number).or_default().push(chart);
            }
        }
        let mut touched = Vec::new();
        let mut untouched = Vec::new();
        for (number, cluster) in settings.known.clusters.iter().enumerate() {
            let commands =
                settings.renders.iter().filter(|render| render.cluster.as_ref() == Some(&cluster.name));
            let commands: Vec<&str> = commands.map(|render| render.root.value.as_str()).collect();
            let built = kustomized.iter().copied().filter(|directory| cluster.claims_root(directory));
            let charts = charts_of.remove(&number).unwrap_or_default();
            let roots_of_charts = charts.iter().map(|chart| chart.root.value.as_str());
            let directories: Vec<&str> =
                built.chain(commands.iter().copied()).chain(roots_of_charts).collect();
            let is_below =
                |name: &str| directories.iter().any(|directory| discover::is_below(name, directory));
            let is_of_values =
                |name: &str| charts.iter().flat_map(|chart| &chart.files).any(|file| file.value == name);
            let leads_to = |directory: &str| {
                let directory = roots.root.join(directory);
                roots.paths.iter().any(|path| path.starts_with(&directory) || directory.starts_with(path))
            };
            if walked.iter().any(|name| cluster.claims(name) || is_below(name) || is_of_values(name))
                || commands.iter().any(|directory| leads_to(directory))
            {
                touched.push(Touched { cluster, commands, charts });
            } else {
                untouched.push(number);
            }
        }
        let is_named = |input: &Input| touched.iter().any(|touched| touched.names_file(&input.name));
        let added: Vec<Input> = all.iter().filter(|input| is_named(input)).cloned().collect();
        let commands = touched.iter().flat_map(|touched| &touched.commands);
        let commands = commands.map(|&command| command.to_owned()).collect();
        self.names = Some(names.into_iter().map(str::to_owned).collect());
        self.inputs.extend(added);
        self.inputs.sort_by(|a, b| a.name.cmp(&b.name));
        self.inputs.dedup_by(|a, b| a.name == b.name);
        self.untouched = untouched;
        commands
    }
}

/// A cluster that the walk touches, the directories of its commands, and its charts.
struct Touched<'s> {
    cluster: &'s ConfiguredCluster,
    commands: Vec<&'s str>,
    charts: Vec<&'s ConfiguredChart>,
}

impl Touched<'_> {
    /// Whether the configuration names a file for the cluster: the file, its kustomization, the directory of a command,
    /// or a file of a chart.
    fn names_file(&self, name: &str) -> bool {
        let is_of_chart = |chart: &&ConfiguredChart| {
            discover::is_below(name, &chart.root.value) || chart.files.iter().any(|file| file.value == name)
        };
        self.cluster.claims(name)
            || (discover::is_kustomization(name) && self.cluster.claims_root(discover::directory(name)))
            || self.commands.iter().any(|directory| discover::is_below(name, directory))
            || self.charts.iter().any(is_of_chart)
    }
}
