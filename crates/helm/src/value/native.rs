//! Native values, which only templates have.

use super::Value;
use crate::semver::Version;
use go_formats::Time;
use spanned_yaml::FileId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// A value that is neither a scalar nor a collection of values.
#[derive(Clone, Debug)]
pub enum Native {
    /// `.Files`.
    Files(Rc<Files>),
    /// `.Capabilities.APIVersions`: `v1`, `apps/v1`, `apps/v1/Deployment`; it has a method `Has`.
    ApiVersions(Rc<BTreeSet<String>>),
    /// `.Capabilities.KubeVersion`.
    KubeVersion(Rc<KubeVersion>),
    /// A structure, in which a missing field is an error: `.Chart`, `.Capabilities`.
    Struct(Rc<Struct>),
    /// The result of `semver`.
    Version(Rc<Version>),
    /// The result of `now` and `toDate`.
    Time(Time),
}

/// The files of a chart that are neither templates nor values, by their paths.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The contents of each file, with its number if it is a text.
    pub files: BTreeMap<Rc<str>, FileBytes>,
}

/// The contents of a file, with its number if it is a text.
pub type FileBytes = (Arc<[u8]>, Option<FileId>);

/// The version of Kubernetes: `v1.31.4`, `1`, `31`.
#[derive(Clone, Debug)]
pub struct KubeVersion {
    /// `.Version` and `.GitVersion`; also the text of the whole value.
    pub version: String,
    /// `.Major`.
    pub major: String,
    /// `.Minor`.
    pub minor: String,
}

/// A structure of Go.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The name of its type in messages: `chart.Metadata`.
    pub name: &'static str,
    /// Its fields in the order of Go's declaration, which is also the order of printing.
    pub fields: Vec<(&'static str, Value)>,
}

impl Native {
    /// A structure.
    pub fn structure(name: &'static str, fields: Vec<(&'static str, Value)>) -> Self {
        Self::Struct(Rc::new(Struct { name, fields }))
    }

    /// Whether it is true for `if`.
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
