//! Finds out whether files that are no manifests mention image configuration: templates of charts, values, and files that
//! kustomizations read under any name. Where nothing does, nothing is rendered or built.

use super::repository::Repository;
use crate::kustomize::{self, Files, Found};
use crate::read::{discover, manifest};
use memchr::memmem;
use std::path::Path;

impl Repository<'_> {
    /// Whether some kustomization mentions image configuration or the namespace of registry CAs, or names a file beside
    /// the walk that does: kustomize reads files with any name.
    pub fn changes_images(&self) -> bool {
        let speaks = |name: &str, text: &str| {
            manifest::may_hold_ours(text)
                || memmem::find(text.as_bytes(), b"openshift-config").is_some()
                || self.names_ours(discover::directory(name), text)
        };
        let mut kustomizations = self.names().filter(|name| discover::is_kustomization(name));
        kustomizations.any(|name| self.text_if(name, |_| true).is_some_and(|(_, text)| speaks(name, &text)))
    }

    /// Whether a word of a text is the path of a file beside the walk that mentions image configuration.
    fn names_ours(&self, directory: &str, text: &str) -> bool {
        let words = text.split(|c: char| c.is_whitespace() || "[]{},\"'#".contains(c));
        let mut paths = words
            .filter(|word| {
                !word.is_empty() && !word.ends_with([':', '-']) && !discover::is_manifest(Path::new(word))
            })
            .filter_map(|word| kustomize::join(directory, word));
        paths.any(|path| !self.directories.contains(path.as_str()) && self.speaks(&path))
    }

    /// Whether some file that charts may be rendered from mentions image configuration.
    pub fn charts_speak_of_images(&self) -> bool {
        let is_chart = |name: &&str| discover::file_name(name) == "Chart.yaml";
        let roots: Vec<&str> = self.names().filter(is_chart).map(discover::directory).collect();
        // Values may stand in any file.
        !roots.is_empty() && self.names().any(|name| self.may_hold_ours(name))
            || roots.iter().any(|root| self.speaks_beside(root, 0))
    }

    /// Whether a file below a chart that is not of the walk mentions image configuration. Nobody looks into archives here.
    fn speaks_beside(&self, directory: &str, depth: usize) -> bool {
        const DEEPEST: usize = 16;
        self.entries(directory).into_iter().any(|name| {
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            let is_directory = || matches!(self.find(&path), Found::Directory { .. });
            self.number(&path).is_none()
                && (Path::new(&path).extension().is_some_and(|ending| ending == "tgz")
                    || self.speaks(&path)
                    || depth < DEEPEST && is_directory() && self.speaks_beside(&path, depth + 1))
        })
    }

    /// Whether a file mentions image configuration.
    fn speaks(&self, path: &str) -> bool {
        matches!(self.find(path), Found::File { text, .. } if manifest::may_hold_ours(&text))
    }
}
