//! How resources reach a cluster: the unit that is applied together, and the evidence that it reaches this cluster.

use super::{Object, Resource, Workload};
use crate::read::discover::{RENDERED, STDIN, shown};
use crate::read::manifest::Form;
use std::fmt;
use std::sync::Arc;

/// Resources that are applied together, so relations between them are certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Where they come from.
    pub origin: UnitOrigin,
    /// The form of its manifests.
    pub form: Form,
    /// The missing part of its build, in words: a remote base that is not fetched, a plugin that is not run.
    pub incomplete: Option<String>,
    /// The charts that a kustomization renders.
    pub charts: Vec<UnitChart>,
}

impl Unit {
    /// A unit that lacks nothing and renders no charts.
    pub fn new(origin: UnitOrigin, form: Form) -> Self {
        Self { origin, form, incomplete: None, charts: Vec::new() }
    }
}

/// A chart that a kustomization renders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitChart {
    /// Its directory.
    pub root: String,
    /// The name of the release; `None` if Helm makes it up.
    pub release: Option<String>,
    /// The values files that the kustomization names; later ones win.
    pub values: Vec<String>,
}

/// Where the resources of a unit come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitOrigin {
    /// The output of `kustomize build` for this directory; empty for the root of the repository.
    Kustomization(String),
    /// The output of a command of the configuration for this directory.
    Rendered(String),
    /// A chart as an Application renders it.
    Chart {
        /// Its directory.
        root: String,
        /// The name of the release.
        release: String,
        /// The values files.
        values: Vec<String>,
    },
    /// What a `Kustomization` of Flux makes of a path.
    Flux {
        /// The path.
        root: String,
        /// The object, in words: ``Kustomization `flux-system/apps` ``.
        by: String,
    },
    /// A file.
    File(String),
    /// A stream.
    Stream,
}

/// The evidence that a unit reaches a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The configuration.
    Configured,
    /// The person who made the stream.
    Stream,
    /// An Argo CD Application of this name.
    Application(String),
    /// An object of Flux, in words: ``Kustomization `flux-system/apps` ``.
    Flux(String),
    /// An object that contains others for a cluster, in words: ``HostedCluster `prod` ``.
    Carrier(String),
    /// A part of its path: `clusters/prod`.
    Path(String),
    /// A directory for all clusters next to it: `clusters/common`.
    Shared(String),
    /// The directory that it shares with others.
    Directory(String),
    /// The dump of a cluster that contains it.
    Dump(String),
    /// None: it stands alone.
    Alone(StandsAlone),
}

/// Why a unit stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandsAlone {
    /// Only its directory gives it a name.
    Root,
    /// It is a base or a component that no kustomization includes.
    Library,
    /// A chart that nothing in the repository applies.
    UnusedChart,
    /// Another file defines the same object, so one replaces the other.
    Alternative,
    /// An Application applies another file that defines the same object.
    Replaced,
    /// A template fills it in, or it lies beside such files.
    Template,
    /// It is an example.
    Sample,
    /// It is read by a pipeline and never applied.
    CiOnly,
    /// A pipeline reads it, and nobody applies it.
    Generation,
    /// The kustomization in its directory does not include it.
    NotIncluded,
    /// The kustomization that includes it cannot be built.
    Unbuilt,
    /// Nothing shows who applies it.
    Unknown,
}

impl Evidence {
    /// Whether somebody applies the unit, so that it is not an example, whatever its path.
    pub fn is_applied(&self) -> bool {
        matches!(self, Evidence::Configured | Evidence::Stream | Evidence::Application(_) | Evidence::Flux(_))
    }

    /// Whether there is no evidence for a cluster. A kustomization that nothing includes is assumed to belong to one.
    pub fn is_none(&self) -> bool {
        matches!(self, Evidence::Alone(why) if *why != StandsAlone::Root)
    }

    /// Whether the evidence is certain. Paths only suggest a cluster.
    pub fn is_sure(&self) -> bool {
        match self {
            // A dump comes from exactly one cluster.
            Evidence::Configured
            | Evidence::Stream
            | Evidence::Application(_)
            | Evidence::Flux(_)
            | Evidence::Carrier(_)
            | Evidence::Dump(_) => true,
            Evidence::Path(_) | Evidence::Shared(_) | Evidence::Directory(_) | Evidence::Alone(_) => false,
        }
    }
}

impl StandsAlone {
    /// Why a file of this form belongs to no cluster; `None` if the form does not decide it.
    pub fn of_form(form: Form) -> Option<Self> {
        match form {
            Form::Template => Some(StandsAlone::Template),
            Form::Sample => Some(StandsAlone::Sample),
            Form::CiOnly => Some(StandsAlone::CiOnly),
            Form::Applied | Form::Dump => None,
        }
    }

    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            StandsAlone::Root => "root",
            StandsAlone::Library => "library",
            StandsAlone::UnusedChart => "unused-chart",
            StandsAlone::Alternative => "alternative",
            StandsAlone::Replaced => "replaced",
            StandsAlone::Template => "template",
            StandsAlone::Sample => "sample",
            StandsAlone::CiOnly => "ci-only",
            StandsAlone::Generation => "generation",
            StandsAlone::NotIncluded => "not-included",
            StandsAlone::Unbuilt => "unbuilt",
            StandsAlone::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evidence::Configured => f.write_str("the configuration says so"),
            Evidence::Stream => f.write_str("one stream"),
            Evidence::Application(name) => write!(f, "the Application `{name}` says so"),
            Evidence::Flux(object) => write!(f, "the {object} of Flux says so"),
            Evidence::Carrier(carrier) => write!(f, "carried by {carrier}"),
            Evidence::Path(path) => write!(f, "by its path: `{path}`"),
            Evidence::Shared(path) => write!(f, "`{path}` is for all"),
            Evidence::Directory(path) => write!(f, "by its directory: `{path}`"),
            Evidence::Dump(path) => write!(f, "part of the dump `{path}`"),
            Evidence::Alone(why) => f.write_str(match why {
                StandsAlone::Root => "nothing includes it",
                StandsAlone::Library => "a base that nothing includes",
                StandsAlone::UnusedChart => "a chart that nothing here applies",
                StandsAlone::Alternative => "another file beside it defines the same object",
                StandsAlone::Replaced => "an Application applies another file that defines the same object",
                StandsAlone::Template => "a template fills it in",
                StandsAlone::Sample => "an example, as its path says",
                StandsAlone::CiOnly => "a pipeline reads it, no cluster does",
                StandsAlone::Generation => "one of several outputs of oc-mirror",
                StandsAlone::NotIncluded => "the kustomization beside it does not name it",
                StandsAlone::Unbuilt => "the kustomization that names it cannot be built",
                StandsAlone::Unknown => "nothing here says which cluster gets it",
            }),
        }
    }
}

impl fmt::Display for UnitOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitOrigin::Kustomization(path) => write!(f, "{} (kustomize)", shown(path)),
            UnitOrigin::Rendered(path) => write!(f, "{}{}", shown(path), RENDERED),
            UnitOrigin::Chart { root, release, values } => {
                f.write_str(&chart_in_words(root, Some(release), values))
            }
            UnitOrigin::Flux { root, by } => write!(f, "{} (flux, {by})", shown(root)),
            UnitOrigin::File(name) => f.write_str(name),
            UnitOrigin::Stream => f.write_str(STDIN),
        }
    }
}

impl fmt::Display for UnitChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chart_in_words(&self.root, self.release.as_deref(), &self.values))
    }
}

/// A chart with its release and its values files.
fn chart_in_words(root: &str, release: Option<&str>, values: &[String]) -> String {
    let release =
        release.map_or_else(|| "generated release".to_owned(), |release| format!("release `{release}`"));
    let values = if values.is_empty() { String::new() } else { format!(", values {}", values.join(", ")) };
    format!("{} (helm, {release}{values})", shown(root))
}

/// A unit in a cluster.
#[derive(Clone, Debug)]
pub struct Member {
    /// The unit that is applied together.
    pub unit: Arc<Unit>,
    /// The evidence that it reaches this cluster.
    pub evidence: Evidence,
    /// The resources that reach it.
    pub resources: Vec<Arc<Resource>>,
    /// The workloads that reach it.
    pub workloads: Vec<Arc<Workload>>,
    /// The objects of any kind that reach it; empty unless policies need them.
    pub objects: Vec<Arc<Object>>,
}

impl Member {
    /// Whether it contains more than workloads and objects that only policies read.
    pub fn configures(&self) -> bool {
        !self.resources.is_empty() || (self.workloads.is_empty() && self.objects.is_empty())
    }
}
