//! A workload with an invalid image name.

use crate::finding::Findings;
use crate::machine::terminal::is_invisible;
use crate::model::Cluster;
use crate::model::imports::Import;
use crate::model::reference::{self, Reference, ReferenceError};
use crate::read::workload::{ImageUse, Pull};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidImageName {}

impl Rule for InvalidImageName {
    const META: Meta = Meta {
        id: "invalid-image-name",
        summary: "an image whose name is refused",
        category: Category::Workloads,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (workload, image) in cluster.workload_images().filter(|(_, image)| !image.is_custom) {
            let Some(flaw) = Flaw::of(image) else { continue };
            let name = &image.image.value;
            let message = match flaw {
                Flaw::Empty => "the image has no name".to_owned(),
                Flaw::Padded => format!("`{name}` has a blank or a line end beside it"),
                Flaw::Name(what) => format!("`{name}` {what}"),
                Flaw::Digest => format!("`{name}` has an invalid digest"),
            };
            let advice = match (flaw, reference::meant(name)) {
                (Flaw::Digest, _) => {
                    "write `sha256:` and 64 hexadecimal digits in lower case behind the `@`".to_owned()
                }
                (Flaw::Padded, _) => format!("write `{name}` in one line, without blanks"),
                // A kustomization has the name and the tag in two places.
                (Flaw::Name(_), Some(meant)) if is_part(image) => {
                    format!("write `{}`", without_tag(&meant))
                }
                (Flaw::Name(_), Some(meant)) => format!("write `{meant}`"),
                (Flaw::Name(_) | Flaw::Empty, _) => {
                    "write it as in `registry.example.com/team/app:1`".to_owned()
                }
            };
            let kind = &workload.identity.kind;
            let effect = match (image.pull, flaw) {
                (Pull::Node, Flaw::Empty) if kind != "Pod" => {
                    format!("the API server refuses the {kind}")
                }
                (Pull::Node, Flaw::Empty | Flaw::Padded) => "the API server refuses the pod".to_owned(),
                (Pull::Node, _) => {
                    "the kubelet refuses the name, and the pod stays in `InvalidImageName`".to_owned()
                }
                (Pull::NodeByDigest, _) => {
                    "its tag cannot be resolved to a digest, and no pod starts".to_owned()
                }
                (Pull::Build | Pull::Import, _) => format!("the API server refuses the {kind}"),
                (Pull::Catalogd, _) => "catalogd refuses the name, and the catalog is not served".to_owned(),
            };
            out.report(image.image.span, message).help(format!("{advice}; {effect}"));
        }
    }
}

/// Whether the text is only a part of the name.
fn is_part(image: &ImageUse) -> bool {
    let span = image.image.span;
    ((span.end - span.start) as usize) < image.image.value.len()
}

fn without_tag(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or_default();
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    name[path..].find(':').map_or(name, |colon| &name[..path + colon])
}

/// What is wrong with the name of an image.
#[derive(Clone, Copy)]
enum Flaw {
    /// Nothing, or only blanks.
    Empty,
    /// The text behind the `@` is not a digest.
    Padded,
    /// The text behind the `@` is not a digest.
    Digest,
    /// Any other flaw, in words.
    Name(&'static str),
}

impl Flaw {
    fn of(image: &ImageUse) -> Option<Self> {
        let name = image.image.value.as_str();
        if name.is_empty() {
            return Some(Flaw::Empty);
        }
        // The API server reads image names in image streams differently.
        let is_import = image.pull == Pull::Import && Import::of(name, false).is_some();
        if is_import || reference::is_name(name) {
            return image.is_padded.then_some(Flaw::Padded);
        }
        if reference::is_unfinished(name) {
            return None;
        }
        let bare = name.split('@').next().unwrap_or_default();
        Some(match Reference::parse(name).err() {
            _ if name.contains("://") => Flaw::Name("has a scheme"),
            _ if name.contains(char::is_whitespace) => Flaw::Name("has a blank in it"),
            _ if name.contains(is_invisible) => Flaw::Name("has an invisible character in it"),
            Some(ReferenceError::Identifier) => Flaw::Name("is the id of an image, not its name"),
            Some(ReferenceError::TooLong) => Flaw::Name("has more than 255 characters"),
            Some(
                ReferenceError::DigestAlgorithm | ReferenceError::DigestLength | ReferenceError::DigestFormat,
            ) => Flaw::Digest,
            Some(ReferenceError::Format) if bare != name && reference::is_name(bare) => Flaw::Digest,
            Some(ReferenceError::UpperCase) | None => Flaw::Name("has upper case in its path"),
            Some(ReferenceError::Format | ReferenceError::NotCanonical) => Flaw::Name("is not an image name"),
        })
    }
}
