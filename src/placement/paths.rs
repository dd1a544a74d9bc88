//! Finds the names of clusters in paths. The name of a cluster follows `clusters/`, `overlays/`, `sites/` or `env/`.
//! `common`, `all`, `base` and `shared` belong to all clusters beside them.

use std::sync::LazyLock;

/// The directories that contain the directories of clusters. The flag is true if several components may repeat the same
/// names, each below its component.
const KEYWORDS: [(&str, bool); 7] = [
    ("clusters", false),
    ("sites", false),
    ("overlays", true),
    ("env", true),
    ("envs", true),
    ("environment", true),
    ("environments", true),
];

/// The names that mean every cluster.
const SHARED: [&str; 7] = ["all", "all-clusters", "base", "bases", "common", "global", "shared"];

/// The cluster that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named<'p> {
    /// The layout of directories that the cluster belongs to.
    pub(super) group: &'p str,
    /// The directory that contains the keyword's directory.
    pub(super) parent: &'p str,
    /// The path up to the name, and the name: `clusters/prod`.
    pub(super) place: &'p str,
    /// The part of the path after the keyword: `prod`, `emea/prod`.
    pub(super) path: &'p str,
    /// The parts of the path after the name.
    pub(super) rest: Vec<&'p str>,
}

impl<'p> Named<'p> {
    /// Reads the path of a directory; `None` if it names no cluster.
    pub(super) fn of(directory: &'p str) -> Option<Self> {
        let mut start = 0;
        let mut parts = directory.split('/').peekable();
        while let Some(part) = parts.next() {
            let keyword = KEYWORDS.iter().find(|(keyword, _)| *keyword == part);
            let next = parts.peek().filter(|next| keyword.is_some() && !is_keyword(next));
            if let (Some((_, is_of_component)), Some(name)) = (keyword, next) {
                let parent = directory[..start].trim_end_matches('/');
                let group = if *is_of_component { crate::read::discover::directory(parent) } else { parent };
                let end = start + part.len() + 1 + name.len();
                let (place, path) = (&directory[..end], *name);
                let mut named = Self { group, parent, place, path, rest: parts.skip(1).collect() };
                named.skip_region(directory);
                return Some(named);
            }
            start += part.len() + 1;
        }
        None
    }

    /// The name of the cluster.
    pub(super) fn name(&self) -> &'p str {
        last(self.place)
    }

    /// Whether it stands for all clusters beside it.
    pub(super) fn is_shared(&self) -> bool {
        is_shared(self.name())
    }

    /// Whether it is one cluster, not a region and not all clusters.
    pub(super) fn is_cluster(&self) -> bool {
        !self.is_shared() && !is_region(self.name())
    }

    /// The name one directory deeper; `None` at the end of the path.
    pub(super) fn deeper(&self, directory: &'p str) -> Option<Self> {
        let (next, rest) = self.rest.split_first()?;
        let end = self.place.len() + 1 + next.len();
        let start = self.place.len() - self.path.len();
        let (place, path) = (&directory[..end], &directory[start..end]);
        Some(Self { place, path, rest: rest.to_vec(), ..self.clone() })
    }

    /// Moves on to the cluster if the name is that of a region.
    fn skip_region(&mut self, directory: &'p str) {
        while is_region(self.name()) && self.rest.first() != Some(&"components") {
            let Some(deeper) = self.deeper(directory) else { return };
            *self = deeper;
        }
    }
}

/// The parent directory whose clusters share this path, and the path up to the shared name. For example,
/// `common/images` is for everything beside `common`.
pub(super) fn shared(directory: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for part in directory.split('/') {
        if is_shared(part) {
            return Some((directory[..start].trim_end_matches('/'), &directory[..start + part.len()]));
        }
        start += part.len() + 1;
    }
    None
}

/// The top directory of a cluster dump, for a directory in it.
pub(super) fn of_dump(directory: &str) -> &str {
    let mut start = 0;
    for part in directory.split('/') {
        if matches!(part, "cluster-scoped-resources" | "namespaces") {
            return directory[..start].trim_end_matches('/');
        }
        start += part.len() + 1;
    }
    directory
}

/// Whether a name is a keyword. In `clusters/overlays/prod`, the innermost keyword counts.
fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|(keyword, _)| *keyword == name)
}

fn is_shared(name: &str) -> bool {
    SHARED.contains(&name)
}

/// Whether a name is the name of a region.
fn is_region(name: &str) -> bool {
    static REGION: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
        let pattern = "^(emea|amer|americas?|apac|europe|asia|africa|oceania|latam|eu|us|na|region[-_a-z0-9]*|\
                       (us|eu|ap|sa|ca|me|af|cn|il|mx)-(gov-)?(north|south|east|west|central|northeast|southeast|northwest|southwest)(-?[0-9])?)$";
        regex::Regex::new(pattern).ok()
    });
    REGION.as_ref().is_some_and(|region| region.is_match(name))
}

fn last(path: &str) -> &str {
    crate::read::discover::file_name(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(directory: &str) -> Option<(&str, &str, &str)> {
        Named::of(directory).map(|named| (named.group, named.place, named.name()))
    }

    #[test]
    fn the_part_behind_a_keyword_is_a_name() {
        assert_eq!(place("clusters/prod"), Some(("", "clusters/prod", "prod")));
        assert_eq!(place("gitops/clusters/prod/images"), Some(("gitops", "gitops/clusters/prod", "prod")));
        assert_eq!(
            place("components/a/overlays/prod"),
            Some(("components", "components/a/overlays/prod", "prod"))
        );
        assert_eq!(place("overlays/prod"), Some(("", "overlays/prod", "prod")));
        assert_eq!(place("environments/test/x"), Some(("", "environments/test", "test")));
        assert_eq!(
            place("clusters/overlays/prod/components/x"),
            Some(("", "clusters/overlays/prod", "prod"))
        );
        assert_eq!(place("clusters"), None);
        assert_eq!(place("envoy/prod"), None);
        assert_eq!(place(""), None);
    }

    #[test]
    fn regions_are_no_clusters() {
        assert_eq!(place("clusters/emea/prod-1/images"), Some(("", "clusters/emea/prod-1", "prod-1")));
        assert_eq!(place("clusters/eu-west-1/a"), Some(("", "clusters/eu-west-1/a", "a")));
        assert_eq!(place("clusters/emea/components/x"), Some(("", "clusters/emea", "emea")));
        assert!(Named::of("clusters/emea/components/x").is_some_and(|named| !named.is_cluster()));
        assert_eq!(place("clusters/emea"), Some(("", "clusters/emea", "emea")));
        assert_eq!(place("clusters/prod-eu/images"), Some(("", "clusters/prod-eu", "prod-eu")));
    }

    #[test]
    fn some_names_are_for_all() {
        assert!(Named::of("clusters/common/images").is_some_and(|named| named.is_shared()));
        assert_eq!(shared("gitops/common/images"), Some(("gitops", "gitops/common")));
        assert_eq!(shared("base"), Some(("", "base")));
        assert_eq!(shared("gitops/images"), None);
    }
}
