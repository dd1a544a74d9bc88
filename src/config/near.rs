//! Files in the root of the repository that look like the configuration and are not read: a second configuration, and
//! names that are nearly right. Only their names count.

use super::NAMES;
use crate::finding::Finding;
use crate::machine::terminal::escape;
use crate::read::crd::schema::nearest;
use crate::read::tree::{Disk, EntryKind, Tree};
use crate::rules::rule::Meta;
use crate::rules::settings;
use crate::source::{Source, Sources, Span};
use std::path::Path;

/// The largest number of entries of the root that are read.
const MAX_ENTRIES: usize = 10_000;

/// The names of the files in a directory that look like the configuration at `read`, sorted. A link to that
/// configuration is left out.
pub fn beside(root: &Path, read: Option<&Path>) -> Vec<String> {
    beside_in(&Disk, root, read)
}

/// The same in the files of a tree.
pub fn beside_in(tree: &dyn Tree, root: &Path, read: Option<&Path>) -> Vec<String> {
    let target = read.and_then(|path| tree.real(path));
    let entries = tree.entries(root).into_iter().flatten().take(MAX_ENTRIES).flatten();
    let entries = entries.filter(|(_, kind)| *kind != EntryKind::Directory);
    let mut names: Vec<String> = entries.filter_map(|(name, _)| name.into_string().ok()).collect();
    names.retain(|name| NAMES.contains(&name.as_str()) || is_near(name));
    // Names come first: few match, and links cost a look at the disk.
    names.retain(|name| target.is_none() || tree.real(&root.join(name)) != target);
    names.sort();
    names
}

/// A finding for each of these files; `read` is the name of the configuration that counts.
pub fn unread(names: &[String], read: Option<&str>, sources: &mut Sources) -> Vec<(&'static Meta, Finding)> {
    let others = names.iter().filter(|name| read != Some(name.as_str()));
    let unread = others.map(|name| {
        let file = sources.add(Source::new(name.clone(), "".into()));
        let shown = escape(name);
        let (message, help) = match read {
            Some(read) => (
                format!("`{shown}` is not read, since `{read}` is the configuration"),
                format!("move its contents into `{read}` and delete it; pullwarden reads one configuration"),
            ),
            None => (
                format!("`{shown}` is not read; a configuration is called `{}`", NAMES[0]),
                format!("rename it to `{}`; until then, its settings have no effect", NAMES[0]),
            ),
        };
        let mut finding = Finding::new(Span::new(file, 0, 0), message);
        finding.help(help);
        (&settings::UNREAD_CONFIGURATION, finding)
    });
    unread.collect()
}

/// Whether a name is nearly that of a configuration: in another case, with a typing error, or with another ending. A
/// copy (`.bak`, `.example`) is not meant, nor is a report with this name (`pullwarden.json`).
pub fn is_near(name: &str) -> bool {
    const OF_YAML: [&str; 8] =
        ["yaml", "yml", "yaml.txt", "yml.txt", "yaml.yaml", "yml.yml", "yaml.yml", "yml.yaml"];
    const OTHERS: [&str; 7] = ["", "json", "jsonc", "toml", "conf", "cfg", "txt"];
    if NAMES.contains(&name) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_prefix('.').unwrap_or(&lower);
    let is_hidden = stem.len() < lower.len();
    let (stem, rest) = stem.split_once('.').unwrap_or((stem, ""));
    let stem: String = stem.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    let stem = ["config", "conf", "rc"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(&stem);
    let is_it = stem == "pullwarden";
    let is_slip = || stem.len() > 7 && nearest(stem, ["pullwarden"].into_iter()).is_some();
    let is_of_yaml = OF_YAML.contains(&rest);
    is_of_yaml && (is_it || is_slip()) || is_hidden && is_it && OTHERS.contains(&rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_those_of_a_configuration_are_found() {
        for name in [
            ".pullwarden.yaml.txt",
            ".Pullwarden.yaml",
            ".pullwarden.yaml.yaml",
            ".pullwarden.json",
            ".pullwarden.toml",
            ".pullwarden",
            ".pullwardenrc",
            ".pull-warden.yml",
            ".pulwarden.yaml",
            "PullWarden.YAML",
            "pullwarden-config.yaml",
            ".pullwarden.YML",
        ] {
            assert!(is_near(name), "{name}");
        }
        for name in [
            ".pullwarden.yaml",
            "pullwarden.yml",
            ".pullwarden-baseline.json",
            ".pullwarden.yaml.bak",
            ".pullwarden.example.yaml",
            "pullwarden",
            "pullwarden.json",
            "pullwarden.sarif",
            "pullwarden.txt",
            "warden.yaml",
            "pull.yaml",
            ".pullwarden.yaml~",
        ] {
            assert!(!is_near(name), "{name}");
        }
    }
}
