//! An `Application`, written or generated: its sources and its destination. Sources:
//! `docs/user-guide/application-specification.md`, `docs/user-guide/multiple_sources.md`, `Template.md`.

use crate::budget::{Budget, MAX_APPLICATIONS};
use crate::called;
use crate::clusters::Clusters;
use crate::found::{Application, Destination, Missing, Read};
use crate::generators::not_evaluated;
use crate::git::{is_true, too_open};
use crate::helm::Reader;
use crate::listing::Listing;
use crate::params::Params;
use crate::paths;
use crate::pattern::{Flavour, Pattern, Refused};
use crate::source::{Source, Tool};
use crate::template::{self, Language};
use crate::text::{Bound, Part, Text};
use spanned_yaml::{Kind, Node};

/// The names of a kustomization, of which a directory has one.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A node of a template, on top of the same node of the template that it overrides.
#[derive(Clone, Copy)]
pub(crate) struct Layered<'d> {
    over: Option<Node<'d>>,
    under: Option<Node<'d>>,
}

/// The context in which applications are made.
pub(crate) struct Maker<'a> {
    pub(crate) listing: &'a dyn Listing,
    pub(crate) budget: &'a Budget,
    pub(crate) language: Language,
    /// The name of the set.
    pub(crate) generated_by: Option<&'a str>,
}

/// Reads an `Application`.
pub(crate) fn read(manifest: Node<'_>, listing: &dyn Listing) -> Read {
    let budget = Budget::new(manifest.span());
    let maker = Maker { listing, budget: &budget, language: Language::Plain, generated_by: None };
    let mut applications = Vec::new();
    let params = Params::default();
    maker.make(Layered { over: Some(manifest), under: None }, &params, &mut applications);
    budget.read(applications)
}

impl<'d> Layered<'d> {
    pub(crate) fn new(over: Option<Node<'d>>, under: Option<Node<'d>>) -> Self {
        Self { over, under }
    }

    pub(crate) fn get(self, key: &str) -> Self {
        let get = |node: Option<Node<'d>>| node.and_then(|node| node.get(key));
        Self { over: get(self.over), under: get(self.under) }
    }

    /// The upper node unless it is empty.
    pub(crate) fn node(self) -> Option<Node<'d>> {
        let is_set = |node: &Node<'d>| match node.kind() {
            Kind::Scalar => !node.is_null() && !node.text().is_empty(),
            Kind::Sequence => node.items().next().is_some(),
            Kind::Mapping => node.raw_pairs().next().is_some(),
        };
        self.over.filter(is_set).or(self.under.filter(is_set))
    }

    /// The items of a list.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'d>> {
        self.node().into_iter().flat_map(Node::items)
    }

    /// The existing ones of both nodes.
    pub(crate) fn layers(self) -> impl Iterator<Item = Node<'d>> {
        [self.over, self.under].into_iter().flatten()
    }

    pub(crate) fn scalar(self) -> Option<Node<'d>> {
        self.node().filter(|node| node.kind() == Kind::Scalar)
    }
}

impl Maker<'_> {
    /// The applications of one set of parameters: one, or one for each cluster that directory names reveal. `None` if
    /// there are too many.
    pub(crate) fn make(
        &self,
        template: Layered<'_>,
        params: &Params,
        into: &mut Vec<Application>,
    ) -> Option<()> {
        let spec = template.get("spec");
        // "spec.sources" wins over "spec.source".
        let several = spec.get("sources").node().filter(|sources| sources.kind() == Kind::Sequence);
        let sources: Vec<Layered<'_>> = match several {
            Some(list) => list.items().map(|item| Layered::new(Some(item), None)).collect(),
            None => vec![spec.get("source")],
        };
        self.budget.spend(20 * sources.len())?;
        let mut worlds: Vec<(Bound, Vec<Source>)> = vec![(params.bound.clone(), Vec::new())];
        for source in sources {
            if let Some(chart) = source.get("chart").scalar() {
                for (bound, found) in &mut worlds {
                    let version = self.show(source.get("targetRevision").scalar(), params, bound);
                    // A chart of a registry may be vendored here.
                    let vendored = self.listing.chart(&self.show(Some(chart), params, bound), &version);
                    found.extend(vendored.map(|path| self.source(source, path, params, bound)));
                }
                continue;
            }
            let Some(path) = source.get("path").scalar() else { continue };
            let text = match self.render(path, params) {
                Ok(text) => text,
                Err(expression) => {
                    self.budget.note(path.span(), not_evaluated(&expression));
                    return Some(());
                }
            };
            let mut next = Vec::new();
            for (bound, found) in worlds {
                for (path, bound) in self.directories(path, &text.bind(&bound), bound, params)? {
                    self.budget.spend(20 * (1 + found.len()))?;
                    let mut found = found.clone();
                    let missing = text.bind(&bound).as_str().filter(|_| path.is_none()).map(str::to_owned);
                    if let Some(missing) = missing {
                        let show = |key: &str| self.show(source.get(key).scalar(), params, &bound);
                        let name = template.get("metadata").get("name").scalar();
                        self.budget.miss(Missing {
                            name: self.show(name, params, &bound),
                            span: source.get("path").node().map_or_else(|| self.budget.whole(), Node::span),
                            path: missing,
                            repo_url: show("repoURL"),
                            revision: show("targetRevision"),
                        });
                    }
                    if let Some(directory) = path {
                        found.push(self.source(source, directory, params, &bound));
                    }
                    next.push((bound, found));
                    if next.len() > MAX_APPLICATIONS {
                        self.budget.too_much();
                        return None;
                    }
                }
            }
            worlds = next;
        }
        for (bound, sources) in worlds {
            let Some(first) = sources.first() else { continue };
            if into.len() >= MAX_APPLICATIONS {
                self.budget.too_much();
                return None;
            }
            let name = template.get("metadata").get("name").scalar();
            into.push(Application {
                name: self.show(name, params, &bound),
                span: first.span,
                destination: self.destination(spec.get("destination"), params, &bound),
                namespace: spec
                    .get("destination")
                    .get("namespace")
                    .scalar()
                    .map(|name| self.show(Some(name), params, &bound)),
                generated_by: self.generated_by.map(str::to_owned),
                sources,
            });
        }
        Some(())
    }

    /// The directories that a path selects, each with the facts about clusters that it reveals. A missing path selects none.
    fn directories(
        &self,
        node: Node<'_>,
        text: &Text,
        bound: Bound,
        params: &Params,
    ) -> Option<Vec<(Option<String>, Bound)>> {
        let directories = self.listing.directories();
        if let Some(path) = text.as_str() {
            let path = paths::normal(path);
            let exists = |path: &String| path.is_empty() || directories.binary_search(path).is_ok();
            return Some(vec![(path.filter(exists), bound)]);
        }
        let clusters = params.clusters.as_deref();
        let pattern =
            tidy(text).map_or(Err(Refused::TooOpen), |text| Pattern::new(&text, Flavour::Path, clusters));
        let Ok(pattern) = pattern else {
            self.budget.note(node.span(), too_open(&text.show()));
            return Some(vec![(None, bound)]);
        };
        let mut found = Vec::new();
        let is_one_cluster = IDENTITIES.iter().any(|key| bound.contains_key(*key));
        for (path, own) in pattern.find(directories, self.budget)? {
            if params.accept(&own) {
                let mut all = bound.clone();
                all.extend(own);
                found.push((Some(path.to_owned()), all));
            }
        }
        if is_one_cluster && found.len() > 1 {
            self.budget.note(node.span(), too_open(&text.show()));
            found.clear();
        }
        // A path of another repository does not prevent the other sources from being applied.
        if found.is_empty() {
            found.push((None, bound));
        }
        Some(found)
    }

    fn source(&self, node: Layered<'_>, path: String, params: &Params, bound: &Bound) -> Source {
        let show = |key: &str| self.show(node.get(key).scalar(), params, bound);
        let directory = node.get("directory");
        let glob = |key: &str| directory.get(key).scalar().map(|glob| self.show(Some(glob), params, bound));
        let is_set = |key: &str| node.get(key).node().is_some();
        let has = |name: &str| {
            let file = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            self.listing.files().binary_search(&file).is_ok()
        };
        let is_kustomization = || KUSTOMIZATIONS.into_iter().any(has);
        let tool =
            if node.get("plugin").over.or(node.get("plugin").under).is_some_and(|plugin| !plugin.is_null()) {
                Tool::Plugin
            } else if is_set("helm") {
                Tool::Helm
            } else if is_set("kustomize") {
                Tool::Kustomize
            } else if is_set("directory") {
                Tool::Directory
            } else if has("Chart.yaml") && !is_kustomization() {
                Tool::Helm
            } else {
                Tool::Detected
            };
        let recurse =
            [directory.over, directory.under].into_iter().flatten().any(|node| is_true(node, "recurse"));
        let helm = (tool == Tool::Helm && has("Chart.yaml")).then(|| {
            let reader = Reader { maker: self, params, bound, path: &path };
            Box::new(reader.read(node.get("helm")))
        });
        Source {
            helm,
            span: node
                .get("chart")
                .node()
                .or(node.get("path").node())
                .map_or_else(|| self.budget.whole(), Node::span),
            repo_url: show("repoURL"),
            revision: show("targetRevision"),
            tool,
            is_patched: tool == Tool::Kustomize
                && ["patches", "components"]
                    .iter()
                    .any(|key| node.get("kustomize").get(key).node().is_some()),
            recurse,
            include: glob("include"),
            exclude: glob("exclude"),
            path,
        }
    }

    /// The cluster: `name` or `server`, of which Argo CD accepts only one.
    fn destination(&self, node: Layered<'_>, params: &Params, bound: &Bound) -> Destination {
        let named = node.get("name").scalar();
        let Some(written) = named.or(node.get("server").scalar()) else { return Destination::InCluster };
        let text = match self.render(written, params) {
            Ok(text) => text.bind(bound),
            Err(expression) => return Destination::Selection(format!("{{{{ {expression} }}}}")),
        };
        let Some(text) = text.as_str() else {
            let own = text.parts().iter().all(|part| matches!(part, Part::Open(key) if is_identity(key)));
            return match (bound.get("name"), bound.get("server"), params.clusters.as_deref()) {
                (Some(name), _, _) if own => of_name(name),
                (None, Some(server), _) if own => of_server(server),
                (_, _, Some(clusters)) => Destination::Selection(Clusters::words(clusters, bound)),
                (_, _, None) => Destination::Selection(text.show()),
            };
        };
        // Argo CD uses this name for its own cluster, whatever other names there are.
        let destination = if named.is_some() { of_name(text) } else { of_server(text) };
        if matches!(destination, Destination::Cluster(_))
            && self.budget.spend(params.weight()).is_some()
            && let Some(called) = called::pair(text, named.is_some(), params, bound)
        {
            self.budget.call(called);
        }
        destination
    }

    /// The text of a scalar, for people.
    fn show(&self, node: Option<Node<'_>>, params: &Params, bound: &Bound) -> String {
        let Some(node) = node else { return String::new() };
        let text =
            self.render(node, params).map_or_else(|_| node.text().to_owned(), |text| text.bind(bound).show());
        // It is kept for each application, so its length is limited.
        self.budget.spend(text.len() / 4).map_or_else(String::new, |()| text)
    }

    pub(crate) fn render(&self, node: Node<'_>, params: &Params) -> Result<Text, String> {
        self.budget.spend(1 + node.text().len() / 100).ok_or_else(|| node.text().to_owned())?;
        template::render(self.language, node.text(), &[params])
    }
}

/// The parameters that each identify a cluster.
const IDENTITIES: [&str; 2] = ["name", "server"];

fn is_identity(key: &str) -> bool {
    IDENTITIES.contains(&key)
}

/// `in-cluster` is the name that Argo CD gives to its own cluster (`Generators-Cluster.md`, "local cluster").
fn of_name(name: &str) -> Destination {
    if name == "in-cluster" { Destination::InCluster } else { Destination::Cluster(name.to_owned()) }
}

/// Its own URL is `KubernetesInternalAPIServerAddr` (`pkg/apis/application/v1alpha1/application_defaults.go`); the
/// other spellings lead to the same service.
fn of_server(server: &str) -> Destination {
    if is_own_server(server) { Destination::InCluster } else { Destination::Cluster(server.to_owned()) }
}

/// Whether a URL is that of the cluster that Argo CD runs on.
pub fn is_own_server(server: &str) -> bool {
    let host = server.strip_prefix("https://").unwrap_or(server);
    let host = host.trim_end_matches('/');
    let host = host.strip_suffix(":443").unwrap_or(host);
    ["kubernetes.default.svc", "kubernetes.default", "kubernetes.default.svc.cluster.local"].contains(&host)
}

/// An open path in a simple form; `None` if its meaning is not clear.
fn tidy(text: &Text) -> Option<Text> {
    let last = text.parts().len().checked_sub(1)?;
    let mut tidy = Text::default();
    for (index, part) in text.parts().iter().enumerate() {
        match part {
            Part::Open(key) => tidy.push(&Text::open(key.clone())),
            Part::Known(text) => {
                let text = if index == 0 { text.strip_prefix("./").unwrap_or(text) } else { text };
                let text = if index == last { text.trim_end_matches('/') } else { text };
                let walks = text.split('/').any(|piece| matches!(piece, "." | ".."));
                if walks || text.contains("//") || (index == 0 && text.starts_with('/')) {
                    return None;
                }
                tidy.push_str(text);
            }
        }
    }
    Some(tidy)
}
