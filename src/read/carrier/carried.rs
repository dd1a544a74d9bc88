//! An object that a carrier holds, and its way to a cluster.

use crate::read::crd::{CarrierKind, CarrierSettings};
use crate::read::manifest::Manifest;
use crate::source::Span;
use std::fmt;
use std::sync::Arc;

/// An object, its carrier, and the cluster that it goes to.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The object.
    pub manifest: Manifest,
    /// The carrier that holds it; `None` if it stands in a file itself.
    pub carrier: Option<Arc<Carrier>>,
    /// Where it goes.
    pub to: Destination,
    /// The settings of a carrier itself.
    pub settings: Option<CarrierSettings>,
}

/// The carrier of an object.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// The kind of the carrier.
    pub kind: CarrierKind,
    /// Its `metadata.namespace`; empty where there is none.
    pub namespace: String,
    /// Its `metadata.name`; empty where there is none.
    pub name: String,
    /// The text of its `kind`; if it has none, its name; if it has no name either, the whole text.
    pub span: Span,
    /// The carrier around it.
    pub outer: Option<Arc<Carrier>>,
    /// How a policy applies the objects that it carries.
    pub enforcement: Enforcement,
    /// The key of an older setting beside this one; an installer accepts only one of the two.
    pub older_setting: Option<Span>,
}

/// How a policy applies its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforcement {
    /// Whether it changes clusters (`enforce`) or only reports (`inform`); `None` if it does not say.
    pub is_enforced: Option<bool>,
    /// Whether it replaces objects (`mustonlyhave`); else it adds to them.
    pub is_exact: bool,
}

impl Carrier {
    /// The carrier, the carrier around it, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Carrier> {
        std::iter::successors(Some(self), |carrier| carrier.outer.as_deref())
    }

    /// The outermost carrier, apart from lists and templates.
    pub fn outermost(&self) -> &Carrier {
        let wraps = |carrier: &&Carrier| !matches!(carrier.kind, CarrierKind::List | CarrierKind::Template);
        self.chain().filter(wraps).last().unwrap_or(self)
    }
}

/// As text: ``HostedCluster `prod` ``.
impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " `{}`", self.name) }
    }
}

/// The cluster that an object goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// The cluster that the carrier is applied to.
    Here,
    /// The cluster of this name.
    Cluster(String),
    /// The clusters of a selection; equal texts mean the same clusters.
    Selection(String),
    /// The cluster is not known.
    Unknown,
}
