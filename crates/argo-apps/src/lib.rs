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
    if !manifest.get_str("apiVersion")?.starts_with("argoproj.io/") {
        return None;
    }
    match manifest.get_str("kind")? {
        "Application" => Some(application::read(manifest, listing)),
        "ApplicationSet" => Some(set::read(manifest, listing)),
        _ => None,
    }
}
