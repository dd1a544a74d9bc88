//! What only templates know.

use super::Value;
use crate::semver::Version;
use go_formats::Time;
use spanned_yaml::FileId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// A value that is neither a word nor a collection of values.
#[derive(Clone, Debug)]
pub enum Native {
    /// `.Files`.
    Files(Rc<Files>),
    /// `.Capabilities.APIVersions`: `v1`, `apps/v1`, `apps/v1/Deployment`; it has a method `Has`.
    ApiVersions(Rc<BTreeSet<String>>),
    /// `.Capabilities.KubeVersion`.
    KubeVersion(Rc<KubeVersion>),
    /// A structure, of which a field that is not there is an error: `.Chart`, `.Capabilities`.
    Struct(Rc<Struct>),
    /// What `semver` gives.
    Version(Rc<Version>),
    /// What `now` and `toDate` give.
    Time(Time),
}

/// The files of a chart that are neither templates nor values, by their paths.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What each holds, and its number where that is text that may be pointed at.
    pub files: BTreeMap<Rc<str>, FileBytes>,
}

/// What a file holds, and its number where that is text.
pub type FileBytes = (Arc<[u8]>, Option<FileId>);

/// The version of Kubernetes: `v1.31.4`, `1`, `31`.
#[derive(Clone, Debug)]
pub struct KubeVersion {
    /// `.Version` and `.GitVersion`, and what it prints as.
    pub version: String,
    /// `.Major`.
    pub major: String,
    /// `.Minor`.
    pub minor: String,
}

/// A structure of Go.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The name of its type, as messages say it: `chart.Metadata`.
    pub name: &'static str,
    /// Its fields in the order of Go's declaration, in which it is printed.
    pub fields: Vec<(&'static str, Value)>,
}

impl Native {
    /// A structure.
    pub fn structure(name: &'static str, fields: Vec<(&'static str, Value)>) -> Self {
        Self::Struct(Rc::new(Struct { name, fields }))
    }

    /// Whether `if` takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Files(files) => !files.files.is_empty(),
            Self::ApiVersions(versions) => !versions.is_empty(),
            Self::KubeVersion(_) | Self::Struct(_) | Self::Version(_) | Self::Time(_) => true,
        }
    }

    /// The name of its type in Go.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Files(_) => "engine.files",
            Self::ApiVersions(_) => "common.VersionSet",
            Self::KubeVersion(_) => "common.KubeVersion",
            Self::Struct(of) => of.name,
            Self::Version(_) => "*semver.Version",
            Self::Time(_) => "time.Time",
        }
    }
}

impl Struct {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}
