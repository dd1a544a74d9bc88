//! What comes out of a carrier, and how it got there.

use crate::read::crd::{CarrierKind, CarrierSettings};
use crate::read::manifest::Manifest;
use crate::source::Span;
use std::fmt;
use std::sync::Arc;

/// An object as it was found, and how it gets to which cluster.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The object.
    pub manifest: Manifest,
    /// What carries it; `None` where it stands for itself.
    pub carrier: Option<Arc<Carrier>>,
    /// Where it goes.
    pub to: Destination,
    /// Where the object is a carrier: what it says itself.
    pub settings: Option<CarrierSettings>,
}

/// What carries an object.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// What it is.
    pub kind: CarrierKind,
    /// Its `metadata.namespace`; empty where there is none.
    pub namespace: String,
    /// Its `metadata.name`; empty where there is none.
    pub name: String,
    /// The text of its `kind`, else of its name, else all of it.
    pub span: Span,
    /// What carries it in turn.
    pub outer: Option<Arc<Carrier>>,
    /// How a policy makes clusters have what it carries.
    pub enforcement: Enforcement,
    /// The key of an older setting beside the one that is carried; an installer takes only one of the two.
    pub older_setting: Option<Span>,
}

/// How a policy makes clusters have its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforcement {
    /// Whether it changes clusters (`enforce`) or only reports (`inform`), where that is said.
    pub is_enforced: Option<bool>,
    /// Whether objects become exactly what it says (`mustonlyhave`); otherwise it only adds to them.
    pub is_exact: bool,
}

impl Carrier {
    /// The carrier, what carries that, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Carrier> {
        std::iter::successors(Some(self), |carrier| carrier.outer.as_deref())
    }

    /// The carrier that all of it is in, lists and templates aside.
    pub fn outermost(&self) -> &Carrier {
        let wraps = |carrier: &&Carrier| !matches!(carrier.kind, CarrierKind::List | CarrierKind::Template);
        self.chain().filter(wraps).last().unwrap_or(self)
    }
}

/// In words: ``HostedCluster `prod` ``.
impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " `{}`", self.name) }
    }
}

/// The cluster that an object goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// The one that the carrier itself is applied to.
    Here,
    /// The one of this name.
    Cluster(String),
    /// Those that something selects; equal texts are the same clusters.
    Selection(String),
    /// Nothing here says.
    Unknown,
}
