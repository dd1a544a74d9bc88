//! An Application of this repository with a path that does not exist here. The placement finds it.

use crate::finding::Finding;
use crate::model::MissingPath;
use crate::rules::rule::{Category, Meta, Severity};

/// The description of `missing-application-path`.
pub static META: Meta = Meta::recommended(
    "missing-application-path",
    "a path of an Application that is not in its repository",
    Category::Trust,
    Severity::Warning,
    "0.2.0",
);

/// The finding about a path that does not exist.
pub fn finding(missing: &MissingPath) -> (&'static Meta, Finding) {
    let mut finding = Finding::new(missing.span, format!("there is no directory `{}`", missing.path));
    finding.related(missing.other, "this path of the same repository exists");
    let write = match &missing.near {
        Some(near) => format!("write `{near}` if this is meant"),
        None => "name an existing directory".to_owned(),
    };
    let so = if missing.application.is_empty() {
        "the generator finds nothing, and pullwarden checks no cluster with the objects of its \
         Applications"
            .to_owned()
    } else {
        format!(
            "Argo CD does not sync the Application `{}`, and pullwarden checks no cluster with its objects",
            missing.application
        )
    };
    finding.help(format!("{write}; {so}"));
    (&META, finding)
}
