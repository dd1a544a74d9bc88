#![doc = include_str!("../README.md")]

mod application;
mod budget;
mod called;
mod clusters;
mod combine;
mod expression;
mod found;
mod functions;
mod generators;
mod git;
mod helm;
mod listing;
mod params;
mod paths;
mod pattern;
mod set;
mod source;
mod template;
mod text;

pub use application::is_own_server;
pub use found::{Application, Called, Destination, Missing, Read};
pub use listing::Listing;
pub use source::{Helm, Source, Tool};

use spanned_yaml::Node;

/// Reads `manifest`, the root of a document; `None` if it is neither an `Application` nor an `ApplicationSet`.
pub fn read(manifest: Node<'_>, listing: &dyn Listing) -> Option<Read> {
    match kind(manifest)? {
        "Application" => Some(application::read(manifest, listing)),
        _ => Some(set::read(manifest, listing)),
    }
}

/// Whether `manifest`, the root of a document, is an `Application` or an `ApplicationSet`.
pub fn is_application(manifest: Node<'_>) -> bool {
    kind(manifest).is_some()
}

fn kind(manifest: Node<'_>) -> Option<&str> {
    let is_ours = manifest.get_str("apiVersion")?.starts_with("argoproj.io/");
    manifest.get_str("kind").filter(|kind| is_ours && matches!(*kind, "Application" | "ApplicationSet"))
}
