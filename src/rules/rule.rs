//! The parts of a rule: its description, its options, and one function from a cluster to findings.

use crate::finding::Findings;
pub use crate::finding::severity::Severity;
use crate::model::Cluster;
use crate::rules::pages::page;
use crate::rules::view::ClusterView;
use crate::yaml::{Node, de};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The home page of the project.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The subject of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Category {
    /// The shape of one resource: whether the API server accepts it.
    Shape,
    /// The form of names of registries and repositories.
    Scopes,
    /// The lists of allowed, blocked, insecure and search registries.
    Registries,
    /// Mirror sets.
    Mirrors,
    /// Certificates, carriers, and other kinds that change what image configuration does.
    Trust,
    /// Images of workloads.
    Workloads,
    /// The effect of a change on nodes.
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
    /// Rules about failures, security problems and deprecated configuration.
    #[default]
    Recommended,
    /// In addition, rules that a hardening guide requires.
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
    /// The subject of the rule.
    pub category: Category,
    /// The severity, unless the configuration sets another one.
    pub severity: Severity,
    /// The first preset that has it.
    pub preset: Preset,
    /// How severe a security problem can be: a score like that of CVSS, in the form of GitHub's `security-severity`.
    pub security: Option<&'static str>,
    /// Rules that say more about the same text. If one of them is on and reports a text, this rule does not, unless its own
    /// finding is worse than usual and worse than the other.
    pub yields_to: &'static [&'static str],
    /// The first version of pullwarden with the rule.
    pub since: &'static str,
}

impl Meta {
    /// A description in the recommended preset, without a score, that yields to no rule: most diagnostics about pullwarden's
    /// own inputs.
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

/// A rule: a value with its options, and a check of a cluster.
pub trait Rule: Default + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its description.
    const META: Meta;

    /// Whether it needs the conversions of deprecated mirror sets ([`ClusterView::conversion`]), which are tried in every
    /// build.
    const ASKS_FOR_CONVERSIONS: bool = false;

    /// Whether it checks the parts of a mirror set that a pipeline reads: the names, and the shape of the entries. Errors
    /// that only an API server reports do not matter to a pipeline.
    const IS_FOR_PIPELINES: bool = matches!(Self::META.category, Category::Scopes);

    /// Whether it can check one object of a template that nobody renders here. Its findings must be true whatever is filled
    /// in, and whatever else the cluster gets.
    const IS_FOR_TEMPLATES: bool = matches!(Self::META.category, Category::Shape | Category::Scopes);

    /// Whether it can check the dump of a cluster, which contains objects that no repository should, and may be incomplete.
    const IS_FOR_DUMPS: bool = true;

    /// Reports problems in `cluster`. Pure: the same cluster gives the same findings.
    ///
    /// A rule implements either this or [`Rule::check_nodes`].
    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let _ = (cluster, out);
    }

    /// Reports problems that depend on what happens on the nodes.
    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        self.check(view.cluster, out);
    }
}

/// A rule with its options.
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

/// A rule in the registry, without its type.
pub struct Entry {
    /// Its description.
    pub meta: &'static Meta,
    /// Configures and runs the rule; `None` for diagnostics that another stage reports.
    pub runner: Option<Runner>,
}

/// A rule, and the errors in its options.
pub type ConfiguredRule = (Box<dyn Check>, Vec<de::Error>);

/// Makes a rule.
pub struct Runner {
    /// Makes the rule with the options under `node`, and returns the errors in them. It ignores the key `severity`.
    pub configure: fn(Option<Node<'_>>) -> ConfiguredRule,
    /// The JSON Schema of its options.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// The beginning of the ids of policies: `policy/<package>/<name>`.
pub const POLICY_PREFIX: &str = "policy/";

/// Whether an id has the form of a policy's id, even if the policy does not exist.
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

    /// The entry of a diagnostic that another stage reports.
    pub const fn reported(meta: &'static Meta) -> Self {
        Self { meta, runner: None }
    }
}
