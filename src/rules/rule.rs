//! What a rule is: its description, its options, and one function from a cluster to findings.

use crate::finding::Findings;
pub use crate::finding::severity::Severity;
use crate::model::Cluster;
use crate::rules::pages::page;
use crate::rules::view::ClusterView;
use crate::yaml::{Node, de};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The project's home.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Category {
    /// One resource by itself: is it what the API server takes?
    Shape,
    /// Names of registries and repositories as text.
    Scopes,
    /// Which registries are allowed, blocked, insecure, searched.
    Registries,
    /// Mirror sets.
    Mirrors,
    /// Certificates, carriers and neighbours.
    Trust,
    /// Images that workloads ask for.
    Workloads,
    /// What a change does to nodes.
    Changes,
    /// Policies of a repository.
    Policies,
    /// pullwarden's own inputs.
    Settings,
}

impl Category {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Shape => "shape",
            Category::Scopes => "scopes",
            Category::Registries => "registries",
            Category::Mirrors => "mirrors",
            Category::Trust => "trust",
            Category::Workloads => "workloads",
            Category::Changes => "changes",
            Category::Policies => "policies",
            Category::Settings => "settings",
        }
    }
}

/// The sets of rules that a configuration can start from; each includes the ones before it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    serde::Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// What breaks, leaks or is deprecated.
    #[default]
    Recommended,
    /// Also what a hardening guide asks for.
    Strict,
}

impl Preset {
    /// The word in reports and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::Recommended => "recommended",
            Preset::Strict => "strict",
        }
    }
}

/// The description of a rule, or of anything else that is reported.
#[derive(Debug)]
pub struct Meta {
    /// Kebab-case; names the wrong thing.
    pub id: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    /// What it is about.
    pub category: Category,
    /// How much it matters unless the configuration says otherwise.
    pub severity: Severity,
    /// The first preset that has it.
    pub preset: Preset,
    /// How bad it can get where security is the matter: a CVSS-like score as GitHub's `security-severity` takes it.
    pub security: Option<&'static str>,
    /// The rules that say more of the same text. Where one of them is on and speaks of a text, this one is silent about it, unless
    /// what it says is worse than usual, and than that.
    pub yields_to: &'static [&'static str],
    /// The version of pullwarden that brought it.
    pub since: &'static str,
}

impl Meta {
    /// What is in the recommended preset, has no score, and yields to no rule: most of what pullwarden itself says.
    pub const fn recommended(
        id: &'static str,
        summary: &'static str,
        category: Category,
        severity: Severity,
        since: &'static str,
    ) -> Self {
        let preset = Preset::Recommended;
        Self { id, summary, category, severity, preset, security: None, yields_to: &[], since }
    }

    /// The page of the rule book.
    pub fn page(&self) -> &'static str {
        page(self.id)
    }
}

/// A page without its front matter, which only programs read.
pub fn page_body(page: &str) -> &str {
    let Some(rest) = page.strip_prefix("---").map(|rest| rest.trim_start_matches('\r')) else { return page };
    if !rest.starts_with('\n') {
        return page;
    }
    let Some(end) = rest.find("\n---") else { return page };
    let behind = &rest[end + 4..];
    behind.split_once('\n').map_or("", |(_, body)| body).trim_start()
}

/// A rule: a value of its options that looks at a cluster.
pub trait Rule: Default + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its description.
    const META: Meta;

    /// Whether it asks what becomes of deprecated mirror sets ([`ClusterView::conversion`]): that is tried in every build.
    const ASKS_FOR_CONVERSIONS: bool = false;

    /// Whether it is about what a pipeline reads of a mirror set: the names, and the shape of the entries. What an API server
    /// would say of the object does not matter there.
    const IS_FOR_PIPELINES: bool = matches!(Self::META.category, Category::Scopes);

    /// Whether it has something to say of one object of a template that nobody renders here: what it says holds whatever is
    /// filled in, and whatever else the cluster gets.
    const IS_FOR_TEMPLATES: bool = matches!(Self::META.category, Category::Shape | Category::Scopes);

    /// Whether it has something to say of what a cluster held: that holds what no repository should, and nobody knows
    /// whether the dump is all of it.
    const IS_FOR_DUMPS: bool = true;

    /// Reports what is wrong in `cluster`. Pure: the same cluster gives the same findings.
    ///
    /// A rule implements either this or [`Rule::check_nodes`].
    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let _ = (cluster, out);
    }

    /// For a rule that asks what becomes of the resources on the nodes.
    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        self.check(view.cluster, out);
    }
}

/// A rule with its options read.
pub trait Check: Send + Sync {
    /// See [`Rule::check_nodes`].
    fn check(&self, view: &ClusterView<'_>, out: &mut Findings);

    /// See [`Rule::ASKS_FOR_CONVERSIONS`].
    fn asks_for_conversions(&self) -> bool {
        false
    }

    /// See [`Rule::IS_FOR_PIPELINES`].
    fn is_for_pipelines(&self) -> bool {
        false
    }

    /// See [`Rule::IS_FOR_TEMPLATES`].
    fn is_for_templates(&self) -> bool {
        false
    }

    /// See [`Rule::IS_FOR_DUMPS`].
    fn is_for_dumps(&self) -> bool {
        true
    }
}

impl<R: Rule> Check for R {
    fn check(&self, view: &ClusterView<'_>, out: &mut Findings) {
        self.check_nodes(view, out);
    }

    fn asks_for_conversions(&self) -> bool {
        R::ASKS_FOR_CONVERSIONS
    }

    fn is_for_pipelines(&self) -> bool {
        R::IS_FOR_PIPELINES
    }

    fn is_for_templates(&self) -> bool {
        R::IS_FOR_TEMPLATES
    }

    fn is_for_dumps(&self) -> bool {
        R::IS_FOR_DUMPS
    }
}

/// A rule of the registry, its type erased.
pub struct Entry {
    /// Its description.
    pub meta: &'static Meta,
    /// What configures and runs it; `None` for diagnostics that come up on the way and not from a rule's own check.
    pub runner: Option<Runner>,
}

/// A rule, and what is wrong with its options.
pub type ConfiguredRule = (Box<dyn Check>, Vec<de::Error>);

/// How to make a rule.
pub struct Runner {
    /// Makes it with the options under `node`, and tells what is wrong with them; the key `severity` is not its own.
    pub configure: fn(Option<Node<'_>>) -> ConfiguredRule,
    /// The JSON Schema of its options.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// How the ids of policies begin: `policy/<package>/<name>`.
pub const POLICY_PREFIX: &str = "policy/";

/// Whether an id is one of a policy, be it there or not.
pub fn is_policy(id: &str) -> bool {
    id.starts_with(POLICY_PREFIX)
}

/// The key beside a rule's options that the engine reads itself.
pub const SEVERITY_KEY: &str = "severity";

impl Entry {
    /// The entry of a rule.
    pub const fn of<R: Rule>() -> Self {
        Self {
            meta: const { &R::META },
            runner: Some(Runner {
                configure: |node| match node {
                    Some(node) => {
                        let (rule, errors) = de::lenient::<R>(node, &[SEVERITY_KEY]);
                        (Box::new(rule), errors)
                    }
                    None => (Box::new(R::default()), Vec::new()),
                },
                schema: R::json_schema,
            }),
        }
    }

    /// The entry of something that is reported without a check of its own.
    pub const fn reported(meta: &'static Meta) -> Self {
        Self { meta, runner: None }
    }
}
