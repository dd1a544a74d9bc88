//! Finds out whether files that are no manifests mention image configuration: templates of charts, values, and files that
//! kustomizations read under any name. Where nothing does, nothing is rendered or built.

use super::repository::Repository;
use crate::kustomize::{self, Files, Found};
use crate::read::{discover, manifest};
use memchr::memmem;
use std::collections::HashSet;
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

    /// Whether a text names a file beside the walk that mentions image configuration.
    fn names_ours(&self, directory: &str, text: &str) -> bool {
        let mut paths = named(text).filter_map(|path| kustomize::join(directory, path));
        paths.any(|path| !self.directories.contains(path.as_str()) && self.speaks(&path))
    }

    /// Whether some kustomization may render a chart.
    pub fn may_inflate_charts(&self) -> bool {
        let may = |text: &[u8]| {
            ["elmChart", "generators"].iter().any(|word| memmem::find(text, word.as_bytes()).is_some())
        };
        let mut kustomizations = self.names().filter(|name| discover::is_kustomization(name));
        kustomizations.any(|name| self.text_if(name, may).is_some())
    }

    /// Whether some file that charts may be rendered from mentions image configuration.
    pub fn charts_speak_of_images(&self) -> bool {
        let is_chart = |name: &&str| discover::file_name(name) == "Chart.yaml";
        let roots: Vec<&str> = self.names().filter(is_chart).map(discover::directory).collect();
        // Values may stand in any file.
        !roots.is_empty() && self.names().any(|name| self.may_hold_ours(name))
            || self.speaks_beside(&roots, true)
    }

    /// Whether a file below one of these directories that is not of the walk mentions image configuration. Nobody looks into
    /// archives here: `archives` says what counts for them.
    pub fn speaks_beside(&self, roots: &[&str], archives: bool) -> bool {
        let mut waiting: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
        // Links lead back into directories, so their real paths count.
        let mut met: HashSet<String> = HashSet::new();
        while let Some(directory) = waiting.pop() {
            let Found::Directory { path: directory } = self.find(&directory) else { continue };
            if !met.insert(directory.clone()) {
                continue;
            }
            // Nobody renders what Git keeps for itself.
            for name in self.entries(&directory).into_iter().filter(|name| name != ".git") {
                let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                if self.number(&path).is_some() {
                    continue;
                }
                if Path::new(&path).extension().is_some_and(|ending| ending == "tgz") {
                    if archives {
                        return true;
                    }
                    continue;
                }
                match self.find(&path) {
                    Found::File { text, .. } if manifest::may_hold_ours(&text) => return true,
                    Found::Directory { path } => waiting.push(path),
                    _ => {}
                }
            }
        }
        false
    }

    /// Whether a file mentions image configuration.
    fn speaks(&self, path: &str) -> bool {
        matches!(self.find(path), Found::File { text, .. } if manifest::may_hold_ours(&text))
    }
}

/// The words of a kustomization that may be paths of files without a YAML ending: items of lists, and values of fields that hold
/// paths.
fn named(text: &str) -> impl Iterator<Item = &str> {
    const FIELDS: [&str; 5] = ["resources", "bases", "path", "env", "valuesFile"];
    let is_mark = |c: char| "[]{},\"'".contains(c);
    let words = text.lines().flat_map(move |line| {
        let code = if line.trim_start().starts_with('#') { "" } else { line };
        let mut before = "";
        let words = code.split(" #").next().unwrap_or_default().split_whitespace();
        words.filter(move |word| {
            let key = std::mem::replace(&mut before, word).strip_suffix(':');
            let is_field = |key: &str| FIELDS.iter().any(|field| key.eq_ignore_ascii_case(field));
            let is_value = key.is_some_and(|key| !is_field(key.trim_matches(is_mark)));
            !word.ends_with(':') && (!is_value || word.starts_with('['))
        })
    });
    words.flat_map(move |word| word.split(is_mark)).filter(|word| {
        !word.is_empty()
            && !word.ends_with([':', '-', '|', '>'])
            && !word.contains("://")
            && !word.contains('?')
            && !discover::is_manifest(Path::new(word))
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn only_items_and_fields_with_paths_name_files() {
        for (text, paths) in [
            ("kind: Kustomization\nnamespace: prod\nlabels: {app: web}\n", &[][..]),
            ("# The objects of prod\nresources: # all\n- mirrors # ours\n- a.yaml\n", &["mirrors"]),
            ("resources: [../a, 'b']\nbases:\n  - \"c\"\n", &["../a", "b", "c"]),
            ("resources: [\n  a,\n  b\n]\n", &["a", "b"]),
            ("resources: a\n", &["a"]),
            ("{\"resources\": [\"a\"], \"Path\": \"b\", \"c\": \"d\"}", &["a", "b"]),
            ("{\"resources\":[\"a\"]}", &["resources", "a"]),
            ("patches:\n- path: p\n  target: {kind: Pod}\n- patch: |-\n    - op: add\n", &["p"]),
            ("helmCharts: [{name: a, valuesFile: v}]\n", &["v"]),
            ("resources: [https://g.example/a, g.example/a?ref=b]\n", &[]),
            ("patchesStrategicMerge:\n- |\n  kind: Pod\n", &[]),
        ] {
            assert_eq!(named(text).collect::<Vec<_>>(), paths, "{text}");
        }
    }
}
